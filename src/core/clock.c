#include "core/clock.h"

#include <time.h>

static double read_clock_s(clockid_t id)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(id, &now); /* cannot fail for these two clocks on Linux */
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double eco_clock_unix_s(void)
{
    return read_clock_s(CLOCK_REALTIME);
}

double eco_clock_monotonic_s(void)
{
    return read_clock_s(CLOCK_MONOTONIC);
}
