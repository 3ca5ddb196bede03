#define _POSIX_C_SOURCE 200809L

#include "server/advice.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "server/system/background.h"

/* What ProtectHome and PrivateTmp replace with empty directories. */
static bool is_hidden(const char *path)
{
    static const char *const hidden[] = {"/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"};

    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (strncmp(path, hidden[i], strlen(hidden[i])) == 0)
            return true;
    return false;
}

const char *advice_for(char to[ADVICE_SIZE], enum advice_use use, const char *path, int why,
                       const char *room)
{
    const bool hidden = is_hidden(path) && (why == ENOENT || why == EACCES);

    to[0] = '\0';
    if (!background_has_manager() || path[0] != '/')
        return to;
    if (use == ADVICE_SECRET && (hidden || why == EACCES))
        (void)snprintf(to, ADVICE_SIZE,
                       "; add LoadCredential=key:%s to the unit (systemctl edit rollcalld@%s), and "
                       "let key-file be /run/credentials/rollcalld@%s.service/key",
                       path, room, room);
    else if (hidden)
        (void)snprintf(to, ADVICE_SIZE,
                       "; the unit does not see it: add %s=%s (systemctl edit rollcalld@%s)",
                       use == ADVICE_WRITE ? "BindPaths" : "BindReadOnlyPaths", path, room);
    else if (use == ADVICE_WRITE && why == EROFS)
        (void)snprintf(to, ADVICE_SIZE,
                       "; the unit may only read it: add ReadWritePaths=%s (systemctl edit "
                       "rollcalld@%s)",
                       path, room);
    return to;
}
