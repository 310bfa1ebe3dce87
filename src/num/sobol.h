/*
 * Sobol sequence with random access and reproducible scrambling.
 *
 * Call order: eco_sobol_new, eco_sobol_get for any index in any order, eco_sobol_free.  Point i is
 * computed without the points before it, so a resumed study goes on where it stopped.  Unscrambled
 * points come in Gray-code order (Antonov, Saleev 1979), the order of scipy and most libraries.
 *
 * Scrambling is a random linear matrix scramble followed by a digital shift (Matousek 1998,
 * "On the L2-discrepancy for anchored boxes", J. Complexity 14, 527-556), drawn from Philox stream
 * ECO_STREAM_SOBOL_SCRAMBLE of the seed, item = dimension.  Each point is then uniform on [0,1)^d
 * and the net structure is kept.  Objects are immutable after construction: any number of threads
 * may read one.  Limits: 256 dimensions, 2^32 points.
 */
#ifndef ECO_NUM_SOBOL_H
#define ECO_NUM_SOBOL_H

#include "core/ctx.h"

enum {
    ECO_SOBOL_MAX_DIM = 256,
    ECO_SOBOL_BITS = 32,      /* columns: 2^32 points */
    ECO_SOBOL_MAX_DEGREE = 11 /* of the first 256 primitive polynomials */
};

/** One dimension of the Joe-Kuo table: x^s + a_1 x^(s-1) + ... + 1 and the first s numbers m. */
typedef struct eco_sobol_row {
    uint16_t degree;
    uint16_t inner; /* a_1 ... a_(s-1) as bits */
    uint16_t m[ECO_SOBOL_MAX_DEGREE];
} eco_sobol_row;

/** Rows of dimensions 2, 3, ...; sobol_table.c. */
extern const eco_sobol_row eco_sobol_rows[ECO_SOBOL_MAX_DIM - 1];

typedef struct eco_sobol eco_sobol;

/**
 * Prepares a scrambled sequence.
 *
 * @param[in]  d          dimensions, 1 .. ECO_SOBOL_MAX_DIM
 * @param[in]  scrambled  false gives the plain sequence (its point 0 is the origin)
 * @param[in]  seed       study seed; unused when not scrambled
 * @param[out] ret_sobol  caller frees with eco_sobol_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (d), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_sobol_new(ecopt_ctx *ctx, size_t d, bool scrambled, uint64_t seed,
                                        eco_sobol **ret_sobol);

/** Frees a sequence; NULL is allowed. */
void eco_sobol_free(eco_sobol *sobol);

/** Point `index` (d numbers in [0, 1)) of the sequence. */
void eco_sobol_get(const eco_sobol *sobol, uint32_t index, double *ret_x);

#endif
