/*
 * A study in figures: counts per state, best values, and where the joules went.
 *
 * eco_summary_new, read the fields, eco_summary_free.  Sums of joules are over the windows that
 * have a number; how many have none is counted beside them, so a total never hides a gap.
 */
#ifndef ECO_ANALYSIS_SUMMARY_H
#define ECO_ANALYSIS_SUMMARY_H

#include "core/ctx.h"

#include <ecopt/definition.h>
#include <ecopt/snapshot.h>

/** Number of trial states. */
#define ECO_STATES_N ((size_t)ECOPT_TRIAL_PREEMPTED + 1)
#define ECO_CAUSES_N ((size_t)ECOPT_CAUSE_TOLD + 1)

/** Energy of one phase over the deciding attempts of all trials. */
typedef struct eco_phase_total {
    const char *phase; /* borrowed from the snapshot; NULL in the total over all phases */
    size_t n_windows;  /* recorded */
    size_t n_missing;  /* of them without joules (not in `energy`) */
    double time_s;     /* of all windows */
    double cpu_s;      /* of the windows where it is known */
    double mean_u95_j; /* 95 % half width of the mean window [J]; NaN when n_windows = n_missing */
    ecopt_energy energy; /* sum; energy_j is NaN when no window has joules */
} eco_phase_total;

/** Best value of one objective among the feasible trials. */
typedef struct eco_best {
    bool is_known;
    size_t trial; /* index in the snapshot */
    double value, u95;
    double worst; /* worst value among the feasible trials, for the range */
} eco_best;

typedef struct eco_summary {
    size_t n_states[ECO_STATES_N];
    size_t n_causes[ECO_CAUSES_N]; /* of trials that are over, by cause; NONE is not counted */
    size_t n_ended;                /* complete, pruned, infeasible, failed, abandoned */
    size_t n_feasible;             /* complete and within every constraint */
    size_t n_best;                 /* = objectives */
    eco_best *best;                /* owned */
    size_t n_phases;
    eco_phase_total *phases; /* owned, in the order of their first appearance */
    eco_phase_total total;   /* over all phases */
    double complete_j;       /* joules of complete trials; NaN when none is known */
    double incomplete_j;     /* joules of trials that ended otherwise; NaN when none is known */
    double lost_j;           /* spent in attempts that did not decide a trial; NaN when not known */
} eco_summary;

/**
 * Computes the figures.
 *
 * @param[out] ret_summary  caller frees with eco_summary_free; borrows texts from the snapshot
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_summary_new(ecopt_ctx *ctx, const ecopt_definition *definition,
                                          const ecopt_snapshot *snapshot,
                                          eco_summary **ret_summary);

/** Frees a summary; NULL is allowed. */
void eco_summary_free(ecopt_ctx *ctx, eco_summary *summary);

#endif
