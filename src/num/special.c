#include "num/special.h"

#include <math.h>

static const double LN_SQRT_2PI = 0.91893853320467274178;
static const double LN_2 = 0.69314718055994530942;
static const double SQRT_1_2 = 0.70710678118654752440;

double eco_log1mexp(double x)
{
    return x > -LN_2 ? log(-expm1(x)) : log1p(-exp(x));
}

double eco_logaddexp(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (double)NAN;
    double high = fmax(a, b), low = fmin(a, b);
    /* Equal infinities would give inf - inf. */
    if (isinf(high))
        return high;
    return high + log1p(exp(low - high));
}

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

/* Horner's rule; c[0] is the constant term. */
static double polynomial(size_t n, const double *c, double x)
{
    double y = 0;
    for (size_t i = n; i-- > 0;)
        y = y * x + c[i];
    return y;
}

/* Coefficients of PPND16, Applied Statistics 37 (1988) 477-484: centre, middle, tail. */
static const double centre_num[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                    1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                    4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                    3.3430575583588128105e+4, 2.5090809287301226727e+3};
static const double centre_den[] = {1.0,
                                    4.2313330701600911252e+1,
                                    6.8718700749205790830e+2,
                                    5.3941960214247511077e+3,
                                    2.1213794301586595867e+4,
                                    3.9307895800092710610e+4,
                                    2.8729085735721942674e+4,
                                    5.2264952788528545610e+3};
static const double middle_num[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                    5.76949722146069140550e0,  3.64784832476320460504e0,
                                    1.27045825245236838258e0,  2.41780725177450611770e-1,
                                    2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double middle_den[] = {1.0,
                                    2.05319162663775882187e0,
                                    1.67638483018380384940e0,
                                    6.89767334985100004550e-1,
                                    1.48103976427480074590e-1,
                                    1.51986665636164571966e-2,
                                    5.47593808499534494600e-4,
                                    1.05075007164441684324e-9};
static const double tail_num[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                  1.78482653991729133580e0,  2.96560571828504891230e-1,
                                  2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                  2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double tail_den[] = {1.0,
                                  5.99832206555887937690e-1,
                                  1.36929880922735805310e-1,
                                  1.48753612908506148525e-2,
                                  7.86869131145613259100e-4,
                                  1.84631831751005468180e-5,
                                  1.42151175831644588870e-7,
                                  2.04426310338993978564e-15};

double eco_norm_quantile(double p)
{
    if (!(p >= 0 && p <= 1))
        return (double)NAN;
    if (p == 0 || p == 1)
        return p == 0 ? -HUGE_VAL : HUGE_VAL;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * polynomial(8, centre_num, r) / polynomial(8, centre_den, r);
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p)), z;
    if (r <= 5)
        z = polynomial(8, middle_num, r - 1.6) / polynomial(8, middle_den, r - 1.6);
    else
        z = polynomial(8, tail_num, r - 5) / polynomial(8, tail_den, r - 5);
    return q < 0 ? -z : z;
}
