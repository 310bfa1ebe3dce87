#include "num/student.h"

#include "num/special.h"

#include <float.h>
#include <math.h>

/* From that many degrees of freedom on the normal distribution is nearer than the fraction, whose
 * front factor is a difference of large logarithms: both are right to 1e-7 there. */
static const double normal_from = 1e8;

/* Steps of the continued fraction; it needs about the square root of the larger parameter. */
enum { MOST_STEPS = 1000000 };

/* Newton steps; each at least doubles t where the tail is a power, so any double is reached. */
enum { MOST_NEWTON = 2000 };

/* Continued fraction of the incomplete beta function, Abramowitz and Stegun 26.5.8.  Lentz's method
 * keeps numerator and denominator from over- and underflowing; `tiny` stands in for a zero. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1.0;
    double d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= MOST_STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1.0 + even * d;
        c = 1.0 + even / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        value *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1.0 + odd * d;
        c = 1.0 + odd / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        value *= d * c;
        if (fabs(d * c - 1.0) < 4 * DBL_EPSILON)
            break;
    }
    return value;
}

/* lgamma writes a global, lgamma_r does not. */
static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* Regularised incomplete beta function I_x(a, b), of x and y = 1 - x: whichever is small is given
 * exactly.  The fraction converges fast on one side of the mean only; the other is its mirror. */
static double beta_ratio(double a, double b, double x, double y)
{
    if (!(x > 0.0))
        return 0.0;
    if (!(y > 0.0))
        return 1.0;
    double log_front = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log(y);
    if (x < (a + 1.0) / (a + b + 2.0))
        return exp(log_front) * beta_fraction(a, b, x) / a;
    return 1.0 - exp(log_front) * beta_fraction(b, a, y) / b;
}

double eco_student_tail(double t, double freedom)
{
    if (isnan(t) || !(freedom > 0.0))
        return (double)NAN;
    if (freedom >= normal_from)
        return eco_norm_cdf(-t);
    /* Divided before squaring: t may be 1e300. */
    double ratio = t / sqrt(freedom);
    double x = 1.0 / (1.0 + ratio * ratio);
    double y = isinf(ratio * ratio) ? 1.0 : ratio * ratio / (1.0 + ratio * ratio);
    double half = 0.5 * beta_ratio(0.5 * freedom, 0.5, x, y);
    return t < 0.0 ? 1.0 - half : half;
}

/* Logarithm of the density. */
static double log_density(double t, double freedom)
{
    if (freedom >= normal_from)
        return log(eco_norm_pdf(t));
    double ratio = t / sqrt(freedom);
    return log_gamma(0.5 * (freedom + 1.0)) - log_gamma(0.5 * freedom) -
           0.5 * log(freedom * acos(-1.0)) - 0.5 * (freedom + 1.0) * log1p(ratio * ratio);
}

/* Newton on the upper tail from t = 0: the tail is convex there, so every step falls short of the
 * root and the next goes on; no bracket is needed and nothing can overshoot. */
double eco_student_quantile(double p, double freedom)
{
    if (!(p > 0.0 && p < 1.0) || !(freedom > 0.0))
        return (double)NAN;
    if (p < 0.5)
        return -eco_student_quantile(1.0 - p, freedom);
    double tail = 1.0 - p, t = 0.0;
    for (int i = 0; i < MOST_NEWTON; i++) {
        double step = (eco_student_tail(t, freedom) - tail) * exp(-log_density(t, freedom));
        t += step;
        /* Backwards it goes by rounding only. */
        if (!(step > 4 * DBL_EPSILON * t))
            break;
    }
    return t;
}
