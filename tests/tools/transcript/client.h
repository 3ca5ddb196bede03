/* The clients of a transcript: any number of connections of one process, none of which blocks.
 *
 * What a client sends is queued, and goes out while anything is waited for. What comes is read only
 * when the transcript asks for it, so a client that the transcript leaves alone is one that does
 * not read. Whatever waits here gives up at the deadline. */
#ifndef TESTS_TOOLS_TRANSCRIPT_CLIENT_H
#define TESTS_TOOLS_TRANSCRIPT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct client;

enum client_status {
    CLIENT_CAME,     /* what was waited for */
    CLIENT_ENDED,    /* the connection ended before */
    CLIENT_LATE,     /* the deadline passed before */
    CLIENT_TOO_LONG, /* a line longer than the protocol allows */
};

/* How long a wait may last, in seconds; 60 where this is not called. */
void client_set_patience(int seconds);

/* Begins a wait: the deadline is a patience from now. client_wait lets `ms` pass, in which queued
 * bytes go out, and returns false once the deadline has passed. */
void client_begin_wait(void);
bool client_wait(int ms);

/* Returns NULL where no client has this name. */
struct client *client_find(const char *name);

/* Connects a client of this name to an address of this machine and port; the client's last
 * connection is closed. from: the address to connect from, or NULL. Returns NULL with errno. */
struct client *client_connect(const char *name, const char *host, const char *port,
                              const char *from);

/* Queues bytes. A connection that takes no more drops them: what comes from it tells that. */
void client_send(struct client *client, const void *bytes, size_t size);

/* From now on a byte each 100 ms. */
void client_dribble(struct client *client);

/* The next line, valid until the client's next call. */
enum client_status client_line(struct client *client, char **line, size_t *length);

/* Exactly `size` bytes; each that comes begins the wait anew. *got counts those that came, also
 * where not all did. */
enum client_status client_bytes(struct client *client, void *to, size_t size, size_t *got);

enum client_ending { CLIENT_CLOSE, CLIENT_SHUT, CLIENT_RESET };

/* Sends all that is queued, then closes the connection; CLIENT_SHUT: closes its own half alone.
 * CLIENT_RESET drops what is queued, and the server reads ECONNRESET. */
enum client_status client_end(struct client *client, enum client_ending ending);

/* The process of this client's session, if its first line was read before the next client
 * connected; else 0. Known where $server names the daemon's process, on Linux. */
pid_t client_handler(const struct client *client);

/* Notes a line for client_show_all. mark: '>' or '<'. */
void client_note(struct client *client, char mark, const char *line, size_t length);

/* The last lines of every client's conversation. */
void client_show_all(FILE *out);

#endif
