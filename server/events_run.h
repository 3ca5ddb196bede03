/* The log's lines about settings, and about how a running daemon changes; as server/events.h. */
#ifndef SERVER_EVENTS_RUN_H
#define SERVER_EVENTS_RUN_H

#include <stdint.h>

/* ---- the configuration file */
void event_config_unreadable(const char *file, int error); /* by the daemon's user: no reload */
void event_reloaded(const char *file, const char *others); /* others: what waits for a restart */
void event_not_reloaded(const char *error);
void event_nothing_to_reload(void);

/* ---- a client waits for one of so many slots, which are all taken */
void event_queue_begins(uint32_t slots);

/* ---- draining; seconds: at most so many, 0: as long as it takes */
void event_draining(uint32_t present, unsigned long seconds);

/* ---- the log */
void event_no_syslog(void); /* to whoever reads the log later */
void event_log_opened(void);
void event_log_not_opened(int error);

/* ---- another program */
void event_upgraded(const char *from); /* from this version, to ours */
void event_not_upgraded(const char *why);

#endif
