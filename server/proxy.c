#define _POSIX_C_SOURCE 200809L

#include "server/proxy.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "server/wire/proxy.h"

/* Reads a header and no byte behind it. Returns its length; 0: none came in time. */
static size_t read_header(const struct visitor *visitor, unsigned char header[PROXY_HEADER])
{
    int64_t until = visitor->came_ns + LIMIT_PROXY_MS * CLOCK_MS;
    size_t length = 0, wanted;

    while ((wanted = proxy_wants(header, length)) > 0) {
        ssize_t got;

        if (descriptors_wait(visitor->fd, POLLIN, until) != 0)
            return 0;
        got = recv(visitor->fd, header + length, wanted, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return 0;
        length += got > 0 ? (size_t)got : 0;
    }
    return length;
}

void proxy_run(const struct visitor *visitor)
{
    struct visit_note note = {.word = VISIT_ADMIT, .peer = visitor->peer};
    unsigned char header[PROXY_HEADER];
    struct proxy_origin origin;
    size_t length = read_header(visitor, header);

    if (length == 0 || !proxy_parse(header, length, &origin))
        return;
    if (origin.family != 0) {
        note.peer = (struct peer){.family = origin.family, .port = origin.port};
        memcpy(note.peer.address, origin.address, sizeof note.peer.address);
    }
    (void)send(visitor->parent, &note, sizeof note, MSG_NOSIGNAL);
}
