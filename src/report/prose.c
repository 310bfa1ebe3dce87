/*
 * Shared sentences.
 *
 * What table, JSON and page say in words is written once, so that they cannot contradict each
 * other.
 *
 * Sentences are without full stop and line end, since some stand in a list and some in a
 * paragraph.
 */
#include "report/prose.h"

#include "analysis/carbon_figure.h"
#include "analysis/front.h"
#include "report/clean.h"
#include "report/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A counter's gain is known to a few per cent; a band beyond this is worth a line. */
#define BAND_SHOWN_RATIO 0.1
/* Trials that a sentence lists by number; the tables mark them all. */
#define NAMED_MAX 8

void eco_prose_objectives(eco_str *str, const ecopt_definition *definition)
{
    for (size_t i = 0; i < definition->n_objectives; i++) {
        const ecopt_objective *objective = &definition->objectives[i];
        eco_str_add(str, i ? ", " : "");
        eco_clean_add(str, objective->metric);
        eco_str_add(str, objective->goal == ECOPT_GOAL_MAX ? " max" : " min");
    }
}

void eco_prose_value(eco_str *str, const char *metric, double value, double u95)
{
    char text[ECO_NUMBER_B];
    eco_number_with_unit(eco_dimension_of(metric, NULL), value, u95, text);
    eco_str_add(str, text[0] ? text : "not known");
}

bool eco_prose_reference(eco_str *str, const ecopt_definition *definition,
                         const ecopt_snapshot *snapshot)
{
    bool is_known = false;
    for (size_t i = 0; i < definition->n_objectives; i++)
        is_known = is_known || !isnan(eco_reference_value(definition, snapshot, i));
    for (size_t i = 0; i < definition->n_objectives && is_known; i++) {
        const ecopt_objective *objective = &definition->objectives[i];
        double value = eco_reference_value(definition, snapshot, i);
        eco_str_add(str, i ? ", " : "");
        eco_clean_add(str, objective->metric);
        eco_str_add_char(str, ' ');
        eco_prose_value(str, objective->metric, value, (double)NAN);
        if (!isnan(value))
            eco_str_add(str, objective->has_threshold ? " (threshold)" : " (inferred from trials)");
    }
    return is_known;
}

void eco_prose_states(eco_str *str, const eco_summary *summary, size_t n_trials)
{
    bool is_first = true;
    eco_str_addf(str, "%zu trial%s", n_trials, n_trials == 1 ? "" : "s");
    /* What was achieved comes first, then what went wrong, then what is still to come. */
    static const ecopt_trial_state order[] = {
        ECOPT_TRIAL_COMPLETE, ECOPT_TRIAL_FAILED,    ECOPT_TRIAL_INFEASIBLE, ECOPT_TRIAL_PRUNED,
        ECOPT_TRIAL_RUNNING,  ECOPT_TRIAL_ABANDONED, ECOPT_TRIAL_PREEMPTED,  ECOPT_TRIAL_QUEUED};
    for (size_t i = 0; i < ECO_LEN(order); i++) {
        size_t n = summary->n_states[order[i]];
        if (n == 0)
            continue;
        eco_str_addf(str, "%s%zu %s", is_first ? ": " : ", ", n, ecopt_trial_state_name(order[i]));
        is_first = false;
        if (order[i] == ECOPT_TRIAL_COMPLETE && summary->n_feasible < n)
            eco_str_addf(str, " (%zu not feasible)", n - summary->n_feasible);
    }
}

bool eco_prose_causes(eco_str *str, const eco_summary *summary)
{
    bool is_any = false;
    for (size_t i = 0; i < ECO_CAUSES_N; i++) {
        if (summary->n_causes[i] == 0)
            continue;
        eco_str_addf(str, "%s%s %zu", is_any ? ", " : "", ecopt_cause_name((ecopt_cause)i),
                     summary->n_causes[i]);
        is_any = true;
    }
    return is_any;
}

void eco_prose_reason(eco_str *str, const ecopt_definition *definition, const ecopt_trial *trial)
{
    const ecopt_objective *missing = eco_trial_missing(definition, trial);
    const ecopt_constraint *broken = eco_trial_broken(definition, trial);
    if (trial->reason && trial->reason[0])
        eco_str_add(str, trial->reason);
    else if (trial->state != ECOPT_TRIAL_COMPLETE)
        return;
    else if (trial->is_outside)
        eco_str_add(str, "outside of the study file as it is now");
    else if (missing)
        eco_str_addf(str, "no value of %s", missing->metric);
    else if (broken)
        eco_str_addf(str, "breaks %s", broken->text);
}

bool eco_quality_is_modelled(ecopt_quality quality)
{
    return quality == ECOPT_QUALITY_MODELLED_CALIBRATED ||
           quality == ECOPT_QUALITY_MODELLED_GENERIC;
}

/* Two significant digits in plain notation: a band itself is known no better. */
static void format_rough(double value, char text[ECO_NUMBER_B])
{
    (void)snprintf(text, ECO_NUMBER_B, "%.1e", value);
    (void)snprintf(text, ECO_NUMBER_B, "%.10g", strtod(text, NULL));
}

bool eco_prose_band(eco_str *str, const ecopt_energy *energy)
{
    double width = energy->gain_hi - energy->gain_lo;
    if (!(width > BAND_SHOWN_RATIO) || isnan(energy->energy_j) || isinf(width))
        return false;
    char least[ECO_NUMBER_B];
    char most[ECO_NUMBER_B];
    double least_j = energy->energy_j * energy->gain_lo;
    double most_j = energy->energy_j * energy->gain_hi;
    eco_scale scale = eco_scale_pick(ECO_DIMENSION_ENERGY, most_j);
    format_rough(least_j * scale.factor, least);
    format_rough(most_j * scale.factor, most);
    eco_str_addf(str, "absolute scale %s to %s %s (%s)", least, most, scale.unit,
                 eco_quality_is_modelled(energy->quality) ? "modelled" : "limits of the source");
    return true;
}

bool eco_prose_carbon(eco_str *str, const ecopt_definition *definition, double energy_j)
{
    eco_carbon carbon;
    char text[ECO_NUMBER_B];
    if (!eco_carbon_of(definition, energy_j, (double)NAN, &carbon) || isnan(carbon.carbon_g))
        return false;
    eco_scale scale = eco_scale_pick(ECO_DIMENSION_CARBON, carbon.carbon_g);
    /* Three digits: with a band of 15 % a fourth would be a claim. */
    (void)snprintf(text, sizeof text, "%.3g", carbon.carbon_g * scale.factor);
    eco_str_addf(str, "%s %s \xc2\xb1 %.0f %% (", text, scale.unit, 100 * carbon.uncertainty_ratio);
    if (carbon.country) {
        eco_clean_add(str, carbon.country);
        eco_str_add_char(str, carbon.year ? ' ' : ',');
    }
    if (carbon.year)
        eco_str_addf(str, "%d,", carbon.year);
    eco_str_addf(str, "%s%s: %.4g g/kWh", carbon.country ? " " : "", carbon.source,
                 carbon.g_per_kwh);
    if (carbon.pue > 1)
        eco_str_addf(str, ", PUE %.3g", carbon.pue);
    /* The reader of a wide band is told why; that of the usual one finds it in the manual. */
    if (carbon.is_default_ratio && carbon.uncertainty_ratio > 0.15)
        eco_str_add(str, "; by default \xc2\xb1 50 % below 100 g/kWh");
    eco_str_add_char(str, ')');
    return true;
}

const char *eco_impact_name(eco_impact impact)
{
    static const char *const names[ECO_IMPACT_COUNT] = {"carbon", "embodied", "water", "cost"};
    return names[impact];
}

/* The machine's making: a share of its life. */
static void add_embodied(eco_str *str, const ecopt_carbon *set, double embodied_g)
{
    const double year_s = 365.25 * 86400;
    eco_scale scale = eco_scale_pick(ECO_DIMENSION_CARBON, embodied_g);
    eco_str_addf(str, "%.3g %s (%.4g kg over ", embodied_g * scale.factor, scale.unit,
                 set->embodied_g / 1000);
    if (set->lifetime_s >= year_s)
        eco_str_addf(str, "%.3g year%s)", set->lifetime_s / year_s,
                     set->lifetime_s == year_s ? "" : "s");
    else
        eco_str_addf(str, "%.3g days)", set->lifetime_s / 86400);
}

/* Money of what the building draws, in the words of the file. */
static void add_cost(eco_str *str, const ecopt_carbon *set, double cost)
{
    const char *currency = set->currency ? set->currency : "";
    eco_str_addf(str, "%.3g ", cost);
    eco_clean_add(str, currency);
    eco_str_addf(str, " (%.4g ", set->price_per_kwh);
    eco_clean_add(str, currency);
    eco_str_add(str, "/kWh");
    if (set->pue > 1)
        eco_str_addf(str, ", PUE %.3g", set->pue);
    eco_str_add_char(str, ')');
}

bool eco_prose_impact(eco_str *str, const ecopt_definition *definition, eco_impact impact,
                      double energy_j, double time_s)
{
    const ecopt_carbon *set = &definition->carbon;
    eco_carbon carbon;
    if (impact == ECO_IMPACT_CARBON)
        return eco_prose_carbon(str, definition, energy_j);
    if (!eco_carbon_of(definition, energy_j, time_s, &carbon))
        return false;
    if (impact == ECO_IMPACT_EMBODIED && !isnan(carbon.embodied_g))
        add_embodied(str, set, carbon.embodied_g);
    else if (impact == ECO_IMPACT_WATER && !isnan(carbon.water_l))
        eco_str_addf(str, "%.3g l (%.4g l/kWh)", carbon.water_l, set->wue_l_per_kwh);
    else if (impact == ECO_IMPACT_COST && !isnan(carbon.cost))
        add_cost(str, set, carbon.cost);
    else
        return false;
    return true;
}

bool eco_prose_unresolved(eco_str *str, const ecopt_definition *definition,
                          const ecopt_snapshot *snapshot, const ecopt_front *front)
{
    size_t n = eco_count_unresolved(definition, snapshot, front);
    size_t n_named = 0;
    if (n == 0)
        return false;
    eco_str_addf(str,
                 "%zu dominated trial%s not resolvable from the front: within the 95 %% "
                 "uncertainties %s may be on it (trial%s",
                 n, n == 1 ? " is" : "s are", n == 1 ? "it" : "they", n == 1 ? "" : "s");
    for (size_t i = 0; i < snapshot->n_trials && n_named < NAMED_MAX; i++)
        if (eco_trial_is_unresolved(definition, snapshot, front, i))
            eco_str_addf(str, "%s%lld", n_named++ ? ", " : " ", (long long)snapshot->trials[i].id);
    eco_str_add(str, n > n_named ? ", ...)" : ")");
    return true;
}

bool eco_prose_useless(eco_str *str, const ecopt_definition *definition,
                       const ecopt_snapshot *snapshot, const ecopt_front *front)
{
    size_t n = 0;
    for (size_t i = 0; i < front->n; i++) {
        const ecopt_trial *trial = &snapshot->trials[front->trials[i]];
        if (eco_trial_is_of_use(definition, trial))
            continue;
        if (n < NAMED_MAX)
            eco_str_addf(str, "%s%lld",
                         n == 0 ? "worse than a threshold, and so never the knee: trial " : ", ",
                         (long long)trial->id);
        n++;
    }
    if (n > NAMED_MAX)
        eco_str_add(str, ", ...");
    return n > 0;
}

/*
 * The ± of a row is for comparing rows: it leaves out what is common to all of them.  Without this
 * sentence a reader would take a modelled 28.47 ± 0.02 for a measurement good to a thousandth.
 */
bool eco_prose_scale(eco_str *str, const ecopt_snapshot *snapshot, const ecopt_front *front)
{
    double lo = 1, hi = 1;
    for (size_t i = 0; i < front->n; i++) {
        const ecopt_trial *trial = &snapshot->trials[front->trials[i]];
        for (size_t k = 0; k < trial->n_phases; k++) {
            lo = fmin(lo, trial->phases[k].energy.gain_lo);
            hi = fmax(hi, trial->phases[k].energy.gain_hi);
        }
    }
    if (lo >= 1 && hi <= 1)
        return false;
    eco_str_addf(str,
                 "the true energy is %.2f to %.2f times the joules shown, the same factor for all; "
                 "± is what the meter resolves in one run, for comparing on this machine",
                 lo, hi);
    return true;
}

unsigned eco_notes(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                   const ecopt_front *front)
{
    unsigned notes = front->has_mixed_quality ? 1u << ECO_NOTE_MIXED : 0;
    for (size_t i = 0; i < front->n; i++) {
        const ecopt_trial *trial = &snapshot->trials[front->trials[i]];
        ecopt_quality quality;
        if (!eco_trial_quality(definition, trial, &quality))
            continue;
        if (eco_quality_is_modelled(quality))
            notes |= 1u << ECO_NOTE_MODELLED;
        if (quality == ECOPT_QUALITY_UNMEASURABLE)
            notes |= 1u << ECO_NOTE_UNMEASURABLE;
        for (size_t k = 0; k < trial->n_phases; k++)
            if (trial->phases[k].energy.flags & ECOPT_FLAG_REPLAY)
                notes |= 1u << ECO_NOTE_REPLAY;
    }
    return notes;
}

const char *eco_note_text(eco_note note)
{
    switch (note) {
    case ECO_NOTE_MIXED:
        return "energy labels differ between points of this front: they are not comparable without "
               "measuring again with one source";
    case ECO_NOTE_MODELLED:
        return "joules are modelled, not measured: compare within this machine only";
    case ECO_NOTE_UNMEASURABLE:
        return "some energy could not be measured and is missing";
    case ECO_NOTE_REPLAY:
        return "joules come from a recorded trace, not from this run";
    case ECO_NOTE_COUNT:
        break;
    }
    return "";
}

const char *eco_quality_meaning(ecopt_quality quality)
{
    switch (quality) {
    case ECOPT_QUALITY_MEASURED_WALL:
        return "measured at the wall or battery: the whole machine, power supply included";
    case ECOPT_QUALITY_MEASURED_COUNTER:
        return "read from a cumulative energy counter of the hardware";
    case ECOPT_QUALITY_MEASURED_SAMPLED:
        return "power readings of the hardware, summed over time";
    case ECOPT_QUALITY_MODELLED_CALIBRATED:
        return "a model of this machine, calibrated against a meter";
    case ECOPT_QUALITY_MODELLED_GENERIC:
        return "a generic model from CPU time: good for comparing trials on one machine, its "
               "absolute scale is uncertain by a large factor";
    case ECOPT_QUALITY_UNMEASURABLE:
        return "no source could be read: the number is missing";
    }
    return "";
}
