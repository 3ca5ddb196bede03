#define _POSIX_C_SOURCE 200809L

#include "client/chat/chat.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/chat/beside.h"
#include "client/chat/commands.h"
#include "client/chat/hearing.h"
#include "client/chat/history.h"
#include "client/chat/keyboard.h"
#include "client/chat/question.h"
#include "client/chat/status.h"
#include "client/chat/tab.h"
#include "client/link/hello.h"

struct chat {
    struct room room;
    struct window window;
    struct wishes wishes;
    struct ask ask;
    struct held held;
    struct join join;
    struct typing typing;
    struct keyboard keyboard;
    struct history history;
    struct tab tab;
    struct status status;
    struct question question;
    struct hearing hearing;
    enum {
        BESIDE_NOTHING,
        BESIDE_FILE,    /* a line is done while a file is moved */
        BESIDE_STOPPED, /* meanwhile Ctrl-C was pressed, which is for the file */
    } beside;
};

/* ---- the lower part of the window */

static void draw(struct chat *chat)
{
    status_show(&chat->status, &chat->ask);
    keyboard_show(&chat->keyboard);
    window_draw(&chat->window);
}

/* voice.bar */
static void show_bar(void *context, const char *bar)
{
    struct chat *chat = context;

    if (bar != NULL)
        window_bar(&chat->window, bar);
    else
        draw(chat);
}

static void note_queue(struct chat *chat)
{
    bool moving = chat->ask.phase == PHASE_TRANSFERRING;

    chat->ask.voice.beside = window_queued(&chat->window, moving ? chat->typing.queued : 0);
}

/* voice.show */
static void show_said(void *context, const char *text)
{
    struct chat *chat = context;

    window_note_text(&chat->window, text);
}

/* ---- typed lines */

static void leave(struct chat *chat)
{
    chat->ask.phase = ask_is_connected(&chat->ask) ? PHASE_LEAVING : PHASE_OVER;
}

/* Typed lines are done in order, but "exit" at once. */
static void take_line(struct chat *chat)
{
    const char *line = chat->typing.line;
    bool connected = ask_is_connected(&chat->ask);
    bool moving = chat->ask.phase == PHASE_TRANSFERRING;
    struct lines_typed typed;

    if (editor_remember(&chat->typing.editor, line))
        history_add(&chat->history, line);
    if (line[0] == '\0')
        return;
    lines_parse(&typed, line, true);
    if ((!connected || moving) && typed.kind == LINES_EXIT) {
        leave(chat);
        return;
    }
    keyboard_queue(&chat->keyboard, line);
    note_queue(chat);
    if (!connected)
        window_note(&chat->window, "Not connected: your line will be sent after reconnecting");
    else if (moving && (lines_moves_file(line) || !chat->ask.remote->in_pieces))
        window_note(&chat->window, "Queued until the transfer ends: %s", line);
}

static void do_line(struct chat *chat, char *line)
{
    struct lines_typed typed;

    lines_parse(&typed, line, true);
    free(line);
    note_queue(chat);
    commands_do(&chat->join, &typed);
    draw(chat);
}

/* remote_between: does the lines typed during a transfer, except those that move files. */
static bool do_beside_file(void *context)
{
    struct chat *chat = context;
    typing_wanted *wanted = beside_wanted(&chat->ask);
    char *line;

    while (chat->ask.phase == PHASE_TRANSFERRING &&
           (line = typing_pop(&chat->typing, wanted)) != NULL) {
        chat->beside = BESIDE_FILE;
        do_line(chat, line);
        if (chat->ask.phase == PHASE_LISTENING)
            chat->ask.phase = chat->beside == BESIDE_STOPPED ? PHASE_STOPPING : PHASE_TRANSFERRING;
        chat->beside = BESIDE_NOTHING;
    }
    return ask_is_connected(&chat->ask);
}

/* Does once more what a loss has interrupted. */
static void resume_file(struct chat *chat)
{
    struct lines_typed typed = chat->wishes.file;

    commands_do(&chat->join, &typed);
    draw(chat);
}

/* ---- keys */

static void interrupt(struct chat *chat)
{
    enum phase phase = chat->ask.phase;

    if (phase == PHASE_ASKING && chat->beside == BESIDE_FILE) {
        chat->beside = BESIDE_STOPPED;
    } else if (phase != PHASE_LISTENING && phase < PHASE_LEAVING) {
        chat->ask.phase = PHASE_STOPPING;
        chat->typing.warned = false;
    } else if (chat->typing.warned) {
        leave(chat);
    } else {
        chat->typing.warned = true;
        window_note(&chat->window, "To leave, press Ctrl-C once more, or Ctrl-D, or type /exit");
    }
}

/* keyboard_event */
static void act(void *context, enum typing_event event)
{
    struct chat *chat = context;

    switch (event) {
    case TYPING_LINE:
        take_line(chat);
        break;
    case TYPING_TAB:
        tab_press(&chat->tab);
        break;
    case TYPING_YES:
    case TYPING_NO:
        question_answer(&chat->question, event == TYPING_YES);
        break;
    case TYPING_STOP:
        interrupt(chat);
        break;
    case TYPING_LEAVE:
        leave(chat);
        break;
    default:
        break;
    }
}

/* keyboard_check: a wait ends when something that was typed is to be done now. */
static enum keyboard_wait check(void *context)
{
    struct chat *chat = context;
    enum phase phase = chat->ask.phase;

    if (phase == PHASE_STOPPING)
        chat->ask.phase = PHASE_STOPPED;
    if (phase == PHASE_STOPPING || phase == PHASE_LEAVING || phase == PHASE_OVER)
        return KEYBOARD_CANCELS;
    if (question_ends_wait(&chat->question) || beside_is_due(&chat->ask, &chat->typing) ||
        (phase == PHASE_LISTENING && (chat->typing.queued > 0 || chat->typing.held)))
        return KEYBOARD_ENDS;
    return KEYBOARD_WAITS;
}

/* Where an answer takes long, the status line says so, unless a file's bar is there. */
static int wait_shown(struct chat *chat, int fd, short events, int ms)
{
    struct keyboard *keyboard = &chat->keyboard;
    const enum phase phase = chat->ask.phase;
    bool asks = phase == PHASE_ASKING || (phase == PHASE_TRANSFERRING && !*chat->ask.voice.drawn);
    int ready;

    if (chat->ask.remote->works && chat->status.percent != chat->ask.remote->percent) {
        chat->status.percent = chat->ask.remote->percent;
        draw(chat);
    }
    if (!asks || fd < 0 || ms <= REMOTE_LATE_MS)
        return keyboard_wait(keyboard, fd, events, ms);
    ready = keyboard_wait(keyboard, fd, events, REMOTE_LATE_MS);
    if (ready != 0 || chat->ask.phase != phase || beside_is_due(&chat->ask, &chat->typing))
        return ready;
    chat->status.late = true;
    draw(chat);
    ready = keyboard_wait(keyboard, fd, events, ms - REMOTE_LATE_MS);
    chat->status.late = false;
    draw(chat);
    return ready;
}

/* remote_wait */
static int wait_for(void *context, int fd, short events, int ms)
{
    struct chat *chat = context;
    int ready = wait_shown(chat, fd, events, ms);

    if (ready != 0 || !beside_is_due(&chat->ask, &chat->typing))
        return ready;
    errno = EAGAIN;
    return -1;
}

/* ---- the conversation */

/* remote_room */
static void hear(void *context, const struct room_line *line)
{
    struct chat *chat = context;

    hearing_line(&chat->hearing, line);
}

/* remote_late */
static void take_late(void *context, unsigned number, const struct reply_line *answer)
{
    struct chat *chat = context;

    commands_late(&chat->ask, number, answer);
    draw(chat);
}

/* Waits for the server or for a typed line. */
static void wait_for_news(struct chat *chat)
{
    struct remote *remote = chat->ask.remote;

    held_try(&chat->held, &chat->ask);
    if (!ask_is_connected(&chat->ask))
        return;
    remote_ping(remote);
    if (remote_pending(remote) ||
        wait_for(chat, remote->fd, POLLIN, remote_patience(remote, held_patience(&chat->held))) > 0)
        ask_hear(&chat->ask);
}

/* Reconnects until that succeeds or the user leaves. */
static void reconnect(struct chat *chat)
{
    struct ask *ask = &chat->ask;

    chat->join.said[0] = '\0';
    chat->status.retry_seconds = 1;
    if (ask->phase == PHASE_LOST)
        window_note(&chat->window, "Trying again in 1 s, then less often");
    while (ask->phase == PHASE_LOST || ask->phase == PHASE_DROPPED) {
        draw(chat);
        remote_close(ask->remote);
        if (ask->phase == PHASE_LOST)
            (void)wait_for(chat, -1, 0, chat->status.retry_seconds * 1000);
        if (ask->phase == PHASE_OVER)
            break;
        ask->phase = PHASE_LOST;
        chat->status.retry_seconds *= 2;
        if (chat->status.retry_seconds > JOIN_RETRY_MOST)
            chat->status.retry_seconds = JOIN_RETRY_MOST;
        join_again(&chat->join);
    }
    draw(chat);
}

static void converse(struct chat *chat)
{
    while (chat->ask.phase != PHASE_LEAVING && chat->ask.phase != PHASE_OVER)
        if (!ask_is_connected(&chat->ask))
            reconnect(chat);
        else if (chat->wishes.moves_file)
            resume_file(chat);
        else if (chat->typing.held)
            tab_ask(&chat->tab);
        else if (chat->typing.queued > 0)
            do_line(chat, typing_pop(&chat->typing, NULL));
        else
            wait_for_news(chat);
}

static void begin(struct chat *chat, struct remote *remote, const struct voice *voice,
                  const struct download_options *download, const struct chat_options *options)
{
    chat->ask = (struct ask){.remote = remote,
                             .window = &chat->window,
                             .room = &chat->room,
                             .wishes = &chat->wishes,
                             .voice = *voice,
                             .download = *download};
    chat->join = (struct join){.ask = &chat->ask, .held = &chat->held};
    chat->keyboard = (struct keyboard){.typing = &chat->typing,
                                       .window = &chat->window,
                                       .act = act,
                                       .check = check,
                                       .context = chat};
    chat->hearing =
        (struct hearing){.ask = &chat->ask, .status = &chat->status, .keyboard = &chat->keyboard};
    chat->tab.ask = &chat->ask;
    chat->tab.keyboard = &chat->keyboard;
    chat->question = (struct question){.ask = &chat->ask, .keyboard = &chat->keyboard};
    (void)snprintf(chat->wishes.nick, sizeof chat->wishes.nick, "%s", options->nick);
    window_begin(&chat->window, chat->room.self, options->color, options->timestamps,
                 options->bell);
    chat->typing.smart = chat->window.screen.smart;
    if (chat->typing.smart)
        history_load(&chat->history, &chat->typing.editor);
    else
        chat->ask.voice.progress = false;
    chat->ask.voice.context = chat;
    chat->ask.voice.show = show_said;
    chat->ask.voice.bar = chat->typing.smart ? show_bar : NULL;
    if (download->overwrite == NULL) {
        chat->ask.download.overwrite = question_overwrite;
        chat->ask.download.context = &chat->question;
    }
    remote->context = chat;
    remote->wait = wait_for;
    remote->room = hear;
    remote->between = do_beside_file;
    remote->late = take_late;
    keyboard_show(&chat->keyboard);
}

static void say_unsent(size_t lines)
{
    if (lines > 0)
        printf("%zu line%s not sent\n", lines, lines == 1 ? " was" : "s were");
}

int chat_run(struct remote *remote, const struct voice *voice,
             const struct download_options *download, const struct chat_options *options)
{
    struct chat chat = {.status = {.retry_seconds = 0}};

    begin(&chat, remote, voice, download, options);
    join_begin(&chat.join);
    draw(&chat);
    converse(&chat);
    remote->wait = NULL;
    if (ask_is_connected(&chat.ask))
        (void)hello_leave(remote, voice);
    remote->room = NULL;
    remote->between = NULL;
    remote->late = NULL;
    window_end(&chat.window);
    say_unsent(chat.typing.queued + chat.held.count);
    puts("Disconnected");
    typing_free(&chat.typing);
    held_free(&chat.held);
    complete_free(&chat.tab.complete);
    table_free(&chat.ask.answer);
    late_free(&chat.ask.late);
    room_free(&chat.room);
    return chat.ask.status;
}
