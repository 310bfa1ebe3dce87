/*
 * Ranges and ticks.
 *
 * Ticks are numbers that people count in: 1, 2 or 5 times a power of ten.  On a log axis over a few
 * decades these are the ticks themselves; over many, whole decades in even strides; over less than
 * one, a linear choice of ticks at their logarithmic places.
 */
#include "report/axis.h"

#include <math.h>
#include <stdio.h>

#define MARGIN_RATIO 0.06 /* of the range, on either side */

/* Keeps a tick when it lies in the range and there is room for it. */
static void add_tick(eco_axis *axis, double value)
{
    if (axis->n_ticks >= ECO_TICKS_MAX || !eco_axis_has(axis, value))
        return;
    char *text = axis->texts[axis->n_ticks];
    /* 1e-17 instead of 0 is a rounding error of k * step, not a value; a log axis has no 0. */
    bool is_zero = !axis->is_log && fabs(value) < 1e-9 * (axis->hi - axis->lo);
    double shown = is_zero ? 0 : value;
    axis->ticks[axis->n_ticks++] = shown;
    if (fabs(shown) >= 1e4 && fabs(shown) < 1e7)
        (void)snprintf(text, ECO_TICK_TEXT_B, "%.0f", shown);
    else
        (void)snprintf(text, ECO_TICK_TEXT_B, "%.6g", shown);
}

/* Smallest of 1, 2, 5 times a power of ten that gives at most n steps. */
static double nice_step(double range, size_t n)
{
    double least = range / (double)n;
    double decade = pow(10, floor(log10(least)));
    double ratio = least / decade;
    return decade * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
}

/* Multiples of a nice step; least_step = 1 keeps counts whole. */
static void add_linear_ticks(eco_axis *axis, size_t n_wanted, double least_step)
{
    double step = fmax(nice_step(axis->hi - axis->lo, n_wanted), least_step);
    double first = ceil(axis->lo / step - 1e-9);
    for (size_t i = 0; i <= n_wanted + 1; i++)
        add_tick(axis, (first + (double)i) * step);
}

/* 1, 2, 5 of each decade when few decades are shown, else whole decades in even strides. */
static void add_log_ticks(eco_axis *axis, size_t n_wanted)
{
    double first = floor(log10(axis->lo));
    double decades = log10(axis->hi / axis->lo);
    /* Whole decades: between 1 and 1000, 31.6 is no number that anyone counts in. */
    double stride = fmax(1, ceil(decades / (double)n_wanted));
    bool has_between = decades <= 0.4 * (double)n_wanted;
    int n_strides = (int)floor((log10(axis->hi) + 1e-9 - first) / stride);
    for (int k = 0; k <= n_strides; k++) {
        double decade = pow(10, first + stride * k);
        add_tick(axis, decade);
        if (has_between) {
            add_tick(axis, 2 * decade);
            add_tick(axis, 5 * decade);
        }
    }
}

/* Equal ends get a range of their own size; a zero gets -1 to 1. */
static void widen(eco_axis *axis, double lo, double hi)
{
    /* Differences below 1e-9 of the values are rounding, not a range. */
    double size = fmax(fabs(lo), fabs(hi));
    if (axis->is_log) {
        double margin = pow(hi / lo, MARGIN_RATIO);
        if (hi / lo < 1.02)
            margin = 1.25;
        axis->lo = fmax(lo / margin, 1e-300);
        axis->hi = hi * margin;
        return;
    }
    double margin = MARGIN_RATIO * (hi - lo);
    if (!(hi - lo > 1e-9 * size))
        margin = size > 0 ? 0.1 * size : 1;
    axis->lo = lo - margin;
    axis->hi = hi + margin;
    /* No negative joules on the scale because of a margin. */
    if (lo >= 0 && axis->lo < 0)
        axis->lo = 0;
}

void eco_axis_init(eco_axis *axis, double lo, double hi, bool is_log, size_t n_wanted)
{
    axis->is_log = is_log && lo > 0 && hi < 1e300;
    axis->n_ticks = 0;
    axis->from_px = 0;
    axis->to_px = 1;
    widen(axis, lo, hi);
    if (axis->is_log)
        add_log_ticks(axis, n_wanted);
    /* Within less than a decade 1-2-5 may give a single tick: then even steps read better. */
    if (axis->n_ticks >= 3 || (axis->n_ticks == 2 && axis->hi / axis->lo > 30))
        return;
    /* A single tick gives no scale: ask for more until there are two. */
    for (size_t n = n_wanted; n < ECO_TICKS_MAX; n++) {
        axis->n_ticks = 0;
        add_linear_ticks(axis, n, 0);
        if (axis->n_ticks >= 2)
            return;
    }
}

void eco_axis_init_count(eco_axis *axis, double first, double last, size_t n_wanted)
{
    axis->is_log = false;
    axis->n_ticks = 0;
    axis->from_px = 0;
    axis->to_px = 1;
    axis->lo = first - 0.5;
    axis->hi = last + 0.5;
    add_linear_ticks(axis, n_wanted, 1);
}

void eco_axis_place(eco_axis *axis, double from_px, double to_px)
{
    axis->from_px = from_px;
    axis->to_px = to_px;
}

double eco_axis_at(const eco_axis *axis, double value)
{
    double ratio = axis->is_log ? log(fmax(value, axis->lo) / axis->lo) / log(axis->hi / axis->lo)
                                : (value - axis->lo) / (axis->hi - axis->lo);
    ratio = fmin(fmax(ratio, 0), 1);
    return axis->from_px + ratio * (axis->to_px - axis->from_px);
}

bool eco_axis_has(const eco_axis *axis, double value)
{
    /* Slack for rounding, on the scale of the axis: a share of hi would swallow whole decades. */
    if (axis->is_log)
        return value >= axis->lo * (1 - 1e-9) && value <= axis->hi * (1 + 1e-9);
    double slack = 1e-9 * (axis->hi - axis->lo);
    return value >= axis->lo - slack && value <= axis->hi + slack;
}
