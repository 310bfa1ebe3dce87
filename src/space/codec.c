/*
 * Codes <-> unit cube <-> features, and the rounding that makes codes canonical.
 *
 * A float on a linear scale lies on a decimal grid of 1e-13 to 1e-12 of its range, one on a log
 * scale has 12 significant digits.  Both are coarse enough for decode(encode(x)) to come back to
 * the same double, although the logarithm and its inverse each lose a few units in the last place,
 * and fine enough to mean nothing to an optimiser.
 *
 * A decimal grid, and not a binary one, because codes are written to people and to command lines:
 * 0.1 stays 0.1.  Ends of a range need not lie on the grid; clamping comes after rounding, so they
 * are canonical themselves.
 *
 * Input are codes or coordinates from anywhere, also out of range or NaN; output is always
 * canonical (codes) or within [0, 1] (unit, features).  Samplers work on the cube, surrogates on
 * the features, everything else on codes.
 */
#include "space/layout.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOG_DIGITS = 12,  /* significant digits of floats, and of large integers, on a log scale */
    GRID_DIGITS = 12, /* decimal digits by which the linear grid is finer than the range */
    NUDGES = 16       /* doubles tried on each side to make encode exact */
};

/* Above this many values the half cells at both ends of the range do not matter, and mapping the
 * ends to 0 and 1 keeps every integer up to 2^53 apart. */
static const double wide_range = 1099511627776.0; /* 2^40 */

/* What cannot vary gets no dimension: a constant column would only cost a surrogate time. */
bool eco_space_varies(const ecopt_param *param)
{
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
    case ECOPT_PARAM_INT:
        return param->min < param->max;
    case ECOPT_PARAM_BOOL:
        return true;
    case ECOPT_PARAM_CHOICE:
        return param->n_values > 1;
    case ECOPT_PARAM_FIXED:
        break;
    }
    return false;
}

/* NaN becomes low, as it fails both comparisons; their order is what makes it so. */
static double clamp(double value, double low, double high)
{
    return value > high ? high : value > low ? value : low; /* NaN gives low */
}

/* 10^exponent for |exponent| <= 22: exact, or the double nearest to it. pow() is not exact on
 * every platform; points must not depend on it. */
static double power_of_ten(int exponent)
{
    /* 10^22 is the last power of ten that a double holds exactly. */
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return exponent < 0 ? 1 / powers[-exponent] : powers[exponent];
}

/* Decimal exponent e of a value: 10^e <= |value| < 10^(e+1); exact, unlike floor(log10()), which
 * is off by one next to a power of ten and is corrected here by comparing. */
static int decimal_exponent(double value)
{
    double size = fabs(value);
    if (size >= 1e-21 && size < 1e21) {
        int e = (int)floor(log10(size));
        if (size < power_of_ten(e))
            return e - 1;
        return size >= power_of_ten(e + 1) ? e + 1 : e;
    }
    /* Sizes beyond the table: printf knows the exponent exactly. */
    char text[64];
    (void)snprintf(text, sizeof text, "%.16e", value);
    const char *sign = strchr(text, 'e');
    return sign ? (int)strtol(sign + 1, NULL, 10) : 0;
}

/*
 * value to `digits` >= 1 significant decimal digits; more than 15 are not a grid of doubles.
 *
 * An integer below 2^53 and a power of ten up to 1e22 are both exact, so their quotient or product
 * is what strtod makes of the decimal (Clinger 1990).  Text, ten times slower, is left for other
 * sizes and where the product's rounding error could decide between two decimals.
 */
static double round_digits(double value, int digits)
{
    char text[64];
    if (digits > 15)
        return value;
    int shift = digits - 1 - decimal_exponent(value);
    /* Both factors exact: the fast way.  Zero has no exponent. */
    if (value != 0 && digits <= 13 && shift >= -22 && shift <= 22) {
        double scale = power_of_ten(shift < 0 ? -shift : shift);
        double scaled = shift < 0 ? value / scale : value * scale, whole = rint(scaled);
        /* With at most 13 digits the product is off by about 0.001, so beyond 0.01 from a tie
         * the nearest integer is certain. */
        if (fabs(fabs(scaled - whole) - 0.5) > 0.01)
            return shift < 0 ? whole * scale : whole / scale;
    }
    (void)snprintf(text, sizeof text, "%.*e", digits - 1, value);
    return strtod(text, NULL);
}

/* To the decimal grid of the range.  A step is the same everywhere in the range, so a value has
 * the fewer significant digits the nearer it is to 0. */
static double round_to_grid(double value, double min, double max)
{
    /* The range may overflow; its exponent is all that is needed. */
    double range = max - min < DBL_MAX ? max - min : DBL_MAX;
    /* Zero is on every grid, and a single value is its own grid. */
    if (value == 0 || range <= 0)
        return value;
    /* The grid's step is 10^grid; so many digits does the value have above it. */
    int grid = decimal_exponent(range) - GRID_DIGITS;
    int digits = decimal_exponent(value) - grid + 1;
    /* Below the first digit of the grid there is 0 and, from the middle on, one step. */
    if (digits <= 0)
        return 0;
    return round_digits(value, digits);
}

/* The canonical float at or next to a value.  Clamped before, for an infinite value has no
 * digits, and after, because rounding may lead over an end. */
static double round_float(const ecopt_param *param, double value)
{
    double x = clamp(value, param->min, param->max);
    /* Where doubles are about as coarse as the grid one rounding may lead next to a fixed point;
     * the second lands on it. */
    for (int i = 0; i < 4; i++) {
        double rounded =
            param->is_log ? round_digits(x, LOG_DIGITS) : round_to_grid(x, param->min, param->max);
        rounded = clamp(rounded, param->min, param->max);
        if (rounded == x)
            break;
        x = rounded;
    }
    return x == 0 ? 0 : x; /* no negative zero: it would print as "-0" */
}

/* The canonical integer; large ones on a log scale as for floats, because exp(log(x)) is not
 * exact to the last of 16 digits.  Those up to 1e12 are kept as they are. */
static double round_int(const ecopt_param *param, double value)
{
    double x = clamp(round(value), param->min, param->max);
    if (param->is_log && x > 1e12)
        x = clamp(round_digits(x, LOG_DIGITS), param->min, param->max);
    return x == 0 ? 0 : x;
}

/* The one definition of canonical; everything that makes codes ends here.  A fixed parameter has
 * the code 0, the index of its one value. */
double eco_space_round(const ecopt_param *param, double code)
{
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
        return round_float(param, code);
    case ECOPT_PARAM_INT:
        return round_int(param, code);
    case ECOPT_PARAM_BOOL:
        return code >= 0.5;
    case ECOPT_PARAM_CHOICE:
        return clamp(round(code), 0, (double)(param->n_values - 1));
    case ECOPT_PARAM_FIXED:
        break;
    }
    return 0;
}

/* ---- one parameter to and from [0, 1] ---- */

/* n equal cells of [0, 1]: which one u is in. u = 1 would begin a cell beyond the last. */
static double cell_decode(double u, double n)
{
    return clamp(floor(u * n), 0, n - 1);
}

/* The middle, as far as possible from the neighbours' cells and their rounding. */
static double cell_encode(double index, double n)
{
    return (index + 0.5) / n;
}

/* Ends of the log scale.  Integers own the cell up to the neighbours' half, so that the first
 * and the last of them get as fair a share of u as the others. min is at least 1, so min - 0.5
 * has a logarithm. */
static void log_ends(const ecopt_param *param, double *ret_low, double *ret_high)
{
    double half = param->type == ECOPT_PARAM_INT ? 0.5 : 0;
    *ret_low = log(param->min - half);
    *ret_high = log(param->max + half);
}

/* An integer stands in the middle of its cell on the log scale, which is not the logarithm of
 * the integer: cells are wider below it than above. */
static double log_encode(const ecopt_param *param, double x)
{
    double low, high;
    log_ends(param, &low, &high);
    double middle = param->type == ECOPT_PARAM_INT ? 0.5 * (log(x - 0.5) + log(x + 0.5)) : log(x);
    return (middle - low) / (high - low);
}

/* Inverse of log_encode up to rounding; eco_space_round removes the difference. */
static double log_decode(const ecopt_param *param, double u)
{
    double low, high;
    log_ends(param, &low, &high);
    return exp(low + u * (high - low));
}

/* The range itself may overflow; halves do not.  The plain formula comes first where it can, for
 * halving loses bits of the smallest doubles. */
static double float_decode(const ecopt_param *param, double u)
{
    double range = param->max - param->min;
    if (isinf(range)) /* [-1e308, 1e308] */
        return (param->min / 2 + u * (param->max / 2 - param->min / 2)) * 2;
    return param->min + u * range;
}

/* Divides by the range, which is not 0: a parameter that cannot vary has no dimension. */
static double float_encode(const ecopt_param *param, double x)
{
    double range = param->max - param->min;
    if (isinf(range))
        return (x / 2 - param->min / 2) / (param->max / 2 - param->min / 2);
    return (x - param->min) / range;
}

/* Canonical code at u in [0, 1].  Integers on a linear scale have cells of equal width; in a
 * wide range the cells are finer than doubles, and u stands for the value itself. */
static double decode_one(const ecopt_param *param, double u)
{
    double range = param->max - param->min;
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
        return round_float(param, param->is_log ? log_decode(param, u) : float_decode(param, u));
    case ECOPT_PARAM_INT:
        if (param->is_log)
            return round_int(param, log_decode(param, u));
        /* Clipped half cells at the ends are one part in 2^40 here. */
        if (range > wide_range)
            return round_int(param, param->min + round(u * range));
        return round_int(param, param->min + cell_decode(u, range + 1));
    case ECOPT_PARAM_BOOL:
        return cell_decode(u, 2);
    case ECOPT_PARAM_CHOICE:
        return cell_decode(u, (double)param->n_values);
    case ECOPT_PARAM_FIXED:
        break;
    }
    return 0;
}

/* u by the formulas alone; at most a few units in the last place away from exact, and possibly
 * just outside [0, 1]. */
static double encode_raw(const ecopt_param *param, double x)
{
    double range = param->max - param->min;
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
        return param->is_log ? log_encode(param, x) : float_encode(param, x);
    case ECOPT_PARAM_INT:
        if (param->is_log)
            return log_encode(param, x);
        if (range > wide_range)
            return (x - param->min) / range;
        return cell_encode(x - param->min, range + 1);
    case ECOPT_PARAM_BOOL:
        return cell_encode(x, 2);
    case ECOPT_PARAM_CHOICE:
        return cell_encode(x, (double)param->n_values);
    case ECOPT_PARAM_FIXED:
        break;
    }
    return 0.5;
}

/* The formula's u, or the nearest double beside it that decodes to x.  Discrete codes stand in
 * the middle of a cell, so only numbers need the search; when nothing is hit the formula's u is
 * the best there is. */
static double encode_one(const ecopt_param *param, double x)
{
    double u = clamp(encode_raw(param, x), 0, 1);
    /* A cell's middle decodes to itself, whatever the rounding. */
    if (param->type != ECOPT_PARAM_FLOAT && param->type != ECOPT_PARAM_INT)
        return u;
    /* One step each way in turn: the first hit is the nearest. */
    double below = u, above = u;
    for (int i = 0; i < NUDGES; i++) {
        if (decode_one(param, below) == x)
            return below;
        if (decode_one(param, above) == x)
            return above;
        below = clamp(nextafter(below, 0), 0, 1);
        above = clamp(nextafter(above, 1), 0, 1);
    }
    return u;
}

/* Where nothing is known, and no default given, a parameter starts: the middle of the cube's
 * side is that of the scale, 0.001 for 1e-4 to 1e-2. */
double eco_space_middle(const ecopt_param *param)
{
    return decode_one(param, 0.5);
}

/* ---- whole points ---- */

/* Pins as it goes, so the point is canonical without a second pass. */
void eco_space_decode(const ecopt_space *space, const double *u, double *ret_x)
{
    /* Dimensions are in the order of the parameters, so one pass walks both. */
    size_t k = 0;
    for (size_t i = 0; i < space->n; i++) {
        const ecopt_param *param = &space->params[i];
        bool varies = k < space->n_dims && space->dims[k] == i;
        ret_x[i] = varies ? decode_one(param, clamp(u[k], 0, 1)) : eco_space_round(param, NAN);
        k += varies;
        /* Conditions name only earlier parameters, which are final by now. */
        if (!eco_space_is_active(space, ret_x, i))
            ret_x[i] = space->pinned[i];
    }
}

/* Dimensions only; what cannot vary has no coordinate, and an inactive parameter has that of its
 * pin. */
void eco_space_encode(const ecopt_space *space, const double *x, double *ret_u)
{
    for (size_t k = 0; k < space->n_dims; k++)
        ret_u[k] = encode_one(&space->params[space->dims[k]], x[space->dims[k]]);
}

/*
 * Not nudged like encode: a surrogate does not need the last bits, and one that was nudged would
 * differ between equal distances.
 *
 * A number that is switched off has no place on its axis; the middle of it and the indicator's 0
 * put all such points at equal distance from the active ones.
 */
void eco_space_features(const ecopt_space *space, const double *x, double *ret_features)
{
    size_t first_label = space->n_dims + space->n_indicators - space->n_labels;
    for (size_t k = 0; k < space->n_dims; k++) {
        size_t i = space->dims[k], column = space->column[k];
        if (column >= first_label)
            ret_features[column] = x[i];
        else if (eco_space_is_active(space, x, i))
            ret_features[column] = clamp(encode_raw(&space->params[i], x[i]), 0, 1);
        else
            ret_features[column] = 0.5;
    }
    for (size_t j = 0; j < space->n_indicators; j++)
        ret_features[first_label - space->n_indicators + j] =
            eco_space_is_active(space, x, space->indicators[j]);
}
