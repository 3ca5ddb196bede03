#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/top.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/wire/clock.h"
#include "server/wire/text.h"
#include "shm/ctl/ask.h"
#include "shm/ctl/console.h"
#include "shm/ctl/limits.h"
#include "shm/ctl/page_text.h"
#include "shm/ctl/top_screen.h"
#include "shm/table/control.h"
#include "shm/table/view.h"

/* A room whose daemon was started again has another table. */
static void look(struct top *top)
{
    if (!view_is_alive(top->table)) {
        struct table fresh;

        if (view_open(&fresh, top->page.report.room) == 0) {
            if (top->table == &top->again)
                view_close(&top->again);
            top->again = fresh;
            top->table = &top->again;
            page_forget(&top->page);
        }
    }
    if (page_look(&top->page, top->table) != 0)
        (void)snprintf(top->said, sizeof top->said, "cannot look: %s", strerror(errno));
}

/* ---- what the user wants */

/* Asks the daemon, and keeps what became of that. */
static void ask(struct top *top, const char *word, const char *text, const char *done)
{
    char request[ASK_REQUEST], answer[MESSAGE_SIZE];

    if (!ask_words(request, word, &text, 1))
        (void)snprintf(top->said, sizeof top->said, "%s: expected a line of text", word);
    else if (!view_is_alive(top->table))
        (void)snprintf(top->said, sizeof top->said, "%s: the daemon is gone", word);
    else if (ask_parent(top->table, request, answer, sizeof answer) != 0)
        (void)snprintf(top->said, sizeof top->said, "%s: the daemon does not answer: %s", word,
                       strerror(errno));
    else if (strcmp(answer, CONTROL_OK) == 0)
        (void)snprintf(top->said, sizeof top->said, "%s", done);
    else
        (void)snprintf(top->said, sizeof top->said, "%s: %.400s", word, answer);
}

static void set_filter(struct top *top)
{
    struct filter filter = {0};
    char words[TOP_TYPED];
    char *rest = words, *word;

    memcpy(words, top->typed, sizeof words);
    while ((word = strtok_r(rest, " ", &rest)) != NULL)
        if (!filter_add(&filter, word)) {
            (void)snprintf(top->said, sizeof top->said, "'%.100s' is no name and no network", word);
            return;
        }
    memcpy(top->words, words, sizeof words);
    for (size_t i = 0; i < filter.names; i++)
        filter.name[i] = top->words + (filter.name[i] - words);
    top->filter = filter;
    top->page.report.filter = filter.names + filter.networks > 0 ? &top->filter : NULL;
    look(top);
}

static void begin_kick(struct top *top)
{
    const size_t at = top_line(top);

    if (top->page.report.count == 0 || top->page.report.lines[at].damaged)
        return;
    (void)snprintf(top->typed, sizeof top->typed, "%s", top->page.report.lines[at].of.client.name);
    top->phase = ASKING_KICK;
}

/* The name may be another client's by now, so the selected one is looked for again. */
static void kick(struct top *top)
{
    const struct report_line *line;
    char done[TOP_TYPED + 32];

    look(top);
    line = &top->page.report.lines[top_line(top)];
    (void)snprintf(done, sizeof done, "%s is sent away", top->typed);
    if (top->page.report.count == 0 || line->of.client.serial != top->selected ||
        strcmp(line->of.client.name, top->typed) != 0)
        (void)snprintf(top->said, sizeof top->said, "%.*s is not here any more", NAME_SIZE,
                       top->typed);
    else
        ask(top, "kick", top->typed, done);
}

/* ---- keys */

static void edit(struct top *top, const char *bytes, size_t size)
{
    size_t used = strlen(top->typed);

    if (bytes[0] == 0x7f || bytes[0] == '\b') {
        while (used > 0 && ((unsigned char)top->typed[--used] & 0xc0) == 0x80)
            ;
        top->typed[used] = '\0';
    } else if (bytes[0] == ('U' & 0x1f)) {
        top->typed[0] = '\0';
    } else if (text_is_clean(bytes, size) && bytes[0] != '\t' && used + size < sizeof top->typed) {
        memcpy(top->typed + used, bytes, size);
        top->typed[used + size] = '\0';
    }
}

static void type_key(struct top *top, const char *bytes, size_t size)
{
    if (bytes[0] != '\r' && bytes[0] != '\n') {
        edit(top, bytes, size);
        return;
    }
    if (top->phase == TYPING_FILTER)
        set_filter(top);
    else if (top->typed[0] != '\0')
        ask(top, "say", top->typed, "Announced");
    top->phase = BROWSING;
}

static void browse_key(struct top *top, char key)
{
    top->said[0] = '\0';
    top->typed[0] = '\0';
    switch (key) {
    case 'q':
    case 'D' & 0x1f:
        top->phase = LEAVING;
        break;
    case 's':
        top->page.sort = (enum page_sort)((top->page.sort + 1) % SORTS);
        page_order(&top->page);
        break;
    case '/':
        top->phase = TYPING_FILTER;
        break;
    case 'a':
        top->phase = TYPING_ANNOUNCEMENT;
        break;
    case 'k':
        begin_kick(top);
        break;
    default:
        break;
    }
}

static void take_key(struct top *top, const char *bytes, size_t size)
{
    if (bytes[0] == ('C' & 0x1f))
        top->phase = top->phase == BROWSING ? LEAVING : BROWSING;
    else if (bytes[0] == ('Z' & 0x1f))
        tty_suspend();
    else if (top->phase == TYPING_FILTER || top->phase == TYPING_ANNOUNCEMENT)
        type_key(top, bytes, size);
    else if (top->phase == ASKING_KICK) {
        top->phase = BROWSING;
        if (bytes[0] == 'y' || bytes[0] == 'Y')
            kick(top);
    } else {
        browse_key(top, bytes[0]);
    }
}

/* "ESC [ ... LETTER": the arrows, Home, End, and with a number before '~' Page Up and Down. */
static void take_sequence(struct top *top, const char *sequence, size_t size)
{
    const size_t at = top_line(top);
    const char last = sequence[size - 1];

    if (top->phase != BROWSING) {
        if (size == 1) /* Escape itself */
            top->phase = BROWSING;
        return;
    }
    if (last == 'A' && at > 0)
        top_select(top, at - 1);
    else if (last == 'B')
        top_select(top, at + 1);
    else if (last == 'H')
        top_select(top, 0);
    else if (last == 'F')
        top_select(top, top->page.report.count);
    else if (last == '~' && sequence[2] == '5')
        top_select(top, at > top->rows ? at - top->rows : 0);
    else if (last == '~' && sequence[2] == '6')
        top_select(top, at + top->rows);
}

/* How many bytes the escape sequence has: 1 is the key itself. */
static size_t sequence_size(const char *keys, size_t length)
{
    size_t size = 2;

    if (length < 3 || (keys[1] != '[' && keys[1] != 'O'))
        return 1;
    while (size + 1 < length && (keys[size] < '@' || keys[size] > '~'))
        size++;
    return size + 1;
}

static void take_keys(struct top *top, const char *keys, size_t length)
{
    for (size_t size; length > 0 && top->phase != LEAVING; keys += size, length -= size) {
        uint32_t c;

        if (keys[0] == '\033') {
            size = sequence_size(keys, length);
            take_sequence(top, keys, size);
            continue;
        }
        size = text_decode(keys, length, &c);
        size = size > 0 ? size : 1;
        take_key(top, keys, size);
    }
}

/* ---- the command */

static void print_page(const struct page *page)
{
    const struct tty_size size = tty_size();
    const struct page_layout layout =
        page_layout(page, size.columns > PAGE_COLUMNS ? PAGE_COLUMNS : size.columns);
    char line[PAGE_LINE];

    for (size_t i = 0; i < PAGE_HEAD; i++) {
        page_head(line, page, &layout, i);
        puts(line);
    }
    for (size_t i = 0; i < page->report.count; i++) {
        page_row(line, page, &layout, i);
        puts(line);
    }
}

static enum status show_once(struct top *top)
{
    look(top);
    nanosleep(&(struct timespec){.tv_sec = TOP_LOOK_MS / 1000}, NULL);
    look(top);
    print_page(&top->page);
    if (!written())
        return FAILED;
    if (top->page.report.alive)
        return DONE;
    complain("the daemon of room '%s' is gone; this is the table that it left",
             top->page.report.room);
    return GONE;
}

/* A key or a new size does not make the time shorter in which the rates are measured. */
static int ms_to_look(const struct top *top)
{
    int64_t ms = TOP_LOOK_MS - (clock_now() - top->page.when_ns) / CLOCK_MS;

    return ms < 1 ? 1 : ms < TOP_LOOK_MS ? (int)ms : TOP_LOOK_MS;
}

static enum status show_live(struct top *top)
{
    enum console_news news = CONSOLE_DRAW;

    if (console_begin() != 0) {
        complain("top needs a terminal; -b prints one page without");
        return USAGE;
    }
    while (top->phase != LEAVING && news != CONSOLE_END) {
        char keys[TOP_KEYS];
        size_t length;

        if (top->page.when_ns + TOP_LOOK_MS * CLOCK_MS <= clock_now())
            look(top);
        top_draw(top);
        news = console_wait(ms_to_look(top), keys, sizeof keys, &length);
        if (news == CONSOLE_KEYS)
            take_keys(top, keys, length);
    }
    tty_end();
    return DONE;
}

enum status top_run(const struct table *table, const char *room, const struct filter *filter,
                    bool once)
{
    static struct top top;
    enum status status;

    top.table = table;
    top.page.report.room = room;
    if (filter != NULL)
        top.filter = *filter;
    top.page.report.filter = filter != NULL ? &top.filter : NULL;
    status = once ? show_once(&top) : show_live(&top);
    page_free(&top.page);
    if (top.table == &top.again)
        view_close(&top.again);
    return status;
}
