/* One line of the journal, as the clerk writes it and rollcallctl reads it. Its fields are
 * separated by TABs:
 *
 *   sequence  UTC with milliseconds  milliseconds since the boot  event  serial  place  name
 *   address  port  key=value...
 *
 * A field that does not apply is "-". In a value a backslash, a TAB, and what text_show does not
 * let through are escaped; entry_parse undoes that. The first line of a journal is its version
 * line. */
#ifndef SERVER_WIRE_ENTRY_H
#define SERVER_WIRE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTRY_MAX     20000 /* bytes of a line with its LF and a NUL: 3.5 KB of text, all escaped */
#define ENTRY_KEYS    16    /* of a line; a reader ignores those that follow */
#define ENTRY_VERSION "rollcall-journal\t1\t" /* how the version line begins; the room follows */

struct entry {
    uint64_t sequence;
    int64_t when;      /* milliseconds since the Epoch */
    int64_t boot;      /* milliseconds since the boot, suspended time included */
    const char *event; /* "arrived" */
    uint64_t serial;   /* of the session; 0: the line is about none */
    uint32_t place;    /* the slot, from 1; 0: none */
    const char *name;  /* "-": none; so is the address */
    const char *address;
    unsigned port;
    size_t keys;
    struct {
        const char *key, *value;
    } key[ENTRY_KEYS];
};

/* Takes apart a NUL-terminated line without its LF, in place: the strings point into it. False: the
 * line is none of a journal. */
bool entry_parse(char *line, struct entry *entry);

/* The value of a key, or NULL; as a number, or `otherwise`. */
const char *entry_value(const struct entry *entry, const char *key);
uint64_t entry_number(const struct entry *entry, const char *key, uint64_t otherwise);

/* A line that is being put together. What does not fit is cut, and the line is still whole. */
struct entry_text {
    size_t used;
    char text[ENTRY_MAX];
};

/* The fields of the entry, whose keys are ignored; then keys, and the LF. */
void entry_begin(struct entry_text *to, const struct entry *entry);
void entry_add(struct entry_text *to, const char *key, const char *value);
void entry_add_number(struct entry_text *to, const char *key, uint64_t number);
void entry_add_time(struct entry_text *to, const char *key, int64_t when);
void entry_end(struct entry_text *to);

/* Milliseconds since the Epoch as "2026-11-26T12:01:34.567Z", and back. A time outside the years
 * 1970 to 9999 becomes the nearest one. */
#define ENTRY_TIME 25
void entry_time(char to[ENTRY_TIME], int64_t when);
bool entry_parse_time(const char *text, int64_t *when);

#endif
