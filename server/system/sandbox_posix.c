/* Any system: POSIX.1-2008 has nothing that confines a process. */
#include "server/system/sandbox.h"

#include <stddef.h>

int sandbox_enter_directory(int directory, int log, const char **missing)
{
    (void)directory;
    (void)log;
    *missing = "files and system calls (this build has no sandbox)";
    return 0;
}

int sandbox_enter(const struct sandbox *sandbox, const char **missing)
{
    (void)sandbox;
    *missing = "files and system calls (this build has no sandbox)";
    return 0;
}

uint64_t sandbox_identity(void)
{
    return 0;
}
