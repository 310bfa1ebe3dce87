/*
 * Pausing, resuming and stopping the runs of a study, from any process.
 *
 * A wish is kept in the study; whoever runs it looks between two trials.  "pause" lasts until
 * "run", also for runs that are started later; "stop" is for those that are going on when it is
 * said.  Nothing here takes the study's lock.
 *
 * Owner: nothing is kept.  Threads: any, each with its own context.
 */
#ifndef ECOPT_CONTROL_H
#define ECOPT_CONTROL_H

#include <ecopt/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Says what is wanted of the runs of a study.
 *
 * @param[in]  dir         study folder (NAME.ecopt)
 * @param[out] ret_before  what was wanted before; may be NULL
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no study there), ECOPT_E_IO, ECOPT_E_STORE_...,
 *         ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_want(ecopt_ctx *ctx, const char *dir,
                                                     ecopt_wanted wanted, ecopt_wanted *ret_before);

/**
 * Processes of this machine that run a study, or sends them a signal, as Ctrl-C does.
 *
 * Only processes that have the study's lock open are counted and sent anything.
 *
 * @param[in]  dir     study folder
 * @param[in]  signal  to send; 0: none
 * @param[out] ret_n   how many there are
 * @return ECOPT_OK (also when there are none), ECOPT_E_ARG, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_signal(ecopt_ctx *ctx, const char *dir, int signal,
                                                       size_t *ret_n);

#ifdef __cplusplus
}
#endif

#endif
