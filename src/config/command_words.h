/*
 * Splits a command line into words by the quoting rules of a shell, without being one.
 *
 * Pure text work: nothing is looked up, replaced or run, so a study file can be checked anywhere.
 * Placeholders such as {lr} pass through and are replaced later, one word at a time.
 *
 * Owner: the arena given.  Threads: as its context.
 */
#ifndef ECO_CONFIG_COMMAND_WORDS_H
#define ECO_CONFIG_COMMAND_WORDS_H

#include "core/arena.h"

/** Why a command line was refused, and where. */
typedef struct eco_words_error {
    size_t offset;    /* 0-based byte */
    char character;   /* what stands there; 0: an unclosed quote */
    const char *what; /* static text */
} eco_words_error;

/**
 * Blanks, tabs and newlines separate words; 'all literal', "\" and \\ are escapes here", \x is x.
 * Outside quotes the characters by which a shell would do more (| & ; < > ` $ * ?, ~ in front of a
 * word) are refused, because nothing here would do it.
 *
 * @param[out] ret_words  n words in the arena; unchanged on failure
 * @return ECOPT_OK (also with no word at all), ECOPT_E_PARSE (*ret_error is set), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_words_split(eco_arena *arena, const char *text,
                                          const char *const **ret_words, size_t *ret_n,
                                          eco_words_error *ret_error);

#endif
