/*
 * Values of a trial as objectives, and what the front is made from.
 *
 * The public face is ecopt_front_new (<ecopt/report.h>); these are its parts, which the reports and
 * plots share.  Pure functions of a definition and a snapshot.
 */
#ifndef ECO_ANALYSIS_FRONT_H
#define ECO_ANALYSIS_FRONT_H

#include "core/ctx.h"

#include <ecopt/definition.h>
#include <ecopt/report.h>
#include <ecopt/snapshot.h>

/** Value of an objective in the metric's own unit; NaN when the trial has none. */
double eco_objective_value(const ecopt_objective *objective, const ecopt_trial *trial);

/** 95 % uncertainty of that value in the metric's own unit; NaN when not known. */
double eco_objective_u95(const ecopt_objective *objective, const ecopt_trial *trial);

/**
 * Value on the modelled scale, to be minimised: log10 for LOG objectives, negated for MAX.
 *
 * @return NaN for NaN and for a negative number on a log scale; +-inf for 0 on a log scale
 */
double eco_objective_minimised(const ecopt_objective *objective, double value);

/**
 * Coordinate of the reference point in the metric's own unit: what the study keeps, else the user's
 * threshold; NaN while there is neither.  It came from the user where the objective has a
 * threshold, and was inferred from trials everywhere else.
 */
double eco_reference_value(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                           size_t objective);

/** First objective of which the trial has no finite value; NULL when it has all.  Borrowed. */
const ecopt_objective *eco_trial_missing(const ecopt_definition *definition,
                                         const ecopt_trial *trial);

/** First metric constraint that the trial does not satisfy; NULL when it keeps all.  Borrowed. */
const ecopt_constraint *eco_trial_broken(const ecopt_definition *definition,
                                         const ecopt_trial *trial);

/** Complete, every objective finite, every metric constraint satisfied (a missing metric is not).
 */
bool eco_trial_is_feasible(const ecopt_definition *definition, const ecopt_trial *trial);

/** No objective is worse than its threshold: what lies beyond one is of no use to the user. */
bool eco_trial_is_of_use(const ecopt_definition *definition, const ecopt_trial *trial);

/**
 * Weakest label among the phases that this trial's joule objectives are made from; among all phases
 * when no objective has joules.
 *
 * @return true and sets *ret_quality, or false when no such phase was recorded
 */
bool eco_trial_quality(const ecopt_definition *definition, const ecopt_trial *trial,
                       ecopt_quality *ret_quality);

/**
 * True when a feasible trial is off the front only within the uncertainties: for every front point
 * that dominates it, their 95 % intervals overlap in some objective, so that the trial may truly be
 * the better one there.
 *
 * Intervals, not a test: their half widths add.  A value without an uncertainty is taken as exact,
 * so nothing is called unresolved that the data does not say.  False for a trial on the front.
 *
 * @param[in] trial  index in the snapshot
 */
bool eco_trial_is_unresolved(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                             const ecopt_front *front, size_t trial);

/** How many trials are not resolvable from the front. */
size_t eco_count_unresolved(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                            const ecopt_front *front);

/** Index of the first objective that is made from joules; n_objectives when there is none. */
size_t eco_energy_objective(const ecopt_definition *definition);

/**
 * Front size and hypervolume after each trial, in the order of the trials' numbers.
 *
 * @param[out] ret_hypervolume  n_trials numbers on the modelled scale, NaN without a reference
 * @param[out] ret_size         n_trials front sizes
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_NUMERIC, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_front_history(ecopt_ctx *ctx, const ecopt_definition *definition,
                                            const ecopt_snapshot *snapshot, double *ret_hypervolume,
                                            size_t *ret_size);

#endif
