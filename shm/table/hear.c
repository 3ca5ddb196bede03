/* The reader's half of shm/table/talk.h. */
#define _POSIX_C_SOURCE 200809L

#include <stdatomic.h>
#include <string.h>

#include "shm/table/layout.h"
#include "shm/table/talk.h"

#define HEAD WORDS(struct room_head)

static struct place *place_of(const struct room_member *member)
{
    return &member->registry->table->place[member->place];
}

static uint64_t added(const struct room_member *member, enum room_ring ring)
{
    return atomic_load(&member->registry->table->added.lines[ring]);
}

/* ---- joining */

/* The lock makes one moment of it: each line is before it or after it, and so it is counted. */
int room_join(struct room_member *member, size_t earlier)
{
    struct registry_table *table = member->registry->table;
    struct room_reader *reader = &member->reader;
    uint64_t said;

    if (lock_enter(&table->lock, &place_of(member)->at, member->registry->made.pid) != 0)
        return -1;
    said = added(member, ROOM_RING_SAID);
    if (earlier > said)
        earlier = (size_t)said;
    if (earlier > ROOM_EARLIER)
        earlier = ROOM_EARLIER;
    reader->since = said;
    reader->next[ROOM_RING_SAID] = said - earlier;
    reader->next[ROOM_RING_REST] = added(member, ROOM_RING_REST);
    for (enum room_ring ring = 0; ring < ROOM_RINGS; ring++) {
        reader->open[ring] = room_open(member->registry, ring);
        reader->own_read[ring] = reader->own[ring];
    }
    reader->told = atomic_load(&place_of(member)->told);
    reader->lost = 0;
    room_set_joined(table, member->place, true);
    room_heard(member);
    room_look(member);
    lock_leave(&table->lock, &place_of(member)->at);
    return 0;
}

void room_leave(struct registry *registry, uint32_t place)
{
    room_set_joined(registry->table, place, false);
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

/* Its own lines are not for it: whether it has passed them is nobody's concern. */
void room_heard(struct room_member *member)
{
    const struct room_reader *reader = &member->reader;
    uint64_t heard = 0;

    for (int ring = 0; ring < ROOM_RINGS; ring++)
        heard += reader->open[ring] + reader->own[ring] - reader->own_read[ring];
    atomic_store(&place_of(member)->told_heard, reader->told);
    atomic_store(&place_of(member)->hears, heard + 1);
}

/* ---- looking */

/* Both counts are never seen at one moment. But a line whose order is below the sum of what was
 * there before and after is there for certain, and so is each one before it: none is read out of
 * its turn. */
void room_look(struct room_member *member)
{
    struct room_reader *reader = &member->reader;
    uint64_t before;

    atomic_store(&place_of(member)->rung, 0);
    before = added(member, ROOM_RING_REST);
    reader->end[ROOM_RING_SAID] = added(member, ROOM_RING_SAID);
    reader->end[ROOM_RING_REST] = added(member, ROOM_RING_REST);
    reader->until = reader->end[ROOM_RING_SAID] + before;
    reader->most = reader->end[ROOM_RING_SAID] + reader->end[ROOM_RING_REST];
    for (enum room_ring ring = 0; ring < ROOM_RINGS; ring++)
        if (reader->end[ring] < reader->next[ring]) { /* somebody damaged it, and it begins anew */
            reader->next[ring] = reader->end[ring];
            reader->open[ring] = room_open(member->registry, ring);
        }
}

bool room_pending(const struct room_member *member)
{
    for (enum room_ring ring = 0; ring < ROOM_RINGS; ring++)
        if (added(member, ring) != member->reader.next[ring])
            return true;
    return false;
}

/* Whether the line of that number is still there: the oldest one of all may be just overwritten. */
static bool is_kept(const struct room_member *member, enum room_ring ring, uint64_t number)
{
    uint64_t now = added(member, ring);

    return now > number && now - number < ROOM_LINES;
}

/* ---- what was lost, exactly: of all that is skipped, what was for this session */

/* So many lines that it wrote itself, or (told) that it was told, come before that number; passed:
 * as many as it knows to; all: as many as there are. The first one after it says so. */
static uint64_t count_before(const struct room_member *member, enum room_ring ring, uint64_t number,
                             bool told, uint64_t passed, uint64_t all)
{
    uint64_t end = added(member, ring), before = all;

    if (end - number > ROOM_LINES) /* no more are kept, whatever a damaged table says */
        end = number + ROOM_LINES;
    for (uint64_t i = number; passed < all && i < end; i++) {
        struct room_head head = room_head(member->registry, ring, i);

        if (head.nth != 0 && (told ? head.to : head.serial) == member->serial &&
            (told || head.to == 0)) {
            before = head.nth - 1;
            break;
        }
    }
    return before < passed ? passed : before > all ? all : before;
}

/* The lines of a ring to this number are gone. False: so is that one by now. */
static bool skip(struct room_member *member, enum room_ring ring, uint64_t number)
{
    struct room_reader *reader = &member->reader;
    uint64_t told = atomic_load(&place_of(member)->told); /* before it is looked for */
    uint64_t skipped = number - reader->next[ring], lost, own;
    struct room_head head = room_head(member->registry, ring, number);

    own = count_before(member, ring, number, false, reader->own_read[ring], reader->own[ring]);
    if (ring == ROOM_RING_REST)
        told = count_before(member, ring, number, true, reader->told, told);
    else
        told = reader->told;
    if (!is_kept(member, ring, number))
        return false;
    lost = head.open > reader->open[ring] ? head.open - reader->open[ring] : 0;
    lost -= own - reader->own_read[ring] < lost ? own - reader->own_read[ring] : lost;
    lost += told - reader->told;
    reader->lost += lost < skipped ? lost : skipped; /* whatever a damaged line says */
    if (head.open > reader->open[ring])
        reader->open[ring] = head.open;
    reader->own_read[ring] = own;
    reader->told = told;
    reader->next[ring] = number;
    return true;
}

/* ---- reading */

/* The head of the next line of a ring. False: it has none now. */
static bool peek(struct room_member *member, enum room_ring ring, struct room_head *head)
{
    struct room_reader *reader = &member->reader;

    while (reader->next[ring] < reader->end[ring]) {
        uint64_t now;

        *head = room_head(member->registry, ring, reader->next[ring]);
        atomic_thread_fence(memory_order_acquire);
        if (is_kept(member, ring, reader->next[ring]))
            return head->order < reader->until || head->order >= reader->most;
        now = added(member, ring);
        if (now <= reader->next[ring]) /* it begins anew: seen at the next look */
            return false;
        if (now - reader->next[ring] >= ROOM_LINES)
            (void)skip(member, ring, now - ROOM_LINES / 2);
    }
    return false;
}

/* It has been read, or need not be. */
static void pass(struct room_member *member, enum room_ring ring, const struct room_head *head)
{
    struct room_reader *reader = &member->reader;

    reader->next[ring]++;
    if (head->to == member->serial && head->nth > reader->told &&
        head->nth - reader->told <= ROOM_LINES)
        reader->told = head->nth;
    if (head->to != 0)
        return;
    if (ring == ROOM_RING_REST || reader->next[ring] > reader->since)
        reader->open[ring]++;
    if (head->serial == member->serial && head->nth > reader->own_read[ring] &&
        head->nth <= reader->own[ring])
        reader->own_read[ring] = head->nth;
}

static bool read_text(const struct room_member *member, enum room_ring ring, uint64_t number,
                      struct room_line *line)
{
    struct room_head *head = &line->head;
    const word *slot = table_store(member->registry)->lines[ring][number % ROOM_LINES];

    if (head->length > ROOM_TEXT)
        head->length = 0, head->kind = ROOM_KINDS;
    words_load(line->text, slot + HEAD, head->length / sizeof(uint64_t) + 1);
    atomic_thread_fence(memory_order_acquire);
    if (!is_kept(member, ring, number))
        return false;
    line->text[head->length] = '\0';
    if (memchr(head->name, '\0', sizeof head->name) == NULL)
        head->name[0] = '\0', head->kind = ROOM_KINDS;
    return true;
}

bool room_read(struct room_member *member, struct room_line *line, bool *earlier)
{
    struct room_reader *reader = &member->reader;

    for (;;) {
        struct room_head head[ROOM_RINGS];
        bool said = peek(member, ROOM_RING_SAID, &head[ROOM_RING_SAID]);
        bool rest = peek(member, ROOM_RING_REST, &head[ROOM_RING_REST]);
        enum room_ring ring =
            said && !(rest && head[ROOM_RING_REST].order < head[ROOM_RING_SAID].order)
                ? ROOM_RING_SAID
                : ROOM_RING_REST;

        if (!said && !rest)
            return false;
        line->head = head[ring];
        *earlier = ring == ROOM_RING_SAID && reader->next[ring] < reader->since;
        if (*earlier || (line->head.to != 0 ? line->head.to == member->serial
                                            : line->head.serial != member->serial)) {
            if (!read_text(member, ring, reader->next[ring], line))
                continue; /* gone meanwhile */
            pass(member, ring, &head[ring]);
            return true;
        }
        pass(member, ring, &head[ring]);
    }
}
