/* Trials of real programs: what goes in, what comes out, limits, energy. */
#include "support/trial_fixture.h"

#include <stdlib.h>

static void test_parameters_go_in(void **state)
{
    fixture *f = *state;
    static const char *const env[] = {"EXTRA=<{lr}>", "ECOPT_P_K=override", "HOME=/nowhere"};
    f->definition.n_env = 3;
    f->definition.env = env;
    assert_int_equal(setenv("ECOPT_P_STALE", "1", 1), 0);
    f->args[0][2] =
        "echo {lr} {width} {use-pool} {k} {trial.id} {seed} {phase} '{opt}' '{print $1}';"
        "echo $ECOPT_P_LR $ECOPT_P_WIDTH $ECOPT_P_USE_POOL $ECOPT_P_OPT $ECOPT_P_K;"
        "echo $ECOPT_TRIAL_ID $ECOPT_SEED $ECOPT_PHASE $ECOPT_EXIT_INFEASIBLE $EXTRA $HOME;"
        "test \"$ECOPT_TRIAL_DIR\" = '{trial.dir}' && test \"$PWD\" = '{study.dir}' && echo same;"
        "echo \"[$ECOPT_P_STALE]\"; cat {params.json}; test -t 0 || cat;"
        "echo '[ecopt] {\"accuracy\": 0.5}'";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_string_equal(outcome->reason, "");
    char *text = read_text(f, "train.out");
    assert_string_equal(text, "0.001 16 true 7 12 18446744073709551615 train sgd \"x\" {print $1}\n"
                              "0.001 16 true sgd \"x\" override\n"
                              "12 18446744073709551615 train 99 <0.001> /nowhere\n"
                              "same\n"
                              "[]\n"
                              "{\n  \"lr\": 0.001,\n  \"width\": 16,\n  \"use-pool\": true,\n"
                              "  \"opt\": \"sgd \\\"x\\\"\",\n  \"k\": 7\n}\n"
                              "[ecopt] {\"accuracy\": 0.5}\n");
    eco_free(f->ctx, text);
    eco_outcome_free(f->ctx, outcome);
    assert_int_equal(unsetenv("ECOPT_P_STALE"), 0);
}

static void test_metrics_come_out(void **state)
{
    fixture *f = *state;
    f->metrics[0] =
        (ecopt_metric){.name = "loss", .kind = ECOPT_METRIC_REGEX, .regex = "loss: (\\S+)"};
    f->metrics[1] = (ecopt_metric){.name = "depth",
                                   .kind = ECOPT_METRIC_JSON,
                                   .file = "model-{width}.json",
                                   .pointer = "/layers/0/depth",
                                   .phase = "train"};
    f->metrics[2] = (ecopt_metric){
        .name = "err", .kind = ECOPT_METRIC_REGEX, .regex = "^E=([0-9]+)", .phase = "evaluate"};
    f->definition.n_metrics = 3;
    f->definition.n_phases = 2;
    f->args[0][2] = "echo 'loss: 0.5'; echo loss: 0.25; echo E=1 >&2;"
                    "echo '[ecopt] {\"accuracy\": 0.1, \"step\": 1}';"
                    "echo '{\"params\": 1234, \"x\": {\"y\": 2}}' >$ECOPT_RESULT;"
                    "echo '{\"layers\": [{\"depth\": 3}]}' >$ECOPT_TRIAL_DIR/model-16.json";
    f->args[1][2] = "echo '[ecopt] {\"accuracy\": 0.93, \"accuracy_u95\": 0.01}'; echo E=2 >&2;"
                    "echo '{\"samples\": 100}' >>$ECOPT_LOG; rm $ECOPT_TRIAL_DIR/model-16.json";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_close(value_of(outcome, "loss"), 0.25, 0, 0);
    assert_close(value_of(outcome, "accuracy"), 0.93, 0, 0);
    assert_close(u95_of(outcome, "accuracy"), 0.01, 0, 0);
    assert_close(value_of(outcome, "params"), 1234, 0, 0);
    assert_close(value_of(outcome, "x.y"), 2, 0, 0);
    assert_close(value_of(outcome, "depth"), 3, 0, 0);
    assert_close(value_of(outcome, "err"), 2, 0, 0);
    assert_true(value_of(outcome, "evaluate.samples_per_s") > 0);
    assert_true(isnan(value_of(outcome, "train.samples_per_s")));
    assert_true(isnan(value_of(outcome, "evaluate.j_per_sample")));
    assert_true(value_of(outcome, "train.time_s") > 0);
    assert_true(value_of(outcome, "time_s") > value_of(outcome, "train.time_s"));
    assert_true(isnan(value_of(outcome, "energy_j")));
    assert_true(value_of(outcome, "evaluate.cpu_s") >= 0);
    assert_int_equal(outcome->n_phases, 2);
    assert_string_equal(outcome->phases[1].phase, "evaluate");
    assert_int_equal(outcome->phases[0].energy.quality, ECOPT_QUALITY_UNMEASURABLE);
    eco_outcome_free(f->ctx, outcome);
    char *text = read_text(f, "train.result.json");
    eco_free(f->ctx, text);
}

static void test_result_of_one_phase_is_not_the_next_ones(void **state)
{
    fixture *f = *state;
    f->args[0][2] = "echo '{\"samples\": 10, \"accuracy\": 1}' >$ECOPT_RESULT; "
                    "echo '{\"samples\": 10}' >>$ECOPT_LOG";
    f->args[1][2] = "true";
    f->definition.n_phases = 2;
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_true(value_of(outcome, "train.samples_per_s") > 0);
    assert_true(isnan(value_of(outcome, "evaluate.samples_per_s")));
    eco_outcome_free(f->ctx, outcome);
    /* Nor is what an earlier attempt in this folder left. */
    eco_test_write_file(f->trial_dir, "result.json", "{\"accuracy\": 1}");
    eco_test_write_file(f->trial_dir, "log.jsonl", "{\"accuracy\": 1}\n");
    expect(f, "true", NULL, ECOPT_TRIAL_FAILED, NULL);
}

static void test_limits(void **state)
{
    fixture *f = *state;
    eco_outcome *outcome = NULL;
    f->phases[0].timeout_s = 0.2;
    f->args[0][2] = "trap '' TERM; echo slow >&2; while :; do sleep 0.05; done";
    /* On a busy machine the limit may strike before the script comes to its trap. */
    for (outcome = run_trial(f); outcome->phases[0].signal == SIGTERM; outcome = run_trial(f)) {
        eco_outcome_free(f->ctx, outcome);
        f->phases[0].timeout_s *= 10;
    }
    assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
    char reason[128];
    (void)snprintf(reason, sizeof reason, "phase 'train': ran longer than its limit of %g s: slow",
                   f->phases[0].timeout_s);
    assert_string_equal(outcome->reason, reason);
    assert_true(outcome->phases[0].is_timed_out);
    assert_int_equal(outcome->phases[0].signal, SIGKILL);
    eco_outcome_free(f->ctx, outcome);
    volatile sig_atomic_t stop = 1;
    f->request.stop = &stop;
    outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_ABANDONED);
    assert_string_equal(outcome->reason, "phase 'train': not started");
    eco_outcome_free(f->ctx, outcome);
}

static volatile sig_atomic_t stop_flag;

static void stop_at_phase(void *user, const char *phase)
{
    (void)user;
    stop_flag = strcmp(phase, "evaluate") == 0;
}

static void test_stop_during_a_phase(void **state)
{
    fixture *f = *state;
    stop_flag = 0;
    f->request.stop = &stop_flag;
    f->request.on_phase = stop_at_phase;
    f->args[0][2] = "echo '[ecopt] {\"accuracy\": 1}'";
    f->args[1][2] = "sleep 100";
    f->definition.n_phases = 2;
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_ABANDONED);
    assert_string_equal(outcome->reason, "phase 'evaluate': stopped");
    assert_close(value_of(outcome, "accuracy"), 1, 0, 0);
    eco_outcome_free(f->ctx, outcome);
}

static void test_output_is_bounded(void **state)
{
    fixture *f = *state;
    f->metrics[0] = (ecopt_metric){
        .name = "accuracy", .kind = ECOPT_METRIC_REGEX, .regex = "^accuracy ([0-9.]+)"};
    f->definition.n_metrics = 1;
    f->args[0][2] = "head -c 20000000 /dev/zero | tr '\\0' 'x'; echo; echo accuracy 0.5;"
                    "head -c 20000 /dev/urandom >&2; echo >&2";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    /* Behind the part that is kept the search goes on. */
    assert_close(value_of(outcome, "accuracy"), 0.5, 0, 0);
    eco_outcome_free(f->ctx, outcome);
    char *text = read_text(f, "train.out");
    static const char end[] = "\n[ecopt: 3222798 more bytes were not kept]\n";
    assert_int_equal(strlen(text), ECO_LOG_KEPT_B + sizeof end - 1);
    assert_string_equal(text + ECO_LOG_KEPT_B, end);
    eco_free(f->ctx, text);
}

/* ---- energy ---- */

static void test_metered_trial(void **state)
{
    fixture *f = *state;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    ecopt_meter *meter = NULL;
    options.sources = "model";
    assert_status(f->ctx, ecopt_meter_open(f->ctx, &options, &meter), ECOPT_OK);
    f->request.meter = meter;
    f->definition.carbon =
        (ecopt_carbon){.is_set = true, .country = "GBR", .intensity_g_per_kwh = 238, .pue = 1.5};
    f->args[0][2] =
        "echo '[ecopt] {\"accuracy\": 1, \"samples\": 50, \"energy_j\": -5}'; sleep 0.1";
    f->args[1][2] = "sleep 0.05";
    f->definition.n_phases = 2;
    int before = count_fds();
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(count_fds(), before);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    double e = value_of(outcome, "train.energy_j"), t = value_of(outcome, "train.time_s");
    double u = u95_of(outcome, "train.energy_j");
    assert_true(e > 0 && t > 0.1 && u >= 0);
    assert_close(value_of(outcome, "train.power_w"), e / t, 1e-12, 0);
    assert_close(value_of(outcome, "train.carbon_g"), e / 3.6e6 * 238 * 1.5, 1e-12, 0);
    assert_close(value_of(outcome, "train.j_per_sample"), e / 50, 1e-12, 0);
    assert_close(u95_of(outcome, "train.j_per_sample"), u / 50, 1e-12, 0);
    assert_close(value_of(outcome, "train.samples_per_j"), 50 / e, 1e-12, 0);
    assert_close(u95_of(outcome, "train.samples_per_j"), 50 * u / e / e, 1e-12, 0);
    assert_close(value_of(outcome, "energy_j"), e + value_of(outcome, "evaluate.energy_j"), 1e-12,
                 0);
    assert_close(outcome->phases[0].energy.time_s, outcome->phases[0].time_s, 0, 0);
    assert_int_equal(outcome->phases[0].energy.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    eco_outcome_free(f->ctx, outcome);
    /* A program that cannot be started leaves no window open. */
    f->args[0][0] = "no-such-program";
    outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
    eco_outcome_free(f->ctx, outcome);
    assert_status(f->ctx, ecopt_meter_close(meter), ECOPT_OK);
}

static ecopt_status attempt_trial(ecopt_ctx *ctx, void *user)
{
    fixture *f = user;
    eco_outcome *outcome = NULL;
    ECO_TRY(eco_trial_run(ctx, &f->request, &outcome));
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    eco_outcome_free(ctx, outcome);
    return ECOPT_OK;
}

/* Every allocation of a trial fails once: no leak, no lost process, no descriptor left open. */
static void test_allocation_failures(void **state)
{
    fixture *f = *state;
    f->args[0][2] = "echo '[ecopt] {\"accuracy\": 1}'";
    int before = count_fds();
    /* The sweep would run as often as there are variables. */
    char *path = strdup(getenv("PATH"));
    assert_int_equal(clearenv(), 0);
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    eco_test_alloc_sweep(attempt_trial, f);
    assert_int_equal(count_fds(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRIAL_TEST(test_parameters_go_in),
        TRIAL_TEST(test_metrics_come_out),
        TRIAL_TEST(test_result_of_one_phase_is_not_the_next_ones),
        TRIAL_TEST(test_limits),
        TRIAL_TEST(test_stop_during_a_phase),
        TRIAL_TEST(test_output_is_bounded),
        TRIAL_TEST(test_metered_trial),
        TRIAL_TEST(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
