#include "support/fake_study.h"

#include "core/rng.h"
#include "space/space.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char DEFINITION_TEXT[] =
    "study: fake\nseed: 7\ncommand:\n  train: ./cnn train --lr {lr}\n  evaluate: ./cnn test\n";

static const ecopt_value OPTIMISERS[] = {{ECOPT_VALUE_STRING, (double)NAN, "adam"},
                                         {ECOPT_VALUE_STRING, (double)NAN, "sgd nesterov"}};

static const ecopt_param PARAMS[] = {
    {.name = "lr", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-5, .max = 1},
    {.name = "width", .type = ECOPT_PARAM_INT, .min = 1, .max = 4096},
    {.name = "pool", .type = ECOPT_PARAM_BOOL},
    {.name = "optimiser", .type = ECOPT_PARAM_CHOICE, .n_values = 2, .values = OPTIMISERS},
};

static void fail_hard(const char *what)
{
    (void)fprintf(stderr, "fake study: %s\n", what);
    abort();
}

static void set_definition(eco_fake_study *study, size_t n_objectives)
{
    ecopt_definition *definition = &study->definition;
    ecopt_objective objectives[ECO_FAKE_OBJECTIVES] = {
        {"accuracy", ECOPT_GOAL_MAX, ECOPT_SCALE_LINEAR, true, 0.75},
        {"evaluate.j_per_sample", ECOPT_GOAL_MIN, ECOPT_SCALE_LOG, false, (double)NAN},
        {"train.time_s", ECOPT_GOAL_MIN, ECOPT_SCALE_LOG, false, (double)NAN}};
    ecopt_constraint constraint = {"evaluate.time_s <= 60", "evaluate.time_s", ECOPT_AT_MOST, 60};
    memcpy(study->objectives, objectives, sizeof objectives);
    study->constraints[0] = constraint;
    definition->name = "fake";
    definition->text = DEFINITION_TEXT;
    definition->path = "study.yaml";
    definition->dir = "/";
    definition->sampler = "mobo";
    definition->seed = 7;
    definition->space = study->space;
    definition->n_objectives = n_objectives;
    definition->objectives = study->objectives;
    definition->constraints = study->constraints;
    definition->budget.trials = 30;
    definition->budget.init = 6;
    definition->budget.energy_j = 7.2e6;
    definition->budget.time_s = INFINITY;
    definition->budget.max_failure_ratio = 1;
}

eco_fake_study *eco_fake_study_new(ecopt_ctx *ctx, size_t n_objectives)
{
    eco_fake_study *study = calloc(1, sizeof *study);
    if (!study)
        fail_hard("no memory");
    study->ctx = ctx;
    if (eco_space_new(ctx, PARAMS, ECO_LEN(PARAMS), &study->space) != ECOPT_OK)
        fail_hard(ecopt_ctx_errmsg(ctx));
    set_definition(study, n_objectives);
    study->reference[0] = 0.75;
    study->reference[1] = 2e-3;
    study->reference[2] = 100;
    study->snapshot.name = "fake";
    study->snapshot.definition = DEFINITION_TEXT;
    study->snapshot.seed = 7;
    study->snapshot.revision = 1;
    study->snapshot.version = "0.1.0";
    study->snapshot.host = "{\"node\": \"box\", \"kernel\": \"6.1.0\", \"cpu\": \"Test CPU @ "
                           "2.80GHz\", \"cpus\": 2, \"memory_b\": 8589934592}";
    study->snapshot.created_s = 1.7e9;
    study->snapshot.n_reference = n_objectives;
    study->snapshot.reference = study->reference;
    study->snapshot.spent_energy_j = (double)NAN;
    study->room = ECO_LEN(study->stores);
    study->trials = calloc(study->room, sizeof *study->trials);
    if (!study->trials)
        fail_hard("no memory");
    study->snapshot.trials = study->trials;
    return study;
}

void eco_fake_study_free(eco_fake_study *study)
{
    if (!study)
        return;
    for (size_t i = 0; i < study->snapshot.n_trials; i++)
        free(study->stores[i]);
    eco_space_free(study->ctx, study->space);
    free(study->trials);
    free(study);
}

ecopt_energy eco_fake_energy(double energy_j, double u95_j, double time_s, ecopt_quality quality)
{
    ecopt_energy energy;
    bool is_modelled = quality == ECOPT_QUALITY_MODELLED_GENERIC;
    ecopt_energy_clear(&energy);
    energy.energy_j = energy_j;
    energy.u95_j = u95_j;
    energy.gain_lo = is_modelled ? 0.4 : 0.97;
    energy.gain_hi = is_modelled ? 1.5 : 1.03;
    energy.time_s = time_s;
    energy.cpu_s = 1.5 * time_s;
    energy.quality = quality;
    energy.n_sources = 1;
    ecopt_source_energy *source = &energy.sources[0];
    (void)snprintf(source->name, sizeof source->name, "%s",
                   is_modelled ? "model cpu" : "rapl-perf package-0");
    source->energy_j = energy_j;
    source->u95_j = u95_j;
    source->gain_lo = energy.gain_lo;
    source->gain_hi = energy.gain_hi;
    source->quality = quality;
    source->is_counted = true;
    return energy;
}

static void add_metric(ecopt_trial *trial, eco_fake_trial *store, const char *name, double value,
                       double u95)
{
    ecopt_metric_value metric = {name, value, u95};
    store->metrics[trial->n_metrics++] = metric;
}

ecopt_trial *eco_fake_study_add_state(eco_fake_study *study, ecopt_trial_state state,
                                      const char *reason)
{
    size_t i = study->snapshot.n_trials;
    if (i >= study->room)
        fail_hard("too many trials");
    eco_fake_trial *store = calloc(1, sizeof *store);
    if (!store)
        fail_hard("no memory");
    study->stores[i] = store;
    (void)snprintf(store->point, sizeof store->point, "lr=%g width=%zu pool=%s optimiser=%s",
                   1e-4 * (double)(i % 50 + 1), 4 + i % 60, i % 2 ? "true" : "false",
                   i % 3 ? "adam" : "\"sgd nesterov\"");
    ecopt_trial trial = {.id = (int64_t)i + 1,
                         .state = state,
                         .reason = reason ? reason : "",
                         .cause = state == ECOPT_TRIAL_FAILED       ? ECOPT_CAUSE_EXIT
                                  : state == ECOPT_TRIAL_INFEASIBLE ? ECOPT_CAUSE_DECLARED
                                                                    : ECOPT_CAUSE_NONE,
                         .origin = i < 6 ? "sobol" : "mobo",
                         .point = store->point,
                         .seed = 1000 + i,
                         .attempts = 1,
                         .created_s = 1.7e9 + (double)i,
                         .started_s = 1.7e9 + (double)i,
                         .ended_s = 1.7e9 + (double)i + 10,
                         .dir = "trials/0001",
                         .metrics = store->metrics,
                         .phases = store->phases,
                         .spent_energy_j = (double)NAN};
    study->trials[i] = trial;
    study->snapshot.n_trials++;
    return &study->trials[i];
}

/* In place: an energy record is more than a kilobyte, and clang keeps every copy of it. */
static void phase_fill(ecopt_phase_record *record, const char *name, double energy_j,
                       double uncertainty_j, double time_s)
{
    record->phase = name;
    record->started_s = 1.7e9;
    record->max_rss_b = 64.0 * 1024 * 1024;
    record->energy =
        eco_fake_energy(energy_j, uncertainty_j, time_s, ECOPT_QUALITY_MEASURED_COUNTER);
    record->time_s = record->energy.time_s;
    record->cpu_s = record->energy.cpu_s;
}

ecopt_trial *eco_fake_study_add(eco_fake_study *study, double accuracy, double j_per_sample)
{
    ecopt_trial *trial = eco_fake_study_add_state(study, ECOPT_TRIAL_COMPLETE, NULL);
    eco_fake_trial *store = study->stores[study->snapshot.n_trials - 1];
    double evaluate_j = 1000 * j_per_sample;
    double train_j = 40 * evaluate_j;
    double time_s = 5 + 4000 * j_per_sample;
    phase_fill(&store->phases[0], "train", train_j, 0.02 * train_j, time_s);
    phase_fill(&store->phases[1], "evaluate", evaluate_j, 0.04 * evaluate_j, 0.1 * time_s);
    trial->n_phases = 2;
    add_metric(trial, store, "accuracy", accuracy, (double)NAN);
    add_metric(trial, store, "evaluate.j_per_sample", j_per_sample, j_per_sample / 25);
    add_metric(trial, store, "train.time_s", time_s, (double)NAN);
    add_metric(trial, store, "evaluate.time_s", 0.1 * time_s, (double)NAN);
    trial->spent_energy_j = train_j + evaluate_j;
    trial->spent_time_s = 1.1 * time_s;
    double spent_j = study->snapshot.spent_energy_j;
    study->snapshot.spent_energy_j = (isnan(spent_j) ? 0 : spent_j) + trial->spent_energy_j;
    study->snapshot.spent_time_s += trial->spent_time_s;
    return trial;
}

eco_fake_trial *eco_fake_study_store(eco_fake_study *study, size_t index)
{
    return study->stores[index];
}

void eco_fake_study_fill(eco_fake_study *study, size_t n)
{
    eco_rng rng;
    eco_rng_init(&rng, 42, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < n; i++) {
        if (i % 9 == 8) {
            (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED,
                                           "train: exit status 1: loss is not a number");
            continue;
        }
        double size = eco_rng_uniform(&rng);
        double j_per_sample = 1.5e-4 * pow(10, size) * (1 + 0.3 * eco_rng_uniform(&rng));
        double accuracy = 0.92 - 0.13 * exp(-3.5 * size) - 0.08 * pow(eco_rng_uniform(&rng), 3);
        (void)eco_fake_study_add(study, round(1e4 * accuracy) / 1e4, j_per_sample);
    }
}
