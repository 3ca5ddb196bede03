#define _POSIX_C_SOURCE 200809L

#include "client/chat/held.h"

#include <stdlib.h>
#include <string.h>

#include "server/wire/clock.h"

void held_begin(struct held *held)
{
    held->until = clock_now() + HELD_MS * CLOCK_MS;
}

/* Holds the message. False: there is no room for it. */
static bool hold(struct held *held, const char *name, const char *text)
{
    struct held_line *line = &held->line[held->count];
    char *copy = held->count < HELD_MOST ? strdup(text) : NULL;

    if (copy == NULL)
        return false;
    (void)snprintf(line->name, sizeof line->name, "%s", name);
    line->text = copy;
    held->count++;
    held->next = clock_now() + HELD_AGAIN_MS * CLOCK_MS;
    return true;
}

/* Whether a later try may succeed: nobody has the name, or the client has not joined yet. */
static bool is_absent(const struct answer *answer)
{
    return answer->code == REPLY_NOT_FOUND || answer->code == REPLY_NOT_READING;
}

void held_tell(struct held *held, struct ask *ask, const char *name, const char *text)
{
    struct answer answer;

    if (!ask_tell(ask, name, text, &answer) || answer.code == REPLY_MESSAGE)
        return;
    if (is_absent(&answer) && clock_now() < held->until && hold(held, name, text))
        window_note(ask->window, "%s is not back yet; your message waits: %s", name, text);
    else
        window_wrong(ask->window, "%s", answer.text);
}

static void drop(struct held *held, size_t number)
{
    free(held->line[number].text);
    held->count--;
    memmove(held->line + number, held->line + number + 1,
            (held->count - number) * sizeof held->line[0]);
}

/* Tries one message. True: it is held no more. */
static bool try_one(const struct held_line *line, struct ask *ask, bool last)
{
    struct answer answer = {.code = REPLY_NOT_FOUND};

    if (room_has(ask->room, line->name) && !ask_tell(ask, line->name, line->text, &answer))
        return true; /* it was shown as not acknowledged */
    if (is_absent(&answer) && !last)
        return false;
    if (answer.code != REPLY_MESSAGE)
        window_wrong(ask->window, "%s is not back; not delivered: %s", line->name, line->text);
    return true;
}

void held_try(struct held *held, struct ask *ask)
{
    int64_t now = clock_now();

    if (held->count == 0 || now < held->next)
        return;
    held->next = now + HELD_AGAIN_MS * CLOCK_MS;
    for (size_t i = 0; i < held->count && ask_is_connected(ask);)
        if (try_one(&held->line[i], ask, now >= held->until))
            drop(held, i);
        else
            i++;
}

int held_patience(const struct held *held)
{
    int64_t left = held->next - clock_now();

    if (held->count == 0)
        return -1;
    return left > 0 ? (int)(left / CLOCK_MS) + 1 : 0;
}

void held_free(struct held *held)
{
    while (held->count > 0)
        drop(held, held->count - 1);
}
