/*
 * What the policies of a study (report/policy.h) have come to: trials run again, ended early,
 * measured several times, and why the study ended.
 *
 * Plain data; borrows from the snapshot.
 */
#ifndef ECO_REPORT_EFFECTS_H
#define ECO_REPORT_EFFECTS_H

#include "report/policy.h"

#include <ecopt/report.h>
#include <ecopt/snapshot.h>

typedef struct eco_effects {
    size_t n_retried[ECOPT_CAUSES_MAX]; /* runs that were followed by another, by cause */
    size_t n_pruned;                    /* trials that the rule of `pruning` ended */
    size_t n_profiled;                  /* trials that ended after their profile phase */
    size_t n_again;                     /* runs of phases beyond the first of their trial */
    size_t n_again_trials;              /* trials that have such */
    size_t n_confirmed;                 /* points of the front that were measured anew */
    size_t n_front;
    const ecopt_decision *end; /* why the last run ended, NULL: not on record */
    bool is_at_work;           /* somebody runs the study now */
} eco_effects;

/**
 * Counts them.  A trial counts once for each rule, whatever was decided in how many attempts.
 *
 * @param[in]  snapshot     of the study; *ret_effects borrows the last 'stop' from it
 * @param[in]  front        of this snapshot
 */
void eco_effects_count(const ecopt_snapshot *snapshot, const ecopt_front *front,
                       eco_effects *ret_effects);

/**
 * Appends what a rule has come to behind its line: "; 3 trials ended early".  Nothing where it has
 * had no effect so far.
 */
void eco_effects_add(eco_str *str, const eco_effects *effects, eco_policy policy);

/**
 * Appends why the last run ended, with what was reached and the limit, each in its unit: "energy
 * budget spent: 1.2 kJ of 1 kJ".
 *
 * @return false (nothing added) while somebody runs the study, and where no run has ended yet
 */
bool eco_effects_add_end(eco_str *str, const ecopt_definition *definition,
                         const eco_effects *effects);

/**
 * The same as one object: every key is there, "end" is null until a run has ended.
 *
 * @return owned by the caller, who sets it into a document
 */
json_t *eco_effects_json(eco_json *json, const eco_effects *effects);

#endif
