/* The smallest TAP: one line for each check, a plan at the end. */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdio.h>
#include <stdlib.h>

static int tap_count, tap_failed;

#define OK(condition)                                                                              \
    do {                                                                                           \
        const int tap_good = (condition) ? 1 : 0;                                                  \
        tap_count++;                                                                               \
        tap_failed += !tap_good;                                                                   \
        printf("%sok %d - %s:%d %s\n", tap_good ? "" : "not ", tap_count, __FILE__, __LINE__,      \
               #condition);                                                                        \
    } while (0)

/* The machine fails, not what is tested. */
#define BAIL(words)                                                                                \
    do {                                                                                           \
        printf("not ok - %s:%d %s\n", __FILE__, __LINE__, words);                                  \
        exit(1);                                                                                   \
    } while (0)

static inline int tap_end(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed ? 1 : 0;
}

#endif
