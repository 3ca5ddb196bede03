/* What libFuzzer calls, and replay.c for a corpus. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>

/* Returns 0, or -1 for an input that is not worth keeping. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#endif
