#if defined(__linux__) && !defined(POSIX_ONLY)
#define HAVE_LINUX  1
#define _GNU_SOURCE 1 /* O_PATH, CLONE_* */
#else
#define _DEFAULT_SOURCE 1 /* setgroups, RLIMIT_NPROC: not POSIX's, but everybody's */
#endif

#include "server/system/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/system/platform.h"

/* ---- the user */

static int fail(char *error, size_t size, const char *what, const char *name)
{
    (void)snprintf(error, size, "cannot become the user '%s': %s", name, what);
    return -1;
}

static int become(const char *name, uid_t user, gid_t group, char *error, size_t size)
{
    if (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(user) != 0)
        return fail(error, size, strerror(errno), name);
    if (user != 0 && (setuid(0) == 0 || seteuid(0) == 0 || getuid() != user || geteuid() != user))
        return fail(error, size, "there is a way back to root", name);
    if (group != 0 && (setgid(0) == 0 || getgroups(0, NULL) > 0))
        return fail(error, size, "there is a way back to root's groups", name);
    return 0;
}

int confine_user(const char *name, char *error, size_t size)
{
    const bool root = geteuid() == 0, named = name != NULL;
    uid_t user;
    gid_t group;

    if (!named && !root)
        return 0;
    if (!named)
        name = platform_find_user("rollcall", &user, &group) ? "rollcall" : "nobody";
    if (!platform_find_user(name, &user, &group)) {
        (void)snprintf(error, size, "--user '%s': expected a user of this machine", name);
        return -1;
    }
    if (!root && user == geteuid())
        return 0;
    if (!root) {
        (void)snprintf(error, size, "--user '%s': only root can become another user", name);
        return -1;
    }
    return become(name, user, group, error, size);
}

/* ---- Linux: system calls and files. Not under a sanitizer, whose runtime needs more of both, nor
 * where their cost is measured. */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef HAVE_LINUX
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(UNCONFINED)
#undef HAVE_LINUX
#endif

#ifdef HAVE_LINUX

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

#ifdef ARCHITECTURE

/* What parent and handlers need, with what the C libraries make of it on one machine or another. */
static const int calls[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
    SYS_lseek,
    SYS_fcntl,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_mprotect,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_ppoll,
    SYS_pselect6,
    SYS_accept4,
    SYS_shutdown,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_connect,
    SYS_bind,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_sendfile,
    SYS_wait4,
    SYS_waitid,
    SYS_exit,
    SYS_exit_group,
    SYS_kill,
    SYS_tgkill,
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_openat,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_mkdirat,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_fsync,
    SYS_fdatasync,
    SYS_fstatfs,
    SYS_statfs,
    SYS_getdents64,
    SYS_futex,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_set_robust_list,
    SYS_prlimit64,
    SYS_getrandom,
    SYS_restart_syscall,
    SYS_dup,
    SYS_dup3,
    SYS_umask,
    SYS_utimensat,
    SYS_fchmod,
    SYS_faccessat,
    SYS_flock,
    SYS_uname,
    SYS_sched_yield,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_statx
    SYS_statx,
#endif
#ifdef SYS_close_range
    SYS_close_range,
#endif
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_open /* older machines' */
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_poll,
    SYS_select,
    SYS_accept,
    SYS_unlink,
    SYS_rmdir,
    SYS_mkdir,
    SYS_rename,
    SYS_link,
    SYS_dup2,
    SYS_fork,
    SYS_getrlimit,
    SYS_setrlimit,
    SYS_time,
    SYS_access,
    SYS_pipe,
#endif
};
#define CALLS (sizeof calls / sizeof calls[0])

#define LOAD(field)                                                                                \
    (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ARGUMENT(n)                                                                                \
    (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define SKIP_UNLESS(value, count)                                                                  \
    (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, count)
#define SKIP_IF_ANY(bits, count)                                                                   \
    (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), count, 0)
#define END(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action)

#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define NONE   (SECCOMP_RET_ERRNO | ENOSYS)

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

static bool filter_calls(void)
{
    const struct sock_filter first[] = {
        LOAD(arch),
        SKIP_UNLESS(ARCHITECTURE, 1),
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        END(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        /* sockets of this machine alone: the log, the service manager */
        SKIP_UNLESS(SYS_socket, 4),
        ARGUMENT(0),
        SKIP_UNLESS(AF_UNIX, 1),
        END(SECCOMP_RET_ALLOW),
        END(REFUSE),
        /* questions about sockets and terminals; nothing that types into one */
        SKIP_UNLESS(SYS_ioctl, 5),
        ARGUMENT(1),
        SKIP_UNLESS(TIOCOUTQ, 1),
        END(SECCOMP_RET_ALLOW),
        SKIP_UNLESS(TCGETS, 1),
        END(SECCOMP_RET_ALLOW),
        LOAD(nr),
        /* processes, in no namespaces of their own; clone3's arguments cannot be seen, and who
         * finds that there is none does with clone */
        SKIP_UNLESS(SYS_clone, 4),
        ARGUMENT(0),
        SKIP_IF_ANY(NAMESPACES, 1),
        END(SECCOMP_RET_ALLOW),
        END(REFUSE),
        /* a handler hears of its parent's end */
        SKIP_UNLESS(SYS_prctl, 4),
        ARGUMENT(0),
        SKIP_UNLESS(PR_SET_PDEATHSIG, 1),
        END(SECCOMP_RET_ALLOW),
        END(REFUSE),
#ifdef SYS_clone3
        SKIP_UNLESS(SYS_clone3, 1),
        END(NONE),
#endif
    };
    struct sock_filter program[sizeof first / sizeof first[0] + 2 * CALLS + 1];
    struct sock_fprog filter = {.filter = program};
    size_t used = sizeof first / sizeof first[0];

    memcpy(program, first, sizeof first);
    for (size_t i = 0; i < CALLS; i++) {
        program[used++] = SKIP_UNLESS(calls[i], 1);
        program[used++] = END(SECCOMP_RET_ALLOW);
    }
    program[used++] = END(REFUSE);
    filter.len = (unsigned short)used;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

#else

static bool filter_calls(void)
{
    return false;
}

#endif

#ifdef LANDLOCK_ACCESS_FS_REFER

static bool allow_beneath(int rules, int directory, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = directory};

    return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static bool allow_path(int rules, int directory, const char *path, uint64_t access)
{
    int fd = openat(directory, path, O_PATH | O_CLOEXEC);
    bool done = fd >= 0 && allow_beneath(rules, fd, access);

    if (fd >= 0)
        close(fd);
    return done;
}

/* Reading beneath the share, all that an inbox takes beneath that, sockets in the runtime
 * directory, and what the parent needs to remove that and its table at the end. */
static bool confine_files(const struct confinement *confinement)
{
    const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    const uint64_t keep = read | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                          LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                          LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER |
                          LANDLOCK_ACCESS_FS_MAKE_SYM; /* to keep what somebody put there */
    struct landlock_ruleset_attr attributes = {
        .handled_access_fs = keep | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                             LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                             LANDLOCK_ACCESS_FS_MAKE_BLOCK};
    const uint64_t bells =
        LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;
    int inbox = confinement->inbox->fd, rules;
    bool done;

    /* the first version lets nobody move a file from one directory to another, as an inbox does */
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2)
        return false;
    rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0)
        return false;
    done = allow_beneath(rules, confinement->share, read) &&
           (inbox < 0 || allow_beneath(rules, inbox, keep)) &&
           allow_path(rules, AT_FDCWD, "/dev/shm", LANDLOCK_ACCESS_FS_REMOVE_FILE) &&
           allow_path(rules, AT_FDCWD, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE) &&
           allow_path(rules, confinement->runtime, "..", LANDLOCK_ACCESS_FS_REMOVE_DIR) &&
           allow_beneath(rules, confinement->runtime, bells) &&
           syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return done;
}

#else

static bool confine_files(const struct confinement *confinement)
{
    (void)confinement;
    return false;
}

#endif

static int confine_to_needs(struct confinement *confinement)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    confinement->files = confine_files(confinement);
    confinement->calls = filter_calls();
    return 0;
}

#else

static int confine_to_needs(struct confinement *confinement)
{
    confinement->files = confinement->calls = false;
    return 0;
}

#endif

/* ---- resource limits */

static const struct rlimit *lowered(struct rlimit *limit, rlim_t most)
{
    if (limit->rlim_max == RLIM_INFINITY || limit->rlim_max > most)
        limit->rlim_max = most;
    limit->rlim_cur = limit->rlim_max;
    return limit;
}

/* Lowers a resource's limits for good, by way of `now`. A macro: the type of a resource is the C
 * library's own. 0, or -1 with errno. */
#define LOWER(resource, most, now)                                                                 \
    (getrlimit(resource, now) == 0 ? setrlimit(resource, lowered(now, most)) : -1)

int confine_parent(struct confinement *confinement)
{
    const struct inbox *inbox = confinement->inbox;
    struct rlimit now;
    int done;

    if (LOWER(RLIMIT_CORE, 0, &now) != 0 || /* what clients say is in it */
        LOWER(RLIMIT_NOFILE, LIMIT_PARENT_FILES, &now) != 0)
        return -1;
    if (!confinement->log_grows)
        if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
            LOWER(RLIMIT_FSIZE, inbox->fd >= 0 ? (rlim_t)inbox->limits.file : 0, &now) != 0)
            return -1;
    done = confine_to_needs(confinement);
    close(confinement->runtime);
    return done;
}

void confine_handler(void)
{
#ifdef RLIMIT_NPROC
    (void)setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0});
#endif
}
