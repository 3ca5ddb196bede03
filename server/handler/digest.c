#define _POSIX_C_SOURCE 200809L

#include "server/handler/digest.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/handler/conn.h"
#include "server/handler/relay.h"
#include "server/handler/reply.h"
#include "server/handler/transfer.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "shm/table/digests.h"
#include "shm/table/types.h"

static int64_t nanoseconds(struct timespec when)
{
    return (int64_t)when.tv_sec * 1000000000 + when.tv_nsec;
}

static struct digest_version version_of(const struct stat *st)
{
    return (struct digest_version){.device = (uint64_t)st->st_dev,
                                   .inode = (uint64_t)st->st_ino,
                                   .size = (uint64_t)st->st_size,
                                   .modified_ns = nanoseconds(st->st_mtim),
                                   .changed_ns = nanoseconds(st->st_ctim)};
}

/* Whether the times distinguish this version from every later one: two writes within one tick of
 * the file system's clock leave the same times. */
static bool is_settled(const struct stat *st)
{
    struct timespec now;
    int64_t tick = st->st_mtim.tv_nsec == 0 ? INT64_C(2000000000) : INT64_C(50000000);

    clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now) - nanoseconds(st->st_ctim) > tick &&
           nanoseconds(now) - nanoseconds(st->st_mtim) > tick;
}

/* Reports progress now and then to a client that uses pieces, and delivers room lines meanwhile.
 * Never waits for the client to read, because other handlers wait for this digest.
 * False: the session is PARTING. */
static bool meanwhile(struct session *session, int ms)
{
    int64_t now = clock_now();

    if (session->piece > 0 && session->told_working == 0)
        session->told_working = now;
    if (session->piece > 0 && now - session->told_working >= LIMIT_WORKING_MS * CLOCK_MS &&
        conn_has_room(session)) {
        session->told_working = now;
        reply_line(session, REPLY_WORKING, "%" PRIu64 " %" PRIu64, session->me.done,
                   session->me.total);
        reply_send(session);
    }
    if (session->piece > 0 && relay_is_due(session))
        relay_offer(session);
    return wait_or_part(session, ms);
}

/* Reads the file. Returns 1: done; 0: the file changed meanwhile, or cannot be read; -1: the
 * session is PARTING. */
static int compute(struct session *session, int file, const struct stat *st,
                   unsigned char digest[SHA256_SIZE])
{
    static char chunk[LIMIT_CHUNK];
    struct sha256 sum;
    struct stat after;
    off_t offset = 0;
    ssize_t got;

    sha256_init(&sum);
    while ((got = pread(file, chunk, sizeof chunk, offset)) > 0) {
        sha256_add(&sum, chunk, (size_t)got);
        offset += got;
        transfer_advance(session, (uint64_t)got);
        if (!meanwhile(session, 0))
            return -1;
    }
    sha256_end(&sum, digest);
    if (got < 0 || fstat(file, &after) != 0)
        return 0;
    struct digest_version before_version = version_of(st), after_version = version_of(&after);

    return offset == st->st_size &&
           memcmp(&before_version, &after_version, sizeof after_version) == 0;
}

/* Gets the digest from the table, or computes it, also for all handlers that ask meanwhile. Returns
 * like compute. */
static int find(struct session *session, int file, const struct stat *st,
                unsigned char digest[SHA256_SIZE])
{
    struct digest_version version = version_of(st);
    enum digest_answer answer;
    int done;

    if (!is_settled(st))
        return compute(session, file, st, digest);
    for (;;) {
        if (digests_ask(&session->slot, &version, digest, &answer) != 0)
            return compute(session, file, st, digest); /* if the table cannot be written, other
                                                          handlers compute the digest again */
        if (answer == DIGEST_KNOWN)
            return 1;
        if (answer == DIGEST_YOURS)
            break;
        if (!meanwhile(session, LIMIT_DIGEST_WAIT_MS))
            return -1;
    }
    done = compute(session, file, st, digest);
    (void)digests_tell(&session->slot, &version, done > 0 ? digest : NULL);
    return done;
}

int digest_find(struct session *session, int file, const char *name, struct stat *st,
                unsigned char digest[SHA256_SIZE])
{
    int done = 0;

    session->told_working = 0;
    for (int tries = 0; tries < LIMIT_DIGEST_TRIES && done == 0; tries++) {
        if (tries > 0 && fstat(file, st) != 0)
            break;
        transfer_task(session, "digesting", name, (uint64_t)st->st_size);
        done = find(session, file, st, digest);
    }
    transfer_finish(session);
    return done;
}
