/* Every bound of the client, with its unit and the reason for its value. */
#ifndef CLIENT_LIMITS_H
#define CLIENT_LIMITS_H

/* ---- the connection: milliseconds without a byte from the server */

#define REMOTE_CONNECT_MS                                                                          \
    10000                       /* for each address, and for the greeting: a LAN answers at once   \
                                 */
#define REMOTE_ANSWER_MS  60000 /* in the middle of an answer: the server may compute a digest */
#define REMOTE_GOODBYE_MS 5000  /* at the end: nothing that is still to come matters much */

/* ---- connecting again after a loss, with a file under way */

#define AGAIN_SECONDS_MOST     8 /* s between two tries; the first wait is 1 s, then doubled */
#define AGAIN_BYTES_LEAST      (1 << 16) /* bytes: a connection that brings fewer is a failed try */
#define AGAIN_CONNECTIONS_MOST 1000      /* for one file, because a server could go on forever */

/* ---- files */

#define FILE_CHUNK 65536 /* bytes read at once: more is not measurably faster */
#define LIST_NAMES_MOST                                                                            \
    1000000                  /* names in all lists of one get: a server must not fill our memory */
#define LIST_FOLDERS_MOST 64 /* folders in folders: more than any tree that is handed out */

#endif
