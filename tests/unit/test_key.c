/* The key: HMAC-SHA-256 against another implementation's answers, and reading it. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/wire/key.h"
#include "tests/unit/tap.h"

static char path[] = "/tmp/rollcall-key.XXXXXX";

static int read_of(const char *content, size_t size, mode_t mode, struct key *key)
{
    FILE *file = fopen(path, "w");
    int result;

    OK(file != NULL && fwrite(content, 1, size, file) == size && fclose(file) == 0 &&
       chmod(path, mode) == 0);
    errno = 0;
    result = key_read(key, path);
    return result;
}

static void answers(void)
{
    struct key key = {.length = 6, .byte = "secret"};
    char answer[KEY_HEX_SIZE];

    key_answer(&key, "abc", answer);
    OK(strcmp(answer, "170702a29c5b9d7af7556fb05b11d0e7e679ed43857c436dbc0d5d7d6c3b642c") == 0);
    key.length = 100;
    memset(key.byte, 'x', 100);
    key_answer(&key, "abc", answer);
    OK(strcmp(answer, "96417c4f639bddaa7b89d88e08d063c338dfa8462f4dc8f850e74891f5e9c811") == 0);
    OK(key_same(answer, "96417c4f639bddaa7b89d88e08d063c338dfa8462f4dc8f850e74891f5e9c811"));
    OK(key_same(answer, "96417C4F639BDDAA7B89D88E08D063C338DFA8462F4DC8F850E74891F5E9C811"));
    OK(!key_same(answer, "") &&
       !key_same(answer, "170702a29c5b9d7af7556fb05b11d0e7e679ed43857c436dbc0d5d7d6c3b642c"));
}

static void challenges(void)
{
    char one[KEY_HEX_SIZE], other[KEY_HEX_SIZE];

    OK(key_challenge(one) == 0 && key_challenge(other) == 0);
    OK(strlen(one) == 2 * KEY_NONCE && strcmp(one, other) != 0);
}

static void files(void)
{
    static char much[KEY_MAX + 2];
    struct key key;

    memset(much, 'k', sizeof much);
    OK(mkstemp(path) >= 0);
    OK(read_of("secret\n", 7, 0600, &key) == 0);
    OK(key.length == 6 && memcmp(key.byte, "secret", 6) == 0);
    OK(read_of("secret", 6, 0640, &key) == 0 && key.length == 6);
    OK(read_of("a\nb\n", 4, 0600, &key) == 0 && key.length == 3);
    OK(read_of(much, KEY_MAX, 0600, &key) == 0 && key.length == KEY_MAX);
    OK(read_of(much, KEY_MAX + 1, 0600, &key) == -1 && errno == EINVAL);
    OK(read_of("\n", 1, 0600, &key) == -1 && errno == EINVAL);
    OK(read_of("", 0, 0600, &key) == -1 && errno == EINVAL);
    OK(read_of("secret\n", 7, 0644, &key) == -1 && errno == EPERM);
    (void)unlink(path);
    OK(key_read(&key, path) == -1 && errno == ENOENT);
}

int main(void)
{
    answers();
    challenges();
    files();
    return tap_end();
}
