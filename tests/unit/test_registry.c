#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "shm/table/hear.h"
#include "shm/table/history.h"
#include "shm/table/names.h"
#include "shm/table/registry.h"
#include "shm/table/slot.h"
#include "shm/table/talk.h"
#include "shm/table/view.h"
#include "tests/unit/tap.h"

static char room[64];
static struct table table;
static uint64_t serial;

static struct record somebody(const char *name)
{
    struct record record = {.serial = ++serial, .connected = 1739206634};

    (void)snprintf(record.name, sizeof record.name, "%s", name);
    record.connected_ns = record.active_ns = clock_now();
    return record;
}

/* Runs something in a child and returns its wait status. */
static int in_child(void (*what)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        what();
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void enter_leave(void)
{
    struct record a = somebody("Client01"), b = somebody("Client03"), seen;
    struct slot_brief *present;
    struct ended *ended;
    size_t count;

    OK(registry_slot_is_empty(&table, 0));
    OK(view_read(&table, 0, &seen) == READ_FREE);
    registry_set_top(&table, 3);
    OK(slot_enter(&(struct slot){.table = &table, .number = 0}, &a) == 0);
    OK(slot_enter(&(struct slot){.table = &table, .number = 2}, &b) == 0);
    OK(!registry_slot_is_empty(&table, 0) && registry_slot_is_empty(&table, 1));
    OK(view_read(&table, 2, &seen) == READ_PRESENT && memcmp(&seen, &b, sizeof b) == 0);
    b.requests = 7;
    slot_update(&(struct slot){.table = &table, .number = 2}, &b);
    OK(view_read(&table, 2, &seen) == READ_PRESENT && seen.requests == 7);
    OK(slot_list(&(struct slot){.table = &table, .number = 0}, &present, &count) == 0 &&
       count == 2);
    OK(strcmp(present[0].name, "Client01") == 0 && strcmp(present[1].name, "Client03") == 0);
    free(present);
    OK(slot_leave(&(struct slot){.table = &table, .number = 2}, &b, LEFT_EXIT) == 0);
    OK(registry_slot_is_empty(&table, 2));
    registry_close_record(&table, 2, b.serial); /* closing again changes nothing */
    OK(history_sessions(&table, &ended, &count) == 0 && count == 1);
    OK(ended[0].requests == 7 && ended[0].why == LEFT_EXIT && ended[0].serial == b.serial);
    free(ended);
    registry_close_record(&table, 0, a.serial);
    OK(history_sessions(&table, &ended, &count) == 0 && count == 2 && ended[1].why == LEFT_KILLED);
    free(ended);
    OK(slot_list(&(struct slot){.table = &table, .number = 0}, &present, &count) == 0 &&
       count == 0);
    free(present);
}

static void ring_wraps(void)
{
    struct ended *ended;
    size_t count;
    int bad = 0;

    for (int i = 0; i < HISTORY_ENDED + 100; i++) {
        struct record record = somebody("Client01");

        bad += slot_enter(&(struct slot){.table = &table, .number = 0}, &record) != 0;
        bad += slot_leave(&(struct slot){.table = &table, .number = 0}, &record, LEFT_CLOSED) != 0;
    }
    OK(bad == 0);
    OK(history_sessions(&table, &ended, &count) == 0);
    OK(count >= HISTORY_ENDED - 1 && count <= HISTORY_ENDED);
    for (size_t i = 0; i < count; i++)
        bad += ended[i].serial != serial - count + 1 + i;
    OK(bad == 0);
    free(ended);
}

/* ---- lines: three slots, each with a member */

static struct record self[3];
static struct slot mine[3];

static void meet(size_t earlier)
{
    static const char *const called[] = {"anna", "bob", "carol"};

    registry_set_top(&table, 3);
    for (uint32_t i = 0; i < 3; i++) {
        self[i] = somebody(called[i]);
        mine[i] = (struct slot){.table = &table, .number = i};
        mine[i].serial = self[i].serial;
        OK(slot_enter(&(struct slot){.table = &table, .number = i}, &self[i]) == 0 &&
           hear_join(&mine[i], earlier) == 0);
    }
}

static void part(void)
{
    for (uint32_t i = 0; i < 3; i++)
        OK(slot_leave(&(struct slot){.table = &table, .number = i}, &self[i], LEFT_EXIT) == 0);
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

/* Reads all there is; how many lines of this kind there were. */
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

/* What others tell each other is nothing that a third one missed. */
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
    OK(tell(0, 1) == EAR_HEARS); /* bob need not have heard himself */
    (void)hear(0, MESSAGE_SAID, &lost);
    OK(lost == 0 && tell(1, 0) == EAR_HEARS);
    OK(talk_tell(&mine[1], &self[1], 0, self[0].serial + 99, "", &(enum talk_ear){0}) == 0);
    part();
}

/* Reading ends at what was there when it began, however fast others speak meanwhile. */
/* ---- wake-ups */

static int rung, deaf; /* calls; the slot that cannot be rung, or -1 */

static bool ring(void *context, uint32_t slot)
{
    (void)context;
    rung++;
    return (int)slot != deaf;
}

static int calls_of(bool done)
{
    rung = 0;
    OK(talk_ring(&table, false, ring, NULL) == done);
    return rung;
}

static void rings_again(void)
{
    meet(0);
    registry_set_top(&table, 3);
    deaf = 1;
    OK(calls_of(false) == 3);
    OK(calls_of(false) == 1); /* the others are still to look, and this one was not reached */
    deaf = -1;
    OK(calls_of(true) == 1);
    OK(calls_of(true) == 0);
    hear_look(&mine[2]);
    OK(calls_of(true) == 1);
    deaf = 0;
    hear_look(&mine[0]);
    OK(!talk_ring_one(&table, 0, ring, NULL));
    deaf = -1;
    OK(talk_ring_one(&table, 0, ring, NULL) && calls_of(true) == 0);
    part();
}

/* ---- kicks, of sessions that are over */

static void was_kicked(void)
{
    uint32_t slot = 77;
    char reason[TABLE_REASON];

    registry_kick(&table, 2, 41, "too loud");
    registry_kick(&table, 0, 42, REASON_BACK);
    OK(!slot_was_kicked(&table, 0, &slot) && !slot_was_kicked(&table, 40, &slot));
    OK(!slot_was_kicked(&table, 42, &slot) && slot == 77); /* it came back by itself */
    OK(slot_was_kicked(&table, 41, &slot) && slot == 2);
    slot_reason(&table, slot, reason);
    OK(strcmp(reason, "too loud") == 0);
    registry_kick(&table, 2, 43, "you, too");
    OK(!slot_was_kicked(&table, 41, &slot) && slot_was_kicked(&table, 43, &slot));
}

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
    speak(1, 0, MESSAGES_KEPT); /* nor does it when it has been overtaken */
    OK(!hear_next(&mine[2], &line, &earlier));
    part();
}

/* Of what is overwritten, exactly what was for it: not its own lines, nor what others were told. */
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

    speak(0, 0, 1500); /* its own alone: it missed nothing, and none is left to hear */
    OK(hear(0, MESSAGE_SAID, &lost) == 0 && lost == 0);
    speak(1, 0, 700);
    speak(0, 0, 1200); /* now what is left is its own: it is told nevertheless */
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

/* Who comes and goes does not push out what was said. */
static void crowd(void)
{
    struct record record;
    struct message line;
    uint64_t lost;
    bool earlier;
    int bad = 0;

    meet(0);
    speak(1, 0, 3);
    OK(slot_leave(&(struct slot){.table = &table, .number = 2}, &self[2], LEFT_EXIT) == 0);
    for (int i = 0; i < MESSAGES_KEPT; i++) {
        record = somebody("Client03");
        bad += slot_enter(&(struct slot){.table = &table, .number = 2}, &record) != 0;
        bad += slot_leave(&(struct slot){.table = &table, .number = 2}, &record, LEFT_EXIT) != 0;
    }
    OK(bad == 0);
    mine[2] = (struct slot){.table = &table, .number = 2};
    mine[2].serial = (self[2] = somebody("carol")).serial;
    OK(slot_enter(&(struct slot){.table = &table, .number = 2}, &self[2]) == 0 &&
       hear_join(&mine[2], 3) == 0);
    hear_look(&mine[2]);
    for (int i = 0; i < 3; i++)
        OK(hear_next(&mine[2], &line, &earlier) && earlier && line.text[0] == '0' + i);
    OK(!hear_next(&mine[2], &line, &earlier));
    OK(hear(0, MESSAGE_SAID, &lost) == 3); /* nor for who listens */
    OK(lost == 2 + 1 + 2 * MESSAGES_KEPT + 1 - MESSAGES_KEPT / 2);
    part();
}

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

/* Name and hand move at once; what the old session writes meanwhile does not bring them back. */
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
    slot_update(&(struct slot){.table = &table, .number = 0}, &self[0]);
    OK(is_called(0, "Client01", false) && is_called(1, "zoe", true));
    OK(talk_say(&mine[0], &self[0], "", true) == 0 && strcmp(self[0].name, "Client01") == 0);
    OK(names_rename(&mine[0], &self[0], &claim, &result, &slot, &old) == 0 &&
       result == NAME_TAKEN_BACK); /* the secret is what counts */
    OK(names_lower(&mine[0], &self[0], &was_up) == 0 && was_up && is_called(0, "zoe", false));
    part();
}

static void die_inside(void)
{
    struct lock *lock = registry_lock(&table);

    if (lock_enter(lock, registry_at(&table, 1), getppid()) == 0)
        kill(getpid(), SIGKILL);
}

static void enter_after(void)
{
    struct record record = somebody("Client02");

    _exit(slot_enter(&(struct slot){.table = &table, .number = 1}, &record) == 0 ? 0 : 1);
}

/* As the parent does it: the holder is dead, its word tells, the lock is moved on. */
static void dead_holder(void)
{
    struct lock *lock = registry_lock(&table);
    lock_at *at = registry_at(&table, 1);
    uint64_t seen = 0;
    int status = in_child(die_inside);

    OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    OK(atomic_load(at) != 0);
    OK(!lock_await(lock, 1));
    (void)lock_is_stuck(lock, 1, &seen);
    OK(lock_is_stuck(lock, 1, &seen));
    lock_retire(lock);
    OK(lock_straggler(at, 1));
    OK(!lock_straggler(registry_at(&table, 0), 1));
    registry_close_record(&table, 1, 0);
    OK(atomic_load(at) == 0);
    OK(!lock_is_sound(lock, 2));
    lock_give(lock, lock_next(1));
    OK(lock_is_sound(lock, 2));
    status = in_child(enter_after);
    OK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    OK(!registry_slot_is_empty(&table, 1));
    registry_close_record(&table, 1, serial + 1);
    OK(lock_await(lock, 2));
    OK(lock_next(UINT32_MAX) == 2);
}

static void create_again(void)
{
    struct table other;

    _exit(registry_create(&other, room, 3) == -1 && errno == EBUSY ? 0 : 1);
}

static void create_and_die(void)
{
    struct table other;

    if (registry_create(&other, room, 3) == 0)
        kill(getpid(), SIGKILL);
}

static void damage(off_t size, const char *text)
{
    int fd = shm_open(table.path, O_RDWR | O_CREAT, 0600);

    OK(fd >= 0 && ftruncate(fd, size) == 0 &&
       pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
    close(fd);
}

static void from_outside(void)
{
    struct table view;
    struct table_about about;

    OK(WEXITSTATUS(in_child(create_again)) == 0);
    OK(view_open(&view, room) == 0);
    about = view_about(&view);
    OK(about.slots == 3 && about.pid == getpid());
    view_close(&view); /* which ends our lock, too: fcntl(2); the daemon never views itself */
    registry_destroy(&table);
    OK(view_open(&view, room) == -1 && errno == ENOENT);

    OK(WTERMSIG(in_child(create_and_die)) == SIGKILL);
    OK(view_open(&view, room) == 0);
    OK(!view_is_alive(&view));
    view_close(&view);
    OK(registry_create(&table, room, 3) == 0); /* replaces it */
    registry_destroy(&table);

    damage(0, "");
    OK(view_open(&view, room) == -1 && errno == EBADMSG);
    damage(1000000, "rubbish");
    OK(view_open(&view, room) == -1 && errno == EBADMSG);
    OK(registry_create(&table, room, 3) == 0);
    OK(ftruncate(table.fd, (off_t)table.size - 8) == 0);
    OK(view_open(&view, room) == -1 && errno == EBADMSG);
    registry_destroy(&table);
}

static void names(void)
{
    struct peer peer = {.family = 4, .address = {127, 0, 0, 1}};
    char text[PEER_TEXT];

    OK(table_room_valid("main") && table_room_valid("a.b-c_1"));
    OK(!table_room_valid("") && !table_room_valid("a/b") && !table_room_valid(".a"));
    peer_text(&peer, text);
    OK(strcmp(text, "127.0.0.1") == 0);
    peer = (struct peer){.family = 4, .address = {255, 100, 10, 9}};
    peer_text(&peer, text);
    OK(strcmp(text, "255.100.10.9") == 0);
    peer = (struct peer){.family = 6, .scope = 2, .address = {0xfe, 0x80, [15] = 1}};
    peer_text(&peer, text);
    OK(strcmp(text, "fe80::1%2") == 0);
    peer.family = 9;
    peer_text(&peer, text);
    OK(strcmp(text, "-") == 0);
    OK(strcmp(left_reason(LEFT_EXIT)->logged, "exit") == 0);
    OK(strcmp(left_reason((enum left_why)99)->logged, "unknown") == 0);
}

int main(void)
{
    (void)snprintf(room, sizeof room, "unit.%ld", (long)getpid());
    OK(registry_create(&table, room, 3) == 0);
    enter_leave();
    ring_wraps();
    tells_to_others();
    rings_again();
    was_kicked();
    reading_ends();
    lost_lines();
    crowd();
    taken_back();
    dead_holder();
    from_outside();
    names();
    return tap_end();
}
