/* The client's messages to its user. All text is sanitized before it is shown, because most of it
 * contains text from a server. */
#ifndef CLIENT_LINK_VOICE_H
#define CLIENT_LINK_VOICE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct voice {
    bool interactive; /* a conversation: everything goes to stdout, without "rollcall: " */
    bool quiet;       /* about files, only errors are shown */
    bool progress;    /* the progress of files is shown */
    bool timestamps;  /* `listen` shows the time before each line */
    void (*show)(void *context, const char *line); /* takes each line; NULL: it is printed */
    void (*bar)(void *context, const char *line);  /* draws the progress line, or removes it (line
                                                      NULL); if bar is NULL, stderr is used */
    void *context;                                 /* of show and bar */
    size_t beside; /* columns of the progress line that bar needs for itself */
    bool *drawn;   /* set while a file's progress is drawn; NULL: nobody asks */
    const volatile sig_atomic_t *stopped; /* set when the user stops the command; NULL: never */
};

/* Waits like poll(2) for one descriptor (-1: for none), and where that takes longer than
 * REMOTE_LATE_MS, shows each second that the server is waited for, as progress is shown. -1 with
 * ECANCELED once the user has stopped the command. A remote_wait (remote.h) whose context is the
 * voice. */
int voice_wait(void *voice, int fd, short events, int ms);

/* Says what went wrong: on stdout in a conversation, else on stderr with the program's name. */
void voice_error(const struct voice *voice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says something in a conversation; elsewhere says nothing. */
void voice_say(const struct voice *voice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says something about files unless the user asked for quiet: on stdout in a conversation, else on
 * stderr, without the program's name. */
void voice_note(const struct voice *voice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Shows one line of an answer, the first with the number 0. A remote_item (remote.h) whose context
 * is the voice. */
void voice_item(void *voice, size_t number, const char *text);

#endif
