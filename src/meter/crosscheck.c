#include "meter/crosscheck.h"

#include <math.h>
#include <string.h>

/* Systematic difference of two ways to one counter that is no disagreement: powercap reads dram
 * 0.27 % above perf by its rounded unit. */
#define AGREE_RATIO 0.01

/* One side of a comparison: a channel, or several that add up. */
typedef struct side {
    double energy_j, u95_j; /* random parts are independent: quadrature */
    double lo_j, hi_j;      /* by the bands, which may all err the same way: linear */
    const char *counter_of; /* of all; NULL when they differ or have none */
} side;

/* psys has a sensor of its own behind the same interface. */
const char *eco_crosscheck_counter(const eco_channel *channel)
{
    if (channel->counter_of || !channel->ops || channel->scope == ECO_SCOPE_PSYS)
        return channel->counter_of;
    return channel->ops->counter_of;
}

static side sum_of(const eco_channel *channels, size_t n, const ecopt_source_energy *energies,
                   uint32_t mask)
{
    side sum = {0, 0, 0, 0, NULL};
    bool is_first = true;
    for (size_t i = 0; i < n; i++) {
        if (!(mask >> i & 1u))
            continue;
        const ecopt_source_energy *part = &energies[i];
        const char *counter = eco_crosscheck_counter(&channels[i]);
        if (is_first || (sum.counter_of && (!counter || strcmp(counter, sum.counter_of) != 0)))
            sum.counter_of = is_first ? counter : NULL;
        is_first = false;
        sum.energy_j += part->energy_j;
        sum.u95_j = hypot(sum.u95_j, part->u95_j);
        sum.lo_j += part->gain_lo * part->energy_j;
        sum.hi_j += part->gain_hi * part->energy_j;
    }
    return sum;
}

/* By how much `more` is above `less` when everything that is uncertain is given away; NaN when one
 * is missing.  Two ways to one hardware counter share its band, so only the random part may make
 * them differ. */
static double excess_j(const side *more, const side *less)
{
    double u95_j = hypot(more->u95_j, less->u95_j);
    bool is_shared =
        more->counter_of && less->counter_of && strcmp(more->counter_of, less->counter_of) == 0;
    if (is_shared)
        return more->energy_j - less->energy_j - u95_j -
               AGREE_RATIO * fmax(more->energy_j, less->energy_j);
    return more->lo_j - less->hi_j - u95_j;
}

/* Flags all of the mask; what is counted gets a band that reaches to ratio times its energy. */
static void widen(const eco_channel *channels, size_t n, ecopt_source_energy *energies,
                  uint32_t mask, double ratio)
{
    for (size_t i = 0; i < n; i++) {
        if (!(mask >> i & 1u))
            continue;
        energies[i].flags |= ECOPT_FLAG_DISAGREE;
        if (!channels[i].is_counted || !isfinite(ratio))
            continue;
        energies[i].gain_lo = fmin(energies[i].gain_lo, ratio);
        energies[i].gain_hi = fmax(energies[i].gain_hi, ratio);
    }
}

void eco_crosscheck(const eco_channel *channels, size_t n, ecopt_source_energy *energies)
{
    for (size_t i = 0; i < n; i++) {
        if (channels[i].check_of < 0)
            continue;
        uint32_t one = (uint32_t)1 << i, other = (uint32_t)1 << channels[i].check_of;
        side check = sum_of(channels, n, energies, one);
        side counted = sum_of(channels, n, energies, other);
        if (!(excess_j(&check, &counted) > 0) && !(excess_j(&counted, &check) > 0))
            continue;
        widen(channels, n, energies, one | other, check.energy_j / counted.energy_j);
    }
    for (size_t i = 0; i < n; i++) {
        if (channels[i].inner == 0)
            continue;
        side outer = sum_of(channels, n, energies, channels[i].group);
        side inner = sum_of(channels, n, energies, channels[i].inner);
        if (!(excess_j(&inner, &outer) > 0))
            continue;
        widen(channels, n, energies, channels[i].inner, outer.energy_j / inner.energy_j);
        widen(channels, n, energies, channels[i].group, inner.energy_j / outer.energy_j);
    }
}
