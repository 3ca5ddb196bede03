#define _POSIX_C_SOURCE 200809L

#include "client/link/due.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* ---- the answers that have not come */

static bool add(struct remote *remote, struct due *due, unsigned number)
{
    if (remote->expected_count == EXPECTED_MOST)
        return false;
    remote->expected[remote->expected_count++] = (struct expected){due, number};
    return true;
}

static void take_first(struct remote *remote)
{
    remote->expected_count--;
    memmove(remote->expected, remote->expected + 1,
            remote->expected_count * sizeof remote->expected[0]);
}

bool due_is_any(const struct remote *remote)
{
    return remote->expected_count > 0 || remote->order != REMOTE_IN_ORDER;
}

/* The one that is awaited by whoever waits now; NULL: none is. */
static struct due *newest(const struct remote *remote)
{
    for (size_t i = remote->expected_count; i > 0; i--)
        if (remote->expected[i - 1].due != NULL)
            return remote->expected[i - 1].due;
    return remote->aside.due;
}

enum remote_state due_begin(struct remote *remote, struct due *due)
{
    due->nested = newest(remote) != NULL;
    if (add(remote, due, 0))
        return REMOTE_READY;
    errno = EOVERFLOW;
    return REMOTE_BROKEN;
}

void due_leave(struct remote *remote, const struct due *due, unsigned number)
{
    const struct expected left = {NULL, number};

    if (remote->aside.due == due)
        remote->aside = left;
    for (size_t i = 0; i < remote->expected_count; i++)
        if (remote->expected[i].due == due)
            remote->expected[i] = left;
}

void due_drop(struct remote *remote, unsigned number)
{
    if (!add(remote, NULL, number))
        (void)shutdown(remote->fd, SHUT_RDWR);
}

/* ---- what comes */

enum remote_state due_later(struct remote *remote)
{
    if (remote->order != REMOTE_IN_ORDER || remote->expected_count == 0)
        return REMOTE_STRANGE;
    remote->aside = remote->expected[0];
    remote->order = REMOTE_SET_ASIDE;
    take_first(remote);
    return REMOTE_READY;
}

enum remote_state due_late(struct remote *remote)
{
    if (remote->order != REMOTE_SET_ASIDE)
        return REMOTE_STRANGE;
    remote->order = REMOTE_LATE;
    return REMOTE_READY;
}

/* Adds a line to the answer. */
static enum remote_state add_line(struct due *due, const struct reply_line *reply)
{
    struct answer *answer = due->answer;

    if (reply->kind == REPLY_ITEM) {
        if (!due->begun)
            return REMOTE_STRANGE;
        due->item(due->context, answer->items++, reply->text);
        return REMOTE_READY;
    }
    if (!due->begun) {
        answer->code = reply->code;
        answer->items = 0;
        answer->hidden = 0;
        (void)snprintf(answer->text, sizeof answer->text, "%s", reply->text);
    } else if (reply->kind != REPLY_LAST || reply->code != answer->code) {
        return REMOTE_STRANGE;
    } else if (reply->code == REPLY_FILES) {
        answer->hidden = protocol_parse_hidden(reply->text);
    }
    due->begun = true;
    due->done = reply->kind == REPLY_LAST;
    return REMOTE_READY;
}

/* Takes a line of the answer that comes now. *ends: it was the last. */
static enum remote_state take_line(struct remote *remote, const struct expected *expected,
                                   const struct reply_line *reply, bool *ends)
{
    *ends = reply->kind == REPLY_LAST;
    if (expected->due != NULL)
        return add_line(expected->due, reply);
    if (reply->code == REPLY_CUT) /* may end a file before the answer to stop: */
        *ends = false;
    else if (*ends && expected->number > 0 && remote->late != NULL)
        remote->late(remote->context, expected->number, reply);
    return REMOTE_READY;
}

/* After REPLY_CLOSING no answer comes any more, so it is the answer to whoever waits. */
static bool take_closing(const struct remote *remote, const struct reply_line *reply,
                         enum remote_state *state)
{
    struct due *due = newest(remote);

    if (due != NULL)
        *state = add_line(due, reply);
    return due != NULL;
}

bool due_take(struct remote *remote, const struct reply_line *reply, enum remote_state *state)
{
    const bool late = remote->order == REMOTE_LATE;
    const struct expected expected = late ? remote->aside : remote->expected[0];
    bool ends;

    if (reply->code == REPLY_CLOSING)
        return take_closing(remote, reply, state);
    if (!late && remote->expected_count == 0)
        return false;
    *state = take_line(remote, &expected, reply, &ends);
    if (ends && late) {
        remote->order = REMOTE_IN_ORDER;
        remote->aside = (struct expected){NULL, 0};
    } else if (ends) {
        take_first(remote);
    }
    return true;
}
