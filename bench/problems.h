/*
 * Test problems: functions with known bounds, reference points and largest hypervolumes.
 *
 * All objectives are minimised (as in the public definitions of these problems; what would be
 * maximised, as the yield of Penicillin, is negated).  A point is feasible where every constraint
 * value is >= 0.  A noisy problem adds independent Gaussian noise to what the optimiser is told;
 * the hypervolume is always that of the true values, of a trial told a wrong one as well.
 *
 * Owner: constant tables; a problem read from a file (tables.h) belongs to who loaded it.
 */
#ifndef ECO_BENCH_PROBLEMS_H
#define ECO_BENCH_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_MAX_PARAMS = 64, BENCH_MAX_OBJECTIVES = 4, BENCH_MAX_CONSTRAINTS = 1 };

typedef struct bench_problem bench_problem;

/** Values at a point: true ones, what the optimiser is told, and the constraints. */
typedef struct bench_values {
    double truth[BENCH_MAX_OBJECTIVES];
    double told[BENCH_MAX_OBJECTIVES]; /* = truth where there is no noise */
    double c[BENCH_MAX_CONSTRAINTS];
    bool is_feasible; /* every c >= 0 */
    bool is_failed;   /* no values at all: a trial that crashed */
} bench_values;

struct bench_problem {
    const char *name;
    size_t n_params, n_objectives, n_constraints;
    const double *low, *high; /* bounds; NULL: 0 and 1 */
    double reference[BENCH_MAX_OBJECTIVES];
    double noise_sd[BENCH_MAX_OBJECTIVES];
    double glitch;  /* trial 10 is told so much too much in objective 0 */
    double largest; /* hypervolume of the whole front, NaN: not known */
    /* Sets truth and c. */
    void (*evaluate)(const bench_problem *problem, const double *x, bench_values *ret);
    const struct bench_table *table; /* measured points, if it is one (tables.h); else NULL */
};

/** All problems that need no data, *ret_n of them. */
const bench_problem *bench_problems(size_t *ret_n);

/** Problem of that name, NULL when there is none. */
const bench_problem *bench_problem_find(const char *name);

/** Bounds of parameter i. */
double bench_problem_low(const bench_problem *problem, size_t i);
double bench_problem_high(const bench_problem *problem, size_t i);

/**
 * Evaluates point x; noise follows from seed and trial alone, so that the order in which trials
 * end does not matter.
 */
void bench_problem_evaluate(const bench_problem *problem, const double *x, uint64_t seed,
                            int64_t trial, bench_values *ret_values);

/** Uniform number in [0, 1) that follows from three keys (for noise and orders of completion). */
double bench_uniform(uint64_t seed, uint64_t index, uint64_t stream);

#endif
