/*
 * Pruning: ending a trial whose end would be of no use.
 *
 * A case is one running trial with what its verdicts are made of: the curves of the trials that
 * are over, the front, what the models say of the point, and the steps so far.  It is made at the
 * first step and only added to, so a verdict is a function of definition, history and steps.
 *
 * prune_case.c gathers, prune_curve.c and prune_asha.c judge, prune.c is the rule behind the guide.
 * Call order: eco_prune_case_new, eco_prune_case_add for each step, then one of the judges;
 * eco_prune_case_free.  Owner: the guide.
 */
#ifndef ECO_STUDY_PRUNE_H
#define ECO_STUDY_PRUNE_H

#include "curve/curve.h"
#include "study/guide.h"
#include "trial/steps.h"

/** Rungs of a trial; the last is far beyond any training. */
enum { ECO_RUNGS_MAX = 24 };

/** What an earlier trial reported of one metric. */
typedef struct eco_prune_past {
    int64_t trial;
    bool is_complete;
    double last_step;
    eco_curve curve;            /* costs */
    double rung[ECO_RUNGS_MAX]; /* cost at each rung that was reached, NaN otherwise */
} eco_prune_past;

/** One metric that the study judges by. */
typedef struct eco_prune_series {
    const char *metric;
    const ecopt_objective *objective; /* or: */
    const ecopt_constraint *constraint;
    bool is_watched; /* its steps count */
    eco_steps own;   /* of the running trial */
    size_t n_past, room;
    eco_prune_past *past;   /* owned, by trial */
    eco_curve_model *model; /* owned; NULL until needed */
} eco_prune_series;

/** What is known of the last value of a metric, as a cost. */
typedef struct eco_prune_end {
    enum { ECO_END_UNKNOWN, ECO_END_CURVE, ECO_END_MODEL, ECO_END_MEASURED } source;
    eco_curve_end at;
    double least; /* cannot be better than this: what is spent is spent; -INFINITY: no limit */
} eco_prune_end;

typedef struct eco_prune_case {
    ecopt_study *study;         /* borrowed */
    const eco_study_view *view; /* borrowed */
    const double *x;            /* borrowed: codes of the trial */
    eco_prune_series *series;   /* owned, study->n_judged: objectives, then constraints */
    double n_steps;             /* of a complete trial; 0: not known yet */
    size_t n_complete;          /* complete trials with a curve */
    double *known;              /* owned, n_objectives: values measured before; NaN: not */
    double *known_se;
    size_t n_model; /* of the last observations of the history, and the trial itself, ... */
    double *model;  /* owned: n_model means, then standard deviations, of all objectives, in
                       costs; NULL until asked for */
    double price;   /* of eco_prune_price; 0: not asked for yet */
    size_t n_front;
    double *front; /* owned, n x m costs of complete, feasible trials */
    int64_t last_step, noted_step, judged_step;
    double time_s; /* since the phase began, at the last step */
    size_t phase;
} eco_prune_case;

/** A verdict with its numbers. */
typedef struct eco_prune_verdict {
    bool is_pruned;
    eco_str *numbers; /* JSON object, appended to */
    eco_str *reason;  /* appended to when pruned */
} eco_prune_verdict;

/**
 * Gathers the curves and the front.
 *
 * @param[in]  x         codes of the running trial, borrowed as long as the case
 * @param[out] ret_case  caller frees with eco_prune_case_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_STORE..., ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_prune_case_new(ecopt_study *study, const eco_study_view *view,
                                             const double *x, eco_prune_case **ret_case);

/** Frees a case; NULL is allowed. */
void eco_prune_case_free(eco_prune_case *prune);

/**
 * Takes in a step.
 *
 * @param[out] ret_has_news  whether a watched metric had a finite value
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_prune_case_add(eco_prune_case *prune, const eco_trial_step *step,
                                             bool *ret_has_news);

/** Cost of a metric's value: of an objective as everywhere; of a constraint the value, negated for
 *  an at-least bound. */
double eco_prune_cost(const eco_prune_series *series, double value);

/** Step of rung r = 0, 1, ... */
double eco_prune_rung(const ecopt_pruning *pruning, size_t r);

/**
 * What is known of the end of every series.
 *
 * @param[out] ret_ends  study->n_judged
 * @return ECOPT_OK, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_prune_ends(eco_prune_case *prune, eco_prune_end *ret_ends);

/** What the model of objective k says of an observation of the history, as a cost; NaN: nothing. */
double eco_prune_modelled(const eco_prune_case *prune, size_t observation, size_t k);

/** P(the end's cost <= cost). */
double eco_prune_end_below(const eco_prune_end *end, double cost);

/** E max(cost - the end's cost, 0) of an end that is not UNKNOWN; 0 for infinite costs. */
double eco_prune_end_shortfall(const eco_prune_end *end, double cost);

/**
 * Hypervolume that the trial is expected to add if it goes to its end, as a share of that of the
 * front; constraints left aside.
 *
 * @param[in]  ends            study->n_judged
 * @param[out] ret_gain_ratio  >= 0; NaN: an objective has neither threshold nor reference point, or
 *                             nothing is known of its end, or the front has no volume yet
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_NOMEM
 *
 * Source: expected hypervolume improvement over boxes, Yang, Emmerich, Deutz, Baeck 2019,
 * doi:10.1007/s10898-019-00798-7, with Student's t in place of the normal distribution.
 */
ECOPT_NODROP ecopt_status eco_prune_gain(const eco_prune_case *prune, const eco_prune_end *ends,
                                         double *ret_gain_ratio);

/**
 * Rule `curve`: prunes when the probability that the trial ends feasible, within the thresholds and
 * not dominated is at most 1 - confidence, or the hypervolume that it is expected to add is less
 * than gain_ratio of the front's for the joules of a mean trial, in proportion to those that it
 * still takes.
 *
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_prune_by_curve(eco_prune_case *prune, eco_prune_verdict *verdict);

/**
 * Rule `asha`: at a rung, prunes a trial that is not among the best 1 / reduction of all that
 * reached it, ranked by non-dominated sorting and, within a front, by an epsilon net.
 *
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 *
 * Source: Schmucker, Donini, Zafar, Salinas, Archambeau 2021, arXiv:2106.12639, section 4; its
 * stopping form: a trial runs until a rung where it is not good enough.
 */
ECOPT_NODROP ecopt_status eco_prune_by_rung(eco_prune_case *prune, eco_prune_verdict *verdict);

/** Name of the metric under which a pruned trial keeps what an objective was expected to be; caller
 *  frees with eco_free; NULL on no memory. */
char *eco_prune_expected_name(ecopt_ctx *ctx, const char *metric);

/**
 * Joules that a trial at this point is expected to take, as a multiple of the mean of the complete
 * trials: a Gaussian process of their logarithms says so, asked once per trial.  Times are not
 * looked at, so that a verdict stays a function of the history.
 *
 * @param[out] ret_ratio  1/8 to 8; 1 where energies are not known
 * @return ECOPT_OK, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_prune_price(eco_prune_case *prune, double *ret_ratio);

/** The rule, for the guide's table. */
extern const eco_guide_rule eco_prune_rule;

#endif
