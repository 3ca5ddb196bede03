/* Bytes from a server: the client reads its greeting and the answers to some requests. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/files/download.h"
#include "client/link/hello.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX 65536

static char directory[] = "/tmp/rollcall-fuzz.XXXXXX";

static void remove_files(void)
{
    char path[64];

    (void)snprintf(path, sizeof path, "%s/f", directory);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/f.part", directory);
    (void)unlink(path);
}

static void clean_up(void)
{
    remove_files();
    (void)rmdir(directory);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const requests[] = {"status", "file:f", "moo", "list-long", "sum:f"};
    static bool begun;
    const struct voice voice = {.interactive = true};
    const struct download_options options = {.output = directory};
    struct remote remote = {
        .key = {.length = 3, .byte = "key"}, .patience_ms = 1000, .host = "", .port = ""};
    enum answer_end end;
    int pair[2];

    if (!begun) {
        begun = true;
        if (mkdtemp(directory) == NULL)
            abort();
        atexit(clean_up);
    }
    if (size > INPUT_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return -1;
    if (write(pair[1], data, size) != (ssize_t)size)
        abort();
    (void)shutdown(pair[1], SHUT_WR);
    remote.fd = pair[0];
    line_reader_init(&remote.reader, pair[0], PROTOCOL_REPLY_MAX);
    end = hello_greet(&remote, &voice, true);
    for (size_t i = 0; end == ANSWER_DONE || end == ANSWER_FAILED; i++) {
        const char *request = requests[i % (sizeof requests / sizeof requests[0])];

        end = strncmp(request, "file:", 5) == 0
                  ? download_file(&remote, &voice, &options, request + 5)
                  : answer_request(&remote, &voice, request, strlen(request), NULL);
    }
    remote_close(&remote);
    (void)close(pair[1]);
    remove_files();
    return 0;
}
