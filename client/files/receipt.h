/* The receipt of a file that was handed in, in a form that sha256sum(1) can check. */
#ifndef CLIENT_FILES_RECEIPT_H
#define CLIENT_FILES_RECEIPT_H

#include "client/link/remote.h"
#include "client/link/voice.h"

/* Shows the receipt, and adds it to the open file `to` (-1: there is none). path: the file as the
 * user named it; NULL: it was the standard input. name: what it was handed in as. Returns 0, or -1
 * with errno: it could not be written to the file. */
int receipt_write(int to, const struct remote *remote, const struct voice *voice, const char *path,
                  const char *name, const struct protocol_receipt *receipt);

#endif
