/* The wire protocol's words, numbers and bounds: rollcall-protocol(7). Used by both ends. */
#ifndef SERVER_WIRE_PROTOCOL_H
#define SERVER_WIRE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_PORT 8000

/* Bytes in a request without its LF: a screenful of text, and any path (PATH_MAX) with its verb. */
#define PROTOCOL_REQUEST_MAX 4096

/* Bytes in one line from the server without its LF: a whole request quoted, with room for the
 * fields that a reply puts around it. */
#define PROTOCOL_REPLY_MAX (PROTOCOL_REQUEST_MAX + 128)

/* Reply codes; the first digit has RFC 959's meaning (section 4.2). */
enum reply_code {
    /* to who joined, between replies */
    ROOM_LINE_SAID = 130,      /* "NAME TEXT" */
    ROOM_LINE_TOLD = 131,      /* "NAME TEXT" */
    ROOM_LINE_CAME = 132,      /* "NAME" */
    ROOM_LINE_WENT = 133,      /* "NAME" */
    ROOM_LINE_RENAMED = 134,   /* "OLD NEW" */
    ROOM_LINE_LOST = 135,      /* "COUNT" */
    ROOM_LINE_RAISED = 136,    /* "NAME" or "NAME TEXT": a hand */
    ROOM_LINE_LOWERED = 137,   /* "NAME" */
    ROOM_LINE_EARLIER = 138,   /* "TIME NAME TEXT", of before it joined; NAME is "*" for the room */
    ROOM_LINE_ANNOUNCED = 139, /* "TEXT", from who runs the room */
    REPLY_FILE_FOLLOWS = 150,
    REPLY_PIECE =
        151, /* "COUNT": so many of the file's bytes follow; then another one, or a reply */
    REPLY_MESSAGE = 200,
    REPLY_CLIENTS = 211, /* status and history */
    REPLY_FILES = 212,
    REPLY_DIGEST = 213,
    REPLY_HELP = 214,
    REPLY_HANDS = 215,
    REPLY_PIECES = 216, /* "SESSION": files come in pieces; which session this is */
    REPLY_GREETING = 220,
    REPLY_BYE = 221,
    REPLY_HANDED_IN = 226,
    REPLY_NOTED = 250,
    REPLY_KEY_WANTED = 331, /* instead of the greeting: "sha256 CHALLENGE" */
    REPLY_GO_ON = 350,      /* the next request completes this one */
    REPLY_CLOSING = 421,    /* full, refused, shutting down: the connection ends */
    REPLY_NOT_READING = 450,
    REPLY_BUSY = 451, /* not now; the connection goes on */
    REPLY_TOO_LONG = 500,
    REPLY_BAD_ARGUMENT = 501,
    REPLY_WRONG_KEY = 535, /* the connection ends */
    REPLY_NOT_FOUND = 550,
    REPLY_PAST_END = 551,
    REPLY_NO_ROOM = 552,
    REPLY_NAME_TAKEN = 553,
};

/* The words of the REPLY_CLOSING after which it is worth trying again: the daemon went down. */
#define PROTOCOL_SHUTTING_DOWN "Server shutting down."

/* How it begins where a limit of time ended the session. */
#define PROTOCOL_IDLE "Idle for too long:"
#define PROTOCOL_SLOW "Too slow:"

/* Bytes in the name of a session (REPLY_PIECES), with a NUL: no spaces, and nothing to understand.
 */
#define PROTOCOL_SESSION_SIZE 64

/* One line from the server, taken apart. */
struct reply_line {
    enum {
        REPLY_LAST,  /* "CODE text": the whole reply, or the end of one of several lines */
        REPLY_FIRST, /* "CODE-text": lines of the same reply follow */
        REPLY_ITEM,  /* " text": one of those */
    } kind;
    int code;         /* 100 to 599; 0 in a REPLY_ITEM */
    const char *text; /* what follows the code or the space; points into the line */
};

/* Takes apart a NUL-terminated line without its LF. False: it is not of the protocol. */
bool protocol_parse_reply(const char *line, struct reply_line *reply);

/* A decimal number that is all of the text. False: not one, or past INT64_MAX. */
bool protocol_parse_number(const char *text, uint64_t *number);

/* A name: 1 to so many letters, digits, '-' and '_'. */
#define PROTOCOL_NAME_MAX 31
bool protocol_name_valid(const char *name);

/* The name of the client with this number, from 1: "Client01". */
void protocol_client_name(char name[PROTOCOL_NAME_MAX + 1], uint32_t number);

/* "NAME" or "NAME TEXT": *text points to what follows the space, or to the end. False: no name, or
 * one that is too long. */
bool protocol_parse_name(const char *from, char name[PROTOCOL_NAME_MAX + 1], const char **text);

/* Exactly so many bytes, two hexadecimal digits in lower case each. */
bool protocol_parse_hex(const char *hex, unsigned char *bytes, size_t size);

/* A digest as it is written: 64 hexadecimal digits in lower case and a NUL. */
#define PROTOCOL_HEX_SIZE 65

/* The fields of a REPLY_DIGEST text: "sha256 HEX SIZE NAME". False: not of that form. */
bool protocol_parse_digest(const char *text, char hex[PROTOCOL_HEX_SIZE], uint64_t *size);

/* What follows "got:": "HEX NAME"; *name points into the text. False: not of that form. */
bool protocol_parse_got(const char *text, char hex[PROTOCOL_HEX_SIZE], const char **name);

/* What follows "put:": "LENGTH NAME", or "LENGTH:HEX NAME"; hex becomes "" in the first one. False:
 * not of that form. */
bool protocol_parse_put(const char *text, uint64_t *length, char hex[PROTOCOL_HEX_SIZE],
                        const char **name);

/* The fields of a REPLY_HANDED_IN text: "sha256 HEX LENGTH TIME EARLIER NAME". */
struct protocol_receipt {
    char hex[PROTOCOL_HEX_SIZE];
    uint64_t length;
    char time[32];    /* of the server, ISO 8601 in UTC */
    char earlier[16]; /* what became of an earlier file of that name: "new", "same", "kept" */
};
bool protocol_parse_receipt(const char *text, struct protocol_receipt *receipt);

/* The fields of a REPLY_FILE_FOLLOWS text: "LENGTH OFFSET NAME", LENGTH bytes to come, from OFFSET
 * on; *name points into the text. False: not of that form, or a number past INT64_MAX. */
bool protocol_parse_transfer(const char *text, uint64_t *length, uint64_t *offset,
                             const char **name);

#endif
