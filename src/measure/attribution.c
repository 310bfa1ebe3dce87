/*
 * The idle machine, and whose joules a window's are.
 */
#include <ecopt/measure.h>

#include "core/ctx.h"

#include <math.h>
#include <string.h>

/* Means of both sides, weighted by their windows. */
static double mean_of_both(const ecopt_repeats_summary *before, const ecopt_repeats_summary *after)
{
    double sum = (before->n > 0 ? before->mean * (double)before->n : 0.0) +
                 (after->n > 0 ? after->mean * (double)after->n : 0.0);
    size_t n = before->n + after->n;
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* Sum of squared deviations from the common mean and of squared standard uncertainties. */
static void add_squares(const ecopt_repeat *repeats, size_t n, double mean, double sums[2])
{
    for (size_t i = 0; i < n; i++) {
        double rest = repeats[i].value - mean, u = repeats[i].u95 / 1.96;
        if (repeats[i].is_left_out)
            continue;
        sums[0] += rest * rest;
        sums[1] += isnan(u) ? 0.0 : u * u;
    }
}

void ecopt_idle_estimate(const ecopt_repeat *before, size_t n_before, const ecopt_repeat *after,
                         size_t n_after, ecopt_idle_base *ret)
{
    ecopt_repeats_summary first, second;
    ecopt_repeats_summarise(before, n_before, NULL, &first);
    ecopt_repeats_summarise(after, n_after, NULL, &second);
    double sums[2] = {0.0, 0.0}, mean = mean_of_both(&first, &second);
    add_squares(before, n_before, mean, sums);
    add_squares(after, n_after, mean, sums);
    size_t n = first.n + second.n;
    double count = (double)n;
    double scatter = n > 1 ? sqrt(sums[0] / (count - 1.0) / count) : 0.0;
    double resolved = n > 0 ? sqrt(sums[1]) / count : 0.0;
    bool has_both = first.n > 0 && second.n > 0;
    double drift = has_both ? fabs(first.mean - second.mean) / sqrt(12.0) : 0.0;
    double u = fmax(scatter, fmax(resolved, drift));
    *ret = (ecopt_idle_base){.n = n,
                             .power_w = mean,
                             .before_w = first.mean,
                             .after_w = second.mean,
                             .quality = ECOPT_QUALITY_UNMEASURABLE,
                             .flags = first.flags | second.flags};
    ret->u_w.u = n > 0 ? u : (double)NAN;
    ret->u_w.freedom = u > scatter || n < 2 ? (double)INFINITY : count - 1.0;
    if (has_both)
        ret->quality = first.quality > second.quality ? first.quality : second.quality;
    else if (n > 0)
        ret->quality = first.n > 0 ? first.quality : second.quality;
}

const char *ecopt_attribution_name(ecopt_attribution attribution)
{
    switch (attribution) {
#define NAME_CASE(name, value, text) \
    case ECOPT_ATTRIBUTION_##name:   \
        return text;
        ECOPT_ATTRIBUTION_MAP(NAME_CASE)
#undef NAME_CASE
    default:
        return "not an attribution";
    }
}

/* CPU time says nothing of what a GPU did. */
static const ecopt_source_energy *counted_gpu(const ecopt_energy *energy)
{
    for (size_t i = 0; i < energy->n_sources; i++)
        if (energy->sources[i].is_counted && (strncmp(energy->sources[i].name, "nvml", 4) == 0 ||
                                              strstr(energy->sources[i].name, "gpu")))
            return &energy->sources[i];
    return NULL;
}

/* Everything that makes "beyond the idle machine" mean nothing. */
static ecopt_status check_above_idle(ecopt_ctx *ctx, const ecopt_energy *energy,
                                     const ecopt_idle_base *idle)
{
    if (!idle || !isfinite(idle->power_w))
        return eco_fail(ctx, ECOPT_E_UNSUPPORTED, "the idle machine was not measured");
    if (energy->flags & ECOPT_FLAG_OVERLAP)
        return eco_fail(ctx, ECOPT_E_UNSUPPORTED,
                        "another window was open at the same time: whose joules are above idle "
                        "cannot be told");
    if (energy->flags & ECOPT_FLAG_SHARED)
        return eco_fail(ctx, ECOPT_E_UNSUPPORTED,
                        "other processes may have used the GPU: whose joules are above idle cannot "
                        "be told");
    if (energy->quality != idle->quality)
        return eco_fail(ctx, ECOPT_E_UNSUPPORTED, "the program's energy is '%s', the idle one '%s'",
                        ecopt_quality_name(energy->quality), ecopt_quality_name(idle->quality));
    return ECOPT_OK;
}

static ecopt_status check_share(ecopt_ctx *ctx, const ecopt_energy *energy)
{
    const ecopt_source_energy *gpu = counted_gpu(energy);
    if (gpu)
        return eco_fail(ctx, ECOPT_E_UNSUPPORTED, "CPU time does not tell the share of '%s'",
                        gpu->name);
    if (!isfinite(energy->cpu_s) || !isfinite(energy->foreign_cpu_s))
        return eco_fail(ctx, ECOPT_E_UNSUPPORTED,
                        "the CPU time of the program or of others is not known");
    if (!(energy->cpu_s + energy->foreign_cpu_s > 0.0))
        return eco_fail(ctx, ECOPT_E_UNSUPPORTED, "no CPU time was used by anybody");
    return ECOPT_OK;
}

/* The generic model charges the program's own CPU time; counters, and a curve calibrated with one,
 * that of everybody. */
static double own_share(const ecopt_energy *energy)
{
    if (energy->quality == ECOPT_QUALITY_MODELLED_GENERIC)
        return 1.0;
    return energy->cpu_s / (energy->cpu_s + energy->foreign_cpu_s);
}

ecopt_status ecopt_energy_attribute(ecopt_ctx *ctx, const ecopt_energy *energy,
                                    const ecopt_idle_base *idle, ecopt_attribution attribution,
                                    ecopt_attributed *ret)
{
    if (!energy || !ret || (unsigned)attribution >= ECOPT_ATTRIBUTION_COUNT)
        return eco_fail(ctx, ECOPT_E_ARG, "energy, attribution and result must be given");
    if (isnan(energy->energy_j))
        return eco_fail(ctx, ECOPT_E_UNSUPPORTED, "the energy is missing");
    ecopt_attributed parts = {.attribution = attribution,
                              .whole_j = energy->energy_j,
                              .own_j = energy->energy_j,
                              .u95_j = energy->u95_j};
    if (attribution != ECOPT_ATTRIBUTION_WHOLE) {
        ECO_TRY(check_above_idle(ctx, energy, idle));
        parts.idle_j = idle->power_w * energy->time_s;
        parts.own_j = energy->energy_j - parts.idle_j;
        parts.idle_s = energy->time_s;
    }
    if (attribution == ECOPT_ATTRIBUTION_CPU_SHARE) {
        ECO_TRY(check_share(ctx, energy));
        /* Noise may put the whole below the idle machine; then there is nothing to share out. */
        double share = own_share(energy), dynamic_j = fmax(parts.own_j, 0.0);
        parts.idle_j = energy->energy_j - dynamic_j;
        parts.own_j = share * dynamic_j;
        parts.others_j = dynamic_j - parts.own_j;
        parts.u95_j *= share;
        parts.idle_s *= share;
    }
    *ret = parts;
    return ECOPT_OK;
}
