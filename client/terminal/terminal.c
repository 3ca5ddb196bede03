#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1 /* SIGWINCH and TIOCGWINSZ, which POSIX.1-2008 does not have */

#include "client/terminal/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "client/limits.h"
#include "server/wire/descriptors.h"

#ifdef SIGWINCH
#define RESIZED SIGWINCH
#else
#define RESIZED 0 /* no signal reports a resized window */
#endif

static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l\033[0m";

static struct termios before;
static volatile sig_atomic_t begun, resized, stop, continued;
static sigset_t waiting; /* the signals that are blocked during a wait */

static void restore(void)
{
    if (!begun)
        return;
    begun = 0;
    (void)!write(STDOUT_FILENO, paste_off, strlen(paste_off));
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

/* Restores the terminal, and dies of the signal, whose handler was reset (SA_RESETHAND). */
static void on_end(int signal)
{
    if (begun)
        (void)!write(STDOUT_FILENO, "\r\n", 2);
    restore();
    raise(signal);
}

static void on_news(int signal)
{
    if (signal == RESIZED)
        resized = 1;
    if (signal == SIGTSTP)
        stop = 1;
    if (signal == SIGCONT)
        continued = 1;
}

static void set_signals(void)
{
    static const int ends[] = {SIGTERM, SIGHUP,  SIGINT, SIGQUIT, SIGSEGV,
                               SIGBUS,  SIGABRT, SIGFPE, SIGILL,  SIGPIPE};
    struct sigaction action = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND};
    sigset_t blocked;

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i] != SIGPIPE)
            sigaction(ends[i], &action, NULL);
    action = (struct sigaction){.sa_handler = on_news};
    sigemptyset(&blocked);
    sigaction(SIGTSTP, &action, NULL);
    sigaddset(&blocked, SIGTSTP);
    sigaction(SIGCONT, &action, NULL);
    sigaddset(&blocked, SIGCONT);
    if (RESIZED != 0) {
        sigaction(RESIZED, &action, NULL);
        sigaddset(&blocked, RESIZED);
    }
    sigprocmask(SIG_BLOCK, &blocked, &waiting);
}

static int set_mode(void)
{
    struct termios keys = before;

    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    keys.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | IGNCR);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    while (tcsetattr(STDIN_FILENO, TCSADRAIN, &keys) != 0) /* a background process stops here */
        if (errno != EINTR)
            return -1;
    begun = 1;
    (void)!write(STDOUT_FILENO, paste_on, strlen(paste_on));
    return 0;
}

/* Saves the mode to be restored at the end. Must not be called while this program's own mode is
 * set. */
static int keep_mode(void)
{
    return tcgetattr(STDIN_FILENO, &before);
}

int terminal_begin(void)
{
    static bool once;

    if (begun)
        return 0;
    if (keep_mode() != 0)
        return -1;
    if (!once) {
        set_signals();
        atexit(restore);
    }
    once = true;
    return set_mode();
}

void terminal_end(void)
{
    restore();
}

void terminal_suspend(void)
{
    sigset_t only;
    bool was = begun;

    restore();
    (void)signal(SIGTSTP, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    sigaddset(&only, SIGCONT); /* else terminal_news would report this SIGCONT */
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &only, NULL); /* here the process stops, and goes on later */
    if (was && keep_mode() == 0)
        (void)set_mode();
    sigprocmask(SIG_BLOCK, &only, NULL);
    (void)sigaction(SIGTSTP, &(struct sigaction){.sa_handler = on_news}, NULL);
    continued = 0;
}

struct terminal_news terminal_news(void)
{
    struct terminal_news news = {resized != 0, stop != 0, continued != 0};

    resized = stop = continued = 0;
    if (news.continued && begun)
        (void)set_mode(); /* after SIGSTOP a shell has set its own mode */
    return news;
}

struct terminal_ready terminal_wait(int fd, short events, int ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    struct terminal_ready ready = {false, false};
    int highest = -1;
    fd_set read, write;

    FD_ZERO(&read);
    FD_ZERO(&write);
    descriptors_add(STDIN_FILENO, &read, &highest);
    if ((events & POLLIN) != 0)
        descriptors_add(fd, &read, &highest);
    if ((events & POLLOUT) != 0)
        descriptors_add(fd, &write, &highest);
    if (pselect(highest + 1, &read, &write, NULL, ms < 0 ? NULL : &time, &waiting) <= 0)
        return ready;
    ready.keys = descriptors_have(&read, STDIN_FILENO);
    ready.other = descriptors_have(&read, fd) || descriptors_have(&write, fd);
    return ready;
}

/* What the terminal says; 0: it does not. */
#if defined(TIOCGWINSZ) && !defined(POSIX_ONLY)
static size_t window_columns(void)
{
    struct winsize window;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 ||
        ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0)
        return window.ws_col;
    return 0;
}
#else
static size_t window_columns(void)
{
    return 0;
}
#endif

size_t terminal_columns(void)
{
    const char *said = getenv("COLUMNS");
    size_t columns = window_columns();

    if (columns == 0 && said != NULL)
        columns = strtoul(said, NULL, 10);
    if (columns == 0 || columns > TERMINAL_COLUMNS_MOST)
        return TERMINAL_COLUMNS;
    return columns < TERMINAL_COLUMNS_LEAST ? TERMINAL_COLUMNS_LEAST : columns;
}

bool terminal_is_smart(void)
{
    const char *term = getenv("TERM");

    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}
