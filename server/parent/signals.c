#define _POSIX_C_SOURCE 200809L

#include "server/parent/signals.h"

#include <poll.h>
#include <stddef.h>
#include <unistd.h>

#include "server/events.h"

static volatile sig_atomic_t told_to_stop, told_to_reload, told_nothing;

static void on_stop(int signal)
{
    (void)signal;
    told_to_stop = 1;
}

static void on_reload(int signal)
{
    (void)signal;
    told_to_reload = 1;
}

static void on_nothing(int signal)
{
    (void)signal;
    told_nothing = 1;
}

/* Every signal that would otherwise end the parent, and with it every session; except SIGUSR1,
 * which is for handlers (wait_prepare), SIGKILL and SIGSTOP, the signals of job control, and those
 * that report a program error. */
static const struct {
    int signal;
    void (*answer)(int);
} answers[] = {
    {SIGTERM, on_stop},    {SIGINT, on_stop},  {SIGQUIT, on_stop}, {SIGHUP, on_reload},
    {SIGUSR2, on_nothing}, {SIGPIPE, SIG_IGN}, {SIGALRM, SIG_IGN}, {SIGVTALRM, SIG_IGN},
    {SIGPROF, SIG_IGN},    {SIGXFSZ, SIG_IGN},
};

/* Handlers keep these signals blocked: the lifeline ends a handler, and the parent handles Ctrl-C
 * on the terminal. SIGCHLD wakes nobody: a leaving handler sets its bit in the table, and the
 * parent looks there before it gives a slot to the next client (reaper_run). */
void signals_set(sigset_t *waiting)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct sigaction action = {.sa_handler = answers[i].answer}, before;

        sigaction(answers[i].signal, NULL, &before);
        if (before.sa_handler == SIG_IGN) /* nohup(1), or a shell's background */
            continue;
        sigaction(answers[i].signal, &action, NULL);
        if (answers[i].answer != SIG_IGN)
            sigaddset(&blocked, answers[i].signal);
    }
    sigprocmask(SIG_BLOCK, &blocked, waiting);
    /* if the program that started us ignored it, no child could be reaped */
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
}

int signals_terminal(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (isatty(fd))
            return fd;
    return -1;
}

static bool terminal_is_gone(int terminal)
{
    struct pollfd end = {.fd = terminal};

    return terminal >= 0 && poll(&end, 1, 0) > 0 && (end.revents & POLLHUP) != 0;
}

/* A flag is written only if its signal came, because a written page costs the next session a page
 * fault. Closing the terminal window of the daemon ends the daemon. */
enum signals_say signals_take(int terminal)
{
    bool reload = told_to_reload != 0;

    if (reload) {
        told_to_reload = 0;
        if (terminal_is_gone(terminal)) {
            told_to_stop = 1;
            event_terminal_gone();
        }
    }
    if (told_nothing) {
        told_nothing = 0;
        event_signal_ignored("SIGUSR2");
    }
    if (told_to_stop)
        return SIGNALS_STOP;
    return reload ? SIGNALS_RELOAD : SIGNALS_NOTHING;
}
