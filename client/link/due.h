/* Which request a line answers: answers come in the order of the requests, but for the one that the
 * server sets aside. An answer that nobody awaits any more still comes. */
#ifndef CLIENT_LINK_DUE_H
#define CLIENT_LINK_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/limits.h"
#include "server/wire/protocol.h"

/* A whole answer; `text` is that of its first line. */
struct answer {
    int code;
    size_t items;    /* lines between the first and the last */
    uint64_t hidden; /* names that the server cannot list (protocol_parse_hidden) */
    char text[PROTOCOL_REPLY_MAX + 1];
};

/* Takes one of the lines between the first and the last, the first of them with number 0, not
 * sanitized. */
typedef void due_item(void *context, size_t number, const char *text);

/* An answer that is awaited. While one is, between may ask for another, which is awaited first. */
struct due {
    struct answer *answer;
    due_item *item;
    void *context;
    bool nested; /* another one is awaited, too */
    bool begun, done;
};

/* The answers that have not come. All zero: there are none. */
struct due_list {
    struct due_place {
        struct due *due;           /* who awaits it; NULL: nobody */
        unsigned number;           /* what due_take says then; 0: nothing */
    } place[EXPECTED_MOST], aside; /* in the order of the requests, but for the one aside */
    size_t count;
    enum {
        DUE_IN_ORDER,
        DUE_SET_ASIDE, /* the server answers other requests first: before the answer that is set
                          aside it sends REPLY_LATE */
        DUE_LATE,      /* that answer is being read */
    } order;
};

/* Begins to await the answer to the request that was sent last. False: too many have not come. */
bool due_begin(struct due_list *list, struct due *due);

/* Nobody awaits it any more. */
void due_leave(struct due_list *list, const struct due *due, unsigned number);

/* The same for the request that was sent last, whose answer nobody awaits. False: too many have not
 * come. */
bool due_drop(struct due_list *list, unsigned number);

/* Whether an answer has not come. */
bool due_is_any(const struct due_list *list);

/* Takes a line of an answer. *number: it was the last line of an answer that nobody awaits and that
 * was left with this number; else 0. */
enum due_taken {
    DUE_TAKEN,
    DUE_NOTHING, /* no answer is due */
    DUE_STRANGE, /* the line belongs to no answer that could come now */
};
enum due_taken due_take(struct due_list *list, const struct reply_line *reply, unsigned *number);

/* REPLY_LATER came, which stands for the answer that is next; REPLY_LATE came. False: it could not
 * come now. */
bool due_later(struct due_list *list);
bool due_late(struct due_list *list);

#endif
