/* Bytes to the client as they are: conn and frames write with this. */
#ifndef SERVER_HANDLER_OUTPUT_H
#define SERVER_HANDLER_OUTPUT_H

#include <stddef.h>

#include "server/handler/state.h"

/* A line_wait (server/wire/line.h) whose context is the session: waits at the client's pace. */
int output_wait(void *context, short events, size_t left);

/* Writes all bytes, at the client's pace, or makes the session MUTE. */
void output_write(struct session *session, const void *data, size_t size);

#endif
