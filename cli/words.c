/*
 * The distance counts a swap of neighbours as one slip, not two: it is the commonest mistake of
 * quick fingers ("trails"), and with plain Levenshtein distance shorter names would win over the
 * one that was meant.
 */
#include "words.h"

#include <string.h>

/* There is no min() in C that does not evaluate something twice. */
static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Words are short by definition, so the rows stand on the stack: a suggestion must not fail for
 * want of memory in the middle of an error message. This is the restricted form, in which no letter
 * takes part in two swaps. Words that are too long are farther away than any that are not. */
size_t cli_word_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > CLI_WORD_MAX || m > CLI_WORD_MAX)
        return CLI_WORD_MAX + 1;

    /* Three rows of the usual table: a swap looks two rows back. */
    size_t rows[3][CLI_WORD_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            best = least(best, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = least(best, before[j - 2] + 1);
            row[j] = best;
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[m];
}

/* A limit that grows with the word: with two slips allowed, every word of three letters would be
 * like every other.  The beginning of a name counts as the name: people try it where abbreviations
 * usually work. The first of several equally near ones stays, so the order of the table decides. */
void cli_word_consider(const char *word, const char *candidate, const char **best, size_t *distance)
{
    size_t length = strlen(word);
    /* One slip up to five letters, two up to eight, three from nine on. */
    size_t limit = length / 3;
    if (limit < 1)
        limit = 1;
    if (limit > 3)
        limit = 3;
    size_t d = cli_word_distance(word, candidate);
    if (length >= 2 && strncmp(word, candidate, length) == 0)
        d = 0;
    if (d <= limit && d < *distance) {
        *distance = d;
        *best = candidate;
    }
}
