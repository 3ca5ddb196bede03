#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/format.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/wire/clock.h"
#include "shm/ctl/limits.h"

#define NS        INT64_C(1000000000)
#define TIME_MOST INT64_C(253402300799) /* the last second of the year 9999 */

_Static_assert(FORMAT_SIZE >= DOING_SIZE && FORMAT_SIZE >= NAME_SIZE &&
                   FORMAT_SIZE >= FILE_NAME_SIZE && FORMAT_SIZE >= PEER_TEXT + sizeof "[]:65535",
               "FORMAT_SIZE is enough");

void format_peer(char to[FORMAT_SIZE], const struct peer *peer, bool exact)
{
    char address[PEER_TEXT];

    to[0] = '\0';
    if (peer->family != 4 && peer->family != 6)
        return;
    peer_text(peer, address);
    if (exact)
        (void)snprintf(to, FORMAT_SIZE, "%s", address);
    else
        (void)snprintf(to, FORMAT_SIZE, peer->family == 6 ? "[%s]:%u" : "%s:%u", address,
                       (unsigned)peer->port);
}

void format_port(char to[FORMAT_SIZE], const struct peer *peer)
{
    to[0] = '\0';
    if (peer->family == 4 || peer->family == 6)
        (void)snprintf(to, FORMAT_SIZE, "%u", (unsigned)peer->port);
}

void format_time(char to[FORMAT_SIZE], int64_t when, bool exact)
{
    to[0] = '\0';
    if (when <= 0 || when > TIME_MOST)
        return;
    if (exact)
        clock_utc(to, (time_t)when);
    else
        clock_local(to, (time_t)when);
}

void format_span(char to[FORMAT_SIZE], int64_t ns, bool exact)
{
    int64_t s = ns / NS;

    to[0] = '\0';
    if (ns < 0)
        return;
    if (exact) /* of integers, because a locale may write a decimal comma */
        (void)snprintf(to, FORMAT_SIZE, "%" PRId64 ".%03" PRId64, s, ns % NS / 1000000);
    else if (s < 60)
        (void)snprintf(to, FORMAT_SIZE, "%" PRId64 "s", s);
    else if (s < 3600)
        (void)snprintf(to, FORMAT_SIZE, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
    else if (s < 86400)
        (void)snprintf(to, FORMAT_SIZE, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
    else
        (void)snprintf(to, FORMAT_SIZE, "%" PRId64 "d%02" PRId64 "h", s / 86400, s / 3600 % 24);
}

void format_bytes(char to[FORMAT_SIZE], uint64_t bytes, bool exact)
{
    static const char units[] = "KMGTPE";
    uint64_t over = 0;
    size_t unit = 0;

    for (; bytes >= 1024 && !exact; bytes /= 1024, unit++)
        over = bytes % 1024;
    if (unit == 0)
        (void)snprintf(to, FORMAT_SIZE, "%" PRIu64, bytes);
    else if (bytes < 10)
        (void)snprintf(to, FORMAT_SIZE, "%u.%u%c", (unsigned)bytes, (unsigned)(over * 10 / 1024),
                       units[unit - 1]);
    else
        (void)snprintf(to, FORMAT_SIZE, "%u%c", (unsigned)bytes, units[unit - 1]);
}

void format_why(char to[FORMAT_SIZE], uint32_t why)
{
    (void)snprintf(to, FORMAT_SIZE, "%s",
                   why < LEFT_REASONS ? left_reason((enum left_why)why)->logged : "");
}

void format_choice(char to[FORMAT_SIZE], uint32_t choice, const char *const *words, size_t count)
{
    (void)snprintf(to, FORMAT_SIZE, "%s", choice < count ? words[choice] : "");
}

void format_digest(char to[FORMAT_SIZE], const unsigned char digest[DIGEST_SIZE])
{
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        (void)snprintf(to + 2 * i, FORMAT_SIZE - 2 * i, "%02x", digest[i]);
}
