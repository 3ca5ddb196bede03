#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "client/chat/room.h"
#include "tests/unit/tap.h"

static struct room room;

static struct room_heard hear(int code, const char *text)
{
    return room_hear(&room, code, text);
}

static bool shows(int code, const char *text)
{
    return hear(code, text).show;
}

static bool is_member(const char *name)
{
    for (size_t i = 0; i < room.members.count; i++)
        if (strcmp(room.members.member[i].name, name) == 0)
            return true;
    return false;
}

static void test_members(void)
{
    room_call(&room, "anna");
    room_begin(&room);
    room_join(&room, "lab");
    room_take_member(&room, "anna connected: x", false);
    room_take_member(&room, "bob connected: x", false);
    room_take_member(&room, "bob wants help", true);
    room_take_member(&room, "n\303\267 name", false);
    OK(room.joined && strcmp(room.name, "lab") == 0 && room.members.count == 2);
    OK(room_hands(&room) == 1);
    OK(shows(ROOM_LINE_CAME, "carl") && is_member("carl") && room.members.count == 3);
    OK(shows(ROOM_LINE_CAME, "carl") && room.members.count == 3);
    OK(shows(ROOM_LINE_RENAMED, "carl Carlo") && is_member("Carlo") && !is_member("carl"));
    /* a late line of what the answer to "status" has already */
    OK(shows(ROOM_LINE_CAME, "Client07") && room.members.count == 4);
    OK(shows(ROOM_LINE_RENAMED, "Client07 carlo") && is_member("Carlo") && room.members.count == 3);
    OK(shows(ROOM_LINE_WENT, "CARLO") && room.members.count == 2);
    OK(shows(ROOM_LINE_RAISED, "bob") && room_hands(&room) == 1);
    room_raise(&room, true);
    OK(room_hands(&room) == 2);
    OK(shows(ROOM_LINE_LOWERED, "bob") && room_hands(&room) == 1);
    room_raise(&room, false);
    OK(room_hands(&room) == 0);
    room_call(&room, "Ann");
    OK(is_member("Ann") && !is_member("anna") && strcmp(room.self, "Ann") == 0);
    room_call(&room, "anna");
    room_join(&room, NULL);
    OK(!room.joined && strcmp(room.name, "lab") == 0);
}

static void test_bell(void)
{
    OK(!hear(ROOM_LINE_SAID, "bob banana").ring);
    OK(hear(ROOM_LINE_SAID, "bob ANNA: look").ring);
    OK(hear(ROOM_LINE_TOLD, "bob psst").ring);
    OK(hear(ROOM_LINE_ANNOUNCED, "five minutes").ring);
    OK(!hear(ROOM_LINE_EARLIER, "bob anna").ring);
    OK(!hear(ROOM_LINE_SAID, "").ring);
}

static void test_ignored(void)
{
    OK(room_ignore(&room, "n o") == ROOM_NO_NAME);
    OK(room_ignore(&room, "BOB") == ROOM_IGNORED);
    OK(!shows(ROOM_LINE_SAID, "bob hi") && !hear(ROOM_LINE_TOLD, "bob anna").ring);
    OK(!shows(ROOM_LINE_EARLIER, "bob hi"));
    OK(shows(ROOM_LINE_SAID, "bobby hi"));
    /* another name does not help */
    OK(!shows(ROOM_LINE_RENAMED, "bob rob") && !shows(ROOM_LINE_SAID, "rob hi"));
    OK(room_ignore(&room, "rob") == ROOM_SHOWN_AGAIN && shows(ROOM_LINE_SAID, "rob hi"));
    room.quiet = true;
    OK(!shows(ROOM_LINE_CAME, "dora") && is_member("dora") && !shows(ROOM_LINE_WENT, "dora"));
    OK(shows(ROOM_LINE_SAID, "rob hi") && shows(ROOM_LINE_RAISED, "rob"));
    room.quiet = false;
}

static void test_away(void)
{
    char line[PROTOCOL_REQUEST_MAX + 1];

    OK(!hear(ROOM_LINE_TOLD, "rob hello?").answer);
    room_away(&room, "at lunch");
    OK(room.is_away && hear(ROOM_LINE_TOLD, "rob hello?").answer);
    OK(!hear(ROOM_LINE_SAID, "rob hello?").answer);
    OK(room_away_answer(&room, "rob hello?", line));
    OK(strcmp(line, "/msg rob I am away: at lunch") == 0);
    OK(!room_away_answer(&room, "Rob hello?", line)); /* once */
    room_away(&room, "");
    OK(!room.is_away);
    room_away(&room, "");
    OK(room.is_away && room_away_answer(&room, "rob hello?", line));
    OK(strcmp(line, "/msg rob I am away") == 0);
    room_away(&room, "");
}

/* After a loss this client hears what it said and did in its earlier session. */
static void test_own(void)
{
    room_free(&room);
    room_call(&room, "anna");
    room_begin(&room);
    room_take_member(&room, "anna connected: x", false);
    room_take_member(&room, "Client02 connected: x", false);
    room_said(&room, "mine");
    room_said(&room, "mine");
    OK(!shows(ROOM_LINE_SAID, "anna mine") && !shows(ROOM_LINE_SAID, "anna mine"));
    OK(shows(ROOM_LINE_SAID, "anna mine")); /* it was never acknowledged */
    OK(shows(ROOM_LINE_SAID, "bob mine"));
    OK(!shows(ROOM_LINE_WENT, "anna") && !shows(ROOM_LINE_CAME, "Anna") && is_member("anna"));
    OK(!shows(ROOM_LINE_RENAMED, "Client02 anna") && room.members.count == 1);
    OK(!is_member("Client02") && is_member("anna"));
    OK(!shows(ROOM_LINE_RAISED, "anna why") && !room_hand_is_up(&room));
    OK(shows(ROOM_LINE_TOLD, "anna psst"));
    for (int i = 0; i <= ROOM_OWN; i++)
        room_said(&room, i > 0 ? "later" : "first");
    OK(shows(ROOM_LINE_SAID, "anna first") && !shows(ROOM_LINE_SAID, "anna later"));
}

int main(void)
{
    test_members();
    test_bell();
    test_ignored();
    test_away();
    test_own();
    room_free(&room);
    OK(room.members.count == 0);
    return tap_end();
}
