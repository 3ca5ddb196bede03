/* What `rollcallctl top` shows, as lines of a given width: the room, its load, who was refused,
 * whose hands are up, and a row for each client. Rates are measured from one look to the next. */
#ifndef SHM_CTL_PAGE_H
#define SHM_CTL_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "shm/ctl/metrics.h"
#include "shm/ctl/survey.h"

#define PAGE_UNKNOWN UINT64_MAX /* a rate */

enum page_sort { SORT_NAME, SORT_ADDRESS, SORT_SINCE, SORT_IDLE, SORT_RATE, SORT_HAND, SORTS };

struct page {
    enum page_sort sort;
    struct metrics now, before;
    struct report report; /* its filter is the caller's; the lines are in the order of `sort` */
    uint64_t *rate;       /* bytes a second, of each line; PAGE_UNKNOWN */
    int64_t when_ns, now_ns, before_ns; /* of the last look, and of those sums */
    struct page_last {
        uint64_t serial, bytes;
    } * last; /* of each slot, from 1 */
};

/* Looks at the table; the first time there are no rates. Returns 0, or -1 with errno. */
int page_look(struct page *page, const struct table *table);
void page_free(struct page *page);

/* The next look is at another table. */
void page_forget(struct page *page);

/* What a counter that grew in `ns` grew in a second. */
uint64_t page_per_second(uint64_t now, uint64_t before, int64_t ns);

/* Sorts again, after `sort` has changed. */
void page_order(struct page *page);

/* The word for the order. */
const char *page_sort_word(enum page_sort sort);

#endif
