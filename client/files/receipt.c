#define _POSIX_C_SOURCE 200809L

#include "client/files/receipt.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/wire/line.h"
#include "server/wire/text.h"

/* sha256sum(1) skips the line that begins with '#'. */
int receipt_write(int to, const struct remote *remote, const struct voice *voice, const char *path,
                  const char *name, const struct protocol_receipt *receipt)
{
    char line[PATH_MAX + 1024], shown[TEXT_SHOWN_SIZE(sizeof line)];
    int length;

    if (path == NULL || !text_is_clean(path, strlen(path)))
        path = name;
    (void)snprintf(line, sizeof line,
                   "# %s: %" PRIu64 " byte%s, handed in as %s to %s port %s at %s%s", name,
                   receipt->length, text_s(receipt->length), remote->name, remote->host,
                   remote->port, receipt->time,
                   strcmp(receipt->earlier, "same") == 0   ? "; it was there already"
                   : strcmp(receipt->earlier, "kept") == 0 ? "; the earlier one is kept"
                                                           : "");
    text_show(shown, sizeof shown, line, strlen(line));
    if (voice->interactive)
        voice_note(voice, "Handed in: %s", line + strlen("# "));
    else
        printf("%s\n%s  %s\n", shown, receipt->hex, path);
    if (to < 0)
        return 0;
    length = snprintf(line, sizeof line, "%s\n%s  %s\n", shown, receipt->hex, path);
    return line_write(to, line, (size_t)length, NULL, NULL) == 0 ? fsync(to) : -1;
}
