/*
 * Ordered set of whole numbers 0 .. n - 1 with quick neighbours: the staircase of a sweep, where
 * a number is the rank of a coordinate among all points.
 *
 * A tree of bit words with 64 children to a node: every operation takes one step per level, and
 * 20,000 ranks need three levels.  Nothing to balance and nothing to allocate while it is used,
 * which a search tree would need.  The words belong to the caller.
 */
#ifndef ECO_PARETO_RANK_SET_H
#define ECO_PARETO_RANK_SET_H

#include <stddef.h>
#include <stdint.h>

enum { ECO_RANK_LEVELS = 4 }; /* 64^4 ranks */

/** What the searches give when there is no such rank. */
#define ECO_RANK_NONE SIZE_MAX

typedef struct eco_rank_set {
    size_t n_levels;
    size_t n_words[ECO_RANK_LEVELS];
    uint64_t *words[ECO_RANK_LEVELS]; /* borrowed; level 0 has a bit per rank, the next a bit per
                                         word of the one before that is not zero */
} eco_rank_set;

/** Words that a set of ranks below n needs. */
size_t eco_rank_set_words(size_t n);

/** Makes an empty set of ranks below n, 1 <= n <= 64^4, over eco_rank_set_words(n) words. */
void eco_rank_set_init(eco_rank_set *set, size_t n, uint64_t *words);

/** Takes all ranks out. */
void eco_rank_set_clear(eco_rank_set *set);

/** Puts a rank in; it may be there already. */
void eco_rank_set_add(eco_rank_set *set, size_t rank);

/** Takes a rank out that is in. */
void eco_rank_set_drop(eco_rank_set *set, size_t rank);

/** Largest member <= rank, or ECO_RANK_NONE. */
size_t eco_rank_set_below(const eco_rank_set *set, size_t rank);

/** Smallest member >= rank, or ECO_RANK_NONE; rank may be n. */
size_t eco_rank_set_above(const eco_rank_set *set, size_t rank);

#endif
