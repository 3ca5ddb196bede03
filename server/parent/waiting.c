#define _POSIX_C_SOURCE 200809L

#include "server/parent/waiting.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "server/wire/protocol.h"

/* Whether all bytes could be sent at once: there are few, so a client that reads takes them. */
static bool send_now(const struct waiting_entry *entry, const void *bytes, size_t length)
{
    return send(entry->fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* ---- a WebSocket's control frames (RFC 6455, 5.5), which libraries and browsers send unasked */

enum { FIN = 0x80, MASKED = 0x80, CLOSE = 0x8, PING = 0x9, PONG = 0xa, SHORT = 125, HEAD = 6 };

/* The length of the control frame that is whole in these bytes, or 0. Whatever else is there is for
 * the handler. */
static size_t control_frame(const unsigned char *bytes, size_t size)
{
    size_t length;

    if (size < HEAD || bytes[0] < (FIN | CLOSE) || bytes[0] > (FIN | PONG) ||
        (bytes[1] & MASKED) == 0 || (bytes[1] & ~MASKED) > SHORT)
        return 0;
    length = HEAD + (bytes[1] & ~(unsigned)MASKED);
    return length <= size ? length : 0;
}

/* Sends so many bytes of a frame's content back, unmasked. */
static bool send_back(const struct waiting_entry *entry, unsigned char kind,
                      const unsigned char *frame, size_t count)
{
    unsigned char back[2 + SHORT] = {FIN | kind, (unsigned char)count};

    for (size_t i = 0; i < count; i++)
        back[2 + i] = frame[HEAD + i] ^ frame[2 + i % 4];
    return send_now(entry, back, 2 + count);
}

/* Takes a frame that was looked at out of the socket, and answers it: a ping with its content, and
 * the end of the connection with its code. */
static enum waiting_state answer_frame(const struct waiting_entry *entry,
                                       unsigned char frame[HEAD + SHORT], size_t length)
{
    size_t count = length - HEAD;

    if (recv(entry->fd, frame, length, 0) != (ssize_t)length)
        return WAITING_GONE;
    if (frame[0] == (FIN | CLOSE)) {
        (void)send_back(entry, CLOSE, frame, count < 2 ? 0 : 2);
        return WAITING_GONE;
    }
    return frame[0] == (FIN | PONG) || send_back(entry, PONG, frame, count) ? WAITING_ON
                                                                            : WAITING_GONE;
}

static enum waiting_state answer_frames(const struct waiting_entry *entry)
{
    for (int i = 0; i < LIMIT_WAITING_FRAMES; i++) {
        unsigned char frame[HEAD + SHORT];
        ssize_t got = recv(entry->fd, frame, sizeof frame, MSG_PEEK);
        size_t length = got > 0 ? control_frame(frame, (size_t)got) : 0;

        if (length == 0)
            return WAITING_ON;
        if (answer_frame(entry, frame, length) != WAITING_ON)
            return WAITING_GONE;
    }
    return WAITING_ON;
}

/* ---- one of them */

enum waiting_state waiting_look(const struct waiting_entry *entry, int64_t now)
{
    char ahead[LIMIT_WAITING_BYTES + 1];
    ssize_t got;

    if (platform_look_at_peer(entry->fd) == PLATFORM_PEER_GONE) /* bytes sent ahead hide that */
        return WAITING_GONE;
    if ((entry->via & VIA_WEB) && answer_frames(entry) != WAITING_ON)
        return WAITING_GONE;
    got = recv(entry->fd, ahead, sizeof ahead, MSG_PEEK);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        return WAITING_GONE;
    if (got > LIMIT_WAITING_BYTES)
        return WAITING_TOO_MUCH;
    return now - entry->since > LIMIT_WAITING_S * CLOCK_S ? WAITING_TOO_LONG : WAITING_ON;
}

bool waiting_tell(struct waiting_entry *entry, uint32_t place, int64_t now)
{
    char said[2 + SHORT];
    int length;

    if (entry->told == place && now - entry->told_ns < LIMIT_WAITING_TELL_MS * CLOCK_MS)
        return true;
    length = snprintf(said + 2, sizeof said - 2,
                      "%d %" PRIu32 " The room is full: you are number %" PRIu32 " in the queue.\n",
                      REPLY_WAITING, place, place);
    said[0] = (char)0x81; /* a frame with text */
    said[1] = (char)length;
    entry->told = place;
    entry->told_ns = now;
    return entry->via & VIA_WEB ? send_now(entry, said, (size_t)length + 2)
                                : send_now(entry, said + 2, (size_t)length);
}

/* ---- all of them */

struct waiting_entry waiting_take(struct waiting *waiting, uint32_t which)
{
    struct waiting_entry entry = waiting->entry[which];

    waiting->count--;
    memmove(&waiting->entry[which], &waiting->entry[which + 1],
            (waiting->count - which) * sizeof waiting->entry[0]);
    return entry;
}

int waiting_highest(const struct waiting *waiting)
{
    int highest = -1;

    for (uint32_t i = 0; i < waiting->count; i++)
        highest = descriptors_higher(highest, waiting->entry[i].fd);
    return highest;
}
