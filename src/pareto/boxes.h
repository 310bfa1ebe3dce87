/*
 * Partition of the non-dominated region into boxes: what expected hypervolume improvement sums
 * over.
 *
 * The region is all of objective space (minimised) that is below the reference point and not
 * dominated by the front.  It is cut into slabs along the last objective, each slab in turn along
 * the objective before, down to intervals: n + 1 boxes for two objectives, O(n^(m-1)) for m.
 * Owner: whoever called eco_boxes_init.  Immutable afterwards.
 */
#ifndef ECO_PARETO_BOXES_H
#define ECO_PARETO_BOXES_H

#include "core/ctx.h"

typedef struct eco_boxes {
    ecopt_ctx *ctx; /* borrowed */
    size_t m;
    size_t n;      /* boxes */
    size_t room;   /* boxes the arrays hold */
    double *lower; /* owned, n x m; may be -inf */
    double *upper; /* owned, n x m; finite, > lower */
} eco_boxes;

/**
 * Cuts the region.
 *
 * @param[in]  y          n x m points in any order, +inf allowed; dominated points and points
 *                        beyond ref change nothing; n = 0 gives the one box below ref
 * @param[in]  ref        m finite coordinates
 * @param[out] ret_boxes  filled struct to be released by eco_boxes_release; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (n, m), ECOPT_E_RANGE (NaN, -inf, ref not finite), ECOPT_E_NOMEM
 *
 * Source: slicing as for the hypervolume (While et al. 2006, doi:10.1109/TEVC.2005.851275); the
 * two-objective case equals the strips of Emmerich et al. 2011, doi:10.1109/CEC.2011.5949880.
 */
ECOPT_NODROP ecopt_status eco_boxes_init(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                         const double *ref, eco_boxes *ret_boxes);

/** Frees the arrays; a zeroed struct is allowed. */
void eco_boxes_release(eco_boxes *boxes);

#endif
