/*
 * What the users want of a run, looked at between two trials.
 *
 * Call order: eco_control_begin when the run starts, eco_control_look before each trial.
 * Owner: the run.  Threads: the run's.
 */
#ifndef ECO_STUDY_CONTROL_H
#define ECO_STUDY_CONTROL_H

#include "study/study_impl.h"

#include <ecopt/control.h>

/** One run's part of it. */
typedef struct eco_control {
    int64_t wanted_n; /* wishes that were there when the run began: those stops are not for it */
    bool is_paused;   /* and the user was told so */
} eco_control;

/** What a run is to do next. */
typedef enum eco_control_verdict {
    ECO_CONTROL_GO,   /* start a trial */
    ECO_CONTROL_WAIT, /* it is paused, and some time has been waited: look at everything again */
    ECO_CONTROL_STOP  /* end */
} eco_control_verdict;

/**
 * @return ECOPT_OK, ECOPT_E_STORE_LOCKED (the study is paused: a new run does not start),
 *         ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_control_begin(ecopt_study *study, eco_control *ret_control);

/**
 * What is wanted now; while that is a pause, waits up to a quarter of a second.
 *
 * @param[in] stop  as in ecopt_run_options; may be NULL
 */
ECOPT_NODROP ecopt_status eco_control_look(ecopt_study *study, eco_control *control,
                                           const volatile sig_atomic_t *stop,
                                           eco_control_verdict *ret_verdict);

#endif
