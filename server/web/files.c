#define _POSIX_C_SOURCE 200809L

#include "server/web/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/events.h"
#include "server/files/share.h"
#include "server/web/condition.h"
#include "server/web/listing.h"
#include "server/web/query.h"
#include "server/web/token.h"
#include "server/web/web.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"
#include "shm/table/slot.h"
#include "shm/table/view.h"

/* Who asks: the member whose token the link has. */
struct asker {
    struct token token;
    bool known;
    char name[NAME_SIZE];
};

/* The session must still be there: who was sent away fetches nothing more. */
static struct asker find_asker(const struct exchange *exchange)
{
    struct asker asker = {.known = false};
    struct record record;
    const char *text;
    size_t length = query_value(exchange->request.query, "token", &text);

    asker.known = length > 0 &&
                  token_read(&asker.token, text, length, &exchange->service->web->secret,
                             clock_now() / CLOCK_S) &&
                  asker.token.slot < view_about(exchange->table).slots &&
                  view_read(exchange->table, asker.token.slot, &record) == READ_PRESENT &&
                  record.serial == asker.token.serial;
    if (asker.known)
        memcpy(asker.name, record.name, sizeof asker.name);
    return asker;
}

/* ---- what cannot be had */

static bool is_for_now(int error)
{
    return error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO;
}

/* Whether this is the first time that anybody comes upon this; the log tells it once. */
static bool is_new(const struct exchange *exchange, const char *what)
{
    const struct slot none = {.table = exchange->table};

    return slot_tells_first(&none, what);
}

static void refuse(struct exchange *exchange, const char *name, int error)
{
    if (error == E2BIG) {
        exchange_refuse(exchange, HTTP_UNAVAILABLE, "Too many files to list.");
    } else if (is_for_now(error)) {
        exchange_refuse(exchange, HTTP_UNAVAILABLE, "Not possible now, try again later.");
    } else if (error == EACCES || error == EPERM) {
        exchange_refuse(exchange, HTTP_FORBIDDEN,
                        "The server may not read that; tell the room's operator.");
        if (is_new(exchange, name[0] != '\0' ? name : "."))
            event_unreadable_by_user(name[0] != '\0' ? name : ".", exchange->service->user);
    } else {
        exchange_refuse(exchange, HTTP_NOT_FOUND, "Nothing of that name is handed out.");
    }
}

/* ---- a directory */

static void tell_hidden(const struct exchange *exchange, const char *directory,
                        const struct share_list *list)
{
    char key[LIMIT_WEB_HEAD + 2]; /* unlike the name of any file */

    (void)snprintf(key, sizeof key, "/%s", directory);
    if (list->hidden > 0 && is_new(exchange, key))
        event_names_hidden(directory[0] != '\0' ? directory : NULL, list->hidden,
                           list->hidden_name);
}

static void send_listing(struct exchange *exchange, const char *directory,
                         const struct share_list *list)
{
    const bool json = query_has(exchange->request.query, "json");
    const char *token;
    char query[TOKEN_SIZE + 16] = "", *text;
    size_t length = query_value(exchange->request.query, "token", &token);

    if (find_asker(exchange).known)
        (void)snprintf(query, sizeof query, "?token=%.*s", (int)length, token);
    text = json ? listing_json(&(struct listing){directory, query, list}, &length)
                : listing_html(&(struct listing){directory, query, list}, &length);
    if (text == NULL) {
        refuse(exchange, directory, ENOMEM);
        return;
    }
    if (!exchange_may_send(exchange, NULL)) {
        free(text);
        return;
    }
    answer_begin(&exchange->answer, HTTP_OK, NULL);
    answer_field(&exchange->answer, "Cache-Control", "no-store");
    answer_field(&exchange->answer, "Content-Type", "%s",
                 json ? "application/json" : "text/html; charset=utf-8");
    exchange_send(exchange, text, length);
    free(text);
}

static void answer_directory(struct exchange *exchange, const char *directory)
{
    struct share_list list;

    if (share_read(exchange->service->share, directory, &list) != 0) {
        refuse(exchange, directory, errno);
        return;
    }
    tell_hidden(exchange, directory, &list);
    send_listing(exchange, directory, &list);
    share_free(&list);
}

/* ---- a file */

/* Of a file that was changed just now, another change might not show in its times. */
static void name_version(char etag[80], const struct stat *st)
{
    const time_t now = time(NULL);
    const bool settled = st->st_mtime < now - 1 && st->st_ctime < now - 1;

    (void)snprintf(etag, 80, "%s\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 ".%lx-%" PRIx64 ".%lx\"",
                   settled ? "" : "W/", (uint64_t)st->st_ino, (uint64_t)st->st_size,
                   (uint64_t)st->st_mtime, (unsigned long)st->st_mtim.tv_nsec,
                   (uint64_t)st->st_ctime, (unsigned long)st->st_ctim.tv_nsec);
}

/* A path can be longer than a name in the table: as many whole characters as fit. */
static void copy_name(char *to, size_t size, const char *name)
{
    size_t length = 0, more, left = strlen(name);
    uint32_t c;

    while ((more = text_decode(name + length, left - length, &c)) > 0 && length + more < size)
        length += more;
    memcpy(to, name, length);
    to[length] = '\0';
}

/* Who is sent away gets no more; who leaves, or lost the connection, may have the rest. */
static void send_bytes(struct exchange *exchange, int file, off_t *from, off_t to,
                       const struct asker *asker)
{
    uint32_t slot;

    while (*from < to &&
           !(asker->known && slot_was_kicked(exchange->table, asker->token.serial, &slot))) {
        off_t end = to - *from < LIMIT_SEND_CHUNK ? to : *from + LIMIT_SEND_CHUNK;

        if (!stream_send_file(&exchange->stream, file, from, end))
            break;
    }
}

static void send_file(struct exchange *exchange, int file, const char *name, off_t from, off_t to,
                      uint64_t size)
{
    struct asker asker = find_asker(exchange);
    struct visit_note note;

    if (!exchange->request.head_only &&
        !exchange_may_send(exchange, asker.known ? &asker.token : NULL))
        return;
    if (!exchange_send_head(exchange))
        return;
    event_sending(name, asker.known ? asker.name : exchange->visitor->from);
    send_bytes(exchange, file, &from, to, &asker);
    note = (struct visit_note){.word = VISIT_FETCHED, .done = (uint64_t)from, .size = size};
    copy_name(note.file, sizeof note.file, name);
    exchange_tell(exchange, &note);
}

static void answer_opened(struct exchange *exchange, int file, const char *name,
                          const struct stat *st)
{
    struct answer *answer = &exchange->answer;
    struct version version = {.modified = st->st_mtime, .size = (uint64_t)st->st_size};
    const char *last = strrchr(name, '/');
    enum http_status status;
    uint64_t from, to;
    char etag[80];

    name_version(etag, st);
    version.etag = etag;
    status = condition_check(&exchange->request, &version, &from, &to);
    answer_begin(answer, status, "sandbox");
    answer_field(answer, "ETag", "%s", etag);
    answer_time(answer, "Last-Modified", st->st_mtime);
    answer_field(answer, "Cache-Control", "no-cache");
    answer_field(answer, "Accept-Ranges", "bytes");
    if (status == HTTP_PAST_END)
        answer_field(answer, "Content-Range", "bytes */%" PRIu64, version.size);
    if (status != HTTP_OK && status != HTTP_PARTIAL) {
        exchange_send(exchange, status == HTTP_NOT_MODIFIED ? NULL : "", 0);
        return;
    }
    answer_field(answer, "Content-Type", "application/octet-stream");
    answer_attachment(answer, last ? last + 1 : name);
    answer_field(answer, "Content-Length", "%" PRIu64, to - from);
    if (status == HTTP_PARTIAL)
        answer_field(answer, "Content-Range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, from,
                     to - 1, version.size);
    send_file(exchange, file, name, (off_t)from, (off_t)to, version.size);
}

static void answer_file(struct exchange *exchange, const char *name)
{
    struct share_list list;
    struct stat st;
    int file = share_open_file(exchange->service->share, name, &st), failed = errno;

    if (file >= 0) {
        answer_opened(exchange, file, name, &st);
        close(file);
    } else if (failed == ENOENT && share_read(exchange->service->share, name, &list) == 0) {
        share_free(&list);
        exchange_redirect(exchange, strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
    } else {
        refuse(exchange, name, failed);
    }
}

/* ---- both */

void files_answer(struct exchange *exchange)
{
    const struct service *service = exchange->service;
    const char *name = exchange->request.path + strlen(FILES_PATH);

    if (service->key->length > 0 && !find_asker(exchange).known)
        exchange_refuse(exchange, HTTP_FORBIDDEN,
                        "This room has a key: enter it, and fetch its files from there.");
    else if (share_follow(service->share, service->share_path, service->inbox) != PLACE_SAME)
        exchange_refuse(exchange, HTTP_UNAVAILABLE,
                        "The shared directory is gone; tell the room's operator.");
    else if (name[0] == '\0' || name[strlen(name) - 1] == '/')
        answer_directory(exchange, name);
    else
        answer_file(exchange, name);
}
