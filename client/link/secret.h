/* Asks at the terminal for the room's key, without echo. */
#ifndef CLIENT_LINK_SECRET_H
#define CLIENT_LINK_SECRET_H

#include "server/wire/key.h"

/* Returns 0, or -1 with errno: ENXIO or ENOTTY where there is no terminal, EINVAL where nothing or
 * too much was typed, EINTR. */
int secret_ask(struct key *key, const char *prompt);

#endif
