/*
 * Leave-one-out predictions, and outliers that they reveal.
 *
 * One value far off makes a model believe in much noise everywhere, so by its own measure the value
 * is not that far off: of n standardised residuals none exceeds about sqrt(n).  Hence two steps: a
 * row that stands out a little is left out of a second fit, and that one's surprise decides.
 */
#include "gp/gp_model.h"
#include "num/linalg.h"

#include <math.h>
#include <string.h>

enum {
    ROBUST_MIN = 8, /* fewer rows do not tell an outlier from a slope */
    TRIALS_MAX = 5  /* second fits */
};

/*
 * SUSPECT: sd at which a second fit pays; it condemns at ACCEPT sd of its prediction and, besides,
 * GROSS sd of the other values.  Both are high because a good trial must not be taken for an error,
 * and because the edge of a cliff or the end of an exponential surprises a smooth model as much as
 * an error would: on eight test functions (tests/unit/test_gp_robust.c) ends lie up to 8 sd off.
 * Smaller errors are what the learned noise is for.
 */
static const double SUSPECT = 3, ACCEPT = 8, GROSS = 10;

static const double NU = 4; /* degrees of freedom: Lange, Little, Taylor 1989, section 6 */

void eco_gp_loo(eco_gp *gp, double *ret_mean, double *ret_sd)
{
    size_t n = gp->n;
    double scale = gp->spread * gp->unit;
    eco_chol_inverse(n, gp->L, gp->inverse);
    for (size_t i = 0; i < n; i++) {
        double variance = 1 / gp->inverse[i * n + i];
        double mean = gp->z[i] - gp->alpha[i] * variance;
        ret_mean[i] = gp->unit * (gp->centre + gp->spread * mean);
        ret_sd[i] = sqrt(variance) * scale;
    }
}

/* Row that its neighbours expect the least, if it is conspicuous; n when none is. */
static size_t suspect_find(eco_gp *gp)
{
    size_t n = gp->n, found = n;
    double most = fmin(SUSPECT, 0.6 * sqrt((double)n));
    eco_chol_inverse(n, gp->L, gp->inverse);
    for (size_t i = 0; i < n; i++) {
        double surprise = fabs(gp->alpha[i]) / sqrt(gp->inverse[i * n + i]);
        if (!(gp->outlier_sd[i] > 0) && surprise > most) {
            most = surprise;
            found = i;
        }
    }
    return found;
}

/*
 * Error that Student-t noise gives to a value whose residual is r by a model without it: one step
 * of expectation and maximisation, noise (nu + E r^2 / noise) / (nu + 1).
 * Source: Lange, Little, Taylor 1989, doi:10.1080/01621459.1989.10478852, section 3.  @return 0
 * when the row is not that far off
 */
static double outlier_error(eco_gp *gp, size_t i, double y, double se)
{
    double mean, sd, scale = gp->spread * gp->unit;
    eco_gp_predict(gp, gp->X + i * gp->d, &mean, &sd, NULL, NULL);
    double residual = fmax(fmin(y / scale - mean / scale, 1e6), -1e6), error = se / scale;
    double noise = exp(gp->theta[gp->d]) + (se > 0 ? error * error : 0);
    double square = residual * residual + sd / scale * (sd / scale);
    if (fabs(residual) < GROSS ||
        !(residual * residual > ACCEPT * ACCEPT * (noise + sd / scale * (sd / scale))))
        return 0;
    return sqrt((NU * noise + square) / (NU + 1)) * scale;
}

ecopt_status eco_gp_learn_robust(eco_gp *gp, const double *y, const double *y_se)
{
    size_t size = gp->n_theta;
    double *kept = gp->search + 8 * size;
    if (gp->n < ROBUST_MIN || gp->options.is_plain)
        return ECOPT_OK;
    for (int trial = 0; trial < TRIALS_MAX; trial++) {
        size_t i = suspect_find(gp);
        if (i == gp->n)
            break;
        memcpy(kept, gp->theta, size * sizeof *kept);
        gp->outlier_sd[i] = HUGE_VAL; /* as good as absent */
        eco_gp_rescale(gp, y, y_se);
        ECO_TRY(eco_gp_learn(gp, gp->theta));
        gp->outlier_sd[i] = outlier_error(gp, i, y[i], y_se ? y_se[i] : 0);
        bool is_outlier = gp->outlier_sd[i] > 0;
        eco_gp_rescale(gp, y, y_se);
        ECO_TRY(eco_gp_factorise(gp, is_outlier ? gp->theta : kept));
        if (!is_outlier)
            break;
    }
    return ECOPT_OK;
}

double eco_gp_outlier_sd(const eco_gp *gp, size_t i)
{
    return gp->outlier_sd[i];
}
