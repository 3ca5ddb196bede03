/* The name that a client gives itself before it hands something in, so that its files do not get
 * into the folder of "Client02", which is the next client's name, too. */
#ifndef CLIENT_LINK_NICK_H
#define CLIENT_LINK_NICK_H

#include <stdbool.h>

#include "client/link/remote.h"
#include "client/link/voice.h"

/* The user's name on this machine ($USER, $LOGNAME) as a name, with '-' for what a name cannot
 * have; "" if it makes none. */
void nick_offer(char name[PROTOCOL_NAME_MAX + 1]);

/* Asks for a name on the terminal, and offers that one. Returns 0, or -1 with errno: ENXIO or
 * ENOTTY where there is no terminal, EINVAL where the user gave none. */
int nick_ask(char name[PROTOCOL_NAME_MAX + 1]);

/* Whether the client may hand in: it has chosen a name, or the user wants none (--anonymous). If
 * not, says what to do. */
bool nick_is_chosen(const struct remote *remote, const struct voice *voice);

#endif
