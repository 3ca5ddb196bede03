#define _POSIX_C_SOURCE 200809L

#include "shm/table/names.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/wire/clock.h"
#include "server/wire/name.h"
#include "shm/table/layout.h"
#include "shm/table/messages.h"
#include "shm/table/record.h"
#include "shm/table/view.h"

/* ---- names */

bool names_find(const struct table *table, const char *name, uint32_t *slot, struct record *record)
{
    uint32_t top = view_about(table).top;

    for (*slot = 0; *slot < top; ++*slot)
        if (view_read(table, *slot, record) == READ_PRESENT && name_same(record->name, name))
            return true;
    return false;
}

static bool has_secret(const struct slot_memory *slot, const unsigned char secret[TABLE_SECRET])
{
    unsigned char theirs[TABLE_SECRET], differ = 0, any = 0;

    words_load(theirs, slot->secret, WORDS(theirs));
    for (size_t i = 0; i < TABLE_SECRET; i++) {
        differ |= (unsigned char)(theirs[i] ^ secret[i]);
        any |= theirs[i];
    }
    return differ == 0 && any != 0;
}

static void set_name(struct record *record, const char *name)
{
    memset(record->name, 0, sizeof record->name);
    memcpy(record->name, name, strnlen(name, sizeof record->name - 1));
}

static void set_hand(struct record *record, const struct record *as)
{
    record->hand = as->hand;
    record->hand_ns = as->hand_ns;
    memcpy(record->hand_text, as->hand_text, sizeof record->hand_text);
}

/* Gives the other session its default name, and lowers its hand; *other keeps the former values.
 * This step comes first, so that a handler that dies after it leaves a free name instead of a name
 * that two sessions have. */
static void strip(struct table *table, uint32_t slot, const struct record *other,
                  const struct names_claim *claim)
{
    static const unsigned char none[TABLE_SECRET];
    static const struct record down;
    struct slot_memory *at = &table->memory->slot[slot];
    struct record stripped = *other;

    claim->plain(stripped.name, slot);
    set_hand(&stripped, &down);
    words_store(at->secret, none, TABLE_SECRET / sizeof(uint64_t));
    record_set_title(at, &stripped);
    if (other->hand_ns != 0)
        messages_add_about(table, MESSAGE_LOWERED, other, "", false);
    messages_add_about(table, MESSAGE_RENAMED, other, stripped.name, false);
}

/* Gives this session the name, and also the other session's hand if that was raised earlier. */
static void give(struct slot *mine, struct record *me, const struct names_claim *claim,
                 const struct record *other)
{
    const struct record before = *me;
    bool hand = other->hand_ns != 0 && (me->hand_ns == 0 || other->hand_ns < me->hand_ns);

    set_name(me, claim->name);
    if (hand)
        set_hand(me, other);
    words_store(slot_of(mine)->secret, claim->fresh, TABLE_SECRET / sizeof(uint64_t));
    record_set_title(slot_of(mine), me);
    if (strcmp(before.name, me->name) != 0)
        messages_add_own(mine, MESSAGE_RENAMED, &before, me->name, false);
    if (hand)
        messages_add_own(mine, MESSAGE_RAISED, me, me->hand_text, false);
}

int names_rename(struct slot *mine, struct record *me, const struct names_claim *claim,
                 enum names_result *result, uint32_t *holder, uint64_t *serial)
{
    struct table *table = mine->table;
    struct record other = {0};

    if (table_lock(mine) != 0)
        return -1;
    record_get_title(slot_of(mine), me);
    *result = NAME_GIVEN;
    if (names_find(table, claim->name, holder, &other) && *holder != mine->number)
        *result = claim->secret != NULL && has_secret(&table->memory->slot[*holder], claim->secret)
                      ? NAME_TAKEN_BACK
                      : NAME_TAKEN;
    *serial = other.serial;
    if (*result == NAME_TAKEN_BACK)
        strip(table, *holder, &other, claim);
    else
        other.hand_ns = 0; /* no hand moves */
    if (*result != NAME_TAKEN)
        give(mine, me, claim, &other);
    table_unlock(mine);
    return 0;
}

/* ---- hands */

int names_raise(struct slot *mine, struct record *me, const char *what)
{
    if (table_lock(mine) != 0)
        return -1;
    record_get_title(slot_of(mine), me);
    if (me->hand_ns == 0) { /* else the hand keeps its place in the queue */
        me->hand = (int64_t)time(NULL);
        me->hand_ns = clock_now();
    }
    memset(me->hand_text, 0, sizeof me->hand_text);
    memcpy(me->hand_text, what, strnlen(what, sizeof me->hand_text - 1));
    record_set_title(slot_of(mine), me);
    messages_add_own(mine, MESSAGE_RAISED, me, me->hand_text, false);
    table_unlock(mine);
    return 0;
}

int names_lower(struct slot *mine, struct record *me, bool *was_up)
{
    if (table_lock(mine) != 0)
        return -1;
    record_get_title(slot_of(mine), me);
    *was_up = me->hand_ns != 0;
    me->hand = me->hand_ns = 0;
    me->hand_text[0] = '\0';
    if (*was_up) {
        record_set_title(slot_of(mine), me);
        messages_add_own(mine, MESSAGE_LOWERED, me, "", false);
    }
    table_unlock(mine);
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct raised_hand *one = a, *other = b;

    return (one->raised_ns > other->raised_ns) - (one->raised_ns < other->raised_ns);
}

int names_hands(const struct table *table, struct raised_hand **list, size_t *count)
{
    uint32_t top = view_about(table).top;
    struct raised_hand *found = calloc(top > 0 ? top : 1, sizeof *found);
    struct record record;

    if (found == NULL)
        return -1;
    *count = 0;
    for (uint32_t i = 0; i < top; i++) {
        struct raised_hand *hand = &found[*count];

        if (view_read(table, i, &record) != READ_PRESENT || record.hand_ns == 0)
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
