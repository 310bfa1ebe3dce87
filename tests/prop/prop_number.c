/*
 * Properties of numbers as people read them: they read back within their rounding, at every size.
 *
 * The reader here is the test's own and shares no code with the writer.
 */
#include "report/number.h"
#include "support/eco_test.h"

#include "core/rng.h"

#include <stdlib.h>

#define PM " \xc2\xb1 "

enum { ROUNDS = 4000, SEED = 20240817 };

/* Sign, digits and a power of ten from 1e-lo to 1e+hi. */
static double any_size(eco_rng *rng, double lo, double hi)
{
    double exponent = lo + (hi - lo) * eco_rng_uniform(rng);
    double sign = eco_rng_below(rng, 2) ? 1 : -1;
    return sign * (1 + 9 * eco_rng_uniform(rng)) * pow(10, floor(exponent));
}

/* Both numbers of "value +- u95"; u95 is NaN when there is one number only. */
static void read_measured(const char *text, double *ret_value, double *ret_u95)
{
    char *end = NULL;
    *ret_u95 = (double)NAN;
    *ret_value = strtod(text, &end);
    assert_ptr_not_equal(end, text);
    if (*end == '\0')
        return;
    if (strncmp(end, PM, sizeof PM - 1) != 0)
        fail_msg("'%s' is not VALUE +- U95", text);
    const char *rest = end + sizeof PM - 1;
    *ret_u95 = strtod(rest, &end);
    assert_ptr_not_equal(end, rest);
    assert_int_equal(*end, '\0');
}

static void test_value_and_u95_read_back_within_their_rounding(void **state)
{
    (void)state;
    eco_rng rng;
    char text[ECO_NUMBER_B];
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 0);
    for (int i = 0; i < ROUNDS; i++) {
        double value = any_size(&rng, -300, 299);
        double u95 = fabs(value) * pow(10, 6 * eco_rng_uniform(&rng) - 5);
        double back;
        double back_u95;
        eco_number_format(value, u95, text);
        read_measured(text, &back, &back_u95);
        /* Two digits of the uncertainty: half a unit of the second is at most 5 %. */
        assert_close(back_u95, u95, 0.0501, 0);
        /* The value goes to the same place, unless an exponent was needed: then to five digits. */
        double step = pow(10, floor(log10(back_u95 * (1 + 1e-12))) - 1);
        double allowed = 0.5000001 * step + 0.50001e-4 * fabs(value) * (strchr(text, 'e') != NULL);
        if (fabs(back - value) > allowed)
            fail_msg("%.17g +- %.17g became '%s'", value, u95, text);
    }
}

static void test_value_alone_has_five_digits(void **state)
{
    (void)state;
    eco_rng rng;
    char text[ECO_NUMBER_B];
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 1);
    for (int i = 0; i < ROUNDS; i++) {
        double value = any_size(&rng, -300, 299);
        double back;
        double none;
        eco_number_format(value, (double)NAN, text);
        read_measured(text, &back, &none);
        assert_true(isnan(none));
        assert_close(back, value, 0.50001e-4, 0);
        assert_true(strlen(text) <= sizeof "-999999999999999" - 1);
    }
}

static void test_a_value_never_looks_more_certain_than_it_is(void **state)
{
    (void)state;
    eco_rng rng;
    char text[ECO_NUMBER_B];
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 2);
    for (int i = 0; i < ROUNDS; i++) {
        double value = any_size(&rng, -6, 8);
        double u95 = fabs(value) * pow(10, 4 * eco_rng_uniform(&rng) - 4);
        eco_number_format(value, u95, text);
        if (strchr(text, 'e'))
            continue;
        const char *rest = strstr(text, PM);
        assert_non_null(rest);
        const char *dot = strchr(text, '.');
        size_t left = dot && dot < rest ? (size_t)(rest - dot) - 1 : 0;
        const char *u_dot = strchr(rest, '.');
        size_t right = u_dot ? strlen(u_dot + 1) : 0;
        /* As many decimals on either side. */
        assert_int_equal(left, right);
    }
}

static void test_units_keep_the_number(void **state)
{
    (void)state;
    static const struct {
        const char *prefix;
        double factor;
    } prefixes[] = {{"G", 1e9},         {"M", 1e6},  {"k", 1e3},   {"m", 1e-3},
                    {"\xc2\xb5", 1e-6}, {"n", 1e-9}, {"p", 1e-12}, {"", 1}};
    eco_rng rng;
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 3);
    for (int i = 0; i < ROUNDS; i++) {
        char text[ECO_NUMBER_B];
        char *end = NULL;
        double energy_j = any_size(&rng, -14, 14);
        eco_number_with_unit(ECO_DIMENSION_ENERGY, energy_j, (double)NAN, text);
        double shown = strtod(text, &end);
        assert_int_equal(*end, ' ');
        double factor = 0;
        for (size_t k = 0; k < ECO_LEN(prefixes) && factor == 0; k++) {
            size_t length = strlen(prefixes[k].prefix);
            if (strncmp(end + 1, prefixes[k].prefix, length) == 0 &&
                strcmp(end + 1 + length, "J") == 0)
                factor = prefixes[k].factor;
        }
        if (factor == 0)
            fail_msg("'%s' has no unit of energy", text);
        assert_close(shown * factor, energy_j, 0.51e-3, 0);
        /* Within the prefixes there is always at least 1 and less than 1000 in front. */
        if (fabs(energy_j) >= 1e-12 && fabs(energy_j) < 1e12)
            assert_true(fabs(shown) >= 1 && fabs(shown) <= 1000);
    }
}

static void test_one_unit_fits_a_whole_column(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 4);
    for (int i = 0; i < ROUNDS; i++) {
        double values[8];
        double middle = any_size(&rng, -9, 9);
        size_t n = 1 + (size_t)eco_rng_below(&rng, 8);
        for (size_t k = 0; k < n; k++)
            values[k] = middle * (0.5 + eco_rng_uniform(&rng));
        eco_scale scale = eco_scale_for(ECO_DIMENSION_POWER, values, n);
        for (size_t k = 0; k < n; k++) {
            double shown = fabs(values[k] * scale.factor);
            assert_true(shown > 0.2 && shown < 5000);
        }
        /* The order of a column and a gap in it change nothing. */
        double first = values[0];
        values[0] = values[n - 1];
        values[n - 1] = first;
        values[n == 8 ? 7 : n] = n == 8 ? first : (double)NAN;
        eco_scale again = eco_scale_for(ECO_DIMENSION_POWER, values, n == 8 ? 8 : n + 1);
        assert_string_equal(again.unit, scale.unit);
        assert_close(again.factor, scale.factor, 0, 0);
    }
}

static void test_watt_hours_and_per_cent_read_back(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 5);
    for (int i = 0; i < ROUNDS; i++) {
        char text[ECO_NUMBER_B];
        char *end = NULL;
        double ratio = pow(10, 4 * eco_rng_uniform(&rng) - 3);
        eco_number_percent(ratio, text);
        double percent = strtod(text, &end);
        assert_string_equal(end, " %");
        assert_close(percent, 100 * ratio, ratio < 0.995 ? 0.0501 : 0.0051, 0);
        double energy_j = 3600 * (1 + 998 * eco_rng_uniform(&rng));
        eco_number_wh(energy_j, (double)NAN, text);
        double energy_wh = strtod(text, &end);
        assert_string_equal(end, " Wh");
        assert_close(energy_wh * 3600, energy_j, 0.51e-3, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_and_u95_read_back_within_their_rounding),
        cmocka_unit_test(test_value_alone_has_five_digits),
        cmocka_unit_test(test_a_value_never_looks_more_certain_than_it_is),
        cmocka_unit_test(test_units_keep_the_number),
        cmocka_unit_test(test_one_unit_fits_a_whole_column),
        cmocka_unit_test(test_watt_hours_and_per_cent_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
