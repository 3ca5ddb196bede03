#define _POSIX_C_SOURCE 200809L

#include "server/web/exchange.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "server/web/token.h"
#include "shm/table/slot.h"

#define QUERY_MOST 1024 /* bytes that are said again; the value of a field has 2047 */

void exchange_begin(struct exchange *exchange, const struct visitor *visitor, struct table *table,
                    const struct service *service)
{
    exchange->visitor = visitor;
    exchange->table = table;
    exchange->service = service;
    exchange->stream = (struct stream){
        .fd = visitor->fd, .lifeline = visitor->lifeline, .limits = &service->limits};
}

/* A head that does not fit is a mistake of ours. */
bool exchange_send_head(struct exchange *exchange)
{
    struct answer *answer = &exchange->answer;

    if (!answer_end(answer))
        exchange->stream.broken = true;
    return stream_write(&exchange->stream, answer->text, answer->used) &&
           !exchange->request.head_only;
}

void exchange_send(struct exchange *exchange, const void *content, size_t length)
{
    if (content != NULL)
        answer_field(&exchange->answer, "Content-Length", "%zu", length);
    if (exchange_send_head(exchange) && content != NULL)
        (void)stream_write(&exchange->stream, content, length);
}

void exchange_refuse(struct exchange *exchange, enum http_status status, const char *why)
{
    struct answer *answer = &exchange->answer;
    char text[256];
    int length;

    length = snprintf(text, sizeof text, "%d %s: %s\n", (int)status, answer_reason(status), why);
    answer_begin(answer, status, NULL);
    answer_field(answer, "Cache-Control", "no-store");
    answer_field(answer, "Content-Type", "text/plain; charset=utf-8");
    if (status == HTTP_NOT_ALLOWED)
        answer_field(answer, "Allow", "GET, HEAD");
    if (status == HTTP_UNAVAILABLE)
        answer_field(answer, "Retry-After", "1");
    if (status == HTTP_UPGRADE) {
        answer_field(answer, "Upgrade", "websocket");
        answer_field(answer, "Sec-WebSocket-Version", "13");
    }
    exchange_send(exchange, text, (size_t)length);
}

void exchange_redirect(struct exchange *exchange, const char *directory)
{
    const char *query = exchange->request.query;

    if (strlen(query) > QUERY_MOST) {
        exchange_refuse(exchange, HTTP_LONG_TARGET, "The query is too long.");
        return;
    }
    answer_begin(&exchange->answer, HTTP_MOVED, NULL);
    answer_path(&exchange->answer, "Location", directory, query);
    exchange_send(exchange, "", 0);
}

bool exchange_is_first(const struct exchange *exchange, const char *what)
{
    const struct slot none = {.table = exchange->table};
    char key[PEER_TEXT + 32];

    (void)snprintf(key, sizeof key, "/%s %s", what, exchange->visitor->from);
    return slot_tells_first(&none, key);
}

/* The channel is empty, so the note finds room; the parent may be gone. */
void exchange_tell(const struct exchange *exchange, const struct visit_note *note)
{
    (void)send(exchange->visitor->parent, note, sizeof *note, MSG_NOSIGNAL);
}

bool exchange_may_send(struct exchange *exchange, const struct token *to)
{
    const struct visit_note note = {
        .word = VISIT_SENDS, .slot = to ? to->slot : 0, .serial = to ? to->serial : 0};
    struct pollfd parent = {.fd = exchange->visitor->parent, .events = POLLIN};
    char may = 0;

    exchange_tell(exchange, &note);
    if (poll(&parent, 1, LIMIT_VISIT_MS) > 0 && recv(parent.fd, &may, 1, 0) == 1 && may == 1)
        return true;
    exchange_refuse(exchange, HTTP_UNAVAILABLE, "Too many files go out at once, try again later.");
    return false;
}
