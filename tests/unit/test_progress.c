#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "client/files/progress.h"
#include "server/wire/text.h"
#include "tests/unit/tap.h"

static char line[2500];

static const char *at(const char *name, uint64_t offset, uint64_t have, uint64_t total,
                      double seconds, size_t width)
{
    struct progress progress = {.name = name, .offset = offset, .total = total};

    progress_format(line, sizeof line, &progress, have, (int64_t)(seconds * 1e9), width);
    return line;
}

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

int main(void)
{
    int bad = 0;

    OK(strcmp(at("a.iso", 0, 50, 100, 1, 60),
              "a.iso [##########          ]  50 %  100 B  50 B/s  0:01") == 0 ||
       strlen(line) == 60);
    OK(strstr(line, "50 %") != NULL && strstr(line, "50 B/s") != NULL);
    /* counted from where it was resumed */
    OK(strstr(at("a", 900, 950, 1000, 1, 79), " 95 %") != NULL);
    OK(strstr(line, "50 B/s  0:01") != NULL);
    /* the time left, then the time taken */
    OK(strstr(at("a", 0, 1000000, 4000000, 10, 79), "100 kB/s  0:30") != NULL);
    OK(strstr(at("a", 0, 4000000, 4000000, 65, 79), "100 %  4.0 MB  62 kB/s  1:05") != NULL);
    OK(strstr(at("a", 0, 1, 1000000, 3600, 79), "99:59:59") != NULL);
    OK(strstr(at("empty", 0, 0, 0, 0, 79), "100 %") != NULL);
    OK(strstr(at("a", 0, 999999, 1000000, 1, 79), " 99 %") != NULL); /* 100 is whole */
    OK(strcmp(at("a", 0, 1, 2, 1, 5), " 50 %") == 0);
    for (size_t width = 5; width < 200; width++) {
        bad += characters(at("name", 0, 1, 3, 1, width)) != width;
        bad += characters(at("a name that is much longer than this terminal", 0, 1, 3, 1, width)) !=
               width;
        bad += characters(at("\xc3\xbc\xc3\xbc\xc3\xbc\xe7\x8c\xab\xe7\x8c\xab", 0, 1, 3, 1,
                             width)) > width;
        bad += !text_is_clean(line, strlen(line));
        bad += characters(at("x", 0, UINT64_C(1) << 60, UINT64_C(1) << 62, 1e-3, width)) != width;
    }
    OK(bad == 0);
    return tap_end();
}
