/*
 * What programs report, compared with a second reading of the same JSON: random documents are made
 * as jansson values, printed in jansson's own ways, read by the protocol, and compared with a plain
 * walk over the values.  JSON pointers (RFC 6901) are made for every number on the walk.
 */
#include "core/rng.h"
#include "core/str.h"
#include "trial/protocol.h"

#include "support/eco_test.h"

#include <jansson.h>
#include <stdlib.h>

enum { N_DOCUMENTS = 4000, N_ITEMS = 512, POINTER_B = 1024, DEPTH_MAX = 5 };

static eco_rng rng;

/* ---- random documents ---- */

static const char *const keys[] = {
    "a",        "b",    "c",    "a_u95", "b_u95",    "_u95",  "step", "phase", "x.y", "a.b",
    "loss",     "a/b",  "m~n",  "~1",    "0",        "1",     "00",   "-",     "",    " ",
    "\xc3\xa9", "k\"l", "i\\j", "NaN",   "Infinity", "tab\t", "nan",  "c%d",   "e^f", "g|h",
};

static json_t *random_number(void)
{
    switch (eco_rng_below(&rng, 5)) {
    case 0:
        return json_integer((json_int_t)eco_rng_below(&rng, 2000) - 1000);
    case 1:
        return json_integer((json_int_t)eco_rng_u64(&rng));
    case 2:
        return json_real(eco_rng_uniform(&rng));
    case 3:
        return json_real(ldexp(eco_rng_uniform(&rng) - 0.5, (int)eco_rng_below(&rng, 2000) - 1000));
    default:
        return json_real(0.0);
    }
}

static json_t *random_string(void)
{
    static const char *const texts[] = {"",    "adam", "NaN", "1",   "a\"b",         "inf",
                                        "\\u", "{",    "]",   "nan", "\xe2\x82\xac", "a,b:NaN"};
    return json_string(texts[eco_rng_below(&rng, ECO_LEN(texts))]);
}

static json_t *random_value(int depth);

static json_t *random_object(int depth)
{
    json_t *object = json_object();
    size_t n = eco_rng_below(&rng, depth == 1 ? 8 : 5);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(json_object_set_new(object, keys[eco_rng_below(&rng, ECO_LEN(keys))],
                                             random_value(depth + 1)),
                         0);
    return object;
}

static json_t *random_array(int depth)
{
    json_t *array = json_array();
    size_t n = eco_rng_below(&rng, 12);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(json_array_append_new(array, random_value(depth + 1)), 0);
    return array;
}

static json_t *random_value(int depth)
{
    uint64_t kind = eco_rng_below(&rng, depth < DEPTH_MAX ? 10 : 7);
    if (kind < 4)
        return random_number();
    if (kind == 4)
        return random_string();
    if (kind == 5)
        return json_boolean(eco_rng_below(&rng, 2));
    if (kind == 6)
        return json_null();
    return kind == 9 ? random_array(depth) : random_object(depth);
}

/* One of jansson's ways to write the same document. */
static char *print_somehow(const json_t *root)
{
    static const size_t ways[] = {0, JSON_COMPACT, JSON_INDENT(3), JSON_ENSURE_ASCII,
                                  JSON_INDENT(1) | JSON_ESCAPE_SLASH};
    char *text = json_dumps(root, ways[eco_rng_below(&rng, ECO_LEN(ways))] |
                                      JSON_REAL_PRECISION(17) | JSON_PRESERVE_ORDER);
    assert_non_null(text);
    return text;
}

/* ---- the second reading ---- */

typedef struct item {
    char name[POINTER_B];
    double value, u95; /* value NaN: no number */
    bool is_number;
} item;

/* What should be in the pool, in order of first report. */
static struct {
    size_t n;
    item items[N_ITEMS];
} wanted;

static double plain_number(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void want(const char *name, const json_t *value, const json_t *u95)
{
    size_t i = 0;
    double u = plain_number(u95);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20)
            return;
    if (!*name)
        return;
    while (i < wanted.n && strcmp(wanted.items[i].name, name) != 0)
        i++;
    assert_true(i < N_ITEMS);
    wanted.n += i == wanted.n;
    item *at = &wanted.items[i];
    (void)snprintf(at->name, sizeof at->name, "%s", name);
    at->is_number = json_is_number(value);
    at->value = plain_number(value);
    at->u95 = at->is_number && u >= 0 ? u : (double)NAN;
}

static void walk(json_t *object, const char *prefix, int depth)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char name[POINTER_B], sibling[64];
        size_t n = strlen(key);
        if (depth == 1 && (strcmp(key, "step") == 0 || strcmp(key, "phase") == 0))
            continue;
        /* "x_u95" beside "x" is not a metric; a name of nothing but the suffix is one. */
        if (n > 4 && strcmp(key + n - 4, "_u95") == 0) {
            (void)snprintf(sibling, sizeof sibling, "%.*s", (int)(n - 4), key);
            if (json_object_get(object, sibling))
                continue;
        }
        (void)snprintf(name, sizeof name, "%.500s%s%.100s", prefix, prefix[0] ? "." : "", key);
        (void)snprintf(sibling, sizeof sibling, "%.50s_u95", key);
        if (json_is_object(value))
            walk(value, name, depth + 1);
        else
            want(name, value, json_object_get(object, sibling));
    }
}

static void compare(const eco_pool *pool, size_t phase, const char *text)
{
    size_t n = 0;
    for (size_t i = 0; i < pool->n; i++) {
        const eco_pool_item *got = &pool->items[i];
        if (got->phase != phase)
            continue;
        if (n >= wanted.n || strcmp(got->name, wanted.items[n].name) != 0)
            print_error("of %s: '%s'\n", text, got->name);
        assert_true(n < wanted.n);
        assert_string_equal(got->name, wanted.items[n].name);
        assert_close(got->value, wanted.items[n].value, 0, 0);
        assert_close(got->u95, wanted.items[n].u95, 0, 0);
        assert_int_equal(got->text == NULL, wanted.items[n].is_number);
        n++;
    }
    assert_int_equal(n, wanted.n);
}

static void test_reports_are_the_walks(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    size_t n_items = 0;
    eco_rng_init(&rng, 7, 0, 1);
    for (int i = 0; i < N_DOCUMENTS; i++) {
        json_t *root = random_object(1);
        char *text = print_somehow(root);
        eco_pool pool;
        eco_pool_init(&pool, ctx);
        wanted.n = 0;
        walk(root, "", 1);
        assert_status(ctx, eco_protocol_result(&pool, 3, "f", text, strlen(text)), ECOPT_OK);
        compare(&pool, 3, text);
        /* A tagged line says the same as a file. */
        assert_status(ctx, eco_protocol_line(&pool, 4, text, strlen(text)), ECOPT_OK);
        compare(&pool, 4, text);
        n_items += wanted.n;
        eco_pool_release(&pool);
        free(text);
        json_decref(root);
    }
    assert_true(n_items > N_DOCUMENTS);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* The log is a sequence of reports: reading it at once or line by line is the same. */
static void test_log_is_its_lines(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, 7, 0, 2);
    for (int i = 0; i < N_DOCUMENTS / 10; i++) {
        eco_str log = ECO_STR_INIT(ctx);
        eco_pool whole, parts;
        eco_pool_init(&whole, ctx);
        eco_pool_init(&parts, ctx);
        size_t n_lines = eco_rng_below(&rng, 6);
        for (size_t k = 0; k < n_lines; k++) {
            json_t *root = random_object(1);
            char *text = json_dumps(root, JSON_COMPACT);
            eco_str_addf(&log, "%s\n", text);
            assert_status(ctx, eco_protocol_line(&parts, 0, text, strlen(text)), ECOPT_OK);
            free(text);
            json_decref(root);
        }
        assert_status(ctx, eco_protocol_log(&whole, 0, eco_str_text(&log), log.length), ECOPT_OK);
        assert_int_equal(whole.n, parts.n);
        assert_int_equal(whole.n_notes, parts.n_notes);
        for (size_t k = 0; k < whole.n; k++) {
            assert_string_equal(whole.items[k].name, parts.items[k].name);
            assert_close(whole.items[k].value, parts.items[k].value, 0, 0);
        }
        eco_pool_release(&whole);
        eco_pool_release(&parts);
        eco_str_release(&log);
    }
    ecopt_ctx_free(ctx);
}

/* ---- pointers ---- */

/* Appends a reference token, escaped as RFC 6901, section 3, has it. */
static void add_token(char *pointer, const char *token)
{
    size_t length = strlen(pointer);
    pointer[length++] = '/';
    for (; *token; token++) {
        assert_true(length + 4 < POINTER_B);
        if (*token == '~' || *token == '/') {
            pointer[length++] = '~';
            pointer[length++] = *token == '~' ? '0' : '1';
        } else {
            pointer[length++] = *token;
        }
    }
    pointer[length] = '\0';
}

/* Every value of the document must be found under its pointer, or refused as what it is. */
static size_t check_pointers(ecopt_ctx *ctx, const char *text, json_t *value, const char *pointer)
{
    char next[POINTER_B], token[24];
    const char *key;
    json_t *member;
    size_t i, n_numbers = json_is_number(value);
    double got = 777;
    ecopt_status status = eco_protocol_pointer(ctx, "f", text, strlen(text), pointer, &got);
    assert_status(ctx, status, json_is_number(value) ? ECOPT_OK : ECOPT_E_RANGE);
    assert_close(got, json_is_number(value) ? json_number_value(value) : 777, 0, 0);
    json_object_foreach(value, key, member)
    {
        (void)snprintf(next, sizeof next, "%s", pointer);
        add_token(next, key);
        n_numbers += check_pointers(ctx, text, member, next);
    }
    json_array_foreach(value, i, member)
    {
        (void)snprintf(next, sizeof next, "%s", pointer);
        (void)snprintf(token, sizeof token, "%zu", i);
        add_token(next, token);
        n_numbers += check_pointers(ctx, text, member, next);
    }
    return n_numbers;
}

static void test_pointers_reach_everything(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    size_t n_numbers = 0;
    eco_rng_init(&rng, 7, 0, 3);
    for (int i = 0; i < N_DOCUMENTS / 10; i++) {
        json_t *root = i % 4 ? random_object(1) : random_array(1);
        char *text = print_somehow(root);
        n_numbers += check_pointers(ctx, text, root, "");
        free(text);
        json_decref(root);
    }
    assert_true(n_numbers > 1000);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* The examples of RFC 6901, section 5, in the order of the RFC. */
static void test_rfc_6901_examples(void **state)
{
    (void)state;
    static const char document[] = "{\"foo\": [\"bar\", \"baz\"], \"\": 0, \"a/b\": 1, \"c%d\": 2,"
                                   " \"e^f\": 3, \"g|h\": 4, \"i\\\\j\": 5, \"k\\\"l\": 6,"
                                   " \" \": 7, \"m~n\": 8}";
    static const struct {
        const char *pointer;
        ecopt_status status;
        double value;
    } examples[] = {
        {"", ECOPT_E_RANGE, NAN},
        {"/foo", ECOPT_E_RANGE, NAN},
        {"/foo/0", ECOPT_E_RANGE, NAN},
        {"/", ECOPT_OK, 0},
        {"/a~1b", ECOPT_OK, 1},
        {"/c%d", ECOPT_OK, 2},
        {"/e^f", ECOPT_OK, 3},
        {"/g|h", ECOPT_OK, 4},
        {"/i\\j", ECOPT_OK, 5},
        {"/k\"l", ECOPT_OK, 6},
        {"/ ", ECOPT_OK, 7},
        {"/m~0n", ECOPT_OK, 8},
        /* Section 4: "~01" is "~1", never "/". */
        {"/~01", ECOPT_E_NOT_FOUND, NAN},
        {"/a/b", ECOPT_E_NOT_FOUND, NAN},
        {"/foo/-", ECOPT_E_NOT_FOUND, NAN},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(examples); i++) {
        double got = (double)NAN;
        assert_status(ctx,
                      eco_protocol_pointer(ctx, "f", document, sizeof document - 1,
                                           examples[i].pointer, &got),
                      examples[i].status);
        assert_close(got, examples[i].value, 0, 0);
    }
    ecopt_ctx_free(ctx);
}

/* ---- damage ---- */

/* A byte changed, lost or doubled: the protocol takes exactly what jansson takes, or says no. */
static void test_damaged_documents(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    size_t n_good = 0, n_bad = 0;
    eco_rng_init(&rng, 7, 0, 4);
    for (int i = 0; i < N_DOCUMENTS; i++) {
        json_t *root = random_object(2);
        char *text = json_dumps(root, JSON_COMPACT);
        size_t n = strlen(text), at = eco_rng_below(&rng, n);
        /* No letters, or NaN might come up, which the protocol takes and jansson does not. */
        static const char bytes[] = "{}[]:,\"0123456789.-+ \\/\t\x01\xff";
        text[at] = bytes[eco_rng_below(&rng, sizeof bytes - 1)];
        if (eco_rng_below(&rng, 4) == 0)
            n = at;
        json_t *same = json_loadb(text, n, JSON_DECODE_INT_AS_REAL, NULL);
        eco_pool pool;
        eco_pool_init(&pool, ctx);
        ecopt_status status = eco_protocol_result(&pool, 0, "f", text, n);
        /* Words in damaged strings may be tamed; that keeps JSON valid or makes it so. */
        bool is_word =
            memmem(text, n, "NaN", 3) || memmem(text, n, "nan", 3) || memmem(text, n, "nf", 2);
        if (!is_word)
            assert_status(ctx, status, json_is_object(same) ? ECOPT_OK : ECOPT_E_PARSE);
        n_good += status == ECOPT_OK;
        n_bad += status != ECOPT_OK;
        eco_pool_release(&pool);
        json_decref(same);
        json_decref(root);
        free(text);
    }
    assert_true(n_good > 100 && n_bad > 100);
    ecopt_ctx_free(ctx);
}

/* A name may have ECO_POOL_NAME_MAX_B bytes, not one more, at every depth. */
static void test_longest_names(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t n = ECO_POOL_NAME_MAX_B - 3; n <= ECO_POOL_NAME_MAX_B + 2; n++) {
        char name[ECO_POOL_NAME_MAX_B + 8], text[3 * ECO_POOL_NAME_MAX_B + 64];
        eco_pool pool;
        memset(name, 'n', n);
        name[n] = '\0';
        eco_pool_init(&pool, ctx);
        (void)snprintf(text, sizeof text, "{\"%s\": 1, \"%s_u95\": 2}", name, name);
        assert_status(ctx, eco_protocol_line(&pool, 0, text, strlen(text)), ECOPT_OK);
        /* Of one that is too long, neither the value nor its uncertainty is kept. */
        assert_int_equal(pool.n, n <= ECO_POOL_NAME_MAX_B);
        if (pool.n)
            assert_close(pool.items[0].u95, 2, 0, 0);
        else
            assert_non_null(pool.first_note);
        eco_pool_release(&pool);
        eco_pool_init(&pool, ctx);
        (void)snprintf(text, sizeof text, "{\"o\": {\"%s\": 1}}", name + 2);
        assert_status(ctx, eco_protocol_line(&pool, 0, text, strlen(text)), ECOPT_OK);
        assert_int_equal(pool.n, n <= ECO_POOL_NAME_MAX_B);
        eco_pool_release(&pool);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports_are_the_walks),     cmocka_unit_test(test_log_is_its_lines),
        cmocka_unit_test(test_pointers_reach_everything), cmocka_unit_test(test_rfc_6901_examples),
        cmocka_unit_test(test_damaged_documents),         cmocka_unit_test(test_longest_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
