/*
 * The net-positive rule in the loop: studies by ask and tell with the sampler's own points, and at
 * every number of trials the question whether one more is worth it.
 *
 * Each study is followed to its last trial, beyond where the rule stops, so that one run has the
 * totals of the rule and of every fixed number of trials.
 */
#include "bench.h"
#include "deployment.h"
#include "sample.h"

#include <ecopt/study.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORTH_TRIALS = 40, ALWAYS = 30, N_SIZES = 3, SEEDS_DEFAULT = 100, INIT = 5 };
static const double sizes[N_SIZES] = {1e3, 1e5, 1e7};

/* A study ends early once its trials took so many times what it would have cost to stop before. */
static const double HOPELESS = 3;

/* What became of one study; in memory shared with the parent. */
typedef struct outcome {
    int n;                            /* trials told: less than asked for when a list ended */
    double spent_j[WORTH_TRIALS + 1]; /* by the first k trials */
    double used_j[WORTH_TRIALS + 1];  /* true joules per request of what would be deployed then */
    int stop;                         /* trials after which the rule stops, -1: never */
    bool is_cut;                      /* ended early: totals beyond n are at least that of n */
    double cpu_ms;                    /* of all questions */
    int n_questions;
} outcome;

/* One problem and its seeds. */
typedef struct plan {
    const deployment *problem;
    int seeds, first_seed, trials, jobs;
    double requests;
    bool is_blind; /* neither the baseline's joules nor those of a trial are told beforehand */
    outcome *outcomes;
} worth_plan;

/* The study of one seed. */
typedef struct trail {
    const worth_plan *plan;
    int seed;
    ecopt_ctx *ctx;
    ecopt_definition *definition;
    ecopt_study *study;
    double true_j[WORTH_TRIALS + 2]; /* by number of the trial */
} trail;

static char *study_text(const worth_plan *plan, int seed)
{
    const deployment *problem = plan->problem;
    char *text = NULL;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    if (!to)
        return NULL;
    (void)fprintf(to,
                  "study: worth\nseed: %d\nsampler: mobo\ncommand: 'true'\n"
                  "budget: {trials: %d, init: %d}\n%s%s"
                  "metrics: {quality: {}, request_j: {}}\n"
                  "objectives:\n"
                  "  quality: {goal: max, threshold: %.17g}\n"
                  "  request_j: {goal: min, scale: log}\n"
                  "deployment:\n  requests: %g\n  metric: request_j\n  baseline: %s\n",
                  seed, plan->trials, INIT, problem->csv ? "candidates: points.csv\n" : "",
                  problem->params, problem->threshold, plan->requests, problem->baseline);
    if (!plan->is_blind)
        (void)fprintf(to, "  baseline_energy: %.17gJ\n  trial_energy: %.17gJ\n",
                      problem->baseline_j, problem->baseline_trial_j);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

static void print_diagnostic(void *user, const ecopt_diagnostic *diagnostic)
{
    (void)user;
    if (diagnostic->is_error)
        (void)fprintf(stderr, "ecopt-bench: %s: %s\n", diagnostic->key, diagnostic->message);
}

static ecopt_status trail_open(trail *t, const char *dir)
{
    char path[300];
    char *text = study_text(t->plan, t->seed);
    if (!text)
        return ECOPT_E_NOMEM;
    if (t->plan->problem->csv) {
        (void)snprintf(path, sizeof path, "%s/points.csv", dir);
        FILE *to = fopen(path, "w");
        bool is_good = to && fputs(t->plan->problem->csv, to) >= 0;
        if (!to || fclose(to) != 0 || !is_good) {
            free(text);
            return ECOPT_E_IO;
        }
    }
    (void)snprintf(path, sizeof path, "%s/study.yaml", dir);
    ecopt_status status = ecopt_definition_parse(t->ctx, text, strlen(text), path, print_diagnostic,
                                                 NULL, &t->definition);
    free(text);
    if (status == ECOPT_OK)
        status = ecopt_study_open(t->ctx, t->definition, NULL, &t->study);
    return status;
}

/* Asks and tells one trial. */
static ecopt_status trail_step(trail *t, double *ret_trial_j)
{
    char *point = NULL;
    int64_t id = 0;
    double x[BENCH_MAX_PARAMS];
    deployed values;
    ecopt_status status = ecopt_study_ask(t->study, &id, &point);
    if (status == ECOPT_OK)
        status = ecopt_space_parse_point(t->ctx, t->definition->space, point, x);
    ecopt_text_free(t->ctx, point);
    if (status != ECOPT_OK)
        return status;
    deployment_evaluate(t->plan->problem, x, (uint64_t)t->seed, id, &values);
    t->true_j[id] = values.true_j;
    *ret_trial_j = values.trial_j;
    const ecopt_metric_value metrics[] = {{"energy_j", values.trial_j, (double)NAN},
                                          {"quality", values.quality, (double)NAN},
                                          {"request_j", values.request_j, (double)NAN}};
    if (values.is_failed)
        return ecopt_study_tell(t->study, id, ECOPT_TRIAL_FAILED, "no target", metrics, 1);
    return ecopt_study_tell(t->study, id, ECOPT_TRIAL_COMPLETE, "", metrics, 3);
}

/* What would be deployed after k trials, and whether the rule stops there. */
static ecopt_status trail_judge(trail *t, int k, outcome *o)
{
    ecopt_worth worth = {.trial = 0};
    moment before = moment_now();
    ecopt_status status = ecopt_study_worth(t->study, (double)NAN, &worth);
    o->cpu_ms += 1e3 * (moment_now().cpu_s - before.cpu_s);
    o->n_questions++;
    if (o->stop < 0 && !worth.is_worth)
        o->stop = k;
    o->used_j[k] = worth.trial > 0 ? t->true_j[worth.trial] : t->plan->problem->baseline_j;
    return status;
}

static ecopt_status trail_follow(trail *t, outcome *o)
{
    ecopt_status status = ECOPT_OK;
    o->stop = -1;
    double least_j = (double)INFINITY;
    for (o->n = 0; status == ECOPT_OK; o->n++) {
        double trial_j = 0;
        status = trail_judge(t, o->n, o);
        least_j = fmin(least_j, o->spent_j[o->n] + t->plan->requests * o->used_j[o->n]);
        o->is_cut = o->stop >= 0 && o->n >= INIT && o->spent_j[o->n] > HOPELESS * least_j;
        if (status == ECOPT_OK && (o->n == t->plan->trials || o->is_cut))
            break;
        if (status == ECOPT_OK)
            status = trail_step(t, &trial_j);
        if (status == ECOPT_E_EXHAUSTED)
            break;
        o->spent_j[o->n + 1] = o->spent_j[o->n] + trial_j;
    }
    if (o->stop < 0)
        o->stop = o->n;
    return status == ECOPT_E_EXHAUSTED ? ECOPT_OK : status;
}

/* The child: exit status 0 when all went well. */
static int run_seed(const worth_plan *plan, int i)
{
    char dir[256];
    trail t = {.plan = plan, .seed = plan->first_seed + i};
    if (ecopt_ctx_new(NULL, &t.ctx) != ECOPT_OK || !folder_make(dir))
        return 1;
    ecopt_status status = trail_open(&t, dir);
    if (status == ECOPT_OK)
        status = trail_follow(&t, &plan->outcomes[i]);
    if (status != ECOPT_OK)
        (void)fprintf(stderr, "ecopt-bench: %s, seed %d: %s\n", plan->problem->name, t.seed,
                      ecopt_ctx_errmsg(t.ctx));
    (void)ecopt_study_close(t.study);
    ecopt_definition_free(t.ctx, t.definition);
    folder_remove(dir);
    ecopt_ctx_free(t.ctx);
    return status == ECOPT_OK ? 0 : 1;
}

static bool reap(void)
{
    int status = 0;
    return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool plan_run(const worth_plan *plan)
{
    bool is_good = true;
    int n_live = 0;
    for (int i = 0; i < plan->seeds && is_good; i++) {
        if (n_live == plan->jobs) {
            is_good = reap();
            n_live--;
        }
        (void)fflush(NULL);
        pid_t pid = is_good ? fork() : -1;
        if (pid == 0)
            _exit(run_seed(plan, i));
        is_good = pid > 0;
        n_live += pid > 0;
    }
    for (; n_live > 0; n_live--)
        is_good = reap() && is_good;
    return is_good;
}

/* Search and deployment together after k trials, or as many as there were. */
static double total_j(const outcome *o, int k, double requests)
{
    int at = k < o->n ? k : o->n;
    return o->spent_j[at] + requests * o->used_j[at];
}

/* One line of the table. */
static void size_print(const worth_plan *plan)
{
    double best_j = (double)INFINITY, rule_j = 0, always_j = 0, none_j = 0, stops = 0, cpu_ms = 0;
    int best = 0, first = plan->is_blind ? 1 : 0;
    bool is_cut = false;
    for (int k = first; k <= plan->trials; k++) {
        double mean_j = 0;
        for (int i = 0; i < plan->seeds; i++)
            mean_j += total_j(&plan->outcomes[i], k, plan->requests) / plan->seeds;
        if (mean_j < best_j) {
            best_j = mean_j;
            best = k;
        }
    }
    for (int i = 0; i < plan->seeds; i++) {
        const outcome *o = &plan->outcomes[i];
        rule_j += total_j(o, o->stop, plan->requests) / plan->seeds;
        always_j += total_j(o, ALWAYS, plan->requests) / plan->seeds;
        none_j += total_j(o, 0, plan->requests) / plan->seeds;
        is_cut = is_cut || o->is_cut;
        stops += (double)o->stop / plan->seeds;
        cpu_ms += o->cpu_ms / o->n_questions / plan->seeds;
    }
    (void)printf("%-22s %-5s %6.0e %10.4g %s%9.4g %10.4g %4d %10.4g %5.1f %+7.2f %% %6.1f  %s\n",
                 plan->problem->name, plan->is_blind ? "no" : "yes", plan->requests, none_j,
                 is_cut ? ">" : " ", always_j, best_j, best, rule_j, stops,
                 100 * (rule_j / best_j - 1), cpu_ms,
                 rule_j <= 1.05 * best_j && rule_j < always_j ? "yes" : "NO");
    (void)fflush(stdout);
}

/* All seeds of one problem under one size of deployment. */
static bool size_run(const bench_options *options, const deployment *problem, double requests,
                     bool is_blind)
{
    worth_plan plan = {.problem = problem,
                       .seeds = options->seeds > 0 ? options->seeds : SEEDS_DEFAULT,
                       .first_seed = options->first_seed > 0 ? options->first_seed : 1,
                       .trials = options->trials > 0 ? options->trials : WORTH_TRIALS,
                       .jobs = options->jobs > 0 ? options->jobs : 1,
                       .requests = requests,
                       .is_blind = is_blind};
    if (plan.trials > WORTH_TRIALS)
        plan.trials = WORTH_TRIALS;
    size_t size = (size_t)plan.seeds * sizeof *plan.outcomes;
    plan.outcomes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (plan.outcomes == MAP_FAILED)
        return false;
    bool is_good = plan_run(&plan);
    if (is_good)
        size_print(&plan);
    (void)munmap(plan.outcomes, size);
    return is_good;
}

int bench_worth(const bench_options *options)
{
    deployment_list *list = malloc(sizeof *list);
    bool is_good = list != NULL;
    if (list)
        deployments_load(options->data_dir ? options->data_dir : "../shared/data", list);
    (void)printf("%-22s %-5s %6s %10s  always %2d  best fixed   n       rule     n rule/best "
                 "ms/ask  met\n",
                 "deployment, J in all", "told", "uses", "no search", ALWAYS);
    for (size_t i = 0; is_good && i < list->n; i++) {
        bool is_chosen = !options->problems || strcmp(options->problems, "all") == 0 ||
                         strcmp(options->problems, list->items[i].name) == 0;
        for (int k = 0; k < 2 * N_SIZES && is_chosen && is_good; k++)
            is_good = size_run(options, &list->items[i], sizes[k % N_SIZES], k >= N_SIZES);
    }
    if (list)
        deployments_release(list);
    free(list);
    return is_good ? 0 : 1;
}
