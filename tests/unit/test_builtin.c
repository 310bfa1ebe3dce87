/* Built-in metrics: their names, their arithmetic, and what happens when something is not known. */
#include "support/eco_test.h"

#include "trial/builtin.h"

static const ecopt_phase phases[] = {{.name = "train"}, {.name = "evaluate"}};

static void test_builtin_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool plain, with_carbon;
    } cases[] = {
        {"train.energy_j", true, true},
        {"evaluate.j_per_sample", true, true},
        {"energy_j", true, true},
        {"time_s", true, true},
        {"carbon_g", false, true},
        {"train.carbon_g", false, true},
        {"train.samples_per_j", true, true},
        {"train.samples_per_s", true, true},
        {"train.power_w", true, true},
        {"train.cpu_s", true, true},
        {"train.max_rss_b", true, true},
        {"power_w", false, false},
        {"cpu_s", false, false},
        {"test.energy_j", false, false},
        {"trai.energy_j", false, false},
        {"train.energy", false, false},
        {"accuracy", false, false},
        {"", false, false},
        {".energy_j", false, false},
        {"train.", false, false},
        {"train.x.energy_j", false, false},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        assert_int_equal(eco_metric_is_builtin(cases[i].name, phases, 2, false, false),
                         cases[i].plain);
        assert_int_equal(eco_metric_is_builtin(cases[i].name, phases, 2, true, false),
                         cases[i].with_carbon);
        assert_int_equal(eco_metric_is_positive(cases[i].name, phases, 2), cases[i].with_carbon);
    }
}

static void test_builtin_extremes(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_definition definition = {.n_phases = 2, .phases = phases};
    static const double energies[] = {1e-300, 1e300, 0, 5};
    for (size_t i = 0; i < ECO_LEN(energies); i++) {
        eco_values values = {0};
        ecopt_phase_record record = {.phase = "train", .time_s = 2, .cpu_s = NAN, .max_rss_b = 1};
        eco_energy_unmeasured(2, NAN, &record.energy);
        record.energy.energy_j = energies[i];
        record.energy.u95_j = NAN;
        assert_status(
            ctx, eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&record, 4}, 1, &values),
            ECOPT_OK);
        assert_close(eco_values_find(&values, "train.energy_j")->value, energies[i], 0, 0);
        assert_close(eco_values_find(&values, "train.power_w")->value, energies[i] / 2, 0, 0);
        assert_true(isnan(eco_values_find(&values, "train.energy_j")->u95));
        assert_null(eco_values_find(&values, "train.cpu_s"));
        assert_null(eco_values_find(&values, "train.carbon_g"));
        for (size_t k = 0; k < values.n; k++)
            assert_true(isfinite(values.items[k].value));
        eco_values_free(ctx, &values);
    }
    ecopt_ctx_free(ctx);
}

static double value_of(const eco_values *values, const char *name)
{
    const ecopt_metric_value *found = eco_values_find(values, name);
    return found ? found->value : (double)NAN;
}

static double u95_of(const eco_values *values, const char *name)
{
    const ecopt_metric_value *found = eco_values_find(values, name);
    return found ? found->u95 : (double)NAN;
}

/* Two phases of 30 J +- 3 and 40 J +- 4. */
static void make_records(ecopt_phase_record records[2])
{
    memset(records, 0, 2 * sizeof *records);
    for (int i = 0; i < 2; i++) {
        records[i] = (ecopt_phase_record){
            .phase = phases[i].name, .time_s = 2, .cpu_s = 1.5, .max_rss_b = 4096};
        eco_energy_unmeasured(2, 1.5, &records[i].energy);
        records[i].energy.energy_j = i ? 40 : 30;
        records[i].energy.u95_j = i ? 4 : 3;
    }
}

/* 0.36 of some currency per kWh is 1e-7 per joule, PUE 2. */
static void test_money(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static ecopt_phase_record records[2];
    ecopt_definition definition = {.n_phases = 2, .phases = phases};
    definition.carbon =
        (ecopt_carbon){.is_set = true, .intensity_g_per_kwh = 360, .pue = 2, .price_per_kwh = 0.36};
    make_records(records);
    eco_values values = {0};
    assert_status(
        ctx, eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&records[0], 60}, 1, &values),
        ECOPT_OK);
    assert_status(ctx, eco_builtin_total(ctx, &definition, records, 2, &values), ECOPT_OK);
    assert_close(value_of(&values, "train.energy_cost"), 30 * 2e-7, 1e-14, 0);
    assert_close(u95_of(&values, "train.energy_cost"), 3 * 2e-7, 1e-14, 0);
    assert_close(value_of(&values, "energy_cost"), 70 * 2e-7, 1e-14, 0);
    assert_close(u95_of(&values, "energy_cost"), 5 * 2e-7, 1e-14, 0);
    eco_values_free(ctx, &values);
    /* Without a price there is no such metric, and a program may report one. */
    definition.carbon.price_per_kwh = 0;
    assert_status(ctx, eco_builtin_total(ctx, &definition, records, 2, &values), ECOPT_OK);
    assert_null(eco_values_find(&values, "energy_cost"));
    eco_values_free(ctx, &values);
    static const char *const names[] = {"energy_cost", "train.energy_cost"};
    for (size_t i = 0; i < ECO_LEN(names); i++) {
        assert_true(eco_metric_is_builtin(names[i], phases, 2, true, true));
        assert_false(eco_metric_is_builtin(names[i], phases, 2, true, false));
        assert_true(eco_metric_is_positive(names[i], phases, 2));
    }
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_arithmetic(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static ecopt_phase_record records[2];
    ecopt_definition definition = {.n_phases = 2, .phases = phases};
    eco_values values = {0};
    definition.carbon = (ecopt_carbon){.is_set = true, .intensity_g_per_kwh = 360, .pue = 2};
    make_records(records);
    assert_status(
        ctx, eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&records[0], 60}, 1, &values),
        ECOPT_OK);
    assert_status(
        ctx, eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&records[1], NAN}, 1, &values),
        ECOPT_OK);
    assert_status(ctx, eco_builtin_total(ctx, &definition, records, 2, &values), ECOPT_OK);
    assert_close(value_of(&values, "train.energy_j"), 30, 0, 0);
    assert_close(u95_of(&values, "train.energy_j"), 3, 0, 0);
    assert_close(value_of(&values, "train.power_w"), 15, 0, 0);
    assert_close(u95_of(&values, "train.power_w"), 1.5, 0, 0);
    assert_close(value_of(&values, "train.j_per_sample"), 0.5, 0, 0);
    assert_close(u95_of(&values, "train.j_per_sample"), 0.05, 1e-15, 0);
    assert_close(value_of(&values, "train.samples_per_j"), 2, 0, 0);
    assert_close(u95_of(&values, "train.samples_per_j"), 0.2, 1e-15, 0);
    assert_close(value_of(&values, "train.samples_per_s"), 30, 0, 0);
    assert_true(isnan(u95_of(&values, "train.samples_per_s")));
    assert_close(value_of(&values, "train.cpu_s"), 1.5, 0, 0);
    assert_close(value_of(&values, "train.max_rss_b"), 4096, 0, 0);
    /* 360 g/kWh = 1e-4 g/J, PUE 2. */
    assert_close(value_of(&values, "train.carbon_g"), 30 * 2e-4, 1e-14, 0);
    assert_close(u95_of(&values, "train.carbon_g"), 3 * 2e-4, 1e-14, 0);
    assert_true(isnan(value_of(&values, "evaluate.j_per_sample")));
    assert_close(value_of(&values, "energy_j"), 70, 0, 0);
    assert_close(u95_of(&values, "energy_j"), 5, 1e-15, 0);
    assert_close(value_of(&values, "time_s"), 4, 0, 0);
    assert_close(value_of(&values, "carbon_g"), 70 * 2e-4, 1e-14, 0);
    assert_true(isnan(value_of(&values, "power_w")));
    eco_values_free(ctx, &values);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_one_missing_energy_spoils_the_total(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static ecopt_phase_record records[2];
    const ecopt_definition definition = {.n_phases = 2, .phases = phases};
    eco_values values = {0};
    make_records(records);
    eco_energy_unmeasured(2, 1.5, &records[1].energy);
    assert_status(ctx, eco_builtin_total(ctx, &definition, records, 2, &values), ECOPT_OK);
    assert_null(eco_values_find(&values, "energy_j"));
    assert_close(value_of(&values, "time_s"), 4, 0, 0);
    eco_values_free(ctx, &values);
    /* CPU time of a replayed window is the trace's, or none. */
    records[0].energy.flags = ECOPT_FLAG_REPLAY;
    records[0].energy.cpu_s = (double)NAN;
    assert_status(
        ctx, eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&records[0], NAN}, 1, &values),
        ECOPT_OK);
    assert_null(eco_values_find(&values, "train.cpu_s"));
    eco_values_free(ctx, &values);
    ecopt_ctx_free(ctx);
}

static void test_explanations(void **state)
{
    (void)state;
    size_t phase = 99;
    bool needs_energy = false, needs_samples = false;
    assert_true(eco_builtin_explain("evaluate.j_per_sample", phases, 2, &phase, &needs_energy,
                                    &needs_samples));
    assert_int_equal(phase, 1);
    assert_true(needs_energy && needs_samples);
    assert_true(eco_builtin_explain("time_s", phases, 2, &phase, &needs_energy, &needs_samples));
    assert_int_equal(phase, 2);
    assert_false(needs_energy || needs_samples);
    assert_false(eco_builtin_explain("loss", phases, 2, &phase, &needs_energy, &needs_samples));
    assert_int_equal(phase, 2);
}

static ecopt_status attempt_all(ecopt_ctx *ctx, void *user)
{
    static ecopt_phase_record records[2];
    const ecopt_definition definition = {.n_phases = 2, .phases = phases};
    eco_values values = {0};
    (void)user;
    make_records(records);
    ecopt_status status =
        eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&records[0], 60}, 1, &values);
    if (status == ECOPT_OK)
        status =
            eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&records[1], 60}, 1, &values);
    if (status == ECOPT_OK)
        status = eco_builtin_total(ctx, &definition, records, 2, &values);
    eco_values_free(ctx, &values);
    return status;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin_names),
        cmocka_unit_test(test_builtin_extremes),
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_one_missing_energy_spoils_the_total),
        cmocka_unit_test(test_explanations),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
