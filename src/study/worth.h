/*
 * Whether one more trial pays for itself in the deployment of a study.
 *
 * Everything borrowed; the view must be of that study.  Threads: as the study.
 */
#ifndef ECO_STUDY_WORTH_H
#define ECO_STUDY_WORTH_H

#include "study/study_impl.h"

/**
 * Judges a view.
 *
 * @param[in]  requests   > 0
 * @param[out] ret_worth  unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM, ECOPT_E_NOT_PD, and those of ecopt_space_parse_point
 */
ECOPT_NODROP ecopt_status eco_worth_judge(ecopt_study *study, const eco_study_view *view,
                                          double requests, ecopt_worth *ret_worth);

/**
 * The next point of a study with a deployment.
 *
 * The first is the baseline, unless its joules are told beforehand or a trial has its point:
 * without them nothing can be judged.  Once the initial design is over it is the trial that is
 * worth most, where the sampler is one that models; all others are the sampler's own.
 *
 * @param[out] ret_x       n_params codes, undefined without an origin
 * @param[out] ret_origin  "baseline", "worth", or NULL: ask the sampler; static text
 * @return ECOPT_OK, ECOPT_E_NOMEM, ECOPT_E_NOT_PD, and those of ecopt_space_parse_point
 */
ECOPT_NODROP ecopt_status eco_worth_suggest(ecopt_study *study, const eco_study_view *view,
                                            double *ret_x, const char **ret_origin);

/** Frees what the study keeps for these questions. */
void eco_worth_release(ecopt_study *study);

#endif
