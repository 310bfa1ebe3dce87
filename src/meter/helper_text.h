/*
 * What ecopt-energyd says to whoever may ask it: one text, written by the helper and read by the
 * source "helper", so that both have one idea of it.
 *
 *     ecopt-energy 1 PERIOD_US
 *     NAME,SCOPE,SINCE_US,TIME_US,ENERGY_UJ,POWER_MW,UNIT_NJ,POWER_MAX_MW,LO,HI      per domain
 *     end
 *
 * or "ecopt-energy 1 denied".  LO and HI are the absolute band in thousandths.  All numbers are
 * decimal, without sign; times are of the monotonic clock.  A text that does not end in "end" was
 * cut off.  Pure: no clock, no allocation.
 */
#ifndef ECO_METER_HELPER_TEXT_H
#define ECO_METER_HELPER_TEXT_H

#include "meter/topology.h"

#include <ecopt/meter.h>
#include <stdint.h>

/** Where the helper listens unless told otherwise. */
#define ECO_HELPER_PATH "/run/ecopt-energyd.sock"

/** Room that every answer fits in, NUL included. */
#define ECO_HELPER_TEXT_B 4096

/** Answer to those who may not know. */
#define ECO_HELPER_DENIED "ecopt-energy 1 denied\n"

/** One counter. */
typedef struct eco_helper_domain {
    char name[64]; /* as RAPL's own sources call it: "package-0 dram" */
    eco_scope scope;
    uint64_t since_us;  /* begin of this count: another value is another count */
    uint64_t time_us;   /* of the reading */
    uint64_t energy_uj; /* from since_us to time_us */
    uint64_t power_mw;  /* mean between the reading before and this one */
    uint64_t unit_nj;   /* smallest step of the hardware's counter */
    uint64_t power_max_mw;
    uint64_t gain_lo_ppt, gain_hi_ppt; /* true over shown energy, in thousandths */
} eco_helper_domain;

typedef struct eco_helper_answer {
    uint64_t period_us; /* between two readings */
    size_t n;
    eco_helper_domain domains[ECOPT_METER_SOURCES_MAX];
} eco_helper_answer;

/** Writes an answer; its length. */
size_t eco_helper_format(const eco_helper_answer *answer, char text[ECO_HELPER_TEXT_B]);

/**
 * Reads an answer; strict, as the text crosses a border of rights.
 *
 * @param[out] ret  unchanged on failure
 * @return 0, -EACCES (denied), -EPROTONOSUPPORT (another version), -EBADMSG (anything else)
 */
int eco_helper_parse(const char *text, eco_helper_answer *ret);

#endif
