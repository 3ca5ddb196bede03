#define _POSIX_C_SOURCE 200809L

#include "client/chat/tab.h"

static void complete(struct tab *tab)
{
    struct keyboard *keyboard = tab->keyboard;

    if (complete_word(&tab->complete, &keyboard->typing->editor, tab->ask->room))
        window_table(keyboard->window, &tab->complete.matches, REPLY_FILES);
}

void tab_press(struct tab *tab)
{
    struct typing *typing = tab->keyboard->typing;

    if (tab->ask->phase == PHASE_LISTENING && complete_asks(&typing->editor))
        typing_hold(typing);
    else
        complete(tab);
}

void tab_ask(struct tab *tab)
{
    struct typing *typing = tab->keyboard->typing;

    if (complete_begin(&tab->complete, &typing->editor))
        ask_files(tab->ask, tab->complete.directory, &tab->complete.files);
    if (!typing->held)
        return;
    complete(tab);
    typing_release(typing);
    keyboard_take(tab->keyboard, false);
}
