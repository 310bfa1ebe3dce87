/* Sums by outcome, both sides of the comparison, and break-even against numbers worked out by hand
 * and Fieller's definition. */
#include "support/fake_study.h"

#include "analysis/ledger.h"
#include "support/eco_test.h"

#include <jansson.h>

/* Batch-size tuning of a 4 B model as published: 18.61 Wh spent, 2.67 tokens per joule after, a
 * 38-fold gain: 66,996 J / (37 / 2.67 J) = 4834.6 tokens. */
static void test_published_numbers(void **state)
{
    (void)state;
    ecopt_break_even even;
    const double before[2] = {38 / 2.67, NAN}, after[2] = {1 / 2.67, NAN};
    ecopt_break_even_of(18.61 * 3600, NAN, before, after, &even);
    assert_close(even.requests, 66996 / (37 / 2.67), 1e-12, 0);
    assert_close(even.requests, 4834.6, 1e-4, 0);
    assert_close(even.least, even.requests, 1e-12, 0);
    assert_close(even.most, even.requests, 1e-12, 0);
    assert_close(even.saved_j, 37 / 2.67, 1e-12, 0);
}

/* At both ends |S - N d| is just the half width of that difference. */
static void test_interval(void **state)
{
    (void)state;
    ecopt_break_even even;
    const double before[2] = {5, 0.3}, after[2] = {2, 0.4};
    ecopt_break_even_of(600, 60, before, after, &even);
    assert_close(even.requests, 200, 1e-15, 0);
    assert_close(even.saved_u95_j, 0.5, 1e-15, 0);
    assert_true(even.least < 200 && even.most > 200);
    assert_close(600 - 3 * even.least, hypot(60, 0.5 * even.least), 1e-12, 0);
    assert_close(3 * even.most - 600, hypot(60, 0.5 * even.most), 1e-12, 0);
    /* The saving may be none: no end, but a beginning. */
    const double vague[2] = {2.4, 0.3};
    ecopt_break_even_of(600, 60, vague, after, &even);
    assert_close(even.requests, 1500, 1e-9, 0);
    assert_true(isinf(even.most));
    assert_close(600 - 0.4 * even.least, hypot(60, 0.5 * even.least), 1e-10, 0);
}

static void test_never_and_not_known(void **state)
{
    (void)state;
    ecopt_break_even even;
    const double low[2] = {2, 0}, high[2] = {3, 0}, none[2] = {NAN, NAN};
    ecopt_break_even_of(600, 6, low, high, &even);
    assert_true(isinf(even.requests) && isinf(even.most));
    assert_close(even.saved_j, -1, 0, 0);
    ecopt_break_even_of(600, 6, low, low, &even);
    assert_true(isinf(even.requests) && isinf(even.most));
    ecopt_break_even_of(600, 6, none, low, &even);
    assert_true(isnan(even.requests) && isnan(even.least) && isnan(even.most));
    ecopt_break_even_of(NAN, NAN, high, low, &even);
    assert_true(isnan(even.requests));
    ecopt_break_even_of(0, 0, high, low, &even);
    assert_close(even.requests, 0, 0, 0);
}

static void spend(eco_fake_study *study, size_t trial, double train_j, double evaluate_j)
{
    eco_fake_trial *store = eco_fake_study_store(study, trial);
    store->phases[0].energy = eco_fake_energy(train_j, 3, 10, ECOPT_QUALITY_MEASURED_COUNTER);
    store->phases[1].energy = eco_fake_energy(evaluate_j, 4, 1, ECOPT_QUALITY_MEASURED_COUNTER);
}

/* Three complete trials, one that failed in the middle; the third breaks the threshold. */
static eco_fake_study *study_new(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 5.0);
    (void)eco_fake_study_add(study, 0.78, 2.0);
    (void)eco_fake_study_add(study, 0.70, 1.0);
    ecopt_trial *failed = eco_fake_study_add(study, 0.80, 0.5);
    spend(study, 0, 100, 10);
    spend(study, 1, 200, 20);
    spend(study, 2, 300, 30);
    spend(study, 3, 400, NAN);
    failed->state = ECOPT_TRIAL_FAILED;
    study->trials[0].origin = "default";
    study->snapshot.spent_energy_j = 1060 + 140; /* 140 J in an attempt that was lost */
    study->snapshot.spent_time_s = 100;
    return study;
}

static void test_sums_and_sides(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = study_new(ctx);
    eco_ledger *ledger = NULL;
    ecopt_impact_options options = {.per_day = 100};
    assert_status(ctx, eco_ledger_new(ctx, &study->definition, &study->snapshot, &options, &ledger),
                  ECOPT_OK);
    assert_close(ledger->search_j, 1200, 0, 0);
    assert_close(ledger->summary->lost_j, 140, 1e-12, 0);
    assert_close(ledger->spent[ECO_SPENT_COMPLETE].energy_j, 660, 0, 0);
    assert_close(ledger->spent[ECO_SPENT_COMPLETE].u95_j, sqrt(75), 1e-12, 0);
    assert_close(ledger->spent[ECO_SPENT_FAILED].energy_j, 400, 0, 0);
    assert_int_equal(ledger->spent[ECO_SPENT_FAILED].n_missing, 1);
    assert_int_equal(ledger->spent[ECO_SPENT_PRUNED].n_trials, 0);
    assert_close(ledger->spent[ECO_SPENT_PRUNED].energy_j, 0, 0, 0);
    assert_string_equal(ledger->metric, "evaluate.j_per_sample");
    assert_int_equal(ledger->before.trial->id, 1);
    assert_int_equal(ledger->after.trial->id, 2); /* 3 breaks the threshold, 4 failed */
    assert_close(ledger->even.requests, 400, 1e-12, 0);
    assert_close(ledger->days, 4, 1e-12, 0);
    eco_ledger_free(ctx, ledger);
    options = (ecopt_impact_options){.baseline = 2, .deployed = 1};
    assert_status(ctx, eco_ledger_new(ctx, &study->definition, &study->snapshot, &options, &ledger),
                  ECOPT_OK);
    assert_true(isinf(ledger->even.requests));
    eco_ledger_free(ctx, ledger);
    options.deployed = 9;
    assert_status(ctx, eco_ledger_new(ctx, &study->definition, &study->snapshot, &options, &ledger),
                  ECOPT_E_NOT_FOUND);
    options = (ecopt_impact_options){.metric = "j"};
    assert_status(ctx, eco_ledger_new(ctx, &study->definition, &study->snapshot, &options, &ledger),
                  ECOPT_E_NAME);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* A metric that the study file names may be that of trials to come: sums are told all the same, and
 * the page leaves out a comparison of which it knows nothing. */
static void test_metric_that_no_trial_has(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = study_new(ctx);
    char *table = NULL, *page = NULL;
    study->definition.deployment = (ecopt_deployment){
        .is_set = true, .requests = 10, .metric = "later_j", .baseline_j = NAN, .trial_j = NAN};
    assert_status(ctx,
                  ecopt_report_impact(ctx, &study->definition, &study->snapshot, NULL,
                                      ECOPT_FORMAT_TABLE, &table),
                  ECOPT_OK);
    assert_non_null(strstr(table, "  3 complete trials      660.0"));
    assert_non_null(strstr(table, "  before                 not known"));
    assert_non_null(strstr(table, "  break-even             not known\n"));
    assert_status(ctx, ecopt_report_html(ctx, &study->definition, &study->snapshot, NULL, &page),
                  ECOPT_OK);
    assert_non_null(strstr(page, "<dt>3 complete trials</dt><dd>660.0"));
    assert_null(strstr(page, "Joules per request"));
    ecopt_text_free(ctx, table);
    ecopt_text_free(ctx, page);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_reports(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = study_new(ctx);
    char *text = NULL;
    study->definition.deployment = (ecopt_deployment){.is_set = true,
                                                      .requests = 1000,
                                                      .metric = "evaluate.j_per_sample",
                                                      .baseline = "no trial has it",
                                                      .baseline_j = 6,
                                                      .trial_j = NAN,
                                                      .per_day = 50};
    assert_status(ctx,
                  ecopt_report_impact(ctx, &study->definition, &study->snapshot, NULL,
                                      ECOPT_FORMAT_TABLE, &text),
                  ECOPT_OK);
    assert_non_null(strstr(text, "1 failed trial"));
    assert_non_null(strstr(text, "(and 1 window without joules)"));
    assert_non_null(strstr(text, "(as the study file tells)"));
    assert_non_null(strstr(text, "break-even             300 requests ("));
    assert_non_null(strstr(text, ", 6 days"));
    assert_non_null(strstr(text, "2.8 kJ saved over 1000 requests"));
    ecopt_text_free(ctx, text);
    assert_status(ctx,
                  ecopt_report_impact(ctx, &study->definition, &study->snapshot, NULL,
                                      ECOPT_FORMAT_JSON, &text),
                  ECOPT_OK);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    json_t *even = json_object_get(root, "break_even");
    assert_close(json_number_value(json_object_get(even, "requests")), 300, 1e-12, 0);
    assert_close(json_number_value(json_object_get(root, "net_j")), 2800, 1e-12, 0);
    assert_true(json_is_null(json_object_get(json_object_get(root, "before"), "trial")));
    json_decref(root);
    ecopt_text_free(ctx, text);
    assert_status(ctx,
                  ecopt_report_impact(ctx, &study->definition, &study->snapshot, NULL,
                                      ECOPT_FORMAT_CSV, &text),
                  ECOPT_E_ARG);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* Beside the sum, with its own label; null and "not measured" where nothing is known. */
static void test_tuner_is_told_beside_the_sum(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = study_new(ctx);
    for (int i = 0; i < 2; i++) {
        char *table = NULL, *document = NULL, *status = NULL;
        if (i == 1)
            study->snapshot.own = (ecopt_own_energy){.n = 2,
                                                     .cpu_s = 2.5,
                                                     .energy_j = 9.5,
                                                     .u95_j = 0.5,
                                                     .gain_lo = 0.7,
                                                     .gain_hi = 1.4,
                                                     .quality = ECOPT_QUALITY_MODELLED_GENERIC};
        assert_status(ctx,
                      ecopt_report_impact(ctx, &study->definition, &study->snapshot, NULL,
                                          ECOPT_FORMAT_TABLE, &table),
                      ECOPT_OK);
        assert_status(ctx,
                      ecopt_report_impact(ctx, &study->definition, &study->snapshot, NULL,
                                          ECOPT_FORMAT_JSON, &document),
                      ECOPT_OK);
        assert_status(ctx,
                      ecopt_report_status(ctx, &study->definition, &study->snapshot,
                                          ECOPT_FORMAT_TABLE, &status),
                      ECOPT_OK);
        json_t *root = json_loads(document, 0, NULL), *search = json_object_get(root, "search");
        json_t *tuner = json_object_get(search, "tuner");
        assert_close(json_number_value(json_object_get(search, "energy_j")), 1200, 1e-12, 0);
        if (i == 0) {
            assert_non_null(strstr(table, "  the tuner itself       not measured\n"));
            assert_true(json_is_null(tuner) && json_is_null(json_object_get(search, "tuner_j")));
            assert_null(strstr(status, "  tuner "));
        } else {
            assert_non_null(strstr(table,
                                   "  the tuner itself       9.50 ± 0.50 J, modelled-generic, "
                                   "not in the sum (2.5 CPU seconds; times 0.70 to 1.40)\n"));
            assert_close(json_number_value(json_object_get(search, "tuner_j")), 9.5, 0, 0);
            assert_close(json_number_value(json_object_get(tuner, "gain_hi")), 1.4, 0, 0);
            assert_int_equal(json_integer_value(json_object_get(tuner, "runs")), 2);
            assert_non_null(strstr(status, "  tuner      9.50 ± 0.50 J (modelled-generic, 2.5 CPU "
                                           "seconds in 2 runs)\n"));
        }
        json_decref(root);
        ecopt_text_free(ctx, table);
        ecopt_text_free(ctx, document);
        ecopt_text_free(ctx, status);
    }
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* What has a budget says how much of it is spent: 1200 J at 300 g and 0.6 per kWh are 0.1 g and
 * 0.0002. */
static void test_status_has_budgets(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = study_new(ctx);
    char *text = NULL;
    study->definition.carbon = (ecopt_carbon){.is_set = true,
                                              .pue = 1,
                                              .intensity_g_per_kwh = 300,
                                              .uncertainty_ratio = 0.15,
                                              .price_per_kwh = 0.6,
                                              .currency = "GBP"};
    study->definition.budget.carbon_g = 0.4;
    study->definition.budget.money = 0.002;
    study->definition.deployment = (ecopt_deployment){
        .is_set = true, .requests = 1e6, .metric = "evaluate.j_per_sample", .baseline = "width=3"};
    assert_status(
        ctx,
        ecopt_report_status(ctx, &study->definition, &study->snapshot, ECOPT_FORMAT_TABLE, &text),
        ECOPT_OK);
    assert_non_null(strstr(text, ", of 0.4 g (25 %)"));
    assert_non_null(strstr(text, ", of 0.002 GBP (10 %)"));
    assert_non_null(strstr(text, "deployment 1e+06 requests of evaluate.j_per_sample, the cheapest "
                                 "allowed; baseline width=3\n"));
    ecopt_text_free(ctx, text);
    assert_status(
        ctx,
        ecopt_report_status(ctx, &study->definition, &study->snapshot, ECOPT_FORMAT_JSON, &text),
        ECOPT_OK);
    json_t *root = json_loads(text, 0, NULL);
    json_t *budget = json_object_get(root, "budget");
    assert_close(json_number_value(json_object_get(budget, "carbon_g")), 0.4, 0, 0);
    assert_close(json_number_value(json_object_get(budget, "money")), 0.002, 0, 0);
    json_decref(root);
    ecopt_text_free(ctx, text);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static ecopt_status sweep(ecopt_ctx *ctx, void *user)
{
    const eco_fake_study *study = user;
    char *text = NULL;
    ECO_TRY(ecopt_report_impact(ctx, &study->definition, &study->snapshot, NULL, ECOPT_FORMAT_TABLE,
                                &text));
    ecopt_text_free(ctx, text);
    ECO_TRY(ecopt_report_impact(ctx, &study->definition, &study->snapshot, NULL, ECOPT_FORMAT_JSON,
                                &text));
    ecopt_text_free(ctx, text);
    return ECOPT_OK;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = study_new(ctx);
    eco_test_alloc_sweep(sweep, study);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_numbers),
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_never_and_not_known),
        cmocka_unit_test(test_sums_and_sides),
        cmocka_unit_test(test_metric_that_no_trial_has),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_tuner_is_told_beside_the_sum),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_status_has_budgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
