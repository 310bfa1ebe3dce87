/*
 * Every quality label, every flag and every figure in grams, in every report that has to show it.
 */
#include "analysis/carbon_figure.h"
#include "report/prose.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include <ecopt/report.h>
#include <ecopt/units.h>
#include <jansson.h>
#include <stdlib.h>

typedef ecopt_status (*report_fn)(ecopt_ctx *ctx, const ecopt_definition *definition,
                                  const ecopt_snapshot *snapshot, ecopt_format format,
                                  char **ret_text);

static char *report(const eco_fake_study *study, report_fn make, ecopt_format format)
{
    char *text = NULL;
    assert_status(study->ctx, make(study->ctx, &study->definition, &study->snapshot, format, &text),
                  ECOPT_OK);
    return text;
}

static char *page_of(const eco_fake_study *study)
{
    char *text = NULL;
    assert_status(study->ctx,
                  ecopt_report_html(study->ctx, &study->definition, &study->snapshot, NULL, &text),
                  ECOPT_OK);
    return text;
}

static char *show(const eco_fake_study *study, int64_t trial, ecopt_format format)
{
    char *text = NULL;
    assert_status(
        study->ctx,
        ecopt_report_trial(study->ctx, &study->definition, &study->snapshot, trial, format, &text),
        ECOPT_OK);
    return text;
}

/* Fails with the text unless `part` is in it as often as said. */
static void assert_count(ecopt_ctx *ctx, char *text, const char *part, size_t wanted)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    if (n != wanted)
        fail_msg("'%s' is %zu times, not %zu times, in:\n%s", part, n, wanted, text);
    eco_free(ctx, text);
}

static void assert_has(ecopt_ctx *ctx, char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
    eco_free(ctx, text);
}

/* One complete trial whose phases have this label and these flags. */
static eco_fake_study *labelled(ecopt_ctx *ctx, ecopt_quality quality, unsigned flags)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.8, 2e-4);
    for (size_t k = 0; k < 2; k++) {
        ecopt_energy *energy = &eco_fake_study_store(study, 0)->phases[k].energy;
        *energy = eco_fake_energy(energy->energy_j, energy->u95_j, energy->time_s, quality);
        energy->flags = flags;
        energy->sources[0].flags = flags;
    }
    return study;
}

static void test_every_label_is_in_every_report(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int q = ECOPT_QUALITY_MEASURED_WALL; q <= ECOPT_QUALITY_UNMEASURABLE; q++) {
        char quoted[64];
        char pair[64];
        const char *name = ecopt_quality_name((ecopt_quality)q);
        eco_fake_study *study = labelled(ctx, (ecopt_quality)q, 0);
        (void)snprintf(quoted, sizeof quoted, "\"quality\": \"%s\"", name);
        (void)snprintf(pair, sizeof pair, "<dt>%s</dt><dd>", name);
        assert_count(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_TABLE), name, 1);
        assert_count(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_CSV), name, 1);
        assert_count(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_JSON), quoted, 1);
        assert_count(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_TABLE), name, 1);
        assert_count(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_CSV), name, 1);
        assert_has(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_TABLE), name);
        assert_has(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_JSON), quoted);
        /* Total and source of either phase. */
        assert_count(ctx, show(study, 1, ECOPT_FORMAT_TABLE), name, 4);
        assert_count(ctx, show(study, 1, ECOPT_FORMAT_JSON), quoted, 5);
        assert_has(ctx, page_of(study), pair);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_every_flag_is_told_with_its_meaning(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (unsigned bit = 0; bit < ECOPT_FLAG_COUNT; bit++) {
        char json[64];
        char note[256];
        char pair[256];
        const char *name = ecopt_flag_name(1u << bit);
        const char *meaning = ecopt_flag_meaning(1u << bit);
        eco_fake_study *study = labelled(ctx, ECOPT_QUALITY_MEASURED_COUNTER, 1u << bit);
        (void)snprintf(json, sizeof json, "\"%s\"", name);
        (void)snprintf(note, sizeof note, "note: %s\n", meaning);
        (void)snprintf(pair, sizeof pair, "<dt>%s</dt><dd>%s (2 of 2 windows)</dd>", name, meaning);
        assert_count(ctx, show(study, 1, ECOPT_FORMAT_TABLE), note, 2);
        /* Of the trial, of either phase, of the source of either phase. */
        assert_count(ctx, show(study, 1, ECOPT_FORMAT_JSON), json, 5);
        assert_count(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_JSON), json, 1);
        assert_has(ctx, page_of(study), pair);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_all_flags_at_once_and_none(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study =
        labelled(ctx, ECOPT_QUALITY_MEASURED_COUNTER, (1u << ECOPT_FLAG_COUNT) - 1);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_TABLE), "note: ", (size_t)2 * ECOPT_FLAG_COUNT);
    eco_fake_study_free(study);
    study = labelled(ctx, ECOPT_QUALITY_MEASURED_COUNTER, 0);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_TABLE), "note: ", 0);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_JSON), "\"flags\": []", 5);
    assert_count(ctx, page_of(study), "Remarks of the meter", 0);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_labels_of_a_phase_that_does_not_count(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = labelled(ctx, ECOPT_QUALITY_MEASURED_COUNTER, 0);
    eco_fake_study_store(study, 0)->phases[0].energy.quality = ECOPT_QUALITY_MODELLED_GENERIC;
    /* The objective is made from the joules of evaluate alone: train's label is not its. */
    assert_count(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_TABLE), "modelled", 0);
    assert_count(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_CSV), "modelled-generic", 1);
    /* A total has the weakest label of its parts. */
    assert_has(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_TABLE),
               "  label      modelled-generic\n");
    eco_fake_study_store(study, 0)->phases[1].energy.quality = ECOPT_QUALITY_MODELLED_CALIBRATED;
    assert_has(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_TABLE),
               "note: joules are modelled, not measured");
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_cross_checks_are_not_in_the_total(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_energy energy = eco_fake_energy(10, 0.5, 2, ECOPT_QUALITY_MEASURED_COUNTER);
    char *text = NULL;
    energy.n_sources = 2;
    energy.sources[1] = energy.sources[0];
    energy.sources[1].is_counted = false;
    /* A name without its NUL must not be read beyond its field. */
    memset(energy.sources[1].name, 'n', sizeof energy.sources[1].name);
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_TABLE, &text), ECOPT_OK);
    assert_count(ctx, text, "measured-counter, not in the total\n", 1);
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_TABLE, &text), ECOPT_OK);
    assert_count(ctx, text, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn  measured", 1);
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_JSON, &text), ECOPT_OK);
    assert_count(ctx, text, "\"is_counted\": false", 1);
    /* More sources than there is room for are cut, never read. */
    energy.n_sources = ECOPT_METER_SOURCES_MAX + 5;
    assert_status(ctx, ecopt_report_energy(ctx, &energy, ECOPT_FORMAT_JSON, &text), ECOPT_OK);
    assert_count(ctx, text, "\"is_counted\"", ECOPT_METER_SOURCES_MAX);
    ecopt_ctx_free(ctx);
}

/* ---- carbon ---- */

static void set_carbon(eco_fake_study *study, const char *country, double g_per_kwh, double pue)
{
    study->definition.carbon.is_set = true;
    study->definition.carbon.country = country;
    study->definition.carbon.intensity_g_per_kwh = g_per_kwh;
    study->definition.carbon.pue = pue;
    study->definition.carbon.uncertainty_ratio = ecopt_carbon_uncertainty_ratio(g_per_kwh);
    study->definition.carbon.is_uncertainty_given = false;
}

/* Everything else that the section may give. */
static void set_impacts(eco_fake_study *study)
{
    ecopt_carbon *carbon = &study->definition.carbon;
    carbon->wue_l_per_kwh = 1.8;
    carbon->embodied_g = 350e3;
    carbon->lifetime_s = 4 * 365.25 * 86400;
    carbon->price_per_kwh = 0.25;
    carbon->currency = "GBP";
}

static void test_carbon_figure(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_carbon figure = {.carbon_g = -1};
    assert_false(eco_carbon_of(&study->definition, 3.6e6, 100, &figure));
    assert_close(figure.carbon_g, -1, 0, 0);
    /* One kilowatt hour at 250 g/kWh behind a PUE of 1.2 is 300 g. */
    set_carbon(study, NULL, 250, 1.2);
    assert_true(eco_carbon_of(&study->definition, 3.6e6, 100, &figure));
    assert_close(figure.carbon_g, 300, 1e-12, 0);
    assert_close(figure.u95_g, 45, 1e-12, 0);
    assert_null(figure.country);
    assert_int_equal(figure.year, 0);
    assert_string_equal(figure.source, "study file");
    assert_true(isnan(figure.water_l) && isnan(figure.cost) && isnan(figure.embodied_g));
    assert_true(eco_carbon_of(&study->definition, (double)NAN, 100, &figure));
    assert_true(isnan(figure.carbon_g) && isnan(figure.u95_g));
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_impacts_of_a_kilowatt_hour(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    ecopt_carbon *set = &study->definition.carbon;
    eco_carbon figure;
    set_carbon(study, NULL, 250, 1.2);
    set_impacts(study);
    assert_true(eco_carbon_of(&study->definition, 3.6e6, 3600, &figure));
    /* Carbon as without them: the making of the machine is not in it. */
    assert_close(figure.carbon_g, 300, 1e-12, 0);
    /* Money with PUE, water without; an hour of 35,064. */
    assert_close(figure.cost, 0.3, 1e-12, 0);
    assert_close(figure.water_l, 1.8, 1e-12, 0);
    assert_close(figure.embodied_g, 350e3 / 35064, 1e-12, 0);
    /* Without joules there still is the time, and the other way round. */
    assert_true(eco_carbon_of(&study->definition, (double)NAN, 3600, &figure));
    assert_true(isnan(figure.cost) && isnan(figure.water_l) && !isnan(figure.embodied_g));
    assert_true(eco_carbon_of(&study->definition, 3.6e6, (double)NAN, &figure));
    assert_true(isnan(figure.embodied_g) && !isnan(figure.cost));
    /* A total without a lifetime is not infinitely much. */
    set->lifetime_s = 0;
    assert_true(eco_carbon_of(&study->definition, 3.6e6, 3600, &figure));
    assert_true(isnan(figure.embodied_g));
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_band_is_wider_for_clean_grids(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    static const struct {
        double g_per_kwh, ratio;
    } cases[] = {{0, 0.5}, {44.2, 0.5}, {99.999, 0.5}, {100, 0.15}, {342, 0.15}};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_carbon figure;
        set_carbon(study, NULL, cases[i].g_per_kwh, 1);
        assert_true(eco_carbon_of(&study->definition, 3.6e6, 1, &figure));
        assert_close(figure.u95_g, cases[i].ratio * cases[i].g_per_kwh, 1e-12, 0);
        assert_close(figure.uncertainty_ratio, cases[i].ratio, 0, 0);
        assert_true(figure.is_default_ratio);
        /* What the file says wins on either side. */
        study->definition.carbon.uncertainty_ratio = 0.25;
        study->definition.carbon.is_uncertainty_given = true;
        assert_true(eco_carbon_of(&study->definition, 3.6e6, 1, &figure));
        assert_close(figure.u95_g, 0.25 * cases[i].g_per_kwh, 1e-12, 0);
        assert_false(figure.is_default_ratio);
    }
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_carbon_is_credited_to_whom_it_is_from(void **state)
{
    (void)state;
    static const char *const countries[] = {"GBR", "FRA", "DEU", "USA", "WLD"};
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    for (size_t i = 0; i < ECO_LEN(countries); i++) {
        eco_carbon figure;
        double factor = 0;
        int year = 0;
        const char *source = NULL;
        assert_int_equal(ecopt_carbon_factor(countries[i], &factor, &year, &source), ECOPT_OK);
        set_carbon(study, countries[i], factor, 1);
        assert_true(eco_carbon_of(&study->definition, ECOPT_J_PER_KWH, 100, &figure));
        assert_close(figure.carbon_g, factor, 1e-12, 0);
        assert_int_equal(figure.year, year);
        assert_string_equal(figure.source, source);
        assert_string_equal(figure.country, countries[i]);
        /* A number of the user's own is not the table's, whatever the country. */
        set_carbon(study, countries[i], factor + 1, 1);
        assert_true(eco_carbon_of(&study->definition, ECOPT_J_PER_KWH, 100, &figure));
        assert_int_equal(figure.year, 0);
        assert_string_equal(figure.source, "study file");
    }
    /* A country that the table does not have is no reason to fail. */
    eco_carbon figure;
    set_carbon(study, "XXX", 10, 1);
    assert_true(eco_carbon_of(&study->definition, ECOPT_J_PER_KWH, 100, &figure));
    assert_string_equal(figure.source, "study file");
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void assert_carbon_prose(const eco_fake_study *study, double energy_j, const char *expected)
{
    eco_str str = ECO_STR_INIT(study->ctx);
    bool is_told = eco_prose_carbon(&str, &study->definition, energy_j);
    assert_int_equal(is_told, expected[0] != '\0');
    assert_string_equal(eco_str_text(&str), expected);
    eco_str_release(&str);
}

static void test_carbon_in_words(void **state)
{
    (void)state;
    double factor = 0;
    int year = 0;
    const char *source = NULL;
    char expected[128];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    assert_carbon_prose(study, 3.6e6, "");
    set_carbon(study, NULL, 250, 1);
    assert_carbon_prose(study, 3.6e6,
                        "250 gCO\xe2\x82\x82"
                        "e \xc2\xb1 15 % (study file: 250 g/kWh)");
    assert_carbon_prose(study, 3.6e3,
                        "250 mgCO\xe2\x82\x82"
                        "e \xc2\xb1 15 % (study file: 250 g/kWh)");
    assert_carbon_prose(study, (double)NAN, "");
    set_carbon(study, "XXX", 123.456, 1.5);
    assert_carbon_prose(study, 3.6e6,
                        "185 gCO\xe2\x82\x82"
                        "e \xc2\xb1 15 % (XXX, study file: 123.5 g/kWh, PUE 1.5)");
    assert_int_equal(ecopt_carbon_factor("GBR", &factor, &year, &source), ECOPT_OK);
    set_carbon(study, "GBR", factor, 1);
    (void)snprintf(expected, sizeof expected,
                   "%.3g gCO\xe2\x82\x82"
                   "e \xc2\xb1 15 %% (GBR %d, %s: %.4g g/kWh)",
                   factor, year, source, factor);
    assert_carbon_prose(study, 3.6e6, expected);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void assert_impact(const eco_fake_study *study, eco_impact impact, double time_s,
                          const char *expected)
{
    eco_str str = ECO_STR_INIT(study->ctx);
    bool is_told = eco_prose_impact(&str, &study->definition, impact, 3.6e4, time_s);
    assert_int_equal(is_told, expected[0] != '\0');
    assert_string_equal(eco_str_text(&str), expected);
    eco_str_release(&str);
}

static void test_impacts_in_words(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    ecopt_carbon *set = &study->definition.carbon;
    for (int i = 0; i < ECO_IMPACT_COUNT; i++)
        assert_impact(study, (eco_impact)i, 3600, "");
    set_carbon(study, NULL, 50, 1.2);
    for (int i = 1; i < ECO_IMPACT_COUNT; i++)
        assert_impact(study, (eco_impact)i, 3600, "");
    assert_carbon_prose(study, 3.6e6,
                        "60 gCO\xe2\x82\x82"
                        "e \xc2\xb1 50 % (study file: 50 g/kWh, PUE 1.2; by default "
                        "\xc2\xb1 50 % below 100 g/kWh)");
    set->is_uncertainty_given = true;
    assert_carbon_prose(study, 3.6e6,
                        "60 gCO\xe2\x82\x82"
                        "e \xc2\xb1 50 % (study file: 50 g/kWh, PUE 1.2)");
    set_impacts(study);
    assert_impact(study, ECO_IMPACT_WATER, 3600, "0.018 l (1.8 l/kWh)");
    assert_impact(study, ECO_IMPACT_COST, 3600, "0.003 GBP (0.25 GBP/kWh, PUE 1.2)");
    assert_impact(study, ECO_IMPACT_EMBODIED, 3600,
                  "9.98 gCO\xe2\x82\x82"
                  "e (350 kg over 4 years)");
    assert_impact(study, ECO_IMPACT_EMBODIED, (double)NAN, "");
    /* What a study file calls a currency does not get at the terminal. */
    set->currency = "\033[2J";
    set->pue = 1;
    eco_str str = ECO_STR_INIT(ctx);
    assert_true(eco_prose_impact(&str, &study->definition, ECO_IMPACT_COST, 3.6e6, 1));
    assert_null(strchr(eco_str_text(&str), '\033'));
    eco_str_release(&str);
    set->lifetime_s = 86400 * 90;
    assert_impact(study, ECO_IMPACT_EMBODIED, 8.64,
                  "389 mgCO\xe2\x82\x82"
                  "e (350 kg over 90 days)");
    set->lifetime_s = 86400 * 365.25;
    assert_impact(study, ECO_IMPACT_EMBODIED, 8.64,
                  "95.8 mgCO\xe2\x82\x82"
                  "e (350 kg over 1 year)");
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_impacts_are_in_status_trial_and_page(void **state)
{
    (void)state;
    json_error_t error;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = labelled(ctx, ECOPT_QUALITY_MEASURED_COUNTER, 0);
    set_carbon(study, NULL, 500, 1.1);
    assert_count(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_TABLE), "GBP", 0);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_JSON), "\"water_l\": null", 1);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_JSON), "\"currency\": null", 1);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_JSON), "\"wue_l_per_kwh\": null", 1);
    set_impacts(study);
    static const char *const words[] = {"(350 kg over 4 years)", " l (1.8 l/kWh)",
                                        " GBP (0.25 GBP/kWh, PUE 1.1)"};
    for (size_t i = 0; i < ECO_LEN(words); i++) {
        assert_count(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_TABLE), words[i], 1);
        assert_count(ctx, show(study, 1, ECOPT_FORMAT_TABLE), words[i], 1);
        assert_count(ctx, page_of(study), words[i], 1);
    }
    assert_count(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_TABLE), "\n  cost       ", 1);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_TABLE), "\nwater of the trial: ", 1);
    assert_count(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_JSON), "\"cost\": ", 1);
    char *text = show(study, 1, ECOPT_FORMAT_JSON);
    json_t *root = json_loads(text, 0, &error);
    json_t *carbon = json_object_get(root, "carbon");
    double kwh = json_number_value(json_object_get(root, "energy_j")) / 3.6e6;
    double time_s = json_number_value(json_object_get(root, "time_s"));
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"cost", kwh * 1.1 * 0.25},
                   {"water_l", kwh * 1.8},
                   {"embodied_g", 350e3 * time_s / (4 * 365.25 * 86400)},
                   {"price_per_kwh", 0.25},
                   {"wue_l_per_kwh", 1.8},
                   {"embodied_total_g", 350e3},
                   {"lifetime_s", 4 * 365.25 * 86400},
                   {"uncertainty_ratio", 0.15}};
    for (size_t i = 0; i < ECO_LEN(numbers); i++)
        assert_close(json_number_value(json_object_get(carbon, numbers[i].key)), numbers[i].value,
                     1e-12, 0);
    assert_string_equal(json_string_value(json_object_get(carbon, "currency")), "GBP");
    assert_true(json_is_true(json_object_get(carbon, "is_default_uncertainty")));
    json_decref(root);
    eco_free(ctx, text);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_carbon_is_in_status_trial_and_page(void **state)
{
    (void)state;
    json_error_t error;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = labelled(ctx, ECOPT_QUALITY_MEASURED_COUNTER, 0);
    static const char words[] = "e \xc2\xb1 15 % (study file: 500 g/kWh, PUE 1.1)";
    assert_count(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_TABLE), "carbon", 0);
    assert_count(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_JSON), "\"carbon\": null", 1);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_JSON), "\"carbon\": null", 1);
    assert_count(ctx, page_of(study), "<dt>carbon</dt>", 0);
    set_carbon(study, NULL, 500, 1.1);
    assert_count(ctx, report(study, ecopt_report_status, ECOPT_FORMAT_TABLE), words, 1);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_TABLE), words, 1);
    assert_count(ctx, page_of(study), words, 1);
    char *text = show(study, 1, ECOPT_FORMAT_JSON);
    json_t *root = json_loads(text, 0, &error);
    json_t *carbon = json_object_get(root, "carbon");
    double energy_j = json_number_value(json_object_get(root, "energy_j"));
    assert_close(json_number_value(json_object_get(carbon, "carbon_g")),
                 energy_j * 1.1 * 500 / 3.6e6, 1e-12, 0);
    assert_close(json_number_value(json_object_get(carbon, "u95_g")),
                 0.15 * energy_j * 1.1 * 500 / 3.6e6, 1e-12, 0);
    assert_true(json_is_null(json_object_get(carbon, "country")));
    assert_true(json_is_null(json_object_get(carbon, "year")));
    assert_close(json_number_value(json_object_get(carbon, "pue")), 1.1, 0, 0);
    json_decref(root);
    eco_free(ctx, text);
    /* One phase without joules: no grams for the trial. */
    eco_fake_study_store(study, 0)->phases[0].energy.energy_j = (double)NAN;
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_TABLE), "carbon of the trial", 0);
    assert_count(ctx, show(study, 1, ECOPT_FORMAT_JSON), "\"carbon_g\": null", 1);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* ---- trials that the uncertainties leave open ---- */

static void test_open_trials_are_marked_and_counted(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.90, 1e-3);
    (void)eco_fake_study_add(study, 0.80, 5e-4);
    assert_count(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_TABLE), "resolvable", 0);
    assert_count(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_TABLE), "\xe2\x97\x8b", 0);
    (void)eco_fake_study_add(study, 0.89, 1.02e-3);
    assert_count(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_TABLE),
                 "note: 1 dominated trial is not resolvable from the front: within the 95 % "
                 "uncertainties it may be on it (trial 3)\n",
                 1);
    /* Its row, and the legend. */
    assert_count(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_TABLE), "\xe2\x97\x8b", 2);
    assert_count(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_CSV), ",true,\n", 1);
    assert_has(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_JSON),
               "\"unresolved\": [\n    3\n  ]");
    assert_has(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_JSON),
               "\"unresolved\": [\n    3\n  ]");
    assert_has(ctx, page_of(study), "<p>1 dominated trial is not resolvable from the front");
    for (size_t i = 0; i < 9; i++)
        (void)eco_fake_study_add(study, 0.89, 1.02e-3 + 1e-6 * (double)i);
    /* A sentence names eight; the tables mark them all. */
    assert_has(ctx, report(study, ecopt_report_front, ECOPT_FORMAT_TABLE),
               "note: 10 dominated trials are not resolvable from the front: within the 95 % "
               "uncertainties they may be on it (trials 3, 4, 5, 6, 7, 8, 9, 10, ...)\n");
    assert_count(ctx, report(study, ecopt_report_trials, ECOPT_FORMAT_CSV), ",true,\n", 10);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_label_is_in_every_report),
        cmocka_unit_test(test_every_flag_is_told_with_its_meaning),
        cmocka_unit_test(test_all_flags_at_once_and_none),
        cmocka_unit_test(test_labels_of_a_phase_that_does_not_count),
        cmocka_unit_test(test_cross_checks_are_not_in_the_total),
        cmocka_unit_test(test_carbon_figure),
        cmocka_unit_test(test_carbon_is_credited_to_whom_it_is_from),
        cmocka_unit_test(test_impacts_of_a_kilowatt_hour),
        cmocka_unit_test(test_band_is_wider_for_clean_grids),
        cmocka_unit_test(test_carbon_in_words),
        cmocka_unit_test(test_impacts_in_words),
        cmocka_unit_test(test_impacts_are_in_status_trial_and_page),
        cmocka_unit_test(test_carbon_is_in_status_trial_and_page),
        cmocka_unit_test(test_open_trials_are_marked_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
