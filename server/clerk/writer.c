#define _POSIX_C_SOURCE 200809L

#include "server/clerk/writer.h"

#include <stdio.h>
#include <string.h>

#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/protocol.h"
#include "server/wire/sha256.h"

/* ---- lines. Each is begun with the fields of an entry, and ended by putting it down. */

static struct entry about_nobody(const char *event)
{
    return (struct entry){.when = clock_wall_ms(),
                          .boot = platform_boot_ms(),
                          .event = event,
                          .name = "-",
                          .address = "-"};
}

static struct entry about(const char *event, const struct open_session *session, uint32_t slot)
{
    struct entry entry = about_nobody(event);

    entry.serial = session->serial;
    entry.place = slot + 1;
    entry.name = session->name;
    entry.address = session->address;
    entry.port = session->port;
    return entry;
}

static void begin(struct writer *writer, struct entry *entry)
{
    entry->sequence = writer->book.sequence + 1;
    entry_begin(&writer->line, entry);
}

/* What is not said came over the line protocol's own port. */
static void add_via(struct writer *writer, const struct open_session *session)
{
    if (session->via != VIA_TCP)
        entry_add(&writer->line, "via", via_word(session->via));
}

/* The book learns from the line itself, so that it cannot say anything else than the journal. */
static void put_down(struct writer *writer)
{
    struct entry_text copy;
    struct entry entry;

    entry_end(&writer->line);
    if (!file_add(&writer->file, writer->line.text, writer->line.used)) {
        writer->lost++;
        return;
    }
    memcpy(copy.text, writer->line.text, writer->line.used);
    copy.text[writer->line.used - 1] = '\0';
    if (entry_parse(copy.text, &entry))
        book_take(&writer->book, &entry);
}

void writer_begin_file(struct writer *writer, const char *room)
{
    (void)file_add(&writer->file, ENTRY_VERSION, strlen(ENTRY_VERSION));
    (void)file_add(&writer->file, room, strlen(room));
    (void)file_add(&writer->file, "\n", 1);
}

void writer_say_alive(struct writer *writer)
{
    struct entry entry = about_nobody("alive");

    begin(writer, &entry);
    put_down(writer);
}

/* So that a file can be read without those before it, the sessions that are open are said again. */
void writer_continue(struct writer *writer)
{
    struct book *book = &writer->book;
    struct entry entry = about_nobody("continued");
    const uint32_t top = book->top;

    begin(writer, &entry);
    entry_add(&writer->line, "room", book->room);
    entry_add_number(&writer->line, "pid", (uint64_t)book->pid);
    entry_add(&writer->line, "boot", book->boot_name);
    entry_add_number(&writer->line, "last", book->serial);
    entry_add_number(&writer->line, "n", book->parent);
    entry_end(&writer->line);
    if (!file_add(&writer->file, writer->line.text, writer->line.used))
        writer->lost++;
    book->sequence++;
    for (uint32_t slot = 0; slot < top; slot++) {
        const struct open_session *session = &book->slot[slot];

        if (session->state != BOOK_PRESENT)
            continue;
        entry = about("present", session, slot);
        begin(writer, &entry);
        entry_add_number(&writer->line, "pid", (uint64_t)session->pid);
        entry_add_time(&writer->line, "arrived", session->when);
        entry_add_number(&writer->line, "lasted", (uint64_t)(entry.boot - session->boot));
        add_via(writer, session);
        entry_add_number(&writer->line, "n", session->number);
        entry_end(&writer->line);
        if (!file_add(&writer->file, writer->line.text, writer->line.used))
            writer->lost++;
        book->sequence++;
    }
}

/* ---- the parent's notes */

/* With the parent's own time, because the note may have waited. */
static void begin_parents(struct writer *writer, struct entry *entry,
                          const struct journal_note *note)
{
    entry->when = note->when;
    entry->boot = note->boot;
    begin(writer, entry);
}

static void put_down_parents(struct writer *writer, const struct journal_note *note)
{
    entry_add_number(&writer->line, "n", note->number);
    put_down(writer);
}

static void start(struct writer *writer, const struct journal_note *note)
{
    struct entry entry = about_nobody("started");

    begin_parents(writer, &entry, note);
    entry_add(&writer->line, "room", writer->book.room);
    entry_add_number(&writer->line, "pid", (uint64_t)note->pid);
    entry_add(&writer->line, "boot", writer->book.boot_name);
    put_down_parents(writer, note);
}

static void arrive(struct writer *writer, const struct journal_note *note)
{
    struct open_session session = {
        .serial = note->serial, .port = note->peer.port, .via = note->via};
    struct entry entry;

    protocol_client_name(session.name, note->slot + 1);
    peer_text(&note->peer, session.address);
    entry = about(note->event == JOURNAL_KNOCKED ? "knocked" : "arrived", &session, note->slot);
    begin_parents(writer, &entry, note);
    entry_add_number(&writer->line, "pid", (uint64_t)note->pid);
    add_via(writer, &session);
    put_down_parents(writer, note);
}

static int64_t not_negative(int64_t number)
{
    return number < 0 ? 0 : number;
}

static const char *departure(const struct open_session *session)
{
    return session->state == BOOK_KNOCKED ? "turned-away" : "left";
}

/* Begins the line of a session that ends at that time. */
static void begin_departure(struct writer *writer, struct entry *entry,
                            const struct open_session *session, enum left_why why)
{
    begin(writer, entry);
    entry_add(&writer->line, "why", left_reason(why)->key);
    entry_add_time(&writer->line, "arrived", session->when);
    entry_add_number(&writer->line, "lasted", (uint64_t)not_negative(entry->boot - session->boot));
    add_via(writer, session);
}

static void leave(struct writer *writer, const struct journal_note *note)
{
    const struct open_session *session = book_find(&writer->book, note->slot, note->serial);
    struct leaving said;
    struct entry entry;

    if (session == NULL)
        return;
    said = session->leaving;
    if (said.serial != session->serial || said.pid != session->pid)
        said = (struct leaving){.why = LEFT_CLOSED};
    entry = about(departure(session), session, note->slot);
    entry.when = note->when;
    entry.boot = note->boot;
    begin_departure(writer, &entry, session,
                    note->why < LEFT_REASONS ? (enum left_why)note->why : said.why);
    if (note->count > 0)
        entry_add_number(&writer->line, "signal", note->count);
    entry_add_number(&writer->line, "requests", said.requests);
    entry_add_number(&writer->line, "messages", said.messages);
    entry_add_number(&writer->line, "in", said.bytes_in);
    entry_add_number(&writer->line, "out", said.bytes_out);
    put_down_parents(writer, note);
}

static void count(struct writer *writer, const struct journal_note *note, const char *event)
{
    struct entry entry = about_nobody(event);

    begin_parents(writer, &entry, note);
    if (note->event == JOURNAL_REFUSED)
        entry_add(&writer->line, "why", refused_reason((enum refused_why)note->why)->key);
    if (note->event != JOURNAL_ENDED)
        entry_add_number(&writer->line, "count", note->count);
    put_down_parents(writer, note);
}

static void add_file(struct writer *writer, const struct journal_note *note);

/* By HTTP: by a member, who may have left meanwhile, or by somebody of whom only the address is
 * known. */
static void fetch(struct writer *writer, const struct journal_note *note)
{
    const struct open_session *session =
        note->serial != 0 ? book_find(&writer->book, note->slot, note->serial) : NULL;
    struct open_session gone = {.serial = note->serial, .port = note->peer.port};
    struct entry entry;

    (void)snprintf(gone.name, sizeof gone.name, "%s", note->serial != 0 ? note->name : "-");
    peer_text(&note->peer, gone.address);
    entry = about("fetched", session != NULL ? session : &gone, note->slot);
    if (note->serial == 0)
        entry.place = 0;
    begin_parents(writer, &entry, note);
    add_file(writer, note);
    entry_add(&writer->line, "via", "web");
    put_down_parents(writer, note);
}

void writer_take_parents(struct writer *writer, const struct journal_note *note)
{
    if (note->number <= writer->book.parent && note->event != JOURNAL_STARTED)
        return;
    switch ((enum journal_event)note->event) {
    case JOURNAL_STARTED:
        start(writer, note);
        break;
    case JOURNAL_KNOCKED:
    case JOURNAL_ARRIVED:
        arrive(writer, note);
        break;
    case JOURNAL_LEFT:
        leave(writer, note);
        break;
    case JOURNAL_FETCHED:
        fetch(writer, note);
        break;
    case JOURNAL_REFUSED:
        count(writer, note, "refused");
        break;
    case JOURNAL_LOST:
        count(writer, note, "lost");
        break;
    case JOURNAL_ENDED:
        count(writer, note, "ended");
        break;
    default:
        break;
    }
    writer->book.parent = note->number;
}

void writer_close_all(struct writer *writer, bool at_last)
{
    struct book *book = &writer->book;
    const int64_t when = book->last_when, boot = book->last_boot;
    struct entry entry;

    for (uint32_t slot = 0, top = book->top; slot < top; slot++) {
        const struct open_session *session = &book->slot[slot];

        if (session->state == BOOK_FREE)
            continue;
        entry = about(departure(session), session, slot);
        if (at_last) {
            entry.when = when;
            entry.boot = boot;
        }
        begin_departure(writer, &entry, session, LEFT_UNCLOSED);
        put_down(writer);
    }
    if (!book->running)
        return;
    entry = about_nobody("ended");
    if (at_last) {
        entry.when = when;
        entry.boot = boot;
    }
    begin(writer, &entry);
    entry_add(&writer->line, "why", "killed");
    put_down(writer);
}

/* ---- a handler's notes */

static const char *const words[JOURNAL_EVENTS] = {
    [JOURNAL_ENTERED] = "arrived",     [JOURNAL_NAMED] = "named",
    [JOURNAL_FETCHED] = "fetched",     [JOURNAL_VERIFIED] = "verified",
    [JOURNAL_HANDED_IN] = "handed-in",
};

/* Kept beside the session if that is its process's; or until the session's arrival is said. */
static enum journal_word take_leaving(struct book *book, const struct journal_note *note,
                                      pid_t from)
{
    struct open_session *at = book_find(book, note->slot, note->serial);
    struct leaving leaving = {.serial = note->serial,
                              .pid = from < 0 && at != NULL ? at->pid : from,
                              .why =
                                  note->why < LEFT_REASONS ? (enum left_why)note->why : LEFT_CLOSED,
                              .requests = note->requests,
                              .messages = note->messages,
                              .bytes_in = note->bytes_in,
                              .bytes_out = note->bytes_out};

    if (note->serial > book->serial)
        book_keep_ahead(book, &leaving);
    else if (at == NULL || at->pid != leaving.pid)
        return at == NULL ? JOURNAL_IS_UNKNOWN : JOURNAL_IS_REFUSED;
    else
        at->leaving = leaving;
    return JOURNAL_IS_DONE;
}

static void add_file(struct writer *writer, const struct journal_note *note)
{
    static const char *const earlier[EARLIERS] = {"new", "same", "kept"};
    char hex[SHA256_HEX_SIZE];

    entry_add(&writer->line, "file", note->text);
    entry_add_number(&writer->line, "size", note->size);
    if (note->event == JOURNAL_FETCHED) {
        entry_add_number(&writer->line, "done", note->done);
    } else {
        sha256_hex(hex, note->digest);
        entry_add(&writer->line, "sha256", hex);
    }
    if (note->event == JOURNAL_HANDED_IN)
        entry_add(&writer->line, "earlier",
                  earlier[note->earlier < EARLIERS ? note->earlier : EARLIER_NONE]);
}

static void write_handlers(struct writer *writer, const struct open_session *session,
                           const struct journal_note *note)
{
    struct entry entry = about(words[note->event], session, note->slot);

    if (note->event == JOURNAL_NAMED)
        entry.name = note->name;
    if (note->event == JOURNAL_ENTERED) {
        entry.when = session->when; /* since it knocked */
        entry.boot = session->boot;
    }
    begin(writer, &entry);
    if (note->event == JOURNAL_NAMED)
        entry_add(&writer->line, "was", session->name);
    else if (note->event == JOURNAL_ENTERED)
        add_via(writer, session);
    else
        add_file(writer, note);
    entry_add_number(&writer->line, "n", note->number);
    put_down(writer);
}

enum journal_word writer_take_handlers(struct writer *writer, const struct journal_note *note,
                                       pid_t from)
{
    struct open_session *at;
    bool enters = note->event == JOURNAL_ENTERED;

    if (note->slot >= TABLE_SLOTS || note->serial == 0)
        return JOURNAL_IS_REFUSED;
    at = &writer->book.slot[note->slot];
    if (note->event == JOURNAL_LEAVING)
        return take_leaving(&writer->book, note, from);
    if (words[note->event] == NULL ||
        (note->event == JOURNAL_NAMED && !protocol_name_valid(note->name)) ||
        (note->event > JOURNAL_NAMED && note->text[0] == '\0'))
        return JOURNAL_IS_REFUSED;
    if (note->serial > writer->book.serial)
        return JOURNAL_IS_UNKNOWN;
    if (at->state == BOOK_FREE || at->serial != note->serial || (from >= 0 && at->pid != from))
        return JOURNAL_IS_REFUSED;
    if (note->number <= at->number)
        return JOURNAL_IS_DONE;
    if (enters ? at->state != BOOK_KNOCKED : at->state != BOOK_PRESENT)
        return JOURNAL_IS_REFUSED;
    write_handlers(writer, at, note);
    return JOURNAL_IS_DONE;
}
