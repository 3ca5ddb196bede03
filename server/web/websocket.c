#include "server/web/websocket.h"

#include <string.h>

#include "server/web/sha1.h"

/* ---- the handshake */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(char *to, const unsigned char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at += 3) {
        size_t more = length - at;
        uint32_t three = (uint32_t)bytes[at] << 16 | (more > 1 ? (uint32_t)bytes[at + 1] << 8 : 0) |
                         (more > 2 ? bytes[at + 2] : 0);

        *to++ = alphabet[three >> 18];
        *to++ = alphabet[three >> 12 & 63];
        *to++ = more > 1 ? alphabet[three >> 6 & 63] : '=';
        *to++ = more > 2 ? alphabet[three & 63] : '=';
    }
    *to = '\0';
}

bool websocket_accept(const char *key, char accept[WEBSOCKET_ACCEPT_SIZE])
{
    static const char name[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[24 + sizeof name];
    unsigned char digest[SHA1_SIZE];

    if (strlen(key) != 24 || strspn(key, alphabet) != 22 || strcmp(key + 22, "==") != 0)
        return false;
    memcpy(text, key, 24);
    memcpy(text + 24, name, sizeof name);
    sha1(digest, text, sizeof text - 1);
    base64(accept, digest, sizeof digest);
    return true;
}

/* ---- to a client */

static void put(unsigned char *to, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(number >> 8 * (size - 1 - i));
}

size_t websocket_head(unsigned char to[WEBSOCKET_HEAD_MAX], enum websocket_opcode opcode,
                      uint64_t length)
{
    size_t more = length < 126 ? 0 : length <= UINT16_MAX ? 2 : 8;

    to[0] = (unsigned char)(0x80 | (unsigned)opcode);
    to[1] = (unsigned char)(more == 0 ? length : more == 2 ? 126 : 127);
    put(to + 2, length, more);
    return 2 + more;
}

size_t websocket_close(unsigned char to[WEBSOCKET_CLOSE_SIZE], enum websocket_code code)
{
    unsigned char head[WEBSOCKET_HEAD_MAX];
    size_t length = websocket_head(head, OPCODE_CLOSE, 2);

    memcpy(to, head, length);
    put(to + length, (uint64_t)code, 2);
    return length + 2;
}

/* ---- UTF-8, byte by byte: the state is how many bytes are to come, and between which bounds the
 * next one is (RFC 3629, section 4) */

#define UTF8_STATE(more, least, most) ((uint32_t)(more) << 16 | (uint32_t)(least) << 8 | (most))

static bool utf8_first(uint32_t *state, unsigned char byte)
{
    if (byte < 0x80)
        *state = 0;
    else if (byte >= 0xc2 && byte <= 0xdf)
        *state = UTF8_STATE(1, 0x80, 0xbf);
    else if (byte >= 0xe0 && byte <= 0xef)
        *state = UTF8_STATE(2, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf);
    else if (byte >= 0xf0 && byte <= 0xf4)
        *state = UTF8_STATE(3, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf);
    else
        return false;
    return true;
}

static bool utf8_step(uint32_t *state, unsigned char byte)
{
    uint32_t more = *state >> 16;

    if (more == 0)
        return utf8_first(state, byte);
    if (byte < (*state >> 8 & 0xff) || byte > (*state & 0xff))
        return false;
    *state = more > 1 ? UTF8_STATE(more - 1, 0x80, 0xbf) : 0;
    return true;
}

/* ---- from a client */

void websocket_init(struct websocket *websocket, uint64_t text_max, uint64_t binary_max)
{
    websocket->text_max = text_max;
    websocket->binary_max = binary_max;
    websocket->message = OPCODE_CONTINUE;
    websocket->opcode = OPCODE_PONG; /* a frame that has ended, and means nothing */
    websocket->left = 0;
    websocket->final = true;
    websocket->start = websocket->end = 0;
}

unsigned char *websocket_room(struct websocket *websocket, size_t *size)
{
    size_t have = websocket->end - websocket->start;

    if (websocket->start > 0) {
        memmove(websocket->bytes, websocket->bytes + websocket->start, have);
        websocket->start = 0;
        websocket->end = have;
    }
    *size = sizeof websocket->bytes - have;
    return websocket->bytes + have;
}

void websocket_came(struct websocket *websocket, size_t count)
{
    websocket->end += count;
}

static void unmask(struct websocket *websocket, unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] ^= websocket->mask[(websocket->mask_at + i) % 4];
    websocket->mask_at = (unsigned)((websocket->mask_at + size) % 4);
    websocket->left -= size;
}

/* Unmasks bytes of the current frame where they are, and passes them. */
static unsigned char *take(struct websocket *websocket, size_t size)
{
    unsigned char *bytes = websocket->bytes + websocket->start;

    unmask(websocket, bytes, size);
    websocket->start += size;
    return bytes;
}

static uint64_t number(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static bool is_control(enum websocket_opcode opcode)
{
    return (opcode & 8) != 0;
}

/* Whether a frame may come now; `first` and `second` are its first bytes, of which the lower half
 * of the first is the opcode. */
static bool may_come(const struct websocket *websocket, unsigned first, unsigned second)
{
    const unsigned opcode = first & 15, length = second & 0x7f;
    const bool in_message = websocket->message != OPCODE_CONTINUE;

    if ((first & 0x70) != 0 || (second & 0x80) == 0) /* reserved bits; no mask */
        return false;
    if (opcode >= OPCODE_CLOSE)
        return opcode <= OPCODE_PONG && (first & 0x80) != 0 && length <= WEBSOCKET_CONTROL_MAX;
    return opcode <= OPCODE_BINARY && in_message == (opcode == OPCODE_CONTINUE);
}

/* A length is written in as few bytes as it fits in (section 5.2). */
static bool is_short(uint64_t length, size_t more)
{
    return more == 0 || (more == 2 ? length >= 126 : length > UINT16_MAX && length <= INT64_MAX);
}

/* The head of the next frame. */
static enum websocket_event begin_frame(struct websocket *websocket, struct websocket_found *found)
{
    const unsigned char *bytes = websocket->bytes + websocket->start;
    size_t have = websocket->end - websocket->start, more;
    uint64_t length;

    found->code = WEBSOCKET_PROTOCOL;
    if (have >= 2 && !may_come(websocket, bytes[0], bytes[1]))
        return WEBSOCKET_WRONG;
    more = have < 2 ? 0 : (bytes[1] & 0x7f) == 126 ? 2 : (bytes[1] & 0x7f) == 127 ? 8 : 0;
    if (have < 2 + more + 4)
        return WEBSOCKET_NEEDS_MORE;
    length = more > 0 ? number(bytes + 2, more) : bytes[1] & 0x7f;
    if (!is_short(length, more))
        return WEBSOCKET_WRONG;
    websocket->opcode = (enum websocket_opcode)(bytes[0] & 15);
    websocket->final = (bytes[0] & 0x80) != 0;
    websocket->left = length;
    memcpy(websocket->mask, bytes + 2 + more, 4);
    websocket->mask_at = 0;
    websocket->start += 2 + more + 4;
    if (is_control(websocket->opcode))
        return WEBSOCKET_FULL; /* nothing to tell yet */
    if (websocket->opcode != OPCODE_CONTINUE) {
        websocket->message = websocket->opcode;
        websocket->message_length = 0;
        websocket->character = 0;
    }
    websocket->message_length += length;
    found->code = WEBSOCKET_TOO_LONG;
    return websocket->message_length >
                   (websocket->message == OPCODE_TEXT ? websocket->text_max : websocket->binary_max)
               ? WEBSOCKET_WRONG
               : WEBSOCKET_FULL;
}

/* A code that an endpoint may send, and text after it (sections 5.5.1 and 7.4). */
static enum websocket_code close_code(const unsigned char *data, size_t length)
{
    uint32_t character = 0;
    uint64_t code;

    if (length == 0)
        return WEBSOCKET_NO_CODE;
    if (length == 1)
        return WEBSOCKET_PROTOCOL;
    code = number(data, 2);
    if (code < 1000 || code > 4999 || (code >= 1004 && code <= 1006) ||
        (code > 1014 && code < 3000))
        return WEBSOCKET_PROTOCOL;
    for (size_t i = 2; i < length; i++)
        if (!utf8_step(&character, data[i]))
            return WEBSOCKET_NOT_UTF8;
    return character != 0 ? WEBSOCKET_NOT_UTF8 : (enum websocket_code)code;
}

static enum websocket_event take_control(struct websocket *websocket, struct websocket_found *found)
{
    size_t length = (size_t)websocket->left;

    if (websocket->end - websocket->start < length)
        return WEBSOCKET_NEEDS_MORE;
    found->length = length;
    found->data = take(websocket, length);
    switch (websocket->opcode) {
    case OPCODE_PING:
        return WEBSOCKET_PING;
    case OPCODE_CLOSE:
        found->code = close_code(found->data, length);
        return WEBSOCKET_CLOSE;
    default:
        return WEBSOCKET_PONG;
    }
}

static enum websocket_event take_text(struct websocket *websocket, size_t room,
                                      struct websocket_found *found)
{
    size_t have = websocket->end - websocket->start, size;

    if (have == 0)
        return WEBSOCKET_NEEDS_MORE;
    size = have < room ? have : room;
    size = size < websocket->left ? size : (size_t)websocket->left;
    if (size == 0)
        return WEBSOCKET_FULL;
    found->data = take(websocket, size);
    found->length = size;
    found->code = WEBSOCKET_NOT_UTF8;
    for (size_t i = 0; i < size; i++)
        if (!utf8_step(&websocket->character, found->data[i]))
            return WEBSOCKET_WRONG;
    return WEBSOCKET_TEXT;
}

static enum websocket_event end_message(struct websocket *websocket, struct websocket_found *found)
{
    enum websocket_opcode message = websocket->message;

    websocket->message = OPCODE_CONTINUE;
    found->code = WEBSOCKET_NOT_UTF8;
    if (message != OPCODE_TEXT)
        return WEBSOCKET_FULL;
    return websocket->character != 0 ? WEBSOCKET_WRONG : WEBSOCKET_TEXT_END;
}

/* One step. WEBSOCKET_FULL with *told false: there is nothing to tell, so go on. */
static enum websocket_event step(struct websocket *websocket, size_t room,
                                 struct websocket_found *found, bool *told)
{
    enum websocket_event event;

    *told = true;
    if (websocket->left > 0 && !is_control(websocket->opcode))
        return take_text(websocket, room, found);
    if (websocket->message != OPCODE_CONTINUE && websocket->final &&
        !is_control(websocket->opcode)) {
        event = end_message(websocket, found);
        *told = event != WEBSOCKET_FULL;
        return event;
    }
    if (websocket->left == 0) {
        event = begin_frame(websocket, found);
        if (event != WEBSOCKET_FULL)
            return event;
        if (!is_control(websocket->opcode) && websocket->message == OPCODE_BINARY &&
            websocket->left > 0) {
            found->length = websocket->left;
            return WEBSOCKET_BINARY;
        }
        if (!is_control(websocket->opcode)) {
            *told = false;
            return event;
        }
    }
    return take_control(websocket, found);
}

enum websocket_event websocket_next(struct websocket *websocket, size_t room,
                                    struct websocket_found *found)
{
    enum websocket_event event;
    bool told;

    do
        event = step(websocket, room, found, &told);
    while (!told);
    return event;
}

uint64_t websocket_binary(const struct websocket *websocket)
{
    return websocket->message == OPCODE_BINARY && !is_control(websocket->opcode) ? websocket->left
                                                                                 : 0;
}

size_t websocket_take(struct websocket *websocket, void *to, size_t size)
{
    size_t have = websocket->end - websocket->start;
    uint64_t binary = websocket_binary(websocket);

    size = have < size ? have : size;
    size = binary < size ? (size_t)binary : size;
    memcpy(to, take(websocket, size), size);
    return size;
}

void websocket_pass(struct websocket *websocket, void *bytes, size_t size)
{
    unmask(websocket, bytes, size);
}
