/*
 * Rounding of floats to the decimal grid against the C library's text conversion: the fast path
 * must give the same bits for every value.
 */
#include "core/rng.h"
#include "space/layout.h"
#include "support/eco_test.h"

#include <stdlib.h>

enum { VALUES = 20000 };

static double by_text(double value, int digits)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.*e", digits - 1, value);
    return strtod(text, NULL);
}

/* Rounds until it stays, as a code does. */
static double settled(double value, int digits)
{
    for (int i = 0; i < 4; i++)
        value = by_text(value, digits);
    return value;
}

static double magnitude(eco_rng *rng, double exponents)
{
    return pow(10, exponents * (2 * eco_rng_uniform(rng) - 1)) * (1 + eco_rng_uniform(rng));
}

/* On a log scale: twelve significant digits. */
static void test_log_scale(void **state)
{
    (void)state;
    const ecopt_param param = {
        .name = "x", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-200, .max = 1e200};
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 0);
    for (int i = 0; i < VALUES; i++) {
        double value = magnitude(&rng, i % 4 ? 12 : 190);
        assert_close(eco_space_round(&param, value), settled(value, 12), 0, 0);
    }
}

/* Next to powers of ten, to grid points and to the ties between two of them. */
static void test_awkward_values(void **state)
{
    (void)state;
    const ecopt_param param = {
        .name = "x", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-60, .max = 1e60};
    for (int e = -40; e <= 40; e++) {
        double power = strtod((char[]){'1', 'e', e < 0 ? '-' : '+', (char)('0' + abs(e) / 10),
                                       (char)('0' + abs(e) % 10), 0},
                              NULL);
        const double factors[] = {1,
                                  1.5,
                                  9.9999999999949,
                                  9.99999999999501,
                                  1.000000000005,
                                  1.00000000000050,
                                  3.141592653585,
                                  2.718281828455,
                                  7.5};
        for (size_t k = 0; k < ECO_LEN(factors); k++) {
            double value = factors[k] * power;
            assert_close(eco_space_round(&param, value), settled(value, 12), 0, 0);
            double up = nextafter(value, HUGE_VAL), down = nextafter(value, 0);
            assert_close(eco_space_round(&param, up), settled(up, 12), 0, 0);
            assert_close(eco_space_round(&param, down), settled(down, 12), 0, 0);
        }
    }
}

/* On a linear scale of range 1 the grid is 1e-12: a value is a decimal of twelve places. */
static void test_linear_scale(void **state)
{
    (void)state;
    const ecopt_param param = {.name = "x", .type = ECOPT_PARAM_FLOAT, .min = -0.25, .max = 0.75};
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 1);
    for (int i = 0; i < VALUES; i++) {
        double value = eco_rng_uniform(&rng) - 0.25;
        double x = eco_space_round(&param, value);
        assert_true(x >= -0.25 && x <= 0.75);
        assert_true(fabs(x - value) <= 1e-12);
        assert_close(eco_space_round(&param, x), x, 0, 0);
        /* A short decimal: its text has at most 13 places. */
        char text[64];
        (void)snprintf(text, sizeof text, "%.13f", x);
        assert_close(strtod(text, NULL), x, 0, 0);
    }
}

static void test_zero_and_the_smallest(void **state)
{
    (void)state;
    const ecopt_param linear = {.name = "x", .type = ECOPT_PARAM_FLOAT, .min = -1, .max = 1};
    const ecopt_param log_scale = {
        .name = "y", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-300, .max = 1};
    assert_close(eco_space_round(&linear, 0), 0, 0, 0);
    assert_false(signbit(eco_space_round(&linear, -1e-30)));
    assert_close(eco_space_round(&linear, 1e-30), 0, 0, 0);
    assert_close(eco_space_round(&linear, -1), -1, 0, 0);
    assert_close(eco_space_round(&log_scale, 1e-300), 1e-300, 0, 0);
    assert_close(eco_space_round(&log_scale, 0), 1e-300, 0, 0);
    assert_close(eco_space_round(&log_scale, 1.23456789012345e-299), 1.23456789012e-299, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_scale),
        cmocka_unit_test(test_awkward_values),
        cmocka_unit_test(test_linear_scale),
        cmocka_unit_test(test_zero_and_the_smallest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
