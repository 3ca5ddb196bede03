#define _POSIX_C_SOURCE 200809L

#include "server/web/room.h"

#include <string.h>
#include <strings.h>

#include "server/events.h"
#include "server/web/host.h"
#include "server/web/query.h"
#include "server/web/websocket.h"

/* A page of another site can make a browser connect, but not hide where it is from. Who names no
 * origin is a program. A proxy in front may add TLS. */
static bool is_from_here(const struct exchange *exchange)
{
    static const char *const schemes[] = {"http://", "https://"};
    const char *origin = http_value(&exchange->request, "origin");

    if (origin == NULL)
        return true;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strncasecmp(origin, schemes[i], strlen(schemes[i])) == 0)
            return host_same(origin + strlen(schemes[i]), exchange->request.authority);
    return false;
}

static bool wants_websocket(const struct http_request *request)
{
    const char *version = http_value(request, "sec-websocket-version");

    return http_lists(request, "upgrade", "websocket") &&
           http_lists(request, "connection", "upgrade") && version != NULL &&
           strcmp(version, "13") == 0;
}

void room_answer(struct exchange *exchange)
{
    const struct http_request *request = &exchange->request;
    const struct visit_note note = {.word = query_has(request->query, "wait") ? VISIT_WAITS
                                                                              : VISIT_ADMIT};
    const char *key = http_value(request, "sec-websocket-key");
    char accept[WEBSOCKET_ACCEPT_SIZE];

    if (request->old || request->head_only || !wants_websocket(request)) {
        exchange_refuse(exchange, HTTP_UPGRADE, "Expected a WebSocket of version 13.");
    } else if (key == NULL || !websocket_accept(key, accept)) {
        exchange_refuse(exchange, HTTP_BAD_REQUEST, "Expected 16 bytes in Sec-WebSocket-Key.");
    } else if (!is_from_here(exchange)) {
        if (exchange_is_first(exchange, "origin"))
            event_not_our_origin(exchange->visitor->from, exchange->visitor->peer.port,
                                 http_value(request, "origin"));
        exchange_refuse(exchange, HTTP_FORBIDDEN, "A page of another site may not come in here.");
    } else {
        answer_begin(&exchange->answer, HTTP_SWITCHING, NULL);
        answer_field(&exchange->answer, "Upgrade", "websocket");
        answer_field(&exchange->answer, "Connection", "Upgrade");
        answer_field(&exchange->answer, "Sec-WebSocket-Accept", "%s", accept);
        if (http_lists(request, "sec-websocket-protocol", "rollcall"))
            answer_field(&exchange->answer, "Sec-WebSocket-Protocol", "rollcall");
        exchange->admitted = exchange_send_head(exchange);
    }
    if (exchange->admitted)
        exchange_tell(exchange, &note);
}
