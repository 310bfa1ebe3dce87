/*
 * Windows as differences of marks; every rule that turns joules into a labelled number is here.
 *
 * Uncertainty, following the GUM (JCGM 100:2008): each cause gets a half width of 95 % by its
 * distribution (4.3.7, annex G), causes that err independently join in quadrature (5.1.2), gaps of
 * one counter add linearly because they may err alike (5.2.2).  What reading itself does is in
 * precision.h.  What shifts all windows of a source alike is in no u: it is the band
 * gain_lo..gain_hi.
 */
#include "meter/tally.h"

#include "meter/crosscheck.h"
#include "meter/precision.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Half width of 95 % for a standard uncertainty (normal). */
#define K95 1.96

/* Window against counter period for 1 % standard deviation: T >= 41 Tc (docs/energy.md). */
#define PERIODS_FOR_ONE_PERCENT 41.0

/* A domain that is on cannot use nothing for so many counter periods and so long [s]. */
#define STUCK_PERIODS 20.0
#define STUCK_S       1.0

/* Less than this [W] nothing that is on and has a counter of its own uses. */
#define LEAST_POWER_W 0.5

/* Events are counted for ever, so a window has those between its marks. */
static uint64_t n_since(const eco_mark *start, const eco_mark *end, eco_event event)
{
    return end->total.n[event] - start->total.n[event];
}

/* A jump is reported as a reset: to the reader both are "the counter restarted or lied". */
static unsigned event_flags(const eco_mark *start, const eco_mark *end)
{
    unsigned flags = 0;
    if (n_since(start, end, ECO_EVENT_RESET) > 0)
        flags |= ECOPT_FLAG_RESET;
    if (n_since(start, end, ECO_EVENT_JUMP) > 0)
        flags |= ECOPT_FLAG_RESET;
    if (n_since(start, end, ECO_EVENT_MISS) > 0)
        flags |= ECOPT_FLAG_MISS;
    if (n_since(start, end, ECO_EVENT_AMBIGUOUS) > 0)
        flags |= ECOPT_FLAG_AMBIGUOUS;
    if (n_since(start, end, ECO_EVENT_SUSPEND) > 0)
        flags |= ECOPT_FLAG_SUSPEND;
    return flags;
}

/* Missing is NaN and a label, never 0: a 0 would win every comparison of energies. */
static void set_missing(ecopt_source_energy *energy, double time_s, unsigned flags)
{
    energy->energy_j = (double)NAN;
    energy->u95_j = (double)NAN;
    energy->gap_s = time_s;
    energy->quality = ECOPT_QUALITY_UNMEASURABLE;
    energy->flags |= flags;
}

/* Too short for this source, or a counter that stands still. */
static void set_unresolved(const eco_channel *channel, double time_s, ecopt_source_energy *energy)
{
    /* With large steps (1 Wh of a plug) a counter may honestly stand for an hour. */
    double stuck_s = fmax(STUCK_S, STUCK_PERIODS * channel->counter.period_s);
    stuck_s = fmax(stuck_s, channel->unit_j / LEAST_POWER_W);
    bool is_stuck = energy->energy_j == 0 && time_s >= stuck_s;
    /* Parts such as the GPU of an idle chip may honestly use nothing. */
    if (channel->may_rest && energy->energy_j == 0)
        return;
    set_missing(energy, time_s, (is_stuck ? ECOPT_FLAG_STUCK : ECOPT_FLAG_SHORT) | ECOPT_FLAG_GAP);
}

void eco_tally_channel(const eco_channel *channel, const eco_mark *start, const eco_mark *end,
                       ecopt_source_energy *ret)
{
    double time_s = end->time_s - start->time_s;
    memset(ret, 0, sizeof *ret);
    (void)snprintf(ret->name, sizeof ret->name, "%s", channel->name);
    ret->quality = channel->quality;
    ret->gain_lo = channel->gain_lo;
    ret->gain_hi = channel->gain_hi;
    ret->is_counted = channel->is_counted;
    ret->flags = event_flags(start, end) | (channel->mirror_of >= 0 ? ECOPT_FLAG_MIRROR : 0u);
    /* What a reading of this window said besides its value. */
    if (channel->seen_flags && channel->seen_s >= start->time_s)
        ret->flags |= channel->seen_flags;
    /* At least one step must have been seen from end to end; else all of it would be
     * extrapolation. */
    uint64_t n_seen = n_since(start, end, ECO_EVENT_OK) + n_since(start, end, ECO_EVENT_WRAP);
    if (!start->is_primed || n_seen == 0) {
        set_missing(ret, time_s, ECOPT_FLAG_GAP);
        return;
    }
    /* An extrapolated start may have guessed more than came: nothing is used backwards. */
    double energy_j = fmax(0, end->total.energy_j - start->total.energy_j);
    double u_gap_j = fmax(0, end->total.u_gap_j - start->total.u_gap_j);
    eco_precision precision = eco_precision_of(channel, start, end, energy_j);
    ret->energy_j = fmax(0, energy_j + precision.lag_j);
    ret->gap_s = fmin(fmax(0, end->total.gap_s - start->total.gap_s), time_s);
    /* Gaps and what reading does err independently. */
    ret->u95_j = hypot(K95 * u_gap_j, precision.half_j);
    if (ret->gap_s > 0)
        ret->flags |= ECOPT_FLAG_GAP;
    if (time_s < PERIODS_FOR_ONE_PERCENT * channel->counter.period_s)
        ret->flags |= ECOPT_FLAG_SHORT;
    /* A source that settles its windows by itself (the model) knows what it can say. */
    bool is_settled = channel->ops && channel->ops->settle;
    if (!precision.is_resolved && !is_settled)
        set_unresolved(channel, time_s, ret);
}

/* Two views of one domain that agree: where the check is surer in this window (the counter of a
 * plug over a long one, or while its power could not be read), its value is the one that counts. */
static void take_surer(const ecopt_source_energy *check, ecopt_source_energy *counted)
{
    bool is_surer = isnan(counted->energy_j) || check->u95_j < counted->u95_j;
    /* A coarse counter that did not move says too little to stand for anything. */
    if (!(check->energy_j > 0) || !is_surer || (counted->flags & ECOPT_FLAG_DISAGREE))
        return;
    counted->energy_j = check->energy_j;
    counted->u95_j = check->u95_j;
    counted->gap_s = check->gap_s;
    counted->quality = check->quality;
    counted->flags = check->flags;
}

/* Sources are read one after the other and fail apart, so their random parts are independent:
 * quadrature. Their bands are not: those ends add up. */
static void add_counted(ecopt_energy *total, const ecopt_source_energy *part, double *lo_j,
                        double *hi_j)
{
    total->energy_j += part->energy_j;
    total->u95_j = hypot(total->u95_j, part->u95_j);
    *lo_j += part->gain_lo * part->energy_j;
    *hi_j += part->gain_hi * part->energy_j;
    total->gap_s = fmax(total->gap_s, part->gap_s);
    total->flags |= part->flags;
    if (isnan(part->energy_j))
        total->flags |= ECOPT_FLAG_LOST;
    if (part->quality > total->quality)
        total->quality = part->quality;
}

/* Sum of the counted parts. The band of a sum is weighted by joules; when nothing was measured
 * the widest band of the parts stands. */
static void add_all(ecopt_energy *ret)
{
    double lo_j = 0, hi_j = 0, gain_lo = 1, gain_hi = 1;
    size_t n_counted = 0;
    for (size_t i = 0; i < ret->n_sources; i++) {
        const ecopt_source_energy *part = &ret->sources[i];
        if (!part->is_counted)
            continue;
        /* Kept for the case that nothing was measured. */
        gain_lo = n_counted == 0 ? part->gain_lo : fmin(gain_lo, part->gain_lo);
        gain_hi = n_counted == 0 ? part->gain_hi : fmax(gain_hi, part->gain_hi);
        n_counted++;
        add_counted(ret, part, &lo_j, &hi_j);
    }
    if (n_counted == 0) {
        ret->energy_j = (double)NAN;
        ret->gap_s = ret->time_s;
    }
    /* One part missing: the rest would pass for the whole and look cheap. */
    if (isnan(ret->energy_j)) {
        ret->u95_j = (double)NAN;
        ret->quality = ECOPT_QUALITY_UNMEASURABLE;
    }
    /* A sum of nothing has no weights. */
    bool is_some = ret->energy_j > 0;
    ret->gain_lo = is_some ? lo_j / ret->energy_j : gain_lo;
    ret->gain_hi = is_some ? hi_j / ret->energy_j : gain_hi;
    ret->coverage_ratio = ret->time_s > 0 ? fmax(0, 1 - ret->gap_s / ret->time_s) : 1;
}

/* A value that the trace gives directly, instead of what its counter says. */
static void take_settled(const eco_channel *channel, const eco_settled *settled,
                         ecopt_source_energy *energy)
{
    /* What its counter showed in between is of no account: the value was computed without it. */
    bool is_missing = isnan(settled->energy_j);
    energy->gap_s = settled->gap_s;
    energy->flags = settled->flags;
    energy->quality = is_missing ? ECOPT_QUALITY_UNMEASURABLE : channel->quality;
    energy->energy_j = settled->energy_j;
    energy->u95_j = settled->u95_j;
    energy->gain_lo = settled->gain_lo;
    energy->gain_hi = settled->gain_hi;
}

void eco_tally(const eco_tally_input *input, ecopt_energy *ret)
{
    ecopt_energy_clear(ret);
    ret->time_s = input->span.time_s;
    ret->cpu_s = input->span.cpu_s;
    ret->foreign_cpu_s = input->span.foreign_cpu_s;
    ret->flags = input->flags;
    ret->n_sources = input->n_channels;
    for (size_t i = 0; i < input->n_channels; i++) {
        const eco_channel *channel = &input->channels[i];
        eco_tally_channel(channel, &input->start[i], &input->end[i], &ret->sources[i]);
        if (input->settled && input->settled[i].is_set)
            take_settled(channel, &input->settled[i], &ret->sources[i]);
        else if (channel->ops && channel->ops->settle)
            channel->ops->settle(channel, &input->span, &ret->sources[i]);
    }
    /* After all are settled: a check may come before or behind what it checks. */
    eco_crosscheck(input->channels, input->n_channels, ret->sources);
    for (size_t i = 0; i < input->n_channels; i++) {
        int counted = input->channels[i].check_of;
        if (counted >= 0 && input->channels[counted].takes_check)
            take_surer(&ret->sources[i], &ret->sources[counted]);
    }
    add_all(ret);
}
