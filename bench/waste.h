/*
 * How much a study wastes: the same study with and without the rules that end trials early or
 * leave measurements out, over many seeds, trials looked up in a table of measured curves.
 *
 * An arm is one way to run the study: lines of its study file, and what a trial does.  To compare
 * another rule, add an arm to the table in waste.c.
 */
#ifndef ECO_BENCH_WASTE_H
#define ECO_BENCH_WASTE_H

#include "curve_table.h"

#include <ecopt/study.h>

/** One way to run the study. */
typedef struct waste_arm {
    const char *name;
    const char *summary;
    const char *settings; /* lines of the study file */
    bool is_profiled;     /* inference is measured first, with untrained weights */
} waste_arm;

/** What all studies have in common. */
typedef struct waste_plan {
    const curve_table *table;
    const char *sampler;
    int trials, init;
    bool has_threshold;
} waste_plan;

/** What one study came to. */
typedef struct waste_run {
    double volume;  /* of the complete trials' true values at the fixed reference point */
    double joules;  /* training and inference of all trials */
    double train_j; /* training alone */
    int n_complete, n_pruned;
    int n_front_lost; /* pruned trials that the final front does not dominate */
} waste_run;

/** Runs one study in a folder of its own; complaints go to stderr. */
bool waste_study(const waste_plan *plan, const waste_arm *arm, int seed, waste_run *ret_run);

#endif
