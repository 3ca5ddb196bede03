#define _POSIX_C_SOURCE 200809L

#include "server/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/descriptors.h"

#define HEAD offsetof(struct journal_note, text)

size_t journal_size(const struct journal_note *note)
{
    return HEAD + strlen(note->text) + 1;
}

bool journal_is_note(const struct journal_note *note, size_t size)
{
    return size > HEAD && size <= sizeof *note && note->event < JOURNAL_EVENTS &&
           memchr(note->name, '\0', sizeof note->name) != NULL &&
           memchr(note->text, '\0', size - HEAD) == note->text + (size - HEAD) - 1;
}

int journal_open(struct journal *journal)
{
    int parent[2], handlers[2];

    if (platform_record_channel(parent) != 0)
        return -1;
    if (platform_record_channel(handlers) != 0) {
        close(parent[0]);
        close(parent[1]);
        return -1;
    }
    *journal = (struct journal){.parent = parent[1],
                                .handlers = handlers[1],
                                .from_parent = parent[0],
                                .from_handlers = handlers[0]};
    return 0;
}

int journal_tell(int channel, const struct journal_note *note)
{
    ssize_t sent;

    do
        sent = send(channel, note, journal_size(note), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

/* ---- a handler that waits for the clerk's word */

/* Sends the note, and with it the descriptor to which the clerk writes its word. */
static int send_with(int channel, const struct journal_note *note, int answer, int64_t until)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    struct iovec data = {(void *)(uintptr_t)note, journal_size(note)};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.space};

    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.head), &answer, sizeof answer);
    while (sendmsg(channel, &message, MSG_NOSIGNAL) < 0)
        if (errno != EINTR && ((errno != EAGAIN && errno != ENOBUFS) ||
                               descriptors_wait(channel, POLLOUT, until) != 0))
            return -1;
    return 0;
}

/* The clerk's word: the byte, or 0 where the clerk died with the note. -1 with errno. */
static int hear_word(int from, int64_t until)
{
    for (;;) {
        char word = 0;
        ssize_t got;

        if (descriptors_wait(from, POLLIN, until) != 0)
            return -1;
        got = read(from, &word, 1);
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return -1;
        if (got == 1 && word == JOURNAL_IS_BUSY)
            until = clock_now() + LIMIT_JOURNAL_SYNC_MS * CLOCK_MS;
        else if (got >= 0)
            return word;
    }
}

static int ask_once(int channel, const struct journal_note *note, int64_t until)
{
    int ends[2], word = -1, failed;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return -1;
    if (send_with(channel, note, ends[1], until) == 0) {
        close(ends[1]); /* the clerk's copy alone is left, so the clerk's end ends ours */
        ends[1] = -1;
        word = hear_word(ends[0], until);
    }
    failed = errno;
    if (ends[1] >= 0)
        close(ends[1]);
    close(ends[0]);
    errno = failed;
    return word;
}

int journal_ask(int channel, const struct journal_note *note)
{
    int64_t until = clock_now() + LIMIT_JOURNAL_MS * CLOCK_MS;

    for (;;) {
        switch (ask_once(channel, note, until)) {
        case -1:
            return -1;
        case JOURNAL_IS_DONE:
            return 0;
        case JOURNAL_IS_FULL:
            errno = ENOSPC;
            return -1;
        case JOURNAL_IS_REFUSED:
            errno = EPERM;
            return -1;
        default: /* not yet known, or the clerk died: the next clerk knows what was written */
            if (clock_now() >= until) {
                errno = ETIMEDOUT;
                return -1;
            }
            (void)poll(NULL, 0, LIMIT_JOURNAL_AGAIN_MS);
        }
    }
}
