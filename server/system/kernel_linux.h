/* What the Linux kernel takes to confine a process: seccomp(2) filters and landlock(7) rules. Laid
 * down here, because a C library may come without the kernel's headers, or with older ones than the
 * kernel that rollcalld runs on. These are the kernel's names and numbers, which never change. */
#ifndef SERVER_SYSTEM_KERNEL_LINUX_H
#define SERVER_SYSTEM_KERNEL_LINUX_H

#include <stdint.h>

/* ---- system calls. The architectures differ in the calls' numbers, in where the lower half of an
 * argument is, and in which argument of clone(2) has the flags; others than these get no filter. */

#if defined(__x86_64__) && defined(__LP64__)
#define AUDIT_ARCH 0xC000003EU
#elif defined(__aarch64__) && defined(__LP64__) && defined(__AARCH64EL__)
#define AUDIT_ARCH 0xC00000B7U
#elif defined(__riscv) && __riscv_xlen == 64
#define AUDIT_ARCH 0xC00000F3U
#elif defined(__s390x__)
#define AUDIT_ARCH     0x80000016U
#define LOWER_HALF     4
#define CLONE_FLAGS_AT 1
#elif defined(__arm__) && defined(__ARM_EABI__) && defined(__ARMEL__)
#define AUDIT_ARCH 0x40000028U
#endif

#ifndef LOWER_HALF
#define LOWER_HALF 0 /* little-endian */
#endif
#ifndef CLONE_FLAGS_AT
#define CLONE_FLAGS_AT 0
#endif

/* The same on every architecture above. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

/* Where the C library may call socket(2) and its kin through another call, as on s390x. */
#ifndef SYS_socketcall
#define SYS_socketcall (-1)
#endif
#define SOCKETCALL_SOCKET 1

/* How the C library's start sets a thread's pointer, on x86-64 and on ARM. */
#define ARCH_SET_FS 0x1002
#define ARM_SET_TLS 0x0F0005

struct sock_filter {
    uint16_t code;
    uint8_t jt, jf;
    uint32_t k;
};

struct sock_fprog {
    unsigned short len;
    struct sock_filter *filter;
};

struct seccomp_data {
    int nr;
    uint32_t arch;
    uint64_t instruction_pointer;
    uint64_t args[6];
};

#define SECCOMP_MODE_FILTER      2
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#define SECCOMP_RET_ERRNO        0x00050000U
#define SECCOMP_RET_ALLOW        0x7FFF0000U

#define BPF_LOAD_WORD   0x20 /* BPF_LD | BPF_W | BPF_ABS */
#define BPF_JUMP_ALWAYS 0x05 /* BPF_JMP | BPF_JA */
#define BPF_JUMP_EQUAL  0x15 /* BPF_JMP | BPF_JEQ | BPF_K */
#define BPF_JUMP_SET    0x45 /* BPF_JMP | BPF_JSET | BPF_K */
#define BPF_RETURN      0x06 /* BPF_RET | BPF_K */

/* ---- files */

struct landlock_ruleset_attr {
    uint64_t handled_access_fs;
};

struct landlock_path_beneath_attr {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

#define LANDLOCK_CREATE_RULESET_VERSION 1U
#define LANDLOCK_RULE_PATH_BENEATH      1

#define LANDLOCK_ACCESS_FS_EXECUTE     (UINT64_C(1) << 0)
#define LANDLOCK_ACCESS_FS_WRITE_FILE  (UINT64_C(1) << 1)
#define LANDLOCK_ACCESS_FS_READ_FILE   (UINT64_C(1) << 2)
#define LANDLOCK_ACCESS_FS_READ_DIR    (UINT64_C(1) << 3)
#define LANDLOCK_ACCESS_FS_REMOVE_DIR  (UINT64_C(1) << 4)
#define LANDLOCK_ACCESS_FS_REMOVE_FILE (UINT64_C(1) << 5)
#define LANDLOCK_ACCESS_FS_MAKE_CHAR   (UINT64_C(1) << 6)
#define LANDLOCK_ACCESS_FS_MAKE_DIR    (UINT64_C(1) << 7)
#define LANDLOCK_ACCESS_FS_MAKE_REG    (UINT64_C(1) << 8)
#define LANDLOCK_ACCESS_FS_MAKE_SOCK   (UINT64_C(1) << 9)
#define LANDLOCK_ACCESS_FS_MAKE_FIFO   (UINT64_C(1) << 10)
#define LANDLOCK_ACCESS_FS_MAKE_BLOCK  (UINT64_C(1) << 11)
#define LANDLOCK_ACCESS_FS_MAKE_SYM    (UINT64_C(1) << 12)
#define LANDLOCK_ACCESS_FS_REFER       (UINT64_C(1) << 13) /* since version 2 */

#endif
