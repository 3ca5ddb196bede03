#define _POSIX_C_SOURCE 200809L

#include "client/link/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

/* These signals end or stop the client, but only after the terminal's echo is on again. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define SIGNALS (sizeof signals / sizeof signals[0])

static int read_line(int terminal, struct key *key)
{
    size_t used = 0;

    for (;;) {
        unsigned char byte;
        ssize_t got = read(terminal, &byte, 1);

        if (got < 0)
            return -1;
        if (got == 0 || byte == '\n')
            break;
        if (used == KEY_MAX) {
            errno = EINVAL;
            return -1;
        }
        key->byte[used++] = byte;
    }
    key->length = used;
    errno = EINVAL;
    return used > 0 ? 0 : -1;
}

static int ask(int terminal, struct key *key, const char *prompt)
{
    struct termios before, silent;
    int result, failed;

    if (tcgetattr(terminal, &before) != 0)
        return -1;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0)
        return -1;
    (void)!write(terminal, prompt, strlen(prompt));
    result = read_line(terminal, key);
    failed = errno;
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    (void)!write(terminal, "\n", 1);
    errno = failed;
    return result;
}

int secret_ask(struct key *key, const char *prompt)
{
    struct sigaction before[SIGNALS], action = {.sa_handler = on_signal};
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC), result, failed;

    if (terminal < 0)
        return -1;
    caught = 0;
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, &before[i]);
    result = ask(terminal, key, prompt);
    failed = errno;
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    (void)close(terminal);
    if (caught != 0)
        raise(caught);
    errno = failed;
    return result;
}
