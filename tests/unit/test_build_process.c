/*
 * What is wrong with `retries`, `resources`, `inherit_env`, `secrets` and
 * `budget.consecutive_failures`, and what a right file comes to.
 */
#include "support/config_probe.h"
#include "support/eco_test.h"

static void retries(void **state)
{
    static const eco_probe_case cases[] = {
        {"retries: {signal: 2, lost: 0, exit: 100}", ""},
        {"retries:", ""},
        {"retries: {declared: 1}",
         "error 1:11 retries.declared | there is no key 'declared' here | allowed are exit, "
         "signal, "
         "timeout, memory, start, no_metric, not_a_number, meter, lost\n"},
        {"retries: {exit: -1}", "error 1:17 retries.exit | exit (-1) must lie between 0 and 100 | "
                                "0: such a trial is not run again\n"},
        {"retries: {exit: 101}", "error 1:17 retries.exit | exit (101) must lie between 0 and 100 "
                                 "| 0: such a trial is not run again\n"},
        {"retries: {exit: x}", "error 1:17 retries.exit | expected a whole number, not 'x'\n"},
        {"budget: {consecutive_failures: 0}", ""},
        {"budget: {consecutive_failures: -1}",
         "error 1:32 budget.consecutive_failures | consecutive_failures (-1) must lie between 0 "
         "and 2147483647 | 0: never stop for it\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void resources(void **state)
{
    static const eco_probe_case cases[] = {
        {"resources: {memory: 4GB, cpus: 2, gpus: 1, pids: 100, required: true}", ""},
        {"resources: {memory: 512 MiB}", ""},
        {"resources: {memory: 1073741824}", ""},
        {"resources:", ""},
        {"resources: {memory: 4G}", "error 1:21 resources.memory | expected a size such as 512MB "
                                    "or 4GiB, not '4G' | units are "
                                    "B, kB, MB, GB, TB, KiB, MiB, GiB and TiB\n"},
        {"resources: {memory: 4}",
         "error 1:21 resources.memory | a trial cannot run in 4 | e.g. memory: 4GB; leave it out "
         "for no limit\n"},
        {"resources: {memory: -1GB}",
         "error 1:21 resources.memory | a trial cannot run in -1GB | e.g. memory: 4GB; leave it "
         "out for no limit\n"},
        {"resources: {cpus: 0}", "error 1:19 resources.cpus | cpus (0) must lie between 1 and "
                                 "65536 | leave it out for no limit\n"},
        {"resources: {cpus: 1.5}",
         "error 1:19 resources.cpus | expected a whole number, not '1.5' | e.g. cpus: 2\n"},
        {"resources: {gpus: 0}", "error 1:19 resources.gpus | gpus (0) must lie between 1 and 1024 "
                                 "| leave it out for no limit\n"},
        {"resources: {pids: 0}", "error 1:19 resources.pids | pids (0) must lie between 1 and "
                                 "4194304 | leave it out for no limit\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void environment(void **state)
{
    static const eco_probe_case cases[] = {
        {"inherit_env: [PATH, HOME, LC_*, '*_DIR', '*']\nsecrets: [MY_LOGIN]", ""},
        {"inherit_env: ['*']", ""},
        {"env: {PATH: /bin}\ninherit_env: [HOME]", ""},
        {"inherit_env: [HOME]",
         "warning 1:1 inherit_env | the commands get no PATH: programs are found in "
         "/usr/local/bin, /usr/bin and /bin only | add PATH to the list\n"},
        {"inherit_env: [PATH, A*B]",
         "error 1:21 inherit_env[2] | 'A*B' cannot be the name of a variable | use letters, digits "
         "and '_', and '*' at an end\n"},
        {"secrets: ['']", "error 1:11 secrets[1] | '' cannot be the name of a variable | use "
                          "letters, digits and '_', and '*' at an end\n"},
        {"secrets: A", "error 1:10 secrets | expected a list, not 'A' | e.g. secrets: "
                       "[HF_LOGIN]\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void defaults(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *definition = eco_probe_parse(ctx, "");
    const ecopt_failure_policy *policy = &definition->failures;
    for (int cause = 0; cause < ECOPT_CAUSES_MAX; cause++) {
        bool is_once = cause == ECOPT_CAUSE_SIGNAL || cause == ECOPT_CAUSE_METER;
        int expected = cause == ECOPT_CAUSE_LOST ? 3 : is_once;
        assert_int_equal(policy->retries[cause], expected);
    }
    assert_int_equal(policy->consecutive, 10);
    assert_true(definition->resources.memory_b <= 0);
    assert_int_equal(definition->resources.cpus, 0);
    assert_false(definition->resources.is_required);
    assert_false(definition->environment.is_limited);
    assert_int_equal(definition->environment.n_secrets, 0);
    ecopt_definition_free(ctx, definition);
}

static void values(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *definition = eco_probe_parse(
        ctx, "retries: {timeout: 2, meter: 0}\nbudget: {consecutive_failures: 4}\n"
             "resources: {memory: 1.5GiB, cpus: 3, gpus: 2, pids: 77, required: true}\n"
             "inherit_env: [PATH]\nsecrets: [A, 'B*']\n");
    assert_int_equal(definition->failures.retries[ECOPT_CAUSE_TIMEOUT], 2);
    assert_int_equal(definition->failures.retries[ECOPT_CAUSE_METER], 0);
    assert_int_equal(definition->failures.consecutive, 4);
    assert_close(definition->resources.memory_b, 1.5 * 1073741824.0, 0, 0);
    assert_int_equal(definition->resources.cpus, 3);
    assert_int_equal(definition->resources.gpus, 2);
    assert_int_equal(definition->resources.pids, 77);
    assert_true(definition->environment.is_limited);
    assert_int_equal(definition->environment.n_inherited, 1);
    assert_string_equal(definition->environment.inherited[0], "PATH");
    assert_int_equal(definition->environment.n_secrets, 2);
    assert_string_equal(definition->environment.secrets[1], "B*");
    ecopt_definition_free(ctx, definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(retries, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(resources, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(environment, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(defaults, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(values, eco_test_set_up, eco_test_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
