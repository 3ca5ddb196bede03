#define _POSIX_C_SOURCE 200809L

#include "client/chat.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/complete.h"
#include "client/history.h"
#include "client/slash.h"
#include "client/terminal.h"
#include "server/text.h"

#define RESIZE_MS     60 /* without another change of the window */
#define ESCAPE_MS     50 /* for the rest of a key's sequence */
#define RETRY_LONGEST 30 /* seconds between two tries to connect */
#define PASTE_SHOWN   10 /* lines of a paste, before it is asked about */

struct chat chat;

static int64_t now_ms(void)
{
    return progress_now() / 1000000;
}

/* ---- what is shown */

static void print(const char *line)
{
    screen_print(&chat.screen, line);
}

static void note(bool wrong, const char *format, va_list arguments)
{
    char text[PROTOCOL_REPLY_MAX + 512], line[SHOW_MAX];

    (void)vsnprintf(text, sizeof text, format, arguments);
    show_note(line, &chat.show, wrong, text);
    print(line);
}

void chat_note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    note(false, format, arguments);
    va_end(arguments);
}

void chat_wrong(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    note(true, format, arguments);
    va_end(arguments);
}

void chat_update(void)
{
    size_t hands = roster_hands(&chat.roster);
    char word[32] = "", line[SHOW_MAX];

    if (hands > 0)
        (void)snprintf(word, sizeof word, ", %zu hand%s up", hands, hands == 1 ? "" : "s");
    (void)snprintf(chat.screen.status, sizeof chat.screen.status, "[%.100s] %s", chat.room,
                   chat.show.name);
    show_plain(line, chat.screen.status); /* the server gave us these */
    if (chat.connected)
        (void)snprintf(chat.screen.status, sizeof chat.screen.status, "%.200s, %zu here%s%s", line,
                       chat.roster.count, word, chat.is_away ? ", away" : "");
    else
        (void)snprintf(chat.screen.status, sizeof chat.screen.status, "%.200s, not connected",
                       line);
}

/* How far a file has come, in place of the status line; NULL: it is here. */
static void show_bar(const char *line)
{
    if (line != NULL)
        (void)snprintf(chat.screen.status, sizeof chat.screen.status, "%s", line);
    else
        chat_update();
    screen_draw(&chat.screen);
}

static void set_prompt(void)
{
    char line[SHOW_MAX];

    if (chat.editor.searching) {
        show_plain(line, chat.editor.wanted);
        (void)snprintf(chat.screen.prompt, sizeof chat.screen.prompt, "(%ssearch '%.200s') ",
                       chat.editor.failed ? "failed " : "", line);
    } else {
        (void)snprintf(chat.screen.prompt, sizeof chat.screen.prompt, "> ");
    }
}

/* ---- what is typed */

static void queue_line(const char *line)
{
    char *copy = chat.queued < CHAT_QUEUE ? strdup(line) : NULL;

    if (copy != NULL)
        chat.queue[chat.queued++] = copy;
    else
        chat_wrong("Too many lines wait to be sent: not taken");
}

static void stop_waiting(void)
{
    chat.leaving = chat.aborted = true;
}

static void take_line(void)
{
    char line[PROTOCOL_REQUEST_MAX + 1];

    memcpy(line, chat.editor.text, chat.editor.length + 1);
    if (editor_remember(&chat.editor, line))
        history_add(line);
    editor_clear(&chat.editor);
    if (line[0] == '\0')
        return;
    if (!chat.connected && (strcmp(line, "/exit") == 0 || strcmp(line, "exit") == 0)) {
        stop_waiting();
        return;
    }
    queue_line(line);
    if (!chat.connected)
        chat_note("Not connected: this will be said when we are");
}

/* ---- a paste */

static void ask(const char *question)
{
    chat.said = -1;
    chat.screen.editor = NULL;
    (void)snprintf(chat.screen.prompt, sizeof chat.screen.prompt, "%.480s (y/N) ", question);
    screen_draw(&chat.screen);
}

static void stop_asking(void)
{
    chat.asks = ASKS_NOTHING;
    chat.screen.editor = &chat.editor;
    set_prompt();
}

static size_t paste_lines(bool queue)
{
    size_t lines = 0;

    for (char *line = chat.paste, *end; line != NULL && *line != '\0'; line = end) {
        char text[PROTOCOL_REQUEST_MAX + 1], shown[SHOW_MAX];

        end = strchr(line, '\n');
        if (end != NULL)
            end++;
        (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
        if (text[0] == '\0')
            continue;
        if (queue)
            queue_line(text);
        else if (lines < PASTE_SHOWN) {
            show_plain(shown, text);
            print(shown);
        }
        lines++;
    }
    return lines;
}

static void end_paste(void)
{
    char question[64];
    size_t lines;

    chat.pasting = false;
    chat.paste[chat.paste_used] = '\0';
    if (chat.paste_too_long) {
        chat_wrong("More than %d bytes pasted at once: not taken", CHAT_PASTE);
    } else if (strchr(chat.paste, '\n') == NULL) {
        if (!editor_insert(&chat.editor, chat.paste, chat.paste_used))
            chat_wrong("A line has at most %d bytes: not pasted", PROTOCOL_REQUEST_MAX);
    } else {
        lines = paste_lines(false);
        if (lines > PASTE_SHOWN)
            chat_note("and %zu more", lines - PASTE_SHOWN);
        (void)snprintf(question, sizeof question, "Send these %zu lines?", lines);
        chat.asks = ASKS_PASTE;
        ask(question);
    }
}

static void take_pasted(enum stroke stroke, const char *bytes, size_t size)
{
    if (stroke == KEY_PASTE_END) {
        end_paste();
        return;
    }
    if (stroke == KEY_TAB) {
        bytes = " ";
    } else if (stroke == KEY_ENTER) {
        if (bytes[0] == '\n' && chat.paste_used > 0 && chat.paste[chat.paste_used - 1] == '\n')
            return; /* of CR LF */
        bytes = "\n";
    } else if (stroke != KEY_TEXT) {
        return;
    }
    if (chat.paste_used + size > CHAT_PASTE) {
        chat.paste_too_long = true;
        return;
    }
    memcpy(chat.paste + chat.paste_used, bytes, size);
    chat.paste_used += size;
}

/* ---- keys */

static void take_answer(enum stroke stroke, const char *bytes)
{
    bool yes = stroke == KEY_TEXT && (bytes[0] == 'y' || bytes[0] == 'Y');

    if (stroke == KEY_NONE || stroke == KEY_PASTE || stroke == KEY_PASTE_END)
        return;
    chat.said = yes;
    if (chat.asks == ASKS_PASTE) {
        stop_asking();
        if (yes)
            (void)paste_lines(true);
        else
            chat_note("Not sent");
    }
}

static void interrupt(void)
{
    if (chat.busy) {
        chat.aborted = true;
        return;
    }
    if (chat.interrupted) {
        chat.leaving = true;
        return;
    }
    chat.interrupted = true;
    chat_note("Ctrl-C once more, Ctrl-D or /exit leaves");
}

static void suspend(void)
{
    screen_erase(&chat.screen);
    terminal_suspend();
    screen_resize(&chat.screen, terminal_columns());
}

static void take_key(enum stroke stroke, const char *bytes, size_t size)
{
    bool again = chat.interrupted;

    if (chat.pasting) {
        take_pasted(stroke, bytes, size);
        return;
    }
    if (stroke == KEY_PASTE && chat.asks == ASKS_NOTHING) {
        chat.pasting = true;
        chat.paste_too_long = false;
        chat.paste_used = 0;
        return;
    }
    if (chat.asks != ASKS_NOTHING) {
        take_answer(stroke, bytes);
        return;
    }
    switch (editor_key(&chat.editor, stroke, bytes, size)) {
    case EDITOR_LINE:
        take_line();
        break;
    case EDITOR_END:
        stop_waiting();
        break;
    case EDITOR_INTERRUPT:
        interrupt();
        break;
    case EDITOR_COMPLETE:
        if (chat.busy || !chat.connected)
            complete_word();
        else
            chat.completing = true;
        break;
    case EDITOR_CLEAR:
        screen_clear(&chat.screen);
        break;
    case EDITOR_SUSPEND:
        suspend();
        break;
    case EDITOR_NOTHING:
    case EDITOR_CHANGED:
        break;
    }
    if (again && chat.interrupted && stroke != KEY_NONE)
        chat.interrupted = false;
    if (chat.asks == ASKS_NOTHING)
        set_prompt();
}

static void understand_keys(bool final)
{
    size_t at = 0, left;

    while (at < chat.keys_used) {
        enum stroke stroke;
        size_t size = keys_decode(chat.keys + at, chat.keys_used - at, final, &stroke);

        if (size == 0)
            break;
        take_key(stroke, chat.keys + at, size);
        at += size;
    }
    left = chat.keys_used - at;
    memmove(chat.keys, chat.keys + at, left);
    chat.keys_used = left;
    screen_draw(&chat.screen);
}

/* A terminal that knows no escape sequences edits its line itself. */
static void understand_lines(void)
{
    char *end;

    while ((end = memchr(chat.keys, '\n', chat.keys_used)) != NULL) {
        size_t length = (size_t)(end - chat.keys), rest = chat.keys_used - length - 1;

        if (chat.asks != ASKS_NOTHING) {
            take_answer(KEY_TEXT, chat.keys);
        } else if (length <= PROTOCOL_REQUEST_MAX && text_is_clean(chat.keys, length)) {
            editor_clear(&chat.editor);
            (void)editor_insert(&chat.editor, chat.keys, length);
            take_line();
        } else {
            chat_wrong("Expected a line of UTF-8 text: not sent");
        }
        memmove(chat.keys, end + 1, rest);
        chat.keys_used = rest;
    }
    if (chat.keys_used == sizeof chat.keys) {
        chat_wrong("A line has at most %d bytes: not sent", PROTOCOL_REQUEST_MAX);
        chat.keys_used = 0;
    }
}

static void read_keys(void)
{
    ssize_t got = read(STDIN_FILENO, chat.keys + chat.keys_used, sizeof chat.keys - chat.keys_used);

    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        stop_waiting();
        return;
    }
    if (got > 0)
        chat.keys_used += (size_t)got;
    if (chat.screen.smart)
        understand_keys(false);
    else
        understand_lines();
}

/* ---- waiting, always with an eye on the keys */

static void hear_news(void)
{
    struct terminal_news news = terminal_news();

    if (!chat.screen.smart)
        return;
    if (news.stop)
        suspend();
    else if (news.continued) {
        chat.screen.drawn = false;
        screen_resize(&chat.screen, terminal_columns());
    }
    if (news.resized)
        chat.resized_ms = now_ms();
}

/* A window that is dragged changes many times: it is drawn when it stands still, for what the
 * terminal makes of the rows meanwhile cannot be known. */
static void redraw_resized(void)
{
    if (chat.resized_ms == 0 || now_ms() - chat.resized_ms < RESIZE_MS)
        return;
    chat.resized_ms = 0;
    screen_resize(&chat.screen, terminal_columns());
}

/* Something that was typed is to be done now. */
static bool has_work(void)
{
    return chat.leaving || (chat.asks == ASKS_OVERWRITE && chat.said >= 0) ||
           (!chat.busy && (chat.queued > 0 || chat.completing));
}

/* As poll(2) for one descriptor; 0 also where there is work, -1 with ECANCELED: it was said to stop
 * this. */
static int wait_while_typing(int fd, short events, int ms)
{
    int64_t until = ms < 0 ? INT64_MAX : now_ms() + ms;

    for (;;) {
        int64_t left = until == INT64_MAX ? -1 : until - now_ms();
        bool half_key = chat.screen.smart && chat.keys_used > 0;
        struct terminal_ready ready;

        if (until != INT64_MAX && left < 0)
            left = 0;
        if (half_key && (left < 0 || left > ESCAPE_MS))
            left = ESCAPE_MS;
        if (chat.resized_ms != 0 && (left < 0 || left > RESIZE_MS))
            left = RESIZE_MS;
        if (left > 60000)
            left = 60000;
        ready = terminal_wait(fd, events, (int)left);
        hear_news();
        redraw_resized();
        if (ready.keys)
            read_keys();
        else if (half_key && !ready.other)
            understand_keys(true);
        if (chat.aborted) {
            chat.aborted = false;
            errno = ECANCELED;
            return -1;
        }
        if (ready.other)
            return 1;
        if (has_work() || (until != INT64_MAX && now_ms() >= until))
            return 0;
    }
}

static bool ask_overwrite(const char *path)
{
    char question[SCREEN_STATUS], shown[SHOW_MAX];

    show_plain(shown, path);
    (void)snprintf(question, sizeof question, "Overwrite %.300s?", shown);
    chat.asks = ASKS_OVERWRITE;
    ask(question);
    if (!chat.screen.smart) {
        char line[SHOW_MAX];

        show_plain(line, chat.screen.prompt);
        print(line);
    }
    while (chat.said < 0 && !chat.leaving)
        (void)wait_while_typing(-1, 0, -1);
    stop_asking();
    return chat.said > 0;
}

/* ---- the room */

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
    struct member *member;
    const char *rest;

    if (code == ROOM_LINE_EARLIER) {
        rest = strchr(text, ' ');
        return rest == NULL || !is_ignored(rest + 1);
    }
    if (code == ROOM_LINE_ANNOUNCED || !protocol_parse_name(text, name, &rest))
        return true;
    if (code == ROOM_LINE_CAME) {
        (void)roster_add(&chat.roster, name);
    } else if (code == ROOM_LINE_WENT) {
        roster_remove(&chat.roster, name);
    } else if (code == ROOM_LINE_RENAMED) {
        roster_rename(&chat.roster, name, rest);
    } else if (code == ROOM_LINE_RAISED || code == ROOM_LINE_LOWERED) {
        member = roster_add(&chat.roster, name);
        if (member != NULL)
            member->hand = code == ROOM_LINE_RAISED;
        return !is_ignored(text);
    } else {
        return !is_ignored(text);
    }
    return !chat.quiet;
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
    queue_line(line);
}

static void hear_room(int code, const char *text)
{
    char line[SHOW_MAX];
    bool mentioned, wanted = note_room_line(code, text);

    chat_update();
    if (!wanted || !show_room_line(line, &chat.show, time(NULL), code, text, &mentioned)) {
        screen_draw(&chat.screen);
        return;
    }
    print(line);
    if (mentioned && chat.bell && isatty(STDOUT_FILENO))
        (void)!write(STDOUT_FILENO, "\a", 1);
    if (code == ROOM_LINE_TOLD && chat.is_away)
        answer_away(text);
}

/* ---- requests */

static void keep_line(void *context, size_t number, const char *text)
{
    (void)context;
    (void)number;
    table_add(&chat.answer, text);
}

static void lose(enum remote_state state)
{
    if (!chat.connected)
        return;
    chat.connected = false;
    if (state == REMOTE_BROKEN && errno == ECANCELED)
        chat_note("Stopped");
    else if (state == REMOTE_CLOSED)
        chat_wrong("Connection closed by the server");
    else
        chat_wrong("%s", remote_state_text(state));
}

/* The server ends the session. When it goes down it may come back, and so do we. */
static void end_session(const char *why)
{
    chat_wrong("%s", why);
    chat.connected = false;
    if (strcmp(why, PROTOCOL_SHUTTING_DOWN) == 0)
        return;
    chat.leaving = true;
    chat.status = EXIT_FAILURE;
}

static bool is_acknowledged(const char *answer, const char *text)
{
    size_t length = strlen(text);

    return strncmp(answer, text, length) == 0 && strcmp(answer + length, " ACK") == 0;
}

static void show_answer(const char *line, const struct answer *answer)
{
    char shown[SHOW_MAX];

    if (answer->code == REPLY_CLOSING) {
        end_session(answer->text);
    } else if (answer->code == REPLY_BYE) {
        chat.leaving = true;
        chat.connected = false;
    } else if (answer->code >= 400) {
        chat_wrong("%s", answer->text);
    } else if (answer->code == REPLY_MESSAGE && is_acknowledged(answer->text, line)) {
        show_own(shown, &chat.show, time(NULL), NULL, line);
        print(shown);
    } else {
        if (answer->items == 0)
            chat_note("%s", answer->text);
        table_show(&chat.answer, answer->code, chat.show.name, chat.screen.columns, print);
    }
}

/* Sends a line and reads what is answered. False: the connection is lost. */
static bool exchange(const char *line, struct answer *answer)
{
    enum remote_state state;

    chat.remote->patience_ms = REMOTE_ANSWER_MS;
    state = remote_send(chat.remote, line, strlen(line));
    if (state == REMOTE_READY)
        state = remote_answer(chat.remote, answer, keep_line, NULL);
    if (state == REMOTE_READY && answer->code == REPLY_FILE_FOLLOWS)
        state = REMOTE_STRANGE; /* nobody asked */
    if (state != REMOTE_READY)
        lose(state);
    return state == REMOTE_READY;
}

static void forget_lines(void)
{
    table_clear(&chat.answer);
}

/* A file, with the bar in place of the status line. */
static bool is_transfer(const char *line)
{
    return (strncmp(line, "file:", 5) == 0 && line[5] != '\0') ||
           (strncmp(line, "put:", 4) == 0 && line[4] != '\0');
}

/* One is told of all hands but one's own. */
static void note_own_hand(const char *line, const struct answer *answer)
{
    struct member *self = roster_find(&chat.roster, chat.show.name);

    if (self == NULL || answer->code != REPLY_MESSAGE)
        return;
    if (strcmp(line, "hand") == 0 || strncmp(line, "hand:", 5) == 0)
        self->hand = true;
    else if (strcmp(line, "unhand") == 0)
        self->hand = false;
}

static void make_request(const char *line)
{
    struct answer answer;
    const char *said = strncmp(line, "msg:", 4) == 0 ? line + 4 : line;

    chat.busy = true;
    if (is_transfer(line)) {
        if (request_make(chat.remote, &chat.style, line, strlen(line)) == REQUEST_LOST)
            chat.connected = false;
    } else if (exchange(line, &answer)) {
        note_own_hand(line, &answer);
        show_answer(said, &answer);
    }
    forget_lines();
    chat.busy = false;
    chat_update();
    screen_draw(&chat.screen);
}

void chat_request(const char *format, ...)
{
    char line[2 * PROTOCOL_REQUEST_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (strlen(line) > PROTOCOL_REQUEST_MAX)
        chat_wrong("A line has at most %d bytes: not sent", PROTOCOL_REQUEST_MAX);
    else
        make_request(line);
}

void chat_say(const char *text)
{
    chat_request("msg:%s", text);
}

void chat_tell(const char *name, const char *text)
{
    char line[PROTOCOL_REQUEST_MAX + 1], shown[SHOW_MAX];
    struct answer answer;

    if (snprintf(line, sizeof line, "tell:%s %s", name, text) >= (int)sizeof line) {
        chat_wrong("A line has at most %d bytes: not sent", PROTOCOL_REQUEST_MAX);
        return;
    }
    chat.busy = true;
    if (exchange(line, &answer) && answer.code == REPLY_MESSAGE) {
        show_own(shown, &chat.show, time(NULL), name, text);
        print(shown);
    } else if (chat.connected) {
        show_answer(line, &answer);
    }
    forget_lines();
    chat.busy = false;
}

/* ---- coming in */

/* "NAME secret SECRET" */
static void take_name(const char *text)
{
    static const char form[] = "secret ";
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    if (!protocol_parse_name(text, name, &rest) || strncmp(rest, form, strlen(form)) != 0)
        return;
    roster_rename(&chat.roster, chat.show.name, name);
    memcpy(chat.nick, name, sizeof chat.nick);
    memcpy(chat.show.name, name, sizeof chat.show.name);
    (void)snprintf(chat.secret, sizeof chat.secret, "%.63s", rest + strlen(form));
}

void chat_nick(const char *name)
{
    char line[160];
    struct answer answer;
    bool back = strcasecmp(name, chat.nick) == 0 && chat.secret[0] != '\0';

    (void)snprintf(line, sizeof line, "nick:%.60s%s%s", name, back ? " " : "",
                   back ? chat.secret : "");
    chat.busy = true;
    if (exchange(line, &answer)) {
        if (answer.code == REPLY_MESSAGE) {
            take_name(answer.text);
            chat_note("You are called %s", chat.show.name);
        } else {
            show_answer(line, &answer);
        }
    }
    forget_lines();
    chat.busy = false;
    chat_update();
    screen_draw(&chat.screen);
}

/* Each line of the answer begins with a name. */
static void take_members(bool hands)
{
    for (size_t i = 0; i < chat.answer.count; i++) {
        char name[PROTOCOL_NAME_MAX + 1];
        const char *rest;
        struct member *member;

        if (!protocol_parse_name(table_line(&chat.answer, i), name, &rest))
            continue;
        member = roster_add(&chat.roster, name);
        if (member != NULL && hands)
            member->hand = true;
    }
    forget_lines();
}

static void enter_room(void)
{
    static const char joined[] = "Joined ";
    char name[PROTOCOL_NAME_MAX + 1];
    struct answer answer;
    const char *rest;

    chat.connected = chat.busy = true;
    chat.remote->room = hear_room;
    roster_clear(&chat.roster);
    if (protocol_parse_name(chat.remote->name, name, &rest))
        memcpy(chat.show.name, name, sizeof chat.show.name);
    if (chat.nick[0] != '\0')
        chat_nick(chat.nick);
    chat.busy = true;
    if (chat.connected && exchange("join", &answer)) {
        if (answer.code == REPLY_MESSAGE && strncmp(answer.text, joined, strlen(joined)) == 0) {
            (void)snprintf(chat.room, sizeof chat.room, "%.100s", answer.text + strlen(joined));
        } else {
            chat_wrong("The server has no room to join: what others say is not shown");
        }
    }
    if (chat.connected && exchange("status", &answer))
        take_members(false);
    if (chat.connected && exchange("hands", &answer) && answer.code == REPLY_HANDS)
        take_members(true);
    forget_lines();
    chat.busy = false;
    chat_update();
    screen_draw(&chat.screen);
}

/* Until it is done, or it is said to leave. */
static void reconnect(void)
{
    int seconds = 1;

    chat_update();
    chat.busy = true; /* what is typed waits */
    while (!chat.leaving && !chat.connected) {
        char error[512];

        chat_note("Trying again in %d s", seconds);
        remote_close(chat.remote);
        (void)wait_while_typing(-1, 0, seconds * 1000);
        seconds = 2 * seconds < RETRY_LONGEST ? 2 * seconds : RETRY_LONGEST;
        if (chat.leaving)
            break;
        if (remote_reconnect(chat.remote, error, sizeof error) != 0)
            chat_wrong("%s", error);
        else if (request_greeting(chat.remote, &chat.style) == REQUEST_DONE)
            enter_room();
        chat.busy = true;
    }
    chat.busy = false;
}

/* ---- the conversation */

/* What the server has, for names to be completed. */
static void fetch_files(void)
{
    char directory[PROTOCOL_REQUEST_MAX + 1], line[PROTOCOL_REQUEST_MAX + 16];
    struct answer answer;

    if (!complete_directory(directory, sizeof directory))
        return;
    (void)snprintf(line, sizeof line, directory[0] ? "list:%s" : "list", directory);
    if (directory[0] != '\0')
        line[strlen(line) - 1] = '\0'; /* its '/' */
    table_clear(&chat.files);
    memcpy(chat.files_of, directory, sizeof chat.files_of);
    chat.busy = true;
    if (strlen(line) <= PROTOCOL_REQUEST_MAX && exchange(line, &answer) &&
        answer.code == REPLY_FILES)
        for (size_t i = 0; i < chat.answer.count; i++)
            table_add(&chat.files, table_line(&chat.answer, i));
    forget_lines();
    chat.busy = false;
}

static void do_line(const char *line)
{
    if (line[0] == '/' && line[1] == '/')
        chat_say(line + 1);
    else if (line[0] == '/')
        slash_run(line);
    else if (strncmp(line, "nick:", 5) == 0)
        chat_nick(line + 5);
    else
        make_request(line);
}

static void do_work(void)
{
    char *line;

    if (chat.completing) {
        chat.completing = false;
        fetch_files();
        complete_word();
        screen_draw(&chat.screen);
        return;
    }
    line = chat.queue[0];
    memmove(chat.queue, chat.queue + 1, --chat.queued * sizeof chat.queue[0]);
    do_line(line);
    free(line);
    screen_draw(&chat.screen);
}

static void hear_server(void)
{
    struct answer answer;
    enum remote_state state = remote_hear(chat.remote, &answer);

    if (state != REMOTE_READY)
        lose(state);
    else if (answer.code == REPLY_CLOSING)
        end_session(answer.text);
    else if (answer.code != 0)
        lose(REMOTE_STRANGE);
}

static void converse(void)
{
    while (!chat.leaving) {
        if (!chat.connected)
            reconnect();
        else if (chat.queued > 0 || chat.completing)
            do_work();
        else if (remote_pending(chat.remote) || wait_while_typing(chat.remote->fd, POLLIN, -1) > 0)
            hear_server();
    }
}

static void begin(struct remote *remote, const struct style *style,
                  const struct chat_options *options)
{
    const char *term = getenv("TERM"), *depth = getenv("COLORTERM");

    chat.remote = remote;
    chat.style = *style;
    chat.style.show = print;
    chat.style.overwrite = style->overwrite != NULL ? style->overwrite : ask_overwrite;
    chat.screen.smart = terminal_is_smart() && terminal_begin() == 0;
    if (chat.screen.smart)
        chat.style.bar = show_bar;
    else
        chat.style.progress = false;
    chat.screen.color = chat.show.color = chat.screen.smart && options->color;
    chat.show.many_colors = depth != NULL || (term != NULL && strstr(term, "256color") != NULL);
    chat.show.timestamps = options->timestamps;
    chat.bell = options->bell;
    chat.screen.columns = terminal_columns();
    chat.screen.editor = &chat.editor;
    (void)snprintf(chat.nick, sizeof chat.nick, "%s", options->nick);
    remote->wait = wait_while_typing;
    if (chat.screen.smart)
        history_load(&chat.editor);
    set_prompt();
}

int chat_run(struct remote *remote, const struct style *style, const struct chat_options *options)
{
    begin(remote, style, options);
    enter_room();
    converse();
    if (chat.connected) {
        remote->wait = NULL;
        request_leave(remote, style);
    }
    screen_erase(&chat.screen);
    terminal_end();
    editor_free(&chat.editor);
    puts("Disconnected");
    return chat.status;
}
