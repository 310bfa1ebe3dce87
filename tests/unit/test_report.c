#include "support/eco_test.h"
#include "support/fake_study.h"

#include <ecopt/report.h>
#include <jansson.h>
#include <stdlib.h>

typedef ecopt_status (*report_fn)(ecopt_ctx *ctx, const ecopt_definition *definition,
                                  const ecopt_snapshot *snapshot, ecopt_format format,
                                  char **ret_text);

static char *report(eco_fake_study *study, report_fn make, ecopt_format format)
{
    char *text = NULL;
    assert_status(study->ctx, make(study->ctx, &study->definition, &study->snapshot, format, &text),
                  ECOPT_OK);
    return text;
}

static json_t *report_json(eco_fake_study *study, report_fn make)
{
    json_error_t error;
    char *text = report(study, make, ECOPT_FORMAT_JSON);
    json_t *root = json_loads(text, 0, &error);
    if (!root)
        fail_msg("%s in %s", error.text, text);
    eco_free(study->ctx, text);
    return root;
}

static eco_fake_study *small_study(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add(study, 0.79, 3e-4);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "train: exit status 1, \"oops\"");
    (void)eco_fake_study_add(study, 0.88, 4e-4);
    (void)eco_fake_study_add(study, 0.90, 1e-3);
    return study;
}

static void test_front_table(void **state)
{
    (void)state;
    static const char expected[] =
        "   trial  accuracy  evaluate.j_per_sample [\xc2\xb5J/sample]  energy label          lr  "
        "width  pool   optimiser\n";
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = small_study(ctx);
    char *text = report(study, ecopt_report_front, ECOPT_FORMAT_TABLE);
    assert_memory_equal(text, expected, sizeof expected - 1);
    assert_non_null(strstr(text, "\n       1      0.8                         200.0 \xc2\xb1 8.0  "
                                 "measured-counter  0.0001      4  false  sgd nesterov\n"));
    assert_non_null(
        strstr(text, "\n*      4      0.88                        400 \xc2\xb1 16     meas"));
    assert_null(strstr(text, " \n")); /* no trailing blanks */
    assert_non_null(strstr(text, "3 on the front of 5 trials: 4 complete, 1 failed\n"));
    assert_non_null(strstr(text, "objectives: accuracy max, evaluate.j_per_sample min\n"));
    assert_non_null(strstr(text, "reference point: accuracy 0.75 (threshold), "
                                 "evaluate.j_per_sample 2 mJ/sample (inferred from trials)"));
    assert_non_null(strstr(text, "hypervolume: 0.1"));
    assert_null(strstr(text, "modelled"));
    assert_non_null(strstr(text, "note: the true energy is 0.97 to 1.03 times"));
    eco_free(ctx, text);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_front_csv(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = small_study(ctx);
    char *text = report(study, ecopt_report_front, ECOPT_FORMAT_CSV);
    assert_string_equal(
        text, "trial,accuracy,accuracy_u95,evaluate.j_per_sample,evaluate.j_per_sample_u95,quality,"
              "param.lr,param.width,param.pool,param.optimiser,is_knee\n"
              "1,0.8,,0.0002,8e-06,measured-counter,0.0001,4,false,sgd nesterov,false\n"
              "4,0.88,,0.0004,1.6e-05,measured-counter,0.0004,7,true,sgd nesterov,true\n"
              "5,0.9,,0.001,4e-05,measured-counter,0.0005,8,false,adam,false\n");
    eco_free(ctx, text);
    text = report(study, ecopt_report_trials, ECOPT_FORMAT_CSV);
    assert_non_null(strstr(text,
                           "\n3,failed,,,,,,,,,0.0003,6,false,adam,"
                           "\"train: exit status 1, \"\"oops\"\"\",false,sobol,false,exit\n"));
    eco_free(ctx, text);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_front_json(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = small_study(ctx);
    json_t *root = report_json(study, ecopt_report_front);
    assert_int_equal(json_integer_value(json_object_get(root, "front_size")), 3);
    assert_int_equal(json_integer_value(json_object_get(root, "knee")), 4);
    json_t *first = json_array_get(json_object_get(root, "front"), 0);
    json_t *objectives = json_object_get(first, "objectives");
    json_t *energy = json_object_get(objectives, "evaluate.j_per_sample");
    assert_close(json_real_value(json_object_get(energy, "value")), 2e-4, 0, 0);
    assert_close(json_real_value(json_object_get(energy, "u95")), 8e-6, 0, 0);
    assert_true(json_is_null(json_object_get(json_object_get(objectives, "accuracy"), "u95")));
    json_t *params = json_object_get(first, "params");
    assert_true(json_is_real(json_object_get(params, "lr")));
    assert_int_equal(json_integer_value(json_object_get(params, "width")), 4);
    assert_true(json_is_false(json_object_get(params, "pool")));
    assert_string_equal(json_string_value(json_object_get(params, "optimiser")), "sgd nesterov");
    json_decref(root);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_missing_is_null_in_json(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = small_study(ctx);
    study->snapshot.n_reference = 0;
    json_t *root = report_json(study, ecopt_report_trials);
    json_t *failed = json_array_get(json_object_get(root, "trials"), 2);
    assert_string_equal(json_string_value(json_object_get(failed, "state")), "failed");
    assert_true(json_is_null(json_object_get(failed, "energy_j")));
    assert_true(json_is_null(json_object_get(failed, "time_s")));
    assert_true(json_is_null(json_object_get(failed, "quality")));
    json_t *accuracy = json_object_get(json_object_get(failed, "objectives"), "accuracy");
    assert_true(json_is_null(json_object_get(accuracy, "value")));
    json_decref(root);
    root = report_json(study, ecopt_report_front);
    /* The threshold is known without any trial, the rest is not. */
    json_t *reference = json_object_get(root, "reference");
    json_t *source = json_object_get(root, "reference_source");
    assert_true(json_number_value(json_object_get(reference, "accuracy")) == 0.75);
    assert_string_equal(json_string_value(json_object_get(source, "accuracy")), "threshold");
    assert_true(json_is_null(json_object_get(reference, "evaluate.j_per_sample")));
    assert_true(json_is_null(json_object_get(source, "evaluate.j_per_sample")));
    assert_true(json_is_null(json_object_get(root, "hypervolume")));
    json_decref(root);
    study->objectives[0].has_threshold = false;
    root = report_json(study, ecopt_report_front);
    assert_true(json_is_null(json_object_get(root, "reference")));
    json_decref(root);
    study->snapshot.n_reference = 2;
    root = report_json(study, ecopt_report_front);
    source = json_object_get(root, "reference_source");
    assert_string_equal(json_string_value(json_object_get(source, "accuracy")), "inferred");
    json_decref(root);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_notes_tell_what_the_joules_are(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = small_study(ctx);
    ecopt_energy *energy = &eco_fake_study_store(study, 0)->phases[1].energy;
    energy->quality = ECOPT_QUALITY_MODELLED_GENERIC;
    energy->flags = ECOPT_FLAG_REPLAY;
    char *text = report(study, ecopt_report_front, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "note: energy labels differ between points of this front"));
    assert_non_null(strstr(text, "note: joules are modelled, not measured: compare within this "
                                 "machine only\n"));
    assert_non_null(strstr(text, "note: joules come from a recorded trace"));
    eco_free(ctx, text);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_status(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = small_study(ctx);
    char *text = report(study, ecopt_report_status, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "  trials     5 trials: 4 complete, 1 failed\n"));
    assert_non_null(strstr(text, "  budget     5 of 30 trials ended\n"));
    assert_non_null(strstr(text, "J of 7.2 MJ ("));
    assert_non_null(strstr(text, "  label      measured-counter\n"));
    assert_non_null(strstr(text, "  best       accuracy 0.9 (trial 5)\n"));
    eco_free(ctx, text);
    json_t *root = report_json(study, ecopt_report_status);
    assert_int_equal(json_integer_value(json_object_get(root, "n_ended")), 5);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "states"), "failed")),
                     1);
    assert_true(json_is_null(json_object_get(json_object_get(root, "budget"), "time_s")));
    json_decref(root);
    text = report(study, ecopt_report_status, ECOPT_FORMAT_CSV);
    assert_non_null(strstr(text, "\n5,5,4,1,3,"));
    eco_free(ctx, text);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_one_trial(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = small_study(ctx);
    char *text = NULL;
    eco_fake_trial *store = eco_fake_study_store(study, 0);
    store->phases[0].signal = 9;
    store->phases[1].is_timed_out = true;
    assert_status(
        ctx,
        ecopt_report_trial(ctx, &study->definition, &study->snapshot, 1, ECOPT_FORMAT_TABLE, &text),
        ECOPT_OK);
    assert_non_null(strstr(text, "trial 1: complete\n"));
    assert_non_null(strstr(text, "  started    2023-11-14 22:13:20 UTC\n"));
    assert_non_null(strstr(text, "optimiser  sgd nesterov\n"));
    assert_non_null(strstr(text, "evaluate.j_per_sample  200.0 \xc2\xb1 8.0 \xc2\xb5J/sample\n"));
    assert_non_null(strstr(text, "phase train: ended by signal 9, "));
    assert_non_null(strstr(text, "phase evaluate: stopped by its time limit, "));
    eco_free(ctx, text);
    assert_status(
        ctx,
        ecopt_report_trial(ctx, &study->definition, &study->snapshot, 3, ECOPT_FORMAT_TABLE, &text),
        ECOPT_OK);
    assert_non_null(strstr(text, "trial 3: failed (exit): train: exit status 1, \"oops\"\n"));
    eco_free(ctx, text);
    assert_status(
        ctx,
        ecopt_report_trial(ctx, &study->definition, &study->snapshot, 1, ECOPT_FORMAT_JSON, &text),
        ECOPT_OK);
    json_error_t error;
    json_t *root = json_loads(text, 0, &error);
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "phases")), 2);
    assert_string_equal(json_string_value(json_object_get(root, "seed")), "1000");
    json_decref(root);
    eco_free(ctx, text);
    assert_status(
        ctx,
        ecopt_report_trial(ctx, &study->definition, &study->snapshot, 6, ECOPT_FORMAT_TABLE, &text),
        ECOPT_E_NOT_FOUND);
    assert_status(
        ctx,
        ecopt_report_trial(ctx, &study->definition, &study->snapshot, 1, ECOPT_FORMAT_CSV, &text),
        ECOPT_E_ARG);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* A complete trial that does not count says why, in each format and in the same words. */
static void test_why_a_complete_trial_does_not_count(void **state)
{
    (void)state;
    static const char broken[] = "breaks evaluate.time_s <= 60", missing[] = "no value of accuracy";
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = small_study(ctx);
    study->definition.n_constraints = 1;
    eco_fake_study_store(study, 0)->metrics[3].value = 61;
    eco_fake_study_store(study, 1)->metrics[0].value = (double)NAN;
    json_t *root = report_json(study, ecopt_report_trials);
    const char *expected[] = {broken, missing, "train: exit status 1, \"oops\"", NULL, NULL};
    for (size_t i = 0; i < ECO_LEN(expected); i++) {
        json_t *trial = json_array_get(json_object_get(root, "trials"), i);
        const char *reason = json_string_value(json_object_get(trial, "reason"));
        assert_true(!reason == !expected[i]);
        if (reason)
            assert_string_equal(reason, expected[i]);
    }
    json_decref(root);
    char *text = report(study, ecopt_report_trials, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, broken));
    assert_non_null(strstr(text, missing));
    eco_free(ctx, text);
    assert_status(
        ctx,
        ecopt_report_trial(ctx, &study->definition, &study->snapshot, 1, ECOPT_FORMAT_TABLE, &text),
        ECOPT_OK);
    assert_non_null(strstr(text, "trial 1: complete: breaks evaluate.time_s <= 60\n"));
    eco_free(ctx, text);
    text = report(study, ecopt_report_front, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "of 5 trials: 4 complete (2 not feasible), 1 failed\n"));
    eco_free(ctx, text);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_energy_of_one_window(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_energy energy = eco_fake_energy(842.3, 21.7, 18.47, ECOPT_QUALITY_MEASURED_COUNTER);
    char *text = NULL;
    energy.cpu_s = (double)NAN;
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_TABLE, &text), ECOPT_OK);
    assert_string_equal(text,
                        " 842 \xc2\xb1 22 J (2.6 %)    total                measured-counter\n"
                        " 842 \xc2\xb1 22 J (2.6 %)    rapl-perf package-0  measured-counter\n"
                        "  18.47 s   45.6 \xc2\xb1 1.2 W   234.0 \xc2\xb1 6.0 mWh\n");
    eco_free(ctx, text);
    energy = eco_fake_energy(10, 1, 2, ECOPT_QUALITY_MODELLED_GENERIC);
    energy.flags = ECOPT_FLAG_SHORT;
    energy.coverage_ratio = 0.9;
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_TABLE, &text), ECOPT_OK);
    assert_non_null(strstr(text, "note: absolute scale 4 to 15 J (modelled)\n"));
    assert_non_null(strstr(text, "note: joules are modelled"));
    assert_non_null(strstr(text, "note: 90 % of the window was observed\n"));
    assert_non_null(strstr(text, "note: the window is shorter than 41 counter periods\n"));
    eco_free(ctx, text);
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_CSV, &text), ECOPT_E_ARG);
    ecopt_ctx_free(ctx);
}

static void test_missing_energy_is_not_zero(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_energy energy;
    char *text = NULL;
    ecopt_energy_clear(&energy);
    energy.energy_j = (double)NAN;
    energy.u95_j = (double)NAN;
    energy.cpu_s = (double)NAN;
    energy.time_s = 2;
    energy.quality = ECOPT_QUALITY_UNMEASURABLE;
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_TABLE, &text), ECOPT_OK);
    assert_string_equal(text, " not known            total  unmeasurable\n"
                              "  2 s\n"
                              "note: no source could be read: the number is missing\n");
    eco_free(ctx, text);
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_JSON, &text), ECOPT_OK);
    assert_non_null(strstr(text, "\"energy_j\": null"));
    assert_non_null(strstr(text, "\"power_w\": null"));
    eco_free(ctx, text);
    ecopt_ctx_free(ctx);
}

static void test_empty_and_hopeless_studies(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    const report_fn all[] = {ecopt_report_front, ecopt_report_trials, ecopt_report_status};
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < ECO_LEN(all); i++) {
            for (int format = ECOPT_FORMAT_TABLE; format <= ECOPT_FORMAT_JSON; format++) {
                char *text = report(study, all[i], (ecopt_format)format);
                assert_true(strlen(text) > 0);
                assert_null(strstr(text, "nan"));
                eco_free(ctx, text);
            }
            char *none = NULL;
            assert_status(ctx,
                          all[i](ctx, &study->definition, &study->snapshot, (ecopt_format)9, &none),
                          ECOPT_E_ARG);
        }
        for (size_t i = 0; i < 3; i++)
            (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "no");
    }
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static ecopt_status make_all(ecopt_ctx *ctx, void *user)
{
    eco_fake_study *study = user;
    const report_fn all[] = {ecopt_report_front, ecopt_report_trials, ecopt_report_status};
    char *text = NULL;
    for (size_t i = 0; i < ECO_LEN(all); i++) {
        for (int format = ECOPT_FORMAT_TABLE; format <= ECOPT_FORMAT_JSON; format++) {
            ECO_TRY(all[i](ctx, &study->definition, &study->snapshot, (ecopt_format)format, &text));
            eco_free(ctx, text);
        }
    }
    ECO_TRY(ecopt_report_trial(ctx, &study->definition, &study->snapshot, 1, ECOPT_FORMAT_TABLE,
                               &text));
    eco_free(ctx, text);
    ECO_TRY(
        ecopt_report_trial(ctx, &study->definition, &study->snapshot, 1, ECOPT_FORMAT_JSON, &text));
    eco_free(ctx, text);
    return ECOPT_OK;
}

static void test_memory_failures_leave_nothing(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "no");
    eco_test_alloc_sweep(make_all, study);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front_table),
        cmocka_unit_test(test_front_csv),
        cmocka_unit_test(test_front_json),
        cmocka_unit_test(test_missing_is_null_in_json),
        cmocka_unit_test(test_notes_tell_what_the_joules_are),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_one_trial),
        cmocka_unit_test(test_why_a_complete_trial_does_not_count),
        cmocka_unit_test(test_energy_of_one_window),
        cmocka_unit_test(test_missing_energy_is_not_zero),
        cmocka_unit_test(test_empty_and_hopeless_studies),
        cmocka_unit_test(test_memory_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
