/* Templates: what is a placeholder, what is not, and what is put in its place. */
#include "support/eco_test.h"

#include "trial/template.h"

static const char *get(void *user, const char *name)
{
    (void)user;
    if (strcmp(name, "lr") == 0)
        return "0.001";
    if (strcmp(name, "trial.dir") == 0)
        return "/tmp/a b";
    if (strcmp(name, "batch-size") == 0)
        return "{lr}";
    if (strcmp(name, "_x9") == 0)
        return "";
    return NULL;
}

static const eco_template_lookup lookup = {get, NULL};

static void test_expansion(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"plain", "plain"},
        {"{lr}", "0.001"},
        {"--lr={lr}", "--lr=0.001"},
        {"{lr}{lr}", "0.0010.001"},
        {"{trial.dir}/model", "/tmp/a b/model"},
        /* Values are not expanded again. */
        {"{batch-size}", "{lr}"},
        {"{_x9}|", "|"},
        {"{{lr}}", "{lr}"},
        {"{{{lr}}}", "{0.001}"},
        {"{{", "{"},
        {"}}", "}}"},
        {"{{}}}}", "{}}}"},
        /* Other languages keep their braces. */
        {"{print $1}", "{print $1}"},
        {"{\"lr\": {\"a\": {lr}}}", "{\"lr\": {\"a\": 0.001}}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"},
        {"${HOME}", NULL},
        {"{}", "{}"},
        {"{ lr }", "{ lr }"},
        {"{9lr}", "{9lr}"},
        {"{-lr}", "{-lr}"},
        {"{a,b}", "{a,b}"},
        {"{lr.}", "{lr.}"},
        {"{.lr}", "{.lr}"},
        {"{lr", "{lr"},
        {"lr}", "lr}"},
        {"{", "{"},
        {"}", "}"},
        {"{lr:3}", "{lr:3}"},
        {"{1..3}", "{1..3}"},
        {"\xff{lr}\xfe", "\xff"
                         "0.001\xfe"},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char *text = NULL;
        ecopt_status wanted = cases[i][1] ? ECOPT_OK : ECOPT_E_NAME;
        assert_status(ctx, eco_template_expand(ctx, cases[i][0], &lookup, &text), wanted);
        if (cases[i][1])
            assert_string_equal(text, cases[i][1]);
        else
            assert_null(text);
        eco_free(ctx, text);
    }
    ecopt_ctx_free(ctx);
}

static void test_missing_name_is_said(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    char *text = NULL;
    assert_status(ctx, eco_template_expand(ctx, "--w={width}", &lookup, &text), ECOPT_E_NAME);
    assert_string_equal(ecopt_ctx_errmsg(ctx), "nothing is called '{width}' in '--w={width}'");
    ecopt_ctx_free(ctx);
}

typedef struct seen {
    size_t n;
    size_t offset[4];
    char name[4][16];
} seen;

static void note(void *user, const eco_placeholder *placeholder)
{
    seen *s = user;
    assert_true(s->n < 4 && placeholder->length < 16);
    memcpy(s->name[s->n], placeholder->name, placeholder->length);
    s->offset[s->n++] = placeholder->offset;
}

static void test_check_lists_placeholders(void **state)
{
    (void)state;
    seen s = {0};
    assert_int_equal(eco_template_check("a{lr} {{no}} {print $1}{trial.dir}", note, &s), 2);
    assert_int_equal(s.n, 2);
    assert_string_equal(s.name[0], "lr");
    assert_int_equal(s.offset[0], 1);
    assert_string_equal(s.name[1], "trial.dir");
    assert_int_equal(s.offset[1], 23);
    assert_int_equal(eco_template_check("{a}{b}{c}", NULL, NULL), 3);
    assert_int_equal(eco_template_check("", NULL, NULL), 0);
}

static void test_given_names(void **state)
{
    (void)state;
    assert_true(eco_template_is_given("seed"));
    assert_true(eco_template_is_given("params.json"));
    assert_false(eco_template_is_given("lr"));
    assert_false(eco_template_is_given(""));
    size_t n = 0;
    for (; eco_template_given(n); n++)
        assert_true(eco_template_is_given(eco_template_given(n)));
    assert_int_equal(n, 6);
}

static ecopt_status attempt_expand(ecopt_ctx *ctx, void *user)
{
    char *text = NULL;
    (void)user;
    ECO_TRY(eco_template_expand(ctx,
                                "{trial.dir}{trial.dir}{trial.dir}{trial.dir}{trial.dir}"
                                "{trial.dir}{trial.dir}{trial.dir}{trial.dir}",
                                &lookup, &text));
    eco_free(ctx, text);
    return ECOPT_OK;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt_expand, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expansion),
        cmocka_unit_test(test_missing_name_is_said),
        cmocka_unit_test(test_check_lists_placeholders),
        cmocka_unit_test(test_given_names),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
