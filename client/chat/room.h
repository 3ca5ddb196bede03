/* What the room says: who is there, and which of it is shown. */
#ifndef CLIENT_CHAT_ROOM_H
#define CLIENT_CHAT_ROOM_H

#include <stdbool.h>

/* A room line (REPLY code 130 to 139). */
void heard_line(int code, const char *text);

/* We join again: of the earlier lines that come now, those that were seen are not shown. So they
 * are held back until another line comes, or until no more of them seem to come. */
void heard_coming_back(void);
bool heard_holds_back(void);
void heard_all_earlier(void);

#endif
