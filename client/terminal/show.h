/* Formats room lines for people: the time, coloured names, mentions. All text from a peer is
 * sanitized here. */
#ifndef CLIENT_TERMINAL_SHOW_H
#define CLIENT_TERMINAL_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "server/wire/protocol.h"
#include "server/wire/text.h"

struct show {
    bool color;       /* escape sequences for colours are used */
    bool many_colors; /* the terminal has 256 colours */
    bool timestamps;  /* each line begins with its time */
    const char *name; /* of this client; "": none. The caller's */
};

/* Bytes of a line that is shown, with its NUL. */
#define SHOW_MAX (TEXT_SHOWN_SIZE(PROTOCOL_REPLY_MAX) + 256)

/* Writes a room line (reply codes 130 to 139) that was said at `when`; text: "NAME TEXT" and the
 * like, of an earlier line without its time. False: it cannot be shown, because it has another
 * form. */
bool show_room_line(char to[SHOW_MAX], const struct show *show, time_t when, int code,
                    const char *text);

/* Writes that a client came at `when`, and has gone again. */
void show_visit(char to[SHOW_MAX], const struct show *show, time_t when, const char *name);

/* The bytes of the time in front of a line that has one. */
#define SHOW_TIME_SIZE 6

/* Whether a room line addresses the client with that name: a private message to it, an
 * announcement, or a message that mentions the name. Never true for an earlier line. */
bool show_is_mention(int code, const char *text, const char *name);

/* Writes what this client said: to the room (other: NULL), or to one client. */
void show_own(char to[SHOW_MAX], const struct show *show, time_t when, const char *other,
              const char *text);

/* Writes a note of the client itself, "-- TEXT"; wrong: it is about a failure. */
void show_note(char to[SHOW_MAX], const struct show *show, bool wrong, const char *text);

/* Writes text from outside, sanitized, with spaces for TABs. */
void show_plain(char to[SHOW_MAX], const char *text);

#endif
