/* What clients say, to whom, under which name; and their hands. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "server/handler/verbs.h"
#include "server/limits.h"
#include "server/log.h"
#include "server/parent/control.h"
#include "server/wire/clock.h"
#include "server/wire/key.h"
#include "server/wire/text.h"
#include "shm/table/talk.h"

static void fail(struct session *session)
{
    log_error("%s is not heard: %s", session->me.name, strerror(errno));
    session_reply(session, REPLY_BUSY, "Nobody can hear that now, try again later.");
}

void cmd_message(struct session *session, const char *text)
{
    if (text[0] != '\0') {
        session->me.messages++;
        if (talk_say(&session->courier.mine, &session->me, text, session->service->earlier > 0) !=
            0) {
            fail(session);
            return;
        }
        session->owes_ring = true; /* when the reply goes out */
    }
    session_reply(session, REPLY_MESSAGE, "%s ACK", text);
}

void cmd_join(struct session *session, const char *none)
{
    (void)none;
    if (courier_join(&session->courier, session->service->earlier) != 0)
        fail(session);
    else
        session_reply(session, REPLY_MESSAGE, "Joined %s", session->service->room);
}

void cmd_leave(struct session *session, const char *none)
{
    (void)none;
    courier_leave(&session->courier);
    session_reply(session, REPLY_MESSAGE, "Left %s", session->service->room);
}

void cmd_tell(struct session *session, const char *argument)
{
    char name[NAME_SIZE];
    struct record to;
    const char *text;
    uint32_t slot;
    enum talk_ear ear;

    if (!protocol_parse_name(argument, name, &text) || text[0] == '\0') {
        session_reply(session, REPLY_BAD_ARGUMENT, "Expected tell:NAME TEXT.");
        return;
    }
    if (!names_find(session->table, name, &slot, &to)) {
        ear = EAR_GONE;
    } else if (talk_tell(&session->courier.mine, &session->me, slot, to.serial, text, &ear) != 0) {
        fail(session);
        return;
    }
    switch (ear) {
    case EAR_GONE:
        session_reply(session, REPLY_NOT_FOUND, "Nobody is called %s.", name);
        break;
    case EAR_DEAF:
        session_reply(session, REPLY_NOT_READING, "%s is here, but has not joined.", to.name);
        break;
    case EAR_SLOW:
        session_reply(session, REPLY_NOT_READING, "%s is here, but is not reading.", to.name);
        break;
    case EAR_HEARS:
        session->me.messages++;
        session->owes_ring |= !courier_ring_one(&session->courier, slot);
        session_reply(session, REPLY_MESSAGE, "Delivered to %s.", to.name);
        break;
    }
}

/* ---- names */

/* "ClientNN" is its slot's, whoever asks. */
static bool is_anothers(const struct session *session, const char *name)
{
    static const char prefix[] = "Client";
    const size_t length = strlen(prefix);
    char own[NAME_SIZE];

    protocol_client_name(own, session->slot + 1);
    return strncasecmp(name, prefix, length) == 0 && name[length] != '\0' &&
           strspn(name + length, "0123456789") == strlen(name + length) && strcmp(name, own) != 0;
}

static void name_plainly(char name[NAME_SIZE], uint32_t slot)
{
    memset(name, 0, NAME_SIZE);
    protocol_client_name(name, slot + 1);
}

/* A session of this client's that still has it is ended, when the name is no longer its own. */
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
    if (names_rename(&session->courier.mine, &session->me, &claim, &result, &slot, &serial) != 0) {
        fail(session);
        return;
    }
    if (result == NAME_TAKEN) {
        session_reply(session, REPLY_NAME_TAKEN, "Somebody is called %s.", name);
        return;
    }
    session->owes_ring = true;
    if (result == NAME_TAKEN_BACK && control_retire(session->table->made.pid, slot, serial) != 0)
        log_error("The earlier session of %s is not ended: %s", name, strerror(errno));
    if (strcmp(before, name) != 0)
        log_info("%s is now called %s", before, name);
    session_reply(session, REPLY_MESSAGE, "%s secret %s", name, hex);
}

void cmd_nick(struct session *session, const char *argument)
{
    unsigned char secret[TABLE_SECRET];
    char name[NAME_SIZE];
    const char *hex;

    if (!protocol_parse_name(argument, name, &hex) || !protocol_name_valid(name)) {
        session_reply(session, REPLY_BAD_ARGUMENT,
                      "Expected a name of 1 to %d letters, digits, '-' and '_'.",
                      PROTOCOL_NAME_MAX);
        return;
    }
    if (hex[0] != '\0' && !protocol_parse_hex(hex, secret, sizeof secret)) {
        session_reply(session, REPLY_BAD_ARGUMENT, "Expected nick:NAME, or nick:NAME SECRET.");
        return;
    }
    if (is_anothers(session, name))
        session_reply(session, REPLY_NAME_TAKEN, "%s is not yours to take.", name);
    else
        take_name(session, name, hex[0] != '\0' ? secret : NULL);
}

/* ---- hands */

void cmd_hand(struct session *session, const char *text)
{
    char what[HAND_SIZE];

    text_show(what, sizeof what, text ? text : "", text ? strlen(text) : 0);
    if (names_raise(&session->courier.mine, &session->me, what) != 0) {
        fail(session);
        return;
    }
    session->owes_ring = true;
    session_reply(session, REPLY_MESSAGE, "Your hand is up.");
}

void cmd_unhand(struct session *session, const char *none)
{
    bool was_up;

    (void)none;
    if (names_lower(&session->courier.mine, &session->me, &was_up) != 0) {
        fail(session);
        return;
    }
    session->owes_ring |= was_up;
    session_reply(session, REPLY_MESSAGE, was_up ? "Your hand is down." : "Your hand is not up.");
}

void cmd_hands(struct session *session, const char *none)
{
    struct raised_hand *hands;
    size_t count;

    (void)none;
    if (names_hands(session->table, &hands, &count) != 0) {
        fail(session);
        return;
    }
    session_open(session, REPLY_HANDS, "%zu hands", count);
    for (size_t i = 0; i < count; i++) {
        char raised[CLOCK_LOCAL_SIZE];

        clock_local(raised, (time_t)hands[i].raised);
        session_item(session, "%s raised: %s%s%s", hands[i].name, raised,
                     hands[i].text[0] ? ", " : "", hands[i].text);
    }
    session_close(session, REPLY_HANDS);
    free(hands);
}
