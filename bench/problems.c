/*
 * Sources.  BraninCurrin: Belakaria, Deshwal, Doppa 2019; DTLZ2: Deb, Thiele, Laumanns, Zumbaum
 * 2005, doi:10.1007/1-84628-137-7_6; C2DTLZ2: Jain, Deb 2014, doi:10.1109/TEVC.2013.2281534; ZDT:
 * Zitzler, Deb, Thiele 2000, doi:10.1162/106365600568202; VehicleSafety: Tanabe, Ishibuchi 2020,
 * doi:10.1016/j.asoc.2020.106078 (RE3-5-4); Penicillin: Liang, Lai 2021, arXiv:2112.14745; the disk
 * constraint: Gelbart, Snoek, Adams 2014, arXiv:1403.5607.  Bounds, reference points and largest
 * hypervolumes are those of BoTorch's test functions, so that figures can be laid side by side.
 */
#include "problems.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static double square(double x)
{
    return x * x;
}

static void branin_currin(const bench_problem *problem, const double *x, bench_values *ret)
{
    double a = 15 * x[0] - 5, b = 15 * x[1];
    double bowl = b - 5.1 * a * a / (4 * pi * pi) + 5 * a / pi - 6;
    double bend = x[1] > 0 ? 1 - exp(-1 / (2 * x[1])) : 1;
    ret->truth[0] = bowl * bowl + 10 * (1 - 1 / (8 * pi)) * cos(a) + 10;
    ret->truth[1] = bend * (2300 * pow(x[0], 3) + 1900 * square(x[0]) + 2092 * x[0] + 60) /
                    (100 * pow(x[0], 3) + 500 * square(x[0]) + 4 * x[0] + 20);
    /* Inside a disk on Branin's own scale. */
    if (problem->n_constraints > 0)
        ret->c[0] = 50 - square(a - 2.5) - square(b - 7.5);
}

/* Distance from the front grows with the last d - m + 1 inputs, the first m - 1 are angles. */
static void dtlz2(const bench_problem *problem, const double *x, bench_values *ret)
{
    size_t d = problem->n_params, m = problem->n_objectives;
    double radius = 1;
    for (size_t i = m - 1; i < d; i++)
        radius += square(x[i] - 0.5);
    for (size_t k = 0; k < m; k++) {
        size_t last = m - 1 - k;
        ret->truth[k] = radius;
        for (size_t i = 0; i < last; i++)
            ret->truth[k] *= cos(x[i] * pi / 2);
        if (k > 0)
            ret->truth[k] *= sin(x[last] * pi / 2);
    }
}

/* Feasible in a disk of radius 0.2 around each axis' end of the front and around its middle. */
static void c2dtlz2(const bench_problem *problem, const double *x, bench_values *ret)
{
    const double r2 = square(0.2);
    size_t m = problem->n_objectives;
    double sum = 0, middle = 0, nearest = (double)INFINITY;
    dtlz2(problem, x, ret);
    for (size_t k = 0; k < m; k++) {
        sum += square(ret->truth[k]) - r2;
        middle += square(ret->truth[k] - 1 / sqrt((double)m)) - r2;
    }
    for (size_t k = 0; k < m; k++)
        nearest = fmin(nearest, square(ret->truth[k] - 1) + sum - (square(ret->truth[k]) - r2));
    ret->c[0] = -fmin(nearest, middle);
}

/* 1 on the front, 10 at the far end. */
static double zdt_g(const bench_problem *problem, const double *x)
{
    double sum = 0;
    for (size_t i = 1; i < problem->n_params; i++)
        sum += x[i];
    return 1 + 9 * sum / (double)(problem->n_params - 1);
}

static void zdt1(const bench_problem *problem, const double *x, bench_values *ret)
{
    double g = zdt_g(problem, x);
    ret->truth[0] = x[0];
    ret->truth[1] = g * (1 - sqrt(x[0] / g));
}

static void zdt2(const bench_problem *problem, const double *x, bench_values *ret)
{
    double g = zdt_g(problem, x);
    ret->truth[0] = x[0];
    ret->truth[1] = g * (1 - square(x[0] / g));
}

/* As BoTorch has it: the original multiplies all by g, which makes no difference on the front. */
static void zdt3(const bench_problem *problem, const double *x, bench_values *ret)
{
    double g = zdt_g(problem, x);
    ret->truth[0] = x[0];
    ret->truth[1] = 1 - sqrt(x[0] / g) - x[0] / g * sin(10 * pi * x[0]);
}

/*
 * Made for the transformation of outcomes: energy spans four decades, exp(linear + quadratic), and
 * is given in joules; the error falls with the size of what is trained.  On the front the quadratic
 * part is 0.
 */
static void energy_decades(const bench_problem *problem, const double *x, bench_values *ret)
{
    double size = 0.5 * (x[0] + x[1]);
    double bowl = square(x[2] - 0.3) + square(x[3] - 0.6);
    (void)problem;
    ret->truth[0] = exp(size * log(1e4) + 2 * bowl);
    ret->truth[1] = 0.08 + 0.9 * exp(-5 * size) + 0.5 * bowl;
}

/* Mass, acceleration at full frontal impact, intrusion at offset impact. */
static void vehicle_safety(const bench_problem *problem, const double *x, bench_values *ret)
{
    double a = x[0], b = x[1], c = x[2], d = x[3], e = x[4];
    (void)problem;
    ret->truth[0] =
        1640.2823 + 2.3573285 * a + 2.3220035 * b + 4.5688768 * c + 7.7213633 * d + 4.4559504 * e;
    ret->truth[1] = 6.5856 + 1.15 * a - 1.0427 * b + 0.9738 * c + 0.8364 * d - 0.3695 * a * d +
                    0.0861 * a * e + 0.3628 * b * d - 0.1106 * a * a - 0.3437 * c * c +
                    0.1764 * d * d;
    ret->truth[2] = -0.0551 + 0.0181 * a + 0.1024 * b + 0.0421 * c - 0.0073 * a * b +
                    0.024 * b * c - 0.0118 * b * d - 0.0204 * c * d - 0.008 * c * e -
                    0.0241 * b * b + 0.0109 * d * d;
}

/* State of the fermentation: concentrations in g/l, volume in l. */
typedef struct broth {
    double volume, biomass, glucose, penicillin, co2;
} broth;

/* Rates that stay as they are during a run. */
typedef struct fermenter {
    double growth;     /* of the biomass at plenty of glucose, 1/h */
    double loss_ratio; /* of volume by evaporation, 1/h */
    double feed, feed_concentration;
} fermenter;

/* One Euler step of an hour; returns the change of penicillin. */
static double ferment(const fermenter *run, broth *now)
{
    double x = now->biomass, s = now->glucose, v = now->volume;
    double dv = run->feed - v * run->loss_ratio;
    double mu = run->growth * s / (0.15 * x + s);
    double mu_product = 0.005 * s / (0.0002 + s + s * s / 0.10);
    double dx = mu * x - x / v * dv;
    double ds = -mu / 0.45 * x - mu_product / 0.90 * x - 0.014 * x +
                run->feed * run->feed_concentration / v - s / v * dv;
    double dp = mu_product * x - 0.04 * now->penicillin - now->penicillin / v * dv;
    now->co2 += 0.143 * dx + 4e-7 * x + 1e-4;
    now->penicillin += dp;
    now->volume += dv;
    now->biomass += dx;
    now->glucose += ds;
    return dp;
}

/* Minus the yield, CO2 and time until the tank is full, the glucose is used up or nothing is
 * gained any more; 2,500 hours at most. */
static void penicillin(const bench_problem *problem, const double *x, bench_values *ret)
{
    enum { HOURS = 2500 };
    const double gas = 1.9872; /* cal / (mol K) */
    double acid = pow(10, -x[6]);
    double warmth = 7e3 * exp(-5100 / (gas * x[2])) - 1e33 * exp(-50000 / (gas * x[2]));
    fermenter run = {.growth = 0.092 / (1 + 1e-10 / acid + acid / 7e-5) * warmth,
                     .loss_ratio = 2.5e-4 * (exp(5 * (x[2] - 373) / (273 - 373)) - 1),
                     .feed = x[4],
                     .feed_concentration = x[5]};
    broth now = {.volume = x[0], .biomass = x[1], .glucose = x[3]};
    int hours = 0;
    double gain;
    (void)problem;
    do {
        gain = ferment(&run, &now);
        hours++;
    } while (hours < HOURS && now.volume <= 180 && now.glucose >= 0 && gain >= 1e-11);
    ret->truth[0] = -now.penicillin;
    ret->truth[1] = now.co2;
    ret->truth[2] = hours;
}

static const double vehicle_low[] = {1, 1, 1, 1, 1};
static const double vehicle_high[] = {3, 3, 3, 3, 3};
static const double penicillin_low[] = {60, 0.05, 293, 0.05, 0.01, 500, 5};
static const double penicillin_high[] = {120, 18, 303, 18, 0.5, 700, 6.5};

enum { GLITCH_TRIAL = 10 };

static const bench_problem problems[] = {
    {.name = "BraninCurrin",
     .n_params = 2,
     .n_objectives = 2,
     .reference = {18, 6},
     .largest = 59.36011874867746,
     .evaluate = branin_currin},
    {.name = "DTLZ2",
     .n_params = 6,
     .n_objectives = 2,
     .reference = {1.1, 1.1},
     .largest = 0.42460183660255190,
     .evaluate = dtlz2},
    {.name = "ZDT1",
     .n_params = 6,
     .n_objectives = 2,
     .reference = {11, 11},
     .largest = 120 + 2.0 / 3,
     .evaluate = zdt1},
    {.name = "ZDT2",
     .n_params = 6,
     .n_objectives = 2,
     .reference = {11, 11},
     .largest = 120 + 1.0 / 3,
     .evaluate = zdt2},
    {.name = "ZDT3",
     .n_params = 6,
     .n_objectives = 2,
     .reference = {11, 11},
     .largest = 128.77811613069076,
     .evaluate = zdt3},
    {.name = "VehicleSafety",
     .n_params = 5,
     .n_objectives = 3,
     .low = vehicle_low,
     .high = vehicle_high,
     .reference = {1864.72022, 11.81993945, 0.2903999384},
     .largest = 246.81607081187002,
     .evaluate = vehicle_safety},
    {.name = "Penicillin",
     .n_params = 7,
     .n_objectives = 3,
     .low = penicillin_low,
     .high = penicillin_high,
     .reference = {25.935, 57.612, 935.5},
     .largest = 2183455.909507436,
     .evaluate = penicillin},
    {.name = "EnergyDecades",
     .n_params = 4,
     .n_objectives = 2,
     .reference = {500, 0.8},
     .largest = 327.56206995937253,
     .evaluate = energy_decades},
    {.name = "C2DTLZ2",
     .n_params = 6,
     .n_objectives = 2,
     .n_constraints = 1,
     .reference = {1.1, 1.1},
     .largest = 0.3996406303723544,
     .evaluate = c2dtlz2},
    {.name = "ConstrainedBraninCurrin",
     .n_params = 2,
     .n_objectives = 2,
     .n_constraints = 1,
     .reference = {80, 12},
     .largest = 608.4004237022673,
     .evaluate = branin_currin},
    {.name = "DTLZ2-m4",
     .n_params = 6,
     .n_objectives = 4,
     .reference = {1.1, 1.1, 1.1, 1.1},
     .largest = 1.155674862465958,
     .evaluate = dtlz2},
    {.name = "BraninCurrin-noisy",
     .n_params = 2,
     .n_objectives = 2,
     .reference = {18, 6},
     .noise_sd = {15.19, 0.63},
     .largest = 59.36011874867746,
     .evaluate = branin_currin},
    {.name = "BraninCurrin-low",
     .n_params = 2,
     .n_objectives = 2,
     .reference = {18, 6},
     .glitch = -30000,
     .largest = 59.36011874867746,
     .evaluate = branin_currin},
    {.name = "BraninCurrin-high",
     .n_params = 2,
     .n_objectives = 2,
     .reference = {18, 6},
     .glitch = 30000,
     .largest = 59.36011874867746,
     .evaluate = branin_currin},
    {.name = "DTLZ2-noisy",
     .n_params = 6,
     .n_objectives = 2,
     .reference = {1.1, 1.1},
     .noise_sd = {0.1, 0.1},
     .largest = 0.42460183660255190,
     .evaluate = dtlz2},
    {.name = "ZDT1-noisy",
     .n_params = 6,
     .n_objectives = 2,
     .reference = {11, 11},
     .noise_sd = {0.05, 0.5},
     .largest = 120 + 2.0 / 3,
     .evaluate = zdt1},
    {.name = "DTLZ2-d50",
     .n_params = 50,
     .n_objectives = 2,
     .reference = {1.1, 1.1},
     .largest = 0.42460183660255190,
     .evaluate = dtlz2},
};

const bench_problem *bench_problems(size_t *ret_n)
{
    *ret_n = sizeof problems / sizeof *problems;
    return problems;
}

const bench_problem *bench_problem_find(const char *name)
{
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        if (strcmp(problems[i].name, name) == 0)
            return &problems[i];
    return NULL;
}

double bench_problem_low(const bench_problem *problem, size_t i)
{
    return problem->low ? problem->low[i] : 0;
}

double bench_problem_high(const bench_problem *problem, size_t i)
{
    return problem->high ? problem->high[i] : 1;
}

/* Finaliser of splitmix64: Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195. */
static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double bench_uniform(uint64_t seed, uint64_t index, uint64_t stream)
{
    return (double)(mix(mix(mix(seed) + index) + stream) >> 11) * 0x1p-53;
}

/* Standard normal number: Box, Muller 1958, doi:10.1214/aoms/1177706645. */
static double normal(uint64_t seed, uint64_t index, uint64_t stream)
{
    double u = 1 - bench_uniform(seed, index, 2 * stream);
    return sqrt(-2 * log(u)) * cos(2 * pi * bench_uniform(seed, index, 2 * stream + 1));
}

void bench_problem_evaluate(const bench_problem *problem, const double *x, uint64_t seed,
                            int64_t trial, bench_values *ret_values)
{
    bench_values values = {.is_feasible = true};
    problem->evaluate(problem, x, &values);
    for (size_t k = 0; k < problem->n_objectives; k++) {
        values.told[k] = values.truth[k] + problem->noise_sd[k] * normal(seed, (uint64_t)trial, k);
        values.is_failed = values.is_failed || isnan(values.truth[k]);
    }
    values.told[0] += trial == GLITCH_TRIAL ? problem->glitch : 0;
    for (size_t k = 0; k < problem->n_constraints; k++)
        values.is_feasible = values.is_feasible && values.c[k] >= 0;
    *ret_values = values;
}
