#include "sampler/variation.h"

#include <math.h>
#include <stdbool.h>

/* Rounding may lead one unit over a bound. */
static double clip(double u)
{
    return u < 0 ? 0 : u > 1 ? 1 : u;
}

void eco_vary_sbx(eco_rng *rng, double eta, double a, double b, double ret_c[2])
{
    double draw = eco_rng_uniform(rng);
    double low = fmin(a, b), high = fmax(a, b), gap = high - low;
    ret_c[0] = a;
    ret_c[1] = b;
    /* Below this the largest spread overflows, and the children are their parents anyway. */
    if (gap < 1e-14)
        return;
    double widest = 1 + 2 * fmin(low, 1 - high) / gap;
    /* alpha / 2 is the probability that beta stays below its largest value. */
    double alpha = 2 - pow(widest, -(eta + 1));
    double mass = draw * alpha;
    double beta = pow(mass <= 1 ? mass : 1 / (2 - mass), 1 / (eta + 1));
    double middle = 0.5 * (low + high), half = 0.5 * beta * gap;
    ret_c[a > b] = clip(middle - half);
    ret_c[a <= b] = clip(middle + half);
}

double eco_vary_mutate(eco_rng *rng, double eta, double u)
{
    double draw = eco_rng_uniform(rng);
    bool is_down = draw < 0.5;
    /* Both sides are one formula: mass of the tail beyond the step, and what lies out of bounds. */
    double tail = is_down ? 2 * draw : 2 * (1 - draw);
    double room = is_down ? u : 1 - u;
    double mass = tail + (1 - tail) * pow(1 - room, eta + 1);
    double step = 1 - pow(mass, 1 / (eta + 1));
    return clip(is_down ? u - step : u + step);
}
