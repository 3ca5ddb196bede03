/* What is told where a session does not go as its transcript has it. */
#ifndef TESTS_TOOLS_TRANSCRIPT_COMPLAINT_H
#define TESTS_TOOLS_TRANSCRIPT_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

/* The line that is being played, for complain(); the strings are kept by the caller. */
void complaint_at(const char *file, size_t number, const char *line);

/* Prints that line, these words and every client's conversation, and ends the program with
 * status 1. */
void complain(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The same with status 2: the line itself is wrong. */
void misunderstood(const char *why) __attribute__((noreturn));

/* pattern_text and pattern_match, for a line that is wrong where they fail. */
char *must_understand(const char *text, size_t *length);
bool must_match(const char *pattern, const char *line, size_t length);

#endif
