/* A directory of the share, as a page for people and as JSON for programs. */
#ifndef SERVER_WEB_LISTING_H
#define SERVER_WEB_LISTING_H

#include <stddef.h>

#include "server/files/share.h"

struct listing {
    const char *directory; /* "", or "DIR/" */
    const char *query;     /* goes behind the links: "", or "?token=..." */
    const struct share_list *list;
};

/* Return the text, the caller's to free, and its length; NULL with errno. */
char *listing_html(const struct listing *listing, size_t *length);
char *listing_json(const struct listing *listing, size_t *length);

#endif
