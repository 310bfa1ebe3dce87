/*
 * What a search took and what it brought: the figures of `ecopt analyse impact`.
 *
 * Sums are those of summary.h: joules that are missing are counted and named, never taken as 0.
 *
 * Call order: eco_ledger_new, read the fields, eco_ledger_free.  Threads: any.
 */
#ifndef ECO_ANALYSIS_LEDGER_H
#define ECO_ANALYSIS_LEDGER_H

#include "analysis/summary.h"

#include <ecopt/report.h>

/** What became of the joules, by the end of their trial. */
typedef enum eco_outcome_kind {
    ECO_SPENT_COMPLETE,
    ECO_SPENT_INFEASIBLE,
    ECO_SPENT_PRUNED,
    ECO_SPENT_FAILED, /* and given up */
    ECO_SPENT_OPEN,   /* not over: running, or waiting for its next attempt */
    ECO_SPENT_COUNT
} eco_outcome_kind;

/** "complete", "infeasible", "pruned", "failed", "open".  Static storage. */
const char *eco_outcome_kind_name(eco_outcome_kind kind);

typedef struct eco_spent {
    size_t n_trials;
    size_t n_missing; /* windows without joules, not in the sum */
    double energy_j;  /* NaN: none known; 0: no such trial */
    double u95_j;
} eco_spent;

/** One side of the comparison. */
typedef struct eco_side {
    const ecopt_trial *trial; /* borrowed from the snapshot; NULL: as the study file tells */
    double request_j, u95_j;  /* NaN not known */
} eco_side;

typedef struct eco_ledger {
    eco_summary *summary; /* owned: phases, total, lost_j */
    eco_spent spent[ECO_SPENT_COUNT];
    double told_j;                 /* of trials that were told by hand with an energy_j; 0: none */
    double search_j, search_u95_j; /* of all; the half width covers what was measured, not lost_j */
    const char *metric;            /* NULL: nothing is compared */
    eco_side before, after;
    ecopt_break_even even;
    double per_day, days; /* NaN not given */
    double requests;      /* of the section deployment, NaN not given */
    double net_j;         /* requests * saved - search */
} eco_ledger;

/**
 * Computes the figures.
 *
 * @param[out] ret_ledger  caller frees with eco_ledger_free; borrows from definition and snapshot
 * @return ECOPT_OK, ECOPT_E_NAME, ECOPT_E_NOT_FOUND, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_ledger_new(ecopt_ctx *ctx, const ecopt_definition *definition,
                                         const ecopt_snapshot *snapshot,
                                         const ecopt_impact_options *options,
                                         eco_ledger **ret_ledger);

/** Frees a ledger; NULL is allowed. */
void eco_ledger_free(ecopt_ctx *ctx, eco_ledger *ledger);

#endif
