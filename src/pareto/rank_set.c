#include "pareto/rank_set.h"

#include <string.h>

enum { BITS = 64, SHIFT = 6 };

size_t eco_rank_set_words(size_t n)
{
    size_t sum = 0;
    do {
        n = (n + BITS - 1) / BITS;
        sum += n;
    } while (n > 1);
    return sum;
}

void eco_rank_set_init(eco_rank_set *set, size_t n, uint64_t *words)
{
    set->n_levels = 0;
    do {
        n = (n + BITS - 1) / BITS;
        set->n_words[set->n_levels] = n;
        set->words[set->n_levels++] = words;
        words += n;
    } while (n > 1);
    eco_rank_set_clear(set);
}

void eco_rank_set_clear(eco_rank_set *set)
{
    for (size_t level = 0; level < set->n_levels; level++)
        memset(set->words[level], 0, set->n_words[level] * sizeof *set->words[level]);
}

void eco_rank_set_add(eco_rank_set *set, size_t rank)
{
    for (size_t level = 0; level < set->n_levels; level++, rank >>= SHIFT)
        set->words[level][rank >> SHIFT] |= UINT64_C(1) << rank % BITS;
}

void eco_rank_set_drop(eco_rank_set *set, size_t rank)
{
    for (size_t level = 0; level < set->n_levels; level++, rank >>= SHIFT) {
        uint64_t *word = set->words[level] + (rank >> SHIFT);
        *word &= ~(UINT64_C(1) << rank % BITS);
        if (*word) /* still announced by the level above */
            return;
    }
}

static size_t lowest(uint64_t word)
{
    return (size_t)__builtin_ctzll(word);
}

static size_t highest(uint64_t word)
{
    return BITS - 1 - (size_t)__builtin_clzll(word);
}

/* Both searches climb until a word holds a member on the wanted side, then descend along the
 * nearest bits. */
size_t eco_rank_set_below(const eco_rank_set *set, size_t rank)
{
    for (size_t level = 0; level < set->n_levels; level++) {
        size_t at = rank >> SHIFT;
        uint64_t word = set->words[level][at] & (~UINT64_C(0) >> (BITS - 1 - rank % BITS));
        if (word) {
            rank = at << SHIFT | highest(word);
            while (level-- > 0)
                rank = rank << SHIFT | highest(set->words[level][rank]);
            return rank;
        }
        if (at == 0) /* nothing further down */
            break;
        rank = at - 1;
    }
    return ECO_RANK_NONE;
}

size_t eco_rank_set_above(const eco_rank_set *set, size_t rank)
{
    for (size_t level = 0; level < set->n_levels; level++) {
        size_t at = rank >> SHIFT;
        if (at >= set->n_words[level])
            break;
        uint64_t word = set->words[level][at] & (~UINT64_C(0) << rank % BITS);
        if (word) {
            rank = at << SHIFT | lowest(word);
            while (level-- > 0)
                rank = rank << SHIFT | lowest(set->words[level][rank]);
            return rank;
        }
        rank = at + 1;
    }
    return ECO_RANK_NONE;
}
