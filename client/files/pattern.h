/* Patterns for names, as sh(1) has them in a UTF-8 locale, whatever the locale is. A pattern for a
 * path is one for each of its parts. */
#ifndef CLIENT_FILES_PATTERN_H
#define CLIENT_FILES_PATTERN_H

#include <stdbool.h>

/* Whether the text has '*', '?' or '[', so that it may stand for other names than itself. */
bool pattern_is_one(const char *text);

/* Whether the pattern stands for this name, which holds no '/'. '*', '?', '[...]' with ranges and
 * classes, and '\' before what is to be taken as it is; a '.' at the beginning of a name is matched
 * by a '.' alone. */
bool pattern_matches(const char *pattern, const char *name);

#endif
