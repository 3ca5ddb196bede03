/* Clients' names, and their raised hands. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/events.h"
#include "server/handler/incoming.h"
#include "server/handler/recording.h"
#include "server/handler/reply.h"
#include "server/handler/verbs.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "server/wire/key.h"
#include "server/wire/name.h"
#include "server/wire/text.h"
#include "shm/table/names.h"
#include "shm/table/types.h"

static void fail(struct session *session)
{
    event_not_heard(session->me.name, errno);
    if (!wait_is_shutdown(session))
        reply_line(session, REPLY_BUSY, "Not possible now, try again later.");
}

/* ---- names */

_Static_assert(NAME_SIZE > PROTOCOL_NAME_MAX, "the table holds whole names");

/* What the names of slots are compared by: in many fonts one, capital I and small L are the same,
 * and so are zero and O. */
static char of_slot(uint32_t c)
{
    return (char)(c == 'i' || c == 'l' ? '1' : c == 'o' ? '0' : c < 0x80 ? (int)c : '?');
}

/* "ClientNN" belongs to slot NN, and so does what looks like it. Returns whether the name belongs
 * to another slot. */
static bool is_anothers(const struct session *session, const char *name)
{
    char own[NAME_SIZE];

    protocol_client_name(own, session->slot.number + 1);
    if (strcmp(name, own) == 0)
        return false;
    for (const char *wanted = "c11ent"; *wanted != '\0'; wanted++)
        if (*name == '\0' || of_slot(name_take(&name)) != *wanted)
            return false;
    if (*name == '\0')
        return false;
    while (*name != '\0')
        if (strchr("0123456789", of_slot(name_take(&name))) == NULL)
            return false;
    return true;
}

static void name_plainly(char name[NAME_SIZE], uint32_t slot)
{
    memset(name, 0, NAME_SIZE);
    protocol_client_name(name, slot + 1);
}

/* Asks the parent to end this client's earlier session. Returns 0, or -1 with errno. */
static int retire(const struct session *session, uint32_t slot, uint64_t serial)
{
    const struct retire_request request = {.serial = serial, .slot = slot};
    struct pollfd room = {.fd = session->service->requests, .events = POLLOUT};

    while (write(room.fd, &request, sizeof request) < 0)
        if (errno != EAGAIN && errno != EINTR)
            return -1;
        else if (poll(&room, 1, LIMIT_RETIRE_MS) == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
    return 0;
}

/* Takes the name. With the secret, takes the name from an earlier session of the same client, and
 * then ends that session. */
static void take_name(struct session *session, const char *name, const unsigned char *secret)
{
    char before[NAME_SIZE], hex[KEY_HEX_SIZE];
    unsigned char fresh[KEY_NONCE];
    struct names_claim claim = {
        .name = name, .secret = secret, .fresh = fresh, .plain = name_plainly};
    enum names_result result;
    uint64_t serial;
    uint32_t slot;

    _Static_assert(KEY_NONCE >= TABLE_SECRET, "random enough");
    memcpy(before, session->me.name, sizeof before);
    if (key_challenge(hex) != 0) {
        fail(session);
        return;
    }
    hex[2 * TABLE_SECRET] = '\0';
    (void)protocol_parse_hex(hex, fresh, TABLE_SECRET);
    if (names_rename(&session->slot, &session->me, &claim, &result, &slot, &serial) != 0) {
        fail(session);
        return;
    }
    if (result == NAME_TAKEN) {
        reply_line(session, REPLY_NAME_TAKEN, "The name %s is taken.", name);
        return;
    }
    session->ring_due = true;
    if (result == NAME_TAKEN_BACK) {
        session->replaced = serial;
        if (retire(session, slot, serial) != 0)
            event_not_retired(name, errno);
    }
    if (strcmp(before, name) != 0) {
        event_renamed(before, name);
        recording_named(session);
    }
    reply_line(session, REPLY_MESSAGE, "%s secret %s", name, hex);
}

void verb_nick(struct session *session, const char *argument)
{
    unsigned char secret[TABLE_SECRET];
    char name[NAME_SIZE];
    const char *hex;

    if (!protocol_parse_name(argument, name, &hex))
        name[0] = '\0';
    if (protocol_name_expects(name) != NULL) {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected a name of %s.",
                   protocol_name_expects(name));
        return;
    }
    if (hex[0] != '\0' && !protocol_parse_hex(hex, secret, sizeof secret)) {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected nick:NAME, or nick:NAME SECRET.");
        return;
    }
    if (incoming_has_name(session)) /* its folder is the present name's until it is stored */
        reply_line(session, REPLY_BUSY, "Finish or stop the hand-in first: it has your name.");
    else if (is_anothers(session, name))
        reply_line(session, REPLY_NAME_TAKEN, "%s belongs to another slot.", name);
    else
        take_name(session, name, hex[0] != '\0' ? secret : NULL);
}

/* ---- hands */

void verb_hand(struct session *session, const char *text)
{
    char what[HAND_SIZE];

    text_show(what, sizeof what, text ? text : "", text ? strlen(text) : 0);
    if (names_raise(&session->slot, &session->me, what) != 0) {
        fail(session);
        return;
    }
    session->ring_due = true;
    reply_line(session, REPLY_MESSAGE, "Your hand is up.");
}

void verb_unhand(struct session *session, const char *none)
{
    bool was_up;

    (void)none;
    if (names_lower(&session->slot, &session->me, &was_up) != 0) {
        fail(session);
        return;
    }
    session->ring_due |= was_up;
    reply_line(session, REPLY_MESSAGE, was_up ? "Your hand is down." : "Your hand is not up.");
}

static void item(struct session *session, const struct raised_hand *hand)
{
    char raised[CLOCK_LOCAL_SIZE];

    clock_local(raised, (time_t)hand->raised);
    reply_item(session, "%s raised: %s%s%s", hand->name, raised, hand->text[0] ? ", " : "",
               hand->text);
}

static void item_long(struct session *session, const struct raised_hand *hand)
{
    char raised[CLOCK_UTC_SIZE];

    clock_utc(raised, (time_t)hand->raised);
    reply_item(session, "%s %s%s%s", raised, hand->name, hand->text[0] ? " " : "", hand->text);
}

static void list_hands(struct session *session,
                       void (*item_of)(struct session *session, const struct raised_hand *hand))
{
    struct raised_hand *hands;
    size_t count;

    if (names_hands(session->slot.table, &hands, &count) != 0) {
        fail(session);
        return;
    }
    reply_begin(session, REPLY_HANDS, "%zu hands", count);
    for (size_t i = 0; i < count; i++)
        item_of(session, &hands[i]);
    reply_end(session, REPLY_HANDS);
    free(hands);
}

void verb_hands(struct session *session, const char *none)
{
    (void)none;
    list_hands(session, item);
}

void verb_hands_long(struct session *session, const char *none)
{
    (void)none;
    list_hands(session, item_long);
}
