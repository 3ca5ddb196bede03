/* The shared files: showing and sending them. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/log.h"
#include "server/sha256.h"
#include "server/share.h"
#include "server/text.h"
#include "server/verbs.h"

/* NULL: the shared directory itself. False: there is no listing, and the reply says so. */
static bool read_directory(struct session *session, const char *directory, struct share_list *list)
{
    if (directory != NULL && directory[0] == '\0') {
        session_reply(session, REPLY_BAD_ARGUMENT, "Expected the name of a directory.");
        return false;
    }
    if (share_read(session->share, directory ? directory : "", list) == 0)
        return true;
    if (errno == E2BIG)
        session_reply(session, REPLY_BUSY, "More than %d files: too many to list.",
                      LIMIT_LIST_NAMES);
    else if (errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == EIO)
        session_reply(session, REPLY_BUSY, "The files cannot be listed now, try again later.");
    else
        session_reply(session, REPLY_NOT_FOUND, "Directory not found.");
    return false;
}

void cmd_list(struct session *session, const char *directory)
{
    struct share_list list;

    if (!read_directory(session, directory, &list))
        return;
    session_open(session, REPLY_FILES, "%zu files", list.count);
    for (size_t i = 0; i < list.count; i++)
        session_item(session, "%s", list.entry[i].name);
    session_close(session, REPLY_FILES);
    share_free(&list);
}

void cmd_list_long(struct session *session, const char *directory)
{
    struct share_list list;

    if (!read_directory(session, directory, &list))
        return;
    session_open(session, REPLY_FILES, "%zu files", list.count);
    for (size_t i = 0; i < list.count; i++) {
        char changed[TEXT_UTC_SIZE];

        text_utc_time(changed, list.entry[i].changed);
        session_item(session, "%" PRIu64 " %s %s", list.entry[i].size, changed, list.entry[i].name);
    }
    session_close(session, REPLY_FILES);
    share_free(&list);
}

static int open_or_refuse(struct session *session, const char *name, struct stat *st)
{
    int file = share_open_file(session->share, name, st);

    if (file < 0)
        session_reply(session, REPLY_NOT_FOUND, "File not found.");
    return file;
}

void cmd_rest(struct session *session, const char *offset)
{
    if (!protocol_parse_number(offset, &session->rest)) {
        session_reply(session, REPLY_BAD_ARGUMENT, "Expected a number of bytes.");
        return;
    }
    session_reply(session, REPLY_GO_ON, "The next file begins at %" PRIu64 ".", session->rest);
}

void cmd_file(struct session *session, const char *name)
{
    uint64_t offset = session->rest, size;
    struct stat st;
    int file = open_or_refuse(session, name, &st);

    session->rest = 0;
    if (file < 0)
        return;
    size = (uint64_t)st.st_size;
    if (offset > size) {
        session_reply(session, REPLY_PAST_END, "The file has only %" PRIu64 " bytes.", size);
        close(file);
        return;
    }
    log_info("Sending file: %s", name);
    session_doing(session, "sending", name, size);
    session->me.done = offset;
    session_reply(session, REPLY_FILE_FOLLOWS, "%" PRIu64 " %" PRIu64 " %s", size - offset, offset,
                  name);
    session_send_file(session, file, offset, size);
    close(file);
    session_idle(session);
}

/* ---- digests */

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

/* Whether these times tell this version from every later one: a file that is written twice within
 * one tick of its file system's clock keeps its times. */
static bool is_settled(const struct stat *st)
{
    struct timespec now;
    int64_t tick = st->st_mtim.tv_nsec == 0 ? INT64_C(2000000000) : INT64_C(50000000);

    clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now) - nanoseconds(st->st_ctim) > tick &&
           nanoseconds(now) - nanoseconds(st->st_mtim) > tick;
}

/* Reads the file. 1: done; 0: it changed meanwhile, or cannot be read; -1: shutting down. */
static int compute(struct session *session, int file, const struct stat *st,
                   unsigned char digest[SHA256_SIZE])
{
    static char chunk[65536];
    struct sha256 sum;
    struct stat after;
    off_t offset = 0;
    ssize_t got;

    sha256_init(&sum);
    while ((got = pread(file, chunk, sizeof chunk, offset)) > 0) {
        sha256_add(&sum, chunk, (size_t)got);
        offset += got;
        session_done(session, (uint64_t)got);
        if (!session_may_go_on(session, 0))
            return -1;
    }
    sha256_end(&sum, digest);
    if (got < 0 || fstat(file, &after) != 0)
        return 0;
    struct digest_version before_version = version_of(st), after_version = version_of(&after);

    return offset == st->st_size &&
           memcmp(&before_version, &after_version, sizeof after_version) == 0;
}

/* From the table, or by reading, for all who ask meanwhile. As compute. */
static int find_digest(struct session *session, int file, const struct stat *st,
                       unsigned char digest[SHA256_SIZE])
{
    struct digest_version version = version_of(st);
    enum digest_answer answer;
    int done;

    if (!is_settled(st))
        return compute(session, file, st, digest);
    for (;;) {
        if (registry_ask_digest(session->registry, session->place, session->me.serial, &version,
                                digest, &answer) != 0)
            return compute(session, file, st, digest); /* without the table it is but slower */
        if (answer == DIGEST_KNOWN)
            return 1;
        if (answer == DIGEST_YOURS)
            break;
        if (!session_may_go_on(session, LIMIT_DIGEST_WAIT_MS))
            return -1;
    }
    done = compute(session, file, st, digest);
    (void)registry_tell_digest(session->registry, session->place, session->me.serial, &version,
                               done > 0 ? digest : NULL);
    return done;
}

void cmd_sum(struct session *session, const char *name)
{
    unsigned char digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    struct stat st;
    int file = open_or_refuse(session, name, &st), done = 0;

    if (file < 0)
        return;
    for (int tries = 0; tries < LIMIT_DIGEST_TRIES && done == 0; tries++) {
        if (tries > 0 && fstat(file, &st) != 0)
            break;
        session_doing(session, "digesting", name, (uint64_t)st.st_size);
        done = find_digest(session, file, &st, digest);
    }
    close(file);
    session_idle(session);
    if (done == 0) {
        session_reply(session, REPLY_BUSY, "The file is being changed, try again later.");
    } else if (done > 0) {
        sha256_hex(hex, digest);
        session_reply(session, REPLY_DIGEST, "sha256 %s %" PRIu64 " %s", hex, (uint64_t)st.st_size,
                      name);
    }
}
