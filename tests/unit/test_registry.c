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

#include "shm/table/talk.h"
#include "tests/unit/tap.h"

static char room[64];
static struct registry registry;
static uint64_t serial;

static struct registry_record somebody(const char *name)
{
    struct registry_record record = {.serial = ++serial, .connected = 1739206634};

    (void)snprintf(record.name, sizeof record.name, "%s", name);
    record.connected_ns = record.active_ns = registry_now();
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
    struct registry_record a = somebody("Client01"), b = somebody("Client03"), seen;
    struct registry_brief *present;
    struct registry_ended *ended;
    size_t count;

    OK(registry_closed(&registry, 0));
    OK(registry_read(&registry, 0, &seen) == READ_FREE);
    registry_set_top(&registry, 3);
    OK(registry_enter(&registry, 0, &a) == 0);
    OK(registry_enter(&registry, 2, &b) == 0);
    OK(!registry_closed(&registry, 0) && registry_closed(&registry, 1));
    OK(registry_read(&registry, 2, &seen) == READ_PRESENT && memcmp(&seen, &b, sizeof b) == 0);
    b.requests = 7;
    registry_update(&registry, 2, &b);
    OK(registry_read(&registry, 2, &seen) == READ_PRESENT && seen.requests == 7);
    OK(registry_present(&registry, 0, &present, &count) == 0 && count == 2);
    OK(strcmp(present[0].name, "Client01") == 0 && strcmp(present[1].name, "Client03") == 0);
    free(present);
    OK(registry_leave(&registry, 2, &b, LEFT_EXIT) == 0);
    OK(registry_closed(&registry, 2));
    registry_close(&registry, 2, b.serial); /* closing again changes nothing */
    OK(registry_history(&registry, &ended, &count) == 0 && count == 1);
    OK(ended[0].requests == 7 && ended[0].why == LEFT_EXIT && ended[0].serial == b.serial);
    free(ended);
    registry_close(&registry, 0, a.serial);
    OK(registry_history(&registry, &ended, &count) == 0 && count == 2 &&
       ended[1].why == LEFT_KILLED);
    free(ended);
    OK(registry_present(&registry, 0, &present, &count) == 0 && count == 0);
    free(present);
}

static void ring_wraps(void)
{
    struct registry_ended *ended;
    size_t count;
    int bad = 0;

    for (int i = 0; i < REGISTRY_ENDED + 100; i++) {
        struct registry_record record = somebody("Client01");

        bad += registry_enter(&registry, 0, &record) != 0;
        bad += registry_leave(&registry, 0, &record, LEFT_CLOSED) != 0;
    }
    OK(bad == 0);
    OK(registry_history(&registry, &ended, &count) == 0);
    OK(count >= REGISTRY_ENDED - 1 && count <= REGISTRY_ENDED);
    for (size_t i = 0; i < count; i++)
        bad += ended[i].serial != serial - count + 1 + i;
    OK(bad == 0);
    free(ended);
}

/* ---- lines: three places, each with a member */

static struct registry_record self[3];
static struct room_member member[3];

static void meet(size_t earlier)
{
    static const char *const called[] = {"anna", "bob", "carol"};

    registry_set_top(&registry, 3);
    for (uint32_t i = 0; i < 3; i++) {
        self[i] = somebody(called[i]);
        member[i] = (struct room_member){.registry = &registry, .place = i};
        member[i].serial = self[i].serial;
        OK(registry_enter(&registry, i, &self[i]) == 0 && room_join(&member[i], earlier) == 0);
    }
}

static void part(void)
{
    for (uint32_t i = 0; i < 3; i++)
        OK(registry_leave(&registry, i, &self[i], LEFT_EXIT) == 0);
}

static void speak(int who, int from, int to)
{
    char text[16];
    int bad = 0;

    for (int i = from; i < to; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        bad += room_say(&member[who], &self[who], text, false) != 0;
    }
    OK(bad == 0);
}

static enum room_ear tell(int who, int whom)
{
    enum room_ear ear = ROOM_GONE;

    OK(room_tell(&member[who], &self[who], (uint32_t)whom, self[whom].serial, "", &ear) == 0);
    return ear;
}

static void tell_often(int who, int whom, int times)
{
    enum room_ear ear;
    int bad = 0;

    for (int i = 0; i < times; i++)
        bad +=
            room_tell(&member[who], &self[who], (uint32_t)whom, self[whom].serial, "", &ear) != 0 ||
            ear != ROOM_HEARS;
    OK(bad == 0);
}

/* Reads all there is; how many lines of this kind there were. */
static int hear(int who, enum room_kind kind, uint64_t *lost)
{
    struct room_line line;
    uint64_t last = 0;
    bool earlier;
    int found = 0, bad = 0;

    room_look(&member[who]);
    while (room_read(&member[who], &line, &earlier)) {
        found += line.head.kind == (uint32_t)kind;
        bad += line.head.order < last;
        last = line.head.order;
    }
    OK(bad == 0);
    room_heard(&member[who]);
    *lost = member[who].reader.lost;
    member[who].reader.lost = 0;
    return found;
}

/* What others tell each other is nothing that a third one missed. */
static void tells_to_others(void)
{
    uint64_t lost;

    meet(0);
    OK(hear(0, ROOM_CAME, &lost) == 2);
    for (int i = 0; i < 8; i++) { /* carol reads, anna has nothing to read */
        tell_often(1, 2, 300);
        (void)hear(2, ROOM_TOLD, &lost);
    }
    OK(tell(1, 0) == ROOM_HEARS);
    OK(hear(0, ROOM_TOLD, &lost) == 1 && lost == 0);
    speak(1, 0, ROOM_BEHIND + 2);
    OK(tell(1, 0) == ROOM_SLOW);
    OK(tell(0, 1) == ROOM_HEARS); /* bob need not have heard himself */
    (void)hear(0, ROOM_SAID, &lost);
    OK(lost == 0 && tell(1, 0) == ROOM_HEARS);
    OK(room_tell(&member[1], &self[1], 0, self[0].serial + 99, "", &(enum room_ear){0}) == 0);
    part();
}

/* Reading ends at what was there when it began, however fast others speak meanwhile. */
/* ---- wake-ups */

static int rung, deaf; /* calls; the place that cannot be rung, or -1 */

static bool ring(void *context, uint32_t place)
{
    (void)context;
    rung++;
    return (int)place != deaf;
}

static int calls_of(bool done)
{
    rung = 0;
    OK(room_call(&registry, false, ring, NULL) == done);
    return rung;
}

static void rings_again(void)
{
    meet(0);
    registry_set_top(&registry, 3);
    deaf = 1;
    OK(calls_of(false) == 3);
    OK(calls_of(false) == 1); /* the others are still to look, and this one was not reached */
    deaf = -1;
    OK(calls_of(true) == 1);
    OK(calls_of(true) == 0);
    room_look(&member[2]);
    OK(calls_of(true) == 1);
    deaf = 0;
    room_look(&member[0]);
    OK(!room_call_one(&registry, 0, ring, NULL));
    deaf = -1;
    OK(room_call_one(&registry, 0, ring, NULL) && calls_of(true) == 0);
    part();
}

/* ---- kicks, of sessions that are over */

static void was_kicked(void)
{
    uint32_t place = 77;
    char reason[ROOM_REASON];

    room_send_away(&registry, 2, 41, "too loud");
    room_send_away(&registry, 0, 42, ROOM_BACK);
    OK(!room_was_kicked(&registry, 0, &place) && !room_was_kicked(&registry, 40, &place));
    OK(!room_was_kicked(&registry, 42, &place) && place == 77); /* it came back by itself */
    OK(room_was_kicked(&registry, 41, &place) && place == 2);
    room_reason(&registry, place, reason);
    OK(strcmp(reason, "too loud") == 0);
    room_send_away(&registry, 2, 43, "you, too");
    OK(!room_was_kicked(&registry, 41, &place) && room_was_kicked(&registry, 43, &place));
}

static void reading_ends(void)
{
    struct room_line line;
    bool earlier;
    int found = 0;

    meet(0);
    speak(1, 0, 10);
    room_look(&member[2]);
    for (; found < 1000 && room_read(&member[2], &line, &earlier); found++)
        OK(room_say(&member[1], &self[1], "more", false) == 0);
    OK(found == 10);
    OK(room_pending(&member[2]));
    speak(1, 0, ROOM_LINES); /* nor does it when it has been overtaken */
    OK(!room_read(&member[2], &line, &earlier));
    part();
}

/* Of what is overwritten, exactly what was for it: not its own lines, nor what others were told. */
static void lost_lines(void)
{
    uint64_t lost;
    int heard;

    meet(0);
    (void)hear(0, ROOM_SAID, &lost); /* the others came */
    speak(1, 0, 300);
    speak(0, 0, 900);
    speak(1, 300, 1000);
    OK(tell(1, 2) == ROOM_SLOW); /* carol has read nothing */
    heard = hear(0, ROOM_SAID, &lost);
    OK(heard == ROOM_LINES / 2 && lost == 1000 - ROOM_LINES / 2);
    OK(hear(0, ROOM_SAID, &lost) == 0 && lost == 0);

    speak(0, 0, 1500); /* its own alone: it missed nothing, and none is left to hear */
    OK(hear(0, ROOM_SAID, &lost) == 0 && lost == 0);
    speak(1, 0, 700);
    speak(0, 0, 1200); /* now what is left is its own: it is told nevertheless */
    OK(hear(0, ROOM_SAID, &lost) == 0 && lost == 700);

    (void)hear(1, ROOM_SAID, &lost);
    (void)hear(2, ROOM_SAID, &lost);
    tell_often(1, 0, 20);
    for (int i = 0; i < 4; i++) {
        tell_often(1, 2, 300);
        (void)hear(2, ROOM_TOLD, &lost);
    }
    OK(hear(0, ROOM_TOLD, &lost) == 0 && lost == 20);
    tell_often(1, 0, 20);
    for (int i = 0; i < 3; i++) {
        tell_often(1, 2, 300);
        (void)hear(2, ROOM_TOLD, &lost);
    }
    tell_often(1, 0, 3);
    tell_often(0, 2, 101);
    OK(hear(0, ROOM_TOLD, &lost) == 3 && lost == 20);
    part();
}

/* Who comes and goes does not push out what was said. */
static void crowd(void)
{
    struct registry_record record;
    struct room_line line;
    uint64_t lost;
    bool earlier;
    int bad = 0;

    meet(0);
    speak(1, 0, 3);
    OK(registry_leave(&registry, 2, &self[2], LEFT_EXIT) == 0);
    for (int i = 0; i < ROOM_LINES; i++) {
        record = somebody("Client03");
        bad += registry_enter(&registry, 2, &record) != 0;
        bad += registry_leave(&registry, 2, &record, LEFT_EXIT) != 0;
    }
    OK(bad == 0);
    member[2] = (struct room_member){.registry = &registry, .place = 2};
    member[2].serial = (self[2] = somebody("carol")).serial;
    OK(registry_enter(&registry, 2, &self[2]) == 0 && room_join(&member[2], 3) == 0);
    room_look(&member[2]);
    for (int i = 0; i < 3; i++)
        OK(room_read(&member[2], &line, &earlier) && earlier && line.text[0] == '0' + i);
    OK(!room_read(&member[2], &line, &earlier));
    OK(hear(0, ROOM_SAID, &lost) == 3); /* nor for who listens */
    OK(lost == 2 + 1 + 2 * ROOM_LINES + 1 - ROOM_LINES / 2);
    part();
}

static void name_plainly(char name[REGISTRY_NAME_SIZE], uint32_t place)
{
    memset(name, 0, REGISTRY_NAME_SIZE);
    (void)snprintf(name, REGISTRY_NAME_SIZE, "Client%02u", place + 1);
}

static bool is_called(uint32_t place, const char *name, bool hand)
{
    struct registry_record record;

    return registry_read(&registry, place, &record) == READ_PRESENT &&
           strcmp(record.name, name) == 0 && (record.hand_ns != 0) == hand;
}

/* Name and hand move at once; what the old session writes meanwhile does not bring them back. */
static void taken_back(void)
{
    const unsigned char secret[ROOM_SECRET] = {1}, wrong[ROOM_SECRET] = {2};
    struct room_claim claim = {.name = "Zoe", .fresh = secret, .plain = name_plainly};
    enum room_name result;
    uint64_t old;
    uint32_t place;
    bool was_up;

    meet(0);
    OK(room_rename(&member[0], &self[0], &claim, &result, &place, &old) == 0 &&
       result == ROOM_NAME_GIVEN);
    OK(room_raise(&member[0], &self[0], "help") == 0 && is_called(0, "Zoe", true));
    claim.name = "zoe";
    claim.secret = wrong;
    OK(room_rename(&member[1], &self[1], &claim, &result, &place, &old) == 0 &&
       result == ROOM_NAME_TAKEN && is_called(1, "bob", false));
    claim.secret = secret;
    OK(room_rename(&member[1], &self[1], &claim, &result, &place, &old) == 0 &&
       result == ROOM_NAME_TAKEN_BACK && place == 0 && old == self[0].serial);
    OK(strcmp(self[0].name, "Zoe") == 0);
    registry_update(&registry, 0, &self[0]);
    OK(is_called(0, "Client01", false) && is_called(1, "zoe", true));
    OK(room_say(&member[0], &self[0], "", true) == 0 && strcmp(self[0].name, "Client01") == 0);
    OK(room_rename(&member[0], &self[0], &claim, &result, &place, &old) == 0 &&
       result == ROOM_NAME_TAKEN_BACK); /* the secret is what counts */
    OK(room_lower(&member[0], &self[0], &was_up) == 0 && was_up && is_called(0, "zoe", false));
    part();
}

static void die_inside(void)
{
    struct lock *lock = registry_lock(&registry);

    if (lock_enter(lock, registry_at(&registry, 1), getppid()) == 0)
        kill(getpid(), SIGKILL);
}

static void enter_after(void)
{
    struct registry_record record = somebody("Client02");

    _exit(registry_enter(&registry, 1, &record) == 0 ? 0 : 1);
}

/* As the parent does it: the holder is dead, its word tells, the lock is moved on. */
static void dead_holder(void)
{
    struct lock *lock = registry_lock(&registry);
    lock_at *at = registry_at(&registry, 1);
    uint64_t seen = 0;
    int status = in_child(die_inside);

    OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    OK(atomic_load(at) != 0);
    OK(!lock_await(lock, 1));
    (void)lock_is_stuck(lock, 1, &seen);
    OK(lock_is_stuck(lock, 1, &seen));
    lock_retire(lock);
    OK(lock_straggler(at, 1));
    OK(!lock_straggler(registry_at(&registry, 0), 1));
    registry_close(&registry, 1, 0);
    OK(atomic_load(at) == 0);
    OK(!lock_is_sound(lock, 2));
    lock_give(lock, lock_next(1));
    OK(lock_is_sound(lock, 2));
    status = in_child(enter_after);
    OK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    OK(!registry_closed(&registry, 1));
    registry_close(&registry, 1, serial + 1);
    OK(lock_await(lock, 2));
    OK(lock_next(UINT32_MAX) == 2);
}

static void create_again(void)
{
    struct registry other;

    _exit(registry_create(&other, room, 3) == -1 && errno == EBUSY ? 0 : 1);
}

static void create_and_die(void)
{
    struct registry other;

    if (registry_create(&other, room, 3) == 0)
        kill(getpid(), SIGKILL);
}

static void damage(off_t size, const char *text)
{
    int fd = shm_open(registry.path, O_RDWR | O_CREAT, 0600);

    OK(fd >= 0 && ftruncate(fd, size) == 0 &&
       pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
    close(fd);
}

static void from_outside(void)
{
    struct registry view;
    struct registry_about about;

    OK(WEXITSTATUS(in_child(create_again)) == 0);
    OK(registry_view(&view, room) == 0);
    about = registry_about(&view);
    OK(about.places == 3 && about.pid == getpid());
    registry_unview(&view); /* which ends our lock, too: fcntl(2); the daemon never views itself */
    registry_destroy(&registry);
    OK(registry_view(&view, room) == -1 && errno == ENOENT);

    OK(WTERMSIG(in_child(create_and_die)) == SIGKILL);
    OK(registry_view(&view, room) == 0);
    OK(!registry_alive(&view));
    registry_unview(&view);
    OK(registry_create(&registry, room, 3) == 0); /* replaces it */
    registry_destroy(&registry);

    damage(0, "");
    OK(registry_view(&view, room) == -1 && errno == EBADMSG);
    damage(1000000, "rubbish");
    OK(registry_view(&view, room) == -1 && errno == EBADMSG);
    OK(registry_create(&registry, room, 3) == 0);
    OK(ftruncate(registry.fd, (off_t)registry.size - 8) == 0);
    OK(registry_view(&view, room) == -1 && errno == EBADMSG);
    registry_destroy(&registry);
}

static void names(void)
{
    struct registry_peer peer = {.family = 4, .address = {127, 0, 0, 1}};
    char text[REGISTRY_PEER_TEXT];

    OK(registry_room_valid("main") && registry_room_valid("a.b-c_1"));
    OK(!registry_room_valid("") && !registry_room_valid("a/b") && !registry_room_valid(".a"));
    registry_peer_text(&peer, text);
    OK(strcmp(text, "127.0.0.1") == 0);
    peer = (struct registry_peer){.family = 4, .address = {255, 100, 10, 9}};
    registry_peer_text(&peer, text);
    OK(strcmp(text, "255.100.10.9") == 0);
    peer = (struct registry_peer){.family = 6, .scope = 2, .address = {0xfe, 0x80, [15] = 1}};
    registry_peer_text(&peer, text);
    OK(strcmp(text, "fe80::1%2") == 0);
    peer.family = 9;
    registry_peer_text(&peer, text);
    OK(strcmp(text, "-") == 0);
    OK(strcmp(registry_why_text(LEFT_EXIT), "exit") == 0);
    OK(strcmp(registry_why_text((enum registry_why)99), "unknown") == 0);
}

int main(void)
{
    (void)snprintf(room, sizeof room, "unit.%ld", (long)getpid());
    OK(registry_create(&registry, room, 3) == 0);
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
