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
 * False: the session is PARTING, or its client wants the digest no more. */
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
    if (session->receiving.name == NULL && conn_has_line(session, "stop:")) /* else bytes come */
        return false;
    return wait_or_part(session, ms);
}

/* Reads the file, at most `most` bytes. Returns 1: to its end; 0: it cannot be read; -1: as
 * digest_find. */
static int add_all(struct session *session, int file, uint64_t most, struct sha256 *sum)
{
    static char chunk[LIMIT_CHUNK];
    uint64_t offset = 0;
    ssize_t got = 1;

    while (got > 0 && offset < most) {
        uint64_t left = most - offset;

        got = pread(file, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk, (off_t)offset);
        if (got <= 0)
            break;
        sha256_add(sum, chunk, (size_t)got);
        offset += (uint64_t)got;
        transfer_advance(session, (uint64_t)got);
        if (!meanwhile(session, 0))
            return -1;
    }
    return got >= 0;
}

/* Reads the file. Returns 1: done; 0: the file changed meanwhile, or cannot be read; -1: as
 * digest_find. */
static int compute(struct session *session, int file, const struct stat *st,
                   unsigned char digest[SHA256_SIZE])
{
    struct digest_version before = version_of(st), now;
    struct sha256 sum;
    struct stat after;
    int done;

    sha256_init(&sum);
    done = add_all(session, file, UINT64_MAX, &sum);
    if (done <= 0)
        return done;
    sha256_end(&sum, digest);
    if (fstat(file, &after) != 0)
        return 0;
    now = version_of(&after);
    return sum.length == (uint64_t)st->st_size && memcmp(&before, &now, sizeof now) == 0;
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
    reply_send(session); /* what was said before is heard now */
    for (int tries = 0; tries < LIMIT_DIGEST_TRIES && done == 0; tries++) {
        if (tries > 0 && fstat(file, st) != 0)
            break;
        transfer_task(session, "digesting", name, (uint64_t)st->st_size);
        done = find(session, file, st, digest);
    }
    transfer_finish(session);
    return done;
}

int digest_add(struct session *session, int file, const char *name, uint64_t size,
               struct sha256 *sum)
{
    uint64_t before = sum->length;
    int done;

    session->told_working = 0;
    transfer_task(session, "digesting", name, size);
    done = add_all(session, file, size, sum);
    transfer_finish(session);
    return done > 0 && sum->length - before != size ? 0 : done;
}
