/* Every bound of rollcallctl, with its unit and its reason. A name that ends in _MS is in
 * milliseconds. Those of the table are in shm/table/types.h. */
#ifndef SHM_CTL_LIMITS_H
#define SHM_CTL_LIMITS_H

#define ASK_PATIENCE_MS     5000 /* for the daemon to take a request and to answer */
#define CHECK_PATIENCE_MS   1000 /* an error must stay for this long: a writer may be at work */
#define CHECK_PAUSE_MS      20   /* between two looks of check */
#define VIEW_TRIES          10   /* at a table that a daemon may be making just now */
#define VIEW_PAUSE_MS       20   /* between these */
#define WORDS_MOST          1024 /* words of a command; a line of text has fewer */
#define METRICS_PATIENCE_MS 2000 /* for a held lock: the parent recovers it within a second */
#define MESSAGE_SIZE        512  /* bytes of an error message; a longer one is cut */
#define FORMAT_SIZE         256  /* bytes: enough for every value of the table */
#define FILTER_WORDS        64   /* names and networks: more than anybody types */
#define ROSTER_MOST         (1 << 20) /* bytes of a roster: ten thousand persons */
#define FIELDS_MOST         16        /* fields of a line */
#define TOP_LOOK_MS         1000      /* between two looks of top */
#define TOP_PATIENCE_MS     50 /* for sums that belong together; else those of the last look stay */
#define TOP_KEYS            256       /* bytes of keys that are read at once */
#define TOP_TYPED           512       /* bytes of what is typed: a line to announce, or a filter */
#define TOP_FRAME           (1 << 16) /* bytes of a screen */
#define TOP_ROWS            200 /* clients on a screen; the rest of a higher window stays empty */
#define PAGE_COLUMNS        500 /* at most; the rest of a wider window stays empty */

#endif
