/*
 * What is wrong with metrics, objectives and constraints.
 *
 * Each case: sections of a file, and all remarks on them (place, key, message, hint); none means
 * that the file is right.  The sections that are left out are added by the probe.
 */
#include "support/config_probe.h"
#include "support/eco_test.h"

static void metrics(void **state)
{
    static const eco_probe_case cases[] = {
        {"metrics:", "error 5:14 objectives.a | there is no metric 'a' | declare it: metrics: {a: "
                     "{regex: '...'}}, or {a: {}} if the program reports it\n"},
        {"metrics: [a]", "error 1:10 metrics | expected a map (key: value), not a list\n"},
        {"metrics: {a: 3}", "error 1:14 metrics.a | expected a map (key: value), not '3' | e.g. "
                            "accuracy: {regex: 'accuracy: ([0-9.]+)'}\n"},
        {"metrics: {a: }", ""},
        {"metrics: {a: {}, 1b: {}}",
         "error 1:18 metrics.1b | '1b' cannot be the name of a metric | use letters, digits, '_', "
         "'-' and '.', starting with a letter\n"},
        {"metrics: {a: {}, b.: {}}",
         "error 1:18 metrics.b. | 'b.' cannot be the name of a metric | use letters, digits, '_', "
         "'-' and '.', starting with a letter\n"},
        {"metrics: {a: {}, 'b c': {}}",
         "error 1:18 metrics.b c | 'b c' cannot be the name of a metric | use letters, digits, "
         "'_', '-' and '.', starting with a letter\n"},
        {"metrics: {a: {}, energy_j: {}}", "error 1:18 metrics.energy_j | 'energy_j' is measured "
                                           "by ecopt itself | use it without declaring it\n"},
        {"metrics: {a: {}, run.time_s: {}}",
         "error 1:18 metrics.run.time_s | 'run.time_s' is measured by ecopt itself | use it "
         "without declaring it\n"},
        {"metrics: {a: {}, run.samples: {}}", ""},
        {"metrics: {a: {regex: 'x (.)'}}", ""},
        {"metrics: {a: {regex: 'x .'}}", ""},
        {"metrics: {a: {regex: '(a)(b)'}}", ""},
        {"metrics: {a: {regex: 'x ('}}",
         "error 1:26 metrics.a.regex | regex /x (/ at offset 3: missing closing parenthesis\n"},
        {"metrics: {a: {regex: ''}}",
         "error 1:22 metrics.a.regex | the pattern is empty | e.g. regex: 'accuracy: ([0-9.]+)'\n"},
        {"metrics: {a: {regex: }}", "error 1:15 metrics.a.regex | expected a text, not nothing | "
                                    "e.g. regex: 'accuracy: ([0-9.]+)'\n"},
        {"metrics: {a: {regex: [x]}}", "error 1:22 metrics.a.regex | expected a text, not a list | "
                                       "e.g. regex: 'accuracy: ([0-9.]+)'\n"},
        {"metrics: {a: {json: r.json, pointer: /a}}", ""},
        {"metrics: {a: {json: r.json}}", "error 1:15 metrics.a.json | a JSON file needs the "
                                         "pointer to the value | add e.g. pointer: /accuracy\n"},
        {"metrics: {a: {pointer: /a}}", "error 1:15 metrics.a.pointer | a pointer needs the JSON "
                                        "file it points into | add json: FILE\n"},
        {"metrics: {a: {json: r.json, pointer: a}}",
         "error 1:38 metrics.a.pointer | a JSON pointer begins with '/' | write /a\n"},
        {"metrics: {a: {json: r.json, pointer: ''}}", ""},
        {"metrics: {a: {json: '{y}.json', pointer: /a}}",
         "error 1:22 metrics.a.json | nothing is called {y} | write {{y}} for the text itself\n"},
        {"metrics: {a: {json: '{trial.dir}/{x}.json', pointer: /a}}", ""},
        {"metrics: {a: {regex: 'x (.)', json: r.json, pointer: /a}}",
         "error 1:31 metrics.a.json | a metric has either a regex or a JSON file | keep one of "
         "them\n"},
        {"metrics: {a: {regex: 'x (.)', pointer: /a}}",
         "error 1:31 metrics.a.pointer | a metric has either a regex or a JSON file | keep one of "
         "them\n"},
        {"metrics: {a: {regex: 'x (.)', phase: run}}", ""},
        {"metrics: {a: {regex: 'x (.)', phase: rum}}",
         "error 1:38 metrics.a.phase | there is no phase 'rum' | did you mean 'run'?\n"},
        {"metrics: {a: {regex: 'x (.)', phase: [run]}}",
         "error 1:38 metrics.a.phase | expected a text, not a list\n"},
        {"metrics: {a: {regexp: 'x (.)'}}",
         "error 1:15 metrics.a.regexp | there is no key 'regexp' here | did you mean 'regex'?\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void objectives(void **state)
{
    static const eco_probe_case cases[] = {
        {"objectives: {}", "error 1:13 objectives | a study needs at least one objective | e.g. "
                           "objectives: {accuracy: max, energy_j: min}\n"},
        {"objectives:", "error 1:1 objectives | expected a map (key: value), not nothing | e.g. "
                        "objectives: {accuracy: max, energy_j: min}\n"},
        {"objectives: [a]", "error 1:13 objectives | expected a map (key: value), not a list | "
                            "e.g. objectives: {accuracy: max, energy_j: min}\n"},
        {"objectives: a", "error 1:13 objectives | expected a map (key: value), not 'a' | e.g. "
                          "objectives: {accuracy: max, energy_j: min}\n"},
        {"objectives: {a: maximise}",
         "error 1:17 objectives.a | expected one of min, max or a map (key: value), not 'maximise' "
         "| e.g. accuracy: {goal: max}\n"},
        {"objectives: {a: Max}", "error 1:17 objectives.a | expected one of min, max or a map "
                                 "(key: value), not 'Max' | did you mean 'max'?\n"},
        {"objectives: {a: }", "error 1:14 objectives.a | expected one of min, max or a map (key: "
                              "value), not nothing | e.g. accuracy: {goal: max}\n"},
        {"objectives: {a: {}}",
         "error 1:17 objectives.a | the key 'goal' is missing | add e.g. goal: max\n"},
        {"objectives: {a: {goal: up}}",
         "error 1:24 objectives.a.goal | expected one of min, max, not 'up' | e.g. goal: max\n"},
        {"objectives: {a: {goal: max, threshold: high}}",
         "error 1:40 objectives.a.threshold | expected a number, not 'high'\n"},
        {"objectives: {a: {goal: max, threshold: '3'}}",
         "error 1:40 objectives.a.threshold | expected a number, not '3' | leave out the quotes\n"},
        {"objectives: {a: {goal: max, threshold: .inf}}",
         "error 1:40 objectives.a.threshold | expected a number, not '.inf' | it must be finite\n"},
        {"objectives: {a: {goal: max, threshold: -3}}", ""},
        {"objectives: {run.time_s: {goal: min, threshold: 3min}}", ""},
        {"objectives: {energy_j: {goal: min, threshold: 2 mJ}}", ""},
        {"objectives: {a: {goal: max, threshold: 3min}}",
         "error 1:40 objectives.a.threshold | '3min' is no value of 'a': it has another unit, or "
         "none | write a number\n"},
        {"objectives: {energy_j: {goal: min, threshold: 2 min}}",
         "error 1:47 objectives.energy_j.threshold | '2 min' is no value of 'energy_j': it has "
         "another unit, or none | write a number\n"},
        {"objectives: {a: {goal: max, threshold: 0, scale: log}}",
         "error 1:40 objectives.a.threshold | the threshold (0) must be above 0 on a log scale | "
         "raise it above 0 or write scale: linear\n"},
        {"objectives: {energy_j: {goal: min, threshold: 0}}",
         "error 1:47 objectives.energy_j.threshold | the threshold (0) must be above 0 on a log "
         "scale | raise it above 0 or write scale: linear\n"},
        {"objectives: {energy_j: {goal: min, threshold: 0, scale: linear}}", ""},
        {"objectives: {a: {goal: max, scale: ln}}",
         "error 1:36 objectives.a.scale | expected one of linear, log, auto, not 'ln'\n"},
        {"objectives: {a: {goal: max, weight: 2}}",
         "error 1:29 objectives.a.weight | there is no key 'weight' here | allowed are goal, "
         "threshold, scale\n"},
        {"objectives: {b: max}",
         "error 1:14 objectives.b | there is no metric 'b' | declare it: metrics: {b: {regex: "
         "'...'}}, or {b: {}} if the program reports it\n"},
        {"objectives: {accuracyy: max}\n"
         "metrics: {accuracy: {}}",
         "error 1:14 objectives.accuracyy | there is no metric 'accuracyy' | did you mean "
         "'accuracy'?\n"},
        {"objectives: {energy: min}",
         "error 1:14 objectives.energy | there is no metric 'energy' | did you mean 'energy_j'?\n"},
        {"objectives: {run.energy: min}", "error 1:14 objectives.run.energy | there is no metric "
                                          "'run.energy' | did you mean 'run.energy_j'?\n"},
        {"objectives: {train.energy_j: min}",
         "error 1:14 objectives.train.energy_j | there is no metric 'train.energy_j' | did you "
         "mean 'run.energy_j'?\n"},
        {"objectives: {run.j_per_sample: min}",
         "warning 1:14 objectives.run.j_per_sample | 'run.j_per_sample' needs a metric 'samples'; "
         "the program must report it | declare it: metrics: {samples: {...}}\n"},
        {"objectives: {run.j_per_sample: min}\n"
         "metrics: {samples: {}}",
         ""},
        {"objectives: {run.samples_per_s: max}\n"
         "metrics: {run.samples: {}}",
         ""},
        {"objectives: {run.carbon_g: min}",
         "error 1:14 objectives.run.carbon_g | there is no metric 'run.carbon_g' | add e.g. "
         "carbon: {country: GBR}\n"},
        {"objectives: {run.carbon_g: min}\n"
         "carbon: {country: GBR}",
         "warning 1:14 objectives.run.carbon_g | 'run.carbon_g' is 'run.energy_j' times a "
         "constant: "
         "in one place it ranks trials as joules do | write run.energy_j; carbon and money are "
         "shown in any case\n"},
        {"objectives: {a: max, a: min}", "error 1:22 objectives.a | this key is given twice | it "
                                         "stands first in line 1; keep one of them\n"},
        {"objectives: {x: min}",
         "error 1:14 objectives.x | there is no metric 'x' | declare it: metrics: {x: {regex: "
         "'...'}}, or {x: {}} if the program reports it\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void constraints(void **state)
{
    static const eco_probe_case cases[] = {
        {"constraints:", ""},
        {"constraints: []", ""},
        {"constraints: {a: 1}",
         "error 1:14 constraints | expected a text or a list, not a map | e.g. constraints: "
         "[evaluate.time_s <= 60, width * depth <= 256]\n"},
        {"constraints: 3", "error 1:14 constraints | '3' at byte 1: a condition (true or false) is "
                           "needed here | compare it with something, e.g. depth > 1\n"},
        {"constraints: x < 0.5", ""},
        {"constraints: [x < 0.5, n * x <= 20]", ""},
        {"constraints: [a <= 3]", ""},
        {"constraints: [run.time_s <= 2 min]", ""},
        {"constraints: [3 kJ >= energy_j]", ""},
        {"constraints: [3 >= a]", ""},
        {"constraints: [a < 3, a > 1]", ""},
        {"constraints: [a == 3]", "error 1:15 constraints[1] | a metric can only be bounded, not "
                                  "compared with '==' | write <= or >=\n"},
        {"constraints: [a != 3]", "error 1:15 constraints[1] | a metric can only be bounded, not "
                                  "compared with '!=' | write <= or >=\n"},
        {"constraints: [a <= b]",
         "error 1:15 constraints[1] | the metric 'a' cannot stand in an expression | a metric is "
         "compared with one number: evaluate.time_s <= 60\n"},
        {"constraints: [a + 1 <= 3]",
         "error 1:15 constraints[1] | the metric 'a' cannot stand in an expression | a metric is "
         "compared with one number: evaluate.time_s <= 60\n"},
        {"constraints: [b <= 3]", "error 1:15 constraints[1] | 'b' is neither a parameter nor a "
                                  "metric | put quotes around a text, or declare the metric\n"},
        {"constraints: [x <= y]", "error 1:20 constraints[1] | 'y' is neither a parameter nor a "
                                  "metric | put quotes around a text, or declare the metric\n"},
        {"constraints: [x]", "error 1:15 constraints[1] | 'x' at byte 1: a condition (true or "
                             "false) is needed here | compare it with something, e.g. depth > 1\n"},
        {"constraints: [x <]",
         "error 1:18 constraints[1] | the expression ends too early: a value is needed here\n"},
        {"constraints: ['']", "error 1:16 constraints[1] | expression is empty\n"},
        {"constraints: [ , x < 1]", "error 1:16 | nothing stands before this comma | leave it out, "
                                    "or write '' for an empty text\n"},
        {"constraints: [[x < 1]]",
         "error 1:15 constraints[1] | expected a text, not a list | e.g. evaluate.time_s <= 60\n"},
        {"constraints: [run.time_s <= 60]", ""},
        {"constraints: [run.time <= 60]", "error 1:15 constraints[1] | 'run.time' is neither a "
                                          "parameter nor a metric | did you mean 'run.time_s'?\n"},
        {"constraints: [run.time_s <= 1e999]",
         "error 1:15 constraints[1] | the metric 'run.time_s' cannot stand in an expression | a "
         "metric is compared with one number: evaluate.time_s <= 60\n"},
        {"constraints: [run.j_per_sample <= 3]",
         "warning 1:15 constraints[1] | 'run.j_per_sample' needs a metric 'samples'; the program "
         "must report it | declare it: metrics: {samples: {...}}\n"},
        {"constraints: [x <= 3]\n"
         "metrics: {a: {}, x: {}}",
         "error 1:15 constraints[1] | 'x' is a parameter and a metric | rename one of them\n"},
        {"constraints: [x && n]",
         "error 1:17 constraints[1] | '&&' at byte 3: not an operator here | write 'and'\n"},
        {"constraints: [x => 3]",
         "error 1:17 constraints[1] | '=>' at byte 3: not an operator here | write '>='\n"},
        {"constraints: [x =< 3]",
         "error 1:17 constraints[1] | '=<' at byte 3: not an operator here | write '<='\n"},
        {"constraints: [x < 1,, n < 3]", "error 1:21 | nothing stands before this comma | leave it "
                                         "out, or write '' for an empty text\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(metrics),
        TEST(objectives),
        TEST(constraints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
