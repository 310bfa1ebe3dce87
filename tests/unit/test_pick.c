/* Picks: best within bounds, the knee, what is said when nothing fits. */
#include "analysis/pick.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include <jansson.h>

/* Four on the front, the second is the knee; the fifth is dominated. */
static eco_fake_study *make(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add(study, 0.88, 3e-4);
    (void)eco_fake_study_add(study, 0.90, 1e-3);
    (void)eco_fake_study_add(study, 0.91, 4e-3);
    (void)eco_fake_study_add(study, 0.87, 3.5e-4);
    return study;
}

static void tear(eco_fake_study *study, ecopt_ctx *ctx)
{
    eco_fake_study_free(study);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static char *report(eco_fake_study *study, const ecopt_pick *pick, ecopt_format format)
{
    char *text = NULL;
    assert_status(
        study->ctx,
        ecopt_report_pick(study->ctx, &study->definition, &study->snapshot, pick, format, &text),
        ECOPT_OK);
    return text;
}

static void refuse(eco_fake_study *study, const ecopt_pick *pick, ecopt_status status,
                   const char *message, const char *hint)
{
    char *text = NULL;
    assert_status(study->ctx,
                  ecopt_report_pick(study->ctx, &study->definition, &study->snapshot, pick,
                                    ECOPT_FORMAT_TABLE, &text),
                  status);
    assert_null(text);
    assert_string_equal(ecopt_ctx_errmsg(study->ctx), message);
    assert_string_equal(ecopt_ctx_errhint(study->ctx), hint);
}

static void test_best_within_bounds(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = make(ctx);
    static const struct {
        const char *metric;
        ecopt_relation relation;
        double value;
        size_t best_accuracy, best_energy;
    } cases[] = {
        {"evaluate.j_per_sample", ECOPT_AT_MOST, 1, 3, 0},
        {"evaluate.j_per_sample", ECOPT_AT_MOST, 1e-3, 2, 0}, /* the bound itself is within */
        {"evaluate.j_per_sample", ECOPT_AT_MOST, 9.9e-4, 1, 0},
        {"accuracy", ECOPT_AT_LEAST, 0.87, 3, 1},
        {"accuracy", ECOPT_AT_MOST, 0.87, 4, 0}, /* off the front, and yet the best */
        {"evaluate.j_per_sample", ECOPT_AT_LEAST, 3.2e-4, 3, 4},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        const ecopt_bound bound = {cases[i].metric, cases[i].relation, cases[i].value};
        const ecopt_pick pick = {.n_bounds = 1, .bounds = &bound};
        size_t trial = 99;
        assert_status(ctx,
                      eco_pick_best(ctx, &study->definition, &study->snapshot, &pick, 0, &trial),
                      ECOPT_OK);
        assert_int_equal(trial, cases[i].best_accuracy);
        assert_status(ctx,
                      eco_pick_best(ctx, &study->definition, &study->snapshot, &pick, 1, &trial),
                      ECOPT_OK);
        assert_int_equal(trial, cases[i].best_energy);
    }
    tear(study, ctx);
}

static void test_what_is_said_of_a_pick(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = make(ctx);
    const ecopt_bound bound = {"evaluate.j_per_sample", ECOPT_AT_MOST, 2e-3};
    ecopt_pick pick = {.n_bounds = 1, .bounds = &bound, .best = "accuracy"};
    char *text = report(study, &pick, ECOPT_FORMAT_TABLE);
    assert_non_null(
        strstr(text, "best accuracy of 4 trials within evaluate.j_per_sample <= 2 mJ/sample\n"));
    assert_non_null(strstr(text, "from the knee (trial 2): accuracy +0.02 (+2.3 %), "
                                 "evaluate.j_per_sample +700 "));
    ecopt_text_free(ctx, text);
    text = report(study, &pick, ECOPT_FORMAT_CSV);
    const char *row = strchr(text, '\n') + 1;
    assert_memory_equal(row, "3,0.9,", 6);
    assert_null(strchr(strchr(row, '\n') + 1, '\n'));
    ecopt_text_free(ctx, text);
    pick = (ecopt_pick){.is_knee = true};
    text = report(study, &pick, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "knee: furthest"));
    assert_null(strstr(text, "from the knee"));
    ecopt_text_free(ctx, text);
    pick = (ecopt_pick){.n_bounds = 1, .bounds = &bound};
    text = report(study, &pick, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "3 of 4 on the front within evaluate.j_per_sample <= 2 mJ"));
    ecopt_text_free(ctx, text);
    const ecopt_bound tight = {"evaluate.j_per_sample", ECOPT_AT_MOST, 3.2e-4};
    pick = (ecopt_pick){.n_bounds = 1, .bounds = &tight, .best = "accuracy"};
    text = report(study, &pick, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "it is the knee of the front\n"));
    ecopt_text_free(ctx, text);
    tear(study, ctx);
}

static void test_json(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = make(ctx);
    const ecopt_bound bound = {"accuracy", ECOPT_AT_LEAST, 0.9};
    const ecopt_pick pick = {.n_bounds = 1, .bounds = &bound, .best = "evaluate.j_per_sample"};
    char *text = report(study, &pick, ECOPT_FORMAT_JSON);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    json_t *asked = json_object_get(root, "pick");
    assert_string_equal(json_string_value(json_object_get(asked, "best")), "evaluate.j_per_sample");
    assert_int_equal(json_integer_value(json_object_get(asked, "n_keeping")), 2);
    json_t *within = json_array_get(json_object_get(asked, "within"), 0);
    assert_string_equal(json_string_value(json_object_get(within, "relation")), ">=");
    json_t *trials = json_object_get(root, "trials");
    assert_int_equal(json_array_size(trials), 1);
    json_t *trial = json_array_get(trials, 0);
    assert_int_equal(json_integer_value(json_object_get(trial, "trial")), 3);
    json_t *distance = json_object_get(trial, "from_knee");
    assert_close(json_number_value(json_object_get(distance, "evaluate.j_per_sample")), 7e-4, 1e-12,
                 0);
    assert_int_equal(json_integer_value(json_object_get(root, "knee")), 2);
    json_decref(root);
    ecopt_text_free(ctx, text);
    tear(study, ctx);
}

static void test_when_nothing_fits(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = make(ctx);
    const ecopt_bound bounds[] = {{"evaluate.j_per_sample", ECOPT_AT_MOST, 2e-4},
                                  {"accuracy", ECOPT_AT_LEAST, 0.9}};
    /* Trial 1 misses the accuracy by a ninth, trial 2 the energy by a half. */
    ecopt_pick pick = {.n_bounds = 2, .bounds = bounds, .best = "accuracy"};
    refuse(study, &pick, ECOPT_E_NOT_FOUND,
           "no trial keeps evaluate.j_per_sample <= 200 µJ/sample and accuracy >= 0.9",
           "trial 1 comes nearest: accuracy 0.8, 0.1 (11 %) below it");
    pick.n_bounds = 1;
    const ecopt_bound none = {"evaluate.j_per_sample", ECOPT_AT_MOST, 1.9e-4};
    pick.bounds = &none;
    pick.best = NULL;
    refuse(study, &pick, ECOPT_E_NOT_FOUND,
           "no trial of the front keeps evaluate.j_per_sample <= 190 µJ/sample",
           "trial 1 comes nearest: evaluate.j_per_sample 200 µJ/sample, 10 µJ/sample (5.3 %) "
           "above it");
    const ecopt_bound other = {"evaluate.energie_j", ECOPT_AT_MOST, 1};
    pick.bounds = &other;
    refuse(study, &pick, ECOPT_E_NAME, "no trial has the metric 'evaluate.energie_j'",
           "'ecopt show N' lists the metrics of a trial");
    pick = (ecopt_pick){.best = "lr"};
    refuse(study, &pick, ECOPT_E_NAME, "'lr' is no objective",
           "the objectives are: accuracy max, evaluate.j_per_sample min");
    pick = (ecopt_pick){.best = "accuracy", .is_knee = true};
    refuse(study, &pick, ECOPT_E_ARG, "the knee is that of the whole front: it takes no bound", "");
    tear(study, ctx);
}

static void test_a_study_with_little_in_it(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    ecopt_pick pick = {.best = "accuracy"};
    const ecopt_bound bound = {"accuracy", ECOPT_AT_LEAST, 0};
    refuse(study, &pick, ECOPT_E_NOT_FOUND, "no trial is complete and within every constraint yet",
           "");
    pick = (ecopt_pick){.n_bounds = 1, .bounds = &bound};
    refuse(study, &pick, ECOPT_E_NOT_FOUND, "no trial of the front keeps accuracy >= 0", "");
    (void)eco_fake_study_add(study, 0.8, 2e-4);
    (void)eco_fake_study_add(study, 0.9, 3e-4);
    pick = (ecopt_pick){.is_knee = true};
    refuse(study, &pick, ECOPT_E_NOT_FOUND, "a front of 2 trials has no knee, it takes three", "");
    /* Without a knee there is no distance to it. */
    pick = (ecopt_pick){.best = "accuracy"};
    char *text = report(study, &pick, ECOPT_FORMAT_TABLE);
    assert_non_null(strstr(text, "best accuracy of 2 trials\n"));
    assert_null(strstr(text, "knee"));
    ecopt_text_free(ctx, text);
    tear(study, ctx);
}

static ecopt_status sweep(ecopt_ctx *ctx, void *user)
{
    eco_fake_study *study = user;
    const ecopt_bound bound = {"accuracy", ECOPT_AT_LEAST, 0.9};
    const ecopt_pick pick = {.n_bounds = 1, .bounds = &bound, .best = "evaluate.j_per_sample"};
    char *text = NULL;
    ecopt_status status = ecopt_report_pick(ctx, &study->definition, &study->snapshot, &pick,
                                            ECOPT_FORMAT_JSON, &text);
    ecopt_text_free(ctx, text);
    return status;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = make(ctx);
    eco_test_alloc_sweep(sweep, study);
    tear(study, ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_within_bounds),
        cmocka_unit_test(test_what_is_said_of_a_pick),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_when_nothing_fits),
        cmocka_unit_test(test_a_study_with_little_in_it),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
