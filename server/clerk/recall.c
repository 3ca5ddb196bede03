#define _POSIX_C_SOURCE 200809L

#include "server/clerk/recall.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/wire/protocol.h"
#include "shm/table/registry.h"

/* ---- what the table should know */

static void refill_ended(struct table *table, const struct entry *entry)
{
    struct ended ended = {.serial = entry->serial,
                          .left = entry->when / 1000,
                          .lasted_ns = (int64_t)entry_number(entry, "lasted", 0) * 1000000,
                          .requests = entry_number(entry, "requests", 0),
                          .messages = entry_number(entry, "messages", 0),
                          .bytes_in = entry_number(entry, "in", 0),
                          .bytes_out = entry_number(entry, "out", 0)};
    const char *why = entry_value(entry, "why"), *arrived = entry_value(entry, "arrived");
    const char *via = entry_value(entry, "via");
    int64_t when = entry->when;

    if (arrived != NULL)
        (void)entry_parse_time(arrived, &when);
    ended.connected = when / 1000;
    ended.why = (uint32_t)left_by_key(why != NULL ? why : "");
    if (ended.why == LEFT_REASONS)
        ended.why = LEFT_UNCLOSED;
    ended.via = via != NULL ? via_by_word(via) : VIA_TCP;
    if (ended.lasted_ns < 0)
        ended.lasted_ns = 0;
    peer_parse(&ended.peer, entry->address, entry->port);
    (void)snprintf(ended.name, sizeof ended.name, "%s", entry->name);
    registry_refill_ended(table, &ended);
}

static void refill_transfer(struct table *table, const struct entry *entry, enum transfer_kind kind)
{
    const char *file = entry_value(entry, "file"), *hex = entry_value(entry, "sha256");
    const char *earlier = entry_value(entry, "earlier");
    struct transfer transfer = {.serial = entry->serial,
                                .when = entry->when / 1000,
                                .size = entry_number(entry, "size", 0),
                                .kind = kind};

    if (file == NULL || file[0] == '\0' || (entry->serial == 0 && kind != TRANSFER_SENT))
        return;
    transfer.done = entry_number(entry, "done", transfer.size);
    if (earlier != NULL && strcmp(earlier, "same") == 0)
        transfer.earlier = EARLIER_SAME;
    else if (earlier != NULL && strcmp(earlier, "kept") == 0)
        transfer.earlier = EARLIER_KEPT;
    if (hex != NULL)
        (void)protocol_parse_hex(hex, transfer.digest, sizeof transfer.digest);
    peer_parse(&transfer.peer, entry->address, entry->port);
    if (entry->serial == 0) /* by HTTP, without a session */
        transfer.serial = peer_serial(&transfer.peer);
    (void)snprintf(transfer.client, sizeof transfer.client, "%s",
                   entry->serial == 0 ? entry->address : entry->name);
    (void)snprintf(transfer.file, sizeof transfer.file, "%s", file);
    registry_refill_transfer(table, &transfer);
}

static void refill(struct table *table, const struct entry *entry)
{
    if (strcmp(entry->event, "left") == 0)
        refill_ended(table, entry);
    else if (strcmp(entry->event, "fetched") == 0)
        refill_transfer(table, entry, TRANSFER_SENT);
    else if (strcmp(entry->event, "verified") == 0)
        refill_transfer(table, entry, TRANSFER_VERIFIED);
    else if (strcmp(entry->event, "handed-in") == 0)
        refill_transfer(table, entry, TRANSFER_HANDED_IN);
}

/* ---- the file, line by line */

struct reading {
    struct book *book;
    struct table *table;
    off_t whole; /* bytes up to the end of the last line */
    uint64_t damaged;
    size_t used;
    bool skipping; /* a line that is longer than any */
    char buffer[4 * ENTRY_MAX];
};

static bool take_line(struct reading *reading, char *line, bool first)
{
    struct entry entry;

    if (first)
        return strncmp(line, ENTRY_VERSION, strlen(ENTRY_VERSION)) == 0;
    if (!entry_parse(line, &entry)) {
        reading->damaged++;
        return true;
    }
    if (reading->table != NULL)
        refill(reading->table, &entry);
    book_take(reading->book, &entry);
    return true;
}

/* Takes the whole lines out of the buffer. False: the first is no version line. */
static bool take_lines(struct reading *reading)
{
    char *line = reading->buffer, *end = line + reading->used, *lf;

    while ((lf = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        *lf = '\0';
        if (!reading->skipping && !take_line(reading, line, reading->whole == 0))
            return false;
        reading->skipping = false;
        reading->whole += lf + 1 - line;
        line = lf + 1;
    }
    reading->used = (size_t)(end - line);
    memmove(reading->buffer, line, reading->used);
    if (reading->used == sizeof reading->buffer) {
        if (reading->whole == 0)
            return false;
        reading->damaged += !reading->skipping;
        reading->skipping = true;
        reading->whole += (off_t)reading->used;
        reading->used = 0;
    }
    return true;
}

/* The whole file. Returns 0, or -1 with errno. */
static int read_all(struct reading *reading, int fd, off_t *at)
{
    ssize_t got;

    for (*at = 0; (got = pread(fd, reading->buffer + reading->used,
                               sizeof reading->buffer - reading->used, *at)) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        *at += got;
        reading->used += (size_t)got;
        if (!take_lines(reading)) {
            errno = EINVAL;
            return -1;
        }
    }
    return 0;
}

int recall(struct book *book, struct file *file, struct table *table, uint64_t *damaged)
{
    static struct reading reading;
    const size_t version = strlen(ENTRY_VERSION);
    off_t end;

    reading.book = book;
    reading.table = table;
    reading.whole = 0;
    reading.damaged = reading.used = 0;
    reading.skipping = false;
    if (read_all(&reading, file->fd, &end) != 0)
        return -1;
    *damaged = reading.damaged;
    if (reading.whole == 0 && strncmp(ENTRY_VERSION, reading.buffer,
                                      reading.used < version ? reading.used : version) != 0) {
        errno = EINVAL; /* not even the beginning of a version line */
        return -1;
    }
    return end > reading.whole ? file_cut(file, reading.whole) : 0;
}
