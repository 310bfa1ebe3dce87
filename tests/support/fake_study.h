/*
 * Hand-made definitions and snapshots for tests of what reads them (analysis, reports, plots).
 *
 * eco_fake_study_new, then eco_fake_study_add... in the order of the trials, then hand
 * &study->definition and &study->snapshot to what is tested; fields may be changed in between.
 * Two objectives unless `n_objectives` is set otherwise: accuracy (max, linear, threshold 0.75) and
 * evaluate.j_per_sample (min, log); a third is train.time_s (min, log).  Parameters: lr (float,
 * log), width (int), pool (bool), optimiser (choice).  Phases: train and evaluate.
 */
#ifndef ECO_FAKE_STUDY_H
#define ECO_FAKE_STUDY_H

#include "core/ctx.h"

#include <ecopt/definition.h>
#include <ecopt/snapshot.h>

enum { ECO_FAKE_METRICS = 8, ECO_FAKE_PHASES = 2, ECO_FAKE_OBJECTIVES = 3 };

/** One trial's own storage; the snapshot points into it. */
typedef struct eco_fake_trial {
    char point[256];
    ecopt_metric_value metrics[ECO_FAKE_METRICS];
    ecopt_phase_record phases[ECO_FAKE_PHASES];
} eco_fake_trial;

typedef struct eco_fake_study {
    ecopt_ctx *ctx; /* borrowed: the space lives there */
    ecopt_definition definition;
    ecopt_snapshot snapshot;
    ecopt_objective objectives[ECO_FAKE_OBJECTIVES];
    ecopt_constraint constraints[1]; /* evaluate.time_s <= 60, not used unless n_constraints = 1 */
    double reference[ECO_FAKE_OBJECTIVES];
    ecopt_space *space;
    size_t room;
    ecopt_trial *trials;
    eco_fake_trial *stores[6000];
} eco_fake_study;

/** Makes a study without trials; reference frozen at accuracy 0.75 and 2 mJ per sample. */
eco_fake_study *eco_fake_study_new(ecopt_ctx *ctx, size_t n_objectives);

void eco_fake_study_free(eco_fake_study *study);

/** Adds a complete trial with metrics and two metered phases. @return it, to be changed at will */
ecopt_trial *eco_fake_study_add(eco_fake_study *study, double accuracy, double j_per_sample);

/** Adds a trial without metrics and phases in that state. */
ecopt_trial *eco_fake_study_add_state(eco_fake_study *study, ecopt_trial_state state,
                                      const char *reason);

/** Storage of a trial that was added (its index), for changing metrics and phases. */
eco_fake_trial *eco_fake_study_store(eco_fake_study *study, size_t index);

/** Energy of one window with a single source. */
ecopt_energy eco_fake_energy(double energy_j, double u95_j, double time_s, ecopt_quality quality);

/** Adds `n` trials along a saturating trade-off with scatter, every 9th failed: looks real. */
void eco_fake_study_fill(eco_fake_study *study, size_t n);

#endif
