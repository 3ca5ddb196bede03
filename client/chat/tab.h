/* Tab: asks the server for files where the word may be one, completes the word, and shows the
 * choices. */
#ifndef CLIENT_CHAT_TAB_H
#define CLIENT_CHAT_TAB_H

#include "client/chat/ask.h"
#include "client/chat/complete.h"
#include "client/chat/keyboard.h"

struct tab {
    struct ask *ask; /* the caller's, like keyboard */
    struct keyboard *keyboard;
    struct complete complete; /* to be freed with complete_free */
};

/* Tab was pressed. If the server has to be asked, typing_hold begins, keys typed after Tab wait,
 * and the caller calls tab_ask in PHASE_LISTENING. */
void tab_press(struct tab *tab);

/* Asks the server for files if needed, and completes unless typing_hold has ended meanwhile. */
void tab_ask(struct tab *tab);

#endif
