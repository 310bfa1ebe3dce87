/*
 * What the program says, letter by letter: with colour and without, quiet and loud, over a live
 * line, and with texts that would like to steer the terminal.
 */
#include "cli_test.h"
#include "exit_code.h"
#include "message.h"

#include <fcntl.h>
#include <unistd.h>

/* Every kind of message once. */
static void say_all(cli_state *cli)
{
    cli_error(cli, "%s is %d", "this", 1);
    cli_warning(cli, "%s is %d", "that", 2);
    cli_hint(cli, "do %s", "so");
    cli_note(cli, "%s", "by the way");
}

static void test_plain(void **state)
{
    (void)state;
    cli_state cli = {0};
    cli_said said;
    cli_said_start(&said);
    say_all(&cli);
    cli_said_is(&said, "error: this is 1\nwarning: that is 2\n hint: do so\nby the way\n");
}

static void test_colour(void **state)
{
    (void)state;
    cli_state cli = {.has_color = true};
    cli_said said;
    cli_said_start(&said);
    say_all(&cli);
    cli_said_is(&said, "\033[1;31merror: \033[0mthis is 1\n"
                       "\033[1;33mwarning: \033[0mthat is 2\n"
                       "\033[36m hint: \033[0mdo so\n"
                       "by the way\n");
}

static void test_quiet(void **state)
{
    (void)state;
    cli_state cli = {.is_quiet = true};
    cli_said said;
    cli_said_start(&said);
    say_all(&cli);
    cli_said_is(&said, "error: this is 1\n hint: do so\n");
}

static void test_status_line(void **state)
{
    (void)state;
    /* The first message removes the live line, the next ones have nothing to remove. */
    cli_state cli = {.has_status_line = true};
    cli_said said;
    cli_said_start(&said);
    cli_note(&cli, "one");
    cli_note(&cli, "two");
    assert_false(cli.has_status_line);
    cli_said_is(&said, "\r\033[Kone\ntwo\n");
    /* A message that is not said leaves it alone. */
    cli = (cli_state){.has_status_line = true, .is_quiet = true};
    cli_said_start(&said);
    cli_note(&cli, "one");
    cli_warning(&cli, "two");
    assert_true(cli.has_status_line);
    cli_said_is(&said, "");
}

static void test_sanitize(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"tab\tand\nnewline", "tab\tand\nnewline"},
        {"\033[2J", "?[2J"},
        {"a\rb", "a?b"},
        {"\a\b\v\f", "????"},
        {"\x7f", "?"},
        {"\xc3\xa9", "\xc3\xa9"}, /* UTF-8 stays */
        {"\x01\x1f ", "?? "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i].text);
        cli_sanitize(text);
        assert_string_equal(text, rows[i].clean);
    }
    cli_state cli = {0};
    cli_said said;
    cli_said_start(&said);
    cli_error(&cli, "there is no file '%s'", "\033]0;owned\a");
    cli_said_is(&said, "error: there is no file '?]0;owned?'\n");
}

static void test_long(void **state)
{
    (void)state;
    /* No limit on the length of a message. */
    char *text = malloc(100001);
    assert_non_null(text);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    cli_state cli = {0};
    cli_said said;
    cli_said_start(&said);
    cli_note(&cli, "%s", text);
    cli_said_stop(&said);
    assert_int_equal(said.length, 100001);
    cli_said_release(&said);
    free(text);
}

static void test_wants_color(void **state)
{
    (void)state;
    static const struct {
        const char *mode, *no_color, *term;
        bool wants;
    } rows[] = {
        {"always", NULL, "dumb", true},  {"always", "1", "dumb", true},
        {"never", NULL, "xterm", false}, {"auto", NULL, "xterm", false},
        {"auto", "1", "xterm", false},   {NULL, NULL, "xterm", false},
        {"auto", "", NULL, false},
    };
    int ends[2];
    assert_int_equal(pipe(ends), 0); /* no terminal: auto is never */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].no_color)
            assert_int_equal(setenv("NO_COLOR", rows[i].no_color, 1), 0);
        else
            assert_int_equal(unsetenv("NO_COLOR"), 0);
        if (rows[i].term)
            assert_int_equal(setenv("TERM", rows[i].term, 1), 0);
        else
            assert_int_equal(unsetenv("TERM"), 0);
        assert_int_equal(cli_wants_color(rows[i].mode, ends[1]), rows[i].wants);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(unsetenv("NO_COLOR"), 0);
}

static void test_terminal_color(void **state)
{
    (void)state;
    int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0)
        skip();
    assert_int_equal(setenv("TERM", "xterm", 1), 0);
    assert_true(cli_wants_color("auto", terminal));
    assert_true(cli_wants_color(NULL, terminal));
    assert_false(cli_wants_color("never", terminal));
    assert_int_equal(setenv("NO_COLOR", "", 1), 0); /* empty counts as not set */
    assert_true(cli_wants_color("auto", terminal));
    assert_int_equal(setenv("NO_COLOR", "0", 1), 0);
    assert_false(cli_wants_color("auto", terminal));
    assert_int_equal(unsetenv("NO_COLOR"), 0);
    assert_int_equal(setenv("TERM", "dumb", 1), 0);
    assert_false(cli_wants_color("auto", terminal));
    (void)close(terminal);
}

static void test_fail(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    cli_state cli = {.ctx = ctx};
    cli_said said;
    ecopt_definition *definition = NULL;
    /* The context's own words where there are some, the status' otherwise. */
    assert_status(ctx, ecopt_definition_load(ctx, "/nonexistent.yaml", NULL, NULL, &definition),
                  ECOPT_E_NOT_FOUND);
    cli_said_start(&said);
    assert_int_equal(cli_fail(&cli, ECOPT_E_NOT_FOUND), CLI_EXIT_USAGE);
    cli_said_stop(&said);
    assert_non_null(strstr(said.text, "error: "));
    assert_non_null(strstr(said.text, "/nonexistent.yaml"));
    cli_said_release(&said);
    ecopt_ctx_free(ctx);

    cli.ctx = eco_test_ctx();
    static const ecopt_status statuses[] = {ECOPT_E_IO, ECOPT_E_NOMEM, ECOPT_E_STORE_LOCKED,
                                            ECOPT_E_METER_NONE, ECOPT_E_CONFIG};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        char expected[256];
        cli_said_start(&said);
        assert_int_equal(cli_fail(&cli, statuses[i]), cli_exit_of_status(statuses[i]));
        (void)snprintf(expected, sizeof expected, "error: %s\n", ecopt_status_message(statuses[i]));
        cli_said_is(&said, expected);
    }
    ecopt_ctx_free(cli.ctx);
}

static void test_every_status_has_a_code(void **state)
{
    (void)state;
    /* No status is taken for success; all fall into the documented codes. */
    for (int status = -1; status > -200; status--) {
        int code = cli_exit_of_status((ecopt_status)status);
        assert_true(code == CLI_EXIT_ERROR || code == CLI_EXIT_USAGE || code == CLI_EXIT_METER ||
                    code == CLI_EXIT_LOCKED || code == CLI_EXIT_INTERRUPTED);
    }
    assert_int_equal(cli_exit_of_status(ECOPT_OK), CLI_EXIT_OK);
}

static void test_diagnostic_forms(void **state)
{
    (void)state;
    char source[300];
    memset(source, 's', sizeof source - 1);
    source[sizeof source - 1] = '\0';
    ecopt_diagnostic diagnostic = {.is_error = true,
                                   .file = "f.yaml",
                                   .line = 3,
                                   .column = 5,
                                   .key = "",
                                   .message = "no\033[2J",
                                   .hint = "",
                                   .source = "\ta: \x01"};
    cli_state cli = {.has_color = true};
    cli_said said;
    cli_said_start(&said);
    cli_diagnostic(&cli, &diagnostic);
    cli_said_is(&said, "\033[1;31merror: \033[0mno?[2J\n   --> f.yaml:3:5\n    |   \ta: ?\n");
    /* A long line is cut and says so. */
    diagnostic.source = source;
    cli.has_color = false;
    cli_said_start(&said);
    cli_diagnostic(&cli, &diagnostic);
    cli_said_stop(&said);
    const char *shown = strstr(said.text, "    |   ");
    assert_non_null(shown);
    assert_int_equal(strlen(shown), strlen("    |   ") + 99 + strlen("...\n"));
    cli_said_release(&said);
}

static void test_log(void **state)
{
    (void)state;
    static const struct {
        ecopt_log_level level;
        bool is_quiet, is_verbose;
        const char *said;
    } rows[] = {
        {ECOPT_LOG_ERROR, false, false, "warning: m\n"},
        {ECOPT_LOG_ERROR, true, false, ""},
        {ECOPT_LOG_WARNING, false, false, "warning: m\n"},
        {ECOPT_LOG_WARNING, true, true, ""},
        {ECOPT_LOG_INFO, false, false, ""},
        {ECOPT_LOG_INFO, false, true, "info: m\n"},
        {ECOPT_LOG_DEBUG, false, true, "debug: m\n"},
        {ECOPT_LOG_DEBUG, true, true, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cli_state cli = {.is_quiet = rows[i].is_quiet, .is_verbose = rows[i].is_verbose};
        cli_said said;
        cli_said_start(&said);
        cli_log(&cli, rows[i].level, "m");
        cli_said_is(&said, rows[i].said);
    }
}

static void test_screen_lock(void **state)
{
    (void)state;
    /* Without a second thread there is nothing to lock; with one, locks may be nested. */
    cli_state cli = {0};
    cli_screen_lock(&cli);
    cli_screen_unlock(&cli);
    pthread_mutexattr_t kind;
    pthread_mutex_t mutex;
    assert_int_equal(pthread_mutexattr_init(&kind), 0);
    assert_int_equal(pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE), 0);
    assert_int_equal(pthread_mutex_init(&mutex, &kind), 0);
    cli.screen = &mutex;
    cli_said said;
    cli_said_start(&said);
    cli_screen_lock(&cli);
    cli_note(&cli, "within");
    cli_screen_unlock(&cli);
    cli_said_is(&said, "within\n");
    assert_int_equal(pthread_mutex_trylock(&mutex), 0);
    assert_int_equal(pthread_mutex_unlock(&mutex), 0);
    (void)pthread_mutex_destroy(&mutex);
    (void)pthread_mutexattr_destroy(&kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_status_line),
        cmocka_unit_test(test_sanitize),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_wants_color),
        cmocka_unit_test(test_terminal_color),
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_every_status_has_a_code),
        cmocka_unit_test(test_diagnostic_forms),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_screen_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
