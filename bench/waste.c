#include "waste.h"

#include "bench.h"

#include <math.h>
#include <stdlib.h>

enum { TRIALS_DEFAULT = 100, INIT_DEFAULT = 10, SEEDS_DEFAULT = 10, ARMS_MAX = 16 };

/* The first arm is what the others are compared with. */
static const waste_arm arms[] = {
    {"whole", "every trial to its end", "", false},
    {"curve", "pruned by learning curves", "pruning: {rule: curve, steps: 27}\n", false},
    {"profile", "the same, inference measured first", "pruning: {rule: curve, steps: 27}\n", true},
    {"asha", "pruned at rungs (MO-ASHA)", "pruning: {rule: asha, steps: 27, reduction: 3}\n",
     false},
};
enum { N_ARMS = sizeof arms / sizeof *arms };

/* Mean and half width of its 95 % interval. */
typedef struct figure {
    double mean, u95;
} figure;

/* All runs of an arm. */
typedef struct arm_result {
    const waste_arm *arm;
    int seeds;
    waste_run *runs; /* owned */
    figure volume_ratio, joules_ratio;
    waste_run mean;
    double mean_pruned, mean_lost;
} arm_result;

/* 1.96: with ten seeds and more the difference to Student's quantile is no matter here. */
static figure figure_of(int n, const double *values)
{
    figure ret = {0, 0};
    double squares = 0;
    for (int i = 0; i < n; i++)
        ret.mean += values[i] / n;
    for (int i = 0; i < n; i++)
        squares += (values[i] - ret.mean) * (values[i] - ret.mean);
    ret.u95 = n > 1 ? 1.96 * sqrt(squares / (n - 1) / n) : (double)NAN;
    return ret;
}

/* Ratios seed by seed to the first arm: the same seed is the same initial design. */
static bool compare(const arm_result *first, arm_result *result)
{
    int n = result->seeds;
    double *ratio = malloc((size_t)n * sizeof *ratio);
    if (!ratio)
        return false;
    for (int i = 0; i < n; i++)
        ratio[i] = result->runs[i].volume / first->runs[i].volume;
    result->volume_ratio = figure_of(n, ratio);
    for (int i = 0; i < n; i++)
        ratio[i] = result->runs[i].joules / first->runs[i].joules;
    result->joules_ratio = figure_of(n, ratio);
    for (int i = 0; i < n; i++) {
        result->mean.volume += result->runs[i].volume / n;
        result->mean.joules += result->runs[i].joules / n;
        result->mean.train_j += result->runs[i].train_j / n;
        result->mean_pruned += (double)result->runs[i].n_pruned / n;
        result->mean_lost += (double)result->runs[i].n_front_lost / n;
    }
    free(ratio);
    return true;
}

/* One seed has no scatter. */
static const char *half_width(double u95, char text[32])
{
    if (isfinite(u95))
        (void)snprintf(text, 32, "%.4f", u95);
    else
        (void)snprintf(text, 32, "-");
    return text;
}

static void print_table(const waste_plan *plan, const arm_result *results)
{
    (void)printf("small networks on Fashion-MNIST: %zu points, %d epochs; %s, %d trials, init %d, "
                 "%s thresholds, %d seeds\n",
                 plan->table->n, CURVE_TABLE_EPOCHS, plan->sampler, plan->trials, plan->init,
                 plan->has_threshold ? "with" : "without", results[0].seeds);
    (void)printf("arm        hypervolume  of whole     +-      joules  of whole     +-   pruned  "
                 "lost\n");
    for (int a = 0; a < N_ARMS; a++) {
        const arm_result *r = &results[a];
        char volume[32], joules[32];
        (void)printf("%-9s %12.5f  %8.4f  %6s  %10.2f  %8.4f  %6s  %7.1f  %4.1f  %s\n",
                     r->arm->name, r->mean.volume, r->volume_ratio.mean,
                     half_width(r->volume_ratio.u95, volume), r->mean.joules, r->joules_ratio.mean,
                     half_width(r->joules_ratio.u95, joules), r->mean_pruned, r->mean_lost,
                     r->arm->summary);
    }
    (void)printf("hypervolume: of the complete trials, accuracy above 0.5 and log10 of uJ per "
                 "inference below 1.6;\njoules: CPU time at %.0f W, training and %.0f inferences; "
                 "lost: pruned trials that would have been on the front\n",
                 CURVE_TABLE_W, CURVE_TABLE_INFERENCES);
}

static void print_json(const waste_plan *plan, const arm_result *results)
{
    (void)printf("{\"points\": %zu, \"epochs\": %d, \"sampler\": \"%s\", \"trials\": %d, "
                 "\"init\": %d, \"seeds\": %d,\n \"arms\": [",
                 plan->table->n, CURVE_TABLE_EPOCHS, plan->sampler, plan->trials, plan->init,
                 results[0].seeds);
    for (int a = 0; a < N_ARMS; a++) {
        const arm_result *r = &results[a];
        (void)printf("%s\n  {\"arm\": \"%s\", \"hypervolume\": %.10g, \"hypervolume_ratio\": %.6g, "
                     "\"hypervolume_ratio_u95\": %.6g, \"joules\": %.10g, \"joules_ratio\": %.6g, "
                     "\"joules_ratio_u95\": %.6g, \"pruned\": %.6g, \"lost\": %.6g, \"runs\": [",
                     a > 0 ? "," : "", r->arm->name, r->mean.volume, r->volume_ratio.mean,
                     isnan(r->volume_ratio.u95) ? 0 : r->volume_ratio.u95, r->mean.joules,
                     r->joules_ratio.mean, isnan(r->joules_ratio.u95) ? 0 : r->joules_ratio.u95,
                     r->mean_pruned, r->mean_lost);
        for (int i = 0; i < r->seeds; i++)
            (void)printf("%s{\"hypervolume\": %.10g, \"joules\": %.10g, \"pruned\": %d}",
                         i > 0 ? ", " : "", r->runs[i].volume, r->runs[i].joules,
                         r->runs[i].n_pruned);
        (void)printf("]}");
    }
    (void)printf("]}\n");
}

/* All seeds of all arms; seeds outside, so that a run that is broken off has compared something. */
static bool run_all(const waste_plan *plan, int first_seed, int seeds, arm_result *results)
{
    for (int a = 0; a < N_ARMS; a++) {
        results[a] = (arm_result){.arm = &arms[a], .seeds = seeds};
        results[a].runs = calloc((size_t)seeds, sizeof *results[a].runs);
        if (!results[a].runs)
            return false;
    }
    for (int i = 0; i < seeds; i++)
        for (int a = 0; a < N_ARMS; a++)
            if (!waste_study(plan, &arms[a], first_seed + i, &results[a].runs[i]))
                return false;
    for (int a = 0; a < N_ARMS; a++)
        if (!compare(&results[0], &results[a]))
            return false;
    return true;
}

int bench_waste(const bench_options *options)
{
    curve_table table;
    arm_result results[ARMS_MAX] = {{0}};
    if (!curve_table_load(options->data_dir ? options->data_dir : BENCH_CURVES_DIR, &table))
        return 1;
    int trials = options->trials > 0 ? options->trials : TRIALS_DEFAULT;
    int init = options->init > 0 ? options->init : INIT_DEFAULT;
    waste_plan plan = {.table = &table,
                       .sampler = options->sampler ? options->sampler : "mobo",
                       .trials = trials,
                       .init = init < trials ? init : trials,
                       .has_threshold = !options->has_no_threshold};
    bool is_good = run_all(&plan, options->first_seed > 0 ? options->first_seed : 1,
                           options->seeds > 0 ? options->seeds : SEEDS_DEFAULT, results);
    if (is_good && options->is_json)
        print_json(&plan, results);
    else if (is_good)
        print_table(&plan, results);
    for (int a = 0; a < N_ARMS; a++)
        free(results[a].runs);
    curve_table_release(&table);
    return is_good ? 0 : 1;
}
