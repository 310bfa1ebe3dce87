/* What programs print, written by hand and by enemies: lines, objects, results, pointers. */
#include "support/eco_test.h"

#include "core/str.h"
#include "trial/lines.h"
#include "trial/pattern.h"
#include "trial/pool.h"
#include "trial/protocol.h"
#include "trial/quote.h"

#include <stdlib.h>

/* ---- quoting ---- */

static void expect_quote(const char *bytes, size_t n, size_t max_b, const char *wanted)
{
    ecopt_ctx *ctx = eco_test_ctx();
    eco_str out = ECO_STR_INIT(ctx);
    eco_quote(&out, bytes, n, max_b);
    assert_string_equal(eco_str_text(&out), wanted);
    eco_str_release(&out);
    ecopt_ctx_free(ctx);
}

static void test_quote(void **state)
{
    (void)state;
    expect_quote("", 0, 10, "");
    expect_quote("plain text", 10, 100, "plain text");
    expect_quote("a\nb\tc\r", 6, 100, "a\\nb\\tc\\x0d");
    expect_quote("\x1b[31mred", 8, 100, "\\x1b[31mred");
    expect_quote("a\0b", 3, 100, "a\\x00b");
    expect_quote("\x7f", 1, 100, "\\x7f");
    expect_quote("gr\xc3\xbc\xc3\x9f", 6, 100, "gr\xc3\xbc\xc3\x9f");
    expect_quote("\xe2\x82\xac \xf0\x9f\x98\x80", 8, 100, "\xe2\x82\xac \xf0\x9f\x98\x80");
    /* U+0085 is a control character. */
    expect_quote("\xc2\x85", 2, 100, "\\xc2\\x85");
    /* Latin 1, overlong forms, surrogates, beyond Unicode, cut sequences. */
    expect_quote("\xfc", 1, 100, "\\xfc");
    expect_quote("\xc0\xaf", 2, 100, "\\xc0\\xaf");
    expect_quote("\xe0\x80\xaf", 3, 100, "\\xe0\\x80\\xaf");
    expect_quote("\xed\xa0\x80", 3, 100, "\\xed\\xa0\\x80");
    expect_quote("\xf4\x90\x80\x80", 4, 100, "\\xf4\\x90\\x80\\x80");
    expect_quote("\xe2\x82", 2, 100, "\\xe2\\x82");
    expect_quote("0123456789", 10, 4, "0123...");
    expect_quote("01\xe2\x82\xac"
                 "9",
                 6, 4, "01\xe2\x82\xac...");
}

/* ---- lines ---- */

typedef struct gathered {
    eco_str text;
    size_t longest_b;
    size_t n;
    size_t fail_at; /* 1-based line on which to fail; 0: never */
} gathered;

static ecopt_status gather(void *user, const char *line, size_t n)
{
    gathered *g = user;
    g->n++;
    g->longest_b = n > g->longest_b ? n : g->longest_b;
    if (g->text.length < 1000) {
        eco_str_add_bytes(&g->text, line, n < 100 ? n : 100);
        eco_str_add_char(&g->text, '|');
    }
    return g->n == g->fail_at ? ECOPT_E_LIMIT : ECOPT_OK;
}

/* Feeds text in pieces of `step` bytes. */
static void expect_lines(const char *text, size_t n, size_t step, const char *wanted)
{
    ecopt_ctx *ctx = eco_test_ctx();
    gathered g = {.text = ECO_STR_INIT(ctx)};
    eco_lines lines;
    eco_lines_init(&lines, ctx, gather, &g);
    for (size_t i = 0; i < n; i += step)
        assert_status(ctx, eco_lines_feed(&lines, text + i, n - i < step ? n - i : step), ECOPT_OK);
    assert_status(ctx, eco_lines_end(&lines), ECOPT_OK);
    assert_string_equal(eco_str_text(&g.text), wanted);
    eco_lines_release(&lines);
    eco_str_release(&g.text);
    ecopt_ctx_free(ctx);
}

static void test_lines_in_every_cut(void **state)
{
    (void)state;
    static const char text[] = "one\ntwo\r\n\n\nbar 1%\rbar 2%\rbar 3%\nlast";
    for (size_t step = 1; step <= sizeof text; step++)
        expect_lines(text, sizeof text - 1, step, "one|two|bar 1%|bar 2%|bar 3%|last|");
    expect_lines("", 0, 1, "");
    expect_lines("\n\r\n\r", 4, 1, "");
    expect_lines("x", 1, 1, "x|");
}

static void test_huge_line_is_cut(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    enum { CHUNK_B = 50000, CHUNKS = 100 };
    char *chunk = malloc(CHUNK_B);
    assert_non_null(chunk);
    memset(chunk, 'x', CHUNK_B);
    gathered g = {.text = ECO_STR_INIT(ctx)};
    eco_lines lines;
    eco_lines_init(&lines, ctx, gather, &g);
    for (int i = 0; i < CHUNKS; i++)
        assert_status(ctx, eco_lines_feed(&lines, chunk, CHUNK_B), ECOPT_OK);
    assert_int_equal(g.n, 0);
    assert_true(eco_ctx_live_b(ctx) < 2 * ECO_LINE_MAX_B);
    assert_status(ctx, eco_lines_feed(&lines, "end\nnext\n", 9), ECOPT_OK);
    assert_int_equal(g.n, 2);
    assert_int_equal(g.longest_b, ECO_LINE_MAX_B);
    assert_non_null(strstr(eco_str_text(&g.text), "|next|"));
    eco_lines_release(&lines);
    eco_str_release(&g.text);
    free(chunk);
    ecopt_ctx_free(ctx);
}

static void test_line_failure_is_passed_on(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    gathered g = {.text = ECO_STR_INIT(ctx), .fail_at = 2};
    eco_lines lines;
    eco_lines_init(&lines, ctx, gather, &g);
    assert_status(ctx, eco_lines_feed(&lines, "a\nb\nc\n", 6), ECOPT_E_LIMIT);
    assert_int_equal(g.n, 2);
    eco_lines_release(&lines);
    eco_str_release(&g.text);
    ecopt_ctx_free(ctx);
}

/* ---- patterns ---- */

static void expect_match(const char *regex, const char *line, const char *wanted)
{
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pattern *pattern = NULL;
    const char *text = NULL;
    size_t n = 0;
    assert_status(ctx, eco_pattern_new(ctx, regex, &pattern, NULL), ECOPT_OK);
    assert_int_equal(eco_pattern_match(pattern, line, strlen(line), &text, &n), wanted != NULL);
    if (wanted) {
        assert_int_equal(n, strlen(wanted));
        assert_memory_equal(text, wanted, n);
    } else {
        assert_null(text);
    }
    eco_pattern_free(ctx, pattern);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_patterns(void **state)
{
    (void)state;
    expect_match("accuracy: ([0-9.]+)", "test accuracy: 0.93 (5 s)", "0.93");
    expect_match("[0-9.]+", "0.1 0.2 0.3", "0.3");
    expect_match("Accuracy = ([0-9.]+)%", "Accuracy = 81.5% (163/200) (classification)", "81.5");
    expect_match("x=(\\d+)", "x=1 x=22 x=333", "333");
    expect_match("x=(\\d+)", "y=1", NULL);
    expect_match("a(b)?", "a", "a");
    expect_match("^$", "", "");
    expect_match("x*", "abc", "");
    expect_match("(?i)LOSS (\\S+)", "loss 1e-3", "1e-3");
    expect_match("\xff(.)",
                 "\xfe\xff"
                 "7\xff"
                 "8",
                 "8");
}

static void test_bad_pattern(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pattern *pattern = NULL;
    size_t offset = 99;
    assert_status(ctx, eco_pattern_new(ctx, "ab(c", &pattern, &offset), ECOPT_E_PARSE);
    assert_null(pattern);
    assert_int_equal(offset, 4);
    assert_string_equal(ecopt_ctx_errmsg(ctx),
                        "regex /ab(c/ at offset 4: missing closing parenthesis");
    eco_pattern_free(ctx, NULL);
    ecopt_ctx_free(ctx);
}

static void test_catastrophic_pattern_is_given_up(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pattern *pattern = NULL;
    const char *text;
    size_t n;
    static const char line[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
    assert_status(ctx, eco_pattern_new(ctx, "^(a+)+$|(b)", &pattern, NULL), ECOPT_OK);
    for (int i = 0; i < 2 * ECO_PATTERN_FAILURES_MAX; i++)
        assert_false(eco_pattern_match(pattern, line, sizeof line - 1, &text, &n));
    assert_int_equal(eco_pattern_failures(pattern), ECO_PATTERN_FAILURES_MAX);
    eco_pattern_free(ctx, pattern);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt_pattern(ecopt_ctx *ctx, void *user)
{
    eco_pattern *pattern;
    (void)user;
    ECO_TRY(eco_pattern_new(ctx, "(a|b)+c{2,5}[[:alpha:]]", &pattern, NULL));
    eco_pattern_free(ctx, pattern);
    return ECOPT_OK;
}

static void test_pattern_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt_pattern, NULL);
}

/* ---- the pool ---- */

static void test_pool_keeps_the_last(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pool pool;
    eco_pool_init(&pool, ctx);
    assert_null(eco_pool_find(&pool, ECO_PHASE_ANY, "a"));
    assert_status(ctx, eco_pool_set(&pool, 1, "a", 1.0, NAN, NULL), ECOPT_OK);
    assert_status(ctx, eco_pool_set(&pool, 0, "a", 2.0, 0.5, NULL), ECOPT_OK);
    assert_close(eco_pool_find(&pool, ECO_PHASE_ANY, "a")->value, 1.0, 0, 0);
    assert_close(eco_pool_find(&pool, 0, "a")->u95, 0.5, 0, 0);
    assert_null(eco_pool_find(&pool, 2, "a"));
    assert_status(ctx, eco_pool_set(&pool, 1, "a", 3.0, -1.0, NULL), ECOPT_OK);
    assert_close(eco_pool_find(&pool, 1, "a")->value, 3.0, 0, 0);
    assert_true(isnan(eco_pool_find(&pool, 1, "a")->u95));
    assert_status(ctx, eco_pool_set(&pool, 1, "a", 3.0, NAN, "\"high\""), ECOPT_OK);
    assert_string_equal(eco_pool_find(&pool, 1, "a")->text, "\"high\"");
    assert_true(isnan(eco_pool_find(&pool, 1, "a")->value));
    assert_status(ctx, eco_pool_set(&pool, 1, "a", INFINITY, NAN, NULL), ECOPT_OK);
    assert_null(eco_pool_find(&pool, 1, "a")->text);
    assert_true(isnan(eco_pool_find(&pool, 1, "a")->value));
    assert_int_equal(pool.n, 2);
    eco_pool_release(&pool);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_pool_is_bounded(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pool pool;
    char name[200];
    eco_pool_init(&pool, ctx);
    for (int i = 0; i < ECO_POOL_MAX + 100; i++) {
        (void)snprintf(name, sizeof name, "m%d", i);
        assert_status(ctx, eco_pool_set(&pool, 0, name, i, NAN, NULL), ECOPT_OK);
    }
    assert_int_equal(pool.n, ECO_POOL_MAX);
    assert_int_equal(pool.n_notes, 100);
    assert_string_equal(pool.first_note, "more than 1024 metrics: 'm1024' is ignored");
    eco_pool_release(&pool);
    memset(name, 'n', 150);
    name[150] = '\0';
    assert_status(ctx, eco_pool_set(&pool, 0, name, 1, NAN, NULL), ECOPT_OK);
    assert_status(ctx, eco_pool_set(&pool, 0, "", 1, NAN, NULL), ECOPT_OK);
    assert_status(ctx, eco_pool_set(&pool, 0, "a\nb", 1, NAN, NULL), ECOPT_OK);
    assert_int_equal(pool.n, 0);
    assert_int_equal(pool.n_notes, 3);
    eco_pool_release(&pool);
    ecopt_ctx_free(ctx);
}

/* ---- objects ---- */

/* "name=value±u;" of everything in the pool; texts in brackets. */
static void show(const eco_pool *pool, eco_str *out)
{
    for (size_t i = 0; i < pool->n; i++) {
        const eco_pool_item *item = &pool->items[i];
        eco_str_addf(out, "%s=", item->name);
        if (item->text)
            eco_str_addf(out, "[%s]", item->text);
        else
            eco_str_addf(out, "%g", item->value);
        if (!isnan(item->u95))
            eco_str_addf(out, "+-%g", item->u95);
        eco_str_add_char(out, ';');
    }
}

static void expect_line(const char *text, const char *wanted, const char *note)
{
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pool pool;
    eco_str out = ECO_STR_INIT(ctx);
    eco_pool_init(&pool, ctx);
    assert_status(ctx, eco_protocol_line(&pool, 0, text, strlen(text)), ECOPT_OK);
    show(&pool, &out);
    assert_string_equal(eco_str_text(&out), wanted);
    if (note) {
        assert_non_null(pool.first_note);
        if (!strstr(pool.first_note, note))
            print_error("note of %s: %s\n", text, pool.first_note);
        assert_non_null(strstr(pool.first_note, note));
    } else {
        assert_null(pool.first_note);
    }
    eco_pool_release(&pool);
    eco_str_release(&out);
    ecopt_ctx_free(ctx);
}

static void test_tag(void **state)
{
    (void)state;
    assert_int_equal(eco_protocol_tag("[ecopt] {}", 10), 7);
    assert_int_equal(eco_protocol_tag("[ecopt]{}", 9), 7);
    assert_int_equal(eco_protocol_tag("[ecopt]\t{}", 10), 7);
    assert_int_equal(eco_protocol_tag("[ecopt]", 7), 0);
    assert_int_equal(eco_protocol_tag("[ecopt]\0{}", 10), 0);
    assert_int_equal(eco_protocol_tag("[ecoptx] {}", 11), 0);
    assert_int_equal(eco_protocol_tag(" [ecopt] {}", 11), 0);
    assert_int_equal(eco_protocol_tag("[ec", 3), 0);
    assert_int_equal(eco_protocol_tag("", 0), 0);
}

static void test_objects(void **state)
{
    (void)state;
    expect_line("{}", "", NULL);
    expect_line(" {\"accuracy\": 0.93, \"step\": 4, \"phase\": null}", "accuracy=0.93;", NULL);
    expect_line("{\"a\": 0.93, \"a_u95\": 0.01}", "a=0.93+-0.01;", NULL);
    expect_line("{\"a_u95\": 0.01, \"a\": 0.93}", "a=0.93+-0.01;", NULL);
    expect_line("{\"a_u95\": 0.01}", "a_u95=0.01;", NULL);
    expect_line("{\"a\": 1, \"a_u95\": \"x\"}", "a=1;", NULL);
    expect_line("{\"a\": 1, \"a_u95\": -2}", "a=1;", NULL);
    expect_line("{\"t\": {\"loss\": 1e-3, \"deep\": {\"x\": -2}}}", "t.loss=0.001;t.deep.x=-2;",
                NULL);
    expect_line("{\"t\": {\"step\": 3}}", "t.step=3;", NULL);
    expect_line("{\"big\": 123456789012345678901234567890}", "big=1.23457e+29;", NULL);
    expect_line("{\"a\": NaN, \"b\": -Infinity, \"c\": inf,\"d\":-nan}", "a=nan;b=nan;c=nan;d=nan;",
                NULL);
    expect_line("{\"NaN\": 1, \"s\": \"NaN \\\" nan\"}", "NaN=1;s=[\"NaN \" nan\"];", NULL);
    expect_line("{\"m\": \"adam\", \"t\": true, \"f\": false, \"n\": null, \"l\": [1,2]}",
                "m=[\"adam\"];t=[true];f=[false];n=[null];l=[an array];", NULL);
    expect_line("{\"a\": 1, \"a\": 2}", "a=2;", NULL);
}

static void test_bad_objects(void **state)
{
    (void)state;
    expect_line("", "", "a reported line is ignored");
    expect_line("{\"a\": }", "", "a reported line is ignored: ");
    expect_line("{\"a\": 1} x", "", "end of file expected");
    expect_line("{\"a\": 1", "", "a reported line is ignored");
    expect_line("[1, 2]", "", "no JSON object");
    expect_line("3", "", "a reported line is ignored");
    expect_line("{\"a\": nano}", "", "invalid token");
    expect_line("{\"a\": NaNa}", "", "invalid token");
    expect_line("{\"a\": 1e999}", "", "real number overflow");
    expect_line("{\"a\xff\": 1}", "", "a reported line is ignored");
    expect_line("{\"a\\u0000b\": 1}", "", "a reported line is ignored");
    expect_line("{\"a\\nb\": 1}", "", "'a\\nb' cannot be a metric's name");
    expect_line("\"", "", "a reported line is ignored");
    expect_line("\\", "", "a reported line is ignored");
}

static void test_depth_and_length_are_limited(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_str deep = ECO_STR_INIT(ctx);
    for (int i = 0; i < 100; i++)
        eco_str_add(&deep, "{\"\":");
    eco_str_add(&deep, "1");
    for (int i = 0; i < 100; i++)
        eco_str_add(&deep, "}");
    expect_line(eco_str_text(&deep), "", "nested deeper than 64");
    /* Deeper than the parser itself follows. */
    eco_str_clear(&deep);
    for (int i = 0; i < 20000; i++)
        eco_str_add(&deep, "[");
    expect_line(eco_str_text(&deep), "", "maximum parsing depth reached");
    eco_str_clear(&deep);
    eco_str_add(&deep, "{\"x\": {\"");
    for (int i = 0; i < 130; i++)
        eco_str_add(&deep, "n");
    eco_str_add(&deep, "\": 1}}");
    expect_line(eco_str_text(&deep), "", "name of more than 128 bytes");
    eco_str_release(&deep);
    ecopt_ctx_free(ctx);
}

static void test_log_lines(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static const char text[] = "{\"a\": 1}\n\n{\"b\": 2, \nnonsense\n{\"a\": 3}";
    eco_pool pool;
    eco_str out = ECO_STR_INIT(ctx);
    eco_pool_init(&pool, ctx);
    assert_status(ctx, eco_protocol_log(&pool, 0, text, sizeof text - 1), ECOPT_OK);
    assert_status(ctx, eco_protocol_log(&pool, 0, "", 0), ECOPT_OK);
    show(&pool, &out);
    assert_string_equal(eco_str_text(&out), "a=3;");
    assert_int_equal(pool.n_notes, 2);
    eco_pool_release(&pool);
    eco_str_release(&out);
    ecopt_ctx_free(ctx);
}

/* A curve beside the value; what comes without a step is final; a step that is none is no step. */
static void test_steps(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static const char text[] = "{\"step\": 0, \"a\": 0.1}\n"
                               "{\"step\": 1, \"a\": 0.2, \"b\": NaN}\n"
                               "{\"step\": 2, \"a\": 0.3}\n"
                               "{\"step\": 2.5, \"c\": 1}\n{\"step\": -1, \"c\": 2}\n"
                               "{\"step\": 1e300, \"c\": 3}\n{\"step\": \"3\", \"c\": 4}\n";
    static const char later[] = "{\"a\": 0.9}\n{\"step\": 3, \"a\": 0.4}";
    eco_pool pool;
    eco_pool_init(&pool, ctx);
    assert_status(ctx, eco_protocol_log(&pool, 0, text, sizeof text - 1), ECOPT_OK);
    const eco_pool_item *a = eco_pool_find(&pool, 0, "a");
    assert_close(a->value, 0.3, 0, 0);
    assert_int_equal(a->steps.n, 2);
    assert_int_equal(a->steps.points[0].step, 1);
    assert_close(a->steps.points[1].value, 0.3, 0, 0);
    assert_int_equal(eco_pool_find(&pool, 0, "b")->steps.n, 0);
    assert_int_equal(eco_pool_find(&pool, 0, "c")->steps.n, 0);
    assert_close(eco_pool_find(&pool, 0, "c")->value, 4, 0, 0);
    assert_int_equal(pool.n_notes, 4);
    assert_status(ctx, eco_protocol_log(&pool, 0, later, sizeof later - 1), ECOPT_OK);
    a = eco_pool_find(&pool, 0, "a");
    assert_close(a->value, 0.9, 0, 0);
    assert_int_equal(a->steps.n, 3);
    eco_pool_release(&pool);
    ecopt_ctx_free(ctx);
}

static void expect_result(const char *text, ecopt_status wanted, const char *message)
{
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pool pool;
    eco_pool_init(&pool, ctx);
    assert_status(ctx, eco_protocol_result(&pool, 0, "/t/result.json", text, strlen(text)), wanted);
    if (message)
        assert_string_equal(ecopt_ctx_errmsg(ctx), message);
    eco_pool_release(&pool);
    ecopt_ctx_free(ctx);
}

static void test_results(void **state)
{
    (void)state;
    expect_result("{\"accuracy\": 0.9}\n", ECOPT_OK, NULL);
    expect_result("", ECOPT_E_PARSE, "'/t/result.json' is empty");
    expect_result(" \n\t\r\n", ECOPT_E_PARSE, "'/t/result.json' is empty");
    expect_result("[1]", ECOPT_E_PARSE, "'/t/result.json' is no JSON object");
    expect_result("{\"a\": 1,\n \"b\": oops}\n", ECOPT_E_PARSE,
                  "'/t/result.json' line 2 column 10: invalid token near 'oops'");
    expect_result("{\"a\": NaN,\n \"b\": oops}\n", ECOPT_E_PARSE,
                  "'/t/result.json' line 2 column 10: invalid token near 'oops'");
}

static void expect_pointer(const char *text, const char *pointer, ecopt_status wanted, double value,
                           const char *message)
{
    ecopt_ctx *ctx = eco_test_ctx();
    double got = 777;
    assert_status(ctx, eco_protocol_pointer(ctx, "f.json", text, strlen(text), pointer, &got),
                  wanted);
    assert_close(got, wanted == ECOPT_OK ? value : 777, 0, 0);
    if (message)
        assert_string_equal(ecopt_ctx_errmsg(ctx), message);
    ecopt_ctx_free(ctx);
}

static void test_pointers(void **state)
{
    (void)state;
    /* The document of RFC 6901, section 5. */
    static const char rfc[] = "{\"foo\": [10, 11], \"\": 0, \"a/b\": 1, \"c%d\": 2, \"e^f\": 3,"
                              "\"g|h\": 4, \"i\\\\j\": 5, \"k\\\"l\": 6, \" \": 7, \"m~n\": 8}";
    static const struct {
        const char *pointer;
        double value;
    } good[] = {{"/foo/0", 10}, {"/foo/1", 11}, {"/", 0},    {"/a~1b", 1},
                {"/c%d", 2},    {"/e^f", 3},    {"/g|h", 4}, {"/i\\j", 5},
                {"/k\"l", 6},   {"/ ", 7},      {"/m~0n", 8}};
    for (size_t i = 0; i < ECO_LEN(good); i++)
        expect_pointer(rfc, good[i].pointer, ECOPT_OK, good[i].value, NULL);
    expect_pointer("3.5", "", ECOPT_E_PARSE, 0, NULL); /* jansson wants an array or object */
    expect_pointer("{\"a\": NaN}", "/a", ECOPT_OK, NAN, NULL);
    expect_pointer(rfc, "foo", ECOPT_E_PARSE, 0, "'foo' is no JSON pointer");
    expect_pointer(rfc, "/m~2n", ECOPT_E_PARSE, 0, "'/m~2n' is no JSON pointer");
    expect_pointer(rfc, "/m~", ECOPT_E_PARSE, 0, NULL);
    expect_pointer(rfc, "/foo", ECOPT_E_RANGE, 0, "'f.json' has no number at '/foo'");
    expect_pointer(rfc, "/foo/2", ECOPT_E_NOT_FOUND, 0, "'f.json' has nothing at '/foo/2'");
    expect_pointer(rfc, "/foo/01", ECOPT_E_NOT_FOUND, 0, NULL);
    expect_pointer(rfc, "/foo/-", ECOPT_E_NOT_FOUND, 0, NULL);
    expect_pointer(rfc, "/foo/99999999999999999999", ECOPT_E_NOT_FOUND, 0, NULL);
    expect_pointer(rfc, "/foo/0/x", ECOPT_E_NOT_FOUND, 0, NULL);
    expect_pointer(rfc, "/bar", ECOPT_E_NOT_FOUND, 0, NULL);
    expect_pointer("{", "/a", ECOPT_E_PARSE, 0, NULL);
    expect_pointer("", "/a", ECOPT_E_PARSE, 0, "'f.json' is empty");
}

static ecopt_status attempt_protocol(ecopt_ctx *ctx, void *user)
{
    static const char text[] = "{\"a\": 1, \"b\": {\"c\": NaN}, \"d\": \"text\"}";
    eco_pool pool;
    double value;
    (void)user;
    eco_pool_init(&pool, ctx);
    ecopt_status status = eco_protocol_line(&pool, 0, text, sizeof text - 1);
    if (status == ECOPT_OK)
        status = eco_protocol_result(&pool, 1, "f", text, sizeof text - 1);
    if (status == ECOPT_OK)
        status = eco_protocol_pointer(ctx, "f", text, sizeof text - 1, "/b/c", &value);
    eco_pool_release(&pool);
    return status;
}

static void test_protocol_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt_protocol, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_lines_in_every_cut),
        cmocka_unit_test(test_huge_line_is_cut),
        cmocka_unit_test(test_line_failure_is_passed_on),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_bad_pattern),
        cmocka_unit_test(test_catastrophic_pattern_is_given_up),
        cmocka_unit_test(test_pattern_allocation_failures),
        cmocka_unit_test(test_pool_keeps_the_last),
        cmocka_unit_test(test_pool_is_bounded),
        cmocka_unit_test(test_tag),
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_bad_objects),
        cmocka_unit_test(test_depth_and_length_are_limited),
        cmocka_unit_test(test_log_lines),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_protocol_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
