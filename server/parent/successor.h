/* The program that is to take the daemon's place. It is tried before: a child that is confined as
 * the parent is executes it, and it unpacks what the parent has packed (server/carry.h), but does
 * nothing with it. Only a program that has done that is executed by the parent. Both execute the
 * same open file.
 *
 * The daemon's binary must be in a directory that holds nothing else, because landlock(7) can allow
 * a file that does not exist yet only by its directory. The parent and its handlers may then
 * execute and read what is in there, and only the parent knows the word that execveat(2) takes. */
#ifndef SERVER_PARENT_SUCCESSOR_H
#define SERVER_PARENT_SUCCESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/limits.h"
#include "server/system/program.h"

#define SUCCESSOR_SAID 256 /* bytes of what a program said, as one line */

struct successor {
    struct program program;
    int missing;        /* an errno: why there can be none; 0: there can */
    unsigned long word; /* program_execute's */
    int memory;         /* program_memory's, of LIMIT_PARCEL bytes */
    char *const *words; /* the command line */
    char zone[64];      /* TZ for a program that cannot read the system's files; "": as it is */

    /* while one is tried */
    pid_t pid;     /* of the child; 0: none is tried */
    int file;      /* the program's */
    int answer;    /* where the child says whether it can do it */
    int64_t until; /* clock_now: then it is killed */
    bool late;     /* it was */
    bool reaped;   /* it has ended, with this status of waitpid(2) */
    int status;
    char said[SUCCESSOR_SAID];
    size_t length;
};

/* At the start, before any right is given up. */
void successor_prepare(struct successor *successor, char *const *words);

/* Chooses the word: in memory that handlers do not get. */
void successor_choose_word(struct successor *successor);

/* The packed memory, mapped. NULL with errno. */
void *successor_map(int memory);
void successor_unmap(void *memory);

/* Why there can be no successor, in words; NULL: there can. */
const char *successor_missing(const struct successor *successor);

/* Begins to try the program, which gets the table's descriptor and no other. NULL, or one line that
 * says why that is impossible. */
const char *successor_try(struct successor *successor, int table);

/* While it is tried: the time (clock_now) at which to go on, or before, when `answer` can be read.
 */
int64_t successor_due(const struct successor *successor, int64_t now);

/* Goes on. Returns 0: not known yet; 1: the program can do it; -1: it cannot, and *line says why.
 */
int successor_go_on(struct successor *successor, int64_t now, char line[SUCCESSOR_SAID]);

/* Ends the trial. */
void successor_stop(struct successor *successor);

/* The child was waited for by somebody else. */
void successor_reaped(struct successor *successor, int status);

/* The parent becomes that program. Returns only if that is impossible: why. */
const char *successor_execute(struct successor *successor, char line[SUCCESSOR_SAID]);

/* ---- in that program */

/* How this program was executed: not as a successor, to be tried, or to take over. */
enum successor_role { SUCCESSOR_NONE, SUCCESSOR_TRIED, SUCCESSOR_REAL };
enum successor_role successor_role(int *memory);

/* It can take over: says so to the parent, and ends. Or it cannot, and says why. */
__attribute__((noreturn)) void successor_say(const char *why);

/* Takes over: forgets what was tried. guarded: program_begin's. */
void successor_succeed(struct successor *successor, char *const *words, bool guarded);

#endif
