/* What a line of a transcript has a client do or expect: main.c lists them. */
#ifndef TESTS_TOOLS_TRANSCRIPT_ACT_H
#define TESTS_TOOLS_TRANSCRIPT_ACT_H

/* Plays one line, which it takes apart; connections go to this address and port. Complains and
 * ends the program where it does not go as told. */
void act(char *line, const char *host, const char *port);

#endif
