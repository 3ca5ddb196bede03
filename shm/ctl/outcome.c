#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/outcome.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/wire/descriptors.h"
#include "server/wire/text.h"
#include "shm/ctl/limits.h"

void complain(const char *format, ...)
{
    char message[MESSAGE_SIZE], shown[TEXT_SHOWN_SIZE(MESSAGE_SIZE)];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    text_show(shown, sizeof shown, message, strlen(message));
    fprintf(stderr, "rollcallctl: %s\n", shown);
}

enum status explain(const char *room, int error)
{
    switch (error) {
    case ENOENT:
        complain("no room '%s': no rollcalld of that name runs here; start one with 'rollcalld "
                 "--name %s'",
                 room, room);
        return NO_ROOM;
    case EBADMSG:
        complain("room '%s': its table is damaged, or of another version; restart its rollcalld",
                 room);
        return DAMAGED;
    case EACCES:
        complain(
            "room '%s' belongs to another user: run this as root, as the user of its rollcalld, "
            "or, with --group-access, as a member of its group",
            room);
        return FAILED;
    default:
        complain("cannot read the table of room '%s': %s", room, strerror(error));
        return FAILED;
    }
}

bool written(void)
{
    return descriptors_written("rollcallctl");
}
