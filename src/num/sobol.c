#include "num/sobol.h"

#include "core/rng.h"

#include <math.h>

/* Digits below the 32 of the sequence: a double holds 53, the shift fills the rest at random. */
enum { TAIL_BITS = 21 };

struct eco_sobol {
    ecopt_ctx *ctx;    /* borrowed */
    size_t d;          /* dimensions */
    uint32_t *columns; /* owned, d x ECO_SOBOL_BITS: (scrambled) direction numbers */
    uint64_t *shift;   /* owned, d: digital shift of 53 bits */
};

/* Direction numbers v_k = m_k 2^(32-k); recurrence (3) of Bratley and Fox 1988, ACM TOMS 659. */
static void directions_fill(size_t dim, uint32_t v[ECO_SOBOL_BITS])
{
    if (dim == 0) {
        for (unsigned k = 0; k < ECO_SOBOL_BITS; k++)
            v[k] = UINT32_C(1) << (31 - k);
        return;
    }
    const eco_sobol_row *row = &eco_sobol_rows[dim - 1];
    unsigned s = row->degree;
    for (unsigned k = 0; k < s; k++)
        v[k] = (uint32_t)row->m[k] << (31 - k);
    for (unsigned k = s; k < ECO_SOBOL_BITS; k++) {
        v[k] = v[k - s] ^ (v[k - s] >> s);
        for (unsigned i = 1; i < s; i++)
            if (row->inner >> (s - 1 - i) & 1)
                v[k] ^= v[k - i];
    }
}

/*
 * Multiplies every direction number by one random lower triangular matrix with unit diagonal over
 * GF(2).  Row r of the matrix yields digit r (most significant first) from digits 0..r.
 */
static void scramble(eco_rng *rng, uint32_t v[ECO_SOBOL_BITS])
{
    uint32_t rows[ECO_SOBOL_BITS];
    for (unsigned r = 0; r < ECO_SOBOL_BITS; r++) {
        uint32_t digit = UINT32_C(1) << (31 - r);
        uint32_t above = ~(digit | (digit - 1)); /* digits more significant than r */
        rows[r] = ((uint32_t)(eco_rng_u64(rng) >> 32) & above) | digit;
    }
    for (unsigned k = 0; k < ECO_SOBOL_BITS; k++) {
        uint32_t product = 0;
        for (unsigned r = 0; r < ECO_SOBOL_BITS; r++)
            product |= (uint32_t)(__builtin_popcount(rows[r] & v[k]) & 1) << (31 - r);
        v[k] = product;
    }
}

ecopt_status eco_sobol_new(ecopt_ctx *ctx, size_t d, bool scrambled, uint64_t seed,
                           eco_sobol **ret_sobol)
{
    if (d < 1 || d > ECO_SOBOL_MAX_DIM)
        return eco_fail(ctx, ECOPT_E_LIMIT, "a sobol sequence has 1 to %d dimensions, not %zu",
                        ECO_SOBOL_MAX_DIM, d);
    eco_sobol *sobol = eco_alloc(ctx, 1, sizeof *sobol);
    if (!sobol)
        return ECOPT_E_NOMEM;
    sobol->ctx = ctx;
    sobol->d = d;
    sobol->columns = eco_alloc(ctx, d * ECO_SOBOL_BITS, sizeof *sobol->columns);
    sobol->shift = eco_alloc(ctx, d, sizeof *sobol->shift);
    if (!sobol->columns || !sobol->shift) {
        eco_sobol_free(sobol);
        return ECOPT_E_NOMEM;
    }
    for (size_t j = 0; j < d; j++) {
        directions_fill(j, sobol->columns + j * ECO_SOBOL_BITS);
        if (scrambled) {
            eco_rng rng;
            eco_rng_init(&rng, seed, ECO_STREAM_SOBOL_SCRAMBLE, j);
            scramble(&rng, sobol->columns + j * ECO_SOBOL_BITS);
            sobol->shift[j] = eco_rng_u64(&rng) >> (64 - ECO_SOBOL_BITS - TAIL_BITS);
        }
    }
    *ret_sobol = sobol;
    return ECOPT_OK;
}

void eco_sobol_free(eco_sobol *sobol)
{
    if (!sobol)
        return;
    eco_free(sobol->ctx, sobol->columns);
    eco_free(sobol->ctx, sobol->shift);
    eco_free(sobol->ctx, sobol);
}

void eco_sobol_get(const eco_sobol *sobol, uint32_t index, double *ret_x)
{
    uint32_t gray = index ^ (index >> 1);
    for (size_t j = 0; j < sobol->d; j++) {
        const uint32_t *v = sobol->columns + j * ECO_SOBOL_BITS;
        uint32_t digits = 0;
        for (uint32_t rest = gray; rest; rest &= rest - 1)
            digits ^= v[__builtin_ctz(rest)];
        uint64_t bits = ((uint64_t)digits << TAIL_BITS) ^ sobol->shift[j];
        ret_x[j] = ldexp((double)bits, -(ECO_SOBOL_BITS + TAIL_BITS));
    }
}
