#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "server/wire/letters.h"
#include "server/wire/name.h"
#include "server/wire/protocol.h"
#include "server/wire/width.h"
#include "tests/unit/tap.h"

#define NAME(name)        OK(protocol_name_valid(name))
#define NO_NAME(name)     OK(!protocol_name_valid(name))
#define SAME(one, other)  OK(name_same(one, other) && name_same(other, one))
#define OTHER(one, other) OK(!name_same(one, other) && !name_same(other, one))

#define TEN(letter) letter letter letter letter letter letter letter letter letter letter

static void valid(void)
{
    NAME("a");
    NAME("Anna-B_9");
    NAME("Jos\u00e9");
    NAME("\u03a3\u03c9\u03ba\u03c1\u03ac\u03c4\u03b7\u03c2"); /* Greek */
    NAME("\u738b\u5c0f\u660e");                               /* Han */
    NAME("\u0928\u0947\u0939\u093e");                         /* Devanagari, with vowel signs */
    NAME("\u05d3\u05d5\u05d3");                               /* Hebrew */
    NAME("\u0e2a\u0e21\u0e0a\u0e32\u0e22\u0e34");             /* Thai */
    NAME("\uae40\ucca0\uc218");                               /* Korean */
    NAME(TEN("\U00020000") TEN("\U00020000") TEN("\U00020000") "a");
    NAME(TEN("a") TEN("a") TEN("a") "a");
    NO_NAME(TEN("a") TEN("a") TEN("a") "aa");
    NO_NAME(TEN("\u00e9") TEN("\u00e9") TEN("\u00e9") "\u00e9\u00e9");
    NO_NAME("");
    NO_NAME("a b");
    NO_NAME("a.b");
    NO_NAME("a/b");
    NO_NAME("*");
}

/* Nothing that cannot be seen, that turns the line around, or that separates. */
static void invalid(void)
{
    static const uint32_t bad[] = {
        0x00a0,   0x00ad,  0x00b7,  0x034f, 0x061c, 0x115f, 0x1160, 0x1680, 0x17b4, 0x180e,  0x2000,
        0x200b,   0x200c,  0x200d,  0x200e, 0x202e, 0x2028, 0x2029, 0x202f, 0x205f, 0x2060,  0x2066,
        0x2069,   0x2800,  0x3000,  0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffd, 0xe000,  0xffff,
        0x10ffff, 0x1f600, 0xe0041, 0x2215, 0x2044, 0x3001, 0xff0f, 0x0301, 0x20dd, 0xe0100,
    };
    size_t refused = 0;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused += !letters_is(bad[i]);
    OK(refused == sizeof bad / sizeof bad[0]);
    NO_NAME("Jose\u0301"); /* the accent apart: there is a letter with it */
    NO_NAME("\u093ea");    /* a mark in front */
    NO_NAME("a\xff");
    NO_NAME("a\xc3");
    NO_NAME("\xc0\xaf");
    NO_NAME("an\u202ena");
}

/* What is only another way to write a character, or punctuation that Unicode calls a letter. */
static void variants(void)
{
    static const uint32_t bad[] = {
        0x2e2f, 0xa4f8, 0xa4fd, 0xfdfa,  0xff12, 0xff21, 0xff76, 0x1d400, 0x1d7ce, 0xaa,
        0x2071, 0xfb01, 0x212a, 0x212b,  0x2126, 0x958,  0xfb1d, 0xf900,  0x1f71,  0x17f,
        0x3099, 0x132,  0xfe8d, 0x1ee00, 0x2460, 0xb5,   0x1c4,  0x24b6,
    };
    size_t refused = 0;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused += !letters_is(bad[i]);
    OK(refused == sizeof bad / sizeof bad[0]);
    NAME("\u0e04\u0e33");       /* Thai sara am, which looks like a variant to Unicode */
    NAME("\u0915\u093c");       /* ka with nukta: there is no one character for it in NFC */
    NO_NAME("\u0928\u093c");    /* na with nukta: there is one */
    NO_NAME("\u0627\u0653");    /* alef with madda */
    NO_NAME("\u304b\u3099");    /* ka with a voiced mark */
    NAME("\u05e9\u05bc\u05c1"); /* marks in their order, and the other way around */
    NO_NAME("\u05e9\u05c1\u05bc");
    NO_NAME("Vi\u00ea\u0323t");
    NAME("Vi\u1ec7t");
    OK(strstr(protocol_name_expects("Jose\u0301"), "one character with their accent") != NULL);
}

/* A word of a name has one of the alphabets that look alike. */
static void alphabets(void)
{
    NO_NAME("\u0421lient02");
    NO_NAME("\u0430nna");
    NO_NAME("i\u03bdan");
    NO_NAME("\ua4edob");
    NAME("\u0412\u0430\u0441\u044f_PC-2");
    NAME("\u5c0f\u660eabc");
    NAME("\u0410\u043d\u043d\u0430");
    NAME("\u03a3\u03c9\u03ba\u03c1\u03ac\u03c4\u03b7\u03c2_3");
    OK(strstr(protocol_name_expects("\u0430nna"), "one alphabet") != NULL);
}

static void look_alikes(void)
{
    SAME("\u0441\u043e\u0440", "cop");
    SAME("\u0412\u041e\u0412\u0410", "BOBA");
    SAME("\u041d\u0410\u041d\u0410", "HAHA");
    SAME("\u0391\u039d\u039d\u0391", "anna");
    SAME("\u0456\u0432\u0430\u043d"
         "1",
         "\u0406\u0412\u0410\u041d\u0661");
    SAME("a\u0661\u0967", "a11");
    SAME("\u0451", "\u00eb");
    SAME("\u0413", "\u0393");
    SAME("\ua4d0\ua4f3\ua4d0", "bob");
    OTHER("\u0438\u0432\u0430\u043d", "uban");
    OTHER("Kai", "Kal");
    OTHER("bob1", "bobl");
    OTHER("n", "v");
}

/* Every letter that may stand alone takes a column. */
static void seen(void)
{
    uint32_t unseen = 0, unfolded = 0, longer = 0;

    for (uint32_t c = 0x80; c < 0x40000; c++) {
        if (letters_is(c) && !letters_is_mark(c) && width_of(c) == 0)
            unseen = c;
        if (letters_fold(letters_fold(c)) != letters_fold(c))
            unfolded = c;
        if (letters_is(c) && !letters_is(letters_fold(c)))
            longer = c;
    }
    OK(unseen == 0);
    OK(unfolded == 0);
    OK(longer == 0);
}

static void same(void)
{
    SAME("", "");
    SAME("anna", "ANNA");
    SAME("Jos\u00e9", "JOS\u00c9");
    SAME("\u03a3\u03c9\u03c3", "\u03c3\u03a9\u03c2"); /* sigma, also at the end of a word */
    SAME("\u0416", "\u0436");
    SAME("\u1e9e", "\u00df"); /* of different lengths */
    SAME("\u212a", "k");
    SAME("\u0100", "\u0101"); /* every other character of a range */
    OTHER("\u0101", "\u0102");
    OTHER("\u0130", "i"); /* simple folding has no Turkish i */
    OTHER("anna", "ann");
    OTHER("", "a");
    OTHER("jose", "jos\u00e9");
    OTHER("\xff", "\xfe");
    OTHER("\xc3", "\xc3\xa9");
}

static void parts(void)
{
    OK(name_begins("JOS\u00c9: hello", "jos\u00e9") == 5);
    OK(name_begins("jos", "jos\u00e9") == 0);
    OK(name_begins("jos", "") == 0);
    OK(name_shared("Jos\u00e9", "JOS\u00c8") == 3);
    OK(name_shared("Jos\u00e9 b", "JOS\u00c9 c") == 6);
    OK(name_shared("a", "") == 0);
    OK(name_compare("Jos\u00e9", "JOS\u00c9") == 0 && name_compare("a", "B") < 0);
    OK(name_compare("ab", "a") > 0 && name_compare("", "a") < 0);
}

int main(void)
{
    valid();
    invalid();
    variants();
    alphabets();
    look_alikes();
    seen();
    same();
    parts();
    return tap_end();
}
