/*
 * What the files of this folder share: input checks and a deterministic sort of points.
 */
#ifndef ECO_PARETO_ORDER_H
#define ECO_PARETO_ORDER_H

#include "core/ctx.h"

#include <ecopt/pareto.h>

/**
 * Checks the counts and that no value is NaN (nor -inf, if a volume is wanted).
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_RANGE
 */
ECOPT_NODROP ecopt_status eco_pareto_check(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                           bool for_volume);

/**
 * Sorts row indices by one objective, then by the others in turn, then by index (so the result does
 * not depend on the sort algorithm).
 *
 * @param[in]     y      rows of m
 * @param[in]     first  objective compared first; the rest follow cyclically
 * @param[in,out] index  n row numbers
 * @param[in]     work   n numbers of workspace
 */
void eco_pareto_sort(size_t n, size_t m, const double *y, size_t first, size_t *index,
                     size_t *work);

/**
 * Tells the front from the rest; of equal points only the first is kept.
 *
 * m <= 3: O(n log n); more: each point against the survivors before it.
 *
 * @param[in]  y         n x m checked points
 * @param[out] order     n: all points in lexicographic order, so that equal ones are neighbours
 * @param[out] is_kept   n: true for those on the front
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_front_mark(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                         size_t *order, bool *is_kept);

#endif
