/*
 * Regular expressions over lines: which match counts, which group, bytes and characters, limits.
 * A slow search by hand stands beside PCRE2 for the common shape "name=number".
 */
#include "core/rng.h"
#include "trial/pattern.h"

#include "support/eco_test.h"

#include <stdlib.h>

/* Text found in the n bytes of `line`, or NULL; valid until the next call. */
static const char *find(eco_pattern *pattern, const char *line, size_t n)
{
    static char found[256];
    const char *text = NULL;
    size_t length = 99;
    bool is_found = eco_pattern_match(pattern, line, n, &text, &length);
    /* Outputs are untouched when nothing matches. */
    assert_true(is_found ? text != NULL : text == NULL && length == 99);
    if (!is_found)
        return NULL;
    assert_true(text >= line && text + length <= line + n && length < sizeof found);
    memcpy(found, text, length);
    found[length] = '\0';
    return found;
}

static void expect(const char *regex, const char *line, size_t n, const char *wanted)
{
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pattern *pattern = NULL;
    assert_status(ctx, eco_pattern_new(ctx, regex, &pattern, NULL), ECOPT_OK);
    const char *found = find(pattern, line, n);
    if ((found == NULL) != (wanted == NULL) || (found && strcmp(found, wanted) != 0))
        print_error("/%s/ in '%.*s': '%s'\n", regex, (int)n, line, found ? found : "(none)");
    assert_int_equal(found == NULL, wanted == NULL);
    if (wanted)
        assert_string_equal(found, wanted);
    assert_int_equal(eco_pattern_failures(pattern), 0);
    eco_pattern_free(ctx, pattern);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void expect_text(const char *regex, const char *line, const char *wanted)
{
    expect(regex, line, strlen(line), wanted);
}

static void test_last_match_wins(void **state)
{
    (void)state;
    expect_text("loss=([0-9.]+)", "loss=3 loss=2 loss=1.5", "1.5");
    expect_text("loss=([0-9.]+)", "loss=3 loss=2 lost", "2");
    /* Matches do not overlap: "aa" is found at 0 and 2, the 'a' left over is none. */
    expect_text("a(a)", "aaaaa", "a");
    expect_text("(ab|b)", "abb", "b");
    /* Greedy is greedy within one match. */
    expect_text("x(.*)", "x1 x2", "1 x2");
    expect_text("x(.*?)(?= |$)", "x1 x2", "2");
}

static void test_group_or_whole_match(void **state)
{
    (void)state;
    expect_text("[0-9]+", "a 17", "17");
    expect_text("(?:acc|accuracy): ([0-9.]+) of ([0-9]+)", "acc: 0.5 of 7", "0.5");
    expect_text("(?<value>[0-9]+) J", "12 J", "12");
    /* A first group that took no part leaves the whole match. */
    expect_text("(x)|y[0-9]", "y4", "y4");
    /* The branch reset numbers both branches' group 1. */
    expect_text("(?|a=([0-9])|b=([0-9]))", "b=4", "4");
    /* An empty group is an empty text, not the whole match. */
    expect_text("v=([0-9]*)", "v=", "");
    expect_text("energy \\K[0-9]+", "energy 55 J", "55");
}

static void test_anchors_see_the_line(void **state)
{
    (void)state;
    expect_text("^b", "ab", NULL);
    expect_text("^(\\d+)", "12 34", "12");
    expect_text("(\\d+)$", "12 34", "34");
    expect_text("\\bval (\\d+)", "interval 3 val 4", "4");
    expect_text("(?i)ACC=(\\d)", "acc=1", "1");
    expect_text("^", "", "");
    expect_text("x", "", NULL);
}

static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    expect("x=(\\d)", "\0\0x=4\0", 6, "4");
    expect("^\\x00(\\d)", "\0007", 2, "7");
    /* The byte behind the line is not part of it. */
    expect("x=(\\d+)", "x=123", 4, "12");
    expect("(\\d+)$", "x=123", 4, "12");
    expect_text("acc (\\d)", "\xff\xfe\xc3 acc 3", "3");
    /* '.' is one byte, so a two-byte letter counts two. */
    expect_text("^(.)", "\xc3\xa9", "\xc3");
    expect_text("^caf(..) ", "caf\xc3\xa9 ", "\xc3\xa9");
}

static void test_characters_on_request(void **state)
{
    (void)state;
    expect_text("(*UTF)^caf(.) ", "caf\xc3\xa9 ", "\xc3\xa9");
    expect_text("(*UTF)(\\x{e9}+)=", "\xc3\xa9\xc3\xa9=", "\xc3\xa9\xc3\xa9");
    /* Empty matches advance by whole characters: the last one is behind the last letter. */
    expect_text("(*UTF)x*", "\xc3\xa9\xe2\x82\xac", "");
    expect_text("(*UTF)(?=(.))", "a\xc3\xa9", "\xc3\xa9");
    expect_text("(*UTF)(?=(.))", "\xc3\xa9\xe2\x82\xac", "\xe2\x82\xac");
    expect_text("(*UTF)(?=\\x{20ac})(.)", "\xc3\xa9\xe2\x82\xac\xc3\xa9", "\xe2\x82\xac");
    expect_text("(*UTF)(\\d)", "\xf0\x9f\x98\x80 1 \xf0\x9f\x98\x80 2", "2");
}

/* Lines that are no UTF-8 are lines that do not match; they do not wear a pattern out. */
static void test_characters_in_broken_lines(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pattern *pattern = NULL;
    assert_status(ctx, eco_pattern_new(ctx, "(*UTF)acc=(\\d)", &pattern, NULL), ECOPT_OK);
    for (int i = 0; i < 3 * ECO_PATTERN_FAILURES_MAX; i++)
        assert_null(find(pattern, "\xff acc=1", 7));
    assert_int_equal(eco_pattern_failures(pattern), 0);
    assert_string_equal(find(pattern, "acc=2", 5), "2");
    eco_pattern_free(ctx, pattern);
    ecopt_ctx_free(ctx);
}

static void expect_refused(const char *regex, size_t wanted_offset, const char *cause)
{
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pattern *pattern = NULL;
    size_t offset = 999;
    assert_status(ctx, eco_pattern_new(ctx, regex, &pattern, &offset), ECOPT_E_PARSE);
    assert_null(pattern);
    assert_int_equal(offset, wanted_offset);
    if (!strstr(ecopt_ctx_errmsg(ctx), cause))
        print_error("%s\n", ecopt_ctx_errmsg(ctx));
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), cause));
    /* The offset may be left out. */
    assert_status(ctx, eco_pattern_new(ctx, regex, &pattern, NULL), ECOPT_E_PARSE);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_wrong_expressions(void **state)
{
    (void)state;
    expect_refused("a(b", 3, "missing closing parenthesis");
    expect_refused("a)b", 1, "unmatched closing parenthesis");
    expect_refused("*a", 0, "quantifier does not follow a repeatable item");
    expect_refused("a[b", 3, "missing terminating ]");
    expect_refused("a\\", 2, "\\ at end of pattern");
    expect_refused("a{3,2}", 5, "numbers out of order");
    expect_refused("(?<n>a)(?<n>b)", 12, "two named subpatterns have the same name");
    /* Would let a match end inside a character. */
    expect_refused("(*UTF)a\\C", 9, "\\C");
}

/* A pattern with nested repeats: on these lines the number of ways is 2 to the length. */
static void test_step_limit(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pattern *pattern = NULL;
    char line[64];
    assert_status(ctx, eco_pattern_new(ctx, "^(?:a+)+=(\\d)", &pattern, NULL), ECOPT_OK);
    /* The '=' is there: without it PCRE2 would see at once that nothing can match. */
    memset(line, 'a', sizeof line);
    memcpy(line + 58, "!=", 2);
    /* Few letters stay within the limit and are a plain "no". */
    assert_null(find(pattern, "aaaaaa!=", 8));
    assert_int_equal(eco_pattern_failures(pattern), 0);
    for (int i = 1; i < ECO_PATTERN_FAILURES_MAX; i++) {
        assert_null(find(pattern, line, 60));
        assert_int_equal(eco_pattern_failures(pattern), i);
        /* Until it is given up it still finds what is easy to find. */
        assert_string_equal(find(pattern, "aaa=7", 5), "7");
    }
    assert_null(find(pattern, line, 60));
    assert_int_equal(eco_pattern_failures(pattern), ECO_PATTERN_FAILURES_MAX);
    assert_null(find(pattern, "aaa=7", 5));
    assert_int_equal(eco_pattern_failures(pattern), ECO_PATTERN_FAILURES_MAX);
    eco_pattern_free(ctx, pattern);
    ecopt_ctx_free(ctx);
}

/* What matched before the search was broken off within the same line still counts. */
static void test_match_before_the_limit(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_pattern *pattern = NULL;
    char line[80];
    assert_status(ctx, eco_pattern_new(ctx, "(?:a+)+=(\\d)", &pattern, NULL), ECOPT_OK);
    (void)snprintf(line, sizeof line, "a=3 ");
    memset(line + 4, 'a', 58);
    memcpy(line + 62, "!=", 2);
    assert_string_equal(find(pattern, line, 64), "3");
    assert_int_equal(eco_pattern_failures(pattern), 1);
    eco_pattern_free(ctx, pattern);
    ecopt_ctx_free(ctx);
}

static void test_long_lines(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    enum { LONG_B = 64 * 1024 };
    char *line = eco_alloc(ctx, LONG_B, 1);
    eco_pattern *pattern = NULL;
    assert_non_null(line);
    memset(line, 'x', LONG_B);
    memcpy(line + LONG_B - 5, "acc=5", 5);
    assert_status(ctx, eco_pattern_new(ctx, "acc=(\\d)", &pattern, NULL), ECOPT_OK);
    assert_string_equal(find(pattern, line, LONG_B), "5");
    eco_pattern_free(ctx, pattern);
    /* One match per byte, each of them empty but the last. */
    assert_status(ctx, eco_pattern_new(ctx, "\\d*", &pattern, NULL), ECOPT_OK);
    assert_string_equal(find(pattern, line, LONG_B), "");
    eco_pattern_free(ctx, pattern);
    eco_free(ctx, line);
    ecopt_ctx_free(ctx);
}

/* Last "k=digits" of a line by hand; NULL when there is none. */
static const char *search(const char *line, size_t n, size_t *ret_length)
{
    const char *best = NULL;
    for (size_t i = 0; i + 2 < n; i++) {
        size_t length = 0;
        if (line[i] != 'k' || line[i + 1] != '=')
            continue;
        while (i + 2 + length < n && line[i + 2 + length] >= '0' && line[i + 2 + length] <= '9')
            length++;
        if (length > 0) {
            best = line + i + 2;
            *ret_length = length;
        }
    }
    return best;
}

static void test_against_a_search_by_hand(void **state)
{
    (void)state;
    static const char *const regexes[] = {"k=([0-9]+)", "(*UTF)k=(\\d+)"};
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    size_t n_hits = 0;
    eco_rng_init(&rng, 11, 0, 0);
    for (size_t r = 0; r < ECO_LEN(regexes); r++) {
        eco_pattern *pattern = NULL;
        assert_status(ctx, eco_pattern_new(ctx, regexes[r], &pattern, NULL), ECOPT_OK);
        for (int i = 0; i < 20000; i++) {
            static const char letters[] = "kk==0123 \n";
            char line[40];
            const char *text = NULL;
            size_t n = eco_rng_below(&rng, sizeof line), length = 0, got = 0;
            for (size_t k = 0; k < n; k++)
                line[k] = letters[eco_rng_below(&rng, sizeof letters)];
            const char *wanted = search(line, n, &length);
            assert_int_equal(eco_pattern_match(pattern, line, n, &text, &got), wanted != NULL);
            assert_ptr_equal(text, wanted);
            assert_int_equal(got, length);
            n_hits += wanted != NULL;
        }
        eco_pattern_free(ctx, pattern);
    }
    assert_true(n_hits > 1000);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    static const char *const regexes[] = {"loss = ([0-9.]+)", "(*UTF)(?<l>l)oss(?=.)",
                                          "[[:alpha:]]{1,9}"};
    (void)user;
    for (size_t i = 0; i < ECO_LEN(regexes); i++) {
        eco_pattern *pattern = NULL;
        const char *text;
        size_t n;
        ECO_TRY(eco_pattern_new(ctx, regexes[i], &pattern, NULL));
        bool is_found = eco_pattern_match(pattern, "loss = 0.25", 11, &text, &n);
        size_t failures = eco_pattern_failures(pattern);
        eco_pattern_free(ctx, pattern);
        /* PCRE2 allocates during its first match, too: that one is broken off. */
        assert_int_equal(failures, !is_found);
        if (!is_found)
            return ECOPT_E_NOMEM;
    }
    return ECOPT_OK;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_match_wins),
        cmocka_unit_test(test_group_or_whole_match),
        cmocka_unit_test(test_anchors_see_the_line),
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_characters_on_request),
        cmocka_unit_test(test_characters_in_broken_lines),
        cmocka_unit_test(test_wrong_expressions),
        cmocka_unit_test(test_step_limit),
        cmocka_unit_test(test_match_before_the_limit),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_against_a_search_by_hand),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
