/* WebSocket (RFC 6455): the handshake's answer, and the frames of both directions. Nothing is read
 * or written here. */
#ifndef SERVER_WEB_WEBSOCKET_H
#define SERVER_WEB_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The answer to a key, which is 16 bytes in base64 (section 4.2.2). False: it is none. */
#define WEBSOCKET_ACCEPT_SIZE 29
bool websocket_accept(const char *key, char accept[WEBSOCKET_ACCEPT_SIZE]);

/* Codes of a close (section 7.4.1). */
enum websocket_code {
    WEBSOCKET_NORMAL = 1000,
    WEBSOCKET_GOING_AWAY = 1001,
    WEBSOCKET_PROTOCOL = 1002,
    WEBSOCKET_NO_CODE = 1005, /* never sent */
    WEBSOCKET_NOT_UTF8 = 1007,
    WEBSOCKET_POLICY = 1008,
    WEBSOCKET_TOO_LONG = 1009,
    WEBSOCKET_TRY_LATER = 1013,
};

enum websocket_opcode {
    OPCODE_CONTINUE = 0,
    OPCODE_TEXT = 1,
    OPCODE_BINARY = 2,
    OPCODE_CLOSE = 8,
    OPCODE_PING = 9,
    OPCODE_PONG = 10,
};

/* Writes the head of a whole message of a server. Returns its length. */
#define WEBSOCKET_HEAD_MAX 10
size_t websocket_head(unsigned char to[WEBSOCKET_HEAD_MAX], enum websocket_opcode opcode,
                      uint64_t length);

/* Writes a frame that closes. Returns its length. */
#define WEBSOCKET_CLOSE_SIZE 4
size_t websocket_close(unsigned char to[WEBSOCKET_CLOSE_SIZE], enum websocket_code code);

/* ---- from a client */

#define WEBSOCKET_CONTROL_MAX 125 /* bytes in a frame that is no part of a message */

/* A connection's frames, as they come in. */
struct websocket {
    uint64_t text_max, binary_max; /* bytes of a message */

    enum websocket_opcode message; /* OPCODE_TEXT or _BINARY; OPCODE_CONTINUE: none has begun */
    uint64_t message_length;
    uint32_t character; /* what is here of a character, as utf8_step has it */

    enum websocket_opcode opcode; /* of the current frame */
    bool final;
    uint64_t left; /* of its bytes, those that were not taken */
    unsigned char mask[4];
    unsigned mask_at;

    size_t start, end; /* of bytes that came and were not taken */
    unsigned char bytes[1024];
};

enum websocket_event {
    WEBSOCKET_NEEDS_MORE, /* bytes */
    WEBSOCKET_FULL,       /* text is next, and there is no room for it */
    WEBSOCKET_TEXT,       /* some bytes of a text, which may end in the middle of a character */
    WEBSOCKET_TEXT_END,   /* the message ends, and was valid UTF-8 */
    WEBSOCKET_BINARY,     /* `length` bytes follow, of a message or of a part of one */
    WEBSOCKET_PING,
    WEBSOCKET_PONG,
    WEBSOCKET_CLOSE, /* with a code, or WEBSOCKET_NO_CODE */
    WEBSOCKET_WRONG, /* and what the connection is to be closed with */
};

struct websocket_found {
    const unsigned char *data; /* TEXT, PING: in the websocket, until the next call */
    uint64_t length;
    enum websocket_code code;
};

void websocket_init(struct websocket *websocket, uint64_t text_max, uint64_t binary_max);

/* Where bytes that come are to be put; *size says how many fit, at least one after the websocket
 * needed more. Then: how many came. */
unsigned char *websocket_room(struct websocket *websocket, size_t *size);
void websocket_came(struct websocket *websocket, size_t count);

/* What comes next; room: bytes of text that the caller can take, at most. After WEBSOCKET_BINARY
 * its bytes are to be taken, before the next call. */
enum websocket_event websocket_next(struct websocket *websocket, size_t room,
                                    struct websocket_found *found);

/* How many binary bytes are to be taken. */
uint64_t websocket_binary(const struct websocket *websocket);

/* Takes binary bytes that have come. Returns how many. */
size_t websocket_take(struct websocket *websocket, void *to, size_t size);

/* Takes binary bytes that the caller has read itself, when none were left to websocket_take. */
void websocket_pass(struct websocket *websocket, void *bytes, size_t size);

#endif
