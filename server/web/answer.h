/* The heads of answers. Each has the fields that keep a browser from doing with it what it is not
 * meant for, and ends the connection. */
#ifndef SERVER_WEB_ANSWER_H
#define SERVER_WEB_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "server/web/http.h"

#define ANSWER_HEAD_SIZE 4096

struct answer {
    char text[ANSWER_HEAD_SIZE];
    size_t used;
    bool full; /* a field did not fit */
};

/* "Not Found" */
const char *answer_reason(enum http_status status);

/* Begins with the status and the fields that all answers have. policy: what the page may do, as in
 * Content-Security-Policy, beside what none may; NULL: nothing. */
void answer_begin(struct answer *answer, enum http_status status, const char *policy);

/* Adds "NAME: VALUE". */
void answer_field(struct answer *answer, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a time, as HTTP has it. */
void answer_time(struct answer *answer, const char *name, time_t when);

/* Adds a path relative to the one that was asked for: a name's, as that of a directory; behind it
 * the query. */
void answer_path(struct answer *answer, const char *name, const char *path, const char *query);

/* Has the browser store the content under this name, which may be any (RFC 6266, RFC 8187). */
void answer_attachment(struct answer *answer, const char *name);

/* Adds the empty line. False: it did not fit. */
bool answer_end(struct answer *answer);

#endif
