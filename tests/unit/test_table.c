#include "report/clean.h"
#include "report/point.h"
#include "report/table.h"
#include "support/eco_test.h"

#define PM " \xc2\xb1 "
#define MU "\xc2\xb5"

/* ---- cleaning ---- */

static void assert_cleaned(ecopt_ctx *ctx, void (*add)(eco_str *, const char *), const char *text,
                           const char *expected)
{
    eco_str str = ECO_STR_INIT(ctx);
    add(&str, text);
    assert_string_equal(eco_str_text(&str), expected);
    eco_str_release(&str);
}

static void test_untrusted_text_becomes_one_line_of_utf8(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const struct {
        const char *text, *expected;
    } cases[] = {
        {"plain", "plain"},
        {NULL, ""},
        {"a\nb\tc\r", "a b c "},
        {"\x1b[31mred\x07", " [31mred "}, /* terminal escape */
        {"caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac"},
        {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* no UTF-8 at all */
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong '/' */
        {"x\xe2\x82", "x\xef\xbf\xbd\xef\xbf\xbd"},               /* cut off */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"a\xe2\x80\xae"
         "b",
         "a b"}, /* turns the reading direction */
        {"a\xc2\x85"
         "b",
         "a b"}, /* C1 control */
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        assert_cleaned(ctx, eco_clean_add, cases[i].text, cases[i].expected);
    assert_cleaned(ctx, eco_clean_add_lines, "a\nb\tc\x01", "a\nb\tc ");
    assert_cleaned(ctx, eco_clean_add_html, "<b class=\"x\">'&'</b>\n",
                   "&lt;b class=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;\n");
    assert_cleaned(ctx, eco_clean_add_html, "\xff<", "\xef\xbf\xbd&lt;");
    ecopt_ctx_free(ctx);
}

static void test_width_on_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(eco_clean_width(""), 0);
    assert_int_equal(eco_clean_width(NULL), 0);
    assert_int_equal(eco_clean_width("abc"), 3);
    assert_int_equal(eco_clean_width("1" PM "2 " MU "J"), 8);
    assert_int_equal(eco_clean_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
    assert_int_equal(eco_clean_width("e\xcc\x81"), 1); /* e and a combining acute */
    assert_int_equal(eco_clean_width("\xff"), 1);
}

/* ---- points ---- */

static void test_point_is_split(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pairs pairs = {0};
    assert_status(
        ctx,
        eco_pairs_parse(ctx, "lr=0.001 name=\"a b=\\\"c\\\" \\u00e9\" pool=true  empty=", &pairs),
        ECOPT_OK);
    assert_int_equal(pairs.n, 4);
    assert_string_equal(eco_pairs_value(&pairs, "lr", 0), "0.001");
    assert_string_equal(eco_pairs_value(&pairs, "name", 0), "a b=\"c\" \xc3\xa9");
    assert_string_equal(eco_pairs_value(&pairs, "pool", 3), "true");
    assert_string_equal(eco_pairs_value(&pairs, "empty", 99), "");
    assert_null(eco_pairs_value(&pairs, "l", 0));
    eco_pairs_release(ctx, &pairs);
    eco_pairs_release(ctx, &pairs);
    assert_status(ctx, eco_pairs_parse(ctx, NULL, &pairs), ECOPT_OK);
    assert_int_equal(pairs.n, 0);
    assert_null(eco_pairs_value(&pairs, "lr", 0));
    ecopt_ctx_free(ctx);
}

static void test_broken_points_are_refused(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const char *const broken[] = {"lr",       "lr 0.1",   "=1",        "a=1 b",
                                  "a=\"open", "a=\"x\"y", "a=\"\\q\"", "a=\"\\"};
    for (size_t i = 0; i < ECO_LEN(broken); i++) {
        eco_pairs pairs = {.n = 77};
        assert_status(ctx, eco_pairs_parse(ctx, broken[i], &pairs), ECOPT_E_PARSE);
        assert_int_equal(pairs.n, 77);
    }
    ecopt_ctx_free(ctx);
}

static ecopt_status parse_pairs(ecopt_ctx *ctx, void *user)
{
    eco_pairs pairs = {0};
    (void)user;
    ecopt_status status = eco_pairs_parse(ctx, "a=1 b=\"x y\" c=3", &pairs);
    eco_pairs_release(ctx, &pairs);
    return status;
}

/* ---- tables ---- */

static eco_table *make_table(ecopt_ctx *ctx)
{
    eco_table *table = NULL;
    const eco_column columns[] = {
        {.key = "mark", .title = "", .where = ECO_IN_TEXT},
        {.key = "name"},
        {.key = "energy_j",
         .title = "energy",
         .is_number = true,
         .has_u95 = true,
         .dimension = ECO_DIMENSION_ENERGY},
        {.key = "n", .is_number = true},
        {.key = "secret", .where = ECO_IN_CSV},
    };
    if (eco_table_new(ctx, &table) != ECOPT_OK)
        return NULL;
    for (size_t i = 0; i < ECO_LEN(columns); i++)
        (void)eco_table_add_column(table, &columns[i]);
    eco_table_add_row(table);
    eco_table_set_text(table, 0, "*");
    eco_table_set_text(table, 1, "first, \"best\"");
    eco_table_set_number(table, 2, 0.0123, 0.0004);
    eco_table_set_number(table, 3, 7, (double)NAN);
    eco_table_set_text(table, 4, "s");
    eco_table_mark_row(table);
    eco_table_add_row(table);
    eco_table_set_text(table, 1, "\xc3\xa9<b>");
    eco_table_set_number(table, 2, 0.1, (double)NAN);
    eco_table_add_row(table); /* all empty */
    eco_table_add_row(table);
    eco_table_set_text(table, 1, "x");
    eco_table_set_number(table, 3, 12.5, (double)NAN);
    return table;
}

static void assert_written(eco_table *table, ecopt_ctx *ctx, void (*add)(eco_table *, eco_str *),
                           const char *expected)
{
    eco_str str = ECO_STR_INIT(ctx);
    add(table, &str);
    assert_status(ctx, eco_str_status(&str), ECOPT_OK);
    assert_string_equal(eco_str_text(&str), expected);
    eco_str_release(&str);
}

#define R4 "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
#define R1 "\xe2\x94\x80"

static void test_aligned_text(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_table *table = make_table(ctx);
    assert_written(table, ctx, eco_table_add_text,
                   "   name             energy [mJ]     n\n" R1 "  " R4 R4 R4 R1 "  " R4 R4 R4 R1
                   "  " R4 "\n"
                   "*  first, \"best\"   12.30" PM "0.40   7\n"
                   "   \xc3\xa9<b>           100\n"
                   "\n"
                   "   x                             12.5\n");
    eco_table_free(table);
    ecopt_ctx_free(ctx);
}

static void test_csv(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_table *table = make_table(ctx);
    assert_written(table, ctx, eco_table_add_csv,
                   "name,energy_j,energy_j_u95,n,secret\n"
                   "\"first, \"\"best\"\"\",0.0123,0.0004,7,s\n"
                   "\xc3\xa9<b>,0.1,,,\n"
                   ",,,,\n"
                   "x,,,12.5,\n");
    eco_table_free(table);
    ecopt_ctx_free(ctx);
}

static void test_csv_quoting(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const struct {
        const char *text, *expected;
    } cases[] = {{"", ""},
                 {"a", "a"},
                 {"a,b", "\"a,b\""},
                 {"a\"b", "\"a\"\"b\""},
                 {"a\nb", "\"a\nb\""},
                 {"a\rb", "\"a\rb\""},
                 {" a", "\" a\""},
                 {"a b", "a b"}};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_str str = ECO_STR_INIT(ctx);
        eco_csv_add_field(&str, cases[i].text);
        assert_string_equal(eco_str_text(&str), cases[i].expected);
        eco_str_release(&str);
    }
    ecopt_ctx_free(ctx);
}

static void add_html_with_caption(eco_table *table, eco_str *str)
{
    eco_table_add_html(table, "a < b", str);
}

/* What a table shows of one text in a column of numbers, and what CSV has of it. */
static void assert_shown(ecopt_ctx *ctx, const char *text, const char *expected, bool is_number)
{
    char csv[128];
    char html[128];
    eco_table *table = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    eco_column column = {.key = "x", .is_number = is_number};
    assert_status(ctx, eco_table_new(ctx, &table), ECOPT_OK);
    (void)eco_table_add_column(table, &column);
    eco_table_add_row(table);
    eco_table_set_text(table, 0, text);
    eco_table_add_text(table, &str);
    const char *line = strchr(strchr(eco_str_text(&str), '\n') + 1, '\n') + 1;
    line += strspn(line, " ");
    assert_int_equal(strcspn(line, "\n"), strlen(expected));
    assert_memory_equal(line, expected, strlen(expected));
    eco_str_clear(&str);
    eco_table_add_html(table, NULL, &str);
    (void)snprintf(html, sizeof html, ">%s</th></tr>", expected);
    assert_non_null(strstr(eco_str_text(&str), html));
    eco_str_clear(&str);
    eco_table_add_csv(table, &str);
    (void)snprintf(csv, sizeof csv, "x\n%s\n", text);
    assert_string_equal(eco_str_text(&str), csv);
    eco_table_free(table);
    eco_str_release(&str);
}

static void test_long_fractions_are_short_for_people_only(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {{"0.00286667340928", "0.00286667"},
                 {"-0.00286667340928", "-0.00286667"},
                 {"1.23456789e-7", "1.23457e-07"},
                 {"1234.56789012", "1234.57"},
                 {"0.001", "0.001"},
                 {"0.123456", "0.123456"},
                 {"0.100000000", "0.1"},
                 /* Whole numbers are never cut, and what is no number is left alone. */
                 {"123456789012", "123456789012"},
                 {"7 of 12.5", "7 of 12.5"},
                 {"1.2.3.4.5.6", "1.2.3.4.5.6"},
                 {"deadbeefe.", "deadbeefe."},
                 {"----------", "----------"},
                 {"e.e.e.e.e.e.", "e.e.e.e.e.e."},
                 {"0x1.8p0000001", "0x1.8p0000001"}};
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        assert_shown(ctx, cases[i].text, cases[i].shown, true);
        /* In a column of texts it is a text. */
        assert_shown(ctx, cases[i].text, cases[i].text, false);
    }
    ecopt_ctx_free(ctx);
}

static void test_html_escapes_and_scopes(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_table *table = make_table(ctx);
    assert_written(
        table, ctx, add_html_with_caption,
        "<table><caption>a &lt; b</caption><thead><tr><th scope=\"col\">name</th>"
        "<th scope=\"col\" class=\"num\">energy <span class=\"unit\">mJ</span></th>"
        "<th scope=\"col\" class=\"num\">n</th></tr></thead>\n<tbody>\n"
        "<tr class=\"chosen\"><th scope=\"row\">first, &quot;best&quot;</th>"
        "<td class=\"num\">12.30" PM "0.40</td><td class=\"num\">7</td></tr>\n"
        "<tr><th scope=\"row\">\xc3\xa9&lt;b&gt;</th><td class=\"num\">100</td>"
        "<td class=\"num\"></td></tr>\n"
        "<tr><th scope=\"row\"></th><td class=\"num\"></td><td class=\"num\"></td></tr>\n"
        "<tr><th scope=\"row\">x</th><td class=\"num\"></td><td class=\"num\">12.5</td></tr>\n"
        "</tbody></table>\n");
    eco_table_free(table);
    ecopt_ctx_free(ctx);
}

static void test_misuse_is_harmless(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_table *table = NULL;
    const eco_column column = {.key = "only"};
    assert_status(ctx, eco_table_new(ctx, &table), ECOPT_OK);
    eco_table_set_text(table, 0, "no row yet");
    eco_table_mark_row(table);
    (void)eco_table_add_column(table, &column);
    eco_table_add_row(table);
    eco_table_set_text(table, 5, "no such column");
    eco_table_set_number(table, 5, 1, 1);
    eco_table_set_text(table, 0, NULL);
    eco_table_set_text(table, 0, "a");
    eco_table_set_text(table, 0, "b");
    assert_int_equal(eco_table_n_rows(table), 1);
    assert_written(table, ctx, eco_table_add_csv, "only\nb\n");
    eco_table_fail(table);
    assert_status(ctx, eco_table_status(table), ECOPT_E_NOMEM);
    void (*const writers[])(eco_table *, eco_str *) = {eco_table_add_text, eco_table_add_csv,
                                                       add_html_with_caption};
    for (size_t i = 0; i < ECO_LEN(writers); i++) {
        eco_str str = ECO_STR_INIT(ctx);
        writers[i](table, &str);
        assert_status(ctx, eco_str_status(&str), ECOPT_E_NOMEM);
        eco_str_release(&str);
    }
    eco_table_free(table);
    eco_table_free(NULL);
    ecopt_ctx_free(ctx);
}

static ecopt_status build_and_write(ecopt_ctx *ctx, void *user)
{
    eco_str str = ECO_STR_INIT(ctx);
    eco_table *table = make_table(ctx);
    ecopt_status status = table ? eco_table_status(table) : ECOPT_E_NOMEM;
    (void)user;
    if (status == ECOPT_OK) {
        eco_table_add_text(table, &str);
        eco_table_add_csv(table, &str);
        eco_table_add_html(table, NULL, &str);
        status = eco_str_status(&str);
    }
    eco_str_release(&str);
    eco_table_free(table);
    return status;
}

static void test_memory_failures_leave_nothing(void **state)
{
    (void)state;
    eco_test_alloc_sweep(build_and_write, NULL);
    eco_test_alloc_sweep(parse_pairs, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untrusted_text_becomes_one_line_of_utf8),
        cmocka_unit_test(test_width_on_a_terminal),
        cmocka_unit_test(test_point_is_split),
        cmocka_unit_test(test_broken_points_are_refused),
        cmocka_unit_test(test_aligned_text),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_csv_quoting),
        cmocka_unit_test(test_long_fractions_are_short_for_people_only),
        cmocka_unit_test(test_html_escapes_and_scopes),
        cmocka_unit_test(test_misuse_is_harmless),
        cmocka_unit_test(test_memory_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
