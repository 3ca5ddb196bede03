#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <string.h>

#include "server/web/answer.h"
#include "server/web/condition.h"
#include "server/web/date.h"
#include "server/web/host.h"
#include "server/web/http.h"
#include "server/web/query.h"
#include "server/web/token.h"
#include "tests/unit/tap.h"

static struct http_request request;
static char head[LIMIT_WEB_HEAD + 1];

static enum http_status parse(const char *text)
{
    const char *why;

    (void)snprintf(head, sizeof head, "%s", text);
    return http_parse(&request, head, strlen(head), &why);
}

static void requests(void)
{
    OK(parse("GET /a%20b/%C3%A4?x=1&json&y=%20 HTTP/1.1\r\nHost: a\r\nX:  y z \t\r\nE:\r\n\r\n") ==
       HTTP_OK);
    OK(!request.head_only && !request.old && request.fields == 3);
    OK(strcmp(request.path, "/a b/ä") == 0 && strcmp(request.authority, "a") == 0);
    OK(strcmp(http_value(&request, "x"), "y z") == 0 && http_value(&request, "e")[0] == '\0');
    OK(http_value(&request, "y") == NULL);
    OK(query_has(request.query, "json") && !query_has(request.query, "x") &&
       !query_has(request.query, "jso"));
    OK(parse("HEAD http://b:8080/c HTTP/1.0\r\nHost: a\r\n\r\n") == HTTP_OK);
    OK(request.head_only && request.old && strcmp(request.authority, "b:8080") == 0);
    OK(strcmp(request.path, "/c") == 0);
    OK(parse("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n") == HTTP_OK);
    OK(strcmp(request.path, "/") == 0 && strcmp(request.authority, "b") == 0);
    OK(parse("GET http:// HTTP/1.1\r\nHost: a\r\n\r\n") == HTTP_BAD_REQUEST);
    OK(parse("GET / HTTP/1.0\r\n\r\n") == HTTP_OK && request.authority == NULL);
}

static void lists(void)
{
    OK(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: close , Upgrade\r\nconnection: x\r\n\r\n") ==
       HTTP_OK);
    OK(http_lists(&request, "Connection", "upgrade") && http_lists(&request, "connection", "X"));
    OK(!http_lists(&request, "connection", "up") && !http_lists(&request, "upgrade", "x"));
}

static void parameters(void)
{
    const char *value;

    OK(parse("GET /?ab=1&a=23&b HTTP/1.1\r\nHost: a\r\n\r\n") == HTTP_OK);
    OK(query_value(request.query, "a", &value) == 2 && strncmp(value, "23", 2) == 0);
    OK(query_value(request.query, "ab", &value) == 1);
    OK(query_value(request.query, "b", &value) == 0);
}

static void ends(void)
{
    static const char text[] = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nmore";

    for (size_t i = 0; i < sizeof text - 5; i++)
        OK(http_head_length(text, i) == 0);
    OK(http_head_length(text, sizeof text - 1) == sizeof text - 5);
    OK(http_head_length("GET / HTTP/1.1\n\n", 16) == 16);
    OK(http_head_length("\x16\x03", 2) == 2);
    OK(http_head_length("hello\r\n", 7) == 7);
}

static void hosts(void)
{
    static const struct host_names names = {
        .count = 1, .name = {"room.example"}, .machine = "teacher.school.example"};
    static const char *const ours[] = {"localhost",   "127.0.0.1",     "::1",
                                       "teacher",     "teacher.local", "teacher.school.example",
                                       "room.example"};
    static const char *const others[] = {
        "teacher.example", "local", "x.localhost", "127.0.0.1.x", "teacher.",
        "room.example.x",  "1"};
    char host[HOST_SIZE];
    unsigned port;

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        OK(host_is_ours(&names, ours[i]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        OK(!host_is_ours(&names, others[i]));
    OK(host_parse("Room.Example.:8080", host, &port) && port == 8080);
    OK(strcmp(host, "room.example") == 0);
    OK(host_parse("[::1]", host, &port) && port == 80 && strcmp(host, "::1") == 0);
    OK(!host_parse("", host, &port) && !host_parse("a:", host, &port));
    OK(!host_parse("a:65536", host, &port) && !host_parse("a:0", host, &port));
    OK(!host_parse("[::1", host, &port) && !host_parse("a b", host, &port));
    OK(!host_parse("u@a", host, &port) && !host_parse("a/b", host, &port));
    OK(host_same("A:80", "a") && !host_same("a:81", "a") && !host_same("a", "b"));
}

static void dates(void)
{
    static const char *const same[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                       "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994"};
    char text[DATE_SIZE];
    time_t when;

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        OK(date_parse(same[i], &when) && when == 784111777);
    date_write(text, 784111777);
    OK(strcmp(text, same[0]) == 0);
    OK(date_parse("Thu, 29 Feb 2024 00:00:00 GMT", &when) && when == 1709164800);
    OK(!date_parse("", &when) && !date_parse("Sun, 06 Nov 1994 08:49:37", &when));
    OK(!date_parse("Sun, 06 Now 1994 08:49:37 GMT", &when));
    OK(!date_parse("Sun, 06 Nov 1994 24:49:37 GMT", &when));
}

static void ranges(void)
{
    static const struct {
        const char *range;
        enum http_status status;
        uint64_t from, to;
    } cases[] = {
        {"bytes=0-0", HTTP_PARTIAL, 0, 1},
        {"bytes=5-", HTTP_PARTIAL, 5, 10},
        {"bytes=-3", HTTP_PARTIAL, 7, 10},
        {"bytes=-99", HTTP_PARTIAL, 0, 10},
        {"bytes=3-99", HTTP_PARTIAL, 3, 10},
        {"bytes=10-", HTTP_PAST_END, 0, 0},
        {"bytes=-0", HTTP_PAST_END, 0, 0},
        {"bytes=5-4", HTTP_OK, 0, 10},
        {"bytes=0-1,3-4", HTTP_OK, 0, 10},
        {"bytes=-", HTTP_OK, 0, 10},
        {"bytes=a-b", HTTP_OK, 0, 10},
        {"bits=0-1", HTTP_OK, 0, 10},
        {"bytes=99999999999999999999-", HTTP_OK, 0, 10},
    };
    const struct version version = {.etag = "\"v\"", .modified = 784111777, .size = 10};
    char text[256];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t from, to;

        (void)snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nRange: %s\r\n\r\n",
                       cases[i].range);
        OK(parse(text) == HTTP_OK);
        OK(condition_check(&request, &version, &from, &to) == cases[i].status);
        OK(cases[i].status == HTTP_PAST_END || cases[i].status == HTTP_OK ||
           (from == cases[i].from && to == cases[i].to));
    }
}

static void tags(void)
{
    OK(condition_lists("\"a\", W/\"b\"", "\"b\"") && condition_lists("*", "\"b\""));
    OK(condition_lists("\"b\"", "W/\"b\""));
    OK(!condition_lists("\"a\"", "\"b\"") && !condition_lists("b", "\"b\""));
    OK(!condition_lists("\"bb\"", "\"b\"") && !condition_lists("\"b", "\"b\""));
    OK(condition_lists("\"a,\",\"b\"", "\"b\""));
}

static void attachments(void)
{
    static struct answer answer;

    answer_begin(&answer, HTTP_OK, NULL);
    answer_attachment(&answer, "ä \"\\x.txt");
    OK(answer_end(&answer));
    answer.text[answer.used] = '\0';
    OK(strstr(answer.text, "attachment; filename=\"__ __x.txt\"; "
                           "filename*=UTF-8''%C3%A4%20%22%5Cx.txt\r\n") != NULL);
}

static void tokens(void)
{
    const struct key secret = {.length = 3, .byte = "abc"}, other = {.length = 3, .byte = "abd"};
    const struct token made = {.slot = 7, .serial = 12345678901234, .until = 1000};
    struct token read;
    char text[TOKEN_SIZE];

    token_write(text, &made, &secret);
    OK(token_read(&read, text, strlen(text), &secret, 999));
    OK(read.slot == 7 && read.serial == 12345678901234 && read.until == 1000);
    OK(!token_read(&read, text, strlen(text), &secret, 1000));
    OK(!token_read(&read, text, strlen(text), &other, 999));
    OK(!token_read(&read, text, strlen(text) - 1, &secret, 999));
    OK(!token_read(&read, "", 0, &secret, 999) && !token_read(&read, "1.2.3.", 6, &secret, 0));
    text[0] = '8';
    OK(!token_read(&read, text, strlen(text), &secret, 999));
}

int main(void)
{
    requests();
    lists();
    parameters();
    ends();
    hosts();
    dates();
    ranges();
    tags();
    attachments();
    tokens();
    return tap_end();
}
