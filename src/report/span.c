/*
 * The shown range of an objective.
 *
 * Everything is done on the scale of the axis, where distances are lengths on the picture.  The
 * median guards against the opposite mistake: a front of two points close together among many that
 * are spread out must not become a picture of two points and twenty arrows.
 */
#include "report/span.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* A value beyond this is a fault of the program that was tuned; it would flatten any picture. */
#define SHOWN_MAX 1e100
/* The reference and dominated points count as near up to this many widths of the front. */
#define NEAR_WIDTHS 1.0

/* Place on the axis, any unit: a log axis has no place for 0 and less. */
static double place(double value, bool is_log)
{
    return is_log ? log(value) : value;
}

/* Ends of the front; there is at least one value. */
static double least_of(const double *values, size_t n)
{
    double least = INFINITY;
    for (size_t i = 0; i < n; i++)
        least = fmin(least, values[i]);
    return least;
}

/* As least_of, at the other end. */
static double most_of(const double *values, size_t n)
{
    double most = -INFINITY;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, values[i]);
    return most;
}

/* For qsort; no NaN gets here. */
static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How far a value is outside lo..hi on the axis; infinite where it has no place. */
static double distance(const eco_span *core, double value)
{
    if (value >= core->lo && value <= core->hi)
        return 0;
    if ((core->is_log && !(value > 0)) || !(fabs(value) <= SHOWN_MAX))
        return INFINITY;
    double at = place(value, core->is_log);
    return fmax(place(core->lo, core->is_log) - at, at - place(core->hi, core->is_log));
}

/* Largest distance that is still shown: the median of `n` distances, or `near` if that is more. */
static double reach(double *distances, size_t n, double near)
{
    qsort(distances, n, sizeof *distances, by_size);
    double median = distances[n / 2];
    return isfinite(median) ? fmax(median, near) : near;
}

/* Takes a value into the range. */
static void include(eco_span *span, double value)
{
    span->lo = fmin(span->lo, value);
    span->hi = fmax(span->hi, value);
}

/* The front, and the reference point unless it is far away. */
static eco_span core_of(const eco_span_values *values)
{
    eco_span core = {.lo = least_of(values->front, values->n_front),
                     .hi = most_of(values->front, values->n_front)};
    core.is_log = values->is_log && core.lo > 0;
    double width = place(core.hi, core.is_log) - place(core.lo, core.is_log);
    double away = isnan(values->reference) ? (double)INFINITY : distance(&core, values->reference);
    /*
     * A threshold far from all results says nothing about their trade-off: drawn in, it would
     * squeeze them into a corner. With a single front value it is all there is to compare with.
     */
    if (isfinite(away) && (away <= NEAR_WIDTHS * width || !(width > 0)))
        include(&core, values->reference);
    return core;
}

ecopt_status eco_span_choose(ecopt_ctx *ctx, const eco_span_values *values, eco_span *ret_span)
{
    eco_span core = core_of(values);
    eco_span span = core;
    if (values->n_other > 0) {
        double *distances = eco_alloc(ctx, values->n_other, sizeof *distances);
        if (!distances)
            return ECOPT_E_NOMEM;
        for (size_t i = 0; i < values->n_other; i++)
            distances[i] = distance(&core, values->other[i]);
        double width = place(core.hi, core.is_log) - place(core.lo, core.is_log);
        /* Without a width nothing is near or far: all that has a place is shown. */
        double limit = width > 0 ? reach(distances, values->n_other, NEAR_WIDTHS * width) : DBL_MAX;
        for (size_t i = 0; i < values->n_other; i++)
            if (distance(&core, values->other[i]) <= limit)
                include(&span, values->other[i]);
        eco_free(ctx, distances);
    }
    *ret_span = span;
    return ECOPT_OK;
}
