/* The wire protocol, which rollcall-protocol(7) describes: its codes, its bounds, and parsers for
 * lines and fields. Daemon and client use it. Parsers allocate nothing; where one returns false,
 * the text is not of the form that it reads, and what it points to is undefined. */
#ifndef SERVER_WIRE_PROTOCOL_H
#define SERVER_WIRE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TCP, by default. */
#define PROTOCOL_PORT 8000

/* Bytes in a request without its LF: a screenful of text, and any path (PATH_MAX) with its verb. */
#define PROTOCOL_REQUEST_MAX 4096

/* Bytes in a line from the server without its LF: a whole request quoted, and the fields around it:
 * a code, a time and a name. */
#define PROTOCOL_REPLY_MAX (PROTOCOL_REQUEST_MAX + 256)

/* The code at the beginning of a line from the server; its first digit means what it does in FTP
 * (RFC 959, section 4.2). */
enum reply_code {
    REPLY_WAITING = 120, /* "PLACE" in the queue of a full room, then words; the greeting follows */

    /* what happens in the room: comes between replies, to clients that joined */
    ROOM_LINE_SAID = 130,    /* "NAME TEXT" */
    ROOM_LINE_TOLD = 131,    /* "NAME TEXT", to this client alone */
    ROOM_LINE_CAME = 132,    /* "NAME" */
    ROOM_LINE_WENT = 133,    /* "NAME" */
    ROOM_LINE_RENAMED = 134, /* "OLD NEW" */
    ROOM_LINE_LOST = 135,    /* "COUNT" lines that the client was too slow for */
    ROOM_LINE_RAISED = 136,  /* "NAME" or "NAME TEXT": a hand is up */
    ROOM_LINE_LOWERED = 137, /* "NAME" */
    ROOM_LINE_EARLIER = 138, /* "TIME NAME TEXT" from before it joined; NAME "*": an announcement */
    ROOM_LINE_ANNOUNCED = 139, /* "TEXT" from the room's operator */

    REPLY_WORKING = 140, /* "DONE TOTAL" bytes: a request takes long, and its reply is to come */
    REPLY_LATER = 141,   /* in the place of a reply, which comes later, behind those to others: */
    REPLY_LATE = 142,    /* it is the next one */

    REPLY_FILE_FOLLOWS = 150, /* "LENGTH OFFSET NAME"; then the bytes, or pieces */
    REPLY_PIECE = 151,        /* "COUNT" bytes of the file follow; then any line */
    REPLY_CUT = 152,          /* the file's pieces end here, before all bytes; the text says why */
    REPLY_MESSAGE = 200,
    REPLY_CLIENTS = 211, /* status and history */
    REPLY_FILES = 212,
    REPLY_DIGEST = 213, /* "sha256 HEX SIZE NAME" */
    REPLY_HELP = 214,
    REPLY_HANDS = 215,
    REPLY_PIECES = 216,  /* "SESSION", this session's name: files come in pieces from now on */
    REPLY_STOPPED = 217, /* no transfer is under way any more */
    REPLY_TOKEN = 218,   /* "TOKEN", for links to files by HTTP */
    REPLY_GREETING = 220,
    REPLY_BYE = 221,
    REPLY_HANDED_IN = 226, /* "sha256 HEX LENGTH TIME EARLIER NAME": a receipt */
    REPLY_NOTED = 250,
    REPLY_KEY_WANTED = 331, /* "sha256 CHALLENGE", instead of the greeting */
    REPLY_GO_ON = 350,      /* the next request, or the file's bytes, complete this request */
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

/* The text of the REPLY_CLOSING after which a client may connect again, because the daemon may
 * come back. */
#define PROTOCOL_SHUTTING_DOWN "Server shutting down."

/* How the text of a REPLY_CLOSING begins where all slots are taken ("Server full: 3 of 3."), and
 * how it ends where the client may try again. */
#define PROTOCOL_FULL  "Server full:"
#define PROTOCOL_LATER "try again later."

/* The request of a client that has read PROTOCOL_FULL, and waits for a slot over this connection.
 */
#define PROTOCOL_WAIT "wait:"

/* How the text of a REPLY_CLOSING begins if a time limit has ended the session. */
#define PROTOCOL_IDLE "Idle for too long:"
#define PROTOCOL_SLOW "Too slow:"

/* Bytes in a session's name (REPLY_PIECES) with a NUL. It holds no space; its form is the daemon's
 * own business. */
#define PROTOCOL_SESSION_SIZE 64

/* One line from the server, taken apart. */
struct reply_line {
    enum {
        REPLY_LAST,  /* "CODE text": a whole reply, or the last line of one of several lines */
        REPLY_FIRST, /* "CODE-text": the first of several lines */
        REPLY_ITEM,  /* " text": a line between those */
    } kind;
    int code;         /* 100 to 599; 0 in a REPLY_ITEM */
    const char *text; /* what follows the code or the space; points into the line */
};

/* Takes apart a NUL-terminated line without its LF. */
bool protocol_parse_reply(const char *line, struct reply_line *reply);

/* A decimal number that is the whole text, up to INT64_MAX. */
bool protocol_parse_number(const char *text, uint64_t *number);

/* Whether this is a name: 1 to 31 letters, digits, '-' and '_', the first no mark, in the one way
 * that they are spelled (NFC), and between '-' and '_' of one alphabet only, where alphabets look
 * alike. protocol_name_expects returns what was expected, as "one alphabet in a word", or NULL. */
#define PROTOCOL_NAME_LETTERS 31
#define PROTOCOL_NAME_MAX     (4 * PROTOCOL_NAME_LETTERS) /* bytes */
const char *protocol_name_expects(const char *name);
bool protocol_name_valid(const char *name);

/* Whether a file may be handed in under this name: 1 to 240 bytes, not beginning with a dot, no
 * '/', and as text_is_name has it. The rest of NAME_MAX is for versions. */
#define PROTOCOL_FILE_MAX 240
bool protocol_file_valid(const char *name);

/* The name that a client has at first, from its number: 1 is "Client01". */
void protocol_client_name(char name[PROTOCOL_NAME_MAX + 1], uint32_t number);

/* Whether a client could have this name at first: nobody chose it, and the next client may have it.
 */
bool protocol_is_client_name(const char *name);

/* "NAME" or "NAME TEXT", by the length of NAME alone. *text points to what follows the space, or to
 * the end. */
bool protocol_parse_name(const char *from, char name[PROTOCOL_NAME_MAX + 1], const char **text);

/* Exactly `size` bytes, each as two hexadecimal digits. */
bool protocol_parse_hex(const char *hex, unsigned char *bytes, size_t size);

/* Bytes of a SHA-256 digest in hexadecimal, with a NUL. The parsers take capitals, too, and give
 * small letters. */
#define PROTOCOL_HEX_SIZE 65

/* The text of the last line of REPLY_FILES: how many names in the directory are not listed, because
 * text_is_name refuses them. 0 for the "End" of other replies. */
#define PROTOCOL_HIDDEN "End, %zu names cannot be shown"
uint64_t protocol_parse_hidden(const char *text);

/* The text of a REPLY_WORKING: "DONE TOTAL". False: the total is not known. */
bool protocol_parse_working(const char *text, unsigned *percent);

/* The text of a REPLY_DIGEST: "sha256 HEX SIZE NAME". */
bool protocol_parse_digest(const char *text, char hex[PROTOCOL_HEX_SIZE], uint64_t *size);

/* The argument of "got:": "HEX NAME"; *name points into the text. */
bool protocol_parse_got(const char *text, char hex[PROTOCOL_HEX_SIZE], const char **name);

/* The argument of "put:": "LENGTH NAME", where hex becomes "", or "LENGTH:HEX NAME"; *name points
 * into the text. */
bool protocol_parse_put(const char *text, uint64_t *length, char hex[PROTOCOL_HEX_SIZE],
                        const char **name);

/* The argument of "put:" that goes on where an earlier hand-in of the same bytes broke off,
 * "LENGTH:HEX: NAME"; *name points into the text. A server that does not know it answers
 * REPLY_BAD_ARGUMENT. The text of the REPLY_GO_ON to it begins with the number of bytes that the
 * server has already. */
bool protocol_parse_put_go_on(const char *text, uint64_t *length, char hex[PROTOCOL_HEX_SIZE],
                              const char **name);
bool protocol_parse_go_on(const char *text, uint64_t *offset);

/* The text of a REPLY_WAITING: the place, from 1, and words. */
bool protocol_parse_place(const char *text, uint64_t *place);

/* The argument of "put:" that only asks whether there is room, "LENGTH: NAME"; *name points into
 * the text. A server that does not know it answers REPLY_BAD_ARGUMENT. */
bool protocol_parse_put_ask(const char *text, uint64_t *length, const char **name);

/* The text of a REPLY_HANDED_IN: "sha256 HEX LENGTH TIME EARLIER NAME". */
struct protocol_receipt {
    char hex[PROTOCOL_HEX_SIZE];
    uint64_t length;
    char time[32];    /* the server's, as clock_utc writes it */
    char earlier[16]; /* what became of an earlier file of that name: "new", "same", "kept" */
    const char *name; /* points into the text */
};
bool protocol_parse_receipt(const char *text, struct protocol_receipt *receipt);

/* The text of a REPLY_FILE_FOLLOWS: "LENGTH OFFSET NAME", where LENGTH bytes are to come from
 * OFFSET on; *name points into the text. */
bool protocol_parse_transfer(const char *text, uint64_t *length, uint64_t *offset,
                             const char **name);

#endif
