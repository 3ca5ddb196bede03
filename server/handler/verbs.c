#define _POSIX_C_SOURCE 200809L

#include "server/handler/verbs.h"

#include <stdio.h>
#include <string.h>

#include "server/handler/incoming.h"
#include "server/handler/reply.h"

static verb_answer verb_help;

enum { FILE_SENT = 1, WORK_ENDED = 2 };

static const struct verb {
    const char *word;
    const char *argument; /* its name, for help; NULL: the word stands alone */
    verb_answer *answer;
    int waits; /* for what must end before it is answered */
    const char *help;
} verbs[] = {
    {"status", NULL, verb_status, 0, "who is here, and since when"},
    {"status-long", NULL, verb_status_long, 0, "the same, each as TIME NAME (UTC)"},
    {"history", NULL, verb_history, 0, "who was here, and until when"},
    {"list", NULL, verb_list, WORK_ENDED, "the shared files"},
    {"list", "DIR", verb_list, WORK_ENDED, "the shared files in the directory DIR"},
    {"list-long", NULL, verb_list_long, WORK_ENDED,
     "the shared files with their sizes and times (UTC)"},
    {"list-long", "DIR", verb_list_long, WORK_ENDED, "the same for the directory DIR"},
    {"file", "NAME", verb_file, FILE_SENT | WORK_ENDED, "fetch a file"},
    {"rest", "OFFSET", verb_rest, 0, "begin the next file at this byte"},
    {"pieces", "SESSION", verb_pieces, 0,
     "send files in pieces; SESSION: your earlier session, or empty"},
    {"sum", "NAME", verb_sum, WORK_ENDED, "the SHA-256 digest of a file"},
    {"got", "HEX NAME", verb_got, WORK_ENDED, "confirm that NAME arrived; HEX: its SHA-256 digest"},
    {"put", "LENGTH NAME", verb_put, FILE_SENT | WORK_ENDED,
     "hand in a file; wait for 350, then send its bytes"},
    {"piece", "COUNT", verb_piece, 0, "the next COUNT bytes of what is handed in, with pieces:"},
    {"stop", "", verb_stop, 0, "end the running transfer"},
    {"token", "", verb_token, 0, "a word for links to files on the room's page"},
    {"msg", "TEXT", verb_message, 0, "say TEXT, even if it is a request's name"},
    {"join", NULL, verb_join, 0, "hear messages, arrivals and departures"},
    {"join", "RUN NUMBER", verb_join_numbered, 0,
     "the same, numbered; with RUN NUMBER, from that line on"},
    {"leave", NULL, verb_leave, 0, "stop hearing them"},
    {"tell", "NAME TEXT", verb_tell, 0, "say TEXT to NAME alone"},
    {"nick", "NAME", verb_nick, 0, "be called NAME; nick:NAME SECRET takes it back"},
    {"hand", NULL, verb_hand, 0, "raise your hand"},
    {"hand", "TEXT", verb_hand, 0, "raise your hand, and say why"},
    {"unhand", NULL, verb_unhand, 0, "lower your hand"},
    {"hands", NULL, verb_hands, 0, "whose hands are up, in order"},
    {"hands-long", NULL, verb_hands_long, 0, "the same, each as TIME NAME TEXT (UTC)"},
    {"wait", "", verb_wait, 0, "where the room is full, wait for a place; here you have one"},
    {"help", NULL, verb_help, 0, "this list"},
    {"exit", NULL, verb_exit, FILE_SENT | WORK_ENDED, "leave"},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

/* The rest of the line after the word, or NULL if the line does not begin with the word. */
static const char *after_word(const char *line, const char *word)
{
    while (*word != '\0' && *line == *word) {
        line++;
        word++;
    }
    return *word == '\0' ? line : NULL;
}

/* The request that the line is, and its argument; NULL: it is a message. */
static const struct verb *find(const char *line, const char **argument)
{
    for (size_t i = 0; i < VERBS; i++) {
        const struct verb *verb = &verbs[i];
        const char *rest = after_word(line, verb->word);

        if (rest == NULL || *rest != (verb->argument ? ':' : '\0'))
            continue;
        *argument = verb->argument ? rest + 1 : NULL;
        return verb;
    }
    return NULL;
}

/* Whether work can follow this piece: there is only one at a time. */
static bool is_last_piece(const struct session *session, const struct verb *verb, const char *count)
{
    uint64_t length;

    return verb->answer == verb_piece && session->working.work != NULL &&
           protocol_parse_number(count, &length) && incoming_is_last(session, length);
}

bool verbs_waits(const struct session *session, const char *line)
{
    const char *argument;
    const struct verb *verb = state_is_busy(session) ? find(line, &argument) : NULL;

    if (verb == NULL)
        return false;
    return (state_is_sending(session) && (verb->waits & FILE_SENT) != 0) ||
           (session->working.work != NULL && (verb->waits & WORK_ENDED) != 0) ||
           is_last_piece(session, verb, argument);
}

void verbs_answer(struct session *session, const char *line)
{
    const char *argument;
    const struct verb *verb = find(line, &argument);

    if (verb != NULL)
        verb->answer(session, argument);
    else
        verb_message(session, line);
}

static void verb_help(struct session *session, const char *none)
{
    (void)none;
    reply_begin(session, REPLY_HELP, "Requests");
    for (size_t i = 0; i < VERBS; i++) {
        const struct verb *verb = &verbs[i];
        char form[32];

        (void)snprintf(form, sizeof form, "%s%s%s", verb->word, verb->argument ? ":" : "",
                       verb->argument ? verb->argument : "");
        reply_item(session, "%-15s %s", form, verb->help);
    }
    reply_item(session, "%-15s %s", "TEXT", "say TEXT: every line that is none of these");
    reply_end(session, REPLY_HELP);
}
