#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1 /* SIGWINCH and TIOCGWINSZ, which POSIX.1-2008 does not have */

#include "server/wire/tty.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "server/wire/descriptors.h"

#ifdef SIGWINCH
#define RESIZED SIGWINCH
#else
#define RESIZED 0 /* no signal reports a resized window */
#endif

#define COLUMNS 80
#define ROWS    24

static const struct tty_style *style;
static struct termios before;
static volatile sig_atomic_t begun, resized, stop, continued;
static sigset_t waiting; /* the signals that are blocked during a wait */

static void restore(void)
{
    if (!begun)
        return;
    begun = 0;
    (void)!write(STDOUT_FILENO, style->leave, strlen(style->leave));
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

/* Restores the terminal, and dies of the signal, whose handler was reset (SA_RESETHAND). */
static void on_end(int signal)
{
    if (begun)
        (void)!write(STDOUT_FILENO, style->killed, strlen(style->killed));
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

/* Blocked outside of a wait; 0: none. */
static const int ours[] = {SIGTSTP, SIGCONT, RESIZED};

static void set_signals(void)
{
    static const int ends[] = {SIGTERM, SIGHUP,  SIGINT, SIGQUIT, SIGSEGV,
                               SIGBUS,  SIGABRT, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND};
    sigset_t blocked;

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        sigaction(ends[i], &action, NULL);
    action = (struct sigaction){.sa_handler = on_news};
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (ours[i] != 0) {
            sigaction(ours[i], &action, NULL);
            sigaddset(&blocked, ours[i]);
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
    (void)!write(STDOUT_FILENO, style->enter, strlen(style->enter));
    return 0;
}

/* Saves the mode to be restored at the end. Must not be called while this program's own mode is
 * set. */
static int keep_mode(void)
{
    return tcgetattr(STDIN_FILENO, &before);
}

int tty_begin(const struct tty_style *which)
{
    static bool once;

    if (begun)
        return 0;
    style = which;
    if (keep_mode() != 0)
        return -1;
    if (!once) {
        set_signals();
        atexit(restore);
    }
    once = true;
    return set_mode();
}

void tty_end(void)
{
    restore();
}

void tty_suspend(void)
{
    sigset_t only;
    bool was = begun;

    restore();
    (void)signal(SIGTSTP, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    sigaddset(&only, SIGCONT); /* else tty_news would report this SIGCONT */
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &only, NULL); /* here the process stops, and goes on later */
    if (was && keep_mode() == 0)
        (void)set_mode();
    sigprocmask(SIG_BLOCK, &only, NULL);
    (void)sigaction(SIGTSTP, &(struct sigaction){.sa_handler = on_news}, NULL);
    continued = 0;
}

struct tty_news tty_news(void)
{
    struct tty_news news = {resized != 0, stop != 0, continued != 0};

    resized = stop = continued = 0;
    if (news.continued && begun)
        (void)set_mode(); /* after SIGSTOP a shell has set its own mode */
    return news;
}

/* pselect(2) lets in no signal where a descriptor is ready, as it always is during a fast download.
 */
static void let_signals_in(void)
{
    sigset_t pending, blocked;
    bool any = false;

    if (sigpending(&pending) != 0)
        return;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        any |= ours[i] != 0 && sigismember(&pending, ours[i]) == 1;
    if (!any)
        return;
    sigprocmask(SIG_SETMASK, &waiting, &blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

struct tty_ready tty_wait(int fd, short events, int ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    struct tty_ready ready = {false, false};
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
    let_signals_in();
    ready.keys = descriptors_have(&read, STDIN_FILENO);
    ready.other = descriptors_have(&read, fd) || descriptors_have(&write, fd);
    return ready;
}

/* What the terminal says; 0: it does not. */
#if defined(TIOCGWINSZ) && !defined(POSIX_ONLY)
static struct tty_size window_size(void)
{
    struct winsize window;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 ||
        ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0)
        return (struct tty_size){window.ws_col, window.ws_row};
    return (struct tty_size){0, 0};
}
#else
static struct tty_size window_size(void)
{
    return (struct tty_size){0, 0};
}
#endif

static size_t choose(size_t said, const char *variable, size_t usual)
{
    const char *value = getenv(variable);

    if (said == 0 && value != NULL)
        said = strtoul(value, NULL, 10);
    return said == 0 || said > TTY_MOST ? usual : said;
}

struct tty_size tty_size(void)
{
    struct tty_size size = window_size();

    return (struct tty_size){choose(size.columns, "COLUMNS", COLUMNS),
                             choose(size.rows, "LINES", ROWS)};
}
