/* What is typed in a conversation: keys that edit the line, answers to questions, and waiting for
 * anything else with an eye on them. */
#ifndef CLIENT_CHAT_TYPING_H
#define CLIENT_CHAT_TYPING_H

#include <stdbool.h>

/* A line to be done in its turn. */
void typing_queue(const char *line);

/* What stands before the line being typed: it is another one where a search is. */
void typing_prompt(void);

/* Puts a question in place of the line; typing_answered puts that back. */
void typing_ask(const char *question);
void typing_answered(void);

/* Whether a file may be overwritten: asks, and waits for the answer. */
bool typing_overwrite(const char *path);

/* Tab has been done: what was typed after it is next. */
void typing_completed(void);

/* As poll(2) for one descriptor; 0 also where there is work, -1 with ECANCELED: it was said to stop
 * this. */
int typing_wait(int fd, short events, int ms);

#endif
