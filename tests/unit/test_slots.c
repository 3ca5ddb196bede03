#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/parent/slots.h"
#include "tests/unit/tap.h"

/* Against a plain array, with random comings and goings. */
static bool like_an_array(uint32_t size)
{
    struct slots slots;
    pid_t *model = calloc(size, sizeof *model);
    pid_t next = 100;
    bool good = model != NULL && slots_init(&slots, size) == 0;

    for (int i = 0; good && i < 30000; i++) {
        uint32_t lowest = 0, top = size, at;

        /* long runs of each, so that it becomes full and empty */
        if (rand() % 8 < ((i / 4000) % 2 ? 1 : 7)) {
            while (lowest < size && model[lowest] != 0)
                lowest++;
            at = slots_lowest(&slots);
            good = at == (lowest < size ? lowest : SLOTS_NONE);
            if (good && at != SLOTS_NONE) {
                next += 1 + rand() % 3; /* pids that share hash chains, too */
                slots_take(&slots, at, &(struct slot_entry){.pid = next, .serial = (uint64_t)i});
                model[at] = next;
            }
        } else {
            at = (uint32_t)rand() % size;
            if (model[at] != 0) {
                good = slots_find(&slots, model[at]) == at;
                slots_free(&slots, at);
                good = good && slots_find(&slots, model[at]) == SLOTS_NONE;
                model[at] = 0;
            }
        }
        while (top > 0 && model[top - 1] == 0)
            top--;
        good = good && slots.top == top;
    }
    free(model);
    return good;
}

int main(void)
{
    static const uint32_t sizes[] = {1, 2, 3, 63, 64, 65, 100, 4095, 4096, 4097, 10000};
    struct slots slots;

    srand(1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        OK(like_an_array(sizes[i]));
    OK(slots_init(&slots, 0) == -1 && errno == EINVAL);
    OK(slots_init(&slots, 64 * 64 * 64 + 1) == -1 && errno == EINVAL);
    OK(slots_init(&slots, 65536) == 0);
    for (uint32_t i = 0; i < 65536; i++)
        slots_take(&slots, i, &(struct slot_entry){.pid = (pid_t)(i + 1), .serial = i});
    OK(slots_lowest(&slots) == SLOTS_NONE && slots.used == 65536);
    slots_free(&slots, 65535);
    OK(slots_lowest(&slots) == 65535);
    slots_free(&slots, 4096);
    OK(slots_lowest(&slots) == 4096 && slots.top == 65535);
    OK(slots_find(&slots, 1) == 0 && slots_find(&slots, 4097) == SLOTS_NONE);
    return tap_end();
}
