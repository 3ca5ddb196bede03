#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/wire/sha256.h"
#include "tests/unit/tap.h"

static char *digest_of(const char *data, size_t size, size_t step)
{
    static char hex[SHA256_HEX_SIZE];
    unsigned char digest[SHA256_SIZE];
    struct sha256 sum;

    sha256_init(&sum);
    for (size_t at = 0; at < size; at += step)
        sha256_add(&sum, data + at, size - at < step ? size - at : step);
    sha256_end(&sum, digest);
    sha256_hex(hex, digest);
    return hex;
}

int main(void)
{
    static const struct {
        const char *data, *hex;
    } known[] = {
        /* FIPS 180-4's examples */
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "m"
         "nopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    char *million = malloc(1000000);

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        for (size_t step = 1; step < 130; step += 13)
            OK(strcmp(digest_of(known[i].data, strlen(known[i].data), step), known[i].hex) == 0);
    if (million == NULL)
        BAIL("no memory");
    memset(million, 'a', 1000000);
    OK(strcmp(digest_of(million, 1000000, 1000000),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") == 0);
    /* every length about the block's end, cut up in every way */
    for (size_t size = 50; size < 140; size++) {
        char whole[SHA256_HEX_SIZE];
        int bad = 0;

        memcpy(whole, digest_of(million, size, size), sizeof whole);
        for (size_t step = 1; step < size; step++)
            bad += strcmp(digest_of(million, size, step), whole) != 0;
        OK(bad == 0);
    }
    free(million);
    return tap_end();
}
