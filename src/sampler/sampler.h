/*
 * Samplers: from (problem, seed, history, pending) to the next point.
 *
 * A sampler keeps no state: it is a pure function of its input, so resume after a kill, several
 * workers and replay are one code path, and equal input gives equal bits.  Adding one costs a .c
 * file, a line in the registry (registry.c) and its name among those that the study file may say
 * (config/field_table.c); tests/contract/sampler_contract.c runs over the whole registry.
 */
#ifndef ECO_SAMPLER_SAMPLER_H
#define ECO_SAMPLER_SAMPLER_H

#include "core/ctx.h"
#include "space/space.h"

#include <ecopt/definition.h>

/** What is to be solved; everything borrowed. */
typedef struct eco_problem {
    const ecopt_space *space;
    size_t n_objectives;               /* m >= 1 */
    const ecopt_objective *objectives; /* goal, scale, threshold */
    size_t n_constraints;
    const ecopt_constraint *constraints; /* on metrics */
    size_t n_init;                       /* size of the initial design, >= 1 */
    uint64_t seed;
    const ecopt_sampler_settings *settings; /* NULL: the defaults */
    size_t n_threads; /* 0 or 1: one; what is suggested must not depend on it */
    bool wants_gain;  /* suggestions are to say what they promise */
    size_t n_trials;  /* the study's budget, 0 = not known; the grid's size follows from it */
} eco_problem;

/** How an observed trial ended, as far as a sampler cares. */
typedef enum eco_observed {
    ECO_OBSERVED_COMPLETE,
    ECO_OBSERVED_INFEASIBLE, /* the program said that this point cannot work */
    ECO_OBSERVED_FAILED,     /* crashed, timed out, printed no metric */
    ECO_OBSERVED_UNKNOWN,    /* tried, but what ended it says nothing of the point */
    ECO_OBSERVED_PARTIAL     /* ended early: y is what objectives would have come to, with y_se, and
                                NaN for those that nothing is known of; never on a front */
} eco_observed;

/** One finished trial; arrays borrowed. */
typedef struct eco_observation {
    const double *x;    /* n_params codes */
    const double *y;    /* m objective values in their own units; NaN = missing */
    const double *y_se; /* m standard errors, NaN = not known */
    const double *c;    /* n_constraints metric values; NaN = missing */
    eco_observed state;
    double spent_j; /* energy of the whole trial, all phases of the attempt that decided it; NaN =
                       not known */
    double deployed_j; /* joules per request, the metric of the deployment; NaN = missing */
} eco_observation;

/** Finished trials in order of their numbers, and points that are being tried now. */
typedef struct eco_history {
    size_t n;
    const eco_observation *observations;
    size_t n_pending;
    const double *pending; /* n_pending x n_params codes, row-major */
    uint64_t trial; /* number of the trial asked for, 1-based: the counter of all randomness */
    const double *reference; /* m values in the metrics' own units: the reference point that the
                                study keeps, NaN where none is kept yet; NULL: none at all */
} eco_history;

/** What a sampler proposes. */
typedef struct eco_suggestion {
    double *x;          /* n_params codes, room given by the caller */
    const char *origin; /* static text: "default", "sobol", "random", "mobo" ... */
    double *reference;  /* m values in the metrics' own units: the reference point in force; room
                           given by the caller; NaN while there is none.  eco_sampler_suggest fills
                           it before the sampler is asked; a sampler may make it worse (extend it)
                           and never better, and whoever keeps the study keeps it */
    double gain_ratio;  /* hypervolume that the trial is expected to add, as a share of that of the
                           front, both up to where the trial aims; NaN where the sampler does not
                           know.  Set by eco_sampler_suggest, with wants_gain */
} eco_suggestion;

typedef struct eco_sampler_ops {
    const char *name;
    const char *summary;
    ecopt_status (*suggest)(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                            eco_suggestion *suggestion);
} eco_sampler_ops;

/** Sampler of that name, NULL when there is none. */
const eco_sampler_ops *eco_sampler_find(const char *name);

/** All samplers; *ret_n entries, static storage. */
const eco_sampler_ops *const *eco_sampler_list(size_t *ret_n);

/**
 * Suggests one point: never one of the history or of the pending ones, always allowed and
 * canonical.
 *
 * @return ECOPT_OK, ECOPT_E_EXHAUSTED (no new point left), ECOPT_E_NOMEM, ECOPT_E_ARG
 */
ECOPT_NODROP ecopt_status eco_sampler_suggest(ecopt_ctx *ctx, const eco_sampler_ops *sampler,
                                              const eco_problem *problem,
                                              const eco_history *history,
                                              eco_suggestion *suggestion);

/**
 * Reference point for hypervolume: each objective's threshold when it has one; else the coordinate
 * that the study keeps (history->reference); else inferred from the first n_init finished trials
 * alone.  In the metrics' own units.
 *
 * A sampler need not search by this point: mobo aims elsewhere trial by trial (sampler/aim.h), and
 * extends this one where its front ends beyond it.
 *
 * The first n_init are those known now: a trial of a lower number that is told later would change
 * them, which is why the study keeps what was used.
 *
 * @param[out] ret_reference  m values, NaN while the initial design has no value for that objective
 */
void eco_reference_point(const eco_problem *problem, const eco_history *history,
                         double *ret_reference);

#endif
