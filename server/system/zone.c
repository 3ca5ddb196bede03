#define _POSIX_C_SOURCE 200809L

#include "server/system/zone.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The last bytes of a file. Returns how many, or 0. */
static size_t read_end(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t length = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = length > (off_t)size ? length - (off_t)size : 0;
    ssize_t got = length <= 0 ? 0 : pread(fd, to, size, from);

    if (fd >= 0)
        close(fd);
    return got > 0 ? (size_t)got : 0;
}

/* tzfile(5): from its version 2 on a file of a zone ends in its rule, between two LFs. */
static bool take_rule(const char *path, char *rule, size_t size)
{
    char text[256];
    size_t used = read_end(path, text, sizeof text), begin;

    if (used < 2 || text[used - 1] != '\n')
        return false;
    text[--used] = '\0';
    for (begin = used; begin > 0 && text[begin - 1] != '\n';)
        begin--;
    if (begin == 0 || begin == used || strlen(text + begin) != used - begin || used - begin >= size)
        return false;
    memcpy(rule, text + begin, used - begin + 1);
    return true;
}

void zone_rule(char *rule, size_t size)
{
    const char *zone = getenv("TZ");
    char path[PATH_MAX];

    rule[0] = '\0';
    if (zone == NULL) {
        (void)take_rule("/etc/localtime", rule, size);
        return;
    }
    if (zone[0] == ':')
        zone++;
    (void)snprintf(path, sizeof path, "%s%s", zone[0] == '/' ? "" : "/usr/share/zoneinfo/", zone);
    if (zone[0] != '\0')
        (void)take_rule(path, rule, size);
}
