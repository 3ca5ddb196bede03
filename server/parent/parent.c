#define _POSIX_C_SOURCE 200809L

#include "server/parent/parent.h"

#include <fcntl.h>
#include <unistd.h>

#include "server/log.h"
#include "server/parent/signals.h"
#include "server/system/background.h"
#include "server/wire/descriptors.h"

int parent_init(struct parent *parent, const struct admission_limits *admission, uint32_t slots)
{
    parent->notified = UINT32_MAX;
    parent->epoch = 1;
    parent->alive_every = background_watchdog();
    parent->first = getpid() == 1;
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

static int highest_of(const struct listener *listener)
{
    int highest = -1;

    for (size_t i = 0; i < listener->count; i++)
        highest = descriptors_higher(highest, listener->fd[i]);
    return highest;
}

int parent_highest_descriptor(const struct parent *parent)
{
    int highest = descriptors_higher(parent->table->fd, parent->inbox->lock);

    highest = descriptors_higher(highest, highest_of(parent->listener));
    highest = descriptors_higher(highest, highest_of(parent->web));
    highest = descriptors_higher(highest, descriptors_higher(parent->control, parent->reserve));
    highest = descriptors_higher(
        highest, descriptors_higher(parent->successor.file, parent->successor.answer));
    highest = descriptors_higher(highest, descriptors_higher(log_descriptor(), log_directory()));
    highest =
        descriptors_higher(highest, descriptors_higher(parent->journal, parent->recorder.channel));
    highest =
        descriptors_higher(highest, descriptors_higher(parent->lifeline[0], parent->lifeline[1]));
    highest =
        descriptors_higher(highest, descriptors_higher(parent->requests[0], parent->requests[1]));
    highest = descriptors_higher(highest, visits_highest(&parent->visits));
    highest = descriptors_higher(highest, waiting_highest(&parent->queue));
    return descriptors_higher(highest, refusal_highest(&parent->refusal));
}
