/*
 * Regular expressions over lines of output: PCRE2 with limits.
 *
 * Patterns see bytes, not characters: output need not be UTF-8.  One that begins with (*UTF) sees
 * characters, and lines that are no UTF-8 do not match it.  A match that needs too many steps (or
 * memory that is not to be had) counts as none; after ECO_PATTERN_FAILURES_MAX of those the pattern
 * is given up, so a catastrophic one cannot hold up a study.
 *
 * Owner: the caller, eco_pattern_free.  Threads: one at a time per pattern.
 */
#ifndef ECO_TRIAL_PATTERN_H
#define ECO_TRIAL_PATTERN_H

#include "core/ctx.h"

#define ECO_PATTERN_FAILURES_MAX 20

typedef struct eco_pattern eco_pattern;

/**
 * Compiles a regex.
 *
 * @param[out] ret_pattern  caller frees with eco_pattern_free; unchanged on failure
 * @param[out] ret_offset   byte of the regex at which it went wrong, on ECOPT_E_PARSE; may be NULL
 * @return ECOPT_OK, ECOPT_E_PARSE, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_pattern_new(ecopt_ctx *ctx, const char *regex,
                                          eco_pattern **ret_pattern, size_t *ret_offset);

/**
 * Looks for the last match in a line.
 *
 * @param[out] ret_text, ret_n  the first group when the regex has one and it took part, else the
 *                              whole match; within `line`; unchanged when nothing matches
 * @return true when it matches
 */
bool eco_pattern_match(eco_pattern *pattern, const char *line, size_t n, const char **ret_text,
                       size_t *ret_n);

/** Number of lines on which the match was broken off. */
size_t eco_pattern_failures(const eco_pattern *pattern);

/** Frees a pattern; NULL is allowed. */
void eco_pattern_free(ecopt_ctx *ctx, eco_pattern *pattern);

#endif
