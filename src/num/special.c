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

/* R(t) = Phi(-t) / phi(t). */
static double mills_ratio(double t)
{
    return t > 2 ? 1 / (t + mills_tail(t)) : eco_norm_cdf(-t) / eco_norm_pdf(t);
}

/* 1 - t R(t) = -R'(t). */
static double mills_gain(double t)
{
    if (t > 2) {
        double c = mills_tail(t);
        return c / (t + c);
    }
    return 1 - t * mills_ratio(t);
}

/*
 * Mean of 1 - t R(t) over from .. from + width, of either sign: [R(t) - R(t + sd)] / sd.  Six nodes
 * leave 1e-15 as long as the width is a fifth of the scale 1 + t on which the function changes.
 */
static double mills_gain_mean(double from, double width)
{
    static const double node[3] = {0.2386191860831969, 0.6612093864662645, 0.9324695142031521};
    static const double weight[3] = {0.4679139345726910, 0.3607615730481386, 0.1713244923791704};
    double sum = 0, middle = from + 0.5 * width;
    for (int i = 0; i < 3; i++)
        sum += 0.5 * weight[i] *
               (mills_gain(middle - 0.5 * width * node[i]) +
                mills_gain(middle + 0.5 * width * node[i]));
    return sum;
}

static const double NARROW = 0.2;

/* a above the median: nothing is small but what is certain to be gained, 1 - exp(y). */
static double lognorm_gain_above(double log_a, double z, double sd, double *ret_dmean,
                                 double *ret_dsd)
{
    double y = sd * (0.5 * sd - z), pdf = eco_norm_pdf(z), cdf = eco_norm_cdf(z), q = sd - z;
    /* exp(y) Phi(z - sd) with the density common to both: y alone may overflow. */
    double fall = q < 0 ? exp(y) * eco_norm_cdf(-q) : pdf * mills_ratio(q), gain;
    if (sd >= NARROW)
        gain = cdf - fall;
    else
        gain = -expm1(y) + (z < 40 ? pdf * sd * mills_gain_mean(z, -sd) : 0);
    if (ret_dmean) {
        *ret_dmean = -fall / gain;
        *ret_dsd = (pdf - sd * fall) / gain;
    }
    return log_a + log(gain);
}

double eco_log_lognorm_gain(double log_a, double mean, double sd, double *ret_dmean,
                            double *ret_dsd)
{
    double z = (log_a - mean) / sd;
    if (z > 0)
        return lognorm_gain_above(log_a, fmin(z, 1e300), sd, ret_dmean, ret_dsd);
    /* Beyond, squares overflow; NaN stays NaN. */
    double t = z < -1e150 ? 1e150 : -z, ratio = mills_ratio(t + sd), log_gap, per_gap;
    if (sd < NARROW * (1 + t)) {
        double mean_gain = mills_gain_mean(t, sd);
        log_gap = log(sd) + log(mean_gain);
        per_gap = 1 / mean_gain / sd;
    } else {
        double gap = mills_ratio(t) - ratio;
        log_gap = log(gap);
        per_gap = 1 / gap;
    }
    if (ret_dmean) {
        *ret_dmean = -ratio * per_gap;
        /* 1 - sd R(t + sd) without its cancellation. */
        *ret_dsd = (mills_gain(t + sd) + t * ratio) * per_gap;
    }
    return log_a - 0.5 * t * t - LN_SQRT_2PI + log_gap;
}
