#define _POSIX_C_SOURCE 200809L

#include "client/link/answer.h"

#include <string.h>

#include "server/wire/protocol.h"
#include "server/wire/text.h"

bool answer_goes_on(enum answer_end end)
{
    return end < ANSWER_STOPPED;
}

enum answer_end answer_lost(const struct remote *remote, const struct voice *voice,
                            enum remote_state state)
{
    if (state == REMOTE_STOPPED)
        return ANSWER_STOPPED;
    if (state == REMOTE_OVER)
        return ANSWER_LOST; /* the user knows why */
    if (state == REMOTE_CLOSED && voice->interactive)
        voice_error(voice, "Connection closed by the server");
    else
        voice_error(voice, "%s", remote_state_text(remote, state));
    return ANSWER_LOST;
}

enum answer_end answer_show(const struct voice *voice, const struct answer *answer,
                            const char *about)
{
    if (answer->code == REPLY_CLOSING) {
        voice_error(voice, "%s", answer->text);
        return ANSWER_LOST;
    }
    if (answer->code == REPLY_BYE)
        return ANSWER_OVER;
    if (answer->code >= 400) {
        if (about != NULL)
            voice_error(voice, "%s: %s", about, answer->text);
        else
            voice_error(voice, "%s", answer->text);
        return ANSWER_FAILED;
    }
    if (answer->hidden > 0)
        voice_error(voice, ANSWER_HIDDEN, answer->hidden);
    if (answer->items > 0)
        return ANSWER_DONE;
    if (answer->code == REPLY_MESSAGE || voice->interactive)
        voice_item((void *)voice, 0, answer->text); /* a filter prints nothing for an empty list */
    return ANSWER_DONE;
}

bool answer_refuses(const struct voice *voice, const char *line)
{
    static const char *const own[] = {"pieces:", "rest:", "piece:", "stop:"};

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strncmp(line, own[i], strlen(own[i])) == 0) {
            voice_error(voice,
                        "not sent: '%s' is a request that only rollcall itself sends; "
                        "to send this text as a message, write 'msg:...'",
                        own[i]);
            return true;
        }
    return false;
}

bool answer_fits(const struct voice *voice, const char *line, size_t length)
{
    if (length <= PROTOCOL_REQUEST_MAX && text_is_clean(line, length))
        return true;
    voice_error(voice, "expected a line of UTF-8 text of at most %d bytes; not sent",
                PROTOCOL_REQUEST_MAX);
    return false;
}

enum answer_end answer_request(struct remote *remote, const struct voice *voice, const char *line,
                               size_t length, const char *about)
{
    struct answer answer;
    enum remote_state state;

    if (!answer_fits(voice, line, length) || answer_refuses(voice, line))
        return ANSWER_FAILED;
    remote->patience_ms = REMOTE_ANSWER_MS;
    state = remote_send(remote, line, length);
    if (state == REMOTE_READY)
        state = remote_answer(remote, &answer, voice_item, (void *)voice);
    if (state == REMOTE_READY && answer.code == REPLY_FILE_FOLLOWS)
        state = REMOTE_STRANGE; /* no file was requested */
    if (state != REMOTE_READY)
        return answer_lost(remote, voice, state);
    if (answer.code == REPLY_MESSAGE && strncmp(line, "nick:", 5) == 0)
        remote_named(remote, answer.text);
    return answer_show(voice, &answer, about);
}
