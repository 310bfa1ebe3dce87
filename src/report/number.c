/*
 * Significant digits and SI prefixes.
 *
 * Rounding is printf's (exact decimal expansion, ties to even on the binary value), so that a carry
 * into a new digit is right without arithmetic of our own; only places above the decimal point,
 * which printf cannot round to, are done by division.  Two digits of an uncertainty: GUM (JCGM
 * 100:2008) 7.2.6.
 *
 * Digits are a claim. A value with an uncertainty ends where that begins; one without ends where
 * instruments and samples do: four digits for physical units, five for ratios.
 */
#include "report/number.h"

#include <ecopt/units.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUS_MINUS " \xc2\xb1 "
#define MICRO      "\xc2\xb5"

/* Digits of a value that has no uncertainty of its own: enough for an accuracy over 10,000 samples.
 */
#define BARE_DIGITS 5
/* Digits of joules, seconds and watts without one: instruments give no more. */
#define UNIT_DIGITS 4
/* Longest plain decimal expansion; beyond it the exponent form is easier to read. */
#define PLAIN_DECIMALS_MAX 9
#define PLAIN_VALUE_MAX    1e9

/* Largest prefix that leaves at least 1 in front of the point. */
static eco_scale prefixed(const char *unit, double typical)
{
    static const struct {
        double size;
        const char *prefix;
    } steps[] = {{1e9, "G"},  {1e6, "M"},    {1e3, "k"},  {1, ""},
                 {1e-3, "m"}, {1e-6, MICRO}, {1e-9, "n"}, {1e-12, "p"}};
    double magnitude = fabs(typical);
    size_t last = sizeof steps / sizeof steps[0] - 1;
    size_t i = 0;
    /* 0, NaN and infinity have no size of their own: the plain unit. */
    if (!(magnitude > 0) || isinf(magnitude))
        magnitude = 1;
    while (i < last && magnitude < steps[i].size)
        i++;
    eco_scale scale = {.factor = 1 / steps[i].size};
    (void)snprintf(scale.unit, sizeof scale.unit, "%s%s", steps[i].prefix, unit);
    return scale;
}

eco_scale eco_scale_pick(eco_dimension dimension, double typical)
{
    const char *unit = eco_dimension_unit(dimension);
    eco_scale plain = {.factor = 1};
    switch (dimension) {
    case ECO_DIMENSION_ENERGY:
    case ECO_DIMENSION_POWER:
    case ECO_DIMENSION_CARBON:
    case ECO_DIMENSION_ENERGY_PER_SAMPLE:
        return prefixed(unit, typical);
    case ECO_DIMENSION_TIME:
        if (fabs(typical) >= 7200 && isfinite(typical)) {
            eco_scale hours = {.factor = 1 / 3600.0, .unit = "h"};
            return hours;
        }
        if (fabs(typical) >= 120 && isfinite(typical)) {
            eco_scale minutes = {.factor = 1 / 60.0, .unit = "min"};
            return minutes;
        }
        return prefixed(unit, fabs(typical) >= 1 ? 1 : typical);
    case ECO_DIMENSION_NONE:
    case ECO_DIMENSION_COST:
    case ECO_DIMENSION_SAMPLES_PER_ENERGY:
    case ECO_DIMENSION_SAMPLES_PER_TIME:
        break;
    }
    (void)snprintf(plain.unit, sizeof plain.unit, "%s", unit);
    return plain;
}

eco_scale eco_scale_for(eco_dimension dimension, const double *values, size_t n)
{
    double least = INFINITY;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double magnitude = fabs(values[i]);
        if (!isfinite(magnitude) || magnitude == 0)
            continue;
        least = fmin(least, magnitude);
        most = fmax(most, magnitude);
    }
    return eco_scale_pick(dimension, most > 0 ? sqrt(least) * sqrt(most) : 1);
}

/* A value alone. */
static void format_bare(double value, int digits, char text[ECO_NUMBER_B])
{
    double magnitude = fabs(value);
    if (value == floor(value) && magnitude < 1e15)
        (void)snprintf(text, ECO_NUMBER_B, "%.0f", value + 0.0);
    else if (magnitude >= 1e4 && magnitude < PLAIN_VALUE_MAX)
        (void)snprintf(text, ECO_NUMBER_B, "%.0f", value);
    else
        (void)snprintf(text, ECO_NUMBER_B, "%.*g", digits, value);
}

/* Power of ten of the first of two digits that u95 is rounded to; printf does the carry (0.0996 is
 * 0.10, not 0.099). */
static int rounded_exponent(double u95)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.1e", u95);
    const char *exponent = strchr(text, 'e');
    return exponent ? (int)strtol(exponent + 1, NULL, 10) : 0;
}

/*
 * A value and its uncertainty, or the value alone when there is none to cut it by. An infinite
 * or absent uncertainty must not hide the value; that it is not known is shown by its absence.
 */
static void format(double value, double u95, int digits, char text[ECO_NUMBER_B])
{
    text[0] = '\0';
    if (isnan(value))
        return;
    if (!isfinite(value) || !(u95 > 0) || isinf(u95)) {
        format_bare(value, digits, text);
        return;
    }
    /* Places after the point so that the second digit of u95 is the last one. */
    int decimals = 1 - rounded_exponent(u95);
    if (decimals > PLAIN_DECIMALS_MAX || fabs(value) >= PLAIN_VALUE_MAX || u95 >= PLAIN_VALUE_MAX) {
        (void)snprintf(text, ECO_NUMBER_B, "%.*g" PLUS_MINUS "%.2g", BARE_DIGITS, value, u95);
        return;
    }
    /*
     * printf rounds after the point only: above it the value is brought to tens or hundreds by
     * hand, as in 12350 and 220.
     */
    double step = decimals < 0 ? pow(10, -decimals) : 1;
    int shown = decimals < 0 ? 0 : decimals;
    double rounded = decimals < 0 ? round(value / step) * step : value;
    double rounded_u95 = decimals < 0 ? round(u95 / step) * step : u95;
    (void)snprintf(text, ECO_NUMBER_B, "%.*f" PLUS_MINUS "%.*f", shown, rounded, shown,
                   rounded_u95);
}

void eco_number_format(double value, double u95, char text[ECO_NUMBER_B])
{
    format(value, u95, BARE_DIGITS, text);
}

void eco_number_in(const eco_scale *scale, double value, double u95, char text[ECO_NUMBER_B])
{
    format(value * scale->factor, u95 * scale->factor, scale->unit[0] ? UNIT_DIGITS : BARE_DIGITS,
           text);
}

/* Appends the unit to a number that is there: a missing one stays empty, never " J". */
static void with_unit(const eco_scale *scale, double value, double u95, char text[ECO_NUMBER_B])
{
    eco_number_in(scale, value, u95, text);
    size_t length = strlen(text);
    if (length > 0 && scale->unit[0])
        (void)snprintf(text + length, ECO_NUMBER_B - length, " %s", scale->unit);
}

void eco_number_with_unit(eco_dimension dimension, double value, double u95,
                          char text[ECO_NUMBER_B])
{
    eco_scale scale = eco_scale_pick(dimension, value);
    with_unit(&scale, value, u95, text);
}

void eco_number_wh(double energy_j, double u95_j, char text[ECO_NUMBER_B])
{
    double energy_wh = ecopt_wh_from_j(energy_j);
    eco_scale scale = prefixed("Wh", energy_wh);
    with_unit(&scale, energy_wh, ecopt_wh_from_j(u95_j), text);
}

void eco_number_percent(double ratio, char text[ECO_NUMBER_B])
{
    text[0] = '\0';
    double percent = 100 * ratio;
    if (isnan(percent))
        return;
    if (fabs(percent) >= 99.5 || percent == 0 || isinf(percent))
        (void)snprintf(text, ECO_NUMBER_B, "%.0f %%", percent);
    else
        (void)snprintf(text, ECO_NUMBER_B, "%.2g %%", percent);
}
