/* A line of the room: reply codes 130 to 139. */
#ifndef CLIENT_LINK_ROOM_LINE_H
#define CLIENT_LINK_ROOM_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct room_line {
    int code;
    uint64_t number;  /* of the line in this run of the room; 0: the server does not tell */
    time_t when;      /* it was said; now, where the server does not tell */
    const char *text; /* "NAME TEXT" and the like, not sanitized; points into what was parsed */
};

/* Takes apart what follows the code. numbered: the client has joined with "join:". The time of a
 * ROOM_LINE_EARLIER is not part of line->text. */
void room_line_parse(struct room_line *line, int code, const char *text, bool numbered);

/* The text of the answer to "join:", "Joined ROOM. RUN NEXT", or to "join", "Joined ROOM". *run and
 * *next are "" and 0 where it has none. Each bound includes a NUL, and what is longer is cut.
 * False: it is another answer. */
bool room_line_joined(const char *answer, char *room, size_t room_size, char *run, size_t run_size,
                      uint64_t *next);

#endif
