/*
 * Acquisition: how much hypervolume a candidate is expected to add, in log space.
 *
 * EHVI(x) = sum over boxes of the non-dominated region, prod_i [ psi_i(u_i) - psi_i(l_i) ],
 * psi_i(a) = E[max(a - Y_i, 0)] = sd_i h((a - mean_i) / sd_i), for independent normal outcomes Y:
 * the improvement in hypervolume is the integral over the region of 1[Y <= a] (Deng et al. 2025,
 * AAAI-25, and docs/numerics.md).  Exact for any number of objectives as long as the front needs no
 * more than ECO_BOXES_MAX boxes (pareto/boxes.h says what happens beyond); one objective is log
 * expected improvement.  Everything is minimised.
 *
 * Log-normal outcomes: an objective whose logarithm is what a model predicts improves in its own
 * units all the same, psi_i(a) = E[max(a - exp(N), 0)] = a Phi(z) - exp(mean + sd^2 / 2) Phi(z -
 * sd) with z = (ln a - mean) / sd: exact too, see eco_acq_front_set_log.
 *
 * Noise and pending points: the front may be given as S equally likely fronts, e.g. of S joint
 * posterior samples at the observed points (Rao-Blackwellised NEHVI); the candidate's mean is then
 * one per front (conditional on that sample), its standard deviation shared.  S = 1 is plain EHVI.
 *
 * Call order: eco_acq_front_new once per suggestion, eco_acq_log_ehvi for every candidate with
 * eco_acq_work_size doubles of the caller's.  A front is immutable once made: any number of threads
 * may evaluate it, each with a workspace of its own.  Evaluation allocates nothing.
 */
#ifndef ECO_ACQ_ACQ_H
#define ECO_ACQ_ACQ_H

#include "core/ctx.h"

typedef struct eco_acq_front eco_acq_front;

/**
 * Prepares one or several fronts.
 *
 * @param[in]  m          objectives, 1 .. ECOPT_MAX_OBJECTIVES
 * @param[in]  n_fronts   S >= 1
 * @param[in]  counts     S numbers of points (0 allowed: nothing found yet)
 * @param[in]  y          the points of all fronts one after another, rows of m; dominated points
 *                        and points beyond ref change nothing
 * @param[in]  ref        m finite coordinates
 * @param[out] ret_front  caller frees with eco_acq_front_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (S = 0), ECOPT_E_LIMIT, ECOPT_E_RANGE (NaN, -inf), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_acq_front_new(ecopt_ctx *ctx, size_t m, size_t n_fronts,
                                            const size_t *counts, const double *y,
                                            const double *ref, eco_acq_front **ret_front);

/**
 * Tells which objectives are given by their logarithms: points, reference and the candidate's mean
 * and sd are those of ln Y, the hypervolume is that of Y.  The boxes are the same, for the
 * logarithm keeps the order.  Call before the first evaluation.
 *
 * @param[in] is_log  m flags
 */
void eco_acq_front_set_log(eco_acq_front *front, const bool *is_log);

/** Frees a front; NULL is allowed. */
void eco_acq_front_free(eco_acq_front *front);

/** Boxes of all fronts together. */
size_t eco_acq_front_boxes(const eco_acq_front *front);

/** Doubles of workspace that eco_acq_log_ehvi needs with this front, >= 1. */
size_t eco_acq_work_size(const eco_acq_front *front);

/**
 * Log of the expected hypervolume improvement.
 *
 * No plateau: exact wherever |log| < 1e299, also where the plain value underflows; constant beyond.
 * NaN in mean or sd gives NaN.
 *
 * @param[in]  mean       S x m means of the candidate
 * @param[in]  sd         m standard deviations > 0
 * @param      work       eco_acq_work_size doubles, overwritten; one thread's at a time
 * @param[out] ret_dmean  S x m derivatives, or NULL (both or none)
 * @param[out] ret_dsd    m derivatives
 * @return log EHVI, the mean over the S fronts inside the logarithm
 */
double eco_acq_log_ehvi(const eco_acq_front *front, const double *mean, const double *sd,
                        double *work, double *ret_dmean, double *ret_dsd);

/**
 * Log of the expected hypervolume improvement over the first n_use fronts only, without slopes: a
 * cheap look at many candidates before the best of them are evaluated with all fronts.
 *
 * @param[in]  n_use  1 .. S
 * @param[in]  mean   n_use x m
 * @param      work   as for eco_acq_log_ehvi
 */
double eco_acq_log_ehvi_screen(const eco_acq_front *front, size_t n_use, const double *mean,
                               const double *sd, double *work);

/**
 * Log probability that all of n independent normal outcomes are at most their bounds.
 *
 * @param[out] ret_dmean, ret_dsd  n derivatives each, or NULL (both or none)
 */
double eco_acq_log_feasible(size_t n, const double *mean, const double *sd, const double *bound,
                            double *ret_dmean, double *ret_dsd);

#endif
