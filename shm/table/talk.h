/* What is said in a room, and who comes and goes: lines in the table, which all who joined read
 * each at its own pace. Whoever writes one rings for those who wait (server/courier.h). A reader
 * that is too slow loses the oldest lines, and learns how many; nobody waits for it.
 *
 * There are two rings, so that a crowd that comes and goes does not push out what was said. Each
 * line bears its number in the order of all, and from these a reader makes one sequence again. */
#ifndef SHM_TABLE_TALK_H
#define SHM_TABLE_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/table/registry.h"

#define ROOM_LINES      1024               /* kept in a ring: ten seconds of a hundred a second */
#define ROOM_BEHIND     (ROOM_LINES / 2)   /* who has so many to hear is not reading */
#define ROOM_EARLIER    512                /* at most, shown to who joins */
#define ROOM_TEXT       4096               /* bytes of one, as long as a request may be */
#define ROOM_REASON     256                /* bytes of why somebody is sent away, with a NUL */
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

enum room_ring {
    ROOM_RING_SAID, /* said, announced */
    ROOM_RING_REST, /* who comes and goes, names, hands, and what is told to one */
    ROOM_RINGS,
};

/* A line is open where it is for all who joined. */
struct room_head {
    uint64_t serial; /* the session that it is about; 0: none */
    uint64_t to;     /* the session that it is for; 0: it is open */
    uint64_t order;  /* so many lines were added before it, to both rings */
    uint64_t open;   /* of its ring's lines before it, so many are open */
    uint64_t nth;  /* so manieth open one of its ring that its session wrote (0: another wrote it),
                      or that was told to a client at that place */
    int64_t when;  /* seconds since the Epoch */
    uint32_t kind; /* enum room_kind */
    uint32_t length; /* of the text, without its NUL */
    char name[REGISTRY_NAME_SIZE];
};

struct room_line {
    struct room_head head;
    char text[ROOM_TEXT + 8];
};

/* What a session has heard, and what it has said itself, which it does not hear: so it can tell
 * how many of the lines that it missed were for it. */
struct room_reader {
    uint64_t next[ROOM_RINGS];                      /* the line to read */
    uint64_t end[ROOM_RINGS], until, most;          /* as of the last look: numbers, orders */
    uint64_t since;                                 /* what was said before is an earlier line */
    uint64_t open[ROOM_RINGS];                      /* open lines passed */
    uint64_t own[ROOM_RINGS], own_read[ROOM_RINGS]; /* its own open lines: written, passed */
    uint64_t told;                                  /* of what is told at its place: passed */
    uint64_t lost; /* were for it and overwritten; its client does not know it yet */
};

/* A handler's part in the room: all zero but for these three when its session begins. */
struct room_member {
    struct registry *registry;
    uint32_t place;
    uint64_t serial;
    struct room_reader reader;
};

/* ---- a handler, speaking; each takes the lock, and sees to it that `me` has the name of record,
 * which another session may have taken back. 0, or -1 with errno */

/* Says it to all. Nothing is added where nobody would hear it, now or (keep) later. */
int room_say(struct room_member *member, struct registry_record *me, const char *text, bool keep);

/* Tells one, if it hears. */
enum room_ear { ROOM_GONE, ROOM_DEAF, ROOM_SLOW, ROOM_HEARS }; /* not joined; far behind */
int room_tell(struct room_member *member, struct registry_record *me, uint32_t place, uint64_t to,
              const char *text, enum room_ear *ear);

/* Takes a name, unless somebody present has it (in capitals or not). `me` gets it, and its place
 * the fresh secret. If who has it was given `secret` with it, it is the same client: name and
 * raised hand move at once, and that session, *serial at *holder, is called by its plain name. */
struct room_claim {
    const char *name;
    const unsigned char *secret, *fresh; /* of ROOM_SECRET; secret: NULL where there is none */
    void (*plain)(char name[REGISTRY_NAME_SIZE], uint32_t place); /* one that is never taken */
};
enum room_name { ROOM_NAME_GIVEN, ROOM_NAME_TAKEN_BACK, ROOM_NAME_TAKEN };
int room_rename(struct room_member *member, struct registry_record *me,
                const struct room_claim *claim, enum room_name *result, uint32_t *holder,
                uint64_t *serial);

/* Its hand goes up, or says something else; or down. */
int room_raise(struct room_member *member, struct registry_record *me, const char *what);
int room_lower(struct room_member *member, struct registry_record *me, bool *was_up);

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

/* From now on it is rung for, and reads what is added, and before it the last `earlier` lines that
 * were said. Takes the lock. 0, or -1 with errno. */
int room_join(struct room_member *member, size_t earlier);
void room_leave(struct registry *registry, uint32_t place);

/* Looks for more: what is added after that is rung for again. */
void room_look(struct room_member *member);

/* The next line that is for this session, of those that the look has shown. False: there is none.
 * *earlier: it was said before it joined. A line that cannot be one has no kind (ROOM_KINDS). In
 * both cases reader.lost may have grown. */
bool room_read(struct room_member *member, struct room_line *line, bool *earlier);
bool room_pending(const struct room_member *member);

/* All that was read has been sent: nobody need think that it is slow. */
void room_heard(struct room_member *member);

/* ---- ringing: calls `ring` for each who joined and has not been rung for just now (all: for
 * each). `ring` returns false where that place could not be rung: it is then noted as not rung, so
 * that the next call rings it again. False: so was at least one, and the caller owes another call.
 */
typedef bool room_bell(void *context, uint32_t place);
bool room_call(struct registry *registry, bool all, room_bell *ring, void *context);
bool room_call_one(struct registry *registry, uint32_t place, room_bell *ring, void *context);

/* ---- the parent. It holds the lock where it adds a line (keep: also where nobody hears it now);
 * text is cut to fit */
void room_announce(struct registry *registry, const char *text, bool keep);

/* Has a session sent away; its handler is then to be woken. And that handler: whether it is. */
void room_send_away(struct registry *registry, uint32_t place, uint64_t serial, const char *reason);
bool room_is_sent_away(const struct registry *registry, uint32_t place, uint64_t serial);
void room_reason(const struct registry *registry, uint32_t place, char reason[ROOM_REASON]);

/* Whether an earlier session was kicked, and at which place its reason still stands: until somebody
 * else is sent away from that place. Whoever was sent away by its own new connection was not. */
#define ROOM_BACK "You are back with another connection."
bool room_was_kicked(const struct registry *registry, uint64_t serial, uint32_t *place);

#endif
