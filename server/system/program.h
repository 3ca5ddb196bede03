/* The program that this process runs, and another that takes its place in the same process. Linux
 * can do that under the confinement; elsewhere all of this fails with ENOSYS. program_linux.c and
 * program_posix.c each define it; the Makefile chooses one. */
#ifndef SERVER_SYSTEM_PROGRAM_H
#define SERVER_SYSTEM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#define PROGRAM_NAME 256

struct program {
    int directory; /* that the program's file is in; -1: not known */
    bool alone;    /* nothing else is in it */
    char name[PROGRAM_NAME];
    char path[PROGRAM_NAME]; /* to be shown; cut */
};

/* Finds the file of the running program, through all links. Early: the daemon may give up the right
 * to look there. Returns 0, or -1 with errno. */
int program_find(struct program *program);

/* Opens what has that name now, to be executed. Returns a descriptor, the caller's, or -1 with
 * errno. Works under the confinement. */
int program_open(const struct program *program);

/* A word for sandbox_enter; never 0. Returns 0, or -1 with errno. */
int program_choose_word(unsigned long *word);

/* Executes an open file in the place of this program. Returns only if that failed, with errno. */
void program_execute(int file, char *const *words, char *const *environment, unsigned long word);

/* The first step of a program that was executed like that: takes its name, and lets other processes
 * of this user look into it no more than before (guarded: they could not). */
void program_begin(const struct program *program, bool guarded);

/* Makes the descriptors from 3 to `last` survive an execution, or not. */
void program_keep_descriptors(int last, bool keep);

/* Memory with a descriptor, that the next program inherits: all zero, and without a page until it
 * is written. Returns the descriptor, or -1 with errno. */
int program_memory(size_t size);

/* Gives all its pages back. */
void program_memory_clear(int memory, size_t size);

#endif
