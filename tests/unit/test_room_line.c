#include <string.h>

#include "client/link/room_line.h"
#include "server/wire/protocol.h"
#include "tests/unit/tap.h"

#define SAID (time_t)1739206634 /* 2025-02-10T16:57:14Z */

static struct room_line parse(int code, const char *text, bool numbered)
{
    struct room_line line;

    room_line_parse(&line, code, text, numbered);
    return line;
}

static bool is(struct room_line line, uint64_t number, time_t when, const char *text)
{
    bool now = line.when > SAID + 1000000;

    return line.number == number && (when != 0 ? line.when == when : now) &&
           strcmp(line.text, text) == 0;
}

static void test_numbered(void)
{
    static const char said[] = "@17 2025-02-10T16:57:14Z anna good morning";

    OK(is(parse(ROOM_LINE_SAID, said, true), 17, SAID, "anna good morning"));
    OK(is(parse(ROOM_LINE_SAID, said, false), 0, 0, said));
    OK(is(parse(ROOM_LINE_SAID, "anna hello", true), 0, 0, "anna hello"));
    OK(is(parse(ROOM_LINE_LOST, "17", true), 0, 0, "17"));
    OK(is(parse(ROOM_LINE_ANNOUNCED, "@8 2025-02-10T16:57:14Z ", true), 8, SAID, ""));
    OK(is(parse(ROOM_LINE_EARLIER, said, true), 17, SAID, "anna good morning"));
    OK(is(parse(ROOM_LINE_EARLIER, said + 4, false), 0, SAID, "anna good morning"));
    OK(is(parse(ROOM_LINE_SAID, said + 4, false), 0, 0, said + 4));
}

static void test_strange(void)
{
    OK(is(parse(ROOM_LINE_SAID, "@ x", true), 0, 0, "@ x"));
    OK(is(parse(ROOM_LINE_SAID, "@x y", true), 0, 0, "@x y"));
    OK(is(parse(ROOM_LINE_SAID, "@5", true), 0, 0, "@5"));
    OK(is(parse(ROOM_LINE_SAID, "@99999999999999999999999999 y", true), 0, 0,
          "@99999999999999999999999999 y"));
    OK(is(parse(ROOM_LINE_SAID, "@5 2025-02-10T16:57:14 anna x", true), 5, 0,
          "2025-02-10T16:57:14 anna x"));
    OK(is(parse(ROOM_LINE_SAID, "@5 2025-13-10T16:57:14Z anna", true), 5, 0,
          "2025-13-10T16:57:14Z anna"));
    OK(is(parse(ROOM_LINE_SAID, "", true), 0, 0, ""));
}

static void test_joined(void)
{
    char room[16], run[8];
    uint64_t next;

    OK(room_line_joined("Joined the lab. 42 7", room, sizeof room, run, sizeof run, &next) &&
       strcmp(room, "the lab") == 0 && strcmp(run, "42") == 0 && next == 7);
    OK(room_line_joined("Joined a.b", room, sizeof room, run, sizeof run, &next) &&
       strcmp(room, "a.b") == 0 && run[0] == '\0' && next == 0);
    OK(room_line_joined("Joined 1 2", room, sizeof room, run, sizeof run, &next) &&
       strcmp(room, "1 2") == 0 && run[0] == '\0' && next == 0);
    OK(room_line_joined("Joined ", room, sizeof room, run, sizeof run, &next) && room[0] == '\0');
    OK(room_line_joined("Joined a-room-with-a-long-name. a-long-word 7", room, sizeof room, run,
                        sizeof run, &next) &&
       strlen(room) == sizeof room - 1 && strlen(run) == sizeof run - 1);
    OK(!room_line_joined("join: ACK", room, sizeof room, run, sizeof run, &next));
}

int main(void)
{
    test_numbered();
    test_strange();
    test_joined();
    return tap_end();
}
