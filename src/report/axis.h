/*
 * An axis: range, ticks at 1, 2 or 5 times a power of ten, position of a value on the picture.
 *
 * Pure functions; the struct is the caller's.
 */
#ifndef ECO_REPORT_AXIS_H
#define ECO_REPORT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

enum { ECO_TICKS_MAX = 16, ECO_TICK_TEXT_B = 24 };

typedef struct eco_axis {
    bool is_log;
    double lo, hi;         /* shown range, lo < hi; > 0 when is_log */
    double from_px, to_px; /* where lo and hi are drawn */
    size_t n_ticks;
    double ticks[ECO_TICKS_MAX];
    char texts[ECO_TICKS_MAX][ECO_TICK_TEXT_B];
} eco_axis;

/**
 * Chooses range and ticks around finite data lo <= hi (widened where they are equal, and by a
 * margin so that no point lies on the frame).
 *
 * @param[in] is_log    a log axis; falls back to a linear one unless lo > 0
 * @param[in] n_wanted  about how many ticks, 2 to 10
 */
void eco_axis_init(eco_axis *axis, double lo, double hi, bool is_log, size_t n_wanted);

/** Range and ticks of the whole numbers first <= last (trials): half a step of room, whole ticks.
 */
void eco_axis_init_count(eco_axis *axis, double first, double last, size_t n_wanted);

/** Places the axis on the picture. */
void eco_axis_place(eco_axis *axis, double from_px, double to_px);

/** Position of a value; values outside the range are clamped to its ends. */
double eco_axis_at(const eco_axis *axis, double value);

/** True when the value lies in the shown range. */
bool eco_axis_has(const eco_axis *axis, double value);

#endif
