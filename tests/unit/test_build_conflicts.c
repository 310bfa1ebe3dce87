/*
 * Every key that says how trials survive and what is not wasted, once more with something wrong in
 * it: a wrong type, a value beyond its border, a key that does not exist, and sections that
 * contradict each other. Each has its message at its place, with the value and a remedy.
 */
#include "support/config_probe.h"
#include "support/eco_test.h"

/* A study with energy, a threshold and two phases, where the defaults of the probe have none. */
#define TWO_PHASES                                     \
    "command: {train: './t {x} {n}', evaluate: ./e}\n" \
    "objectives: {a: {goal: max, threshold: 0.1}, evaluate.energy_j: min}\n"

/* Without a meter joules, grams and money are never known: each limit and each metric that is made
 * of them is named. What a meter is not needed for stays quiet. */
static void sources_none(void **state)
{
    static const eco_probe_case cases[] = {
        {"meter: {sources: none}", ""},
        {"meter: {sources: none}\nbudget: {energy: 1kWh}",
         "warning 2:10 budget.energy | without a source of energy this limit is never reached | "
         "name a source, or leave the limit out\n"},
        {"meter: {sources: none}\ncarbon: {intensity: 100, price: 1, currency: GBP}\n"
         "budget: {carbon: 1g, money: 2}",
         "warning 3:10 budget.carbon | without a source of energy this limit is never reached | "
         "name a source, or leave the limit out\n"
         "warning 3:22 budget.money | without a source of energy this limit is never reached | "
         "name a source, or leave the limit out\n"},
        {"meter: {sources: none}\n" TWO_PHASES,
         "warning 1:18 meter.sources | without a source of energy 'evaluate.energy_j' is not known "
         "and every trial that is run fails | e.g. sources: auto\n"},
        {"meter: {sources: none}\nconstraints: [energy_j <= 3]",
         "warning 1:18 meter.sources | without a source of energy 'energy_j' is not known and "
         "every trial that is run fails | e.g. sources: auto\n"},
        {"meter: {sources: none}\nconstraints: [time_s <= 3]", ""},
        {"meter: {sources: none}\nobjectives: {a: {goal: max, threshold: 0}, time_s: min}\n"
         "params: {x: {type: float, min: 0, max: 1, default: 0}, n: 1}\n"
         "deployment: {requests: 1, metric: energy_j}",
         "warning 1:18 meter.sources | without a source of energy 'energy_j' is not known and "
         "every trial that is run fails | e.g. sources: auto\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Limits that can never be reached, suggestions that can never come, and every wrong type. */
static void budgets(void **state)
{
    static const eco_probe_case cases[] = {
        {"budget: {carbon: 1g}\ncarbon: {intensity: 0}",
         "warning 1:10 budget.carbon | at an intensity of 0 g/kWh this limit is never reached | "
         "give the intensity, or leave the limit out\n"},
        {"budget: {carbon: 1g}\ncarbon: {intensity: 1}", ""},
        {"budget: {gain: 1%, trials: 8}", ""},
        {"budget: {gain: 1%, trials: 7}",
         "warning 1:10 budget.gain | 7 trials are over before 3 suggestions can follow the initial "
         "5 | raise trials, or leave gain out\n"},
        {"budget: {gain: {below: 1%, trials: 2}, trials: 7}", ""},
        {"budget: {gain: {below: 1%, n: 2}}",
         "error 1:28 budget.gain.n | there is no key 'n' here | allowed are below, trials\n"},
        {"budget: {gain: [1]}", "error 1:16 budget.gain | expected a share such as 0.5 or 50% or a "
                                "map (key: value), not a list | e.g. gain: 0.1%\n"},
        {"budget: {carbon: 100}", "error 1:18 budget.carbon | expected a mass such as 900g, 350kg "
                                  "or 1.2t, not '100' | units are g, kg and t\n"},
        {"budget: {money: 5 GBP}",
         "error 1:17 budget.money | expected a number, not '5 GBP' | e.g. money: 5\n"},
        {"budget: {consecutive_failures: 1.5}",
         "error 1:32 budget.consecutive_failures | expected a whole number, not '1.5' | e.g. "
         "consecutive_failures: 3\n"},
        {"budget: {max_failure_rate: 50%}", ""},
        {"budget: {max_failure_rate: 150%}",
         "error 1:28 budget.max_failure_rate | max_failure_rate (150%) must lie between 0 and 1 | "
         "e.g. 0.5 or 50%; 1 never stops\n"},
        {"budget: {failures: 0.5, max_failure_rate: 50%}",
         "error 1:25 budget.max_failure_rate | max_failure_rate is another name of failures | keep "
         "one of them\n"},
        {"budget: {max_failures: 1}",
         "error 1:10 budget.max_failures | there is no key 'max_failures' here | allowed are "
         "trials, init, energy, time, failures, max_failure_rate, consecutive_failures, carbon, "
         "money, gain\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Causes that cannot be retried (the program has declared the point impossible) are no keys; limits
 * are whole numbers; names of variables are names. */
static void failures_and_resources(void **state)
{
    static const char all_causes[] = "allowed are exit, signal, timeout, memory, start, no_metric, "
                                     "not_a_number, meter, lost\n";
    char declared[256], never[256];
    (void)snprintf(declared, sizeof declared,
                   "error 1:11 retries.declared | there is no key 'declared' here | %s",
                   all_causes);
    (void)snprintf(never, sizeof never,
                   "error 1:11 retries.never | there is no key 'never' here | %s", all_causes);
    const eco_probe_case cases[] = {
        {"retries: {declared: 1}", declared},
        {"retries: {never: 1}", never},
        {"retries: 3", "error 1:10 retries | expected a map (key: value), not '3' | e.g. retries: "
                       "{signal: 1, timeout: 0}\n"},
        {"retries: {signal: 101}", "error 1:19 retries.signal | signal (101) must lie between 0 "
                                   "and 100 | 0: such a trial is not run again\n"},
        {"resources: {required: true}",
         "warning 1:13 resources.required | there is no limit that could be required | add e.g. "
         "memory: 4GB\n"},
        {"resources: {required: false}", ""},
        {"resources: {cores: 1}", "error 1:13 resources.cores | there is no key 'cores' here | "
                                  "allowed are memory, cpus, gpus, pids, required\n"},
        {"resources: {gpus: all}",
         "error 1:19 resources.gpus | expected a whole number, not 'all'\n"},
        {"inherit_env: [PATH, ECOPT_SEED]",
         "warning 1:21 inherit_env[2] | variables that begin with ECOPT_ are never inherited | "
         "leave it out\n"},
        {"inherit_env:", ""},
        {"secrets:", ""},
        {"secrets: [1A]", "error 1:11 secrets[1] | '1A' cannot be the name of a variable | use "
                          "letters, digits and '_', and '*' at an end\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* How phases are measured: words, counts, phases and metrics that there are. */
static void measuring(void **state)
{
    static const eco_probe_case cases[] = {
        {"meter: {concurrent: share}", ""},
        {"meter: {concurrent: shared}", "error 1:21 meter.concurrent | expected one of exclusive, "
                                        "share, not 'shared' | did you mean 'share'?\n"},
        {"meter: {concurrent: [share]}",
         "error 1:21 meter.concurrent | expected one of exclusive, share, not a list | e.g. "
         "concurrent: share\n"},
        {"meter: {repeats: {min: 3, max: 3, target: 3%}}",
         "warning 1:35 meter.repeats.target | a target ends nothing where min and max are both 3 | "
         "raise max, or leave target out\n"},
        {"meter: {confirm: 101}", "error 1:18 meter.confirm | confirm (101) must lie between 0 and "
                                  "100 | 0 turns it off\n"},
        {"profile: {phase: train, provides: {evaluate.energy_j: energy_j}}\n" TWO_PHASES,
         "error 1:55 profile.provides.evaluate.energy_j | 'energy_j' is not known after phase "
         "'train' | name one of that phase, e.g. train.energy_j\n"},
        {"profile: {phase: none, provides: {evaluate.energy_j: energy_j}}\n" TWO_PHASES,
         "error 1:18 profile.phase | there is no phase 'none' | phases stand under command:\n"},
        {"profile: {phase: train, provides: {x: train.energy_j}}\n" TWO_PHASES,
         "error 1:36 profile.provides.x | 'x' is not an objective | objectives stand on the "
         "left\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* A rule that could never act is an error where it lies in the metrics and a warning where it lies
 * in the number of trials, which a flag may raise. */
static void pruning(void **state)
{
    static const eco_probe_case cases[] = {
        {"pruning:", ""},
        {"pruning: curve\nobjectives: {energy_j: min}",
         "error 1:1 pruning | no objective or constraint can be known before a trial's end | leave "
         "it out, or add an objective that the program reports by step\n"},
        {"pruning: none\nobjectives: {energy_j: min}", ""},
        {"pruning: curve\nobjectives: {energy_j: min}\nconstraints: [a >= 0.5]", ""},
        {"pruning: {metric: evaluate.energy_j}\n" TWO_PHASES,
         "error 1:19 pruning.metric | 'evaluate.energy_j' is measured, and known at the end only | "
         "name the objective that the program reports by step\n"},
        {"pruning: {rule: none, steps: 3}",
         "warning 1:23 pruning.steps | the rule does not use this setting | leave it out\n"},
        {"pruning: {warmup: {trials: 30}}",
         "warning 1:1 pruning | no trial can be ended early: 30 complete ones are waited for and "
         "the budget is 30 | lower warmup.trials or raise budget.trials\n"},
        {"pruning: {warmup: {trials: 29}}", ""},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Joules of a request are joules, and fewer are better; the baseline is a point of the space. */
static void deployments(void **state)
{
    static const char defaults[] =
        "params: {x: {type: float, min: 0, max: 1, default: 0}, n: 1}\n" TWO_PHASES;
    static const eco_probe_case cases[] = {
        {"deployment: {requests: 1, metric: evaluate.time_s}\n",
         "error 1:35 deployment.metric | 'evaluate.time_s' is not an energy | name the joules of "
         "one request, e.g. evaluate.j_per_sample\n"},
        {"deployment: {requests: 1, metric: a, choose: knee}\n",
         "error 1:35 deployment.metric | 'a' is to be as high as possible, joules are not | name "
         "the joules of one request, e.g. evaluate.j_per_sample\n"},
        {"deployment: {requests: 0, metric: evaluate.energy_j}\n",
         "error 1:24 deployment.requests | requests (0) must be above 0 | e.g. requests: 1e6\n"},
        {"deployment: {requests: 1, metric: evaluate.energy_j, per_day: 0}\n",
         "error 1:63 deployment.per_day | per_day (0) must be above 0 | leave it out if it is not "
         "known\n"},
        {"deployment: {requests: 1, metric: evaluate.energy_j, baseline: {xx: 0}}\n",
         "error 1:65 deployment.baseline.xx | there is no parameter 'xx' | did you mean 'x'?\n"},
        {"deployment: {requests: 1, metric: evaluate.energy_j, baseline: {x: 2}}\n",
         "error 1:68 deployment.baseline.x | x: 2 is outside 0 to 1\n"},
        {"deployment: {requests: 1, metric: evaluate.energy_j}\n", ""},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "%s%s", cases[i].sections, defaults);
        eco_probe_expect(*state, text, cases[i].remarks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sources_none, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(budgets, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(failures_and_resources, eco_test_set_up,
                                        eco_test_tear_down),
        cmocka_unit_test_setup_teardown(measuring, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(pruning, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(deployments, eco_test_set_up, eco_test_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
