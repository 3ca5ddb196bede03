/* Networks, and the book of addresses. */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "server/parent/admission.h"
#include "tests/unit/tap.h"

#define SECOND INT64_C(1000000000)

#define ADMITTED REFUSED_REASONS

static enum refused_why ask(struct admission *admission, const struct peer *peer, int64_t now)
{
    enum refused_why why;

    return admission_admits(admission, peer, now, &why) ? ADMITTED : why;
}

static struct peer peer_of(const char *text)
{
    struct peer peer = {.port = 1234};

    peer.family = inet_pton(AF_INET, text, peer.address) == 1 ? 4 : 6;
    if (peer.family == 6)
        OK(inet_pton(AF_INET6, text, peer.address) == 1);
    return peer;
}

static bool lies_in(const char *address, const char *network)
{
    struct networks networks = {.count = 1};
    struct peer peer = peer_of(address);

    return network_parse(network, &networks.network[0]) && networks_have(&networks, &peer);
}

static void test_networks(void)
{
    static const char *const bad[] = {"",           "10.0.0.0/33", "10.0.0.0/",   "10.0.0.0/8x",
                                      "10.0.0.1/8", "::/129",      "10.0.0",      "fe80::1%lo",
                                      "host",       "10.0.0.0/-1", "fd00::1/127", "1.2.3.4/0008"};
    struct network network;

    OK(lies_in("192.168.1.77", "192.168.1.0/24"));
    OK(!lies_in("192.168.2.77", "192.168.1.0/24"));
    OK(lies_in("10.63.255.255", "10.0.0.0/10"));
    OK(!lies_in("10.64.0.0", "10.0.0.0/10"));
    OK(lies_in("1.2.3.4", "0.0.0.0/0"));
    OK(!lies_in("::1", "0.0.0.0/0"));
    OK(lies_in("fe80::1234", "fe80::/10"));
    OK(!lies_in("::2", "::1"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        OK(!network_parse(bad[i], &network));
}

/* An address of IPv4 that is spelled as one of IPv6 is the same. */
static void test_spellings(void)
{
    struct network network;
    const char *scope;
    struct peer peer;
    size_t length;

    OK(lies_in("127.0.0.1", "::ffff:127.0.0.1") && lies_in("127.0.0.1", "::FFFF:7f00:1"));
    OK(lies_in("10.9.8.7", "::ffff:10.0.0.0/104") && !lies_in("11.0.0.0", "::ffff:10.0.0.0/104"));
    OK(lies_in("1.2.3.4", "::ffff:0:0/96"));
    OK(!network_parse("::ffff:10.0.0.1/104", &network));
    OK(!lies_in("127.0.0.1", "::/0") && !lies_in("127.0.0.1", "::127.0.0.1"));
    OK(network_address("::ffff:127.0.0.1", &peer, &scope, &length) && peer.family == 4 &&
       memcmp(peer.address, "\x7f\0\0\x01", 4) == 0 && length == 0);
    OK(network_address("[::1]", &peer, &scope, &length) && peer.family == 6 && length == 0);
    OK(network_address("[fe80::1%eth0]", &peer, &scope, &length) && peer.family == 6 &&
       length == 4 && memcmp(scope, "eth0", 4) == 0);
    OK(!network_address("127.0.0.1%lo", &peer, &scope, &length));
    OK(!network_address("[127.0.0.1]", &peer, &scope, &length));
    OK(!network_address("[::1", &peer, &scope, &length) &&
       !network_address("::1]", &peer, &scope, &length) &&
       !network_address("[]", &peer, &scope, &length) &&
       !network_address("", &peer, &scope, &length));
}

static void test_counting(void)
{
    struct admission_limits limits = {.per_address = 2};
    struct peer one = peer_of("10.0.0.1"), other = peer_of("10.0.0.2");
    struct admission admission;
    uint32_t first, second;

    OK(admission_init(&admission, &limits, 10) == 0);
    OK(ask(&admission, &one, 0) == ADMITTED);
    first = admission_enter(&admission, &one);
    one.port++;
    OK(ask(&admission, &one, 0) == ADMITTED);
    second = admission_enter(&admission, &one);
    OK(ask(&admission, &one, 0) == REFUSED_ADDRESS);
    OK(ask(&admission, &other, 0) == ADMITTED);
    admission_leave(&admission, first);
    OK(ask(&admission, &one, 0) == ADMITTED);
    admission_leave(&admission, second);
    OK(network_parse("10.0.0.0/8", &limits.exempt.network[0]));
    limits.exempt.count = 1;
    for (int i = 0; i < 5; i++)
        (void)admission_enter(&admission, &one);
    OK(ask(&admission, &one, 0) == ADMITTED);
}

static void test_networks_first(void)
{
    struct admission_limits limits = {0};
    struct peer in = peer_of("10.0.0.1"), out = peer_of("11.0.0.1");
    struct admission admission;

    OK(admission_init(&admission, &limits, 10) == 0);
    OK(network_parse("10.0.0.0/8", &limits.allow.network[0]));
    limits.allow.count = 1;
    OK(ask(&admission, &in, 0) == ADMITTED);
    OK(ask(&admission, &out, 0) == REFUSED_NETWORK);
    OK(network_parse("10.0.0.1", &limits.deny.network[0]));
    limits.deny.count = 1;
    OK(ask(&admission, &in, 0) == REFUSED_NETWORK);
}

static unsigned come(struct admission *admission, const struct peer *peer, unsigned times,
                     int64_t now)
{
    unsigned in = 0;

    while (times-- > 0)
        in += ask(admission, peer, now) == ADMITTED;
    return in;
}

static void test_rates(void)
{
    struct admission_limits limits = {.address_rate = 5, .rate = 20};
    struct admission admission;
    struct peer one = peer_of("fd00::1");
    unsigned in = 0;

    OK(admission_init(&admission, &limits, 10) == 0);
    OK(come(&admission, &one, 100, 100 * SECOND) == 5);
    OK(come(&admission, &one, 100, 100 * SECOND + SECOND / 5) == 1);
    OK(come(&admission, &one, 100, 200 * SECOND) == 5);
    for (unsigned char i = 1; i < 100; i++) {
        one.address[0] = i;
        in += come(&admission, &one, 1, 300 * SECOND);
    }
    OK(in == 20);
    /* more addresses than the book has pages */
    for (unsigned i = 0; i < 3 * LIMIT_ADDRESSES; i++) {
        one.address[2] = (unsigned char)(i >> 8);
        one.address[3] = (unsigned char)i;
        in += come(&admission, &one, 1, 400 * SECOND + i * SECOND);
    }
    OK(in == 20 + 3 * LIMIT_ADDRESSES);
}

int main(void)
{
    test_networks();
    test_spellings();
    test_counting();
    test_networks_first();
    test_rates();
    return tap_end();
}
