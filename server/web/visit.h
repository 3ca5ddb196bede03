/* A visit by HTTP: one request, one answer, and the end. The process has no slot in the table; it
 * is a child of the parent, confined like a handler. */
#ifndef SERVER_WEB_VISIT_H
#define SERVER_WEB_VISIT_H

#include "server/admitted.h"
#include "server/visitor.h"
#include "server/web/web.h"
#include "shm/table/types.h"

/* Serves the visitor. */
void visit_run(const struct visitor *visitor, struct table *table, const struct service *service);

#endif
