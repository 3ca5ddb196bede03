/* Apart from main.c, because every handler runs this: see handler.ld. */
#define _POSIX_C_SOURCE 200809L

#include "server/serve.h"

#include <stdlib.h>
#include <unistd.h>

#include "server/handler/session.h"
#include "server/parent/places.h"
#include "server/parent/supervisor.h"
#include "server/system/confine.h"

/* A handler's. At the beginning of a page, so that its state and a short line are in one. */
static _Alignas(4096) struct session session;

void serve_prepare(struct parent *parent)
{
    session_prepare(&session);
    places_begin(parent);
}

void serve_clients(struct parent *parent, struct table *table, const struct service *service)
{
    struct admitted admitted;

    if (supervisor_run(parent, &admitted) != SUPERVISOR_CHILD)
        return;
    confine_handler();
    session_run(&session, table, &admitted, service);
    _exit(EXIT_SUCCESS);
}
