/* The shared files: showing and sending them. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/log.h"
#include "server/share.h"
#include "server/text.h"
#include "server/verbs.h"

/* NULL: the shared directory itself. False: there is no listing, and the reply says so. */
static bool read_directory(struct session *session, const char *directory, struct share_list *list)
{
    if (directory != NULL && directory[0] == '\0') {
        session_reply(session, REPLY_BAD_ARGUMENT, "Expected the name of a directory.");
        return false;
    }
    if (share_read(session->share, directory ? directory : "", list) == 0)
        return true;
    if (errno == E2BIG)
        session_reply(session, REPLY_BUSY, "More than %d files: too many to list.",
                      LIMIT_LIST_NAMES);
    else if (errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == EIO)
        session_reply(session, REPLY_BUSY, "The files cannot be listed now, try again later.");
    else
        session_reply(session, REPLY_NOT_FOUND, "Directory not found.");
    return false;
}

void cmd_list(struct session *session, const char *directory)
{
    struct share_list list;

    if (!read_directory(session, directory, &list))
        return;
    session_open(session, REPLY_FILES, "%zu files", list.count);
    for (size_t i = 0; i < list.count; i++)
        session_item(session, "%s", list.entry[i].name);
    session_close(session, REPLY_FILES);
    share_free(&list);
}

void cmd_list_long(struct session *session, const char *directory)
{
    struct share_list list;

    if (!read_directory(session, directory, &list))
        return;
    session_open(session, REPLY_FILES, "%zu files", list.count);
    for (size_t i = 0; i < list.count; i++) {
        char changed[TEXT_UTC_SIZE];

        text_utc_time(changed, list.entry[i].changed);
        session_item(session, "%" PRIu64 " %s %s", list.entry[i].size, changed, list.entry[i].name);
    }
    session_close(session, REPLY_FILES);
    share_free(&list);
}

void cmd_file(struct session *session, const char *name)
{
    uint64_t size;
    int file = share_open_file(session->share, name, &size);

    if (file < 0) {
        session_reply(session, REPLY_NOT_FOUND, "File not found.");
        return;
    }
    log_info("Sending file: %s", name);
    (void)snprintf(session->me.doing, sizeof session->me.doing, "sending ");
    text_show(session->me.doing + strlen(session->me.doing),
              sizeof session->me.doing - strlen(session->me.doing), name, strlen(name));
    session_reply(session, REPLY_FILE_FOLLOWS, "%" PRIu64 " 0 %s", size, name);
    session_send_file(session, file, size);
    close(file);
}
