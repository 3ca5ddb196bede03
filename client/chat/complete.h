/* What Tab makes of the word before the cursor: requests, commands, names, files there and here. */
#ifndef CLIENT_CHAT_COMPLETE_H
#define CLIENT_CHAT_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the server is to be asked first what it has. */
bool complete_asks(void);

/* The directory whose files are needed for that, ended by '/' or "". False: none are. */
bool complete_directory(char *directory, size_t size);

/* Completes it as far as it goes; where that is nothing, shows what it might be. */
void complete_word(void);

#endif
