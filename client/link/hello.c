#define _POSIX_C_SOURCE 200809L

#include "client/link/hello.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/limits.h"
#include "client/link/bytes.h"
#include "client/link/connect.h"
#include "client/link/due.h"
#include "client/link/place.h"
#include "client/link/secret.h"
#include "server/wire/clock.h"
#include "server/wire/key.h"
#include "server/wire/name.h"
#include "server/wire/protocol.h"

/* Answers the challenge of the room's key and reads the server's reply. answer->code is 0 if the
 * client has no key; the user has been told. */
static enum remote_state prove_key(struct remote *remote, const struct voice *voice,
                                   struct answer *answer)
{
    static const char form[] = "sha256 ";
    char said[16 + KEY_HEX_SIZE] = "key:";

    if (strncmp(answer->text, form, strlen(form)) != 0)
        return REMOTE_STRANGE;
    if (remote->key.length == 0 && secret_ask(&remote->key, "The room's key: ") != 0) {
        voice_error(voice, "the room has a key: expected --key-file FILE");
        answer->code = 0;
        return REMOTE_READY;
    }
    key_answer(&remote->key, answer->text + strlen(form), said + strlen(said));
    if (remote_send(remote, said, strlen(said)) != REMOTE_READY)
        return REMOTE_BROKEN;
    return remote_answer(remote, answer, voice_item, (void *)voice);
}

/* What the server said instead of the greeting, without its '.'. */
struct refusal {
    char text[PROTOCOL_REPLY_MAX + 1];
    bool full;  /* all slots are taken */
    bool later; /* that, or the client came too early, or while the server ended: it may be let in
                   later */
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void note_refusal(struct refusal *refusal, const char *text)
{
    size_t length = strlen(text), later = strlen(PROTOCOL_LATER);

    refusal->full = begins(text, PROTOCOL_FULL);
    refusal->later = refusal->full || strcmp(text, PROTOCOL_SHUTTING_DOWN) == 0 ||
                     (length >= later && strcmp(text + length - later, PROTOCOL_LATER) == 0);
    if (length > 0 && text[length - 1] == '.')
        length--;
    (void)snprintf(refusal->text, sizeof refusal->text, "%.*s", (int)length, text);
}

/* As hello_greet; where the room is full, waits in its queue until then (0: does not).
 * ANSWER_FAILED: the client is not let in, which has not been said. */
static enum answer_end greet(struct remote *remote, const struct voice *voice, int64_t until,
                             struct refusal *refusal)
{
    static const char enter[] = "Enter ";
    struct answer greeting;
    enum remote_state state = remote_answer(remote, &greeting, voice_item, (void *)voice);

    if (state == REMOTE_READY && greeting.code == REPLY_CLOSING && until > clock_now() &&
        begins(greeting.text, PROTOCOL_FULL))
        state = place_wait(remote, voice, until, &greeting);
    if (state == REMOTE_READY && greeting.code == REPLY_KEY_WANTED)
        state = prove_key(remote, voice, &greeting);
    if (state != REMOTE_READY) {
        (void)answer_lost(remote, voice, state);
        return ANSWER_LOST;
    }
    if (greeting.code == 0)
        return ANSWER_LOST;
    if (greeting.code == REPLY_CLOSING || greeting.code == REPLY_WRONG_KEY) {
        remote->sent_away = false; /* the next try may succeed */
        note_refusal(refusal, greeting.text);
        return ANSWER_FAILED;
    }
    if (greeting.code != REPLY_GREETING || !begins(greeting.text, enter))
        return answer_lost(remote, voice, REMOTE_STRANGE);
    (void)snprintf(remote->name, sizeof remote->name, "%.*s", PROTOCOL_NAME_MAX,
                   greeting.text + strlen(enter));
    remote->patience_ms = REMOTE_ANSWER_MS;
    return remote->session[0] != '\0' ? hello_pieces(remote, voice) : ANSWER_DONE;
}

enum answer_end hello_greet(struct remote *remote, const struct voice *voice, bool waits)
{
    struct refusal refusal;
    enum answer_end end = greet(remote, voice, waits ? INT64_MAX : 0, &refusal);

    if (end != ANSWER_FAILED)
        return end;
    voice_error(voice, "%s", refusal.text);
    return ANSWER_LOST;
}

/* ---- a full room */

/* Waits before the next try. Clients that found the room full together do not come back together.
 */
static void pause_for_place(unsigned tries, int64_t until)
{
    int64_t ms = TARGET_MS_FIRST, left = (until - clock_now()) / CLOCK_MS;
    uint64_t random = (uint64_t)clock_now() * 6364136223846793005U + (uint64_t)getpid();

    for (unsigned i = 1; i < tries && ms < TARGET_MS_MOST; i++)
        ms += ms / 2;
    if (ms > TARGET_MS_MOST)
        ms = TARGET_MS_MOST;
    ms = ms * 3 / 4 + (int64_t)(random >> 33) % (ms / 2);
    (void)poll(NULL, 0, (int)(ms < left ? ms : left));
}

/* Connects again, also to a server that is away for a while. False: the time is over. */
static bool connect_later(struct remote *remote, const struct voice *voice, unsigned tries,
                          int64_t until)
{
    char error[512];

    for (unsigned failures = 0;; failures++) {
        pause_for_place(tries + failures, until);
        remote_close(remote);
        if (connect_again(remote, error, sizeof error) == 0)
            return true;
        if (failures == 0)
            voice_error(voice, "%s", error);
        if (clock_now() >= until)
            return false;
    }
}

enum answer_end hello_enter(struct remote *remote, const struct voice *voice, unsigned long seconds)
{
    const int64_t until = seconds > 0 ? clock_now() + (int64_t)seconds * CLOCK_S : 0;
    struct refusal refusal;

    for (unsigned tries = 1;; tries++) {
        enum answer_end end = greet(remote, voice, until, &refusal);

        if (end == ANSWER_DONE && tries > 1)
            voice_note(voice, "Let in after %u tries", tries);
        if (end != ANSWER_FAILED)
            return end;
        if (!refusal.later || seconds == 0) {
            voice_error(voice, "%s%s", refusal.text,
                        refusal.full ? ". Try --wait to wait for a place" : "");
            return ANSWER_LOST;
        }
        if (clock_now() >= until) {
            voice_error(voice,
                        tries > 1 ? "%s; gave up after %lu s and %u tries"
                                  : "%s; gave up after %lu s",
                        refusal.text, seconds, tries);
            return ANSWER_LOST;
        }
        if (tries == 1)
            voice_note(voice, "%s. Trying again until there is a place", refusal.text);
        if (!connect_later(remote, voice, tries, until))
            return ANSWER_LOST;
    }
}

/* ---- the name, files, and the end */

enum answer_end hello_name(struct remote *remote, const struct voice *voice, const char *name)
{
    bool had = name_same(name, remote->nick) && remote->secret[0] != '\0';
    struct answer answer;
    enum remote_state state = remote_ask(remote, &answer, remote_ignore, NULL, "nick:%s%s%s", name,
                                         had ? " " : "", had ? remote->secret : "");

    if (state != REMOTE_READY)
        return answer_lost(remote, voice, state);
    if (answer.code != REPLY_MESSAGE) {
        voice_error(voice, "%s", answer.text);
        return answer.code == REPLY_CLOSING ? ANSWER_LOST : ANSWER_FAILED;
    }
    (void)snprintf(remote->nick, sizeof remote->nick, "%s", name);
    (void)snprintf(remote->name, sizeof remote->name, "%s", name);
    remote_named(remote, answer.text);
    return ANSWER_DONE;
}

enum answer_end hello_pieces(struct remote *remote, const struct voice *voice)
{
    enum remote_state state = remote->asked_pieces ? REMOTE_READY : bytes_ask_pieces(remote);

    return state == REMOTE_READY ? ANSWER_DONE : answer_lost(remote, voice, state);
}

enum answer_end hello_leave(struct remote *remote, const struct voice *voice)
{
    struct answer answer;

    remote->patience_ms = REMOTE_GOODBYE_MS;
    if (due_is_any(&remote->due) ||
        remote->piece > 0) { /* the server is at work, and the user has stopped waiting for it */
        (void)remote_send(remote, "exit", strlen("exit"));
        return ANSWER_DONE;
    }
    if (remote_ask(remote, &answer, voice_item, (void *)voice, "exit") == REMOTE_READY &&
        answer.code == REPLY_CLOSING)
        return answer_lost(remote, voice, REMOTE_ENDED);
    return ANSWER_DONE;
}

/* ---- after a loss */

/* Takes the client's name back, so that no file is handed in or fetched under another one. */
static enum answer_end name_again(struct remote *remote, const struct voice *voice)
{
    char name[sizeof remote->nick];
    enum answer_end end;

    if (remote->nick[0] == '\0')
        return ANSWER_DONE;
    memcpy(name, remote->nick, sizeof name);
    end = hello_name(remote, voice, name);
    if (end != ANSWER_FAILED)
        return end;
    voice_error(voice, "the name %s is taken, so nothing more is handed in or fetched", name);
    remote->name_lost = true;
    return ANSWER_LOST;
}

enum answer_end hello_again(struct remote *remote, const struct voice *voice, unsigned tries)
{
    char error[512];
    int seconds = 1;

    for (unsigned i = 1; i < tries && seconds < AGAIN_SECONDS_MOST; i++)
        seconds *= 2;
    voice_error(voice, "trying again in %d s (%u of %u)", seconds, tries, remote->retries);
    if (remote_poll(remote, -1, 0, seconds * 1000) < 0)
        return ANSWER_STOPPED;
    remote_close(remote);
    if (connect_again(remote, error, sizeof error) != 0) {
        voice_error(voice, "%s", error);
        return ANSWER_LOST;
    }
    if (hello_greet(remote, voice, true) != ANSWER_DONE || name_again(remote, voice) != ANSWER_DONE)
        return ANSWER_LOST;
    voice_say(voice, "Connected again as %s", remote->name);
    return ANSWER_DONE;
}

static void drop(void *context, const char *line)
{
    (void)context;
    (void)line;
}

void hello_ask_why(struct remote *remote, const struct voice *voice)
{
    const struct voice silent = {.interactive = true, .show = drop};
    char error[512];

    if (remote->sent_away || remote->session[0] == '\0')
        return;
    remote_close(remote);
    if (connect_again(remote, error, sizeof error) == 0 &&
        hello_greet(remote, &silent, false) == ANSWER_LOST && remote->sent_away)
        voice_error(voice, "%s", remote->farewell);
    remote_close(remote);
}

/* A limit of time can end the session of a client that only moved a file: because computing a
 * digest took long, or because the client was stopped. */
static bool was_late(const struct remote *remote)
{
    return strncmp(remote->farewell, PROTOCOL_IDLE, strlen(PROTOCOL_IDLE)) == 0 ||
           strncmp(remote->farewell, PROTOCOL_SLOW, strlen(PROTOCOL_SLOW)) == 0;
}

bool hello_may_return(const struct remote *remote)
{
    return !remote->name_lost && (!remote->sent_away || was_late(remote));
}

bool hello_may_try(const struct remote *remote, enum answer_end end, unsigned tries)
{
    return end == ANSWER_LOST && hello_may_return(remote) && tries <= remote->retries;
}
