#define _POSIX_C_SOURCE 200809L

#include "shm/room.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shm/table.h"

#define HEAD WORDS(struct room_head)

_Static_assert(sizeof(struct room_head) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct room_line) % sizeof(uint64_t) == 0, "copied word by word");

/* ---- who joined: a bit for each place, so that nobody is asked in vain */

static bool anybody_joined(const struct registry_table *table, uint32_t places)
{
    for (uint32_t i = 0; i < (places + 63) / 64; i++)
        if (atomic_load(&table->joined[i]) != 0)
            return true;
    return false;
}

static void set_joined(struct registry_table *table, uint32_t place, bool joined)
{
    uint64_t bit = UINT64_C(1) << place % 64;

    if (joined)
        atomic_fetch_or(&table->joined[place / 64], bit);
    else
        atomic_fetch_and(&table->joined[place / 64], ~bit);
}

/* ---- writing */

/* The head and the text go where they belong, without a whole line in between. */
static void put(struct registry *registry, enum room_kind kind, const struct registry_record *about,
                uint64_t to, const char *text)
{
    struct room_head head = {.serial = about->serial,
                             .to = to,
                             .when = (int64_t)time(NULL),
                             .kind = (uint32_t)kind,
                             .length = (uint32_t)strnlen(text, ROOM_TEXT)};
    word *added = &registry->table->added.lines;
    uint64_t number = atomic_load(added);
    word *slot = table_store(registry)->lines[number % ROOM_LINES];
    size_t whole = head.length / sizeof(uint64_t);
    char rest[sizeof(uint64_t)] = "";

    memcpy(head.name, about->name, sizeof head.name);
    memcpy(rest, text + whole * sizeof rest, head.length % sizeof rest);
    words_store(slot, &head, HEAD);
    words_store(slot + HEAD, text, whole);
    words_store(slot + HEAD + whole, rest, 1); /* with a NUL */
    atomic_store(added, number + 1);
}

/* Whoever died between this and closing its record held the lock: its line is the newest one. */
static bool is_newest(const struct registry *registry, enum room_kind kind, uint64_t serial)
{
    uint64_t added = atomic_load(&registry->table->added.lines);
    struct room_head head;

    if (added == 0)
        return false;
    words_load(&head, table_store(registry)->lines[(added - 1) % ROOM_LINES], HEAD);
    return head.kind == (uint32_t)kind && head.serial == serial;
}

void room_put(struct registry *registry, enum room_kind kind, const struct registry_record *about)
{
    if (anybody_joined(registry->table, registry_about(registry).top) &&
        !is_newest(registry, kind, about->serial))
        put(registry, kind, about, 0, "");
}

int room_say(struct registry *registry, uint32_t place, const struct registry_record *me,
             enum room_kind kind, uint64_t to, const char *text, bool keep)
{
    struct registry_table *table = registry->table;

    if (!keep && !anybody_joined(table, registry_about(registry).top))
        return 0;
    if (lock_enter(&table->lock, &table->place[place].at, registry->made.pid) != 0)
        return -1;
    put(registry, kind, me, to, text);
    lock_leave(&table->lock, &table->place[place].at);
    return 0;
}

void room_announce(struct registry *registry, const char *text)
{
    static const struct registry_record nobody;

    put(registry, ROOM_ANNOUNCED, &nobody, 0, text);
}

/* ---- names */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool room_same_name(const char *one, const char *other)
{
    while (*one != '\0' && lower(*one) == lower(*other)) {
        one++;
        other++;
    }
    return lower(*one) == lower(*other);
}

bool room_find(const struct registry *registry, const char *name, uint32_t *place,
               struct registry_record *record)
{
    uint32_t top = registry_about(registry).top;

    for (*place = 0; *place < top; ++*place)
        if (registry_read(registry, *place, record) == READ_PRESENT &&
            room_same_name(record->name, name))
            return true;
    return false;
}

static bool has_secret(const struct place *place, const unsigned char secret[ROOM_SECRET])
{
    unsigned char theirs[ROOM_SECRET], differ = 0, any = 0;

    words_load(theirs, place->secret, WORDS(theirs));
    for (size_t i = 0; i < ROOM_SECRET; i++) {
        differ |= (unsigned char)(theirs[i] ^ secret[i]);
        any |= theirs[i];
    }
    return differ == 0 && any != 0;
}

/* The lock makes it one step: nobody else takes the name between the look and the taking. */
int room_rename(struct registry *registry, uint32_t place, struct registry_record *me,
                const char *name, const unsigned char *secret,
                const unsigned char fresh[ROOM_SECRET], enum room_name *result, uint32_t *holder)
{
    struct registry_table *table = registry->table;
    const struct registry_record before = *me;
    struct registry_record other;

    if (lock_enter(&table->lock, &table->place[place].at, registry->made.pid) != 0)
        return -1;
    if (room_find(registry, name, holder, &other) && *holder != place) {
        *result = secret != NULL && has_secret(&table->place[*holder], secret) ? ROOM_NAME_OURS
                                                                               : ROOM_NAME_TAKEN;
    } else {
        *result = ROOM_NAME_GIVEN;
        memset(me->name, 0, sizeof me->name);
        memcpy(me->name, name, strnlen(name, sizeof me->name - 1));
        words_store(table->place[place].secret, fresh, ROOM_SECRET / sizeof(uint64_t));
        if (strcmp(before.name, me->name) != 0 &&
            anybody_joined(table, registry_about(registry).top))
            put(registry, ROOM_RENAMED, &before, 0, me->name);
        place_publish(&table->place[place], me);
    }
    lock_leave(&table->lock, &table->place[place].at);
    return 0;
}

/* ---- hands */

static int by_time(const void *a, const void *b)
{
    const struct room_hand *one = a, *other = b;

    return (one->raised_ns > other->raised_ns) - (one->raised_ns < other->raised_ns);
}

int room_hands(const struct registry *registry, struct room_hand **list, size_t *count)
{
    uint32_t top = registry_about(registry).top;
    struct room_hand *found = calloc(top > 0 ? top : 1, sizeof *found);
    struct registry_record record;

    if (found == NULL)
        return -1;
    *count = 0;
    for (uint32_t i = 0; i < top; i++) {
        struct room_hand *hand = &found[*count];

        if (registry_read(registry, i, &record) != READ_PRESENT || record.hand_ns == 0)
            continue;
        hand->raised = record.hand;
        hand->raised_ns = record.hand_ns;
        memcpy(hand->name, record.name, sizeof hand->name);
        memcpy(hand->text, record.hand_text, sizeof hand->text);
        ++*count;
    }
    qsort(found, *count, sizeof *found, by_time);
    *list = found;
    return 0;
}

/* ---- hearing */

uint64_t room_join(struct registry *registry, uint32_t place)
{
    struct registry_table *table = registry->table;
    uint64_t next;

    atomic_store(&table->place[place].rung, 0);
    set_joined(table, place, true);
    next = atomic_load(&table->added.lines); /* what comes after is rung for */
    atomic_store(&table->place[place].hears, next + 1);
    return next;
}

void room_leave(struct registry *registry, uint32_t place)
{
    set_joined(registry->table, place, false);
    atomic_store(&registry->table->place[place].hears, 0);
}

void room_forget(struct registry *registry, uint32_t place)
{
    static const unsigned char none[ROOM_SECRET];
    struct place *at = &registry->table->place[place];

    if (atomic_load(&at->hears) != 0)
        room_leave(registry, place);
    if (atomic_load(&at->secret[0]) != 0)
        words_store(at->secret, none, ROOM_SECRET / sizeof(uint64_t));
}

void room_listen(struct registry *registry, uint32_t place)
{
    atomic_store(&registry->table->place[place].rung, 0);
}

void room_heard(struct registry *registry, uint32_t place, uint64_t next)
{
    atomic_store(&registry->table->place[place].hears, next + 1);
}

bool room_pending(const struct registry *registry, uint64_t number)
{
    return atomic_load(&registry->table->added.lines) != number;
}

/* Whether the line of that number is still there, when `added` lines are: the oldest one of all may
 * be just overwritten. */
static bool is_kept(uint64_t added, uint64_t number)
{
    return added > number && added - number < ROOM_LINES;
}

uint64_t room_earlier(const struct registry *registry, uint64_t before, size_t count)
{
    const struct registry_table *table = registry->table;
    const struct store *store = table_store(registry);
    uint64_t first = before, added = atomic_load(&table->added.lines);

    for (uint64_t i = before; i > 0 && count > 0 && is_kept(added, i - 1); i--) {
        struct room_head head;

        words_load(&head, store->lines[(i - 1) % ROOM_LINES], HEAD);
        if ((head.kind == ROOM_SAID || head.kind == ROOM_ANNOUNCED) && head.to == 0) {
            first = i - 1;
            count--;
        }
    }
    return first;
}

bool room_read(const struct registry *registry, uint64_t *number, struct room_line *line,
               uint64_t *lost)
{
    const struct registry_table *table = registry->table;
    struct room_head *head = &line->head;
    uint64_t added = atomic_load(&table->added.lines);

    *lost = 0;
    for (;;) {
        const word *slot = table_store(registry)->lines[*number % ROOM_LINES];

        if (*number == added)
            return false;
        if (!is_kept(added, *number)) {
            uint64_t to = added > ROOM_LINES / 2 ? added - ROOM_LINES / 2 : 0;

            if (to > *number) /* else the count went back: somebody damaged it */
                *lost += to - *number;
            *number = to;
            continue;
        }
        words_load(head, slot, HEAD);
        if (head->length > ROOM_TEXT)
            head->length = 0, head->kind = ROOM_KINDS;
        words_load(line->text, slot + HEAD, head->length / sizeof(uint64_t) + 1);
        atomic_thread_fence(memory_order_acquire);
        added = atomic_load(&table->added.lines);
        if (!is_kept(added, *number))
            continue;
        line->text[head->length] = '\0';
        if (memchr(head->name, '\0', sizeof head->name) == NULL)
            head->name[0] = '\0', head->kind = ROOM_KINDS;
        ++*number;
        return true;
    }
}

enum room_ear room_ear(const struct registry *registry, uint32_t place)
{
    const struct registry_table *table = registry->table;
    uint64_t hears = atomic_load(&table->place[place].hears);

    if (hears == 0)
        return ROOM_DEAF;
    return atomic_load(&table->added.lines) - (hears - 1) > ROOM_LINES / 2 ? ROOM_SLOW : ROOM_HEARS;
}

/* ---- ringing */

static void call(struct place *place, uint32_t number, bool always, room_ring *ring, void *context)
{
    int64_t now = registry_now(), rung = (int64_t)atomic_load(&place->rung);

    /* one who stopped between writing this down and ringing must not make another deaf */
    if (!always && rung != 0 && now - rung < ROOM_RINGING_NS && now >= rung)
        return;
    atomic_store(&place->rung, (uint64_t)now);
    ring(context, number);
}

void room_call(struct registry *registry, bool all, room_ring *ring, void *context)
{
    struct registry_table *table = registry->table;
    uint32_t places = registry_about(registry).places;

    for (uint32_t i = 0; i < (places + 63) / 64; i++) {
        uint64_t joined = atomic_load(&table->joined[i]);

        for (uint32_t bit = 0; joined != 0; bit++, joined >>= 1)
            if ((joined & 1) != 0 && i * 64 + bit < places)
                call(&table->place[i * 64 + bit], i * 64 + bit, all, ring, context);
    }
}

void room_call_one(struct registry *registry, uint32_t place, room_ring *ring, void *context)
{
    call(&registry->table->place[place], place, false, ring, context);
}

/* ---- sending somebody away */

void room_send_away(struct registry *registry, uint32_t place, uint64_t serial, const char *reason)
{
    struct place *at = &registry->table->place[place];
    char text[ROOM_REASON] = "";

    memcpy(text, reason, strnlen(reason, sizeof text - 1));
    words_store(at->reason, text, WORDS(text));
    atomic_store(&at->sent_away, serial);
}

bool room_is_sent_away(const struct registry *registry, uint32_t place, uint64_t serial)
{
    return atomic_load(&registry->table->place[place].sent_away) == serial;
}

void room_reason(const struct registry *registry, uint32_t place, char reason[ROOM_REASON])
{
    words_load(reason, registry->table->place[place].reason, ROOM_REASON / sizeof(uint64_t));
    reason[ROOM_REASON - 1] = '\0';
}
