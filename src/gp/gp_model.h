/*
 * The model's insides, shared by gp.c (data, prediction) and gp_fit.c (likelihood, learning).
 */
#ifndef ECO_GP_GP_MODEL_H
#define ECO_GP_GP_MODEL_H

#include "gp/gp.h"
#include "num/minimise.h"

struct eco_gp {
    ecopt_ctx *ctx; /* borrowed */
    eco_gp_options options;
    size_t max_n, d, n_theta;
    size_t n; /* points held */

    /* Data; owned. */
    double *X;     /* n x d as given */
    double *z;     /* n, standardised y */
    double *extra; /* n, squared standard errors of z */
    double unit;   /* y = unit (centre + spread z): three numbers, so that 1e300 survives */
    double centre; /* mean of y / unit */
    double spread; /* sd of y / unit, > 0 */

    /* Conditioning; owned. */
    double *theta;   /* n_theta in force */
    double *scaled;  /* n x d: numbers / ls, then labels as they are */
    double *columns; /* d x n, the same column by column */
    double *warp_a,
        *warp_b;          /* d x n, derivatives of columns by ln a, ln b; 1 number if not warped */
    double *label_weight; /* n_labels, 1 / ls^2 */
    double *L;            /* n x n: factor below, K above the diagonal */
    double *alpha;        /* n, K^-1 (z - mean) */
    double mean;          /* constant c of standardised y */
    double log_likelihood;

    /* Workspace; owned. */
    double *inverse; /* n x n */
    double *slopes;  /* n x n, kernel slopes above the diagonal */
    double *row;     /* n */
    double *row2;    /* n */
    double *inputs;  /* 3 d: 1 / ls, then two inputs in the form of `scaled` */
    double *search;  /* 8 n_theta: bounds, theta, best theta of a fit, four starts */
    eco_minimiser *minimiser;
};

/** Copies and standardises the data.  @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_RANGE */
ECOPT_NODROP ecopt_status eco_gp_load(eco_gp *gp, size_t n, const double *X, const double *y,
                                      const double *y_se);

/**
 * Warped input, and its derivatives by x, ln a, ln b unless NULL.  x is moved into [0, 1] and off
 * its ends by 1e-7, where derivatives may be infinite.
 * @param[in] shape  ln a, ln b
 */
double eco_gp_warp(double x, const double *shape, double *ret_slopes);

/** Factor, mean and weights for theta.  @return ECOPT_OK, ECOPT_E_NOT_PD */
ECOPT_NODROP ecopt_status eco_gp_factorise(eco_gp *gp, const double *theta);

#endif
