/* What a command is given: its arguments, its environment, the file of parameters. */
#include "support/trial_fixture.h"

#include "trial/handover.h"

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

static eco_handover *make(fixture *f)
{
    eco_handover *handover = NULL;
    assert_status(f->ctx, eco_fs_make_dirs(f->ctx, f->trial_dir), ECOPT_OK);
    assert_status(f->ctx, eco_handover_new(f->ctx, &f->request, &handover), ECOPT_OK);
    return handover;
}

/* Value of NAME in a vector of NAME=value; fails when the name is there twice. */
static const char *variable(const eco_vector *env, const char *name)
{
    size_t n = strlen(name);
    const char *found = NULL;
    for (size_t i = 0; i < env->n; i++) {
        if (strncmp(env->items[i], name, n) != 0 || env->items[i][n] != '=')
            continue;
        if (found)
            print_error("'%s' is there twice\n", name);
        assert_null(found);
        found = env->items[i] + n + 1;
    }
    return found;
}

static eco_vector environment(fixture *f, eco_handover *handover)
{
    eco_vector env = {0};
    assert_status(f->ctx, eco_handover_env(handover, &env), ECOPT_OK);
    assert_null(env.items[env.n]);
    return env;
}

/* ---- vectors ---- */

static void test_vector_grows(void **state)
{
    fixture *f = *state;
    eco_vector vector = {0};
    for (int i = 0; i < 100; i++) {
        assert_status(f->ctx, eco_vector_take(f->ctx, &vector, eco_asprintf(f->ctx, "%d", i)),
                      ECOPT_OK);
        assert_int_equal(vector.n, i + 1);
        assert_null(vector.items[vector.n]);
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(atoi(vector.items[i]), i);
    assert_status(f->ctx, eco_vector_take(f->ctx, &vector, NULL), ECOPT_E_NOMEM);
    assert_int_equal(vector.n, 100);
    eco_vector_free(f->ctx, &vector);
    assert_int_equal(vector.n, 0);
    assert_null(vector.items);
    eco_vector_free(f->ctx, &vector);
}

/* ---- placeholders ---- */

static void expect_get(eco_handover *handover, const char *name, const char *wanted)
{
    eco_template_lookup lookup = eco_handover_lookup(handover);
    const char *got = lookup.get(lookup.user, name);
    if (!wanted) {
        assert_null(got);
        return;
    }
    assert_non_null(got);
    assert_string_equal(got, wanted);
}

static void test_every_placeholder(void **state)
{
    fixture *f = *state;
    char path[400];
    eco_handover *handover = make(f);
    expect_get(handover, "lr", "0.001");
    expect_get(handover, "width", "16");
    expect_get(handover, "use-pool", "true");
    expect_get(handover, "opt", "sgd \"x\"");
    expect_get(handover, "k", "7");
    expect_get(handover, "trial.id", "12");
    expect_get(handover, "trial.dir", f->trial_dir);
    expect_get(handover, "study.dir", f->dir);
    expect_get(handover, "seed", "18446744073709551615");
    (void)snprintf(path, sizeof path, "%s/params.json", f->trial_dir);
    expect_get(handover, "params.json", path);
    /* Before the first phase there is a name, but no text in it. */
    expect_get(handover, "phase", "");
    expect_get(handover, "", NULL);
    expect_get(handover, "LR", NULL);
    expect_get(handover, "lr ", NULL);
    expect_get(handover, "trial", NULL);
    /* Everything that templates promise is there. */
    for (size_t i = 0; eco_template_given(i); i++) {
        eco_template_lookup lookup = eco_handover_lookup(handover);
        assert_non_null(lookup.get(lookup.user, eco_template_given(i)));
    }
    eco_handover_free(f->ctx, handover);
    eco_handover_free(f->ctx, NULL);
}

static void test_arguments(void **state)
{
    fixture *f = *state;
    eco_vector argv = {0};
    static const char *const args[] = {"./cnn", "--lr={lr}",     "{width}{width}", "",
                                       "{{lr}", "{opt}; rm -rf", "{phase}",        "a b"};
    f->phases[1].args = args;
    f->phases[1].n_args = ECO_LEN(args);
    eco_handover *handover = make(f);
    assert_status(f->ctx, eco_handover_argv(handover, &f->phases[1], &argv), ECOPT_OK);
    static const char *const wanted[] = {"./cnn", "--lr=0.001",        "1616",     "",
                                         "{lr}",  "sgd \"x\"; rm -rf", "evaluate", "a b"};
    assert_int_equal(argv.n, ECO_LEN(wanted));
    for (size_t i = 0; i < argv.n; i++)
        assert_string_equal(argv.items[i], wanted[i]);
    assert_null(argv.items[argv.n]);
    eco_vector_free(f->ctx, &argv);
    static const char *const wrong[] = {"./cnn", "{lr}", "{depth}"};
    f->phases[1].args = wrong;
    f->phases[1].n_args = ECO_LEN(wrong);
    assert_status(f->ctx, eco_handover_argv(handover, &f->phases[1], &argv), ECOPT_E_NAME);
    assert_null(argv.items);
    eco_handover_free(f->ctx, handover);
}

/* A parameter may have the name of something given; the given one wins, as the header says. */
static void test_given_names_win(void **state)
{
    fixture *f = *state;
    static const ecopt_param same[] = {
        {.name = "seed", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
        {.name = "phase", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
    };
    ecopt_space *space = NULL;
    assert_status(f->ctx, eco_space_new(f->ctx, same, ECO_LEN(same), &space), ECOPT_OK);
    f->definition.space = space;
    f->x[0] = f->x[1] = 0.5;
    eco_handover *handover = make(f);
    eco_vector env = environment(f, handover);
    expect_get(handover, "seed", "18446744073709551615");
    expect_get(handover, "phase", "");
    assert_string_equal(variable(&env, "ECOPT_SEED"), "18446744073709551615");
    assert_string_equal(variable(&env, "ECOPT_P_SEED"), "0.5");
    eco_vector_free(f->ctx, &env);
    eco_handover_free(f->ctx, handover);
    eco_space_free(f->ctx, space);
    f->definition.space = f->space;
}

/* ---- environment ---- */

static void test_variables(void **state)
{
    fixture *f = *state;
    char path[400];
    eco_handover *handover = make(f);
    handover->phase = "evaluate";
    eco_vector env = environment(f, handover);
    assert_string_equal(variable(&env, "ECOPT_P_LR"), "0.001");
    assert_string_equal(variable(&env, "ECOPT_P_WIDTH"), "16");
    assert_string_equal(variable(&env, "ECOPT_P_USE_POOL"), "true");
    assert_string_equal(variable(&env, "ECOPT_P_OPT"), "sgd \"x\"");
    assert_string_equal(variable(&env, "ECOPT_P_K"), "7");
    assert_string_equal(variable(&env, "ECOPT_TRIAL_DIR"), f->trial_dir);
    assert_string_equal(variable(&env, "ECOPT_TRIAL_ID"), "12");
    assert_string_equal(variable(&env, "ECOPT_SEED"), "18446744073709551615");
    assert_string_equal(variable(&env, "ECOPT_PHASE"), "evaluate");
    assert_string_equal(variable(&env, "ECOPT_EXIT_INFEASIBLE"), "99");
    (void)snprintf(path, sizeof path, "%s/result.json", f->trial_dir);
    assert_string_equal(variable(&env, "ECOPT_RESULT"), path);
    (void)snprintf(path, sizeof path, "%s/log.jsonl", f->trial_dir);
    assert_string_equal(variable(&env, "ECOPT_LOG"), path);
    (void)snprintf(path, sizeof path, "%s/params.json", f->trial_dir);
    assert_string_equal(variable(&env, "ECOPT_PARAMS"), path);
    assert_string_equal(variable(&env, "PATH"), getenv("PATH"));
    eco_vector_free(f->ctx, &env);
    eco_handover_free(f->ctx, handover);
}

/* Of ECOpt's own environment, everything called ECOPT_* stays out, and nothing else. */
static void test_own_variables_are_dropped(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *name;
        bool is_kept;
    } cases[] = {
        {"ECOPT_", false},  {"ECOPT_P_OLD", false}, {"ECOPT_RESULT_OLD", false},
        {"ECOPT_x", false}, {"ECOPT", true},        {"ECOPTX", true},
        {"XECOPT_", true},  {"ecopt_", true},       {"ECO", true},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        assert_int_equal(setenv(cases[i].name, "outer = value", 1), 0);
    eco_handover *handover = make(f);
    eco_vector env = environment(f, handover);
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        const char *value = variable(&env, cases[i].name);
        if ((value != NULL) != cases[i].is_kept)
            print_error("%s\n", cases[i].name);
        assert_int_equal(value != NULL, cases[i].is_kept);
        if (value)
            assert_string_equal(value, "outer = value");
        assert_int_equal(unsetenv(cases[i].name), 0);
    }
    eco_vector_free(f->ctx, &env);
    eco_handover_free(f->ctx, handover);
}

/* The definition's variables come last: they replace inherited ones and ECOpt's own. */
static void test_defined_variables_win(void **state)
{
    fixture *f = *state;
    static const char *const pairs[] = {
        "OMP_NUM_THREADS={width}", "HOME=",    "ECOPT_P_LR=mine", "TWICE=1", "TWICE=2",
        "EQUALS=a=b={k}",          "OMP_NUM=x"};
    f->definition.env = pairs;
    f->definition.n_env = ECO_LEN(pairs);
    assert_int_equal(setenv("OMP_NUM_THREADS", "1", 1), 0);
    eco_handover *handover = make(f);
    eco_vector env = environment(f, handover);
    assert_string_equal(variable(&env, "OMP_NUM_THREADS"), "16");
    /* A name that is the beginning of another's is another variable. */
    assert_string_equal(variable(&env, "OMP_NUM"), "x");
    assert_string_equal(variable(&env, "HOME"), "");
    assert_string_equal(variable(&env, "ECOPT_P_LR"), "mine");
    assert_string_equal(variable(&env, "TWICE"), "2");
    assert_string_equal(variable(&env, "EQUALS"), "a=b=7");
    eco_vector_free(f->ctx, &env);
    static const char *const wrong[] = {"A={depth}"};
    f->definition.env = wrong;
    f->definition.n_env = 1;
    assert_status(f->ctx, eco_handover_env(handover, &env), ECOPT_E_NAME);
    assert_null(env.items);
    eco_handover_free(f->ctx, handover);
    assert_int_equal(unsetenv("OMP_NUM_THREADS"), 0);
}

/* A list of names leaves out the rest of ours, not what the study and ECOpt set themselves. */
static void test_inherited_variables(void **state)
{
    fixture *f = *state;
    static const char *const inherited[] = {"ECO_TEST_A*", "*_B", "ECOPT_SEED"};
    static const char *const pairs[] = {"ECO_TEST_SET=1"};
    assert_int_equal(setenv("ECO_TEST_A1", "x", 1), 0);
    assert_int_equal(setenv("ECO_TEST_B", "y", 1), 0);
    assert_int_equal(setenv("ECO_TEST_C", "z", 1), 0);
    assert_int_equal(setenv("eco_test_a", "z", 1), 0);
    assert_int_equal(setenv("ECOPT_OUTER", "z", 1), 0);
    f->definition.env = pairs;
    f->definition.n_env = 1;
    f->definition.environment =
        (ecopt_environment){.is_limited = true, .inherited = inherited, .n_inherited = 3};
    eco_handover *handover = make(f);
    eco_vector env = environment(f, handover);
    assert_string_equal(variable(&env, "ECO_TEST_A1"), "x");
    assert_string_equal(variable(&env, "ECO_TEST_B"), "y");
    assert_string_equal(variable(&env, "ECO_TEST_SET"), "1");
    assert_non_null(variable(&env, "ECOPT_TRIAL_ID"));
    assert_null(variable(&env, "ECO_TEST_C"));
    assert_null(variable(&env, "eco_test_a"));
    assert_null(variable(&env, "ECOPT_OUTER"));
    assert_null(variable(&env, "PATH"));
    eco_vector_free(f->ctx, &env);
    f->definition.environment.is_limited = false;
    env = environment(f, handover);
    assert_string_equal(variable(&env, "ECO_TEST_C"), "z");
    eco_vector_free(f->ctx, &env);
    eco_handover_free(f->ctx, handover);
    static const char *const names[] = {"ECO_TEST_A1", "ECO_TEST_B", "ECO_TEST_C", "eco_test_a",
                                        "ECOPT_OUTER"};
    for (size_t i = 0; i < ECO_LEN(names); i++)
        assert_int_equal(unsetenv(names[i]), 0);
}

/* Two names that are one as a variable: the later parameter is seen, once. */
static void test_names_that_fall_together(void **state)
{
    fixture *f = *state;
    static const ecopt_param same[] = {
        {.name = "a-b", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
        {.name = "a_b", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
        {.name = "A_B", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
    };
    ecopt_space *space = NULL;
    assert_status(f->ctx, eco_space_new(f->ctx, same, ECO_LEN(same), &space), ECOPT_OK);
    f->definition.space = space;
    f->x[0] = 3, f->x[1] = 4, f->x[2] = 5;
    eco_handover *handover = make(f);
    eco_vector env = environment(f, handover);
    assert_string_equal(variable(&env, "ECOPT_P_A_B"), "5");
    eco_vector_free(f->ctx, &env);
    eco_handover_free(f->ctx, handover);
    eco_space_free(f->ctx, space);
    f->definition.space = f->space;
}

/* ---- the file of parameters ---- */

static json_t *read_params(fixture *f)
{
    char *text = read_text(f, "params.json");
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        print_error("%s in: %s\n", error.text, text);
    assert_non_null(root);
    eco_free(f->ctx, text);
    return root;
}

static void test_file_is_typed_json(void **state)
{
    fixture *f = *state;
    eco_handover *handover = make(f);
    assert_status(f->ctx, eco_handover_write(handover), ECOPT_OK);
    json_t *root = read_params(f);
    assert_int_equal(json_object_size(root), 5);
    assert_true(json_is_real(json_object_get(root, "lr")));
    assert_close(json_real_value(json_object_get(root, "lr")), 0.001, 0, 0);
    assert_true(json_is_integer(json_object_get(root, "width")));
    assert_int_equal(json_integer_value(json_object_get(root, "width")), 16);
    assert_true(json_is_true(json_object_get(root, "use-pool")));
    assert_string_equal(json_string_value(json_object_get(root, "opt")), "sgd \"x\"");
    assert_int_equal(json_integer_value(json_object_get(root, "k")), 7);
    json_decref(root);
    eco_handover_free(f->ctx, handover);
}

/* Choices of every type, and texts that JSON must escape. */
static void test_values_that_need_escapes(void **state)
{
    fixture *f = *state;
    static const ecopt_value mixed[] = {
        {ECOPT_VALUE_STRING, NAN, "tab\tnew\nline \x01 \\ \"q\" /"},
        {ECOPT_VALUE_STRING, NAN, "\xc3\xa9\xe2\x82\xac"},
        {ECOPT_VALUE_STRING, NAN, "8"},
        {ECOPT_VALUE_STRING, NAN, ""},
        {ECOPT_VALUE_INT, 7, "7"},
        {ECOPT_VALUE_FLOAT, 0.5, "0.5"},
        {ECOPT_VALUE_BOOL, 1, "true"},
    };
    static const ecopt_param one[] = {
        {.name = "m", .type = ECOPT_PARAM_CHOICE, .n_values = ECO_LEN(mixed), .values = mixed}};
    ecopt_space *space = NULL;
    assert_status(f->ctx, eco_space_new(f->ctx, one, 1, &space), ECOPT_OK);
    f->definition.space = space;
    for (size_t i = 0; i < ECO_LEN(mixed); i++) {
        f->x[0] = (double)i;
        eco_handover *handover = make(f);
        assert_status(f->ctx, eco_handover_write(handover), ECOPT_OK);
        json_t *root = read_params(f), *value = json_object_get(root, "m");
        if (mixed[i].type == ECOPT_VALUE_STRING)
            assert_string_equal(json_string_value(value), mixed[i].text);
        else if (mixed[i].type == ECOPT_VALUE_BOOL)
            assert_true(json_is_true(value));
        else
            assert_close(json_number_value(value), mixed[i].number, 0, 0);
        expect_get(handover, "m", mixed[i].text);
        json_decref(root);
        eco_handover_free(f->ctx, handover);
    }
    eco_space_free(f->ctx, space);
    f->definition.space = f->space;
}

/* Numbers in the file are the ones the study tells: bit for bit. */
static void test_numbers_survive(void **state)
{
    fixture *f = *state;
    static const double values[] = {1e-5, 1, 0.1, 1.0 / 3, 0.30000000000000004, 2e-5, 0.9999999};
    for (size_t i = 0; i < ECO_LEN(values); i++) {
        f->x[0] = values[i];
        eco_handover *handover = make(f);
        assert_status(f->ctx, eco_handover_write(handover), ECOPT_OK);
        json_t *root = read_params(f);
        double got = json_number_value(json_object_get(root, "lr"));
        char *text = NULL;
        assert_status(f->ctx, ecopt_space_value_text(f->ctx, f->space, 0, values[i], &text),
                      ECOPT_OK);
        expect_get(handover, "lr", text);
        assert_close(got, strtod(text, NULL), 0, 0);
        eco_free(f->ctx, text);
        json_decref(root);
        eco_handover_free(f->ctx, handover);
    }
}

static void test_file_that_cannot_be_written(void **state)
{
    fixture *f = *state;
    eco_handover *handover = make(f);
    assert_int_equal(rmdir(f->trial_dir), 0);
    assert_status(f->ctx, eco_handover_write(handover), ECOPT_E_NOT_FOUND);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), "params.json"));
    /* A full disk, and a folder in the way. */
    char path[400];
    (void)snprintf(path, sizeof path, "%s/params.json", f->trial_dir);
    assert_int_equal(mkdir(f->trial_dir, 0777), 0);
    assert_int_equal(symlink("/dev/full", path), 0);
    assert_status(f->ctx, eco_handover_write(handover), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), "No space left on device"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_status(f->ctx, eco_handover_write(handover), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), "Is a directory"));
    assert_int_equal(rmdir(path), 0);
    assert_status(f->ctx, eco_handover_write(handover), ECOPT_OK);
    eco_handover_free(f->ctx, handover);
}

/* An older, longer file must not shine through. */
static void test_file_is_written_anew(void **state)
{
    fixture *f = *state;
    char old[1000];
    memset(old, 'x', sizeof old - 1);
    old[sizeof old - 1] = '\0';
    eco_test_write_file(f->trial_dir, "params.json", old);
    eco_handover *handover = make(f);
    assert_status(f->ctx, eco_handover_write(handover), ECOPT_OK);
    json_decref(read_params(f));
    eco_handover_free(f->ctx, handover);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    fixture *f = user;
    eco_handover *handover = NULL;
    eco_vector argv = {0}, env = {0};
    ECO_TRY(eco_handover_new(ctx, &f->request, &handover));
    ecopt_status status = eco_handover_write(handover);
    if (status == ECOPT_OK)
        status = eco_handover_argv(handover, &f->phases[0], &argv);
    if (status == ECOPT_OK)
        status = eco_handover_env(handover, &env);
    eco_vector_free(ctx, &argv);
    eco_vector_free(ctx, &env);
    eco_handover_free(ctx, handover);
    return status;
}

static void test_allocation_failures(void **state)
{
    fixture *f = *state;
    static const char *const pairs[] = {"A={lr}"};
    f->args[0][2] = "{lr} {opt}";
    f->definition.env = pairs;
    f->definition.n_env = 1;
    eco_handover_free(f->ctx, make(f));
    assert_int_equal(clearenv(), 0);
    eco_test_alloc_sweep(attempt, f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRIAL_TEST(test_vector_grows),
        TRIAL_TEST(test_every_placeholder),
        TRIAL_TEST(test_arguments),
        TRIAL_TEST(test_given_names_win),
        TRIAL_TEST(test_variables),
        TRIAL_TEST(test_own_variables_are_dropped),
        TRIAL_TEST(test_defined_variables_win),
        TRIAL_TEST(test_inherited_variables),
        TRIAL_TEST(test_names_that_fall_together),
        TRIAL_TEST(test_file_is_typed_json),
        TRIAL_TEST(test_values_that_need_escapes),
        TRIAL_TEST(test_numbers_survive),
        TRIAL_TEST(test_file_that_cannot_be_written),
        TRIAL_TEST(test_file_is_written_anew),
        TRIAL_TEST(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
