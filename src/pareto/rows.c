#include "pareto/order.h"
#include "pareto/volume.h"

#include <math.h>

static bool is_below(size_t m, const double *row, const double *ref)
{
    for (size_t k = 0; k < m; k++)
        if (!(row[k] < ref[k]))
            return false;
    return true;
}

/* Exponent e with ref - low in [2^(e-1), 2^e); the difference itself may overflow. */
static int exponent_of(double low, double ref)
{
    int exponent;
    if (isfinite(ref - low)) {
        (void)frexp(ref - low, &exponent);
        return exponent;
    }
    (void)frexp(0.5 * ref - 0.5 * low, &exponent);
    return exponent + 1;
}

/* Divides objective k of all rows and of the reference by a power of two.  In two steps, since
 * 2^1074 is no double; what underflows is too near 0 to be seen beside ref - low. */
static void objective_scale(eco_rows *rows, size_t k)
{
    double low = rows->ref[k];
    for (size_t i = 0; i < rows->n; i++)
        low = fmin(low, rows->y[i * rows->m + k]);
    int exponent = exponent_of(low, rows->ref[k]);
    double first = ldexp(1, -exponent / 2), second = ldexp(1, -exponent - -exponent / 2);
    for (size_t i = 0; i < rows->n; i++) {
        double *value = rows->y + i * rows->m + k;
        *value = *value * first * second;
    }
    rows->ref[k] = rows->ref[k] * first * second;
    rows->exponent += exponent;
}

ecopt_status eco_rows_load(ecopt_ctx *ctx, size_t n, size_t m, const double *y, const double *ref,
                           eco_rows *ret_rows)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, true));
    for (size_t k = 0; k < m; k++)
        if (!isfinite(ref[k]))
            return eco_fail(ctx, ECOPT_E_RANGE, "reference point is not finite in objective %zu",
                            k);
    eco_rows rows = {.ctx = ctx, .m = m};
    rows.y = eco_alloc(ctx, n * m, sizeof *rows.y);
    rows.origin = eco_alloc(ctx, n, sizeof *rows.origin);
    if (!rows.y || !rows.origin) {
        eco_rows_release(&rows);
        return ECOPT_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_below(m, y + i * m, ref))
            continue;
        for (size_t k = 0; k < m; k++)
            rows.y[rows.n * m + k] = y[i * m + k];
        rows.origin[rows.n++] = i;
    }
    for (size_t k = 0; k < m; k++) {
        rows.ref[k] = ref[k];
        if (rows.n > 0)
            objective_scale(&rows, k);
    }
    *ret_rows = rows;
    return ECOPT_OK;
}

void eco_rows_release(eco_rows *rows)
{
    eco_free(rows->ctx, rows->y);
    eco_free(rows->ctx, rows->origin);
}
