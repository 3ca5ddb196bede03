/* Lines of the room as a person reads them: the time, names in their colours, what is meant for
 * oneself. All that comes from a peer passes the sanitizer here. */
#ifndef CLIENT_TERMINAL_SHOW_H
#define CLIENT_TERMINAL_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "server/wire/protocol.h"
#include "server/wire/text.h"

struct show {
    bool color;       /* escape sequences may be used for it */
    bool many_colors; /* 256 of them */
    bool timestamps;
    char name[PROTOCOL_NAME_MAX + 1]; /* one's own */
};

/* Bytes of any line that is shown. */
#define SHOW_MAX (TEXT_SHOWN_SIZE(PROTOCOL_REPLY_MAX) + 256)

/* A room line (REPLY code 130 to 139) as it came at `when`. False: it is none. *mentioned: it is
 * for this client, or names it. */
bool show_room_line(char to[SHOW_MAX], const struct show *show, time_t when, int code,
                    const char *text, bool *mentioned);

/* What one said oneself: to the room (to: NULL), or to one. */
void show_own(char to[SHOW_MAX], const struct show *show, time_t when, const char *other,
              const char *text);

/* What is neither from a person nor an answer; wrong: something failed. */
void show_note(char to[SHOW_MAX], const struct show *show, bool wrong, const char *text);

/* Text from outside, and nothing else: on one line, without TAB. */
void show_plain(char to[SHOW_MAX], const char *text);

#endif
