#define _POSIX_C_SOURCE 200809L

#include "server/wire/line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void line_reader_init(struct line_reader *reader, int fd, size_t max)
{
    /* field by field: the buffer's pages stay untouched until something arrives */
    reader->fd = fd;
    reader->max = max;
    reader->start = reader->end = reader->scanned = 0;
    reader->skipping = false;
}

/* The LF that ends the first line in the buffer, or NULL. */
static char *find_end(struct line_reader *reader)
{
    char *from = reader->buffer + reader->start + reader->scanned;
    char *found = memchr(from, '\n', reader->end - reader->start - reader->scanned);

    reader->scanned = (found ? (size_t)(found - reader->buffer) : reader->end) - reader->start;
    return found;
}

static void drop(struct line_reader *reader, size_t count)
{
    reader->start += count;
    reader->scanned = 0;
}

enum line_status line_next(struct line_reader *reader, char **line, size_t *length)
{
    char *end;

    while ((end = find_end(reader)) != NULL) {
        char *begin = reader->buffer + reader->start;
        size_t size = (size_t)(end - begin);

        drop(reader, size + 1);
        if (reader->skipping) { /* the end of the line that was too long */
            reader->skipping = false;
            continue;
        }
        if (size > 0 && begin[size - 1] == '\r')
            size--;
        *line = begin;
        *length = size;
        if (size > reader->max)
            return LINE_TOO_LONG;
        begin[size] = '\0';
        return LINE_READY;
    }
    if (reader->skipping) {
        drop(reader, reader->end - reader->start);
        return LINE_NONE;
    }
    if (reader->end - reader->start > reader->max + 1) { /* 1: the CR of a line that just fits */
        *line = reader->buffer + reader->start;
        *length = reader->end - reader->start;
        drop(reader, reader->end - reader->start);
        reader->skipping = true;
        return LINE_TOO_LONG;
    }
    return LINE_NONE;
}

bool line_pending(struct line_reader *reader)
{
    return find_end(reader) != NULL;
}

bool line_begun(const struct line_reader *reader)
{
    return reader->skipping || reader->end > reader->start;
}

size_t line_peek(const struct line_reader *reader, const char **bytes)
{
    *bytes = reader->buffer + reader->start;
    return reader->end - reader->start;
}

static void make_room(struct line_reader *reader)
{
    if (reader->start == 0)
        return;
    memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;
}

size_t line_room(const struct line_reader *reader)
{
    return sizeof reader->buffer - (reader->end - reader->start);
}

void line_add(struct line_reader *reader, const void *bytes, size_t size)
{
    make_room(reader);
    memcpy(reader->buffer + reader->end, bytes, size);
    reader->end += size;
}

ssize_t line_fill(struct line_reader *reader)
{
    ssize_t got;

    make_room(reader);
    if (reader->end == sizeof reader->buffer) {
        errno = ENOBUFS;
        return -1;
    }
    do
        got = read(reader->fd, reader->buffer + reader->end, sizeof reader->buffer - reader->end);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        reader->end += (size_t)got;
    return got;
}

enum line_status line_rest(struct line_reader *reader, char **line, size_t *length)
{
    size_t size = reader->end - reader->start;

    reader->scanned = 0;
    if (size == 0 || reader->skipping)
        return LINE_NONE;
    if (size > reader->max)
        return LINE_TOO_LONG;
    if (reader->start > 0) /* a full buffer has no byte for the NUL */
        reader->start--;
    memmove(reader->buffer + reader->start, reader->buffer + reader->end - size, size);
    reader->buffer[reader->start + size] = '\0';
    *line = reader->buffer + reader->start;
    *length = size;
    reader->start = reader->end = 0;
    return LINE_READY;
}

size_t line_take(struct line_reader *reader, void *to, size_t size)
{
    size_t have = reader->end - reader->start;
    size_t count = size < have ? size : have;

    memcpy(to, reader->buffer + reader->start, count);
    drop(reader, count);
    return count;
}

int line_write(int fd, const void *data, size_t size, line_wait *wait, void *context)
{
    const char *from = data;

    while (size > 0) {
        ssize_t put = write(fd, from, size);

        if (put >= 0) {
            from += put;
            size -= (size_t)put;
        } else if (errno == EAGAIN && wait != NULL) {
            if (wait(context, POLLOUT, size) != 0)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}
