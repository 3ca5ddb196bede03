#define _POSIX_C_SOURCE 200809L

#include "server/web/host.h"

#include <string.h>
#include <strings.h>

#include "shm/table/types.h"

static bool take_port(const char *text, unsigned *port)
{
    size_t length = strspn(text, "0123456789");

    *port = 0;
    if (length == 0 || length > 5 || text[length] != '\0')
        return false;
    for (size_t i = 0; i < length; i++)
        *port = *port * 10 + (unsigned)(text[i] - '0');
    return *port > 0 && *port <= 65535;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool host_parse(const char *authority, char host[HOST_SIZE], unsigned *port)
{
    static const char of_address[] = "0123456789abcdefABCDEF:.";
    static const char of_name[] = "0123456789-._~abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const bool brackets = authority[0] == '[';
    const char *name = authority + brackets;
    size_t length = strspn(name, brackets ? of_address : of_name);
    const char *rest = name + length;

    if (length == 0 || length >= HOST_SIZE || (brackets && *rest++ != ']'))
        return false;
    *port = 80;
    if (*rest != '\0' && (*rest != ':' || !take_port(rest + 1, port)))
        return false;
    for (size_t i = 0; i < length; i++)
        host[i] = lower(name[i]);
    if (length > 1 && host[length - 1] == '.')
        length--;
    host[length] = '\0';
    return true;
}

/* Whether the host is the name, which may have `more` behind it. */
static bool is_name(const char *host, const char *name, size_t length, const char *more)
{
    return length > 0 && strncasecmp(host, name, length) == 0 &&
           strcasecmp(host + length, more) == 0;
}

bool host_is_ours(const struct host_names *names, const char *host)
{
    const char *machine = names->machine;
    size_t first = strcspn(machine, ".");
    struct peer address;

    if (peer_address(host, strlen(host), &address) || strcasecmp(host, "localhost") == 0 ||
        is_name(host, machine, strlen(machine), "") || is_name(host, machine, first, "") ||
        is_name(host, machine, first, ".local"))
        return true;
    for (size_t i = 0; i < names->count; i++)
        if (strcasecmp(host, names->name[i]) == 0)
            return true;
    return false;
}

bool host_same(const char *one, const char *other)
{
    char first[HOST_SIZE], second[HOST_SIZE];
    unsigned port, other_port;

    return host_parse(one, first, &port) && host_parse(other, second, &other_port) &&
           strcmp(first, second) == 0 && port == other_port;
}
