/*
 * Problems that are tables of real energy measurements: the sampler may choose among the rows only
 * (a study with `candidates`), and a row's values are what was measured.
 *
 * EC-NAS (ecnas_4epoch.csv, space 5V): 2,532 CIFAR-10 cells; training energy against validation
 * accuracy; Bakhtiarifard, Igel, Selvan 2024, doi:10.1109/ICASSP48485.2024.10448303.
 * Zeus-GPU-DATASET (zeus_v100_p100.csv): batch size, power limit (and optimiser where there are
 * two); energy against time to the target accuracy, which some settings never reach: those trials
 * fail; You, Chung, Chowdhury 2023 (NSDI).
 *
 * Owner: the caller of tables_load.
 */
#ifndef ECO_BENCH_TABLES_H
#define ECO_BENCH_TABLES_H

#include "problems.h"

#include <stdio.h>

/** Rows of one problem. */
typedef struct bench_table {
    size_t n_rows;
    double *x;    /* n_rows x n_params codes as the study has them, owned */
    double *y;    /* n_rows x n_objectives, NaN: failed, owned */
    char *params; /* the section `params` of the study file, owned */
    char *csv;    /* the candidates file, owned */
    char *name;   /* of the problem, owned */
} bench_table;

/** All tables found in a folder. */
typedef struct table_list {
    size_t n;
    bench_problem problems[32];
    bench_table tables[32];
} table_list;

/** Loads what is there; says on stderr which files are missing. */
void tables_load(const char *dir, table_list *ret_list);

/** Frees. */
void tables_release(table_list *list);

/** True for a name that belongs to a table, loaded or not. */
bool tables_owns(const char *name);

#endif
