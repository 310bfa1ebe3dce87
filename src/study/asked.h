/*
 * Values by step of trials that were asked for: what `run` hears from its programs, callers of ask
 * and tell report themselves.
 *
 * A trial's reports live with the open study, together with the history as it was at the first of
 * them, and go into the store with the tell.  Owner: the study.  Threads: the study's.
 */
#ifndef ECO_STUDY_ASKED_H
#define ECO_STUDY_ASKED_H

#include "study/study_impl.h"

/**
 * Adds curves, decisions and estimates of a trial's reports to its end; does nothing without any.
 * What is added is valid until eco_asked_drop.
 *
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_asked_attach(ecopt_study *study, int64_t trial, eco_attempt_end *end);

/** Forgets a trial's reports; 0: those of all trials. */
void eco_asked_drop(ecopt_study *study, int64_t trial);

#endif
