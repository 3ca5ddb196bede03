/* Takes access to files and system calls away from a process and its children, for good.
 * sandbox_linux.c and sandbox_posix.c each define it; the Makefile chooses one for this system, and
 * sandbox_posix.c for sanitizers, POSIX_ONLY=1 and UNCONFINED=1. */
#ifndef SERVER_SYSTEM_SANDBOX_H
#define SERVER_SYSTEM_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Descriptors of directories: all that a process can still reach by a path. They stay the caller's,
 * and need not stay open. */
struct sandbox {
    int share;     /* to read what is in it */
    int inbox;     /* to keep files in it; -1: none */
    int runtime;   /* to make and remove sockets in it */
    int log;       /* to make files in it, and write to them; -1: none */
    int config;    /* to read files in it; -1: none */
    bool own_base; /* the directory above that one holds runtime directories alone, so that ours can
                      be made again */
    int program;   /* to execute what is in it; -1: none */
    const unsigned long *word; /* sandbox_linux_calls.h */
};

/* For a process that writes to files in one directory, and to a log as in struct sandbox, and does
 * nothing else with files. Returns as sandbox_enter. */
int sandbox_enter_directory(int directory, int log, const char **missing);

/* Enters the sandbox: no programs, no new privileges, no files beyond those, no system calls that
 * neither parent nor handlers need (seccomp(2), landlock(7)). Before any thread is started. Returns
 * 0, and *missing names in English what this system cannot take away (NULL: nothing is missing); or
 * -1 with errno, and the process must end, because it may be confined in part. */
int sandbox_enter(const struct sandbox *sandbox, const char **missing);

/* A number for what sandbox_enter permits: a program that takes this one's place inherits the
 * sandbox and cannot change it, so it must have the same. */
uint64_t sandbox_identity(void);

#endif
