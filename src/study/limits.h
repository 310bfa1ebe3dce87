/*
 * What each trial may take of the machine, as far as it can be kept here.
 *
 * `resources` of the study file becomes an eco_limits and a place for control groups, found once
 * for as long as the study is open.  What cannot be kept is said once, with its reason, or refused
 * where the file says `required`.
 *
 * Call order: eco_limits_open before the first trial, eco_limits_request for each,
 * eco_limits_close. Owner: the study.  Threads: that of the study.
 */
#ifndef ECO_STUDY_LIMITS_H
#define ECO_STUDY_LIMITS_H

#include "study/study_impl.h"
#include "trial/trial.h"

/**
 * Finds out what can be kept; does nothing the second time.
 *
 * @return ECOPT_OK, ECOPT_E_SPAWN (a required limit cannot be kept), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_limits_open(ecopt_study *study);

/** Tells a trial its limits; they are borrowed from the study. */
void eco_limits_request(const ecopt_study *study, eco_trial_request *request);

/** Gives the place back; a study without one is allowed. */
void eco_limits_close(ecopt_study *study);

#endif
