/*
 * Whether a trial that failed is run again: by the cause of its failure.
 *
 * A cause that lies in the point or the program comes again, so its default is no retry; one that
 * came from outside may not.  A retry is a new attempt of the same trial: what the first one spent
 * stays spent and counts towards the budgets.  How often is the definition's to say
 * (ecopt_failure_policy), and bounds every trial.
 *
 * Call order: eco_retry_decide when an attempt has ended and before its end is stored;
 * eco_retry_give_up after trials of dead processes were queued again.  Threads: the study's.
 */
#ifndef ECO_STUDY_RETRY_H
#define ECO_STUDY_RETRY_H

#include "study/guide.h"

/**
 * Decides about the attempt of the guide's claim, and notes the decision where there was one to
 * make (the cause has retries).
 *
 * @param[out] ret_is_retried  the trial is to be queued again
 * @return ECOPT_OK, ECOPT_E_STORE..., ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_retry_decide(eco_guide *guide, const eco_outcome *outcome,
                                           bool *ret_is_retried);

/**
 * Ends the waiting trials whose processes died more often than the definition allows: one that
 * takes its machine down with it must not do so for ever.
 *
 * @return ECOPT_OK, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_retry_give_up(ecopt_study *study);

/**
 * What the sampler may learn from a trial that is over.  Deterministic failures tell of the point:
 * the program's own exits, missing metrics, time and memory; a signal only when it came again.
 * What came from outside tells nothing.
 *
 * @param[in] n_same  attempts of the trial with that cause
 */
eco_observed eco_retry_observed(ecopt_trial_state state, ecopt_cause cause, int64_t n_same);

#endif
