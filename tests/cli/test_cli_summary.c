/*
 * The last words of a run, and the warnings of programs that are not there.
 */
#include "cli_test.h"
#include "exit_code.h"
#include "program_check.h"
#include "run_summary.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- summaries ---- */

static ecopt_trial some_trial(int64_t id, ecopt_trial_state state, const char *reason)
{
    return (ecopt_trial){.id = id, .state = state, .reason = reason, .origin = "sobol"};
}

static ecopt_snapshot some_snapshot(const ecopt_trial *trials, size_t n)
{
    return (ecopt_snapshot){.name = "s",
                            .n_trials = n,
                            .trials = trials,
                            .spent_energy_j = 3210.0,
                            .spent_time_s = 245.0};
}

static void test_count(void **state)
{
    (void)state;
    const ecopt_trial trials[] = {some_trial(1, ECOPT_TRIAL_COMPLETE, ""),
                                  some_trial(2, ECOPT_TRIAL_FAILED, "x"),
                                  some_trial(3, ECOPT_TRIAL_COMPLETE, "")};
    const ecopt_snapshot snapshot = some_snapshot(trials, 3);
    assert_int_equal(cli_count_trials(&snapshot, ECOPT_TRIAL_COMPLETE), 2);
    assert_int_equal(cli_count_trials(&snapshot, ECOPT_TRIAL_FAILED), 1);
    assert_int_equal(cli_count_trials(&snapshot, ECOPT_TRIAL_RUNNING), 0);
    const ecopt_snapshot empty = some_snapshot(NULL, 0);
    assert_int_equal(cli_count_trials(&empty, ECOPT_TRIAL_COMPLETE), 0);
}

static void test_summary(void **state)
{
    (void)state;
    const ecopt_trial trials[] = {some_trial(1, ECOPT_TRIAL_COMPLETE, ""),
                                  some_trial(2, ECOPT_TRIAL_FAILED, "x"),
                                  some_trial(3, ECOPT_TRIAL_INFEASIBLE, "large")};
    cli_state cli = {0};
    cli_said said;
    ecopt_definition definition = {.budget = {.carbon_g = INFINITY}};
    ecopt_snapshot snapshot = some_snapshot(trials, 3);

    /* The front that was printed above has told the trials by state. */
    cli_said_start(&said);
    cli_say_summary(&cli, &definition, &snapshot, ECOPT_STOP_TRIALS, true);
    cli_said_is(&said, "trial budget spent; 3210 J in 4 min 05 s\n");
    cli_said_start(&said);
    cli_say_summary(&cli, &definition, &snapshot, ECOPT_STOP_INTERRUPTED, false);
    cli_said_is(&said, "interrupted; 1 trial complete, 1 failed, 1 infeasible; "
                       "3210 J in 4 min 05 s\n");
    /* One and many; what did not happen is not told; nothing metered, no joules. */
    snapshot = some_snapshot(trials, 1);
    snapshot.spent_energy_j = NAN;
    cli_said_start(&said);
    cli_say_summary(&cli, &definition, &snapshot, ECOPT_STOP_TIME, false);
    cli_said_is(&said, "time budget spent; 1 trial complete; 4 min 05 s\n");
    snapshot.n_trials = 0;
    cli_said_start(&said);
    cli_say_summary(&cli, &definition, &snapshot, ECOPT_STOP_ENERGY, false);
    cli_said_is(&said, "energy budget spent; 0 trials complete; 4 min 05 s\n");
    /* That too many failed is an error, and not said twice. */
    snapshot = some_snapshot(trials, 2);
    cli_said_start(&said);
    cli_say_summary(&cli, &definition, &snapshot, ECOPT_STOP_FAILURES, true);
    cli_said_is(&said, "1 trial complete, 1 failed; 3210 J in 4 min 05 s\n");
    /* 3210 J at 300 g and 0.2 GBP per kWh, half as much again for the building. */
    definition.carbon = (ecopt_carbon){.is_set = true,
                                       .intensity_g_per_kwh = 300,
                                       .pue = 1.5,
                                       .price_per_kwh = 0.2,
                                       .currency = "GBP"};
    definition.budget.carbon_g = 100;
    definition.budget.money = 5;
    snapshot = some_snapshot(trials, 3);
    cli_said_start(&said);
    cli_say_summary(&cli, &definition, &snapshot, ECOPT_STOP_CARBON, true);
    cli_said_is(&said, "carbon budget spent; 3210 J in 4 min 05 s, 0.401 of 100 g, "
                       "0.000268 of 5 GBP\n");
    cli.is_quiet = true;
    cli_said_start(&said);
    cli_say_summary(&cli, &definition, &snapshot, ECOPT_STOP_TRIALS, true);
    cli_said_is(&said, "");
}

/* Says the failure of a run of these trials. */
#define AGAIN " hint: when it is mended, 'ecopt run --retry-failed' tries them again\n"

static void expect_failure(const ecopt_trial *trials, size_t n, const char *dir, int code,
                           const char *expected)
{
    const ecopt_snapshot snapshot = some_snapshot(trials, n);
    cli_state cli = {.is_quiet = true}; /* errors are said in any case */
    cli_said said;
    cli_said_start(&said);
    cli_say_failure(&cli, &snapshot, dir, code);
    cli_said_is(&said, expected);
}

static void test_failures(void **state)
{
    (void)state;
    const ecopt_trial same[] = {some_trial(1, ECOPT_TRIAL_FAILED, "no './x'"),
                                some_trial(2, ECOPT_TRIAL_FAILED, "no './x'")};
    const ecopt_trial other[] = {some_trial(1, ECOPT_TRIAL_FAILED, "no data for 1"),
                                 some_trial(2, ECOPT_TRIAL_FAILED, "no data for 2")};
    const ecopt_trial mixed[] = {some_trial(1, ECOPT_TRIAL_COMPLETE, ""),
                                 some_trial(2, ECOPT_TRIAL_FAILED, "out of memory")};
    const ecopt_trial mute[] = {some_trial(1, ECOPT_TRIAL_FAILED, "")};
    expect_failure(same, 2, "/s", CLI_EXIT_OK, "");
    expect_failure(same, 2, "/s", CLI_EXIT_INTERRUPTED, "");
    expect_failure(same, 2, "/s", CLI_EXIT_FAILURES,
                   "error: too many trials failed: no './x'\n" AGAIN);
    expect_failure(same, 2, "/s", CLI_EXIT_INFEASIBLE,
                   "error: no trial is complete and feasible: no './x'\n");
    expect_failure(other, 2, "/s", CLI_EXIT_FAILURES,
                   "error: too many trials failed; trial 1: no data for 1\n" AGAIN);
    expect_failure(mixed, 2, "/s", CLI_EXIT_FAILURES,
                   "error: too many trials failed: out of memory\n" AGAIN);
    /* The complete trial missed a constraint: the failure is not what there is to mend. */
    expect_failure(mixed, 2, "/s", CLI_EXIT_INFEASIBLE,
                   "error: no trial is complete and feasible\n");
    expect_failure(mixed, 2, "/s", CLI_EXIT_BUDGET,
                   "error: the budget was spent before the initial trials were complete\n");
    expect_failure(mute, 1, "/s", CLI_EXIT_FAILURES, "error: too many trials failed\n" AGAIN);
    expect_failure(NULL, 0, "/s", CLI_EXIT_INFEASIBLE,
                   "error: no trial is complete and feasible\n");
}

static void test_log_of_failure(void **state)
{
    (void)state;
    static char dir[256], here[512], expected[1024];
    eco_test_temp_dir(dir);
    eco_test_write_file(dir, "trials/0001/train.out", "epoch 1\n");
    eco_test_write_file(dir, "trials/0001/train.err", "no data\n");
    eco_test_write_file(dir, "trials/0002/train.out", "usage\n");
    eco_test_write_file(dir, "trials/0002/train.err", "");
    eco_test_write_file(dir, "trials/0003/train.out", "");
    const ecopt_phase_record phases[] = {{.phase = "prepare"}, {.phase = "train"}};
    ecopt_trial trial = some_trial(1, ECOPT_TRIAL_FAILED, "exit status 1");
    trial.phases = phases;
    trial.n_phases = 2;
    trial.dir = "trials/0001";
    (void)snprintf(expected, sizeof expected,
                   "error: too many trials failed: exit status 1\n"
                   " hint: see %s/trials/0001/train.err\n" AGAIN,
                   dir);
    expect_failure(&trial, 1, dir, CLI_EXIT_FAILURES, expected);
    trial.dir = "trials/0002"; /* it said why on stdout */
    (void)snprintf(expected, sizeof expected,
                   "error: too many trials failed: exit status 1\n"
                   " hint: see %s/trials/0002/train.out\n" AGAIN,
                   dir);
    expect_failure(&trial, 1, dir, CLI_EXIT_FAILURES, expected);
    trial.dir = "trials/0003"; /* it said nothing */
    expect_failure(&trial, 1, dir, CLI_EXIT_FAILURES,
                   "error: too many trials failed: exit status 1\n" AGAIN);
    trial.dir = NULL; /* it never had a folder */
    expect_failure(&trial, 1, dir, CLI_EXIT_FAILURES,
                   "error: too many trials failed: exit status 1\n" AGAIN);
    trial.dir = "trials/0001";
    trial.n_phases = 0; /* no phase began */
    expect_failure(&trial, 1, dir, CLI_EXIT_FAILURES,
                   "error: too many trials failed: exit status 1\n" AGAIN);

    /* Below the current folder the short name is the one to type. */
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(dir), 0);
    trial.n_phases = 2;
    static char absolute[600];
    assert_non_null(getcwd(absolute, sizeof absolute - 10));
    (void)snprintf(absolute + strlen(absolute), 10, "/s.ecopt");
    eco_test_write_file(absolute, "trials/0001/train.err", "no data\n");
    expect_failure(&trial, 1, absolute, CLI_EXIT_FAILURES,
                   "error: too many trials failed: exit status 1\n"
                   " hint: see s.ecopt/trials/0001/train.err\n" AGAIN);
    assert_int_equal(chdir(here), 0);
    eco_test_remove_dir(dir);
}

/* ---- programs ---- */

/* Warnings for one phase of that program in `dir`. */
static void expect_program(const char *dir, const char *program, const char *const *env,
                           const char *expected)
{
    const char *args[] = {program, "{x}"};
    const ecopt_phase phase = {.name = "train", .n_args = 2, .args = args};
    ecopt_definition definition = {.dir = dir, .n_phases = 1, .phases = &phase};
    definition.env = env;
    definition.n_env = env ? 1 : 0;
    cli_state cli = {0};
    cli_said said;
    cli_said_start(&said);
    size_t n = cli_program_check(&cli, &definition);
    cli_said_stop(&said);
    if (strcmp(said.text, expected) != 0)
        print_error("%s: %s", program, said.text);
    assert_string_equal(said.text, expected);
    assert_int_equal(n, expected[0] ? 1 : 0);
    cli_said_release(&said);
}

static void make_program(const char *dir, const char *name, unsigned mode)
{
    static char path[600];
    eco_test_write_file(dir, name, "#!/bin/sh\n");
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
}

static void test_programs_by_name(void **state)
{
    (void)state;
    static char dir[256], path[600], text[1200];
    eco_test_temp_dir(dir);
    make_program(dir, "good", 0755);
    make_program(dir, "plain", 0644);
    make_program(dir, "bin/inner", 0755);
    expect_program(dir, "./good", NULL, "");
    expect_program(dir, "bin/inner", NULL, "");
    expect_program(dir, "bin/../good", NULL, "");
    expect_program(dir, "./plain", NULL, "warning: command.train: './plain' is not executable\n");
    expect_program(dir, "./bin", NULL, "warning: command.train: './bin' is not executable\n");
    (void)snprintf(text, sizeof text,
                   "warning: command.train: there is no program './none' in '%s'\n", dir);
    expect_program(dir, "./none", NULL, text);
    (void)snprintf(path, sizeof path, "%s/good", dir);
    expect_program("/nonexistent", path, NULL, "");
    (void)snprintf(path, sizeof path, "%s/none", dir);
    (void)snprintf(text, sizeof text, "warning: command.train: there is no program '%s'\n", path);
    expect_program(dir, path, NULL, text);
    /* Known only in a trial. */
    expect_program(dir, "./{x}", NULL, "");
    expect_program(dir, "{study.dir}/none", NULL, "");
    expect_program(dir, "", NULL, "");
    eco_test_remove_dir(dir);
}

static void test_programs_on_path(void **state)
{
    (void)state;
    static char dir[256], list[1024];
    const char *env[] = {"PATH={study.dir}/bin"};
    const char *other_env[] = {"PATHS=x"};
    eco_test_temp_dir(dir);
    make_program(dir, "good", 0755);
    make_program(dir, "plain", 0644);
    make_program(dir, "bin/inner", 0755);
    char *kept = getenv("PATH") ? strdup(getenv("PATH")) : NULL;

    (void)snprintf(list, sizeof list, "/nonexistent:%s", dir);
    assert_int_equal(setenv("PATH", list, 1), 0);
    expect_program("/", "good", NULL, "");
    expect_program("/", "plain", NULL, "warning: command.train: 'plain' is not executable\n");
    expect_program("/", "none", NULL,
                   "warning: command.train: there is no program 'none' on PATH\n");
    expect_program("/", "none", other_env,
                   "warning: command.train: there is no program 'none' on PATH\n");
    expect_program("/", "none", env, ""); /* the study sets its own PATH */
    /* Entries that are relative or empty are seen from the study's folder. */
    assert_int_equal(setenv("PATH", "bin", 1), 0);
    expect_program(dir, "inner", NULL, "");
    expect_program("/", "inner", NULL,
                   "warning: command.train: there is no program 'inner' on PATH\n");
    assert_int_equal(setenv("PATH", "/nonexistent:", 1), 0);
    expect_program(dir, "good", NULL, "");
    /* A program on a later entry wins over a file that is none on an earlier one. */
    make_program(dir, "first/twice", 0644);
    make_program(dir, "second/twice", 0755);
    assert_int_equal(setenv("PATH", "first:second", 1), 0);
    expect_program(dir, "twice", NULL, "");
    assert_int_equal(unsetenv("PATH"), 0);
    expect_program(dir, "sh", NULL, "");
    if (kept)
        assert_int_equal(setenv("PATH", kept, 1), 0);
    free(kept);
    eco_test_remove_dir(dir);
}

static void test_programs_of_all_phases(void **state)
{
    (void)state;
    const char *one[] = {"./one"};
    const char *two[] = {"/nonexistent/two"};
    const ecopt_phase phases[] = {{.name = "train", .n_args = 1, .args = one},
                                  {.name = "empty"},
                                  {.name = "test", .n_args = 1, .args = two}};
    const ecopt_definition definition = {.dir = "/nonexistent", .n_phases = 3, .phases = phases};
    cli_state cli = {0};
    cli_said said;
    cli_said_start(&said);
    assert_int_equal(cli_program_check(&cli, &definition), 2);
    cli_said_is(&said, "warning: command.train: there is no program './one' in '/nonexistent'\n"
                       "warning: command.test: there is no program '/nonexistent/two'\n");
    cli.is_quiet = true;
    cli_said_start(&said);
    assert_int_equal(cli_program_check(&cli, &definition), 2);
    cli_said_is(&said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_log_of_failure),
        cmocka_unit_test(test_programs_by_name),
        cmocka_unit_test(test_programs_on_path),
        cmocka_unit_test(test_programs_of_all_phases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
