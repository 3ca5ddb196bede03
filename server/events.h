/* The log's lines: one function for each event, so that each event is worded once. Names and texts
 * may contain any bytes, because the log sanitizes its lines. `error` is an errno. */
#ifndef SERVER_EVENTS_H
#define SERVER_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/admitted.h"
#include "server/files/place.h"
#include "shm/table/types.h"

/* ---- the daemon */
void event_started(void);
void event_listening(const char *address, unsigned port);
void event_page(const char *address, unsigned port);
void event_waiting(void);
void event_inherited(const char *ignored); /* sockets, and so an option */
void event_shutting_down(void);
void event_stopped(void);
void event_terminal_gone(void);
void event_signal_ignored(const char *name);
void event_not_in_background(int error);
void event_not_confined(const char *what);
void event_few_descriptors(long allowed, int expected);
void event_few_processes(long allowed, unsigned long clients);

/* ---- sessions */
void event_connected(const char *name, const struct admitted *admitted);
void event_disconnected(const char *name, enum left_why why);
/* Its handler ended without leaving; status: waitpid(2)'s. */
void event_died(const char *name, int status);
void event_renamed(const char *before, const char *name);
void event_kicked(const char *name, const char *reason); /* reason: "" if none was given */
void event_not_retired(const char *name, int error);  /* its earlier session could not be ended */
void event_not_recorded(const char *name, int error); /* and is not served */
void event_not_removed(const char *name, int error);  /* from the table; the parent does it */

/* ---- what changes under a running room */
void event_socket_made_again(const char *runtime);
void event_socket_lost(const char *runtime, int error);
void event_table_removed(const char *object);
/* what: "shared directory" or "inbox"; error: why what is at the path now cannot be opened. */
void event_place_changed(const char *what, const char *path, enum place now, int error);
void event_place_opened(const char *what, const char *path);
void event_place_back(const char *what, const char *path);

/* ---- who is not let in */
void event_refused(enum refused_why why, uint64_t count);
void event_not_accepted(int error);
void event_wrong_key(const struct admitted *admitted);
void event_other_protocol(const struct admitted *admitted); /* before it was let in */
/* A visit by a name that is not this machine's. */
void event_not_our_host(const char *from, unsigned port, const char *host);
/* A page of another site would come in. */
void event_not_our_origin(const char *from, unsigned port, const char *origin);
void event_no_challenge(const char *name, int error);

/* ---- what is said */
void event_announced(const char *text);
void event_not_heard(const char *name, int error);

/* ---- files */
void event_sending(const char *file, const char *to); /* a name, or an address that has none */
/* In a directory of the share (NULL: in the share itself) `count` names, `name` being one of them,
 * cannot be told to clients. */
void event_names_hidden(const char *directory, size_t count, const char *name);
void event_unreadable_by_user(const char *name, const char *user); /* NULL: this process's */
void event_file_unreadable(const char *name, int error);
void event_handed_in(const char *name, const struct transfer *transfer, const char *hex,
                     const char *earlier);
void event_handin_broke_off(const char *name, const char *file, uint64_t received,
                            uint64_t length); /* and what was received is kept */
void event_not_handed_in(const char *name, const char *file, uint64_t length, int error);
void event_not_noted(const char *name, const char *file, int error);

/* ---- the journal */
void event_journal_not_written(int error); /* once, until it is written again */
void event_journal_written_again(void);
void event_journal_damaged(uint64_t lines);
void event_journal_not_believed(long process); /* a handler that told the clerk what it may not */
void event_journal_clerk_died(int status);     /* waitpid(2)'s; another takes over */
void event_journal_keeper_died(void);          /* another takes over, with another clerk */
void event_journal_heir_died(void);
void event_journal_gone(void); /* nobody writes it any more */
void event_journal_not_confined(const char *what);
void event_journal_lost(uint64_t count); /* notes that no clerk took */

/* ---- the table */
void event_unreadable(const char *name, const char *what, int error);
void event_lock_recovered(void);
void event_table_rebuilt(uint64_t times);

#endif
