/*
 * When a run starts no further trial: what the user, the budgets and the failures say.
 *
 * Pure functions of what is stored and of the definition, so a run that was killed ends where an
 * undisturbed one would have, and several workers end where one would.  Everything is borrowed; any
 * thread.
 */
#ifndef ECO_STUDY_STOP_RULES_H
#define ECO_STUDY_STOP_RULES_H

#include "study/study_impl.h"

/** What the rules look at, all of it borrowed. */
typedef struct eco_stop_facts {
    const ecopt_definition *definition;
    const eco_study_view *view;
    bool is_interrupted; /* the user wants it to end */
    double began_s;      /* Unix time at which this run began */
    int64_t n_run;       /* trials that this run has ended */
    int64_t n_low_gain;  /* as of eco_gain_count */
    int64_t max_trials;  /* of this run; 0: as the budget says */
    double reserve_j;    /* of the energy budget, for confirming the front */
} eco_stop_facts;

/**
 * True when no further trial may start.
 *
 * @param[out] ret_reason  why; unchanged when the run goes on
 */
bool eco_stop_is_over(const eco_stop_facts *facts, ecopt_stop_reason *ret_reason);

/**
 * The rules that ask the models: whether one more trial still pays.
 *
 * @param[out] ret_is_over  no further trial may start
 * @param[out] ret_reason   why; unchanged when the run goes on
 * @return ECOPT_OK, or why it could not be judged
 */
ECOPT_NODROP ecopt_status eco_stop_judge(ecopt_study *study, const eco_study_view *view,
                                         bool *ret_is_over, ecopt_stop_reason *ret_reason);

/**
 * Keeps why a run ended, with the numbers that it was decided by: a 'stop' among the decisions
 * about the study.
 *
 * @param[in,out] facts  at the end; the view is looked up anew, and NULL afterwards
 * @return ECOPT_OK, ECOPT_E_STORE..., or why the worth of a trial could not be judged
 */
ECOPT_NODROP ecopt_status eco_stop_note(ecopt_study *study, eco_stop_facts *facts,
                                        ecopt_stop_reason reason);

#endif
