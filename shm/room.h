/* What is said in a room, and who comes and goes: lines in the table, which all who joined read
 * each at its own pace. Whoever writes one rings for those who wait (server/courier.h). A reader
 * that is too slow loses the oldest lines, and learns how many; nobody waits for it. */
#ifndef SHM_ROOM_H
#define SHM_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/registry.h"

#define ROOM_LINES      1024               /* kept: ten seconds of a hundred a second */
#define ROOM_EARLIER    512                /* at most, shown to who joins */
#define ROOM_TEXT       4096               /* bytes of one, as long as a request may be */
#define ROOM_REASON     256                /* bytes of why somebody is sent away, with a NUL */
#define ROOM_CONTROL    "control"          /* the parent's socket in the runtime directory */
#define ROOM_SECRET     16                 /* bytes */
#define ROOM_RINGING_NS INT64_C(100000000) /* who was rung for so lately is still to look */

enum room_kind {
    ROOM_SAID,
    ROOM_TOLD, /* to one */
    ROOM_CAME,
    ROOM_WENT,
    ROOM_RENAMED, /* the text is the new name */
    ROOM_RAISED,  /* a hand, for what */
    ROOM_LOWERED,
    ROOM_ANNOUNCED, /* by who runs the room */
    ROOM_KINDS,
};

struct room_head {
    uint64_t serial; /* the session that it is about; 0: none */
    uint64_t to;     /* the session that it is for; 0: all who joined */
    int64_t when;    /* seconds since the Epoch */
    uint32_t kind;   /* enum room_kind */
    uint32_t length; /* of the text, without its NUL */
    char name[REGISTRY_NAME_SIZE];
};

struct room_line {
    struct room_head head;
    char text[ROOM_TEXT + 8];
};

/* ---- a handler, speaking; each takes the lock. 0, or -1 with errno */

/* Adds a line of this kind; to: 0, or the session that it is for. Nothing is added where nobody
 * would hear it, now or (keep) later. */
int room_say(struct registry *registry, uint32_t place, const struct registry_record *me,
             enum room_kind kind, uint64_t to, const char *text, bool keep);

/* Takes a name, unless somebody present has it (in capitals or not). `me` gets it, and the place
 * the new secret. ROOM_NAME_OURS: who has it, *holder, was given `secret` with it (NULL: none). */
enum room_name { ROOM_NAME_GIVEN, ROOM_NAME_TAKEN, ROOM_NAME_OURS };
int room_rename(struct registry *registry, uint32_t place, struct registry_record *me,
                const char *name, const unsigned char *secret,
                const unsigned char fresh[ROOM_SECRET], enum room_name *result, uint32_t *holder);

/* Whether two names are one: capitals count for nothing. */
bool room_same_name(const char *one, const char *other);

/* Who has this name; nothing is locked. False: nobody. */
bool room_find(const struct registry *registry, const char *name, uint32_t *place,
               struct registry_record *record);

/* The hands that are up, in the order in which they went up. *list is the caller's to free. */
struct room_hand {
    char name[REGISTRY_NAME_SIZE];
    int64_t raised, raised_ns;
    char text[REGISTRY_HAND];
};
int room_hands(const struct registry *registry, struct room_hand **list, size_t *count);

/* ---- a handler, hearing */

/* From now on it is rung for. Returns the number of the next line to be added. */
uint64_t room_join(struct registry *registry, uint32_t place);
void room_leave(struct registry *registry, uint32_t place);

/* It is about to look for more: what is added after that is rung for again. And it has sent all
 * before this line. */
void room_listen(struct registry *registry, uint32_t place);
void room_heard(struct registry *registry, uint32_t place, uint64_t next);

/* The number of the first of the last `count` lines that who joins may see. */
uint64_t room_earlier(const struct registry *registry, uint64_t before, size_t count);

/* The line of that number, which moves past it. False: there is none yet. *lost: so many were
 * overwritten before it. A line that cannot be one is shown with no kind (ROOM_KINDS). */
bool room_read(const struct registry *registry, uint64_t *number, struct room_line *line,
               uint64_t *lost);
bool room_pending(const struct registry *registry, uint64_t number);

enum room_ear { ROOM_DEAF, ROOM_SLOW, ROOM_HEARS }; /* not joined; far behind */
enum room_ear room_ear(const struct registry *registry, uint32_t place);

/* ---- ringing: calls `ring` for each who joined and has not been rung for just now (all: for each)
 */
typedef void room_ring(void *context, uint32_t place);
void room_call(struct registry *registry, bool all, room_ring *ring, void *context);
void room_call_one(struct registry *registry, uint32_t place, room_ring *ring, void *context);

/* ---- the parent. It holds the lock where it adds a line; text is cut to fit */
void room_announce(struct registry *registry, const char *text);

/* Has a session sent away; its handler is then to be woken. And that handler: whether it is. */
void room_send_away(struct registry *registry, uint32_t place, uint64_t serial, const char *reason);
bool room_is_sent_away(const struct registry *registry, uint32_t place, uint64_t serial);
void room_reason(const struct registry *registry, uint32_t place, char reason[ROOM_REASON]);

#endif
