#define _POSIX_C_SOURCE 200809L

#include "server/handler/verbs.h"

#include <stdio.h>

static const struct verb {
    const char *word;
    const char *argument; /* its name, for help; NULL: the word stands alone */
    verb_answer *answer;
    const char *help;
} verbs[] = {
    {"status", NULL, cmd_status, "who is here, and since when"},
    {"history", NULL, cmd_history, "who was here, and until when"},
    {"list", NULL, cmd_list, "the shared files"},
    {"list", "DIR", cmd_list, "the files in a directory of them"},
    {"list-long", NULL, cmd_list_long, "the shared files with their sizes and times (UTC)"},
    {"list-long", "DIR", cmd_list_long, "the same of a directory"},
    {"file", "NAME", cmd_file, "fetch a file"},
    {"rest", "OFFSET", cmd_rest, "begin the next file there"},
    {"pieces", "SESSION", cmd_pieces,
     "send files in pieces; SESSION: that it was before, or nothing"},
    {"sum", "NAME", cmd_sum, "the SHA-256 digest of a file"},
    {"got", "HEX NAME", cmd_got, "say that this file arrived: its digest is HEX"},
    {"put", "LENGTH NAME", cmd_put, "hand in a file; wait for 350, then send its bytes"},
    {"msg", "TEXT", cmd_message, "say TEXT, whatever it is"},
    {"join", NULL, cmd_join, "hear what others say, and who comes and goes"},
    {"leave", NULL, cmd_leave, "hear it no longer"},
    {"tell", "NAME TEXT", cmd_tell, "say TEXT to NAME alone"},
    {"nick", "NAME", cmd_nick, "be called NAME; nick:NAME SECRET takes it back"},
    {"hand", NULL, cmd_hand, "raise your hand"},
    {"hand", "TEXT", cmd_hand, "raise it, and say what for"},
    {"unhand", NULL, cmd_unhand, "take it down"},
    {"hands", NULL, cmd_hands, "whose hands are up, in their order"},
    {"help", NULL, cmd_help, "this list"},
    {"exit", NULL, cmd_exit, "leave"},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

/* What follows the word in the line, or NULL where the line does not begin with it. */
static const char *after_word(const char *line, const char *word)
{
    while (*word != '\0' && *line == *word) {
        line++;
        word++;
    }
    return *word == '\0' ? line : NULL;
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
    cmd_message(session, line);
}

void verbs_list(struct session *session)
{
    for (size_t i = 0; i < VERBS; i++) {
        const struct verb *verb = &verbs[i];
        char form[32];

        (void)snprintf(form, sizeof form, "%s%s%s", verb->word, verb->argument ? ":" : "",
                       verb->argument ? verb->argument : "");
        session_item(session, "%-15s %s", form, verb->help);
    }
    session_item(session, "%-15s %s", "TEXT", "say it: anything that is none of these");
}
