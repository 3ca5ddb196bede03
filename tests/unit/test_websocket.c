#include <string.h>

#include "server/web/sha1.h"
#include "server/web/websocket.h"
#include "tests/unit/tap.h"

static void digests(void)
{
    /* FIPS 180-2, appendix A; and lengths around a block */
    static const unsigned char abc[SHA1_SIZE] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81,
                                                 0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50,
                                                 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
    static const unsigned char two[SHA1_SIZE] = {0x84, 0x98, 0x3e, 0x44, 0x1c, 0x3b, 0xd2,
                                                 0x6e, 0xba, 0xae, 0x4a, 0xa1, 0xf9, 0x51,
                                                 0x29, 0xe5, 0xe5, 0x46, 0x70, 0xf1};
    static const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    unsigned char digest[SHA1_SIZE];

    sha1(digest, "abc", 3);
    OK(memcmp(digest, abc, sizeof digest) == 0);
    sha1(digest, text, strlen(text));
    OK(memcmp(digest, two, sizeof digest) == 0);
}

static void handshake(void)
{
    char accept[WEBSOCKET_ACCEPT_SIZE];

    OK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==", accept)); /* RFC 6455, section 1.3 */
    OK(strcmp(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == 0);
    OK(!websocket_accept("", accept));
    OK(!websocket_accept("dGhlIHNhbXBsZSBub25jZQ=", accept));
    OK(!websocket_accept("dGhlIHNhbXBsZSBub25jZQ===", accept));
    OK(!websocket_accept("dGhlIHNhbXBsZSBub25jZ.==", accept));
    OK(!websocket_accept("dGhlIHNhbXBsZSBub25jZQaa", accept));
}

static void heads(void)
{
    static const struct {
        uint64_t length;
        const char *bytes;
        size_t size;
    } cases[] = {
        {0, "\x81\x00", 2},
        {125, "\x81\x7d", 2},
        {126, "\x81\x7e\x00\x7e", 4},
        {65535, "\x81\x7e\xff\xff", 4},
        {65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10},
    };
    unsigned char head[WEBSOCKET_HEAD_MAX], frame[WEBSOCKET_CLOSE_SIZE];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        OK(websocket_head(head, OPCODE_TEXT, cases[i].length) == cases[i].size);
        OK(memcmp(head, cases[i].bytes, cases[i].size) == 0);
    }
    OK(websocket_close(frame, WEBSOCKET_POLICY) == 4);
    OK(memcmp(frame, "\x88\x02\x03\xf0", 4) == 0);
}

static struct websocket websocket;
static struct websocket_found found;

static void put(const char *bytes, size_t size)
{
    size_t fits;
    unsigned char *to = websocket_room(&websocket, &fits);

    if (fits < size)
        BAIL("no room");
    memcpy(to, bytes, size);
    websocket_came(&websocket, size);
}

/* The same with a mask of zeros behind the head of two bytes. */
static void put_frame(unsigned char first, const char *data, size_t size)
{
    const char head[6] = {(char)first, (char)(0x80 | size)};

    put(head, sizeof head);
    put(data, size);
}

static enum websocket_event next(void)
{
    return websocket_next(&websocket, 100, &found);
}

static bool found_is(const char *text)
{
    return found.length == strlen(text) && memcmp(found.data, text, strlen(text)) == 0;
}

static void messages(void)
{
    char bytes[10];

    websocket_init(&websocket, 20, 10);
    OK(next() == WEBSOCKET_NEEDS_MORE);
    put("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11); /* RFC 6455, section 5.7 */
    OK(next() == WEBSOCKET_TEXT && found_is("Hello"));
    OK(next() == WEBSOCKET_TEXT_END);
    put_frame(0x01, "a\xe5\x85", 3);
    put_frame(0x89, "p", 1);
    put_frame(0x80, "\x88", 1);
    OK(next() == WEBSOCKET_TEXT && found.length == 3);
    OK(next() == WEBSOCKET_PING && found_is("p"));
    OK(next() == WEBSOCKET_TEXT && found.length == 1);
    OK(next() == WEBSOCKET_TEXT_END);
    put_frame(0x82, "12345", 5);
    OK(next() == WEBSOCKET_BINARY && found.length == 5 && websocket_binary(&websocket) == 5);
    OK(websocket_take(&websocket, bytes, 3) == 3 && memcmp(bytes, "123", 3) == 0);
    OK(websocket_take(&websocket, bytes, 10) == 2 && memcmp(bytes, "45", 2) == 0);
    OK(websocket_take(&websocket, bytes, 10) == 0 && websocket_binary(&websocket) == 0);
    put_frame(0x8a, "", 0);
    put_frame(0x81, "", 0);
    OK(next() == WEBSOCKET_PONG);
    OK(next() == WEBSOCKET_TEXT_END);
    put_frame(0x81, "long", 4);
    OK(websocket_next(&websocket, 0, &found) == WEBSOCKET_FULL);
    OK(websocket_next(&websocket, 3, &found) == WEBSOCKET_TEXT && found_is("lon"));
    OK(next() == WEBSOCKET_TEXT && found_is("g"));
    put_frame(0x88, "\x03\xe8", 2);
    OK(next() == WEBSOCKET_TEXT_END);
    OK(next() == WEBSOCKET_CLOSE && found.code == WEBSOCKET_NORMAL);
}

static enum websocket_code code_after(unsigned char first, const char *data, size_t size)
{
    enum websocket_event event;

    websocket_init(&websocket, 20, 10);
    put_frame(first, data, size);
    do
        event = next();
    while (event == WEBSOCKET_TEXT);
    return event == WEBSOCKET_WRONG || event == WEBSOCKET_CLOSE ? found.code : 0;
}

static void faults(void)
{
    static const char *const not_utf8[] = {
        "\xff", "\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0", "\xf0\x80\x80\x80", "\xf5", "\xe5"};

    for (size_t i = 0; i < sizeof not_utf8 / sizeof not_utf8[0]; i++)
        OK(code_after(0x81, not_utf8[i], strlen(not_utf8[i])) == WEBSOCKET_NOT_UTF8);
    OK(code_after(0x81, "", 0) == 0);
    OK(code_after(0x81, "123456789012345678901", 21) == WEBSOCKET_TOO_LONG);
    OK(code_after(0x82, "12345678901", 11) == WEBSOCKET_TOO_LONG);
    OK(code_after(0x80, "", 0) == WEBSOCKET_PROTOCOL);
    OK(code_after(0x85, "", 0) == WEBSOCKET_PROTOCOL);
    OK(code_after(0x8b, "", 0) == WEBSOCKET_PROTOCOL);
    OK(code_after(0x08, "", 0) == WEBSOCKET_PROTOCOL);
    OK(code_after(0x88, "", 0) == WEBSOCKET_NO_CODE);
    OK(code_after(0x88, "\x03", 1) == WEBSOCKET_PROTOCOL);
    OK(code_after(0x88, "\x03\xec", 2) == WEBSOCKET_PROTOCOL); /* 1004 */
    OK(code_after(0x88, "\x0f\xa0", 2) == 4000);
    OK(code_after(0x88, "\x13\x88", 2) == WEBSOCKET_PROTOCOL); /* 5000 */
}

int main(void)
{
    digests();
    handshake();
    heads();
    messages();
    faults();
    return tap_end();
}
