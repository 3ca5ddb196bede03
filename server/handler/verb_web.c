/* Requests about the page for browsers. */
#define _POSIX_C_SOURCE 200809L

#include "server/handler/reply.h"
#include "server/handler/verbs.h"
#include "server/limits.h"
#include "server/web/token.h"
#include "server/web/web.h"
#include "server/wire/clock.h"
#include "shm/table/view.h"

void verb_token(struct session *session, const char *nothing)
{
    const struct web *web = session->service->web;
    struct token token = {.slot = session->slot.number,
                          .serial = session->slot.serial,
                          .until = clock_now() / CLOCK_S + LIMIT_TOKEN_S};
    char text[TOKEN_SIZE];

    if (nothing[0] != '\0') {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected token: without an argument.");
        return;
    }
    if (web == NULL) {
        reply_line(session, REPLY_NOT_FOUND, "This room has no page.");
        return;
    }
    if (view_about(session->slot.table).draining) { /* and the page's sockets are closed */
        reply_line(session, REPLY_NOT_FOUND,
                   "The page is closed while the room drains; file: hands out its files.");
        return;
    }
    token_write(text, &token, &web->secret);
    reply_line(session, REPLY_TOKEN, "%s", text);
}
