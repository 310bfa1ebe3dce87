/*
 * Variation operators of genetic algorithms on one coordinate of the unit cube.
 *
 * Pure functions of their arguments and of the random numbers they take.  Both operators stay in
 * [0, 1] by their distribution, not by clipping: bounds collect no offspring.
 */
#ifndef ECO_SAMPLER_VARIATION_H
#define ECO_SAMPLER_VARIATION_H

#include "core/rng.h"

/**
 * Simulated binary crossover: two children of two parents, with the parents' mean.
 *
 * The spread of the children over that of the parents, beta, has density proportional to beta^eta
 * below 1 and beta^-(eta+2) above, cut off where the first child would leave [0, 1]; the same beta
 * for both children keeps their mean.  Equal parents give themselves.  One random number.
 *
 * @param[in]  eta    distribution index >= 0, dimensionless: the larger, the nearer the parents
 * @param[in]  a, b   parents in [0, 1]
 * @param[out] ret_c  the child nearer a, then the child nearer b, in [0, 1]
 *
 * Source: Deb, Agrawal 1995, Complex Systems 9, 115-148, equations (9) and (10); bounded as in Deb,
 * Kumar 1995, Complex Systems 9, 431-454.
 */
void eco_vary_sbx(eco_rng *rng, double eta, double a, double b, double ret_c[2]);

/**
 * Polynomial mutation: u moved by up to its distance from either bound.
 *
 * @param[in] eta  distribution index >= 0, dimensionless: the larger, the smaller the steps
 * @param[in] u    in [0, 1]
 * @return a coordinate in [0, 1]; one random number is taken, below 1/2 moves down, others up
 *
 * Source: Deb, Goyal 1996, Computer Science and Informatics 26, 30-45; bounded as in the authors'
 * NSGA-II (Deb, Pratap, Agarwal, Meyarivan 2002, doi:10.1109/4235.996017).
 */
double eco_vary_mutate(eco_rng *rng, double eta, double u);

#endif
