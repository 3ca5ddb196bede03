#define _POSIX_C_SOURCE 200809L

#include "server/parent/visits.h"

#include <signal.h>

#include "server/wire/clock.h"
#include "server/wire/descriptors.h"

void visits_reaped(struct visits *visits, pid_t pid)
{
    for (uint32_t i = 0; i < visits->count; i++)
        if (visits->entry[i].pid == pid)
            visits->entry[i].pid = 0;
}

void visits_kill(struct visits *visits)
{
    for (uint32_t i = 0; i < visits->count; i++)
        if (visits->entry[i].pid != 0)
            kill(visits->entry[i].pid, SIGKILL);
}

/* ---- the loop */

void visits_prepare(const struct visits *visits, int64_t now, fd_set *read, int *highest,
                    int64_t *until)
{
    for (uint32_t i = 0; i < visits->count; i++) {
        const struct visit_entry *visit = &visits->entry[i];
        int64_t due = visit->channel < 0 ? now + LIMIT_REAP_MS * CLOCK_MS : visit->until;

        if (due <= now) /* killed; its end comes */
            due = now + LIMIT_REAP_MS * CLOCK_MS;
        if (due < *until)
            *until = due;
        descriptors_add(visit->channel, read, highest);
    }
}

int visits_highest(const struct visits *visits)
{
    int highest = -1;

    for (uint32_t i = 0; i < visits->count; i++)
        highest = descriptors_higher(
            highest, descriptors_higher(visits->entry[i].fd, visits->entry[i].channel));
    return highest;
}
