/* What is typed while a file is moved: which lines can be done meanwhile. */
#ifndef CLIENT_CHAT_BESIDE_H
#define CLIENT_CHAT_BESIDE_H

#include <stdbool.h>

#include "client/chat/ask.h"
#include "client/chat/typing.h"
#include "client/lines.h"

/* The lines that can be done now: between two pieces of the file, or while the answer to a request
 * about it is awaited. */
typing_wanted *beside_wanted(const struct ask *ask);

/* Whether such an answer is awaited, and there is a line that is to be done before it comes. */
bool beside_is_due(const struct ask *ask, const struct typing *typing);

#endif
