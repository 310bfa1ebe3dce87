#include "pareto/volume.h"

#include <math.h>

ecopt_status ecopt_hypervolume(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                               const double *ref, double *ret_hv)
{
    eco_rows rows;
    eco_volume volume;
    ECO_TRY(eco_rows_load(ctx, n, m, y, ref, &rows));
    ecopt_status status = eco_volume_init(ctx, rows.n, m, &volume);
    if (status == ECOPT_OK) {
        double hv = ldexp(eco_volume_measure(&volume, rows.n, rows.y, rows.ref), rows.exponent);
        eco_volume_release(&volume);
        if (isfinite(hv))
            *ret_hv = hv;
        else
            status = eco_fail(ctx, ECOPT_E_NUMERIC, "hypervolume exceeds the range of doubles");
    }
    eco_rows_release(&rows);
    return status;
}
