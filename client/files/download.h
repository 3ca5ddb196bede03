/* One file from the server: what is missing of it is asked for, and what arrived is proven before
 * it gets its name. */
#ifndef CLIENT_FILES_DOWNLOAD_H
#define CLIENT_FILES_DOWNLOAD_H

#include "client/link/answer.h"

enum request_end fetch_file(struct remote *remote, const struct style *style, const char *name);

#endif
