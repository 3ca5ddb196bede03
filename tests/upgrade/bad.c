/* Programs that cannot take over, to be put into the daemon's place (tests/upgrade.bats). They are
 * linked as rollcalld is, because the confinement lets no program load another file. BAD says
 * which.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { aborts, hangs, closes, talks, lies };

int main(void)
{
    switch (BAD) {
    case aborts:
        abort();
    case closes: /* its output, and hangs */
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
            (void)close(fd);
        /* fallthrough */
    case hangs:
        for (;;)
            pause();
    case talks: /* without an end */
        for (;;)
            puts("I am another program.");
    case lies: /* but not well */
        printf("it can take over");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
