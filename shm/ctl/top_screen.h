/* What `rollcallctl top` knows, and how it draws that. */
#ifndef SHM_CTL_TOP_SCREEN_H
#define SHM_CTL_TOP_SCREEN_H

#include <stddef.h>
#include <stdint.h>

#include "shm/ctl/filter.h"
#include "shm/ctl/limits.h"
#include "shm/ctl/outcome.h"
#include "shm/ctl/page.h"

struct top {
    const struct table *table;
    struct table again; /* of a daemon that was started again */
    struct page page;
    struct filter filter;
    char words[TOP_TYPED]; /* that the filter points into */
    uint64_t selected;     /* the serial of a client; 0: none */
    size_t first;          /* the client in the uppermost row */
    size_t rows;           /* that clients had at the last drawing */
    char said[MESSAGE_SIZE];
    enum { BROWSING, TYPING_FILTER, TYPING_ANNOUNCEMENT, ASKING_KICK, LEAVING } phase;
    char typed[TOP_TYPED]; /* in the phases of typing; the name, in ASKING_KICK */
    char frame[TOP_FRAME];
    size_t used;
};

/* The line of the selected client in the report, or the first. */
size_t top_line(const struct top *top);

/* Selects the client of a line, or of the last one. */
void top_select(struct top *top, size_t number);

/* Draws everything, at once. */
void top_draw(struct top *top);

#endif
