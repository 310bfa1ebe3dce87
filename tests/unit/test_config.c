/* What a good study file becomes: every field, units, shorthands. */
#include "config/field.h"
#include "core/fs.h"
#include "sampler/sampler.h"
#include "space/space.h"

#include "support/eco_test.h"

#include <ecopt/definition.h>
#include <jansson.h>
#include <stdlib.h>

static void print(void *user, const ecopt_diagnostic *d)
{
    size_t *n_warnings = user;
    if (d->is_error)
        print_error("%zu:%zu %s: %s\n", d->line, d->column, d->key, d->message);
    *n_warnings += !d->is_error;
}

static ecopt_definition *parse(ecopt_ctx *ctx, const char *text, size_t warnings)
{
    ecopt_definition *d = NULL;
    size_t n = 0;
    assert_status(ctx,
                  ecopt_definition_parse(ctx, text, strlen(text), "/dir/study.yaml", print, &n, &d),
                  ECOPT_OK);
    assert_int_equal(n, warnings);
    return d;
}

static ecopt_definition *load_full(ecopt_ctx *ctx)
{
    char path[1024];
    ecopt_definition *d = NULL;
    size_t n = 0;
    (void)snprintf(path, sizeof path, "%s/study-full.yaml", getenv("ECOPT_TEST_DATA"));
    assert_status(ctx, ecopt_definition_load(ctx, path, print, &n, &d), ECOPT_OK);
    /* pool and kernel are used by no command. */
    assert_int_equal(n, 2);
    return d;
}

static void full_study(void **state)
{
    ecopt_definition *d = load_full(*state);
    assert_string_equal(d->name, "fashion-cnn");
    assert_string_equal(d->sampler, "mobo");
    assert_int_equal(d->seed, 7);
    assert_true(d->path[0] == '/' && d->dir[0] == '/');
    assert_string_equal(strrchr(d->path, '/'), "/study-full.yaml");
    assert_int_equal(strncmp(d->text, "study: fashion-cnn\n", 19), 0);

    assert_int_equal(d->n_phases, 2);
    assert_string_equal(d->phases[0].name, "train");
    assert_int_equal(d->phases[0].n_args, 10);
    assert_string_equal(d->phases[0].args[9], "{trial.dir}/model");
    assert_true(d->phases[1].timeout_s == 600);

    const ecopt_param *kernel = ecopt_space_param(d->space, 4);
    assert_int_equal(ecopt_space_n_params(d->space), 5);
    assert_string_equal(kernel->when, "depth > 1");
    assert_true(kernel->is_ordered && kernel->n_values == 3 && kernel->values[2].number == 5);
    assert_true(ecopt_space_param(d->space, 0)->default_code == 16);
    assert_int_equal(ecopt_space_n_constraints(d->space), 1);
    assert_string_equal(ecopt_space_constraint(d->space, 0), "width * depth <= 256");

    assert_int_equal(d->n_metrics, 2);
    assert_int_equal(d->metrics[0].kind, ECOPT_METRIC_REGEX);
    assert_string_equal(d->metrics[1].pointer, "/n");
    assert_int_equal(d->n_objectives, 2);
    assert_int_equal(d->objectives[0].goal, ECOPT_GOAL_MAX);
    assert_int_equal(d->objectives[0].scale, ECOPT_SCALE_LINEAR);
    assert_true(d->objectives[0].has_threshold && d->objectives[0].threshold == 0.75);
    assert_int_equal(d->objectives[1].scale, ECOPT_SCALE_LOG);
    assert_false(d->objectives[1].has_threshold);
    assert_int_equal(d->n_constraints, 1);
    assert_string_equal(d->constraints[0].metric, "evaluate.time_s");
    assert_true(d->constraints[0].relation == ECOPT_AT_MOST && d->constraints[0].bound == 60);

    assert_true(d->budget.trials == 30 && d->budget.init == 6 && d->budget.energy_j == 7.2e6);
    assert_true(isinf(d->budget.time_s) && d->budget.max_failure_ratio == 0.9);
    assert_string_equal(d->meter.sources, "auto");
    assert_int_equal(d->meter.repeats, 1);
    assert_true(d->carbon.is_set && d->carbon.pue == 1.2 && d->carbon.intensity_g_per_kwh > 100);
    ecopt_definition_free(*state, d);
    ecopt_definition_free(*state, NULL);
}

static const char *const small = "study: s\n"
                                 "command: ./run {x}\n"
                                 "params: {x: {type: float, min: 0, max: 1}}\n"
                                 "objectives: {energy_j: min}\n";

/* The default of init is not cut to the trials: a study of 3 trials may go on to 30, and init is a
 * part of what makes it the same study. */
static void init_does_not_follow_trials(void **state)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%sbudget: {trials: 3}\n", small);
    ecopt_definition *d = parse(*state, text, 0);
    assert_true(d->budget.trials == 3 && d->budget.init == 5);
    ecopt_definition_free(*state, d);
}

static void defaults(void **state)
{
    ecopt_definition *d = parse(*state, small, 0);
    assert_int_equal(d->seed, 0);
    assert_string_equal(d->sampler, "mobo");
    assert_string_equal(d->dir, "/dir");
    assert_string_equal(d->phases[0].name, "run");
    assert_true(isinf(d->phases[0].timeout_s));
    assert_true(d->budget.trials == 30 && d->budget.init == 5);
    assert_true(isinf(d->budget.energy_j) && isinf(d->budget.time_s));
    assert_string_equal(d->meter.sources, "auto");
    assert_null(d->meter.require);
    assert_null(d->meter.record);
    assert_int_equal(d->meter.repeats, 1);
    assert_false(d->carbon.is_set);
    assert_int_equal(d->n_env, 0);
    assert_int_equal(d->objectives[0].scale, ECOPT_SCALE_LOG);
    ecopt_definition_free(*state, d);
}

static void shorthands_and_units(void **state)
{
    ecopt_definition *d = parse(*state,
                                "study: s\n"
                                "seed: 1e3\n"
                                "command:\n"
                                "  timeout: 500ms\n"
                                "  one: ['./a b', '{x}', '|']\n"
                                "  two: {run: \"./b 'c d' \\\"e f\\\" g\\\\ h '{y}' {z}\", "
                                "timeout: 1.5 h}\n"
                                "params: {x: 3, y: [1, 2.5, yes], z: {value: 'a b'}}\n"
                                "metrics: {acc: , time: {regex: 't (.)', phase: two}}\n"
                                "objectives: {acc: max, time: {goal: min, scale: log}}\n"
                                "constraints: 1 min >= one.time_s\n"
                                "budget: {trials: 3, energy: 3Wh, time: 90, failures: 25%}\n"
                                "meter: {sources: [rapl-perf, model], repeats: 3,\n"
                                "        record: out/trace.txt, require: measured}\n"
                                "carbon: {intensity: 230}\n"
                                "sampler: random\n"
                                "env: {DATA: '{study.dir}/data', N: 3}\n",
                                1);
    assert_int_equal(d->seed, 1000);
    assert_true(d->phases[0].timeout_s == 0.5 && d->phases[1].timeout_s == 5400);
    assert_int_equal(d->phases[0].n_args, 3);
    assert_string_equal(d->phases[0].args[2], "|");
    assert_int_equal(d->phases[1].n_args, 6);
    assert_string_equal(d->phases[1].args[1], "c d");
    assert_string_equal(d->phases[1].args[2], "e f");
    assert_string_equal(d->phases[1].args[3], "g h");
    const ecopt_param *y = ecopt_space_param(d->space, 1);
    assert_int_equal(ecopt_space_param(d->space, 0)->type, ECOPT_PARAM_FIXED);
    assert_int_equal(y->type, ECOPT_PARAM_CHOICE);
    assert_int_equal(y->values[0].type, ECOPT_VALUE_INT);
    assert_int_equal(y->values[1].type, ECOPT_VALUE_FLOAT);
    assert_int_equal(y->values[2].type, ECOPT_VALUE_STRING);
    assert_int_equal(d->metrics[0].kind, ECOPT_METRIC_REPORTED);
    assert_string_equal(d->metrics[1].phase, "two");
    assert_int_equal(d->objectives[1].scale, ECOPT_SCALE_LOG);
    assert_true(d->constraints[0].relation == ECOPT_AT_MOST && d->constraints[0].bound == 60);
    assert_true(d->budget.init == 5 && d->budget.energy_j == 10800 && d->budget.time_s == 90);
    assert_true(d->budget.max_failure_ratio == 0.25);
    assert_string_equal(d->meter.sources, "rapl-perf,model");
    assert_string_equal(d->meter.record, "/dir/out/trace.txt");
    assert_string_equal(d->meter.require, "measured");
    assert_int_equal(d->meter.repeats, 3);
    assert_true(d->carbon.intensity_g_per_kwh == 230 && d->carbon.pue == 1);
    assert_null(d->carbon.country);
    assert_string_equal(d->env[0], "DATA={study.dir}/data");
    assert_string_equal(d->env[1], "N=3");
    ecopt_definition_free(*state, d);
}

/* Traces are found from the study file's folder, however the sources are written. */
static void replay_paths(void **state)
{
    static const struct {
        const char *sources, *wanted;
    } cases[] = {
        {"'replay:t.txt'", "replay:/dir/t.txt"},
        {"['replay:a,b.txt']", "replay:/dir/a,b.txt"},
        {"'replay:/abs/t.txt'", "replay:/abs/t.txt"},
        {"'nvml , model'", "nvml,model"},
        {"none", "none"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char *text = eco_asprintf(*state, "%smeter: {sources: %s}\n", small, cases[i].sources);
        ecopt_definition *d = parse(*state, text, strcmp(cases[i].wanted, "none") == 0);
        assert_string_equal(d->meter.sources, cases[i].wanted);
        ecopt_definition_free(*state, d);
        eco_free(*state, text);
    }
}

static void expansion(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *d = load_full(ctx);
    double x[5];
    char *text = NULL;
    (void)eco_space_default(d->space, x);
    assert_status(ctx, ecopt_definition_expand(ctx, d, 0, x, &text), ECOPT_OK);
    assert_string_equal(text,
                        "./cnn train --width 16 --depth 3 --lr 0.001 --out {trial.dir}/model");
    ecopt_text_free(ctx, text);
    assert_status(ctx, ecopt_definition_expand(ctx, d, 2, x, &text), ECOPT_E_ARG);
    ecopt_definition_free(ctx, d);

    d = parse(ctx,
              "study: s\ncommand: ./run '{x}' {phase} {study.dir} '' \"it's\" '{{seed}}'\n"
              "params: {x: 'a b'}\nobjectives: {energy_j: min}\n",
              1);
    x[0] = 0;
    assert_status(ctx, ecopt_definition_expand(ctx, d, 0, x, &text), ECOPT_OK);
    assert_string_equal(text, "./run 'a b' run /dir '' 'it'\\''s' {seed}");
    ecopt_text_free(ctx, text);
    ecopt_definition_free(ctx, d);
}

static void schema(void **state)
{
    ecopt_ctx *ctx = *state;
    char *text = NULL;
    json_error_t error;
    assert_status(ctx, ecopt_definition_schema(ctx, &text), ECOPT_OK);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("line %d: %s", error.line, error.text);
    json_t *all = json_array_get(json_object_get(root, "allOf"), 0);
    json_t *object = json_array_get(json_object_get(all, "anyOf"), 0);
    json_t *keys = json_object_get(object, "properties");
    assert_true(json_object_size(keys) >= 18);
    assert_non_null(json_object_get(keys, "constraints"));
    assert_int_equal(json_array_size(json_object_get(object, "required")), 3);
    assert_int_equal(json_array_size(json_object_get(object, "anyOf")), 2);
    assert_true(json_is_false(json_object_get(object, "additionalProperties")));
    json_decref(root);
    ecopt_text_free(ctx, text);
    assert_status(ctx, ecopt_definition_schema(ctx, NULL), ECOPT_E_ARG);
}

/* The table's words are the samplers there are, the parameter types those of the space. */
static void words_of_the_table(void **state)
{
    (void)state;
    size_t n_samplers = 0, n_words = 0;
    const eco_sampler_ops *const *samplers = eco_sampler_list(&n_samplers);
    const eco_field *field = eco_field_root.fields;
    while (strcmp(field->key, "sampler") != 0)
        field++;
    while (field->words[n_words])
        assert_non_null(eco_sampler_find(field->words[n_words++]));
    assert_int_equal(n_words, n_samplers);
    assert_non_null(samplers);
    for (int type = 0; eco_field_param_types[type]; type++)
        assert_string_equal(eco_field_param_types[type],
                            ecopt_param_type_name((ecopt_param_type)type));
}

static void failures(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *d = NULL;
    assert_status(ctx, ecopt_definition_load(ctx, "/no/such.yaml", NULL, NULL, &d),
                  ECOPT_E_NOT_FOUND);
    assert_status(ctx, ecopt_definition_load(ctx, "/tmp", NULL, NULL, &d), ECOPT_E_IO);
    assert_status(ctx, ecopt_definition_load(ctx, NULL, NULL, NULL, &d), ECOPT_E_ARG);
    assert_status(ctx, ecopt_definition_parse(ctx, NULL, 0, "x", NULL, NULL, &d), ECOPT_E_ARG);
    assert_status(ctx, ecopt_definition_parse(ctx, "", ECO_DOCUMENT_MAX_B + 1, "x", NULL, NULL, &d),
                  ECOPT_E_LIMIT);
    assert_status(ctx, ecopt_definition_parse(ctx, "a: 1", 4, "x", NULL, NULL, &d), ECOPT_E_CONFIG);
    assert_string_equal(ecopt_ctx_errmsg(ctx), "x has 5 errors");
    assert_status(ctx, ecopt_definition_parse(ctx, "a", 1, "x", NULL, NULL, &d), ECOPT_E_CONFIG);
    assert_string_equal(ecopt_ctx_errmsg(ctx), "x has 1 error");
    assert_null(d);
}

static void deep_and_large(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *d = NULL;
    char *deep = eco_alloc(ctx, 100001, 1);
    memset(deep, '[', 100000);
    assert_status(ctx, ecopt_definition_parse(ctx, deep, 100000, "x", NULL, NULL, &d),
                  ECOPT_E_CONFIG);
    for (int i = 0; i < 50000; i++)
        memcpy(deep + 2 * i, i % 2 ? "- " : "-\n", 2);
    assert_status(ctx, ecopt_definition_parse(ctx, deep, 100000, "x", NULL, NULL, &d),
                  ECOPT_E_CONFIG);
    memset(deep, '{', 100000);
    assert_status(ctx, ecopt_definition_parse(ctx, deep, 100000, "x", NULL, NULL, &d),
                  ECOPT_E_CONFIG);
    eco_free(ctx, deep);
}

static ecopt_status parse_once(ecopt_ctx *ctx, void *user)
{
    const char *text = user;
    ecopt_definition *d = NULL;
    char *line = NULL;
    double x = 0.5;
    ecopt_status status = ecopt_definition_parse(ctx, text, strlen(text), "/d/s", NULL, NULL, &d);
    if (status == ECOPT_OK)
        status = ecopt_definition_expand(ctx, d, 0, &x, &line);
    ecopt_text_free(ctx, line);
    ecopt_definition_free(ctx, d);
    return status == ECOPT_E_CONFIG ? ECOPT_OK : status;
}

static void out_of_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "study: s\ncommand: ./run '{x}'\nparams: {x: {type: float, min: 0, max: 1}}\n"
        "metrics: {acc: {regex: 'a (.)'}}\nobjectives: {acc: max, energy_j: min}\n"
        "constraints: [x < 0.7, run.time_s <= 3]\nenv: {A: '{x}'}\n"
        "meter: {sources: ['replay:f'], record: r}\ncarbon: {country: GBR}\n",
        "study: s s\ncommand: ./run '{y}' {z} |\nparams: {x: {type: flot}, y: [a, a], "
        "z: {value: 3, when: yy > 1}}\nmetrics: {acc: {regex: 'a ('}}\n"
        "objectives: {ac: max, energy: min}\nconstraints: [w < 0.7]\nmeter: {sources: x}\n",
    };
    for (size_t i = 0; i < ECO_LEN(texts); i++) {
        char *copy = strdup(texts[i]);
        eco_test_alloc_sweep(parse_once, copy);
        free(copy);
    }
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(full_study),
        TEST(defaults),
        TEST(init_does_not_follow_trials),
        TEST(shorthands_and_units),
        TEST(replay_paths),
        TEST(expansion),
        TEST(schema),
        TEST(words_of_the_table),
        TEST(failures),
        TEST(deep_and_large),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
