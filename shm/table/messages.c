#define _POSIX_C_SOURCE 200809L

#include "shm/table/messages.h"

#include <string.h>
#include <time.h>

#include "shm/table/layout.h"
#include "shm/table/view.h"

#define HEAD WORDS(struct message_head)

/* Not beside the code that every session uses (server/handler.ld). */
#define RARE __attribute__((cold, noinline))

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

static struct line_memory *place(const struct table *table, enum message_ring ring, uint64_t number)
{
    return &table_store(table)->lines[ring][number % MESSAGES_KEPT];
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

    words_load(&head, place(table, ring, number)->head, HEAD);
    return head;
}

static bool is_short(size_t length)
{
    return length < LINE_SHORT;
}

/* With its NUL, in whole words. */
static size_t size_of(size_t length)
{
    return (length / sizeof(uint64_t) + 1) * sizeof(uint64_t);
}

void messages_text(const struct table *table, enum message_ring ring, uint64_t number,
                   struct message *line)
{
    struct message_head *head = &line->head;
    uint64_t at = head->at % MESSAGES_BYTES;
    const word *from;

    if (head->length >= MESSAGE_LINE ||
        (!is_short(head->length) && at + size_of(head->length) > MESSAGES_BYTES))
        head->length = 0, head->kind = MESSAGE_KINDS;
    from = is_short(head->length) ? place(table, ring, number)->text
                                  : table_store(table)->bytes[ring] + at / sizeof(uint64_t);
    words_load(line->text, from, size_of(head->length) / sizeof(uint64_t));
    line->text[head->length] = '\0';
}

/* The fence orders the read of the line before the read of the ring's count. */
bool messages_are_kept(const struct table *table, enum message_ring ring, uint64_t number)
{
    uint64_t added;

    atomic_thread_fence(memory_order_acquire);
    added = messages_added(table, ring);
    return added > number && added - number < MESSAGES_KEPT;
}

static bool is_within(const struct table *table, enum message_ring ring,
                      const struct message_head *head, uint64_t share)
{
    return is_short(head->length) || atomic_load(&table->memory->taken[ring]) - head->at <= share;
}

bool messages_text_is_kept(const struct table *table, enum message_ring ring,
                           const struct message_head *head)
{
    atomic_thread_fence(memory_order_acquire);
    return is_within(table, ring, head, MESSAGES_BYTES);
}

/* From the newest line backwards, because the positions of short lines say nothing. */
RARE uint64_t messages_find_text(const struct table *table, enum message_ring ring, uint64_t number,
                                 uint64_t share)
{
    uint64_t first = messages_added(table, ring);

    while (first > number) {
        struct message_head head = messages_head(table, ring, first - 1);

        if (!is_within(table, ring, &head, share))
            break;
        first--;
    }
    return first;
}

/* ---- adding */

static enum message_ring ring_of(enum message_kind kind)
{
    return kind == MESSAGE_SAID || kind == MESSAGE_ANNOUNCED ? RING_SAID : RING_REST;
}

/* Makes the text: "NAME TEXT", and zeros up to a whole word. Inlined it would call the C library's
 * checked memcpy, which lies apart from the code that every session uses. */
__attribute__((noinline)) static void compose(char *to, const char *name, size_t name_length,
                                              const char *text, size_t length)
{
    memcpy(to, name, name_length);
    if (name_length > 0 && length > 0)
        to[name_length++] = ' ';
    memcpy(to + name_length, text, length);
    memset(to + name_length + length, 0, sizeof(uint64_t)); /* the last word */
}

/* Where the next long text goes: behind the one before it, but not over the end. Its readers are
 * told before it is overwritten. A writer that died meanwhile may have written up to `taken`. */
RARE static uint64_t take_bytes(struct table *table, enum message_ring ring, uint64_t at,
                                uint64_t size)
{
    word *taken = &table->memory->taken[ring];
    uint64_t was = atomic_load(taken);

    if (at % MESSAGES_BYTES + size > MESSAGES_BYTES)
        at += MESSAGES_BYTES - at % MESSAGES_BYTES;
    if (at + size > was || was - at > MESSAGES_BYTES) /* the latter: damaged */
        atomic_store(taken, at + size);
    atomic_thread_fence(memory_order_release);
    return at;
}

/* Writes the text of the next line where it belongs, and completes its head. */
static void write_text(struct table *table, enum message_ring ring, const char *name,
                       const char *text, struct message_head *head)
{
    static char long_text[MESSAGE_LINE + sizeof(uint64_t)];
    char short_text[LINE_SHORT + sizeof(uint64_t)];
    size_t name_length = strnlen(name, NAME_SIZE - 1), length = strnlen(text, MESSAGE_TEXT);
    word *to = place(table, ring, messages_added(table, ring))->text;
    char *made = short_text;

    head->length = (uint32_t)(name_length + (name_length > 0 && length > 0) + length);
    if (!is_short(head->length)) {
        head->at = take_bytes(table, ring, head->at, size_of(head->length));
        to = table_store(table)->bytes[ring] + head->at % MESSAGES_BYTES / sizeof(uint64_t);
        made = long_text;
    }
    compose(made, name, name_length, text, length);
    words_store(to, made, size_of(head->length) / sizeof(uint64_t));
}

/* Where the bytes of long texts end. */
static uint64_t end_of_bytes(const struct table *table, enum message_ring ring)
{
    uint64_t added = messages_added(table, ring);
    struct message_head newest;

    if (added == 0)
        return 0;
    newest = messages_head(table, ring, added - 1);
    newest.at -= newest.at % sizeof(uint64_t); /* damaged */
    return newest.at + (is_short(newest.length) ? 0 : size_of(newest.length));
}

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
                                .at = end_of_bytes(table, ring),
                                .kind = (uint32_t)kind};

    write_text(table, ring, about->name, text, &head);
    words_store(place(table, ring, number)->head, &head, HEAD);
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
