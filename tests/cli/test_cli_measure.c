/*
 * Means of runs with their uncertainty, the report of a measurement, remaining time of a run.
 */
#include "measure_report.h"
#include "progress.h"
#include "support/eco_test.h"

#include <jansson.h>
#include <stdlib.h>

static void fill_run(cli_measured_run *run, double energy_j)
{
    memset(run, 0, sizeof *run);
    ecopt_energy_clear(&run->energy);
    run->energy.energy_j = energy_j;
    run->energy.u95_j = 0.5;
    run->energy.gain_lo = 0.4;
    run->energy.gain_hi = 2.5;
    run->energy.time_s = 2.0;
    run->energy.quality = ECOPT_QUALITY_MODELLED_GENERIC;
    run->energy.flags = ECOPT_FLAG_SHORT;
    run->energy.n_sources = 1;
    ecopt_source_energy *source = &run->energy.sources[0];
    (void)snprintf(source->name, sizeof source->name, "model cpu");
    source->energy_j = energy_j;
    source->u95_j = 0.5;
    source->quality = ECOPT_QUALITY_MODELLED_GENERIC;
    source->is_counted = true;
    run->time_s = 2.0;
    run->units = 256.0;
}

static cli_measurement sample(ecopt_ctx *ctx, const ecopt_idle_base *idle, cli_measured_run runs[2],
                              char *const *command)
{
    fill_run(&runs[0], 100.0);
    fill_run(&runs[1], 104.0);
    return (cli_measurement){.n = 2,
                             .runs = runs,
                             .n_warmup = 1,
                             .command = command,
                             .n_command = 1,
                             .unit = "tokens",
                             .idle_s = 3.0,
                             .idle = idle,
                             .ctx = ctx,
                             .country = "GBR",
                             .carbon_g_per_kwh = 238.0,
                             .carbon_year = 2024,
                             .carbon_source = "Ember"};
}

static char *write_with(void (*write)(FILE *, const cli_measurement *),
                        const cli_measurement *measurement)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    write(file, measurement);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void test_text(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_idle_base idle = {.n = 20,
                                  .power_w = 7.0,
                                  .before_w = 7.0,
                                  .after_w = 7.0,
                                  .u_w = {0.05, 19.0},
                                  .quality = ECOPT_QUALITY_MODELLED_GENERIC};
    cli_measured_run *runs = calloc(2, sizeof *runs);
    assert_non_null(runs);
    char program[] = "./generate";
    char *const command[] = {program, NULL};
    cli_measurement measurement = sample(ctx, &idle, runs, command);
    char *text = write_with(cli_measurement_text, &measurement);
    static const char *const parts[] = {
        " 2 runs, 1 warm-up\n",
        "  102 J +- 25 (24.9 %)",
        "modelled-generic",
        "model cpu",
        "0.398 J/token +- 0.099",
        " 256 tokens",
        "  2.000 s   51 W +- 13 ",
        "0.0283 Wh",
        "0.00674 gCO2e +- 15 % (GBR 2024, 238 g/kWh, Ember)",
        "note: the true energy is 0.4 to 2.5 times this",
        "note: short: ",
        "note: above idle 88.00 J +- 25 (idle 7 W +- 0.098, measured 3 s before and after)",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!strstr(text, parts[i]))
            print_error("no '%s' in\n%s", parts[i], text);
        assert_non_null(strstr(text, parts[i]));
    }
    free(text);
    measurement.n = 0;
    text = write_with(cli_measurement_text, &measurement);
    assert_string_equal(text, " 0 runs, 1 warm-up\n");
    free(text);
    free(runs);
    ecopt_ctx_free(ctx);
}

static void test_json(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_idle_base idle = {.n = 20,
                                  .power_w = 7.0,
                                  .before_w = 7.0,
                                  .after_w = 7.0,
                                  .u_w = {0.05, 19.0},
                                  .quality = ECOPT_QUALITY_MODELLED_GENERIC};
    cli_measured_run *runs = calloc(2, sizeof *runs);
    assert_non_null(runs);
    char program[] = "a \"b\" \xff";
    char *const command[] = {program, NULL};
    cli_measurement measurement = sample(ctx, &idle, runs, command);
    runs[1].units = NAN;
    char *text = write_with(cli_measurement_json, &measurement);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        print_error("%s: %s\n", error.text, text);
    assert_non_null(root);
    assert_close(json_number_value(json_object_get(root, "energy_j")), 102.0, 1e-12, 0.0);
    assert_true(json_is_number(json_object_get(root, "energy_u95_j")));
    assert_true(json_is_null(json_object_get(root, "energy_per_unit_j")));
    assert_int_equal(json_array_size(json_object_get(root, "each")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "sources")), 1);
    assert_string_equal(json_string_value(json_object_get(root, "flags")), "short");
    json_decref(root);
    free(text);

    measurement.n = 0;
    text = write_with(cli_measurement_json, &measurement);
    root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);
    json_decref(root);
    free(text);
    free(runs);
    ecopt_ctx_free(ctx);
}

static void test_eta(void **state)
{
    (void)state;
    assert_true(isnan(cli_progress_eta_s(10.0, 0, 5, INFINITY)));
    assert_close(cli_progress_eta_s(10.0, 0, 5, 60.0), 60.0, 0.0, 0.0);
    assert_close(cli_progress_eta_s(10.0, 2, 6, INFINITY), 30.0, 1e-15, 0.0);
    assert_close(cli_progress_eta_s(10.0, 2, 6, 20.0), 20.0, 1e-15, 0.0);
    assert_close(cli_progress_eta_s(10.0, 2, -1, INFINITY), 0.0, 0.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_eta),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
