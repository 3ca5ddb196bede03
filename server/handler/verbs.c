#define _POSIX_C_SOURCE 200809L

#include "server/handler/verbs.h"

#include <stdio.h>
#include <string.h>

#include "server/handler/reply.h"

static verb_answer verb_help;

static const struct verb {
    const char *word;
    const char *argument; /* its name, for help; NULL: the word stands alone */
    verb_answer *answer;
    const char *help;
} verbs[] = {
    {"status", NULL, verb_status, "who is here, and since when"},
    {"status-long", NULL, verb_status_long, "the same, each as TIME NAME (UTC)"},
    {"history", NULL, verb_history, "who was here, and until when"},
    {"list", NULL, verb_list, "the shared files"},
    {"list", "DIR", verb_list, "the shared files in the directory DIR"},
    {"list-long", NULL, verb_list_long, "the shared files with their sizes and times (UTC)"},
    {"list-long", "DIR", verb_list_long, "the same for the directory DIR"},
    {"file", "NAME", verb_file, "fetch a file"},
    {"rest", "OFFSET", verb_rest, "begin the next file at this byte"},
    {"pieces", "SESSION", verb_pieces,
     "send files in pieces; SESSION: your earlier session, or empty"},
    {"sum", "NAME", verb_sum, "the SHA-256 digest of a file"},
    {"got", "HEX NAME", verb_got, "confirm that NAME arrived; HEX: its SHA-256 digest"},
    {"put", "LENGTH NAME", verb_put, "hand in a file; wait for 350, then send its bytes"},
    {"piece", "COUNT", verb_piece, "the next COUNT bytes of what is handed in, with pieces:"},
    {"stop", "", verb_stop, "end the running transfer"},
    {"token", "", verb_token, "a word for links to files on the room's page"},
    {"msg", "TEXT", verb_message, "say TEXT, even if it is a request's name"},
    {"join", NULL, verb_join, "hear messages, arrivals and departures"},
    {"join", "RUN NUMBER", verb_join_numbered,
     "the same, numbered; with RUN NUMBER, from that line on"},
    {"leave", NULL, verb_leave, "stop hearing them"},
    {"tell", "NAME TEXT", verb_tell, "say TEXT to NAME alone"},
    {"nick", "NAME", verb_nick, "be called NAME; nick:NAME SECRET takes it back"},
    {"hand", NULL, verb_hand, "raise your hand"},
    {"hand", "TEXT", verb_hand, "raise your hand, and say why"},
    {"unhand", NULL, verb_unhand, "lower your hand"},
    {"hands", NULL, verb_hands, "whose hands are up, in order"},
    {"hands-long", NULL, verb_hands_long, "the same, each as TIME NAME TEXT (UTC)"},
    {"wait", "", verb_wait, "where the room is full, wait for a place; here you have one"},
    {"help", NULL, verb_help, "this list"},
    {"exit", NULL, verb_exit, "leave"},
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

bool verbs_waits(const char *line)
{
    static const char *const words[] = {"file:", "put:"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (after_word(line, words[i]) != NULL)
            return true;
    return strcmp(line, "exit") == 0;
}

void verbs_answer(struct session *session, const char *line)
{
    for (size_t i = 0; i < VERBS; i++) {
        const struct verb *verb = &verbs[i];
        const char *rest = after_word(line, verb->word);

        if (rest == NULL || *rest != (verb->argument ? ':' : '\0'))
            continue;
        verb->answer(session, verb->argument ? rest + 1 : NULL);
        return;
    }
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
