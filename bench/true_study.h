/*
 * The study that costs what ECOpt costs: trials of `true`, random sampler, its time as objective.
 */
#ifndef ECO_BENCH_TRUE_STUDY_H
#define ECO_BENCH_TRUE_STUDY_H

#include <ecopt/study.h>

/**
 * Opens, runs and closes the study `name` in `dir`, where its folder is NAME.ecopt.  Several
 * processes may do so at once: each is a worker of it.
 *
 * @param[in] name      a few letters
 * @param[in] trials    in all, whoever runs them
 * @param[in] on_event  as of ecopt_run_options, with `user`
 */
ecopt_status true_study_run(ecopt_ctx *ctx, const char *name, const char *dir, int trials,
                            void (*on_event)(void *user, const ecopt_event *event), void *user);

#endif
