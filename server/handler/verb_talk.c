/* What clients say, and to whom. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <string.h>

#include "server/events.h"
#include "server/handler/reply.h"
#include "server/handler/verbs.h"
#include "server/handler/wait.h"
#include "server/wire/text.h"
#include "shm/table/names.h"
#include "shm/table/talk.h"
#include "shm/table/types.h"

static void fail(struct session *session)
{
    event_not_heard(session->me.name, errno);
    if (!wait_is_shutdown(session))
        reply_line(session, REPLY_BUSY, "Not possible now, try again later.");
}

/* The text as others hear it: they may have no client that would show what is hidden in it, and see
 * a line in another order than it was said. Longer text is cut. */
static const char *to_hear(const char *text)
{
    static char shown[PROTOCOL_REQUEST_MAX + 1]; /* not on the stack: hardly ever needed */
    size_t length = strlen(text);

    if (!text_hides(text, length))
        return text;
    text_show(shown, sizeof shown, text, length);
    return shown;
}

void verb_message(struct session *session, const char *text)
{
    if (text[0] != '\0') {
        session->me.messages++;
        if (talk_say(&session->slot, &session->me, to_hear(text), session->service->earlier > 0) !=
            0) {
            fail(session);
            return;
        }
        session->ring_due = true; /* others are woken when the reply is sent */
    }
    reply_line(session, REPLY_MESSAGE, "%s ACK", text);
}

void verb_tell(struct session *session, const char *argument)
{
    char name[NAME_SIZE];
    struct record to;
    const char *text;
    uint32_t slot;
    enum talk_ear ear;

    if (!protocol_parse_name(argument, name, &text) || text[0] == '\0') {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected tell:NAME TEXT.");
        return;
    }
    if (!names_find(session->slot.table, name, &slot, &to)) {
        ear = EAR_GONE;
    } else if (talk_tell(&session->slot, &session->me, slot, to.serial, to_hear(text), &ear) != 0) {
        fail(session);
        return;
    }
    switch (ear) {
    case EAR_GONE:
        reply_line(session, REPLY_NOT_FOUND, "Nobody is called %s.", name);
        break;
    case EAR_DEAF:
        reply_line(session, REPLY_NOT_READING, "%s is here, but has not joined.", to.name);
        break;
    case EAR_SLOW:
        reply_line(session, REPLY_NOT_READING, "%s is here, but is not reading.", to.name);
        break;
    case EAR_HEARS:
        session->me.messages++;
        bell_ring_one(session->service->bell, slot);
        reply_line(session, REPLY_MESSAGE, "Delivered to %s.", to.name);
        break;
    }
}
