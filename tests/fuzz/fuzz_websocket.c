/* The frames of a client, which come in parts: what is found in them does not depend on the parts,
 * and keeps to its bounds. The first byte of an input says how long the parts are. */
#include <stdlib.h>
#include <string.h>

#include "server/web/websocket.h"
#include "tests/fuzz/fuzz.h"

enum { TEXT_MAX = 300, BINARY_MAX = 500 };

/* All that was found, in a few bytes. */
struct trace {
    uint64_t hash;
    uint64_t text, length; /* of the current message: counted when it was right to its end */
};

static void note(struct trace *trace, unsigned char byte)
{
    trace->hash = (trace->hash ^ byte) * UINT64_C(0x100000001b3);
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Returns whether all have come. */
static bool take_binary(struct websocket *websocket, struct trace *trace)
{
    unsigned char bytes[7];
    size_t got;

    while (websocket_binary(websocket) > 0 &&
           (got = websocket_take(websocket, bytes, sizeof bytes)) > 0)
        for (size_t i = 0; i < got; i++)
            note(trace, bytes[i]);
    return websocket_binary(websocket) == 0;
}

/* Returns whether the connection goes on. */
static bool take_event(struct trace *trace, enum websocket_event event,
                       const struct websocket_found *found)
{
    const uint64_t hash = trace->hash;

    switch (event) {
    case WEBSOCKET_TEXT:
        trace->length += found->length;
        must(found->length > 0 && trace->length <= TEXT_MAX);
        trace->hash = trace->text;
        for (uint64_t i = 0; i < found->length; i++)
            note(trace, found->data[i]);
        trace->text = trace->hash;
        trace->hash = hash;
        return true;
    case WEBSOCKET_TEXT_END:
        trace->hash ^= trace->text;
        trace->text = trace->length = 0;
        return true;
    case WEBSOCKET_BINARY:
        must(found->length > 0 && found->length <= BINARY_MAX);
        return true;
    case WEBSOCKET_PING:
    case WEBSOCKET_PONG:
        must(found->length <= WEBSOCKET_CONTROL_MAX);
        for (uint64_t i = 0; i < found->length; i++)
            note(trace, found->data[i]);
        return true;
    default:
        note(trace, (unsigned char)found->code);
        return false;
    }
}

/* Takes all that is there. Returns whether the connection goes on. */
static bool take_all(struct websocket *websocket, struct trace *trace, size_t room)
{
    struct websocket_found found;
    enum websocket_event event;

    for (;;) {
        if (!take_binary(websocket, trace))
            return true;
        event = websocket_next(websocket, room, &found);
        must(event != WEBSOCKET_FULL);
        if (event == WEBSOCKET_NEEDS_MORE)
            return true;
        if (!take_event(trace, event, &found))
            return false;
    }
}

static uint64_t run(const unsigned char *data, size_t size, size_t part, size_t room)
{
    static struct websocket websocket;
    struct trace trace = {.hash = UINT64_C(0xcbf29ce484222325)};
    size_t fits, count;

    websocket_init(&websocket, TEXT_MAX, BINARY_MAX);
    for (size_t at = 0; at < size; at += count) {
        unsigned char *to = websocket_room(&websocket, &fits);

        must(fits > 0);
        count = size - at < part ? size - at : part;
        count = count < fits ? count : fits;
        memcpy(to, data + at, count);
        websocket_came(&websocket, count);
        if (!take_all(&websocket, &trace, room))
            break;
    }
    return trace.hash;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned char frame[WEBSOCKET_HEAD_MAX];
    char accept[WEBSOCKET_ACCEPT_SIZE], key[25] = "";
    uint64_t whole;

    if (size < 1)
        return -1;
    whole = run(data + 1, size - 1, size, SIZE_MAX);
    must(run(data + 1, size - 1, (size_t)data[0] % 16 + 1, SIZE_MAX) == whole);
    memcpy(key, data, size < 24 ? size : 24);
    (void)websocket_accept(key, accept);
    must(websocket_head(frame, OPCODE_TEXT, size) <= sizeof frame);
    return 0;
}
