/*
 * The C library's own functions are too generous for input: strtod takes "inf", "nan", "0x1p3" and
 * leading blanks, strtoll takes "+1".  A typing mistake must not become a number, so the form is
 * checked first and the library only converts.
 *
 * Output never has more digits than it needs to be compared: four for quantities, five for metrics.
 * Zeros at the end are kept for quantities (842.0 J says that the tenth is known) but not for
 * metrics (0.5 is what the program said).
 */
#include "quantity.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A unit that people write and what it is in SI. Units are compared letter by letter, in their
 * spelling of the SI: MJ and mJ are not the same, and nobody means mWh. */
typedef struct unit {
    const char *name;
    double factor;
} unit;

static const unit time_units[] = {{"", 1.0},     {"s", 1.0},    {"ms", 1e-3},
                                  {"min", 60.0}, {"h", 3600.0}, {"d", 86400.0}};
static const unit energy_units[] = {{"J", 1.0},     {"kJ", 1e3},     {"MJ", 1e6},
                                    {"Wh", 3600.0}, {"kWh", 3600e3}, {"MWh", 3600e6}};

/* strtoll reports what does not fit through errno, which nothing else here sets. */
bool cli_parse_count(const char *text, int64_t min, int64_t max, int64_t *ret_count)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno != 0 || value < min || value > max)
        return false;
    *ret_count = value;
    return true;
}

/* Number at the start of `text`, decimal only: strtod alone would take hexadecimal, "inf" and
 * leading blanks. */
static bool scan_number(const char *text, double *ret_number, const char **ret_rest)
{
    size_t span = strspn(text, "+-.0123456789");
    if (span == 0 || strpbrk(text, "0123456789") == NULL || text[0] == ' ')
        return false;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return false;
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value))
        return false;
    *ret_number = value;
    *ret_rest = end;
    return true;
}

/* The whole text has to be the number; a unit or a blank behind it is refused. */
bool cli_parse_number(const char *text, double *ret_number)
{
    double value = 0.0;
    const char *rest = NULL;
    if (!scan_number(text, &value, &rest) || rest[0] != '\0')
        return false;
    *ret_number = value;
    return true;
}

/* A positive number and one of the units, blanks between them allowed. A product that overflows is
 * refused like a unit that does not exist. Zero is refused as well: a budget of nothing is a
 * mistake. */
static bool parse_unit(const char *text, const unit *units, size_t n, double *ret)
{
    double value = 0.0;
    const char *rest = NULL;
    if (!scan_number(text, &value, &rest) || !(value > 0.0))
        return false;
    while (*rest == ' ')
        rest++;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rest, units[i].name) == 0 && isfinite(value * units[i].factor)) {
            *ret = value * units[i].factor;
            return true;
        }
    }
    return false;
}

/* Without a unit a time is in seconds, as everywhere else on a command line (sleep, timeout). */
bool cli_parse_time_s(const char *text, double *ret_time_s)
{
    return parse_unit(text, time_units, sizeof time_units / sizeof time_units[0], ret_time_s);
}

/* Without a unit an energy is refused: people mean joules or watt hours, 3600 times apart, and a
 * budget that is wrong by that is found out too late. */
bool cli_parse_energy_j(const char *text, double *ret_energy_j)
{
    return parse_unit(text, energy_units, sizeof energy_units / sizeof energy_units[0],
                      ret_energy_j);
}

/* Without the sign 0.02 and 2 would both be taken for what they are not. */
bool cli_parse_percent(const char *text, double *ret_ratio)
{
    static const unit percent[] = {{"%", 0.01}};
    double ratio = 0.0;
    if (!parse_unit(text, percent, 1, &ratio) || ratio > 1.0)
        return false;
    *ret_ratio = ratio;
    return true;
}

/* printf's %g would write 12345 as 1.234e+04 with four digits; people read that as a mistake. */
void cli_format_number(double number, int digits, char text[CLI_QUANTITY_B])
{
    if (isnan(number)) {
        snprintf(text, CLI_QUANTITY_B, "?");
        return;
    }
    double size = fabs(number);
    if (size != 0.0 && (size < 1e-4 || size >= 1e9)) {
        snprintf(text, CLI_QUANTITY_B, "%.*g", digits, number);
        return;
    }
    /* Digits before the point; what is left of the wanted ones goes behind it. */
    int before = size >= 1.0 ? (int)floor(log10(size)) + 1 : 1;
    if (size > 0.0 && size < 1.0)
        before = (int)floor(log10(size)) + 1; /* leading zeros are not significant */
    int decimals = digits - before;
    if (size == 0.0)
        decimals = 0;
    snprintf(text, CLI_QUANTITY_B, "%.*f", decimals > 0 ? decimals : 0, number);
}

/* A text with an exponent keeps its zeros, as those at its end are not behind the point. */
void cli_format_value(double value, char text[CLI_QUANTITY_B])
{
    cli_format_number(value, 5, text);
    if (!strchr(text, '.') || strchr(text, 'e'))
        return;
    size_t length = strlen(text);
    while (text[length - 1] == '0')
        length--;
    text[text[length - 1] == '.' ? length - 1 : length] = '\0';
}

/* The limits lie where rounding to four digits would reach the next unit, so that 1000 kJ is never
 * shown for 1 MJ. */
void cli_format_energy(double energy_j, char text[CLI_QUANTITY_B])
{
    static const unit scales[] = {{"GJ", 1e9}, {"MJ", 1e6}, {"kJ", 1e3}, {"J", 1.0}};
    if (isnan(energy_j)) {
        snprintf(text, CLI_QUANTITY_B, "?");
        return;
    }
    size_t i = 0;
    while (i < 3 && fabs(energy_j) < scales[i].factor * (i == 2 ? 9.9995 : 0.99995))
        i++; /* 2500 J stays 2500 J; from 10 kJ on the larger unit reads better */
    char number[CLI_QUANTITY_B];
    cli_format_number(energy_j / scales[i].factor, 4, number);
    snprintf(text, CLI_QUANTITY_B, "%.24s %s", number, scales[i].name);
}

/* Two units at most: nobody plans by the seconds of a day. The limits are where the rounded text
 * would read 10.00 or 60.0. From 1e9 s on, thirty years, a calendar says nothing any more. */
void cli_format_time(double time_s, char text[CLI_QUANTITY_B])
{
    if (isnan(time_s)) {
        snprintf(text, CLI_QUANTITY_B, "?");
    } else if (time_s < 59.95) {
        snprintf(text, CLI_QUANTITY_B, time_s < 9.995 ? "%.2f s" : "%.1f s", time_s);
    } else if (time_s < 1e9) {
        long seconds = lround(time_s);
        if (seconds < 3600)
            snprintf(text, CLI_QUANTITY_B, "%ld min %02ld s", seconds / 60, seconds % 60);
        else if (seconds < 86400)
            snprintf(text, CLI_QUANTITY_B, "%ld h %02ld min", seconds / 3600, seconds / 60 % 60);
        else
            snprintf(text, CLI_QUANTITY_B, "%ld d %02ld h", seconds / 86400, seconds / 3600 % 24);
    } else {
        snprintf(text, CLI_QUANTITY_B, "%.3g s", time_s);
    }
}
