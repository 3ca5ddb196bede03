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
    OK(shows(ROOM_LINE_WENT, "CARLO") && room.members.count == 2);
    OK(shows(ROOM_LINE_RAISED, "anna") && room_hands(&room) == 2);
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
    OK(!hear(ROOM_LINE_EARLIER, "2026-01-01T00:00:00Z bob anna").ring);
    OK(!hear(ROOM_LINE_SAID, "").ring);
}

static void test_ignored(void)
{
    OK(room_ignore(&room, "n o") == ROOM_NO_NAME);
    OK(room_ignore(&room, "BOB") == ROOM_IGNORED);
    OK(!shows(ROOM_LINE_SAID, "bob hi") && !hear(ROOM_LINE_TOLD, "bob anna").ring);
    OK(!shows(ROOM_LINE_EARLIER, "2026-01-01T00:00:00Z bob hi"));
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

/* Gives earlier lines, as the server does after joining, and counts those that are released. */
static size_t returns(const char *const *earlier, size_t count)
{
    size_t released = 0;
    const char *text;

    room_begin(&room);
    for (size_t i = 0; i < count; i++)
        if (!room_hold(&room, ROOM_LINE_EARLIER, earlier[i]))
            return 99;
    OK(!room_hold(&room, ROOM_LINE_SAID, "bob now"));
    while ((text = room_release(&room)) != NULL) {
        (void)hear(ROOM_LINE_EARLIER, text);
        released++;
    }
    OK(!room_holds(&room));
    return released;
}

static void test_returning(void)
{
    static const char *const earlier[] = {
        "2026-01-01T00:00:00Z bob same",   "2026-01-01T00:00:00Z bob old",
        "2026-01-01T00:00:00Z bob same",   "2026-01-01T00:00:00Z anna mine",
        "2026-01-01T00:00:00Z * for all",  "2026-01-01T00:00:00Z bob new",
        "2026-01-01T00:00:00Z bob newest",
    };

    room_free(&room);
    room_call(&room, "anna");
    room_begin(&room);
    /* nothing has been seen yet */
    OK(!room_hold(&room, ROOM_LINE_EARLIER, earlier[0]));
    (void)hear(ROOM_LINE_EARLIER, earlier[0]);
    (void)hear(ROOM_LINE_SAID, "bob old");
    (void)hear(ROOM_LINE_SAID, "bob same");
    room_said(&room, "mine");
    (void)hear(ROOM_LINE_ANNOUNCED, "for all");
    OK(returns(earlier, 5) == 0);
    OK(returns(earlier, 7) == 2);
    OK(returns(earlier, 7) == 0);
    OK(returns(earlier + 5, 1) == 1); /* the lines that were seen are gone: all are new */
}

int main(void)
{
    test_members();
    test_bell();
    test_ignored();
    test_away();
    test_returning();
    room_free(&room);
    OK(room.members.count == 0);
    return tap_end();
}
