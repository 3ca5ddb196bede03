/* relay: the bare relay of a server of one process for each client. A ring of bytes, one eventfd
 * that wakes everybody for what one read has brought, and one write of all that is new at each
 * wake-up. Who connects hears what all others say, line by line. No names, no order of departures,
 * no checks, and a reader that is too slow hears garbage. Linux alone. Prints its port. */
#ifndef __linux__
int main(void)
{
    return 1;
}
#else
#define _GNU_SOURCE 1

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING     (1 << 22)
#define LINE_MAX 4096

struct head {
    uint32_t length, from;
};

static struct {
    pthread_mutex_t lock;
    _Atomic uint64_t end;
    char bytes[RING + LINE_MAX];
} * ring;

static int bell;

static void put(const void *from, size_t size, uint64_t at)
{
    size_t first = RING - at % RING < size ? RING - at % RING : size;

    memcpy(ring->bytes + at % RING, from, first);
    memcpy(ring->bytes, (const char *)from + first, size - first);
}

static void get(void *to, size_t size, uint64_t at)
{
    size_t first = RING - at % RING < size ? RING - at % RING : size;

    memcpy(to, ring->bytes + at % RING, first);
    memcpy((char *)to + first, ring->bytes, size - first);
}

static void say(const char *line, size_t length, uint32_t from)
{
    struct head head = {.length = (uint32_t)length, .from = from};
    uint64_t at;

    pthread_mutex_lock(&ring->lock);
    at = ring->end;
    put(&head, sizeof head, at);
    put(line, length, at + sizeof head);
    ring->end = at + sizeof head + length;
    pthread_mutex_unlock(&ring->lock);
}

/* Says the whole lines of a buffer, and moves the rest to its beginning. Returns its length. */
static size_t say_all(char *buffer, size_t used, uint32_t me)
{
    char *at = buffer, *end;

    while ((end = memchr(at, '\n', used - (size_t)(at - buffer))) != NULL) {
        say(at, (size_t)(end + 1 - at), me);
        at = end + 1;
    }
    (void)!write(bell, &(uint64_t){1}, sizeof(uint64_t));
    used -= (size_t)(at - buffer);
    memmove(buffer, at, used);
    return used;
}

/* Writes what others have said since *heard. */
static void hear(int fd, uint64_t *heard, uint32_t me)
{
    static char out[1 << 18];
    uint64_t end = ring->end;
    size_t used = 0;

    while (*heard < end) {
        struct head head;

        get(&head, sizeof head, *heard);
        if (used + head.length > sizeof out || head.length > LINE_MAX)
            break;
        if (head.from != me) {
            get(out + used, head.length, *heard + sizeof head);
            used += head.length;
        }
        *heard += sizeof head + head.length;
    }
    if (used > 0 && write(fd, out, used) < 0)
        _exit(0);
}

static void watch(int epoll, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void serve(int fd, uint32_t me)
{
    char buffer[2 * LINE_MAX];
    size_t used = 0;
    uint64_t heard = ring->end;
    int epoll = epoll_create1(0);

    watch(epoll, fd, EPOLLIN);
    watch(epoll, bell, EPOLLIN | EPOLLET);
    if (write(fd, "joined\n", 7) < 0)
        return;
    for (;;) {
        struct epoll_event events[2];
        int count = epoll_wait(epoll, events, 2, -1);

        for (int i = 0; i < count; i++) {
            ssize_t got;

            if (events[i].data.fd == bell)
                continue;
            got = read(fd, buffer + used, sizeof buffer - used);
            if (got <= 0)
                return;
            used = say_all(buffer, used + (size_t)got, me);
        }
        hear(fd, &heard, me);
    }
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_mutexattr_t shared;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 4096) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        perror("relay");
        return 1;
    }
    ring = mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bell = eventfd(0, EFD_NONBLOCK);
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&ring->lock, &shared);
    printf("port %u\n", ntohs(address.sin_port));
    fflush(stdout);
    signal(SIGCHLD, SIG_IGN); /* nobody to wait for */
    for (uint32_t client = 0;; client++) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve(fd, client);
            _exit(0);
        }
        close(fd);
    }
}
#endif
