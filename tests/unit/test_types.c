/* Addresses, names of rooms, and the table of reasons. */
#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "shm/table/types.h"
#include "tests/unit/tap.h"

static bool peer_is(struct peer peer, const char *expected)
{
    char text[PEER_TEXT];

    peer_text(&peer, text);
    return strcmp(text, expected) == 0;
}

static void peers(void)
{
    OK(peer_is((struct peer){.family = 4, .address = {127, 0, 0, 1}}, "127.0.0.1"));
    OK(peer_is((struct peer){.family = 4, .address = {255, 100, 10, 9}}, "255.100.10.9"));
    OK(peer_is((struct peer){.family = 6, .scope = 2, .address = {0xfe, 0x80, [15] = 1}},
               "fe80::1%2"));
    OK(peer_is((struct peer){.family = 9}, "-"));
}

static void rooms(void)
{
    char longest[TABLE_ROOM_MAX + 2];

    memset(longest, 'x', sizeof longest);
    longest[TABLE_ROOM_MAX + 1] = '\0';
    OK(!table_room_valid(longest) && table_room_valid(longest + 1));
    OK(table_room_valid("main") && table_room_valid("a.b-c_1"));
    OK(!table_room_valid("") && !table_room_valid("a/b") && !table_room_valid(".a"));
}

static bool is_worded(const struct reason *reason)
{
    return reason->key != NULL && reason->words != NULL && reason->logged != NULL;
}

static void reasons(void)
{
    bool all = true, unique = true;

    for (int i = 0; i < LEFT_REASONS; i++) {
        all &= is_worded(left_reason((enum left_why)i));
        for (int j = 0; j < i; j++)
            unique &=
                strcmp(left_reason((enum left_why)i)->key, left_reason((enum left_why)j)->key) != 0;
    }
    OK(all && unique);
    for (int i = 0; i < REFUSED_REASONS; i++) {
        const struct reason *reason = refused_reason((enum refused_why)i);

        all &= is_worded(reason) && (i == REFUSED_PROTOCOL || reason->told != NULL);
        for (int j = 0; j < i; j++)
            unique &= strcmp(reason->key, refused_reason((enum refused_why)j)->key) != 0;
    }
    OK(all && unique);
    OK(strcmp(left_reason(LEFT_EXIT)->logged, "exit") == 0);
    OK(strcmp(left_reason((enum left_why)99)->logged, "unknown") == 0);
    OK(strcmp(refused_reason((enum refused_why)99)->key, "unknown") == 0);
}

int main(void)
{
    peers();
    rooms();
    reasons();
    return tap_end();
}
