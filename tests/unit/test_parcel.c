#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/parcel.h"
#include "tests/unit/tap.h"

static unsigned char memory[4096];
static char version[PARCEL_VERSION];

struct thing {
    int number;
    const char *text, *nothing;
};

static void carry(struct parcel *parcel, struct thing *thing)
{
    parcel_part(parcel, "a thing", sizeof *thing);
    parcel_bytes(parcel, &thing->number, sizeof thing->number);
    parcel_text(parcel, &thing->text);
    parcel_text(parcel, &thing->nothing);
}

static void pack(size_t size)
{
    struct thing thing = {.number = 7, .text = "hello"};
    struct parcel parcel;

    memset(memory, 0, sizeof memory);
    parcel_begin(&parcel, memory, size);
    carry(&parcel, &thing);
    OK(parcel_end(&parcel, "1.2"));
}

static void there_and_back(void)
{
    struct thing thing = {.nothing = "something"};
    struct parcel parcel;

    pack(sizeof memory);
    OK(parcel_open(&parcel, memory, sizeof memory, version) && strcmp(version, "1.2") == 0);
    carry(&parcel, &thing);
    OK(parcel_is_empty(&parcel));
    OK(thing.number == 7 && strcmp(thing.text, "hello") == 0 && thing.nothing == NULL);
    free((void *)(uintptr_t)thing.text);
    parcel_bytes(&parcel, &thing.number, sizeof thing.number);
    OK(parcel.failed != NULL && thing.number == 0);
}

/* Each byte that is changed, and each end, is noticed. */
static void damage(void)
{
    struct parcel parcel;
    size_t used;
    int unnoticed = 0;

    pack(sizeof memory);
    OK(parcel_open(&parcel, memory, sizeof memory, version));
    used = parcel.size;
    for (size_t i = 0; i < used; i++) {
        memory[i] ^= 1;
        unnoticed += parcel_open(&parcel, memory, sizeof memory, version) &&
                     strcmp(version, "1.2") == 0 && parcel.used <= parcel.size && i < 24;
        unnoticed += i >= 24 + PARCEL_VERSION && parcel_open(&parcel, memory, used, version);
        memory[i] ^= 1;
    }
    for (size_t size = 0; size < used; size++)
        unnoticed += parcel_open(&parcel, memory, size, version);
    OK(unnoticed == 0);
}

static void differences(void)
{
    struct parcel parcel;
    int number;

    pack(sizeof memory);
    OK(parcel_open(&parcel, memory, sizeof memory, version));
    parcel_part(&parcel, "a thing", 1);
    OK(parcel.failed != NULL && strcmp(parcel.failed, "a thing") == 0);
    parcel_part(&parcel, "another", 1);
    OK(strcmp(parcel.failed, "a thing") == 0);
    OK(parcel_open(&parcel, memory, sizeof memory, version));
    parcel_part(&parcel, "another thing", sizeof(struct thing));
    OK(parcel.failed != NULL);
    OK(parcel_open(&parcel, memory, sizeof memory, version));
    parcel_part(&parcel, "a thing", sizeof(struct thing));
    parcel_bytes(&parcel, &number, sizeof number);
    OK(number == 7 && parcel.failed == NULL && !parcel_is_empty(&parcel));
}

/* Memory that is too small: a failure, and nothing behind its end. */
static void too_small(void)
{
    struct thing thing = {.number = 7, .text = "hello"};
    struct parcel parcel;
    size_t least = 0;

    for (size_t size = 0; least == 0 && size < sizeof memory; size++) {
        memset(memory, 0xaa, sizeof memory);
        parcel_begin(&parcel, memory, size);
        carry(&parcel, &thing);
        if (parcel_end(&parcel, "1.2"))
            least = size;
        OK(memory[size] == 0xaa);
    }
    OK(least > 0 && least < 200);
}

static void blocks(void)
{
    char bytes[] = "a\0b", *block = bytes;
    size_t length = sizeof bytes;
    struct parcel parcel;

    parcel_begin(&parcel, memory, sizeof memory);
    parcel_block(&parcel, &block, &length);
    OK(parcel_end(&parcel, "1.2"));
    length = 0;
    OK(parcel_open(&parcel, memory, sizeof memory, version));
    parcel_block(&parcel, &block, &length);
    OK(parcel_is_empty(&parcel) && length == sizeof bytes && block != bytes);
    OK(memcmp(block, bytes, length) == 0);
    free(block);
    parcel_block(&parcel, &block, &length);
    OK(parcel.failed != NULL && block == NULL && length == 0);
}

/* The length of a text is not believed. */
static void long_text(void)
{
    uint64_t length = UINT64_MAX - 1;
    const char *text = "none";
    struct parcel parcel;

    parcel_begin(&parcel, memory, sizeof memory);
    parcel_part(&parcel, "text", 0);
    parcel_bytes(&parcel, &length, sizeof length);
    OK(parcel_end(&parcel, "1.2"));
    OK(parcel_open(&parcel, memory, sizeof memory, version));
    parcel_part(&parcel, "text", 0);
    parcel_text(&parcel, &text);
    OK(parcel.failed != NULL && text == NULL);
}

int main(void)
{
    there_and_back();
    damage();
    differences();
    too_small();
    blocks();
    long_text();
    return tap_end();
}
