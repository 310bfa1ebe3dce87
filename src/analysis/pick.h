/*
 * Picking one trial of a study: the best one within bounds, or the knee.
 *
 * The public face is ecopt_report_pick (<ecopt/report.h>).  Candidates are all feasible trials, not
 * the front alone: a bound may be on a metric that is no objective, and then the pick need not be
 * on the front.  Pure functions of a definition and a snapshot.
 */
#ifndef ECO_ANALYSIS_PICK_H
#define ECO_ANALYSIS_PICK_H

#include "core/ctx.h"

#include <ecopt/report.h>

/** The feasible trial that misses the bounds by least. */
typedef struct eco_near_miss {
    bool is_known;
    size_t trial;      /* index in the snapshot */
    size_t bound;      /* the bound that it misses by most */
    double value;      /* its value there, in the metric's own unit */
    double miss;       /* how far beyond the bound, >= 0, in that unit */
    double miss_ratio; /* miss over the bound's size; the miss itself for a bound of 0 */
} eco_near_miss;

/** Feasible, with every bounded metric known and within its bound. */
bool eco_trial_keeps(const ecopt_definition *definition, const ecopt_trial *trial,
                     const ecopt_pick *pick);

/** The feasible trial whose largest miss_ratio is smallest; not known when no trial has all of the
 * metrics. */
void eco_near_miss_find(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                        const ecopt_pick *pick, eco_near_miss *ret_miss);

/**
 * Best trial within the bounds: best in objective `best` on the values themselves; ties go to the
 * trial that is better in another objective, then to the lower number (ecopt_pick_within).
 *
 * @param[in]  best       index of an objective
 * @param[out] ret_trial  index in the snapshot
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no trial keeps the bounds), ECOPT_E_LIMIT, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_pick_best(ecopt_ctx *ctx, const ecopt_definition *definition,
                                        const ecopt_snapshot *snapshot, const ecopt_pick *pick,
                                        size_t best, size_t *ret_trial);

#endif
