#define _POSIX_C_SOURCE 200809L

#include "client/link/voice.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/limits.h"
#include "server/wire/clock.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"

static void say(const struct voice *voice, FILE *out, const char *prefix, const char *format,
                va_list arguments)
{
    char said[PROTOCOL_REPLY_MAX + 512], shown[TEXT_SHOWN_SIZE(sizeof said)];

    (void)vsnprintf(said, sizeof said, format, arguments);
    text_show(shown, sizeof shown, said, strlen(said));
    if (voice->interactive && voice->show != NULL) {
        voice->show(voice->context, shown);
        return;
    }
    (void)fflush(stdout);
    fprintf(out, "%s%s\n", prefix, shown);
}

void voice_error(const struct voice *voice, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (voice->interactive)
        say(voice, stdout, "", format, arguments);
    else
        say(voice, stderr, "rollcall: ", format, arguments);
    va_end(arguments);
}

void voice_say(const struct voice *voice, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (voice->interactive)
        say(voice, stdout, "", format, arguments);
    va_end(arguments);
}

void voice_note(const struct voice *voice, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (!voice->quiet)
        say(voice, voice->interactive ? stdout : stderr, "", format, arguments);
    va_end(arguments);
}

void voice_item(void *context, size_t number, const char *text)
{
    const struct voice *voice = context;
    char shown[TEXT_SHOWN_SIZE(PROTOCOL_REPLY_MAX)];

    text_show(shown, sizeof shown, text, strlen(text));
    if (voice->show != NULL)
        voice->show(voice->context, shown);
    else
        printf("%s%s\n", voice->interactive && number == 0 ? "Server says: " : "", shown);
}

static int wait_once(int fd, short events, int ms)
{
    struct pollfd wanted = {.fd = fd, .events = events};

    return poll(&wanted, 1, ms);
}

/* A signal may come just before the wait begins, so no wait is long where one is awaited. */
static int slice(const struct voice *voice, bool late, int left)
{
    bool sliced = late || voice->stopped != NULL;

    return sliced && (left < 0 || left > REMOTE_LATE_MS) ? REMOTE_LATE_MS : left;
}

int voice_wait(void *context, int fd, short events, int ms)
{
    const struct voice *voice = context;
    const int64_t began = clock_now();
    bool shows = voice->progress && !voice->quiet, shown = false;
    int ready;

    for (;;) {
        int64_t passed = (clock_now() - began) / CLOCK_MS;
        int left = ms < 0 ? -1 : passed < ms ? ms - (int)passed : 0;
        bool late = shows && fd >= 0 && (voice->drawn == NULL || !*voice->drawn);

        if (late && passed >= REMOTE_LATE_MS) {
            (void)fflush(stdout);
            fprintf(stderr, "\rWaiting for the server, %d s\033[K", (int)(passed / 1000));
            shown = true;
        }
        if (voice->stopped != NULL && *voice->stopped) {
            errno = ECANCELED;
            ready = -1;
            break;
        }
        ready = wait_once(fd, events, slice(voice, late, left));
        if (ready > 0 || (ready < 0 && errno != EINTR) || (ready == 0 && left == 0))
            break;
    }
    if (shown)
        fputs("\r\033[K", stderr);
    return ready;
}
