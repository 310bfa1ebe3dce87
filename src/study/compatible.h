/*
 * Whether a study may go on under a definition that is not the one it was made with.
 *
 * The rule: what has been measured must keep its meaning, and every point that was tried must still
 * be a point.  So parameters may get other bounds, values, scales and defaults; one may be added,
 * with a default that stands for what the trials so far were run with, and the command may pass it
 * on; constraints, thresholds, scales of objectives, sampler, size of the initial design and
 * further metrics may change.  A parameter that is removed or of another type, another goal or
 * objective, seed or list is refused.  Another command, environment, condition or way to read a
 * metric is refused unless the user says that the values still mean the same.
 *
 * Both definitions are given as identities (identity.h), line by line: what a store keeps is a
 * text, and the file that it came from is gone.
 *
 * Owner: the caller releases what eco_comparison_init made.  Threads: as the context's.
 */
#ifndef ECO_STUDY_COMPATIBLE_H
#define ECO_STUDY_COMPATIBLE_H

#include "core/arena.h"
#include "core/str.h"

#include <ecopt/pareto.h>

/** What two identities say of each other. */
typedef struct eco_comparison {
    eco_arena arena; /* owns the texts */
    eco_str changes; /* keys that changed and may, ", " between; empty: none */
    bool has_new_param;
    bool keeps_reference[ECOPT_MAX_OBJECTIVES]; /* objective k is the same as it was */

    const char *refused; /* key of the first change that is refused, NULL: none */
    const char *before, *now;
    const char *remedy; /* what can be done about it, static text */
    eco_str others;     /* further keys that are refused, each after ", " */
} eco_comparison;

/**
 * Compares the identity that a study was made with and that of the definition at hand.
 *
 * @param[in]  is_asserted     the user says that what was measured keeps its meaning
 * @param[out] ret_comparison  release with eco_comparison_release; all zero on failure
 * @return ECOPT_OK (also when something is refused), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_comparison_init(ecopt_ctx *ctx, const char *stored, const char *given,
                                              bool is_asserted, eco_comparison *ret_comparison);

/** Frees the texts. */
void eco_comparison_release(eco_comparison *comparison);

/**
 * The text of a point with the parameters that it lacks, in the order of `complete`.
 *
 * @param[in]  complete  text form of a whole point, whose values stand in for those that are
 * missing
 * @param[in]  point     text form of a point; names that `complete` has not are an error
 * @param[out] ret_text  caller frees with eco_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_PARSE, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_point_complete(ecopt_ctx *ctx, const char *complete,
                                             const char *point, char **ret_text);

#endif
