#define _POSIX_C_SOURCE 200809L

#include "client/link/voice.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
