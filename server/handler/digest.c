#define _POSIX_C_SOURCE 200809L

#include "server/handler/digest.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/wire/clock.h"
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

void digest_begin(struct digest *digest, int file, const char *name, const struct stat *st)
{
    *digest = (struct digest){.file = file, .name = name, .st = *st};
}

void digest_begin_part(struct digest *digest, int file, const char *name, uint64_t size)
{
    *digest = (struct digest){.file = file, .name = name, .size = size, .is_part = true};
    sha256_init(&digest->sum);
}

/* The end of reading, for those who wait for the digest (bytes NULL: there is none). */
static void tell_others(struct session *session, struct digest *digest, const unsigned char *bytes)
{
    if (digest->owes)
        (void)digests_tell(&session->slot, &digest->version, bytes);
    digest->owes = false;
}

void digest_end(struct session *session, struct digest *digest)
{
    tell_others(session, digest, NULL);
    if (digest->file >= 0 && !digest->is_part)
        close(digest->file);
    digest->file = -1;
}

static void begin_reading(struct session *session, struct digest *digest)
{
    digest->reads = true;
    digest->offset = 0;
    digest->alive = clock_now();
    if (!digest->is_part) {
        digest->size = (uint64_t)digest->st.st_size;
        sha256_init(&digest->sum);
    }
    work_show(session, "digesting", digest->name, digest->size);
}

/* Asks the table, unless another version could have the same times. If the table cannot be written,
 * other handlers compute the digest again. */
static enum work_turn ask(struct session *session, struct digest *digest)
{
    enum digest_answer answer = DIGEST_YOURS;

    digest->version = version_of(&digest->st);
    if (!digest->is_part && is_settled(&digest->st))
        digest->owes = digests_ask(&session->slot, &digest->version, digest->bytes, &answer) == 0 &&
                       answer == DIGEST_YOURS;
    if (answer == DIGEST_BUSY) {
        if (session->working.word == NULL)
            work_show(session, "digesting", digest->name, (uint64_t)digest->st.st_size);
        return WORK_WAITS;
    }
    digest->found = answer == DIGEST_KNOWN;
    if (digest->found)
        return WORK_DONE;
    begin_reading(session, digest);
    return WORK_GOES_ON;
}

/* All bytes were read. Returns whether they are those of one version. */
static bool finish(struct session *session, struct digest *digest)
{
    struct digest_version now;
    struct stat after;

    if (digest->offset != digest->size)
        return false;
    sha256_end(&digest->sum, digest->bytes);
    if (digest->is_part)
        return true;
    if (fstat(digest->file, &after) != 0)
        return false;
    now = version_of(&after);
    if (memcmp(&digest->version, &now, sizeof now) != 0)
        return false;
    tell_others(session, digest, digest->bytes);
    return true;
}

/* There are no more bytes. A file that has changed meanwhile is read again. */
static enum work_turn end_reading(struct session *session, struct digest *digest)
{
    digest->found = finish(session, digest);
    if (digest->found || digest->is_part)
        return WORK_DONE;
    tell_others(session, digest, NULL);
    if (++digest->tries == LIMIT_DIGEST_TRIES || fstat(digest->file, &digest->st) != 0)
        return WORK_DONE;
    digest->reads = false;
    return WORK_GOES_ON;
}

static enum work_turn read_on(struct session *session, struct digest *digest)
{
    static char chunk[LIMIT_CHUNK];
    uint64_t left = digest->size - digest->offset;
    ssize_t got = 0;
    int64_t now = clock_now();

    if (digest->owes && now - digest->alive > (int64_t)DIGEST_STALLED_NS / 4) {
        (void)digests_go_on(&session->slot, &digest->version);
        digest->alive = now;
    }
    if (left > 0)
        got = pread(digest->file, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk,
                    (off_t)digest->offset);
    if (got > 0) {
        sha256_add(&digest->sum, chunk, (size_t)got);
        digest->offset += (uint64_t)got;
        work_advance(session, (uint64_t)got);
    }
    return got <= 0 || digest->offset == digest->size ? end_reading(session, digest) : WORK_GOES_ON;
}

enum work_turn digest_go_on(struct session *session, struct digest *digest)
{
    return digest->reads ? read_on(session, digest) : ask(session, digest);
}
