/*
 * Progress over the trials.
 *
 * Two and more objectives: the hypervolume of the front after each trial, against the kept
 * reference point, so that the curve never falls and curves of two runs of one study are
 * comparable.  One objective: its best value so far.  A step line, because between two trials
 * nothing was known.
 */
#include "analysis/front.h"
#include "report/frame.h"
#include "report/number.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>

#define WIDTH_PX  760.0
#define HEIGHT_PX 280.0

/* Best value so far of a study's only objective. */
static void best_so_far(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                        double factor, double *ret_values)
{
    const ecopt_objective *objective = &definition->objectives[0];
    double best = (double)NAN;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        double value = eco_objective_value(objective, trial) * factor;
        bool is_better = objective->goal == ECOPT_GOAL_MAX ? value > best : value < best;
        if (eco_trial_is_feasible(definition, trial) && (isnan(best) || is_better))
            best = value;
        ret_values[i] = best;
    }
}

/* The numbers of the curve and the title of their axis. */
static ecopt_status curve(ecopt_ctx *ctx, const ecopt_definition *definition,
                          const ecopt_snapshot *snapshot, double *ret_values, char title[160])
{
    if (definition->n_objectives != 1) {
        size_t *sizes = eco_alloc(ctx, snapshot->n_trials, sizeof *sizes);
        if (!sizes)
            return ECOPT_E_NOMEM;
        ecopt_status status = eco_front_history(ctx, definition, snapshot, ret_values, sizes);
        (void)snprintf(title, 160, "hypervolume");
        eco_free(ctx, sizes);
        return status;
    }
    const char *metric = definition->objectives[0].metric;
    /* Twice: first in SI to choose the unit, which depends on all values, then in that unit. */
    best_so_far(definition, snapshot, 1, ret_values);
    eco_scale scale = eco_scale_for(eco_dimension_of(metric, NULL), ret_values, snapshot->n_trials);
    best_so_far(definition, snapshot, scale.factor, ret_values);
    (void)snprintf(title, 160, "best %.90s%s%s%s", metric, scale.unit[0] ? " [" : "", scale.unit,
                   scale.unit[0] ? "]" : "");
    return ECOPT_OK;
}

/* A step line: the number holds until the next trial changes it. */
static void draw_steps(eco_canvas *canvas, const eco_axis *x, const eco_axis *y,
                       const ecopt_snapshot *snapshot, const double *values)
{
    bool is_started = false;
    double last = (double)NAN;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        double at = eco_axis_at(x, (double)snapshot->trials[i].id);
        if (!isfinite(values[i]))
            continue;
        if (is_started)
            eco_canvas_line(canvas, at, eco_axis_at(y, last));
        else
            eco_canvas_move(canvas, at, eco_axis_at(y, values[i]));
        if (is_started && values[i] != last)
            eco_canvas_line(canvas, at, eco_axis_at(y, values[i]));
        is_started = true;
        last = values[i];
    }
    eco_canvas_stroke(canvas, ECO_INK_FRONT, 2, false);
    /*
     * Dots mark where it changed, so that a long flat line is seen to be many trials without
     * gain.
     */
    last = (double)NAN;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        if (isfinite(values[i]) && values[i] != last)
            eco_canvas_dot(canvas, eco_axis_at(x, (double)snapshot->trials[i].id),
                           eco_axis_at(y, values[i]));
        last = values[i];
    }
    eco_canvas_stroke_dots(canvas, ECO_INK_FRONT, 7);
}

/* Fewer than two numbers are no progress: then nothing is drawn. */
static ecopt_status draw(ecopt_ctx *ctx, const ecopt_snapshot *snapshot, const double *values,
                         const char *title, eco_canvas_kind kind, eco_str *str, bool *ret_drawn)
{
    double lo = INFINITY;
    double hi = -INFINITY;
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        if (!isfinite(values[i]) || fabs(values[i]) > 1e100)
            continue;
        lo = fmin(lo, values[i]);
        hi = fmax(hi, values[i]);
        n++;
    }
    *ret_drawn = n >= 2;
    if (n < 2)
        return ECOPT_OK;
    eco_axis x;
    eco_axis y;
    eco_canvas *canvas = NULL;
    eco_axis_init_count(&x, (double)snapshot->trials[0].id,
                        (double)snapshot->trials[snapshot->n_trials - 1].id, 8);
    eco_axis_init(&y, lo, hi, false, 5);
    eco_frame frame = eco_frame_place(&x, &y, WIDTH_PX, HEIGHT_PX);
    ECO_TRY(eco_canvas_new(ctx, kind, WIDTH_PX, HEIGHT_PX, &canvas));
    eco_frame_draw(canvas, &frame, &x, &y, "trial", title);
    draw_steps(canvas, &x, &y, snapshot, values);
    eco_frame_key(canvas, &frame, ECO_KEY_DOT, ECO_INK_FRONT, "after a trial that improved it");
    ecopt_status status =
        eco_canvas_take(canvas, "history", "Progress of the search",
                        "The number on the left after each trial, as a step line.", str);
    eco_canvas_free(canvas);
    return status;
}

ecopt_status eco_plot_history(ecopt_ctx *ctx, const ecopt_definition *definition,
                              const ecopt_snapshot *snapshot, eco_canvas_kind kind, eco_str *str,
                              bool *ret_drawn)
{
    char title[160];
    double *values = eco_alloc(ctx, snapshot->n_trials, sizeof *values);
    if (!values)
        return ECOPT_E_NOMEM;
    ecopt_status status = curve(ctx, definition, snapshot, values, title);
    if (status == ECOPT_OK)
        status = draw(ctx, snapshot, values, title, kind, str, ret_drawn);
    eco_free(ctx, values);
    return status;
}
