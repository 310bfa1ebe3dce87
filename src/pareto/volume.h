/*
 * Hypervolume of rows that were checked, behind ecopt_hypervolume and the contributions.
 *
 * Call order: eco_volume_init for the largest set, then any number of eco_volume_measure (nothing
 * is allocated), then eco_volume_release.  eco_rows_load brings values into the range where
 * products neither overflow nor vanish.
 */
#ifndef ECO_PARETO_VOLUME_H
#define ECO_PARETO_VOLUME_H

#include "core/ctx.h"
#include "pareto/rank_set.h"

#include <ecopt/pareto.h>

/** Points below the reference, each objective divided by a power of two (exact). */
typedef struct eco_rows {
    ecopt_ctx *ctx; /* borrowed */
    size_t n;
    size_t m;
    double *y;      /* owned, n x m */
    size_t *origin; /* owned, n: row number in the caller's array */
    double ref[ECOPT_MAX_OBJECTIVES];
    int exponent; /* a volume of these rows times 2^exponent is one of the caller's */
} eco_rows;

/**
 * Checks and copies the points below ref; so scaled that ref_k - min_k is in [1/2, 1).
 *
 * @param[in]  y, ref    as for ecopt_hypervolume
 * @param[out] ret_rows  released by eco_rows_release; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (n, m), ECOPT_E_RANGE (NaN, -inf, ref not finite), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_rows_load(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                        const double *ref, eco_rows *ret_rows);

/** Frees the arrays. */
void eco_rows_release(eco_rows *rows);

/** Room of one dimension of the recursion; see volume.c. */
typedef struct eco_volume_level {
    double *rows;    /* n x d */
    size_t *keys;    /* n: rank of objective 0 */
    size_t *earlier; /* n: rows already taken, by objective d - 2 */
} eco_volume_level;

/** Workspace. */
typedef struct eco_volume {
    ecopt_ctx *ctx; /* borrowed */
    size_t m;
    double *numbers; /* owned; what the levels point to */
    size_t *indices; /* owned; likewise, and order, work, slot */
    uint64_t *words; /* owned; of stair */
    size_t *order;   /* n */
    size_t *work;    /* n */
    size_t *slot;    /* n: row that a member of stair stands for */
    eco_rank_set stair;
    const double *ref; /* of the call that runs */
    eco_volume_level level[ECOPT_MAX_OBJECTIVES + 1];
} eco_volume;

/**
 * Makes room for n rows of m objectives.
 * @param[out] ret_volume  released by eco_volume_release; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_volume_init(ecopt_ctx *ctx, size_t n, size_t m,
                                          eco_volume *ret_volume);

/** Frees the workspace. */
void eco_volume_release(eco_volume *volume);

/**
 * Hypervolume of n rows of m objectives, all below ref; any order, dominated and equal rows
 * allowed.
 */
double eco_volume_measure(eco_volume *volume, size_t n, const double *rows, const double *ref);

#endif
