/*
 * The guide of a running trial: the study's rules of what is worth its joules.
 *
 * Three rules so far, each in a file of its own: repeats (how often a phase is measured), profile
 * (whether training starts at all) and prune (whether it goes on).  They see the same frozen view
 * of the history, the one that the trial was claimed with, so that a verdict is a function of
 * definition, view and what the trial reports.  Each verdict worth telling is noted with its
 * numbers and stored with the end of the attempt.
 *
 * Call order: eco_guide_init with a view, eco_guide_of as the trial's guide, eco_guide_release.
 * Owner: the caller.  Threads: that of the trial.
 */
#ifndef ECO_STUDY_GUIDE_H
#define ECO_STUDY_GUIDE_H

#include "core/str.h"
#include "study/study_impl.h"
#include "trial/trial.h"

typedef struct eco_guide {
    ecopt_study *study;         /* borrowed */
    const eco_study_view *view; /* borrowed: as it was when the trial was claimed */
    const eco_claim *claim;     /* borrowed */
    size_t n_decisions, room;
    ecopt_decision *decisions;    /* owned, numbers owned */
    struct eco_prune_case *prune; /* owned: of the rule that prunes; NULL until the first step */
    size_t n_estimates;
    ecopt_metric_value *estimates; /* owned, names owned: what objectives of a pruned trial would
                                      have come to */
    eco_trial_guide trial_guide;
} eco_guide;

/** A rule: a guide that also knows the study.  Functions may be NULL. */
typedef struct eco_guide_rule {
    ecopt_status (*on_step)(eco_guide *guide, const eco_trial_step *step, eco_str *reason,
                            eco_verdict *ret_verdict);
    ecopt_status (*on_phase)(eco_guide *guide, const eco_trial_progress *progress, eco_str *reason,
                             eco_verdict *ret_verdict);
} eco_guide_rule;

/** Prepares a guide for one attempt of the claimed trial. */
void eco_guide_init(eco_guide *guide, ecopt_study *study, const eco_study_view *view,
                    const eco_claim *claim);

/** What the trial asks; valid as long as the guide. */
const eco_trial_guide *eco_guide_of(eco_guide *guide);

/**
 * Notes a decision for the store.
 *
 * @param[in] kind, verdict  static texts
 * @param[in] numbers        JSON object, copied
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_guide_note(eco_guide *guide, const char *kind, int64_t step,
                                         const char *verdict, const char *numbers);

/** Frees what the guide holds. */
void eco_guide_release(eco_guide *guide);

#endif
