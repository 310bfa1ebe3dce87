/*
 * Option tables against command lines; exit codes of statuses and runs.
 */
#include "commands.h"
#include "exit_code.h"
#include "metric_words.h"
#include "options.h"
#include "support/eco_test.h"

#include <stdlib.h>

static const cli_option options[] = {
    {"trials", 'n', CLI_COUNT, "N", NULL, "count"},
    {"time", 0, CLI_TIME, "TIME", NULL, "time"},
    {"energy", 0, CLI_ENERGY, "E", NULL, "energy"},
    {"format", 0, CLI_CHOICE, "F", "table csv json", "choice"},
    {"output", 'o', CLI_FILE, "FILE", NULL, "file"},
    {"force", 'f', CLI_FLAG, NULL, NULL, "flag"},
    {"param", 'P', CLI_TEXT, "SPEC", NULL, "text"},
    {0},
};

/* Messages of refusals would only clutter the test's output. */
static FILE *silence(void)
{
    FILE *kept = stderr;
    stderr = fopen("/dev/null", "w");
    assert_non_null(stderr);
    return kept;
}

static void unsilence(FILE *kept)
{
    (void)fclose(stderr);
    stderr = kept;
}

/* Splits `line` at blanks and parses it. */
static int parse(const char *line, bool runs_command, cli_args *ret_args, char *copy, size_t room)
{
    static char *words[32];
    const cli_syntax syntax = {options, runs_command};
    cli_state cli = {0};
    int n = 0;
    (void)snprintf(copy, room, "%s", line);
    for (char *word = copy; *word && n < 31;) {
        words[n++] = word;
        word += strcspn(word, " ");
        if (*word)
            *word++ = '\0';
    }
    words[n] = NULL;
    FILE *kept = silence();
    int code = cli_args_parse(&cli, &syntax, n, words, 0, ret_args);
    unsilence(kept);
    return code;
}

static void test_forms(void **state)
{
    (void)state;
    char copy[256];
    cli_args args;
    assert_int_equal(
        parse("-n5 --time=2min a --energy 3kJ -qf --output out b", false, &args, copy, sizeof copy),
        CLI_EXIT_OK);
    assert_int_equal(cli_args_count(&args, "trials", 1), 5);
    assert_close(cli_args_time_s(&args, "time", 1.0), 120.0, 0.0, 0.0);
    assert_close(cli_args_energy_j(&args, "energy", 1.0), 3000.0, 0.0, 0.0);
    assert_true(cli_args_has(&args, "quiet") && cli_args_has(&args, "force"));
    assert_false(cli_args_has(&args, "verbose"));
    assert_string_equal(cli_args_text(&args, "output"), "out");
    assert_int_equal(args.n_operands, 2);
    assert_string_equal(args.operands[1], "b");
    assert_int_equal(args.n_command, 0);
    assert_null(cli_args_text(&args, "param"));
    cli_args_release(&args);
}

static void test_defaults_and_last_wins(void **state)
{
    (void)state;
    char copy[256];
    cli_args args;
    assert_int_equal(parse("-P a=1 -P b=2 -n 3 --trials 4", false, &args, copy, sizeof copy), 0);
    assert_string_equal(cli_args_text(&args, "param"), "b=2");
    assert_int_equal(args.n_settings, 4);
    assert_string_equal(args.settings[0].text, "a=1");
    assert_int_equal(cli_args_count(&args, "trials", 1), 4);
    assert_close(cli_args_time_s(&args, "time", 7.0), 7.0, 0.0, 0.0);
    assert_close(cli_args_energy_j(&args, "energy", 8.0), 8.0, 0.0, 0.0);
    cli_args_release(&args);
    assert_int_equal(parse("", false, &args, copy, sizeof copy), 0);
    assert_int_equal(cli_args_count(&args, "trials", 9), 9);
    cli_args_release(&args);
}

static void test_command(void **state)
{
    (void)state;
    char copy[256];
    cli_args args;
    assert_int_equal(parse("-f x -- prog -n --bad", false, &args, copy, sizeof copy), 0);
    assert_int_equal(args.n_operands, 1);
    assert_int_equal(args.n_command, 3);
    assert_string_equal(args.command[2], "--bad");
    assert_null(args.command[3]);
    cli_args_release(&args);
    /* The first word that is no option starts the command. */
    assert_int_equal(parse("-f prog -n --bad", true, &args, copy, sizeof copy), 0);
    assert_int_equal(args.n_command, 3);
    assert_int_equal(args.n_operands, 0);
    cli_args_release(&args);
    /* A lone dash is a file name. */
    assert_int_equal(parse("-o - -", false, &args, copy, sizeof copy), 0);
    assert_string_equal(args.operands[0], "-");
    cli_args_release(&args);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "--nope",         "-x",           "--force=yes",
        "--trials",       "-n",           "--trials=",
        "--trials -1",    "--trials 1.5", "-n five",
        "--time 5parsec", "--energy 5",   "--format xml",
        "--format=",      "--output=",    "-qx",
        "--=1",           "---",          "--trials 99999999999999999999",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char copy[256];
        cli_args args;
        int code = parse(lines[i], false, &args, copy, sizeof copy);
        if (code != CLI_EXIT_USAGE)
            print_error("'%s' gave %d\n", lines[i], code);
        assert_int_equal(code, CLI_EXIT_USAGE);
        cli_args_release(&args);
    }
}

static void test_tables(void **state)
{
    (void)state;
    /* What help, completion and the parser rely on. */
    for (const cli_command *command = cli_commands; command->name; command++) {
        assert_non_null(command->run);
        assert_true(command->summary[0] != '\0' && strlen(command->summary) < 64);
        assert_ptr_equal(cli_command_find(command->name), command);
        for (const cli_option *option = command->syntax.options; option->name; option++) {
            assert_true((option->form == CLI_FLAG) == (option->value == NULL));
            assert_true((option->form == CLI_CHOICE) == (option->choices != NULL));
            assert_true(strlen(option->help) <= 52); /* 80 columns in help */
            for (const cli_option *other = cli_common_options; other->name; other++) {
                assert_string_not_equal(option->name, other->name);
                assert_true(option->letter == 0 || option->letter != other->letter);
            }
            for (const cli_option *other = command->syntax.options; other != option; other++) {
                assert_string_not_equal(option->name, other->name);
                assert_true(option->letter == 0 || option->letter != other->letter);
            }
        }
    }
    assert_null(cli_command_find("rum"));
}

static void test_exit_of_status(void **state)
{
    (void)state;
    static const struct {
        ecopt_status status;
        int code;
    } rows[] = {
        {ECOPT_OK, 0},
        {ECOPT_E_CONFIG, 2},
        {ECOPT_E_PARSE, 2},
        {ECOPT_E_NAME, 2},
        {ECOPT_E_RANGE, 2},
        {ECOPT_E_NOT_FOUND, 2},
        {ECOPT_E_IO, 1},
        {ECOPT_E_NOMEM, 1},
        {ECOPT_E_SPAWN, 1},
        {ECOPT_E_INTERNAL, 1},
        {ECOPT_E_STORE, 1},
        {ECOPT_E_STORE_FULL, 1},
        {ECOPT_E_STORE_CORRUPT, 1},
        {ECOPT_E_METER_NONE, 6},
        {ECOPT_E_METER_PERM, 6},
        {ECOPT_E_METER_REQUIRE, 6},
        {ECOPT_E_STORE_LOCKED, 7},
        {ECOPT_E_STORE_VERSION, 7},
        {ECOPT_E_STORE_MISMATCH, 7},
        {ECOPT_E_INTERRUPTED, 130},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(cli_exit_of_status(rows[i].status), rows[i].code);
}

static void test_exit_of_run(void **state)
{
    (void)state;
    static const struct {
        cli_run_result result;
        int code;
    } rows[] = {
        {{ECOPT_STOP_TRIALS, 3, 10, 6}, 0},       {{ECOPT_STOP_TRIALS, 0, 10, 6}, 3},
        {{ECOPT_STOP_EXHAUSTED, 1, 1, 6}, 0}, /* a space of one point is no failure */
        {{ECOPT_STOP_EXHAUSTED, 0, 0, 6}, 3},     {{ECOPT_STOP_FAILURES, 2, 3, 6}, 4},
        {{ECOPT_STOP_ENERGY, 2, 5, 6}, 5},        {{ECOPT_STOP_ENERGY, 2, 6, 6}, 0},
        {{ECOPT_STOP_TIME, 0, 5, 6}, 5},          {{ECOPT_STOP_TIME, 0, 7, 6}, 3},
        {{ECOPT_STOP_INTERRUPTED, 2, 9, 6}, 130},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(cli_exit_of_run(&rows[i].result), rows[i].code);
}

static int read_words(const char *first, const char *second, ecopt_metric_value **ret, size_t *n)
{
    char a[64], b[64];
    (void)snprintf(a, sizeof a, "%s", first);
    (void)snprintf(b, sizeof b, "%s", second);
    char *words[] = {a, b};
    cli_state cli = {0};
    FILE *kept = silence();
    int code = cli_metric_words(&cli, words, 2, ret, n);
    unsilence(kept);
    return code;
}

static void test_metric_words(void **state)
{
    (void)state;
    ecopt_metric_value *metrics = NULL;
    size_t n = 0;
    assert_int_equal(read_words("accuracy=0.93", "loss=-1e-3", &metrics, &n), 0);
    assert_int_equal(n, 2);
    assert_string_equal(metrics[0].name, "accuracy");
    assert_close(metrics[1].value, -1e-3, 0.0, 0.0);
    assert_true(isnan(metrics[1].u95));
    cli_metric_words_free(metrics, n);

    static const char *const bad[] = {"accuracy", "=1", "a=", "a=nan", "a=1x", "a=inf", "b=2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        metrics = NULL;
        assert_int_equal(read_words("b=1", bad[i], &metrics, &n), CLI_EXIT_USAGE);
        assert_null(metrics);
    }
    cli_metric_words_free(NULL, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),       cmocka_unit_test(test_defaults_and_last_wins),
        cmocka_unit_test(test_command),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_tables),      cmocka_unit_test(test_exit_of_status),
        cmocka_unit_test(test_exit_of_run), cmocka_unit_test(test_metric_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
