/* One request and its answer. */
#ifndef SERVER_WEB_EXCHANGE_H
#define SERVER_WEB_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "server/admitted.h"
#include "server/visitor.h"
#include "server/web/answer.h"
#include "server/web/http.h"
#include "server/web/stream.h"
#include "shm/table/types.h"

struct exchange {
    const struct visitor *visitor;
    struct table *table;
    const struct service *service;
    struct stream stream;
    struct http_request request;
    struct answer answer; /* its head */
    bool admitted;        /* the connection goes on as a member's */
};

void exchange_begin(struct exchange *exchange, const struct visitor *visitor, struct table *table,
                    const struct service *service);

/* Ends the head and sends it, and the content, if this is no HEAD. NULL: there is none. */
void exchange_send(struct exchange *exchange, const void *content, size_t length);

/* Ends the head and sends it alone: the content, of which it tells, follows in another way. Returns
 * whether it is to. */
bool exchange_send_head(struct exchange *exchange);

/* Answers that it cannot be done, and why, in one line. */
void exchange_refuse(struct exchange *exchange, enum http_status status, const char *why);

/* Answers that a directory's path ends in '/', as the links of a listing are relative to it: to the
 * last part of the path, and with the query. */
void exchange_redirect(struct exchange *exchange, const char *directory);

/* Whether this is the first time that it comes from this address, so that nobody fills the log. */
bool exchange_is_first(const struct exchange *exchange, const char *what);

/* Whether the parent lets content go out that may take long, to the member whose token it is (NULL:
 * nobody who is known). If not, it was answered so. */
struct token;
bool exchange_may_send(struct exchange *exchange, const struct token *to);

/* Tells the parent. */
void exchange_tell(const struct exchange *exchange, const struct visit_note *note);

#endif
