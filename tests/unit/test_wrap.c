/* Lines broken at words. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/terminal/wrap.h"
#include "server/wire/width.h"
#include "tests/unit/tap.h"

#define RED   "\033[31m"
#define PLAIN "\033[0m"
#define KANJI "\xe6\xbc\xa2\xe5\xad\x97"

/* Whether the line becomes these rows, with '|' between them. */
static bool becomes(const char *line, size_t columns, size_t indent, const char *wanted)
{
    char rows[512] = "";
    size_t next;

    for (bool first = true; *line != '\0'; first = false, line += next) {
        size_t used = strlen(rows);
        size_t size = wrap_row(line, first ? columns : columns - indent, columns - indent, &next);

        if (next == 0)
            return false;
        (void)snprintf(rows + used, sizeof rows - used, "%s%.*s", first ? "" : "|", (int)size,
                       line);
    }
    if (strcmp(rows, wanted) != 0)
        printf("# %s\n", rows);
    return strcmp(rows, wanted) == 0;
}

static void rows(void)
{
    OK(becomes("one two three", 20, 0, "one two three"));
    OK(becomes("one two three", 13, 0, "one two three"));
    OK(becomes("one two three", 12, 0, "one two|three"));
    OK(becomes("one two three", 7, 0, "one two|three"));
    OK(becomes("one two three four", 9, 3, "one two|three|four"));
    OK(becomes("one  two   ", 5, 0, "one|two   ")); /* nothing is behind the last spaces */
    OK(becomes("  one two", 6, 0, "  one|two"));    /* not before the first word */
    OK(becomes("", 5, 0, "") && becomes("   ", 2, 0, "   "));
    /* a word that fits into no row is left to the terminal, where it stands */
    OK(becomes("see http://example.org/ now", 10, 2, "see http://example.org/|now"));
    OK(becomes("seventeen x", 4, 0, "seventeen|x"));
    OK(becomes("a " KANJI KANJI " b", 6, 0, "a " KANJI "|" KANJI " b"));
    OK(becomes("x" KANJI, 4, 0, "x\xe6\xbc\xa2|\xe5\xad\x97"));
    OK(becomes("e\xcc\x81 e\xcc\x81 e\xcc\x81", 3, 0, "e\xcc\x81 e\xcc\x81|e\xcc\x81"));
    /* colours take no columns, and none is lost */
    OK(becomes(RED "one" PLAIN " two " RED "three" PLAIN, 7, 0,
               RED "one" PLAIN " two|" RED "three" PLAIN));
    OK(becomes("one " RED " two", 4, 0, "one|" RED " two"));
    OK(becomes("one\033[", 3, 0, "one\033["));
}

static void indents(void)
{
    OK(wrap_indent("12:00 <anna> text", 80) == 13 && wrap_indent("--:-- <anna> text", 80) == 13);
    OK(wrap_indent("<anna> text", 80) == 7 && wrap_indent("* anna waves", 80) == 2);
    OK(wrap_indent("\033[2m12:00\033[0m <\033[31manna\033[0m> text", 80) == 13);
    OK(wrap_indent("[you tell ben] text", 80) == 15 && wrap_indent("-- a note", 80) == 3);
    OK(wrap_indent("12:00 *** all", 80) == 10);
    OK(wrap_indent("  a table", 80) == 4 && wrap_indent("text", 80) == 2);
    OK(wrap_indent("<nobody", 80) == 2 && wrap_indent("", 80) == 2);
    OK(wrap_indent("12:00 <anna> text", 30) == 8 && wrap_indent("12:00 <anna> text", 20) == 0);
    OK(wrap_indent("<\xe6\xbc\xa2> x", 80) == 5);
}

int main(void)
{
    rows();
    indents();
    return tap_end();
}
