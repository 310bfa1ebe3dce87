/*
 * Files that are unusual but allowed, and those at and beyond a limit: marks and line ends, tabs,
 * other alphabets, depth, size, many parameters, many mistakes, repeated keys, no memory.
 */
#include "config/diagnosis.h"
#include "config/tree.h"
#include "space/space.h"

#include "support/config_probe.h"
#include "support/eco_test.h"

#include <stdlib.h>

static const char *const small = "study: s\n"
                                 "command: ./run {x}\n"
                                 "params: {x: {type: float, min: 0, max: 1}}\n"
                                 "objectives: {energy_j: min}\n";

/* Remarks of a whole text, with nothing added. */
static void expect_text(ecopt_ctx *ctx, const char *text, size_t length, const char *remarks)
{
    char *got = eco_probe_remarks(ctx, text, length);
    assert_string_equal(got, remarks);
    eco_free(ctx, got);
}

/* The same study with other line ends and marks in front. */
static void line_ends_and_marks(void **state)
{
    char text[1024];
    size_t n = 0;
    for (const char *c = small; *c; c++) {
        if (*c == '\n')
            text[n++] = '\r';
        text[n++] = *c;
    }
    expect_text(*state, text, n, "");
    n = (size_t)snprintf(text, sizeof text, "\xef\xbb\xbf%s", small);
    expect_text(*state, text, n, "");
    n = (size_t)snprintf(text, sizeof text, "---\n%s...\n", small);
    expect_text(*state, text, n, "");
    n = (size_t)snprintf(text, sizeof text, "# head\n\n%s# tail without an end", small);
    expect_text(*state, text, n, "");
    /* Without the last line end. */
    expect_text(*state, small, strlen(small) - 1, "");
    /* Places do not move with the line ends; the mark counts as no character. */
    expect_text(
        *state, "study: s\r\nseed: x\r\n", 18,
        "error 1:1 | the key 'command' is missing | add e.g. command: ./train --lr {lr}\n"
        "error 1:1 | the key 'params' is missing | add e.g. params: {lr: {type: float, min: "
        "1e-4, max: 1e-2, log: true}}\n"
        "error 1:1 | the key 'objectives' is missing | add e.g. objectives: {accuracy: max, "
        "energy_j: min}\n"
        "error 2:7 seed | expected a whole number, not 'x'\n");
}

/* Blanks may be tabs inside a line, not in front of it. */
static void tabs(void **state)
{
    static const eco_probe_case cases[] = {
        {"seed:\t3", ""},
        {"seed: 3\t# tab", ""},
        {"command: ./run\t{x}\t{n}", ""},
        {"budget:\n\ttrials: 3", "error 2:1 | a tab cannot indent | use blanks\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Texts may be of any alphabet, names of parameters and metrics are plain words; columns count
 * characters. */
static void other_alphabets(void **state)
{
    static const eco_probe_case cases[] = {
        {"env: {A: '\xe2\x82\xac \xd0\xb6 \xf0\x9f\x98\x80'}", ""},
        {"params: {n: 1, x: [\xc3\xa9t\xc3\xa9, \xe5\xa4\x8f]}\nbudget: {trials: 2, init: 1}", ""},
        {"command: [./\xc3\xa9, '{x}', '{n}', '{\xc3\xa9}']", ""},
        {"metrics: {a: {}, \xc3\xa9: {}}",
         "error 1:18 metrics.\xc3\xa9 | '\xc3\xa9' cannot be the name of a metric | use letters, "
         "digits, '_', '-' and '.', starting with a letter\n"},
        {"env: {A: \xf0\x9f\x98\x80\xf0\x9f\x98\x80, B: [1]}",
         "error 1:17 env.B | expected a text, not a list\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
    ecopt_definition *d = eco_probe_parse(*state, cases[0].sections);
    assert_string_equal(d->env[0], "A=\xe2\x82\xac \xd0\xb6 \xf0\x9f\x98\x80");
    ecopt_definition_free(*state, d);
    d = eco_probe_parse(*state, cases[1].sections);
    assert_string_equal(ecopt_space_param(d->space, 1)->values[1].text, "\xe5\xa4\x8f");
    ecopt_definition_free(*state, d);
}

/* Half a character, an overlong one, a surrogate, a control character: none is text. */
static void not_text(void **state)
{
    static const char *const bytes[] = {
        "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x01", "\x7f", "\x1b"};
    for (size_t i = 0; i < ECO_LEN(bytes); i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "seed: 1\nstudy: a%sb\n", bytes[i]);
        expect_text(*state, text, (size_t)n,
                    "error 2:9 | a byte here is not text | save the file as UTF-8\n");
    }
}

/* Anchors, aliases, tags and merge keys, wherever they stand. */
static void marks_refused(void **state)
{
    static const char anchors[] = "anchors are not supported";
    static const char aliases[] = "aliases are not supported";
    static const char tags[] = "tags are not supported";
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"&a seed: 3", anchors},
        {"seed: &a 3", anchors},
        {"budget: &a {trials: 3}", anchors},
        {"constraints: &a [x < 1]", anchors},
        {"constraints: [&a x < 1]", anchors},
        {"seed: *a", aliases},
        {"constraints: [*a]", aliases},
        {"budget: {trials: *a}", aliases},
        {"seed: !!int 3", tags},
        {"seed: !x 3", tags},
        {"budget: !!map {trials: 3}", tags},
        {"constraints: !!seq [x < 1]", tags},
        {"!!str seed: 3", tags},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char *all = eco_probe_complete(*state, cases[i].text);
        char *got = eco_probe_remarks(*state, all, strlen(all));
        if (!strstr(got, cases[i].message) || strncmp(got, "error 1:", 8) != 0)
            fail_msg("%s: %s", cases[i].text, got);
        eco_free(*state, got);
        eco_free(*state, all);
    }
}

/* A key may stand once in each map, at every level; both places are told. */
static void repeated_keys(void **state)
{
    static const struct {
        const char *text, *remark;
    } cases[] = {
        {"seed: 1\nseed: 2", "error 2:1 seed | "},
        {"command: {a: ./a, a: ./b}", "error 1:19 command.a | "},
        {"command: {a: {run: './a {x} {n}', run: b}}", "error 1:35 command.a.run | "},
        {"params: {x: 1, x: 2, n: 3}", "error 1:16 params.x | "},
        {"params: {x: {value: 1, value: 2}, n: 3}", "error 1:24 params.x.value | "},
        {"metrics: {a: {}, a: {}}", "error 1:18 metrics.a | "},
        {"metrics: {a: {regex: a, regex: b}}", "error 1:25 metrics.a.regex | "},
        {"objectives: {a: max, a: min}", "error 1:22 objectives.a | "},
        {"objectives: {a: {goal: max, goal: min}}", "error 1:29 objectives.a.goal | "},
        {"budget: {init: 1, init: 2}", "error 1:19 budget.init | "},
        {"meter: {repeats: {min: 1, min: 1}}", "error 1:27 meter.repeats.min | "},
        {"carbon: {intensity: 1, intensity: 2}", "error 1:24 carbon.intensity | "},
        {"env: {A: 1, 'A': 2}", "error 1:13 env.A | "},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char *all = eco_probe_complete(*state, cases[i].text);
        char *got = eco_probe_remarks(*state, all, strlen(all));
        if (strncmp(got, cases[i].remark, strlen(cases[i].remark)) != 0 ||
            !strstr(got, "this key is given twice | it stands first in line 1; keep one of them\n"))
            fail_msg("%s: %s", cases[i].text, got);
        eco_free(*state, got);
        eco_free(*state, all);
    }
}

/* A study of n parameters p0, p1, ... */
static char *many_params(ecopt_ctx *ctx, size_t n)
{
    eco_str text = ECO_STR_INIT(ctx);
    char *taken = NULL;
    eco_str_add(&text, "study: s\ncommand: ./run {params.json}\nobjectives: {energy_j: min}\n"
                       "params:\n");
    for (size_t i = 0; i < n; i++)
        eco_str_addf(&text, "  p%zu: {type: float, min: %zu, max: %zu.5}\n", i, i, i);
    assert_status(ctx, eco_str_take(&text, &taken), ECOPT_OK);
    return taken;
}

static void as_many_parameters_as_allowed(void **state)
{
    ecopt_ctx *ctx = *state;
    char *text = many_params(ctx, ECOPT_PARAMS_MAX);
    ecopt_definition *d = NULL;
    assert_status(ctx, ecopt_definition_parse(ctx, text, strlen(text), "/d/s", NULL, NULL, &d),
                  ECOPT_OK);
    assert_int_equal(ecopt_space_n_params(d->space), ECOPT_PARAMS_MAX);
    assert_int_equal(eco_space_n_dims(d->space), ECOPT_PARAMS_MAX);
    const ecopt_param *last = ecopt_space_param(d->space, ECOPT_PARAMS_MAX - 1);
    assert_string_equal(last->name, "p1023");
    assert_true(last->min == 1023 && last->max == 1023.5);
    assert_null(ecopt_space_param(d->space, ECOPT_PARAMS_MAX));
    ecopt_definition_free(ctx, d);
    eco_free(ctx, text);
    text = many_params(ctx, ECOPT_PARAMS_MAX + 1);
    expect_text(ctx, text, strlen(text),
                "error 5:3 params | at most 1024 parameters are allowed, not 1025\n");
    eco_free(ctx, text);
}

/* A study with a choice of n values. */
static char *many_values(ecopt_ctx *ctx, size_t n)
{
    eco_str text = ECO_STR_INIT(ctx);
    char *taken = NULL;
    eco_str_add(&text, "params: {n: 1, x: [v0");
    for (size_t i = 1; i < n; i++)
        eco_str_addf(&text, ", v%zu", i);
    eco_str_add(&text, "]}\n");
    assert_status(ctx, eco_str_take(&text, &taken), ECOPT_OK);
    return taken;
}

static void as_many_values_as_allowed(void **state)
{
    char *text = many_values(*state, ECOPT_CHOICES_MAX);
    ecopt_definition *d = eco_probe_parse(*state, text);
    assert_int_equal(ecopt_space_param(d->space, 1)->n_values, ECOPT_CHOICES_MAX);
    assert_string_equal(ecopt_space_param(d->space, 1)->values[4095].text, "v4095");
    ecopt_definition_free(*state, d);
    eco_free(*state, text);
    text = many_values(*state, ECOPT_CHOICES_MAX + 1);
    eco_probe_expect(
        *state, text,
        "error 1:19 params.x | a choice has at most 4096 values, not 4097 | use an int "
        "or a float with min and max\n");
    eco_free(*state, text);
}

/* Brackets and block lists of every depth up to the limit and beyond. */
static void depths(void **state)
{
    for (size_t depth = 1; depth < 3 * ECO_TREE_DEPTH_MAX; depth += 7)
        for (int is_block = 0; is_block < 2; is_block++) {
            eco_str text = ECO_STR_INIT(*state);
            eco_str_add(&text, "constraints: ");
            for (size_t i = 0; i < depth && !is_block; i++)
                eco_str_add_char(&text, '[');
            for (size_t i = 0; i < depth && !is_block; i++)
                eco_str_add_char(&text, ']');
            for (size_t i = 0; i < depth && is_block; i++)
                eco_str_addf(&text, "%s- ", i == 0 ? "\n " : "");
            char *all = eco_probe_complete(*state, eco_str_text(&text));
            char *got = eco_probe_remarks(*state, all, strlen(all));
            /* The root is a level of its own. */
            bool is_too_deep = depth + 1 > ECO_TREE_DEPTH_MAX;
            assert_int_equal(strstr(got, "nested too deeply") != NULL, is_too_deep);
            assert_int_equal(got[0] == '\0', depth == 1 && !is_block);
            eco_free(*state, got);
            eco_free(*state, all);
            eco_str_release(&text);
        }
}

static void count(void *user, const ecopt_diagnostic *d)
{
    (void)d;
    ++*(size_t *)user;
}

/* The message counts all errors, a hundred are shown, the first of the file's order among them. */
static void many_mistakes(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_str text = ECO_STR_INIT(ctx);
    ecopt_definition *d = NULL;
    size_t n_shown = 0;
    eco_str_add(&text, small);
    for (int i = 0; i < 400; i++)
        eco_str_addf(&text, "wrong%d: 1\n", i);
    assert_status(ctx,
                  ecopt_definition_parse(ctx, eco_str_text(&text), text.length, "f.yaml", count,
                                         &n_shown, &d),
                  ECOPT_E_CONFIG);
    assert_int_equal(n_shown, ECO_DIAGNOSIS_MAX);
    assert_string_equal(ecopt_ctx_errmsg(ctx), "f.yaml has 400 errors");
    assert_null(d);
    eco_str_release(&text);
}

/* Mistakes of all sections come at once and in the order of the file, not of the checks. */
static void order_of_places(void **state)
{
    eco_probe_expect(
        *state,
        "sampler: x\ncarbon: {pue: 0, country: GBR}\nmeter: {sources: y}\nbudget: {init: 0}\n"
        "constraints: [z < 1]\nobjectives: {bb: max}\nmetrics: {1: {}}\n"
        "params: {x: {type: bool, min: 1}, n: [1, 1]}\ncommand: ./run {x} {n} {oo}\nseed: -1\n"
        "study: '?'\n",
        "error 1:10 sampler | expected one of mobo, sobol, random, grid, nsga2 or "
        "a map (key: value), not "
        "'x' | "
        "e.g. sampler: {name: mobo, cost_aware: true}\n"
        "error 2:15 carbon.pue | pue (0) must be at least 1 | 1 means that all energy goes to the "
        "computer\n"
        "error 3:18 meter.sources | no energy source 'y'\n"
        "error 4:16 budget.init | init (0) must be at least 1\n"
        "error 5:15 constraints[1] | 'z' is neither a parameter nor a metric | put quotes around a "
        "text, or declare the metric\n"
        "error 6:14 objectives.bb | there is no metric 'bb' | declare it: metrics: {bb: {regex: "
        "'...'}}, or {bb: {}} if the program reports it\n"
        "error 7:11 metrics.1 | '1' cannot be the name of a metric | use letters, digits, '_', '-' "
        "and '.', starting with a letter\n"
        "error 8:26 params.x.min | 'min' does not go with type bool | only float and int have a "
        "range\n"
        "error 8:42 params.n[2] | the value '1' is listed twice | leave one of them out\n"
        "error 9:24 command | nothing is called {oo} | write {{oo}} for the text itself\n"
        "error 10:7 seed | the seed must not be negative\n"
        "error 11:8 study | '?' cannot be the name of a study | use letters, digits, '.', '_' and "
        "'-', starting with a letter or digit\n");
}

static ecopt_status parse_once(ecopt_ctx *ctx, void *user)
{
    ecopt_definition *d = NULL;
    ecopt_status status = ecopt_definition_parse(ctx, user, strlen(user), "/d/s", NULL, NULL, &d);
    ecopt_definition_free(ctx, d);
    return status == ECOPT_E_CONFIG ? ECOPT_OK : status;
}

/* Every allocation of a large file and of a file full of mistakes fails once. */
static void out_of_memory(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    char *text = many_params(ctx, 60);
    eco_test_alloc_sweep(parse_once, text);
    eco_free(ctx, text);
    static const char *const texts[] = {
        "study: [\n",
        "command: {run: ./x {lr}}\n",
        "a: 1\na: 2\n",
        "a: *b\n",
        "\xff",
        ("study: s\ncommand: [./x, {x}]\nparams: {x: [1, 2], y: {type: int, min: 1}}\n"
         "objectives: {b: Max}\nbudget: {energy: 3 kw}\nmeter: {sources: []}\n")};
    for (size_t i = 0; i < ECO_LEN(texts); i++) {
        char *copy = eco_strdup(ctx, texts[i]);
        eco_test_alloc_sweep(parse_once, copy);
        eco_free(ctx, copy);
    }
    ecopt_ctx_free(ctx);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(line_ends_and_marks),
        TEST(tabs),
        TEST(other_alphabets),
        TEST(not_text),
        TEST(marks_refused),
        TEST(repeated_keys),
        TEST(as_many_parameters_as_allowed),
        TEST(as_many_values_as_allowed),
        TEST(depths),
        TEST(many_mistakes),
        TEST(order_of_places),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
