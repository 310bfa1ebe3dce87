/*
 * How much a study wastes: the same study with and without the rules that end trials early, leave
 * measurements out or repeat them, over many seeds, trials looked up in a table of measured curves.
 *
 * An arm is one study file.  To compare another rule, add an arm to the table in waste.c.
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
    bool has_profile;     /* has a profile phase, and the rule that goes with it */
} waste_arm;

/** What all studies have in common. */
typedef struct waste_plan {
    const curve_table *table;
    const char *sampler;
    int trials, init;
    int first_seed, seeds;
    bool has_threshold;
} waste_plan;

/** What one study came to.  Volumes are of true values at the fixed reference point. */
typedef struct waste_run {
    double volume;    /* of the front that the study reports */
    double reached;   /* of all complete trials: what a perfect choice among them is worth */
    double joules;    /* all that the study spent, by its own books */
    double infer_j;   /* of it: profiles, evaluations and confirmations */
    int n_pruned;     /* by curve or rung */
    int n_unstarted;  /* ended by their profile */
    int n_front_lost; /* of both: trials that no complete one dominates */
    int n_front;      /* points of the reported front */
} waste_run;

/** Runs one study in a folder of its own; complaints go to stderr. */
bool waste_study(const waste_plan *plan, const waste_arm *arm, int seed, waste_run *ret_run);

#endif
