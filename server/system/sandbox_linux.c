/* Linux: files are confined by landlock(7), here, and system calls by seccomp(2), in
 * sandbox_linux_calls.c. */
#define _GNU_SOURCE /* O_PATH, CLONE_* */

#include "server/system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/system/kernel_linux.h"
#include "server/system/sandbox_linux_calls.h"
#include "server/wire/descriptors.h"

static bool allow_beneath(int rules, int directory, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = directory};

    return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* True also if the path does not exist. */
static bool allow_path(int rules, int directory, const char *path, uint64_t access)
{
    int fd = openat(directory, path, O_PATH | O_CLOEXEC);
    bool done = fd >= 0 && allow_beneath(rules, fd, access);

    if (fd < 0)
        return errno == ENOENT;
    descriptors_close(fd);
    return done;
}

/* Not to read it. */
static bool allow_log(int rules, int directory)
{
    return directory < 0 ||
           allow_beneath(rules, directory,
                         LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG);
}

/* Allows what sandbox.h lists, and the removal of the runtime directory and the table at the end.
 */
static bool allow_needs(int rules, const struct sandbox *sandbox, uint64_t read, uint64_t keep)
{
    const uint64_t sockets =
        LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;

    return allow_beneath(rules, sandbox->share, read) &&
           (sandbox->inbox < 0 || allow_beneath(rules, sandbox->inbox, keep)) &&
           allow_log(rules, sandbox->log) &&
           (sandbox->config < 0 ||
            allow_beneath(rules, sandbox->config, LANDLOCK_ACCESS_FS_READ_FILE)) &&
           (sandbox->program < 0 ||
            allow_beneath(rules, sandbox->program,
                          LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)) &&
           allow_path(rules, AT_FDCWD, "/dev/shm", LANDLOCK_ACCESS_FS_REMOVE_FILE) &&
           allow_path(rules, AT_FDCWD, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE) &&
           allow_path(rules, sandbox->runtime, "..",
                      sandbox->own_base
                          ? sockets | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR
                          : LANDLOCK_ACCESS_FS_REMOVE_DIR) &&
           allow_beneath(rules, sandbox->runtime, sockets);
}

/* Allows what sandbox.h lists: all of it, or (sandbox NULL) files in one directory.
 * Returns 0, or -1 with errno: EOPNOTSUPP if the kernel has no Landlock, or only version 1, which
 * cannot allow a move between directories (hand-ins need that). */
static int confine_files(const struct sandbox *sandbox, int directory, int log)
{
    const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    const uint64_t lines = read | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG;
    const uint64_t keep = read | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                          LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                          LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER |
                          LANDLOCK_ACCESS_FS_MAKE_SYM; /* to move a symbolic link aside */
    struct landlock_ruleset_attr handled = {
        .handled_access_fs = keep | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                             LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                             LANDLOCK_ACCESS_FS_MAKE_BLOCK};
    int rules, failed;

    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2) {
        errno = EOPNOTSUPP;
        return -1;
    }
    rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0)
        return -1;
    failed = (sandbox != NULL ? allow_needs(rules, sandbox, read, keep)
                              : allow_beneath(rules, directory, lines) && allow_log(rules, log)) &&
                     syscall(SYS_landlock_restrict_self, rules, 0) == 0
                 ? 0
                 : errno;
    close(rules);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

static int enter(const struct sandbox *sandbox, int directory, int log, const char **missing)
{
    static const char *const words[2][2] = {
        {NULL, "system calls (seccomp)"},
        {"files (landlock)", "files (landlock) and system calls (seccomp)"},
    };
    bool confined, filtered;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    confined = confine_files(sandbox, directory, log) == 0;
    if (!confined && errno != EOPNOTSUPP)
        return -1;
    filtered = sandbox_filter_calls(sandbox != NULL ? sandbox->word : NULL) == 0;
    if (!filtered && errno != EOPNOTSUPP)
        return -1;
    *missing = words[!confined][!filtered];
    return 0;
}

/* To be raised with each change of what confine_files allows. */
enum { FILES_IDENTITY = 1 };

uint64_t sandbox_identity(void)
{
    return sandbox_calls_identity() ^ FILES_IDENTITY;
}

int sandbox_enter(const struct sandbox *sandbox, const char **missing)
{
    return enter(sandbox, -1, -1, missing);
}

int sandbox_enter_directory(int directory, int log, const char **missing)
{
    return enter(NULL, directory, log, missing);
}
