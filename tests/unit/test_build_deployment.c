/*
 * What is wrong with `deployment` and with the keys of `budget` that need another section, and what
 * is not.
 *
 * Each case: sections of a file, and all remarks on them (place, key, message, hint); none means
 * that the file is right.  The sections that are left out are added by the probe.
 */
#include "support/config_probe.h"
#include "support/eco_test.h"

static void limits(void **state)
{
    static const eco_probe_case cases[] = {
        {"budget: {carbon: 100g}\ncarbon: {country: GBR}", ""},
        {"budget: {carbon: 100g}", "error 1:10 budget.carbon | a carbon budget needs the section "
                                   "carbon | add e.g. carbon: {country: GBR}\n"},
        {"budget: {carbon: 0g}\ncarbon: {country: GBR}",
         "error 1:18 budget.carbon | carbon (0g) must be above 0 | leave it out for no limit\n"},
        {"budget: {carbon: 100}\ncarbon: {country: GBR}",
         "error 1:18 budget.carbon | expected a mass such as 900g, 350kg or 1.2t, not '100' | "
         "units are g, kg and t\n"},
        {"budget: {money: 5}\ncarbon: {country: GBR, price: 0.28, currency: GBP}", ""},
        {"budget: {money: 5}\ncarbon: {country: GBR}",
         "error 1:10 budget.money | a money budget needs the price of the section carbon | add "
         "e.g. carbon: {country: GBR, price: 0.28, currency: GBP}\n"},
        {"budget: {money: -5}\ncarbon: {country: GBR, price: 0.28, currency: GBP}",
         "error 1:17 budget.money | money (-5) must be above 0 | leave it out for no limit\n"},
        {"budget: {gain: 0.1%}", ""},
        {"budget: {gain: {below: 0.1%, trials: 5}}", ""},
        {"budget: {gain: 0}", "error 1:16 budget.gain | gain (0) must lie between 0 and 1 | e.g. "
                              "gain: 0.1%; leave it out to go on regardless\n"},
        {"budget: {gain: {below: 1%, trials: 0}}",
         "error 1:36 budget.gain.trials | trials (0) must be at least 1 | 1: the first suggestion "
         "that promises less ends it\n"},
        {"budget: {gain: {trials: 3}}",
         "error 1:16 budget.gain | the key 'below' is missing | add e.g. below: 0.1%\n"},
        {"budget: {gain: 1%}\nsampler: random",
         "error 1:10 budget.gain | the sampler 'random' does not know what gain to expect | leave "
         "it out, or write sampler: mobo\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void deployments(void **state)
{
    static const eco_probe_case cases[] = {
        {"deployment:", ""},
        {"deployment: {}",
         "error 1:13 deployment | the key 'requests' is missing | add e.g. requests: 1e6\n"},
        {"deployment: {requests: 1e6}",
         "error 1:1 deployment | the study has no metric 'evaluate.j_per_sample' | add metric: "
         "NAME, the metric that tells joules per request\nerror 1:1 deployment | no parameter has "
         "a default that could be the baseline | give the parameters a default, or write baseline: "
         "{NAME: VALUE, ...}\n"},
        {"deployment: {requests: 0, metric: energy_j, choose: knee}\n"
         "params: {n: {type: int, min: 1, max: 50, default: 2}}\ncommand: run {n}",
         "error 1:24 deployment.requests | requests (0) must be above 0 | e.g. requests: 1e6\n"},
        {"deployment: {requests: 1e6, metric: energy, choose: knee}\n"
         "params: {n: {type: int, min: 1, max: 50, default: 2}}\ncommand: run {n}",
         "error 1:37 deployment.metric | there is no metric 'energy' | did you mean 'energy_j'?\n"},
        {"deployment: {requests: 1e6, metric: energy_j, choose: knee}\n"
         "params: {n: {type: int, min: 1, max: 50, default: 2}}\ncommand: run {n}",
         ""},
        {"deployment: {requests: 1e6, metric: energy_j, choose: knee}\n"
         "params: {n: {type: int, min: 1, max: 50}}\ncommand: run {n}",
         "error 1:1 deployment | no parameter has a default that could be the baseline | give the "
         "parameters a default, or write baseline: {NAME: VALUE, ...}\n"},
        {"deployment: {requests: 1e6, metric: energy_j, choose: knee, baseline: {n: 3}}\n"
         "params: {n: {type: int, min: 1, max: 50}}\ncommand: run {n}",
         ""},
        {"deployment: {requests: 1e6, metric: energy_j, choose: knee, baseline: 'n=3'}\n"
         "params: {n: {type: int, min: 1, max: 50}}\ncommand: run {n}",
         ""},
        {"deployment: {requests: 1e6, metric: energy_j, choose: knee, baseline: {n: 70}}\n"
         "params: {n: {type: int, min: 1, max: 50}}\ncommand: run {n}",
         "error 1:75 deployment.baseline.n | n: 70 is outside 1 to 50\n"},
        {"deployment: {requests: 1e6, metric: energy_j, choose: knee, baseline: {m: 3}}\n"
         "params: {n: {type: int, min: 1, max: 50, default: 1}}\ncommand: run {n}",
         "error 1:72 deployment.baseline.m | there is no parameter 'm' | parameters stand under "
         "params:\n"},
        {"deployment: {requests: 1e6, metric: energy_j, choose: knee, baseline: {n: 3}}\n"
         "params: {n: {type: int, min: 1, max: 50}, k: {type: int, min: 1, max: 2}}\ncommand: run "
         "{n} {k}",
         "error 1:61 deployment.baseline | parameter 'k' has no value in the baseline | the "
         "baseline is one whole point\n"},
        {"deployment: {requests: 1e6, metric: energy_j, choose: best}\n"
         "params: {n: {type: int, min: 1, max: 50, default: 2}}\ncommand: run {n}",
         "error 1:55 deployment.choose | expected one of min, knee, not 'best'\n"},
        {"deployment: {requests: 1e6, metric: energy_j, baseline_energy: 0J, trial_energy: 5kJ, "
         "choose: knee, per_day: 100}\nparams: {n: {type: int, min: 1, max: 50, default: "
         "2}}\ncommand: run {n}",
         "error 1:64 deployment.baseline_energy | baseline_energy (0J) must be above 0 | leave it "
         "out if it is not known\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(limits, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(deployments, eco_test_set_up, eco_test_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
