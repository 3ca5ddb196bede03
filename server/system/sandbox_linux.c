/* Linux: system calls are filtered by seccomp(2), files by landlock(7). */
#define _GNU_SOURCE /* O_PATH, CLONE_* */

#include "server/system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

/* ---- system calls. Their numbers differ between architectures; others than these get no filter.
 */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

#ifdef ARCHITECTURE

/* Headers older than Linux 5.3 do not name it; all of these architectures have this number. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

/* What parent and handlers need, and what the C libraries make of that on one machine or another.
 */
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
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
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
    SYS_socketpair,
    SYS_mkdirat,
    SYS_fchdir,
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
#ifdef SYS_open /* the old calls, of x86-64 alone */
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_poll,
    SYS_epoll_wait,
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

/* The filter's program (bpf): each instruction looks at what LOAD or ARGUMENT took last. */
#define LOAD(field)                                                                                \
    (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ARGUMENT(n)                                                                                \
    (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define SKIP_UNLESS(value, count)                                                                  \
    (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, count)
#define SKIP_IF_ANY(bits, count)                                                                   \
    (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), count, 0)
#define END(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action)

#define ALLOW  SECCOMP_RET_ALLOW
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)

/* What a child in a namespace of its own would be cloned with. */
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

/* Makes the kernel refuse all system calls except `calls`; four of these are allowed only with the
 * arguments named here. Returns 0, or -1 with errno: EOPNOTSUPP if the kernel has no filters. */
static int filter_calls(void)
{
    const struct sock_filter first[] = {
        LOAD(arch),
        SKIP_UNLESS(ARCHITECTURE, 1),
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        END(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        /* sockets within this machine only: for syslog and the service manager */
        SKIP_UNLESS(SYS_socket, 4),
        ARGUMENT(0),
        SKIP_UNLESS(AF_UNIX, 1),
        END(ALLOW),
        END(REFUSE),
        /* ioctls that only query a socket or a terminal; not TIOCSTI, which inserts input */
        SKIP_UNLESS(SYS_ioctl, 5),
        ARGUMENT(1),
        SKIP_UNLESS(TIOCOUTQ, 1),
        END(ALLOW),
        SKIP_UNLESS(TCGETS, 1),
        END(ALLOW),
        LOAD(nr),
        /* processes, but none in a namespace of its own */
        SKIP_UNLESS(SYS_clone, 4),
        ARGUMENT(0),
        SKIP_IF_ANY(NAMESPACES, 1),
        END(ALLOW),
        END(REFUSE),
        /* for platform_follow_parent */
        SKIP_UNLESS(SYS_prctl, 4),
        ARGUMENT(0),
        SKIP_UNLESS(PR_SET_PDEATHSIG, 1),
        END(ALLOW),
        END(REFUSE),
        /* a filter cannot read clone3's arguments, which are in memory; after ENOSYS for clone3 the
         * C library calls clone */
        SKIP_UNLESS(SYS_clone3, 1),
        END(ABSENT),
    };
    struct sock_filter program[sizeof first / sizeof first[0] + 2 * CALLS + 1];
    struct sock_fprog filter = {.filter = program};
    size_t used = sizeof first / sizeof first[0];

    memcpy(program, first, sizeof first);
    for (size_t i = 0; i < CALLS; i++) {
        program[used++] = SKIP_UNLESS(calls[i], 1);
        program[used++] = END(ALLOW);
    }
    program[used++] = END(REFUSE);
    filter.len = (unsigned short)used;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
        return 0;
    if (errno == EINVAL) /* the kernel was built without filters */
        errno = EOPNOTSUPP;
    return -1;
}

#else

static int filter_calls(void)
{
    errno = EOPNOTSUPP;
    return -1;
}

#endif

/* ---- files */

#ifdef LANDLOCK_ACCESS_FS_REFER

static bool allow_beneath(int rules, int directory, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = directory};

    return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* True also if the path does not exist. */
static bool allow_path(int rules, int directory, const char *path, uint64_t access)
{
    int fd = openat(directory, path, O_PATH | O_CLOEXEC), failed;
    bool done = fd >= 0 && allow_beneath(rules, fd, access);

    if (fd < 0)
        return errno == ENOENT;
    failed = errno;
    close(fd);
    errno = failed;
    return done;
}

/* Allows what sandbox.h lists, and the removal of the runtime directory and the table at the end.
 */
static bool allow_needs(int rules, const struct sandbox *sandbox, uint64_t read, uint64_t keep)
{
    const uint64_t sockets =
        LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;

    return allow_beneath(rules, sandbox->share, read) &&
           (sandbox->inbox < 0 || allow_beneath(rules, sandbox->inbox, keep)) &&
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
static int confine_files(const struct sandbox *sandbox, int directory)
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
                              : allow_beneath(rules, directory, lines)) &&
                     syscall(SYS_landlock_restrict_self, rules, 0) == 0
                 ? 0
                 : errno;
    close(rules);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

#else

static int confine_files(const struct sandbox *sandbox, int directory)
{
    (void)sandbox;
    (void)directory;
    errno = EOPNOTSUPP;
    return -1;
}

#endif

static int enter(const struct sandbox *sandbox, int directory, const char **missing)
{
    static const char *const words[2][2] = {
        {NULL, "system calls (seccomp)"},
        {"files (landlock)", "files (landlock) and system calls (seccomp)"},
    };
    bool confined, filtered;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    confined = confine_files(sandbox, directory) == 0;
    if (!confined && errno != EOPNOTSUPP)
        return -1;
    filtered = filter_calls() == 0;
    if (!filtered && errno != EOPNOTSUPP)
        return -1;
    *missing = words[!confined][!filtered];
    return 0;
}

int sandbox_enter(const struct sandbox *sandbox, const char **missing)
{
    return enter(sandbox, -1, missing);
}

int sandbox_enter_directory(int directory, const char **missing)
{
    return enter(NULL, directory, missing);
}
