/* What the room says: who is there, and which of it is shown. */
#ifndef CLIENT_HEARD_H
#define CLIENT_HEARD_H

/* A room line (REPLY code 130 to 139). */
void heard_line(int code, const char *text);

#endif
