#define _POSIX_C_SOURCE 200809L

#include "server/web/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/web/date.h"

#define NAME_SIZE_MOST 256 /* bytes of a file's name, with its NUL */

const char *answer_reason(enum http_status status)
{
    static const struct {
        enum http_status status;
        const char *reason;
    } reasons[] = {
        {HTTP_SWITCHING, "Switching Protocols"},
        {HTTP_OK, "OK"},
        {HTTP_PARTIAL, "Partial Content"},
        {HTTP_MOVED, "Moved Permanently"},
        {HTTP_NOT_MODIFIED, "Not Modified"},
        {HTTP_BAD_REQUEST, "Bad Request"},
        {HTTP_FORBIDDEN, "Forbidden"},
        {HTTP_NOT_FOUND, "Not Found"},
        {HTTP_NOT_ALLOWED, "Method Not Allowed"},
        {HTTP_TIMEOUT, "Request Timeout"},
        {HTTP_FAILED, "Precondition Failed"},
        {HTTP_TOO_LARGE, "Content Too Large"},
        {HTTP_LONG_TARGET, "URI Too Long"},
        {HTTP_PAST_END, "Range Not Satisfiable"},
        {HTTP_MISDIRECTED, "Misdirected Request"},
        {HTTP_UPGRADE, "Upgrade Required"},
        {HTTP_LONG_FIELDS, "Request Header Fields Too Large"},
        {HTTP_UNKNOWN_METHOD, "Not Implemented"},
        {HTTP_UNAVAILABLE, "Service Unavailable"},
        {HTTP_VERSION, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

static void add(struct answer *answer, const char *text, size_t length)
{
    if (answer->used + length >= sizeof answer->text) {
        answer->full = true;
        return;
    }
    memcpy(answer->text + answer->used, text, length);
    answer->used += length;
}

static void add_text(struct answer *answer, const char *text)
{
    add(answer, text, strlen(text));
}

void answer_field(struct answer *answer, const char *name, const char *format, ...)
{
    char value[2048];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof value) {
        answer->full = true;
        return;
    }
    add_text(answer, name);
    add_text(answer, ": ");
    add(answer, value, (size_t)length);
    add_text(answer, "\r\n");
}

void answer_time(struct answer *answer, const char *name, time_t when)
{
    char date[DATE_SIZE];

    date_write(date, when);
    answer_field(answer, name, "%s", date);
}

void answer_begin(struct answer *answer, enum http_status status, const char *policy)
{
    char line[64];

    *answer = (struct answer){.used = 0};
    (void)snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", (int)status, answer_reason(status));
    add_text(answer, line);
    if (status == HTTP_SWITCHING)
        return;
    answer_time(answer, "Date", time(NULL));
    answer_field(answer, "Connection", "close");
    answer_field(answer, "Content-Security-Policy",
                 "default-src 'none'; base-uri 'none'; form-action 'none'; "
                 "frame-ancestors 'none'%s%s",
                 policy ? "; " : "", policy ? policy : "");
    answer_field(answer, "X-Content-Type-Options", "nosniff");
    answer_field(answer, "X-Frame-Options", "DENY");
    answer_field(answer, "Referrer-Policy", "no-referrer");
    answer_field(answer, "Cross-Origin-Resource-Policy", "same-origin");
}

/* Of attr-char in RFC 8187, section 3.2.1. */
static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$&+-.^_`|~", c) != NULL);
}

/* Writes what is no attr-char as %XX. */
static void code(char *to, size_t size, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t used = 0;

    for (; *text != '\0' && used + 4 <= size; text++) {
        if (is_plain(*text)) {
            to[used++] = *text;
            continue;
        }
        to[used++] = '%';
        to[used++] = digits[(unsigned char)*text >> 4];
        to[used++] = digits[*text & 15];
    }
    to[used] = '\0';
}

void answer_path(struct answer *answer, const char *name, const char *path, const char *query)
{
    char coded[3 * NAME_SIZE_MOST + 1];

    code(coded, sizeof coded, path);
    answer_field(answer, name, "./%s/%s%s", coded, query[0] != '\0' ? "?" : "", query);
}

void answer_attachment(struct answer *answer, const char *name)
{
    char plain[NAME_SIZE_MOST], coded[3 * NAME_SIZE_MOST + 1];
    size_t length = 0;

    for (; name[length] != '\0' && length + 1 < sizeof plain; length++)
        plain[length] = is_plain(name[length]) || name[length] == ' ' ? name[length] : '_';
    plain[length] = '\0';
    code(coded, sizeof coded, name);
    answer_field(answer, "Content-Disposition", "attachment; filename=\"%s\"; filename*=UTF-8''%s",
                 plain, coded);
}

bool answer_end(struct answer *answer)
{
    add_text(answer, "\r\n");
    return !answer->full;
}
