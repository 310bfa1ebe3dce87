/* What the models say of trials, and the report that shows it beside what was measured. */
#include "support/eco_test.h"
#include "support/fake_study.h"

#include <ecopt/report.h>
#include <jansson.h>

static ecopt_modelled *model(eco_fake_study *study)
{
    ecopt_modelled *modelled = NULL;
    assert_status(study->ctx,
                  ecopt_modelled_new(study->ctx, &study->definition, &study->snapshot, &modelled),
                  ECOPT_OK);
    return modelled;
}

static char *report(eco_fake_study *study, const ecopt_modelled *modelled, ecopt_format format)
{
    char *text = NULL;
    assert_status(study->ctx,
                  ecopt_report_modelled(study->ctx, &study->definition, &study->snapshot, modelled,
                                        format, &text),
                  ECOPT_OK);
    return text;
}

static void tear(eco_fake_study *study, ecopt_ctx *ctx)
{
    eco_fake_study_free(study);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_means_are_in_the_metrics_units(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 40);
    ecopt_modelled *modelled = model(study);
    assert_int_equal(modelled->n_trials, 40);
    assert_int_equal(modelled->n_objectives, 2);
    for (size_t i = 0; i < 40; i++) {
        /* A failed trial has a mean as well: its point is known. */
        assert_true(modelled->mean[2 * i] > 0.2 && modelled->mean[2 * i] < 1.1);
        assert_true(modelled->mean[2 * i + 1] > 1e-6 && modelled->mean[2 * i + 1] < 1);
        assert_true(modelled->u95[2 * i] > 0 && modelled->u95[2 * i + 1] > 0);
        const ecopt_metric_value *seen =
            ecopt_trial_metric(&study->snapshot.trials[i], "evaluate.j_per_sample");
        if (seen)
            assert_true(modelled->mean[2 * i + 1] > 0.2 * seen->value &&
                        modelled->mean[2 * i + 1] < 5 * seen->value);
    }
    ecopt_modelled_free(ctx, modelled);
    ecopt_modelled_free(ctx, NULL);
    tear(study, ctx);
}

/* A score that no one reached: its model is that of the others, and it is named. */
static void test_errors_are_named(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 40);
    ecopt_modelled *modelled = model(study);
    for (size_t i = 0; i < 80; i++)
        assert_false(modelled->is_outlier[i]);
    ecopt_modelled_free(ctx, modelled);
    (void)eco_fake_study_add(study, 90, 1e-4);
    modelled = model(study);
    for (size_t i = 0; i < 82; i++)
        assert_int_equal(modelled->is_outlier[i], i == 80);
    assert_true(modelled->mean[80] < 2);
    ecopt_modelled_free(ctx, modelled);
    tear(study, ctx);
}

/* By hand, so that the fronts are known: trial 2 was lucky, trial 3 unlucky. */
static void test_both_fronts(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 1e-4);
    (void)eco_fake_study_add(study, 0.90, 2e-4);
    (void)eco_fake_study_add(study, 0.88, 2e-4);
    (void)eco_fake_study_add(study, 0.70, 5e-4);
    const double mean[] = {0.80, 1e-4, 0.87, 2e-4, 0.89, 2e-4, 0.70, 5e-4};
    const double u95[] = {0.01, 1e-5, 0.01, 1e-5, 0.01, 1e-5, 0.01, 1e-5};
    const bool is_log[] = {false, true};
    const bool is_outlier[8] = {[3] = true};
    const ecopt_modelled modelled = {4, 2, mean, u95, is_log, is_outlier};
    char *text = report(study, &modelled, ECOPT_FORMAT_CSV);
    assert_non_null(strstr(text, "trial,front,accuracy,accuracy_u95,accuracy.model,"));
    assert_non_null(strstr(text, "\n1,both,"));
    assert_non_null(strstr(text, "\n2,observed,"));
    assert_non_null(strstr(text, "\n3,model,"));
    assert_null(strstr(text, "\n4,"));
    ecopt_text_free(ctx, text);
    text = report(study, &modelled, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "2 on the observed front, 2 on the modelled one\n"));
    assert_non_null(strstr(text, "\nevaluate.j_per_sample: modelled as log\n"));
    assert_null(strstr(text, "accuracy: modelled as log"));
    assert_non_null(strstr(text, "\ntrial 2: evaluate.j_per_sample taken for an error"));
    assert_null(strstr(text, "trial 2: accuracy taken"));
    ecopt_text_free(ctx, text);
    text = report(study, &modelled, ECOPT_FORMAT_JSON);
    json_t *root = json_loads(text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(root, "n_modelled")), 2);
    json_t *lucky = json_array_get(json_object_get(root, "trials"), 1);
    assert_true(json_is_true(json_object_get(lucky, "is_on_observed_front")));
    assert_true(json_is_false(json_object_get(lucky, "is_on_modelled_front")));
    json_t *accuracy = json_object_get(json_object_get(lucky, "modelled"), "accuracy");
    assert_true(json_number_value(json_object_get(accuracy, "value")) == 0.87);
    json_t *outliers = json_object_get(root, "outliers");
    assert_int_equal(json_array_size(outliers), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(outliers, 0), "id")), 2);
    json_decref(root);
    ecopt_text_free(ctx, text);
    tear(study, ctx);
}

/* The page lists both fronts, and says nothing of models where there are none. */
static void test_page(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    const double mean[] = {0.80, 1e-4, 0.87, 2e-4}, u95[] = {0.01, 1e-5, 0.02, 1e-5};
    const bool no_log[] = {false, false}, is_log[] = {true, true};
    ecopt_modelled modelled = {2, 2, mean, u95, no_log, NULL};
    char *page = NULL;
    assert_status(ctx,
                  ecopt_report_html(ctx, &study->definition, &study->snapshot, &modelled, &page),
                  ECOPT_E_ARG);
    assert_null(page);
    (void)eco_fake_study_add(study, 0.80, 1e-4);
    (void)eco_fake_study_add(study, 0.70, 2e-4);
    assert_status(ctx,
                  ecopt_report_html(ctx, &study->definition, &study->snapshot, &modelled, &page),
                  ECOPT_OK);
    assert_non_null(strstr(page, "By measurement 1 trial is on the front, by the models 2."));
    assert_non_null(strstr(page, "accuracy, model"));
    assert_non_null(strstr(page, "<td>model</td><td class=\"num\">0.7</td>"));
    assert_non_null(strstr(page, "0.870 \xc2\xb1 0.020"));
    assert_null(strstr(page, "a median"));
    assert_null(strstr(page, "for an error"));
    ecopt_text_free(ctx, page);
    const bool is_outlier[4] = {[2] = true};
    modelled.is_outlier = is_outlier;
    modelled.is_log = is_log;
    assert_status(ctx,
                  ecopt_report_html(ctx, &study->definition, &study->snapshot, &modelled, &page),
                  ECOPT_OK);
    assert_non_null(strstr(page, "a median: accuracy, evaluate.j_per_sample.</p>"));
    assert_non_null(strstr(page, "<p>Trial 2: accuracy was taken for an error"));
    ecopt_text_free(ctx, page);
    assert_status(ctx, ecopt_report_html(ctx, &study->definition, &study->snapshot, NULL, &page),
                  ECOPT_OK);
    assert_null(strstr(page, "the models"));
    ecopt_text_free(ctx, page);
    /* No value, nothing modelled: no empty section. */
    study->trials[0].state = study->trials[1].state = ECOPT_TRIAL_FAILED;
    assert_status(ctx,
                  ecopt_report_html(ctx, &study->definition, &study->snapshot, &modelled, &page),
                  ECOPT_OK);
    assert_null(strstr(page, "the models"));
    ecopt_text_free(ctx, page);
    tear(study, ctx);
}

static void test_little_and_wrong_input(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    ecopt_modelled *modelled = model(study);
    char *text = report(study, modelled, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "0 on the observed front, 0 on the modelled one"));
    ecopt_text_free(ctx, text);
    text = NULL;
    /* Nothing but a failure: no value, no model. */
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "no");
    assert_status(ctx,
                  ecopt_report_modelled(ctx, &study->definition, &study->snapshot, modelled,
                                        ECOPT_FORMAT_TABLE, &text),
                  ECOPT_E_ARG);
    ecopt_modelled_free(ctx, modelled);
    modelled = model(study);
    assert_true(isnan(modelled->mean[0]) && isnan(modelled->u95[1]));
    assert_status(ctx,
                  ecopt_report_modelled(ctx, &study->definition, &study->snapshot, modelled,
                                        (ecopt_format)99, &text),
                  ECOPT_E_ARG);
    ecopt_modelled_free(ctx, modelled);
    /* One value: its own mean. */
    (void)eco_fake_study_add(study, 0.8, 2e-4);
    modelled = model(study);
    assert_close(modelled->mean[2], 0.8, 1e-9, 0);
    assert_close(modelled->mean[3], 2e-4, 1e-9, 0);
    ecopt_modelled_free(ctx, modelled);
    tear(study, ctx);
}

static ecopt_status sweep(ecopt_ctx *ctx, void *user)
{
    eco_fake_study *study = user;
    ecopt_modelled *modelled = NULL;
    char *text = NULL;
    ecopt_status status = ecopt_modelled_new(ctx, &study->definition, &study->snapshot, &modelled);
    if (status == ECOPT_OK)
        status = ecopt_report_modelled(ctx, &study->definition, &study->snapshot, modelled,
                                       ECOPT_FORMAT_TABLE, &text);
    if (status == ECOPT_OK) {
        ecopt_text_free(ctx, text);
        text = NULL;
        status = ecopt_report_html(ctx, &study->definition, &study->snapshot, modelled, &text);
    }
    ecopt_text_free(ctx, text);
    ecopt_modelled_free(ctx, modelled);
    return status;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 6);
    eco_test_alloc_sweep(sweep, study);
    tear(study, ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_means_are_in_the_metrics_units),
        cmocka_unit_test(test_errors_are_named),
        cmocka_unit_test(test_both_fronts),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_little_and_wrong_input),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
