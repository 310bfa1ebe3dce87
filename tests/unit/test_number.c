#include "report/number.h"
#include "support/eco_test.h"

#include <float.h>

#define PM " \xc2\xb1 "
#define MU "\xc2\xb5"

static void test_value_is_cut_where_the_uncertainty_ends(void **state)
{
    (void)state;
    const struct {
        double value, u95;
        const char *text;
    } cases[] = {
        {842.3, 21.7, "842" PM "22"},
        {0.21342, 0.0021, "0.2134" PM "0.0021"},
        {0.21342, 0.00996, "0.213" PM "0.010"}, /* rounding carries into a new digit */
        {0.21342, 0.0996, "0.21" PM "0.10"},
        {12345, 217, "12350" PM "220"},
        {12345, 999, "12300" PM "1000"},
        {5, 50, "5" PM "50"},
        {5, 500, "10" PM "500"}, /* an uncertainty beyond the value leaves one digit of it */
        {-3.14159, 0.1, "-3.14" PM "0.10"},
        {0, 0.02, "0.000" PM "0.020"},
        {1, 1e-12, "1" PM "1e-12"},
        {1e12, 3, "1e+12" PM "3"},
    };
    char text[ECO_NUMBER_B];
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_number_format(cases[i].value, cases[i].u95, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_value_without_uncertainty(void **state)
{
    (void)state;
    const struct {
        double value;
        const char *text;
    } cases[] = {{0.874, "0.874"},
                 {0.91234567, "0.91235"},
                 {30, "30"},
                 {123456789, "123456789"},
                 {-0.0, "0"},
                 {12345.678, "12346"},
                 {1.5e-7, "1.5e-07"},
                 {1e300, "1e+300"},
                 {DBL_MIN, "2.2251e-308"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"}};
    char text[ECO_NUMBER_B];
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_number_format(cases[i].value, (double)NAN, text);
        assert_string_equal(text, cases[i].text);
        eco_number_format(cases[i].value, 0, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_missing_is_empty_never_zero(void **state)
{
    (void)state;
    char text[ECO_NUMBER_B] = "x";
    eco_number_format((double)NAN, 1, text);
    assert_string_equal(text, "");
    eco_number_with_unit(ECO_DIMENSION_ENERGY, (double)NAN, 1, text);
    assert_string_equal(text, "");
    eco_number_wh((double)NAN, (double)NAN, text);
    assert_string_equal(text, "");
    eco_number_percent((double)NAN, text);
    assert_string_equal(text, "");
}

static void test_units_of_fitting_size(void **state)
{
    (void)state;
    const struct {
        eco_dimension dimension;
        double value, u95;
        const char *text;
    } cases[] = {
        {ECO_DIMENSION_ENERGY, 842.3, 21.7, "842" PM "22 J"},
        {ECO_DIMENSION_ENERGY, 0.0001234, (double)NAN, "123.4 " MU "J"},
        {ECO_DIMENSION_ENERGY, 0.25, 0.01, "250" PM "10 mJ"},
        {ECO_DIMENSION_ENERGY, 7.2e6, (double)NAN, "7.2 MJ"},
        {ECO_DIMENSION_ENERGY, 1500, (double)NAN, "1.5 kJ"},
        {ECO_DIMENSION_ENERGY, 3.6e9, (double)NAN, "3.6 GJ"},
        {ECO_DIMENSION_ENERGY, 0, (double)NAN, "0 J"},
        {ECO_DIMENSION_ENERGY, INFINITY, (double)NAN, "inf J"},
        {ECO_DIMENSION_ENERGY, 1e-300, (double)NAN, "1e-288 pJ"},
        {ECO_DIMENSION_POWER, 45.62, (double)NAN, "45.62 W"},
        {ECO_DIMENSION_POWER, 0.004, (double)NAN, "4 mW"},
        {ECO_DIMENSION_TIME, 0.0185, (double)NAN, "18.5 ms"},
        {ECO_DIMENSION_TIME, 18.47, 0.21, "18.47" PM "0.21 s"},
        {ECO_DIMENSION_TIME, 119, (double)NAN, "119 s"},
        {ECO_DIMENSION_TIME, 150, (double)NAN, "2.5 min"},
        {ECO_DIMENSION_TIME, 7200, (double)NAN, "2 h"},
        {ECO_DIMENSION_ENERGY_PER_SAMPLE, 2.1e-4, 2e-6, "210.0" PM "2.0 " MU "J/sample"},
        {ECO_DIMENSION_SAMPLES_PER_ENERGY, 5321.5, (double)NAN, "5322 samples/J"},
        {ECO_DIMENSION_CARBON, 0.055, (double)NAN,
         "55 mgCO\xe2\x82\x82"
         "e"},
        {ECO_DIMENSION_NONE, 0.874, (double)NAN, "0.874"},
    };
    char text[ECO_NUMBER_B];
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_number_with_unit(cases[i].dimension, cases[i].value, cases[i].u95, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_watt_hours(void **state)
{
    (void)state;
    char text[ECO_NUMBER_B];
    eco_number_wh(842.3, 21.7, text);
    assert_string_equal(text, "234.0" PM "6.0 mWh");
    eco_number_wh(7.2e6, (double)NAN, text);
    assert_string_equal(text, "2 kWh");
    eco_number_wh(3600, (double)NAN, text);
    assert_string_equal(text, "1 Wh");
}

static void test_per_cent(void **state)
{
    (void)state;
    const struct {
        double ratio;
        const char *text;
    } cases[] = {{0.0258, "2.6 %"}, {0, "0 %"},       {1, "100 %"},        {0.996, "100 %"},
                 {0.5, "50 %"},     {12.5, "1250 %"}, {0.00012, "0.012 %"}};
    char text[ECO_NUMBER_B];
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_number_percent(cases[i].ratio, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_one_unit_for_a_column(void **state)
{
    (void)state;
    const double values[] = {2.1e-5, (double)NAN, 1.4e-3, 0, INFINITY};
    eco_scale scale = eco_scale_for(ECO_DIMENSION_ENERGY, values, ECO_LEN(values));
    assert_string_equal(scale.unit, MU "J");
    assert_close(scale.factor, 1e6, 1e-12, 0);
    scale = eco_scale_for(ECO_DIMENSION_ENERGY, values + 3, 2);
    assert_string_equal(scale.unit, "J");
    scale = eco_scale_for(ECO_DIMENSION_NONE, values, ECO_LEN(values));
    assert_string_equal(scale.unit, "");
    assert_close(scale.factor, 1, 0, 0);
}

static void test_dimension_of_a_name(void **state)
{
    (void)state;
    size_t length = 99;
    assert_int_equal(eco_dimension_of("evaluate.j_per_sample", &length),
                     ECO_DIMENSION_ENERGY_PER_SAMPLE);
    assert_int_equal(length, 8);
    assert_int_equal(eco_dimension_of("energy_j", &length), ECO_DIMENSION_ENERGY);
    assert_int_equal(length, 0);
    assert_int_equal(eco_dimension_of("accuracy", NULL), ECO_DIMENSION_NONE);
    assert_int_equal(eco_dimension_of("my_energy_j", NULL), ECO_DIMENSION_NONE);
    assert_int_equal(eco_dimension_of(NULL, &length), ECO_DIMENSION_NONE);
    assert_int_equal(eco_dimension_of("", NULL), ECO_DIMENSION_NONE);
    assert_string_equal(eco_dimension_unit(ECO_DIMENSION_POWER), "W");
    assert_true(eco_dimension_has_energy(ECO_DIMENSION_SAMPLES_PER_ENERGY));
    assert_false(eco_dimension_has_energy(ECO_DIMENSION_TIME));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_is_cut_where_the_uncertainty_ends),
        cmocka_unit_test(test_value_without_uncertainty),
        cmocka_unit_test(test_missing_is_empty_never_zero),
        cmocka_unit_test(test_units_of_fitting_size),
        cmocka_unit_test(test_watt_hours),
        cmocka_unit_test(test_per_cent),
        cmocka_unit_test(test_one_unit_for_a_column),
        cmocka_unit_test(test_dimension_of_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
