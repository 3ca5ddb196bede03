/* Who has just come: most clients take a name at once, and those that do one thing go again. All of
 * that is told in one line. */
#ifndef CLIENT_CHAT_ARRIVALS_H
#define CLIENT_CHAT_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "client/limits.h"
#include "server/wire/protocol.h"

struct arrival {
    char name[PROTOCOL_NAME_MAX + 1];
    time_t when;   /* the client came */
    int64_t until; /* it may take a name, or go: clock_now */
};

/* Zeros: nobody. */
struct arrivals {
    struct arrival arrival[ARRIVALS_MOST];
    size_t count;
};

/* Keeps a client that came. False: there is no room for it, so its line is to be shown now. */
bool arrivals_add(struct arrivals *arrivals, const char *name, time_t when, int64_t until);

/* Takes the client of that name out. False: it is not kept. */
bool arrivals_take(struct arrivals *arrivals, const char *name, struct arrival *arrival);

/* The client of that name has taken another. False: it is not kept. */
bool arrivals_rename(struct arrivals *arrivals, const char *name, const char *to);

/* Takes out the oldest whose time is over at `now`. False: there is none. */
bool arrivals_due(struct arrivals *arrivals, int64_t now, struct arrival *arrival);

/* How long the oldest has at `now`, in nanoseconds, at least 0; -1: nobody is kept. */
int64_t arrivals_left(const struct arrivals *arrivals, int64_t now);

#endif
