/* Code that all systems share, and fallbacks for functions that only some systems have. */
#define _POSIX_C_SOURCE 200809L

#include "server/system/platform.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS_MOST 65536 /* if the system names no limit, or a higher one */

/* Where /dev/fd gives the same description again, that is one that waits. */
int platform_open_again(int fd)
{
    char path[32];
    struct stat st;
    int again;

    if (fstat(fd, &st) != 0 || (!S_ISFIFO(st.st_mode) && !isatty(fd)))
        return -1;
    (void)snprintf(path, sizeof path, "/dev/fd/%d", fd);
    again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (again >= 0 && (fcntl(again, F_GETFL) & O_NONBLOCK) != 0)
        return again;
    if (again >= 0)
        close(again);
    return -1;
}

ssize_t platform_copy_file(int to, int from, off_t *offset, size_t count)
{
    char buffer[16384];
    ssize_t got = pread(from, buffer, count < sizeof buffer ? count : sizeof buffer, *offset);
    ssize_t put;

    if (got <= 0)
        return got;
    put = write(to, buffer, (size_t)got);
    if (put > 0)
        *offset += put;
    return put;
}

int platform_take_passed(const void *data, size_t size)
{
    int first = -1, other;

    for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
        memcpy(&other, (const char *)data + at, sizeof other);
        if (first < 0)
            first = other;
        else
            close(other);
    }
    return first;
}

void platform_close_each(int first, int last)
{
    for (int fd = first; fd <= last; fd++)
        close(fd);
}

int platform_last_descriptor(void)
{
    long most = sysconf(_SC_OPEN_MAX);

    return (most > 0 && most < DESCRIPTORS_MOST ? (int)most : DESCRIPTORS_MOST) - 1;
}

/* Descriptors that are kept and lie side by side cost no call; neither does a gap above the
 * highest. */
void platform_close_all_but(const int *keep, size_t count, int highest)
{
    for (int first = STDERR_FILENO + 1; first <= highest;) {
        int kept = highest + 1; /* the lowest descriptor from `first` on that is kept */

        for (size_t i = 0; i < count; i++)
            if (keep[i] >= first && keep[i] < kept)
                kept = keep[i];
        if (first < kept)
            platform_close_between(first, kept - 1);
        first = kept + 1;
    }
}

bool platform_user_number(const char *name, uid_t *user)
{
    const size_t digits = strspn(name, "0123456789");
    const unsigned long long number = strtoull(name, NULL, 10);

    *user = (uid_t)number;
    return digits > 0 && digits <= 10 && name[digits] == '\0' && number == *user &&
           *user != (uid_t)-1;
}
