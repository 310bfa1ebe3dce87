/*
 * What one window cost: the total, what each source says, and what limits the number.
 *
 *    842 +- 22 J (2.6 %)    total                measured-counter
 *    751 +- 20 J (2.7 %)    rapl-perf package-0  measured-counter
 *   18.47 s   45.6 +- 1.2 W   234.0 +- 6.0 mWh
 *   note: absolute scale 5.2 to 19 J (modelled)
 *
 * All lines share the unit of the total, so that parts can be added by eye.
 */
#include "report/clean.h"
#include "report/json.h"
#include "report/number.h"
#include "report/prose.h"

#include <ecopt/report.h>
#include <math.h>
#include <string.h>

/* One aligned line: right-aligned number with unit, then what it is of. */
typedef struct energy_line {
    char number[ECO_NUMBER_B];
    char percent[ECO_NUMBER_B];
    char name[64];
    const char *label;
    bool is_aside; /* not part of the total */
} energy_line;

/* The texts of one line; an unknown energy is said in words, never 0. */
static energy_line make_line(const char *name, double energy_j, double u95_j, ecopt_quality quality,
                             const eco_scale *scale)
{
    energy_line line = {.label = ecopt_quality_name(quality)};
    size_t length = 0;
    eco_number_in(scale, energy_j, u95_j, line.number);
    length = strlen(line.number);
    if (length > 0)
        (void)snprintf(line.number + length, sizeof line.number - length, " %s", scale->unit);
    else
        (void)snprintf(line.number, sizeof line.number, "not known");
    if (energy_j > 0 && u95_j > 0)
        eco_number_percent(u95_j / energy_j, line.percent);
    (void)snprintf(line.name, sizeof line.name, "%s", name);
    return line;
}

/*
 * Blanks up to a column. Widths are of the terminal: the sign for plus-minus and the micro sign
 * take two bytes and one column.
 */
static void pad_to(eco_str *str, size_t width, size_t wanted)
{
    for (; width < wanted; width++)
        eco_str_add_char(str, ' ');
}

/*
 * Numbers are aligned at their end, since all have one unit; names and labels at their
 * beginning.
 */
static void add_line(eco_str *str, const energy_line *line, size_t number_width, size_t name_width)
{
    char percent[ECO_NUMBER_B + 4] = "";
    if (line->percent[0])
        (void)snprintf(percent, sizeof percent, "(%s)", line->percent);
    pad_to(str, eco_clean_width(line->number), number_width + 1);
    eco_str_add(str, line->number);
    eco_str_addf(str, " %-9s  ", percent);
    eco_clean_add(str, line->name);
    pad_to(str, eco_clean_width(line->name), name_width);
    eco_str_addf(str, "  %s%s\n", line->label, line->is_aside ? ", not in the total" : "");
}

/* Lines of the total and of each source; room for one more than the sources. */
static void add_lines(eco_str *str, const ecopt_energy *energy, energy_line *lines)
{
    eco_scale scale = eco_scale_pick(ECO_DIMENSION_ENERGY, energy->energy_j);
    size_t n = 0;
    lines[n++] = make_line("total", energy->energy_j, energy->u95_j, energy->quality, &scale);
    for (size_t i = 0; i < energy->n_sources && i < ECOPT_METER_SOURCES_MAX; i++) {
        const ecopt_source_energy *source = &energy->sources[i];
        char name[sizeof source->name + 1];
        memcpy(name, source->name, sizeof source->name);
        name[sizeof source->name] = '\0';
        lines[n] = make_line(name, source->energy_j, source->u95_j, source->quality, &scale);
        lines[n++].is_aside = !source->is_counted;
    }
    size_t number_width = 0;
    size_t name_width = 0;
    for (size_t i = 0; i < n; i++) {
        size_t number = eco_clean_width(lines[i].number);
        size_t name = eco_clean_width(lines[i].name);
        number_width = number > number_width ? number : number_width;
        name_width = name > name_width ? name : name_width;
    }
    for (size_t i = 0; i < n; i++)
        add_line(str, &lines[i], number_width, name_width);
}

/* Time, mean power, watt hours, CPU time: what is known of them. */
static void add_rates(eco_str *str, const ecopt_energy *energy)
{
    char text[ECO_NUMBER_B];
    eco_number_with_unit(ECO_DIMENSION_TIME, energy->time_s, (double)NAN, text);
    eco_str_addf(str, "  %s", text[0] ? text : "time not known");
    eco_number_with_unit(ECO_DIMENSION_POWER, energy->energy_j / energy->time_s,
                         energy->u95_j / energy->time_s, text);
    if (text[0] && energy->time_s > 0)
        eco_str_addf(str, "   %s", text);
    eco_number_wh(energy->energy_j, energy->u95_j, text);
    if (text[0])
        eco_str_addf(str, "   %s", text);
    eco_number_with_unit(ECO_DIMENSION_TIME, energy->cpu_s, (double)NAN, text);
    if (text[0])
        eco_str_addf(str, "   CPU time %s", text);
    eco_str_add_char(str, '\n');
}

/* What the reader must know before using the number. */
static void add_notes(eco_str *str, const ecopt_energy *energy)
{
    char text[ECO_NUMBER_B];
    eco_str band = ECO_STR_INIT(str->ctx);
    if (eco_prose_band(&band, energy))
        eco_str_addf(str, "note: %s\n", eco_str_text(&band));
    if (eco_str_status(&band) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&band);
    if (eco_quality_is_modelled(energy->quality))
        eco_str_addf(str, "note: %s\n", eco_note_text(ECO_NOTE_MODELLED));
    if (isnan(energy->energy_j))
        eco_str_addf(str, "note: %s\n", eco_quality_meaning(ECOPT_QUALITY_UNMEASURABLE));
    if (energy->coverage_ratio < 0.9995) {
        eco_number_percent(energy->coverage_ratio, text);
        eco_str_addf(str, "note: %s of the window was observed\n", text);
    }
    for (unsigned bit = 0; bit < ECOPT_FLAG_COUNT; bit++)
        if (energy->flags & 1u << bit)
            eco_str_addf(str, "note: %s\n", ecopt_flag_meaning(1u << bit));
}

ecopt_status ecopt_report_energy(ecopt_ctx *ctx, const ecopt_energy *energy, ecopt_format format,
                                 char **ret_text)
{
    /*
     * The same function serves `ecopt show` and programs; CSV has no place for the sources below
     * a total.
     */
    if (format == ECOPT_FORMAT_JSON) {
        eco_json json = {ctx, false};
        return eco_json_take(&json, eco_json_energy(&json, energy), ret_text);
    }
    if (format != ECOPT_FORMAT_TABLE)
        return eco_fail(ctx, ECOPT_E_ARG, "energy of one window is given as table or json only");
    eco_str str = ECO_STR_INIT(ctx);
    energy_line *lines = eco_alloc(ctx, ECOPT_METER_SOURCES_MAX + 1, sizeof *lines);
    ecopt_status status = ECOPT_E_NOMEM;
    if (lines) {
        add_lines(&str, energy, lines);
        add_rates(&str, energy);
        add_notes(&str, energy);
        status = eco_str_take(&str, ret_text);
    }
    eco_free(ctx, lines);
    eco_str_release(&str);
    return status;
}
