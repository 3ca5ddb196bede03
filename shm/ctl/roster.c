#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/name.h"
#include "server/wire/text.h"
#include "shm/ctl/limits.h"

static int fail(char *error, size_t size, const char *path, const char *why)
{
    (void)snprintf(error, size, "--roster '%s': %s", path, why);
    return -1;
}

/* The whole file, NUL-terminated. NULL with *failed, an errno. */
static char *read_file(const char *path, size_t *length, int *failed)
{
    FILE *file = fopen(path, "r");
    char *text;

    *failed = errno;
    if (file == NULL)
        return NULL;
    *failed = ENOMEM;
    text = malloc(ROSTER_MOST + 2);
    if (text != NULL) {
        *length = fread(text, 1, ROSTER_MOST + 1, file);
        *failed = ferror(file) ? errno : *length > ROSTER_MOST ? EFBIG : 0;
        text[*length] = '\0';
    }
    (void)fclose(file);
    if (*failed == 0)
        return text;
    free(text);
    return NULL;
}

static const struct roster_word *find_word(const struct roster *roster, const char *word)
{
    for (size_t i = 0; i < roster->words; i++)
        if (name_same(roster->word[i].word, word))
            return &roster->word[i];
    return NULL;
}

/* Takes the words of line `number`. Returns the earlier word that it repeats, or NULL. */
static const struct roster_word *take_line(struct roster *roster, char *line, size_t number)
{
    const struct roster_word *earlier;
    char *rest = line, *word;
    size_t person = roster->count;

    while (rest != NULL) {
        char *tab = strchr(rest, '\t');

        word = rest;
        rest = tab;
        if (tab != NULL) {
            *tab = '\0';
            rest = tab + 1;
        }
        if (word[0] == '\0')
            continue;
        earlier = find_word(roster, word);
        if (earlier != NULL && earlier->person != person)
            return earlier;
        roster->word[roster->words++] =
            (struct roster_word){.word = word, .person = person, .line = number};
    }
    roster->name[roster->count++] = line;
    return NULL;
}

/* What is wrong with a line: without a name, or `taken` stands there again. */
static void explain(size_t number, const struct roster_word *taken, char *why, size_t size)
{
    char shown[96];

    if (taken == NULL) {
        (void)snprintf(why, size, "line %zu: expected a name, and behind TABs its other names",
                       number);
        return;
    }
    text_show(shown, sizeof shown, taken->word, strlen(taken->word));
    (void)snprintf(why, size, "line %zu: '%s' is already in line %zu", number, shown, taken->line);
}

int roster_read(struct roster *roster, const char *path, char *error, size_t size)
{
    size_t length, number = 0, most = 1, words = 1;
    char *line, *end, why[160];
    int failed;

    *roster = (struct roster){.text = read_file(path, &length, &failed)};
    if (roster->text == NULL)
        return fail(error, size, path, strerror(failed));
    for (size_t i = 0; i < length; i++) {
        most += roster->text[i] == '\n';
        words += roster->text[i] == '\n' || roster->text[i] == '\t';
    }
    roster->name = calloc(most, sizeof *roster->name);
    roster->word = calloc(words, sizeof *roster->word);
    if (roster->name == NULL || roster->word == NULL)
        return fail(error, size, path, strerror(ENOMEM));
    for (line = roster->text; line < roster->text + length; line = end + 1) {
        const struct roster_word *taken = NULL;

        end = line + strcspn(line, "\n");
        *end = '\0';
        number++;
        if (end > line && end[-1] == '\r')
            end[-1] = '\0';
        if (!text_is_clean(line, strlen(line))) {
            (void)snprintf(why, sizeof why, "line %zu: expected UTF-8 text", number);
            return fail(error, size, path, why);
        }
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (line[0] == '\t' || (taken = take_line(roster, line, number)) != NULL) {
            explain(number, taken, why, sizeof why);
            return fail(error, size, path, why);
        }
    }
    return 0;
}

size_t roster_find(const struct roster *roster, const char *name, const char *address)
{
    const struct roster_word *word = find_word(roster, name);

    if (word == NULL)
        word = find_word(roster, address);
    return word != NULL ? word->person : ROSTER_NOBODY;
}

void roster_free(struct roster *roster)
{
    free(roster->name);
    free(roster->word);
    free(roster->text);
}
