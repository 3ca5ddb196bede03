/* letters: prints what the three programs know of characters, for a test that compares it with the
 * page for browsers: "shown HEX TEXT" for each that is not shown as it is, "fold HEX HEX" for each
 * that is another one where names are compared, and "letter HEX" for each that a name may begin
 * with. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/wire/letters.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"

static size_t encode(char to[5], uint32_t c)
{
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = size; i-- > 1; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(first[size > 1 ? size : 0] | c);
    to[size] = '\0';
    return size;
}

int main(void)
{
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        char text[5], shown[TEXT_SHOWN_SIZE(4)];

        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        text_show(shown, sizeof shown, text, encode(text, c));
        if (strcmp(shown, text) != 0)
            printf("shown %" PRIx32 " %s\n", c, shown);
        if (letters_fold(c) != c)
            printf("fold %" PRIx32 " %" PRIx32 "\n", c, letters_fold(c));
        if (protocol_name_valid(text))
            printf("letter %" PRIx32 "\n", c);
    }
    return 0;
}
