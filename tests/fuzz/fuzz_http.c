/* The head of an HTTP request: what it is taken apart into holds together, and is the same whatever
 * way it came in. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/web/answer.h"
#include "server/web/condition.h"
#include "server/web/date.h"
#include "server/web/host.h"
#include "server/web/http.h"
#include "server/web/query.h"
#include "server/web/token.h"
#include "tests/fuzz/fuzz.h"

/* Aborts unless it holds. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

/* An end that was found in a part stays where it is. */
static size_t find_end(const unsigned char *data, size_t size)
{
    size_t end = 0;

    for (size_t part = 1; part <= size && end == 0; part++)
        end = http_head_length((const char *)data, part);
    must(end <= size);
    return end;
}

static void use(const struct http_request *request)
{
    const struct version version = {.etag = "\"5-meow\"", .modified = 784111777, .size = 1000};
    static const struct host_names names = {.count = 1, .name = {"room"}, .machine = "a.b"};
    char host[HOST_SIZE], date[DATE_SIZE];
    struct key secret = {.length = 1, .byte = "x"};
    struct token token;
    uint64_t from, to;
    const char *value;
    unsigned port;
    time_t when;
    size_t length;

    must(request->path[0] == '/' && request->fields <= LIMIT_WEB_FIELDS);
    if (request->authority != NULL) {
        must(host_parse(request->authority, host, &port) && port > 0 && port < 65536);
        (void)host_is_ours(&names, host);
        must(host_same(request->authority, request->authority));
    }
    if (condition_check(request, &version, &from, &to) == HTTP_PARTIAL)
        must(from < to && to <= version.size);
    length = query_value(request->query, "token", &value);
    must(length == 0 || !token_read(&token, value, length, &secret, 0));
    (void)query_has(request->query, "json");
    value = http_value(request, "if-modified-since");
    if (value != NULL && date_parse(value, &when)) {
        date_write(date, when);
        must(date_parse(date, &when));
    }
}

static void answer(const struct http_request *request)
{
    static struct answer answer;

    answer_begin(&answer, HTTP_OK, NULL);
    answer_path(&answer, "Location", request->path + 1, request->query);
    answer_attachment(&answer, request->path + 1);
    if (answer_end(&answer))
        must(memchr(answer.text, '\0', answer.used) == NULL);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct http_request request;
    char head[LIMIT_WEB_HEAD + 1];
    const char *why = NULL;
    size_t length;

    if (size > LIMIT_WEB_HEAD)
        return -1;
    length = find_end(data, size);
    memcpy(head, data, size);
    if (http_parse(&request, head, length > 0 ? length : size, &why) != HTTP_OK) {
        must(why != NULL);
        return 0;
    }
    use(&request);
    answer(&request);
    return 0;
}
