/*
 * What is wrong with `study`, `seed`, `sampler`, `budget`, `meter`, `carbon` and `env`, and what is
 * not.
 *
 * Each case: sections of a file, and all remarks on them (place, key, message, hint); none means
 * that the file is right.  The sections that are left out are added by the probe.
 */
#include "support/config_probe.h"
#include "support/eco_test.h"

static void names(void **state)
{
    static const eco_probe_case cases[] = {
        {"study: 3", ""},
        {"study: -a", "error 1:8 study | '-a' cannot be the name of a study | use letters, digits, "
                      "'.', '_' and '-', starting with a letter or digit\n"},
        {"study: .hidden", "error 1:8 study | '.hidden' cannot be the name of a study | use "
                           "letters, digits, '.', '_' and '-', starting with a letter or digit\n"},
        {"study: 'a b'", "error 1:8 study | 'a b' cannot be the name of a study | use letters, "
                         "digits, '.', '_' and '-', starting with a letter or digit\n"},
        {"study: a/b", "error 1:8 study | 'a/b' cannot be the name of a study | use letters, "
                       "digits, '.', '_' and '-', starting with a letter or digit\n"},
        {"study: ''", "error 1:8 study | '' cannot be the name of a study | use letters, digits, "
                      "'.', '_' and '-', starting with a letter or digit\n"},
        {"study:", "error 1:1 study | expected a text, not nothing | e.g. study: my-study\n"},
        {"study: [a]", "error 1:8 study | expected a text, not a list | e.g. study: my-study\n"},
        {"study: {a: 1}", "error 1:8 study | expected a text, not a map | e.g. study: my-study\n"},
        {"study: \xc3\xbc"
         "nicode",
         "error 1:8 study | '\xc3\xbc"
         "nicode' cannot be the name of a study | use letters, digits, '.', '_' and '-', starting "
         "with a letter or digit\n"},
        {"study: true", ""},
        {"study: "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaa",
         "error 1:8 study | the name is longer than 100 characters\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void seed_and_sampler(void **state)
{
    static const eco_probe_case cases[] = {
        {"seed: 9223372036854775807", ""},
        {"seed: 9223372036854775808",
         "error 1:7 seed | expected a whole number, not '9223372036854775808'\n"},
        {"seed: -1", "error 1:7 seed | the seed must not be negative\n"},
        {"seed: 1.5", "error 1:7 seed | expected a whole number, not '1.5'\n"},
        {"seed: '7'", "error 1:7 seed | expected a whole number, not '7' | leave out the quotes\n"},
        {"seed: x", "error 1:7 seed | expected a whole number, not 'x'\n"},
        {"seed:", "error 1:1 seed | expected a whole number, not nothing\n"},
        {"seed: 0x10", "error 1:7 seed | expected a whole number, not '0x10'\n"},
        {"seed: 1e3", ""},
        {"sampler: mob",
         "error 1:10 sampler | expected one of mobo, sobol, random, grid, nsga2 or a map (key: "
         "value), not 'mob' | did you mean 'mobo'?\n"},
        {"sampler: MOBO",
         "error 1:10 sampler | expected one of mobo, sobol, random, grid, nsga2 or a map (key: "
         "value), not 'MOBO' | did you mean 'mobo'?\n"},
        {"sampler: [mobo]",
         "error 1:10 sampler | expected one of mobo, sobol, random, grid, nsga2 or a map "
         "(key: value), not a list | e.g. sampler: {name: mobo, cost_aware: "
         "true}\n"},
        {"sampler:",
         "error 1:1 sampler | expected one of mobo, sobol, random, grid, nsga2 or a map (key: "
         "value), not nothing | e.g. sampler: {name: mobo, cost_aware: true}\n"},
        {"sampler: sobol", ""},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void sampler_map(void **state)
{
    static const eco_probe_case cases[] = {
        {"sampler: {}", ""},
        {"sampler: {name: random}", ""},
        {"sampler: {name: mobo, cost_aware: true, kernel: rbf}", ""},
        {"sampler: {transform: log}", ""},
        {"sampler: {transform: sqrt}",
         "error 1:22 sampler.transform | expected one of auto, none, log, not 'sqrt'\n"},
        {"sampler: {cost_aware: 0.5}", ""},
        {"sampler: {cost_aware: 0}", ""},
        {"sampler: {name: mob}",
         "error 1:17 sampler.name | expected one of mobo, sobol, random, grid, nsga2, "
         "not 'mob' | did you mean 'mobo'?\n"},
        {"sampler: {nam: mobo}",
         "error 1:11 sampler.nam | there is no key 'nam' here | did you mean 'name'?\n"},
        {"sampler: {kernel: matern}", "error 1:19 sampler.kernel | expected one of matern52, rbf, "
                                      "not 'matern' | did you mean 'matern52'?\n"},
        {"sampler: {kernel: 5}",
         "error 1:19 sampler.kernel | expected one of matern52, rbf, not '5'\n"},
        {"sampler: {cost_aware: 1.5}", "error 1:23 sampler.cost_aware | cost_aware must lie "
                                       "between 0 and 1 | 0 is the same as false, 1 the same as "
                                       "true\n"},
        {"sampler: {cost_aware: -0.1}", "error 1:23 sampler.cost_aware | cost_aware must lie "
                                        "between 0 and 1 | 0 is the same as false, 1 the same as "
                                        "true\n"},
        {"sampler: {cost_aware: yes}", "error 1:23 sampler.cost_aware | expected a number or true "
                                       "or false, not 'yes' | write true\n"},
        {"sampler: {cost_aware: .inf}", "error 1:23 sampler.cost_aware | expected a number or true "
                                        "or false, not '.inf' | it must be finite\n"},
        {"sampler: {name: sobol, cost_aware: true}",
         "warning 1:24 sampler.cost_aware | the sampler 'sobol' does not use this setting | leave "
         "it out, or write name: mobo\n"},
        {"sampler: {name: grid, transform: auto}",
         "warning 1:23 sampler.transform | the sampler 'grid' does not use this setting | leave it "
         "out, or write name: mobo\n"},
        {"sampler: {name: random, kernel: rbf}",
         "warning 1:25 sampler.kernel | the sampler 'random' does not use this setting | leave it "
         "out, or write name: mobo\n"},
    };
    static const struct {
        const char *text;
        double exponent;
        ecopt_kernel kernel;
        ecopt_transform transform;
    } values[] = {
        {"sampler: mobo", 0, ECOPT_KERNEL_MATERN52, ECOPT_TRANSFORM_AUTO},
        {"sampler: {cost_aware: true, transform: auto}", 1, ECOPT_KERNEL_MATERN52,
         ECOPT_TRANSFORM_AUTO},
        {"sampler: {cost_aware: false, kernel: rbf}", 0, ECOPT_KERNEL_RBF, ECOPT_TRANSFORM_AUTO},
        {"sampler: {cost_aware: 1, kernel: matern52}", 1, ECOPT_KERNEL_MATERN52,
         ECOPT_TRANSFORM_AUTO},
        {"sampler: {cost_aware: 0.25}", 0.25, ECOPT_KERNEL_MATERN52, ECOPT_TRANSFORM_AUTO},
        {"sampler: {transform: none}", 0, ECOPT_KERNEL_MATERN52, ECOPT_TRANSFORM_NONE},
        {"sampler: {transform: log}", 0, ECOPT_KERNEL_MATERN52, ECOPT_TRANSFORM_LOG},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
    for (size_t i = 0; i < ECO_LEN(values); i++) {
        ecopt_definition *d = eco_probe_parse(*state, values[i].text);
        assert_string_equal(d->sampler, "mobo");
        assert_true(d->sampler_settings.cost_exponent == values[i].exponent);
        assert_int_equal(d->sampler_settings.kernel, values[i].kernel);
        assert_int_equal(d->sampler_settings.transform, values[i].transform);
        ecopt_definition_free(*state, d);
    }
}

static void budget(void **state)
{
    static const eco_probe_case cases[] = {
        {"budget:", ""},
        {"budget: 30", "error 1:9 budget | expected a map (key: value), not '30' | e.g. budget: "
                       "{trials: 30, energy: 2kWh}\n"},
        {"budget: {}", ""},
        {"budget: {trials: 0}", "error 1:18 budget.trials | trials (0) must be at least 1\n"},
        {"budget: {trials: -3}", "error 1:18 budget.trials | trials (-3) must be at least 1\n"},
        {"budget: {trials: 1.5}",
         "error 1:18 budget.trials | expected a whole number, not '1.5'\n"},
        {"budget: {trials: many}",
         "error 1:18 budget.trials | expected a whole number, not 'many'\n"},
        {"budget: {trials: '30'}",
         "error 1:18 budget.trials | expected a whole number, not '30' | leave out the quotes\n"},
        {"budget: {trials: }", "error 1:10 budget.trials | expected a whole number, not nothing\n"},
        {"budget: {init: 0}", "error 1:16 budget.init | init (0) must be at least 1\n"},
        {"budget: {init: 31}", "error 1:16 budget.init | init (31) must not be above trials (30) | "
                               "lower it or raise trials\n"},
        {"budget: {trials: 4, init: 5}", "error 1:27 budget.init | init (5) must not be above "
                                         "trials (4) | lower it or raise trials\n"},
        {"budget: {trials: 4, init: 4}", ""},
        {"budget: {energy: 0}",
         "error 1:18 budget.energy | energy (0) must be above 0 | leave it out for no limit\n"},
        {"budget: {energy: -3J}",
         "error 1:18 budget.energy | energy (-3J) must be above 0 | leave it out for no limit\n"},
        {"budget: {energy: 3 kw}",
         "error 1:18 budget.energy | expected an energy such as 500J, "
         "3Wh or 2kWh, not '3 kw' | units are J, kJ, MJ, Wh, kWh and MWh\n"},
        {"budget: {energy: lots}", "error 1:18 budget.energy | expected an energy such as 500J, "
                                   "3Wh or 2kWh, not 'lots' | e.g. energy: 2kWh\n"},
        {"budget: {energy: 1e400}", "error 1:18 budget.energy | expected an energy such as 500J, "
                                    "3Wh or 2kWh, not '1e400' | it must be finite\n"},
        {"budget: {energy: .inf}", "error 1:18 budget.energy | expected an energy such as 500J, "
                                   "3Wh or 2kWh, not '.inf' | it must be finite\n"},
        {"budget: {energy: 3wh}", "error 1:18 budget.energy | expected an energy such as 500J, 3Wh "
                                  "or 2kWh, not '3wh' | units are J, kJ, MJ, Wh, kWh and MWh\n"},
        {"budget: {time: 0s}",
         "error 1:16 budget.time | time (0s) must be above 0 | leave it out for no limit\n"},
        {"budget: {time: 3 weeks}",
         "error 1:16 budget.time | expected a time such as 90s, 10min "
         "or 2h, not '3 weeks' | units are ms, s, min, h, d and years\n"},
        {"budget: {time: '10'}", "error 1:16 budget.time | expected a time such as 90s, 10min or "
                                 "2h, not '10' | leave out the quotes\n"},
        {"budget: {time: -1h}",
         "error 1:16 budget.time | time (-1h) must be above 0 | leave it out for no limit\n"},
        {"budget: {time: [1h]}", "error 1:16 budget.time | expected a time such as 90s, 10min or "
                                 "2h, not a list | e.g. time: 2h\n"},
        {"budget: {failures: 1.01}", "error 1:20 budget.failures | failures (1.01) must lie "
                                     "between 0 and 1 | e.g. 0.5 or 50%; 1 never stops\n"},
        {"budget: {failures: -1%}", "error 1:20 budget.failures | failures (-1%) must lie between "
                                    "0 and 1 | e.g. 0.5 or 50%; 1 never stops\n"},
        {"budget: {failures: 101%}", "error 1:20 budget.failures | failures (101%) must lie "
                                     "between 0 and 1 | e.g. 0.5 or 50%; 1 never stops\n"},
        {"budget: {failures: 100%}", ""},
        {"budget: {failures: half}", "error 1:20 budget.failures | expected a share such as 0.5 or "
                                     "50%, not 'half' | e.g. failures: 50%\n"},
        {"budget: {failures: 50 %}", ""},
        {"budget: {trial: 3}",
         "error 1:10 budget.trial | there is no key 'trial' here | did you mean 'trials'?\n"},
        {"budget: {n: 3, init: 0, energy: x}",
         "error 1:10 budget.n | there is no key 'n' here | allowed are trials, init, energy, time, "
         "failures, max_failure_rate, consecutive_failures, carbon, money, gain\nerror 1:22 "
         "budget.init | init (0) must be at least 1\nerror 1:33 budget.energy | expected an energy "
         "such as 500J, 3Wh or 2kWh, not 'x' | e.g. energy: 2kWh\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void meter(void **state)
{
    static const eco_probe_case cases[] = {
        {"meter:", ""},
        {"meter: auto", "error 1:8 meter | expected a map (key: value), not 'auto' | e.g. meter: "
                        "{sources: auto}\n"},
        {"meter: {}", ""},
        {"meter: {sources: rapl}", "error 1:18 meter.sources | no energy source 'rapl'\n"},
        {"meter: {sources: []}", "error 1:18 meter.sources | the list of sources is empty | write "
                                 "auto, none, or the kinds of source\n"},
        {"meter: {sources: [rapl-perf, model]}", ""},
        {"meter: {sources: [rapl-perf, [model]]}",
         "error 1:30 meter.sources[2] | expected a text, not a list\n"},
        {"meter: {sources: 'rapl-perf,,model'}", ""},
        {"meter: {sources: 'replay:'}",
         "error 1:18 meter.sources | source 'replay:' does not name a file\n"},
        {"meter: {sources: {auto: 1}}",
         "error 1:18 meter.sources | expected a text or a list, not a map | e.g. sources: auto\n"},
        {"meter: {require: good}", "error 1:18 meter.require | no quality label 'good'\n"},
        {"meter: {require: measured}", ""},
        {"meter: {require: modelled-generic}", ""},
        {"meter: {require: [measured]}",
         "error 1:18 meter.require | expected a text, not a list\n"},
        {"meter: {record: ''}", "error 1:17 meter.record | the name of the trace file is empty\n"},
        {"meter: {record: out.csv}", ""},
        {"meter: {record: }", "error 1:9 meter.record | expected a text, not nothing\n"},
        {"meter: {repeats: 1}", ""},
        {"meter: {repeats: 0}", "error 1:18 meter.repeats | repeats (0) must be at least 1 | 1: "
                                "once, which is the default\n"},
        {"meter: {repeats: 2}", ""},
        {"meter: {repeats: 1.5}",
         "error 1:18 meter.repeats | expected a whole number or a map (key: value), not '1.5' "
         "| e.g. repeats: {min: 1, max: 3, target: 3%}\n"},
        {"meter: {repeats: twice}",
         "error 1:18 meter.repeats | expected a whole number or a map (key: value), not 'twice' "
         "| e.g. repeats: {min: 1, max: 3, target: 3%}\n"},
        {"meter: {repeats: {}}", ""},
        {"meter: {repeats: {min: 1}}", ""},
        {"meter: {repeats: {min: 2}}", ""},
        {"meter: {repeats: {min: 0}}",
         "error 1:24 meter.repeats.min | min (0) must be at least 1\n"},
        {"meter: {repeats: {min: 3, max: 2}}", "error 1:32 meter.repeats.max | max (2) must not be "
                                               "below min (3) | raise max or lower min\n"},
        {"meter: {repeats: {max: 3}}", ""},
        {"meter: {repeats: {max: 0}}",
         "error 1:24 meter.repeats.max | max (0) must be at least 1\n"},
        {"meter: {repeats: {target: 3%}}", ""},
        {"meter: {repeats: {target: small}}",
         "error 1:27 meter.repeats.target | expected a share such as 0.5 or 50%, not 'small' | "
         "e.g. target: 3%\n"},
        {"meter: {repeats: [1, 2]}",
         "error 1:18 meter.repeats | expected a whole number or a map (key: value), not a list "
         "| e.g. repeats: {min: 1, max: 3, target: 3%}\n"},
        {"meter: {repeat: 2}",
         "error 1:9 meter.repeat | there is no key 'repeat' here | did you mean 'repeats'?\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void carbon_extras(void **state)
{
    static const eco_probe_case cases[] = {
        {"carbon: {country: GBR, uncertainty: 10%}", ""},
        {"carbon: {country: GBR, uncertainty: 1}", ""},
        {"carbon: {country: GBR, uncertainty: 0}", ""},
        {"carbon: {intensity: 5, uncertainty: 101%}",
         "error 1:37 carbon.uncertainty | the uncertainty (101%) must be between 0 and 1 | e.g. "
         "uncertainty: 15%\n"},
        {"carbon: {intensity: 5, uncertainty: -0.1}",
         "error 1:37 carbon.uncertainty | the uncertainty (-0.1) must be between 0 and 1 | e.g. "
         "uncertainty: 15%\n"},
        {"carbon: {intensity: 5, wue: 1.8}", ""},
        {"carbon: {intensity: 5, wue: 0}", "error 1:29 carbon.wue | wue (0) must be above 0 | "
                                           "leave it out if there is none\n"},
        {"carbon: {intensity: 5, price: 0.28, currency: GBP}", ""},
        {"carbon: {intensity: 5, price: 0.28}",
         "error 1:24 carbon.price | a price needs its currency | add e.g. currency: GBP\n"},
        {"carbon: {intensity: 5, currency: GBP}",
         "error 1:24 carbon.currency | a currency needs a price per kWh | add e.g. price: 0.28\n"},
        {"carbon: {intensity: 5, price: -1, currency: GBP}",
         "error 1:31 carbon.price | price (-1) must be above 0 | leave it out if there is none\n"},
        {"carbon: {intensity: 5, price: 1, currency: ''}",
         "error 1:44 carbon.currency | the currency is empty\n"},
        {"carbon: {intensity: 5, embodied: {total: 350 kg, lifetime: 4 years}}", ""},
        {"carbon: {intensity: 5, embodied: {total: 1.2t, lifetime: 1500d}}", ""},
        {"carbon: {intensity: 5, embodied: {total: 350, lifetime: 4 years}}",
         "error 1:42 carbon.embodied.total | expected a mass such as 900g, 350kg or 1.2t, not "
         "'350' | units are g, kg and t\n"},
        {"carbon: {intensity: 5, embodied: {total: 3 lb, lifetime: 4 years}}",
         "error 1:42 carbon.embodied.total | expected a mass such as 900g, 350kg or 1.2t, not "
         "'3 lb' | units are g, kg and t\n"},
        {"carbon: {intensity: 5, embodied: {total: 0kg, lifetime: 1 year}}",
         "error 1:42 carbon.embodied.total | the total (0kg) must be above 0\n"},
        {"carbon: {intensity: 5, embodied: {total: 1kg, lifetime: 0}}",
         "error 1:57 carbon.embodied.lifetime | the lifetime (0) must be above 0\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Joules in another dress are warned of, in whatever phase; metrics of the user's own are not. */
static void carbon_ranks_nothing(void **state)
{
    static const eco_probe_case cases[] = {
        {"carbon: {intensity: 5}\nobjectives: {carbon_g: min}",
         "warning 2:14 objectives.carbon_g | 'carbon_g' is 'energy_j' times a constant: in one "
         "place it ranks trials as joules do | write energy_j; carbon and money are shown in any "
         "case\n"},
        {"carbon: {intensity: 5, price: 1, currency: X}\nobjectives: {run.energy_cost: min}",
         "warning 2:14 objectives.run.energy_cost | 'run.energy_cost' is "
         "'run.energy_j' times a constant: in one place it ranks trials as joules do | write "
         "run.energy_j; carbon and money are shown in any case\n"},
        {"metrics: {energy_cost: {}}\nobjectives: {energy_cost: min}", ""},
        {"metrics: {carbon_g: {}}\nobjectives: {carbon_g: min}", ""},
        {"carbon: {intensity: 5}\nobjectives: {energy_cost: min}",
         "error 2:14 objectives.energy_cost | there is no metric 'energy_cost' | add e.g. carbon: "
         "{country: GBR, price: 0.28, currency: GBP}\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void carbon(void **state)
{
    static const eco_probe_case cases[] = {
        {"carbon:", ""},
        {"carbon: GBR", "error 1:9 carbon | expected a map (key: value), not 'GBR' | e.g. carbon: "
                        "{country: GBR, pue: 1.2}\n"},
        {"carbon: {}", "error 1:1 carbon | carbon needs a country or an intensity | add country: "
                       "GBR, or intensity: NUMBER in g/kWh\n"},
        {"carbon: {country: GBR}", ""},
        {"carbon: {country: gbr}", ""},
        {"carbon: {country: GB}",
         "error 1:19 carbon.country | there is no carbon intensity for 'GB' | write an ISO 3166-1 "
         "alpha-3 code such as GBR, or intensity: NUMBER\n"},
        {"carbon: {country: ''}",
         "error 1:19 carbon.country | there is no carbon intensity for '' | write an ISO 3166-1 "
         "alpha-3 code such as GBR, or intensity: NUMBER\n"},
        {"carbon: {country: ZZZ}",
         "error 1:19 carbon.country | there is no carbon intensity for 'ZZZ' | write an ISO 3166-1 "
         "alpha-3 code such as GBR, or intensity: NUMBER\n"},
        {"carbon: {country: [GBR]}",
         "error 1:19 carbon.country | expected a text, not a list | e.g. country: GBR\n"},
        {"carbon: {intensity: -1}", "error 1:21 carbon.intensity | the intensity must not be "
                                    "negative | it is in g CO2e per kWh\n"},
        {"carbon: {intensity: 0}", ""},
        {"carbon: {intensity: '5'}",
         "error 1:21 carbon.intensity | expected a number, not '5' | leave out the quotes\n"},
        {"carbon: {intensity: .inf}",
         "error 1:21 carbon.intensity | expected a number, not '.inf' | it must be finite\n"},
        {"carbon: {intensity: 5, pue: 0.99}", "error 1:29 carbon.pue | pue (0.99) must be at least "
                                              "1 | 1 means that all energy goes to the computer\n"},
        {"carbon: {intensity: 5, pue: 1}", ""},
        {"carbon: {pue: 1.2}", "error 1:1 carbon | carbon needs a country or an intensity | add "
                               "country: GBR, or intensity: NUMBER in g/kWh\n"},
        {"carbon: {intensity: 5, pue: x}", "error 1:29 carbon.pue | expected a number, not 'x'\n"},
        {"carbon: {contry: GBR}",
         "error 1:10 carbon.contry | there is no key 'contry' here | did you mean 'country'?\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void env(void **state)
{
    static const eco_probe_case cases[] = {
        {"env:", ""},
        {"env: {}", ""},
        {"env: [A]", "error 1:6 env | expected a map (key: value), not a list\n"},
        {"env: {A: 1, B: true, C: '{x}'}", ""},
        {"env: {A: }", "error 1:7 env.A | expected a text, not nothing\n"},
        {"env: {1A: x}", "error 1:7 env.1A | '1A' cannot be the name of a variable | use letters, "
                         "digits and '_'\n"},
        {"env: {A-B: x}", "error 1:7 env.A-B | 'A-B' cannot be the name of a variable | use "
                          "letters, digits and '_'\n"},
        {"env: {'': x}",
         "error 1:7 env. | '' cannot be the name of a variable | use letters, digits and '_'\n"},
        {"env: {A.B: x}", "error 1:7 env.A.B | 'A.B' cannot be the name of a variable | use "
                          "letters, digits and '_'\n"},
        {"env: {ECOPT_SEED: 1}", "error 1:7 env.ECOPT_SEED | variables that begin with ECOPT_ are "
                                 "set by ecopt | choose another name\n"},
        {"env: {A: '{y}'}",
         "error 1:11 env.A | nothing is called {y} | write {{y}} for the text itself\n"},
        {"env: {A: [1]}", "error 1:10 env.A | expected a text, not a list\n"},
        {"env: {A: '{params.json} {trial.dir} {{y}}'}", ""},
        {"env:\n"
         "  A: 1\n"
         "  B: 2\n"
         "  A: 3",
         "error 4:3 env.A | this key is given twice | it stands first in line 2; keep one of "
         "them\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Every unit of time, energy and share, with and without a blank before it. */
static void units(void **state)
{
    static const struct {
        const char *key, *text;
        double value;
    } cases[] = {
        {"time", "250ms", 0.25},      {"time", "3 s", 3},           {"time", "3sec", 3},
        {"time", "2m", 120},          {"time", "2min", 120},        {"time", "1.5h", 5400},
        {"time", "2d", 172800},       {"time", "90", 90},           {"time", "1e3", 1000},
        {"time", "1e3ms", 1},         {"time", "+5s", 5},           {"time", ".5 h", 1800},
        {"energy", "500J", 500},      {"energy", "2kJ", 2000},      {"energy", "3 MJ", 3e6},
        {"energy", "1Wh", 3600},      {"energy", "2kWh", 7.2e6},    {"energy", "0.5MWh", 1.8e9},
        {"energy", "1e3J", 1000},     {"energy", "2.5e-3kWh", 9e3}, {"energy", "42", 42},
        {"failures", "50%", 0.5},     {"failures", "0", 0},         {"failures", "1", 1},
        {"failures", "12.5 %", .125}, {"failures", "1e1%", 0.1},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char *text = eco_asprintf(*state, "budget: {%s: %s}\n", cases[i].key, cases[i].text);
        ecopt_definition *d = eco_probe_parse(*state, text);
        double got = cases[i].key[0] == 't'   ? d->budget.time_s
                     : cases[i].key[0] == 'e' ? d->budget.energy_j
                                              : d->budget.max_failure_ratio;
        assert_close(got, cases[i].value, 1e-15, 0);
        ecopt_definition_free(*state, d);
        eco_free(*state, text);
    }
}

/* What is no quantity: each must be refused in each of the three places. */
static void no_units(void **state)
{
    static const char *const texts[] = {
        "s",   "1 2s", "1s2", "--1s",  "1e",  "e3s", "'1,5h'", "1.2.3s", "1h30", "J",   "1 j",
        "'%'", "0x1s", "1S",  "1 Min", "inf", "nan", "1_0s",   "'1 s '", "\"\"", "[1]", "{a: 1}"};
    static const char *const keys[] = {"time", "energy", "failures"};
    for (size_t i = 0; i < ECO_LEN(texts) * ECO_LEN(keys); i++) {
        char *text = eco_asprintf(*state, "budget: {%s: %s}\n", keys[i % 3], texts[i / 3]);
        char *all = eco_probe_complete(*state, text);
        char *remarks = eco_probe_remarks(*state, all, strlen(all));
        if (!strstr(remarks, "expected ") || !strstr(remarks, keys[i % 3]))
            fail_msg("%s: %s", text, remarks);
        eco_free(*state, remarks);
        eco_free(*state, all);
        eco_free(*state, text);
    }
}

/* Defaults that depend on other keys, and what is handed on as it was written. */
static void values(void **state)
{
    static const struct {
        const char *text;
        int64_t trials, init;
    } budgets[] = {
        {"", 30, 5},
        {"budget: {trials: 3}", 3, 5},
        {"budget: {trials: 5}", 5, 5},
        {"budget: {trials: 6}", 6, 5},
        {"budget: {init: 30}", 30, 30},
        {"budget: {trials: 1e2, init: 1}", 100, 1},
        {"budget: ~", 30, 5},
    };
    for (size_t i = 0; i < ECO_LEN(budgets); i++) {
        ecopt_definition *d = eco_probe_parse(*state, budgets[i].text);
        assert_int_equal(d->budget.trials, budgets[i].trials);
        assert_int_equal(d->budget.init, budgets[i].init);
        ecopt_definition_free(*state, d);
    }
    ecopt_definition *d = eco_probe_parse(*state, "carbon: {country: fra, intensity: 7, pue: 1.5}\n"
                                                  "env: {A: '{x}', B: 'c=d', E: ''}\n"
                                                  "meter: {record: ../t.csv, require: measured}\n"
                                                  "seed: 9223372036854775807\nsampler: sobol\n");
    assert_string_equal(d->carbon.country, "FRA");
    assert_true(d->carbon.intensity_g_per_kwh == 7 && d->carbon.pue == 1.5);
    assert_int_equal(d->n_env, 3);
    assert_string_equal(d->env[0], "A={x}");
    assert_string_equal(d->env[1], "B=c=d");
    assert_string_equal(d->env[2], "E=");
    assert_string_equal(d->meter.record, "/dir/../t.csv");
    assert_string_equal(d->meter.require, "measured");
    assert_true(d->seed == 9223372036854775807u);
    assert_string_equal(d->sampler, "sobol");
    assert_true(d->carbon.uncertainty_ratio == 0.5 && !d->carbon.is_uncertainty_given);
    ecopt_definition_free(*state, d);
    d = eco_probe_parse(*state, "carbon: {country: GBR, uncertainty: 7%, wue: 1.8, price: 0.28, "
                                "currency: GBP, embodied: {total: 350kg, lifetime: 4 years}}");
    assert_close(d->carbon.uncertainty_ratio, 0.07, 1e-12, 0);
    assert_true(d->carbon.is_uncertainty_given && d->carbon.wue_l_per_kwh == 1.8);
    assert_true(d->carbon.price_per_kwh == 0.28 && d->carbon.embodied_g == 350e3);
    assert_close(d->carbon.lifetime_s, 4 * 365.25 * 86400, 1e-12, 0);
    assert_string_equal(d->carbon.currency, "GBP");
    ecopt_definition_free(*state, d);
    d = eco_probe_parse(*state, "carbon: {country: GBR}");
    assert_true(d->carbon.uncertainty_ratio == 0.15 && d->carbon.currency == NULL);
    assert_true(d->carbon.wue_l_per_kwh == 0 && d->carbon.price_per_kwh == 0);
    ecopt_definition_free(*state, d);
    d = eco_probe_parse(*state, "carbon: {intensity: 0}");
    assert_true(d->carbon.is_set && d->carbon.intensity_g_per_kwh == 0 && d->carbon.pue == 1);
    assert_null(d->carbon.country);
    ecopt_definition_free(*state, d);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names),         TEST(seed_and_sampler),
        TEST(sampler_map),   TEST(budget),
        TEST(meter),         TEST(carbon),
        TEST(carbon_extras), TEST(carbon_ranks_nothing),
        TEST(env),           TEST(units),
        TEST(no_units),      TEST(values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
