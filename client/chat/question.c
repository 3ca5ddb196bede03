#define _POSIX_C_SOURCE 200809L

#include "client/chat/question.h"

#include <stdio.h>

void question_answer(struct question *question, bool yes)
{
    question->state = yes ? QUESTION_YES : QUESTION_NO;
}

bool question_ends_wait(const struct question *question)
{
    return question->state == QUESTION_YES || question->state == QUESTION_NO ||
           (question->state == QUESTION_LATER && typing_is_idle(question->keyboard->typing));
}

static bool may_wait(const struct question *question)
{
    return question->ask->phase < PHASE_LEAVING;
}

/* Waits for a key, or until it is time to ping. */
static void wait_for_key(const struct question *question)
{
    struct remote *remote = question->ask->remote;

    remote_ping(remote);
    (void)keyboard_wait(question->keyboard, -1, 0, remote_patience(remote, -1));
}

bool question_overwrite(void *context, const char *path)
{
    struct question *question = context;
    struct keyboard *keyboard = question->keyboard;
    char text[SCREEN_STATUS], shown[SHOW_MAX];
    bool yes;

    question->state = QUESTION_LATER; /* a letter of the line must not become the answer */
    if (!typing_is_idle(keyboard->typing))
        window_note(keyboard->window, "%s already exists; finish your line, then answer", path);
    while (!typing_is_idle(keyboard->typing) && may_wait(question))
        wait_for_key(question);
    question->state = QUESTION_ASKED;
    show_plain(shown, path);
    (void)snprintf(text, sizeof text, "Overwrite %.300s?", shown);
    keyboard_ask(keyboard, TYPING_ASKS_FILE, text);
    while (question->state == QUESTION_ASKED && may_wait(question))
        wait_for_key(question);
    yes = question->state == QUESTION_YES;
    question->state = QUESTION_NONE;
    return yes;
}
