/* Phases that run several times: what the guide is told, what becomes of its verdicts, means. */
#include "support/trial_fixture.h"

#include <unistd.h>

/* What a guide that follows a plan was told. */
typedef struct plan {
    size_t phase;       /* that is repeated */
    int64_t runs;       /* so often */
    size_t prune_after; /* index of the phase behind which it ends, SIZE_MAX never */
    size_t n_asked;
    int64_t repeats[8];
    double energy_j[8], accuracy[8];
    size_t n_records[8];
    ecopt_status status;
} plan;

static double progress_value(const eco_trial_progress *progress, const char *name)
{
    for (size_t i = 0; i < progress->n_metrics; i++)
        if (strcmp(progress->metrics[i].name, name) == 0)
            return progress->metrics[i].value;
    return (double)NAN;
}

static ecopt_status on_phase(void *user, const eco_trial_progress *progress, eco_str *reason,
                             eco_verdict *ret_verdict)
{
    plan *p = user;
    p->repeats[p->n_asked] = progress->repeat;
    p->accuracy[p->n_asked] = progress_value(progress, "accuracy");
    p->energy_j[p->n_asked] = progress_value(progress, "evaluate.energy_j");
    p->n_records[p->n_asked++] = progress->n_phases;
    if (progress->phase == p->prune_after) {
        eco_str_add(reason, "cannot improve the front");
        *ret_verdict = ECO_VERDICT_PRUNE;
    } else if (progress->phase == p->phase && progress->repeat < p->runs) {
        *ret_verdict = ECO_VERDICT_AGAIN;
    }
    return p->status;
}

static void use_plan(fixture *f, plan *p, eco_trial_guide *guide)
{
    *guide = (eco_trial_guide){.user = p, .on_phase = on_phase};
    f->request.guide = guide;
    f->definition.n_phases = 2;
    f->args[0][2] = "touch {trial.dir}/model";
}

/* A trace in which the runs of a phase have windows of their own. */
static ecopt_meter *open_trace(fixture *f, const double *energy_j, const char *const *phases,
                               size_t n)
{
    char path[400], sources[420];
    ecopt_meter *meter = NULL;
    (void)snprintf(path, sizeof path, "%s/trace", f->dir);
    (void)snprintf(sources, sizeof sources, "replay:%s", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "# ecopt-trace 1\nsource,cpu,measured-counter,1,0,0,1,1,0\n");
    double sum_uj = 1e6;
    for (size_t i = 0; i < n; i++) {
        (void)fprintf(file, "sample,%zu.0,cpu,%.0f,0\nbegin,%zu.0,12,%s\n", 2 * i + 1, sum_uj,
                      2 * i + 1, phases[i]);
        sum_uj += energy_j[i] * 1e6;
        (void)fprintf(file, "sample,%zu.0,cpu,%.0f,0\nend,%zu.0,12,%s\n", 2 * i + 2, sum_uj,
                      2 * i + 2, phases[i]);
    }
    assert_int_equal(fclose(file), 0);
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    assert_status(f->ctx, ecopt_meter_open(f->ctx, &options, &meter), ECOPT_OK);
    f->request.meter = meter;
    return meter;
}

/* 3 runs of 10, 12 and 14 J: t(0.975, 2) x 2 / sqrt 3 = 4.968. */
static void test_a_phase_that_runs_three_times_gives_means(void **state)
{
    fixture *f = *state;
    plan p = {.phase = 1, .runs = 3, .prune_after = SIZE_MAX};
    eco_trial_guide guide;
    static const double energy_j[] = {50, 10, 12, 14};
    static const char *const phases[] = {"train", "evaluate", "evaluate#2", "evaluate#3"};
    use_plan(f, &p, &guide);
    /* Each run does another amount of work: 10, 20, 30 samples. */
    f->args[1][2] = "n=$(cat {trial.dir}/n 2>/dev/null || echo 0); n=$((n + 10));"
                    "echo $n >{trial.dir}/n;"
                    "echo \"[ecopt] {\\\"accuracy\\\": 0.$n, \\\"samples\\\": $n}\"";
    ecopt_meter *meter = open_trace(f, energy_j, phases, 4);
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_string_equal(outcome->reason, "");
    assert_int_equal(outcome->n_phases, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(outcome->phases[i].repeat, i == 0 ? 1 : (int64_t)i);
        assert_string_equal(outcome->phases[i].phase, i == 0 ? "train" : "evaluate");
        assert_close(outcome->phases[i].energy.energy_j, energy_j[i], 1e-12, 0);
    }
    assert_close(value_of(outcome, "evaluate.energy_j"), 12, 1e-12, 0);
    assert_close(u95_of(outcome, "evaluate.energy_j"), 4.302652729749 * 2 / sqrt(3), 1e-9, 0);
    assert_close(value_of(outcome, "evaluate.time_s"), 1, 1e-12, 0);
    /* The mean of the ratios of the runs, not the ratio of the means. */
    assert_close(value_of(outcome, "evaluate.j_per_sample"), (1 + 0.6 + 14.0 / 30) / 3, 1e-12, 0);
    /* A total counts the phase once. */
    assert_close(value_of(outcome, "energy_j"), 62, 1e-12, 0);
    assert_close(value_of(outcome, "time_s"), 2, 1e-12, 0);
    assert_close(u95_of(outcome, "energy_j"),
                 hypot(outcome->phases[0].energy.u95_j, 4.302652729749 * 2 / sqrt(3)), 1e-9, 0);
    /* Reported values are means, too; their uncertainty is that of the scatter. */
    assert_close(value_of(outcome, "accuracy"), 0.2, 1e-12, 0);
    assert_close(u95_of(outcome, "accuracy"), 4.302652729749 * 0.1 / sqrt(3), 1e-9, 0);
    eco_outcome_free(f->ctx, outcome);
    /* After train, then after each run, with the means so far. */
    assert_int_equal(p.n_asked, 4);
    assert_int_equal(p.repeats[0], 1);
    assert_int_equal(p.repeats[3], 3);
    assert_int_equal(p.n_records[3], 4);
    assert_true(isnan(p.energy_j[0]));
    assert_close(p.energy_j[1], 10, 1e-12, 0);
    assert_close(p.energy_j[2], 11, 1e-12, 0);
    assert_close(p.accuracy[2], 0.15, 1e-12, 0);
    /* Each run has logs of its own; train ran once. */
    static const char *const files[] = {"evaluate.out", "evaluate.2.out", "evaluate.3.out"};
    for (size_t i = 0; i < ECO_LEN(files); i++) {
        char *text = read_text(f, files[i]);
        assert_non_null(strstr(text, i == 0 ? "0.10" : i == 1 ? "0.20" : "0.30"));
        eco_free(f->ctx, text);
    }
    assert_status(f->ctx, ecopt_meter_close(meter), ECOPT_OK);
}

/* What a program says alike every time has no scatter, and no claim of being exact either. */
static void test_equal_reports_claim_nothing(void **state)
{
    fixture *f = *state;
    plan p = {.phase = 1, .runs = 3, .prune_after = SIZE_MAX};
    eco_trial_guide guide;
    use_plan(f, &p, &guide);
    f->args[1][2] = "echo '{\"accuracy\": 0.5, \"accuracy_u95\": 0.3, \"loss\": 2}' "
                    ">$ECOPT_RESULT; echo '{\"late\": 1}' >>$ECOPT_LOG";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_close(value_of(outcome, "loss"), 2, 0, 0);
    assert_true(isnan(u95_of(outcome, "loss")));
    assert_close(value_of(outcome, "late"), 1, 0, 0);
    /* Its own is known, and shrinks. */
    assert_close(u95_of(outcome, "accuracy"), 0.3 / sqrt(3), 1e-9, 0);
    eco_outcome_free(f->ctx, outcome);
    char *text = read_text(f, "evaluate.3.result.json");
    assert_non_null(strstr(text, "0.5"));
    eco_free(f->ctx, text);
}

/* A run that says nothing or nonsense is not covered up by the next. */
static void test_a_bad_run_spoils_the_mean(void **state)
{
    fixture *f = *state;
    plan p = {.phase = 1, .runs = 3, .prune_after = SIZE_MAX};
    eco_trial_guide guide;
    use_plan(f, &p, &guide);
    f->args[1][2] = "if [ -e {trial.dir}/first ]; then a=0.5; else a=NaN; fi;"
                    "touch {trial.dir}/first; echo \"[ecopt] {\\\"accuracy\\\": $a}\"";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
    assert_non_null(strstr(outcome->reason, "not a finite number"));
    eco_outcome_free(f->ctx, outcome);
    /* A later run that fails makes the trial fail, and what was measured stays. */
    assert_int_equal(unlink(strcat(strcpy((char[400]){0}, f->trial_dir), "/first")), 0);
    f->args[1][2] = "test ! -e {trial.dir}/first || exit 3; touch {trial.dir}/first;"
                    "echo '[ecopt] {\"accuracy\": 1}'";
    p.n_asked = 0;
    outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
    assert_string_equal(outcome->reason, "phase 'evaluate': exit status 3");
    assert_int_equal(outcome->n_phases, 3);
    eco_outcome_free(f->ctx, outcome);
}

static void test_a_pruned_trial_keeps_what_its_profile_provides(void **state)
{
    fixture *f = *state;
    plan p = {.phase = SIZE_MAX, .prune_after = 0};
    eco_trial_guide guide;
    static const ecopt_provision provides[] = {{1, "train.energy_j"}};
    static const double energy_j[] = {8};
    static const char *const phases[] = {"train"};
    use_plan(f, &p, &guide);
    f->definition.n_objectives = 2;
    f->objectives[1] = (ecopt_objective){.metric = "evaluate.energy_j"};
    f->definition.profile =
        (ecopt_profile_policy){.is_set = true, .n_provides = 1, .provides = provides};
    f->args[1][2] = "touch {trial.dir}/ran";
    ecopt_meter *meter = open_trace(f, energy_j, phases, 1);
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_PRUNED);
    assert_string_equal(outcome->reason, "cannot improve the front");
    assert_int_equal(outcome->n_phases, 1);
    assert_close(value_of(outcome, "evaluate.energy_j"), 8, 1e-12, 0);
    assert_close(value_of(outcome, "train.energy_j"), 8, 1e-12, 0);
    assert_true(isnan(value_of(outcome, "energy_j")));
    eco_outcome_free(f->ctx, outcome);
    assert_int_not_equal(access(strcat(strcpy((char[400]){0}, f->trial_dir), "/ran"), F_OK), 0);
    /* A trial that goes through has the measured one. */
    p.prune_after = SIZE_MAX;
    f->args[1][2] = "echo '[ecopt] {\"accuracy\": 1}'";
    static const double both_j[] = {8, 3};
    static const char *const both[] = {"train", "evaluate"};
    assert_status(f->ctx, ecopt_meter_close(meter), ECOPT_OK);
    meter = open_trace(f, both_j, both, 2);
    outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_close(value_of(outcome, "evaluate.energy_j"), 3, 1e-12, 0);
    eco_outcome_free(f->ctx, outcome);
    assert_status(f->ctx, ecopt_meter_close(meter), ECOPT_OK);
}

static void test_a_guide_that_fails_ends_the_study(void **state)
{
    fixture *f = *state;
    plan p = {.phase = SIZE_MAX, .prune_after = SIZE_MAX, .status = ECOPT_E_NOT_PD};
    eco_trial_guide guide;
    eco_outcome *outcome = NULL;
    use_plan(f, &p, &guide);
    assert_status(f->ctx, eco_trial_run(f->ctx, &f->request, &outcome), ECOPT_E_NOT_PD);
    assert_null(outcome);
}

/* A part runs in the folder of the trial and asks for nothing that it does not yield. */
static void test_a_part_measures_its_phases_alone(void **state)
{
    fixture *f = *state;
    static const size_t evaluate[] = {1};
    static const double energy_j[] = {50, 10, 11};
    static const char *const phases[] = {"train", "evaluate", "evaluate#confirm2"};
    const eco_trial_part part = {1, evaluate, 2};
    f->definition.n_phases = 2;
    f->args[0][2] = "echo model >{trial.dir}/model";
    f->args[1][2] = "cat {trial.dir}/model; echo '[ecopt] {\"samples\": 5}'";
    f->definition.n_objectives = 0;
    ecopt_meter *meter = open_trace(f, energy_j, phases, 3);
    eco_outcome_free(f->ctx, run_trial(f));
    f->definition.n_objectives = 1;
    f->request.part = &part;
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(outcome->n_phases, 1);
    assert_int_equal(outcome->phases[0].repeat, 2);
    assert_close(value_of(outcome, "evaluate.j_per_sample"), 2.2, 1e-12, 0);
    assert_true(isnan(value_of(outcome, "energy_j")));
    assert_true(isnan(value_of(outcome, "train.energy_j")));
    eco_outcome_free(f->ctx, outcome);
    char *text = read_text(f, "evaluate.confirm2.out");
    assert_int_equal(strncmp(text, "model\n", 6), 0);
    eco_free(f->ctx, text);
    text = read_text(f, "evaluate.out");
    assert_int_equal(strncmp(text, "model\n", 6), 0);
    eco_free(f->ctx, text);
    assert_status(f->ctx, ecopt_meter_close(meter), ECOPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRIAL_TEST(test_a_phase_that_runs_three_times_gives_means),
        TRIAL_TEST(test_equal_reports_claim_nothing),
        TRIAL_TEST(test_a_bad_run_spoils_the_mean),
        TRIAL_TEST(test_a_pruned_trial_keeps_what_its_profile_provides),
        TRIAL_TEST(test_a_guide_that_fails_ends_the_study),
        TRIAL_TEST(test_a_part_measures_its_phases_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
