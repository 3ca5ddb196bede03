#define _POSIX_C_SOURCE 200809L

#include "client/chat/hearing.h"

static void show_line(struct hearing *hearing, int code, const char *text)
{
    struct room *room = hearing->ask->room;
    struct window *window = hearing->ask->window;
    char line[PROTOCOL_REQUEST_MAX + 1];
    struct room_heard heard = room_hear(room, code, text);

    status_show(hearing->status, hearing->ask);
    if (heard.show)
        window_room_line(window, code, text);
    else
        window_draw(window);
    if (heard.ring)
        window_ring(window);
    if (heard.answer && room_away_answer(room, text, line))
        keyboard_queue(hearing->keyboard, line);
}

void hearing_release(struct hearing *hearing)
{
    const char *text;

    while ((text = room_release(hearing->ask->room)) != NULL)
        show_line(hearing, ROOM_LINE_EARLIER, text);
}

void hearing_line(struct hearing *hearing, int code, const char *text)
{
    if (room_hold(hearing->ask->room, code, text))
        return;
    hearing_release(hearing);
    show_line(hearing, code, text);
}
