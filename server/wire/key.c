#define _POSIX_C_SOURCE 200809L

#include "server/wire/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 64 /* bytes of a block of SHA-256 */

/* Comes before the challenge, so that an answer cannot serve in another protocol that uses the key.
 */
static const char purpose[] = "rollcall-key:";

int key_read(struct key *key, const char *path)
{
    unsigned char bytes[KEY_MAX + 3]; /* with the end of a line, and one to see that it ends */
    int fd = open(path, O_RDONLY | O_CLOEXEC), failed = 0;
    size_t used = 0;
    ssize_t got = 1;
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0)
        failed = errno;
    else if (st.st_mode & (S_IROTH | S_IWOTH))
        failed = EPERM;
    while (failed == 0 && got > 0 && used < sizeof bytes) {
        got = read(fd, bytes + used, sizeof bytes - used);
        if (got < 0 && errno != EINTR)
            failed = errno;
        used += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    if (used > 0 && bytes[used - 1] == '\n') {
        used--;
        if (used > 0 && bytes[used - 1] == '\r') /* an editor of another system wrote it */
            used--;
    }
    if (failed == 0 && (used == 0 || used > KEY_MAX))
        failed = EINVAL;
    if (failed == 0) {
        memcpy(key->byte, bytes, used);
        key->length = used;
    }
    memset(bytes, 0, sizeof bytes);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

void key_explain(const char *path, char *error, size_t size)
{
    if (errno == EPERM)
        (void)snprintf(error, size,
                       "everybody may read or change the key in '%s'; try chmod 600 on it", path);
    else if (errno == EINVAL)
        (void)snprintf(error, size, "--key-file '%s': expected a key of 1 to %d bytes in it", path,
                       KEY_MAX);
    else
        (void)snprintf(error, size, "cannot read the key in '%s': %s", path, strerror(errno));
}

int key_challenge(char challenge[KEY_HEX_SIZE])
{
    unsigned char nonce[KEY_NONCE];
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return -1;
    got = read(fd, nonce, sizeof nonce);
    close(fd);
    if (got != (ssize_t)sizeof nonce) {
        errno = EIO;
        return -1;
    }
    sha256_hex(challenge, nonce);
    return 0;
}

/* Begins a sum with the key's block, each byte combined with `pad` (RFC 2104: ipad, opad). */
static void begin(struct sha256 *sum, const unsigned char key[BLOCK], unsigned char pad)
{
    unsigned char block[BLOCK];

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = key[i] ^ pad;
    sha256_init(sum);
    sha256_add(sum, block, sizeof block);
}

void key_prove(const struct key *key, const char *what, const char *text, char proof[KEY_HEX_SIZE])
{
    unsigned char block[BLOCK] = {0}, digest[SHA256_SIZE];
    struct sha256 sum;

    if (key->length > BLOCK) {
        sha256_init(&sum);
        sha256_add(&sum, key->byte, key->length);
        sha256_end(&sum, block);
    } else {
        memcpy(block, key->byte, key->length);
    }
    begin(&sum, block, 0x36);
    sha256_add(&sum, what, strlen(what));
    sha256_add(&sum, text, strlen(text));
    sha256_end(&sum, digest);
    begin(&sum, block, 0x5c);
    sha256_add(&sum, digest, sizeof digest);
    sha256_end(&sum, digest);
    sha256_hex(proof, digest);
}

void key_answer(const struct key *key, const char *challenge, char answer[KEY_HEX_SIZE])
{
    key_prove(key, purpose, challenge, answer);
}

static char lower(char digit)
{
    return digit >= 'A' && digit <= 'F' ? (char)(digit - 'A' + 'a') : digit;
}

bool key_same(const char answer[KEY_HEX_SIZE], const char *other)
{
    unsigned char difference = 0;

    if (strlen(other) != KEY_HEX_SIZE - 1)
        return false;
    for (size_t i = 0; i < KEY_HEX_SIZE - 1; i++)
        difference |= (unsigned char)(answer[i] ^ lower(other[i]));
    return difference == 0;
}
