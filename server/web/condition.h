/* What a request asks on condition, and which part of the content (RFC 9110, sections 13 and 14).
 */
#ifndef SERVER_WEB_CONDITION_H
#define SERVER_WEB_CONDITION_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "server/web/http.h"

/* Whether a list of entity tags, or "*", has this one. Tags that are marked as weak count. */
bool condition_lists(const char *list, const char *etag);

/* What the content is: a version of a file. */
struct version {
    const char *etag; /* "W/..." where a change might not be seen in it */
    time_t modified;
    uint64_t size;
};

/* HTTP_OK; HTTP_PARTIAL with *from and *to, the bytes to send, *to excluded; HTTP_NOT_MODIFIED;
 * HTTP_FAILED; HTTP_PAST_END. */
enum http_status condition_check(const struct http_request *request, const struct version *version,
                                 uint64_t *from, uint64_t *to);

#endif
