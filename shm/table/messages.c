#define _POSIX_C_SOURCE 200809L

#include "shm/table/messages.h"

#include <string.h>
#include <time.h>

#include "shm/table/layout.h"
#include "shm/table/view.h"

#define HEAD WORDS(struct message_head)

/* ---- listeners */

bool messages_are_heard(const struct table *table)
{
    uint32_t top = view_about(table).top;

    for (uint32_t i = 0; i < (top + 63) / 64; i++)
        if (atomic_load(&table->memory->joined[i]) != 0)
            return true;
    return false;
}

void messages_set_joined(struct table *table, uint32_t slot, bool joined)
{
    word *joined_word = &table->memory->joined[slot / 64];
    uint64_t bit = UINT64_C(1) << slot % 64;

    if (joined)
        atomic_fetch_or(joined_word, bit);
    else
        atomic_fetch_and(joined_word, ~bit);
}

/* A session does not hear its own lines, so all of them count as heard, passed or not. */
void messages_set_heard(const struct slot *mine)
{
    const struct reader *reader = &mine->reader;
    uint64_t heard = 0;

    for (int ring = 0; ring < RINGS; ring++)
        heard += reader->open[ring] + reader->own[ring] - reader->own_passed[ring];
    atomic_store(&slot_of(mine)->heard_told, reader->told);
    atomic_store(&slot_of(mine)->heard_open, heard + 1);
}

void messages_leave(struct table *table, uint32_t slot)
{
    if (atomic_load(&table->memory->slot[slot].heard_open) == 0)
        return;
    messages_set_joined(table, slot, false);
    atomic_store(&table->memory->slot[slot].heard_open, 0);
}

/* ---- reading */

static word *place(const struct table *table, enum message_ring ring, uint64_t number)
{
    return table_store(table)->lines[ring][number % MESSAGES_KEPT];
}

uint64_t messages_added(const struct table *table, enum message_ring ring)
{
    return atomic_load(&table->memory->added.lines[ring]);
}

/* All lines of RING_SAID are open; in the other ring the newest line has the count. */
uint64_t messages_open(const struct table *table, enum message_ring ring)
{
    uint64_t added = messages_added(table, ring);
    struct message_head newest;

    if (ring == RING_SAID || added == 0)
        return added;
    newest = messages_head(table, ring, added - 1);
    return newest.open + (newest.to == 0);
}

struct message_head messages_head(const struct table *table, enum message_ring ring,
                                  uint64_t number)
{
    struct message_head head;

    words_load(&head, place(table, ring, number), HEAD);
    return head;
}

void messages_text(const struct table *table, enum message_ring ring, uint64_t number,
                   struct message *line)
{
    struct message_head *head = &line->head;

    if (head->length > MESSAGE_TEXT)
        head->length = 0, head->kind = MESSAGE_KINDS;
    words_load(line->text, place(table, ring, number) + HEAD, head->length / sizeof(uint64_t) + 1);
    line->text[head->length] = '\0';
    if (memchr(head->name, '\0', sizeof head->name) == NULL)
        head->name[0] = '\0', head->kind = MESSAGE_KINDS;
}

/* The fence orders the read of the line before the read of the ring's count. */
bool messages_are_kept(const struct table *table, enum message_ring ring, uint64_t number)
{
    uint64_t added;

    atomic_thread_fence(memory_order_acquire);
    added = messages_added(table, ring);
    return added > number && added - number < MESSAGES_KEPT;
}

/* ---- adding */

static enum message_ring ring_of(enum message_kind kind)
{
    return kind == MESSAGE_SAID || kind == MESSAGE_ANNOUNCED ? RING_SAID : RING_REST;
}

/* Head and text are written where they belong, without a copy of the whole line. */
static void add(struct table *table, enum message_kind kind, const struct record *about,
                uint64_t to, uint64_t ordinal, const char *text)
{
    enum message_ring ring = ring_of(kind);
    uint64_t number = messages_added(table, ring);
    struct message_head head = {.serial = about->serial,
                                .to = to,
                                .order = number + messages_added(table, !ring),
                                .open = messages_open(table, ring),
                                .ordinal = ordinal,
                                .when = (int64_t)time(NULL),
                                .kind = (uint32_t)kind,
                                .length = (uint32_t)strnlen(text, MESSAGE_TEXT)};
    word *line = place(table, ring, number);
    size_t whole = head.length / sizeof(uint64_t);
    char rest[sizeof(uint64_t)] = "";

    memcpy(head.name, about->name, sizeof head.name);
    memcpy(rest, text + whole * sizeof rest, head.length % sizeof rest);
    words_store(line, &head, HEAD);
    words_store(line + HEAD, text, whole);
    words_store(line + HEAD + whole, rest, 1); /* with a NUL */
    atomic_store(&table->memory->added.lines[ring], number + 1);
}

void messages_add_own(struct slot *mine, enum message_kind kind, const struct record *me,
                      const char *text, bool keep)
{
    if (!keep && !messages_are_heard(mine->table))
        return;
    add(mine->table, kind, me, 0, ++mine->reader.own[ring_of(kind)], text);
    if (atomic_load(&slot_of(mine)->heard_open) != 0)
        messages_set_heard(mine);
}

void messages_add_about(struct table *table, enum message_kind kind, const struct record *about,
                        const char *text, bool keep)
{
    if (keep || messages_are_heard(table))
        add(table, kind, about, 0, 0, text);
}

/* If a handler dies before it has counted its line, the next line gets the same ordinal, and no
 * reader counts a lost line. */
void messages_add_told(struct table *table, const struct record *me, uint32_t slot, uint64_t to,
                       const char *text)
{
    word *told = &table->memory->slot[slot].told;
    uint64_t ordinal = atomic_load(told) + 1;

    add(table, MESSAGE_TOLD, me, to, ordinal, text);
    atomic_store(told, ordinal);
}

/* Only the newest line can be this one: a handler that died between adding its line and closing its
 * record held the lock. */
static bool is_newest(const struct table *table, enum message_kind kind, uint64_t serial)
{
    uint64_t added = messages_added(table, RING_REST);
    struct message_head head;

    if (added == 0)
        return false;
    head = messages_head(table, RING_REST, added - 1);
    return head.kind == (uint32_t)kind && head.serial == serial;
}

void messages_add_presence(struct table *table, enum message_kind kind, const struct record *about)
{
    if (messages_are_heard(table) && !is_newest(table, kind, about->serial))
        add(table, kind, about, 0, 0, "");
}
