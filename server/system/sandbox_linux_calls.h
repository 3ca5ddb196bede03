/* The filter of system calls, a part of sandbox_linux.c. */
#ifndef SERVER_SYSTEM_SANDBOX_LINUX_CALLS_H
#define SERVER_SYSTEM_SANDBOX_LINUX_CALLS_H

#include <stdint.h>

/* Makes the kernel refuse all system calls but those that the daemon needs, for ever, in this
 * process and its children. word: who passes it with execveat(2) may replace the program by an open
 * file (program_execute); NULL: nobody may. Returns 0, or -1 with errno: EOPNOTSUPP if the kernel
 * has no filters, or this architecture's calls are not known here. */
int sandbox_filter_calls(const unsigned long *word);

/* The same number for the same filter, whatever the word is. */
uint64_t sandbox_calls_identity(void);

#endif
