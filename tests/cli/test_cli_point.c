/*
 * Points as JSON, metrics as words, words that are near to each other.
 */
#include "cli_test.h"
#include "json_point.h"
#include "metric_words.h"
#include "output.h"
#include "words.h"

#include <ecopt/definition.h>
#include <jansson.h>

/* ---- points ---- */

static const char space_text[] = "study: s\n"
                                 "command: t {lr} {width} {pool} {opt} {n} {mixed} {kind}\n"
                                 "params:\n"
                                 "  lr: {type: float, min: 1e-4, max: 1e-2, log: true}\n"
                                 "  width: {type: int, min: -4, max: 64}\n"
                                 "  pool: {type: bool}\n"
                                 "  opt: {type: choice, values: [sgd, 'adam \"w\"', 'x\\y']}\n"
                                 "  n: {type: choice, values: [1, 3, 5], ordered: true}\n"
                                 "  mixed: {type: choice, values: [a, '2', 3]}\n"
                                 "  kind: fixed text\n"
                                 "metrics: {loss: {}}\n"
                                 "objectives: {loss: min}\n";

static ecopt_definition *read_space(ecopt_ctx *ctx)
{
    ecopt_definition *definition = NULL;
    assert_status(ctx,
                  ecopt_definition_parse(ctx, space_text, strlen(space_text), "s.yaml", NULL, NULL,
                                         &definition),
                  ECOPT_OK);
    return definition;
}

/* JSON of the point given by codes; the caller frees it. */
static char *point_json(ecopt_ctx *ctx, const ecopt_space *space, const double *x)
{
    cli_state cli = {.ctx = ctx};
    char *point = NULL;
    char *text = NULL;
    size_t length = 0;
    assert_status(ctx, ecopt_space_point_text(ctx, space, x, &point), ECOPT_OK);
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    assert_int_equal(cli_json_point(&cli, file, space, point), CLI_EXIT_OK);
    assert_int_equal(fclose(file), 0);
    ecopt_text_free(ctx, point);
    return text;
}

static void test_json_point(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *definition = read_space(ctx);
    const ecopt_space *space = definition->space;
    assert_int_equal(ecopt_space_n_params(space), 7);
    static const struct {
        double x[7];
        const char *json;
    } rows[] = {
        {{0.001, 16, 1, 0, 0, 0, 0},
         "{\"lr\": 0.001, \"width\": 16, \"pool\": true, \"opt\": \"sgd\", \"n\": 1, "
         "\"mixed\": \"a\", \"kind\": \"fixed text\"}"},
        {{1e-4, -4, 0, 1, 1, 1, 0},
         "{\"lr\": 0.0001, \"width\": -4, \"pool\": false, \"opt\": \"adam \\\"w\\\"\", \"n\": 3, "
         "\"mixed\": \"2\", \"kind\": \"fixed text\"}"},
        {{0.01, 0, 0, 2, 2, 2, 0},
         "{\"lr\": 0.01, \"width\": 0, \"pool\": false, \"opt\": \"x\\\\y\", \"n\": 5, "
         "\"mixed\": 3, \"kind\": \"fixed text\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = point_json(ctx, space, rows[i].x);
        assert_string_equal(text, rows[i].json);
        json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(value);
        assert_int_equal(json_object_size(value), 7);
        assert_close(json_number_value(json_object_get(value, "lr")), rows[i].x[0], 0.0, 0.0);
        json_decref(value);
        free(text);
    }
    ecopt_definition_free(ctx, definition);
}

static void test_json_point_refused(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *definition = read_space(ctx);
    static const char *const points[] = {"", "lr=0.001", "lr=0.001 width=1000", "nonsense",
                                         "lr=nan width=1 pool=true opt=sgd n=1 mixed=a"};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        cli_state cli = {.ctx = ctx};
        cli_said said;
        FILE *file = tmpfile();
        assert_non_null(file);
        cli_said_start(&said);
        int code = cli_json_point(&cli, file, definition->space, points[i]);
        cli_said_stop(&said);
        assert_int_not_equal(code, CLI_EXIT_OK);
        assert_int_equal(strncmp(said.text, "error: ", 7), 0);
        cli_said_release(&said);
        (void)fclose(file);
    }
    ecopt_definition_free(ctx, definition);
}

/* ---- metrics ---- */

static void test_metric_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        bool is_good;
        const char *name;
        double value;
        const char *said;
    } rows[] = {
        {"a=1", true, "a", 1.0, ""},
        {"train.energy_j=-0", true, "train.energy_j", 0.0, ""},
        {"x=1e-300", true, "x", 1e-300, ""},
        {"x=+.5", true, "x", 0.5, ""},
        {"a", false, NULL, 0, "error: 'a' is not METRIC=VALUE\n"},
        {"", false, NULL, 0, "error: '' is not METRIC=VALUE\n"},
        {"=", false, NULL, 0, "error: '=' is not METRIC=VALUE\n"},
        {"=1", false, NULL, 0, "error: '=1' is not METRIC=VALUE\n"},
        {"a=", false, NULL, 0, "error: a: '' is not a finite number\n"},
        {"a==1", false, NULL, 0, "error: a: '=1' is not a finite number\n"},
        {"a=one", false, NULL, 0, "error: a: 'one' is not a finite number\n"},
        {"a=nan", false, NULL, 0, "error: a: 'nan' is not a finite number\n"},
        {"a=-inf", false, NULL, 0, "error: a: '-inf' is not a finite number\n"},
        {"a=1e999", false, NULL, 0, "error: a: '1e999' is not a finite number\n"},
        {"a=0x10", false, NULL, 0, "error: a: '0x10' is not a finite number\n"},
        {"a=1 ", false, NULL, 0, "error: a: '1 ' is not a finite number\n"},
        {"a=1,5", false, NULL, 0, "error: a: '1,5' is not a finite number\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cli_state cli = {0};
        char word[64];
        char *words[] = {word};
        ecopt_metric_value *metrics = NULL;
        size_t n = 77;
        cli_said said;
        (void)snprintf(word, sizeof word, "%s", rows[i].word);
        cli_said_start(&said);
        int code = cli_metric_words(&cli, words, 1, &metrics, &n);
        cli_said_stop(&said);
        assert_string_equal(said.text, rows[i].said);
        cli_said_release(&said);
        assert_int_equal(code, rows[i].is_good ? CLI_EXIT_OK : CLI_EXIT_USAGE);
        assert_int_equal(n, rows[i].is_good ? 1 : 77); /* untouched on failure */
        assert_true((metrics != NULL) == rows[i].is_good);
        if (!metrics)
            continue;
        assert_string_equal(metrics[0].name, rows[i].name);
        assert_close(metrics[0].value, rows[i].value, 0.0, 0.0);
        assert_true(isnan(metrics[0].u95));
        cli_metric_words_free(metrics, n);
    }
}

static void test_metric_words_many(void **state)
{
    (void)state;
    char texts[50][16];
    char *words[50];
    for (int i = 0; i < 50; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "m%d=%d", i, i * i);
        words[i] = texts[i];
    }
    cli_state cli = {0};
    ecopt_metric_value *metrics = NULL;
    size_t n = 0;
    assert_int_equal(cli_metric_words(&cli, words, 50, &metrics, &n), CLI_EXIT_OK);
    assert_int_equal(n, 50);
    assert_close(metrics[49].value, 2401.0, 0.0, 0.0);
    cli_metric_words_free(metrics, n);
    /* None is allowed: a failed trial needs none. */
    metrics = NULL;
    assert_int_equal(cli_metric_words(&cli, words, 0, &metrics, &n), CLI_EXIT_OK);
    assert_int_equal(n, 0);
    cli_metric_words_free(metrics, n);
    /* Twice the same, wherever. */
    (void)snprintf(texts[49], sizeof texts[49], "m0=1");
    cli_said said;
    cli_said_start(&said);
    assert_int_equal(cli_metric_words(&cli, words, 50, &metrics, &n), CLI_EXIT_USAGE);
    cli_said_is(&said, "error: m0 is given twice\n");
}

/* ---- words ---- */

/* The definition itself, exponential: the recursion over the last letters. */
static size_t slow_distance(const char *a, size_t n, const char *b, size_t m)
{
    if (n == 0 || m == 0)
        return n + m;
    size_t best = slow_distance(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
    size_t other = slow_distance(a, n - 1, b, m) + 1;
    best = other < best ? other : best;
    other = slow_distance(a, n, b, m - 1) + 1;
    best = other < best ? other : best;
    if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1]) {
        other = slow_distance(a, n - 2, b, m - 2) + 1;
        best = other < best ? other : best;
    }
    return best;
}

/* Word number `k` over the letters a, b, c. */
static void make_word(size_t k, char word[8])
{
    size_t n = 0;
    for (; k > 0 && n < 7; k /= 4)
        if (k % 4 > 0)
            word[n++] = (char)('a' + k % 4 - 1);
    word[n] = '\0';
}

static void test_distance(void **state)
{
    (void)state;
    for (size_t i = 0; i < 400; i++) {
        char a[8], b[8];
        make_word(i * 37 % 1024, a);
        make_word(i * 101 % 1024, b);
        size_t d = cli_word_distance(a, b);
        assert_int_equal(d, slow_distance(a, strlen(a), b, strlen(b)));
        assert_int_equal(d, cli_word_distance(b, a));
        assert_int_equal(cli_word_distance(a, a), 0);
    }
    char word[80];
    memset(word, 'w', sizeof word);
    word[CLI_WORD_MAX] = '\0';
    assert_int_equal(cli_word_distance(word, word), 0);
    assert_int_equal(cli_word_distance(word, ""), CLI_WORD_MAX);
    memset(word, 'w', sizeof word);
    word[CLI_WORD_MAX + 1] = '\0';
    assert_int_equal(cli_word_distance(word, word), CLI_WORD_MAX + 1);
}

static void test_consider(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        const char *best; /* of "trials", "time", "energy", "dir" */
    } rows[] = {
        {"trial", "trials"}, {"trails", "trials"}, {"tme", "time"},  {"energie", "energy"},
        {"di", "dir"},       {"dri", "dir"},       {"en", "energy"}, {"x", NULL},
        {"colour", NULL},    {"", NULL},           {"tr", "trials"}, {"TIME", NULL},
    };
    static const char *const candidates[] = {"trials", "time", "energy", "dir"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *best = NULL;
        size_t distance = CLI_WORD_MAX + 1;
        for (size_t k = 0; k < sizeof candidates / sizeof candidates[0]; k++)
            cli_word_consider(rows[i].word, candidates[k], &best, &distance);
        if (rows[i].best)
            assert_string_equal(best, rows[i].best);
        else
            assert_null(best);
    }
}

static int open_ctx(void **state)
{
    *state = eco_test_ctx();
    return *state ? 0 : -1;
}

static int close_ctx(void **state)
{
    ecopt_ctx_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_point),   cmocka_unit_test(test_json_point_refused),
        cmocka_unit_test(test_metric_words), cmocka_unit_test(test_metric_words_many),
        cmocka_unit_test(test_distance),     cmocka_unit_test(test_consider),
    };
    return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
