/* Other protocols: the line port is the room's alone. A client whose first line is HTTP, or another
 * protocol's, is no client of ours, and what follows that line must not be read as requests: any
 * page can make a browser send it. */
#ifndef SERVER_HANDLER_KNOCK_H
#define SERVER_HANDLER_KNOCK_H

#include <stdbool.h>
#include <stddef.h>

enum knock {
    KNOCK_OURS,  /* or, where the line has not ended, nothing that is known to be another's */
    KNOCK_HTTP,  /* a request of any method; its client understands knock_http_answer */
    KNOCK_OTHER, /* TLS, SSH, SMTP, RDP, the PROXY protocol */
};

/* What a client's first line is, by its first `length` bytes, which may be any. `whole`: the line
 * ends there, or is longer than a line may be; protocols that send bytes, not lines, are known
 * without that. */
enum knock knock_of(const char *bytes, size_t length, bool whole);

/* A whole HTTP answer that says what this port is. */
extern const char knock_http_answer[];

#endif
