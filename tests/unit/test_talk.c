/* Lines in the table: speaking, hearing, wake-ups, names, kicks. Three sessions are present: anna,
 * bob and carol. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "shm/table/hear.h"
#include "shm/table/messages.h"
#include "shm/table/names.h"
#include "shm/table/slot.h"
#include "shm/table/talk.h"
#include "shm/table/view.h"
#include "tests/unit/table.h"

static struct record self[3];
static struct slot mine[3];

static void meet(size_t earlier)
{
    static const char *const called[] = {"anna", "bob", "carol"};

    registry_set_top(&table, 3);
    for (uint32_t i = 0; i < 3; i++) {
        self[i] = somebody(called[i]);
        mine[i] = slot_at(i, &self[i]);
        OK(slot_enter(&mine[i], &self[i]) == 0 && slot_announce(&mine[i], &self[i]) == 0 &&
           hear_join(&mine[i], earlier) == 0);
    }
}

static void part(void)
{
    for (uint32_t i = 0; i < 3; i++)
        OK(slot_leave(&mine[i], &self[i], LEFT_EXIT) == 0);
}

static void speak(int who, int from, int to)
{
    char text[16];
    int bad = 0;

    for (int i = from; i < to; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        bad += talk_say(&mine[who], &self[who], text, false) != 0;
    }
    OK(bad == 0);
}

static enum talk_ear tell(int who, int whom)
{
    enum talk_ear ear = EAR_GONE;

    OK(talk_tell(&mine[who], &self[who], (uint32_t)whom, self[whom].serial, "", &ear) == 0);
    return ear;
}

static void tell_often(int who, int whom, int times)
{
    enum talk_ear ear;
    int bad = 0;

    for (int i = 0; i < times; i++)
        bad +=
            talk_tell(&mine[who], &self[who], (uint32_t)whom, self[whom].serial, "", &ear) != 0 ||
            ear != EAR_HEARS;
    OK(bad == 0);
}

/* Reads all lines. Returns how many of this kind there were. */
static int hear(int who, enum message_kind kind, uint64_t *lost)
{
    struct message line;
    uint64_t last = 0;
    bool earlier;
    int found = 0, bad = 0;

    hear_look(&mine[who]);
    while (hear_next(&mine[who], &line, &earlier)) {
        found += line.head.kind == (uint32_t)kind;
        bad += line.head.order < last;
        last = line.head.order;
    }
    OK(bad == 0);
    hear_sent(&mine[who]);
    *lost = mine[who].reader.lost;
    mine[who].reader.lost = 0;
    return found;
}

/* Private lines between others do not count as missed. */
static void tells_to_others(void)
{
    uint64_t lost;

    meet(0);
    OK(hear(0, MESSAGE_CAME, &lost) == 2);
    for (int i = 0; i < 8; i++) { /* carol reads, anna has nothing to read */
        tell_often(1, 2, 300);
        (void)hear(2, MESSAGE_TOLD, &lost);
    }
    OK(tell(1, 0) == EAR_HEARS);
    OK(hear(0, MESSAGE_TOLD, &lost) == 1 && lost == 0);
    speak(1, 0, MESSAGES_BEHIND + 2);
    OK(tell(1, 0) == EAR_SLOW);
    OK(tell(0, 1) == EAR_HEARS); /* his own lines do not make bob slow */
    (void)hear(0, MESSAGE_SAID, &lost);
    OK(lost == 0 && tell(1, 0) == EAR_HEARS);
    OK(talk_tell(&mine[1], &self[1], 0, self[0].serial + 99, "", &(enum talk_ear){0}) == 0);
    part();
}

/* Reading ends at what was there when it began, however fast others speak meanwhile. */
static void reading_ends(void)
{
    struct message line;
    bool earlier;
    int found = 0;

    meet(0);
    speak(1, 0, 10);
    hear_look(&mine[2]);
    for (; found < 1000 && hear_next(&mine[2], &line, &earlier); found++)
        OK(talk_say(&mine[1], &self[1], "more", false) == 0);
    OK(found == 10);
    OK(hear_pending(&mine[2]));
    speak(1, 0, MESSAGES_KEPT); /* not even if it was overtaken */
    OK(!hear_next(&mine[2], &line, &earlier));
    part();
}

/* Counts exactly the overwritten lines that were for the session: not its own lines, and not what
 * others were told. */
static void lost_lines(void)
{
    uint64_t lost;
    int heard;

    meet(0);
    (void)hear(0, MESSAGE_SAID, &lost); /* the others came */
    speak(1, 0, 300);
    speak(0, 0, 900);
    speak(1, 300, 1000);
    OK(tell(1, 2) == EAR_SLOW); /* carol has read nothing */
    heard = hear(0, MESSAGE_SAID, &lost);
    OK(heard == MESSAGES_KEPT / 2 && lost == 1000 - MESSAGES_KEPT / 2);
    OK(hear(0, MESSAGE_SAID, &lost) == 0 && lost == 0);

    speak(0, 0, 1500); /* only its own lines: none is missed, and none is left to hear */
    OK(hear(0, MESSAGE_SAID, &lost) == 0 && lost == 0);
    speak(1, 0, 700);
    speak(0, 0, 1200); /* only its own lines are left, but it learns what it missed */
    OK(hear(0, MESSAGE_SAID, &lost) == 0 && lost == 700);

    (void)hear(1, MESSAGE_SAID, &lost);
    (void)hear(2, MESSAGE_SAID, &lost);
    tell_often(1, 0, 20);
    for (int i = 0; i < 4; i++) {
        tell_often(1, 2, 300);
        (void)hear(2, MESSAGE_TOLD, &lost);
    }
    OK(hear(0, MESSAGE_TOLD, &lost) == 0 && lost == 20);
    tell_often(1, 0, 20);
    for (int i = 0; i < 3; i++) {
        tell_often(1, 2, 300);
        (void)hear(2, MESSAGE_TOLD, &lost);
    }
    tell_often(1, 0, 3);
    tell_often(0, 2, 101);
    OK(hear(0, MESSAGE_TOLD, &lost) == 3 && lost == 20);
    part();
}

/* Line `i` of those that are long now and then: as many times the letter as its number says. */
static size_t make_long(char text[MESSAGE_TEXT + 1], int i)
{
    size_t length = i % 3 == 0 ? 5 : (size_t)(MESSAGE_TEXT - i % 700);

    memset(text, 'a' + i % 26, length);
    text[length] = '\0';
    return length;
}

static void speak_long(int from, int to)
{
    char text[MESSAGE_TEXT + 1];
    int bad = 0;

    for (int i = from; i < to; i++) {
        (void)make_long(text, i);
        bad += talk_say(&mine[1], &self[1], text, false) != 0;
    }
    OK(bad == 0);
}

/* Of long lines those are lost that were overwritten, none is torn, and the count is right. */
static void long_lines(void)
{
    char text[MESSAGE_TEXT + 1];
    struct message line;
    bool earlier;
    int next = 0, bad = 0, kept;

    meet(0);
    (void)hear(0, MESSAGE_CAME, &(uint64_t){0});
    speak_long(0, 100);
    for (int to = 100; to <= 900; to += 400) {
        hear_look(&mine[0]);
        for (kept = 0; hear_next(&mine[0], &line, &earlier); next++, kept++) {
            next += (int)mine[0].reader.lost;
            mine[0].reader.lost = 0;
            bad += line.head.length != strlen("bob ") + make_long(text, next);
            bad += strcmp(line.text + strlen("bob "), text) != 0;
        }
        OK(bad == 0 && next == to && kept >= 100);
        if (to < 900)
            speak_long(to, to + 400);
    }
    part();
}

/* A crowd that comes and goes does not push out what was said. */
static void crowd(void)
{
    struct message line;
    uint64_t lost;
    bool earlier;
    int bad = 0;

    meet(0);
    speak(1, 0, 3);
    OK(slot_leave(&mine[2], &self[2], LEFT_EXIT) == 0);
    for (int i = 0; i < MESSAGES_KEPT; i++) {
        struct record record = somebody("Client03");
        struct slot passing = slot_at(2, &record);

        bad += slot_enter(&passing, &record) != 0;
        bad += slot_announce(&passing, &record) != 0;
        bad += slot_leave(&passing, &record, LEFT_EXIT) != 0;
    }
    OK(bad == 0);
    self[2] = somebody("carol");
    mine[2] = slot_at(2, &self[2]);
    OK(slot_enter(&mine[2], &self[2]) == 0 && slot_announce(&mine[2], &self[2]) == 0 &&
       hear_join(&mine[2], 3) == 0);
    hear_look(&mine[2]);
    for (int i = 0; i < 3; i++)
        OK(hear_next(&mine[2], &line, &earlier) && earlier && strchr(line.text, ' ')[1] == '0' + i);
    OK(!hear_next(&mine[2], &line, &earlier));
    OK(hear(0, MESSAGE_SAID, &lost) == 3); /* for anna, too */
    OK(lost == 2 + 1 + 2 * MESSAGES_KEPT + 1 - MESSAGES_KEPT / 2);
    part();
}

/* ---- who comes back */

/* Reads all lines from order `next` on: each one is there, or counted as lost before it. */
static bool hears_from(int who, uint64_t next, uint64_t *lost)
{
    struct message line;
    bool earlier;

    *lost = mine[who].reader.lost;
    next += *lost;
    hear_look(&mine[who]);
    for (; hear_next(&mine[who], &line, &earlier); next++)
        if (earlier || line.head.order != next)
            return false;
    return next == hear_place(&mine[who]).order;
}

static struct hear_place leave_at(int who)
{
    hear_look(&mine[who]);
    hear_leave(&mine[who]);
    return hear_place(&mine[who]);
}

/* Nothing is missing and nothing comes twice, in whichever ring; what is kept no more is counted.
 */
static void resumed(void)
{
    struct hear_place place;
    struct message line;
    uint64_t lost;
    bool earlier;

    meet(0);
    place = leave_at(0);
    speak(1, 0, 10);
    OK(names_raise(&mine[2], &self[2], "") == 0);
    speak(2, 0, 10);
    OK(hear_resume(&mine[0], 0, &place) == 0 && hears_from(0, place.order, &lost) && lost == 0);

    place = leave_at(0);
    speak(1, 0, MESSAGES_KEPT + 100);
    for (int i = 0; i < 10; i++)
        OK(names_raise(&mine[2], &self[2], "") == 0);
    OK(hear_resume(&mine[0], 0, &place) == 0);
    OK(hears_from(0, place.order, &lost) && lost == 101);

    place = leave_at(0); /* overwritten while they are read */
    speak(1, 0, MESSAGES_KEPT - 1);
    OK(hear_resume(&mine[0], 0, &place) == 0 && mine[0].reader.lost == 0);
    hear_look(&mine[0]);
    OK(hear_next(&mine[0], &line, &earlier) && line.head.order == place.order);
    speak(1, 0, 100);
    OK(hear_next(&mine[0], &line, &earlier) &&
       line.head.order == place.order + 1 + mine[0].reader.lost);

    place = leave_at(0);
    speak(1, 0, 3);
    place.run++;
    OK(hear_resume(&mine[0], 2, &place) == 0);
    hear_look(&mine[0]);
    OK(hear_next(&mine[0], &line, &earlier) && earlier && strchr(line.text, ' ')[1] == '1');
    part();
}

/* Private lines come again to whoever proved to be their session's client, and to nobody else. */
static void resumed_private(void)
{
    struct hear_place place;
    struct message line;
    uint64_t lost;
    bool earlier;

    meet(0);
    place = leave_at(2);
    OK(tell(1, 0) == EAR_HEARS && tell(0, 1) == EAR_HEARS);
    OK(hear_resume(&mine[2], 0, &place) == 0);
    OK(hear(2, MESSAGE_TOLD, &lost) == 0 && lost == 0);
    hear_leave(&mine[2]);
    place.replaced = self[0].serial;
    OK(hear_resume(&mine[2], 0, &place) == 0);
    hear_look(&mine[2]);
    OK(hear_next(&mine[2], &line, &earlier) && line.head.to == self[0].serial);
    OK(!hear_next(&mine[2], &line, &earlier));
    part();
}

/* ---- who is woken */

static void is_heard(void)
{
    meet(0);
    OK(talk_is_heard(&table));
    for (int i = 0; i < 3; i++)
        hear_leave(&mine[i]);
    OK(!talk_is_heard(&table));
    part();
}

static int rings;

static void count_ring(const void *bell)
{
    (void)bell;
    rings++;
}

/* The ns after which to call again. */
static int64_t wake(struct table *of, int64_t now, bool at_once)
{
    return talk_wake(of, now, at_once, count_ring, NULL);
}

/* For each open line somebody rings, once. */
static void woken(void)
{
    meet(0);
    OK(wake(&table, 0, true) == 0 && rings == 1); /* for those who came */
    OK(wake(&table, 0, true) == 0 && rings == 1);
    speak(0, 0, 3);
    OK(wake(&table, 0, false) == 0 && wake(&table, 0, false) == 0 &&
       rings == 2); /* few: no pause */
    OK(tell(0, 1) == EAR_HEARS && wake(&table, 0, true) == 0 && rings == 2);
    part();
    OK(wake(&table, 1, true) == 0 && rings == 2); /* nobody hears */
}

/* Where many have joined, a ring may wait for other lines. */
static void woken_together(void)
{
    struct table many = {0};
    char name[sizeof room + 5];

    (void)snprintf(name, sizeof name, "%s.many", room);
    OK(registry_create(&many, name, 200) == 0);
    registry_set_top(&many, 200);
    for (uint32_t i = 0; i < 200; i++)
        messages_set_joined(&many, i, true);
    rings = 0;
    talk_announce(&many, "one", true);
    OK(wake(&many, CLOCK_S, false) == 0 && rings == 1);
    talk_announce(&many, "two", true);
    OK(wake(&many, CLOCK_S + 1, false) == TALK_PAUSE_MOST_NS - 1 && rings == 1);
    talk_announce(&many, "three", true);
    OK(wake(&many, CLOCK_S + TALK_PAUSE_MOST_NS, false) == 0 && rings == 2);
    talk_announce(&many, "four", true);
    OK(wake(&many, CLOCK_S + TALK_PAUSE_MOST_NS + 1, true) == 0 && rings == 3);
    registry_destroy(&many);
}

/* ---- names */

static void name_plainly(char name[NAME_SIZE], uint32_t slot)
{
    memset(name, 0, NAME_SIZE);
    (void)snprintf(name, NAME_SIZE, "Client%02u", slot + 1);
}

static bool is_called(uint32_t slot, const char *name, bool hand)
{
    struct record record;

    return view_read(&table, slot, &record) == READ_PRESENT && strcmp(record.name, name) == 0 &&
           (record.hand_ns != 0) == hand;
}

/* Name and hand move at once, and an update of the old session does not bring them back. */
static void taken_back(void)
{
    const unsigned char secret[TABLE_SECRET] = {1}, wrong[TABLE_SECRET] = {2};
    struct names_claim claim = {.name = "Zoe", .fresh = secret, .plain = name_plainly};
    enum names_result result;
    uint64_t old;
    uint32_t slot;
    bool was_up;

    meet(0);
    OK(names_rename(&mine[0], &self[0], &claim, &result, &slot, &old) == 0 && result == NAME_GIVEN);
    OK(names_raise(&mine[0], &self[0], "help") == 0 && is_called(0, "Zoe", true));
    claim.name = "zoe";
    claim.secret = wrong;
    OK(names_rename(&mine[1], &self[1], &claim, &result, &slot, &old) == 0 &&
       result == NAME_TAKEN && is_called(1, "bob", false));
    claim.secret = secret;
    OK(names_rename(&mine[1], &self[1], &claim, &result, &slot, &old) == 0 &&
       result == NAME_TAKEN_BACK && slot == 0 && old == self[0].serial);
    OK(strcmp(self[0].name, "Zoe") == 0);
    slot_update(&mine[0], &self[0]);
    OK(is_called(0, "Client01", false) && is_called(1, "zoe", true));
    OK(talk_say(&mine[0], &self[0], "", true) == 0 && strcmp(self[0].name, "Client01") == 0);
    OK(names_rename(&mine[0], &self[0], &claim, &result, &slot, &old) == 0 &&
       result == NAME_TAKEN_BACK); /* the secret is what counts */
    OK(names_lower(&mine[0], &self[0], &was_up) == 0 && was_up && is_called(0, "zoe", false));
    part();
}

/* The raised hands are listed in their order. */
static void hands(void)
{
    struct raised_hand *list;
    size_t count;
    bool was_up;

    meet(0);
    OK(names_raise(&mine[2], &self[2], "first") == 0 && names_raise(&mine[0], &self[0], "") == 0);
    OK(names_raise(&mine[2], &self[2], "again") == 0); /* keeps its place */
    OK(names_hands(&table, &list, &count) == 0 && count == 2);
    OK(strcmp(list[0].name, "carol") == 0 && strcmp(list[0].text, "again") == 0);
    OK(strcmp(list[1].name, "anna") == 0);
    free(list);
    OK(names_lower(&mine[2], &self[2], &was_up) == 0 && was_up);
    OK(names_lower(&mine[2], &self[2], &was_up) == 0 && !was_up);
    part();
}

/* ---- kicks */

static void kicked(void)
{
    char reason[TABLE_REASON], full[TABLE_REASON + 2];

    meet(0);
    OK(!slot_is_kicked(&mine[0]));
    memset(full, 'x', sizeof full);
    memcpy(full + TABLE_REASON - 2, "\303\251", 3); /* cut before the character, not in it */
    registry_kick(&table, 0, self[0].serial, full);
    OK(slot_is_kicked(&mine[0]) && !slot_is_kicked(&mine[1]));
    slot_reason(&table, 0, reason);
    OK(strlen(reason) == TABLE_REASON - 2);
    part();
}

/* Of sessions that are over. */
static void was_kicked(void)
{
    uint32_t slot = 77;
    char reason[TABLE_REASON];

    registry_kick(&table, 2, 41, "too loud");
    registry_kick(&table, 0, 42, REASON_BACK);
    OK(!slot_was_kicked(&table, 0, &slot) && !slot_was_kicked(&table, 40, &slot));
    OK(!slot_was_kicked(&table, 42, &slot) && slot == 77); /* its client came back */
    OK(slot_was_kicked(&table, 41, &slot) && slot == 2);
    slot_reason(&table, slot, reason);
    OK(strcmp(reason, "too loud") == 0);
    registry_kick(&table, 2, 43, "you, too");
    OK(!slot_was_kicked(&table, 41, &slot) && slot_was_kicked(&table, 43, &slot));
}

int main(void)
{
    table_begin();
    tells_to_others();
    reading_ends();
    lost_lines();
    long_lines();
    crowd();
    resumed();
    resumed_private();
    is_heard();
    woken();
    woken_together();
    taken_back();
    hands();
    kicked();
    was_kicked();
    registry_destroy(&table);
    return tap_end();
}
