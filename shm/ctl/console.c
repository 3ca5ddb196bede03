#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/console.h"

#include <errno.h>
#include <unistd.h>

/* Another screen, without a cursor; and back. */
static const struct tty_style style = {"\033[?1049h\033[?25l", "\033[0m\033[?25h\033[?1049l", ""};

int console_begin(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        errno = ENOTTY;
        return -1;
    }
    return tty_begin(&style);
}

enum console_news console_wait(int ms, char *keys, size_t size, size_t *length)
{
    bool ready = tty_wait(-1, 0, ms).keys;
    ssize_t got;

    if (tty_news().stop)
        tty_suspend();
    if (!ready)
        return CONSOLE_DRAW;
    got = read(STDIN_FILENO, keys, size);
    if (got < 0 && errno == EINTR)
        return CONSOLE_DRAW;
    *length = got > 0 ? (size_t)got : 0;
    return got > 0 ? CONSOLE_KEYS : CONSOLE_END;
}
