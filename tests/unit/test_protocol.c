#include <string.h>

#include "server/wire/protocol.h"
#include "tests/unit/tap.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char hex[PROTOCOL_HEX_SIZE];
static const char *name;
static uint64_t length, offset;
static struct protocol_receipt receipt;

static void lines(void)
{
    struct reply_line reply;

    OK(protocol_parse_reply("220 Enter", &reply) && reply.kind == REPLY_LAST && reply.code == 220 &&
       strcmp(reply.text, "Enter") == 0);
    OK(protocol_parse_reply("211-2 clients", &reply) && reply.kind == REPLY_FIRST);
    OK(protocol_parse_reply(" 220 x", &reply) && reply.kind == REPLY_ITEM &&
       strcmp(reply.text, "220 x") == 0);
    OK(protocol_parse_reply("200 ", &reply) && reply.text[0] == '\0');
    OK(!protocol_parse_reply("", &reply));
    OK(!protocol_parse_reply("220", &reply));
    OK(!protocol_parse_reply("22", &reply));
    OK(!protocol_parse_reply("620 x", &reply));
    OK(!protocol_parse_reply("2x0 x", &reply));
    OK(!protocol_parse_reply("220_x", &reply));
}

static void transfers(void)
{
    OK(protocol_parse_transfer("5 2 a b", &length, &offset, &name) && length == 5 && offset == 2 &&
       strcmp(name, "a b") == 0);
    OK(!protocol_parse_transfer("5 2", &length, &offset, &name));
    OK(!protocol_parse_transfer("5 2 ", &length, &offset, &name));
    OK(!protocol_parse_transfer("5 -2 x", &length, &offset, &name));
    OK(protocol_parse_transfer("9223372036854775799 0 x", &length, &offset, &name));
    OK(!protocol_parse_transfer("9223372036854775808 0 x", &length, &offset, &name));
    OK(!protocol_parse_transfer("99999999999999999999 0 x", &length, &offset, &name));
    OK(protocol_parse_number("0", &length) && length == 0);
    OK(!protocol_parse_number("", &length));
    OK(!protocol_parse_number("1 ", &length));
    OK(!protocol_parse_number("0x1", &length));
}

static void digests(void)
{
    OK(protocol_parse_put_ask("5: a b", &length, &name) && length == 5 && strcmp(name, "a b") == 0);
    OK(!protocol_parse_put_ask("5: ", &length, &name) &&
       !protocol_parse_put_ask("5 x", &length, &name));
    OK(!protocol_parse_put_ask(": x", &length, &name) &&
       !protocol_parse_put_ask("5:x", &length, &name));
    OK(protocol_parse_hidden("End, 3 names cannot be shown") == 3);
    OK(protocol_parse_hidden("End") == 0 && protocol_parse_hidden("") == 0);
    OK(protocol_parse_hidden("End, x") == 0 && protocol_parse_hidden("End, -1 names") == 0);
    OK(protocol_parse_digest("sha256 " HEX " 7 x", hex, &length) && length == 7 &&
       strcmp(hex, HEX) == 0);
    OK(!protocol_parse_digest("sha256 " HEX " 7 ", hex, &length));
    OK(!protocol_parse_digest("sha256 " HEX " x", hex, &length));
    OK(!protocol_parse_digest("sha256 " HEX "0 7 x", hex, &length));
    OK(!protocol_parse_digest("sha512 " HEX " 7 x", hex, &length));
    OK(!protocol_parse_digest("sha256 ABC", hex, &length));
    OK(protocol_parse_got(HEX " a b", hex, &name) && strcmp(name, "a b") == 0);
    OK(protocol_parse_got("0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789ABCDEF x", hex,
                          &name) &&
       strcmp(hex, HEX) == 0);
    OK(!protocol_parse_got(HEX " ", hex, &name));
    OK(!protocol_parse_got(HEX, hex, &name));
    OK(!protocol_parse_got("", hex, &name));
}

static void handins(void)
{
    OK(protocol_parse_put("5 a b", &length, hex, &name) && length == 5 && hex[0] == '\0' &&
       strcmp(name, "a b") == 0);
    OK(protocol_parse_put("5  x", &length, hex, &name) && strcmp(name, " x") == 0);
    OK(protocol_parse_put("0:" HEX " x", &length, hex, &name) && strcmp(hex, HEX) == 0 &&
       strcmp(name, "x") == 0);
    OK(protocol_parse_put_go_on("7:" HEX ": a b", &length, hex, &name) && length == 7 &&
       strcmp(hex, HEX) == 0 && strcmp(name, "a b") == 0);
    OK(!protocol_parse_put_go_on("7:" HEX " x", &length, hex, &name) &&
       !protocol_parse_put_go_on("7:" HEX ":x", &length, hex, &name) &&
       !protocol_parse_put_go_on("7:" HEX ": ", &length, hex, &name) &&
       !protocol_parse_put_go_on("7: x", &length, hex, &name) &&
       !protocol_parse_put("7:" HEX ": x", &length, hex, &name));
    OK(protocol_parse_go_on("42 Send 1 bytes.", &length) && length == 42 &&
       !protocol_parse_go_on("Send 1 bytes.", &length) && !protocol_parse_go_on("42", &length));
    OK(protocol_parse_place("2 The room is full.", &length) && length == 2 &&
       !protocol_parse_place("0 x", &length) && !protocol_parse_place("You wait.", &length) &&
       !protocol_parse_place("-1 x", &length));
    OK(!protocol_parse_put("5:" HEX, &length, hex, &name));
    OK(!protocol_parse_put("5:" HEX " ", &length, hex, &name));
    OK(!protocol_parse_put("5: x", &length, hex, &name));
    OK(!protocol_parse_put("5", &length, hex, &name));
    OK(!protocol_parse_put("5 ", &length, hex, &name));
    OK(!protocol_parse_put("x", &length, hex, &name));
    OK(protocol_parse_receipt("sha256 " HEX " 5 2025-02-10T16:57:14Z new a b", &receipt) &&
       strcmp(receipt.name, "a b") == 0 && receipt.length == 5 &&
       strcmp(receipt.time, "2025-02-10T16:57:14Z") == 0 && strcmp(receipt.earlier, "new") == 0 &&
       strcmp(receipt.hex, HEX) == 0);
    OK(!protocol_parse_receipt("sha256 " HEX " 5 2025-02-10T16:57:14Z new", &receipt));
    OK(!protocol_parse_receipt("sha256 " HEX " 5 2025-02-10T16:57:14Z  x", &receipt));
    OK(!protocol_parse_receipt("sha256 " HEX " 5 12345678901234567890123456789012 new x",
                               &receipt));
    OK(!protocol_parse_receipt("sha256 " HEX " 5 t 1234567890123456 x", &receipt));
}

#define LONG "1234567890123456789012345678901"

static void names(void)
{
    unsigned char bytes[2];
    const char *text;
    char to[PROTOCOL_NAME_MAX + 1];

    OK(protocol_name_valid("a") && protocol_name_valid("Anna-B_9"));
    OK(protocol_name_valid("1234567890123456789012345678901"));
    OK(!protocol_name_valid("12345678901234567890123456789012"));
    OK(!protocol_name_valid("") && !protocol_name_valid("a b"));
    OK(protocol_parse_name("anna how are you", to, &text) && strcmp(to, "anna") == 0 &&
       strcmp(text, "how are you") == 0);
    OK(protocol_parse_name("anna", to, &text) && text[0] == '\0');
    OK(protocol_parse_name("anna ", to, &text) && text[0] == '\0');
    OK(protocol_parse_name("anna  x", to, &text) && strcmp(text, " x") == 0);
    OK(!protocol_parse_name("", to, &text) && !protocol_parse_name(" x", to, &text));
    OK(!protocol_parse_name(LONG LONG LONG LONG "1", to, &text) &&
       protocol_parse_name(LONG LONG LONG LONG, to, &text));
    OK(protocol_parse_hex("0aff", bytes, 2) && bytes[0] == 0x0a && bytes[1] == 0xff);
    OK(protocol_parse_hex("0aFF", bytes, 2) && bytes[0] == 0x0a && bytes[1] == 0xff);
    OK(!protocol_parse_hex("0ag0", bytes, 2) && !protocol_parse_hex("0af", bytes, 2) &&
       !protocol_parse_hex("0aff0", bytes, 2));
}

int main(void)
{
    names();
    lines();
    transfers();
    digests();
    handins();
    return tap_end();
}
