/*
 * Measured learning curves as a problem: a point is a row, training it hands out its accuracies
 * epoch by epoch.
 *
 * A table (bench/curves/) has small networks trained on one set of images: test accuracy after each
 * epoch, CPU time of an epoch and of one inference.  Joules are CPU time times CURVE_TABLE_W.
 *
 * Owner: the caller of curve_table_load.
 */
#ifndef ECO_BENCH_CURVE_TABLE_H
#define ECO_BENCH_CURVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CURVE_TABLE_PARAMS = 6, CURVE_TABLE_EPOCHS = 27 };

/** Taken for the power of one busy core. */
#define CURVE_TABLE_W 10.0

/** Images that the energy phase of a trial classifies: the test set. */
#define CURVE_TABLE_INFERENCES 1e4

typedef struct curve_row {
    double x[CURVE_TABLE_PARAMS]; /* codes as the study has them */
    double epoch_j;               /* of training one epoch */
    double infer_uj;              /* of one inference */
    double accuracy[CURVE_TABLE_EPOCHS];
} curve_row;

typedef struct curve_table {
    size_t n;
    curve_row *rows; /* owned */
} curve_table;

/** Loads NAME.csv of a folder; false with a message when it is not there or malformed. */
bool curve_table_load(const char *dir, const char *name, curve_table *ret_table);

/** Frees. */
void curve_table_release(curve_table *table);

/** Row of a point, NULL when there is none. */
const curve_row *curve_table_find(const curve_table *table, const double *x);

/** Writes the candidates file of a study. */
void curve_table_write_points(const curve_table *table, FILE *to);

/** Writes params and candidates of the study file; the candidates are in points.csv. */
void curve_table_write_params(FILE *to);

#endif
