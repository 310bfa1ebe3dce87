/* How many jobs are asked for, and what becomes of a worker that has ended. */
#include "cli_test.h"
#include "jobs.h"

#include <sys/wait.h>

static const cli_option options[] = {{"jobs", 'j', CLI_TEXT, "N", NULL, "jobs"}, {0}};

/* The number that a text comes to, 0 when it is refused. */
static size_t count(const char *text, const char *expected_message)
{
    const cli_syntax syntax = {options, false};
    cli_state cli = {0};
    cli_args args;
    cli_said said;
    size_t n = 0;
    char word[] = "-j", value[32];
    char *argv[] = {word, value, NULL};
    (void)snprintf(value, sizeof value, "%s", text ? text : "");
    assert_int_equal(cli_args_parse(&cli, &syntax, text ? 2 : 0, argv, 0, &args), CLI_EXIT_OK);
    cli_said_start(&said);
    int code = cli_jobs_count(&cli, &args, &n);
    cli_said_is(&said, expected_message);
    assert_int_equal(code, n > 0 ? CLI_EXIT_OK : CLI_EXIT_USAGE);
    cli_args_release(&args);
    return n;
}

static void test_jobs_are_counted(void **state)
{
    (void)state;
    assert_int_equal(count(NULL, ""), 1);
    assert_int_equal(count("1", ""), 1);
    assert_int_equal(count("256", ""), 256);
    assert_int_equal(count("-1", "error: --jobs: '-1' is not a whole number from 1 to 256\n"), 0);
    assert_int_equal(count("0", "error: --jobs: '0' is not a whole number from 1 to 256\n"), 0);
    assert_int_equal(count("257", "error: --jobs: '257' is not a whole number from 1 to 256\n"), 0);
    assert_int_equal(count("2x", "error: --jobs: '2x' is not a whole number from 1 to 256\n"), 0);
}

/* Linux: the signal in the low bits, the exit code in the byte above. */
#define KILLED     9
#define LEFT(code) ((code) << 8)

static void test_who_leaves_is_not_started_again(void **state)
{
    (void)state;
    int deaths = 2;
    for (int code = 0; code < 4; code++)
        assert_int_equal(cli_job_judge(LEFT(code), 0.1, &deaths), CLI_JOB_OVER);
    assert_int_equal(deaths, 2);
}

static void test_deaths_in_a_row_are_counted(void **state)
{
    (void)state;
    int deaths = 0;
    for (int k = 1; k < CLI_JOBS_DEATHS_MAX; k++) {
        assert_int_equal(cli_job_judge(KILLED, 0.1, &deaths), CLI_JOB_AGAIN);
        assert_int_equal(deaths, k);
    }
    assert_int_equal(cli_job_judge(KILLED, 0.1, &deaths), CLI_JOB_GONE);
}

/* Once in a day, for a month: it is always started again. */
static void test_a_long_life_makes_up_for_deaths(void **state)
{
    (void)state;
    int deaths = 0;
    for (int day = 0; day < 30; day++)
        assert_int_equal(cli_job_judge(KILLED, 86400, &deaths), CLI_JOB_AGAIN);
    assert_int_equal(deaths, 1);
    assert_int_equal(cli_job_judge(KILLED, CLI_JOBS_SOON_S - 0.01, &deaths), CLI_JOB_AGAIN);
    assert_int_equal(deaths, 2);
    assert_int_equal(cli_job_judge(KILLED, CLI_JOBS_SOON_S, &deaths), CLI_JOB_AGAIN);
    assert_int_equal(deaths, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs_are_counted),
        cmocka_unit_test(test_who_leaves_is_not_started_again),
        cmocka_unit_test(test_deaths_in_a_row_are_counted),
        cmocka_unit_test(test_a_long_life_makes_up_for_deaths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
