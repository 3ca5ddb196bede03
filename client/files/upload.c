#define _POSIX_C_SOURCE 200809L

#include "client/files/upload.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/files/progress.h"
#include "client/limits.h"
#include "client/link/bytes.h"
#include "server/wire/text.h"

/* Ends the transfer, because the user wants that or the file has no more bytes. In one run only the
 * end of the connection can do that. */
static enum remote_state stop(struct remote *remote)
{
    enum remote_state state = remote->in_pieces ? bytes_stop(remote) : REMOTE_OVER;

    return state == REMOTE_READY ? REMOTE_STOPPED : state;
}

/* Sends the bytes of the chunk. */
static enum given give_chunk(struct remote *remote, const char *chunk, size_t size,
                             enum remote_state *state)
{
    size_t given = 0;

    if (!remote->in_pieces) {
        *state = bytes_give(remote, chunk, size, &given);
        remote->sent += given;
        return *state != REMOTE_READY ? GIVEN_LOST : given < size ? GIVEN_UNTIL_ANSWER : GIVEN_ALL;
    }
    *state = bytes_put_piece(remote, chunk, size);
    if (*state == REMOTE_READY)
        remote->sent += size;
    if (*state == REMOTE_STOPPED)
        *state = stop(remote);
    return *state == REMOTE_READY ? GIVEN_ALL : *state == REMOTE_CUT ? GIVEN_CUT : GIVEN_LOST;
}

enum given upload(struct remote *remote, const struct voice *voice, const struct local *file,
                  uint64_t from, enum remote_state *state, bool *shorter)
{
    char chunk[FILE_CHUNK], shown[TEXT_SHOWN_SIZE(NAME_MAX)];
    struct progress progress;
    enum given result = GIVEN_ALL;
    uint64_t sent = from;

    text_show(shown, sizeof shown, file->name, strlen(file->name));
    progress_begin(&progress, voice, shown, sent, file->length);
    bytes_begin_upload(remote, file->length - sent);
    while (result == GIVEN_ALL && sent < file->length) {
        uint64_t left = file->length - sent;
        ssize_t got =
            pread(file->fd, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk, (off_t)sent);

        if (got <= 0) {
            *shorter = true;
            *state = stop(remote);
            result = GIVEN_LOST;
            break;
        }
        result = give_chunk(remote, chunk, (size_t)got, state);
        if (result == GIVEN_ALL)
            sent += (uint64_t)got;
        progress_step(&progress, sent);
    }
    bytes_end(remote);
    progress_end(&progress, sent);
    return result;
}
