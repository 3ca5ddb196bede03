#define _POSIX_C_SOURCE 200809L

#include "client/chat/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/terminal/show.h"
#include "server/wire/name.h"

/* ---- rosters: names compare without regard to case, as the server compares them */

static struct member *find(const struct roster *roster, const char *name)
{
    for (size_t i = 0; i < roster->count; i++)
        if (name_same(roster->member[i].name, name))
            return &roster->member[i];
    return NULL;
}

/* Finds or adds a name. NULL: the name is not valid, or there is no memory. */
static struct member *add(struct roster *roster, const char *name)
{
    struct member *member = find(roster, name);

    if (member != NULL || !protocol_name_valid(name))
        return member;
    if (roster->count == roster->capacity) {
        size_t capacity = roster->capacity > 0 ? 2 * roster->capacity : 16;
        struct member *more = realloc(roster->member, capacity * sizeof *more);

        if (more == NULL)
            return NULL;
        roster->member = more;
        roster->capacity = capacity;
    }
    member = &roster->member[roster->count++];
    *member = (struct member){.hand = false};
    (void)snprintf(member->name, sizeof member->name, "%s", name);
    return member;
}

static void drop(struct roster *roster, const char *name)
{
    struct member *member = find(roster, name);

    if (member == NULL)
        return;
    roster->count--;
    memmove(member, member + 1, (size_t)(roster->member + roster->count - member) * sizeof *member);
}

static void rename_member(struct roster *roster, const char *name, const char *to)
{
    struct member *member = find(roster, name);

    if (member != NULL && protocol_name_valid(to))
        (void)snprintf(member->name, sizeof member->name, "%s", to);
    else
        (void)add(roster, to);
}

static void free_roster(struct roster *roster)
{
    free(roster->member);
    *roster = (struct roster){.count = 0};
}

/* ---- the lines that were seen last */

static void see(struct room *room, const char *name, const char *text)
{
    room->seen_newest = (room->seen_newest + 1) % ROOM_SEEN;
    (void)snprintf(room->seen[room->seen_newest], sizeof room->seen[0], "%s %s", name, text);
    if (room->seen_count < ROOM_SEEN)
        room->seen_count++;
}

void room_said(struct room *room, const char *text)
{
    see(room, room->self, text);
}

static void see_line(struct room *room, int code, const char *text)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *said = text;

    if (code == ROOM_LINE_EARLIER)
        said = strchr(text, ' ');
    if (code == ROOM_LINE_ANNOUNCED)
        see(room, "*", text);
    else if ((code == ROOM_LINE_SAID || code == ROOM_LINE_EARLIER) && said != NULL &&
             protocol_parse_name(said + (code == ROOM_LINE_EARLIER), name, &said))
        see(room, name, said);
}

/* Whether the earlier lines ("TIME NAME TEXT" each) end with the last lines that were shown. Then
 * all of them were shown before. */
static bool were_seen(const struct room *room)
{
    const struct table *earlier = &room->earlier;
    size_t compared = room->seen_count < earlier->count ? room->seen_count : earlier->count;

    for (size_t i = 0; i < compared; i++) {
        const char *space = strchr(table_line(earlier, earlier->count - 1 - i), ' ');

        if (space == NULL ||
            strcmp(space + 1, room->seen[(room->seen_newest + ROOM_SEEN - i) % ROOM_SEEN]) != 0)
            return false;
    }
    return compared > 0;
}

bool room_hold(struct room *room, int code, const char *text)
{
    if (!room->returning || code != ROOM_LINE_EARLIER)
        return false;
    table_add(&room->earlier, text);
    if (were_seen(room))
        table_clear(&room->earlier);
    return true;
}

bool room_holds(const struct room *room)
{
    return room->earlier.count > 0;
}

const char *room_release(struct room *room)
{
    room->returning = false;
    if (room->released < room->earlier.count)
        return table_line(&room->earlier, room->released++);
    table_clear(&room->earlier);
    room->released = 0;
    return NULL;
}

/* ---- lines of the room */

static bool is_ignored(const struct room *room, const char *text)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    return protocol_parse_name(text, name, &rest) && find(&room->ignored, name) != NULL;
}

/* Updates the members from the line. Returns whether to show the line. */
static bool note(struct room *room, int code, const char *text)
{
    char name[PROTOCOL_NAME_MAX + 1];
    bool wanted = !is_ignored(room, text);
    struct member *member;
    const char *rest;

    if (code == ROOM_LINE_EARLIER) {
        rest = strchr(text, ' ');
        return rest == NULL || !is_ignored(room, rest + 1);
    }
    if (code == ROOM_LINE_ANNOUNCED || code == ROOM_LINE_LOST ||
        !protocol_parse_name(text, name, &rest))
        return true;
    switch (code) {
    case ROOM_LINE_CAME:
        (void)add(&room->members, name);
        return wanted && !room->quiet;
    case ROOM_LINE_WENT:
        drop(&room->members, name);
        return wanted && !room->quiet;
    case ROOM_LINE_RENAMED:
        rename_member(&room->members, name, rest);
        if (!wanted) /* a new name stays ignored */
            rename_member(&room->ignored, name, rest);
        return wanted && !room->quiet;
    case ROOM_LINE_RAISED:
    case ROOM_LINE_LOWERED:
        member = add(&room->members, name);
        if (member != NULL)
            member->hand = code == ROOM_LINE_RAISED;
        return wanted;
    default:
        return wanted;
    }
}

struct room_heard room_hear(struct room *room, int code, const char *text)
{
    struct room_heard heard = {.show = false};

    see_line(room, code, text);
    heard.show = note(room, code, text);
    heard.ring = heard.show && show_is_mention(code, text, room->self);
    heard.answer = heard.show && code == ROOM_LINE_TOLD && room->is_away;
    return heard;
}

/* Answers each client once: otherwise two clients that are away would answer each other for ever.
 * */
bool room_away_answer(struct room *room, const char *text, char line[PROTOCOL_REQUEST_MAX + 1])
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    if (!protocol_parse_name(text, name, &rest) || find(&room->answered, name) != NULL ||
        add(&room->answered, name) == NULL)
        return false;
    (void)snprintf(line, PROTOCOL_REQUEST_MAX + 1, "/msg %s I am away%s%.*s", name,
                   room->away[0] ? ": " : "", PROTOCOL_REQUEST_MAX - PROTOCOL_NAME_MAX - 32,
                   room->away);
    return true;
}

/* ---- joining */

void room_begin(struct room *room)
{
    room->returning = room->seen_count > 0;
    room->members.count = 0;
}

void room_join(struct room *room, const char *name)
{
    room->joined = name != NULL;
    if (name != NULL)
        (void)snprintf(room->name, sizeof room->name, "%.100s", name);
}

void room_take_member(struct room *room, const char *line, bool hand)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;
    struct member *member;

    if (!protocol_parse_name(line, name, &rest))
        return;
    member = add(&room->members, name);
    if (member != NULL && hand)
        member->hand = true;
}

/* ---- members */

void room_call(struct room *room, const char *name)
{
    if (room->self[0] != '\0')
        rename_member(&room->members, room->self, name);
    (void)snprintf(room->self, sizeof room->self, "%s", name);
}

void room_raise(struct room *room, bool up)
{
    struct member *self = find(&room->members, room->self);

    if (self != NULL)
        self->hand = up;
}

size_t room_hands(const struct room *room)
{
    size_t hands = 0;

    for (size_t i = 0; i < room->members.count; i++)
        hands += room->members.member[i].hand;
    return hands;
}

enum room_ignored room_ignore(struct room *room, const char *name)
{
    if (find(&room->ignored, name) != NULL) {
        drop(&room->ignored, name);
        return ROOM_SHOWN_AGAIN;
    }
    return add(&room->ignored, name) != NULL ? ROOM_IGNORED : ROOM_NO_NAME;
}

void room_away(struct room *room, const char *text)
{
    room->is_away = !room->is_away || text[0] != '\0';
    room->answered.count = 0;
    (void)snprintf(room->away, sizeof room->away, "%s", text);
}

void room_free(struct room *room)
{
    free_roster(&room->members);
    free_roster(&room->ignored);
    free_roster(&room->answered);
    table_free(&room->earlier);
    *room = (struct room){.joined = false};
}
