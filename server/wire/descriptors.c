#define _POSIX_C_SOURCE 200809L

#include "server/wire/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

/* /dev/null is opened for the unused direction, so that reading a missing input and writing to a
 * missing output fail, instead of looking like an empty input and a successful write. */
static const int useless[] = {
    [STDIN_FILENO] = O_WRONLY,
    [STDOUT_FILENO] = O_RDONLY,
    [STDERR_FILENO] = O_RDONLY,
};

int descriptors_fill_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", useless[fd]) != fd) /* the lowest free */
            return -1;
    return 0;
}
