/* The query of a request: "WORD&NAME=VALUE". */
#ifndef SERVER_WEB_QUERY_H
#define SERVER_WEB_QUERY_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it has this word, without a value. */
bool query_has(const char *query, const char *word);

/* The value of a name, up to the '&', as it came. Returns its length; 0: there is none. */
size_t query_value(const char *query, const char *name, const char **value);

#endif
