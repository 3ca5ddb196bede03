#define _POSIX_C_SOURCE 200809L

#include "client/link/nick.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/wire/name.h"
#include "server/wire/text.h"

void nick_offer(char name[PROTOCOL_NAME_MAX + 1])
{
    const char *user = getenv("USER");
    size_t used = 0;

    if (user == NULL || user[0] == '\0')
        user = getenv("LOGNAME");
    name[0] = '\0';
    for (size_t length = user != NULL ? strlen(user) : 0; length > 0;) {
        uint32_t c;
        size_t size = text_decode(user, length, &c);
        char piece[5] = "";

        memcpy(piece, user, size);
        if (size == 0 || !protocol_name_valid(piece))
            memcpy(piece, "-", sizeof "-");
        if (used + strlen(piece) <= PROTOCOL_NAME_MAX)
            used += (size_t)snprintf(name + used, PROTOCOL_NAME_MAX + 1 - used, "%s", piece);
        user += size > 0 ? size : 1;
        length -= size > 0 ? size : 1;
    }
    if (!protocol_name_valid(name))
        name[0] = '\0';
}

static void say(int terminal, const char *text)
{
    (void)!write(terminal, text, strlen(text));
}

/* Reads a line without its end; what does not fit is dropped, and the line is then no name. Returns
 * 0, or -1 at the end. */
static int read_line(int terminal, char line[PROTOCOL_NAME_MAX + 2])
{
    size_t used = 0;
    char byte;

    while (read(terminal, &byte, 1) == 1) {
        if (byte == '\n') {
            line[used] = '\0';
            return 0;
        }
        if (used <= PROTOCOL_NAME_MAX)
            line[used++] = byte;
    }
    say(terminal, "\n"); /* ends the prompt's line */
    errno = EINVAL;
    return -1;
}

int nick_ask(char name[PROTOCOL_NAME_MAX + 1])
{
    char offer[PROTOCOL_NAME_MAX + 1], line[PROTOCOL_NAME_MAX + 2];
    char prompt[sizeof offer + 64], wrong[128];
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC), result;

    if (terminal < 0)
        return -1;
    nick_offer(offer);
    (void)snprintf(prompt, sizeof prompt,
                   offer[0] ? "Your name (Enter: %s): " : "Your name: ", offer);
    (void)snprintf(wrong, sizeof wrong, "Expected 1 to %d letters, digits, '-' and '_'.\n",
                   PROTOCOL_NAME_LETTERS);
    for (;;) {
        say(terminal, prompt);
        result = read_line(terminal, line);
        if (result == 0 && line[0] == '\0')
            (void)snprintf(line, sizeof line, "%s", offer);
        if (result != 0 || protocol_name_valid(line))
            break;
        say(terminal, wrong);
    }
    if (result == 0)
        memcpy(name, line, strlen(line) + 1);
    (void)close(terminal);
    return result;
}

bool nick_is_chosen(const struct remote *remote, const struct voice *voice)
{
    char offer[PROTOCOL_NAME_MAX + 1];

    if (remote->anonymous || (remote->nick[0] != '\0' && name_same(remote->nick, remote->name)))
        return true;
    nick_offer(offer);
    voice_error(voice,
                "Choose a name before you hand in, as in nick:%s: the next client is %s, too",
                offer[0] != '\0' ? offer : "NAME", remote->name);
    return false;
}
