/*
 * Random spaces with conditions and constraints whose texts are generated together with their
 * truth: what the compiler makes of a text must agree with walking the tree that the text was
 * printed from.  And hostile value texts: parse(print(x)) == x.
 */
#include "core/rng.h"
#include "core/str.h"
#include "space/space.h"
#include "support/eco_test.h"

#include <stdlib.h>

static eco_rng rng;

static size_t below(size_t n)
{
    return (size_t)eco_rng_below(&rng, n);
}

/* ---- trees ---- */

enum { N_PARAMS = 5, NODES_MAX = 60 };

typedef enum node_op {
    NUMBER,
    PARAM,
    FLAG,
    TEXT_IS,
    TEXT_IS_NOT,
    ARITH,
    COMPARE,
    AND,
    OR,
    NOT,
    MINUS
} node_op;

typedef struct node {
    node_op op;
    int sign;      /* index into the signs of ARITH or COMPARE */
    double number; /* NUMBER; index of the parameter or of the value otherwise */
    int left, right;
} node;

typedef struct tree {
    node nodes[NODES_MAX];
    int n;
} tree;

static const char *const arith_signs[] = {"+", "-", "*", "/", "^"};
static const char *const compare_signs[] = {"<", "<=", ">", ">=", "==", "!="};

static const ecopt_value colours[] = {{ECOPT_VALUE_STRING, NAN, "red"},
                                      {ECOPT_VALUE_STRING, NAN, "dark blue"},
                                      {ECOPT_VALUE_STRING, NAN, "and"}};
static const ecopt_value sizes[] = {
    {ECOPT_VALUE_INT, 1, "1"}, {ECOPT_VALUE_INT, 3, "3"}, {ECOPT_VALUE_FLOAT, 5.5, "5.5"}};

/* i and f are numbers, flag a truth value, colour a text, size a number behind an index. */
static const ecopt_param params[N_PARAMS] = {
    {.name = "i", .type = ECOPT_PARAM_INT, .min = -3, .max = 9},
    {.name = "f-x", .type = ECOPT_PARAM_FLOAT, .min = -2, .max = 2},
    {.name = "flag", .type = ECOPT_PARAM_BOOL},
    {.name = "colour", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = colours},
    {.name = "size", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = sizes},
};

static int add_node(tree *t, node new_node)
{
    assert_true(t->n < NODES_MAX);
    t->nodes[t->n] = new_node;
    return t->n++;
}

static int grow_number(tree *t, int depth)
{
    if (depth == 0 || t->n > NODES_MAX - 20) {
        static const double numbers_of[] = {0, 1, 4}; /* i, f-x, size */
        return below(2) == 0 ? add_node(t, (node){.op = NUMBER, .number = (double)below(8) / 2})
                             : add_node(t, (node){.op = PARAM, .number = numbers_of[below(3)]});
    }
    if (below(5) == 0)
        return add_node(t, (node){.op = MINUS, .left = grow_number(t, depth - 1)});
    int left = grow_number(t, depth - 1), right = grow_number(t, depth - 1);
    return add_node(t, (node){.op = ARITH, .sign = (int)below(5), .left = left, .right = right});
}

static int grow_truth(tree *t, int depth)
{
    if (depth == 0 || t->n > NODES_MAX - 20) {
        size_t kind = below(4);
        if (kind == 0)
            return add_node(t, (node){.op = FLAG});
        if (kind == 1)
            return add_node(t, (node){.op = below(2) ? TEXT_IS : TEXT_IS_NOT,
                                      .number = (double)below(ECO_LEN(colours))});
        int left = grow_number(t, 1), right = grow_number(t, 1);
        return add_node(t,
                        (node){.op = COMPARE, .sign = (int)below(6), .left = left, .right = right});
    }
    if (below(4) == 0)
        return add_node(t, (node){.op = NOT, .left = grow_truth(t, depth - 1)});
    int left = grow_truth(t, depth - 1), right = grow_truth(t, depth - 1);
    return add_node(t, (node){.op = below(2) ? AND : OR, .left = left, .right = right});
}

/* Every operation in parentheses of its own: precedence is the business of other tests. */
static void print_node(const tree *t, int at, eco_str *str)
{
    const node *n = &t->nodes[at];
    char number[ECO_DOUBLE_TEXT_B];
    switch (n->op) {
    case NUMBER:
        eco_format_double(n->number, number);
        eco_str_add(str, number);
        return;
    case PARAM:
        eco_str_add(str, params[(size_t)n->number].name);
        return;
    case FLAG:
        eco_str_add(str, "flag");
        return;
    case TEXT_IS:
    case TEXT_IS_NOT:
        eco_str_addf(str, below(2) ? "(colour %s '%s')" : "(colour %s \"%s\")",
                     n->op == TEXT_IS ? "==" : "!=", colours[(size_t)n->number].text);
        return;
    case NOT:
    case MINUS:
        eco_str_add(str, n->op == NOT ? "(not " : "(-");
        print_node(t, n->left, str);
        eco_str_add_char(str, ')');
        return;
    case ARITH:
    case COMPARE:
    case AND:
    case OR:
        break;
    }
    eco_str_add_char(str, '(');
    print_node(t, n->left, str);
    eco_str_addf(str, " %s ",
                 n->op == ARITH     ? arith_signs[n->sign]
                 : n->op == COMPARE ? compare_signs[n->sign]
                 : n->op == AND     ? "and"
                                    : "or");
    print_node(t, n->right, str);
    eco_str_add_char(str, ')');
}

static double arith(int sign, double a, double b)
{
    const double results[] = {a + b, a - b, a * b, a / b, pow(a, b)};
    return results[sign];
}

static bool compare(int sign, double a, double b)
{
    const bool results[] = {a<b, a <= b, a> b, a >= b, a == b, a != b};
    return results[sign];
}

static double value_of(const tree *t, int at, const double *x)
{
    const node *n = &t->nodes[at];
    switch (n->op) {
    case NUMBER:
        return n->number;
    case PARAM:
        return n->number == 4 ? sizes[(size_t)x[4]].number : x[(size_t)n->number];
    case FLAG:
        return x[2];
    case TEXT_IS:
        return x[3] == n->number;
    case TEXT_IS_NOT:
        return x[3] != n->number;
    case NOT:
        return value_of(t, n->left, x) == 0;
    case MINUS:
        return -value_of(t, n->left, x);
    case ARITH:
        return arith(n->sign, value_of(t, n->left, x), value_of(t, n->right, x));
    case COMPARE:
        return compare(n->sign, value_of(t, n->left, x), value_of(t, n->right, x));
    case AND:
        return value_of(t, n->left, x) != 0 && value_of(t, n->right, x) != 0;
    case OR:
        return value_of(t, n->left, x) != 0 || value_of(t, n->right, x) != 0;
    }
    return NAN;
}

static void random_point(const ecopt_space *space, double *x)
{
    double u[N_PARAMS + 1];
    for (size_t k = 0; k < ECO_LEN(u); k++)
        u[k] = eco_rng_uniform(&rng);
    eco_space_decode(space, u, x);
}

static void test_compiled_constraints_agree_with_their_trees(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    size_t n_held = 0, n_points = 0;
    for (int round = 0; round < 600; round++) {
        tree t = {.n = 0};
        ecopt_space *space = NULL;
        eco_str text = ECO_STR_INIT(ctx);
        int root = grow_truth(&t, (int)below(4));
        print_node(&t, root, &text);
        assert_status(ctx, eco_space_new(ctx, params, N_PARAMS, &space), ECOPT_OK);
        assert_status(ctx, eco_space_add_constraint(ctx, space, eco_str_text(&text)), ECOPT_OK);
        for (int i = 0; i < 20; i++) {
            double x[N_PARAMS];
            random_point(space, x);
            bool expected = value_of(&t, root, x) != 0;
            if (eco_space_is_allowed(space, x) != expected)
                fail_msg("'%s' should be %d", eco_str_text(&text), expected);
            n_held += expected;
            n_points++;
        }
        eco_str_release(&text);
        eco_space_free(ctx, space);
    }
    /* The generator makes both true and false ones. */
    assert_in_range(n_held, n_points / 5, n_points - n_points / 5);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* A parameter behind a random condition is active where the condition holds, else pinned. */
static void test_conditions_pin_and_texts_read_back(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int round = 0; round < 300; round++) {
        tree when = {.n = 0}, bound = {.n = 0};
        eco_str when_text = ECO_STR_INIT(ctx), bound_text = ECO_STR_INIT(ctx);
        int when_root = grow_truth(&when, 2), bound_root = grow_truth(&bound, 1);
        print_node(&when, when_root, &when_text);
        print_node(&bound, bound_root, &bound_text);
        ecopt_param all[N_PARAMS + 1];
        memcpy(all, params, sizeof params);
        all[N_PARAMS] = (ecopt_param){.name = "last",
                                      .type = ECOPT_PARAM_FLOAT,
                                      .min = 1,
                                      .max = 4,
                                      .has_default = below(2) == 0,
                                      .default_code = 2.5,
                                      .when = eco_str_text(&when_text)};
        double pinned = all[N_PARAMS].has_default ? 2.5 : 1;
        ecopt_space *space = NULL;
        assert_status(ctx, eco_space_new(ctx, all, N_PARAMS + 1, &space), ECOPT_OK);
        assert_status(ctx, eco_space_add_constraint(ctx, space, eco_str_text(&bound_text)),
                      ECOPT_OK);
        for (int i = 0; i < 20; i++) {
            double x[N_PARAMS + 1], back[N_PARAMS + 1] = {0};
            char *text = NULL, *again = NULL;
            random_point(space, x);
            bool is_active = value_of(&when, when_root, x) != 0;
            assert_int_equal(eco_space_is_active(space, x, N_PARAMS), is_active);
            assert_true(is_active || x[N_PARAMS] == pinned);
            assert_status(ctx, ecopt_space_point_text(ctx, space, x, &text), ECOPT_OK);
            bool is_allowed = value_of(&bound, bound_root, x) != 0;
            assert_status(ctx, ecopt_space_parse_point(ctx, space, text, back),
                          is_allowed ? ECOPT_OK : ECOPT_E_RANGE);
            if (is_allowed) {
                assert_true(eco_space_equal(space, x, back));
                assert_status(ctx, ecopt_space_point_text(ctx, space, back, &again), ECOPT_OK);
                assert_string_equal(text, again);
            }
            ecopt_text_free(ctx, text);
            ecopt_text_free(ctx, again);
        }
        eco_space_free(ctx, space);
        eco_str_release(&when_text);
        eco_str_release(&bound_text);
    }
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* ---- hostile texts ---- */

enum { HOSTILE = 12, HOSTILE_B = 24 };

/* Bytes that could be taken for separators, escapes or ends, and any others but NUL. */
static void make_hostile(char text[HOSTILE_B])
{
    static const char nasty[] = " \t\r\n\"'\\=:;,{}[]#$`\x01\x7f\x1b\xff\xc3\xa9%su/bfnrt0";
    size_t n = below(HOSTILE_B - 1);
    for (size_t i = 0; i < n; i++)
        text[i] = below(4) == 0 ? (char)(1 + below(255)) : nasty[below(sizeof nasty - 1)];
    text[n] = '\0';
}

static void test_hostile_values_read_back(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int round = 0; round < 400; round++) {
        char texts[HOSTILE][HOSTILE_B];
        ecopt_value values[HOSTILE];
        for (size_t i = 0; i < HOSTILE; i++) {
            make_hostile(texts[i]);
            /* All different: the first byte tells them apart. */
            memmove(texts[i] + 1, texts[i], HOSTILE_B - 2);
            texts[i][0] = (char)('A' + i);
            texts[i][HOSTILE_B - 1] = '\0';
            values[i] = (ecopt_value){ECOPT_VALUE_STRING, NAN, texts[i]};
        }
        const ecopt_param both[] = {
            {.name = "v", .type = ECOPT_PARAM_CHOICE, .n_values = HOSTILE, .values = values},
            {.name = "w", .type = ECOPT_PARAM_CHOICE, .n_values = HOSTILE, .values = values}};
        ecopt_space *space = NULL;
        assert_status(ctx, eco_space_new(ctx, both, 2, &space), ECOPT_OK);
        for (size_t i = 0; i < HOSTILE; i++) {
            double x[2] = {(double)i, (double)below(HOSTILE)}, back[2] = {-1, -1};
            char *text = NULL;
            assert_status(ctx, ecopt_space_point_text(ctx, space, x, &text), ECOPT_OK);
            assert_status(ctx, ecopt_space_parse_point(ctx, space, text, back), ECOPT_OK);
            assert_memory_equal(back, x, sizeof x);
            ecopt_text_free(ctx, text);
        }
        eco_space_free(ctx, space);
    }
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* Any bytes as a point: a status, never a crash, and x stays as it was. */
static void test_any_text_is_read_or_refused(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_space *space = NULL;
    size_t n_read = 0;
    assert_status(ctx, eco_space_new(ctx, params, N_PARAMS, &space), ECOPT_OK);
    for (int i = 0; i < 20000; i++) {
        double x[N_PARAMS], kept[N_PARAMS] = {7, 7, 7, 7, 7};
        char *text = NULL;
        random_point(space, x);
        assert_status(ctx, ecopt_space_point_text(ctx, space, x, &text), ECOPT_OK);
        size_t n = strlen(text);
        for (size_t edits = below(4); edits > 0; edits--)
            text[below(n)] = (char)(1 + below(255));
        memcpy(x, kept, sizeof x);
        ecopt_status status = ecopt_space_parse_point(ctx, space, text, x);
        n_read += status == ECOPT_OK;
        if (status != ECOPT_OK) {
            assert_memory_equal(x, kept, sizeof x);
            assert_true(status == ECOPT_E_PARSE || status == ECOPT_E_NAME ||
                        status == ECOPT_E_RANGE);
            assert_true(strlen(ecopt_ctx_errmsg(ctx)) > 0);
        }
        ecopt_text_free(ctx, text);
    }
    assert_in_range(n_read, 3000, 19000);
    eco_space_free(ctx, space);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static ecopt_status make_and_use(ecopt_ctx *ctx, void *user)
{
    (void)user;
    ecopt_space *space = NULL;
    char *text = NULL;
    double x[N_PARAMS];
    ecopt_status status = eco_space_new(ctx, params, N_PARAMS, &space);
    for (int i = 0; i < 6 && status == ECOPT_OK; i++)
        status = eco_space_add_constraint(ctx, space, "i * 2 <= 100 and colour != 'none'");
    if (status == ECOPT_OK) {
        (void)eco_space_default(space, x);
        status = ecopt_space_point_text(ctx, space, x, &text);
    }
    if (status == ECOPT_OK)
        status = ecopt_space_parse_point(ctx, space, text, x);
    ecopt_text_free(ctx, text);
    eco_space_free(ctx, space);
    return status;
}

static void test_allocation_failures_leave_nothing(void **state)
{
    (void)state;
    eco_test_alloc_sweep(make_and_use, NULL);
}

int main(void)
{
    const char *given = getenv("ECOPT_TEST_SEED");
    int64_t seed = 1;
    if (given && !eco_parse_int(given, &seed))
        return 1;
    print_message("seed %lld (ECOPT_TEST_SEED)\n", (long long)seed);
    eco_rng_init(&rng, (uint64_t)seed, ECO_STREAM_TEST, 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compiled_constraints_agree_with_their_trees),
        cmocka_unit_test(test_conditions_pin_and_texts_read_back),
        cmocka_unit_test(test_hostile_values_read_back),
        cmocka_unit_test(test_any_text_is_read_or_refused),
        cmocka_unit_test(test_allocation_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
