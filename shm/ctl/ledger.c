#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/wire/entry.h"
#include "server/wire/protocol.h"

/* Adds an element of that size to a list, whose room doubles. NULL where there is no memory. */
static void *add(void **list, size_t *count, size_t size)
{
    if ((*count & (*count - 1)) == 0) { /* a power of two: all room is in use */
        void *more = realloc(*list, (*count > 0 ? 2 * *count : 1) * size);

        if (more == NULL)
            return NULL;
        *list = more;
    }
    return memset((char *)*list + (*count)++ * size, 0, size);
}

static char *copy(const char *text)
{
    return strdup(text != NULL ? text : "");
}

/* ---- stays */

/* The last stay of a session; newest first, because that is where it is. */
static struct stay *find_last(struct ledger *ledger, uint64_t serial)
{
    for (size_t i = ledger->stays; i > 0; i--)
        if (ledger->stay[i - 1].serial == serial)
            return &ledger->stay[i - 1];
    return NULL;
}

static struct stay *find_open(struct ledger *ledger, uint64_t serial)
{
    struct stay *stay = find_last(ledger, serial);

    return stay != NULL && stay->open ? stay : NULL;
}

static bool knows(const struct ledger *ledger, uint64_t serial)
{
    if (serial > ledger->highest)
        return false;
    for (size_t i = ledger->stays; i > 0; i--)
        if (ledger->stay[i - 1].serial == serial)
            return true;
    return false;
}

static bool is_plain(const char *name, uint32_t place)
{
    char plain[PROTOCOL_NAME_MAX + 1];

    protocol_client_name(plain, place);
    return strcmp(name, plain) == 0;
}

static struct stay *begin_stay(struct ledger *ledger, const struct entry *entry)
{
    struct stay *stay = add((void **)&ledger->stay, &ledger->stays, sizeof *stay);
    const char *via = entry_value(entry, "via");

    if (stay == NULL)
        return NULL;
    *stay = (struct stay){.serial = entry->serial,
                          .boot = ledger->boots > 0 ? ledger->boots - 1 : 0,
                          .from = entry->when,
                          .until = entry->when,
                          .boot_from = entry->boot,
                          .boot_until = entry->boot,
                          .open = true,
                          .chosen = !is_plain(entry->name, entry->place),
                          .via = via_word(via != NULL ? via_by_word(via) : VIA_TCP),
                          .why = ""};
    if (entry->serial > ledger->highest)
        ledger->highest = entry->serial;
    (void)snprintf(stay->name, sizeof stay->name, "%s", entry->name);
    (void)snprintf(stay->address, sizeof stay->address, "%s", entry->address);
    return stay;
}

static void end_stay(struct stay *stay, int64_t when, int64_t boot, const char *why)
{
    stay->open = false;
    stay->until = when;
    stay->boot_until = boot > stay->boot_from ? boot : stay->boot_from;
    stay->why = why;
}

static void end_all(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->stays; i++)
        if (ledger->stay[i].open)
            end_stay(&ledger->stay[i], ledger->last, ledger->last_boot,
                     left_reason(LEFT_UNCLOSED)->key);
}

/* Each start in another boot, and on a system that names none each start, has times of its own. */
static bool take_start(struct ledger *ledger, const struct entry *entry)
{
    const char *boot = entry_value(entry, "boot");

    if (strcmp(entry->event, "started") == 0)
        end_all(ledger); /* a clerk has ended them, unless lines are missing */
    if (ledger->boots > 0 && boot != NULL && strcmp(boot, ledger->boot_name) == 0 &&
        (strcmp(boot, "-") != 0 || strcmp(entry->event, "continued") == 0))
        return true;
    free(ledger->boot_name);
    ledger->boot_name = copy(boot);
    ledger->boots++;
    return ledger->boot_name != NULL;
}

/* The time of its arrival stands in a line about a session that began in an earlier file. */
static bool take_earlier(struct ledger *ledger, const struct entry *entry)
{
    const char *arrived = entry_value(entry, "arrived");
    struct stay *stay;

    if (knows(ledger, entry->serial))
        return true;
    stay = begin_stay(ledger, entry);
    if (stay == NULL)
        return false;
    if (arrived != NULL)
        (void)entry_parse_time(arrived, &stay->from);
    stay->boot_from -= (int64_t)entry_number(entry, "lasted", 0);
    return true;
}

/* The first name that a client chooses is the name of all its time before; a later one is the name
 * of another person, perhaps. */
static bool take_name(struct ledger *ledger, const struct entry *entry)
{
    struct stay *stay = find_open(ledger, entry->serial);

    if (stay == NULL)
        return true;
    if (stay->chosen) {
        const char *via = stay->via;

        end_stay(stay, entry->when, entry->boot, "");
        stay = begin_stay(ledger, entry);
        if (stay != NULL)
            stay->via = via;
        return stay != NULL;
    }
    (void)snprintf(stay->name, sizeof stay->name, "%s", entry->name);
    stay->chosen = true;
    return true;
}

static bool take_end(struct ledger *ledger, const struct entry *entry)
{
    const char *why = entry_value(entry, "why");
    struct stay *stay;

    if (!take_earlier(ledger, entry))
        return false;
    stay = find_open(ledger, entry->serial);
    if (stay == NULL)
        return true;
    end_stay(stay, entry->when, entry->boot, left_reason(left_by_key(why != NULL ? why : ""))->key);
    stay->nobody = why != NULL && left_by_key(why) == LEFT_PROTOCOL;
    return true;
}

/* Who has left can still be sent the rest of a file, by HTTP. */
static bool take_deed(struct ledger *ledger, const struct entry *entry, enum deed_kind kind)
{
    const struct stay *stay = find_last(ledger, entry->serial);
    struct deed *deed;

    if (stay == NULL)
        return true;
    deed = add((void **)&ledger->deed, &ledger->deeds, sizeof *deed);
    if (deed == NULL)
        return false;
    deed->kind = kind;
    deed->stay = (size_t)(stay - ledger->stay);
    deed->when = entry->when;
    deed->size = entry_number(entry, "size", 0);
    deed->done = entry_number(entry, "done", deed->size);
    deed->file = copy(entry_value(entry, "file"));
    deed->sha256 = copy(entry_value(entry, "sha256"));
    deed->earlier = copy(entry_value(entry, "earlier"));
    return deed->file != NULL && deed->sha256 != NULL && deed->earlier != NULL;
}

/* ---- lines */

/* False: there is no memory. */
static bool take_entry(struct ledger *ledger, const struct entry *entry)
{
    const char *event = entry->event;
    bool done = true;

    if (strcmp(event, "started") == 0 || strcmp(event, "continued") == 0)
        done = take_start(ledger, entry);
    else if (strcmp(event, "ended") == 0)
        end_all(ledger);
    else if (strcmp(event, "arrived") == 0 && entry->serial > 0)
        done = knows(ledger, entry->serial) || begin_stay(ledger, entry) != NULL;
    else if (strcmp(event, "present") == 0 && entry->serial > 0)
        done = take_earlier(ledger, entry);
    else if (strcmp(event, "named") == 0)
        done = take_name(ledger, entry);
    else if (strcmp(event, "left") == 0 && entry->serial > 0)
        done = take_end(ledger, entry);
    else if (strcmp(event, "fetched") == 0)
        done = take_deed(ledger, entry, DEED_FETCHED);
    else if (strcmp(event, "verified") == 0)
        done = take_deed(ledger, entry, DEED_VERIFIED);
    else if (strcmp(event, "handed-in") == 0)
        done = take_deed(ledger, entry, DEED_HANDED_IN);
    else if (strcmp(event, "lost") == 0)
        ledger->lost += entry_number(entry, "count", 0);
    if (ledger->first == 0)
        ledger->first = entry->when;
    ledger->last = entry->when;
    ledger->last_boot = entry->boot;
    ledger->sequence = entry->sequence;
    return done;
}

static int fail(char *error, size_t size, const char *path, const char *why)
{
    (void)snprintf(error, size, "--journal '%s': %s", path, why);
    return -1;
}

/* The version line. */
static int take_version(struct ledger *ledger, const char *line, const char *path, char *error,
                        size_t size)
{
    const char *room = line + strlen(ENTRY_VERSION);
    char why[2 * TABLE_ROOM_MAX + 96];

    if (strncmp(line, ENTRY_VERSION, strlen(ENTRY_VERSION)) != 0 || !table_room_valid(room))
        return fail(error, size, path, "expected a journal of rollcalld");
    if (ledger->room == NULL && (ledger->room = copy(room)) == NULL)
        return fail(error, size, path, strerror(ENOMEM));
    if (strcmp(ledger->room, room) == 0)
        return 0;
    (void)snprintf(why, sizeof why,
                   "belongs to room '%s', and the file before it to room '%s'; expected the files "
                   "of one room",
                   room, ledger->room);
    return fail(error, size, path, why);
}

/* The first event of a file. The daemon numbers on in the next file, so a number that does not go
 * up tells of files in the wrong order, of one named twice, and of two journals. */
static int check_order(const struct ledger *ledger, const struct entry *first, const char *path,
                       char *error, size_t size)
{
    char why[160];

    if (first->sequence > ledger->sequence)
        return 0;
    (void)snprintf(why, sizeof why,
                   "begins with event %" PRIu64 ", but the file before it ends with event %" PRIu64
                   "; expected the files of one journal, oldest first, each once",
                   first->sequence, ledger->sequence);
    return fail(error, size, path, why);
}

/* A line behind the version line. `first`: of an event in this file. */
static int take_line(struct ledger *ledger, char *line, size_t length, bool *first,
                     const char *path, char *error, size_t size)
{
    struct entry entry;

    if (strlen(line) != length || !entry_parse(line, &entry)) {
        ledger->damaged++;
        return 0;
    }
    if (*first && check_order(ledger, &entry, path, error, size) != 0)
        return -1;
    *first = false;
    return take_entry(ledger, &entry) ? 0 : fail(error, size, path, strerror(ENOMEM));
}

static int read_lines(struct ledger *ledger, FILE *file, const char *path, char *error, size_t size)
{
    char *line = NULL;
    size_t room = 0, number = 0;
    bool first = true;
    ssize_t length;
    int done = 0;

    while (done == 0 && (length = getline(&line, &room, file)) > 0 && line[length - 1] == '\n') {
        line[--length] = '\0';
        done = number++ == 0 ? take_version(ledger, line, path, error, size)
                             : take_line(ledger, line, (size_t)length, &first, path, error, size);
    }
    free(line);
    if (done == 0 && ferror(file))
        done = fail(error, size, path, strerror(errno));
    if (done == 0 && number == 0)
        done = fail(error, size, path, "expected a journal of rollcalld, not an empty file");
    return done;
}

int ledger_read(struct ledger *ledger, const char *path, char *error, size_t size)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), done;
    struct stat st;
    FILE *file;

    if (fd < 0)
        return fail(error, size, path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (file = fdopen(fd, "r")) == NULL) {
        close(fd);
        return fail(error, size, path, "expected a file");
    }
    ledger->alive = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    done = read_lines(ledger, file, path, error, size);
    (void)fclose(file);
    return done;
}

/* Since the last line, which is at most a minute old, the boot's clock is taken to have gone as far
 * as the other one. */
void ledger_close(struct ledger *ledger, int64_t now)
{
    int64_t since = ledger->alive && now > ledger->last ? now - ledger->last : 0;

    for (size_t i = 0; i < ledger->stays; i++) {
        struct stay *stay = &ledger->stay[i];

        if (!stay->open)
            continue;
        end_stay(stay, ledger->last + since, ledger->last_boot + since, "");
        stay->open = ledger->alive;
    }
    ledger->last += since;
    ledger->last_boot += since;
}

void ledger_free(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->deeds; i++) {
        free(ledger->deed[i].file);
        free(ledger->deed[i].sha256);
        free(ledger->deed[i].earlier);
    }
    free(ledger->stay);
    free(ledger->deed);
    free(ledger->room);
    free(ledger->boot_name);
}
