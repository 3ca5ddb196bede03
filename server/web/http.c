#define _POSIX_C_SOURCE 200809L

#include "server/web/http.h"

#include <string.h>
#include <strings.h>

#include "server/web/host.h"

/* ---- characters */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Of a token (RFC 9110, section 5.6.2): a method, or a field's name. */
static bool is_token(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static size_t token_length(const char *text)
{
    size_t length = 0;

    while (is_token(text[length]))
        length++;
    return length;
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- where the head ends */

/* Empty lines in front of a request are no part of it (RFC 9112, section 2.2). */
static size_t skip_empty(const char *bytes, size_t length)
{
    size_t at = 0;

    while (at + 1 < length && bytes[at] == '\r' && bytes[at + 1] == '\n')
        at += 2;
    return at;
}

static const char *line_end(const char *from, const char *end)
{
    return from < end ? memchr(from, '\n', (size_t)(end - from)) : NULL;
}

bool http_has_line(const char *bytes, size_t length)
{
    size_t at = skip_empty(bytes, length);

    return line_end(bytes + at, bytes + length) != NULL;
}

/* A TLS hello, or a line of another protocol: whoever sends it waits for an answer. */
static bool is_no_request(const char *line, const char *end, const char *lf)
{
    static const char mark[] = " HTTP/";

    if (line < end && !is_token(*line) && !(*line == '\r' && line + 1 == end))
        return true;
    for (const char *at = line; lf != NULL && at + sizeof mark - 1 <= lf; at++)
        if (memcmp(at, mark, sizeof mark - 1) == 0)
            return false;
    return lf != NULL;
}

size_t http_head_length(const char *bytes, size_t length)
{
    const char *end = bytes + length, *line = bytes + skip_empty(bytes, length);
    const char *lf = line_end(line, end);

    if (is_no_request(line, end, lf))
        return length;
    for (; lf != NULL; lf = line_end(line, end)) {
        line = lf + 1;
        if (line < end && *line == '\n')
            return (size_t)(line - bytes) + 1;
        if (line + 1 < end && line[0] == '\r' && line[1] == '\n')
            return (size_t)(line - bytes) + 2;
    }
    return 0;
}

/* ---- lines */

/* Ends the next line with a NUL in place of its CR LF, and moves *at behind it. NULL: it ends in
 * another way, or holds what no line may hold. */
static char *take_line(char **at, const char *end)
{
    char *line = *at, *lf = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;

    if (lf == NULL || lf == line || lf[-1] != '\r')
        return NULL;
    lf[-1] = '\0';
    for (const char *c = line; c < lf - 1; c++)
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
            return NULL;
    *at = lf + 1;
    return line;
}

/* Decodes %XX in place, up to the end. False: something else follows a '%', or it is a NUL. */
static bool decode(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        int high = 0, low = 0;

        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        high = hex_value(from[1]);
        low = high < 0 ? -1 : hex_value(from[2]);
        if (low < 0 || high * 16 + low == 0)
            return false;
        *to++ = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    return true;
}

/* "/PATH?QUERY", or "http://AUTHORITY/PATH?QUERY" as a proxy is asked (RFC 9112, section 3.2). The
 * authority moves to the left, over the scheme, to make room for its NUL. */
static bool take_target(struct http_request *request, char *target)
{
    static const char scheme[] = "http://";
    char *path = target, *query;

    if (strncasecmp(target, scheme, sizeof scheme - 1) == 0) {
        char *authority = target + sizeof scheme - 1;
        size_t length = strcspn(authority, "/?");

        path = authority + length;
        memmove(target, authority, length);
        target[length] = '\0';
        request->authority = target;
        if (*path == '\0')
            *--path = '/'; /* the NUL that ends it is the target's */
    }
    if (*path != '/' || strchr(path, '#') != NULL)
        return false;
    query = strchr(path, '?');
    request->query = "";
    if (query != NULL) {
        *query = '\0';
        request->query = query + 1;
    }
    request->path = path;
    return decode(path);
}

/* "HTTP/1.1"; any HTTP/1.x can be answered. */
static enum http_status take_version(struct http_request *request, const char *version)
{
    if (strncmp(version, "HTTP/", 5) != 0 || !is_digit(version[5]) || version[6] != '.' ||
        !is_digit(version[7]) || version[8] != '\0')
        return HTTP_BAD_REQUEST;
    request->old = version[7] == '0';
    return version[5] == '1' ? HTTP_OK : HTTP_VERSION;
}

static enum http_status wrong(const char **why, enum http_status status, const char *text)
{
    *why = text;
    return status;
}

/* "METHOD TARGET VERSION", with one space between them. */
static enum http_status take_request_line(struct http_request *request, char *line,
                                          const char **method, const char **why)
{
    static const char expected[] = "Expected a line 'METHOD TARGET HTTP/1.1' that ends in CR LF.";
    size_t length = line != NULL ? token_length(line) : 0;
    char *target = length > 0 && line[length] == ' ' ? line + length + 1 : NULL;
    char *version = target != NULL ? strchr(target, ' ') : NULL;
    enum http_status status;

    if (version == NULL || strchr(line, '\t') != NULL)
        return wrong(why, HTTP_BAD_REQUEST, expected);
    line[length] = *version++ = '\0';
    *method = line;
    status = take_version(request, version);
    if (status == HTTP_VERSION)
        return wrong(why, status, "Expected HTTP/1.1 or HTTP/1.0.");
    if (status != HTTP_OK)
        return wrong(why, status, expected);
    if (strcmp(target, "*") == 0 || strcmp(line, "CONNECT") == 0) { /* neither GET nor HEAD */
        request->path = request->query = "";
        return HTTP_OK;
    }
    if (!take_target(request, target))
        return wrong(why, HTTP_BAD_REQUEST, "Expected a target that begins with '/'.");
    return HTTP_OK;
}

/* ---- fields */

/* Two of one of these could be understood in two ways. */
static bool comes_once(const char *name)
{
    static const char *const names[] = {
        "host",          "content-length",    "transfer-encoding",   "origin",
        "range",         "if-range",          "sec-websocket-key",   "sec-websocket-version",
        "if-none-match", "if-modified-since", "if-unmodified-since", "if-match",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* "NAME: VALUE". False for a line that goes on with the one before it, too: nobody sends those any
 * more but who wants to smuggle something. */
static bool take_field(struct http_field *field, char *line)
{
    size_t length = token_length(line);
    char *value = line + length + 1, *end;

    if (length == 0 || line[length] != ':')
        return false;
    line[length] = '\0';
    value += strspn(value, " \t");
    end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    *field = (struct http_field){.name = line, .value = value};
    return true;
}

static enum http_status take_fields(struct http_request *request, char *at, const char *end,
                                    const char **why)
{
    char *line;

    while ((line = take_line(&at, end)) != NULL && *line != '\0') {
        struct http_field *field = &request->field[request->fields];

        if (request->fields == LIMIT_WEB_FIELDS)
            return wrong(why, HTTP_LONG_FIELDS, "Too many fields: at most 64.");
        if (!take_field(field, line))
            return wrong(why, HTTP_BAD_REQUEST, "Expected fields 'NAME: VALUE'.");
        if (comes_once(field->name) && http_value(request, field->name) != NULL)
            return wrong(why, HTTP_BAD_REQUEST, "A field comes twice that may come once.");
        request->fields++;
    }
    if (line == NULL || at != end)
        return wrong(why, HTTP_BAD_REQUEST,
                     "Expected lines that end in CR LF, without control characters.");
    return HTTP_OK;
}

const char *http_value(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->fields; i++)
        if (strcasecmp(request->field[i].name, name) == 0)
            return request->field[i].value;
    return NULL;
}

static bool list_has(const char *list, const char *word)
{
    while (*list != '\0') {
        size_t length;

        list += strspn(list, ", \t");
        length = strcspn(list, ", \t");
        if (length > 0 && length == strlen(word) && strncasecmp(list, word, length) == 0)
            return true;
        list += length;
    }
    return false;
}

bool http_lists(const struct http_request *request, const char *name, const char *word)
{
    for (size_t i = 0; i < request->fields; i++)
        if (strcasecmp(request->field[i].name, name) == 0 &&
            list_has(request->field[i].value, word))
            return true;
    return false;
}

/* ---- the request as a whole */

/* Where the message ends must be plain. No request that is answered here has content, so none is
 * read: the connection ends after the answer. */
static enum http_status check_content(const struct http_request *request, bool *has,
                                      const char **why)
{
    const char *length = http_value(request, "content-length");
    const char *coding = http_value(request, "transfer-encoding");

    if (length != NULL &&
        (coding != NULL || *length == '\0' || strspn(length, "0123456789") != strlen(length)))
        return wrong(why, HTTP_BAD_REQUEST, "The length of the content is not plain.");
    if (coding != NULL && (request->old || strcasecmp(coding, "chunked") != 0))
        return wrong(why, request->old ? HTTP_BAD_REQUEST : HTTP_UNKNOWN_METHOD,
                     "Expected no transfer coding.");
    *has = coding != NULL || (length != NULL && strspn(length, "0") != strlen(length));
    return HTTP_OK;
}

static enum http_status check_method(struct http_request *request, const char *method,
                                     const char **why)
{
    static const char *const known[] = {"POST",  "PUT",     "DELETE", "OPTIONS",
                                        "PATCH", "CONNECT", "TRACE"};

    request->head_only = strcmp(method, "HEAD") == 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(method, known[i]) == 0)
            return wrong(why, HTTP_NOT_ALLOWED, "Expected GET or HEAD.");
    if (!request->head_only && strcmp(method, "GET") != 0)
        return wrong(why, HTTP_UNKNOWN_METHOD, "Expected GET or HEAD.");
    if (request->path[0] != '/')
        return wrong(why, HTTP_BAD_REQUEST, "Expected a target that begins with '/'.");
    return HTTP_OK;
}

/* The target's authority counts, if it has one; a Host must be there all the same. */
static bool has_authority(struct http_request *request)
{
    const char *host = http_value(request, "host");
    char name[HOST_SIZE];
    unsigned port;

    if (host == NULL && !request->old)
        return false;
    if (request->authority == NULL)
        request->authority = host;
    return (host == NULL || host_parse(host, name, &port)) &&
           (request->authority == NULL || host_parse(request->authority, name, &port));
}

enum http_status http_parse(struct http_request *request, char *head, size_t length,
                            const char **why)
{
    char *at = head + skip_empty(head, length);
    const char *method = "";
    enum http_status status;
    bool has_content;

    memset(request, 0, sizeof *request);
    status = take_request_line(request, take_line(&at, head + length), &method, why);
    if (status == HTTP_OK)
        status = take_fields(request, at, head + length, why);
    if (status != HTTP_OK)
        return status;
    if (!has_authority(request))
        return wrong(why, HTTP_BAD_REQUEST, "Expected one field 'Host: NAME' or 'NAME:PORT'.");
    status = check_content(request, &has_content, why);
    if (status == HTTP_OK)
        status = check_method(request, method, why);
    if (status == HTTP_OK && has_content)
        return wrong(why, HTTP_TOO_LARGE, "Expected a request without content.");
    return status;
}
