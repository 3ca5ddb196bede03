/* The way into the room: the handshake of a WebSocket (RFC 6455, section 4.2). */
#ifndef SERVER_WEB_ROOM_H
#define SERVER_WEB_ROOM_H

#include "server/web/exchange.h"

/* Answers a request for the room, and has the parent admit the connection. */
void room_answer(struct exchange *exchange);

#endif
