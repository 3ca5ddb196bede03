#define _POSIX_C_SOURCE 200809L

#include "server/bell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/system/platform.h"
#include "shm/table/talk.h"

void bell_init(struct bell *bell, struct table *table)
{
    *bell = (struct bell){.table = table, .own = -1, .send = -1};
}

struct sockaddr_un bell_address(const struct bell *bell, uint32_t slot)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%ld.%" PRIu32,
                   (long)bell->table->made.pid, slot);
    return address;
}

void bell_remove(const struct bell *bell, uint32_t slot)
{
    (void)unlink(bell_address(bell, slot).sun_path);
}

static bool send_byte(int from, const struct sockaddr_un *to)
{
    return sendto(from, "", 1, 0, (const struct sockaddr *)to, sizeof *to) >= 0;
}

/* EAGAIN has two causes. Either the reader's queue is full, and a wake-up is pending there. Or the
 * sender's buffer is full of bytes that others did not take yet (a stopped reader keeps some for
 * ever), and this wake-up is lost. A new socket has sent nothing, so its EAGAIN has the first
 * cause.
 */
static bool ring_anew(struct bell *bell, const struct sockaddr_un *to)
{
    int fresh = platform_datagrams();
    bool rung;

    if (fresh < 0)
        return false;
    rung = send_byte(fresh, to) || errno == EAGAIN;
    if (bell->send >= 0)
        close(bell->send);
    bell->send = fresh;
    return rung;
}

static bool ring(void *context, uint32_t slot)
{
    struct bell *bell = context;
    struct sockaddr_un address = bell_address(bell, slot);
    int from = bell->send >= 0 ? bell->send : bell->own;

    if (from < 0)
        from = bell->send = platform_datagrams();
    if (from < 0)
        return false;
    if (send_byte(from, &address) || errno == ENOENT || errno == ECONNREFUSED)
        return true; /* or the reader has left */
    return errno == EAGAIN && ring_anew(bell, &address);
}

bool bell_ring(struct bell *bell, bool every)
{
    return talk_ring(bell->table, every, ring, bell);
}

bool bell_ring_one(struct bell *bell, uint32_t slot)
{
    return talk_ring_one(bell->table, slot, ring, bell);
}
