#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1 /* SIGWINCH and TIOCGWINSZ, which POSIX.1-2008 does not have */

#include "shm/ctl/console.h"

#include <errno.h>
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
#define RESIZED 0 /* the next look at the table finds the new size */
#endif

#define COLUMNS 80
#define ROWS    24
#define MOST    1000 /* columns or rows; more are taken to be an error */

/* Another screen, without a cursor; and back. */
static const char enter[] = "\033[?1049h\033[?25l", leave[] = "\033[0m\033[?25h\033[?1049l";

static struct termios before;
static volatile sig_atomic_t begun, stop, continued;
static sigset_t waiting; /* the signals that are blocked during a wait */

static void restore(void)
{
    if (!begun)
        return;
    begun = 0;
    (void)!write(STDOUT_FILENO, leave, strlen(leave));
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

/* Restores the terminal, and dies of the signal, whose handler was reset (SA_RESETHAND). */
static void on_end(int signal)
{
    restore();
    raise(signal);
}

/* The wait ends, and that is all for SIGWINCH. */
static void on_news(int signal)
{
    if (signal == SIGTSTP)
        stop = 1;
    if (signal == SIGCONT)
        continued = 1;
}

static void set_signals(void)
{
    static const int ends[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGBUS, SIGABRT};
    const int news[] = {SIGTSTP, SIGCONT, RESIZED};
    struct sigaction action = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND};
    sigset_t blocked;

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        sigaction(ends[i], &action, NULL);
    action = (struct sigaction){.sa_handler = on_news};
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof news / sizeof news[0]; i++) {
        if (news[i] == 0)
            continue;
        sigaction(news[i], &action, NULL);
        sigaddset(&blocked, news[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &waiting);
}

static int set_mode(void)
{
    struct termios keys = before;

    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    keys.c_iflag &= ~(tcflag_t)(IXON | INLCR);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    while (tcsetattr(STDIN_FILENO, TCSADRAIN, &keys) != 0) /* a background process stops here */
        if (errno != EINTR)
            return -1;
    begun = 1;
    (void)!write(STDOUT_FILENO, enter, strlen(enter));
    return 0;
}

int console_begin(void)
{
    if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) {
        errno = ENOTTY;
        return -1;
    }
    set_signals();
    (void)atexit(restore);
    return set_mode();
}

void console_end(void)
{
    restore();
}

void console_suspend(void)
{
    sigset_t only;

    restore();
    stop = 0;
    (void)signal(SIGTSTP, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &only, NULL); /* here the process stops, and goes on later */
    sigprocmask(SIG_BLOCK, &only, NULL);
    (void)sigaction(SIGTSTP, &(struct sigaction){.sa_handler = on_news}, NULL);
    if (tcgetattr(STDIN_FILENO, &before) == 0)
        (void)set_mode();
}

enum console_news console_wait(int ms, char *keys, size_t size, size_t *length)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    int highest = -1;
    fd_set input;
    ssize_t got;

    FD_ZERO(&input);
    descriptors_add(STDIN_FILENO, &input, &highest);
    if (pselect(highest + 1, &input, NULL, NULL, &time, &waiting) <= 0) {
        if (stop)
            console_suspend();
        else if (continued) /* after SIGSTOP, before which nothing was restored, a shell has set its
                               own mode */
            (void)set_mode();
        continued = 0;
        return CONSOLE_DRAW;
    }
    got = read(STDIN_FILENO, keys, size);
    if (got < 0 && errno == EINTR)
        return CONSOLE_DRAW;
    *length = got > 0 ? (size_t)got : 0;
    return got > 0 ? CONSOLE_KEYS : CONSOLE_END;
}

/* What the terminal says; 0: it does not. */
#if defined(TIOCGWINSZ) && !defined(POSIX_ONLY)
static struct console_size window_size(void)
{
    struct winsize window;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0)
        return (struct console_size){0, 0};
    return (struct console_size){window.ws_col, window.ws_row};
}
#else
static struct console_size window_size(void)
{
    return (struct console_size){0, 0};
}
#endif

static size_t choose(size_t said, const char *variable, size_t usual)
{
    const char *value = getenv(variable);

    if (said == 0 && value != NULL)
        said = strtoul(value, NULL, 10);
    return said == 0 || said > MOST ? usual : said;
}

struct console_size console_size(void)
{
    struct console_size size = window_size();

    return (struct console_size){choose(size.columns, "COLUMNS", COLUMNS),
                                 choose(size.rows, "LINES", ROWS)};
}
