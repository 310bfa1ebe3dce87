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

/** What the picture of the front shows, for its caption. */
typedef struct eco_front_view {
    bool is_drawn;       /* false with fewer than two objectives or no feasible trial */
    size_t n_front;      /* front points in the picture */
    size_t n_undrawn;    /* front points of absurd size, in the table only */
    size_t n_dominated;  /* dominated points within the axes */
    size_t n_unresolved; /* of them not resolvable from the front */
    size_t n_left, n_right, n_below, n_above; /* dominated points outside, drawn as arrows */
} eco_front_view;

/**
 * Objectives against each other: the one made from joules to the right, another upwards; dominated
 * points, front with step line and uncertainty, thresholds, knee.  More than two objectives: the
 * first two of these, without the line.  The axes cover the front and what is near it (span.h);
 * dominated points outside are arrows at the edge.
 *
 * @param[out] ret_view  what was drawn; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM, ECOPT_E_INTERNAL
 */
ECOPT_NODROP ecopt_status eco_plot_front(ecopt_ctx *ctx, const ecopt_definition *definition,
                                         const ecopt_snapshot *snapshot, const ecopt_front *front,
                                         eco_canvas_kind kind, eco_str *str,
                                         eco_front_view *ret_view);

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
