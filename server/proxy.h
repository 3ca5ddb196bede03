/* A visit that reads whose connection a proxy passes on, and has the parent admit that. */
#ifndef SERVER_PROXY_H
#define SERVER_PROXY_H

#include "server/visitor.h"

void proxy_run(const struct visitor *visitor);

#endif
