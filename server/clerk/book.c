#define _POSIX_C_SOURCE 200809L

#include "server/clerk/book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int book_init(struct book *book)
{
    *book = (struct book){.slot = calloc(TABLE_SLOTS, sizeof *book->slot),
                          .ahead = calloc(BOOK_AHEAD, sizeof *book->ahead)};
    if (book->slot != NULL && book->ahead != NULL)
        return 0;
    book_free(book);
    errno = ENOMEM;
    return -1;
}

void book_free(struct book *book)
{
    free(book->slot);
    free(book->ahead);
}

void book_keep_ahead(struct book *book, const struct leaving *leaving)
{
    book->ahead[book->ahead_count++ % BOOK_AHEAD] = *leaving;
}

/* What the session's own process said of its end before its arrival was said, if it did. */
static void find_ahead(struct book *book, struct open_session *session)
{
    uint64_t kept = book->ahead_count < BOOK_AHEAD ? book->ahead_count : BOOK_AHEAD;
    bool later = false;

    for (uint64_t i = 0; i < kept; i++) {
        const struct leaving *leaving = &book->ahead[i];

        later |= leaving->serial > session->serial;
        if (leaving->serial != session->serial ||
            (leaving->pid != session->pid && leaving->pid >= 0))
            continue;
        session->leaving = *leaving;
        session->leaving.pid = session->pid;
    }
    if (!later)
        book->ahead_count = 0;
}

struct open_session *book_find(struct book *book, uint32_t slot, uint64_t serial)
{
    if (slot >= TABLE_SLOTS || book->slot[slot].state == BOOK_FREE ||
        book->slot[slot].serial != serial)
        return NULL;
    return &book->slot[slot];
}

static void copy_text(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from);
}

static void take_start(struct book *book, const struct entry *entry)
{
    const char *boot = entry_value(entry, "boot"), *room = entry_value(entry, "room");

    book->running = true;
    book->parent = 0;
    book->pid = (int64_t)entry_number(entry, "pid", 0);
    copy_text(book->boot_name, sizeof book->boot_name, boot != NULL ? boot : "-");
    copy_text(book->room, sizeof book->room, room != NULL ? room : "-");
    for (uint32_t i = 0; i < book->top; i++)
        book->slot[i].state = BOOK_FREE;
    book->top = 0;
}

/* A client knocked or arrived, or is said to be present at the beginning of a file. */
static void take_arrival(struct book *book, const struct entry *entry)
{
    const char *arrived = entry_value(entry, "arrived"), *via = entry_value(entry, "via");
    struct open_session *session;

    if (entry->place < 1 || entry->place > TABLE_SLOTS || entry->serial == 0)
        return;
    session = &book->slot[entry->place - 1];
    if (session->state == BOOK_KNOCKED && session->serial == entry->serial) {
        session->state = BOOK_PRESENT;
        session->number = entry_number(entry, "n", session->number);
        return;
    }
    *session = (struct open_session){.state = strcmp(entry->event, "knocked") == 0 ? BOOK_KNOCKED
                                                                                   : BOOK_PRESENT,
                                     .serial = entry->serial,
                                     .pid = (int64_t)entry_number(entry, "pid", 0),
                                     .when = entry->when,
                                     .boot = entry->boot,
                                     .port = entry->port,
                                     .via = via != NULL ? via_by_word(via) : VIA_TCP};
    find_ahead(book, session);
    copy_text(session->name, sizeof session->name, entry->name);
    copy_text(session->address, sizeof session->address, entry->address);
    if (arrived != NULL && entry_parse_time(arrived, &session->when)) {
        session->boot -= (int64_t)entry_number(entry, "lasted", 0);
        session->number = entry_number(entry, "n", 0);
    }
    if (book->top < entry->place)
        book->top = entry->place;
}

static void take_departure(struct book *book, const struct entry *entry)
{
    struct open_session *session =
        entry->place < 1 ? NULL : book_find(book, entry->place - 1, entry->serial);

    if (session != NULL)
        session->state = BOOK_FREE;
    while (book->top > 0 && book->slot[book->top - 1].state == BOOK_FREE)
        book->top--;
}

/* What a handler said of its session. */
static void take_doing(struct book *book, const struct entry *entry)
{
    struct open_session *session =
        entry->place < 1 ? NULL : book_find(book, entry->place - 1, entry->serial);

    if (session == NULL)
        return;
    session->number = entry_number(entry, "n", session->number);
    copy_text(session->name, sizeof session->name, entry->name);
}

void book_take(struct book *book, const struct entry *entry)
{
    bool handlers = false;

    if (strcmp(entry->event, "started") == 0 || strcmp(entry->event, "continued") == 0) {
        take_start(book, entry);
    } else if (strcmp(entry->event, "ended") == 0) {
        book->running = false;
    } else if (strcmp(entry->event, "knocked") == 0 || strcmp(entry->event, "present") == 0) {
        take_arrival(book, entry);
    } else if (strcmp(entry->event, "arrived") == 0) {
        handlers = entry_value(entry, "pid") == NULL;
        take_arrival(book, entry);
    } else if (strcmp(entry->event, "left") == 0 || strcmp(entry->event, "turned-away") == 0) {
        take_departure(book, entry);
    } else if (strcmp(entry->event, "named") == 0 || strcmp(entry->event, "fetched") == 0 ||
               strcmp(entry->event, "verified") == 0 || strcmp(entry->event, "handed-in") == 0) {
        handlers = entry_value(entry, "via") == NULL; /* by HTTP: the parent says it */
        if (handlers)
            take_doing(book, entry);
    }
    if (!handlers && strcmp(entry->event, "present") != 0)
        book->parent = entry_number(entry, "n", book->parent);
    if (entry->sequence > book->sequence)
        book->sequence = entry->sequence;
    if (entry->serial > book->serial)
        book->serial = entry->serial;
    if (strcmp(entry->event, "continued") == 0 &&
        entry_number(entry, "last", 0) > book->serial) /* no session of this file may be older */
        book->serial = entry_number(entry, "last", 0);
    book->last_when = entry->when;
    book->last_boot = entry->boot;
}
