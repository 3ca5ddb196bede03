#define _POSIX_C_SOURCE 200809L

#include "server/parent/control.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/admitted.h"
#include "server/events.h"
#include "server/limits.h"
#include "server/log.h"
#include "server/parent/drain.h"
#include "server/parent/reaper.h"
#include "server/parent/recovery.h"
#include "server/parent/reload.h"
#include "server/parent/upgrade.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "server/wire/text.h"
#include "shm/table/control.h"
#include "shm/table/names.h"
#include "shm/table/registry.h"
#include "shm/table/talk.h"
#include "shm/table/types.h"

#define REQUEST_MAX 4200 /* bytes: a word, and a line to say */

struct request {
    char text[REQUEST_MAX + 1]; /* NUL-terminated, as it came */
    struct asker asker;
};

static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = TABLE_CONTROL};

int control_open(void)
{
    int fd = platform_datagrams();

    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    descriptors_close(fd);
    return -1;
}

/* Receives the next request. Returns 1; 0: no request waits; -1: the datagram is not a request. */
static int receive(int control, struct request *request)
{
    ssize_t got;

    request->asker.size = sizeof request->asker.from;
    got = recvfrom(control, request->text, sizeof request->text, 0,
                   (struct sockaddr *)&request->asker.from, &request->asker.size);
    if (got < 0)
        return 0;
    if (request->asker.size <= offsetof(struct sockaddr_un, sun_path))
        request->asker.size = 0;
    if (got == (ssize_t)sizeof request->text || memchr(request->text, '\0', (size_t)got) != NULL)
        return -1;
    request->text[got] = '\0';
    return 1;
}

/* Asks the handler to end. control_kill_kicked kills a handler that does not. */
static void send_kick(struct parent *parent, uint32_t slot, const char *reason)
{
    struct slot_entry *entry = &parent->slots.entry[slot];

    registry_kick(parent->table, slot, entry->serial, reason);
    if (entry->end_by == 0) {
        entry->end_by = clock_now() + LIMIT_SEND_AWAY_MS * CLOCK_MS;
        parent->kicked++;
    }
    kill(entry->pid, SIGUSR1);
}

void control_kill_kicked(struct parent *parent, int64_t now)
{
    for (uint32_t i = 0; i < parent->slots.top && parent->kicked > 0; i++) {
        const struct slot_entry *entry = &parent->slots.entry[i];

        if (entry->pid != 0 && entry->end_by != 0 && now >= entry->end_by)
            kill(entry->pid, SIGKILL);
    }
}

/* "NAME" or "NAME REASON" */
static const char *kick(struct parent *parent, char *name, char line[CONTROL_ANSWER])
{
    char *space = strchr(name, ' '), *reason = space ? space + 1 : "";
    struct record record;
    uint32_t slot;

    (void)line;
    if (space != NULL)
        *space = '\0';
    if (!names_find(parent->table, name, &slot, &record) || parent->slots.entry[slot].pid == 0 ||
        parent->slots.entry[slot].serial != record.serial)
        return "nobody has that name";
    event_kicked(record.name, reason);
    send_kick(parent, slot, reason);
    return "ok";
}

static const char *say(struct parent *parent, char *text, char line[CONTROL_ANSWER])
{
    struct dead dead = {.count = 0};

    (void)line;
    if (strlen(text) > MESSAGE_TEXT)
        return "too long";
    recovery_take_lock(parent, &dead);
    talk_announce(parent->table, text, parent->earlier);
    recovery_give_lock(parent);
    reaper_close_dead(parent, &dead, false);
    bell_ring(parent->bell);
    event_announced(text);
    return "ok";
}

static const char *reload(struct parent *parent, char *none, char line[CONTROL_ANSWER])
{
    (void)none;
    reload_run(parent, line, CONTROL_ANSWER);
    return line;
}

/* The clerk answers, so rollcallctl waits for that (control_hear_clerk). NULL: not answered yet. */
static const char *reopen(struct parent *parent, const struct request *request)
{
    if (reload_log() != 0)
        return "the log's file cannot be opened anew";
    if (parent->recorder.channel < 0 && log_directory() >= 0)
        return CONTROL_OK;
    if (parent->recorder.channel < 0)
        return "this room has no journal; start rollcalld with --journal FILE";
    if (parent->pending.until != 0)
        return "another request to reopen the journal is under way";
    if (recorder_ask_reopen(&parent->recorder) != 0)
        return "the journal's clerk does not answer";
    parent->pending = (struct pending_answer){
        .asker = request->asker, .until = clock_now() + LIMIT_JOURNAL_REOPEN_MS * CLOCK_MS};
    return NULL;
}

void control_hear_clerk(struct parent *parent, int64_t now)
{
    char line[128];
    int error;

    if (recorder_reopened(&parent->recorder, &error) == 0) {
        if (error == 0)
            (void)snprintf(line, sizeof line, "%s", CONTROL_OK);
        else
            (void)snprintf(line, sizeof line, "the journal stays as it is: %s", strerror(error));
    } else if (errno != EPIPE && now < parent->pending.until) {
        return;
    } else {
        (void)snprintf(line, sizeof line, "the journal's clerk does not answer");
    }
    parent->pending.until = 0;
    asker_answer(parent->control, &parent->pending.asker, line);
}

/* "SECONDS" or "SECONDS TEXT": the text is said to the room first. */
static const char *drain(struct parent *parent, char *argument, char line[CONTROL_ANSWER])
{
    const size_t digits = strspn(argument, "0123456789");
    const unsigned long seconds = strtoul(argument, NULL, 10);
    const char *said = CONTROL_OK;

    if (digits == 0 || digits > 6 || seconds > LIMIT_SECONDS_MOST ||
        (argument[digits] != '\0' && argument[digits] != ' '))
        return "expected a number of seconds, and perhaps a text";
    if (argument[digits] == ' ')
        said = say(parent, argument + digits + 1, line);
    if (strcmp(said, CONTROL_OK) != 0)
        return said;
    drain_begin(parent, seconds, line);
    return line;
}

/* A word that ends in a space has an argument behind it. */
static const struct {
    const char *word;
    const char *(*obey)(struct parent *, char *argument, char line[CONTROL_ANSWER]);
} commands[] = {{"say ", say}, {"kick ", kick}, {"reload", reload}, {"drain ", drain}};

/* line: room for an answer. */
static const char *obey(struct parent *parent, char *text, char line[CONTROL_ANSWER])
{
    if (!text_is_clean(text, strlen(text)))
        return "expected UTF-8 text without control characters";
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        size_t length = strlen(commands[i].word);

        if (strncmp(text, commands[i].word, length) == 0 &&
            (commands[i].word[length - 1] == ' ' || text[length] == '\0'))
            return commands[i].obey(parent, text + length, line);
    }
    return "unknown request";
}

/* The serial identifies the session, even if the slot has another one by now. */
static void retire(struct parent *parent, const struct retire_request *request)
{
    if (request->slot < parent->slots.top && parent->slots.entry[request->slot].pid != 0 &&
        parent->slots.entry[request->slot].serial == request->serial)
        send_kick(parent, request->slot, REASON_BACK);
}

void control_hear_handlers(struct parent *parent)
{
    struct retire_request request;

    for (int turn = 0; turn < LIMIT_REQUESTS_TURN; turn++)
        if (read(parent->requests[0], &request, sizeof request) != (ssize_t)sizeof request)
            break;
        else
            retire(parent, &request);
}

void control_hear(struct parent *parent)
{
    struct request request;
    char line[CONTROL_ANSWER];

    for (int turn = 0; turn < LIMIT_REQUESTS_TURN; turn++) {
        int got = receive(parent->control, &request);
        const char *text = "unknown request";

        if (got == 0)
            break;
        if (got > 0 && strcmp(request.text, "reopen") == 0)
            text = reopen(parent, &request);
        else if (got > 0 && strcmp(request.text, "upgrade") == 0)
            text = upgrade_begin(parent, &request.asker);
        else if (got > 0)
            text = obey(parent, request.text, line);
        if (text != NULL)
            asker_answer(parent->control, &request.asker, text);
    }
}
