#define _POSIX_C_SOURCE 200809L

#include "client/chat/hearing.h"

void hearing_line(struct hearing *hearing, const struct room_line *line)
{
    struct room *room = hearing->ask->room;
    struct window *window = hearing->ask->window;
    char answer[PROTOCOL_REQUEST_MAX + 1];
    struct room_heard heard = room_hear(room, line->code, line->text);

    if (line->number > 0)
        hearing->ask->wishes->next = line->number + 1;
    status_show(hearing->status, hearing->ask);
    if (heard.show)
        window_room_line(window, line);
    else
        window_draw(window);
    if (heard.ring)
        window_ring(window);
    if (heard.answer && room_away_answer(room, line->text, answer))
        keyboard_queue(hearing->keyboard, answer);
}
