#define _POSIX_C_SOURCE 200809L

#include "server/wire/proxy.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

enum {
    SIGNATURE = 12, /* bytes that tell one version from the other; no header has fewer */
    FIXED = 16,     /* of version 2, before the addresses */
    LINE_MOST = 107 /* of version 1, with CR LF */
};

static const unsigned char signature[SIGNATURE] = "\r\n\r\n\0\r\nQUIT\n";

static bool is_binary(const unsigned char *bytes, size_t length)
{
    return length >= SIGNATURE && memcmp(bytes, signature, SIGNATURE) == 0;
}

static bool is_text(const unsigned char *bytes, size_t length)
{
    return length >= SIGNATURE && memcmp(bytes, "PROXY ", 6) == 0;
}

static unsigned number_of(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

size_t proxy_wants(const unsigned char *bytes, size_t length)
{
    if (length < SIGNATURE)
        return SIGNATURE - length;
    if (is_binary(bytes, length)) {
        size_t whole = length < FIXED ? FIXED : FIXED + number_of(bytes + 14);

        return whole > length && whole <= PROXY_HEADER ? whole - length : 0;
    }
    return is_text(bytes, length) && length < LINE_MOST && bytes[length - 1] != '\n';
}

/* ---- version 1: "PROXY TCP4 192.0.2.1 192.0.2.9 56324 8000\r\n" */

/* Takes the next word, which a space or the end follows. False: it is missing or too long. */
static bool take_word(const char **at, char *word, size_t size)
{
    size_t length = strcspn(*at, " ");

    if (length == 0 || length >= size)
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length + ((*at)[length] == ' ');
    return true;
}

static bool take_address(const char **at, int family, unsigned char address[16])
{
    char word[INET6_ADDRSTRLEN];

    return take_word(at, word, sizeof word) && inet_pton(family, word, address) == 1;
}

static bool take_port(const char **at, uint16_t *port)
{
    char word[6];
    unsigned long value = 0;

    if (!take_word(at, word, sizeof word))
        return false;
    for (const char *c = word; *c != '\0'; c++) {
        if (*c < '0' || *c > '9')
            return false;
        value = value * 10 + (unsigned long)(*c - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

static bool parse_text(const unsigned char *bytes, size_t length, struct proxy_origin *origin)
{
    char line[LINE_MOST + 1], family[8];
    unsigned char other[16];
    const char *at = line + 6;
    uint16_t other_port;
    int kind;

    if (length < 2 || length > LINE_MOST || memcmp(bytes + length - 2, "\r\n", 2) != 0 ||
        memchr(bytes, '\0', length) != NULL)
        return false;
    memcpy(line, bytes, length - 2);
    line[length - 2] = '\0';
    if (!take_word(&at, family, sizeof family))
        return false;
    if (strcmp(family, "UNKNOWN") == 0)
        return true;
    if (strcmp(family, "TCP4") != 0 && strcmp(family, "TCP6") != 0)
        return false;
    kind = family[3] == '4' ? AF_INET : AF_INET6;
    origin->family = kind == AF_INET ? 4 : 6;
    return take_address(&at, kind, origin->address) && take_address(&at, kind, other) &&
           take_port(&at, &origin->port) && take_port(&at, &other_port) && *at == '\0' &&
           line[length - 3] != ' ';
}

/* ---- version 2 */

/* Type, length, value, and so on; what they say is not of interest here. */
static bool are_tlvs(const unsigned char *bytes, size_t length)
{
    while (length >= 3) {
        size_t whole = 3 + number_of(bytes + 1);

        if (whole > length)
            return false;
        bytes += whole;
        length -= whole;
    }
    return length == 0;
}

/* `width` bytes of each address, and both ports, come first. */
static bool take_both(const unsigned char *bytes, size_t length, size_t width,
                      struct proxy_origin *origin)
{
    const size_t both = 2 * width + 4;

    if (length < both || !are_tlvs(bytes + both, length - both))
        return false;
    origin->family = width == 4 ? 4 : 6;
    memcpy(origin->address, bytes, width);
    origin->port = (uint16_t)number_of(bytes + 2 * width);
    return true;
}

static bool parse_binary(const unsigned char *bytes, size_t length, struct proxy_origin *origin)
{
    enum { LOCAL = 0x20, PROXIED = 0x21, UNSPECIFIED = 0, TCP4 = 0x11, TCP6 = 0x21, UNIX = 0x31 };
    const unsigned char *behind = bytes + FIXED;

    if (length < FIXED || length != FIXED + number_of(bytes + 14))
        return false;
    if (bytes[12] == LOCAL)
        return true;
    if (bytes[12] != PROXIED)
        return false;
    switch (bytes[13]) {
    case UNSPECIFIED:
        return true;
    case TCP4:
        return take_both(behind, length - FIXED, 4, origin);
    case TCP6:
        return take_both(behind, length - FIXED, 16, origin);
    case UNIX: /* two paths of 108 bytes */
        return length >= FIXED + 216 && are_tlvs(behind + 216, length - FIXED - 216);
    default:
        return false;
    }
}

/* An IPv4 address in IPv6's clothes is one of IPv4. */
static void undress(struct proxy_origin *origin)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    if (origin->family != 6 || memcmp(origin->address, mapped, sizeof mapped) != 0)
        return;
    origin->family = 4;
    memmove(origin->address, origin->address + sizeof mapped, 4);
    memset(origin->address + 4, 0, sizeof mapped);
}

bool proxy_parse(const unsigned char *bytes, size_t length, struct proxy_origin *origin)
{
    bool good = false;

    *origin = (struct proxy_origin){.family = 0};
    if (is_binary(bytes, length))
        good = parse_binary(bytes, length, origin);
    else if (is_text(bytes, length))
        good = parse_text(bytes, length, origin);
    undress(origin);
    return good;
}
