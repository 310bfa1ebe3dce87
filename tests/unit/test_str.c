#include "core/str.h"
#include "support/eco_test.h"

#include <float.h>

static void test_appends_build_one_text(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_str str = ECO_STR_INIT(ctx);
    assert_string_equal(eco_str_text(&str), "");
    eco_str_add(&str, "ab");
    eco_str_add_char(&str, 'c');
    eco_str_addf(&str, "%d-%s", 12, "xyz");
    eco_str_add_bytes(&str, "QQQ", 1);
    assert_string_equal(eco_str_text(&str), "abc12-xyzQ");
    assert_int_equal(str.length, 10);
    for (int i = 0; i < 1000; i++)
        eco_str_add(&str, "0123456789");
    assert_int_equal(str.length, 10010);
    char *text = NULL;
    assert_status(ctx, eco_str_take(&str, &text), ECOPT_OK);
    assert_int_equal(strlen(text), 10010);
    assert_int_equal(str.length, 0);
    eco_free(ctx, text);
    eco_str_clear(&str);
    eco_str_release(&str);
    ecopt_ctx_free(ctx);
}

static ecopt_status build_long_text(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_str str = ECO_STR_INIT(ctx);
    for (int i = 0; i < 40; i++)
        eco_str_addf(&str, "piece %d;", i);
    char *text = NULL;
    ecopt_status status = eco_str_take(&str, &text);
    if (status == ECOPT_OK)
        assert_memory_equal(text, "piece 0;piece 1;", 16);
    eco_free(ctx, text);
    eco_str_release(&str);
    return status;
}

static void test_failed_append_is_sticky(void **state)
{
    (void)state;
    eco_test_alloc_sweep(build_long_text, NULL);
}

static void test_doubles_round_trip_in_shortest_form(void **state)
{
    (void)state;
    const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1.0, "1"},
                 {1e-4, "0.0001"},
                 {1e300, "1e+300"},
                 {-2.5, "-2.5"},
                 {1.0 / 3, "0.3333333333333333"},
                 {INFINITY, "inf"},
                 {NAN, "nan"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {DBL_MIN, "2.2250738585072014e-308"}};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char text[ECO_DOUBLE_TEXT_B];
        eco_format_double(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
        double back = 0;
        if (!isnan(cases[i].value)) {
            assert_true(eco_parse_double(text, &back));
            assert_true(back == cases[i].value);
        }
    }
}

static void test_parsers_take_the_whole_text_or_nothing(void **state)
{
    (void)state;
    double d = 4;
    int64_t i = 4;
    const char *const bad[] = {"", " 1", "1 ", "1x", "nan", "x", "--1"};
    for (size_t k = 0; k < ECO_LEN(bad); k++) {
        assert_false(eco_parse_double(bad[k], &d));
        assert_false(eco_parse_int(bad[k], &i));
    }
    assert_false(eco_parse_int("9223372036854775808", &i));
    assert_false(eco_parse_int("1.5", &i));
    assert_true(d == 4 && i == 4);
    assert_true(eco_parse_int("-9223372036854775808", &i));
    assert_true(i == INT64_MIN);
    assert_true(eco_parse_double("1e-3", &d));
    assert_true(d == 1e-3);
}

static void test_closest_word(void **state)
{
    (void)state;
    const char *const words[] = {"trials", "trace", "status", "front"};
    assert_string_equal(eco_closest_word("trails", words, 4), "trials");
    assert_string_equal(eco_closest_word("statsu", words, 4), "status");
    assert_string_equal(eco_closest_word("front", words, 4), "front");
    assert_null(eco_closest_word("zzz", words, 4));
    assert_null(eco_closest_word("", words, 4));
    assert_null(eco_closest_word("front", words, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_build_one_text),
        cmocka_unit_test(test_failed_append_is_sticky),
        cmocka_unit_test(test_doubles_round_trip_in_shortest_form),
        cmocka_unit_test(test_parsers_take_the_whole_text_or_nothing),
        cmocka_unit_test(test_closest_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
