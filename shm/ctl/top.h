/* "rollcallctl top": a room on a live screen. */
#ifndef SHM_CTL_TOP_H
#define SHM_CTL_TOP_H

#include <stdbool.h>

#include "shm/ctl/filter.h"
#include "shm/ctl/outcome.h"
#include "shm/table/types.h"

/* Shows the room until the user leaves, the same room also after its daemon was started again. With
 * `once` prints one page, as wide as the window, with the rates of a second. The filter is the
 * first; the user can set another. Returns how the command ends. */
enum status top_run(const struct table *table, const char *room, const struct filter *filter,
                    bool once);

#endif
