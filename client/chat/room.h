/* What the client knows of the room: its name, its members, raised hands, ignored names, and the
 * last lines that it said. Draws nothing: it tells the caller what to show. */
#ifndef CLIENT_CHAT_ROOM_H
#define CLIENT_CHAT_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "client/limits.h"
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

    /* the last lines that this client said, "NAME TEXT", a ring: after a loss they come again */
    char own[ROOM_OWN][PROTOCOL_NAME_MAX + 1 + PROTOCOL_REPLY_MAX + 1];
    size_t own_next;
};

/* What a room line means to this client. */
struct room_heard {
    bool show;   /* the line is to be shown */
    bool ring;   /* and the bell rung */
    bool answer; /* room_away_answer is to be sent */
};

/* ---- lines of the room: code and text as in struct room_line */

/* Takes a line, and updates the members from it. */
struct room_heard room_hear(struct room *room, int code, const char *text);

/* The typed line that answers a line of LINE_TOLD while this client is away. False: none. */
bool room_away_answer(struct room *room, const char *text, char line[PROTOCOL_REQUEST_MAX + 1]);

/* What this client said to the room, and has seen. */
void room_said(struct room *room, const char *text);

/* ---- joining */

/* To be called before joining: forgets the members. */
void room_begin(struct room *room);

/* The client has joined the room of this name; NULL: it has joined none. */
void room_join(struct room *room, const char *name);

/* A line of the answer to "status", or to "hands": its first word is a member. */
void room_take_member(struct room *room, const char *line, bool hand);

/* ---- members */

/* This client is called `name` now. */
void room_call(struct room *room, const char *name);

/* This client's own hand, of which the server tells only the others. */
void room_raise(struct room *room, bool up);

/* Whether a client of that name is here. */
bool room_has(const struct room *room, const char *name);

/* Whether this client's own hand is up. */
bool room_hand_is_up(const struct room *room);

size_t room_hands(const struct room *room);

/* Ignores a member, or stops ignoring it. */
enum room_ignored { ROOM_IGNORED, ROOM_SHOWN_AGAIN, ROOM_NO_NAME };
enum room_ignored room_ignore(struct room *room, const char *name);

/* Sets this client away with a text. With text "", an away client is back. */
void room_away(struct room *room, const char *text);

/* Frees what is kept; the room is empty then. */
void room_free(struct room *room);

#endif
