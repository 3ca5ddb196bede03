/* The page of `rollcallctl top` as lines of text: the room, its load, who was refused, whose hands
 * are up, and a row for each client. Nothing in them can steer a terminal. */
#ifndef SHM_CTL_PAGE_TEXT_H
#define SHM_CTL_PAGE_TEXT_H

#include "shm/ctl/limits.h"
#include "shm/ctl/page.h"

#define PAGE_LINE (4 * PAGE_COLUMNS + 1) /* bytes of a line */
#define PAGE_HEAD 5                      /* lines above the clients */

/* The columns of a window, and of what is shown in it; 0: not shown. `via` is
 * shown only if somebody came another way than all do with a terminal. */
struct page_layout {
    size_t columns, name, address, via, since, idle, rate, doing;
};

/* The narrower the window, the fewer. */
struct page_layout page_layout(const struct page *page, size_t columns);

/* Line 0 to PAGE_HEAD - 1 above the clients; the last one has the headings. */
void page_head(char to[PAGE_LINE], const struct page *page, const struct page_layout *layout,
               size_t line);

/* The row of one of report.lines. */
void page_row(char to[PAGE_LINE], const struct page *page, const struct page_layout *layout,
              size_t number);

#endif
