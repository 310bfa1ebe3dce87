/* Secrets are found by name and gone from text, however it is cut into pieces. */
#include "support/eco_test.h"
#include "trial/mask.h"

#include <stdlib.h>
#include <string.h>

typedef struct kept {
    char text[512];
    size_t n;
    ecopt_status status;
} kept;

static ecopt_status keep(void *user, const char *bytes, size_t n)
{
    kept *k = user;
    assert_true(k->n + n < sizeof k->text);
    memcpy(k->text + k->n, bytes, n);
    k->n += n;
    k->text[k->n] = '\0';
    return k->status;
}

static eco_mask *new_mask(ecopt_ctx *ctx, const char *const *named, size_t n_named,
                          const char *const *pairs, const char *const *env, size_t n_env)
{
    const ecopt_definition definition = {
        .env = env, .n_env = n_env, .environment = {.secrets = named, .n_secrets = n_named}};
    char *envp[16] = {NULL};
    eco_mask *mask = NULL;
    for (size_t i = 0; pairs && pairs[i]; i++)
        envp[i] = strdup(pairs[i]);
    assert_status(ctx, eco_mask_new(ctx, &definition, envp, &mask), ECOPT_OK);
    for (size_t i = 0; envp[i]; i++)
        free(envp[i]);
    return mask;
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool matches;
    } cases[] = {
        {"PATH", "PATH", true},          {"PATH", "PATHS", false}, {"PATH", "XPATH", false},
        {"LC_*", "LC_ALL", true},        {"LC_*", "LC_", true},    {"LC_*", "LC", false},
        {"*_DIR", "A_DIR", true},        {"*_DIR", "_DIR", true},  {"*_DIR", "A_DIRS", false},
        {"*PASS*", "MY_PASSWORD", true}, {"*PASS*", "PASS", true}, {"*PASS*", "PAS", false},
        {"*", "ANYTHING", true},         {"*", "", true},          {"**", "A", true},
        {"path", "PATH", false},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        assert_int_equal(
            eco_mask_matches(cases[i].pattern, cases[i].name, strlen(cases[i].name), true),
            cases[i].matches);
    assert_true(eco_mask_matches("path", "PATH", 4, false));
}

static void test_which_variables(void **state)
{
    (void)state;
    static const char *const named[] = {"MINE", "OUR_*"};
    const ecopt_definition definition = {.environment = {.secrets = named, .n_secrets = 2}};
    static const struct {
        const char *name;
        bool is_secret;
    } cases[] = {{"MINE", true},
                 {"OUR_LOGIN", true},
                 {"HF_TOKEN", true},
                 {"hf_token", true},
                 {"WANDB_API_KEY", true},
                 {"DB_PASSWORD_2", true},
                 {"AWS_SECRET_ID", true},
                 {"MY_CREDENTIALS", true},
                 {"KEYBOARD", false},
                 {"PATH", false},
                 {"TOKENIZERS_PARALLELISM", false},
                 {"", false}};
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        assert_int_equal(eco_mask_is_secret(&definition, cases[i].name, strlen(cases[i].name)),
                         cases[i].is_secret);
}

static void expect_text(const eco_mask *mask, const char *text, const char *expected)
{
    char own[256];
    (void)snprintf(own, sizeof own, "%s", text);
    eco_mask_text(mask, own, strlen(own));
    assert_string_equal(own, expected);
}

static void test_values(void **state)
{
    ecopt_ctx *ctx = *state;
    static const char *const named[] = {"PIN"};
    static const char *const pairs[] = {
        "HF_TOKEN=hf_secret_1", "PIN=1234",   "X_KEY=short", "A_TOKEN=hf_secret_12",
        "HOME=/root/home",      "EMPTY_KEY=", "ODD_TOKEN",   NULL};
    static const char *const env[] = {"API_KEY=literal-key", "B_KEY=made of {lr}"};
    eco_mask *mask = new_mask(ctx, named, 1, pairs, env, 2);
    expect_text(mask, "hf_secret_1", "***********");
    /* The longer of two that begin alike, whole. */
    expect_text(mask, "a hf_secret_12, hf_secret_1.", "a ************, ***********.");
    expect_text(mask, "12345 literal-key", "****5 ***********");
    expect_text(mask, "short made of {lr} /root/home", "short made of {lr} /root/home");
    expect_text(mask, "", "");
    eco_mask_free(mask);
    expect_text(NULL, "hf_secret_1", "hf_secret_1");
}

/* The text of a study file stays YAML, and its numbers and words stay its own. */
static void test_definition(void **state)
{
    ecopt_ctx *ctx = *state;
    static const char *const named[] = {"PIN", "NUMBER", "TAG"};
    static const char *const pairs[] = {"HF_TOKEN=hf_secret_1", "PIN=1234", "NUMBER=10000000",
                                        "TAG=abcd", NULL};
    eco_mask *mask = new_mask(ctx, named, 3, pairs, NULL, 0);
    char text[] = "env: {HF_TOKEN: hf_secret_1}\nmax: 10000000\nx: [1234, abcd]\ny: hf_secret_12\n";
    eco_mask_definition(mask, text);
    assert_string_equal(text, "env: {HF_TOKEN: xxxxxxxxxxx}\nmax: 10000000\nx: [1234, abcd]\n"
                              "y: hf_secret_12\n");
    eco_mask_definition(NULL, text);
    eco_mask_free(mask);
}

/* Every way of cutting a text into two and three pieces, and single bytes. */
static void test_pieces(void **state)
{
    ecopt_ctx *ctx = *state;
    static const char *const pairs[] = {"A_TOKEN=abcabcabd", "B_TOKEN=abcdefgh", NULL};
    static const char text[] = "xabcabcabcabd abcabcab abcdefghabcdefg ab";
    static const char masked[] = "xabc********* abcabcab ********abcdefg ab";
    const size_t n = sizeof text - 1;
    eco_mask *mask = new_mask(ctx, NULL, 0, pairs, NULL, 0);
    for (size_t a = 0; a <= n; a++)
        for (size_t b = a; b <= n; b++) {
            kept k = {.n = 0};
            eco_mask_stream stream = {.n = 0};
            assert_status(ctx, eco_mask_feed(mask, &stream, text, a, keep, &k), ECOPT_OK);
            assert_status(ctx, eco_mask_feed(mask, &stream, text + a, b - a, keep, &k), ECOPT_OK);
            assert_status(ctx, eco_mask_feed(mask, &stream, text + b, n - b, keep, &k), ECOPT_OK);
            assert_status(ctx, eco_mask_flush(mask, &stream, keep, &k), ECOPT_OK);
            assert_string_equal(k.text, masked);
        }
    kept k = {.n = 0};
    eco_mask_stream stream = {.n = 0};
    for (size_t i = 0; i < n; i++)
        assert_status(ctx, eco_mask_feed(mask, &stream, text + i, 1, keep, &k), ECOPT_OK);
    assert_status(ctx, eco_mask_flush(mask, &stream, keep, &k), ECOPT_OK);
    assert_string_equal(k.text, masked);
    eco_mask_free(mask);
}

/* What cannot become a secret any more is not held back: a log can be followed. */
static void test_little_is_held_back(void **state)
{
    ecopt_ctx *ctx = *state;
    static const char *const pairs[] = {"A_TOKEN=abcdefgh", NULL};
    eco_mask *mask = new_mask(ctx, NULL, 0, pairs, NULL, 0);
    kept k = {.n = 0};
    eco_mask_stream stream = {.n = 0};
    assert_status(ctx, eco_mask_feed(mask, &stream, "loss 0.5\n", 9, keep, &k), ECOPT_OK);
    assert_string_equal(k.text, "loss 0.5\n");
    assert_status(ctx, eco_mask_feed(mask, &stream, "abc", 3, keep, &k), ECOPT_OK);
    assert_string_equal(k.text, "loss 0.5\n");
    assert_status(ctx, eco_mask_feed(mask, &stream, "x", 1, keep, &k), ECOPT_OK);
    assert_string_equal(k.text, "loss 0.5\nabcx");
    k.status = ECOPT_E_IO;
    assert_int_equal(eco_mask_feed(mask, &stream, "y", 1, keep, &k), ECOPT_E_IO);
    assert_status(ctx, eco_mask_flush(mask, &stream, keep, &k), ECOPT_OK);
    /* Without secrets the bytes pass as they are. */
    k = (kept){.n = 0};
    assert_status(ctx, eco_mask_feed(NULL, &stream, "abc", 3, keep, &k), ECOPT_OK);
    assert_status(ctx, eco_mask_flush(NULL, &stream, keep, &k), ECOPT_OK);
    assert_string_equal(k.text, "abc");
    eco_mask_free(mask);
    eco_mask_free(NULL);
}

static ecopt_status make_and_use(ecopt_ctx *ctx, void *user)
{
    (void)user;
    static char a[] = "A_TOKEN=abcdefgh", b[] = "B_KEY=abcdefghijk";
    char *envp[] = {a, b, NULL};
    const ecopt_definition definition = {.n_env = 0};
    eco_mask *mask = NULL;
    kept k = {.n = 0};
    eco_mask_stream stream = {.n = 0};
    ECO_TRY(eco_mask_new(ctx, &definition, envp, &mask));
    ecopt_status status = eco_mask_feed(mask, &stream, "abcdefgh abc", 12, keep, &k);
    ecopt_status flushed = eco_mask_flush(mask, &stream, keep, &k);
    eco_mask_free(mask);
    return status == ECOPT_OK ? flushed : status;
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    eco_test_alloc_sweep(make_and_use, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names),           TEST(test_which_variables), TEST(test_values),
        TEST(test_definition),      TEST(test_pieces),          TEST(test_little_is_held_back),
        TEST(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
