/*
 * Two texts of one measurement, made of the same means: what people read is rounded to what is
 * known, what programs read has every digit and each run. Both are written from the finished runs
 * alone, so the order of measuring (cmd_measure.c) and the words of the report can change apart.
 *
 * A total is never made by adding sources here: each run has its total from the library, which
 * knows which sources overlap. Means are of the totals, and means of sources stand beside them for
 * information.
 *
 * NaN means not known throughout. It passes through every mean and comes out as `?` in the text and
 * as null in JSON, so that no case of its own is needed for a source that cannot tell.
 */
#include "measure_report.h"

#include "output.h"
#include "quantity.h"

#include <ecopt/units.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bands narrower than this are not worth a line. The +- is about repeating the measurement, the
 * band about the truth of the source; below 5 % the two are near enough not to mislead anybody. */
#define NARROW_BAND 0.05

/* What can be taken of each run. One enum and one switch instead of five loops, so that every
 * quantity gets its mean and its uncertainty in the same way. */
typedef enum quantity { ENERGY, TIME, POWER, UNITS, ENERGY_PER_UNIT } quantity;

/* A mean with its half width; NaN when not known. */
typedef struct mean {
    double value;
    double u95;
} estimate;

/* One quantity of one run with what the counters resolve of it. Power and energy per unit take over
 * the relative uncertainty of the energy: time and counts are exact next to it. Times are those of
 * the meter's window for power, so that both parts of the quotient belong together. */
static void take(const cli_measured_run *run, quantity what, double *ret_value, double *ret_u95)
{
    const ecopt_energy *energy = &run->energy;
    *ret_u95 = 0.0;
    switch (what) {
    case ENERGY:
        *ret_value = energy->energy_j;
        *ret_u95 = energy->u95_j;
        break;
    case TIME:
        *ret_value = run->time_s;
        break;
    case POWER:
        *ret_value = energy->energy_j / energy->time_s;
        *ret_u95 = energy->u95_j / energy->time_s;
        break;
    case UNITS:
        *ret_value = run->units;
        break;
    case ENERGY_PER_UNIT:
        *ret_value = energy->energy_j / run->units;
        *ret_u95 = energy->u95_j / run->units;
        break;
    }
}

/* Its summary over the runs. Time and units have no counter behind them, so their uncertainty is
 * the scatter alone. Without memory it is not known: a report without a number is better than none.
 */
static void summarise(const cli_measurement *measurement, quantity what, ecopt_repeats_summary *ret)
{
    ecopt_repeat *repeats = calloc(measurement->n + 1, sizeof *repeats);
    for (size_t i = 0; repeats && i < measurement->n; i++) {
        const cli_measured_run *run = &measurement->runs[i];
        repeats[i] = ecopt_repeat_of(&run->energy);
        take(run, what, &repeats[i].value, &repeats[i].u95);
        if (what == TIME || what == UNITS)
            repeats[i].u95 = (double)NAN;
        repeats[i].is_left_out = run->is_left_out;
    }
    ecopt_repeats_summarise(repeats, repeats ? measurement->n : 0, NULL, ret);
    free(repeats);
}

void cli_measurement_energy(const cli_measurement *measurement, ecopt_repeats_summary *ret)
{
    summarise(measurement, ENERGY, ret);
}

static estimate mean_of(const cli_measurement *measurement, quantity what)
{
    ecopt_repeats_summary summary;
    summarise(measurement, what, &summary);
    return (estimate){summary.mean, summary.u95};
}

/* The same runs, their energy shared out. False with the reason in the context when one refuses. */
static bool attribute(const cli_measurement *measurement, ecopt_attribution attribution,
                      ecopt_repeats_summary *ret, double parts_j[2])
{
    ecopt_repeat *repeats = calloc(measurement->n + 1, sizeof *repeats);
    bool is_fine = repeats != NULL && measurement->n > 0;
    double idle_s = 0.0, n = 0.0;
    parts_j[0] = parts_j[1] = 0.0;
    for (size_t i = 0; is_fine && i < measurement->n; i++) {
        const cli_measured_run *run = &measurement->runs[i];
        ecopt_attributed parts;
        repeats[i] = ecopt_repeat_of(&run->energy);
        repeats[i].is_left_out = run->is_left_out;
        if (run->is_left_out)
            continue;
        is_fine = ecopt_energy_attribute(measurement->ctx, &run->energy, measurement->idle,
                                         attribution, &parts) == ECOPT_OK;
        if (!is_fine)
            break;
        repeats[i].value = parts.own_j;
        repeats[i].u95 = parts.u95_j;
        idle_s += parts.idle_s;
        parts_j[0] += parts.idle_j;
        parts_j[1] += parts.others_j;
        n += 1.0;
    }
    if (is_fine) {
        ecopt_u u_idle = {measurement->idle->u_w.u * idle_s / n, measurement->idle->u_w.freedom};
        ecopt_repeats_summarise(repeats, measurement->n, &u_idle, ret);
        parts_j[0] /= n;
        parts_j[1] /= n;
    }
    free(repeats);
    return is_fine;
}

/* Runs list the same sources, but one that went away may be missing in a later run. By name and not
 * by place, since the places move when one is missing. */
static const ecopt_source_energy *source_named(const ecopt_energy *energy, const char *name)
{
    for (size_t i = 0; i < energy->n_sources; i++)
        if (strcmp(energy->sources[i].name, name) == 0)
            return &energy->sources[i];
    return NULL;
}

/* Mean of one source over the runs; NaN when a run lacks it. A mean over the runs that have it
 * would look like one over all. */
static estimate mean_of_source(const cli_measurement *measurement, const char *name)
{
    ecopt_repeats_summary summary;
    ecopt_repeat *repeats = calloc(measurement->n + 1, sizeof *repeats);
    for (size_t i = 0; repeats && i < measurement->n; i++) {
        const ecopt_source_energy *source = source_named(&measurement->runs[i].energy, name);
        repeats[i].value = source ? source->energy_j : (double)NAN;
        repeats[i].u95 = source ? source->u95_j : (double)NAN;
        repeats[i].flags = source ? source->flags : 0;
        repeats[i].is_left_out = measurement->runs[i].is_left_out;
    }
    ecopt_repeats_summarise(repeats, repeats ? measurement->n : 0, NULL, &summary);
    free(repeats);
    return (estimate){summary.mean, summary.u95};
}

/* `842 J +- 22`: the uncertainty to two digits, the value to the same place. Returns the width for
 * the column that follows. An uncertainty that is zero or not known is left out, for `+- 0` would
 * claim too much. */
static int write_mean(FILE *file, estimate mean, const char *unit)
{
    char value[CLI_QUANTITY_B], u95[CLI_QUANTITY_B];
    cli_format_number(mean.value, 4, value);
    if (!(mean.u95 > 0.0) || !isfinite(mean.u95))
        return fprintf(file, "%s %s", value, unit);

    cli_format_number(mean.u95, 2, u95);
    /* The place of the second digit of the uncertainty: negative from 100 on, where the value has
     * no decimals to cut. */
    int places = 1 - (int)floor(log10(mean.u95));
    /* Beyond that the value has more digits than anybody reads, or an exponent. */
    if (places >= 0 && places <= 6 && fabs(mean.value) < 1e9)
        snprintf(value, sizeof value, "%.*f", places, mean.value);
    return fprintf(file, "%s %s +- %s", value, unit, u95);
}

/* One line of the table: mean, share of its uncertainty, name, label. The share is left out when it
 * is ten times the value or more, since then the run was too short to say anything and the figure
 * only looks odd. Columns are padded by what was written, as units and signs make widths differ. */
static void write_row(FILE *file, estimate mean, bool has_share, const char *name,
                      const char *label)
{
    fputs("  ", file);
    int width = write_mean(file, mean, "J");
    if (has_share && mean.u95 / mean.value < 10.0)
        width += fprintf(file, " (%.1f %%)", 100.0 * mean.u95 / mean.value);
    fprintf(file, "%*s%-24s %s\n", width < 32 ? 32 - width : 2, "", name, label);
}

/* Every source of the first run; cross-checks are shown, not added. The first run stands for all:
 * sources are chosen when the meter is opened and not for each run. */
static void write_sources(FILE *file, const cli_measurement *measurement)
{
    const ecopt_energy *energy = &measurement->runs[0].energy;
    for (size_t i = 0; i < energy->n_sources; i++) {
        const ecopt_source_energy *source = &energy->sources[i];
        write_row(file, mean_of_source(measurement, source->name), false, source->name,
                  source->is_counted ? ecopt_quality_name(source->quality) : "not in the total");
    }
}

/* What is above the idle machine, and the share of that by CPU time; refusals with their reason.
 * The share is told only where it differs: on a quiet machine it is the same number twice. */
static void write_attribution(FILE *file, const cli_measurement *measurement)
{
    const ecopt_idle_base *idle = measurement->idle;
    ecopt_repeats_summary own;
    double parts_j[2];
    char value[CLI_QUANTITY_B], u95[CLI_QUANTITY_B], others[CLI_QUANTITY_B];
    if (!attribute(measurement, ECOPT_ATTRIBUTION_ABOVE_IDLE, &own, parts_j)) {
        fprintf(file, " note: no energy above idle: %s\n", ecopt_ctx_errmsg(measurement->ctx));
        return;
    }
    cli_format_number(own.mean, 4, value);
    cli_format_number(own.u95, 2, u95);
    fprintf(
        file,
        " note: above idle %s J +- %s (idle %.3g W +- %.2g, measured %.3g s before and after)\n",
        value, u95, idle->power_w, 1.96 * idle->u_w.u, measurement->idle_s);
    if (!attribute(measurement, ECOPT_ATTRIBUTION_CPU_SHARE, &own, parts_j) || !(parts_j[1] > 0.0))
        return;
    cli_format_number(own.mean, 4, value);
    cli_format_number(own.u95, 2, u95);
    cli_format_number(parts_j[1], 3, others);
    fprintf(file, " note: cpu share %s J +- %s of that, others %s J\n", value, u95, others);
}

/* What a reader must know before using the numbers. Notes and not columns: most of them are absent
 * on most machines. The band comes from the first run, as it belongs to the source; flags are of
 * all runs, since one bad run is in the mean. */
static void write_notes(FILE *file, const cli_measurement *measurement,
                        const ecopt_repeats_summary *energy)
{
    const ecopt_energy *first = &measurement->runs[0].energy;
    if (first->gain_lo < 1.0 - NARROW_BAND || first->gain_hi > 1.0 + NARROW_BAND)
        fprintf(file,
                " note: the true energy is %.2g to %.2g times this; the +- is for comparing runs\n"
                "       on this machine\n",
                first->gain_lo, first->gain_hi);
    if (energy->n_left_out > 0) {
        char names[256];
        ecopt_flags_format(energy->flags_left_out, names, sizeof names);
        fprintf(file, " note: %zu of %zu runs left out: more than 5 MAD off, with a cause (%s)\n",
                energy->n_left_out, measurement->n, names);
    }
    if (measurement->is_warmup_short)
        fputs(" note: power was still changing at the end of the warm-up\n", file);
    for (unsigned bit = 0; bit < ECOPT_FLAG_COUNT; bit++)
        if (energy->flags & (1u << bit))
            fprintf(file, " note: %s: %s\n", ecopt_flag_name(1u << bit),
                    ecopt_flag_meaning(1u << bit));
    if (measurement->idle)
        write_attribution(file, measurement);
}

/* tokens -> token: joules are per one of them. Only a plain s is dropped, and never from a word of
 * two letters: `ms` is no plural. */
static int singular_length(const char *unit)
{
    size_t length = strlen(unit);
    return (int)(length > 2 && unit[length - 1] == 's' ? length - 1 : length);
}

/* From the most asked to the least: the energy with its sources, energy per unit of work, then
 * time, power, Wh and carbon on one line, and last what has to be known before the numbers are
 * used. */
void cli_measurement_text(FILE *file, const cli_measurement *measurement)
{
    fprintf(file, " %zu run%s", measurement->n, measurement->n == 1 ? "" : "s");
    if (measurement->n_warmup > 0)
        fprintf(file, ", %lld warm-up", (long long)measurement->n_warmup);
    if (measurement->stopped)
        fprintf(file, "; %s", measurement->stopped);
    fputc('\n', file);
    if (measurement->n == 0)
        return;
    ecopt_repeats_summary summary;
    summarise(measurement, ENERGY, &summary);
    ecopt_quality quality = summary.quality;
    estimate energy = {summary.mean, summary.u95};
    const ecopt_energy *first = &measurement->runs[0].energy;
    if (first->n_sources == 1) {
        /* One source is the total. */
        write_row(file, energy, true, first->sources[0].name, ecopt_quality_name(quality));
    } else {
        write_row(file, energy, true, "total", ecopt_quality_name(quality));
        write_sources(file, measurement);
    }

    if (measurement->unit) {
        char count[CLI_QUANTITY_B], unit[64];
        snprintf(unit, sizeof unit, "J/%.*s", singular_length(measurement->unit),
                 measurement->unit);
        double units = mean_of(measurement, UNITS).value;
        /* A count of work is mostly whole; 1000000 tokens should not come out as 1e+06. Beyond 1e15
         * doubles skip numbers. */
        bool is_whole = units >= 1.0 && units < 1e15 && !(floor(units) < units);
        cli_format_number(units, 6, count);
        if (is_whole)
            snprintf(count, sizeof count, "%.0f", units);
        fputs("  ", file);
        int width = write_mean(file, mean_of(measurement, ENERGY_PER_UNIT), unit);
        fprintf(file, "%*s%s %s\n", width < 32 ? 32 - width : 2, "", count, measurement->unit);
    }
    fputs("  ", file);
    (void)write_mean(file, mean_of(measurement, TIME), "s");
    fputs("   ", file);
    (void)write_mean(file, mean_of(measurement, POWER), "W");
    /* Carbon is a product with a yearly average of a country, so it has three digits and names its
     * source beside it. */
    char wh[CLI_QUANTITY_B], carbon[CLI_QUANTITY_B];
    cli_format_number(ecopt_wh_from_j(energy.value), 3, wh);
    fprintf(file, "   %s Wh", wh);
    if (measurement->country) {
        cli_format_number(ecopt_carbon_g(energy.value, measurement->carbon_g_per_kwh), 3, carbon);
        fprintf(file, "   %s gCO2e +- %.0f %% (%s %d, %.0f g/kWh, %s)", carbon,
                100 * ecopt_carbon_uncertainty_ratio(measurement->carbon_g_per_kwh),
                measurement->country, measurement->carbon_year, measurement->carbon_g_per_kwh,
                measurement->carbon_source);
    }
    fputc('\n', file);
    write_notes(file, measurement, &summary);
}

/* "energy_j": ..., "energy_u95_j": ...: the unit stays at the end of the name. The name is cut at
 * the first underscore, so that energy_per_unit_j becomes energy_u95_per_unit_j: readers find the
 * pair by the unit at the end. */
static void json_mean(FILE *file, const char *name, estimate mean)
{
    fprintf(file, "\"%s\": ", name);
    cli_json_number(file, mean.value);
    size_t stem = strcspn(name, "_");
    fprintf(file, ", \"%.*s_u95%s\": ", (int)stem, name, name + stem);
    cli_json_number(file, mean.u95);
}

/* Means of each source. The total is not repeated here: whoever adds up the counted ones should get
 * it but for rounding and for runs that lack a source. */
static void json_sources(FILE *file, const cli_measurement *measurement)
{
    const ecopt_energy *energy = &measurement->runs[0].energy;
    for (size_t i = 0; i < energy->n_sources; i++) {
        const ecopt_source_energy *source = &energy->sources[i];
        fputs(i > 0 ? ",\n    {\"name\": " : "\n    {\"name\": ", file);
        cli_json_string(file, source->name);
        fputs(", ", file);
        json_mean(file, "energy_j", mean_of_source(measurement, source->name));
        fprintf(file, ", \"quality\": \"%s\", \"counted\": %s}",
                ecopt_quality_name(source->quality), source->is_counted ? "true" : "false");
    }
}

/* Each run by itself, for who wants another statistic. Only runs that were measured; warm-ups went
 * without the meter and have nothing to show. */
static void json_runs(FILE *file, const cli_measurement *measurement)
{
    for (size_t i = 0; i < measurement->n; i++) {
        const cli_measured_run *run = &measurement->runs[i];
        fputs(i > 0 ? ",\n    {" : "\n    {", file);
        json_mean(file, "energy_j", (estimate){run->energy.energy_j, run->energy.u95_j});
        fputs(", \"time_s\": ", file);
        cli_json_number(file, run->time_s);
        fputs(", \"cpu_s\": ", file);
        cli_json_number(file, run->energy.cpu_s);
        fputs(", \"units\": ", file);
        cli_json_number(file, run->units);
        fprintf(file, ", \"left_out\": %s}", run->is_left_out ? "true" : "false");
    }
}

/* What the half width is made of. */
static void json_spread(FILE *file, const ecopt_repeats_summary *summary)
{
    fputs(",\n  \"cv_ratio\": ", file);
    cli_json_number(file, summary->cv_ratio);
    fputs(", \"u_a_j\": ", file);
    cli_json_number(file, summary->u_a);
    fputs(", \"u_gap_j\": ", file);
    cli_json_number(file, summary->u_gap);
    fprintf(file, ", \"left_out\": %zu", summary->n_left_out);
}

/* Each attribution by name; null with the reason where it is refused. */
static void json_attribution(FILE *file, const cli_measurement *measurement)
{
    fputs(",\n  \"attribution\": {", file);
    for (int i = ECOPT_ATTRIBUTION_ABOVE_IDLE; i < ECOPT_ATTRIBUTION_COUNT; i++) {
        ecopt_repeats_summary own;
        double parts_j[2];
        const char *name = ecopt_attribution_name((ecopt_attribution)i);
        fprintf(file, "%s\n    \"%s\": {", i > ECOPT_ATTRIBUTION_ABOVE_IDLE ? "," : "", name);
        if (!attribute(measurement, (ecopt_attribution)i, &own, parts_j)) {
            fputs("\"energy_j\": null, \"refused\": ", file);
            cli_json_string(file, ecopt_ctx_errmsg(measurement->ctx));
            fputc('}', file);
            continue;
        }
        json_mean(file, "energy_j", (estimate){own.mean, own.u95});
        fputs(", \"idle_j\": ", file);
        cli_json_number(file, parts_j[0]);
        fputs(", \"others_j\": ", file);
        cli_json_number(file, parts_j[1]);
        fputc('}', file);
    }
    fputs("\n  }", file);
}

/* Totals of a measurement of at least one run. Keys that depend on an option (unit, carbon) are
 * missing without it, while keys that depend on the machine are null: a program knows which options
 * it gave, and not what the machine can tell. */
static void json_totals(FILE *file, const cli_measurement *measurement)
{
    ecopt_repeats_summary summary;
    summarise(measurement, ENERGY, &summary);
    char names[256];
    ecopt_flags_format(summary.flags, names, sizeof names);
    estimate energy = {summary.mean, summary.u95};
    fputs(",\n  ", file);
    json_mean(file, "energy_j", energy);
    fprintf(file, ",\n  \"quality\": \"%s\", \"flags\": \"%s\",\n  \"gain_lo\": ",
            ecopt_quality_name(summary.quality), names);
    cli_json_number(file, summary.gain_lo);
    fputs(", \"gain_hi\": ", file);
    cli_json_number(file, summary.gain_hi);
    json_spread(file, &summary);
    fputs(",\n  ", file);
    json_mean(file, "time_s", mean_of(measurement, TIME));
    fputs(",\n  ", file);
    json_mean(file, "power_w", mean_of(measurement, POWER));
    if (measurement->unit) {
        fputs(",\n  \"unit\": ", file);
        cli_json_string(file, measurement->unit);
        fputs(", \"units\": ", file);
        cli_json_number(file, mean_of(measurement, UNITS).value);
        fputs(", ", file);
        json_mean(file, "energy_per_unit_j", mean_of(measurement, ENERGY_PER_UNIT));
    }
    if (measurement->country) {
        fputs(",\n  \"carbon_g\": ", file);
        cli_json_number(file, ecopt_carbon_g(energy.value, measurement->carbon_g_per_kwh));
        fprintf(file,
                ", \"carbon_uncertainty_ratio\": %.10g, \"carbon_g_per_kwh\": %.10g, "
                "\"carbon_year\": %d, \"carbon_source\": ",
                ecopt_carbon_uncertainty_ratio(measurement->carbon_g_per_kwh),
                measurement->carbon_g_per_kwh, measurement->carbon_year);
        cli_json_string(file, measurement->carbon_source);
    }
    if (measurement->idle)
        json_attribution(file, measurement);
    fputs(",\n  \"sources\": [", file);
    json_sources(file, measurement);
    fputs("\n  ],\n  \"each\": [", file);
    json_runs(file, measurement);
    fputs("\n  ]", file);
}

/* Without a single measured run it still is a whole object, of the command and how it ended. */
void cli_measurement_json(FILE *file, const cli_measurement *measurement)
{
    fputs("{\n  \"command\": [", file);
    for (size_t i = 0; i < measurement->n_command; i++) {
        fputs(i > 0 ? ", " : "", file);
        cli_json_string(file, measurement->command[i]);
    }
    fprintf(file, "],\n  \"exit_status\": %d, \"runs\": %zu, \"warmup\": %lld",
            measurement->exit_status, measurement->n, (long long)measurement->n_warmup);
    if (measurement->idle) {
        const ecopt_idle_base *idle = measurement->idle;
        fputs(",\n  \"idle_w\": ", file);
        cli_json_number(file, idle->power_w);
        fputs(", \"idle_before_w\": ", file);
        cli_json_number(file, idle->before_w);
        fputs(", \"idle_after_w\": ", file);
        cli_json_number(file, idle->after_w);
        fputs(", \"idle_u_w\": ", file);
        cli_json_number(file, idle->u_w.u);
        fprintf(file, ", \"idle_windows\": %zu", idle->n);
        fputs(", \"idle_s\": ", file);
        cli_json_number(file, measurement->idle_s);
    }
    if (measurement->n > 0)
        json_totals(file, measurement);
    fputs("\n}\n", file);
}
