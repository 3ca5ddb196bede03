#define _POSIX_C_SOURCE 200809L

#include "client/chat/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/wire/line.h"
#include "server/wire/text.h"

/* Sets the path, and makes the directories that lead to it. False: the user has no home. */
static bool find_path(struct history *history)
{
    char *path = history->path;
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length;

    if (state != NULL && state[0] == '/')
        length = snprintf(path, sizeof history->path, "%s/rollcall/history", state);
    else if (home != NULL && home[0] == '/')
        length = snprintf(path, sizeof history->path, "%s/.local/state/rollcall/history", home);
    else
        length = 0;
    if (length <= 0 || (size_t)length >= sizeof history->path) {
        path[0] = '\0';
        return false;
    }
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    return true;
}

/* Replaces the file's lines by the editor's. On failure the file stays as it is. */
static void write_anew(const struct history *history, const struct editor *editor)
{
    const char *path = history->path;
    char fresh[PATH_MAX + 8];
    bool good = true;
    int fd;

    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    for (size_t i = 0; i < editor->lines && good; i++)
        good = line_write(fd, editor->history[i], strlen(editor->history[i]), NULL, NULL) == 0 &&
               line_write(fd, "\n", 1, NULL, NULL) == 0;
    if (close(fd) != 0 || !good || rename(fresh, path) != 0)
        (void)unlink(fresh);
}

void history_load(struct history *history, struct editor *editor)
{
    struct line_reader reader;
    size_t count = 0, length;
    char *line;
    int fd;

    if (!find_path(history))
        return;
    fd = open(history->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    line_reader_init(&reader, fd, PROTOCOL_REQUEST_MAX);
    do {
        enum line_status status;

        while ((status = line_next(&reader, &line, &length)) != LINE_NONE) {
            count++;
            if (status == LINE_READY && text_is_clean(line, length))
                (void)editor_remember(editor, line);
        }
    } while (line_fill(&reader) > 0);
    close(fd);
    if (count > HISTORY_LINES)
        write_anew(history, editor);
}

void history_add(const struct history *history, const char *line)
{
    char whole[PROTOCOL_REQUEST_MAX + 2];
    int length = snprintf(whole, sizeof whole, "%s\n", line), fd;

    if (history->path[0] == '\0')
        return;
    fd = open(history->path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)line_write(fd, whole, (size_t)length, NULL, NULL);
    close(fd);
}
