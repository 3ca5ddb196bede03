/* What the client knows of the room: its name, its members, raised hands, ignored names, and the
 * last lines that were shown. Draws nothing: it tells the caller what to show. */
#ifndef CLIENT_CHAT_ROOM_H
#define CLIENT_CHAT_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "client/limits.h"
#include "client/terminal/columns.h"
#include "server/wire/protocol.h"

struct member {
    char name[PROTOCOL_NAME_MAX + 1];
    bool hand; /* is up */
};

struct roster {
    struct member *member; /* in the order in which they came */
    size_t count, capacity;
};

/* All zero: a room that was not joined. */
struct room {
    char name[ROOM_NAME];             /* raw: the server's */
    char self[PROTOCOL_NAME_MAX + 1]; /* this client's name; "": unknown */
    bool joined;                      /* false: the server sends no room lines */
    struct roster members;
    struct roster ignored;
    bool quiet;             /* arrivals and departures are hidden */
    bool is_away;           /* each client that sends a private message is told, once */
    struct roster answered; /* the clients that have been told */
    char away[PROTOCOL_REQUEST_MAX + 1]; /* the reason; "": none given */

    /* the last lines that were shown, "NAME TEXT"; the newest is the last of a ring */
    char seen[ROOM_SEEN][PROTOCOL_NAME_MAX + 1 + PROTOCOL_REPLY_MAX + 1];
    size_t seen_count, seen_newest;
    bool returning;       /* this client rejoins: earlier lines may have been shown */
    struct table earlier; /* the earlier lines that are held back */
    size_t released;      /* how many of them were released */
};

/* What a room line means to this client. */
struct room_heard {
    bool show;   /* the line is to be shown */
    bool ring;   /* and the bell rung */
    bool answer; /* room_away_answer is to be sent */
};

/* ---- lines of the room (reply codes 130 to 139, with the raw text after the code) */

/* Takes a line, and updates the members from it. */
struct room_heard room_hear(struct room *room, int code, const char *text);

/* The typed line that answers a line of LINE_TOLD while this client is away. False: none. */
bool room_away_answer(struct room *room, const char *text, char line[PROTOCOL_REQUEST_MAX + 1]);

/* What this client said to the room. */
void room_said(struct room *room, const char *text);

/* ---- joining */

/* To be called before joining: forgets the members. If lines were shown before, the earlier lines
 * are held back. */
void room_begin(struct room *room);

/* The client has joined the room of this name; NULL: it has joined none. */
void room_join(struct room *room, const char *name);

/* A line of the answer to "status", or to "hands": its first word is a member. */
void room_take_member(struct room *room, const char *line, bool hand);

/* Holds a line back. False: the caller takes the line now, after all lines from room_release. */
bool room_hold(struct room *room, int code, const char *text);

/* Whether lines are held back. */
bool room_holds(const struct room *room);

/* The next line that was held back, to be taken as ROOM_LINE_EARLIER; valid until the next call.
 * NULL: there are no more. */
const char *room_release(struct room *room);

/* ---- members */

/* This client is called `name` now. */
void room_call(struct room *room, const char *name);

/* This client's own hand, of which the server tells only the others. */
void room_raise(struct room *room, bool up);

size_t room_hands(const struct room *room);

/* Ignores a member, or stops ignoring it. */
enum room_ignored { ROOM_IGNORED, ROOM_SHOWN_AGAIN, ROOM_NO_NAME };
enum room_ignored room_ignore(struct room *room, const char *name);

/* Sets this client away with a text. With text "", an away client is back. */
void room_away(struct room *room, const char *text);

/* Frees what is kept; the room is empty then. */
void room_free(struct room *room);

#endif
