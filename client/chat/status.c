#define _POSIX_C_SOURCE 200809L

#include "client/chat/status.h"

#include <stdio.h>

/* ", 2 hands up", or "". */
static void say_hands(char to[32], size_t hands)
{
    to[0] = '\0';
    if (hands > 0)
        (void)snprintf(to, 32, ", %zu hand%s up", hands, text_s(hands));
}

/* What the server is doing, if that takes long, or "". */
static void say_late(char to[48], const struct status *status, const struct remote *remote)
{
    to[0] = '\0';
    if (remote->works)
        (void)snprintf(to, 48, ", the server checks the file: %u %%", remote->percent);
    else if (status->late)
        (void)snprintf(to, 48, ", waiting for the server");
}

void status_show(const struct status *status, const struct ask *ask)
{
    const struct room *room = ask->room;
    char names[ROOM_NAME + PROTOCOL_NAME_MAX + 4], shown[SHOW_MAX], hands[32];
    char late[48];

    (void)snprintf(names, sizeof names, "[%.100s] %s", room->name, room->self);
    show_plain(shown, names);
    say_hands(hands, room_hands(room));
    say_late(late, status, ask->remote);
    if (!ask_is_connected(ask))
        window_status(ask->window, "%.300s, not connected, trying again in %d s", shown,
                      status->retry_seconds);
    else if (!room->joined)
        window_status(ask->window, "%.300s, not joined%s", shown, late);
    else
        window_status(ask->window, "%.300s, %zu here%s%s%s", shown, room->members.count, hands,
                      room->is_away ? ", away" : "", late);
}
