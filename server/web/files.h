/* The shared files by HTTP: what `list:` and `file:` give, no more. */
#ifndef SERVER_WEB_FILES_H
#define SERVER_WEB_FILES_H

#include "server/web/exchange.h"

/* Where the names of files begin in a path. */
#define FILES_PATH "/files/"

/* Answers a request for a path that begins so. */
void files_answer(struct exchange *exchange);

#endif
