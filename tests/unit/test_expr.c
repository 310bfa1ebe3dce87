/* Expressions: precedence, types, positions of mistakes, limits, no allocation when evaluated. */
#include "space/expr.h"

#include "support/eco_test.h"

#include <stdlib.h>

static const ecopt_value optimisers[] = {{ECOPT_VALUE_STRING, 0, "adam"},
                                         {ECOPT_VALUE_STRING, 0, "sgd"}};
static const ecopt_value kernels[] = {
    {ECOPT_VALUE_INT, 1, "1"}, {ECOPT_VALUE_INT, 3, "3"}, {ECOPT_VALUE_FLOAT, 5.5, "5.5"}};
static const ecopt_value mixed[] = {{ECOPT_VALUE_INT, 1, "1"}, {ECOPT_VALUE_STRING, 0, "auto"}};
static const ecopt_value truths[] = {{ECOPT_VALUE_BOOL, 1, "true"}, {ECOPT_VALUE_BOOL, 0, "false"}};

/* Codes used below: width 16, depth 3, pool true, opt 'sgd', kernel 3, pad 'auto', a-b 7, a 1,
 * b 2, flag false, lr 1e-3. */
static const ecopt_param params[] = {
    {.name = "width", .type = ECOPT_PARAM_INT, .min = 1, .max = 64},
    {.name = "depth", .type = ECOPT_PARAM_INT, .min = 1, .max = 4},
    {.name = "pool", .type = ECOPT_PARAM_BOOL},
    {.name = "opt", .type = ECOPT_PARAM_CHOICE, .n_values = 2, .values = optimisers},
    {.name = "kernel", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = kernels},
    {.name = "pad", .type = ECOPT_PARAM_CHOICE, .n_values = 2, .values = mixed},
    {.name = "a-b", .type = ECOPT_PARAM_INT, .min = 0, .max = 9},
    {.name = "a", .type = ECOPT_PARAM_INT, .min = 0, .max = 9},
    {.name = "b", .type = ECOPT_PARAM_INT, .min = 0, .max = 9},
    {.name = "flag", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = truths + 1},
    {.name = "lr", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
};
static const double x[] = {16, 3, 1, 1, 1, 1, 7, 1, 2, 0, 1e-3};

static void truth_of_expressions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool holds;
    } cases[] = {
        {"depth > 1", true},
        {"depth >= 3 and depth <= 3 and not depth < 3", true},
        {"width*depth<=48", true},
        {"width * depth <= 47.999", false},
        {"1 + 2 * 3 == 7", true},
        {"(1 + 2) * 3 == 9", true},
        {"2 ^ 3 ^ 2 == 512", true},
        {"-2 ^ 2 == -4", true},
        {"2 ^ -1 == 0.5", true},
        {"2 - 3 - 4 == -5", true},
        {"16 / 4 / 2 == 2", true},
        {"- - 2 == +2", true},
        {"1e3 == 1000 and 1.5E-2 == .015", true},
        {"pool", true},
        {"not pool", false},
        {"not not pool", true},
        {"pool == true and pool != false", true},
        {"opt == 'sgd'", true},
        {"opt != \"sgd\"", false},
        {"'sgd' == opt", true},
        {"opt == 'it is not'", false},
        {"kernel * 2 == 6", true},
        {"pad == 'auto'", true},
        {"pad == '1'", false},
        {"a-b == 7", true},
        {"a - b == -1", true},
        {"depth-1 == 2", true},
        {"flag", false},
        {"false or true and false", false},
        {"true or false and false", true},
        {"(true or false) and false", false},
        {"not false and true", true},
        {"lr < 1e-2", true},
        {"0 / 0 == 0 / 0", false},
        {"0 / 0 != 0", true},
        {"1 / 0 > 1e308", true},
        {"(-8) ^ 0.5 <= 1 or (-8) ^ 0.5 > 1", false},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_arena arena = ECO_ARENA_INIT(ctx);
        const eco_expr *expr = NULL;
        assert_status(ctx,
                      eco_expr_compile(&arena, cases[i].text, params, ECO_LEN(params), &expr, NULL),
                      ECOPT_OK);
        if (eco_expr_holds(expr, x) != cases[i].holds)
            fail_msg("%s should be %d", cases[i].text, cases[i].holds);
        eco_arena_release(&arena);
    }
    ecopt_ctx_free(ctx);
}

static void mistakes_have_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ecopt_status status;
        size_t offset, length;
        const char *message, *hint;
    } cases[] = {
        {"", ECOPT_E_PARSE, 0, 0, "empty", ""},
        {"   ", ECOPT_E_PARSE, 0, 0, "empty", ""},
        {"depth >", ECOPT_E_PARSE, 7, 0, "a value is needed", ""},
        {"depth > 1 1", ECOPT_E_PARSE, 10, 1, "operator is needed", ""},
        {"dept > 1", ECOPT_E_NAME, 0, 4, "'dept' at byte 1: not a parameter", "'depth'"},
        {"opt == adam", ECOPT_E_NAME, 7, 4, "not a parameter", "quotes around a text: 'adam'"},
        {"train.time_s <= 3", ECOPT_E_NAME, 0, 12, "'train.time_s'", ""},
        {"depth", ECOPT_E_PARSE, 0, 5, "a condition", "compare it"},
        {"depth + 1", ECOPT_E_PARSE, 0, 5, "a condition", "compare it"},
        {"depth and pool", ECOPT_E_PARSE, 0, 5, "a condition", ""},
        {"pool and depth", ECOPT_E_PARSE, 9, 5, "a condition", ""},
        {"not depth", ECOPT_E_PARSE, 4, 5, "a condition", ""},
        {"pool > 1", ECOPT_E_PARSE, 0, 4, "a number", ""},
        {"opt < 'sgd'", ECOPT_E_PARSE, 0, 3, "a number", "== or !="},
        {"opt == 3", ECOPT_E_PARSE, 7, 1, "a text", "quotes"},
        {"depth == 'three'", ECOPT_E_PARSE, 9, 7, "a number", ""},
        {"pool + 1 > 2", ECOPT_E_PARSE, 0, 4, "a number", ""},
        {"1 * pool > 2", ECOPT_E_PARSE, 4, 4, "a number", ""},
        {"-pool", ECOPT_E_PARSE, 0, 1, "a number", ""},
        {"pool ^ 2 > 1", ECOPT_E_PARSE, 0, 4, "a number", ""},
        {"2 ^ pool > 1", ECOPT_E_PARSE, 4, 4, "a number", ""},
        {"1 < depth < 3", ECOPT_E_PARSE, 10, 1, "chained", "a < b and b < c"},
        {"depth = 3", ECOPT_E_PARSE, 6, 1, "operator", "'=='"},
        {"pool && pool", ECOPT_E_PARSE, 5, 2, "operator", "'and'"},
        {"pool || pool", ECOPT_E_PARSE, 5, 2, "operator", "'or'"},
        {"!pool", ECOPT_E_PARSE, 0, 1, "operator", "'not'"},
        {"depth ** 2 > 1", ECOPT_E_PARSE, 6, 2, "operator", "'^'"},
        {"depth % 2 == 0", ECOPT_E_PARSE, 6, 1, "not allowed", "allowed are"},
        {"depth > 60s", ECOPT_E_PARSE, 8, 3, "not a number", "units"},
        {"depth > 1.2.3", ECOPT_E_PARSE, 8, 5, "not a number", ""},
        {"depth > 1e999", ECOPT_E_PARSE, 8, 5, "not a number", ""},
        {"opt == 'sgd", ECOPT_E_PARSE, 7, 4, "not closed", ""},
        {"(depth > 1", ECOPT_E_PARSE, 10, 0, "')' is needed", ""},
        {"depth > 1)", ECOPT_E_PARSE, 9, 1, "operator is needed", ""},
        {"and depth > 1", ECOPT_E_PARSE, 0, 3, "missing before", ""},
        {"depth > 1 or", ECOPT_E_PARSE, 12, 0, "a value is needed", ""},
        {"depth > \xc3\xa9", ECOPT_E_PARSE, 8, 1, "not allowed", ""},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_arena arena = ECO_ARENA_INIT(ctx);
        const eco_expr *expr = NULL;
        eco_expr_error error = {0, 0, false};
        ecopt_status status =
            eco_expr_compile(&arena, cases[i].text, params, ECO_LEN(params), &expr, &error);
        if (status != cases[i].status || error.offset != cases[i].offset ||
            error.length != cases[i].length || !strstr(ecopt_ctx_errmsg(ctx), cases[i].message) ||
            !strstr(ecopt_ctx_errhint(ctx), cases[i].hint))
            fail_msg("%s: %s at %zu+%zu: %s (%s)", cases[i].text, ecopt_status_name(status),
                     error.offset, error.length, ecopt_ctx_errmsg(ctx), ecopt_ctx_errhint(ctx));
        assert_null(expr);
        eco_arena_release(&arena);
    }
    ecopt_ctx_free(ctx);
}

static void limits_hold(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_arena arena = ECO_ARENA_INIT(ctx);
    const eco_expr *expr = NULL;
    char *text = calloc(1, ECO_EXPR_TEXT_MAX_B + 2);
    assert_non_null(text);
    memset(text, '(', ECO_EXPR_TEXT_MAX_B + 1);
    assert_status(ctx, eco_expr_compile(&arena, text, params, 1, &expr, NULL), ECOPT_E_LIMIT);
    text[100] = '\0';
    assert_status(ctx, eco_expr_compile(&arena, text, params, 1, &expr, NULL), ECOPT_E_LIMIT);

    /* Each level waits with five values: or, and, comparison, sum, product. */
    text[0] = '\0';
    for (int i = 0; i < 30; i++)
        (void)strcat(text, "false or true and 1 < 1 + 2 * (");
    assert_status(ctx, eco_expr_compile(&arena, text, params, 1, &expr, NULL), ECOPT_E_LIMIT);
    assert_null(expr);

    /* A long flat chain needs no depth. */
    text[0] = '\0';
    for (int i = 0; i < 200; i++)
        (void)strcat(text, "width > 0 and ");
    (void)strcat(text, "width == 16");
    assert_status(ctx, eco_expr_compile(&arena, text, params, 1, &expr, NULL), ECOPT_OK);
    assert_true(eco_expr_holds(expr, x));
    free(text);
    eco_arena_release(&arena);
    ecopt_ctx_free(ctx);
}

static void evaluation_does_not_allocate(void **state)
{
    (void)state;
    eco_faulty_alloc faulty = {.fail_at = -1};
    ecopt_ctx *ctx = eco_test_ctx_new(&faulty);
    eco_arena arena = ECO_ARENA_INIT(ctx);
    const eco_expr *expr = NULL;
    assert_status(ctx,
                  eco_expr_compile(&arena, "opt == 'sgd' and width ^ 2 > depth", params,
                                   ECO_LEN(params), &expr, NULL),
                  ECOPT_OK);
    long calls = faulty.calls;
    for (int i = 0; i < 100; i++)
        assert_true(eco_expr_holds(expr, x));
    assert_int_equal(faulty.calls, calls);
    assert_true(eco_expr_uses(expr, 3));
    assert_true(eco_expr_uses(expr, 0));
    assert_false(eco_expr_uses(expr, 2));
    eco_arena_release(&arena);
    ecopt_ctx_free(ctx);
}

static ecopt_status compile_once(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_arena arena = ECO_ARENA_INIT(ctx);
    const eco_expr *expr = NULL;
    ecopt_status status = eco_expr_compile(
        &arena, "opt == 'sgd' and width > 1 and width > 2 and width > 3 and width > 4 or pool",
        params, ECO_LEN(params), &expr, NULL);
    eco_arena_release(&arena);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    eco_test_alloc_sweep(compile_once, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truth_of_expressions), cmocka_unit_test(mistakes_have_a_place),
        cmocka_unit_test(limits_hold),          cmocka_unit_test(evaluation_does_not_allocate),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
