#include "support/eco_test.h"

#include "meter/carbon.h"

#include <ecopt/meter.h>
#include <ecopt/units.h>

static void test_quality_names_round_trip_and_order(void **state)
{
    (void)state;
    static const char *const names[] = {"measured-wall",    "measured-counter",
                                        "measured-sampled", "modelled-calibrated",
                                        "modelled-generic", "unmeasurable"};
    for (int i = 0; i < 6; i++) {
        ecopt_quality parsed = ECOPT_QUALITY_UNMEASURABLE;
        assert_string_equal(ecopt_quality_name((ecopt_quality)i), names[i]);
        assert_true(ecopt_quality_parse(names[i], &parsed));
        assert_int_equal(parsed, i);
    }
    ecopt_quality kept = ECOPT_QUALITY_MEASURED_WALL;
    assert_false(ecopt_quality_parse("Measured-wall", &kept));
    assert_false(ecopt_quality_parse("", &kept));
    assert_false(ecopt_quality_parse(NULL, &kept));
    assert_int_equal(kept, ECOPT_QUALITY_MEASURED_WALL);
    assert_string_equal(ecopt_quality_name((ecopt_quality)99), "(not a label)");
}

static void test_flags_have_names(void **state)
{
    (void)state;
    char text[256];
    for (unsigned bit = 0; bit < ECOPT_FLAG_COUNT; bit++) {
        assert_true(strlen(ecopt_flag_name(1u << bit)) > 0);
        assert_true(strlen(ecopt_flag_meaning(1u << bit)) > 0);
    }
    assert_string_equal(ecopt_flag_name(0), "");
    assert_string_equal(ecopt_flag_name(3), "");
    assert_string_equal(ecopt_flag_meaning(1u << 31), "");
    ecopt_flags_format(ECOPT_FLAG_GAP | ECOPT_FLAG_SUSPEND, text, sizeof text);
    assert_string_equal(text, "suspend,gap");
    ecopt_flags_format(0, text, sizeof text);
    assert_string_equal(text, "");
    ecopt_flags_format(~0u, text, 10);
    assert_true(strlen(text) < 10);
    ecopt_flags_format(~0u, text, 0);
}

/* One-source window; fills in place because the struct is too large to keep several on a stack. */
static const ecopt_energy *fill(ecopt_energy *e, double energy_j, double u95_j, double time_s,
                                ecopt_quality quality)
{
    ecopt_energy_clear(e);
    e->energy_j = energy_j;
    e->u95_j = u95_j;
    e->time_s = time_s;
    e->cpu_s = time_s;
    e->quality = quality;
    e->gain_lo = 0.5;
    e->gain_hi = 2;
    e->n_sources = 1;
    ecopt_source_energy *source = &e->sources[0];
    (void)snprintf(source->name, sizeof source->name, "a");
    source->energy_j = energy_j;
    source->u95_j = u95_j;
    source->gain_lo = 0.5;
    source->gain_hi = 2;
    source->quality = quality;
    source->is_counted = true;
    return e;
}

static void test_energies_add(void **state)
{
    (void)state;
    ecopt_energy sum, term;
    ecopt_energy_clear(&sum);
    ecopt_energy_add(&sum, fill(&term, 10, 3, 1, ECOPT_QUALITY_MEASURED_COUNTER));
    assert_close(sum.energy_j, 10, 0, 0);
    assert_close(sum.cpu_s, 1, 0, 0);
    assert_int_equal(sum.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    (void)fill(&term, 30, 4, 3, ECOPT_QUALITY_MODELLED_GENERIC);
    term.gap_s = 1;
    term.flags = ECOPT_FLAG_GAP;
    term.gain_hi = 4;
    ecopt_energy_add(&sum, &term);
    assert_close(sum.energy_j, 40, 0, 0);
    assert_close(sum.u95_j, 5, 1e-15, 0);
    assert_close(sum.time_s, 4, 0, 0);
    assert_close(sum.coverage_ratio, 0.75, 1e-15, 0);
    assert_close(sum.gain_lo, 0.5, 1e-15, 0);
    assert_close(sum.gain_hi, (2.0 * 10 + 4.0 * 30) / 40, 1e-15, 0);
    assert_int_equal(sum.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_int_equal(sum.flags, ECOPT_FLAG_GAP);
    assert_int_equal(sum.n_sources, 1);
    assert_close(sum.sources[0].energy_j, 40, 0, 0);
    assert_close(sum.sources[0].u95_j, 5, 1e-15, 0);
}

static void test_missing_energy_stays_missing(void **state)
{
    (void)state;
    ecopt_energy sum, term;
    double nan_j = (double)NAN;
    ecopt_energy_clear(&sum);
    ecopt_energy_add(&sum, fill(&term, nan_j, nan_j, 1, ECOPT_QUALITY_UNMEASURABLE));
    ecopt_energy_add(&sum, fill(&term, 10, 3, 1, ECOPT_QUALITY_MEASURED_COUNTER));
    assert_true(isnan(sum.energy_j));
    assert_int_equal(sum.quality, ECOPT_QUALITY_UNMEASURABLE);
}

static void test_too_many_sources_are_cut_from_the_list(void **state)
{
    (void)state;
    ecopt_energy sum, term;
    ecopt_energy_clear(&sum);
    for (int i = 0; i < ECOPT_METER_SOURCES_MAX + 3; i++) {
        (void)fill(&term, 1, 0, 1, ECOPT_QUALITY_MEASURED_COUNTER);
        (void)snprintf(term.sources[0].name, sizeof term.sources[0].name, "s%d", i);
        ecopt_energy_add(&sum, &term);
    }
    assert_int_equal(sum.n_sources, ECOPT_METER_SOURCES_MAX);
    assert_close(sum.energy_j, ECOPT_METER_SOURCES_MAX + 3, 0, 0);
}

static void test_units(void **state)
{
    (void)state;
    assert_close(ecopt_wh_from_j(3600), 1, 0, 0);
    assert_close(ecopt_j_from_wh(2), 7200, 0, 0);
    assert_close(ecopt_kwh_from_j(7.2e6), 2, 0, 0);
    assert_close(ecopt_j_from_kwh(0.5), 1.8e6, 0, 0);
    assert_close(ecopt_carbon_g(3.6e6, 472.9), 472.9, 0, 0);
    assert_true(isnan(ecopt_wh_from_j((double)NAN)));
    assert_close(ecopt_j_from_kwh(ecopt_kwh_from_j(1e-300)), 1e-300, 1e-15, 0);
}

static void test_carbon_factor(void **state)
{
    (void)state;
    double g_per_kwh = -1;
    int year = 0;
    const char *source = NULL;
    assert_int_equal(ecopt_carbon_factor("wld", &g_per_kwh, &year, &source), ECOPT_OK);
    assert_close(g_per_kwh, 472.9, 0, 1e-9);
    assert_int_equal(year, 2024);
    assert_string_equal(source, "Ember");
    assert_int_equal(ecopt_carbon_factor("FRA", &g_per_kwh, NULL, NULL), ECOPT_OK);
    assert_true(g_per_kwh > 20 && g_per_kwh < 80);
    g_per_kwh = -1;
    assert_int_equal(ecopt_carbon_factor("XXX", &g_per_kwh, NULL, NULL), ECOPT_E_NOT_FOUND);
    assert_int_equal(ecopt_carbon_factor("FRANCE", &g_per_kwh, NULL, NULL), ECOPT_E_NOT_FOUND);
    assert_int_equal(ecopt_carbon_factor(NULL, &g_per_kwh, NULL, NULL), ECOPT_E_ARG);
    assert_int_equal(ecopt_carbon_factor("FRA", NULL, NULL, NULL), ECOPT_E_ARG);
    assert_close(g_per_kwh, -1, 0, 0);
}

static void test_carbon_table_is_sorted_and_plausible(void **state)
{
    (void)state;
    size_t n;
    const eco_carbon_row *table = eco_carbon_table(&n);
    assert_int_equal(n, 214);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(strlen(table[i].iso3), 3);
        if (i > 0)
            assert_true(strcmp(table[i - 1].iso3, table[i].iso3) < 0);
        assert_true(table[i].g_per_kwh > 0 && table[i].g_per_kwh < 1500);
        assert_true(table[i].year >= 2000 && table[i].year <= 2026);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quality_names_round_trip_and_order),
        cmocka_unit_test(test_flags_have_names),
        cmocka_unit_test(test_energies_add),
        cmocka_unit_test(test_missing_energy_stays_missing),
        cmocka_unit_test(test_too_many_sources_are_cut_from_the_list),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_carbon_factor),
        cmocka_unit_test(test_carbon_table_is_sorted_and_plausible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
