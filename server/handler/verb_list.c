/* Lists of the shared files. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/events.h"
#include "server/files/share.h"
#include "server/handler/reply.h"
#include "server/handler/shared.h"
#include "server/handler/verbs.h"
#include "server/handler/work.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "shm/table/slot.h"
#include "shm/table/types.h"

/* The list that is being made. */
struct listing {
    struct share_list list;
    bool is_long;
    bool is_named; /* a directory was named; else it is the shared one */
    bool shown;
    char directory[PROTOCOL_REQUEST_MAX + 1];
};

/* ---- the reply */

static void refuse(struct session *session, const struct listing *listing, int error)
{
    if (error == E2BIG)
        reply_line(session, REPLY_BUSY, "More than %d files: too many to list.", LIMIT_LIST_NAMES);
    else if (error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO)
        reply_line(session, REPLY_BUSY, "The files cannot be listed now, try again later.");
    else if (error == EACCES || error == EPERM)
        shared_refuse_unreadable(session, "that directory",
                                 listing->is_named ? listing->directory : ".");
    else
        reply_line(session, REPLY_NOT_FOUND, "Directory not found.");
}

static void put_entry(struct session *session, const struct share_entry *entry, bool is_long)
{
    char changed[CLOCK_UTC_SIZE];

    if (!is_long) {
        reply_item(session, "%s", entry->name);
        return;
    }
    clock_utc(changed, entry->changed);
    reply_item(session, "%" PRIu64 " %s %s", entry->size, changed, entry->name);
}

static void reply_list(struct session *session, const struct listing *listing)
{
    const struct share_list *list = &listing->list;
    char key[PROTOCOL_REQUEST_MAX + 2]; /* unlike the name of any file */

    reply_begin(session, REPLY_FILES, "%zu files", list->count);
    for (size_t i = 0; i < list->count; i++)
        put_entry(session, &list->entry[i], listing->is_long);
    if (list->hidden == 0) {
        reply_end(session, REPLY_FILES);
        return;
    }
    reply_line(session, REPLY_FILES, PROTOCOL_HIDDEN, list->hidden);
    (void)snprintf(key, sizeof key, "/%s", listing->directory);
    if (slot_tells_first(&session->slot, key))
        event_names_hidden(listing->is_named ? listing->directory : NULL, list->hidden,
                           list->hidden_name);
}

/* ---- reading the directory */

static enum work_turn go_on(struct session *session, void *context)
{
    struct listing *listing = context;
    int more = share_go_on(&listing->list, LIMIT_LIST_PART), failed = errno;

    if (more > 0) {
        if (!listing->shown)
            work_show(session, "listing", listing->is_named ? listing->directory : ".", 0);
        listing->shown = true;
        session->working.done = listing->list.count;
        return WORK_GOES_ON;
    }
    work_end(session);
    if (more < 0)
        refuse(session, listing, failed);
    else
        reply_list(session, listing);
    share_free(&listing->list);
    return WORK_DONE;
}

static void drop(struct session *session, void *context)
{
    struct listing *listing = context;

    (void)session;
    share_free(&listing->list);
}

static void list(struct session *session, const char *directory, bool is_long)
{
    static const struct work work = {go_on, drop};
    static struct listing listing;

    if (directory != NULL && directory[0] == '\0') {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected the name of a directory.");
        return;
    }
    if (!shared_is_there(session))
        return;
    listing.is_long = is_long;
    listing.is_named = directory != NULL;
    listing.shown = false;
    (void)snprintf(listing.directory, sizeof listing.directory, "%s", directory ? directory : "");
    if (share_begin(session->service->share, listing.directory, &listing.list) != 0)
        refuse(session, &listing, errno);
    else
        work_begin(session, &work, &listing);
}

void verb_list(struct session *session, const char *directory)
{
    list(session, directory, false);
}

void verb_list_long(struct session *session, const char *directory)
{
    list(session, directory, true);
}
