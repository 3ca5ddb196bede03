/* Names and hands: shm/table/talk.h. */
#define _POSIX_C_SOURCE 200809L

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shm/table/layout.h"
#include "shm/table/talk.h"

static struct place *place_of(const struct room_member *member)
{
    return &member->registry->table->place[member->place];
}

static int enter(const struct room_member *member)
{
    return lock_enter(&member->registry->table->lock, &place_of(member)->at,
                      member->registry->made.pid);
}

static void leave(const struct room_member *member)
{
    lock_leave(&member->registry->table->lock, &place_of(member)->at);
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

static void set_name(struct registry_record *record, const char *name)
{
    memset(record->name, 0, sizeof record->name);
    memcpy(record->name, name, strnlen(name, sizeof record->name - 1));
}

static void set_hand(struct registry_record *record, const struct registry_record *as)
{
    record->hand = as->hand;
    record->hand_ns = as->hand_ns;
    memcpy(record->hand_text, as->hand_text, sizeof record->hand_text);
}

/* The other session loses its name, and its hand goes down: what it had is in *other. Before the
 * new one has it: who dies in between leaves a name that is free, not one that two have. */
static void strip(struct registry *registry, uint32_t place, const struct registry_record *other,
                  const struct room_claim *claim)
{
    static const unsigned char none[ROOM_SECRET];
    static const struct registry_record down;
    struct place *at = &registry->table->place[place];
    struct registry_record stripped = *other;

    claim->plain(stripped.name, place);
    set_hand(&stripped, &down);
    words_store(at->secret, none, ROOM_SECRET / sizeof(uint64_t));
    place_entitle(at, &stripped);
    if (other->hand_ns != 0)
        room_put_about(registry, ROOM_LOWERED, other, "");
    room_put_about(registry, ROOM_RENAMED, other, stripped.name);
}

static void give(struct room_member *member, struct registry_record *me,
                 const struct room_claim *claim, const struct registry_record *other)
{
    const struct registry_record before = *me;
    bool hand = other->hand_ns != 0 && (me->hand_ns == 0 || other->hand_ns < me->hand_ns);

    set_name(me, claim->name);
    if (hand)
        set_hand(me, other);
    words_store(place_of(member)->secret, claim->fresh, ROOM_SECRET / sizeof(uint64_t));
    place_entitle(place_of(member), me);
    if (strcmp(before.name, me->name) != 0)
        room_put_own(member, ROOM_RENAMED, &before, me->name);
    if (hand)
        room_put_own(member, ROOM_RAISED, me, me->hand_text);
}

int room_rename(struct room_member *member, struct registry_record *me,
                const struct room_claim *claim, enum room_name *result, uint32_t *holder,
                uint64_t *serial)
{
    struct registry *registry = member->registry;
    struct registry_record other = {0};

    if (enter(member) != 0)
        return -1;
    place_title(place_of(member), me);
    *result = ROOM_NAME_GIVEN;
    if (room_find(registry, claim->name, holder, &other) && *holder != member->place)
        *result =
            claim->secret != NULL && has_secret(&registry->table->place[*holder], claim->secret)
                ? ROOM_NAME_TAKEN_BACK
                : ROOM_NAME_TAKEN;
    *serial = other.serial;
    if (*result == ROOM_NAME_TAKEN_BACK)
        strip(registry, *holder, &other, claim);
    else
        other.hand_ns = 0; /* its own, or nobody's */
    if (*result != ROOM_NAME_TAKEN)
        give(member, me, claim, &other);
    leave(member);
    return 0;
}

/* ---- hands */

int room_raise(struct room_member *member, struct registry_record *me, const char *what)
{
    if (enter(member) != 0)
        return -1;
    place_title(place_of(member), me);
    if (me->hand_ns == 0) { /* else it keeps its place in the queue */
        me->hand = (int64_t)time(NULL);
        me->hand_ns = registry_now();
    }
    memset(me->hand_text, 0, sizeof me->hand_text);
    memcpy(me->hand_text, what, strnlen(what, sizeof me->hand_text - 1));
    place_entitle(place_of(member), me);
    room_put_own(member, ROOM_RAISED, me, me->hand_text);
    leave(member);
    return 0;
}

int room_lower(struct room_member *member, struct registry_record *me, bool *was_up)
{
    if (enter(member) != 0)
        return -1;
    place_title(place_of(member), me);
    *was_up = me->hand_ns != 0;
    me->hand = me->hand_ns = 0;
    me->hand_text[0] = '\0';
    if (*was_up) {
        place_entitle(place_of(member), me);
        room_put_own(member, ROOM_LOWERED, me, "");
    }
    leave(member);
    return 0;
}

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
