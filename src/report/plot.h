/*
 * The pictures of a study: front, history, energy per trial.
 *
 * All append to `str`: an SVG element, or a PNG file (report/canvas.h).  When there is nothing to
 * draw they append nothing and say so.  Equal input gives equal bytes (SVG).
 */
#ifndef ECO_REPORT_PLOT_H
#define ECO_REPORT_PLOT_H

#include "analysis/summary.h"
#include "report/canvas.h"

#include <ecopt/report.h>

/**
 * Objectives against each other: the one made from joules to the right, another upwards; dominated
 * points, front with step line and uncertainty, thresholds, knee.  More than two objectives: the
 * first two of these, without the line.
 *
 * @param[out] ret_drawn  false with fewer than two objectives or no feasible trial
 * @return ECOPT_OK, ECOPT_E_NOMEM, ECOPT_E_INTERNAL
 */
ECOPT_NODROP ecopt_status eco_plot_front(ecopt_ctx *ctx, const ecopt_definition *definition,
                                         const ecopt_snapshot *snapshot, const ecopt_front *front,
                                         eco_canvas_kind kind, eco_str *str, bool *ret_drawn);

/**
 * Progress: hypervolume after each trial, or the best value so far of a single objective.
 *
 * @param[out] ret_drawn  false while there is no such number for at least two trials
 */
ECOPT_NODROP ecopt_status eco_plot_history(ecopt_ctx *ctx, const ecopt_definition *definition,
                                           const ecopt_snapshot *snapshot, eco_canvas_kind kind,
                                           eco_str *str, bool *ret_drawn);

/**
 * Joules of each trial, stacked by phase; many trials are averaged in groups.
 *
 * @param[out] ret_drawn  false when no trial has joules
 */
ECOPT_NODROP ecopt_status eco_plot_energy(ecopt_ctx *ctx, const ecopt_snapshot *snapshot,
                                          const eco_summary *summary, eco_canvas_kind kind,
                                          eco_str *str, bool *ret_drawn);

#endif
