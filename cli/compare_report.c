/*
 * Two texts of one comparison: a sentence with what it rests on, and every digit as JSON.
 *
 * The sentence is the product.  What cannot be told apart is never put as "equal": it says how
 * many pairs would be needed, so that the reader can decide whether that is worth it.
 */
#include "compare_report.h"

#include "output.h"
#include "quantity.h"

#include <math.h>

/* Bands narrower than this are not worth a line, as in measure_report.c. */
#define NARROW_BAND 0.05

/* An interval whose two sides differ by more than that is no longer told by one half width. */
#define UNEVEN 1.2

/* `12.4 % +- 1.1`: how far b is from a, to two digits of what is not known; `31 % (4 to 67)` where
 * the interval, which is even for logarithms, is too wide to be even here. */
static void write_difference(FILE *file, const ecopt_comparison *comparison)
{
    double half = 50.0 * (comparison->ratio_hi - comparison->ratio_lo);
    double difference = 100.0 * fabs(comparison->ratio - 1.0);
    int places = half > 0.0 ? 1 - (int)floor(log10(half)) : 2;
    places = places < 0 ? 0 : places > 4 ? 4 : places;
    if (comparison->ratio_hi - comparison->ratio >
        UNEVEN * (comparison->ratio - comparison->ratio_lo)) {
        bool is_less = comparison->ratio < 1.0;
        double near = is_less ? 1.0 - comparison->ratio_hi : comparison->ratio_lo - 1.0;
        double far = is_less ? 1.0 - comparison->ratio_lo : comparison->ratio_hi - 1.0;
        fprintf(file, "%.*f %% (%.*f to %.*f)", places, difference, places, 100.0 * near, places,
                100.0 * far);
        return;
    }
    fprintf(file, "%.*f %% +- %.*f", places, difference, places, half);
}

/* `40 pairs`, to two digits: the estimate itself is not known better. */
static void write_needed(FILE *file, double n_needed)
{
    double step = 1.0;
    if (isinf(n_needed)) {
        fprintf(file, "more than %.0f pairs", ECOPT_PAIRS_NEEDED_MAX);
        return;
    }
    while (n_needed / step >= 100.0)
        step *= 10.0;
    fprintf(file, "about %.0f pairs", ceil(n_needed / step) * step);
}

/* One quantity in words. Beyond a factor of two people think in factors, and the interval is no
 * longer the same to both sides. */
static void write_verdict(FILE *file, const ecopt_comparison *comparison, bool is_energy)
{
    if (comparison->ratio > 2.0 || comparison->ratio < 0.5) {
        fprintf(file, "%s %.3g times the %s (%.3g to %.3g)", is_energy ? "uses" : "takes",
                comparison->ratio, is_energy ? "energy" : "time", comparison->ratio_lo,
                comparison->ratio_hi);
        return;
    }
    fputs(is_energy ? "uses " : "is ", file);
    write_difference(file, comparison);
    if (is_energy)
        fputs(comparison->ratio < 1.0 ? " less energy" : " more energy", file);
    else
        fputs(comparison->ratio < 1.0 ? " faster" : " slower", file);
}

static void write_open(FILE *file, const ecopt_comparison *comparison, const char *what)
{
    fprintf(file, "%s not resolvable on this machine with n=%zu (b differs by ", what,
            comparison->n);
    write_difference(file, comparison);
    fputs("): would need ", file);
    write_needed(file, comparison->n_needed);
}

/* The line that people read. */
static void write_sentence(FILE *file, const cli_compared *compared)
{
    const ecopt_comparison *energy = &compared->energy, *time = &compared->time;
    bool has_energy = compared->has_energy && energy->is_resolved;
    if (has_energy) {
        fputs(" b ", file);
        write_verdict(file, energy, true);
    } else if (compared->has_energy) {
        write_open(file, energy, " energy:");
    } else {
        fputs(" energy: not measured, nothing to compare", file);
    }
    if (time->is_resolved) {
        fputs(has_energy ? " and " : "\n b ", file);
        write_verdict(file, time, false);
    } else {
        write_open(file, time, "\n time:");
    }
    fputc('\n', file);
}

/* `842.3 J +- 21.7 (2.6 %)`, padded. */
static void write_mean(FILE *file, const ecopt_repeat *repeats, size_t n, const char *unit)
{
    ecopt_repeats_summary summary;
    char value[CLI_QUANTITY_B], u95[CLI_QUANTITY_B];
    ecopt_repeats_summarise(repeats, n, NULL, &summary);
    cli_format_number(summary.mean, 4, value);
    cli_format_number(summary.u95, 2, u95);
    int width = fprintf(file, "  %s %s", value, unit);
    if (summary.u95 > 0.0)
        width += fprintf(file, " +- %s", u95);
    fprintf(file, "%*s", width < 22 ? 22 - width : 1, "");
}

static void write_side(FILE *file, const cli_compared *compared, size_t i)
{
    const cli_compared_side *side = &compared->side[i];
    fprintf(file, "  %c", "ab"[i]);
    if (compared->has_energy)
        write_mean(file, side->energy, compared->n_pairs, "J");
    write_mean(file, side->time, compared->n_pairs, "s");
    fprintf(file, "  %s\n", side->text);
}

static void write_ratio(FILE *file, const char *what, const ecopt_comparison *comparison)
{
    fprintf(file, "  %s %.4g (%.4g to %.4g)", what, comparison->ratio, comparison->ratio_lo,
            comparison->ratio_hi);
}

/* Band, flags, outliers, drift: what a reader must know before using the sentence. */
static void write_notes(FILE *file, const cli_compared *compared)
{
    const ecopt_comparison *energy = &compared->energy;
    const ecopt_repeat *first = compared->side[0].energy;
    if (compared->has_energy && energy->n_left_out > 0)
        fprintf(file,
                " note: %zu pair%s left out: far off, and the machine was disturbed (of %zu)\n",
                energy->n_left_out, energy->n_left_out == 1 ? "" : "s", compared->n_pairs);
    if (compared->has_energy &&
        (first->gain_lo < 1.0 - NARROW_BAND || first->gain_hi > 1.0 + NARROW_BAND))
        fprintf(file,
                " note: true joules are %.2g to %.2g times these; the ratio is for this machine\n",
                first->gain_lo, first->gain_hi);
    if (compared->has_energy && first->quality == ECOPT_QUALITY_MODELLED_GENERIC)
        fputs(" note: modelled from CPU time: programs of equal CPU time get equal joules\n", file);
    for (unsigned bit = 0; compared->has_energy && bit < ECOPT_FLAG_COUNT; bit++)
        if (energy->flags & (1u << bit))
            fprintf(file, " note: %s: %s\n", ecopt_flag_name(1u << bit),
                    ecopt_flag_meaning(1u << bit));
    if (compared->drift.is_certain) {
        double lo = expm1(compared->drift.change - compared->drift.u95);
        double hi = expm1(compared->drift.change + compared->drift.u95);
        fprintf(
            file,
            " note: drift: a changed by %+.1f %% to %+.1f %% over the session; pairs cancel it\n",
            100.0 * lo, 100.0 * hi);
    }
}

void cli_compared_text(FILE *file, const cli_compared *compared)
{
    fprintf(file, " %zu pairs in random order (seed %llu), %zu warm-up%s each%s%s\n",
            compared->n_pairs, (unsigned long long)compared->seed, compared->n_warmup,
            compared->n_warmup == 1 ? "" : "s", compared->stopped ? "; " : "",
            compared->stopped ? compared->stopped : "");
    for (size_t i = 0; i < 2; i++)
        write_side(file, compared, i);
    fputs("  b / a", file);
    if (compared->has_energy)
        write_ratio(file, "energy", &compared->energy);
    write_ratio(file, "time", &compared->time);
    fprintf(file, "  %s\n",
            ecopt_quality_name(compared->has_energy ? compared->energy.quality
                                                    : ECOPT_QUALITY_UNMEASURABLE));
    write_sentence(file, compared);
    write_notes(file, compared);
}

static void json_pair(FILE *file, const char *name, double number)
{
    fprintf(file, "\"%s\": ", name);
    cli_json_number(file, number);
}

/* Times have no label. */
static void json_comparison(FILE *file, const char *name, const ecopt_comparison *comparison,
                            bool has_label)
{
    char flags[256];
    ecopt_flags_format(comparison->flags, flags, sizeof flags);
    fprintf(file, ",\n  \"%s\": {", name);
    json_pair(file, "ratio", comparison->ratio);
    fputs(", ", file);
    json_pair(file, "ratio_lo", comparison->ratio_lo);
    fputs(", ", file);
    json_pair(file, "ratio_hi", comparison->ratio_hi);
    fprintf(file, ",\n    \"resolved\": %s, ", comparison->is_resolved ? "true" : "false");
    json_pair(file, "pairs_needed", comparison->n_needed);
    fputs(", ", file);
    json_pair(file, "log_sd", comparison->log_sd);
    fprintf(file, ",\n    \"pairs\": %zu, \"left_out\": %zu", comparison->n,
            comparison->n_left_out);
    if (has_label)
        fprintf(file, ", \"quality\": \"%s\", \"flags\": \"%s\"",
                ecopt_quality_name(comparison->quality), flags);
    fputc('}', file);
}

static void json_side(FILE *file, const cli_compared *compared, size_t i)
{
    const cli_compared_side *side = &compared->side[i];
    ecopt_repeats_summary energy, time;
    ecopt_repeats_summarise(side->energy, compared->n_pairs, NULL, &energy);
    ecopt_repeats_summarise(side->time, compared->n_pairs, NULL, &time);
    fprintf(file, ",\n  \"%c\": {\"command\": ", "ab"[i]);
    cli_json_string(file, side->text);
    fputs(",\n    ", file);
    json_pair(file, "energy_j", energy.mean);
    fputs(", ", file);
    json_pair(file, "energy_u95_j", energy.u95);
    fputs(", ", file);
    json_pair(file, "gain_lo", energy.gain_lo);
    fputs(", ", file);
    json_pair(file, "gain_hi", energy.gain_hi);
    fputs(",\n    ", file);
    json_pair(file, "time_s", time.mean);
    fputs(", ", file);
    json_pair(file, "time_u95_s", time.u95);
    fputs(",\n    \"each\": [", file);
    for (size_t k = 0; k < compared->n_pairs; k++) {
        fputs(k > 0 ? ",\n      {" : "\n      {", file);
        json_pair(file, "energy_j", side->energy[k].value);
        fputs(", ", file);
        json_pair(file, "energy_u95_j", side->energy[k].u95);
        fputs(", ", file);
        json_pair(file, "time_s", side->time[k].value);
        fprintf(file, ", \"left_out\": %s, \"first\": %s}",
                side->energy[k].is_left_out ? "true" : "false",
                ecopt_pairs_b_first(compared->seed, k) == (i == 1) ? "true" : "false");
    }
    fputs("\n    ]}", file);
}

void cli_compared_json(FILE *file, const cli_compared *compared)
{
    fprintf(file, "{\n  \"pairs\": %zu, \"warmup\": %zu, \"seed\": %llu", compared->n_pairs,
            compared->n_warmup, (unsigned long long)compared->seed);
    if (compared->has_energy)
        json_comparison(file, "energy", &compared->energy, true);
    else
        fputs(",\n  \"energy\": null", file);
    json_comparison(file, "time", &compared->time, false);
    fputs(",\n  \"drift\": {", file);
    json_pair(file, "change_ratio", expm1(compared->drift.change));
    fputs(", ", file);
    json_pair(file, "u95_ratio", compared->drift.u95);
    fprintf(file, ", \"certain\": %s}", compared->drift.is_certain ? "true" : "false");
    for (size_t i = 0; i < 2; i++)
        json_side(file, compared, i);
    fputs("\n}\n", file);
}
