/* Bytes from a proxy: the header is read as a visit reads it, then parsed. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/wire/proxy.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct proxy_origin origin;
    size_t length = 0, wanted;
    unsigned char *header;

    while ((wanted = proxy_wants(data, length)) > 0 && length < size)
        length += wanted < size - length ? wanted : size - length;
    if (length > PROXY_HEADER)
        abort();
    /* in memory of just that size, so that a byte too far is found */
    header = malloc(length + (length == 0));
    if (header == NULL)
        return 0;
    memcpy(header, data, length);
    (void)proxy_parse(header, length, &origin);
    if (origin.family != 0 && origin.family != 4 && origin.family != 6)
        abort();
    free(header);
    return 0;
}
