#include "waste.h"

#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS_DEFAULT = 100, INIT_DEFAULT = 10, SEEDS_DEFAULT = 10 };

/* The first arm is what the others are compared with, the second as well in joules. */
static const waste_arm arms[] = {
    {"once", "every trial to its end, each phase once", "", false},
    {"thrice", "the same, each energy measured three times", "meter: {repeats: 3}\n", false},
    {"curve", "as once, pruned by learning curves", "pruning: {rule: curve, steps: 27}\n", false},
    {"profile", "the same, inference measured first", "pruning: {rule: curve, steps: 27}\n", true},
    {"all", "the same, repeats where they matter, front confirmed",
     "pruning: {rule: curve, steps: 27}\nmeter: {repeats: {max: 3}}\n", true},
    {"asha", "as once, pruned at rungs (MO-ASHA)",
     "pruning: {rule: asha, steps: 27, reduction: 3}\n", false},
};
enum { N_ARMS = sizeof arms / sizeof *arms };

/* The tables, each a file of the folder. */
static const struct {
    const char *name, *title;
} tables[] = {
    {"fashion_mlp", "small networks on Fashion-MNIST"},
    {"mnist_mlp", "small networks on MNIST, step size falling to 0"},
};
enum { N_TABLES = sizeof tables / sizeof *tables };

/* Mean and half width of its 95 % interval. */
typedef struct figure {
    double mean, u95;
} figure;

/* All runs of an arm. */
typedef struct arm_result {
    const waste_arm *arm;
    int seeds;
    waste_run *runs; /* owned */
    figure volume_ratio, reached_ratio, joules_ratio, thrice_ratio;
    figure joules, pruned, unstarted, lost;
} arm_result;

/* The mean of one number over the runs of an arm, or its ratio to the mean of another arm.  The
 * seeds are pairs, as the same seed is the same initial design: the interval of the ratio R is that
 * of the mean of (a - R b) / mean(b).  (The mean of the single ratios would be too high: it counts
 * seeds most in which the other arm happened upon cheap points.) */
static figure figure_over(const arm_result *result, const arm_result *of,
                          double (*number)(const waste_run *run))
{
    int n = result->seeds;
    double mean = 0, base = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        mean += number(&result->runs[i]) / n;
        base += (of ? number(&of->runs[i]) : 1) / n;
    }
    figure ret = {mean / base, (double)NAN};
    for (int i = 0; i < n; i++) {
        double off = number(&result->runs[i]) - (of ? ret.mean * number(&of->runs[i]) : ret.mean);
        squares += off * off / (base * base);
    }
    /* 1.96: with ten seeds and more the difference to Student's quantile is no matter here. */
    if (n > 1)
        ret.u95 = 1.96 * sqrt(squares / (n - 1) / n);
    return ret;
}

static double volume_of(const waste_run *run)
{
    return run->volume;
}

static double reached_of(const waste_run *run)
{
    return run->reached;
}

static double joules_of(const waste_run *run)
{
    return run->joules;
}

static double pruned_of(const waste_run *run)
{
    return run->n_pruned;
}

static double unstarted_of(const waste_run *run)
{
    return run->n_unstarted;
}

static double lost_of(const waste_run *run)
{
    return run->n_front_lost;
}

static void sum_up(const arm_result *all, arm_result *result)
{
    result->volume_ratio = figure_over(result, &all[0], volume_of);
    result->reached_ratio = figure_over(result, &all[0], reached_of);
    result->joules_ratio = figure_over(result, &all[0], joules_of);
    result->thrice_ratio = figure_over(result, &all[1], joules_of);
    result->joules = figure_over(result, NULL, joules_of);
    result->pruned = figure_over(result, NULL, pruned_of);
    result->unstarted = figure_over(result, NULL, unstarted_of);
    result->lost = figure_over(result, NULL, lost_of);
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

static void print_table(const waste_plan *plan, const char *title, const arm_result *results)
{
    (void)printf("%s: %zu points, %d epochs; %s, %d trials, init %d, %s thresholds, seeds %d to "
                 "%d\n",
                 title, plan->table->n, CURVE_TABLE_EPOCHS, plan->sampler, plan->trials, plan->init,
                 plan->has_threshold ? "with" : "without", plan->first_seed,
                 plan->first_seed + plan->seeds - 1);
    (void)printf("           front of once        complete        joules of once       of thrice  "
                 "ended by\n"
                 "arm        (reported)      +-   of once  joules            +-                  "
                 "profile  curve  lost\n");
    for (int a = 0; a < N_ARMS; a++) {
        const arm_result *r = &results[a];
        char volume[32], joules[32];
        (void)printf("%-9s %11.4f  %6s  %8.4f  %6.1f  %6.4f  %6s  %10.4f  %7.1f  %5.1f  %4.1f  "
                     "%s\n",
                     r->arm->name, r->volume_ratio.mean, half_width(r->volume_ratio.u95, volume),
                     r->reached_ratio.mean, r->joules.mean, r->joules_ratio.mean,
                     half_width(r->joules_ratio.u95, joules), r->thrice_ratio.mean,
                     r->unstarted.mean, r->pruned.mean, r->lost.mean, r->arm->summary);
    }
    (void)fflush(stdout);
}

static void print_notes(void)
{
    (void)printf(
        "hypervolumes are of true values, accuracy above 0.5 and log10 of uJ per inference "
        "below 1.6: of the front that\nthe study reports, and of all complete trials; "
        "every energy is measured with a scatter of 3 %%; joules: CPU time\nat %.0f W, "
        "all phases, repeats and confirmations, an evaluation is %.0f inferences, a "
        "profile a fifth of\nthem; ratios are of means over the seeds, +-: 95 %%; lost: "
        "ended trials that no complete one dominates\n",
        CURVE_TABLE_W, CURVE_TABLE_INFERENCES);
}

static void print_figure(const char *name, figure value)
{
    (void)printf(", \"%s\": %.6g, \"%s_u95\": ", name, value.mean, name);
    if (isfinite(value.u95))
        (void)printf("%.6g", value.u95);
    else
        (void)printf("null");
}

static void print_json(const waste_plan *plan, const char *name, const arm_result *results)
{
    (void)printf("{\"table\": \"%s\", \"points\": %zu, \"epochs\": %d, \"sampler\": \"%s\", "
                 "\"trials\": %d, \"init\": %d, \"first_seed\": %d, \"seeds\": %d,\n \"arms\": [",
                 name, plan->table->n, CURVE_TABLE_EPOCHS, plan->sampler, plan->trials, plan->init,
                 plan->first_seed, plan->seeds);
    for (int a = 0; a < N_ARMS; a++) {
        const arm_result *r = &results[a];
        (void)printf("%s\n  {\"arm\": \"%s\"", a > 0 ? "," : "", r->arm->name);
        print_figure("front_ratio", r->volume_ratio);
        print_figure("complete_ratio", r->reached_ratio);
        print_figure("joules", r->joules);
        print_figure("joules_ratio", r->joules_ratio);
        print_figure("joules_of_thrice", r->thrice_ratio);
        (void)printf(", \"runs\": [");
        for (int i = 0; i < r->seeds; i++)
            (void)printf("%s{\"seed\": %d, \"front\": %.10g, \"complete\": %.10g, "
                         "\"joules\": %.10g, \"infer_joules\": %.10g, \"points\": %d, "
                         "\"pruned\": %d, \"unstarted\": %d, \"lost\": %d}",
                         i > 0 ? ", " : "", plan->first_seed + i, r->runs[i].volume,
                         r->runs[i].reached, r->runs[i].joules, r->runs[i].infer_j,
                         r->runs[i].n_front, r->runs[i].n_pruned, r->runs[i].n_unstarted,
                         r->runs[i].n_front_lost);
        (void)printf("]}");
    }
    (void)printf("]}\n");
    (void)fflush(stdout);
}

/* All seeds of all arms; seeds outside, so that a run that is broken off has compared something. */
static bool run_all(const waste_plan *plan, arm_result *results)
{
    for (int a = 0; a < N_ARMS; a++) {
        results[a] = (arm_result){.arm = &arms[a], .seeds = plan->seeds};
        results[a].runs = calloc((size_t)plan->seeds, sizeof *results[a].runs);
        if (!results[a].runs)
            return false;
    }
    for (int i = 0; i < plan->seeds; i++)
        for (int a = 0; a < N_ARMS; a++)
            if (!waste_study(plan, &arms[a], plan->first_seed + i, &results[a].runs[i]))
                return false;
    for (int a = 0; a < N_ARMS; a++)
        sum_up(results, &results[a]);
    return true;
}

static bool run_table(const bench_options *options, waste_plan *plan, int t)
{
    curve_table table;
    arm_result results[N_ARMS] = {{0}};
    const char *dir = options->data_dir ? options->data_dir : BENCH_CURVES_DIR;
    if (!curve_table_load(dir, tables[t].name, &table))
        return false;
    plan->table = &table;
    bool is_good = run_all(plan, results);
    if (is_good && options->is_json)
        print_json(plan, tables[t].name, results);
    else if (is_good)
        print_table(plan, tables[t].title, results);
    for (int a = 0; a < N_ARMS; a++)
        free(results[a].runs);
    curve_table_release(&table);
    return is_good;
}

int bench_waste(const bench_options *options)
{
    int trials = options->trials > 0 ? options->trials : TRIALS_DEFAULT;
    int init = options->init > 0 ? options->init : INIT_DEFAULT;
    const char *only = options->meter_case;
    waste_plan plan = {.sampler = options->sampler ? options->sampler : "mobo",
                       .trials = trials,
                       .init = init < trials ? init : trials,
                       .first_seed = options->first_seed > 0 ? options->first_seed : 1,
                       .seeds = options->seeds > 0 ? options->seeds : SEEDS_DEFAULT,
                       .has_threshold = !options->has_no_threshold};
    int n = 0;
    for (int t = 0; t < N_TABLES; t++) {
        if (only && strcmp(only, tables[t].name) != 0)
            continue;
        if (!run_table(options, &plan, t))
            return 1;
        n++;
    }
    if (n == 0) {
        (void)fprintf(stderr, "ecopt-bench: waste: there is no table '%s'\n", only);
        return 2;
    }
    if (!options->is_json)
        print_notes();
    return 0;
}
