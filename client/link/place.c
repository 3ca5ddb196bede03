#define _POSIX_C_SOURCE 200809L

#include "client/link/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/limits.h"
#include "server/wire/clock.h"
#include "server/wire/protocol.h"

#define PLACE_WORDS "The room is full. You are number %" PRIu64 " in the queue"

/* Whether the place is shown in a line that is drawn over, instead of one line for each. */
static bool draws(const struct voice *voice)
{
    return voice->progress && !voice->quiet && voice->show == NULL;
}

static void show(const struct voice *voice, uint64_t place)
{
    if (!draws(voice)) {
        voice_note(voice, PLACE_WORDS, place);
        return;
    }
    (void)fflush(stdout);
    fprintf(stderr, "\r" PLACE_WORDS "\033[K", place);
}

/* That the server is waited for need not be said meanwhile. */
static void begin(const struct voice *voice)
{
    if (voice->drawn != NULL)
        *voice->drawn = true;
}

static void end(const struct voice *voice, uint64_t shown)
{
    if (voice->drawn != NULL)
        *voice->drawn = false;
    if (shown > 0 && draws(voice))
        fputs("\r\033[K", stderr);
}

/* Rounded up, so that the time is over when so long was waited. */
static int left_until(int64_t until)
{
    int64_t left = until - clock_now();

    if (left >= PLACE_SILENT_MS * CLOCK_MS)
        return PLACE_SILENT_MS;
    return left > 0 ? (int)((left + CLOCK_MS - 1) / CLOCK_MS) : 0;
}

/* Reads the next line; a place that is not shown yet is. */
static enum remote_state hear(struct remote *remote, const struct voice *voice,
                              struct answer *answer, uint64_t *shown)
{
    enum remote_state state = remote_answer(remote, answer, voice_item, (void *)voice);
    uint64_t place;

    if (state == REMOTE_READY && answer->code == REPLY_WAITING &&
        protocol_parse_place(answer->text, &place) && place != *shown) {
        show(voice, place);
        *shown = place;
    }
    return state;
}

enum remote_state place_wait(struct remote *remote, const struct voice *voice, int64_t until,
                             struct answer *answer)
{
    struct answer said = {.code = REPLY_WAITING};
    enum remote_state state = remote_send(remote, PROTOCOL_WAIT, strlen(PROTOCOL_WAIT));
    const int patience_ms = remote->patience_ms;
    uint64_t shown = 0;

    begin(voice);
    while (state == REMOTE_READY && said.code == REPLY_WAITING) {
        remote->patience_ms = left_until(until);
        state = hear(remote, voice, &said, &shown);
    }
    end(voice, shown);
    remote->patience_ms = patience_ms;
    if (state == REMOTE_READY)
        *answer = said;
    return state == REMOTE_STOPPED ? REMOTE_STOPPED : REMOTE_READY;
}
