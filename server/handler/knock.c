#define _POSIX_C_SOURCE 200809L

#include "server/handler/knock.h"

#include <string.h>

#include "server/wire/protocol.h"

/* Its Content-Length is that of the text. */
const char knock_http_answer[] = "HTTP/1.1 400 Bad Request\r\n"
                                 "Content-Type: text/plain\r\n"
                                 "Content-Length: 147\r\n"
                                 "Connection: close\r\n"
                                 "\r\n"
                                 "This is the port of a rollcall room, which speaks no HTTP. "
                                 "Connect with rollcall or nc; the page "
                                 "for browsers is at another port, if there is one.\n";

/* Here and below without memcmp and strchr, which would cost a handler a page of the C library. */
static bool begins(const char *bytes, size_t length, const char *with)
{
    size_t same = 0;

    while (same < length && with[same] != '\0' && bytes[same] == with[same])
        same++;
    return with[same] == '\0';
}

/* These send bytes, of which the first tell. A NUL begins SMB, and the third line of the PROXY
 * protocol's second version; no line of ours holds one of them. */
static bool is_binary(const char *bytes, size_t length)
{
    return (length >= 1 && bytes[0] == '\0') ||
           begins(bytes, length, "\x16\x03") || /* a TLS record: handshake, version 3.x */
           (length >= 2 && bytes[0] == 3 && bytes[1] == '\0'); /* RDP: TPKT, version 3 */
}

static bool is_in(char c, const char *set)
{
    while (*set != '\0' && *set != c)
        set++;
    return *set != '\0';
}

/* How many bytes from the first on are those of a method: a token of RFC 9110, section 5.6.2. */
static size_t span_of_token(const char *bytes, size_t length)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    size_t used = 0;

    while (used < length &&
           ((bytes[used] >= 'A' && bytes[used] <= 'Z') ||
            (bytes[used] >= 'a' && bytes[used] <= 'z') ||
            (bytes[used] >= '0' && bytes[used] <= '9') || is_in(bytes[used], marks)))
        used++;
    return used;
}

/* "HTTP/1.1", or what was made after it, as "RTSP/1.0" and "SIP/2.0". */
static bool is_version(const char *word, size_t length)
{
    size_t name = 0;

    while (name < length && word[name] >= 'A' && word[name] <= 'Z')
        name++;
    return name > 0 && length == name + 4 && word[name] == '/' && word[name + 1] >= '0' &&
           word[name + 1] <= '9' && word[name + 2] == '.' && word[name + 3] >= '0' &&
           word[name + 3] <= '9';
}

/* "METHOD TARGET HTTP/1.1", and, as it was in the beginning, "GET /TARGET". Of a line that is too
 * long the end is not here. */
static bool is_http(const char *bytes, size_t length)
{
    size_t method = span_of_token(bytes, length);
    const char *target = bytes + method + 1, *space;
    size_t left = length > method ? length - method - 1 : 0;

    if (method == 0 || left == 0 || bytes[method] != ' ')
        return false;
    if (begins(bytes, length, "GET /"))
        return true;
    if (length > PROTOCOL_REQUEST_MAX)
        return target[0] == '/' || target[0] == '*' || begins(target, left, "http");
    space = memchr(target, ' ', left);
    return space != NULL && space > target &&
           is_version(space + 1, left - (size_t)(space + 1 - target));
}

enum knock knock_of(const char *bytes, size_t length, bool whole)
{
    static const char *const others[] = {"SSH-", "EHLO ", "HELO ", "PROXY "};

    if (is_binary(bytes, length))
        return KNOCK_OTHER;
    if (!whole)
        return KNOCK_OURS;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (begins(bytes, length, others[i]))
            return KNOCK_OTHER;
    return is_http(bytes, length) ? KNOCK_HTTP : KNOCK_OURS;
}
