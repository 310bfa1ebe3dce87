#include "num/special.h"

#include <math.h>

static const double LN_SQRT_2PI = 0.91893853320467274178;
static const double SQRT_1_2 = 0.70710678118654752440;

double eco_logsumexp(size_t n, const double *x)
{
    double high = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            return (double)NAN;
        high = fmax(high, x[i]);
    }
    if (isinf(high))
        return high;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp(x[i] - high);
    return high + log(sum);
}

double eco_norm_pdf(double z)
{
    return exp(-0.5 * z * z - LN_SQRT_2PI);
}

double eco_norm_cdf(double z)
{
    return 0.5 * erfc(-z * SQRT_1_2);
}

/*
 * c(t) = 1/(t + 2/(t + 3/(t + ...))), t >= 2: Mills' ratio is R(t) = Phi(-t)/phi(t) = 1/(t + c).
 * Evaluated backwards; the number of levels for 1e-17 falls with t^2 (measured against mpmath:
 * 115 are needed at t = 2, 8 at t = 20).  Each level's fraction is kept as numerator / denominator:
 * all terms are positive, so nothing cancels, and one division is left instead of one per level.
 */
static double mills_tail(double t)
{
    if (t > 20) {
        double f = t; /* products of large t could overflow */
        for (int k = 8; k >= 2; k--)
            f = t + k / f;
        return 1 / f;
    }
    double numerator = t, denominator = 1;
    for (int k = 8 + (int)(460 / (t * t)); k >= 2; k--) {
        double next = t * numerator + k * denominator;
        denominator = numerator;
        numerator = next;
    }
    return denominator / numerator;
}

double eco_log_ndtr(double z)
{
    if (z < -2) {
        double t = -z;
        return -0.5 * t * t - LN_SQRT_2PI - log(t + mills_tail(t));
    }
    /* Near 1 the complement is the accurate one. */
    return z > 0 ? log1p(-eco_norm_cdf(-z)) : log(eco_norm_cdf(z));
}

double eco_norm_hazard(double z)
{
    return z < -2 ? -z + mills_tail(-z) : eco_norm_pdf(z) / eco_norm_cdf(z);
}

double eco_log_h(double z, double *ret_dz)
{
    if (z < -2) {
        /* h = phi (1 - t R) = phi c / (t + c) and Phi / h = R / (1 - t R) = 1 / c. */
        double t = -z, c = mills_tail(t);
        if (ret_dz)
            *ret_dz = 1 / c;
        return -0.5 * t * t - LN_SQRT_2PI + log(c / (t + c));
    }
    double cdf = eco_norm_cdf(z), h = eco_norm_pdf(z) + z * cdf;
    if (ret_dz)
        *ret_dz = cdf / h;
    return log(h);
}
