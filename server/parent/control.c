#define _POSIX_C_SOURCE 200809L

#include "server/parent/control.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/system/platform.h"
#include "shm/table/talk.h"

static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = TABLE_CONTROL};

int control_open(void)
{
    int fd = platform_datagrams(), failed;

    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    failed = errno;
    close(fd);
    errno = failed;
    return -1;
}

int control_receive(int control, struct control_request *request)
{
    ssize_t got;

    request->from_size = sizeof request->from;
    got = recvfrom(control, request->text, sizeof request->text, 0,
                   (struct sockaddr *)&request->from, &request->from_size);
    if (got < 0)
        return 0;
    if (request->from_size <= offsetof(struct sockaddr_un, sun_path))
        request->from_size = 0;
    if (got == (ssize_t)sizeof request->text || memchr(request->text, '\0', (size_t)got) != NULL)
        return -1;
    request->text[got] = '\0';
    return 1;
}

/* rollcallctl's, in the working directory: a handler may have bound its own anywhere. */
static bool is_asking(const struct sockaddr_un *from, socklen_t size)
{
    const size_t asks = strlen(TABLE_ASKS), room = size - offsetof(struct sockaddr_un, sun_path);

    return room <= sizeof from->sun_path && memchr(from->sun_path, '\0', room) != NULL &&
           strncmp(from->sun_path, TABLE_ASKS, asks) == 0 &&
           strspn(from->sun_path + asks, "0123456789") == strlen(from->sun_path + asks);
}

void control_answer(int control, const struct control_request *request, const char *answer)
{
    if (request->from_size == 0 ||
        sendto(control, answer, strlen(answer), 0, (const struct sockaddr *)&request->from,
               request->from_size) >= 0 ||
        errno != ECONNREFUSED)
        return;
    if (is_asking(&request->from, request->from_size))
        (void)unlink(request->from.sun_path);
}

/* The parent's queue may be full of such requests. False, with errno: it stayed full. */
static bool wait_for_room(int fd)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    int ready;

    do
        ready = poll(&room, 1, LIMIT_RETIRE_MS);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        errno = ETIMEDOUT;
    return ready > 0;
}

int control_retire(pid_t parent, uint32_t slot, uint64_t serial)
{
    char text[64];
    int fd = platform_datagrams(), failed = 0;

    if (fd < 0)
        return -1;
    (void)snprintf(text, sizeof text, "retire %ld %" PRIu32 " %" PRIu64, (long)parent, slot,
                   serial);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 || !wait_for_room(fd) ||
        send(fd, text, strlen(text), 0) < 0)
        failed = errno;
    close(fd);
    errno = failed;
    return failed == 0 ? 0 : -1;
}
