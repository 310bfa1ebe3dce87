/*
 * Deployments to try the net-positive rule on: what a point makes of accuracy, joules per request
 * and joules of its trial.
 *
 * Two are functions; EC-NAS is a table of real measurements (tables.h), the joules of one image
 * reckoned from its prediction time and the power of its training.
 *
 * Owner: the caller of deployments_load.
 */
#ifndef ECO_BENCH_DEPLOYMENT_H
#define ECO_BENCH_DEPLOYMENT_H

#include "tables.h"

/** What a point is worth. */
typedef struct deployed {
    double quality;   /* told, larger is better */
    double request_j; /* told */
    double true_j;    /* joules per request without the noise of measuring */
    double trial_j;   /* joules that finding this out takes */
    bool is_failed;
} deployed;

typedef struct deployment deployment;
struct deployment {
    const char *name;
    const char *params;                  /* section `params` of the study file */
    const char *baseline;                /* of the section `deployment` */
    const char *csv;                     /* list of candidates, or NULL */
    double threshold;                    /* least quality */
    double baseline_j, baseline_trial_j; /* true ones */
    size_t n_params;
    void (*evaluate)(const deployment *problem, const double *x, deployed *ret);
    const bench_problem *table; /* borrowed */
    double *more; /* per row of the table: joules per request, joules of the trial, owned */
    double noise; /* relative deviation of measured joules */
    char *text;   /* owned; baseline of a table */
};

enum { DEPLOYMENTS_MAX = 4 };

typedef struct deployment_list {
    size_t n;
    deployment items[DEPLOYMENTS_MAX];
    table_list tables;
} deployment_list;

/** Loads what is there; says on stderr which files are missing. */
void deployments_load(const char *dir, deployment_list *ret_list);

/** Frees. */
void deployments_release(deployment_list *list);

/** Values at x; the noise follows from seed and trial alone. */
void deployment_evaluate(const deployment *problem, const double *x, uint64_t seed, int64_t trial,
                         deployed *ret);

#endif
