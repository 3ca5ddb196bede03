/* The fields and counters of a report, for both forms: text for people (report_text.h) and JSON for
 * programs (report_json.h). */
#ifndef SHM_CTL_FIELDS_H
#define SHM_CTL_FIELDS_H

#include "shm/ctl/format.h"
#include "shm/ctl/limits.h"
#include "shm/ctl/survey.h"

enum field_kind {
    FIELD_TEXT,
    FIELD_HAND_TEXT, /* unknown while the hand is down */
    FIELD_PEER,
    FIELD_TIME,
    FIELD_WHY,
    FIELD_HAS,
    FIELD_EARLIER,
    FIELD_DIGEST,
    FIELD_VIA,  /* in text only if somebody came another way than all do with a terminal */
    FIELD_PORT, /* this and all below are numbers */
    FIELD_HAND, /* the number in the queue, unknown while the hand is down */
    FIELD_COUNT,
    FIELD_BYTES,
    FIELD_DOING_BYTES, /* unknown while the client does nothing */
    FIELD_SPAN,
};

struct field {
    const char *heading; /* NULL: in JSON only */
    const char *key;     /* JSON */
    enum field_kind kind;
    size_t offset; /* in struct report_line */
};

struct field_list {
    const char *key;        /* JSON: the list's name */
    const char *number;     /* JSON: what report_line.number is */
    const char *noun;       /* the same in text */
    const char *one, *many; /* what the lines are, for the heading; NULL for status */
    const struct field *fields;
    size_t count;
};

const struct field_list *fields_of(enum report_kind kind);

/* Whether the field is a number: unquoted in JSON, and at the right of its column. */
bool fields_is_number(const struct field *field);

/* Writes a field's value, "" if unknown; exact: as in format.h. */
void fields_format(char to[FORMAT_SIZE], const struct report_line *line, const struct field *field,
                   bool exact);

/* The counters, by group. */
enum counter_group { COUNTERS, COUNTERS_REFUSED, COUNTERS_LEFT };
struct counter {
    const char *key;   /* JSON */
    const char *words; /* for people */
    uint64_t value;
};

/* Reads counter i of a group. Returns false if the group has no such counter. */
bool fields_counter(const struct report *report, enum counter_group group, size_t i,
                    struct counter *counter);

#endif
