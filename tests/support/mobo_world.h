/*
 * A small study for the tests of the mobo sampler: scattered points, objectives that are squared
 * distances to corners of the unit cube.
 *
 * Call order: world_open, changes at will, mobo_open and eco_mobo_release as often as wanted,
 * world_close.  Worlds are large: make them static.
 */
#ifndef ECO_TEST_MOBO_WORLD_H
#define ECO_TEST_MOBO_WORLD_H

#include "sampler/mobo_model.h"
#include "support/eco_test.h"
#include <stdlib.h>

enum { MAX = 400, PARAMS = 3 };

/** Three floats in [0, 1]; a float, an integer and a choice of four. */
extern const ecopt_param cube[PARAMS], mixed[PARAMS];

/** f1, f2 and f3, to be minimised, of threshold 2; the reference point that follows. */
extern const ecopt_objective costs[3];
extern const double reference[3];

/** Standard errors of the three. */
extern const double no_se[3], some_se[3];

/** g >= 0.5, g being the first coordinate. */
extern const ecopt_constraint at_least[1];

typedef struct world {
    ecopt_ctx *ctx;
    eco_problem problem;
    ecopt_space *space;
    eco_history history;
    double x[MAX][PARAMS], y[MAX][3], c[MAX][1];
    eco_observation observations[MAX];
} world;

/** n scattered points; objective k is the squared distance to a corner that depends on k. */
void world_open(world *w, const ecopt_param *params, size_t n, size_t m);

/** Frees what world_open made. */
void world_close(world *w);

/** Fits the models of the world; to be released with eco_mobo_release. */
void mobo_open(world *w, eco_mobo *mobo);

/** Value of the acquisition at codes x. */
double value_at(eco_mobo *mobo, const double *x);

/** Posterior mean of model k at codes x, the average of its paths. */
double mean_at(const eco_mobo *mobo, size_t k, const double *x);

/** Gradient of the value at features f against central differences, the noise and all fronts
 * included; f is moved and put back. */
void assert_gradient(eco_mobo *mobo, double *f);

#endif
