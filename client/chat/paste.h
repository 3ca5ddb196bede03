/* Text that is pasted: kept until the paste ends, then taken line by line. */
#ifndef CLIENT_CHAT_PASTE_H
#define CLIENT_CHAT_PASTE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/limits.h"
#include "client/terminal/keys.h"
#include "server/wire/protocol.h"

struct paste {
    char text[PASTE_MAX + 1];
    size_t used;
    bool open;     /* it has begun, and not ended */
    bool refused;  /* what comes is dropped */
    bool too_long; /* text holds the beginning alone */
};

enum paste_kind {
    PASTE_REFUSED,
    PASTE_TOO_LONG,      /* more than PASTE_MAX bytes */
    PASTE_LINE_TOO_LONG, /* a line has more than PROTOCOL_REQUEST_MAX bytes */
    PASTE_LINE,          /* one line, or none */
    PASTE_LINES,         /* several */
};

/* The terminal says that pasted text follows. refused: it is dropped. */
void paste_begin(struct paste *paste, bool refused);

/* Takes a key of the paste. True: the key was KEY_PASTE_END, and the paste has ended. */
bool paste_take(struct paste *paste, enum stroke stroke, const char *bytes, size_t size);

/* What has been pasted, and in how many lines that are not empty. */
enum paste_kind paste_kind(const struct paste *paste, size_t *lines);

/* Copies the next line that is not empty, from *at on (0: the first), and moves *at behind it.
 * False: there are no more. */
bool paste_next(const struct paste *paste, size_t *at, char line[PROTOCOL_REQUEST_MAX + 1]);

#endif
