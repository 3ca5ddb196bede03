/* Linux: which system calls parent, handlers and clerk may make; seccomp(2) refuses all others. */
#define _GNU_SOURCE /* CLONE_*, AT_EMPTY_PATH */

#include "server/system/sandbox_linux_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "server/parcel.h"
#include "server/system/kernel_linux.h"

#ifdef AUDIT_ARCH

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
    SYS_lseek,
    SYS_fcntl,
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
    SYS_pipe2,
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
    /* for the start of a program that takes this one's place (program_execute) */
    SYS_set_tid_address,
    SYS_readlinkat,
#ifdef SYS_readlink
    SYS_readlink,
#endif
#ifdef __arm__
    ARM_SET_TLS,
#endif
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
#ifdef SYS_newfstatat
    SYS_newfstatat,
#endif
#ifdef SYS_mmap
    SYS_mmap,
#endif
#ifdef SYS_sendfile
    SYS_sendfile,
#endif
#ifdef SYS_open /* the old calls, which newer architectures do not have */
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_poll,
    SYS_epoll_wait,
    SYS_unlink,
    SYS_rmdir,
    SYS_mkdir,
    SYS_rename,
    SYS_link,
    SYS_dup2,
    SYS_fork,
    SYS_setrlimit,
    SYS_access,
    SYS_pipe,
#endif
#ifdef SYS_select
    SYS_select,
#endif
#ifdef SYS_accept
    SYS_accept,
#endif
#ifdef SYS_getrlimit
    SYS_getrlimit,
#endif
#ifdef SYS_time
    SYS_time,
#endif
#ifdef SYS_mmap2 /* for 64 bits of files' lengths, users and times on machines with 32 bits */
    SYS_mmap2,
    SYS__llseek,
    SYS_fcntl64,
    SYS_stat64,
    SYS_lstat64,
    SYS_fstat64,
    SYS_fstatat64,
    SYS_ftruncate64,
    SYS_sendfile64,
    SYS_statfs64,
    SYS_fstatfs64,
    SYS_getuid32,
    SYS_geteuid32,
    SYS_getgid32,
    SYS_getegid32,
    SYS_ugetrlimit,
    SYS_sigreturn,
    SYS__newselect,
    SYS_send,
    SYS_recv,
#endif
#ifdef SYS_clock_gettime64
    SYS_clock_gettime64,
    SYS_clock_nanosleep_time64,
    SYS_ppoll_time64,
    SYS_pselect6_time64,
    SYS_utimensat_time64,
    SYS_futex_time64,
#endif
};
#define CALLS (sizeof calls / sizeof calls[0])

/* The filter's program (bpf): each instruction looks at what LOAD or ARGUMENT took last. */
#define LOAD(field)                                                                                \
    {                                                                                              \
        BPF_LOAD_WORD, 0, 0, offsetof(struct seccomp_data, field)                                  \
    }
#define ARGUMENT(n)                                                                                \
    {                                                                                              \
        BPF_LOAD_WORD, 0, 0, offsetof(struct seccomp_data, args[n]) + LOWER_HALF                   \
    }
#define UPPER(n)                                                                                   \
    {                                                                                              \
        BPF_LOAD_WORD, 0, 0, offsetof(struct seccomp_data, args[n]) + 4 - LOWER_HALF               \
    }
#define SKIP_UNLESS(value, count)                                                                  \
    {                                                                                              \
        BPF_JUMP_EQUAL, 0, count, (uint32_t)(value)                                                \
    }
#define SKIP_IF_ANY(bits, count)                                                                   \
    {                                                                                              \
        BPF_JUMP_SET, count, 0, (uint32_t)(bits)                                                   \
    }
#define SKIP(count)                                                                                \
    {                                                                                              \
        BPF_JUMP_ALWAYS, 0, 0, count                                                               \
    }
#define END(action)                                                                                \
    {                                                                                              \
        BPF_RETURN, 0, 0, action                                                                   \
    }

#define ALLOW  SECCOMP_RET_ALLOW
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)

/* What a child in a namespace of its own would be cloned with. */
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

/* Six calls are allowed only with the arguments named here. */
static const struct sock_filter first[] = {
    LOAD(arch),
    SKIP_UNLESS(AUDIT_ARCH, 1),
    SKIP(1),
    END(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    /* sockets within this machine only: for syslog and the service manager */
    SKIP_UNLESS(SYS_socket, 4),
    ARGUMENT(0),
    SKIP_UNLESS(AF_UNIX, 1),
    END(ALLOW),
    END(REFUSE),
    /* the same through socketcall, whose further arguments are in memory, where a filter cannot
     * read them; platform_datagrams makes its socket without it */
    SKIP_UNLESS(SYS_socketcall, 4),
    ARGUMENT(0),
    SKIP_UNLESS(SOCKETCALL_SOCKET, 1),
    END(REFUSE),
    END(ALLOW),
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
    ARGUMENT(CLONE_FLAGS_AT),
    SKIP_IF_ANY(NAMESPACES, 1),
    END(ALLOW),
    END(REFUSE),
    /* for platform_follow_parent, and for program_begin */
    SKIP_UNLESS(SYS_prctl, 10),
    ARGUMENT(0),
    SKIP_UNLESS(PR_SET_PDEATHSIG, 1),
    END(ALLOW),
    SKIP_UNLESS(PR_SET_NAME, 1),
    END(ALLOW),
    SKIP_UNLESS(PR_SET_DUMPABLE, 3),
    ARGUMENT(1),
    SKIP_UNLESS(0, 1),
    END(ALLOW),
    END(REFUSE),
#ifdef SYS_arch_prctl /* how a program that begins finds its thread; it cannot do more with this   \
                       */
    SKIP_UNLESS(SYS_arch_prctl, 4),
    ARGUMENT(0),
    SKIP_UNLESS(ARCH_SET_FS, 1),
    END(ALLOW),
    END(REFUSE),
#endif
    /* a filter cannot read clone3's arguments, which are in memory; after ENOSYS for clone3 the
     * C library calls clone */
    SKIP_UNLESS(SYS_clone3, 1),
    END(ABSENT),
};
#define FIRST (sizeof first / sizeof first[0])

/* Only who knows the word can execute a program: the sixth argument, which execveat(2) does not
 * have, must be it. A filter cannot tell parent and handlers apart, and a second filter for each
 * handler would cost it a third of its rate; but the parent keeps the word in memory that handlers
 * do not get. At the place of WORD[0] and WORD[1] its two halves are put in. */
static const struct sock_filter execute[] = {
    SKIP_UNLESS(SYS_execveat, 8),
    ARGUMENT(5),
    SKIP_UNLESS(0, 5),
    UPPER(5),
    SKIP_UNLESS(0, 3),
    ARGUMENT(4),
    SKIP_UNLESS(AT_EMPTY_PATH, 1),
    END(ALLOW),
    END(REFUSE),
};
#define EXECUTE (sizeof execute / sizeof execute[0])
enum { LOWER_AT = 2, UPPER_AT = 4 };

#define PROGRAM (FIRST + EXECUTE + 2 * CALLS + 1)

/* Returns the number of instructions. */
static size_t build(struct sock_filter program[PROGRAM], const unsigned long *word)
{
    size_t used = FIRST;

    memcpy(program, first, sizeof first);
    if (word != NULL) {
        memcpy(program + used, execute, sizeof execute);
        program[used + LOWER_AT].k = (uint32_t)*word;
        program[used + UPPER_AT].k = (uint32_t)((uint64_t)*word >> 32);
        used += EXECUTE;
    }
    for (size_t i = 0; i < CALLS; i++) {
        program[used++] = (struct sock_filter)SKIP_UNLESS(calls[i], 1);
        program[used++] = (struct sock_filter)END(ALLOW);
    }
    program[used++] = (struct sock_filter)END(REFUSE);
    return used;
}

/* Handlers get a copy of this stack. */
static void wipe(struct sock_filter *program, size_t count)
{
    volatile unsigned char *byte = (volatile unsigned char *)program;

    for (size_t i = 0; i < count * sizeof *program; i++)
        byte[i] = 0;
}

int sandbox_filter_calls(const unsigned long *word)
{
    struct sock_filter program[PROGRAM];
    struct sock_fprog filter = {.filter = program};
    int failed;

    filter.len = (unsigned short)build(program, word);
    failed = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 ? 0 : errno;
    wipe(program, PROGRAM);
    errno = failed == EINVAL ? EOPNOTSUPP : failed; /* the kernel was built without filters */
    return failed == 0 ? 0 : -1;
}

uint64_t sandbox_calls_identity(void)
{
    const unsigned long none = 0;
    struct sock_filter program[PROGRAM];

    return parcel_hash(program, build(program, &none) * sizeof program[0]);
}

#else

uint64_t sandbox_calls_identity(void)
{
    return 0;
}

int sandbox_filter_calls(const unsigned long *word)
{
    (void)word;
    errno = EOPNOTSUPP;
    return -1;
}

#endif
