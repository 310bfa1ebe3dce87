/*
 * Evaluates an acquisition front with workspace of its own, for tests that look at values only.
 */
#ifndef ECO_TEST_ACQ_VALUE_H
#define ECO_TEST_ACQ_VALUE_H

#include "acq/acq.h"

#include <math.h>
#include <stdlib.h>

/** eco_acq_log_ehvi with a workspace of exactly the promised size (an overrun shows under ASan). */
static inline double eco_test_log_ehvi(const eco_acq_front *front, const double *mean,
                                       const double *sd, double *ret_dmean, double *ret_dsd)
{
    double *work = malloc(eco_acq_work_size(front) * sizeof *work);
    double value = work ? eco_acq_log_ehvi(front, mean, sd, work, ret_dmean, ret_dsd) : (double)NAN;
    free(work);
    return value;
}

#endif
