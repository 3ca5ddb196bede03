/* The log's lines about settings, and about how a running daemon changes; as server/events.h. */
#ifndef SERVER_EVENTS_RUN_H
#define SERVER_EVENTS_RUN_H

/* ---- the configuration file */
void event_config_unreadable(const char *file, int error); /* by the daemon's user: no reload */
void event_reloaded(const char *file, const char *others); /* others: what waits for a restart */
void event_not_reloaded(const char *error);
void event_nothing_to_reload(void);

#endif
