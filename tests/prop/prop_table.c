/*
 * Properties of tables and JSON: tables align whatever is in them, CSV and JSON give back what was
 * put in, HTML has no markup of the cells.
 *
 * The readers here are the test's own and share no code with the writers.
 */
#include "report/clean.h"
#include "report/json.h"
#include "report/table.h"
#include "support/eco_test.h"

#include "core/rng.h"

#include <stdlib.h>

enum { SEED = 20240817, CELL_B = 128, MAX_COLUMNS = 6, MAX_ROWS = 12 };

/* Sign, digits and a power of ten from 1e-lo to 1e+hi. */
static double any_size(eco_rng *rng, double lo, double hi)
{
    double exponent = lo + (hi - lo) * eco_rng_uniform(rng);
    double sign = eco_rng_below(rng, 2) ? 1 : -1;
    return sign * (1 + 9 * eco_rng_uniform(rng)) * pow(10, floor(exponent));
}

/* ---- text of any kind ---- */

/* Code points of every length and width, control characters, quotes, broken bytes. */
static void any_text(eco_rng *rng, char text[CELL_B])
{
    static const char *const pieces[] = {"a",
                                         "B",
                                         "7",
                                         " ",
                                         ",",
                                         "\"",
                                         "\n",
                                         "\r",
                                         "\t",
                                         "\x1b[31m",
                                         "\xc3\xa9",
                                         "\xce\xbb",
                                         "<b>",
                                         "&amp;",
                                         "\xe6\xbc\xa2",
                                         "\xf0\x9f\x9a\x80",
                                         "=",
                                         "'",
                                         "e\xcc\x81",
                                         "-",
                                         "\xff",
                                         "\xc0\xaf",
                                         "\xe2\x94\x80",
                                         ";"};
    size_t n = (size_t)eco_rng_below(rng, 12);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        strcat(text, pieces[eco_rng_below(rng, ECO_LEN(pieces))]);
}

/* One table of random shape; the cleaned texts and numbers are also kept here. */
typedef struct sample {
    size_t n_columns, n_rows;
    bool is_number[MAX_COLUMNS];
    bool has_u95[MAX_COLUMNS];
    char texts[MAX_ROWS][MAX_COLUMNS][2 * CELL_B];
    double values[MAX_ROWS][MAX_COLUMNS];
    double u95[MAX_ROWS][MAX_COLUMNS];
} sample;

static void keep_clean(ecopt_ctx *ctx, const char *text, char room[2 * CELL_B])
{
    eco_str str = ECO_STR_INIT(ctx);
    eco_clean_add(&str, text);
    assert_true(str.length < (size_t)2 * CELL_B);
    (void)snprintf(room, (size_t)2 * CELL_B, "%s", eco_str_text(&str));
    eco_str_release(&str);
}

static eco_table *any_table(ecopt_ctx *ctx, eco_rng *rng, sample *ret)
{
    eco_table *table = NULL;
    char text[CELL_B];
    memset(ret, 0, sizeof *ret);
    ret->n_columns = 1 + (size_t)eco_rng_below(rng, MAX_COLUMNS);
    ret->n_rows = (size_t)eco_rng_below(rng, MAX_ROWS + 1);
    assert_status(ctx, eco_table_new(ctx, &table), ECOPT_OK);
    for (size_t i = 0; i < ret->n_columns; i++) {
        char key[CELL_B + 32];
        any_text(rng, text);
        (void)snprintf(key, sizeof key, "k%zu%s", i, text);
        ret->is_number[i] = eco_rng_below(rng, 2) == 0;
        ret->has_u95[i] = ret->is_number[i] && eco_rng_below(rng, 2) == 0;
        eco_column column = {
            .key = key, .is_number = ret->is_number[i], .has_u95 = ret->has_u95[i]};
        assert_int_equal(eco_table_add_column(table, &column), i);
    }
    for (size_t row = 0; row < ret->n_rows; row++) {
        eco_table_add_row(table);
        for (size_t i = 0; i < ret->n_columns; i++) {
            ret->values[row][i] = (double)NAN;
            ret->u95[row][i] = (double)NAN;
            if (eco_rng_below(rng, 5) == 0)
                continue;
            if (ret->is_number[i]) {
                ret->values[row][i] = any_size(rng, -8, 8);
                if (ret->has_u95[i])
                    ret->u95[row][i] = fabs(ret->values[row][i]) * eco_rng_uniform(rng);
                eco_table_set_number(table, i, ret->values[row][i], ret->u95[row][i]);
                continue;
            }
            any_text(rng, text);
            keep_clean(ctx, text, ret->texts[row][i]);
            eco_table_set_text(table, i, text);
        }
    }
    assert_status(ctx, eco_table_status(table), ECOPT_OK);
    return table;
}

/* Length of a code point by its first byte. */
static size_t code_length(const char *text)
{
    unsigned char first = (unsigned char)*text;
    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The part of a line from one terminal column on, up to another. */
static void columns_of(const char *line, size_t from, size_t to, char room[512])
{
    size_t at = 0;
    size_t used = 0;
    room[0] = '\0';
    while (*line && *line != '\n') {
        char one[8] = "";
        size_t length = code_length(line);
        memcpy(one, line, length);
        size_t width = eco_clean_width(one);
        /* A combining mark stands with the character before it. */
        size_t place = width > 0 || at == 0 ? at : at - 1;
        if (place >= from && place < to && used + length < 511) {
            memcpy(room + used, one, length);
            used += length;
        }
        at += width;
        line += length;
    }
    room[used] = '\0';
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void test_tables_align_whatever_is_in_them(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    sample *cells = malloc(sizeof *cells);
    assert_non_null(cells);
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 6);
    for (int round = 0; round < 300; round++) {
        eco_str str = ECO_STR_INIT(ctx);
        eco_table *table = any_table(ctx, &rng, cells);
        eco_table_add_text(table, &str);
        const char *text = eco_str_text(&str);
        assert_int_equal(count_lines(text), cells->n_rows + 2);
        /* The rule, which is the second line, tells where the columns are. */
        const char *rule = strchr(text, '\n') + 1;
        size_t starts[MAX_COLUMNS + 1] = {0};
        size_t ends[MAX_COLUMNS + 1] = {0};
        size_t n = 0;
        size_t at = 0;
        for (const char *c = rule; *c != '\n'; c += code_length(c), at++) {
            bool is_line = (unsigned char)*c == 0xe2;
            if (is_line && (c == rule || c[-1] == ' '))
                starts[n] = at;
            if (is_line)
                ends[n] = at + 1;
            n += is_line && c[3] != '\xe2';
        }
        assert_int_equal(n, cells->n_columns);
        const char *line = strchr(rule, '\n') + 1;
        for (size_t row = 0; row < cells->n_rows; row++, line = strchr(line, '\n') + 1) {
            assert_true(line[0] == '\n' || line[strcspn(line, "\n") - 1] != ' ');
            for (size_t i = 0; i < n; i++) {
                char part[512];
                columns_of(line, starts[i], ends[i], part);
                if (i + 1 < n) {
                    char gap[512];
                    columns_of(line, ends[i], starts[i + 1], gap);
                    assert_int_equal(strspn(gap, " "), strlen(gap));
                }
                if (cells->is_number[i])
                    continue;
                /* A text stands at the left and is followed by blanks only. */
                size_t length = strlen(cells->texts[row][i]);
                while (length > 0 && cells->texts[row][i][length - 1] == ' ')
                    length--;
                assert_memory_equal(part, cells->texts[row][i], length);
                assert_int_equal(strspn(part + length, " "), strlen(part + length));
            }
        }
        eco_table_free(table);
        eco_str_release(&str);
    }
    free(cells);
    ecopt_ctx_free(ctx);
}

static void test_decimal_points_stand_below_each_other(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 7);
    for (int round = 0; round < 300; round++) {
        eco_str str = ECO_STR_INIT(ctx);
        eco_table *table = NULL;
        eco_column column = {.key = "x", .is_number = true, .has_u95 = true};
        size_t place = 0;
        assert_status(ctx, eco_table_new(ctx, &table), ECOPT_OK);
        (void)eco_table_add_column(table, &column);
        for (int i = 0; i < 8; i++) {
            eco_table_add_row(table);
            double value = any_size(&rng, -2, 3);
            eco_table_set_number(table, 0, value, fabs(value) * pow(10, -1 - (double)(i % 4)));
        }
        eco_table_add_text(table, &str);
        const char *line = strchr(strchr(eco_str_text(&str), '\n') + 1, '\n') + 1;
        for (int i = 0; i < 8; i++, line = strchr(line, '\n') + 1) {
            size_t digits = strspn(line, " -0123456789");
            size_t cut = line[digits] == '.'
                             ? digits
                             : strspn(line, " ") + strcspn(line + strspn(line, " "), " ");
            if (i == 0)
                place = cut;
            assert_int_equal(cut, place);
        }
        eco_table_free(table);
        eco_str_release(&str);
    }
    ecopt_ctx_free(ctx);
}

/* ---- CSV, by a reader of RFC 4180 ---- */

/* One field; returns what follows it: ',' or '\n'. */
static char read_field(const char **cursor, char room[512])
{
    const char *c = *cursor;
    size_t n = 0;
    bool is_quoted = *c == '"';
    c += is_quoted;
    for (;;) {
        if (is_quoted && c[0] == '"' && c[1] == '"') {
            room[n++] = '"';
            c += 2;
            continue;
        }
        if (is_quoted && *c == '"') {
            c++;
            break;
        }
        if (*c == '\0' || (!is_quoted && (*c == ',' || *c == '\n')))
            break;
        /* A quote inside a bare field is an error of the writer. */
        assert_true(is_quoted || *c != '"');
        assert_true(n < 510);
        room[n++] = *c++;
    }
    room[n] = '\0';
    char after = *c;
    assert_true(after == ',' || after == '\n');
    *cursor = c + 1;
    return after;
}

/* Exactly the stored number; an empty field is a missing one. */
static void assert_number_field(const char *field, double expected)
{
    char *end = NULL;
    if (isnan(expected)) {
        assert_string_equal(field, "");
        return;
    }
    double value = strtod(field, &end);
    assert_int_equal(*end, '\0');
    assert_close(value, expected, 0, 0);
}

static void test_csv_gives_back_every_cell(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    sample *cells = malloc(sizeof *cells);
    assert_non_null(cells);
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 8);
    for (int round = 0; round < 500; round++) {
        char field[512];
        eco_str str = ECO_STR_INIT(ctx);
        eco_table *table = any_table(ctx, &rng, cells);
        eco_table_add_csv(table, &str);
        const char *cursor = eco_str_text(&str);
        size_t n_fields = 0;
        while (read_field(&cursor, field) == ',')
            n_fields++;
        n_fields++;
        size_t expected = cells->n_columns;
        for (size_t i = 0; i < cells->n_columns; i++)
            expected += cells->has_u95[i];
        assert_int_equal(n_fields, expected);
        for (size_t row = 0; row < cells->n_rows; row++) {
            for (size_t i = 0; i < cells->n_columns; i++) {
                bool is_last = i + 1 == cells->n_columns;
                char after = read_field(&cursor, field);
                if (!cells->is_number[i])
                    assert_string_equal(field, cells->texts[row][i]);
                else
                    assert_number_field(field, cells->values[row][i]);
                if (cells->has_u95[i]) {
                    assert_int_equal(after, ',');
                    after = read_field(&cursor, field);
                    assert_number_field(field, cells->u95[row][i]);
                }
                assert_int_equal(after, is_last ? '\n' : ',');
            }
        }
        assert_int_equal(*cursor, '\0');
        eco_table_free(table);
        eco_str_release(&str);
    }
    free(cells);
    ecopt_ctx_free(ctx);
}

/* ---- HTML ---- */

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

static void test_html_has_every_cell_and_no_markup_of_theirs(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    sample *cells = malloc(sizeof *cells);
    assert_non_null(cells);
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 9);
    for (int round = 0; round < 300; round++) {
        char caption[CELL_B];
        eco_str str = ECO_STR_INIT(ctx);
        eco_table *table = any_table(ctx, &rng, cells);
        any_text(&rng, caption);
        eco_table_add_html(table, caption, &str);
        const char *html = eco_str_text(&str);
        assert_int_equal(count_of(html, "<tr"), cells->n_rows + 1);
        assert_int_equal(count_of(html, "scope=\"row\""), cells->n_rows);
        assert_int_equal(count_of(html, "scope=\"col\""), cells->n_columns);
        assert_int_equal(count_of(html, "<td") + count_of(html, "scope=\"row\""),
                         cells->n_rows * cells->n_columns);
        assert_int_equal(count_of(html, "<b>"), 0);
        assert_int_equal(count_of(html, "\x1b"), 0);
        assert_int_equal(count_of(html, "\xff"), 0);
        assert_int_equal(count_of(html, "<"), count_of(html, ">"));
        eco_table_free(table);
        eco_str_release(&str);
    }
    free(cells);
    ecopt_ctx_free(ctx);
}

/* ---- JSON ---- */

static void test_json_gives_back_every_bit(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 10);
    for (int round = 0; round < 300; round++) {
        eco_json json = {ctx, false};
        json_error_t error;
        char raw[CELL_B];
        char clean[2 * CELL_B];
        char *dump = NULL;
        double numbers[5] = {any_size(&rng, -300, 299), any_size(&rng, -3, 3), (double)NAN,
                             INFINITY, -0.0};
        uint64_t seed = eco_rng_u64(&rng);
        int64_t count = (int64_t)(eco_rng_u64(&rng) >> 1);
        any_text(&rng, raw);
        /* JSON can hold line ends, so they stay. */
        eco_str lines = ECO_STR_INIT(ctx);
        eco_clean_add_lines(&lines, raw);
        (void)snprintf(clean, sizeof clean, "%s", eco_str_text(&lines));
        eco_str_release(&lines);
        json_t *root = eco_json_object(&json);
        json_t *array = eco_json_array(&json);
        for (size_t i = 0; i < ECO_LEN(numbers); i++)
            eco_json_append(&json, array, eco_json_measured(&json, numbers[i], numbers[1]));
        eco_json_set(&json, root, "numbers", array);
        eco_json_set_text(&json, root, "text", raw);
        eco_json_set_u64(&json, root, "seed", seed);
        eco_json_set_int(&json, root, "count", count);
        eco_json_set_bool(&json, root, "is", round % 2 == 0);
        assert_status(ctx, eco_json_take(&json, root, &dump), ECOPT_OK);
        json_t *back = json_loads(dump, JSON_REJECT_DUPLICATES, &error);
        if (!back)
            fail_msg("%s in %s", error.text, dump);
        for (size_t i = 0; i < ECO_LEN(numbers); i++) {
            json_t *value =
                json_object_get(json_array_get(json_object_get(back, "numbers"), i), "value");
            if (isfinite(numbers[i]))
                assert_close(json_number_value(value), numbers[i], 0, 0);
            else
                assert_true(json_is_null(value));
        }
        assert_string_equal(json_string_value(json_object_get(back, "text")), clean);
        assert_int_equal(strtoull(json_string_value(json_object_get(back, "seed")), NULL, 10),
                         seed);
        assert_int_equal(json_integer_value(json_object_get(back, "count")), count);
        assert_int_equal(json_is_true(json_object_get(back, "is")), round % 2 == 0);
        json_decref(back);
        eco_free(ctx, dump);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_align_whatever_is_in_them),
        cmocka_unit_test(test_decimal_points_stand_below_each_other),
        cmocka_unit_test(test_csv_gives_back_every_cell),
        cmocka_unit_test(test_html_has_every_cell_and_no_markup_of_theirs),
        cmocka_unit_test(test_json_gives_back_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
