/*
 * Numbers, times and energies as people type and read them; words that are meant.
 */
#include "quantity.h"
#include "support/eco_test.h"
#include "words.h"

static void test_count(void **state)
{
    (void)state;
    int64_t n = -7;
    assert_true(cli_parse_count("0", 0, 10, &n));
    assert_int_equal(n, 0);
    assert_true(cli_parse_count("9223372036854775807", 0, INT64_MAX, &n));
    assert_int_equal(n, INT64_MAX);
    assert_true(cli_parse_count("-3", -5, 5, &n));
    assert_int_equal(n, -3);

    static const char *const bad[] = {
        "", " 1", "1 ", "+1", "1.0", "0x10", "1e3", "abc", "--1", "-", "9223372036854775808", "11"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        n = -7;
        assert_false(cli_parse_count(bad[i], 0, 10, &n));
        assert_int_equal(n, -7);
    }
}

static void test_number(void **state)
{
    (void)state;
    double x = 5.0;
    assert_true(cli_parse_number("-1.5e-3", &x));
    assert_close(x, -1.5e-3, 1e-15, 0.0);
    assert_true(cli_parse_number(".5", &x));
    assert_close(x, 0.5, 0.0, 0.0);
    assert_true(cli_parse_number("1e300", &x));

    static const char *const bad[] = {"",   "nan", "inf", "-inf", "0x1p3", "1e400",
                                      " 1", "1 ",  "1,5", "one",  "1e",    "."};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        x = 5.0;
        assert_false(cli_parse_number(bad[i], &x));
        assert_close(x, 5.0, 0.0, 0.0);
    }
}

static void test_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double time_s;
    } good[] = {{"10", 10.0},     {"10s", 10.0},  {"250ms", 0.25}, {"10min", 600.0},
                {"1.5h", 5400.0}, {"2d", 172800}, {"3 h", 10800.0}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double time_s = 0.0;
        assert_true(cli_parse_time_s(good[i].text, &time_s));
        assert_close(time_s, good[i].time_s, 1e-15, 0.0);
    }
    static const char *const bad[] = {"0", "-1s", "10m", "10 minutes", "s", "", "1e308d", "1ss"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double time_s = 0.0;
        assert_false(cli_parse_time_s(bad[i], &time_s));
    }
}

static void test_energy(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double energy_j;
    } good[] = {{"500J", 500.0}, {"20kJ", 2e4}, {"1.5Wh", 5400.0}, {"2kWh", 7.2e6}, {"1MJ", 1e6}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double energy_j = 0.0;
        assert_true(cli_parse_energy_j(good[i].text, &energy_j));
        assert_close(energy_j, good[i].energy_j, 1e-15, 0.0);
    }
    double energy_j = 3.0;
    double ratio = 0.0;
    assert_true(cli_parse_percent("2%", &ratio) && fabs(ratio - 0.02) < 1e-15);
    assert_true(cli_parse_percent("0.5 %", &ratio) && fabs(ratio - 0.005) < 1e-15);
    assert_true(cli_parse_percent("100%", &ratio) && fabs(ratio - 1.0) < 1e-15);
    assert_false(cli_parse_percent("2", &ratio)); /* 2 % or 200 %? */
    assert_false(cli_parse_percent("0%", &ratio));
    assert_false(cli_parse_percent("101%", &ratio));
    assert_false(cli_parse_energy_j("500", &energy_j)); /* joules or watt hours? it must say */
    assert_false(cli_parse_energy_j("500 kwh", &energy_j));
    assert_false(cli_parse_energy_j("0J", &energy_j));
    assert_close(energy_j, 3.0, 0.0, 0.0);
}

static void test_format(void **state)
{
    (void)state;
    char text[CLI_QUANTITY_B];
    static const struct {
        double number;
        const char *energy, *time;
    } rows[] = {
        {0.0, "0 J", "0.00 s"},
        {0.1234567, "0.1235 J", "0.12 s"},
        {9.994, "9.994 J", "9.99 s"},
        {59.94, "59.94 J", "59.9 s"},
        {59.96, "59.96 J", "1 min 00 s"},
        {842.34, "842.3 J", "14 min 02 s"},
        {2500.0, "2500 J", "41 min 40 s"},
        {12345.0, "12.35 kJ", "3 h 25 min"},
        {2.5e7, "25.00 MJ", "289 d 08 h"},
        {NAN, "?", "?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cli_format_energy(rows[i].number, text);
        assert_string_equal(text, rows[i].energy);
        cli_format_time(rows[i].number, text);
        assert_string_equal(text, rows[i].time);
    }
    cli_format_number(1e300, 4, text);
    assert_string_equal(text, "1e+300");
    cli_format_number(-0.00123456, 3, text);
    assert_string_equal(text, "-0.00123");
    cli_format_number(123456.0, 4, text);
    assert_string_equal(text, "123456");
    static const struct {
        double value;
        const char *text;
    } values[] = {{197.0, "197"},        {0.5, "0.5"},   {434594.0, "434594"}, {0.0, "0"},
                  {0.123456, "0.12346"}, {100.0, "100"}, {1e12, "1e+12"},      {NAN, "?"},
                  {-2.50, "-2.5"}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        cli_format_value(values[i].value, text);
        assert_string_equal(text, values[i].text);
    }
    cli_format_time(1e300, text);
    assert_string_equal(text, "1e+300 s");
    cli_format_energy(INFINITY, text);
    assert_true(strlen(text) < CLI_QUANTITY_B);
}

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(cli_word_distance("", ""), 0);
    assert_int_equal(cli_word_distance("run", "run"), 0);
    assert_int_equal(cli_word_distance("rnu", "run"), 1); /* swap */
    assert_int_equal(cli_word_distance("ru", "run"), 1);
    assert_int_equal(cli_word_distance("runn", "run"), 1);
    assert_int_equal(cli_word_distance("kitten", "sitting"), 3);
    assert_int_equal(cli_word_distance("", "abc"), 3);
    char longest[CLI_WORD_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[CLI_WORD_MAX + 1] = '\0';
    assert_int_equal(cli_word_distance(longest, "run"), CLI_WORD_MAX + 1);
}

static const char *suggestion(const char *word)
{
    static const char *const words[] = {"trials", "time", "dry-run", "dir"};
    const char *best = NULL;
    size_t distance = CLI_WORD_MAX + 1;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cli_word_consider(word, words[i], &best, &distance);
    return best;
}

static void test_suggestion(void **state)
{
    (void)state;
    assert_string_equal(suggestion("trails"), "trials");
    assert_string_equal(suggestion("dry"), "dry-run"); /* how it begins */
    assert_string_equal(suggestion("tiem"), "time");
    assert_null(suggestion("energy"));
    assert_null(suggestion("x"));
    assert_null(suggestion(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count),      cmocka_unit_test(test_number),
        cmocka_unit_test(test_time),       cmocka_unit_test(test_energy),
        cmocka_unit_test(test_format),     cmocka_unit_test(test_distance),
        cmocka_unit_test(test_suggestion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
