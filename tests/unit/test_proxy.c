/* The header of the PROXY protocol. */
#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "server/wire/proxy.h"
#include "tests/unit/tap.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4        "\xc0\0\2\7\x7f\0\0\1\x13\x88\x1f\x40"

/* Takes the bytes as a visit does. Returns how many the header has. */
static size_t take(const char *bytes, size_t size, struct proxy_origin *origin, bool *good)
{
    size_t length = 0, wanted;

    while ((wanted = proxy_wants((const unsigned char *)bytes, length)) > 0 &&
           wanted <= size - length)
        length += wanted;
    *good = wanted == 0 && proxy_parse((const unsigned char *)bytes, length, origin);
    return length;
}

static bool is_good(const char *bytes, size_t size, size_t behind)
{
    struct proxy_origin origin;
    bool good;

    return take(bytes, size, &origin, &good) == size - behind && good;
}

#define GOOD(bytes, behind) OK(is_good(bytes "join\n", sizeof(bytes "join\n") - 1, 5 + (behind)))
#define BAD(bytes)          OK(!is_good(bytes, sizeof(bytes) - 1, 0))

static void what_is_good(void)
{
    GOOD("PROXY TCP4 1.2.3.4 5.6.7.8 1 65535\r\n", 0);
    GOOD("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
         0);
    GOOD("PROXY UNKNOWN\r\n", 0);
    GOOD("PROXY UNKNOWN a b\r\n\r\n", 2);
    GOOD(SIGNATURE "\x21\x11\0\x0c" V4, 0);
    GOOD(SIGNATURE "\x21\x11\0\x12" V4 "\x04\0\3abc", 0);
    GOOD(SIGNATURE "\x20\xff\0\2??", 0);
    GOOD(SIGNATURE "\x21\0\0\0", 0);
}

static void what_is_not(void)
{
    BAD("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n");
    BAD("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n");
    BAD("PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n");
    BAD("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n");
    BAD("PROXY TCP4 1.2.3.4 5.6.7.8 1 +2\r\n");
    BAD("PROXY TCP4 ::1 ::1 1 2\r\n");
    BAD("PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n");
    BAD("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n");
    BAD("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\0\r\n");
    BAD("proxy UNKNOWN\r\n");
    BAD(SIGNATURE "\x11\x11\0\x0c" V4);
    BAD(SIGNATURE "\x22\x11\0\x0c" V4);
    BAD(SIGNATURE "\x21\x12\0\x0c" V4);
    BAD(SIGNATURE "\x21\x21\0\x0c" V4);
    BAD(SIGNATURE "\x21\x11\0\x0e" V4 "\x04\0");
    BAD(SIGNATURE "\x21\x11\0\x10" V4 "\x04\0\2a");
}

static void what_it_says(void)
{
    static const char mapped[] = SIGNATURE "\x21\x21\0\x24\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\7"
                                           "0123456789abcdef\x13\x88\x1f\x40";
    static const char text[] = "PROXY TCP4 192.0.2.7 127.0.0.1 5000 8000\r\n";
    struct proxy_origin origin;
    bool good;

    (void)take(mapped, sizeof mapped - 1, &origin, &good);
    OK(good && origin.family == 4 && origin.port == 5000);
    OK(memcmp(origin.address, "\xc0\0\2\7\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
    (void)take(text, sizeof text - 1, &origin, &good);
    OK(good && origin.family == 4 && origin.port == 5000);
    OK(memcmp(origin.address, "\xc0\0\2\7\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
    (void)take(SIGNATURE "\x20\x11\0\x0c" V4, 28, &origin, &good);
    OK(good && origin.family == 0);
}

int main(void)
{
    what_is_good();
    what_is_not();
    what_it_says();
    return tap_end();
}
