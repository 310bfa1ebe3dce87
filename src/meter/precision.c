#include "meter/precision.h"

#include <math.h>

/* Half width of 95 % for a standard uncertainty (normal, GUM annex G). */
#define K95 1.96

/* A rectangular distribution of half width a holds 95 % within 0.95 a.  Used for the ends of a
 * window instead of the triangular one of two random ends: that is right for windows of all
 * lengths together, but one length against one period leaves two possible errors, -f and 1 - f
 * periods, and only 0.95 covers both whatever f is. */
#define HALF_95 0.95

/* Twice the power limit is what a source calls impossible; up to the limit itself it may draw for
 * as long as nobody looks. */
#define SUSTAINED_RATIO 0.5

/* Fewest standard deviations of the power seen above its mean that hold its peaks: an on-off load
 * with a duty of one fifth peaks at mean + 2 sd. */
#define PEAK_SD 2.0

/* Of n powers that were seen alike, the next may differ: relative allowance FEW / n. */
#define FEW 4.0

/* Within the memory of an averaging sensor an on-off load of the same period is invisible; it lies
 * between nothing and twice the mean, and half of that is the most it shifts. */
#define HIDDEN_RATIO 0.5

/* Shorter windows (fewer steps of a counter) are missing whatever they show: to keep the ones that
 * happen to show much would make them biased. */
#define LEAST_PERIODS 4.0
/* With both ends at an update: one period must have passed whatever its jitter. */
#define LEAST_EDGED_PERIODS 1.5
#define LEAST_MEMORY        0.75

/* An update within this share of a period before a mark tells more than the period. */
#define NEAR_RATIO 0.5

/* A sensor that looks part of the time sees a load in step with it as constant.  A load of any
 * period within +-20 % of the sensor's stays in step for n updates with probability 5 / n. */
#define ALIAS_UPDATES 100.0

double eco_precision_factor(double freedom)
{
    /* Student's t for 0.975, exact for 1 to 4; beyond, Abramowitz and Stegun 26.7.5. */
    static const double FEW_FREEDOM[] = {12.706, 12.706, 4.303, 3.182, 2.776};
    const double z = 1.959964;
    if (!(freedom >= 5))
        return FEW_FREEDOM[freedom > 0 ? (int)freedom : 0];
    double z2 = z * z, of = 1 / freedom;
    double g1 = (z2 + 1) / 4, g2 = ((5 * z2 + 16) * z2 + 3) / 96;
    double g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
    return z * (1 + of * (g1 + of * (g2 + of * g3)));
}

/* What was seen of the power between two marks. */
typedef struct seen {
    double time_s, n;
    double mean_w, var_w2;
    double change_w2;  /* sum of squared successive differences */
    double interval_s; /* between readings */
} seen;

static seen seen_between(const eco_mark *start, const eco_mark *end)
{
    const eco_total *a = &start->total, *b = &end->total;
    seen s = {.time_s = b->seen_s - a->seen_s, .n = (double)(b->n_seen - a->n_seen)};
    uint64_t n_ok =
        b->n[ECO_EVENT_OK] - a->n[ECO_EVENT_OK] + b->n[ECO_EVENT_WRAP] - a->n[ECO_EVENT_WRAP];
    double window_s = end->time_s - start->time_s;
    s.interval_s = n_ok > 0 ? window_s / (double)n_ok : window_s;
    if (!(s.time_s > 0))
        return s;
    s.mean_w = (b->seen_j - a->seen_j) / s.time_s;
    s.var_w2 = fmax(0, (b->square_w2s - a->square_w2s) / s.time_s - s.mean_w * s.mean_w);
    s.change_w2 = fmax(0, b->change_w2 - a->change_w2);
    return s;
}

/* Most power that may be drawn for as long as nobody looks, and the peak that was seen. */
static double drawn_w(const eco_channel *channel, const seen *s, double *ret_peak_w)
{
    double period_s = channel->counter.period_s;
    double step_s = s->n > 0 ? s->time_s / s->n : s->interval_s;
    /* Part of the scatter is the counter's own phase at both ends of each step (two rectangular
     * distributions, GUM 4.3.7), not the load. */
    double phase_s = fmin(period_s, s->interval_s);
    double phase_w2 = s->mean_w * s->mean_w * phase_s * phase_s / (6 * step_s * step_s);
    *ret_peak_w = s->mean_w + PEAK_SD * sqrt(fmax(0, s->var_w2 - phase_w2));
    return fmax(*ret_peak_w, SUSTAINED_RATIO * channel->counter.power_max_w);
}

/* The energy that a counter has not shown at one end of a window is what was used in at most one
 * period: no more than its source can draw, and no more than was used in the step between two
 * readings around it. */
static double unseen_j(const eco_channel *channel, const seen *s)
{
    double period_s = channel->counter.period_s, peak_w = 0;
    double most_w = drawn_w(channel, s, &peak_w), few_w = s->mean_w * FEW / fmax(1, s->n);
    return fmin(most_w * period_s, (peak_w + few_w) * fmax(period_s, s->interval_s));
}

/* What was used before a mark and shown only after it. */
typedef struct unshown {
    double guess_j, half_j; /* between guess - half and guess + half, whatever the load does */
    bool is_edged;          /* the updates around the mark were seen, else only their period */
} unshown;

/* Between lo and hi, most likely guess. */
static unshown unshown_of(double guess_j, double lo_j, double hi_j, bool is_edged)
{
    guess_j = fmin(fmax(guess_j, lo_j), hi_j);
    return (unshown){guess_j, fmax(hi_j - guess_j, guess_j - lo_j), is_edged};
}

/*
 * With an even load the share of the period before the mark.  The load may be anything: all of the
 * rise may have been used before the mark, or as much of it behind as the source can draw.  A mark
 * next to an update leaves little to either side.
 */
static unshown unshown_at(const eco_channel *channel, const seen *s, const eco_mark *mark)
{
    const eco_counter *counter = &channel->counter;
    double peak_w = 0, most_w = drawn_w(channel, s, &peak_w);
    double step_s = counter->step_s > 0 ? counter->step_s : counter->period_s;
    if (!isnan(mark->tail_j)) {
        double tail_s = 0.5 * (mark->tail_lo_s + mark->tail_hi_s);
        double share = step_s > tail_s ? 1 - tail_s / step_s : 0;
        double least_j = fmax(0, mark->tail_j - most_w * mark->tail_hi_s);
        return unshown_of(share * mark->tail_j, least_j, mark->tail_j, true);
    }
    if (mark->age_hi_s <= NEAR_RATIO * counter->period_s)
        return unshown_of(0.5 * s->mean_w * (mark->age_lo_s + mark->age_hi_s), 0,
                          most_w * mark->age_hi_s, true);
    return unshown_of(0.5 * s->mean_w * step_s, 0, unseen_j(channel, s), false);
}

static eco_precision of_counter(const eco_channel *channel, const seen *s, const eco_mark *start,
                                const eco_mark *end, double energy_j)
{
    double window_s = end->time_s - start->time_s;
    unshown first = unshown_at(channel, s, start), last = unshown_at(channel, s, end);
    eco_precision precision = {0};
    double least = LEAST_PERIODS;
    if (first.is_edged || last.is_edged) {
        /* Bounds, not distributions: they add up. */
        precision.lag_j = last.guess_j - first.guess_j;
        precision.half_j = hypot(first.half_j + last.half_j, channel->unit_j);
        least = first.is_edged && last.is_edged ? LEAST_EDGED_PERIODS : LEAST_PERIODS;
    } else {
        /* Where both ends are in the dark what is used before the one is not used after it. */
        precision.half_j = hypot(HALF_95 * unseen_j(channel, s), channel->unit_j);
    }
    /* A slow source is taken to the marks by the last power: it may have been none, or twice it. */
    precision.half_j += (start->taken_s + end->taken_s) * s->mean_w;
    /* Steps of the counter are no distribution but a bound: with few of them the number that was
     * seen is itself a matter of chance. */
    precision.is_resolved = window_s >= least * channel->counter.period_s &&
                            energy_j >= LEAST_PERIODS * channel->unit_j &&
                            precision.half_j < fmin(energy_j, energy_j + precision.lag_j);
    return precision;
}

/* Standard error of the mean of readings that resemble their neighbours: the variance times the
 * time over which they do, over the whole time.  Lag-one correlation r from von Neumann's mean
 * square successive difference (1941, doi:10.1214/aoms/1177731677), memory (1 + r) / (1 - r)
 * readings as of a first-order process (Bartlett 1946, doi:10.2307/2983611). */
static double scatter_w(const seen *s, double *ret_freedom)
{
    double r = s->var_w2 > 0 ? 1 - s->change_w2 / (2 * s->n * s->var_w2) : 0;
    r = fmin(fmax(r, 0), 1 - 1 / fmax(2, s->n));
    double n_apart = s->n * (1 - r) / (1 + r);
    *ret_freedom = fmax(0, n_apart - 1);
    return sqrt(s->var_w2 / fmax(1, n_apart));
}

static eco_precision of_sensor(const eco_channel *channel, const seen *s, const eco_mark *start,
                               const eco_mark *end, double energy_j)
{
    const eco_counter *counter = &channel->counter;
    double window_s = end->time_s - start->time_s;
    /* A reading is the mean of average_s, and stands for period_s: half of both is its age. */
    double memory_s = counter->average_s + counter->period_s;
    /* A slow one is taken to the mark by the last power, which may have been anything since. */
    double taken_s = start->taken_s + end->taken_s;
    double change_w = end->power_w - start->power_w;
    eco_precision precision = {.lag_j = isnan(change_w) ? 0 : 0.5 * memory_s * change_w};
    double peak_w = s->mean_w + PEAK_SD * sqrt(s->var_w2);
    double ends_j = (HIDDEN_RATIO * memory_s + taken_s) * peak_w;
    double step_j = HALF_95 * 0.5 * counter->step_w * window_s;
    /* The part of the time that the sensor does not look at is estimated by the part it sees. */
    double hidden_ratio =
        counter->period_s > 0 ? fmax(0, 1 - counter->average_s / counter->period_s) : 0;
    double freedom = 0, scatter_j = 0;
    if (hidden_ratio > 0) {
        scatter_j = sqrt(hidden_ratio) * window_s * scatter_w(s, &freedom);
        scatter_j *= eco_precision_factor(freedom);
    }
    double var_j2 = fmax(0, end->total.var_j2 - start->total.var_j2);
    double half_j = hypot(hypot(ends_j, step_j), scatter_j);
    precision.half_j = hypot(half_j, K95 * sqrt(var_j2));
    double least_s = hidden_ratio > 0 ? ALIAS_UPDATES * counter->period_s : LEAST_MEMORY * memory_s;
    precision.is_resolved =
        window_s >= least_s && precision.half_j < fmin(energy_j, energy_j + precision.lag_j);
    return precision;
}

eco_precision eco_precision_of(const eco_channel *channel, const eco_mark *start,
                               const eco_mark *end, double energy_j)
{
    seen s = seen_between(start, end);
    return channel->counter.is_sensor ? of_sensor(channel, &s, start, end, energy_j)
                                      : of_counter(channel, &s, start, end, energy_j);
}
