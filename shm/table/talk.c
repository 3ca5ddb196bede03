#define _POSIX_C_SOURCE 200809L

#include "shm/table/talk.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "server/wire/clock.h"
#include "shm/table/layout.h"

#define HEAD WORDS(struct message_head)

_Static_assert(sizeof(struct message_head) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct message) % sizeof(uint64_t) == 0, "copied word by word");

/* ---- who joined: a bit for each slot, so that nobody is asked in vain */

static bool anybody_joined(const struct table_memory *memory, uint32_t slots)
{
    for (uint32_t i = 0; i < (slots + 63) / 64; i++)
        if (atomic_load(&memory->joined[i]) != 0)
            return true;
    return false;
}

void messages_set_joined(struct table_memory *memory, uint32_t slot, bool joined)
{
    uint64_t bit = UINT64_C(1) << slot % 64;

    if (joined)
        atomic_fetch_or(&memory->joined[slot / 64], bit);
    else
        atomic_fetch_and(&memory->joined[slot / 64], ~bit);
}

/* ---- writing */

static bool is_heard(const struct table *table)
{
    return anybody_joined(table->memory, view_about(table).top);
}
static enum message_ring ring_of(enum message_kind kind)
{
    return kind == MESSAGE_SAID || kind == MESSAGE_ANNOUNCED ? RING_SAID : RING_REST;
}

struct message_head messages_head(const struct table *table, enum message_ring ring,
                                  uint64_t number)
{
    struct message_head head;

    words_load(&head, table_store(table)->lines[ring][number % MESSAGES_KEPT], HEAD);
    return head;
}

/* What is said is open, all of it; of the others the newest line knows. */
uint64_t messages_open(const struct table *table, enum message_ring ring)
{
    uint64_t added = atomic_load(&table->memory->added.lines[ring]);
    struct message_head newest;

    if (ring == RING_SAID || added == 0)
        return added;
    newest = messages_head(table, ring, added - 1);
    return newest.open + (newest.to == 0);
}

/* The head and the text go where they belong, without a whole line in between. */
static void put(struct table *table, enum message_kind kind, const struct record *about,
                uint64_t to, uint64_t ordinal, const char *text)
{
    enum message_ring ring = ring_of(kind);
    word *added = table->memory->added.lines;
    uint64_t number = atomic_load(&added[ring]);
    struct message_head head = {.serial = about->serial,
                                .to = to,
                                .order = number + atomic_load(&added[!ring]),
                                .open = messages_open(table, ring),
                                .ordinal = ordinal,
                                .when = (int64_t)time(NULL),
                                .kind = (uint32_t)kind,
                                .length = (uint32_t)strnlen(text, MESSAGE_TEXT)};
    word *slot = table_store(table)->lines[ring][number % MESSAGES_KEPT];
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
static bool is_newest(const struct table *table, enum message_kind kind, uint64_t serial)
{
    uint64_t added = atomic_load(&table->memory->added.lines[RING_REST]);
    struct message_head head;

    if (added == 0)
        return false;
    head = messages_head(table, RING_REST, added - 1);
    return head.kind == (uint32_t)kind && head.serial == serial;
}

void messages_add_presence(struct table *table, enum message_kind kind, const struct record *about)
{
    if (is_heard(table) && !is_newest(table, kind, about->serial))
        put(table, kind, about, 0, 0, "");
}

static int enter(const struct slot *mine)
{
    struct table_memory *memory = mine->table->memory;

    return lock_enter(&memory->lock, &memory->slot[mine->number].at, mine->table->made.pid);
}

static void leave(const struct slot *mine)
{
    struct table_memory *memory = mine->table->memory;

    lock_leave(&memory->lock, &memory->slot[mine->number].at);
}

static void put_own(struct slot *mine, enum message_kind kind, const struct record *me,
                    const char *text)
{
    uint64_t ordinal = ++mine->reader.own[ring_of(kind)];

    put(mine->table, kind, me, 0, ordinal, text);
    if (atomic_load(&mine->table->memory->slot[mine->number].heard_open) != 0)
        hear_sent(mine);
}

void messages_add_own(struct slot *mine, enum message_kind kind, const struct record *me,
                      const char *text)
{
    if (is_heard(mine->table))
        put_own(mine, kind, me, text);
}

void messages_add_about(struct table *table, enum message_kind kind, const struct record *about,
                        const char *text)
{
    if (is_heard(table))
        put(table, kind, about, 0, 0, text);
}

/* Who says more than one line will say many: a slot that is read first is mapped with those around
 * it, at one page fault for fifteen, and that before the lock is taken. */
static void look_ahead(const struct table *table)
{
    uint64_t number = atomic_load(&table->memory->added.lines[RING_SAID]);

    (void)atomic_load(table_store(table)->lines[RING_SAID][number % MESSAGES_KEPT]);
}

int talk_say(struct slot *mine, struct record *me, const char *text, bool keep)
{
    if (me->messages > 1)
        look_ahead(mine->table);
    if (!keep && !is_heard(mine->table))
        return 0;
    if (enter(mine) != 0)
        return -1;
    record_get_title(&mine->table->memory->slot[mine->number], me);
    put_own(mine, MESSAGE_SAID, me, text);
    leave(mine);
    return 0;
}

/* How it listens; under the lock. */
static enum talk_ear ear_of(const struct table *table, uint32_t slot, uint64_t serial)
{
    const struct slot_memory *at = &table->memory->slot[slot];
    uint64_t now, heard_open = atomic_load(&at->heard_open), open, told;

    if (!record_load(at, &now, 1) || now != serial)
        return EAR_GONE;
    if (heard_open == 0)
        return EAR_DEAF;
    open = messages_open(table, RING_SAID) + messages_open(table, RING_REST) - (heard_open - 1);
    told = atomic_load(&at->told) - atomic_load(&at->heard_told);
    return (int64_t)(open + told) > MESSAGES_BEHIND ? EAR_SLOW : EAR_HEARS;
}

/* Who dies before it has counted its line has told nobody how many there are: the next one bears
 * the same number, and nobody takes it for lost. */
int talk_tell(struct slot *mine, struct record *me, uint32_t slot, uint64_t to, const char *text,
              enum talk_ear *ear)
{
    struct table *table = mine->table;
    word *told = &table->memory->slot[slot].told;

    if (enter(mine) != 0)
        return -1;
    *ear = ear_of(table, slot, to);
    record_get_title(&table->memory->slot[mine->number], me);
    if (*ear == EAR_HEARS) {
        uint64_t ordinal = atomic_load(told) + 1;

        put(table, MESSAGE_TOLD, me, to, ordinal, text);
        atomic_store(told, ordinal);
    }
    leave(mine);
    return 0;
}

void talk_announce(struct table *table, const char *text, bool keep)
{
    static const struct record nobody;

    if (keep || is_heard(table))
        put(table, MESSAGE_ANNOUNCED, &nobody, 0, 0, text);
}

/* ---- ringing */

/* The mark stands before the bell is rung: whoever adds a line after the reader's look finds no
 * mark, and rings; whoever finds one knows that the reader is still to look, and relies on who
 * wrote it. So a bell that could not be rung takes its mark back, and is rung again, for all who
 * relied on it. */
static bool call(struct slot_memory *slot, uint32_t number, bool always, talk_bell *ring,
                 void *context)
{
    int64_t now = clock_now(), rung = (int64_t)atomic_load(&slot->rung);

    /* one who stopped between writing this down and ringing must not make another deaf */
    if (!always && rung != 0 && now - rung < TALK_RINGING_NS && now >= rung)
        return true;
    atomic_store(&slot->rung, (uint64_t)now);
    if (ring(context, number))
        return true;
    atomic_store(&slot->rung, 0);
    return false;
}

bool talk_ring(struct table *table, bool all, talk_bell *ring, void *context)
{
    struct table_memory *memory = table->memory;
    uint32_t top = view_about(table).top;
    bool done = true;

    for (uint32_t i = 0; i < (top + 63) / 64; i++) {
        uint64_t joined = atomic_load(&memory->joined[i]);

        for (uint32_t bit = 0; joined != 0; bit++, joined >>= 1)
            if ((joined & 1) != 0 && i * 64 + bit < top)
                done &= call(&memory->slot[i * 64 + bit], i * 64 + bit, all, ring, context);
    }
    return done;
}

bool talk_ring_one(struct table *table, uint32_t slot, talk_bell *ring, void *context)
{
    return call(&table->memory->slot[slot], slot, false, ring, context);
}

/* ---- sending somebody away */

void registry_kick(struct table *table, uint32_t slot, uint64_t serial, const char *reason)
{
    struct slot_memory *at = &table->memory->slot[slot];
    char text[TABLE_REASON] = "";
    size_t length = strnlen(reason, sizeof text);

    if (length == sizeof text) /* cut, between characters */
        do
            length--;
        while (length > 0 && ((unsigned char)reason[length] & 0xc0) == 0x80);
    memcpy(text, reason, length);
    words_store(at->reason, text, WORDS(text));
    atomic_store(&at->kicked, serial);
}

bool slot_is_kicked(const struct slot *mine)
{
    return atomic_load(&mine->table->memory->slot[mine->number].kicked) == mine->serial;
}

void slot_reason(const struct table *table, uint32_t slot, char reason[TABLE_REASON])
{
    words_load(reason, table->memory->slot[slot].reason, TABLE_REASON / sizeof(uint64_t));
    reason[TABLE_REASON - 1] = '\0';
}

bool slot_was_kicked(const struct table *table, uint64_t serial, uint32_t *slot)
{
    const uint32_t slots = view_about(table).slots;
    char reason[TABLE_REASON];

    for (uint32_t i = 0; i < slots; i++) {
        if (serial == 0 || atomic_load(&table->memory->slot[i].kicked) != serial)
            continue;
        slot_reason(table, i, reason);
        if (strcmp(reason, REASON_BACK) == 0)
            return false;
        *slot = i;
        return true;
    }
    return false;
}
