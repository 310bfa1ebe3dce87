/*
 * A small study for tests: two parameters, two objectives, one shell command, a folder of its own.
 *
 * Call order: eco_small_study_init, change what the test needs in `definition`, use, release.
 */
#ifndef ECO_TEST_SMALL_STUDY_H
#define ECO_TEST_SMALL_STUDY_H

#include "support/eco_test.h"

#include <ecopt/study.h>

typedef struct eco_small_study {
    ecopt_ctx *ctx;
    char dir[256];
    ecopt_definition
        definition; /* x in [0, 1], k in 1..40; a max, b min; random sampler; 6 trials */
    ecopt_objective objectives[2];
    ecopt_metric metrics[2];
    ecopt_phase phase;
    const char *args[3]; /* sh -c SCRIPT; args[2] is the script template */
    ecopt_space *space;
} eco_small_study;

/** Script that reports a = x and b = k. */
extern const char *const eco_small_script;

/** Makes folder and definition; max_k is the upper bound of k (1 makes x the only dimension). */
void eco_small_study_init(eco_small_study *small, double max_k, bool has_x);

/** Frees all and removes the folder. */
void eco_small_study_release(eco_small_study *small);

/** cmocka's set-up and tear-down of a test whose state is a small study of both dimensions. */
int eco_small_study_set_up(void **state);
int eco_small_study_tear_down(void **state);

/** Opens the study of the definition; fails the test when that fails. */
ecopt_study *eco_small_study_open(eco_small_study *small);

/** Opens, runs with the given options (NULL: none), closes; returns the reason. */
ecopt_stop_reason eco_small_study_run(eco_small_study *small, const ecopt_run_options *options);

/** Snapshot of the study on disk; caller frees. */
ecopt_snapshot *eco_small_study_snapshot(eco_small_study *small);

#endif
