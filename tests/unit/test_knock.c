#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/handler/knock.h"
#include "server/wire/protocol.h"
#include "tests/unit/tap.h"

static enum knock whole(const char *line)
{
    return knock_of(line, strlen(line), true);
}

static void http(void)
{
    static const char *const lines[] = {
        "GET / HTTP/1.1",      "POST /say?hello HTTP/1.0",       "PRI * HTTP/2.0",
        "OPTIONS * HTTP/1.1",  "CONNECT room:8000 HTTP/1.1",     "msg /x HTTP/1.1",
        "x!#$ /x HTTP/1.1",    "GET http://room:8000/ HTTP/1.1", "GET /",
        "GET /a b c HTTP/1.1", "OPTIONS rtsp://room RTSP/1.0",   "OPTIONS sip:nm SIP/2.0",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        OK(whole(lines[i]) == KNOCK_HTTP);
}

static void others(void)
{
    static const char *const lines[] = {"SSH-2.0-OpenSSH_9.2", "EHLO there", "HELO there",
                                        "PROXY TCP4 192.0.2.1 192.0.2.2 5 8000"};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        OK(whole(lines[i]) == KNOCK_OTHER);
    /* bytes are known before a line ends */
    OK(knock_of("\x16\x03\x01\x02\x00\x01\x00", 7, false) == KNOCK_OTHER);
    OK(knock_of("\x03\x00\x00\x13\x0e\xe0", 6, false) == KNOCK_OTHER);
    OK(knock_of("\0", 1, false) == KNOCK_OTHER);
    OK(knock_of("\x16", 1, false) == KNOCK_OURS);
    OK(knock_of("\x03", 1, false) == KNOCK_OURS);
}

static void ours(void)
{
    static const char *const lines[] = {
        "",
        "hello",
        "GET",
        "GET ",
        "GET it",
        "I speak HTTP",
        "I speak it: HTTP/1.1",
        "we all speak HTTP/1.1",
        "HTTP/1.1",
        " / HTTP/1.1",
        "GET  HTTP/1.1",
        "msg:GET / HTTP/1.1",
        "file:x HTTP/1.1",
        "see /tmp HTTP/1",
        "see /tmp HTTP/11.1",
        "see /tmp http/1.1",
        "SSH",
        "EHLO",
        "helo you",
        "ehlo you",
        "PROXY",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        OK(whole(lines[i]) == KNOCK_OURS);
    OK(knock_of("GET / HTTP/1.1", 14, false) == KNOCK_OURS); /* the line may go on */
}

/* The end of a line that is too long is not there. */
static void too_long(void)
{
    static char line[PROTOCOL_REQUEST_MAX + 2];

    memset(line, 'a', sizeof line);
    OK(knock_of(line, sizeof line, true) == KNOCK_OURS);
    memcpy(line, "PUT /", 5);
    OK(knock_of(line, sizeof line, true) == KNOCK_HTTP);
    memcpy(line, "PUT http://", 11);
    OK(knock_of(line, sizeof line, true) == KNOCK_HTTP);
    memcpy(line, "put it here", 11);
    OK(knock_of(line, sizeof line, true) == KNOCK_OURS);
}

static void answer(void)
{
    const char *body = strstr(knock_http_answer, "\r\n\r\n");
    const char *length = strstr(knock_http_answer, "Content-Length: ");

    OK(body != NULL && length != NULL && length < body &&
       strtoul(length + strlen("Content-Length: "), NULL, 10) == strlen(body + 4));
}

int main(void)
{
    http();
    others();
    ours();
    too_long();
    answer();
    return tap_end();
}
