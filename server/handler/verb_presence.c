/* Who is here, who was here, and leaving. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/handler/verbs.h"
#include "server/log.h"
#include "server/wire/clock.h"

static void fail(struct session *session, const char *what)
{
    log_error("%s: cannot read the %s: %s", session->me.name, what, strerror(errno));
    session_reply(session, REPLY_BUSY, "The %s cannot be read now, try again later.", what);
}

void cmd_status(struct session *session, const char *none)
{
    struct slot_brief *present;
    size_t count;

    (void)none;
    if (slot_list(&session->courier.mine, &present, &count) != 0) {
        fail(session, "table");
        return;
    }
    session_open(session, REPLY_CLIENTS, "%zu clients", count);
    for (size_t i = 0; i < count; i++) {
        char connected[CLOCK_LOCAL_SIZE];

        clock_local(connected, (time_t)present[i].connected);
        session_item(session, "%s connected: %s, disconnected: still here", present[i].name,
                     connected);
    }
    session_close(session, REPLY_CLIENTS);
    free(present);
}

void cmd_history(struct session *session, const char *none)
{
    struct ended *ended;
    size_t count;

    (void)none;
    if (history_sessions(session->table, &ended, &count) != 0) {
        fail(session, "history");
        return;
    }
    session_open(session, REPLY_CLIENTS, "%zu sessions", count);
    for (size_t i = 0; i < count; i++) {
        char connected[CLOCK_LOCAL_SIZE], left[CLOCK_LOCAL_SIZE];

        clock_local(connected, (time_t)ended[i].connected);
        clock_local(left, (time_t)ended[i].left);
        session_item(session, "%s connected: %s, disconnected: %s", ended[i].name, connected, left);
    }
    session_close(session, REPLY_CLIENTS);
    free(ended);
}

void cmd_help(struct session *session, const char *none)
{
    (void)none;
    session_open(session, REPLY_HELP, "Requests");
    verbs_list(session);
    session_close(session, REPLY_HELP);
}

void cmd_exit(struct session *session, const char *none)
{
    (void)none;
    session_end(session, LEFT_EXIT);
}
