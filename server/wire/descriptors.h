/* The standard descriptors: every program checks them before it opens anything. */
#ifndef SERVER_WIRE_DESCRIPTORS_H
#define SERVER_WIRE_DESCRIPTORS_H

/* Opens each of descriptors 0, 1 and 2 that is missing on /dev/null, so that no socket and no file
 * that is opened later becomes standard input, output or error. Reading from 0 and writing to 1 or
 * 2 then fails with EBADF, as if the descriptor were still missing. Returns 0, or -1 with errno. */
int descriptors_fill_standard(void);

#endif
