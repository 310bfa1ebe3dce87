/*
 * The front of what was measured beside the front of what the models say, for text and page.
 *
 * Call order: init, then place and rows as often as wanted, release.  What init is given is
 * borrowed until then.
 */
#ifndef ECO_REPORT_BOTH_FRONTS_H
#define ECO_REPORT_BOTH_FRONTS_H

#include "report/table.h"

#include <ecopt/report.h>

typedef struct eco_both_fronts {
    const ecopt_definition *definition; /* borrowed, as the next two */
    const ecopt_snapshot *snapshot;
    const ecopt_modelled *modelled;
    bool *is_observed, *is_modelled; /* owned, by trial */
    size_t n_observed, n_modelled;
} eco_both_fronts;

/**
 * Finds both fronts, of the feasible trials.
 *
 * @param[in]  modelled  of this snapshot
 * @param[out] ret_both  released with eco_both_fronts_release; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (models of another study), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_both_fronts_init(ecopt_ctx *ctx, const ecopt_definition *definition,
                                               const ecopt_snapshot *snapshot,
                                               const ecopt_modelled *modelled,
                                               eco_both_fronts *ret_both);

/** Frees what it owns. */
void eco_both_fronts_release(ecopt_ctx *ctx, eco_both_fronts *both);

/** "both", "observed" or "model"; NULL for a trial on neither.  Static storage. */
const char *eco_both_fronts_place(const eco_both_fronts *both, size_t trial);

/**
 * The trials on either front by number: place, then for each objective what was measured and the
 * posterior mean, both with 95 % half widths in the metric's own unit.
 *
 * @param[out] ret_table  caller frees with eco_table_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_rows_both_fronts(ecopt_ctx *ctx, const eco_both_fronts *both,
                                               eco_table **ret_table);

#endif
