#define _POSIX_C_SOURCE 200809L

#include "client/link/room_line.h"

#include <stdio.h>
#include <string.h>

#include "server/wire/clock.h"
#include "server/wire/entry.h"
#include "server/wire/protocol.h"

/* Takes a word and the space behind it off the text. Returns its length, or 0. */
static size_t take_word(const char **text)
{
    const char *word = *text;
    size_t length = strcspn(word, " ");

    if (word[length] != ' ')
        return 0;
    *text += length + 1;
    return length;
}

static bool parse_number(const char *text, size_t length, uint64_t *number)
{
    char digits[24];

    if (length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    return protocol_parse_number(digits, number);
}

/* A time as clock_utc writes it, which has no milliseconds. */
static bool take_time(const char **text, time_t *when)
{
    const char *time = *text;
    char full[ENTRY_TIME];
    int64_t ms;

    if (take_word(text) != CLOCK_UTC_SIZE - 1 || time[CLOCK_UTC_SIZE - 2] != 'Z')
        return false;
    (void)snprintf(full, sizeof full, "%.19s.000Z", time);
    if (!entry_parse_time(full, &ms))
        return false;
    *when = (time_t)(ms / 1000);
    return true;
}

void room_line_parse(struct room_line *line, int code, const char *text, bool numbered)
{
    const char *rest = text;
    uint64_t number = 0;
    time_t when;
    size_t length;

    *line = (struct room_line){.code = code, .when = time(NULL), .text = text};
    if (code == ROOM_LINE_LOST)
        return;
    if (numbered && text[0] == '@' && (length = take_word(&rest)) > 1 &&
        parse_number(text + 1, length - 1, &number)) {
        line->number = number;
        line->text = rest;
    }
    if ((code != ROOM_LINE_EARLIER && line->number == 0) || !take_time(&rest, &when))
        return;
    line->when = when;
    line->text = rest;
}

/* Copies the bytes up to `end`. */
static void copy(char *to, size_t size, const char *from, const char *end)
{
    (void)snprintf(to, size, "%.*s", (int)(end - from), from);
}

bool room_line_joined(const char *answer, char *room, size_t room_size, char *run, size_t run_size,
                      uint64_t *next)
{
    static const char form[] = "Joined ";
    const char *name = answer + strlen(form), *end, *word;

    if (strncmp(answer, form, strlen(form)) != 0)
        return false;
    *next = 0;
    run[0] = '\0';
    end = name + strlen(name);
    word = strrchr(name, ' ');
    if (word != NULL && protocol_parse_number(word + 1, next)) {
        const char *before = word;

        while (before > name && before[-1] != ' ')
            before--;
        if (before - 2 > name && before[-2] == '.') {
            copy(run, run_size, before, word);
            end = before - 2;
        }
    }
    if (run[0] == '\0')
        *next = 0;
    copy(room, room_size, name, end);
    return true;
}
