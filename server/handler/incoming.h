/* The file that a client hands in, from its put: to the receipt. Where that takes long, because a
 * digest is computed, it is work (work.h). */
#ifndef SERVER_HANDLER_INCOMING_H
#define SERVER_HANDLER_INCOMING_H

#include <stdbool.h>

#include "server/files/handin.h"
#include "server/handler/digest.h"
#include "server/handler/work.h"
#include "server/wire/protocol.h"

/* What "put:" asks for. */
struct wish {
    uint64_t length;
    char hex[PROTOCOL_HEX_SIZE]; /* "": no digest */
    const char *name;
    bool asks;    /* whether there would be room */
    bool goes_on; /* from what came before */
};

struct incoming {
    char client[NAME_SIZE]; /* who began */
    char name[PROTOCOL_FILE_MAX + 1];
    char hex[PROTOCOL_HEX_SIZE]; /* the digest that the client announced; "": none */
    uint64_t length;             /* bytes of the file */
    bool goes_on;                /* from what came before */

    /* before bytes come, and after they have come */
    enum work_turn (*step)(struct session *session, struct incoming *incoming);
    struct digest digest; /* of the file that is there, or of what came before */
    int64_t began;        /* when it was first tried to open the part; 0: not yet */

    /* the bytes */
    bool open; /* handin is to be ended */
    struct handin handin;
    uint64_t left; /* bytes not yet received */
    struct sha256 sum;
    int failed;    /* errno of a write; the bytes that still come are dropped */
    bool is_other; /* the bytes have another digest: nothing goes on from them */
};

/* Begins what the client wishes: answers with a receipt, a refusal, or REPLY_GO_ON; then, without
 * pieces, takes the bytes. */
void incoming_begin(struct session *session, const struct wish *wish);

/* Takes a piece of it. False: the session is PARTING. */
bool incoming_take(struct session *session, struct incoming *incoming, uint64_t length);

/* Whether a piece of so many bytes is the last, and long work can follow it. */
bool incoming_is_last(const struct session *session, uint64_t length);

/* Ends it before all bytes have come. */
void incoming_end(struct session *session, struct incoming *incoming);

/* Whether a hand-in has the client's present name. */
bool incoming_has_name(const struct session *session);

/* Says why a file is not taken (errno, as handin_begin has it). early: the client is still sending,
 * and no reply is due yet. */
void incoming_refuse(struct session *session, const char *name, uint64_t length, int error,
                     bool early);

#endif
