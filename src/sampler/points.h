/*
 * What all samplers share: which points are new, and ways to draw one.
 *
 * Everything here is a pure function of its arguments.  "New" means: allowed by the constraints on
 * parameters, neither in the history nor pending.
 */
#ifndef ECO_SAMPLER_POINTS_H
#define ECO_SAMPLER_POINTS_H

#include "core/rng.h"
#include "sampler/sampler.h"

/** Discrete spaces of at most this many points are searched to the last one. */
enum { ECO_POINTS_ENUMERABLE = 65536 };

/** True when canonical x is new. */
bool eco_points_is_new(const eco_problem *problem, const eco_history *history, const double *x);

/**
 * Point `index` < eco_space_n_points of a discrete space: canonical; may not be allowed, unless the
 * space is a list of candidates.
 */
void eco_points_at(const ecopt_space *space, uint64_t index, double *ret_x);

/**
 * Uniform new point; of a list, uniform over its new candidates.  Enumerates small spaces when
 * chance does not find one.
 *
 * @param[in]  u      n_dims doubles of workspace
 * @param[out] ret_x  n_params codes; undefined on failure
 * @return ECOPT_OK, ECOPT_E_EXHAUSTED (none left, or none found in 20,000 draws of a large space
 *         and as many around the points of the history),
 *         ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_points_draw(ecopt_ctx *ctx, const eco_problem *problem,
                                          const eco_history *history, eco_rng *rng, double *u,
                                          double *ret_x);

/**
 * Next new point of the study's scrambled Sobol sequence; of a list of candidates the new one
 * nearest to it in features, and of equally near ones the first; a random one when the sequence
 * does not help (more than 256 dimensions, or nothing new in 4,096 of its points).
 *
 * @return ECOPT_OK, ECOPT_E_EXHAUSTED, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_points_sobol(ecopt_ctx *ctx, const eco_problem *problem,
                                           const eco_history *history, double *ret_x);

/**
 * The new candidate whose features are nearest to those of x, of equally near ones the first: so
 * points that fill the cube evenly lead to candidates that are spread over the list.
 *
 * @param[in]  x      n_params canonical codes of any point; may be ret_x
 * @param[out] ret_x  n_params codes; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_EXHAUSTED, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_points_nearest(ecopt_ctx *ctx, const eco_problem *problem,
                                             const eco_history *history, const double *x,
                                             double *ret_x);

/**
 * First point of a study: the default one, where the space has one of its own and it is new; else,
 * and for all later points of an initial design, eco_points_sobol.
 *
 * @param[out] ret_origin  "default" or "sobol"; static text
 * @return as eco_points_sobol
 */
ECOPT_NODROP ecopt_status eco_points_initial(ecopt_ctx *ctx, const eco_problem *problem,
                                             const eco_history *history, double *ret_x,
                                             const char **ret_origin);

/** An order of 0 .. n-1 in which every first part is evenly spread; plain data. */
typedef struct eco_points_walk {
    uint64_t n, at, stride;
} eco_points_walk;

/**
 * Starts the order of a seed: a stride near the golden section of n that has no divisor in common
 * with n, from a start of the seed's own.
 *
 * @param[in]  n  1 .. 2^53
 *
 * Source: Weyl 1916 (multiples of an irrational number are evenly spread); Knuth, TAOCP 3, 6.4
 * (the golden section spreads the first ones best).
 */
eco_points_walk eco_points_walk_begin(uint64_t seed, uint64_t n);

/** Next number of the order; after n of them it begins again. */
uint64_t eco_points_walk_next(eco_points_walk *walk);

/** Samplers of this folder; the registry lists them. */
extern const eco_sampler_ops eco_sampler_random;
extern const eco_sampler_ops eco_sampler_sobol;
extern const eco_sampler_ops eco_sampler_mobo;
extern const eco_sampler_ops eco_sampler_grid;
extern const eco_sampler_ops eco_sampler_nsga2;

#endif
