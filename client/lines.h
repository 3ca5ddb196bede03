/* Parses a typed line: one table of the "/commands", and of the requests that the client does not
 * just send on. */
#ifndef CLIENT_LINES_H
#define CLIENT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "client/limits.h"
#include "server/wire/protocol.h"

enum lines_kind {
    LINES_REQUEST, /* request is sent: to the server a request, or a message */
    LINES_HAND,    /* request is sent, and raises this client's hand */
    LINES_UNHAND,  /* request is sent, and lowers it */
    LINES_LEAVE,   /* request is sent, and leaves the room, but not the server */
    LINES_JOIN,
    LINES_NICK, /* text: the name */
    LINES_TELL, /* text is said to the client called name */
    LINES_GET,  /* text: the name of a file of the server */
    LINES_PUT,  /* text: the path of a file of this machine */
    LINES_EXIT,
    LINES_NAMES,
    LINES_AWAY,   /* text: why, or "" */
    LINES_IGNORE, /* text: a name, or "" */
    LINES_QUIET,
    LINES_TIMESTAMP,
    LINES_HELP,  /* text: a command, or "" */
    LINES_WHOIS, /* text: a name */
    LINES_LOG,   /* text: the path of a file, or "" */
    LINES_CLEAR,
    /* not done: */
    LINES_REFUSED,    /* a request that only the client itself sends */
    LINES_UNKNOWN,    /* no command has this word */
    LINES_INCOMPLETE, /* arguments are missing */
    LINES_EXCESS,     /* nothing may follow the word */
};

/* What Tab completes after the word. */
enum lines_completes { LINES_NOTHING, LINES_SERVER_FILE, LINES_LOCAL_FILE, LINES_NAME };

struct lines_row {
    const char *word; /* "/WORD" is a command, "WORD:" a request with arguments, "WORD" without */
    enum lines_kind kind;
    enum lines_completes completes;
    const char *request;   /* what a command sends, before ':' and its arguments; NULL: nothing */
    const char *arguments; /* as in help; those in [] may be left out, "": there are none */
    const char *help;      /* of a command: what it does */
};

struct lines_typed {
    enum lines_kind kind;
    const struct lines_row *row;             /* NULL: the line is in no row */
    char word[LINES_WORD];                   /* of a command, without '/' */
    char text[PROTOCOL_REQUEST_MAX + 1];     /* the arguments */
    char name[PROTOCOL_NAME_MAX + 1];        /* of LINES_TELL */
    char request[PROTOCOL_REQUEST_MAX + 64]; /* may be longer than PROTOCOL_REQUEST_MAX */
    const char *said; /* in request: the message, if the server takes the request for one */
};

/* Says what to do with a typed line of at most PROTOCOL_REQUEST_MAX bytes. commands: this is a
 * conversation, where "/WORD" is a command, also after spaces, "//TEXT" says "/TEXT", and most
 * words alone are said (lines_is_said); else a line with '/' is a message. */
void lines_parse(struct lines_typed *typed, const char *line, bool commands);

/* Makes the line a message, even if it looks like a request: LINES_REQUEST. */
void lines_say(struct lines_typed *typed, const char *text);

/* The row with that number, from 0; NULL: there are no more. */
const struct lines_row *lines_row(size_t number);

/* Whether the row is a request of one word that is said in a conversation: "leave" may answer
 * somebody, and "/leave" is there for the request. "status", "list" and "exit" are requests there
 * too, as they always were. */
bool lines_is_said(const struct lines_row *row);

/* The row of a command, with or without its '/', in any case; NULL: it is none. */
const struct lines_row *lines_command(const char *word);

/* The command whose word is most similar to this unknown word; NULL: none is similar. */
const struct lines_row *lines_nearest(const char *word);

/* Whether a typed line moves a file. Transfers run one after another; other lines are done
 * meanwhile. */
bool lines_moves_file(const char *line);

/* Whether a typed line is a request that a server does not answer while it works on another one of
 * them: lists, digests, and the end. */
bool lines_asks_work(const char *line);

#endif
