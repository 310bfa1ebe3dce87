#include "num/normal_array.h"

#include <stdint.h>
#include <string.h>

/*
 * Chebyshev interpolation at 48 nodes with 60 digits, cut at degree 23 and 21 (rest 1e-16) and
 * turned into powers of s = (5 - t) / (5 + t), constant term first.  Relative error of the
 * polynomials 1.1e-15 over t = 0 .. inf; 5 made both series short.
 */

static const double gain_terms[] = {
    3.5959476423421171,      5.8188273135256567,      6.082374411361462,
    4.7982231651165543,      2.9344972490881926,      1.3522814190067067,
    0.41740149683901212,     0.044026566635294993,    -0.030292392264602116,
    -0.01514692120636392,    -0.00026505953773273979, 0.0019985989203138419,
    0.00041387426363864293,  -0.00023686628514963493, -9.1530329411303491e-05,
    3.0855609515557087e-05,  1.6781223439724362e-05,  -4.8921100243596782e-06,
    -2.8435650977216747e-06, 8.9399098099008467e-07,  4.050996820956376e-07,
    -1.4738677009730265e-07, -3.4520700200653594e-08, 1.4183285172020795e-08};
static const double mills_terms[] = {
    1.9280810471531566,      1.667866595188962,       1.2415470615741044,
    0.78591107554638417,     0.41364471572308459,     0.17325473409133701,
    0.052125502563594286,    0.0075032827704396479,   -0.0019999632011944496,
    -0.0013658588260150296,  -0.0001488272358923992,  0.00012473429411922815,
    4.1797300278833977e-05,  -9.9712125231265435e-06, -6.9117866068520266e-06,
    8.29951776733244e-07,    1.0520489197717844e-06,  -8.9848953900808132e-08,
    -1.4327136230422851e-07, 1.2601401701289641e-08,  1.2420669014487681e-08,
    -1.2681778133106914e-09};
/* exp(r), |r| <= ln(2) / 2, the same way; relative error 2e-16. */
static const double exp_terms[] = {1.0,
                                   1.0000000000000067,
                                   0.50000000000000189,
                                   0.16666666666554392,
                                   0.041666666666488078,
                                   0.0083333333856713161,
                                   0.0013888888952318045,
                                   0.00019841170266518321,
                                   2.480148547921643e-05,
                                   2.7640182247362188e-06,
                                   2.7632640675430235e-07};

static const double INV_SQRT_2PI = 0.39894228040143267794;
static const double LOG2_E = 1.44269504088896340736;
static const double LN_2_HIGH = 0x1.62e42fefa3800p-1; /* 33 zero bits: k times it is exact */
static const double LN_2_LOW = 0x1.ef35793c76730p-45;
static const double ROUNDER = 0x1.8p52; /* adding it leaves the integer in the low bits */
static const double EXP_LOWEST = -708;  /* below, 2^k would be denormal: the result is 0 */
static const double CENTRE = 5;

/* Even and odd powers apart: two chains of half the length keep the units busy. */
static inline double polynomial_24(const double *c, double s)
{
    double q = s * s, even = c[22], odd = c[23];
    for (int k = 20; k >= 0; k -= 2) {
        even = even * q + c[k];
        odd = odd * q + c[k + 1];
    }
    return even + s * odd;
}

static inline double polynomial_22(const double *c, double s)
{
    double q = s * s, even = c[20], odd = c[21];
    for (int k = 18; k >= 0; k -= 2) {
        even = even * q + c[k];
        odd = odd * q + c[k + 1];
    }
    return even + s * odd;
}

/* exp(x) for x <= 0, 0 below EXP_LOWEST. */
static inline double exp_below(double x)
{
    double keep = x > EXP_LOWEST ? 1.0 : 0.0, y = x > EXP_LOWEST ? x : EXP_LOWEST;
    double shifted = y * LOG2_E + ROUNDER, k = shifted - ROUNDER;
    double r = (y - k * LN_2_HIGH) - k * LN_2_LOW;
    double p = exp_terms[10];
    for (int i = 9; i >= 0; i--)
        p = p * r + exp_terms[i];
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return p * power * keep;
}

/* phi(z) exp(shift^2 / 2); the product of sum and difference does not cancel near z = -shift. */
static inline double density(double t, double shift)
{
    return INV_SQRT_2PI * exp_below(0.5 * ((shift - t) * (shift + t)));
}

void eco_norm_array_h(size_t n, const double *restrict z, double shift, double *restrict ret_h)
{
    for (size_t i = 0; i < n; i++) {
        double t = z[i] < 0 ? -z[i] : z[i], above = z[i] > 0 ? z[i] : 0;
        double w = 1 / (t + CENTRE), s = 2 * CENTRE * w - 1;
        ret_h[i] = above + density(t, shift) * (w * w) * polynomial_24(gain_terms, s);
    }
}

void eco_norm_array_all(size_t n, const double *restrict z, double shift, double *restrict ret_h,
                        double *restrict ret_cdf, double *restrict ret_pdf)
{
    for (size_t i = 0; i < n; i++) {
        double t = z[i] < 0 ? -z[i] : z[i], above = z[i] > 0 ? z[i] : 0;
        double w = 1 / (t + CENTRE), s = 2 * CENTRE * w - 1, pdf = density(t, shift);
        double tail = pdf * w * polynomial_22(mills_terms, s);
        ret_h[i] = above + pdf * (w * w) * polynomial_24(gain_terms, s);
        ret_cdf[i] = z[i] > 0 ? 1 - tail : tail;
        ret_pdf[i] = pdf;
    }
}

/* Below, a difference of Mills' ratios cancels too much; a series about the middle of the interval
 * stands in for it, with a relative error of 2e-14 up to here. */
static const double NARROW = 0.05;

/* R(t), t >= -NARROW: a little beyond its interval the polynomial is still good to 1e-14. */
static inline double mills(double t)
{
    double w = 1 / (t + CENTRE), s = 2 * CENTRE * w - 1;
    return w * polynomial_22(mills_terms, s);
}

/* 1 - t R(t), as far. */
static inline double mills_gain(double t)
{
    double w = 1 / (t + CENTRE), s = 2 * CENTRE * w - 1;
    return w * w * polynomial_24(gain_terms, s);
}

/* 1 - exp(y), y <= NARROW: 2^k expm1(r) + (2^k - 1), without cancellation near 0. */
static inline double one_minus_exp(double y)
{
    double low = y > EXP_LOWEST ? y : EXP_LOWEST, shifted = low * LOG2_E + ROUNDER;
    double k = shifted - ROUNDER, r = (low - k * LN_2_HIGH) - k * LN_2_LOW, p = exp_terms[10];
    for (int i = 9; i >= 1; i--)
        p = p * r + exp_terms[i];
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return 1 - power - power * (p * r);
}

/* What one value of a gives, in units of a exp(-shift^2 / 2). */
typedef struct gain {
    double gain, fall, widen;
} gain;

static inline gain gain_wide(double z, double sd, double shift)
{
    double t = z < 0 ? -z : z, q = sd - z, beyond = q < 0 ? -q : q, y = sd * (0.5 * sd - z);
    double pdf = density(t, shift), tail = pdf * mills(t), tail_y = pdf * mills(beyond);
    double cdf = z > 0 ? 1 - tail : tail;
    double fall = q < 0 ? exp_below(y < 0 ? y : 0) - tail_y : tail_y;
    return (gain){cdf - fall, fall, pdf - sd * fall};
}

/*
 * Mean of g(t) = 1 - t R(t) over an interval of width sd about its middle: g + g(2) sd^2 / 24 +
 * g(4) sd^4 / 1920 + g(6) sd^6 / 322560 with derivatives g(1) = t g - R, g(k + 1) = (k + 1) g(k -
 * 1) + t g(k).  The recursion cancels for large t, and the powers of sd make that harmless.
 */
static inline double mills_gain_mean(double middle, double sd)
{
    double t = middle, g = mills_gain(t), g1 = t * g - mills(t), g2 = 2 * g + t * g1;
    double g3 = 3 * g1 + t * g2, g4 = 4 * g2 + t * g3, g5 = 5 * g3 + t * g4, g6 = 6 * g4 + t * g5;
    double q = sd * sd;
    return g + q * (g2 / 24 + q * (g4 / 1920 + q * (g6 / 322560)));
}

static inline gain gain_narrow(double z, double sd, double shift)
{
    double far = z < 0 ? -z : z;
    /* Nothing is left of the density there, and the recursion would run away. */
    double pdf = density(far, shift), t = far > 200 ? 200 : far, tail = pdf * mills(t);
    double cdf = z > 0 ? 1 - tail : tail;
    double sum = mills_gain_mean(z > 0 ? t - 0.5 * sd : t + 0.5 * sd, sd);
    double y = z > 0 ? sd * (0.5 * sd - z) : 0;
    double all = one_minus_exp(y) + pdf * (sd * sum), fall = cdf - all;
    return (gain){all, fall, pdf - sd * fall};
}

void eco_lognorm_array_gain(const eco_lognorm *law, size_t n, const double *restrict log_a,
                            double *restrict ret_gain)
{
    double mean = law->mean, sd = law->sd, per_sd = 1 / sd, unit = law->log_unit;
    double shift = law->shift;
    for (size_t i = 0; i < n && sd >= NARROW; i++)
        ret_gain[i] =
            exp_below(log_a[i] - unit) * gain_wide((log_a[i] - mean) * per_sd, sd, shift).gain;
    for (size_t i = 0; i < n && !(sd >= NARROW); i++)
        ret_gain[i] =
            exp_below(log_a[i] - unit) * gain_narrow((log_a[i] - mean) * per_sd, sd, shift).gain;
}

void eco_lognorm_array_all(const eco_lognorm *law, size_t n, const double *restrict log_a,
                           double *restrict ret_gain, double *restrict ret_fall,
                           double *restrict ret_widen)
{
    double mean = law->mean, sd = law->sd, per_sd = 1 / sd, unit = law->log_unit;
    double shift = law->shift;
    for (size_t i = 0; i < n && sd >= NARROW; i++) {
        double share = exp_below(log_a[i] - unit);
        gain at = gain_wide((log_a[i] - mean) * per_sd, sd, shift);
        ret_gain[i] = share * at.gain;
        ret_fall[i] = share * at.fall;
        ret_widen[i] = share * at.widen;
    }
    for (size_t i = 0; i < n && !(sd >= NARROW); i++) {
        double share = exp_below(log_a[i] - unit);
        gain at = gain_narrow((log_a[i] - mean) * per_sd, sd, shift);
        ret_gain[i] = share * at.gain;
        ret_fall[i] = share * at.fall;
        ret_widen[i] = share * at.widen;
    }
}
