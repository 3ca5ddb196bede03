#include "server/wire/nearest.h"

#include <stdint.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The edit distance of two words: changed, added, omitted and transposed letters
 * (Damerau-Levenshtein, optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
    size_t cost[NEAREST_WORD + 1][NEAREST_WORD + 1], n = strlen(a), m = strlen(b);

    if (n > NEAREST_WORD || m > NEAREST_WORD)
        return SIZE_MAX;
    for (size_t i = 0; i <= n; i++)
        cost[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            cost[i][j] = least(least(cost[i - 1][j], cost[i][j - 1]) + 1,
                               cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[n][m];
}

/* Two thirds of the letters must be right. */
struct nearest nearest_begin(const char *word)
{
    return (struct nearest){.word = word, .best = (strlen(word) + 1) / 3 + 1};
}

bool nearest_try(struct nearest *search, const char *known)
{
    size_t cost = distance(search->word, known);

    if (cost >= search->best)
        return false;
    search->best = cost;
    return true;
}
