/* The page for browsers: its files, built into rollcalld. */
#ifndef SERVER_WEB_PAGE_H
#define SERVER_WEB_PAGE_H

#include <stddef.h>

struct page_file {
    const char *path; /* that it is asked for with: "/", "/page/NAME" */
    const char *type; /* Content-Type, whole */
    const char *etag; /* as it is sent, with its quotes: another one for other bytes */
    const unsigned char *bytes;
    size_t length;
};

/* Generated. A file may be asked for with "?v=" and its etag without the quotes, as long as a file
 * of the page names it so: a browser then keeps it for ever. */
extern const struct page_file page_files[];
extern const size_t page_count;

#endif
