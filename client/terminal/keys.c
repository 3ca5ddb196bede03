#include "client/terminal/keys.h"

#include <stdint.h>
#include <string.h>

#include "server/wire/text.h"

#define ESCAPE '\033'

/* What follows ESC [ or ESC O: the parameters and the final byte. */
static const struct {
    const char *sequence;
    enum stroke key;
} sequences[] = {
    {"A", KEY_UP},           {"B", KEY_DOWN},
    {"C", KEY_RIGHT},        {"D", KEY_LEFT},
    {"H", KEY_HOME},         {"F", KEY_END},
    {"1~", KEY_HOME},        {"7~", KEY_HOME},
    {"4~", KEY_END},         {"8~", KEY_END},
    {"3~", KEY_DELETE},      {"1;5C", KEY_WORD_RIGHT},
    {"1;5D", KEY_WORD_LEFT}, {"1;3C", KEY_WORD_RIGHT},
    {"1;3D", KEY_WORD_LEFT}, {"5C", KEY_WORD_RIGHT},
    {"5D", KEY_WORD_LEFT},   {"c", KEY_WORD_RIGHT},
    {"d", KEY_WORD_LEFT},    {"200~", KEY_PASTE},
    {"201~", KEY_PASTE_END}, {"3;5~", KEY_KILL_WORD_RIGHT},
};

static enum stroke control(unsigned char byte)
{
    switch (byte) {
    case 'A' & 0x1f:
        return KEY_HOME;
    case 'B' & 0x1f:
        return KEY_LEFT;
    case 'C' & 0x1f:
        return KEY_INTERRUPT;
    case 'D' & 0x1f:
        return KEY_EOF;
    case 'E' & 0x1f:
        return KEY_END;
    case 'F' & 0x1f:
        return KEY_RIGHT;
    case 'G' & 0x1f:
        return KEY_CANCEL;
    case '\b':
    case 0x7f:
        return KEY_BACKSPACE;
    case '\t':
        return KEY_TAB;
    case '\n':
    case '\r':
        return KEY_ENTER;
    case 'K' & 0x1f:
        return KEY_KILL_END;
    case 'L' & 0x1f:
        return KEY_CLEAR;
    case 'N' & 0x1f:
        return KEY_DOWN;
    case 'P' & 0x1f:
        return KEY_UP;
    case 'R' & 0x1f:
        return KEY_SEARCH;
    case 'T' & 0x1f:
        return KEY_TRANSPOSE;
    case 'U' & 0x1f:
        return KEY_KILL_LINE;
    case 'W' & 0x1f:
        return KEY_KILL_BLANK;
    case 'Y' & 0x1f:
        return KEY_YANK;
    case 'Z' & 0x1f:
        return KEY_SUSPEND;
    default:
        return KEY_NONE;
    }
}

/* ESC and a letter: Alt and the letter. */
static enum stroke alt(char letter)
{
    switch (letter) {
    case 'b':
        return KEY_WORD_LEFT;
    case 'f':
        return KEY_WORD_RIGHT;
    case 'd':
        return KEY_KILL_WORD_RIGHT;
    case '\b':
    case 0x7f:
        return KEY_KILL_WORD;
    default:
        return KEY_NONE;
    }
}

/* Decodes what follows ESC: "[" or "O" and the rest. Returns its bytes, 0: the rest has not come.
 */
static size_t decode_sequence(const char *bytes, size_t length, enum stroke *key)
{
    size_t size = length > 0 && bytes[0] == '['; /* Linux's console: ESC [ [ A is F1 */

    while (size < length && (unsigned char)bytes[size] >= 0x20 && (unsigned char)bytes[size] < 0x40)
        size++;
    if (size == length)
        return 0;
    size++;
    *key = KEY_NONE;
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
        if (strlen(sequences[i].sequence) == size &&
            memcmp(sequences[i].sequence, bytes, size) == 0)
            *key = sequences[i].key;
    return size;
}

static size_t decode_escape(const char *bytes, size_t length, bool final, enum stroke *key)
{
    size_t size;

    *key = KEY_CANCEL;
    if (length == 1)
        return final ? 1 : 0;
    if (bytes[1] != '[' && bytes[1] != 'O') {
        *key = alt(bytes[1]);
        return bytes[1] == ESCAPE ? 1 : 2;
    }
    size = decode_sequence(bytes + 2, length - 2, key);
    if (size > 0)
        return size + 2;
    *key = KEY_NONE;
    return final || length > 32 ? length : 0;
}

size_t keys_decode(const char *bytes, size_t length, bool final, enum stroke *key)
{
    uint32_t c;
    size_t size, needed;

    *key = KEY_NONE;
    if (length == 0)
        return 0;
    if (bytes[0] == ESCAPE)
        return decode_escape(bytes, length, final, key);
    if ((unsigned char)bytes[0] < 0x20 || bytes[0] == 0x7f) {
        *key = control((unsigned char)bytes[0]);
        return 1;
    }
    size = text_decode(bytes, length, &c);
    if (size > 0) {
        *key = text_is_clean(bytes, size) ? KEY_TEXT : KEY_NONE;
        return size;
    }
    needed = (unsigned char)bytes[0] >= 0xf5   ? 1
             : (unsigned char)bytes[0] >= 0xf0 ? 4
             : (unsigned char)bytes[0] >= 0xe0 ? 3
             : (unsigned char)bytes[0] >= 0xc2 ? 2
                                               : 1;
    return !final && length < needed ? 0 : 1; /* the beginning of a character, or an invalid byte */
}
