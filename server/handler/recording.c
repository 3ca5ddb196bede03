#define _POSIX_C_SOURCE 200809L

#include "server/handler/recording.h"

#include <errno.h>
#include <string.h>

#include "server/events.h"
#include "server/journal.h"

static void begin(struct session *session, struct journal_note *note, enum journal_event event)
{
    memset(note, 0, offsetof(struct journal_note, text) + 1);
    note->event = event;
    note->slot = session->slot.number;
    note->serial = session->slot.serial;
    note->number = ++session->noted;
    memcpy(note->name, session->me.name, sizeof note->name);
}

static void ask(struct session *session, enum journal_event event)
{
    struct journal_note note;

    begin(session, &note, event);
    if (journal_ask(session->service->journal, &note) != 0 && errno != ENOSPC)
        event_not_noted(session->me.name, event == JOURNAL_NAMED ? "the name" : "the arrival",
                        errno);
}

void recording_entered(struct session *session)
{
    if (recording_is_on(session))
        ask(session, JOURNAL_ENTERED);
}

void recording_named(struct session *session)
{
    if (recording_is_on(session))
        ask(session, JOURNAL_NAMED);
}

/* Copies the name, cut between characters. */
static void copy_text(char to[JOURNAL_TEXT], const char *from)
{
    size_t length = strnlen(from, JOURNAL_TEXT);

    if (length == JOURNAL_TEXT)
        do
            length--;
        while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80);
    memcpy(to, from, length);
    to[length] = '\0';
}

int recording_transfer(struct session *session, const struct transfer *transfer, const char *name)
{
    static const enum journal_event events[TRANSFER_KINDS] = {
        [TRANSFER_SENT] = JOURNAL_FETCHED,
        [TRANSFER_VERIFIED] = JOURNAL_VERIFIED,
        [TRANSFER_HANDED_IN] = JOURNAL_HANDED_IN,
    };
    struct journal_note note;

    if (!recording_is_on(session))
        return 0;
    begin(session, &note, events[transfer->kind]);
    note.earlier = transfer->earlier;
    note.done = transfer->done;
    note.size = transfer->size;
    memcpy(note.digest, transfer->digest, sizeof note.digest);
    copy_text(note.text, name);
    return journal_ask(session->service->journal, &note);
}

void recording_leaving(struct session *session)
{
    struct journal_note note;

    if (!recording_is_on(session))
        return;
    begin(session, &note, JOURNAL_LEAVING);
    note.why = session->why;
    note.requests = session->me.requests;
    note.messages = session->me.messages;
    note.bytes_in = session->me.bytes_in;
    note.bytes_out = session->me.bytes_out;
    (void)journal_tell(session->service->journal, &note);
}
