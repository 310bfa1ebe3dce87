/*
 * Repeats of one quantity: which are left out, their mean and its uncertainty, when to stop.
 */
#include <ecopt/measure.h>

#include "core/ctx.h"
#include "num/student.h"

#include <math.h>
#include <stdlib.h>

/* A value farther than that many median absolute deviations is far off. */
static const double outlier_mads = 5.0;

/* MAD of a normal variable in standard deviations: the quartile 0.6745. */
static const double mad_of_normal = 0.674489750196082;

/* Half widths of single windows are 1.96 standard uncertainties (src/meter). */
static const double u95_per_u = 1.959963984540054;

/* More than anybody waits for. */
static const size_t most_repeats = 10000;

ecopt_repeat ecopt_repeat_of(const ecopt_energy *energy)
{
    return (ecopt_repeat){.value = energy->energy_j,
                          .u95 = energy->u95_j,
                          .gain_lo = energy->gain_lo,
                          .gain_hi = energy->gain_hi,
                          .quality = energy->quality,
                          .flags = energy->flags};
}

static int compare_doubles(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Sorts in place. */
static double median_of(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare_doubles);
    return n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

static double square(double x)
{
    return x * x;
}

/* Mean square of what the repeats resolve; those with or without gaps alone.  What is not known
 * counts as nothing, for the scatter is there to say it. */
static double resolved_square(const ecopt_repeat *repeats, size_t n, bool has_gap, size_t *ret_n)
{
    double sum = 0.0;
    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_gap = (repeats[i].flags & ECOPT_FLAG_GAP) != 0;
        if (repeats[i].is_left_out || is_gap != has_gap || isnan(repeats[i].u95))
            continue;
        sum += square(repeats[i].u95 / u95_per_u);
        ++*ret_n;
    }
    return *ret_n > 0 ? sum / (double)*ret_n : 0.0;
}

/* The resolution counts as a scatter that must be there: of runs that agree by a coarse counter's
 * steps, the first that differs by one step would else be an outlier. */
ecopt_status ecopt_repeats_mark(ecopt_ctx *ctx, ecopt_repeat *repeats, size_t n,
                                size_t *ret_n_left_out)
{
    double *values = eco_alloc(ctx, n, sizeof *values);
    if (!values)
        return ECOPT_E_NOMEM;
    size_t n_known = 0, n_resolved = 0, n_left_out = 0;
    for (size_t i = 0; i < n; i++) {
        repeats[i].is_left_out = false;
        if (!isnan(repeats[i].value))
            values[n_known++] = repeats[i].value;
    }
    if (n_known >= ECOPT_OUTLIER_MIN) {
        double median = median_of(values, n_known);
        for (size_t i = 0; i < n_known; i++)
            values[i] = fabs(values[i] - median);
        double mad = median_of(values, n_known);
        double u_q = sqrt(resolved_square(repeats, n, false, &n_resolved));
        double limit = outlier_mads * fmax(mad, mad_of_normal * u_q);
        for (size_t i = 0; i < n; i++)
            if ((repeats[i].flags & ECOPT_CAUSE_FLAGS) && fabs(repeats[i].value - median) > limit) {
                repeats[i].is_left_out = true;
                n_left_out++;
            }
    }
    eco_free(ctx, values);
    if (ret_n_left_out)
        *ret_n_left_out = n_left_out;
    return ECOPT_OK;
}

/* Counts, label, flags, mean and band: everything that is summed up. */
static void sum_up(const ecopt_repeat *repeats, size_t n, ecopt_repeats_summary *ret)
{
    double first = 0.0, sum = 0.0, weights = 0.0, lo = 0.0, hi = 0.0;
    *ret = (ecopt_repeats_summary){.mean = (double)NAN,
                                   .sd = (double)NAN,
                                   .cv_ratio = (double)NAN,
                                   .u95 = (double)NAN,
                                   .freedom = (double)NAN,
                                   .gain_lo = (double)NAN,
                                   .gain_hi = (double)NAN,
                                   .quality = ECOPT_QUALITY_MEASURED_WALL};
    for (size_t i = 0; i < n; i++) {
        const ecopt_repeat *repeat = &repeats[i];
        if (repeat->is_left_out) {
            ret->n_left_out++;
            ret->flags_left_out |= repeat->flags;
            continue;
        }
        /* Differences to one of them: the mean of equal values is then that value to the last bit,
         * and their scatter nothing. */
        if (ret->n++ == 0)
            first = repeat->value;
        ret->flags |= repeat->flags;
        if (repeat->quality > ret->quality)
            ret->quality = repeat->quality;
        sum += repeat->value - first;
        /* By energy, as in ecopt_energy_add: the band is about the joules.  A weight of 1e-300
         * keeps runs without any joules from dividing 0 by 0. */
        double weight = fabs(repeat->value) + 1e-300;
        weights += weight;
        lo += weight * repeat->gain_lo;
        hi += weight * repeat->gain_hi;
    }
    if (ret->n == 0) {
        ret->quality = ECOPT_QUALITY_UNMEASURABLE;
        return;
    }
    ret->mean = first + sum / (double)ret->n;
    ret->gain_lo = lo / weights;
    ret->gain_hi = hi / weights;
}

/* Two passes, the mean first: the sum of squares would lose all digits of runs that are nearly
 * alike. */
static double scatter_of(const ecopt_repeat *repeats, size_t n,
                         const ecopt_repeats_summary *summary)
{
    double squares = 0.0;
    for (size_t i = 0; i < n; i++)
        if (!repeats[i].is_left_out)
            squares += square(repeats[i].value - summary->mean);
    return summary->n > 1 ? sqrt(squares / (double)(summary->n - 1)) : (double)NAN;
}

/* u^4 / freedom, a term of the Welch-Satterthwaite formula: 0 for infinitely many. */
static double freedom_term(double u, double freedom)
{
    return isinf(freedom) ? 0.0 : square(square(u)) / freedom;
}

void ecopt_repeats_summarise(const ecopt_repeat *repeats, size_t n, const ecopt_u *idle,
                             ecopt_repeats_summary *ret)
{
    sum_up(repeats, n, ret);
    if (ret->n == 0)
        return;
    double count = (double)ret->n;
    size_t n_seen, n_bounded;
    double u_q = sqrt(resolved_square(repeats, n, false, &n_seen));
    double gap = resolved_square(repeats, n, true, &n_bounded);
    ret->sd = scatter_of(repeats, n, ret);
    ret->cv_ratio = ret->sd / fabs(ret->mean);
    double u_scatter = isnan(ret->sd) ? 0.0 : ret->sd / sqrt(count);
    double u_resolved = n_seen > 0 ? u_q / sqrt(count) : 0.0;
    ret->u_a = fmax(u_scatter, u_resolved);
    ret->u_gap = sqrt(gap * (double)n_bounded) / count;
    ret->u_idle = idle ? idle->u : 0.0;
    /* One value without an uncertainty of its own: nothing is known of it. */
    if ((ret->n == 1 && n_seen + n_bounded == 0) || isnan(ret->mean))
        return;
    double variance = square(ret->u_a) + square(ret->u_gap) + square(ret->u_idle);
    double a_freedom = u_scatter >= u_resolved && ret->n > 1 ? count - 1.0 : (double)INFINITY;
    double terms = freedom_term(ret->u_a, a_freedom) +
                   freedom_term(ret->u_idle, idle ? idle->freedom : (double)INFINITY);
    ret->freedom = terms > 0.0 ? square(variance) / terms : (double)INFINITY;
    ret->u95 = eco_student_quantile(0.975, ret->freedom) * sqrt(variance);
}

ecopt_repeat_verdict ecopt_repeats_judge(const ecopt_repeat_plan *plan, size_t n, double half_ratio,
                                         double elapsed_s)
{
    size_t n_min = plan->n_min > 0 ? plan->n_min : 1;
    size_t n_max = plan->n_max > 0 ? plan->n_max : most_repeats;
    if (n >= n_max)
        return ECOPT_REPEAT_MOST;
    if (n < n_min)
        return ECOPT_REPEAT_GO_ON;
    double count = (double)n;
    if (plan->target_ratio > 0.0 && n >= ECOPT_TARGET_MIN &&
        half_ratio * (count + 2.0) / count <= plan->target_ratio)
        return ECOPT_REPEAT_TARGET;
    if (plan->time_max_s > 0.0 && n > 0 && elapsed_s * (count + 1.0) / count > plan->time_max_s)
        return ECOPT_REPEAT_TIME;
    return ECOPT_REPEAT_GO_ON;
}
