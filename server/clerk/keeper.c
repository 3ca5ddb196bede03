#define _POSIX_C_SOURCE 200809L

#include "server/clerk/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/events.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"

struct keeper {
    const struct clerk *clerk;
    bool first;            /* no clerk was started yet */
    int life[2];           /* a pipe that ends with this process, which alone has [1] */
    pid_t clerk_pid, heir; /* 0: to be started */
};

/* Not at full speed, where nothing works. */
static void pause_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 50 * CLOCK_MS}, NULL);
}

static void start_clerk(struct keeper *keeper)
{
    const pid_t self = getpid();
    pid_t pid = platform_fork();

    if (pid == 0) {
        (void)platform_follow_parent(SIGKILL, self); /* also if it is stopped */
        close(keeper->life[1]);
        clerk_run(keeper->clerk, keeper->first, keeper->life[0]);
    }
    if (pid > 0) {
        keeper->clerk_pid = pid;
        keeper->first = false;
    }
}

/* Returns in the heir whose keeper has died: true. */
static bool start_heir(struct keeper *keeper)
{
    pid_t pid = platform_fork();
    ssize_t got;
    char word;

    if (pid > 0)
        keeper->heir = pid;
    if (pid != 0)
        return false;
    close(keeper->life[1]);
    while ((got = read(keeper->life[0], &word, 1)) < 0 && errno == EINTR)
        ;
    if (got == 1)
        _exit(EXIT_SUCCESS); /* there is nothing left to write */
    return true;
}

static void take_death(struct keeper *keeper, pid_t pid, int status)
{
    if (pid == keeper->heir) {
        keeper->heir = 0;
        event_journal_heir_died();
        return;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
        _exit(write(keeper->life[1], "", 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
    keeper->clerk_pid = 0;
    event_journal_clerk_died(status);
}

/* Keeps a clerk and an heir. Returns only in an heir whose keeper has died. */
static void keep(struct keeper *keeper)
{
    for (;;) {
        int status;
        pid_t pid;
        bool missing;

        if (keeper->clerk_pid == 0)
            start_clerk(keeper);
        if (keeper->heir == 0 && start_heir(keeper))
            return;
        missing = keeper->clerk_pid == 0 || keeper->heir == 0;
        pid = waitpid(-1, &status, missing ? WNOHANG : 0);
        if (pid > 0)
            take_death(keeper, pid, status);
        if (pid > 0 || missing)
            pause_a_moment();
    }
}

void keeper_run(const struct clerk *clerk)
{
    struct keeper keeper = {.clerk = clerk, .first = true};

    for (;;) {
        while (pipe(keeper.life) != 0)
            pause_a_moment();
        keep(&keeper);
        event_journal_keeper_died();
        close(keeper.life[0]);
        keeper.clerk_pid = keeper.heir = 0;
    }
}
