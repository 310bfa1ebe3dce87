/*
 * Numbers as people read them: a value beside its uncertainty, in a unit of fitting size.
 *
 * The uncertainty is given to two significant digits and the value to the same place ("842 +- 22");
 * a value without one to five digits, whole numbers whole.  Missing (NaN) is the empty text, never
 * 0.  Pure functions of their arguments and of the C locale; texts are UTF-8.
 */
#ifndef ECO_REPORT_NUMBER_H
#define ECO_REPORT_NUMBER_H

#include "core/dimension.h"

#include <stddef.h>

/** Room for every text of this header, with NUL. */
#define ECO_NUMBER_B 96

/** A unit of fitting size: shown value = SI value * factor. */
typedef struct eco_scale {
    double factor;
    char unit[24]; /* e.g. "mJ/sample"; "" for numbers of the user's own */
} eco_scale;

/**
 * Unit in which a value of about `typical` (SI) reads well: p n µ m k M G for J, W and per-sample
 * joules and g, below a second for time; minutes and hours above two of them.
 */
eco_scale eco_scale_pick(eco_dimension dimension, double typical);

/** One unit for a whole column, from the geometric middle of its finite, non-zero values. */
eco_scale eco_scale_for(eco_dimension dimension, const double *values, size_t n);

/** "0.2134 ± 0.0021", or the value alone when u95 is NaN or 0; "" for NaN.  No unit. */
void eco_number_format(double value, double u95, char text[ECO_NUMBER_B]);

/** Value and uncertainty in the unit of `scale`, without the unit's name. */
void eco_number_in(const eco_scale *scale, double value, double u95, char text[ECO_NUMBER_B]);

/** Value, uncertainty and unit: "842 ± 22 J"; "" for NaN. */
void eco_number_with_unit(eco_dimension dimension, double value, double u95,
                          char text[ECO_NUMBER_B]);

/** Joules as Wh, kWh ... with uncertainty: "0.234 ± 0.006 Wh"; "" for NaN. */
void eco_number_wh(double energy_j, double u95_j, char text[ECO_NUMBER_B]);

/** Ratio as per cent to two significant digits: "2.6 %"; "" for NaN. */
void eco_number_percent(double ratio, char text[ECO_NUMBER_B]);

#endif
