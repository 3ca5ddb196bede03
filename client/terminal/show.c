#define _POSIX_C_SOURCE 200809L

#include "client/terminal/show.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "server/wire/name.h"

#define BOLD    "1"
#define DIM     "2"
#define MENTION "1;4"
#define PRIVATE "1;35"
#define WRONG   "31"

static void add(char to[SHOW_MAX], const char *text)
{
    size_t used = strlen(to), size = strlen(text);

    if (size > SHOW_MAX - 1 - used)
        size = SHOW_MAX - 1 - used;
    memcpy(to + used, text, size);
    to[used + size] = '\0';
}

/* Adds text from outside: sanitized, with spaces for TABs. */
static void add_shown(char to[SHOW_MAX], const char *text)
{
    size_t used = strlen(to);

    text_show(to + used, SHOW_MAX - used, text, strlen(text));
    for (; to[used] != '\0'; used++)
        if (to[used] == '\t')
            to[used] = ' ';
}

static void paint(char to[SHOW_MAX], const struct show *show, const char *style)
{
    if (!show->color)
        return;
    add(to, "\033[");
    add(to, style);
    add(to, "m");
}

static void add_time(char to[SHOW_MAX], const struct show *show, time_t when)
{
    char time[8] = "--:--";
    struct tm tm;

    if (!show->timestamps)
        return;
    if (localtime_r(&when, &tm) != NULL)
        (void)strftime(time, sizeof time, "%H:%M", &tm);
    paint(to, show, DIM);
    add(to, time);
    paint(to, show, "0");
    add(to, " ");
}

/* Chooses a colour by the hash of the name (FNV-1a), so that a name has the same colour everywhere.
 * The colours are of middling brightness, readable on a dark and on a light background. */
static void paint_name(char to[SHOW_MAX], const struct show *show, const char *name)
{
    static const unsigned char many[] = {31,  32,  37,  62,  63,  65,  67,  71,  95,  97,
                                         98,  101, 103, 127, 130, 131, 132, 133, 136, 137,
                                         139, 161, 162, 166, 167, 168, 172, 173, 29,  25};
    static const unsigned char few[] = {31, 32, 34, 35, 36};
    uint32_t hash = 2166136261U;
    char style[16];

    while (*name != '\0')
        hash = (hash ^ name_take(&name)) * 16777619U;
    if (show->many_colors)
        (void)snprintf(style, sizeof style, "38;5;%u", many[hash % sizeof many]);
    else
        (void)snprintf(style, sizeof style, "%u", few[hash % sizeof few]);
    paint(to, show, style);
}

static void add_name(char to[SHOW_MAX], const struct show *show, const char *name)
{
    paint_name(to, show, name);
    add_shown(to, name);
    paint(to, show, "0");
}

static void add_styled(char to[SHOW_MAX], const struct show *show, const char *style,
                       const char *text)
{
    paint(to, show, style);
    add_shown(to, text);
    paint(to, show, "0");
}

/* Returns what follows "/me ", an action (as in XEP-0245). NULL: the text is not an action. */
static const char *action(const char *text)
{
    return strncmp(text, "/me ", 4) == 0 ? text + 4 : NULL;
}

static void add_said(char to[SHOW_MAX], const struct show *show, const char *name,
                     const char *style, const char *text)
{
    const char *doing = action(text);

    add(to, doing ? "* " : "<");
    add_name(to, show, name);
    add(to, doing ? " " : "> ");
    if (style != NULL)
        add_styled(to, show, style, doing ? doing : text);
    else
        add_shown(to, doing ? doing : text);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || ((unsigned char)c & 0x80) != 0;
}

static bool mentions(const char *text, const char *name)
{
    for (const char *at = text; *at != '\0'; at++) {
        size_t length = name_begins(at, name);

        if (length > 0 && !is_word(at[length]) && (at == text || !is_word(at[-1])))
            return true;
    }
    return false;
}

/* Adds "-- NAME WORDS MORE", dimmed. */
static void add_event(char to[SHOW_MAX], const struct show *show, const char *name,
                      const char *words, const char *more)
{
    paint(to, show, DIM);
    add(to, "-- ");
    add_shown(to, name);
    add(to, words);
    add_shown(to, more);
    paint(to, show, "0");
}

static bool add_earlier(char to[SHOW_MAX], const struct show *show, time_t when, const char *text)
{
    char name[PROTOCOL_NAME_MAX + 1];
    struct show plain = *show;
    const char *said;

    if (!protocol_parse_name(text, name, &said))
        return false;
    plain.color = false;
    paint(to, show, DIM);
    add_time(to, &plain, when);
    if (strcmp(name, "*") == 0) {
        add(to, "*** ");
        add_shown(to, said);
    } else {
        add_said(to, &plain, name, NULL, said);
    }
    paint(to, show, "0");
    return true;
}

bool show_is_mention(int code, const char *text, const char *name)
{
    char from[PROTOCOL_NAME_MAX + 1];
    const char *said;

    if (code == ROOM_LINE_ANNOUNCED)
        return true;
    if ((code != ROOM_LINE_SAID && code != ROOM_LINE_TOLD) ||
        !protocol_parse_name(text, from, &said))
        return false;
    return code == ROOM_LINE_TOLD || mentions(said, name);
}

/* Adds a line that begins with a name; text: what follows the name. */
static bool add_line(char to[SHOW_MAX], const struct show *show, int code, const char *name,
                     const char *text)
{
    switch (code) {
    case ROOM_LINE_SAID:
        add_said(to, show, name, mentions(text, show->name) ? MENTION : NULL, text);
        return true;
    case ROOM_LINE_TOLD:
        add(to, "[");
        add_name(to, show, name);
        add(to, " tells you] ");
        add_styled(to, show, PRIVATE, text);
        return true;
    case ROOM_LINE_CAME:
        add_event(to, show, name, " came", "");
        return true;
    case ROOM_LINE_WENT:
        add_event(to, show, name, " went", "");
        return true;
    case ROOM_LINE_RENAMED:
        add_event(to, show, name, " is now called ", text);
        return true;
    case ROOM_LINE_RAISED:
        add_event(to, show, name, text[0] ? " raised a hand: " : " raised a hand", text);
        return true;
    case ROOM_LINE_LOWERED:
        add_event(to, show, name, " lowered the hand", "");
        return true;
    case ROOM_LINE_LOST:
        /* after a loss the server counts lines for others, too, which it cannot tell apart */
        add_event(to, show, "Lines are missing here, up to ", name,
                  ": the server keeps them no longer");
        return true;
    default:
        return false;
    }
}

bool show_room_line(char to[SHOW_MAX], const struct show *show, time_t when, int code,
                    const char *text)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    to[0] = '\0';
    if (code == ROOM_LINE_EARLIER)
        return add_earlier(to, show, when, text);
    add_time(to, show, when);
    if (code == ROOM_LINE_ANNOUNCED) {
        add(to, "*** ");
        add_styled(to, show, BOLD, text);
        return true;
    }
    return protocol_parse_name(text, name, &rest) && add_line(to, show, code, name, rest);
}

void show_visit(char to[SHOW_MAX], const struct show *show, time_t when, const char *name)
{
    to[0] = '\0';
    add_time(to, show, when);
    add_event(to, show, name, " came and went", "");
}

void show_own(char to[SHOW_MAX], const struct show *show, time_t when, const char *other,
              const char *text)
{
    to[0] = '\0';
    add_time(to, show, when);
    if (other == NULL) {
        add_said(to, show, show->name, NULL, text);
        return;
    }
    add(to, "[you tell ");
    add_name(to, show, other);
    add(to, "] ");
    add_shown(to, text);
}

void show_note(char to[SHOW_MAX], const struct show *show, bool wrong, const char *text)
{
    to[0] = '\0';
    paint(to, show, wrong ? WRONG : DIM);
    add(to, "-- ");
    add_shown(to, text);
    paint(to, show, "0");
}

void show_plain(char to[SHOW_MAX], const char *text)
{
    to[0] = '\0';
    add_shown(to, text);
}
