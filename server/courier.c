#define _POSIX_C_SOURCE 200809L

#include "server/courier.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/system/platform.h"
#include "server/wire/text.h"

void courier_init(struct courier *courier, struct table *table, uint32_t slot, uint64_t serial)
{
    *courier = (struct courier){
        .mine = {.table = table, .number = slot, .serial = serial}, .bell = -1, .hand = -1};
}

static struct sockaddr_un bell_of(const struct courier *courier, uint32_t slot)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%ld.%" PRIu32,
                   (long)courier->mine.table->made.pid, slot);
    return address;
}

int courier_join(struct courier *courier, size_t earlier)
{
    struct sockaddr_un address = bell_of(courier, courier->mine.number);
    int bell, failed;

    if (courier->bell >= 0)
        return 0;
    bell = platform_datagrams();
    if (bell < 0)
        return -1;
    (void)unlink(address.sun_path); /* of one who was killed */
    if (bind(bell, (const struct sockaddr *)&address, sizeof address) != 0 ||
        hear_join(&courier->mine, earlier) != 0) {
        failed = errno;
        close(bell);
        errno = failed;
        return -1;
    }
    courier->bell = bell;
    return 0;
}

void courier_leave(struct courier *courier)
{
    if (courier->bell < 0)
        return;
    hear_leave(&courier->mine);
    (void)unlink(bell_of(courier, courier->mine.number).sun_path);
    close(courier->bell);
    courier->bell = -1;
}

void courier_forget(const struct courier *courier, uint32_t slot)
{
    (void)unlink(bell_of(courier, slot).sun_path);
}

/* One at a time is enough: another one only wakes us once more. */
void courier_hush(struct courier *courier)
{
    char rung[16];

    (void)recv(courier->bell, rung, sizeof rung, 0);
}

void courier_listen(struct courier *courier)
{
    hear_look(&courier->mine);
}

bool courier_pending(const struct courier *courier)
{
    return courier->bell >= 0 && hear_pending(&courier->mine);
}

/* What lies in the table is data to check: a line that holds another one is nobody's. */
static bool is_whole(const struct message *line)
{
    return line->head.kind < MESSAGE_KINDS &&
           text_is_clean(line->head.name, strlen(line->head.name)) &&
           strlen(line->text) == line->head.length && text_is_clean(line->text, line->head.length);
}

bool courier_take(struct courier *courier, struct message *line, uint64_t *lost, bool *earlier)
{
    bool taken;

    do
        taken = hear_next(&courier->mine, line, earlier);
    while (taken && !is_whole(line));
    *lost = courier->mine.reader.lost;
    courier->mine.reader.lost = 0;
    return taken;
}

void courier_taken(struct courier *courier)
{
    if (courier->bell >= 0)
        hear_sent(&courier->mine);
}

static bool send_bell(int from, const struct sockaddr_un *to)
{
    return sendto(from, "", 1, 0, (const struct sockaddr *)to, sizeof *to) >= 0;
}

/* EAGAIN has two causes. Either the reader's queue is full: then a bell is pending there. Or what
 * this socket has sent, and others did not take yet, fills its own send buffer (a stopped reader
 * keeps some of it for ever): then this bell is lost. A new socket has sent nothing, so from there
 * EAGAIN can only mean the first. */
static bool ring_anew(struct courier *courier, const struct sockaddr_un *to)
{
    int fresh = platform_datagrams();
    bool rung;

    if (fresh < 0)
        return false;
    rung = send_bell(fresh, to) || errno == EAGAIN;
    if (courier->hand >= 0)
        close(courier->hand);
    courier->hand = fresh;
    return rung;
}

static bool ring(void *context, uint32_t slot)
{
    struct courier *courier = context;
    struct sockaddr_un address = bell_of(courier, slot);
    int from = courier->hand >= 0 ? courier->hand : courier->bell;

    if (from < 0)
        from = courier->hand = platform_datagrams();
    if (from < 0)
        return false;
    if (send_bell(from, &address) || errno == ENOENT || errno == ECONNREFUSED)
        return true; /* or it has left */
    return errno == EAGAIN && ring_anew(courier, &address);
}

bool courier_ring(struct courier *courier, bool every)
{
    return talk_ring(courier->mine.table, every, ring, courier);
}

bool courier_ring_one(struct courier *courier, uint32_t slot)
{
    return talk_ring_one(courier->mine.table, slot, ring, courier);
}
