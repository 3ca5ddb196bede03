/* setgroups and RLIMIT_NPROC are not POSIX's, but everybody's. */
#define _DEFAULT_SOURCE 1

#include "server/system/confine.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/system/platform.h"
#include "server/system/sandbox.h"

/* ---- the user */

static int fail(char *error, size_t size, const char *what, const char *name)
{
    (void)snprintf(error, size, "cannot become the user '%s': %s", name, what);
    return -1;
}

/* root of a user namespace may have nobody to become, and no groups to give up. */
static int fail_to_become(const char *name, int failed, char *error, size_t size)
{
    char what[128];

    (void)snprintf(what, sizeof what,
                   failed == EINVAL || failed == EPERM
                       ? "%s; where root is only that of a user namespace, say --user root"
                       : "%s",
                   strerror(failed));
    return fail(error, size, what, name);
}

static int become(const char *name, uid_t user, gid_t group, char *error, size_t size)
{
    if ((setgroups(0, NULL) != 0 && user != 0) || setgid(group) != 0 || setuid(user) != 0)
        return fail_to_become(name, errno, error, size);
    if (user != 0 && (setuid(0) == 0 || seteuid(0) == 0 || getuid() != user || geteuid() != user))
        return fail(error, size, "root could be regained", name);
    if (group != 0 && (setgid(0) == 0 || getgroups(0, NULL) > 0))
        return fail(error, size, "root's groups could be regained", name);
    return 0;
}

int confine_user(const char **name, char *error, size_t size)
{
    const bool root = geteuid() == 0, named = *name != NULL;
    uid_t user;
    gid_t group;

    if (!named && !root)
        return 0;
    if (!named)
        *name = platform_find_user("rollcall", &user, &group) || errno != 0 ? "rollcall" : "nobody";
    if (!platform_find_user(*name, &user, &group)) {
        if (errno != 0)
            return fail(error, size, strerror(errno), *name);
        (void)snprintf(error, size, "--user '%s': expected a user of this machine", *name);
        return -1;
    }
    if (!root && user == geteuid())
        return 0;
    if (!root) {
        (void)snprintf(error, size, "--user '%s': only root can become another user", *name);
        return -1;
    }
    return become(*name, user, group, error, size);
}

/* ---- resource limits */

static const struct rlimit *lowered(struct rlimit *limit, rlim_t most)
{
    if (limit->rlim_max == RLIM_INFINITY || limit->rlim_max > most)
        limit->rlim_max = most;
    limit->rlim_cur = limit->rlim_max;
    return limit;
}

/* Lowers a resource's soft and hard limit; `now` is room for them. A macro, because the type of a
 * resource differs between C libraries. 0, or -1 with errno. */
#define LOWER(resource, most, now)                                                                 \
    (getrlimit(resource, now) == 0 ? setrlimit(resource, lowered(now, most)) : -1)

int confine_parent(struct confinement *confinement)
{
    const struct inbox *inbox = confinement->inbox;
    const struct sandbox sandbox = {.share = confinement->share,
                                    .inbox = inbox->fd,
                                    .runtime = confinement->runtime,
                                    .config = confinement->config,
                                    .log = confinement->log,
                                    .own_base = confinement->own_base,
                                    .program = confinement->program,
                                    .word = confinement->word};
    struct rlimit now;
    int done;

    if (LOWER(RLIMIT_CORE, 0, &now) != 0 || /* a core would hold what clients say */
        LOWER(RLIMIT_NOFILE, (rlim_t)confinement->files, &now) != 0)
        return -1;
    if (!confinement->log_grows &&
        LOWER(RLIMIT_FSIZE, inbox->fd >= 0 ? (rlim_t)inbox->limits.file : 0, &now) != 0)
        return -1;
    done = sandbox_enter(&sandbox, &confinement->missing);
    close(confinement->runtime);
    return done;
}

int confine_clerk(int directory, int log, const char **missing)
{
    struct rlimit now;

    if (LOWER(RLIMIT_CORE, 0, &now) != 0 || LOWER(RLIMIT_NOFILE, LIMIT_CLERK_FILES, &now) != 0)
        return -1;
    confine_handler();
    return sandbox_enter_directory(directory, log, missing);
}

#ifdef RLIMIT_NPROC
void confine_handler(void)
{
    (void)setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0});
}
#else
void confine_handler(void)
{
}
#endif
