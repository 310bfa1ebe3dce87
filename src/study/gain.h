/*
 * What suggestions were expected to add to the front, for the rule `budget.gain`.
 *
 * Kept with each trial (decision of kind 'gain') in the transaction that claims it, so that all
 * workers and later runs count the same row of suggestions, in the order of the trials.
 *
 * Owner: none, all is the caller's.  Threads: that of the study.
 */
#ifndef ECO_STUDY_GAIN_H
#define ECO_STUDY_GAIN_H

#include "study/study_impl.h"

/** A decision and the text that it borrows. */
typedef struct eco_gain_note {
    char numbers[64];
    ecopt_decision decision;
} eco_gain_note;

/**
 * What to keep of a suggestion.
 *
 * @param[in]  gain_ratio  as of eco_suggestion; NaN: no model has chosen it
 * @param[out] note        filled; borrowed by what it returns
 * @return the decision, NULL: the definition has no such rule
 */
const ecopt_decision *eco_gain_note_fill(const ecopt_study *study, double gain_ratio,
                                         eco_gain_note *note);

/**
 * Suggestions in a row, the newest first, that promised less than budget.gain.below; points that
 * came from outside are passed over, those that no model has chosen end the row.
 *
 * @param[out] ret_n  no more than budget.gain.trials; 0 without the rule
 * @return ECOPT_OK, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_gain_count(const ecopt_study *study, int64_t *ret_n);

#endif
