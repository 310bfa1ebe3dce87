/*
 * How often a phase is measured in a trial: as often as it can change the front.
 *
 * A rule of the study's guide, and the scatter that it and the confirmation judge by.  One
 * measurement says nothing of its own scatter and two say little, so the scatter is pooled over the
 * trials of the study that were measured more than once, on top of what is expected before there is
 * any (docs/energy.md, "Repeats in a study").
 */
#ifndef ECO_STUDY_REPEAT_RULE_H
#define ECO_STUDY_REPEAT_RULE_H

#include "study/guide.h"

/** Scatter of one measurement relative to its value, before any was repeated, and how many degrees
 *  of freedom that expectation is worth. */
#define ECO_SCATTER_PRIOR_RATIO   0.03
#define ECO_SCATTER_PRIOR_FREEDOM 4.0

/** Probability of being on the front below which a point is not measured again. */
#define ECO_REPEAT_CHANCE_MIN 0.05

/** Scatter of one measurement of an objective. */
typedef struct eco_scatter {
    double ratio;   /* standard deviation relative to the value */
    double freedom; /* degrees of freedom behind it */
} eco_scatter;

/** True when objective k is made of the energy or time of a phase that is repeated; *ret_phase is
 *  then its index. */
bool eco_repeats_is_measured(const ecopt_definition *definition, const char *metric,
                             size_t *ret_phase);

/**
 * Scatter of one measurement of objective k, pooled over the complete trials of a view.
 *
 * s^2 = (f0 s0^2 + sum_i (n_i - 1) s_i^2) / (f0 + sum_i (n_i - 1)), s_i that of trial i of n_i
 * runs: the mean of the posterior's scale under a scaled inverse chi-squared prior (Gelman et al.,
 * Bayesian Data Analysis, 3rd ed., section 2.6).
 */
eco_scatter eco_repeats_scatter(const eco_study_view *view, size_t k);

/** Standard error of a value of n runs: |value| s / sqrt(n), widened by sqrt(f / (f - 2)) for what
 *  is not known of s. */
double eco_scatter_se(const eco_scatter *scatter, double value, int64_t n);

/** The rule behind the guide. */
extern const eco_guide_rule eco_repeats_rule;

#endif
