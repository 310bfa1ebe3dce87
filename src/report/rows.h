/*
 * Trials as rows: the columns that the front and the trials table share.
 */
#ifndef ECO_REPORT_ROWS_H
#define ECO_REPORT_ROWS_H

#include "analysis/summary.h"
#include "report/table.h"

#include <ecopt/definition.h>
#include <ecopt/report.h>
#include <ecopt/snapshot.h>

/** Energy of the deciding attempt, over all its phases. */
typedef struct eco_trial_energy {
    double energy_j, u95_j; /* NaN when some phase has no joules, or none was metered */
    double time_s;          /* NaN when no phase ran */
    bool is_labelled;       /* there is a phase, so `quality` says something */
    ecopt_quality quality;  /* weakest of the phases */
    unsigned flags;
} eco_trial_energy;

/** Sums the phases of a trial; u95 in quadrature. */
eco_trial_energy eco_trial_energy_of(const ecopt_trial *trial);

/**
 * The front as a table: knee mark, trial, objectives, label, parameters.
 *
 * @param[out] ret_table  caller frees with eco_table_free
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_rows_front(ecopt_ctx *ctx, const ecopt_definition *definition,
                                         const ecopt_snapshot *snapshot, const ecopt_front *front,
                                         eco_table **ret_table);

/**
 * All trials as a table: mark (on the front, or not resolvable from it), trial, state, objectives,
 * energy, time, label, parameters, reason.
 */
ECOPT_NODROP ecopt_status eco_rows_trials(ecopt_ctx *ctx, const ecopt_definition *definition,
                                          const ecopt_snapshot *snapshot, const ecopt_front *front,
                                          eco_table **ret_table);

/** Energy per phase over all trials: windows, joules, mean, time, power, share, label. */
ECOPT_NODROP ecopt_status eco_rows_phases(ecopt_ctx *ctx, const eco_summary *summary,
                                          eco_table **ret_table);

/** Energy per source of one window or sum: name, joules, share of the total, label, counted. */
ECOPT_NODROP ecopt_status eco_rows_sources(ecopt_ctx *ctx, const ecopt_energy *energy,
                                           eco_table **ret_table);

#endif
