#define _POSIX_C_SOURCE 200809L

#include "shm/table/talk.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "shm/table/layout.h"

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

void room_set_joined(struct registry_table *table, uint32_t place, bool joined)
{
    uint64_t bit = UINT64_C(1) << place % 64;

    if (joined)
        atomic_fetch_or(&table->joined[place / 64], bit);
    else
        atomic_fetch_and(&table->joined[place / 64], ~bit);
}

/* ---- writing */

static bool is_heard(const struct registry *registry)
{
    return anybody_joined(registry->table, registry_about(registry).top);
}
static enum room_ring ring_of(enum room_kind kind)
{
    return kind == ROOM_SAID || kind == ROOM_ANNOUNCED ? ROOM_RING_SAID : ROOM_RING_REST;
}

struct room_head room_head(const struct registry *registry, enum room_ring ring, uint64_t number)
{
    struct room_head head;

    words_load(&head, table_store(registry)->lines[ring][number % ROOM_LINES], HEAD);
    return head;
}

/* What is said is open, all of it; of the others the newest line knows. */
uint64_t room_open(const struct registry *registry, enum room_ring ring)
{
    uint64_t added = atomic_load(&registry->table->added.lines[ring]);
    struct room_head newest;

    if (ring == ROOM_RING_SAID || added == 0)
        return added;
    newest = room_head(registry, ring, added - 1);
    return newest.open + (newest.to == 0);
}

/* The head and the text go where they belong, without a whole line in between. */
static void put(struct registry *registry, enum room_kind kind, const struct registry_record *about,
                uint64_t to, uint64_t nth, const char *text)
{
    enum room_ring ring = ring_of(kind);
    word *added = registry->table->added.lines;
    uint64_t number = atomic_load(&added[ring]);
    struct room_head head = {.serial = about->serial,
                             .to = to,
                             .order = number + atomic_load(&added[!ring]),
                             .open = room_open(registry, ring),
                             .nth = nth,
                             .when = (int64_t)time(NULL),
                             .kind = (uint32_t)kind,
                             .length = (uint32_t)strnlen(text, ROOM_TEXT)};
    word *slot = table_store(registry)->lines[ring][number % ROOM_LINES];
    size_t whole = head.length / sizeof(uint64_t);
    char rest[sizeof(uint64_t)] = "";

    memcpy(head.name, about->name, sizeof head.name);
    memcpy(rest, text + whole * sizeof rest, head.length % sizeof rest);
    words_store(slot, &head, HEAD);
    words_store(slot + HEAD, text, whole);
    words_store(slot + HEAD + whole, rest, 1); /* with a NUL */
    atomic_store(&added[ring], number + 1);
}

/* Whoever died between this and closing its record held the lock: its line is the newest one. */
static bool is_newest(const struct registry *registry, enum room_kind kind, uint64_t serial)
{
    uint64_t added = atomic_load(&registry->table->added.lines[ROOM_RING_REST]);
    struct room_head head;

    if (added == 0)
        return false;
    head = room_head(registry, ROOM_RING_REST, added - 1);
    return head.kind == (uint32_t)kind && head.serial == serial;
}

void room_put(struct registry *registry, enum room_kind kind, const struct registry_record *about)
{
    if (is_heard(registry) && !is_newest(registry, kind, about->serial))
        put(registry, kind, about, 0, 0, "");
}

static int enter(const struct room_member *member)
{
    struct registry_table *table = member->registry->table;

    return lock_enter(&table->lock, &table->place[member->place].at, member->registry->made.pid);
}

static void leave(const struct room_member *member)
{
    struct registry_table *table = member->registry->table;

    lock_leave(&table->lock, &table->place[member->place].at);
}

static void put_own(struct room_member *member, enum room_kind kind,
                    const struct registry_record *me, const char *text)
{
    uint64_t nth = ++member->reader.own[ring_of(kind)];

    put(member->registry, kind, me, 0, nth, text);
    if (atomic_load(&member->registry->table->place[member->place].hears) != 0)
        room_heard(member);
}

void room_put_own(struct room_member *member, enum room_kind kind, const struct registry_record *me,
                  const char *text)
{
    if (is_heard(member->registry))
        put_own(member, kind, me, text);
}

void room_put_about(struct registry *registry, enum room_kind kind,
                    const struct registry_record *about, const char *text)
{
    if (is_heard(registry))
        put(registry, kind, about, 0, 0, text);
}

/* Who says more than one line will say many: a slot that is read first is mapped with those around
 * it, at one page fault for fifteen, and that before the lock is taken. */
static void look_ahead(const struct registry *registry)
{
    uint64_t number = atomic_load(&registry->table->added.lines[ROOM_RING_SAID]);

    (void)atomic_load(table_store(registry)->lines[ROOM_RING_SAID][number % ROOM_LINES]);
}

int room_say(struct room_member *member, struct registry_record *me, const char *text, bool keep)
{
    if (me->messages > 1)
        look_ahead(member->registry);
    if (!keep && !is_heard(member->registry))
        return 0;
    if (enter(member) != 0)
        return -1;
    place_title(&member->registry->table->place[member->place], me);
    put_own(member, ROOM_SAID, me, text);
    leave(member);
    return 0;
}

/* How it listens; under the lock. */
static enum room_ear ear_of(const struct registry *registry, uint32_t place, uint64_t serial)
{
    const struct place *at = &registry->table->place[place];
    uint64_t now, hears = atomic_load(&at->hears), open, told;

    if (!place_load(at, &now, 1) || now != serial)
        return ROOM_GONE;
    if (hears == 0)
        return ROOM_DEAF;
    open = room_open(registry, ROOM_RING_SAID) + room_open(registry, ROOM_RING_REST) - (hears - 1);
    told = atomic_load(&at->told) - atomic_load(&at->told_heard);
    return (int64_t)(open + told) > ROOM_BEHIND ? ROOM_SLOW : ROOM_HEARS;
}

/* Who dies before it has counted its line has told nobody how many there are: the next one bears
 * the same number, and nobody takes it for lost. */
int room_tell(struct room_member *member, struct registry_record *me, uint32_t place, uint64_t to,
              const char *text, enum room_ear *ear)
{
    struct registry *registry = member->registry;
    word *told = &registry->table->place[place].told;

    if (enter(member) != 0)
        return -1;
    *ear = ear_of(registry, place, to);
    place_title(&registry->table->place[member->place], me);
    if (*ear == ROOM_HEARS) {
        uint64_t nth = atomic_load(told) + 1;

        put(registry, ROOM_TOLD, me, to, nth, text);
        atomic_store(told, nth);
    }
    leave(member);
    return 0;
}

void room_announce(struct registry *registry, const char *text, bool keep)
{
    static const struct registry_record nobody;

    if (keep || is_heard(registry))
        put(registry, ROOM_ANNOUNCED, &nobody, 0, 0, text);
}

/* ---- ringing */

/* The mark stands before the bell is rung: whoever adds a line after the reader's look finds no
 * mark, and rings; whoever finds one knows that the reader is still to look, and relies on who
 * wrote it. So a bell that could not be rung takes its mark back, and is rung again, for all who
 * relied on it. */
static bool call(struct place *place, uint32_t number, bool always, room_bell *ring, void *context)
{
    int64_t now = registry_now(), rung = (int64_t)atomic_load(&place->rung);

    /* one who stopped between writing this down and ringing must not make another deaf */
    if (!always && rung != 0 && now - rung < ROOM_RINGING_NS && now >= rung)
        return true;
    atomic_store(&place->rung, (uint64_t)now);
    if (ring(context, number))
        return true;
    atomic_store(&place->rung, 0);
    return false;
}

bool room_call(struct registry *registry, bool all, room_bell *ring, void *context)
{
    struct registry_table *table = registry->table;
    uint32_t top = registry_about(registry).top;
    bool done = true;

    for (uint32_t i = 0; i < (top + 63) / 64; i++) {
        uint64_t joined = atomic_load(&table->joined[i]);

        for (uint32_t bit = 0; joined != 0; bit++, joined >>= 1)
            if ((joined & 1) != 0 && i * 64 + bit < top)
                done &= call(&table->place[i * 64 + bit], i * 64 + bit, all, ring, context);
    }
    return done;
}

bool room_call_one(struct registry *registry, uint32_t place, room_bell *ring, void *context)
{
    return call(&registry->table->place[place], place, false, ring, context);
}

/* ---- sending somebody away */

void room_send_away(struct registry *registry, uint32_t place, uint64_t serial, const char *reason)
{
    struct place *at = &registry->table->place[place];
    char text[ROOM_REASON] = "";
    size_t length = strnlen(reason, sizeof text);

    if (length == sizeof text) /* cut, between characters */
        do
            length--;
        while (length > 0 && ((unsigned char)reason[length] & 0xc0) == 0x80);
    memcpy(text, reason, length);
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

bool room_was_kicked(const struct registry *registry, uint64_t serial, uint32_t *place)
{
    const uint32_t places = registry_about(registry).places;
    char reason[ROOM_REASON];

    for (uint32_t i = 0; i < places; i++) {
        if (serial == 0 || !room_is_sent_away(registry, i, serial))
            continue;
        room_reason(registry, i, reason);
        if (strcmp(reason, ROOM_BACK) == 0)
            return false;
        *place = i;
        return true;
    }
    return false;
}
