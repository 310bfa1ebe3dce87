/*
 * What one more trial is expected to save a deployment, in joules per request, and to cost.
 *
 * The deployed configuration is the one of the fewest joules per request among those that keep all
 * constraints and thresholds, or the baseline where none is better.  One more trial is worth the
 * expected improvement of that by the measurement it makes, at the best place there is: the value
 * of information of a Pandora's box (docs/numerics.md, "Stopping when search does not pay").
 *
 * A pure function of its input, like a sampler; any thread.
 */
#ifndef ECO_SAMPLER_SAVING_H
#define ECO_SAMPLER_SAVING_H

#include "sampler/sampler.h"

/** The question; all borrowed. */
typedef struct eco_saving_input {
    const eco_problem *problem;
    const eco_history *history;
    const ecopt_deployment *deployment;
    const double *baseline; /* n_params codes */
    double requests;        /* > 0 */
    double overhead_ratio;  /* joules that a trial takes over those that its values name: repeats,
                               lost attempts; 0 not known */
    double *ret_x; /* n_params, room for the codes of the trial that is worth most; or NULL */
} eco_saving_input;

/** The answer; joules per request unless the name says else. */
typedef struct eco_saving {
    double baseline_j; /* NaN not known */
    double current_j;  /* of what would be deployed now: <= baseline_j */
    size_t chosen;     /* its place among the observations, history.n: the baseline */
    bool is_knee;      /* chosen as the knee of a front, not for its joules */
    double gain_j;     /* expected of one more trial; NaN not known */
    double cost_j;     /* joules of that trial; NaN not known */
    bool has_point;    /* ret_x is filled */
    bool is_worth;     /* some trial is expected to save more than it costs, or nothing is known */
} eco_saving;

/**
 * Expects.
 *
 * @return ECOPT_OK, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 *
 * Source: Xie et al. 2025, arXiv:2507.12453, "Cost-aware stopping for Bayesian optimization"
 * (stop when no point's expected improvement exceeds its cost); Weitzman 1979, doi:10.2307/1910412.
 */
ECOPT_NODROP ecopt_status eco_saving_expect(ecopt_ctx *ctx, const eco_saving_input *input,
                                            eco_saving *ret_saving);

#endif
