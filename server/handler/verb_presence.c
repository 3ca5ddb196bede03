/* Requests about presence: status, history, exit. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>

#include "server/events.h"
#include "server/handler/reply.h"
#include "server/handler/verbs.h"
#include "server/handler/wait.h"
#include "server/wire/clock.h"
#include "shm/table/history.h"
#include "shm/table/slot.h"
#include "shm/table/types.h"

static void fail(struct session *session, const char *what)
{
    event_unreadable(session->me.name, what, errno);
    if (!wait_is_shutdown(session))
        reply_line(session, REPLY_BUSY, "The %s cannot be read now, try again later.", what);
}

static void item(struct session *session, const struct slot_brief *client)
{
    char connected[CLOCK_LOCAL_SIZE];

    clock_local(connected, (time_t)client->connected);
    reply_item(session, "%s connected: %s, disconnected: still here", client->name, connected);
}

static void item_long(struct session *session, const struct slot_brief *client)
{
    char connected[CLOCK_UTC_SIZE];

    clock_utc(connected, (time_t)client->connected);
    reply_item(session, "%s %s", connected, client->name);
}

static void list_present(struct session *session,
                         void (*item_of)(struct session *session, const struct slot_brief *client))
{
    struct slot_brief *present;
    size_t count;

    if (slot_list(&session->slot, &present, &count) != 0) {
        fail(session, "table");
        return;
    }
    reply_begin(session, REPLY_CLIENTS, "%zu clients", count);
    for (size_t i = 0; i < count; i++)
        item_of(session, &present[i]);
    reply_end(session, REPLY_CLIENTS);
    free(present);
}

void verb_status(struct session *session, const char *none)
{
    (void)none;
    list_present(session, item);
}

void verb_status_long(struct session *session, const char *none)
{
    (void)none;
    list_present(session, item_long);
}

void verb_history(struct session *session, const char *none)
{
    struct ended *ended;
    size_t count;

    (void)none;
    if (history_sessions(session->slot.table, &ended, &count) != 0) {
        fail(session, "history");
        return;
    }
    reply_begin(session, REPLY_CLIENTS, "%zu sessions", count);
    for (size_t i = 0; i < count; i++) {
        char connected[CLOCK_LOCAL_SIZE], left[CLOCK_LOCAL_SIZE];

        clock_local(connected, (time_t)ended[i].connected);
        clock_local(left, (time_t)ended[i].left);
        reply_item(session, "%s connected: %s, disconnected: %s", ended[i].name, connected, left);
    }
    reply_end(session, REPLY_CLIENTS);
    free(ended);
}

/* The parent has answered it if the room was full; a client may say it before it knows. */
void verb_wait(struct session *session, const char *none)
{
    (void)none;
    reply_line(session, REPLY_MESSAGE, "You have a place.");
}

void verb_exit(struct session *session, const char *none)
{
    (void)none;
    state_part(session, LEFT_EXIT);
}
