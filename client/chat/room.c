#define _POSIX_C_SOURCE 200809L

#include "client/chat/room.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/chat/chat.h"
#include "client/chat/recent.h"
#include "client/chat/typing.h"

static struct table earlier; /* lines that are held back, for we may have seen them */
static bool coming_back;

static bool is_ignored(const char *text)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    return protocol_parse_name(text, name, &rest) && roster_find(&chat.ignored, name) != NULL;
}

/* Keeps the roster, and says whether the line is to be shown. */
static bool note_room_line(int code, const char *text)
{
    char name[PROTOCOL_NAME_MAX + 1];
    bool wanted = !is_ignored(text);
    struct member *member;
    const char *rest;

    if (code == ROOM_LINE_EARLIER) {
        rest = strchr(text, ' ');
        return rest == NULL || !is_ignored(rest + 1);
    }
    if (code == ROOM_LINE_ANNOUNCED || code == ROOM_LINE_LOST ||
        !protocol_parse_name(text, name, &rest))
        return true;
    if (code == ROOM_LINE_CAME) {
        (void)roster_add(&chat.roster, name);
    } else if (code == ROOM_LINE_WENT) {
        roster_remove(&chat.roster, name);
    } else if (code == ROOM_LINE_RENAMED) {
        roster_rename(&chat.roster, name, rest);
        if (!wanted) /* another name is no way to be heard */
            roster_rename(&chat.ignored, name, rest);
    } else if (code == ROOM_LINE_RAISED || code == ROOM_LINE_LOWERED) {
        member = roster_add(&chat.roster, name);
        if (member != NULL)
            member->hand = code == ROOM_LINE_RAISED;
        return wanted;
    } else {
        return wanted;
    }
    return wanted && !chat.quiet;
}

/* Once to each, so that two who are away do not tell each other so for ever. */
static void answer_away(const char *text)
{
    char line[PROTOCOL_REQUEST_MAX + 1], name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    if (!protocol_parse_name(text, name, &rest) || roster_find(&chat.answered, name) != NULL ||
        roster_add(&chat.answered, name) == NULL)
        return;
    (void)snprintf(line, sizeof line, "/msg %s I am away%s%.*s", name, chat.away[0] ? ": " : "",
                   PROTOCOL_REQUEST_MAX - 64, chat.away);
    typing_queue(line);
}

static void show(int code, const char *text)
{
    char line[SHOW_MAX];
    bool mentioned, wanted = note_room_line(code, text);

    chat_update();
    if (!wanted || !show_room_line(line, &chat.show, time(NULL), code, text, &mentioned)) {
        screen_draw(&chat.screen);
        return;
    }
    chat_print(line);
    if (mentioned)
        chat_ring();
    if (code == ROOM_LINE_TOLD && chat.is_away)
        answer_away(text);
}

/* ---- coming back */

static void remember(int code, const char *text)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *said = text;

    if (code == ROOM_LINE_EARLIER)
        said = strchr(text, ' ');
    if (code == ROOM_LINE_ANNOUNCED)
        recent_seen("*", text);
    else if ((code == ROOM_LINE_SAID || code == ROOM_LINE_EARLIER) && said != NULL &&
             protocol_parse_name(said + (code == ROOM_LINE_EARLIER), name, &said))
        recent_seen(name, said);
}

void heard_coming_back(void)
{
    coming_back = recent_any();
}

bool heard_holds_back(void)
{
    return earlier.count > 0;
}

void heard_all_earlier(void)
{
    coming_back = false;
    for (size_t i = 0; i < earlier.count; i++)
        heard_line(ROOM_LINE_EARLIER, table_line(&earlier, i));
    table_clear(&earlier);
}

void heard_line(int code, const char *text)
{
    if (coming_back && code == ROOM_LINE_EARLIER) {
        table_add(&earlier, text);
        if (recent_ends(&earlier))
            table_clear(&earlier);
        return;
    }
    if (coming_back)
        heard_all_earlier();
    remember(code, text);
    show(code, text);
}
