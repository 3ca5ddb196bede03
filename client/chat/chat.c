#define _POSIX_C_SOURCE 200809L

#include "client/chat/chat.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/chat/ask.h"
#include "client/chat/commands.h"
#include "client/chat/complete.h"
#include "client/chat/history.h"
#include "client/chat/join.h"
#include "client/chat/room.h"
#include "client/chat/typing.h"
#include "client/link/hello.h"
#include "client/terminal/terminal.h"

#define EARLIER_MS 1000 /* without another one of the earlier lines: there are no more */

struct chat chat;

/* ---- what is shown */

void chat_print(const char *line)
{
    screen_print(&chat.screen, line);
}

static void note(bool wrong, const char *format, va_list arguments)
{
    char text[PROTOCOL_REPLY_MAX + 512], line[SHOW_MAX];

    (void)vsnprintf(text, sizeof text, format, arguments);
    show_note(line, &chat.show, wrong, text);
    chat_print(line);
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

void chat_ring(void)
{
    if (chat.bell)
        (void)!write(STDOUT_FILENO, "\a", 1);
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
    if (chat.connected && !chat.joined)
        (void)snprintf(chat.screen.status, sizeof chat.screen.status, "%.200s, not joined", line);
    else if (chat.connected)
        (void)snprintf(chat.screen.status, sizeof chat.screen.status, "%.200s, %zu here%s%s", line,
                       chat.roster.count, word, chat.is_away ? ", away" : "");
    else
        (void)snprintf(chat.screen.status, sizeof chat.screen.status,
                       "%.200s, not connected, trying again in %d s", line, chat.retry_seconds);
}

/* How far a file has come, in place of the status line; NULL: it is here. */
static void show_bar(void *context, const char *line)
{
    (void)context;
    if (line != NULL)
        (void)snprintf(chat.screen.status, sizeof chat.screen.status, "%s", line);
    else
        chat_update();
    screen_draw(&chat.screen);
}

/* What is said of files. */
static void show_said(void *context, const char *text)
{
    char line[SHOW_MAX];

    (void)context;
    show_note(line, &chat.show, false, text);
    chat_print(line);
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
    if (strlen(line) <= PROTOCOL_REQUEST_MAX && exchange_ask(line, &answer) &&
        answer.code == REPLY_FILES)
        for (size_t i = 0; i < chat.answer.count; i++)
            table_add(&chat.files, table_line(&chat.answer, i));
    exchange_forget();
    chat.busy = false;
}

static void do_line(const char *line)
{
    /* a space before a command keeps it out of the history, not from being one */
    const char *command = line + strspn(line, " "), *text;
    char name[PROTOCOL_NAME_MAX + 1];

    if (command[0] == '/' && command[1] == '/')
        chat_say(command + 1);
    else if (command[0] == '/')
        slash_run(command);
    else if (strncmp(line, "nick:", 5) == 0)
        chat_nick(line + 5);
    else if (strncmp(line, "tell:", 5) == 0 && protocol_parse_name(line + 5, name, &text) &&
             text[0] != '\0')
        chat_tell(name, text);
    else if (strcmp(line, "join") == 0)
        enter_join();
    else
        exchange_request(line);
}

static void do_work(void)
{
    char *line;

    if (chat.completing) {
        fetch_files();
        if (chat.completing) {
            complete_word();
            typing_completed();
        }
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
        exchange_lost(state);
    else if (answer.code == REPLY_CLOSING)
        exchange_ended(answer.text);
    else if (answer.code != 0)
        exchange_lost(REMOTE_STRANGE);
}

static bool has_work(void)
{
    return chat.queued > 0 || chat.completing;
}

static void converse(void)
{
    while (!chat.leaving) {
        int ready;

        if (!chat.connected) {
            enter_again();
            continue;
        }
        chat.stopped = false;
        if (has_work()) {
            do_work();
            continue;
        }
        ready = remote_pending(chat.remote)
                    ? 1
                    : typing_wait(chat.remote->fd, POLLIN, heard_holds_back() ? EARLIER_MS : -1);
        if (ready > 0)
            hear_server();
        else if (ready == 0 && !has_work())
            heard_all_earlier();
    }
}

static int wait_and_type(void *context, int fd, short events, int ms)
{
    (void)context;
    return typing_wait(fd, events, ms);
}

static bool ask_overwrite(void *context, const char *path)
{
    (void)context;
    return typing_overwrite(path);
}

static void begin(struct remote *remote, const struct voice *voice,
                  const struct download_options *download, const struct chat_options *options)
{
    const char *term = getenv("TERM"), *depth = getenv("COLORTERM");

    chat.remote = remote;
    chat.voice = *voice;
    chat.voice.show = show_said;
    chat.download = *download;
    if (download->overwrite == NULL)
        chat.download.overwrite = ask_overwrite;
    chat.screen.smart = terminal_is_smart() && terminal_begin() == 0;
    if (chat.screen.smart)
        chat.voice.bar = show_bar;
    else
        chat.voice.progress = false;
    chat.screen.color = chat.show.color = chat.screen.smart && options->color;
    chat.show.many_colors = depth != NULL || (term != NULL && strstr(term, "256color") != NULL);
    chat.show.timestamps = options->timestamps;
    chat.bell = options->bell;
    chat.screen.columns = terminal_columns();
    chat.screen.editor = &chat.editor;
    (void)snprintf(chat.nick, sizeof chat.nick, "%s", options->nick);
    remote->wait = wait_and_type;
    if (chat.screen.smart)
        history_load(&chat.editor);
    typing_prompt();
}

int chat_run(struct remote *remote, const struct voice *voice,
             const struct download_options *download, const struct chat_options *options)
{
    begin(remote, voice, download, options);
    enter_room();
    converse();
    if (chat.connected) {
        remote->wait = NULL;
        (void)hello_leave(remote, voice);
    }
    screen_erase(&chat.screen);
    terminal_end();
    editor_free(&chat.editor);
    if (chat.queued > 0)
        printf("%zu line%s not sent\n", chat.queued, chat.queued == 1 ? " was" : "s were");
    puts("Disconnected");
    return chat.status;
}
