/* The study files of the examples: they load without a complaint, and ask for what exists. */
#include "support/eco_test.h"

#include <ecopt/definition.h>

#include <unistd.h>

static void complain(void *user, const ecopt_diagnostic *diagnostic)
{
    (void)user;
    print_error("%s\n", diagnostic->message);
}

/* Loads EXAMPLES/name; the caller frees both. */
static ecopt_definition *loaded(ecopt_ctx *ctx, const char *name)
{
    char path[512];
    ecopt_definition *definition = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", ECOPT_EXAMPLES_DIR, name);
    assert_status(ctx, ecopt_definition_load(ctx, path, complain, NULL, &definition), ECOPT_OK);
    return definition;
}

/* True when this stands somewhere in the phase's arguments. */
static bool has_text(const ecopt_phase *phase, const char *text)
{
    for (size_t i = 0; i < phase->n_args; i++)
        if (strstr(phase->args[i], text))
            return true;
    return false;
}

/* True when a phase has this word among its arguments. */
static bool has_word(const ecopt_phase *phase, const char *word)
{
    for (size_t i = 0; i < phase->n_args; i++)
        if (strcmp(phase->args[i], word) == 0)
            return true;
    return false;
}

/* Every parameter is in an argument of some phase: otherwise the study would tune nothing with it.
 */
static void check_parameters_are_used(const ecopt_definition *definition)
{
    for (size_t p = 0; p < ecopt_space_n_params(definition->space); p++) {
        char word[80];
        bool is_used = false;
        (void)snprintf(word, sizeof word, "{%s}", ecopt_space_param(definition->space, p)->name);
        for (size_t f = 0; f < definition->n_phases; f++)
            is_used = is_used || has_text(&definition->phases[f], word);
        if (!is_used)
            fail_msg("no phase uses %s", word);
    }
}

static void check_study(const char *name, size_t n_phases, const char *first_objective)
{
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_definition *definition = loaded(ctx, name);
    assert_int_equal(definition->n_phases, n_phases);
    assert_int_equal(definition->n_objectives, 2);
    assert_string_equal(definition->objectives[0].metric, first_objective);
    for (size_t f = 0; f < n_phases; f++)
        assert_true(isfinite(definition->phases[f].timeout_s));
    check_parameters_are_used(definition);
    ecopt_definition_free(ctx, definition);
    ecopt_ctx_free(ctx);
}

static void test_cnn(void **state)
{
    (void)state;
    check_study("cnn/study.yaml", 2, "accuracy");
    check_study("cnn/study-full.yaml", 3, "accuracy");
}

static void test_svm(void **state)
{
    (void)state;
    check_study("svm/study.yaml", 4, "accuracy");
}

static void test_shell(void **state)
{
    (void)state;
    check_study("shell/study.yaml", 2, "ratio");
}

/* Every row of the list is a point of its own, and more than are tried. */
static void test_zstd(void **state)
{
    (void)state;
    check_study("zstd/study.yaml", 3, "percent");
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_definition *definition = loaded(ctx, "zstd/study.yaml");
    assert_int_equal(definition->n_candidates, 72);
    assert_int_equal(definition->n_candidates_rejected, 0);
    assert_true(definition->budget.trials < 72);
    for (size_t k = 0; k < definition->n_objectives; k++)
        assert_true(definition->objectives[k].has_threshold);
    ecopt_definition_free(ctx, definition);
    ecopt_ctx_free(ctx);
}

/* The quick study uses a subset, the full one does not; both have room for twenty trials. */
static void test_cnn_sizes(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_definition *quick = loaded(ctx, "cnn/study.yaml");
    ecopt_definition *full = loaded(ctx, "cnn/study-full.yaml");
    assert_true(has_word(&quick->phases[0], "--train-samples"));
    assert_false(has_word(&full->phases[1], "--train-samples"));
    /* Joules before training, repeats and a confirmed front. */
    assert_true(full->profile.is_set && full->profile.phase == 0);
    assert_int_equal(full->repeats.n_phases, 1);
    assert_int_equal(full->repeats.phases[0], 2);
    assert_true(full->repeats.confirm > 0);
    assert_true(quick->budget.trials >= 20 && full->budget.trials >= 20);
    ecopt_definition_free(ctx, quick);
    ecopt_definition_free(ctx, full);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cnn),  cmocka_unit_test(test_svm),       cmocka_unit_test(test_shell),
        cmocka_unit_test(test_zstd), cmocka_unit_test(test_cnn_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
