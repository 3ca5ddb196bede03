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

/* The new name may be there already: who came and took it while the members were asked for is in
 * that answer, and the room lines of it come after. */
static void rename_member(struct roster *roster, const char *name, const char *to)
{
    struct member *member = find(roster, name), *known = find(roster, to);

    if (member != NULL && known != NULL && known != member)
        drop(roster, name);
    else if (member != NULL && protocol_name_valid(to))
        (void)snprintf(member->name, sizeof member->name, "%s", to);
    else
        (void)add(roster, to);
}

static void free_roster(struct roster *roster)
{
    free(roster->member);
    *roster = (struct roster){.count = 0};
}

/* ---- this client's own lines. It does not hear itself, but after a loss it hears what its earlier
 * session said and did. */

void room_said(struct room *room, const char *text)
{
    (void)snprintf(room->own[room->own_next++ % ROOM_OWN], sizeof room->own[0], "%s %s", room->self,
                   text);
}

/* Whether the line was acknowledged, and so was shown; each is found once. */
static bool was_shown(struct room *room, const char *text)
{
    for (size_t i = 0; i < ROOM_OWN; i++)
        if (strcmp(room->own[i], text) == 0) {
            room->own[i][0] = '\0';
            return true;
        }
    return false;
}

/* Whether the line is about this client itself and tells it nothing. */
static bool is_own_news(struct room *room, int code, const char *name, const char *text,
                        const char *rest)
{
    if (code == ROOM_LINE_RENAMED) /* back under its name */
        return name_same(rest, room->self);
    return name_same(name, room->self) && code != ROOM_LINE_TOLD &&
           (code != ROOM_LINE_SAID || was_shown(room, text));
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

    if (code == ROOM_LINE_EARLIER)
        return wanted;
    if (code == ROOM_LINE_ANNOUNCED || code == ROOM_LINE_LOST ||
        !protocol_parse_name(text, name, &rest))
        return true;
    if (is_own_news(room, code, name, text, rest)) {
        if (code == ROOM_LINE_RENAMED)
            drop(&room->members, name);
        return false;
    }
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

bool room_has(const struct room *room, const char *name)
{
    return find(&room->members, name) != NULL;
}

bool room_hand_is_up(const struct room *room)
{
    const struct member *self = find(&room->members, room->self);

    return self != NULL && self->hand;
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
    *room = (struct room){.joined = false};
}
