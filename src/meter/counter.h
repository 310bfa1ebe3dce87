/*
 * Joules from the readings of one counter or power sensor, with every energy that was not seen
 * bounded instead of dropped or invented.
 *
 * Call order: eco_counter_init, then one eco_counter_update (or _power) per reading, failed ones
 * too, in time order; eco_counter_mark when a window starts and when it ends; a window is the
 * difference of two marks, so the parts of a split window add up to the whole.
 *
 * Rules: a failed reading adds nothing, its energy arrives with the next good one.  A decrease is a
 * wrap only if the wrapped difference is physically possible (power_max_w), else a reset.  A reset,
 * an impossible jump and a suspend add the energy of the last known power, clamped to what is
 * possible, and count as a gap with a uniform uncertainty over the possible range.  Readings so
 * far apart that a whole wrap may hide between them are bounded the same way.
 * Threads: none of its own; the session holds its lock around every call.  No allocation.
 */
#ifndef ECO_METER_COUNTER_H
#define ECO_METER_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/** Physical limit of a source of which no power limit is known [W]. */
#define ECO_POWER_MAX_DEFAULT_W 1000.0

/** What one reading turned out to be. */
typedef enum eco_event {
    ECO_EVENT_FIRST,     /* first good reading: a base, no energy */
    ECO_EVENT_OK,        /* plain increase */
    ECO_EVENT_WRAP,      /* passed its modulus once */
    ECO_EVENT_RESET,     /* restarted */
    ECO_EVENT_JUMP,      /* rose more than is possible */
    ECO_EVENT_MISS,      /* not read, or not a value of this counter */
    ECO_EVENT_AMBIGUOUS, /* may have wrapped unseen */
    ECO_EVENT_SUSPEND,   /* the machine slept since the last reading */
    ECO_EVENT_COUNT
} eco_event;

/** Running totals; all grow, so windows are differences. */
typedef struct eco_total {
    double energy_j;
    double gap_s;   /* time whose energy was bounded, not seen */
    double u_gap_j; /* standard uncertainty of that energy; summed, gaps may err the same way */
    double var_j2;  /* variance of the integration of sampled power */
    /* Moments of the power that was seen: from one change of a counter to the next, or from one
     * reading of a sensor to the next. */
    double seen_s;     /* time over which */
    double seen_j;     /* energy in it */
    double square_w2s; /* integral of the squared power */
    double change_w2;  /* sum of the squared differences of successive powers */
    uint64_t n_seen;   /* powers */
    uint64_t n[ECO_EVENT_COUNT];
} eco_total;

typedef struct eco_counter {
    uint64_t modulus_uj; /* value + 1 at which it wraps to 0; 0 = it does not wrap */
    double power_max_w;  /* more than this is impossible */
    double period_s;     /* time between two updates of the counter; >= 0 */
    double reach_s;      /* of a slow source: a reading this near to a mark is taken to it by the */
                         /* last power, and a step this long is no gap; 0 = of a fast one */
    double average_s;    /* of a sensor: time over which one reading is the mean; init: period_s */
    double step_w;       /* of a sensor: smallest step of a reading, 0 = not known */
    bool is_primed;      /* a first good reading was seen */
    bool is_sensor;      /* its readings are powers */
    uint64_t last_uj;
    double last_s;
    double power_w;              /* last plausible mean power; NaN = none yet */
    double pending_j, pending_s; /* since power_w was last formed */
    double change_s;             /* when change_w was last formed */
    double change_j;             /* since then */
    double change_w;             /* mean power up to then; NaN = none yet */
    /* The last rise came with an update after edge_lo_s, the reading that did not show it, and not
     * after edge_hi_s, the one that did. */
    double edge_lo_s, edge_hi_s;
    double edge_j; /* that rise; NaN = what came last was no plain rise */
    double step_s; /* seen time from one update to the next; 0 = never seen closely */
    eco_total total;
} eco_counter;

/** Totals at a moment, with the energy since the last good reading extrapolated. */
typedef struct eco_mark {
    double time_s;
    bool is_primed;
    double power_w; /* last reading of a sensor, mean power of a counter; NaN = none yet */
    /* Of a fast counter: how long before the mark its last update was. */
    double age_lo_s, age_hi_s; /* NaN = not known */
    /* Of a counter that was watched on until its next update: when that came, counted from the
     * mark, and what it showed; a part of that was used before the mark and is not in total. */
    double tail_lo_s, tail_hi_s;
    double tail_j;  /* NaN = not watched */
    double taken_s; /* of a slow source: from its reading to the mark, by the last power */
    eco_total total;
} eco_mark;

/** Starts an empty counter; power_max_w <= 0 takes the default. */
void eco_counter_init(eco_counter *counter, uint64_t modulus_uj, double power_max_w,
                      double period_s);

/** Forgets the last reading (nobody looked since), keeps the totals: the next one is FIRST. */
void eco_counter_forget(eco_counter *counter);

/** One reading. */
typedef struct eco_sample {
    double time_s;  /* monotonic */
    bool is_ok;     /* reading succeeded */
    bool has_slept; /* suspend since the last reading */
    uint64_t value_uj;
    double step_j;  /* smallest step of value_uj, 0 = not known */
    double power_w; /* of a power sensor */
} eco_sample;

/** Takes one reading of a cumulative counter. */
eco_event eco_counter_update(eco_counter *counter, const eco_sample *sample);

/** Takes one reading of a power sensor: trapezoid over the real time step. */
eco_event eco_counter_power(eco_counter *counter, const eco_sample *sample);

/**
 * Totals at time_s, which is after the last reading, or within reach_s of it on either side.
 *
 * Of a counter without reach_s readings may have gone on behind time_s until one rose: that rise is
 * kept out of the totals and given apart.
 */
void eco_counter_mark(const eco_counter *counter, double time_s, eco_mark *ret_mark);

#endif
