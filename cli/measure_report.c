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

/* Quantile 0.975 of Student's t for 1 to 30 degrees of freedom; any table, e.g. NIST/SEMATECH
 * e-Handbook 1.3.6.7.2. */
static const double student_t[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                   2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                   2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                   2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
#define STUDENT_COUNT (sizeof student_t / sizeof student_t[0])

/* Half width of a mean of n values, in standard errors. At least two: one value has no scatter, and
 * the table begins at one degree of freedom. */
static double t_of(size_t n)
{
    if (n - 1 <= STUDENT_COUNT)
        return student_t[n - 2];
    /* Cornish-Fisher expansion of the quantile in 1/f, two terms (Abramowitz and Stegun 26.7.5):
     * right to 1e-4 from 30 degrees of freedom on. */
    double f = (double)(n - 1);
    return 1.95996 + 2.37227 / f + 2.82250 / (f * f);
}

/* Two passes, the mean first: the sum of squares would lose all digits of runs that are nearly
 * alike. The larger of the two uncertainties is taken and not their sum, because the scatter of the
 * runs has the resolution in it already; it counts by itself only where the runs agree better than
 * the counters can tell. */
cli_mean cli_mean_of(const double *values, const double *u95, size_t n)
{
    cli_mean mean = {(double)NAN, (double)NAN};
    if (n == 0)
        return mean;
    double sum = 0.0, squares = 0.0, resolved = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    mean.value = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        squares += (values[i] - mean.value) * (values[i] - mean.value);
        resolved += u95 ? u95[i] * u95[i] : 0.0;
    }
    double resolution = u95 ? sqrt(resolved) / (double)n : (double)NAN;
    /* Without a second run nothing is known of the scatter; what the counters resolve is a lower
     * bound and all there is. */
    if (n == 1) {
        mean.u95 = resolution;
        return mean;
    }
    double scatter = t_of(n) * sqrt(squares / (double)(n - 1) / (double)n);
    mean.u95 = resolution > scatter ? resolution : scatter;
    return mean;
}

/* What can be taken of each run. One enum and one switch instead of five loops, so that every
 * quantity gets its mean and its uncertainty in the same way. */
typedef enum quantity { ENERGY, TIME, POWER, UNITS, ENERGY_PER_UNIT } quantity;

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

/* Its mean over the runs. Values and uncertainties are one block, and no memory gives a mean that
 * is not known: a report without a number is better than none. Time and units have no counter
 * behind them, so their uncertainty is the scatter alone. */
static cli_mean mean_of(const cli_measurement *measurement, quantity what)
{
    cli_mean mean = {(double)NAN, (double)NAN};
    double *values = calloc(2 * measurement->n + 1, sizeof *values);
    if (!values)
        return mean;
    double *u95 = values + measurement->n;
    for (size_t i = 0; i < measurement->n; i++)
        take(&measurement->runs[i], what, &values[i], &u95[i]);
    bool is_counter = what != TIME && what != UNITS;
    mean = cli_mean_of(values, is_counter ? u95 : NULL, measurement->n);
    free(values);
    return mean;
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
static cli_mean mean_of_source(const cli_measurement *measurement, const char *name)
{
    cli_mean mean = {(double)NAN, (double)NAN};
    double *values = calloc(2 * measurement->n + 1, sizeof *values);
    if (!values)
        return mean;
    double *u95 = values + measurement->n;
    for (size_t i = 0; i < measurement->n; i++) {
        const ecopt_source_energy *source = source_named(&measurement->runs[i].energy, name);
        values[i] = source ? source->energy_j : (double)NAN;
        u95[i] = source ? source->u95_j : (double)NAN;
    }
    mean = cli_mean_of(values, u95, measurement->n);
    free(values);
    return mean;
}

/* Weakest label and all flags of the runs. Labels are ordered from strong to weak, so the largest
 * is the weakest; a chain of runs claims no more than its weakest run. Without any run there is
 * nothing to claim. */
static ecopt_quality quality_of(const cli_measurement *measurement, unsigned *ret_flags)
{
    ecopt_quality quality = ECOPT_QUALITY_MEASURED_WALL;
    *ret_flags = 0;
    for (size_t i = 0; i < measurement->n; i++) {
        const ecopt_energy *energy = &measurement->runs[i].energy;
        if (energy->quality > quality)
            quality = energy->quality;
        *ret_flags |= energy->flags;
    }
    return measurement->n > 0 ? quality : ECOPT_QUALITY_UNMEASURABLE;
}

/* `842 J +- 22`: the uncertainty to two digits, the value to the same place. Returns the width for
 * the column that follows. An uncertainty that is zero or not known is left out, for `+- 0` would
 * claim too much. */
static int write_mean(FILE *file, cli_mean mean, const char *unit)
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
static void write_row(FILE *file, cli_mean mean, bool has_share, const char *name,
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

/* What a reader must know before using the numbers. Notes and not columns: most of them are absent
 * on most machines. The band comes from the first run, as it belongs to the source; flags are of
 * all runs, since one bad run is in the mean. */
static void write_notes(FILE *file, const cli_measurement *measurement, unsigned flags)
{
    const ecopt_energy *energy = &measurement->runs[0].energy;
    if (energy->gain_lo < 1.0 - NARROW_BAND || energy->gain_hi > 1.0 + NARROW_BAND)
        fprintf(file,
                " note: the true energy is %.2g to %.2g times this; the +- is for comparing runs\n"
                "       on this machine\n",
                energy->gain_lo, energy->gain_hi);
    for (unsigned bit = 0; bit < ECOPT_FLAG_COUNT; bit++)
        if (flags & (1u << bit))
            fprintf(file, " note: %s: %s\n", ecopt_flag_name(1u << bit),
                    ecopt_flag_meaning(1u << bit));
    /* A difference of means, and so without a +-: the idle windows are one or two, and their
     * scatter is not known. */
    if (measurement->idle_s > 0.0) {
        char above[CLI_QUANTITY_B];
        double time_s = mean_of(measurement, TIME).value;
        cli_format_number(mean_of(measurement, ENERGY).value - measurement->idle_w * time_s, 4,
                          above);
        fprintf(file, " note: above idle %s J (idle %.3g W, measured %.3g s before and after)\n",
                above, measurement->idle_w, measurement->idle_s);
    }
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
    fputc('\n', file);
    if (measurement->n == 0)
        return;
    unsigned flags = 0;
    ecopt_quality quality = quality_of(measurement, &flags);
    cli_mean energy = mean_of(measurement, ENERGY);
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
        fprintf(file, "   %s gCO2e (%s %d, %.0f g/kWh, %s)", carbon, measurement->country,
                measurement->carbon_year, measurement->carbon_g_per_kwh,
                measurement->carbon_source);
    }
    fputc('\n', file);
    write_notes(file, measurement, flags);
}

/* "energy_j": ..., "energy_u95_j": ...: the unit stays at the end of the name. The name is cut at
 * the first underscore, so that energy_per_unit_j becomes energy_u95_per_unit_j: readers find the
 * pair by the unit at the end. */
static void json_mean(FILE *file, const char *name, cli_mean mean)
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
        json_mean(file, "energy_j", (cli_mean){run->energy.energy_j, run->energy.u95_j});
        fputs(", \"time_s\": ", file);
        cli_json_number(file, run->time_s);
        fputs(", \"cpu_s\": ", file);
        cli_json_number(file, run->energy.cpu_s);
        fputs(", \"units\": ", file);
        cli_json_number(file, run->units);
        fputc('}', file);
    }
}

/* Totals of a measurement of at least one run. Keys that depend on an option (unit, carbon) are
 * missing without it, while keys that depend on the machine are null: a program knows which options
 * it gave, and not what the machine can tell. */
static void json_totals(FILE *file, const cli_measurement *measurement)
{
    unsigned flags = 0;
    ecopt_quality quality = quality_of(measurement, &flags);
    char names[256];
    ecopt_flags_format(flags, names, sizeof names);
    cli_mean energy = mean_of(measurement, ENERGY);
    fputs(",\n  ", file);
    json_mean(file, "energy_j", energy);
    fprintf(file, ",\n  \"quality\": \"%s\", \"flags\": \"%s\",\n  \"gain_lo\": ",
            ecopt_quality_name(quality), names);
    cli_json_number(file, measurement->runs[0].energy.gain_lo);
    fputs(", \"gain_hi\": ", file);
    cli_json_number(file, measurement->runs[0].energy.gain_hi);
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
        fprintf(file, ", \"carbon_g_per_kwh\": %.10g, \"carbon_year\": %d, \"carbon_source\": ",
                measurement->carbon_g_per_kwh, measurement->carbon_year);
        cli_json_string(file, measurement->carbon_source);
    }
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
    if (measurement->idle_s > 0.0) {
        fputs(",\n  \"idle_w\": ", file);
        cli_json_number(file, measurement->idle_w);
        fputs(", \"idle_s\": ", file);
        cli_json_number(file, measurement->idle_s);
    }
    if (measurement->n > 0)
        json_totals(file, measurement);
    fputs("\n}\n", file);
}
