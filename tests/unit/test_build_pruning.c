/*
 * What is wrong with `pruning`, at both sides of each border, and what a
 * right section comes to.
 */
#include "support/config_probe.h"
#include "support/eco_test.h"

static void rules(void **state)
{
    static const eco_probe_case cases[] = {
        {"pruning: none", ""},
        {"pruning: curve", ""},
        {"pruning: asha", ""},
        {"pruning: {}", ""},
        {"pruning: {rule: curve, steps: 30, metric: a, confidence: 99%, warmup: {trials: 2, "
         "steps: 30}}",
         ""},
        {"pruning: {rule: asha, reduction: 4, steps: 27}", ""},
        {"pruning: median",
         "error 1:10 pruning | expected one of none, curve, asha or a map (key: value), not "
         "'median' | e.g. pruning: {rule: curve, steps: 30}\n"},
        {"pruning: {rule: Curve}",
         "error 1:17 pruning.rule | expected one of none, curve, asha, not 'Curve' | did you mean "
         "'curve'?\n"},
        {"pruning: {metric: b}",
         "error 1:19 pruning.metric | 'b' is no objective and no constraint | name the objective "
         "that the program reports by step\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void counts(void **state)
{
    static const eco_probe_case cases[] = {
        {"pruning: {steps: 1}", ""},
        {"pruning: {steps: 0}", "error 1:18 pruning.steps | steps (0) must be at least 1 | leave "
                                "it out for the default\n"},
        {"pruning: {steps: -3}", "error 1:18 pruning.steps | steps (-3) must be at least 1 | leave "
                                 "it out for the default\n"},
        {"pruning: {warmup: {trials: 1}}", "error 1:28 pruning.warmup.trials | trials (1) must be "
                                           "at least 2 | leave it out for the default\n"},
        {"pruning: {warmup: {steps: 0}}", "error 1:27 pruning.warmup.steps | steps (0) must be at "
                                          "least 1 | leave it out for the default\n"},
        {"pruning: {steps: 3, warmup: {steps: 3}}", ""},
        {"pruning: {steps: 3, warmup: {steps: 4}}",
         "error 1:37 pruning.warmup.steps | the warm-up (4 steps) is longer than a trial (3) | "
         "lower it or raise steps\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void ratios(void **state)
{
    static const eco_probe_case cases[] = {
        {"pruning: {confidence: 0.5}", ""},
        {"pruning: {confidence: 99.9%}", ""},
        {"pruning: {confidence: 0.49}", "error 1:23 pruning.confidence | confidence (0.49) must be "
                                        "at least 0.5 and below 1 | e.g. 0.95 or 95%\n"},
        {"pruning: {confidence: 100%}", "error 1:23 pruning.confidence | confidence (100%) must be "
                                        "at least 0.5 and below 1 | e.g. 0.95 or 95%\n"},
        {"pruning: {confidence: 95}", "error 1:23 pruning.confidence | confidence (95) must be at "
                                      "least 0.5 and below 1 | e.g. 0.95 or 95%\n"},
        {"pruning: {gain: 0}", ""},
        {"pruning: {gain: 99%}", ""},
        {"pruning: {gain: 100%}",
         "error 1:17 pruning.gain | gain (100%) must be below 1 | e.g. 0.05%, or 0 for any gain\n"},
        {"pruning: {rule: asha, gain: 1%}",
         "warning 1:23 pruning.gain | the rule does not use this setting | leave it out\n"},
        {"pruning: {rule: asha, reduction: 100}", ""},
        {"pruning: {rule: asha, reduction: 1}",
         "error 1:34 pruning.reduction | reduction (1) must be above 1 and at most 100 | e.g. 3: "
         "one in three goes on\n"},
        {"pruning: {rule: asha, reduction: 101}",
         "error 1:34 pruning.reduction | reduction (101) must be above 1 and at most 100 | e.g. 3: "
         "one in three goes on\n"},
        /* A setting of the other rule is said, and harms nothing. */
        {"pruning: {rule: asha, confidence: 95%}",
         "warning 1:23 pruning.confidence | the rule does not use this setting | leave it out\n"},
        {"pruning: {reduction: 2}",
         "warning 1:11 pruning.reduction | the rule does not use this setting | leave it out\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Without the section nothing is ended early; settings without a rule are of the default one. */
static void values(void **state)
{
    ecopt_ctx *ctx = *state;
    static const struct {
        const char *sections;
        ecopt_prune_rule rule;
        int64_t steps, trials, warmup_steps;
        double confidence, reduction, gain;
    } cases[] = {
        {"", ECOPT_PRUNE_NONE, 0, 5, 1, 0.95, 3, 5e-4},
        {"pruning: curve", ECOPT_PRUNE_CURVE, 0, 5, 1, 0.95, 3, 5e-4},
        {"pruning: {steps: 9}", ECOPT_PRUNE_CURVE, 9, 5, 1, 0.95, 3, 5e-4},
        {"pruning: {rule: none, steps: 9}", ECOPT_PRUNE_NONE, 9, 5, 1, 0.95, 3, 5e-4},
        {"pruning: {rule: asha, reduction: 2.5, warmup: {trials: 8, steps: 2}}", ECOPT_PRUNE_ASHA,
         0, 8, 2, 0.95, 2.5, 5e-4},
        {"pruning: {confidence: 80%}", ECOPT_PRUNE_CURVE, 0, 5, 1, 0.8, 3, 5e-4},
        {"pruning: {gain: 0}", ECOPT_PRUNE_CURVE, 0, 5, 1, 0.95, 3, 0},
        {"pruning: {gain: 0.01%}", ECOPT_PRUNE_CURVE, 0, 5, 1, 0.95, 3, 1e-4},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_definition *definition = eco_probe_parse(ctx, cases[i].sections);
        const ecopt_pruning *pruning = &definition->pruning;
        assert_int_equal(pruning->rule, cases[i].rule);
        assert_int_equal(pruning->steps, cases[i].steps);
        assert_int_equal(pruning->warmup_trials, cases[i].trials);
        assert_int_equal(pruning->warmup_steps, cases[i].warmup_steps);
        assert_close(pruning->confidence, cases[i].confidence, 1e-15, 0);
        assert_close(pruning->reduction, cases[i].reduction, 0, 0);
        assert_close(pruning->gain_ratio, cases[i].gain, 1e-15, 0);
        assert_true(pruning->metric == NULL);
        ecopt_definition_free(ctx, definition);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(counts, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(ratios, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(values, eco_test_set_up, eco_test_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
