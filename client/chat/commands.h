/* The commands of a conversation on a terminal: "/WORD ARGUMENTS". One table. */
#ifndef CLIENT_CHAT_COMMANDS_H
#define CLIENT_CHAT_COMMANDS_H

#include <stddef.h>

/* Does what a line says that begins with '/', or says why not. */
void slash_run(const char *line);

/* The word of the command of that number, without its '/'; or NULL. */
const char *slash_word(size_t number);

#endif
