/* The table as a whole: entering and leaving, the history, the lock after a death, damage. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "shm/table/digests.h"
#include "shm/table/history.h"
#include "shm/table/slot.h"
#include "shm/table/view.h"
#include "tests/unit/table.h"

static void enter_leave(void)
{
    struct record a = somebody("Client01"), b = somebody("Client03"), seen;
    struct slot first = slot_at(0, &a), third = slot_at(2, &b);
    struct slot_brief *present;
    size_t count;

    OK(registry_slot_is_empty(&table, 0));
    OK(view_read(&table, 0, &seen) == READ_FREE);
    registry_set_top(&table, 3);
    OK(slot_enter(&first, &a) == 0);
    OK(slot_enter(&third, &b) == 0);
    OK(!registry_slot_is_empty(&table, 0) && registry_slot_is_empty(&table, 1));
    OK(view_read(&table, 2, &seen) == READ_PRESENT && memcmp(&seen, &b, sizeof b) == 0);
    b.requests = 7;
    slot_update(&third, &b);
    OK(view_read(&table, 2, &seen) == READ_PRESENT && seen.requests == 7);
    OK(slot_list(&first, &present, &count) == 0 && count == 2);
    OK(strcmp(present[0].name, "Client01") == 0 && strcmp(present[1].name, "Client03") == 0);
    free(present);
    OK(registry_next_leaving(&table, 0) == TABLE_SLOTS);
    OK(slot_leave(&third, &b, LEFT_EXIT) == 0);
    OK(registry_slot_is_empty(&table, 2) && registry_next_leaving(&table, 0) == 2);
    registry_clear_leaving(&table, 2);
    OK(registry_next_leaving(&table, 0) == TABLE_SLOTS);
    registry_close_record(&table, 2, b.serial); /* closing again changes nothing */
    registry_close_record(&table, 0, a.serial);
    OK(slot_list(&first, &present, &count) == 0 && count == 0);
    free(present);
}

/* Of those two sessions, one left and one was closed. */
static void two_ended(void)
{
    struct ended *ended;
    size_t count;

    OK(history_sessions(&table, &ended, &count) == 0 && count == 2);
    OK(ended[0].requests == 7 && ended[0].why == LEFT_EXIT && ended[0].serial == 2);
    OK(ended[1].why == LEFT_KILLED && ended[1].serial == 1);
    free(ended);
    OK(view_counters(&table).left[LEFT_EXIT] == 1 && view_counters(&table).left[LEFT_KILLED] == 1);
}

static void ring_wraps(void)
{
    struct ended *ended;
    size_t count;
    int bad = 0;

    for (int i = 0; i < HISTORY_ENDED + 100; i++) {
        struct record record = somebody("Client01");
        struct slot mine = slot_at(0, &record);

        bad += slot_enter(&mine, &record) != 0;
        bad += slot_leave(&mine, &record, LEFT_CLOSED) != 0;
    }
    OK(bad == 0);
    OK(history_sessions(&table, &ended, &count) == 0);
    OK(count >= HISTORY_ENDED - 1 && count <= HISTORY_ENDED);
    for (size_t i = 0; i < count; i++)
        bad += ended[i].serial != serial - count + 1 + i;
    OK(bad == 0);
    free(ended);
}

static void transfers(void)
{
    struct record me = somebody("Client01");
    struct slot mine = slot_at(0, &me);
    struct transfer transfer = {.serial = me.serial, .client = "Client01", .file = "notes"};
    struct transfer *list;
    size_t count;

    OK(history_transfers(&table, &list, &count) == 0 && count == 0);
    free(list);
    memset(transfer.file, 'x', sizeof transfer.file); /* a damaged table: the name does not end */
    OK(history_note(&mine, &transfer) == 0);
    OK(history_transfers(&table, &list, &count) == 0 && count == 1);
    OK(strlen(list[0].file) == FILE_NAME_SIZE - 1 && list[0].serial == me.serial);
    free(list);
}

/* A digest is computed by one session; if that leaves, by the next that asks. */
static void digests(void)
{
    const struct digest_version version = {.inode = 1}, other = {.inode = 2};
    struct record a = somebody("Client01"), b = somebody("Client02");
    struct slot one = slot_at(0, &a), two = slot_at(1, &b);
    unsigned char sum[DIGEST_SIZE] = {7}, got[DIGEST_SIZE] = {0};
    enum digest_answer answer;

    OK(slot_enter(&one, &a) == 0 && slot_enter(&two, &b) == 0);
    OK(digests_ask(&one, &version, got, &answer) == 0 && answer == DIGEST_YOURS);
    OK(digests_ask(&two, &version, got, &answer) == 0 && answer == DIGEST_BUSY);
    OK(slot_leave(&one, &a, LEFT_EXIT) == 0);
    OK(digests_ask(&two, &version, got, &answer) == 0 && answer == DIGEST_YOURS);
    OK(digests_tell(&one, &version, sum) == 0); /* too late */
    OK(digests_ask(&one, &version, got, &answer) == 0 && answer == DIGEST_BUSY);
    OK(digests_tell(&two, &version, sum) == 0);
    OK(digests_ask(&one, &version, got, &answer) == 0 && answer == DIGEST_KNOWN && got[0] == 7);
    OK(digests_ask(&two, &other, got, &answer) == 0 && answer == DIGEST_YOURS);
    OK(digests_tell(&two, &other, NULL) == 0); /* the file changed */
    OK(digests_ask(&two, &other, got, &answer) == 0 && answer == DIGEST_YOURS);
    OK(slot_leave(&two, &b, LEFT_EXIT) == 0);
}

/* ---- damage */

static void mends(void)
{
    struct record record = somebody("Client01"), seen;
    struct slot mine = slot_at(0, &record);

    OK(slot_enter(&mine, &record) == 0);
    OK(registry_is_sound(&table) && registry_slot_is_sound(&table, 0, record.serial));
    OK(!registry_slot_is_sound(&table, 0, record.serial + 1));
    memset(table.memory, 0xff, 64); /* the header begins there */
    OK(!registry_is_sound(&table));
    registry_restore(&table, serial);
    OK(registry_is_sound(&table));
    atomic_store(registry_at(&table, 0), UINT32_MAX);
    OK(!registry_slot_is_sound(&table, 0, record.serial));
    record.requests = 9;
    registry_restore_slot(&table, 0, &record);
    OK(registry_slot_is_sound(&table, 0, record.serial));
    OK(view_read(&table, 0, &seen) == READ_PRESENT && seen.requests == 9);
    registry_close_record(&table, 0, record.serial);
}

/* ---- the lock */

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

static void die_inside(void)
{
    struct lock *lock = registry_lock(&table);

    if (lock_enter(lock, registry_at(&table, 1), getppid()) == 0)
        kill(getpid(), SIGKILL);
}

static void enter_after(void)
{
    struct record record = somebody("Client02");
    struct slot mine = slot_at(1, &record);

    _exit(slot_enter(&mine, &record) == 0 ? 0 : 1);
}

/* What the parent does: the holder is dead, its `at` word tells, and the lock's epoch moves on. */
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

/* ---- from outside */

static void create_again(void)
{
    struct table other;

    _exit(registry_create(&other, room, TABLE_TEST_SLOTS) == -1 && errno == EBUSY ? 0 : 1);
}

static void create_and_die(void)
{
    struct table other;

    if (registry_create(&other, room, TABLE_TEST_SLOTS) == 0)
        kill(getpid(), SIGKILL);
}

static void put_file(off_t size, const char *text)
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
    OK(about.slots == TABLE_TEST_SLOTS && about.pid == getpid());
    view_close(&view); /* ends our lock, too (fcntl(2)); the daemon never opens a view */
    registry_destroy(&table);
    OK(view_open(&view, room) == -1 && errno == ENOENT);

    OK(WTERMSIG(in_child(create_and_die)) == SIGKILL);
    OK(view_open(&view, room) == 0);
    OK(!view_is_alive(&view));
    view_close(&view);
    OK(registry_create(&table, room, TABLE_TEST_SLOTS) == 0); /* replaces it */
    registry_destroy(&table);

    put_file(0, "");
    OK(view_open(&view, room) == -1 && errno == EBADMSG);
    put_file(1000000, "rubbish");
    OK(view_open(&view, room) == -1 && errno == EBADMSG);
    OK(registry_create(&table, room, TABLE_TEST_SLOTS) == 0);
    OK(ftruncate(table.fd, (off_t)table.size - 8) == 0);
    OK(view_open(&view, room) == -1 && errno == EBADMSG);
    registry_destroy(&table);
}

int main(void)
{
    table_begin();
    enter_leave();
    two_ended();
    ring_wraps();
    transfers();
    digests();
    mends();
    dead_holder(); /* which leaves the lock taken */
    from_outside();
    return tap_end();
}
