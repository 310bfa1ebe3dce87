/*
 * Two programs in randomised pairs: order, ratio, and how many pairs would be needed.
 */
#include <ecopt/measure.h>

#include "core/ctx.h"
#include "core/rng.h"
#include "num/student.h"

#include <math.h>

/* Chance with which n_needed pairs find a difference that is there. */
static const double power = 0.8;

/* From that many pairs on the normal distribution does for t. */
static const double normal_from = 1e4;

/* One random bit for two pairs; the second of them is turned round. */
bool ecopt_pairs_b_first(uint64_t seed, size_t pair)
{
    eco_rng rng;
    eco_rng_init(&rng, seed, ECO_STREAM_PAIRS, pair / 2);
    bool b_first = eco_rng_u64(&rng) >> 63 != 0;
    return pair % 2 ? !b_first : b_first;
}

/* ln(b / a) of one pair; relative uncertainties in quadrature. */
static ecopt_repeat log_ratio(const ecopt_repeat *a, const ecopt_repeat *b)
{
    return (ecopt_repeat){.value = log(b->value / a->value),
                          .u95 = hypot(a->u95 / a->value, b->u95 / b->value),
                          .gain_lo = 1.0,
                          .gain_hi = 1.0,
                          .quality = a->quality > b->quality ? a->quality : b->quality,
                          .flags = a->flags | b->flags,
                          .is_left_out = a->is_left_out || b->is_left_out};
}

/* Half width that n pairs would have, plus what it takes to get beyond it 4 times in 5. */
static double reach(double n, double log_sd)
{
    return (eco_student_quantile(0.975, n - 1.0) + eco_student_quantile(power, n - 1.0)) * log_sd /
           sqrt(n);
}

/* The normal approximation is 2 too small, which matters for few only; those are counted up. */
static double pairs_needed(double difference, double log_sd)
{
    double normal = eco_student_quantile(0.975, (double)INFINITY) +
                    eco_student_quantile(power, (double)INFINITY);
    double n = fmax(2.0, ceil(normal * log_sd / difference * (normal * log_sd / difference)));
    if (!(n <= ECOPT_PAIRS_NEEDED_MAX))
        return (double)INFINITY;
    while (n < normal_from && reach(n, log_sd) > difference)
        n += 1.0;
    return n;
}

static ecopt_status fill_ratios(ecopt_ctx *ctx, const ecopt_repeat *a, const ecopt_repeat *b,
                                size_t n, ecopt_repeat *ratios)
{
    const ecopt_repeat *first = NULL;
    for (size_t i = 0; i < n; i++) {
        ratios[i] = log_ratio(&a[i], &b[i]);
        if (ratios[i].is_left_out)
            continue;
        if (!(a[i].value > 0.0) || !(b[i].value > 0.0) || isinf(a[i].value) || isinf(b[i].value))
            return eco_fail(ctx, ECOPT_E_RANGE, "pair %zu: a value is missing or not above 0",
                            i + 1);
        if (!first)
            first = &a[i];
        ecopt_quality other = a[i].quality != first->quality ? a[i].quality : b[i].quality;
        if (other != first->quality)
            return eco_fail(ctx, ECOPT_E_METER_REQUIRE,
                            "pair %zu: '%s' cannot be compared with '%s'", i + 1,
                            ecopt_quality_name(other), ecopt_quality_name(first->quality));
    }
    return ECOPT_OK;
}

ecopt_status ecopt_pairs_compare(ecopt_ctx *ctx, const ecopt_repeat *a, const ecopt_repeat *b,
                                 size_t n, ecopt_comparison *ret)
{
    if (!a || !b || !ret)
        return eco_fail(ctx, ECOPT_E_ARG, "both programs' repeats must be given");
    ecopt_repeat *ratios = eco_alloc(ctx, n, sizeof *ratios);
    if (!ratios)
        return ECOPT_E_NOMEM;
    ecopt_repeats_summary summary;
    ecopt_status status = fill_ratios(ctx, a, b, n, ratios);
    ecopt_repeats_summarise(ratios, n, NULL, &summary);
    eco_free(ctx, ratios);
    ECO_TRY(status);
    if (summary.n < 2)
        return eco_fail(ctx, ECOPT_E_ARG, "%zu pairs are left, at least 2 are needed", summary.n);
    /* What the source resolves is a scatter too, even where the runs happen to agree. */
    double sd = sqrt((double)summary.n) * hypot(summary.u_a, summary.u_gap);
    *ret = (ecopt_comparison){.n = summary.n,
                              .n_left_out = summary.n_left_out,
                              .ratio = exp(summary.mean),
                              .ratio_lo = exp(summary.mean - summary.u95),
                              .ratio_hi = exp(summary.mean + summary.u95),
                              .log_sd = sd,
                              .is_resolved = fabs(summary.mean) > summary.u95,
                              .n_needed = pairs_needed(fabs(summary.mean), sd),
                              .quality = summary.quality,
                              .flags = summary.flags};
    return ECOPT_OK;
}
