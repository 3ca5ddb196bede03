/* What visits and handlers know of the page. */
#ifndef SERVER_WEB_WEB_H
#define SERVER_WEB_WEB_H

#include "server/web/host.h"
#include "server/wire/key.h"

struct web {
    struct host_names names;
    struct key secret; /* of tokens */
};

#endif
