/* Who has just come. */
#include <stdio.h>
#include <string.h>

#include "client/chat/arrivals.h"
#include "tests/unit/tap.h"

int main(void)
{
    static struct arrivals arrivals;
    struct arrival arrival;
    size_t added = 0;

    OK(arrivals_left(&arrivals, 0) == -1 && !arrivals_due(&arrivals, 99, &arrival));
    OK(!arrivals_take(&arrivals, "anna", &arrival));
    OK(arrivals_add(&arrivals, "anna", 7, 100) && arrivals_add(&arrivals, "ben", 8, 200));
    OK(arrivals_left(&arrivals, 40) == 60 && !arrivals_due(&arrivals, 99, &arrival));
    OK(arrivals_rename(&arrivals, "Anna", "ana") && !arrivals_rename(&arrivals, "anna", "x"));
    OK(arrivals_due(&arrivals, 100, &arrival) && strcmp(arrival.name, "ana") == 0);
    OK(arrival.when == 7 && arrivals_left(&arrivals, 300) == 0);
    OK(arrivals_take(&arrivals, "BEN", &arrival) && arrival.when == 8 && arrivals.count == 0);
    while (arrivals_add(&arrivals, "x", 0, 0))
        added++;
    OK(added == ARRIVALS_MOST);
    return tap_end();
}
