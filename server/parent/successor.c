#define _POSIX_C_SOURCE 200809L

#include "server/parent/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/system/platform.h"
#include "server/system/zone.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"

/* "tried FD" or "real FD": what the program is to be, and where the memory is. */
#define VARIABLE "ROLLCALL_SUCCESSOR"
#define CAN      "it can take over" /* what a program says that can */

#define FILES (LIMIT_PARENT_FILES + LIMIT_VISITS_FILES)

extern char **environ;

void successor_prepare(struct successor *successor, char *const *words)
{
    *successor = (struct successor){.memory = -1, .file = -1, .answer = -1, .words = words};
    if (program_find(&successor->program) != 0 ||
        (successor->memory = program_memory(LIMIT_PARCEL)) < 0)
        successor->missing = errno;
    zone_rule(successor->zone, sizeof successor->zone);
}

void successor_choose_word(struct successor *successor)
{
    if (successor->missing == 0 && program_choose_word(&successor->word) != 0)
        successor->missing = errno;
}

void *successor_map(int memory)
{
    void *at = mmap(NULL, LIMIT_PARCEL, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);

    return at == MAP_FAILED ? NULL : at;
}

void successor_unmap(void *memory)
{
    munmap(memory, LIMIT_PARCEL);
}

/* ---- trying it */

/* What the child needs: the rest of the parent's memory it does not get. */
struct errand {
    char *name; /* the program's, as it was called */
    int file, memory, table, answer;
    bool alone;
    unsigned long word;
};

/* Why the file was not executed. It was found and opened before, so what is missing is a file that
 * it needs: a script's interpreter finds no script behind a descriptor that is closed on execution.
 * Confined, nobody can read the file to see which it is. */
static const char *why_not_executed(int error, bool alone)
{
    switch (error) {
    case ENOENT:
        return "it is a script, or needs a file that is missing: expected a program that is linked "
               "statically";
    case ENOEXEC:
        return "it is not a program for this machine";
    case EACCES:
        return alone ? "Permission denied: it must be executable, and linked statically"
                     : "Permission denied: the daemon must be the only file in its directory";
    default:
        return strerror(error);
    }
}

/* A program that does not know the variable is only to show its version, not to serve. All that it
 * says comes to us. */
__attribute__((noreturn)) static void become_tried(const struct errand *errand)
{
    static char version[] = "--version";
    char *const words[] = {errand->name, version, NULL};
    char role[32];

    (void)platform_follow_parent(SIGKILL, getppid());
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(errand->answer, fd) < 0)
            _exit(EXIT_FAILURE);
    (void)snprintf(role, sizeof role, "tried %d", errand->memory);
    (void)fcntl(errand->memory, F_SETFD, 0);
    (void)fcntl(errand->table, F_SETFD, 0);
    if (setenv(VARIABLE, role, 1) == 0)
        program_execute(errand->file, words, environ, errand->word);
    (void)dprintf(STDOUT_FILENO, "%s", why_not_executed(errno, errand->alone));
    _exit(EXIT_FAILURE);
}

/* Forks the child. The word must not stay on the stack, which handlers get. */
static pid_t fork_tried(const struct successor *successor, int table, int answer)
{
    struct errand errand = {.name = successor->words[0],
                            .file = successor->file,
                            .memory = successor->memory,
                            .table = table,
                            .answer = answer,
                            .alone = successor->program.alone,
                            .word = successor->word};
    pid_t pid = platform_fork();

    if (pid == 0)
        become_tried(&errand);
    *(volatile unsigned long *)&errand.word = 0;
    return pid;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void forget(struct successor *successor)
{
    close_one(&successor->answer);
    successor->pid = 0;
    successor->late = successor->reaped = false;
    successor->length = 0;
}

const char *successor_missing(const struct successor *successor)
{
    if (successor->missing == ENOSYS)
        return "this system cannot do that: restart the daemon";
    if (successor->missing != 0)
        return "the daemon did not find its own program at the start: restart it";
    return NULL;
}

const char *successor_try(struct successor *successor, int table)
{
    int ends[2];

    successor->file = program_open(&successor->program);
    if (successor->file < 0)
        return strerror(errno);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        close_one(&successor->file);
        return strerror(errno);
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    successor->answer = ends[0];
    successor->until = clock_now() + LIMIT_SUCCESSOR_MS * CLOCK_MS;
    successor->pid = fork_tried(successor, table, ends[1]);
    close(ends[1]);
    if (successor->pid > 0)
        return NULL;
    forget(successor);
    close_one(&successor->file);
    return strerror(errno);
}

/* A child that has said all, or was killed, is waited for soon. */
int64_t successor_due(const struct successor *successor, int64_t now)
{
    return successor->answer < 0 || successor->late ? now + LIMIT_REAP_MS * CLOCK_MS
                                                    : successor->until;
}

/* Returns whether the child has no more to say, or has said too much. */
static bool hear(struct successor *successor)
{
    for (;;) {
        size_t room = sizeof successor->said - 1 - successor->length;
        ssize_t got = read(successor->answer, successor->said + successor->length, room);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 || errno != EAGAIN;
        successor->length += (size_t)got;
    }
}

void successor_stop(struct successor *successor)
{
    kill(successor->pid, SIGKILL);
    (void)waitpid(successor->pid, &successor->status, 0);
    close_one(&successor->file);
    forget(successor);
}

void successor_reaped(struct successor *successor, int status)
{
    successor->reaped = true;
    successor->status = status;
}

/* Why a program that has ended cannot take over. */
static void explain(struct successor *successor, char line[SUCCESSOR_SAID])
{
    int status = successor->status;
    char shown[SUCCESSOR_SAID];

    successor->said[successor->length] = '\0';
    successor->said[strcspn(successor->said, "\n")] = '\0';
    text_show(shown, sizeof shown, successor->said, strlen(successor->said));
    if (successor->late)
        (void)snprintf(line, SUCCESSOR_SAID, "it did not answer within %d seconds",
                       LIMIT_SUCCESSOR_MS / 1000);
    else if (WIFSIGNALED(status) && successor->length == 0)
        (void)snprintf(line, SUCCESSOR_SAID, "signal %d ended it", WTERMSIG(status));
    else if (shown[0] == '\0')
        (void)snprintf(line, SUCCESSOR_SAID, "it ended with status %d", WEXITSTATUS(status));
    else
        (void)snprintf(line, SUCCESSOR_SAID, "%s", shown);
}

int successor_go_on(struct successor *successor, int64_t now, char line[SUCCESSOR_SAID])
{
    int status;
    bool can;

    if (!successor->reaped && waitpid(successor->pid, &status, WNOHANG) == successor->pid)
        successor_reaped(successor, status);
    if (successor->answer >= 0 && hear(successor)) /* afterwards, when all is said */
        close_one(&successor->answer);
    successor->late |= !successor->reaped && now >= successor->until;
    if (!successor->reaped &&
        (successor->late || successor->length == sizeof successor->said - 1)) /* it said too much */
        kill(successor->pid, SIGKILL);
    if (!successor->reaped)
        return 0;
    can = successor->status == 0 && successor->length == strlen(CAN) &&
          memcmp(successor->said, CAN, successor->length) == 0;
    if (!can) {
        explain(successor, line);
        close_one(&successor->file);
    }
    forget(successor);
    return can ? 1 : -1;
}

/* ---- becoming it */

const char *successor_execute(struct successor *successor, char line[SUCCESSOR_SAID])
{
    char role[32];

    (void)snprintf(role, sizeof role, "real %d", successor->memory);
    program_keep_descriptors(FILES - 1, true);
    (void)fcntl(successor->file, F_SETFD, FD_CLOEXEC);
    if (setenv(VARIABLE, role, 1) == 0 &&
        (successor->zone[0] == '\0' || setenv("TZ", successor->zone, 1) == 0))
        program_execute(successor->file, successor->words, environ, successor->word);
    (void)snprintf(line, SUCCESSOR_SAID, "it could not be executed: %s",
                   why_not_executed(errno, successor->program.alone));
    program_keep_descriptors(FILES - 1, false);
    (void)unsetenv(VARIABLE);
    close_one(&successor->file);
    return line;
}

/* ---- in the new program */

enum successor_role successor_role(int *memory)
{
    const char *value = getenv(VARIABLE);
    enum successor_role role = SUCCESSOR_NONE;
    char word[8];

    if (value != NULL && sscanf(value, "%7s %d", word, memory) == 2)
        role = strcmp(word, "real") == 0    ? SUCCESSOR_REAL
               : strcmp(word, "tried") == 0 ? SUCCESSOR_TRIED
                                            : SUCCESSOR_NONE;
    (void)unsetenv(VARIABLE);
    return role;
}

void successor_say(const char *why)
{
    const char *line = why != NULL ? why : CAN;
    bool said = write(STDOUT_FILENO, line, strlen(line)) == (ssize_t)strlen(line);

    _exit(why == NULL && said ? EXIT_SUCCESS : EXIT_FAILURE);
}

void successor_succeed(struct successor *successor, char *const *words, bool guarded)
{
    program_begin(&successor->program, guarded);
    program_keep_descriptors(FILES - 1, false);
    program_memory_clear(successor->memory, LIMIT_PARCEL);
    successor->file = -1; /* it was closed on execution */
    successor->words = words;
    forget(successor);
}
