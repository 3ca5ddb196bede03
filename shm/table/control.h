/* The protocol between rollcallctl and the parent. Both have a Unix datagram socket in the runtime
 * directory, whose path is in the table. rollcallctl sends "say TEXT", "kick NAME [REASON]",
 * "drain SECONDS [TEXT]", "reload", "reopen" or "upgrade", and the parent answers with one line:
 * CONTROL_OK, perhaps with a space and words behind it, or an error. */
#ifndef SHM_TABLE_CONTROL_H
#define SHM_TABLE_CONTROL_H

#define TABLE_CONTROL "control" /* the parent's socket */
#define TABLE_JOURNAL                                                                              \
    "journal"              /* beside it: a symbolic link to the journal, if there is one. Handlers \
                              can make neither links nor files there (landlock) */
#define TABLE_ASKS "asks." /* before a process ID: the socket of one rollcallctl */
#define CONTROL_OK "ok"

#define CONTROL_ANSWER 512 /* bytes of an answer */

#endif
