/* The question whether to replace a file: shown instead of the line, after the user has finished
 * the line. */
#ifndef CLIENT_CHAT_QUESTION_H
#define CLIENT_CHAT_QUESTION_H

#include <stdbool.h>

#include "client/chat/ask.h"
#include "client/chat/keyboard.h"

struct question {
    const struct ask *ask; /* the caller's, like keyboard */
    struct keyboard *keyboard;
    enum {
        QUESTION_NONE,
        QUESTION_LATER, /* the question waits until the typed line is finished */
        QUESTION_ASKED,
        QUESTION_YES,
        QUESTION_NO,
    } state;
};

/* partial_overwrite, with the question as context: asks, and waits for the answer. Leaving means
 * no. */
bool question_overwrite(void *context, const char *path);

/* The user has answered. */
void question_answer(struct question *question, bool yes);

/* keyboard_check: whether the question ends the wait. */
bool question_ends_wait(const struct question *question);

#endif
