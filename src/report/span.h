/*
 * Which part of an objective a picture shows.
 *
 * A pure function of the values: what is worth its place is the front, the reference point beside
 * it, and the dominated points near it.  A network that learned nothing (accuracy 0.10) would
 * otherwise press the whole trade-off into a strip; it is drawn at the edge and counted instead.
 */
#ifndef ECO_REPORT_SPAN_H
#define ECO_REPORT_SPAN_H

#include "core/ctx.h"

/** The values of one objective, in shown units; all borrowed. */
typedef struct eco_span_values {
    size_t n_front, n_other;
    const double *front; /* n_front >= 1, finite */
    const double *other; /* n_other, dominated; any size, not NaN */
    double reference;    /* NaN: none */
    bool is_log;         /* distances are ratios; ignored unless all of the front is > 0 */
} eco_span_values;

typedef struct eco_span {
    double lo, hi; /* finite, lo <= hi */
    bool is_log;   /* a log axis is possible and wanted; lo > 0 */
} eco_span;

/**
 * Chooses the shown range.
 *
 * All of the front is in it.  The reference is when it is no further from the front than the front
 * is wide, or when the front is a single value.  Dominated points are in it up to a distance of one
 * such width, or of the median of their distances where that is more: so at most half of them are
 * left out, and a front of a single value without a reference leaves out none.
 *
 * @return ECOPT_OK, ECOPT_E_NOMEM (ret_span unchanged)
 */
ECOPT_NODROP ecopt_status eco_span_choose(ecopt_ctx *ctx, const eco_span_values *values,
                                          eco_span *ret_span);

#endif
