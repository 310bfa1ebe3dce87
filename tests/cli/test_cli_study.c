/*
 * Studies composed of a command line, and what a run says while it goes.
 */
#include "message.h"
#include "progress.h"
#include "quick_study.h"
#include "support/eco_test.h"

#include <ecopt/definition.h>
#include <stdlib.h>

static const cli_option options[] = {
    {"param", 'P', CLI_TEXT, "SPEC", NULL, "text"},
    {"objective", 'O', CLI_TEXT, "M=G", NULL, "text"},
    {"metric", 'M', CLI_TEXT, "N=R", NULL, "text"},
    {"name", 0, CLI_TEXT, "NAME", NULL, "text"},
    {"sampler", 0, CLI_TEXT, "NAME", NULL, "text"},
    {"seed", 0, CLI_COUNT, "N", NULL, "count"},
    {"trials", 'n', CLI_COUNT, "N", NULL, "count"},
    {0},
};

/* What was said on stderr since say_start. */
static FILE *kept_stderr;
static char *said;
static size_t said_b;

static void say_start(void)
{
    kept_stderr = stderr;
    stderr = open_memstream(&said, &said_b);
    assert_non_null(stderr);
}

static void say_end(void)
{
    (void)fclose(stderr);
    stderr = kept_stderr;
}

/* Composes the study of NULL-terminated words and reads it back; NULL when it was refused. */
static ecopt_definition *compose(ecopt_ctx *ctx, const char *const *words, int *ret_code)
{
    const cli_syntax syntax = {options, false};
    cli_state cli = {.ctx = ctx};
    cli_args args;
    char *text = NULL;
    char *path = NULL;
    ecopt_definition *definition = NULL;
    char *argv[40] = {NULL};
    int n = 0;
    for (; words[n]; n++)
        argv[n] = strdup(words[n]);
    say_start();
    *ret_code = cli_args_parse(&cli, &syntax, n, argv, 0, &args);
    assert_int_equal(*ret_code, CLI_EXIT_OK);
    *ret_code = cli_quick_study(&cli, &args, &text, &path);
    if (*ret_code == CLI_EXIT_OK &&
        ecopt_definition_parse(ctx, text, strlen(text), path, cli_diagnostic, &cli, &definition) !=
            ECOPT_OK)
        *ret_code = CLI_EXIT_USAGE;
    cli_args_release(&args);
    say_end();
    if (*ret_code == CLI_EXIT_OK)
        assert_true(strlen(path) > strlen(".yaml"));
    for (int i = 0; i < n; i++)
        free(argv[i]);
    free(said);
    free(text);
    free(path);
    return definition;
}

#define WORDS(...)                      \
    (const char *[])                    \
    {                                   \
        __VA_ARGS__, (const char *)NULL \
    }

static void test_quick_study(void **state)
{
    ecopt_ctx *ctx = *state;
    int code = 0;
    const char *words[] = {"-P",
                           "lr=float:1e-4..1e-2:log:default=1e-3",
                           "-P",
                           "width=int:4..64",
                           "-P",
                           "pool=bool",
                           "-P",
                           "kernel=1|3|5",
                           "-P",
                           "opt=sgd|adam w",
                           "-M",
                           "accuracy=acc: ([0-9.]+)",
                           "-O",
                           "accuracy=max",
                           "-O",
                           "evaluate.energy_j=min",
                           "-n",
                           "20",
                           "--seed",
                           "18446744073",
                           "--sampler",
                           "sobol",
                           "--",
                           "./bin/train it",
                           "{lr}",
                           "--w={width}",
                           "a \"b\" \\ # : {pool}{kernel}{opt}",
                           NULL};
    ecopt_definition *definition = compose(ctx, words, &code);
    assert_int_equal(code, CLI_EXIT_OK);
    assert_non_null(definition);
    assert_string_equal(definition->name, "train-it");
    assert_int_equal(definition->seed, 18446744073ULL);
    assert_string_equal(definition->sampler, "sobol");
    assert_int_equal(definition->budget.trials, 20);
    assert_int_equal(ecopt_space_n_params(definition->space), 5);

    const ecopt_param *lr = ecopt_space_param(definition->space, 0);
    assert_int_equal(lr->type, ECOPT_PARAM_FLOAT);
    assert_true(lr->is_log && lr->has_default);
    assert_close(lr->default_code, 1e-3, 1e-12, 0.0);
    const ecopt_param *width = ecopt_space_param(definition->space, 1);
    assert_int_equal(width->type, ECOPT_PARAM_INT);
    assert_true(!width->is_log && !width->has_default);
    assert_close(width->max, 64.0, 0.0, 0.0);
    assert_int_equal(ecopt_space_param(definition->space, 2)->type, ECOPT_PARAM_BOOL);
    const ecopt_param *kernel = ecopt_space_param(definition->space, 3);
    assert_int_equal(kernel->n_values, 3);
    assert_int_equal(kernel->values[1].type, ECOPT_VALUE_INT);
    const ecopt_param *opt = ecopt_space_param(definition->space, 4);
    assert_string_equal(opt->values[1].text, "adam w");

    assert_int_equal(definition->n_objectives, 2);
    assert_int_equal(definition->objectives[0].goal, ECOPT_GOAL_MAX);
    assert_int_equal(definition->n_phases, 1);
    assert_string_equal(definition->phases[0].name, "evaluate");
    assert_int_equal(definition->phases[0].n_args, 4);
    assert_string_equal(definition->phases[0].args[3], "a \"b\" \\ # : {pool}{kernel}{opt}");
    ecopt_definition_free(ctx, definition);
}

static void test_quick_study_name(void **state)
{
    ecopt_ctx *ctx = *state;
    int code = 0;
    ecopt_definition *definition = compose(
        ctx, WORDS("-P", "x=bool", "-O", "loss=min", "-M", "loss=(.)", "--name", "mine", "--", "a"),
        &code);
    assert_non_null(definition);
    assert_string_equal(definition->name, "mine");
    assert_int_equal(definition->budget.trials, 30); /* the default of the file */
    ecopt_definition_free(ctx, definition);
}

static void test_quick_study_refusals(void **state)
{
    ecopt_ctx *ctx = *state;
    static const char *const specs[] = {"x",
                                        "x=",
                                        "=bool",
                                        "x=float:1",
                                        "x=int:1..",
                                        "x=int:..2",
                                        "x=int:1..2:lgo",
                                        "x=float:1..2:",
                                        "x=integer:1..2",
                                        "x=one",
                                        "x=float:2..1",
                                        "x=int:a..b",
                                        "x y=bool",
                                        "x=float:0..1:log"};
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        int code = 0;
        ecopt_definition *definition = compose(
            ctx, WORDS("-P", specs[i], "-O", "loss=min", "-M", "loss=(.)", "--", "a"), &code);
        if (definition)
            print_error("'%s' was taken\n", specs[i]);
        assert_null(definition);
        assert_int_equal(code, CLI_EXIT_USAGE);
    }
    int code = 0;
    assert_null(compose(ctx, WORDS("-P", "x=bool", "-O", "loss", "--", "a"), &code));
    assert_null(compose(ctx, WORDS("-P", "x=bool", "-O", "loss=best", "--", "a"), &code));
    assert_null(compose(ctx, WORDS("-P", "x=bool", "--", "a"), &code));
    assert_null(compose(ctx, WORDS("-O", "loss=min", "--", "a"), &code));
    assert_null(compose(ctx, WORDS("-P", "x=bool", "-O", "loss=min"), &code));
    assert_null(compose(ctx, WORDS("study.yaml", "-P", "x=bool", "-O", "l=min", "--", "a"), &code));
    assert_int_equal(code, CLI_EXIT_USAGE);
}

/* A definition with two objectives and an energy budget, as far as progress looks at it. */
static ecopt_definition some_definition(void)
{
    static const ecopt_objective objectives[] = {{.metric = "accuracy"}, {.metric = "energy_j"}};
    ecopt_definition definition = {.n_objectives = 2, .objectives = objectives};
    definition.budget.trials = 4;
    definition.budget.energy_j = 2000.0;
    definition.budget.time_s = INFINITY;
    return definition;
}

static ecopt_event ended_event(const double *objectives)
{
    return (ecopt_event){.kind = ECOPT_EVENT_TRIAL_ENDED,
                         .trial = 2,
                         .point = "lr=0.01",
                         .origin = "sobol",
                         .state = ECOPT_TRIAL_COMPLETE,
                         .reason = "",
                         .n_ended = 2,
                         .n_trials = 4,
                         .front_size = 1,
                         .hypervolume = 0.25,
                         .spent_energy_j = 842.34,
                         .spent_time_s = 62.0,
                         .n_objectives = 2,
                         .objectives = objectives};
}

static void test_event_lines(void **state)
{
    (void)state;
    const ecopt_definition definition = some_definition();
    const double values[] = {0.9312345, NAN};
    cli_state cli = {0};
    cli_progress progress;
    say_start();
    cli_progress_init(&progress, &cli, &definition);
    ecopt_event event = ended_event(values);
    event.kind = ECOPT_EVENT_TRIAL_STARTED;
    cli_progress_event(&progress, &event);
    event.kind = ECOPT_EVENT_PHASE_STARTED; /* only with -v */
    event.phase = "train";
    cli_progress_event(&progress, &event);
    event = ended_event(values);
    cli_progress_event(&progress, &event);
    event.state = ECOPT_TRIAL_FAILED;
    event.reason = "phase 'train': \033[2J";
    event.spent_energy_j = NAN;
    cli_progress_event(&progress, &event);
    cli_progress_end(&progress);
    say_end();
    assert_string_equal(
        said, "trial 2/4 started (sobol)  lr=0.01\n"
              "trial 2/4 complete  accuracy=0.93123  lr=0.01  front 1  842.3 J of 2000 J  "
              "1 min 02 s\n"
              "trial 2/4 failed  accuracy=0.93123  lr=0.01  (phase 'train': ?[2J)  front 1  "
              "? of 2000 J  1 min 02 s\n");
    free(said);
}

static void test_event_lines_quiet(void **state)
{
    (void)state;
    const ecopt_definition definition = some_definition();
    const double values[] = {0.9, 1.0};
    cli_state cli = {.is_quiet = true, .is_verbose = true};
    cli_progress progress;
    say_start();
    cli_progress_init(&progress, &cli, &definition);
    ecopt_event event = ended_event(values);
    cli_progress_event(&progress, &event);
    cli_progress_end(&progress);
    say_end();
    assert_string_equal(said, "");
    free(said);
}

static void test_live_line(void **state)
{
    (void)state;
    const ecopt_definition definition = some_definition();
    const double values[] = {0.9, 1.0};
    cli_state cli = {0};
    cli_progress progress;
    say_start();
    cli_progress_init(&progress, &cli, &definition);
    progress.is_live = true; /* as on a terminal */
    ecopt_event event = ended_event(values);
    cli_progress_event(&progress, &event);
    assert_true(cli.has_status_line);
    event.kind = ECOPT_EVENT_PHASE_STARTED;
    event.phase = "train";
    event.trial = 3;
    event.n_ended = 0; /* such an event carries no counts: the last ones stay */
    event.spent_energy_j = NAN;
    cli_progress_event(&progress, &event);
    cli_progress_end(&progress);
    assert_false(cli.has_status_line);
    say_end();
    assert_non_null(strstr(said, "[##########----------] 2/4"));
    assert_non_null(strstr(said, "842.3 J of 2000 J"));
    assert_non_null(strstr(said, "front 1"));
    assert_null(strstr(said, "0/4"));
    assert_string_equal(said + said_b - 4, "\r\033[K");
    free(said);
}

static void test_diagnostic(void **state)
{
    (void)state;
    cli_state cli = {0};
    ecopt_diagnostic diagnostic = {.is_error = true,
                                   .file = "study.yaml",
                                   .line = 7,
                                   .column = 12,
                                   .key = "params.lr",
                                   .message = "min (0.1) must be below max (0.01)",
                                   .hint = "swap them",
                                   .source = "  lr: {type: float, min: 0.1, max: 0.01}"};
    say_start();
    cli_diagnostic(&cli, &diagnostic);
    diagnostic.is_error = false;
    diagnostic.line = 0;
    diagnostic.key = diagnostic.hint = diagnostic.source = "";
    cli_diagnostic(&cli, &diagnostic);
    cli.is_quiet = true;
    cli_diagnostic(&cli, &diagnostic);
    say_end();
    assert_string_equal(said, "error: params.lr: min (0.1) must be below max (0.01)\n"
                              "   --> study.yaml:7:12\n"
                              "    |     lr: {type: float, min: 0.1, max: 0.01}\n"
                              "    = hint: swap them\n"
                              "warning: min (0.1) must be below max (0.01)\n"
                              "   --> study.yaml\n");
    free(said);
}

static void test_log_levels(void **state)
{
    (void)state;
    cli_state cli = {0};
    say_start();
    cli_log(&cli, ECOPT_LOG_WARNING, "careful");
    cli_log(&cli, ECOPT_LOG_INFO, "not said");
    cli.is_verbose = true;
    cli_log(&cli, ECOPT_LOG_INFO, "a fact");
    cli_log(&cli, ECOPT_LOG_DEBUG, "a detail");
    say_end();
    assert_string_equal(said, "warning: careful\ninfo: a fact\ndebug: a detail\n");
    free(said);
}

static int open_ctx(void **state)
{
    *state = eco_test_ctx();
    return *state ? 0 : -1;
}

static int close_ctx(void **state)
{
    ecopt_ctx_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick_study),          cmocka_unit_test(test_quick_study_name),
        cmocka_unit_test(test_quick_study_refusals), cmocka_unit_test(test_event_lines),
        cmocka_unit_test(test_event_lines_quiet),    cmocka_unit_test(test_live_line),
        cmocka_unit_test(test_diagnostic),           cmocka_unit_test(test_log_levels),
    };
    return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
