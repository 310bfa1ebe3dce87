/*
 * The words of `run -P -O -M` one by one: what study file they make, and what the library reads
 * in it.
 */
#include "cli_test.h"
#include "commands.h"
#include "message.h"
#include "quick_study.h"

#include <ecopt/definition.h>

/* Composes the file of NULL-terminated words with the options of `run` itself; NULL when refused.
 * The caller frees it. */
static char *compose(ecopt_ctx *ctx, const char *const *words, int *ret_code, cli_said *said)
{
    cli_state cli = {.ctx = ctx};
    cli_args args;
    char *argv[48] = {NULL};
    char *text = NULL;
    char *path = NULL;
    int n = 0;
    for (; words[n]; n++) {
        assert_true(n < 47);
        argv[n] = strdup(words[n]);
    }
    cli_said_start(said);
    *ret_code = cli_args_parse(&cli, &cli_command_find("run")->syntax, n, argv, 0, &args);
    assert_int_equal(*ret_code, CLI_EXIT_OK);
    assert_true(cli_quick_study_is_meant(&args));
    *ret_code = cli_quick_study(&cli, &args, &text, &path);
    cli_said_stop(said);
    assert_true((*ret_code == CLI_EXIT_OK) == (text != NULL));
    cli_args_release(&args);
    for (int i = 0; i < n; i++)
        free(argv[i]);
    free(path);
    return text;
}

#define WORDS(...)                      \
    (const char *[])                    \
    {                                   \
        __VA_ARGS__, (const char *)NULL \
    }

/* The same, read by the library; NULL when either refuses it. */
static ecopt_definition *read_back(ecopt_ctx *ctx, const char *const *words)
{
    int code = 0;
    cli_said said;
    ecopt_definition *definition = NULL;
    char *text = compose(ctx, words, &code, &said);
    cli_said_release(&said);
    if (text && ecopt_definition_parse(ctx, text, strlen(text), "s.yaml", NULL, NULL,
                                       &definition) != ECOPT_OK)
        definition = NULL;
    free(text);
    return definition;
}

static void test_param_lines(void **state)
{
    static const struct {
        const char *spec, *line;
    } rows[] = {
        {"x=bool", "  \"x\": {type: bool}\n"},
        {"x=int:1..9", "  \"x\": {type: int, min: 1, max: 9}\n"},
        {"x=int:-9..-1", "  \"x\": {type: int, min: -9, max: -1}\n"},
        {"x=int:1..9:log", "  \"x\": {type: int, min: 1, max: 9, log: true}\n"},
        {"x=int:1..9:default=3", "  \"x\": {type: int, min: 1, max: 9, default: 3}\n"},
        {"x=int:1..9:log:default=3",
         "  \"x\": {type: int, min: 1, max: 9, log: true, default: 3}\n"},
        {"x=int:1..9:default=3:log",
         "  \"x\": {type: int, min: 1, max: 9, default: 3, log: true}\n"},
        {"x=float:0.5..1.5", "  \"x\": {type: float, min: 0.5, max: 1.5}\n"},
        {"x=float:1e-4..1e-2:log", "  \"x\": {type: float, min: 1e-4, max: 1e-2, log: true}\n"},
        {"x=float:-1...5", "  \"x\": {type: float, min: -1, max: .5}\n"},
        {"x=float:a..b", "  \"x\": {type: float, min: \"a\", max: \"b\"}\n"}, /* the library's */
        {"x=a|b", "  \"x\": {type: choice, values: [\"a\", \"b\"]}\n"},
        {"x=1|2|3", "  \"x\": {type: choice, values: [1, 2, 3]}\n"},
        {"x=1|b|true", "  \"x\": {type: choice, values: [1, \"b\", true]}\n"},
        {"x=a b|c:d|{e}", "  \"x\": {type: choice, values: [\"a b\", \"c:d\", \"{e}\"]}\n"},
        {"x=|a", "  \"x\": {type: choice, values: [\"\", \"a\"]}\n"},
        {"x=a|", "  \"x\": {type: choice, values: [\"a\", \"\"]}\n"},
        {"x=a\"b|c\\d", "  \"x\": {type: choice, values: [\"a\\\"b\", \"c\\\\d\"]}\n"},
        {"x=yes|no", "  \"x\": {type: choice, values: [\"yes\", \"no\"]}\n"},
        {"x=null|~", "  \"x\": {type: choice, values: [\"null\", \"~\"]}\n"},
        {"x=0x10|0o7", "  \"x\": {type: choice, values: [\"0x10\", \"0o7\"]}\n"},
        {"x=a=b|c", "  \"x\": {type: choice, values: [\"a=b\", \"c\"]}\n"},
        {"learning-rate=bool", "  \"learning-rate\": {type: bool}\n"},
        {"yes=bool", "  \"yes\": {type: bool}\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = 0;
        cli_said said;
        char *text = compose(*state, WORDS("-P", rows[i].spec, "-O", "loss=min", "--", "true"),
                             &code, &said);
        assert_int_equal(code, CLI_EXIT_OK);
        assert_string_equal(said.text, "");
        char *line = strstr(text, "params:\n");
        assert_non_null(line);
        line += strlen("params:\n");
        if (strncmp(line, rows[i].line, strlen(rows[i].line)) != 0)
            print_error("%s gave %s", rows[i].spec, line);
        assert_int_equal(strncmp(line, rows[i].line, strlen(rows[i].line)), 0);
        assert_int_equal(strncmp(line + strlen(rows[i].line), "objectives:", 11), 0);
        cli_said_release(&said);
        free(text);
    }
}

static void test_param_refusals(void **state)
{
    static const char *const specs[] = {
        "",
        "x",
        "x=",
        "=",
        "=bool",
        "x=int",
        "x=int:",
        "x=int:1",
        "x=int:1.",
        "x=int:1..",
        "x=int:..2",
        "x=int:..",
        "x=int:1:2",
        "x=int:1..:",
        "x=boolean",
        "x=Bool",
        "x=one",
        "x=float:1-2",
        "x=float",
        "x=float:",
        "x=int:1..2:",
        "x=int:1..2:lg",
        "x=int:1..2:log:",
        "x=INT:1..2",
        "x=int:1..2:default=",
        "x=int:1..2:default",
        "x=int:1..2:log=true",
        "x=log:1..2",
    };
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        int code = 0;
        cli_said said;
        char expected[512];
        char *text =
            compose(*state, WORDS("-P", specs[i], "-O", "loss=min", "--", "true"), &code, &said);
        if (text)
            print_error("'%s' was taken: %s", specs[i], text);
        assert_null(text);
        assert_int_equal(code, CLI_EXIT_USAGE);
        (void)snprintf(expected, sizeof expected,
                       "error: -P: '%s' is not a parameter\n hint: write "
                       "lr=float:1e-4..1e-2:log, width=int:4..64:default=16, pool=bool, or "
                       "kernel=1|3|5\n",
                       specs[i]);
        assert_string_equal(said.text, expected);
        cli_said_release(&said);
    }
}

/* What the library finds wrong in what has the right form. */
static void test_param_nonsense(void **state)
{
    static const char *const specs[] = {"x=int:2..1",           "x=int:1.5..2", "x=float:0..1:log",
                                        "x=int:a..b",           "x=a|a",        "x y=bool",
                                        "x=int:1..2:default=3", "1x=bool"};
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        ecopt_definition *definition =
            read_back(*state, WORDS("-P", specs[i], "-O", "loss=min", "--", "true", "{x}"));
        if (definition)
            print_error("'%s' was taken\n", specs[i]);
        assert_null(definition);
    }
}

static void test_pair_refusals(void **state)
{
    static const struct {
        const char *option, *spec, *said;
    } rows[] = {
        {"-O", "loss", "error: -O: 'loss' is not NAME=goal\n"},
        {"-O", "loss=", "error: -O: 'loss=' is not NAME=goal\n"},
        {"-O", "=min", "error: -O: '=min' is not NAME=goal\n"},
        {"-O", "", "error: -O: '' is not NAME=goal\n"},
        {"-M", "loss", "error: -M: 'loss' is not NAME=regex\n"},
        {"-M", "loss=", "error: -M: 'loss=' is not NAME=regex\n"},
        {"-M", "=x", "error: -M: '=x' is not NAME=regex\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = 0;
        cli_said said;
        char *text = compose(
            *state, WORDS("-P", "x=bool", "-O", "a=min", rows[i].option, rows[i].spec, "--", "t"),
            &code, &said);
        assert_null(text);
        assert_int_equal(code, CLI_EXIT_USAGE);
        assert_string_equal(said.text, rows[i].said);
        cli_said_release(&said);
    }
}

/* Kind of the metric of that name, -1 when the definition has none. */
static int metric_kind(const ecopt_definition *definition, const char *name)
{
    for (size_t i = 0; i < definition->n_metrics; i++)
        if (strcmp(definition->metrics[i].name, name) == 0)
            return (int)definition->metrics[i].kind;
    return -1;
}

static void test_reported_objectives(void **state)
{
    ecopt_ctx *ctx = *state;
    /* Neither built in nor given by -M: the program reports it. */
    ecopt_definition *definition =
        read_back(ctx, WORDS("-P", "x=bool", "-O", "ratio=min", "-O", "energy_j=min", "-O",
                             "accuracy=max", "-M", "accuracy=acc ([0-9.]+)", "--", "t", "{x}"));
    assert_non_null(definition);
    assert_int_equal(definition->n_objectives, 3);
    assert_int_equal(definition->n_metrics, 2);
    assert_int_equal(metric_kind(definition, "ratio"), ECOPT_METRIC_REPORTED);
    assert_int_equal(metric_kind(definition, "accuracy"), ECOPT_METRIC_REGEX);
    assert_int_equal(metric_kind(definition, "energy_j"), -1);
    assert_int_equal(definition->objectives[1].scale, ECOPT_SCALE_LOG);
    assert_int_equal(definition->objectives[0].scale, ECOPT_SCALE_LINEAR);
    ecopt_definition_free(ctx, definition);

    /* Without any -M the section is made; twice the same name is the library's to refuse. */
    definition = read_back(ctx, WORDS("-P", "x=bool", "-O", "a=min", "-O", "b=max", "--", "t"));
    assert_non_null(definition);
    assert_int_equal(definition->n_metrics, 2);
    ecopt_definition_free(ctx, definition);
    assert_null(read_back(ctx, WORDS("-P", "x=bool", "-O", "a=min", "-O", "a=max", "--", "t")));
}

static void test_builtin_objectives(void **state)
{
    ecopt_ctx *ctx = *state;
    static const char *const names[] = {"energy_j",
                                        "time_s",
                                        "evaluate.energy_j",
                                        "evaluate.time_s",
                                        "evaluate.power_w",
                                        "evaluate.cpu_s",
                                        "evaluate.max_rss_b",
                                        "evaluate.j_per_sample",
                                        "evaluate.samples_per_j",
                                        "evaluate.samples_per_s"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char spec[64];
        (void)snprintf(spec, sizeof spec, "%s=min", names[i]);
        ecopt_definition *definition = read_back(ctx, WORDS("-P", "x=bool", "-O", spec, "--", "t"));
        if (!definition)
            print_error("%s: %s\n", names[i], ecopt_ctx_errmsg(ctx));
        assert_non_null(definition);
        assert_int_equal(definition->n_metrics, 0);
        ecopt_definition_free(ctx, definition);
    }
    /* Near to built-in ones: an error with a suggestion, not a metric that never comes. */
    static const char *const slips[] = {"evaluate.energyj=min", "evaluate.time=min",
                                        "evaluate.=min", "carbon_g=min", "evaluate.carbon_g=min"};
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++)
        assert_null(read_back(ctx, WORDS("-P", "x=bool", "-O", slips[i], "--", "t")));
    /* No phase of that name: a name with a dot may be the program's own. */
    ecopt_definition *definition =
        read_back(ctx, WORDS("-P", "x=bool", "-O", "test.accuracy=max", "--", "t"));
    assert_non_null(definition);
    assert_int_equal(definition->n_metrics, 1);
    ecopt_definition_free(ctx, definition);
}

static void test_names(void **state)
{
    static const struct {
        const char *program, *name;
    } rows[] = {{"./train", "train"},
                {"/usr/bin/python3", "python3"},
                {"a b", "a-b"},
                {"x.sh", "x.sh"},
                {"dir/", ""},
                {"run:it", "run-it"},
                {"_under-score", "_under-score"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = 0;
        cli_said said;
        char expected[64];
        char *text = compose(*state, WORDS("-P", "x=bool", "-O", "l=min", "--", rows[i].program),
                             &code, &said);
        assert_int_equal(code, CLI_EXIT_OK);
        (void)snprintf(expected, sizeof expected, "study: \"%s\"\n", rows[i].name);
        assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
        cli_said_release(&said);
        free(text);
    }
}

static void test_command_words(void **state)
{
    ecopt_ctx *ctx = *state;
    /* Each word arrives as it is, whatever YAML would make of it. */
    static const char *const words[] = {
        "true", "no", "1e3", "- x", "# y", "a: b",   "'q'",      "\"qq\"", "\\",  "[x]",
        "&a",   "*b", "!t",  "%d",  "\t",  "l1\nl2", "\xc3\xa9", "$HOME",  "a,b", "?"};
    const char *line[32] = {"-P", "x=bool", "-O", "l=min", "--", "prog"};
    size_t n = sizeof words / sizeof words[0];
    for (size_t i = 0; i < n; i++)
        line[6 + i] = words[i];
    line[6 + n] = NULL;
    ecopt_definition *definition = read_back(ctx, line);
    assert_non_null(definition);
    assert_int_equal(definition->phases[0].n_args, n + 1);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(definition->phases[0].args[1 + i], words[i]);
    ecopt_definition_free(ctx, definition);
}

static void test_what_is_missing(void **state)
{
    static const struct {
        const char *words[8];
        const char *said;
    } rows[] = {
        {{"-P", "x=bool"}, "error: run: -P and -O need a command after '--'\n"},
        {{"-O", "x=min"}, "error: run: -P and -O need a command after '--'\n"},
        {{"-M", "x=y"}, "error: run: -P and -O need a command after '--'\n"},
        {{"--", "true"}, "error: run: a command needs at least one -P and one -O\n"},
        {{"-P", "x=bool", "--", "true"},
         "error: run: a command needs at least one -P and one -O\n"},
        {{"-O", "x=min", "--", "true"}, "error: run: a command needs at least one -P and one -O\n"},
        {{"s.yaml", "-P", "x=bool", "-O", "l=min", "--", "t"},
         "error: run: either a study file or -P, -O and a command, not both\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = 0;
        cli_said said;
        assert_null(compose(*state, rows[i].words, &code, &said));
        assert_int_equal(code, CLI_EXIT_USAGE);
        assert_int_equal(strncmp(said.text, rows[i].said, strlen(rows[i].said)), 0);
        cli_said_release(&said);
    }
}

static void test_settings(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *definition =
        read_back(ctx, WORDS("--name", "n.1", "--seed", "18446744073709551", "--sampler", "random",
                             "-n", "17", "-P", "x=bool", "-O", "l=max", "--", "t"));
    assert_non_null(definition);
    assert_string_equal(definition->name, "n.1");
    assert_true(definition->seed == 18446744073709551ULL);
    assert_string_equal(definition->sampler, "random");
    assert_int_equal(definition->budget.trials, 17);
    assert_int_equal(definition->objectives[0].goal, ECOPT_GOAL_MAX);
    ecopt_definition_free(ctx, definition);
    static const char *const wrong[][2] = {
        {"--name", "a/b"}, {"--name", ""}, {"--sampler", "best"}, {"--sampler", ""}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_null(read_back(
            ctx, WORDS(wrong[i][0], wrong[i][1], "-P", "x=bool", "-O", "l=max", "--", "t")));
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
        cmocka_unit_test(test_param_lines),
        cmocka_unit_test(test_param_refusals),
        cmocka_unit_test(test_param_nonsense),
        cmocka_unit_test(test_pair_refusals),
        cmocka_unit_test(test_reported_objectives),
        cmocka_unit_test(test_builtin_objectives),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_command_words),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_settings),
    };
    return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
