#define _POSIX_C_SOURCE 200809L

#include "server/parent/parent.h"

#include <fcntl.h>

#include "server/parent/signals.h"

int parent_init(struct parent *parent, const struct admission_limits *admission, uint32_t slots)
{
    parent->notified = UINT32_MAX;
    parent->epoch = 1;
    parent->terminal = signals_terminal();
    signals_set(&parent->waiting);
    parent->refusal.slots = slots;
    parent_keep_reserve(parent);
    if (parent->reserve < 0 || admission_init(&parent->admission, admission, slots) != 0)
        return -1;
    return slots_init(&parent->slots, slots);
}

void parent_keep_reserve(struct parent *parent)
{
    parent->reserve = fcntl(parent->lifeline[0], F_DUPFD_CLOEXEC, 0);
}
