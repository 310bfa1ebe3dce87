/* Bounds on the command line. */
#include "cli_test.h"
#include "pick_options.h"

static void test_bounds_that_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *metric;
        ecopt_relation relation;
        double value;
    } cases[] = {
        {"energy_j<=500 J", "energy_j", ECOPT_AT_MOST, 500},
        {"energy_j<=500", "energy_j", ECOPT_AT_MOST, 500},
        {" train.energy_j >= 2kWh", "train.energy_j", ECOPT_AT_LEAST, 7.2e6},
        {"train.time_s<=2min", "train.time_s", ECOPT_AT_MOST, 120},
        {"accuracy >= 0.9", "accuracy", ECOPT_AT_LEAST, 0.9},
        {"loss<=-3", "loss", ECOPT_AT_MOST, -3},
        {"a<=0", "a", ECOPT_AT_MOST, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ecopt_bound bound = {0};
        assert_true(cli_parse_bound(cases[i].text, &bound));
        assert_string_equal(bound.metric, cases[i].metric);
        assert_int_equal(bound.relation, cases[i].relation);
        assert_true(bound.value == cases[i].value);
        free((void *)(uintptr_t)bound.metric);
    }
}

static void test_bounds_that_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",       "energy_j",   "energy_j<500",   "energy_j=500",     "<=5",
        "  <=5",  "energy_j<=", "energy_j<=much", "accuracy>=90%",    "accuracy>=2kWh",
        "a<=nan", "a<=inf",     "energy_j<=5 kg", "my_energy_j<=5 J", "time_s<=3J"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ecopt_bound bound = {.value = 7};
        assert_false(cli_parse_bound(texts[i], &bound));
        assert_true(bound.value == 7 && !bound.metric);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_that_are_read),
        cmocka_unit_test(test_bounds_that_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
