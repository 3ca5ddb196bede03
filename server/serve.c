/* Apart from main.c, because every handler runs this: see handler.ld. */
#define _POSIX_C_SOURCE 200809L

#include "server/serve.h"

#include <stdlib.h>
#include <unistd.h>

#include "server/handler/session.h"
#include "server/parent/supervisor.h"
#include "server/proxy.h"
#include "server/system/confine.h"
#include "server/web/visit.h"

/* A handler's. At the beginning of a page, so that its state and a short line are in one. */
static _Alignas(4096) struct session session;

void serve_prepare(void)
{
    session_prepare(&session);
}

void serve_clients(struct parent *parent, struct table *table, const struct service *service)
{
    struct admitted admitted;
    struct visitor visitor;
    enum supervisor_end end = supervisor_run(parent, &admitted, &visitor);

    if (end == SUPERVISOR_STOPPED)
        return;
    confine_handler();
    if (end == SUPERVISOR_VISIT && !visit_is_http(visitor.kind))
        proxy_run(&visitor);
    else if (end == SUPERVISOR_VISIT)
        visit_run(&visitor, table, service);
    else
        session_run(&session, table, &admitted, service);
    _exit(EXIT_SUCCESS);
}
