#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/wire/clock.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"
#include "tests/unit/tap.h"

static int shows(const char *text, size_t length, const char *wanted)
{
    char to[256];
    size_t used = text_show(to, sizeof to, text, length);

    return used == strlen(to) && strcmp(to, wanted) == 0;
}

#define SHOWS(text, wanted) OK(shows(text, sizeof(text) - 1, wanted))
#define CLEAN(text)         OK(text_is_clean(text, sizeof(text) - 1))
#define UNCLEAN(text)       OK(!text_is_clean(text, sizeof(text) - 1))

static void cleanliness(void)
{
    CLEAN("");
    CLEAN("plain\ttext");
    CLEAN("gr\xc3\xbc\xc3\x9f \xe7\x8c\xab \xf0\x9f\x90\x88 \xf4\x8f\xbf\xbf");
    UNCLEAN("a\0b");
    UNCLEAN("\x1b[2J");
    UNCLEAN("\r");
    UNCLEAN("\x7f");
    UNCLEAN("\xc2\x80"); /* C1 */
    UNCLEAN("\xc2\x9f");
    CLEAN("\xc2\xa0");
    UNCLEAN("\xc0\x80"); /* overlong */
    UNCLEAN("\xc1\xbf");
    UNCLEAN("\xe0\x9f\xbf");
    UNCLEAN("\xf0\x8f\xbf\xbf");
    UNCLEAN("\xed\xa0\x80"); /* surrogate */
    CLEAN("\xed\x9f\xbf");
    UNCLEAN("\xf4\x90\x80\x80"); /* beyond U+10FFFF */
    UNCLEAN("\xff");
    UNCLEAN("\x80");
    UNCLEAN("a\xc3"); /* torn */
    UNCLEAN("\xe7\x8c");
    UNCLEAN("\xc3(");
}

/* Texts are looked at eight bytes at a time: the same byte is found at each place of each length.
 */
static void each_place(void)
{
    char text[32];
    size_t missed = 0, wrong = 0;

    for (size_t length = 1; length <= sizeof text; length++)
        for (size_t at = 0; at < length; at++) {
            memset(text, 'a', length);
            text[at] = '\t';
            wrong += !text_is_clean(text, length);
            text[at] = '\x1b';
            missed += text_is_clean(text, length);
            text[at] = '\xc3'; /* torn */
            missed += text_is_clean(text, length);
        }
    OK(missed == 0);
    OK(wrong == 0);
}

/* A name is what text_show shows as it is, without a TAB. */
static void names(void)
{
    static const char *const good[] = {"a",          "-x",   "a[b]*?",          "a b ",
                                       "f\xc3\xbcr", "a\\b", "\xf0\x9f\x98\x80"};
    static const char *const bad[] = {"a\tb",
                                      "a\nb",
                                      "\x7f",
                                      "\xc2\x85",
                                      "\xff",
                                      "\xc3",
                                      ("a\xe2\x80\xae"
                                       "b"),
                                      "\xe2\x80\xa8"};
    char shown[100];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        OK(text_is_name(good[i], strlen(good[i])));
        text_show(shown, sizeof shown, good[i], strlen(good[i]));
        OK(strcmp(shown, good[i]) == 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        OK(!text_is_name(bad[i], strlen(bad[i])));
}

static void showing(void)
{
    char small[8];

    SHOWS("plain\ttext", "plain\ttext");
    SHOWS("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
    SHOWS("\x1b[2J\r\n", "\\x1B[2J\\x0D\\x0A");
    SHOWS("a\0b", "a\\x00"
                  "b");
    SHOWS("\xc2\x9b", "\\xC2\\x9B");
    SHOWS("\xff\xc3", "\\xFF\\xC3");
    SHOWS("a\xe2\x80\xae"
          "b",
          "a\\u{202E}b");
    SHOWS("\xe2\x80\xa8", "\\u{2028}");
    SHOWS("an\u200bna\u00ad\ufeff", "an\\u{200B}na\\u{00AD}\\u{FEFF}");
    SHOWS("x\U000e0041", "x\\u{E0041}");
    SHOWS("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", /* Persian, with a non-joiner */
          "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645");
    SHOWS("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"); /* joined emoji */
    SHOWS("\u2764\ufe0f", "\u2764\ufe0f");
    /* the flag of Scotland, spelled out; and tags behind something else */
    SHOWS("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e007f");
    SHOWS("\U0001f3f4a\U000e0067", "\U0001f3f4a\\u{E0067}");
    OK(text_hides("a\u202e", 4) && text_hides("\U0001f3f4abcdefgh\U000e0067", 16) &&
       !text_hides("\U0001f3f4\U000e0067", 8) && !text_hides("plain\ttext", 10));
    OK(text_show(small, sizeof small, "1234567", 7) == 7 && strcmp(small, "1234567") == 0);
    OK(text_show(small, sizeof small, "12345678", 8) == 7);
    OK(text_show(small, sizeof small, "123456\xc3\xbc", 8) == 6 && strcmp(small, "123456") == 0);
    OK(text_show(small, sizeof small, "12345\x01", 6) == 5 && strcmp(small, "12345") == 0);
    OK(text_show(small, 1, "x", 1) == 0 && small[0] == '\0');
}

/* Whatever goes in: what is shown is clean, NUL-terminated, and not longer than promised. */
static void anything(void)
{
    int bad = 0;

    srand(1);
    for (int i = 0; i < 100000; i++) {
        char text[16], to[TEXT_SHOWN_SIZE(sizeof text)];
        size_t length = (size_t)rand() % sizeof text, used;

        for (size_t j = 0; j < length; j++)
            text[j] = (char)(rand() % 4 ? rand() : "\xe2\x80\xae\xc2"[rand() % 4]);
        used = text_show(to, sizeof to, text, length);
        bad += used != strlen(to) || !text_is_clean(to, used) || used > 4 * length;
    }
    OK(bad == 0);
}

static void times(void)
{
    char local[CLOCK_LOCAL_SIZE], utc[CLOCK_UTC_SIZE];

    setenv("TZ", "UTC", 1);
    clock_local(local, 1739206634);
    OK(strcmp(local, "2025-02-10 16:57:14") == 0);
    clock_utc(utc, 1739206634);
    OK(strcmp(utc, "2025-02-10T16:57:14Z") == 0);
    clock_utc(utc, (time_t)INT64_MAX);
    OK(strlen(utc) < CLOCK_UTC_SIZE);
    clock_local(local, (time_t)INT64_MIN);
    OK(strlen(local) < CLOCK_LOCAL_SIZE);
}

static int reads(const char *line, int kind, int code, const char *text)
{
    struct reply_line reply;

    return protocol_parse_reply(line, &reply) && (int)reply.kind == kind && reply.code == code &&
           strcmp(reply.text, text) == 0;
}

#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void replies(void)
{
    char hex[PROTOCOL_HEX_SIZE];
    struct reply_line reply;
    uint64_t length, offset;
    const char *name;

    OK(reads("200 moo ACK", REPLY_LAST, 200, "moo ACK"));
    OK(reads("200  ACK", REPLY_LAST, 200, " ACK"));
    OK(reads("211-2 clients", REPLY_FIRST, 211, "2 clients"));
    OK(reads(" 211 name", REPLY_ITEM, 0, "211 name"));
    OK(reads(" ", REPLY_ITEM, 0, ""));
    OK(reads("599 ", REPLY_LAST, 599, ""));
    OK(!protocol_parse_reply("", &reply));
    OK(!protocol_parse_reply("2", &reply));
    OK(!protocol_parse_reply("200", &reply));
    OK(!protocol_parse_reply("200x", &reply));
    OK(!protocol_parse_reply("099 x", &reply));
    OK(!protocol_parse_reply("600 x", &reply));
    OK(!protocol_parse_reply("2a0 x", &reply));
    OK(!protocol_parse_reply("HTTP/1.1 400", &reply));

    OK(protocol_parse_transfer("5 0 meow.txt", &length, &offset, &name) && length == 5 &&
       offset == 0 && strcmp(name, "meow.txt") == 0);
    OK(protocol_parse_transfer("9000000000 12 a b", &length, &offset, &name) &&
       length == UINT64_C(9000000000) && offset == 12 && strcmp(name, "a b") == 0);
    OK(!protocol_parse_transfer("", &length, &offset, &name));
    OK(!protocol_parse_transfer("5", &length, &offset, &name));
    OK(!protocol_parse_transfer("5 0", &length, &offset, &name));
    OK(!protocol_parse_transfer("5 0 ", &length, &offset, &name));
    OK(!protocol_parse_transfer("-5 0 x", &length, &offset, &name));
    OK(!protocol_parse_transfer("5  0 x", &length, &offset, &name));
    OK(!protocol_parse_transfer("99999999999999999999 0 x", &length, &offset, &name));
    OK(protocol_parse_number("0", &length) && length == 0);
    OK(protocol_parse_number("9223372036854775799", &length));
    OK(!protocol_parse_number("9223372036854775808", &length));
    OK(!protocol_parse_number("", &length) && !protocol_parse_number("-1", &length));
    OK(!protocol_parse_number("1 ", &length) && !protocol_parse_number(" 1", &length));
    OK(protocol_parse_digest("sha256 " HEX " 5 meow.txt", hex, &length) && length == 5 &&
       strcmp(hex, HEX) == 0);
    OK(!protocol_parse_digest("sha256 " HEX "0 5 meow.txt", hex, &length));
    OK(!protocol_parse_digest("sha256 " HEX " 5", hex, &length));
    OK(!protocol_parse_digest("sha256 abc 5 x", hex, &length));
    OK(!protocol_parse_digest("md5 " HEX " 5 x", hex, &length));
    OK(!protocol_parse_transfer("0x5 0 x", &length, &offset, &name));
}

int main(void)
{
    cleanliness();
    each_place();
    names();
    showing();
    anything();
    times();
    replies();
    return tap_end();
}
