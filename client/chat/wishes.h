/* What the user wants of the session, whatever connection carries it. Over a new connection the
 * client asks for all of it again, in this order: the name, the room with what was missed, the
 * raised hand, the file that was under way; then come the typed lines. */
#ifndef CLIENT_CHAT_WISHES_H
#define CLIENT_CHAT_WISHES_H

#include <stdbool.h>
#include <stdint.h>

#include "client/lines.h"

struct wishes {
    char nick[PROTOCOL_NAME_MAX + 1];   /* the name to ask for first; "": what the server gives. A
                                           name that was taken is remote->nick */
    bool apart;                         /* the user has left the room */
    char run[ROOM_RUN];                 /* the run of the room that was heard; "": none */
    uint64_t next;                      /* the number of the line that is to be heard next */
    bool hand;                          /* is to be up, */
    char why[PROTOCOL_REQUEST_MAX + 1]; /* and for this */
    bool moves_file;                    /* a loss has interrupted a file: */
    struct lines_typed file;            /* LINES_GET or LINES_PUT */
    unsigned losses;                    /* in a row, with hardly a byte of the file between them */
};

#endif
