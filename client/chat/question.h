/* The question whether a file may be replaced: asked in place of the line, when that is done. */
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
        QUESTION_LATER, /* it waits for the line that is being typed */
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

/* keyboard_check: whether the question is what a wait ends for. */
bool question_ends_wait(const struct question *question);

#endif
