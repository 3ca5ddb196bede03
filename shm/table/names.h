/* Names and raised hands: the part of a record that another session can take over, and that
 * therefore changes under the table's lock alone. */
#ifndef SHM_TABLE_NAMES_H
#define SHM_TABLE_NAMES_H

#include "shm/table/types.h"

/* ---- a handler: these take the lock and correct name and hand in `me`. They return 0, or -1 with
 * errno. */

struct names_claim {
    const char *name;
    const unsigned char
        *secret; /* the secret that the client got with this name earlier; NULL: none */
    const unsigned char *fresh; /* the secret to keep with the name from now on */
    void (*plain)(char name[NAME_SIZE],
                  uint32_t slot); /* makes the slot's default name, which nobody else can take */
};
enum names_result { NAME_GIVEN, NAME_TAKEN_BACK, NAME_TAKEN };

/* Takes a name, unless another session has the name. If that session got `secret` with the name,
 * both sessions are the same client's: name and raised hand move to this session at once
 * (NAME_TAKEN_BACK), and the other session gets its default name. Unless *result is NAME_GIVEN,
 * *holder and *serial are the other session's slot and serial. */
int names_rename(struct slot *mine, struct record *me, const struct names_claim *claim,
                 enum names_result *result, uint32_t *holder, uint64_t *serial);

/* Raises the hand; if the hand is already up, changes only its text. */
int names_raise(struct slot *mine, struct record *me, const char *what);
int names_lower(struct slot *mine, struct record *me, bool *was_up);

/* ---- anybody, without the lock */

/* Finds the session of that name, in whatever case (name_same). Returns false if there is none. */
bool names_find(const struct table *table, const char *name, uint32_t *slot, struct record *record);

/* Lists the raised hands in the order in which they went up. *list is the caller's to free. Returns
 * 0, or -1 with errno. */
struct raised_hand {
    char name[NAME_SIZE];
    int64_t raised, raised_ns;
    char text[HAND_SIZE];
};
int names_hands(const struct table *table, struct raised_hand **list, size_t *count);

#endif
