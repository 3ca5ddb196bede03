#define _POSIX_C_SOURCE 200809L

#include "server/parent/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/events.h"
#include "server/files/inbox.h"
#include "server/limits.h"
#include "server/parent/control.h"
#include "server/system/runtime.h"
#include "server/wire/clock.h"
#include "shm/table/control.h"
#include "shm/table/registry.h"

/* ---- the runtime directory */

/* The socket in the working directory is the one that is open. */
static void note_socket(struct parent *parent)
{
    struct stat made;

    if (fstatat(AT_FDCWD, TABLE_CONTROL, &made, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    parent->places.device = made.st_dev;
    parent->places.inode = made.st_ino;
}

static bool socket_is_there(const struct parent *parent)
{
    char path[TABLE_RUNTIME + sizeof TABLE_CONTROL + 1];
    struct stat there;

    (void)snprintf(path, sizeof path, "%s/%s", parent->table->runtime, TABLE_CONTROL);
    return lstat(path, &there) == 0 && there.st_dev == parent->places.device &&
           there.st_ino == parent->places.inode;
}

/* Returns 0, or -1 with errno. */
static int make_socket(struct parent *parent)
{
    int fd;

    if (runtime_return(parent->table->runtime, parent->places.own_base) != 0)
        return -1;
    fd = control_open();
    if (fd < 0)
        return -1;
    close(parent->control);
    parent->control = fd;
    note_socket(parent);
    return 0;
}

static void look_at_socket(struct parent *parent)
{
    bool was_lost = parent->places.socket_lost;

    if (socket_is_there(parent)) {
        parent->places.socket_lost = false;
    } else if (make_socket(parent) == 0) {
        parent->places.socket_lost = false;
        event_socket_made_again(parent->table->runtime);
    } else {
        parent->places.socket_lost = true;
        if (!was_lost)
            event_socket_lost(parent->table->runtime, errno);
    }
}

/* ---- the table. Its object has a name, which others may remove: systemd-logind does when the user
 * logs out (RemoveIPC=). The room goes on with the memory. */

static void look_at_table(struct parent *parent)
{
    if (parent->places.table_lost || !registry_is_removed(parent->table))
        return;
    parent->places.table_lost = true;
    event_table_removed(parent->table->path);
}

/* ---- the shared directory and the inbox */

/* Returns 0, or an errno. */
static int open_share(struct parent *parent)
{
    int fd = place_open(parent->places.share_path);

    if (fd < 0)
        return errno;
    if (parent->inbox->fd >= 0 && inbox_overlaps(parent->inbox, fd)) {
        close(fd);
        return EINVAL;
    }
    return place_take(parent->share, fd) == 0 ? 0 : errno;
}

/* The lock belongs to the new directory; a descriptor of the old lock ends with it. */
static int open_inbox(struct parent *parent)
{
    struct inbox fresh = *parent->inbox;
    int failed = 0;

    fresh.lock = -1;
    fresh.fd = place_open(fresh.path);
    if (fresh.fd < 0)
        return errno;
    if (inbox_overlaps(&fresh, parent->share))
        failed = EINVAL;
    else if (inbox_claim(&fresh) != 0)
        failed = errno;
    if (failed != 0) {
        if (fresh.lock >= 0)
            close(fresh.lock);
        close(fresh.fd);
        return failed;
    }
    close(parent->inbox->lock);
    close(parent->inbox->fd);
    *parent->inbox = fresh;
    return 0;
}

/* Looks at a directory, of which `state` was the last; `reopen` opens what is at its path now.
 * Returns what it is now. */
static enum place look_at(struct parent *parent, const char *what, int directory, const char *path,
                          enum place state, int (*reopen)(struct parent *))
{
    enum place now = place_look(directory, path);
    int failed = 0;

    if (now == PLACE_REPLACED && (failed = reopen(parent)) == 0)
        event_place_opened(what, path);
    if (now == PLACE_REPLACED && failed == 0)
        return PLACE_SAME;
    if (now != state && now == PLACE_SAME)
        event_place_back(what, path);
    else if (now != state)
        event_place_changed(what, path, now, failed);
    return now;
}

static bool is_lost(enum place place)
{
    return place == PLACE_GONE || place == PLACE_REPLACED;
}

/* A handler looks at the time of a part that it goes on with, so a look now and then is enough. */
static void tidy_inbox(struct parent *parent, int64_t now)
{
    if (now - parent->places.tidied < LIMIT_PARTS_MS * CLOCK_MS)
        return;
    parent->places.tidied = now;
    inbox_tidy(parent->inbox);
}

/* ---- all of them */

void places_begin(struct parent *parent)
{
    note_socket(parent);
}

const char *places_lost(const struct parent *parent)
{
    if (is_lost(parent->places.share))
        return "the shared directory is gone or replaced";
    if (is_lost(parent->places.inbox))
        return "the inbox is gone or replaced";
    if (parent->recorder.gone)
        return "nobody writes the journal";
    if (parent->places.table_lost)
        return "the table was removed";
    if (parent->places.socket_lost)
        return "rollcallctl cannot reach the server";
    return NULL;
}

void places_look(struct parent *parent, int64_t now)
{
    const char *before = places_lost(parent);
    struct places *places = &parent->places;

    if (now - places->looked < LIMIT_PLACES_MS * CLOCK_MS)
        return;
    places->looked = now;
    look_at_socket(parent);
    look_at_table(parent);
    recorder_look(&parent->recorder);
    places->share = look_at(parent, "shared directory", parent->share, places->share_path,
                            places->share, open_share);
    if (parent->inbox->fd >= 0)
        places->inbox = look_at(parent, "inbox", parent->inbox->fd, parent->inbox->path,
                                places->inbox, open_inbox);
    tidy_inbox(parent, now);
    if (places_lost(parent) != before)
        parent->notified = UINT32_MAX; /* the service manager is told anew */
}
