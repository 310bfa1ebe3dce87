#include "measure/share.h"

#include <math.h>
#include <string.h>

/* CPU time says nothing of what a card did. */
static bool has_card(const ecopt_energy *energy)
{
    for (size_t i = 0; i < energy->n_sources; i++)
        if (energy->sources[i].is_counted && (strncmp(energy->sources[i].name, "nvml", 4) == 0 ||
                                              strstr(energy->sources[i].name, "gpu")))
            return true;
    return false;
}

/* NaN where CPU time does not tell. */
static double share_of(const ecopt_energy *energy)
{
    double all_s = energy->cpu_s + energy->foreign_cpu_s;
    return has_card(energy) || !(all_s > 0) ? (double)NAN : energy->cpu_s / all_s;
}

static ecopt_quality weaker(ecopt_quality a, ecopt_quality b)
{
    return a > b ? a : b;
}

/* The counted sources go with their total, so that they still add up to it. */
static void scale(ecopt_energy *energy, double share)
{
    energy->energy_j *= share;
    energy->u95_j *= share;
    energy->gain_lo *= ECO_SHARE_POWER_RATIO;
    energy->gain_hi /= share;
    energy->quality = weaker(energy->quality, ECOPT_QUALITY_MODELLED_CALIBRATED);
    for (size_t i = 0; i < energy->n_sources; i++) {
        ecopt_source_energy *source = &energy->sources[i];
        if (!source->is_counted)
            continue;
        source->energy_j *= share;
        source->u95_j *= share;
        source->gain_lo *= ECO_SHARE_POWER_RATIO;
        source->gain_hi /= share;
        source->quality = weaker(source->quality, ECOPT_QUALITY_MODELLED_CALIBRATED);
    }
}

void eco_energy_share(ecopt_energy *energy)
{
    double share = share_of(energy);
    energy->flags |= ECOPT_FLAG_OVERLAP;
    if (isnan(energy->energy_j) || energy->quality >= ECOPT_QUALITY_MODELLED_GENERIC)
        return;
    if (share > 0) {
        scale(energy, share);
        return;
    }
    energy->gain_lo = 0;
    energy->quality = ECOPT_QUALITY_MODELLED_GENERIC;
}
