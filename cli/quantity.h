/*
 * Quantities as people type and read them: counts, times and energies with their units.
 *
 * Parsing is strict: the whole text, decimal, finite, C locale.
 */
#ifndef CLI_QUANTITY_H
#define CLI_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Room for any formatted quantity. */
#define CLI_QUANTITY_B 32

/** Whole of `text` as a decimal integer within min..max; false and unchanged otherwise. */
bool cli_parse_count(const char *text, int64_t min, int64_t max, int64_t *ret_count);

/** Whole of `text` as a finite number; false and unchanged otherwise. */
bool cli_parse_number(const char *text, double *ret_number);

/** `10`, `10s`, `250ms`, `10min`, `1.5h`, `2d` as seconds > 0; false and unchanged otherwise. */
bool cli_parse_time_s(const char *text, double *ret_time_s);

/** `500J`, `20kJ`, `1.5Wh`, `2kWh` as joules > 0; a unit is needed; false otherwise. */
bool cli_parse_energy_j(const char *text, double *ret_energy_j);

/** `2%` or `0.5 %` as a ratio > 0, at most 1; the sign is needed; false and unchanged otherwise. */
bool cli_parse_percent(const char *text, double *ret_ratio);

/** `842.3 J`, `12.34 kJ`, `?` for NaN: four significant digits. */
void cli_format_energy(double energy_j, char text[CLI_QUANTITY_B]);

/** `0.84 s`, `12.3 s`, `4 min 05 s`, `3 h 20 min`, `2 d 04 h`, `?` for NaN. */
void cli_format_time(double time_s, char text[CLI_QUANTITY_B]);

/** A number with as many decimals as `digits` significant digits of it need, never an exponent
 * between 1e-4 and 1e9; `?` for NaN. */
void cli_format_number(double number, int digits, char text[CLI_QUANTITY_B]);

/** A metric's value: five significant digits, whole numbers whole, no zeros at the end. */
void cli_format_value(double value, char text[CLI_QUANTITY_B]);

#endif
