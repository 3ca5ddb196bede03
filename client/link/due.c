#define _POSIX_C_SOURCE 200809L

#include "client/link/due.h"

#include <stdio.h>
#include <string.h>

/* ---- the answers that have not come */

static bool add(struct due_list *list, struct due *due, unsigned number)
{
    if (list->count == EXPECTED_MOST)
        return false;
    list->place[list->count++] = (struct due_place){due, number};
    return true;
}

static void take_first(struct due_list *list)
{
    list->count--;
    memmove(list->place, list->place + 1, list->count * sizeof list->place[0]);
}

bool due_is_any(const struct due_list *list)
{
    return list->count > 0 || list->order != DUE_IN_ORDER;
}

/* The one that is awaited by whoever waits now; NULL: none is. */
static struct due *newest(const struct due_list *list)
{
    for (size_t i = list->count; i > 0; i--)
        if (list->place[i - 1].due != NULL)
            return list->place[i - 1].due;
    return list->aside.due;
}

bool due_begin(struct due_list *list, struct due *due)
{
    due->nested = newest(list) != NULL;
    return add(list, due, 0);
}

void due_leave(struct due_list *list, const struct due *due, unsigned number)
{
    const struct due_place left = {NULL, number};

    if (list->aside.due == due)
        list->aside = left;
    for (size_t i = 0; i < list->count; i++)
        if (list->place[i].due == due)
            list->place[i] = left;
}

bool due_drop(struct due_list *list, unsigned number)
{
    return add(list, NULL, number);
}

/* ---- what comes */

bool due_later(struct due_list *list)
{
    if (list->order != DUE_IN_ORDER || list->count == 0)
        return false;
    list->aside = list->place[0];
    list->order = DUE_SET_ASIDE;
    take_first(list);
    return true;
}

bool due_late(struct due_list *list)
{
    if (list->order != DUE_SET_ASIDE)
        return false;
    list->order = DUE_LATE;
    return true;
}

/* Adds a line to the answer. */
static enum due_taken add_line(struct due *due, const struct reply_line *reply)
{
    struct answer *answer = due->answer;

    if (reply->kind == REPLY_ITEM) {
        if (!due->begun)
            return DUE_STRANGE;
        due->item(due->context, answer->items++, reply->text);
        return DUE_TAKEN;
    }
    if (!due->begun) {
        answer->code = reply->code;
        answer->items = 0;
        answer->hidden = 0;
        (void)snprintf(answer->text, sizeof answer->text, "%s", reply->text);
    } else if (reply->kind != REPLY_LAST || reply->code != answer->code) {
        return DUE_STRANGE;
    } else if (reply->code == REPLY_FILES) {
        answer->hidden = protocol_parse_hidden(reply->text);
    }
    due->begun = true;
    due->done = reply->kind == REPLY_LAST;
    return DUE_TAKEN;
}

static void take_out(struct due_list *list, const struct due *due)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->place[i].due != due)
            list->place[kept++] = list->place[i];
    list->count = kept;
}

/* After REPLY_CLOSING no other answer comes any more, so it is the answer to whoever waits. (But
 * the connection may wait in the queue of a full room.) */
static enum due_taken take_closing(struct due_list *list, const struct reply_line *reply)
{
    struct due *due = newest(list);
    enum due_taken taken = due != NULL ? add_line(due, reply) : DUE_NOTHING;

    if (due != NULL)
        take_out(list, due);
    return taken;
}

/* The answer that comes now has come. */
static void end_one(struct due_list *list)
{
    if (list->order != DUE_LATE) {
        take_first(list);
        return;
    }
    list->order = DUE_IN_ORDER;
    list->aside = (struct due_place){NULL, 0};
}

enum due_taken due_take(struct due_list *list, const struct reply_line *reply, unsigned *number)
{
    const struct due_place place = list->order == DUE_LATE ? list->aside : list->place[0];
    enum due_taken taken = DUE_TAKEN;
    bool ends = reply->kind == REPLY_LAST;

    *number = 0;
    if (reply->code == REPLY_CLOSING)
        return take_closing(list, reply);
    if (list->order != DUE_LATE && list->count == 0)
        return DUE_NOTHING;
    if (place.due != NULL)
        taken = add_line(place.due, reply);
    else if (reply->code == REPLY_CUT) /* may end a file before the answer to stop: */
        ends = false;
    else if (ends)
        *number = place.number;
    if (ends)
        end_one(list);
    return taken;
}
