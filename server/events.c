#define _POSIX_C_SOURCE 200809L

#include "server/events.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/log.h"
#include "server/wire/text.h"

/* ---- the daemon */

void event_started(void)
{
    log_info("Server initialized");
}

void event_listening(const char *address, unsigned port)
{
    log_info("Listening on %s port %u", address, port);
}

/* A browser cannot open an address that stands for all of the machine's. */
void event_page(const char *address, unsigned port)
{
    char machine[256] = "";

    if (strcmp(address, "0.0.0.0") != 0 && strcmp(address, "::") != 0)
        log_info(strchr(address, ':') ? "Page at http://[%s]:%u/" : "Page at http://%s:%u/",
                 address, port);
    else if (gethostname(machine, sizeof machine - 1) == 0 && machine[0] != '\0')
        log_info("Page at http://%s:%u/, on all addresses of this machine", machine, port);
    else
        log_info("Page on port %u of all addresses of this machine", port);
}

void event_waiting(void)
{
    log_info("Waiting for client connection");
}

void event_inherited(const char *ignored)
{
    log_warning("%s is ignored: the service manager has opened the sockets; see its ListenStream=",
                ignored);
}

void event_shutting_down(void)
{
    log_info("Shutting down");
}

void event_stopped(void)
{
    log_info("Server stopped");
}

void event_terminal_gone(void)
{
    log_info("The terminal is gone");
}

void event_signal_ignored(const char *name)
{
    log_info("%s ignored: it has no meaning here", name);
}

void event_not_in_background(int error)
{
    log_error("Cannot go into the background: %s", strerror(error));
}

void event_not_confined(const char *what)
{
    log_warning("Not confined: %s; --check-confinement shows what a handler can do", what);
}

void event_few_descriptors(long allowed, int expected)
{
    log_warning("Only %ld descriptors are allowed, %d are expected; see ulimit -n", allowed,
                expected);
}

void event_few_processes(long allowed, unsigned long clients)
{
    log_warning("--max-clients %lu: only %ld processes are allowed, for parent and handlers; "
                "see ulimit -u",
                clients, allowed);
}

/* ---- sessions */

/* " at TIME" for a log whose lines have no time, else "". */
static const char *at(char to[sizeof " at " + CLOCK_LOCAL_SIZE], const char *when)
{
    static const char before[] = " at ";

    if (log_has_times())
        return "";
    memcpy(to, before, sizeof before - 1);
    if (when != NULL)
        memcpy(to + sizeof before - 1, when, strlen(when) + 1);
    else
        clock_local(to + sizeof before - 1, time(NULL));
    return to;
}

void event_connected(const char *name, const struct admitted *admitted)
{
    char when[sizeof " at " + CLOCK_LOCAL_SIZE];

    log_info(admitted->peer.family == 6 ? "%s connected%s from [%s]:%u"
                                        : "%s connected%s from %s:%u",
             name, at(when, admitted->when), admitted->from, (unsigned)admitted->peer.port);
}

void event_disconnected(const char *name, enum left_why why)
{
    char when[sizeof " at " + CLOCK_LOCAL_SIZE];

    log_info("%s disconnected%s: %s", name, at(when, NULL), left_reason(why)->logged);
}

void event_died(const char *name, int status)
{
    char when[sizeof " at " + CLOCK_LOCAL_SIZE];

    if (WIFSIGNALED(status))
        log_warning("%s disconnected%s: handler killed by signal %d", name, at(when, NULL),
                    WTERMSIG(status));
    else
        log_warning("%s disconnected%s: handler ended with status %d", name, at(when, NULL),
                    WEXITSTATUS(status));
}

void event_renamed(const char *before, const char *name)
{
    log_info("%s is now called %s", before, name);
}

void event_kicked(const char *name, const char *reason)
{
    log_info("%s is kicked%s%s", name, reason[0] != '\0' ? ": " : "", reason);
}

void event_not_retired(const char *name, int error)
{
    log_error("The earlier session of %s could not be ended: %s", name, strerror(error));
}

void event_not_recorded(const char *name, int error)
{
    log_error("%s cannot be recorded and is not served: %s", name, strerror(error));
}

void event_not_removed(const char *name, int error)
{
    log_error("%s cannot be removed from the table: %s", name, strerror(error));
}

/* ---- what changes under a running room */

void event_socket_made_again(const char *runtime)
{
    log_warning("The socket in %s was removed, and is made again", runtime);
}

void event_socket_lost(const char *runtime, int error)
{
    log_error("rollcallctl say and kick do not work: the socket in %s was removed, and cannot be "
              "made again: %s; restart rollcalld",
              runtime, strerror(error));
}

void event_table_removed(const char *object)
{
    log_error(
        "The table %s was removed, as systemd does when a user logs out (RemoveIPC=): "
        "rollcallctl does not find the room any more; restart rollcalld, and for a user's own "
        "daemon run loginctl enable-linger, or set RemoveIPC=no in logind.conf",
        object);
}

void event_place_changed(const char *what, const char *path, enum place now, int error)
{
    switch (now) {
    case PLACE_GONE:
        log_error("The %s %s was removed: make it again, and restart rollcalld", what, path);
        break;
    case PLACE_MOVED:
        log_warning("The %s %s was moved, and is used where it is now; restart rollcalld to use "
                    "another",
                    what, path);
        break;
    case PLACE_REPLACED:
        log_error("The %s %s is another one now, which cannot be opened: %s; restart rollcalld",
                  what, path, strerror(error));
        break;
    case PLACE_SAME:
        break;
    }
}

void event_place_opened(const char *what, const char *path)
{
    log_warning("The %s %s is another one now, and is used from now on", what, path);
}

void event_place_back(const char *what, const char *path)
{
    log_info("The %s %s is back", what, path);
}

/* ---- who is not let in */

void event_refused(enum refused_why why, uint64_t count)
{
    log_warning("%s: %" PRIu64 " refused", refused_reason(why)->logged, count);
}

void event_not_accepted(int error)
{
    log_error("Cannot accept: %s", strerror(error));
}

void event_wrong_key(const struct admitted *admitted)
{
    log_warning("Wrong key from %s port %u", admitted->from, (unsigned)admitted->peer.port);
}

void event_other_protocol(const struct admitted *admitted)
{
    log_warning("Another protocol from %s port %u", admitted->from, (unsigned)admitted->peer.port);
}

void event_not_our_host(const char *from, unsigned port, const char *host)
{
    log_warning(
        "The page was asked for as %s from %s port %u: that is no name of this machine, see "
        "--web-host",
        host, from, port);
}

void event_not_our_origin(const char *from, unsigned port, const char *origin)
{
    log_warning("A page of %s would come in from %s port %u, and may not", origin, from, port);
}

void event_no_challenge(const char *name, int error)
{
    log_error("%s cannot be asked for the key: %s", name, strerror(error));
}

/* ---- what is said */

void event_announced(const char *text)
{
    log_info("Said to the room: %s", text);
}

void event_not_heard(const char *name, int error)
{
    log_error("%s: message could not be delivered: %s", name, strerror(error));
}

/* ---- files */

void event_sending(const char *file, const char *to)
{
    log_info("Sending file: %s to %s", file, to);
}

void event_names_hidden(const char *directory, size_t count, const char *name)
{
    log_warning("In %s%s, names that are not UTF-8 or have control characters are not handed out: "
                "%zu, such as '%s'; rename them",
                directory ? "directory " : "the shared directory", directory ? directory : "",
                count, name);
}

void event_unreadable_by_user(const char *name, const char *user)
{
    if (user != NULL)
        log_warning("%s cannot be read by user %s: give that user the right to read it, or take it "
                    "out of the shared directory",
                    name, user);
    else
        log_warning("%s cannot be read by user %lu: give that user the right to read it, or take "
                    "it out of the shared directory",
                    name, (unsigned long)geteuid());
}

void event_file_unreadable(const char *name, int error)
{
    log_error("%s: cannot read the file: %s", name, strerror(error));
}

void event_handed_in(const char *name, const struct transfer *transfer, const char *hex,
                     const char *earlier)
{
    log_info("%s handed in %s: %" PRIu64 " byte%s, sha256 %s, %s", name, transfer->file,
             transfer->size, text_s(transfer->size), hex, earlier);
}

void event_handin_broke_off(const char *name, const char *file, uint64_t received, uint64_t length)
{
    log_info("%s has handed in %" PRIu64 " of %" PRIu64 " byte%s of %s, which are kept", name,
             received, length, text_s(length), file);
}

void event_not_handed_in(const char *name, const char *file, uint64_t length, int error)
{
    log_warning("%s cannot hand in %s, %" PRIu64 " byte%s: %s", name, file, length, text_s(length),
                strerror(error));
}

void event_not_noted(const char *name, const char *file, int error)
{
    log_error("%s: %s cannot be recorded: %s", name, file, strerror(error));
}

/* ---- the journal */

void event_journal_not_written(int error)
{
    log_error("The journal cannot be written: %s; it is tried again each second", strerror(error));
}

void event_journal_written_again(void)
{
    log_info("The journal is written again");
}

void event_journal_damaged(uint64_t lines)
{
    log_warning("The journal has damaged lines, which are passed over: %" PRIu64, lines);
}

void event_journal_not_believed(long process)
{
    log_error("The handler %ld told the journal what it may not; that is not written", process);
}

void event_journal_clerk_died(int status)
{
    if (WIFSIGNALED(status))
        log_error("The journal's clerk was killed by signal %d; another takes over",
                  WTERMSIG(status));
    else
        log_error("The journal's clerk ended with status %d; another takes over",
                  WEXITSTATUS(status));
}

void event_journal_keeper_died(void)
{
    log_error("The keeper of the journal's clerk was killed; another takes over");
}

void event_journal_heir_died(void)
{
    log_error("The heir of the keeper of the journal's clerk was killed; another takes its place");
}

void event_journal_gone(void)
{
    log_error("Nobody writes the journal any more: nothing is recorded until rollcalld is "
              "restarted");
}

void event_journal_not_confined(const char *what)
{
    log_warning("The journal's clerk is not confined: %s", what);
}

void event_journal_lost(uint64_t count)
{
    log_error("The journal's clerk does not answer: %" PRIu64 " events are lost", count);
}

/* ---- the table */

void event_unreadable(const char *name, const char *what, int error)
{
    log_error("%s: cannot read the %s: %s", name, what, strerror(error));
}

void event_lock_recovered(void)
{
    log_warning("The lock was recovered");
}

void event_table_rebuilt(uint64_t times)
{
    log_error("The table was damaged, and rebuilt: %" PRIu64 " times", times);
}
