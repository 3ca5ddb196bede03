#define _POSIX_C_SOURCE 200809L

#include "server/parent/inherited.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/system/background.h"
#include "server/system/platform.h"

#define FIRST 3                     /* SD_LISTEN_FDS_START */
#define MOST  (2 * LIMIT_LISTENERS) /* for clients, and for the page */

/* not the names of our .socket units, whose sockets are at any address */
#define KEPT_LINE "kept-line"
#define KEPT_WEB  "kept-web"

/* Where a socket belongs, by the next of the names, which are separated by colons; moves *names
 * behind that. */
static struct listener *place_of(struct inherited *all, const char **names)
{
    const struct {
        const char *name;
        struct listener *to;
    } places[] = {{"web", &all->web}, {KEPT_LINE, &all->kept_line}, {KEPT_WEB, &all->kept_web}};
    size_t length = *names ? strcspn(*names, ":") : 0;
    struct listener *to = &all->line;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (length == strlen(places[i].name) && strncmp(*names, places[i].name, length) == 0)
            to = places[i].to;
    if (*names != NULL)
        *names += length + ((*names)[length] == ':');
    return to;
}

static bool take(struct listener *to, int fd)
{
    int listens = 0, type = 0;
    socklen_t listens_size = sizeof listens, type_size = sizeof type;

    if (to->count == LIMIT_LISTENERS ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) != 0 || !listens ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0 || type != SOCK_STREAM ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return false;
    to->fd[to->count++] = fd;
    return true;
}

int inherited_take(struct inherited *all, char *error, size_t size)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    const char *names = getenv("LISTEN_FDNAMES");
    bool ours = pid != NULL && strtol(pid, NULL, 10) == (long)getpid();
    long wanted = ours && count != NULL ? strtol(count, NULL, 10) : 0;

    if (wanted < 0 || wanted > MOST)
        wanted = wanted < 0 ? 0 : MOST + 1; /* more than MOST is an error below */
    platform_close_from(FIRST + (int)wanted);
    if (wanted == 0)
        return 0;
    for (int fd = FIRST; fd < FIRST + wanted; fd++)
        if (fd == FIRST + MOST || !take(place_of(all, &names), fd)) {
            (void)snprintf(error, size,
                           "descriptor %d from the service manager: expected a listening stream "
                           "socket",
                           fd);
            return -1;
        }
    all->line.inherited = all->line.count > 0;
    all->web.inherited = all->web.count > 0;
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return (int)wanted;
}

void inherited_keep(const struct listener *line, const struct listener *web)
{
    inherited_forget();
    if (!line->inherited)
        background_keep(KEPT_LINE, line->fd, line->count);
    if (!web->inherited)
        background_keep(KEPT_WEB, web->fd, web->count);
}

void inherited_forget(void)
{
    background_tell_manager("FDSTOREREMOVE=1\nFDNAME=" KEPT_LINE);
    background_tell_manager("FDSTOREREMOVE=1\nFDNAME=" KEPT_WEB);
}
