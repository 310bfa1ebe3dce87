/*
 * From two marks of every channel to the energy of a window: uncertainty, band, label, flags.
 *
 * Pure: no clock, no allocation, no context.  The session calls it for live windows and the replay
 * for recorded ones, so both give the same numbers.
 */
#ifndef ECO_METER_TALLY_H
#define ECO_METER_TALLY_H

#include "meter/source.h"

/** A value that a source settled by itself, as recorded in a trace; index = channel. */
typedef struct eco_settled {
    bool is_set;
    double energy_j, u95_j, gain_lo, gain_hi; /* energy_j NaN = missing */
    double gap_s;
    unsigned flags;
} eco_settled;

/** What is known of a window besides its marks. */
typedef struct eco_tally_input {
    const eco_channel *channels;
    size_t n_channels;
    const eco_mark *start, *end; /* n_channels each */
    eco_span span;
    unsigned flags;             /* of the window as a whole */
    const eco_settled *settled; /* n_channels of a trace, or NULL */
} eco_tally_input;

/** Energy of one channel between two marks, before its source settles it. */
void eco_tally_channel(const eco_channel *channel, const eco_mark *start, const eco_mark *end,
                       ecopt_source_energy *ret);

/** Energy of the window: sum over counted channels, weakest label, cross-checks compared. */
void eco_tally(const eco_tally_input *input, ecopt_energy *ret);

#endif
