/* One file from the server: what is missing of it is asked for, and what arrived is proven before
 * it gets its name. */
#ifndef CLIENT_FETCH_H
#define CLIENT_FETCH_H

#include "client/request.h"

enum request_end fetch_file(struct remote *remote, const struct style *style, const char *name);

#endif
