/* The head of an HTTP request (RFC 9110, RFC 9112), taken apart. Nothing is read, written or
 * allocated here, and what the result points to lies in the head, which is changed. Strict: what
 * two readers could understand in two ways is an error. */
#ifndef SERVER_WEB_HTTP_H
#define SERVER_WEB_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "server/limits.h"

enum http_status {
    HTTP_SWITCHING = 101,
    HTTP_OK = 200,
    HTTP_PARTIAL = 206,
    HTTP_MOVED = 301,
    HTTP_NOT_MODIFIED = 304,
    HTTP_BAD_REQUEST = 400,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_NOT_ALLOWED = 405,
    HTTP_TIMEOUT = 408,
    HTTP_FAILED = 412, /* a precondition */
    HTTP_TOO_LARGE = 413,
    HTTP_LONG_TARGET = 414,
    HTTP_PAST_END = 416,
    HTTP_MISDIRECTED = 421,
    HTTP_UPGRADE = 426,
    HTTP_LONG_FIELDS = 431,
    HTTP_UNKNOWN_METHOD = 501,
    HTTP_UNAVAILABLE = 503,
    HTTP_VERSION = 505,
};

struct http_field {
    const char *name, *value; /* without white space around them */
};

struct http_request {
    bool head_only;        /* HEAD; else GET */
    bool old;              /* HTTP/1.0 */
    const char *path;      /* decoded, and begins with '/'; may hold any bytes but NUL */
    const char *query;     /* as it came; "": none */
    const char *authority; /* "HOST" or "HOST:PORT"; NULL: HTTP/1.0 that names none */
    size_t fields;
    struct http_field field[LIMIT_WEB_FIELDS];
};

/* How many of these bytes are the head, with the empty line at its end; 0: it has not ended. What
 * cannot begin a request has no end to wait for, and is all of it. */
size_t http_head_length(const char *bytes, size_t length);

/* Whether the first line has ended. */
bool http_has_line(const char *bytes, size_t length);

/* Takes apart a whole head, at whose end there is room for a NUL. Returns HTTP_OK, or the status to
 * answer with; *why then says what is wrong, in one line. */
enum http_status http_parse(struct http_request *request, char *head, size_t length,
                            const char **why);

/* The value of a field, or NULL. A field that may come once is in no request twice. */
const char *http_value(const struct http_request *request, const char *name);

/* Whether a field, which is a list and may come more than once, has this word. */
bool http_lists(const struct http_request *request, const char *name, const char *word);

#endif
