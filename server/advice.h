/* What an administrator adds to the unit of a daemon that its service manager keeps from a path. */
#ifndef SERVER_ADVICE_H
#define SERVER_ADVICE_H

#include <stddef.h>

enum advice_use { ADVICE_READ, ADVICE_WRITE, ADVICE_SECRET };

/* The errno `why` came from that use of the path, in that room. Fills `to` with the line to add,
 * after "; ", or with "" where no service manager started the daemon, or the unit is not the
 * reason. Returns `to`, and leaves errno alone. */
#define ADVICE_SIZE 400
const char *advice_for(char to[ADVICE_SIZE], enum advice_use use, const char *path, int why,
                       const char *room);

#endif
