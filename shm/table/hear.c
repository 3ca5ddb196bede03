#define _POSIX_C_SOURCE 200809L

#include "shm/table/hear.h"

#include "shm/table/layout.h"
#include "shm/table/messages.h"

static uint64_t added(const struct slot *mine, enum message_ring ring)
{
    return messages_added(mine->table, ring);
}

/* ---- joining */

/* Under the lock: the session hears what is added from now on. */
static void begin(struct slot *mine)
{
    struct reader *reader = &mine->reader;

    for (enum message_ring ring = 0; ring < RINGS; ring++) {
        reader->next[ring] = reader->since[ring] = added(mine, ring);
        reader->open[ring] = messages_open(mine->table, ring);
        reader->own_passed[ring] = reader->own[ring];
    }
    reader->told = atomic_load(&slot_of(mine)->told);
    reader->lost = 0;
    reader->resumes = false;
    reader->replaced = 0;
    messages_set_joined(mine->table, mine->number, true);
    messages_set_heard(mine);
    hear_look(mine);
}

static void go_back(struct reader *reader, size_t earlier)
{
    uint64_t said = reader->since[RING_SAID];

    if (earlier > said)
        earlier = (size_t)said;
    if (earlier > MESSAGES_EARLIER)
        earlier = MESSAGES_EARLIER;
    reader->next[RING_SAID] = said - earlier;
}

/* Under the lock, because each line must be either before the joining or after it. */
int hear_join(struct slot *mine, size_t earlier)
{
    if (table_lock(mine) != 0)
        return -1;
    begin(mine);
    go_back(&mine->reader, earlier);
    table_unlock(mine);
    return 0;
}

/* Under the lock: the first line of this order or a later one that a ring keeps. */
static uint64_t find_order(const struct slot *mine, enum message_ring ring, uint64_t order)
{
    uint64_t end = added(mine, ring);
    uint64_t low = end >= MESSAGES_KEPT ? end - MESSAGES_KEPT + 1 : 0, high = end;

    low = messages_find_text(mine->table, ring, low, MESSAGES_BYTES);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (messages_head(mine->table, ring, middle).order < order)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Under the lock, after begin. Every order from the place's on is in one ring or the other, so what
 * is not found in either is lost. */
static void resume(struct slot *mine, const struct hear_place *from)
{
    struct reader *reader = &mine->reader;
    uint64_t wanted = reader->most - from->order, kept = 0;

    for (enum message_ring ring = 0; ring < RINGS; ring++) {
        reader->next[ring] = find_order(mine, ring, from->order);
        kept += reader->since[ring] - reader->next[ring];
    }
    reader->lost = wanted > kept ? wanted - kept : 0;
    reader->resumes = true;
    reader->replaced = from->replaced;
}

int hear_resume(struct slot *mine, size_t earlier, const struct hear_place *from)
{
    if (table_lock(mine) != 0)
        return -1;
    begin(mine);
    if (from->run == atomic_load(&mine->table->memory->run) && from->order <= mine->reader.most)
        resume(mine, from);
    else
        go_back(&mine->reader, earlier);
    table_unlock(mine);
    return 0;
}

struct hear_place hear_place(const struct slot *mine)
{
    return (struct hear_place){.run = atomic_load(&mine->table->memory->run),
                               .order = mine->reader.most};
}

void hear_leave(struct slot *mine)
{
    messages_leave(mine->table, mine->number);
}

void hear_sent(struct slot *mine)
{
    messages_set_heard(mine);
}

/* ---- looking */

/* The counts of both rings cannot be read at the same moment. `until` is one ring's count plus an
 * older value of the other ring's count. All lines whose order is below `until` have been added by
 * now, so reading only these keeps the order. */
void hear_look(struct slot *mine)
{
    struct reader *reader = &mine->reader;
    uint64_t before;

    before = added(mine, RING_REST);
    reader->end[RING_SAID] = added(mine, RING_SAID);
    reader->end[RING_REST] = added(mine, RING_REST);
    reader->until = reader->end[RING_SAID] + before;
    reader->most = reader->end[RING_SAID] + reader->end[RING_REST];
    for (enum message_ring ring = 0; ring < RINGS; ring++)
        if (reader->end[ring] < reader->next[ring]) { /* damaged: the ring was reset */
            reader->next[ring] = reader->end[ring];
            reader->since[ring] = 0;
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

static bool is_kept(const struct slot *mine, enum message_ring ring, uint64_t number)
{
    return messages_are_kept(mine->table, ring, number);
}

/* ---- lost lines: of all skipped lines, exactly those for this session */

/* Counts the lines before line `number` that the session wrote itself, or (told) that were told to
 * it: at least `passed`, which the reader has seen, and at most `all`. The ordinal of the first
 * such line from `number` on gives the count. */
static uint64_t count_before(const struct slot *mine, enum message_ring ring, uint64_t number,
                             bool told, uint64_t passed, uint64_t all)
{
    uint64_t end = added(mine, ring), before = all;

    if (end - number > MESSAGES_KEPT) /* only so many are kept; a damaged table may claim more */
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

/* How many of the lines from before the session joined a skip to line `number` passes that it still
 * has to hear, or that were for others. */
static uint64_t count_resumed(const struct reader *reader, enum message_ring ring, uint64_t number)
{
    uint64_t end = number < reader->since[ring] ? number : reader->since[ring];

    return reader->resumes && end > reader->next[ring] ? end - reader->next[ring] : 0;
}

/* Skips the lines of a ring before `number`, which were overwritten. Returns false if line `number`
 * has been overwritten, too. */
static bool skip(struct slot *mine, enum message_ring ring, uint64_t number)
{
    struct reader *reader = &mine->reader;
    uint64_t told = atomic_load(&slot_of(mine)->told); /* before the lines are searched */
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
    lost += told - reader->told + count_resumed(reader, ring, number);
    reader->lost += lost < skipped ? lost : skipped; /* a damaged line may claim more */
    if (head.open > reader->open[ring])
        reader->open[ring] = head.open;
    reader->own_passed[ring] = own;
    reader->told = told;
    reader->next[ring] = number;
    return true;
}

/* Skips as many lines that those who write will not be there at once. False: a damaged table. */
static bool skip_overwritten(struct slot *mine, enum message_ring ring, bool has_head)
{
    uint64_t now = added(mine, ring), number = mine->reader.next[ring] + 1;

    if (!has_head && now - number >= MESSAGES_KEPT / 2)
        number = now - MESSAGES_KEPT / 2;
    number = messages_find_text(mine->table, ring, number, MESSAGES_BYTES / 2);
    if (number < now)
        (void)skip(mine, ring, number); /* else it was overwritten, too */
    return number < now;
}

/* ---- reading */

/* Reads the head of the next line of a ring. Returns false if there is none now. */
static bool peek(struct slot *mine, enum message_ring ring, struct message_head *head)
{
    struct reader *reader = &mine->reader;

    while (reader->next[ring] < reader->end[ring]) {
        bool kept;

        *head = messages_head(mine->table, ring, reader->next[ring]);
        kept = is_kept(mine, ring, reader->next[ring]);
        if (kept && messages_text_is_kept(mine->table, ring, head))
            return head->order < reader->until || head->order >= reader->most;
        if (added(mine, ring) <= reader->next[ring]) /* the ring was reset: see hear_look */
            return false;
        if (!skip_overwritten(mine, ring, kept))
            return false;
    }
    return false;
}

/* Moves past a line that was read, or is not for this session. */
static void pass(struct slot *mine, enum message_ring ring, const struct message_head *head)
{
    struct reader *reader = &mine->reader;

    reader->next[ring]++;
    if (head->to == mine->serial && head->ordinal > reader->told &&
        head->ordinal - reader->told <= MESSAGES_KEPT)
        reader->told = head->ordinal;
    if (head->to != 0)
        return;
    if (reader->next[ring] > reader->since[ring])
        reader->open[ring]++;
    if (head->serial == mine->serial && head->ordinal > reader->own_passed[ring] &&
        head->ordinal <= reader->own[ring])
        reader->own_passed[ring] = head->ordinal;
}

/* Whether a line is for this session. A session does not hear itself; but those that join are shown
 * what was said before, by whomever. */
static bool is_for(const struct slot *mine, const struct message_head *head, bool earlier)
{
    const struct reader *reader = &mine->reader;

    if (head->to != 0)
        return head->to == mine->serial || head->to == reader->replaced;
    return earlier || head->serial != mine->serial;
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
        *earlier = reader->next[ring] < reader->since[ring] && !reader->resumes;
        if (is_for(mine, &line->head, *earlier)) {
            messages_text(mine->table, ring, reader->next[ring], line);
            if (!is_kept(mine, ring, reader->next[ring]) ||
                !messages_text_is_kept(mine->table, ring, &head[ring]))
                continue; /* overwritten meanwhile */
            pass(mine, ring, &head[ring]);
            return true;
        }
        pass(mine, ring, &head[ring]);
    }
}
