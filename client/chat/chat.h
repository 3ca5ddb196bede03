/* The conversation on a terminal: it joins, shows what others say above the line that is being
 * typed, and connects again when the connection is lost. On a terminal that knows no escape
 * sequences: the same in plain lines. */
#ifndef CLIENT_CHAT_CHAT_H
#define CLIENT_CHAT_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "client/chat/roster.h"
#include "client/files/download.h"
#include "client/link/answer.h"
#include "client/terminal/columns.h"
#include "client/terminal/editor.h"
#include "client/terminal/screen.h"
#include "client/terminal/show.h"

#define CHAT_QUEUE 256       /* lines that wait to be sent: a paste */
#define CHAT_PASTE (1 << 16) /* bytes pasted at once */

struct chat {
    struct remote *remote;
    struct voice voice;
    struct download_options download;
    struct show show;
    struct screen screen;
    struct editor editor;
    struct roster roster, ignored, answered; /* answered: told that we are away */
    struct table answer, files;              /* files: what the server has, to complete names */
    char files_of[PROTOCOL_REQUEST_MAX + 1]; /* in this directory */
    char room[128];
    char nick[PROTOCOL_NAME_MAX + 1], secret[64]; /* the name we want; "": none */
    char away[PROTOCOL_REQUEST_MAX + 1];
    bool is_away, quiet, bell;
    bool connected, busy, leaving, aborted, completing, interrupted;
    bool joined;       /* else nothing is heard of the room */
    bool transferring; /* busy, for long: a file is under way */
    bool stopped;      /* what was under way, by whoever types, and the connection with it */
    int retry_seconds; /* while not connected: until the next try */
    int status;        /* for the exit */

    char keys[4096]; /* read from the terminal, and not understood yet */
    size_t keys_used;
    char paste[CHAT_PASTE + 1];
    size_t paste_used;
    bool pasting, paste_too_long, paste_refused;
    enum { ASKS_NOTHING, ASKS_PASTE, ASKS_OVERWRITE } asks;
    bool must_ask; /* but a line is being typed */
    int said;      /* to what was asked: -1 nothing yet, else whether it was yes */

    int64_t resized_ms; /* when the window changed, and it was not drawn since; else 0 */

    char *queue[CHAT_QUEUE];
    size_t queued;
};

struct chat_options {
    const char *nick; /* "": none */
    bool timestamps, bell;
    bool color; /* where the terminal can */
};

/* The connection has been greeted. Returns the exit status. */
int chat_run(struct remote *remote, const struct voice *voice,
             const struct download_options *download, const struct chat_options *options);

/* ---- for the commands (slash.c), and the other rooms of the conversation */

/* A line above: what has passed the sanitizer; of our own or what passes it here. */
void chat_print(const char *line);
void chat_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void chat_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes a request, and shows its answer. */
void chat_request(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says it, whatever it is; or tells it to one. */
void chat_say(const char *text);
void chat_tell(const char *name, const char *text);

/* Takes a name. */
void chat_nick(const char *name);

/* Rings the bell, where that is wanted. */
void chat_ring(void);

/* The status line is another one. */
void chat_update(void);

extern struct chat chat;

#endif
