/*
 * Inside of the search space: construction, unit cube, features, constraints.
 *
 * Call order: eco_space_new from parameter specifications, eco_space_add_constraint, then, where
 * only listed points are allowed, eco_space_set_candidates; constant afterwards.
 *
 * Three forms of a point:
 *   codes    n_params doubles (<ecopt/space.h>), canonical;
 *   unit     n_dims doubles in [0, 1], one per parameter that can vary (FIXED and one-valued ones
 *            left out), for space-filling designs and neighbourhoods;
 *   features n_features doubles for the surrogate, in this order: a number in [0, 1] per dimension
 *            with an order, as in the unit cube, 0.5 when it is switched off; an indicator, 0 or 1
 *            = active, per condition (`when`) of a dimension, unless it cannot change or equals an
 *            earlier one; a label, the index of its value, per unordered choice of k > 2 values.
 * decode(encode(x)) == x exactly for every canonical x (tests/prop/prop_space.c).
 *
 * The indicators make a conditional space one metric space: Hutter and Osborne 2013,
 * arXiv:1310.5738, section 3, with a straight line in place of their arc.
 *
 * A parameter switched off by `when` is pinned at its default (or first value / minimum), so equal
 * configurations are equal points; eco_space_canonical does it.
 */
#ifndef ECO_SPACE_SPACE_H
#define ECO_SPACE_SPACE_H

#include "core/ctx.h"

#include <ecopt/space.h>

/**
 * Makes a space from n parameters (copied, deeply).  The caller (config) has already reported
 * friendly errors; this checks again and refuses: duplicate or bad names, min > max, log with min
 * <= 0, no values, default out of range, `when` that does not parse, names a missing parameter or
 * forms a cycle (a condition may only use parameters that stand before it).
 *
 * @return ECOPT_OK, ECOPT_E_ARG, ECOPT_E_RANGE, ECOPT_E_PARSE, ECOPT_E_NAME, ECOPT_E_LIMIT,
 * ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_space_new(ecopt_ctx *ctx, const ecopt_param *params, size_t n,
                                        ecopt_space **ret_space);

/** Frees a space; NULL is allowed. */
void eco_space_free(ecopt_ctx *ctx, ecopt_space *space);

/** Adds a constraint on parameters, e.g. "width * depth <= 256".  @return as eco_space_new */
ECOPT_NODROP ecopt_status eco_space_add_constraint(ecopt_ctx *ctx, ecopt_space *space,
                                                   const char *text);

/** Most candidates of one space. */
#define ECO_SPACE_CANDIDATES_MAX 200000

/**
 * Makes the space a list: from now on only these points are allowed.  Once, after the constraints.
 *
 * The rows are copied and made canonical; those that break a constraint are left out, and of equal
 * ones the first is kept.  The order is kept.
 *
 * @param[in] n     rows, 1 to ECO_SPACE_CANDIDATES_MAX
 * @param[in] rows  n x n_params codes, row by row
 * @return ECOPT_OK, ECOPT_E_ARG (no row, or a list already), ECOPT_E_LIMIT, ECOPT_E_RANGE (no row
 *         satisfies the constraints), ECOPT_E_NOMEM; a space that failed can only be freed
 */
ECOPT_NODROP ecopt_status eco_space_set_candidates(ecopt_ctx *ctx, ecopt_space *space, size_t n,
                                                   const double *rows);

/** Number of candidates; 0: the space is no list, every point of the parameters' ranges counts. */
size_t eco_space_n_candidates(const ecopt_space *space);

/** Candidate i < eco_space_n_candidates (n_params codes). */
void eco_space_candidate(const ecopt_space *space, size_t i, double *ret_x);

/** Index of the candidate that canonical x is, or eco_space_n_candidates when it is none. */
size_t eco_space_find_candidate(const ecopt_space *space, const double *x);

/**
 * Code of one value's text, as in ecopt_space_parse_point; not yet canonical.
 *
 * @return ECOPT_OK, ECOPT_E_PARSE, ECOPT_E_RANGE
 */
ECOPT_NODROP ecopt_status eco_space_parse_value(ecopt_ctx *ctx, const ecopt_param *param,
                                                const char *text, double *ret_code);

/** Dimensions of the unit cube (parameters that can vary). */
size_t eco_space_n_dims(const ecopt_space *space);

/** Columns the surrogate sees: one per dimension and one per indicator. */
size_t eco_space_n_features(const ecopt_space *space);

/** How many of the columns, the last ones, hold labels. */
size_t eco_space_n_labels(const ecopt_space *space);

/** Column of dimension k of the unit cube. */
size_t eco_space_dim_column(const ecopt_space *space, size_t k);

/**
 * Rounds, clamps and pins inactive parameters of x (n_params codes) in place.  Equal configurations
 * have equal bits afterwards; doing it twice changes nothing.
 */
void eco_space_canonical(const ecopt_space *space, double *x);

/**
 * True when x (canonical) satisfies every parameter constraint, and is a candidate where the space
 * is a list of them; a constraint that comes to NaN does not hold.
 */
bool eco_space_is_allowed(const ecopt_space *space, const double *x);

/**
 * True when parameter i is active at x (its `when` holds or it has none).  Codes before i must be
 * canonical.
 */
bool eco_space_is_active(const ecopt_space *space, const double *x, size_t i);

/**
 * Unit cube (n_dims) -> canonical codes (n_params). u outside [0, 1] is clamped, NaN is 0.
 * Constraints are not looked at.
 */
void eco_space_decode(const ecopt_space *space, const double *u, double *ret_x);

/** Codes -> unit cube; integers and choices land in the middle of their cell. */
void eco_space_encode(const ecopt_space *space, const double *x, double *ret_u);

/** Canonical codes -> surrogate features (n_features, see above); not to be decoded again. */
void eco_space_features(const ecopt_space *space, const double *x, double *ret_features);

/** Values that dimension k of the unit cube can take: >= 2 for discrete ones, 0 for continuous. */
size_t eco_space_dim_levels(const ecopt_space *space, size_t k);

/** Parameter that dimension k of the unit cube stands for. */
size_t eco_space_dim_param(const ecopt_space *space, size_t k);

/** True when dimension k is an unordered choice (its levels have no neighbours). */
bool eco_space_dim_is_unordered(const ecopt_space *space, size_t k);

/** Number of candidates; of a space that is no list, the product of the levels (constraints and
 * conditions not taken off), INFINITY with a continuous one. */
double eco_space_n_points(const ecopt_space *space);

/** The default point (defaults; else middle of the range on its scale / first value), canonical.
 *  Of a list it is the first candidate that has every declared default; else the first of all.
 *  @return true when at least one parameter has a default of its own, and there is such a
 *  candidate. */
bool eco_space_default(const ecopt_space *space, double *ret_x);

/** Bitwise equality of two canonical points; of others it says nothing. */
bool eco_space_equal(const ecopt_space *space, const double *a, const double *b);

#endif
