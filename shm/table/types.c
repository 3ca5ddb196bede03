#define _POSIX_C_SOURCE 200809L

#include "shm/table/types.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct reason left[LEFT_REASONS] = {
    [LEFT_EXIT] = {"exit", "exit", "exit", "Bye."},
    [LEFT_CLOSED] = {"closed", "closed", "closed the connection", NULL},
    [LEFT_LOST] = {"lost", "lost", "connection lost", NULL},
    [LEFT_READS_NOTHING] = {"stalled", "read nothing", "did not read its replies", NULL},
    [LEFT_SENDS_NOTHING] = {"unsent", "sent nothing", "stopped sending a file", NULL},
    [LEFT_CHANGED] = {"changed", "file changed", "file changed while it was sent", NULL},
    [LEFT_SHUTDOWN] = {"shutdown", "shutdown", "server shut down", NULL},
    [LEFT_KILLED] = {"killed", "handler died", "handler died", NULL},
    [LEFT_IDLE] = {"idle", "idle", "idle for too long", NULL},
    [LEFT_LINE_TIMEOUT] = {"unended", "line not ended", "did not end a line", NULL},
    [LEFT_KICKED] = {"kicked", "kicked", "kicked", "You were sent away."},
    [LEFT_PROTOCOL] = {"protocol", "another protocol", "spoke another protocol", NULL},
    [LEFT_UNCLOSED] = {"unclosed", "cut off", "the server was cut off", NULL},
};

static const struct reason refused[REFUSED_REASONS] = {
    [REFUSED_FULL] = {"full", "server full", "Server full", "Server full."},
    [REFUSED_NETWORK] = {"network", "not allowed", "Not allowed from there",
                         "You may not connect from there."},
    [REFUSED_ADDRESS] = {"address", "too many from one address", "Too many from one address",
                         "Too many clients from your address."},
    [REFUSED_ADDRESS_RATE] = {"address_rate", "too fast from one address",
                              "Too fast from one address",
                              "Too many connections from your address, try again later."},
    [REFUSED_RATE] = {"rate", "too fast", "Too fast", "Too many connections, try again later."},
    [REFUSED_KEY] = {"key", "wrong key", "Wrong key", "Wrong key."},
    [REFUSED_PROTOCOL] = {"protocol", "another protocol", "Another protocol", NULL},
    [REFUSED_DESCRIPTORS] = {"descriptors", "no descriptor", "No descriptor",
                             "The server is out of resources, try again later."},
    [REFUSED_PROCESSES] = {"processes", "no process", "No process",
                           "The server is out of resources, try again later."},
    [REFUSED_VISITS] = {"visits", "too many visits", "Too many visits at once",
                        "Too many connections at once, try again later."},
    [REFUSED_DRAINING] = {"draining", "draining", "Draining", "Server shutting down."},
};

static const struct reason unknown = {"unknown", "unknown", "unknown", NULL};

const struct reason *left_reason(enum left_why why)
{
    return (unsigned)why < LEFT_REASONS ? &left[why] : &unknown;
}

const struct reason *refused_reason(enum refused_why why)
{
    return (unsigned)why < REFUSED_REASONS ? &refused[why] : &unknown;
}

enum left_why left_by_key(const char *key)
{
    enum left_why why = 0;

    while (why < LEFT_REASONS && strcmp(left[why].key, key) != 0)
        why++;
    return why;
}

enum refused_why refused_by_key(const char *key)
{
    enum refused_why why = 0;

    while (why < REFUSED_REASONS && strcmp(refused[why].key, key) != 0)
        why++;
    return why;
}

/* ---- how a client came */

static const char *const vias[] = {
    [VIA_TCP] = "tcp",
    [VIA_WEB] = "web",
    [VIA_PROXY] = "proxy",
    [VIA_WEB | VIA_PROXY] = "web+proxy",
};
#define VIAS (sizeof vias / sizeof vias[0])

const char *via_word(uint32_t via)
{
    return via < VIAS ? vias[via] : "unknown";
}

uint32_t via_by_word(const char *word)
{
    for (uint32_t via = 0; via < VIAS; via++)
        if (strcmp(vias[via], word) == 0)
            return via;
    return VIA_TCP;
}

/* From a connection that does nothing to a working day. */
uint32_t lasted_bound(size_t number)
{
    static const uint32_t bounds[LASTED_BOUNDS] = {1,    10,   60,   300,   900,
                                                   1800, 3600, 7200, 14400, 28800};

    return bounds[number];
}

/* The parent needs this for every client, so IPv4 does without inet_ntop(3), which goes through
 * printf. */
static void put_ipv4(const unsigned char address[4], char text[INET_ADDRSTRLEN])
{
    for (int i = 0; i < 4; i++) {
        if (address[i] >= 100)
            *text++ = (char)('0' + address[i] / 100);
        if (address[i] >= 10)
            *text++ = (char)('0' + address[i] / 10 % 10);
        *text++ = (char)('0' + address[i] % 10);
        *text++ = i < 3 ? '.' : '\0';
    }
}

void peer_text(const struct peer *peer, char text[PEER_TEXT])
{
    size_t length;

    if (peer->family == 4) {
        put_ipv4(peer->address, text);
    } else if (peer->family != 6 || inet_ntop(AF_INET6, peer->address, text, PEER_TEXT) == NULL) {
        memcpy(text, "-", sizeof "-");
    } else if (peer->scope != 0) {
        length = strlen(text);
        (void)snprintf(text + length, PEER_TEXT - length, "%%%u", (unsigned)peer->scope);
    }
}

bool peer_address(const char *text, size_t length, struct peer *peer)
{
    char address[INET6_ADDRSTRLEN];

    if (length >= sizeof address)
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (inet_pton(AF_INET, address, peer->address) == 1)
        peer->family = 4;
    else if (inet_pton(AF_INET6, address, peer->address) == 1)
        peer->family = 6;
    else
        return false;
    return true;
}

/* FNV-1a; sessions are counted from 1, so the highest bit is free. */
uint64_t peer_serial(const struct peer *peer)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ peer->family;

    for (size_t i = 0; i < sizeof peer->address; i++)
        hash = (hash ^ peer->address[i]) * UINT64_C(0x100000001b3);
    return hash | UINT64_C(1) << 63;
}

void peer_parse(struct peer *peer, const char *text, unsigned port)
{
    size_t length = strcspn(text, "%");

    *peer = (struct peer){.port = (uint16_t)port};
    (void)peer_address(text, length, peer);
    if (peer->family == 6 && text[length] == '%')
        peer->scope = (uint32_t)strtoul(text + length + 1, NULL, 10);
}

bool table_room_valid(const char *room)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strlen(room);

    return length >= 1 && length <= TABLE_ROOM_MAX && room[0] != '.' &&
           strspn(room, allowed) == length;
}

bool table_room_set(void *field, const char *value, char *expected, size_t size)
{
    if (!table_room_valid(value)) {
        (void)snprintf(expected, size, "1 to %d letters, digits, '-', '_' or '.', the first no '.'",
                       TABLE_ROOM_MAX);
        return false;
    }
    *(const char **)field = value;
    return true;
}
