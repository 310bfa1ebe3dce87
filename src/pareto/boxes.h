/*
 * Partition of the non-dominated region into boxes: what expected hypervolume improvement sums
 * over.
 *
 * The region is all of objective space (minimised) that is below the reference point and not
 * dominated by the front.  Its upper corners are the local upper bounds of the front; each of them
 * owns one box, so there are as many boxes as corners: n + 1 for two objectives, at most 2 n + 1
 * for three, O(n^floor(m/2)) in general.  The boxes are disjoint and cover the region; objective 0
 * of every box reaches down to -inf.
 *
 * Boxes share their sides: coordinates stand once, in `edge`, and boxes hold indices into it.
 * What depends on a coordinate needs to be computed O(n) times per objective only.
 *
 * Owner: whoever called eco_boxes_init.  Immutable afterwards: any number of threads may read.
 */
#ifndef ECO_PARETO_BOXES_H
#define ECO_PARETO_BOXES_H

#include "core/ctx.h"

#include <ecopt/pareto.h>
#include <stdint.h>

enum {
    /* Boxes of one set; one evaluation of EHVI takes about 0.4 ms there.  Spherical fronts stay
     * below: 1,000 points with 4 objectives make 7,000 boxes, 400 with 5 10,000, 200 with 6 16,000,
     * 60 with 8 19,000; with 16 objectives a dozen points reach it. */
    ECO_BOXES_MAX = 40000
};

typedef struct eco_boxes {
    ecopt_ctx *ctx; /* borrowed */
    size_t m;
    size_t n;                               /* boxes, >= 1 */
    size_t n_points;                        /* front points they are cut along */
    size_t n_left_out;                      /* front points left out to keep n <= ECO_BOXES_MAX */
    size_t start[ECOPT_MAX_OBJECTIVES + 1]; /* objective k has edges start[k] .. start[k + 1] - 1 */
    double *edge;    /* owned, start[m]; per objective ascending without ties, -inf .. ref */
    uint32_t *lower; /* owned, m x n (row = objective): index of the edge; start[0] in row 0 */
    uint32_t *upper; /* owned, m x n; > lower */
} eco_boxes;

/**
 * Cuts the region.
 *
 * Beyond ECO_BOXES_MAX boxes points are left out: those that lie nearest (in ranks) to points
 * kept.  The region is then larger than the true one by what only they dominate.
 *
 * @param[in]  y          n x m points in any order, +inf allowed; dominated points and points
 *                        beyond ref change nothing; n = 0 gives the one box below ref
 * @param[in]  ref        m finite coordinates
 * @param[out] ret_boxes  filled struct to be released by eco_boxes_release; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (n, m), ECOPT_E_RANGE (NaN, -inf, ref not finite), ECOPT_E_NOMEM
 *
 * Source: local upper bounds by Klamroth, Lacour, Vanderpooten 2015,
 * doi:10.1016/j.ejor.2015.03.031, algorithm 3; one box per bound by Lacour, Klamroth, Fonseca 2017,
 * doi:10.1016/j.cor.2016.06.021, equation (4) (theirs fill the dominated region: ours end where
 * theirs begin in objective 0).  The number of boxes for m = 3 is that of Yang, Emmerich, Deutz,
 * Fonseca 2017, doi:10.1007/978-3-319-54157-0_46.
 * Differs: ranks instead of values, so that ties need no case of their own.
 * Checked: tests/unit/test_boxes.c, tests/diff/pareto_naive.c.
 */
ECOPT_NODROP ecopt_status eco_boxes_init(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                         const double *ref, eco_boxes *ret_boxes);

/** Frees the arrays; a zeroed struct is allowed. */
void eco_boxes_release(eco_boxes *boxes);

/** Lower coordinate of a box, may be -inf. */
static inline double eco_boxes_lower(const eco_boxes *boxes, size_t box, size_t objective)
{
    return boxes->edge[boxes->lower[objective * boxes->n + box]];
}

/** Upper coordinate of a box, finite. */
static inline double eco_boxes_upper(const eco_boxes *boxes, size_t box, size_t objective)
{
    return boxes->edge[boxes->upper[objective * boxes->n + box]];
}

#endif
