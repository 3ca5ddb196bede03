/* Every bound of the client, with its unit and the reason for its value. */
#ifndef CLIENT_LIMITS_H
#define CLIENT_LIMITS_H

/* ---- the connection: milliseconds without a byte from the server */

#define REMOTE_CONNECT_MS 10000 /* for each address and for the greeting, which come at once */
#define REMOTE_ANSWER_MS  60000 /* in the middle of an answer: the server may compute a digest */
#define REMOTE_GOODBYE_MS 5000  /* at the end, when no answer matters any more */

/* ---- connecting again after a loss, with a file under way */

#define AGAIN_SECONDS_MOST     8     /* s between two tries; the wait begins with 1 s and doubles */
#define AGAIN_BYTES_LEAST      65536 /* bytes; a connection that brings fewer is a failed try */
#define AGAIN_CONNECTIONS_MOST 1000  /* for one file: a server could break each of them */

/* ---- files */

#define FILE_CHUNK        65536   /* bytes read at once; more is not faster */
#define LIST_NAMES_MOST   1000000 /* in all lists of one get: a server must not fill the memory */
#define LIST_FOLDERS_MOST 64      /* folders in folders; nobody hands out a deeper tree */

#endif
