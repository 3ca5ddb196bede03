#define _POSIX_C_SOURCE 200809L

#include "server/clerk/clerk.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clerk/recall.h"
#include "server/clerk/writer.h"
#include "server/events.h"
#include "server/limits.h"
#include "server/log.h"
#include "server/system/confine.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "shm/table/registry.h"

#define TURN  64 /* notes taken before the file is written */
#define TURNS 64
#define EARLY 256 /* more than a channel holds, unless it was made larger */

/* A handler that waits for a word. */
struct waiting {
    int fd; /* -1: it does not */
    char word;
    bool to_disk;
};

/* A note of a session that the parent's notes, as far as they were read, have not come to. */
struct early {
    struct journal_note note;
    size_t size;
    pid_t from;
    int passed;
};

struct desk {
    const struct clerk *clerk;
    int keeper; /* ends when it does */
    struct writer writer;
    struct waiting waiting[TURN];
    size_t count;
    struct early early[EARLY]; /* in the order in which they came */
    size_t early_count;
    bool told_full;   /* the log was told that the file cannot be written */
    int64_t believed; /* clock_now: when a note that was not believed was logged last */
    int64_t spoken;   /* when the last line was written */
    bool ended;       /* the parent has no more to say */
};

/* ---- the file */

/* Writes what waits. Returns whether nothing waits any more. */
static bool write_lines(struct desk *desk)
{
    struct file *file = &desk->writer.file;
    int64_t now = clock_now();
    bool waited = file->used > 0;
    bool done = file_write(file, now) == 0;

    if (!done && !desk->told_full)
        event_journal_not_written(file->error);
    if (done && desk->told_full)
        event_journal_written_again();
    desk->told_full = !done;
    if (done && waited)
        desk->spoken = now;
    if (desk->writer.lost > 0) {
        registry_count_unrecorded(desk->clerk->table, desk->writer.lost);
        desk->writer.lost = 0;
    }
    return done;
}

static void answer_parent(struct desk *desk, enum journal_event event, int error)
{
    const struct journal_answer answer = {
        .event = event, .error = error, .serial = desk->writer.book.serial};

    (void)send(desk->clerk->channels.from_parent, &answer, sizeof answer, MSG_NOSIGNAL);
}

/* After the file was renamed: goes on in a new one of the old name. */
static int reopen(struct desk *desk)
{
    struct writer *writer = &desk->writer;
    struct file next = {.directory = writer->file.directory, .name = writer->file.name};
    bool made;

    if (!write_lines(desk))
        return writer->file.error;
    if (file_is_same(&writer->file))
        return 0;
    if (file_open(&next, &made) != 0)
        return errno;
    if (!made) {
        file_close(&next);
        return EEXIST;
    }
    (void)file_flush(&writer->file);
    file_take_over(&writer->file, &next);
    writer_begin_file(writer, writer->book.room);
    writer_continue(writer);
    return write_lines(desk) ? 0 : writer->file.error;
}

/* ---- handlers */

/* One byte. The descriptor is a handler's choice: if it is no socket, or takes nothing, or would
 * keep its closer waiting, that is the handler's loss. */
static void say(int fd, char word)
{
    if (fd >= 0)
        (void)send(fd, &word, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void let_go(int fd)
{
    const struct linger none = {.l_onoff = 0};

    if (fd < 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

static void take_note(struct desk *desk, const struct journal_note *note, size_t size, pid_t from,
                      int passed)
{
    struct waiting *waiting = &desk->waiting[desk->count++];
    int64_t now = clock_now();

    *waiting = (struct waiting){.fd = passed, .word = JOURNAL_IS_REFUSED};
    if (!file_has_room(&desk->writer.file)) {
        registry_count_unrecorded(desk->clerk->table, 1);
        waiting->word = JOURNAL_IS_FULL;
    } else if (journal_is_note(note, size)) {
        waiting->word = (char)writer_take_handlers(&desk->writer, note, from);
        waiting->to_disk = note->event == JOURNAL_HANDED_IN && waiting->word == JOURNAL_IS_DONE;
    }
    if (waiting->word == JOURNAL_IS_REFUSED &&
        (desk->believed == 0 || now - desk->believed > CLOCK_S)) {
        event_journal_not_believed((long)from);
        desk->believed = now;
    }
}

/* Says to each handler what became of its note, when that is known. */
static void answer_handlers(struct desk *desk)
{
    bool written = write_lines(desk), to_disk = false;

    for (size_t i = 0; i < desk->count; i++) {
        struct waiting *waiting = &desk->waiting[i];

        if (waiting->word == JOURNAL_IS_DONE && !written)
            waiting->word = JOURNAL_IS_FULL;
        to_disk |= waiting->to_disk && written;
        say(waiting->fd, waiting->to_disk && written ? JOURNAL_IS_BUSY : waiting->word);
    }
    if (to_disk && file_flush(&desk->writer.file) != 0)
        written = false;
    for (size_t i = 0; i < desk->count; i++) {
        if (desk->waiting[i].to_disk && to_disk)
            say(desk->waiting[i].fd, written ? JOURNAL_IS_DONE : JOURNAL_IS_FULL);
        let_go(desk->waiting[i].fd);
    }
    desk->count = 0;
}

/* A handler's notes are read before the parent's, if the clerk was late: the session before in the
 * same slot may be open yet, and its end waits for what its own handler said of it. */
static bool is_early(const struct desk *desk, const struct journal_note *note, size_t size)
{
    return desk->early_count < EARLY && journal_is_note(note, size) &&
           note->serial > desk->writer.book.serial;
}

/* Takes those of whose sessions the parent has spoken by now. all: what is left, too, because the
 * parent has said all that it said before they were sent; then they are as good as they get. */
static void take_early(struct desk *desk, bool all)
{
    const size_t count = desk->early_count;

    desk->early_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct early *early = &desk->early[i];

        if (!all && early->note.serial > desk->writer.book.serial) {
            desk->early[desk->early_count++] = *early;
            continue;
        }
        take_note(desk, &early->note, early->size, early->from, early->passed);
        if (desk->count == TURN)
            answer_handlers(desk);
    }
    if (desk->count > 0)
        answer_handlers(desk);
}

/* Returns whether more may be there. */
static bool take_handlers(struct desk *desk)
{
    struct journal_note note = {0}; /* early ones are copied whole */
    int taken = 0;

    for (; taken < TURN; taken++) {
        int passed;
        pid_t from;
        ssize_t got = platform_receive_record(desk->clerk->channels.from_handlers, &note,
                                              sizeof note, &from, &passed);

        if (got <= 0)
            break;
        if (is_early(desk, &note, (size_t)got))
            desk->early[desk->early_count++] = (struct early){note, (size_t)got, from, passed};
        else
            take_note(desk, &note, (size_t)got, from, passed);
    }
    if (desk->count > 0)
        answer_handlers(desk);
    return taken > 0;
}

/* All that was sent until now: the channel holds fewer notes than are taken here, and a handler
 * that goes on sending does not keep the clerk. */
static void take_all_handlers(struct desk *desk)
{
    for (int turn = 0; turn < TURNS && take_handlers(desk); turn++)
        ;
}

/* ---- the parent. A note stays in the channel until its line is in the file, or waits for it. */

static void take_parents(struct desk *desk, const struct journal_note *note, size_t size)
{
    if (!journal_is_note(note, size))
        return;
    if (note->event == JOURNAL_REOPEN) {
        answer_parent(desk, JOURNAL_REOPEN, reopen(desk));
        return;
    }
    if (note->event == JOURNAL_LEFT) /* the handler has spoken before, and for the last time */
        take_all_handlers(desk);
    writer_take_parents(&desk->writer, note);
    (void)write_lines(desk);
    take_early(desk, false);
}

static void take_parent(struct desk *desk)
{
    const int channel = desk->clerk->channels.from_parent;
    struct journal_note note;

    for (int turn = 0; turn < TURN && file_has_room(&desk->writer.file); turn++) {
        pid_t from;
        int passed;
        ssize_t got = platform_receive_record(channel, &note, sizeof note, &from, NULL);

        if (got <= 0) {
            take_early(desk, true);
            desk->ended = got == 0;
            return;
        }
        take_parents(desk, &note, (size_t)got);
        (void)platform_receive_record(channel, &note, sizeof note, &from, &passed);
        let_go(passed);
    }
    if (!file_has_room(&desk->writer.file))
        take_early(desk, true);
}

/* ---- the loop */

static int ms_until(int64_t when, int64_t now, int otherwise)
{
    int64_t ms = when <= now ? 0 : (when - now) / CLOCK_MS + 1;

    return ms < otherwise ? (int)ms : otherwise;
}

static void wait_for_notes(const struct desk *desk)
{
    const struct file *file = &desk->writer.file;
    struct pollfd from[] = {{.fd = desk->clerk->channels.from_parent, .events = POLLIN},
                            {.fd = desk->clerk->channels.from_handlers, .events = POLLIN},
                            {.fd = desk->keeper, .events = POLLIN}};
    int64_t now = clock_now();
    int ms = desk->early_count > 0 ? 0 : LIMIT_JOURNAL_ALIVE_MS;

    if (!file_has_room(file))
        from[0].fd = -1;
    if (file->used > 0)
        ms = ms_until(file->retry, now, ms);
    if (file->flush_by != 0)
        ms = ms_until(file->flush_by, now, ms);
    if (desk->writer.book.top > 0)
        ms = ms_until(desk->spoken + LIMIT_JOURNAL_ALIVE_MS * CLOCK_MS, now, ms);
    if (poll(from, sizeof from / sizeof from[0], ms) > 0 && from[2].revents != 0)
        _exit(EXIT_FAILURE); /* another keeper starts another clerk */
}

static void do_what_is_due(struct desk *desk)
{
    struct file *file = &desk->writer.file;
    int64_t now = clock_now();

    if (desk->writer.book.top > 0 && file->used == 0 &&
        now - desk->spoken >= LIMIT_JOURNAL_ALIVE_MS * CLOCK_MS)
        writer_say_alive(&desk->writer);
    if (file->used > 0)
        (void)write_lines(desk);
    if (file->flush_by != 0 && now >= file->flush_by)
        (void)file_flush(file);
}

/* The parent has gone, with or without a word. */
static void finish(struct desk *desk)
{
    take_all_handlers(desk);
    take_early(desk, true);
    writer_close_all(&desk->writer, false);
    (void)write_lines(desk);
    (void)file_flush(&desk->writer.file);
}

/* Reads the journal again, into the table: by now it says how the sessions of an earlier daemon
 * ended. */
static int fill_table(struct desk *desk)
{
    struct book scratch;
    uint64_t damaged;
    int done = -1;

    if (book_init(&scratch) != 0)
        return -1;
    done = recall(&scratch, &desk->writer.file, desk->clerk->table, &damaged);
    book_free(&scratch);
    if (done == 0 && damaged > 0)
        event_journal_damaged(damaged);
    return done;
}

/* Opens and reads the journal. first: for the first clerk, which also ends what an earlier daemon
 * left open, and fills the table. Returns 0, or -1 with errno. */
static int open_journal(struct desk *desk, bool first)
{
    struct writer *writer = &desk->writer;
    struct book *book = &writer->book;
    uint64_t damaged;
    bool made;

    writer->file = (struct file){.directory = desk->clerk->directory, .name = desk->clerk->name};
    if (book_init(book) != 0 || file_open(&writer->file, &made) != 0 ||
        recall(book, &writer->file, NULL, &damaged) != 0)
        return -1;
    if (writer->file.size == 0)
        writer_begin_file(writer, desk->clerk->room);
    desk->spoken = clock_now();
    if (first) {
        writer_close_all(writer, true);
        (void)write_lines(desk); /* if the disk is full, they wait */
    }
    (void)snprintf(book->room, sizeof book->room, "%s", desk->clerk->room);
    memcpy(book->boot_name, desk->clerk->boot_name, sizeof book->boot_name);
    return first ? fill_table(desk) : 0;
}

void clerk_run(const struct clerk *clerk, bool first, int keeper)
{
    static struct desk desk;
    const char *missing;
    int failed;

    desk.clerk = clerk;
    desk.keeper = keeper;
    if (confine_clerk(clerk->directory, log_directory(), &missing) != 0)
        _exit(EXIT_FAILURE);
    if (missing != NULL && first)
        event_journal_not_confined(missing);
    failed = open_journal(&desk, first) != 0 ? errno : 0;
    if (first)
        answer_parent(&desk, JOURNAL_STARTED, failed);
    if (failed != 0)
        _exit(first ? EXIT_SUCCESS : EXIT_FAILURE); /* with the word, nobody need try again */
    while (!desk.ended) {
        wait_for_notes(&desk);
        take_parent(&desk);
        (void)take_handlers(&desk);
        do_what_is_due(&desk);
    }
    finish(&desk);
    _exit(EXIT_SUCCESS);
}
