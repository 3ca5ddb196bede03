#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/parent/slots.h"
#include "tests/unit/tap.h"

/* Against a plain array, with random comings and goings. */
static bool like_an_array(uint32_t size)
{
    struct places places;
    pid_t *model = calloc(size, sizeof *model);
    pid_t next = 100;
    bool good = model != NULL && places_init(&places, size) == 0;

    for (int i = 0; good && i < 30000; i++) {
        uint32_t lowest = 0, top = size, at;

        /* long runs of each, so that it becomes full and empty */
        if (rand() % 8 < ((i / 4000) % 2 ? 1 : 7)) {
            while (lowest < size && model[lowest] != 0)
                lowest++;
            at = places_lowest(&places);
            good = at == (lowest < size ? lowest : PLACES_NONE);
            if (good && at != PLACES_NONE) {
                next += 1 + rand() % 3; /* pids that share hash chains, too */
                places_take(&places, at, &(struct place_entry){.pid = next, .serial = (uint64_t)i});
                model[at] = next;
            }
        } else {
            at = (uint32_t)rand() % size;
            if (model[at] != 0) {
                good = places_find(&places, model[at]) == at;
                places_free(&places, at);
                good = good && places_find(&places, model[at]) == PLACES_NONE;
                model[at] = 0;
            }
        }
        while (top > 0 && model[top - 1] == 0)
            top--;
        good = good && places.top == top;
    }
    free(model);
    return good;
}

int main(void)
{
    static const uint32_t sizes[] = {1, 2, 3, 63, 64, 65, 100, 4095, 4096, 4097, 10000};
    struct places places;

    srand(1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        OK(like_an_array(sizes[i]));
    OK(places_init(&places, 0) == -1 && errno == EINVAL);
    OK(places_init(&places, 64 * 64 * 64 + 1) == -1 && errno == EINVAL);
    OK(places_init(&places, 65536) == 0);
    for (uint32_t i = 0; i < 65536; i++)
        places_take(&places, i, &(struct place_entry){.pid = (pid_t)(i + 1), .serial = i});
    OK(places_lowest(&places) == PLACES_NONE && places.used == 65536);
    places_free(&places, 65535);
    OK(places_lowest(&places) == 65535);
    places_free(&places, 4096);
    OK(places_lowest(&places) == 4096 && places.top == 65535);
    OK(places_find(&places, 1) == 0 && places_find(&places, 4097) == PLACES_NONE);
    return tap_end();
}
