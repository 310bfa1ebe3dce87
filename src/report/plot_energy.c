/*
 * Joules of each trial, stacked by phase.
 *
 * A linear axis from 0, since heights of stacked bars are compared as lengths.  Up to BARS_MAX
 * trials have a bar each; beyond, bars are means of neighbouring trials, which keeps the file small
 * and the bars wide enough to see.  Windows without joules add nothing and are counted on the page.
 */
#include "report/frame.h"
#include "report/number.h"
#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH_PX  760.0
#define HEIGHT_PX 300.0
#define BARS_MAX  ((size_t)120)
/* Phases beyond these share the last colour. */
#define SERIES_MAX ((size_t)(ECO_INK_SERIES_5 - ECO_INK_SERIES_0) + 1)

/* Heights of the bars: n_bars x n_series mean joules per trial, and how many trials each is of. */
typedef struct bars {
    size_t n_bars, n_series, group;
    double *energy_j; /* owned */
    double most_j;
} bars;

/* Colour of a phase: its place in the summary, which is the order of first appearance. */
static size_t series_of(const eco_summary *summary, const char *phase)
{
    for (size_t i = 0; i < summary->n_phases; i++)
        if (strcmp(summary->phases[i].phase, phase) == 0)
            return i < SERIES_MAX ? i : SERIES_MAX - 1;
    return 0;
}

/* Mean joules per trial of each group and phase; the last group may be of fewer trials. */
static ecopt_status make_bars(ecopt_ctx *ctx, const ecopt_snapshot *snapshot,
                              const eco_summary *summary, bars *ret)
{
    size_t n = snapshot->n_trials;
    ret->group = (n + BARS_MAX - 1) / BARS_MAX;
    ret->n_bars = (n + ret->group - 1) / ret->group;
    ret->n_series = summary->n_phases < SERIES_MAX ? summary->n_phases : SERIES_MAX;
    ret->most_j = 0;
    ret->energy_j = eco_alloc(ctx, ret->n_bars * ret->n_series, sizeof *ret->energy_j);
    if (!ret->energy_j)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        for (size_t k = 0; k < trial->n_phases; k++) {
            double energy_j = trial->phases[k].energy.energy_j;
            size_t series = series_of(summary, trial->phases[k].phase);
            /*
             * The last group may be short: dividing it by the full size would draw its trials
             * too cheap.
             */
            size_t in_group = n - i / ret->group * ret->group;
            in_group = in_group < ret->group ? in_group : ret->group;
            if (energy_j > 0 && isfinite(energy_j))
                ret->energy_j[i / ret->group * ret->n_series + series] +=
                    energy_j / (double)in_group;
        }
    }
    for (size_t i = 0; i < ret->n_bars; i++) {
        double sum_j = 0;
        for (size_t k = 0; k < ret->n_series; k++)
            sum_j += ret->energy_j[i * ret->n_series + k];
        ret->most_j = fmax(ret->most_j, sum_j);
    }
    return ECOPT_OK;
}

/* All bars of one series are one path: a short file. */
static void draw_bars(eco_canvas *canvas, const eco_axis *x, const eco_axis *y, const bars *all,
                      double factor, int64_t first_id)
{
    double slot =
        eco_axis_at(x, (double)(first_id + (int64_t)all->group)) - eco_axis_at(x, (double)first_id);
    double width = fmin(fmax(0.72 * slot, 1), 44);
    for (size_t k = 0; k < all->n_series; k++) {
        for (size_t i = 0; i < all->n_bars; i++) {
            const double *energy_j = all->energy_j + i * all->n_series;
            double below_j = 0;
            for (size_t j = 0; j < k; j++)
                below_j += energy_j[j];
            double centre =
                (double)first_id + (double)(i * all->group) + (double)(all->group - 1) / 2;
            double top = eco_axis_at(y, (below_j + energy_j[k]) * factor);
            double bottom = eco_axis_at(y, below_j * factor);
            if (energy_j[k] > 0)
                eco_canvas_rect(canvas, eco_axis_at(x, centre) - width / 2, top, width,
                                bottom - top);
        }
        eco_canvas_fill(canvas, (eco_ink)(ECO_INK_SERIES_0 + k));
    }
}

/* Frame, bars, legend. */
static ecopt_status draw(ecopt_ctx *ctx, const ecopt_snapshot *snapshot, const eco_summary *summary,
                         const bars *all, eco_canvas_kind kind, eco_str *str)
{
    eco_axis x;
    eco_axis y;
    eco_canvas *canvas = NULL;
    char title[64];
    char x_title[64] = "trial";
    int64_t first_id = snapshot->trials[0].id;
    eco_scale scale = eco_scale_pick(ECO_DIMENSION_ENERGY, all->most_j);
    eco_axis_init_count(&x, (double)first_id, (double)first_id + (double)snapshot->n_trials - 1, 8);
    /* From 0, always: the length of a bar is its message. */
    eco_axis_init(&y, 0, all->most_j * scale.factor, false, 5);
    eco_frame frame = eco_frame_place(&x, &y, WIDTH_PX, HEIGHT_PX);
    ECO_TRY(eco_canvas_new(ctx, kind, WIDTH_PX, HEIGHT_PX, &canvas));
    (void)snprintf(title, sizeof title, "energy [%s]", scale.unit);
    if (all->group > 1)
        (void)snprintf(x_title, sizeof x_title, "trial (mean of %zu beside each other)",
                       all->group);
    eco_frame_draw(canvas, &frame, &x, &y, x_title, title);
    draw_bars(canvas, &x, &y, all, scale.factor, first_id);
    for (size_t i = 0; i < all->n_series; i++)
        eco_frame_key(canvas, &frame, ECO_KEY_BOX, (eco_ink)(ECO_INK_SERIES_0 + i),
                      i + 1 == SERIES_MAX && summary->n_phases > SERIES_MAX
                          ? "other phases"
                          : summary->phases[i].phase);
    ecopt_status status = eco_canvas_take(canvas, "energy", "Energy of each trial",
                                          "Joules of each trial as a bar, stacked by phase. The "
                                          "sums are in the table.",
                                          str);
    eco_canvas_free(canvas);
    return status;
}

ecopt_status eco_plot_energy(ecopt_ctx *ctx, const ecopt_snapshot *snapshot,
                             const eco_summary *summary, eco_canvas_kind kind, eco_str *str,
                             bool *ret_drawn)
{
    bars all = {0};
    ecopt_status status = ECOPT_OK;
    if (snapshot->n_trials > 0 && summary->n_phases > 0)
        status = make_bars(ctx, snapshot, summary, &all);
    bool has_bars = status == ECOPT_OK && all.most_j > 0;
    if (has_bars)
        status = draw(ctx, snapshot, summary, &all, kind, str);
    if (status == ECOPT_OK)
        *ret_drawn = has_bars;
    eco_free(ctx, all.energy_j);
    return status;
}
