/*
 * How far the energy of one window may be off because of when and how its source is read: the part
 * of the half width that is there when nothing went wrong.
 *
 * A counter shows at both ends of a window what it knew at its last update; a sensor shows a mean
 * of the past; one that looks only part of the time misses what happens in between.  Each of these
 * is bounded by what the readings themselves show of the power and its changes, and where they
 * cannot show it by what the source is able to draw.  docs/numerics.md, "Energy".
 * Pure: no clock, no allocation.
 */
#ifndef ECO_METER_PRECISION_H
#define ECO_METER_PRECISION_H

#include "meter/source.h"

/** What reading does to one window. */
typedef struct eco_precision {
    double lag_j;     /* to add to the energy: what a sensor has not shown yet */
    double half_j;    /* half width of 95 % */
    bool is_resolved; /* false: the window is too short for this source to say anything */
} eco_precision;

/**
 * Precision of a window between two marks.
 *
 * @param[in] energy_j  of the window before lag_j is added, >= 0
 */
eco_precision eco_precision_of(const eco_channel *channel, const eco_mark *start,
                               const eco_mark *end, double energy_j);

/** Factor of a standard uncertainty with so many degrees of freedom (>= 0) for 95 %. */
double eco_precision_factor(double freedom);

#endif
