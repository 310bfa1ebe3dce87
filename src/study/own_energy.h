/*
 * What the tuner itself takes: its CPU seconds outside of the phases of trials, in joules.
 *
 * A window of a counter sees the whole machine, and one of its own around each suggestion would
 * cost more than the suggestion (the counter's next update is waited for) and mark the trials'
 * windows as overlapping.  So the window is one of CPU time, read exactly and nearly for nothing:
 * it is open from the first eco_own_resume to the end but for the phases, whose windows have the
 * tuner's work in them already, and it is charged like any program by the generic model's watts of
 * a busy CPU (meter/model.h); the idle machine is not charged.  The label is modelled-generic
 * whatever meter the trials have.
 *
 * CPU time is that of the process with all its threads, without children.  Who calls the library
 * from a program of many threads has these in it.
 *
 * Call order: {0}, eco_own_resume, eco_own_pause / eco_own_resume around phases, eco_own_store.
 * Threads: one.
 */
#ifndef ECO_STUDY_OWN_ENERGY_H
#define ECO_STUDY_OWN_ENERGY_H

#include "study/study_impl.h"

typedef struct eco_own_window {
    bool is_open;     /* CPU time counts now */
    double started_s; /* Unix time of the first opening; 0: never opened */
    double mark_s;    /* CPU time of the process at the last opening */
    double cpu_s;     /* of the stretches that are over */
    int64_t n;        /* stretches that are over */
} eco_own_window;

/** Lets CPU time count from now on; nothing when it does already. */
void eco_own_resume(eco_own_window *window);

/** Ends the stretch; nothing when none is open. */
void eco_own_pause(eco_own_window *window);

/**
 * Joules of `cpu_s` CPU seconds, read in `n` stretches:
 *     E = cpu_s ECO_MODEL_BUSY_W,  u95 = 1.96 ECO_MODEL_BUSY_W sqrt(2 n) ECO_MODEL_CPU_STEP_S,
 * with the band of the model's busy part.
 *
 * @param[out] ret  `worker` is left ""
 */
void eco_own_charge(double cpu_s, int64_t n, eco_own_row *ret);

/**
 * Ends the window and adds it to the study's store, as the run of the study's worker; of a window
 * that was never opened there is no row.  A store that cannot be written costs a warning and not
 * the run; the context's message stays.
 */
void eco_own_store(ecopt_study *study, eco_own_window *window);

#endif
