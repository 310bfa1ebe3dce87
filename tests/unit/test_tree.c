/* YAML to tree: positions, kinds of scalars, what is refused. */
#include "config/tree.h"

#include "support/eco_test.h"

typedef struct complaints {
    size_t n, line, column;
    char message[128];
} complaints;

static void note(void *user, const eco_node *at, size_t line, size_t column, const char *message,
                 const char *hint)
{
    complaints *c = user;
    assert_true(!at || (at->line == line && at->column == column));
    assert_non_null(hint);
    c->n++;
    c->line = line;
    c->column = column;
    (void)snprintf(c->message, sizeof c->message, "%s", message);
}

static void positions(void **state)
{
    static const char text[] = "a: 1\n"
                               "b:\n"
                               "  - x\n"
                               "  - {c: 'q', d: }\n"
                               "\xc3\xa9: [1, 2]\n"
                               "t: |\n"
                               "  one\n"
                               "  two\n";
    eco_arena arena = ECO_ARENA_INIT(*state);
    complaints c = {0};
    eco_node *root = NULL;
    assert_status(*state, eco_tree_parse(&arena, text, strlen(text), note, &c, &root), ECOPT_OK);
    assert_int_equal(c.n, 0);
    assert_int_equal(root->kind, ECO_NODE_MAP);
    assert_int_equal(root->n, 4);
    eco_node *b = eco_node_get(root, "b");
    assert_true(b->kind == ECO_NODE_LIST && b->n == 2 && b->line == 3 && b->column == 3);
    assert_true(b->key->line == 2 && b->key->column == 1 && b->parent == root);
    eco_node *map = b->last, *q = eco_node_get(map, "c"), *nothing = eco_node_get(map, "d");
    assert_true(map->index == 1 && map->line == 4 && map->column == 5);
    assert_string_equal(q->text, "q");
    assert_true(!q->is_plain && q->line == 4 && q->column == 9);
    assert_true(eco_node_is_null(nothing) && nothing->line == 4 && nothing->column == 14);
    assert_true(eco_node_get(root, "\xc3\xa9")->column == 4);
    assert_string_equal(eco_node_get(root, "t")->text, "one\ntwo\n");
    assert_null(eco_node_get(root, "z"));
    assert_null(eco_node_get(b, "x"));
    assert_null(eco_node_get(NULL, "x"));
    eco_arena_release(&arena);
}

static void scalars(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_number;
        double number;
        bool is_int;
    } cases[] = {
        {"1", true, 1, true},
        {"-3", true, -3, true},
        {"+3", true, 3, true},
        {"1.5", true, 1.5, false},
        {"1e-4", true, 1e-4, false},
        {"1e5", true, 1e5, true},
        {".5", true, .5, false},
        {"2.0", true, 2, true},
        {".inf", true, (double)INFINITY, 0},
        {"-.inf", true, -(double)INFINITY, 0},
        {".nan", false, 0, false},
        {"nan", false, 0, false},
        {"inf", false, 0, false},
        {"0x10", false, 0, false},
        {"1_000", false, 0, false},
        {"", false, 0, false},
        {"1 2", false, 0, false},
        {"1e999", true, (double)INFINITY, false},
        {"--1", false, 0, false},
        {"9223372036854775807", true, 9223372036854775807.0, true},
        {"92233720368547758080", true, 92233720368547758080.0, false},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_node node = {.kind = ECO_NODE_SCALAR, .text = cases[i].text, .is_plain = true};
        double number = 0;
        int64_t integer;
        if (eco_node_number(&node, &number) != cases[i].is_number ||
            eco_node_int(&node, &integer) != cases[i].is_int || number != cases[i].number)
            fail_msg("'%s' is %g", cases[i].text, number);
        node.is_plain = false;
        assert_false(eco_node_number(&node, &number));
    }
    static const char *const truths[] = {"true", "True", "TRUE"};
    static const char *const nulls[] = {"", "~", "null"};
    bool truth = false;
    for (size_t i = 0; i < 3; i++) {
        eco_node node = {.kind = ECO_NODE_SCALAR, .text = truths[i], .is_plain = true};
        assert_true(eco_node_bool(&node, &truth) && truth);
        node.text = nulls[i];
        assert_true(eco_node_is_null(&node));
        assert_false(eco_node_bool(&node, &truth));
        node.is_plain = false;
        assert_false(eco_node_is_null(&node));
        node.text = "FALSE";
        node.is_plain = true;
        assert_true(eco_node_bool(&node, &truth) && !truth);
        node.kind = ECO_NODE_LIST;
        assert_false(eco_node_bool(&node, &truth));
    }
}

static void refused(void **state)
{
    static const struct {
        const char *text;
        size_t length, line, column;
        const char *message;
        bool is_usable;
    } cases[] = {
        {"", 0, 0, 0, "the file is empty", false},
        {"a: [1", 5, 0, 0, "", false},
        {"a: &x 1\n", 8, 1, 7, "anchors are not supported", false},
        {"a: *x\n", 6, 1, 5, "aliases are not supported", false},
        {"a: !t 1\n", 8, 1, 7, "tags are not supported", false},
        {"a: 1\n---\nb: 1\n", 14, 2, 1, "a second document starts here", false},
        {"a: 1\nb: 2\na: 3\n", 15, 3, 1, "this key is given twice", true},
        {"? {a: 1}\n: 2\n", 13, 1, 3, "a key must be a plain word", false},
        {"a: \"x\\0y\"\n", 10, 1, 4, "a text holds a NUL character", false},
        {"a:\n\tb: 1\n", 9, 2, 1, "a tab cannot indent", false},
        {"%YAML 1.2\n---\na: 1\n", 19, 1, 1, "a line cannot begin with '%'", false},
        {"\xef\xbb\xbf%a\n", 6, 1, 4, "a line cannot begin with '%'", false},
        {"a: 1\nb: %\n%c\n", 13, 3, 1, "a line cannot begin with '%'", false},
        {"a: \xff\xfe\n", 6, 1, 4, "a byte here is not text", false},
        {"a: 1\n\0b: 2\n", 11, 2, 1, "a byte here is not text", false},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_arena arena = ECO_ARENA_INIT(*state);
        complaints c = {0};
        eco_node *root = NULL;
        assert_status(*state,
                      eco_tree_parse(&arena, cases[i].text, cases[i].length, note, &c, &root),
                      ECOPT_OK);
        assert_true(c.n >= 1 || cases[i].length == 0);
        assert_non_null(strstr(c.message, cases[i].message));
        if (cases[i].line > 0 && (c.line != cases[i].line || c.column != cases[i].column))
            fail_msg("%s at %zu:%zu", c.message, c.line, c.column);
        assert_int_equal(root != NULL, cases[i].is_usable);
        eco_arena_release(&arena);
    }
}

/* The first of two equal keys counts, and what stands under the second is forgotten. */
static void repeated_keys(void **state)
{
    static const char text[] = "a: 1\nb: {c: 1, c: {d: [1, {e: 2}]}}\na: {x: 1}\nz: 9\n";
    eco_arena arena = ECO_ARENA_INIT(*state);
    complaints c = {0};
    eco_node *root = NULL;
    assert_status(*state, eco_tree_parse(&arena, text, strlen(text), note, &c, &root), ECOPT_OK);
    assert_int_equal(c.n, 2);
    assert_int_equal(root->n, 3);
    assert_string_equal(eco_node_get(root, "a")->text, "1");
    assert_int_equal(eco_node_get(root, "b")->n, 1);
    assert_string_equal(eco_node_get(root, "z")->text, "9");
    eco_arena_release(&arena);
}

static void too_deep_and_too_many(void **state)
{
    eco_arena arena = ECO_ARENA_INIT(*state);
    complaints c = {0};
    eco_node *root = NULL;
    size_t n = 2 * (ECO_TREE_NODES_MAX + 10);
    char *text = eco_alloc(*state, n + 1, 1);
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    assert_status(*state, eco_tree_parse(&arena, text, 128, note, &c, &root), ECOPT_OK);
    assert_true(root && c.n == 0);
    root = NULL;
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    assert_status(*state, eco_tree_parse(&arena, text, 130, note, &c, &root), ECOPT_OK);
    assert_true(!root && c.n == 1);
    assert_string_equal(c.message, "nested too deeply");
    for (size_t i = 1; i + 1 < n; i += 2)
        memcpy(text + i, "1,", 2);
    text[0] = '[';
    text[n - 1] = ']';
    assert_status(*state, eco_tree_parse(&arena, text, n, note, &c, &root), ECOPT_OK);
    assert_true(!root && c.n == 2);
    assert_string_equal(c.message, "the file has too many values");
    size_t used = 0;
    for (int i = 0; i <= ECO_TREE_KEYS_MAX; i++)
        used += (size_t)snprintf(text + used, n - used, "k%d: 1\n", i);
    assert_status(*state, eco_tree_parse(&arena, text, used, note, &c, &root), ECOPT_OK);
    assert_true(!root && c.n == 3 && c.line == ECO_TREE_KEYS_MAX + 1);
    assert_string_equal(c.message, "too many keys in one map");
    eco_free(*state, text);
    eco_arena_release(&arena);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(positions),
        TEST(scalars),
        TEST(refused),
        TEST(repeated_keys),
        TEST(too_deep_and_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
