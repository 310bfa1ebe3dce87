/*
 * Did you mean: the closest of some words.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stddef.h>

/** Longest word that is compared. */
#define CLI_WORD_MAX 63

/**
 * Edits (insert, delete, replace, swap of neighbours) that make `b` of `a`; CLI_WORD_MAX + 1 when
 * one of them is longer than CLI_WORD_MAX.
 *
 * Source: optimal string alignment, Damerau 1964, doi:10.1145/363958.363994.
 */
size_t cli_word_distance(const char *a, const char *b);

/**
 * Takes `candidate` as the best suggestion for `word` if it is closer than the best so far and
 * close enough to be worth suggesting: a third of the word's letters wrong, at least 1, at most 3;
 * or the word, of two letters or more, is how the candidate begins.
 *
 * @param[in,out] best      suggestion, start with NULL
 * @param[in,out] distance  of it, start with CLI_WORD_MAX + 1
 */
void cli_word_consider(const char *word, const char *candidate, const char **best,
                       size_t *distance);

#endif
