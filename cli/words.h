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

/** True when `candidate` at that distance is worth suggesting for `word`. */
int cli_word_is_close(const char *word, size_t distance);

#endif
