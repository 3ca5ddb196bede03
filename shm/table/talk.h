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

#define MESSAGES_KEPT    1024                /* kept in a ring: ten seconds of a hundred a second */
#define MESSAGES_BEHIND  (MESSAGES_KEPT / 2) /* who has so many to hear is not reading */
#define MESSAGES_EARLIER 512                 /* at most, shown to who joins */
#define MESSAGE_TEXT     4096                /* bytes of one, as long as a request may be */
#define TABLE_REASON     256                 /* bytes of why somebody is sent away, with a NUL */
#define TABLE_SECRET     16                  /* bytes */
#define TALK_RINGING_NS  INT64_C(100000000)  /* who was rung for so lately is still to look */

enum message_kind {
    MESSAGE_SAID,
    MESSAGE_TOLD, /* to one */
    MESSAGE_CAME,
    MESSAGE_WENT,
    MESSAGE_RENAMED, /* the text is the new name */
    MESSAGE_RAISED,  /* a hand, for what */
    MESSAGE_LOWERED,
    MESSAGE_ANNOUNCED, /* by who runs the room */
    MESSAGE_KINDS,
};

enum message_ring {
    RING_SAID, /* said, announced */
    RING_REST, /* who comes and goes, names, hands, and what is told to one */
    RINGS,
};

/* A line is open where it is for all who joined. */
struct message_head {
    uint64_t serial;  /* the session that it is about; 0: none */
    uint64_t to;      /* the session that it is for; 0: it is open */
    uint64_t order;   /* so many lines were added before it, to both rings */
    uint64_t open;    /* of its ring's lines before it, so many are open */
    uint64_t ordinal; /* so manieth open one of its ring that its session wrote (0: another wrote
                     it), or that was told to a client at that slot */
    int64_t when;     /* seconds since the Epoch */
    uint32_t kind;    /* enum room_kind */
    uint32_t length;  /* of the text, without its NUL */
    char name[NAME_SIZE];
};

struct message {
    struct message_head head;
    char text[MESSAGE_TEXT + 8];
};

/* What a session has heard, and what it has said itself, which it does not hear: so it can tell
 * how many of the lines that it missed were for it. */
struct reader {
    uint64_t next[RINGS];                   /* the line to read */
    uint64_t end[RINGS], until, most;       /* as of the last look: numbers, orders */
    uint64_t since;                         /* what was said before is an earlier line */
    uint64_t open[RINGS];                   /* open lines passed */
    uint64_t own[RINGS], own_passed[RINGS]; /* its own open lines: written, passed */
    uint64_t told;                          /* of what is told at its slot: passed */
    uint64_t lost; /* were for it and overwritten; its client does not know it yet */
};

/* A handler's part in the room: all zero but for these three when its session begins. */
struct slot {
    struct table *table;
    uint32_t number;
    uint64_t serial;
    struct reader reader;
};

/* ---- a handler, speaking; each takes the lock, and sees to it that `me` has the name of record,
 * which another session may have taken back. 0, or -1 with errno */

/* Says it to all. Nothing is added where nobody would hear it, now or (keep) later. */
int talk_say(struct slot *mine, struct record *me, const char *text, bool keep);

/* Tells one, if it hears. */
enum talk_ear { EAR_GONE, EAR_DEAF, EAR_SLOW, EAR_HEARS }; /* not joined; far behind */
int talk_tell(struct slot *mine, struct record *me, uint32_t slot, uint64_t to, const char *text,
              enum talk_ear *ear);

/* Takes a name, unless somebody present has it (in capitals or not). `me` gets it, and its slot
 * the fresh secret. If who has it was given `secret` with it, it is the same client: name and
 * raised hand move at once, and that session, *serial at *holder, is called by its plain name. */
struct names_claim {
    const char *name;
    const unsigned char *secret, *fresh; /* of TABLE_SECRET; secret: NULL where there is none */
    void (*plain)(char name[NAME_SIZE], uint32_t slot); /* one that is never taken */
};
enum names_result { NAME_GIVEN, NAME_TAKEN_BACK, NAME_TAKEN };
int names_rename(struct slot *mine, struct record *me, const struct names_claim *claim,
                 enum names_result *result, uint32_t *holder, uint64_t *serial);

/* Its hand goes up, or says something else; or down. */
int names_raise(struct slot *mine, struct record *me, const char *what);
int names_lower(struct slot *mine, struct record *me, bool *was_up);

/* Whether two names are one: capitals count for nothing. */
bool names_same(const char *one, const char *other);

/* Who has this name; nothing is locked. False: nobody. */
bool names_find(const struct table *table, const char *name, uint32_t *slot, struct record *record);

/* The hands that are up, in the order in which they went up. *list is the caller's to free. */
struct raised_hand {
    char name[NAME_SIZE];
    int64_t raised, raised_ns;
    char text[HAND_SIZE];
};
int names_hands(const struct table *table, struct raised_hand **list, size_t *count);

/* ---- a handler, hearing */

/* From now on it is rung for, and reads what is added, and before it the last `earlier` lines that
 * were said. Takes the lock. 0, or -1 with errno. */
int hear_join(struct slot *mine, size_t earlier);
void hear_leave(struct slot *mine);

/* Looks for more: what is added after that is rung for again. */
void hear_look(struct slot *mine);

/* The next line that is for this session, of those that the look has shown. False: there is none.
 * *earlier: it was said before it joined. A line that cannot be one has no kind (MESSAGE_KINDS). In
 * both cases reader.lost may have grown. */
bool hear_next(struct slot *mine, struct message *line, bool *earlier);
bool hear_pending(const struct slot *mine);

/* All that was read has been sent: nobody need think that it is slow. */
void hear_sent(struct slot *mine);

/* ---- ringing: calls `ring` for each who joined and has not been rung for just now (all: for
 * each). `ring` returns false where that slot could not be rung: it is then noted as not rung, so
 * that the next call rings it again. False: so was at least one, and the caller owes another call.
 */
typedef bool talk_bell(void *context, uint32_t slot);
bool talk_ring(struct table *table, bool all, talk_bell *ring, void *context);
bool talk_ring_one(struct table *table, uint32_t slot, talk_bell *ring, void *context);

/* ---- the parent. It holds the lock where it adds a line (keep: also where nobody hears it now);
 * text is cut to fit */
void talk_announce(struct table *table, const char *text, bool keep);

/* Has a session sent away; its handler is then to be woken. And that handler: whether it is. */
void registry_kick(struct table *table, uint32_t slot, uint64_t serial, const char *reason);
bool slot_is_kicked(const struct slot *mine);
void slot_reason(const struct table *table, uint32_t slot, char reason[TABLE_REASON]);

/* Whether an earlier session was kicked, and at which slot its reason still stands: until somebody
 * else is sent away from that slot. Whoever was sent away by its own new connection was not. */
#define REASON_BACK "You are back with another connection."
bool slot_was_kicked(const struct table *table, uint64_t serial, uint32_t *slot);

#endif
