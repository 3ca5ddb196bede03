#define _POSIX_C_SOURCE 200809L

#include "server/web/visit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "server/events.h"
#include "server/web/answer.h"
#include "server/web/condition.h"
#include "server/web/exchange.h"
#include "server/web/files.h"
#include "server/web/http.h"
#include "server/web/page.h"
#include "server/web/query.h"
#include "server/web/room.h"
#include "server/wire/clock.h"

/* ---- the page */

static const struct page_file *find_page(const char *path)
{
    for (size_t i = 0; i < page_count; i++)
        if (strcmp(page_files[i].path, path) == 0)
            return &page_files[i];
    return NULL;
}

/* Whether the request names the version that this file is, so that what it got stays true. */
static bool is_versioned(const struct exchange *exchange, const struct page_file *file)
{
    const char *version;
    size_t length = query_value(exchange->request.query, "v", &version);

    return length > 0 && strlen(file->etag) == length + 2 &&
           strncmp(file->etag + 1, version, length) == 0;
}

/* A browser may not take "ws:" for the page's own origin, so it is named. */
static void answer_page(struct exchange *exchange, const struct page_file *file)
{
    const char *none_match = http_value(&exchange->request, "if-none-match");
    const char *host = exchange->request.authority;
    bool same = none_match != NULL && condition_lists(none_match, file->etag);
    char policy[2 * HOST_SIZE + 160];

    (void)snprintf(policy, sizeof policy,
                   "script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
                   "connect-src 'self'%s%s",
                   host ? " ws://" : "", host ? host : "");
    answer_begin(&exchange->answer, same ? HTTP_NOT_MODIFIED : HTTP_OK, policy);
    answer_field(&exchange->answer, "Cache-Control", "%s",
                 is_versioned(exchange, file) ? "public, max-age=31536000, immutable" : "no-cache");
    answer_field(&exchange->answer, "ETag", "%s", file->etag);
    if (same) {
        exchange_send(exchange, NULL, 0);
        return;
    }
    answer_field(&exchange->answer, "Content-Type", "%s", file->type);
    exchange_send(exchange, file->bytes, file->length);
}

/* ---- the request */

static bool names_us(const struct exchange *exchange)
{
    const char *authority = exchange->request.authority;
    char host[HOST_SIZE];
    unsigned port;

    return authority == NULL || (host_parse(authority, host, &port) &&
                                 host_is_ours(&exchange->service->web->names, host));
}

static void answer(struct exchange *exchange)
{
    const char *path = exchange->request.path;
    const struct page_file *file = find_page(path);

    if (!names_us(exchange)) {
        if (exchange_is_first(exchange, "host"))
            event_not_our_host(exchange->visitor->from, exchange->visitor->peer.port,
                               exchange->request.authority);
        exchange_refuse(exchange, HTTP_MISDIRECTED,
                        "This server has another name. Its operator can add this one: "
                        "rollcalld --web-host NAME.");
    } else if (file != NULL) {
        answer_page(exchange, file);
    } else if (strcmp(path, "/room") == 0) {
        room_answer(exchange);
    } else if (strcmp(path, "/files") == 0) {
        exchange_redirect(exchange, "files");
    } else if (strncmp(path, FILES_PATH, strlen(FILES_PATH)) == 0) {
        files_answer(exchange);
    } else {
        exchange_refuse(exchange, HTTP_NOT_FOUND, "Nothing is here.");
    }
}

/* Returns whether there is a request to answer; if not, it was answered what was wrong. */
static bool read_request(struct exchange *exchange)
{
    static char head[LIMIT_WEB_HEAD + 1];
    const char *why = "";
    enum http_status status;
    size_t length;

    switch (stream_read_head(&exchange->stream, head, &length,
                             exchange->visitor->came_ns + LIMIT_WEB_HEAD_MS * CLOCK_MS)) {
    case STREAM_HEAD:
        status = http_parse(&exchange->request, head, length, &why);
        if (status != HTTP_OK)
            exchange_refuse(exchange, status, why);
        return status == HTTP_OK;
    case STREAM_FULL:
        if (http_has_line(head, length))
            exchange_refuse(exchange, HTTP_LONG_FIELDS, "Too many bytes: at most 8192.");
        else
            exchange_refuse(exchange, HTTP_LONG_TARGET, "Too many bytes: at most 8192.");
        return false;
    case STREAM_LATE:
        exchange_refuse(exchange, HTTP_TIMEOUT, "The request did not come in time.");
        return false;
    case STREAM_CUT:
        exchange_refuse(exchange, HTTP_BAD_REQUEST, "The request has no end.");
        return false;
    case STREAM_GONE:
        exchange->stream.broken = true;
        return false;
    }
    return false;
}

void visit_run(const struct visitor *visitor, struct table *table, const struct service *service)
{
    static struct exchange exchange;

    exchange_begin(&exchange, visitor, table, service);
    if (read_request(&exchange))
        answer(&exchange);
    if (!exchange.admitted)
        stream_end(&exchange.stream);
}
