/* The filter of system calls, a part of sandbox_linux.c. */
#ifndef SERVER_SYSTEM_SANDBOX_LINUX_CALLS_H
#define SERVER_SYSTEM_SANDBOX_LINUX_CALLS_H

/* Makes the kernel refuse all system calls but those that the daemon needs, for ever, in this
 * process and its children. Returns 0, or -1 with errno: EOPNOTSUPP if the kernel has no filters,
 * or this architecture's calls are not known here. */
int sandbox_filter_calls(void);

#endif
