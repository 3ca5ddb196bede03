#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/parent/waiting.h"
#include "server/wire/clock.h"
#include "tests/unit/tap.h"

#define FIRST "120 1 The room is full: you are number 1 in the queue.\n"

/* A connection that waits since 0; *peer is the client's end. */
static struct waiting_entry begin(uint32_t via, int *peer)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
        fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0)
        BAIL("socketpair");
    *peer = ends[1];
    return (struct waiting_entry){.fd = ends[0], .via = via};
}

static void end(const struct waiting_entry *entry, int peer)
{
    close(entry->fd);
    close(peer);
}

static bool hears(int peer, const char *bytes, size_t size)
{
    char got[256];

    return recv(peer, got, sizeof got, 0) == (ssize_t)size && memcmp(got, bytes, size) == 0;
}

static bool hears_nothing(int peer)
{
    char got;

    return recv(peer, &got, 1, 0) < 0;
}

static void tells_places(void)
{
    const int64_t again = LIMIT_WAITING_TELL_MS * CLOCK_MS;
    int peer;
    struct waiting_entry entry = begin(VIA_TCP, &peer);

    OK(waiting_tell(&entry, 1, 0) && hears(peer, FIRST, strlen(FIRST)));
    OK(waiting_tell(&entry, 1, again - 1) && hears_nothing(peer));
    OK(waiting_tell(&entry, 1, again) && hears(peer, FIRST, strlen(FIRST)));
    OK(waiting_tell(&entry, 2, again + 1) && !hears_nothing(peer));
    end(&entry, peer);
    entry = begin(VIA_WEB, &peer);
    OK(waiting_tell(&entry, 1, 0) && hears(peer, "\x81\x37" FIRST, 2 + strlen(FIRST)));
    for (uint32_t place = 2; waiting_tell(&entry, place, 0); place++)
        if (place > 1000000)
            BAIL("a socket that takes everything");
    OK(true); /* who reads nothing is found out */
    end(&entry, peer);
}

static void knows_bounds(void)
{
    static const char ahead[LIMIT_WAITING_BYTES + 1];
    int peer;
    struct waiting_entry entry = begin(VIA_TCP, &peer);

    OK(waiting_look(&entry, LIMIT_WAITING_S * CLOCK_S) == WAITING_ON);
    OK(waiting_look(&entry, LIMIT_WAITING_S * CLOCK_S + 1) == WAITING_TOO_LONG);
    OK(send(peer, ahead, LIMIT_WAITING_BYTES, 0) == LIMIT_WAITING_BYTES &&
       waiting_look(&entry, 0) == WAITING_ON);
    OK(send(peer, ahead, 1, 0) == 1 && waiting_look(&entry, 0) == WAITING_TOO_MUCH);
    end(&entry, peer);
    entry = begin(VIA_TCP, &peer);
    OK(send(peer, "x", 1, 0) == 1 && shutdown(peer, SHUT_WR) == 0 &&
       waiting_look(&entry, 0) == WAITING_ON);
    end(&entry, peer);
    entry = begin(VIA_TCP, &peer);
    OK(shutdown(peer, SHUT_WR) == 0 && waiting_look(&entry, 0) == WAITING_GONE);
    end(&entry, peer);
}

/* What is left for the session, byte by byte. */
static bool leaves(const struct waiting_entry *entry, const char *bytes, size_t size)
{
    return hears(entry->fd, bytes, size);
}

static void answers_frames(void)
{
    static const char ping[] = "\x89\x82\1\2\3\4iz", text[] = "\x81\x81\1\2\3\4a";
    int peer;
    struct waiting_entry entry = begin(VIA_WEB, &peer);

    OK(send(peer, ping, 8, 0) == 8 && waiting_look(&entry, 0) == WAITING_ON &&
       hears(peer, "\x8a\x02hx", 4));
    OK(send(peer, "\x8a\x80\1\2\3\4", 6, 0) == 6 && waiting_look(&entry, 0) == WAITING_ON &&
       hears_nothing(peer));
    /* half a frame, and its rest */
    OK(send(peer, ping, 5, 0) == 5 && waiting_look(&entry, 0) == WAITING_ON && hears_nothing(peer));
    OK(send(peer, ping + 5, 3, 0) == 3 && waiting_look(&entry, 0) == WAITING_ON &&
       hears(peer, "\x8a\x02hx", 4));
    /* text, and whatever is behind it */
    OK(send(peer, text, 7, 0) == 7 && send(peer, ping, 8, 0) == 8 &&
       waiting_look(&entry, 0) == WAITING_ON && hears_nothing(peer));
    OK(leaves(&entry, "\x81\x81\1\2\3\4a\x89\x82\1\2\3\4iz", 15));
    OK(send(peer, "\x88\x82\0\0\0\0\3\xe8", 8, 0) == 8 && waiting_look(&entry, 0) == WAITING_GONE &&
       hears(peer, "\x88\x02\3\xe8", 4));
    end(&entry, peer);
    entry = begin(VIA_TCP, &peer); /* where they are bytes like any other */
    OK(send(peer, ping, 8, 0) == 8 && waiting_look(&entry, 0) == WAITING_ON &&
       leaves(&entry, ping, 8));
    end(&entry, peer);
}

static void never_takes_wrong_frames(void)
{
    static const char wrong[][8] = {"\x89\x02xy",       "\x09\x80\1\2\3\4", "\xc9\x80\1\2\3\4",
                                    "\x99\x80\1\2\3\4", "\x8b\x80\1\2\3\4", "\x89\xfe\1\2\3\4",
                                    "\x89\xff\1\2\3\4", "\x87\x80\1\2\3\4"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int peer;
        struct waiting_entry entry = begin(VIA_WEB, &peer);

        OK(send(peer, wrong[i], 6, 0) == 6 && waiting_look(&entry, 0) == WAITING_ON &&
           hears_nothing(peer) && leaves(&entry, wrong[i], 6));
        end(&entry, peer);
    }
}

static void keeps_the_order(void)
{
    struct waiting waiting = {.count = 3, .entry = {{.fd = 3}, {.fd = 5}, {.fd = 4}}};

    OK(waiting_highest(&waiting) == 5);
    OK(waiting_take(&waiting, 1).fd == 5 && waiting.count == 2 && waiting.entry[1].fd == 4);
    OK(waiting_take(&waiting, 0).fd == 3 && waiting_take(&waiting, 0).fd == 4);
    OK(waiting.count == 0 && waiting_highest(&waiting) == -1);
}

int main(void)
{
    tells_places();
    knows_bounds();
    answers_frames();
    never_takes_wrong_frames();
    keeps_the_order();
    return tap_end();
}
