#define _POSIX_C_SOURCE 200809L

#include "server/parent/asker.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "shm/table/control.h"

/* Whether the path is a socket of rollcallctl in the working directory. A handler can bind a socket
 * anywhere. */
static bool is_asking(const struct asker *asker)
{
    const size_t asks = strlen(TABLE_ASKS),
                 room = asker->size - offsetof(struct sockaddr_un, sun_path);
    const char *path = asker->from.sun_path;

    return room <= sizeof asker->from.sun_path && memchr(path, '\0', room) != NULL &&
           strncmp(path, TABLE_ASKS, asks) == 0 &&
           strspn(path + asks, "0123456789") == strlen(path + asks);
}

void asker_answer(int control, const struct asker *asker, const char *text)
{
    if (asker->size == 0 ||
        sendto(control, text, strlen(text), 0, (const struct sockaddr *)&asker->from,
               asker->size) >= 0 ||
        errno != ECONNREFUSED)
        return;
    if (is_asking(asker))
        (void)unlink(asker->from.sun_path);
}
