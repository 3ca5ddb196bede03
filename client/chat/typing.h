/* Decodes keys from the terminal's bytes, edits the line, and returns events for the caller to act
 * on. Draws nothing and sends nothing. */
#ifndef CLIENT_CHAT_TYPING_H
#define CLIENT_CHAT_TYPING_H

#include <stdbool.h>
#include <stddef.h>

#include "client/chat/paste.h"
#include "client/limits.h"
#include "client/terminal/editor.h"

enum typing_event {
    TYPING_NOTHING,  /* there is no whole key, or the keys wait for typing_release */
    TYPING_CHANGED,  /* the line has changed */
    TYPING_REJECTED, /* the key has no use now, or the line is full */
    TYPING_LINE,     /* Enter: the line is in `line`; it may be empty */
    TYPING_TAB,
    TYPING_PASTE,   /* a paste has ended; it is in `paste` */
    TYPING_UNPASTE, /* Ctrl-C has ended a paste, which is dropped */
    TYPING_SEND,    /* the answer to TYPING_ASKS_PASTE: yes */
    TYPING_DISCARD, /* no */
    TYPING_YES,     /* the answer to TYPING_ASKS_FILE */
    TYPING_NO,
    TYPING_STOP,  /* Ctrl-C on an empty line */
    TYPING_LEAVE, /* Ctrl-D on an empty line */
    TYPING_SUSPEND,
    TYPING_CLEAR,
    TYPING_NOT_TEXT, /* smart is false: a line that is no text of UTF-8 was dropped */
    TYPING_TOO_LONG, /* smart is false: a line that is too long was dropped */
};

/* The subject of the question that replaces the line. An answer removes the question. */
enum typing_asks { TYPING_ASKS_NOTHING, TYPING_ASKS_PASTE, TYPING_ASKS_FILE };

/* All zero: an empty line. */
struct typing {
    bool smart; /* keys come one by one; else the terminal edits, and whole lines come */
    struct editor editor;
    struct paste paste;
    char keys[TYPING_KEYS]; /* bytes read, and not decoded yet */
    size_t used;
    bool alone; /* the byte that was read last came by itself, so that it is a key */
    bool held;  /* keys are not decoded: Tab waits for the server */
    enum typing_asks asks;
    char question[SCREEN_STATUS];
    bool warned; /* the caller's, after TYPING_STOP; any other key clears it */
    char line[PROTOCOL_REQUEST_MAX + 1]; /* of TYPING_LINE */
    char *queue[TYPING_QUEUE]; /* lines that wait to be sent, oldest first; each from malloc */
    size_t queued;
};

/* Reads from the terminal, which must be ready. False: end of input. Ctrl-C, or a full buffer, ends
 * typing_hold. */
bool typing_read(struct typing *typing);

/* The next event of the bytes that were read. final: no more bytes come now, so an ESC alone is the
 * key Escape. */
enum typing_event typing_next(struct typing *typing, bool final);

/* Whether an incomplete key was read: either the rest comes, or typing_next(final) is called. */
bool typing_is_half(const struct typing *typing);

/* No byte has come for PASTE_END_MS. TYPING_PASTE: a paste was open, and ends. */
enum typing_event typing_rest(struct typing *typing);

/* Whether nothing is being typed, pasted or asked. */
bool typing_is_idle(const struct typing *typing);

/* Decodes no keys until typing_release: they were typed after a Tab that still waits. */
void typing_hold(struct typing *typing);
void typing_release(struct typing *typing);

/* Shows a question instead of the line until the question is answered. Other keys are rejected. */
void typing_ask(struct typing *typing, enum typing_asks asks, const char *question);

/* Writes the prompt, and returns the editor whose text follows it (NULL: no text follows). */
const struct editor *typing_prompt(const struct typing *typing, char prompt[SCREEN_STATUS]);

/* Adds a line to the queue. False: the queue is full, or memory is short. */
bool typing_push(struct typing *typing, const char *line);

/* Takes the oldest wanted line out of the queue (wanted NULL: any line). NULL: there is none. The
 * caller frees the line. */
typedef bool typing_wanted(const char *line);
char *typing_pop(struct typing *typing, typing_wanted *wanted);

/* Whether there is a wanted line. */
bool typing_has(const struct typing *typing, typing_wanted *wanted);

void typing_free(struct typing *typing);

#endif
