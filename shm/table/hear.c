/* The reader's half of shm/table/talk.h. */
#define _POSIX_C_SOURCE 200809L

#include <stdatomic.h>
#include <string.h>

#include "shm/table/layout.h"
#include "shm/table/talk.h"

#define HEAD WORDS(struct message_head)

static struct slot_memory *slot_of(const struct slot *mine)
{
    return &mine->table->memory->slot[mine->number];
}

static uint64_t added(const struct slot *mine, enum message_ring ring)
{
    return atomic_load(&mine->table->memory->added.lines[ring]);
}

/* ---- joining */

/* The lock makes one moment of it: each line is before it or after it, and so it is counted. */
int hear_join(struct slot *mine, size_t earlier)
{
    struct table_memory *memory = mine->table->memory;
    struct reader *reader = &mine->reader;
    uint64_t said;

    if (lock_enter(&memory->lock, &slot_of(mine)->at, mine->table->made.pid) != 0)
        return -1;
    said = added(mine, RING_SAID);
    if (earlier > said)
        earlier = (size_t)said;
    if (earlier > MESSAGES_EARLIER)
        earlier = MESSAGES_EARLIER;
    reader->since = said;
    reader->next[RING_SAID] = said - earlier;
    reader->next[RING_REST] = added(mine, RING_REST);
    for (enum message_ring ring = 0; ring < RINGS; ring++) {
        reader->open[ring] = messages_open(mine->table, ring);
        reader->own_passed[ring] = reader->own[ring];
    }
    reader->told = atomic_load(&slot_of(mine)->told);
    reader->lost = 0;
    messages_set_joined(memory, mine->number, true);
    hear_sent(mine);
    hear_look(mine);
    lock_leave(&memory->lock, &slot_of(mine)->at);
    return 0;
}

static void stop_hearing(struct table *table, uint32_t slot)
{
    messages_set_joined(table->memory, slot, false);
    atomic_store(&table->memory->slot[slot].heard_open, 0);
}

void hear_leave(struct slot *mine)
{
    stop_hearing(mine->table, mine->number);
}

void hear_forget(struct table *table, uint32_t slot)
{
    static const unsigned char none[TABLE_SECRET];
    struct slot_memory *at = &table->memory->slot[slot];

    if (atomic_load(&at->heard_open) != 0)
        stop_hearing(table, slot);
    if (atomic_load(&at->secret[0]) != 0)
        words_store(at->secret, none, TABLE_SECRET / sizeof(uint64_t));
}

/* Its own lines are not for it: whether it has passed them is nobody's concern. */
void hear_sent(struct slot *mine)
{
    const struct reader *reader = &mine->reader;
    uint64_t heard = 0;

    for (int ring = 0; ring < RINGS; ring++)
        heard += reader->open[ring] + reader->own[ring] - reader->own_passed[ring];
    atomic_store(&slot_of(mine)->heard_told, reader->told);
    atomic_store(&slot_of(mine)->heard_open, heard + 1);
}

/* ---- looking */

/* Both counts are never seen at one moment. But a line whose order is below the sum of what was
 * there before and after is there for certain, and so is each one before it: none is read out of
 * its turn. */
void hear_look(struct slot *mine)
{
    struct reader *reader = &mine->reader;
    uint64_t before;

    atomic_store(&slot_of(mine)->rung, 0);
    before = added(mine, RING_REST);
    reader->end[RING_SAID] = added(mine, RING_SAID);
    reader->end[RING_REST] = added(mine, RING_REST);
    reader->until = reader->end[RING_SAID] + before;
    reader->most = reader->end[RING_SAID] + reader->end[RING_REST];
    for (enum message_ring ring = 0; ring < RINGS; ring++)
        if (reader->end[ring] < reader->next[ring]) { /* somebody damaged it, and it begins anew */
            reader->next[ring] = reader->end[ring];
            reader->open[ring] = messages_open(mine->table, ring);
        }
}

bool hear_pending(const struct slot *mine)
{
    for (enum message_ring ring = 0; ring < RINGS; ring++)
        if (added(mine, ring) != mine->reader.next[ring])
            return true;
    return false;
}

/* Whether the line of that number is still there: the oldest one of all may be just overwritten. */
static bool is_kept(const struct slot *mine, enum message_ring ring, uint64_t number)
{
    uint64_t now = added(mine, ring);

    return now > number && now - number < MESSAGES_KEPT;
}

/* ---- what was lost, exactly: of all that is skipped, what was for this session */

/* So many lines that it wrote itself, or (told) that it was told, come before that number; passed:
 * as many as it knows to; all: as many as there are. The first one after it says so. */
static uint64_t count_before(const struct slot *mine, enum message_ring ring, uint64_t number,
                             bool told, uint64_t passed, uint64_t all)
{
    uint64_t end = added(mine, ring), before = all;

    if (end - number > MESSAGES_KEPT) /* no more are kept, whatever a damaged table says */
        end = number + MESSAGES_KEPT;
    for (uint64_t i = number; passed < all && i < end; i++) {
        struct message_head head = messages_head(mine->table, ring, i);

        if (head.ordinal != 0 && (told ? head.to : head.serial) == mine->serial &&
            (told || head.to == 0)) {
            before = head.ordinal - 1;
            break;
        }
    }
    return before < passed ? passed : before > all ? all : before;
}

/* The lines of a ring to this number are gone. False: so is that one by now. */
static bool skip(struct slot *mine, enum message_ring ring, uint64_t number)
{
    struct reader *reader = &mine->reader;
    uint64_t told = atomic_load(&slot_of(mine)->told); /* before it is looked for */
    uint64_t skipped = number - reader->next[ring], lost, own;
    struct message_head head = messages_head(mine->table, ring, number);

    own = count_before(mine, ring, number, false, reader->own_passed[ring], reader->own[ring]);
    if (ring == RING_REST)
        told = count_before(mine, ring, number, true, reader->told, told);
    else
        told = reader->told;
    if (!is_kept(mine, ring, number))
        return false;
    lost = head.open > reader->open[ring] ? head.open - reader->open[ring] : 0;
    lost -= own - reader->own_passed[ring] < lost ? own - reader->own_passed[ring] : lost;
    lost += told - reader->told;
    reader->lost += lost < skipped ? lost : skipped; /* whatever a damaged line says */
    if (head.open > reader->open[ring])
        reader->open[ring] = head.open;
    reader->own_passed[ring] = own;
    reader->told = told;
    reader->next[ring] = number;
    return true;
}

/* ---- reading */

/* The head of the next line of a ring. False: it has none now. */
static bool peek(struct slot *mine, enum message_ring ring, struct message_head *head)
{
    struct reader *reader = &mine->reader;

    while (reader->next[ring] < reader->end[ring]) {
        uint64_t now;

        *head = messages_head(mine->table, ring, reader->next[ring]);
        atomic_thread_fence(memory_order_acquire);
        if (is_kept(mine, ring, reader->next[ring]))
            return head->order < reader->until || head->order >= reader->most;
        now = added(mine, ring);
        if (now <= reader->next[ring]) /* it begins anew: seen at the next look */
            return false;
        if (now - reader->next[ring] >= MESSAGES_KEPT)
            (void)skip(mine, ring, now - MESSAGES_KEPT / 2);
    }
    return false;
}

/* It has been read, or need not be. */
static void pass(struct slot *mine, enum message_ring ring, const struct message_head *head)
{
    struct reader *reader = &mine->reader;

    reader->next[ring]++;
    if (head->to == mine->serial && head->ordinal > reader->told &&
        head->ordinal - reader->told <= MESSAGES_KEPT)
        reader->told = head->ordinal;
    if (head->to != 0)
        return;
    if (ring == RING_REST || reader->next[ring] > reader->since)
        reader->open[ring]++;
    if (head->serial == mine->serial && head->ordinal > reader->own_passed[ring] &&
        head->ordinal <= reader->own[ring])
        reader->own_passed[ring] = head->ordinal;
}

static bool read_text(const struct slot *mine, enum message_ring ring, uint64_t number,
                      struct message *line)
{
    struct message_head *head = &line->head;
    const word *slot = table_store(mine->table)->lines[ring][number % MESSAGES_KEPT];

    if (head->length > MESSAGE_TEXT)
        head->length = 0, head->kind = MESSAGE_KINDS;
    words_load(line->text, slot + HEAD, head->length / sizeof(uint64_t) + 1);
    atomic_thread_fence(memory_order_acquire);
    if (!is_kept(mine, ring, number))
        return false;
    line->text[head->length] = '\0';
    if (memchr(head->name, '\0', sizeof head->name) == NULL)
        head->name[0] = '\0', head->kind = MESSAGE_KINDS;
    return true;
}

bool hear_next(struct slot *mine, struct message *line, bool *earlier)
{
    struct reader *reader = &mine->reader;

    for (;;) {
        struct message_head head[RINGS];
        bool said = peek(mine, RING_SAID, &head[RING_SAID]);
        bool rest = peek(mine, RING_REST, &head[RING_REST]);
        enum message_ring ring = said && !(rest && head[RING_REST].order < head[RING_SAID].order)
                                     ? RING_SAID
                                     : RING_REST;

        if (!said && !rest)
            return false;
        line->head = head[ring];
        *earlier = ring == RING_SAID && reader->next[ring] < reader->since;
        if (*earlier || (line->head.to != 0 ? line->head.to == mine->serial
                                            : line->head.serial != mine->serial)) {
            if (!read_text(mine, ring, reader->next[ring], line))
                continue; /* gone meanwhile */
            pass(mine, ring, &head[ring]);
            return true;
        }
        pass(mine, ring, &head[ring]);
    }
}
