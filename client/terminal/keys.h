/* What a terminal sends, as keys (ECMA-48, xterm's and the VT220's sequences). */
#ifndef CLIENT_TERMINAL_KEYS_H
#define CLIENT_TERMINAL_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum stroke {
    KEY_NONE, /* a sequence without a meaning here */
    KEY_TEXT, /* a character */
    KEY_ENTER,
    KEY_TAB,
    KEY_BACKSPACE,
    KEY_DELETE,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
    KEY_KILL_END,        /* Ctrl-K */
    KEY_KILL_LINE,       /* Ctrl-U */
    KEY_KILL_BLANK,      /* Ctrl-W: back to a blank */
    KEY_KILL_WORD,       /* Alt-Backspace */
    KEY_KILL_WORD_RIGHT, /* Alt-D */
    KEY_YANK,            /* Ctrl-Y */
    KEY_TRANSPOSE,       /* Ctrl-T */
    KEY_CLEAR,           /* Ctrl-L */
    KEY_EOF,             /* Ctrl-D: also KEY_DELETE */
    KEY_INTERRUPT,       /* Ctrl-C */
    KEY_SEARCH,          /* Ctrl-R */
    KEY_CANCEL,          /* Ctrl-G, Escape */
    KEY_SUSPEND,         /* Ctrl-Z */
    KEY_PASTE,           /* what follows, until KEY_PASTE_END, was pasted */
    KEY_PASTE_END,
};

/* Decodes the key that `length` bytes begin with. Returns how many of the bytes are that key's, or
 * 0: the rest of the key has not come. final: nothing more comes now, so ESC is the key Escape and
 * not the beginning of a sequence. The bytes of KEY_TEXT are one character of UTF-8, not a control
 * character. */
size_t keys_decode(const char *bytes, size_t length, bool final, enum stroke *key);

#endif
