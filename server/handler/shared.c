#define _POSIX_C_SOURCE 200809L

#include "server/handler/shared.h"

#include <errno.h>

#include "server/events.h"
#include "server/files/place.h"
#include "server/files/share.h"
#include "server/handler/reply.h"
#include "shm/table/slot.h"

bool shared_is_there(struct session *session)
{
    const struct service *service = session->service;
    enum place place = share_follow(service->share, service->share_path, service->inbox);

    if (place == PLACE_SAME)
        return true;
    reply_line(session, REPLY_BUSY,
               place == PLACE_GONE
                   ? "The shared directory was removed; tell the room's operator."
                   : "The shared directory was replaced, and the server must be restarted to open "
                     "the new one; tell the room's operator.");
    return false;
}

void shared_refuse_unreadable(struct session *session, const char *what, const char *name)
{
    reply_line(session, REPLY_BUSY, "The server may not read %s; tell the room's operator.", what);
    if (slot_tells_first(&session->slot, name))
        event_unreadable_by_user(name, session->service->user);
}

int shared_open(struct session *session, const char *name, struct stat *st)
{
    int file;

    if (!shared_is_there(session))
        return -1;
    file = share_open_file(session->service->share, name, st);
    if (file < 0 && (errno == EACCES || errno == EPERM))
        shared_refuse_unreadable(session, "that file", name);
    else if (file < 0 && (errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == EIO))
        reply_line(session, REPLY_BUSY, "The file cannot be opened now, try again later.");
    else if (file < 0)
        reply_line(session, REPLY_NOT_FOUND, "File not found.");
    return file;
}
