/* The keys meter.repeats, meter.confirm and profile: what is refused, what becomes of the rest. */
#include "support/config_probe.h"
#include "support/eco_test.h"

#define TWO    "command: {train: './t {x} {n}', evaluate: ./e}\n"
#define THREE  "command: {profile: ./p, train: './t {x} {n}', evaluate: ./e}\n"
#define ENERGY "objectives: {a: max, evaluate.energy_j: min}\n"

static void test_mistakes(void **state)
{
    static const eco_probe_case cases[] = {
        {TWO ENERGY "meter: {repeats: {max: 3, phases: [evaluat]}}",
         "error 3:36 meter.repeats.phases[1] | there is no phase 'evaluat' | did you mean "
         "'evaluate'?\n"},
        {TWO ENERGY "meter: {repeats: {max: 3, phases: []}}",
         "error 3:35 meter.repeats.phases | the list of repeated phases is empty | leave it out "
         "for the default\n"},
        {TWO ENERGY "meter: {repeats: {max: 3, target: 0}}",
         "error 3:35 meter.repeats.target | target (0) must lie between 0 and 1 | e.g. 3%\n"},
        {TWO ENERGY "meter: {repeats: 1001}", "error 3:18 meter.repeats | a phase can be repeated "
                                              "at most 1000 times, not 1001 | lower it\n"},
        {TWO ENERGY "meter: {confirm: -1}",
         "error 3:18 meter.confirm | confirm (-1) must lie between 0 and 100 | 0 turns it off\n"},
        {TWO ENERGY "meter: {confirm: 101}",
         "error 3:18 meter.confirm | confirm (101) must lie between 0 and 100 | 0 turns it off\n"},
        {TWO "meter: {repeats: 3}",
         "warning 2:9 meter.repeats | no phase is repeated: no objective or constraint names the "
         "energy or time of a phase after the first | name them with phases: [...]\n"},
        {TWO "meter: {confirm: 2}",
         "warning 2:9 meter.confirm | no phase is measured anew: no objective or constraint names "
         "the energy or time of a phase after the first | name them with "
         "meter.repeats.phases\n"},
        {THREE ENERGY "profile: {phase: profile}",
         "error 3:10 profile | the key 'provides' is missing | add e.g. provides: "
         "{evaluate.j_per_sample: profile.j_per_sample}\n"},
        {THREE ENERGY "profile: {phase: profil, provides: {evaluate.energy_j: profile.energy_j}}",
         "error 3:18 profile.phase | there is no phase 'profil' | did you mean 'profile'?\n"},
        {THREE ENERGY "profile: {phase: evaluate, provides: {evaluate.energy_j: "
                      "evaluate.energy_j}}",
         "error 3:18 profile.phase | no phase comes after 'evaluate' | put it before the phases "
         "that it decides about\n"},
        {THREE ENERGY "profile: {phase: profile, provides: {}}",
         "error 3:37 profile.provides | provides names no objective | e.g. "
         "{evaluate.j_per_sample: profile.j_per_sample}\n"},
        {THREE ENERGY "profile: {phase: profile, provides: {evaluate.energy: profile.energy_j}}",
         "error 3:38 profile.provides.evaluate.energy | 'evaluate.energy' is not an objective | "
         "did you mean 'evaluate.energy_j'?\n"},
        {THREE ENERGY "profile: {phase: profile, provides: {evaluate.energy_j: profile.energy}}",
         "error 3:57 profile.provides.evaluate.energy_j | there is no metric 'profile.energy' | "
         "did you mean 'profile.energy_j'?\n"},
        {THREE ENERGY "profile: {phase: profile, provides: {evaluate.energy_j: train.energy_j}}",
         "error 3:57 profile.provides.evaluate.energy_j | 'train.energy_j' is not known after "
         "phase 'profile' | name one of that phase, e.g. profile.energy_j\n"},
        {THREE ENERGY "profile: {phase: profile, provides: {evaluate.energy_j: "
                      "profile.energy_j}, threshold: 100%}",
         "error 3:87 profile.threshold | threshold (100%) must lie between 0 and 1 | e.g. 5%\n"},
        {THREE "objectives: {evaluate.energy_j: min}\n"
               "profile: {phase: profile, provides: {evaluate.energy_j: profile.energy_j}}",
         "warning 3:37 profile.provides | the profile phase provides every objective: it decides "
         "alone whether a trial goes on\n"},
        {THREE ENERGY "profile: ", ""},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Which phases are repeated, written as their indices. */
static void test_which_phases(void **state)
{
    static const struct {
        const char *sections, *phases;
        int64_t min, max, confirm;
    } cases[] = {
        {"", "0", 1, 1, 0},
        {"meter: {repeats: 4}", "0", 4, 4, 0},
        {TWO ENERGY "meter: {repeats: {max: 3}}", "1", 1, 3, 3},
        {TWO ENERGY "meter: {repeats: {max: 3}, confirm: 0}", "1", 1, 3, 0},
        {TWO ENERGY "meter: {repeats: {min: 2, max: 3}, confirm: 5}", "1", 2, 3, 5},
        {TWO ENERGY "meter: {repeats: 3}", "1", 3, 3, 0},
        {TWO ENERGY "meter: {repeats: {target: 2%}}", "1", 1, 8, 3},
        {TWO ENERGY "meter: {repeats: {min: 9, target: 2%}}", "1", 9, 9, 0},
        {TWO ENERGY "meter: {repeats: {max: 3}, sources: 'replay:x'}", "1", 1, 3, 0},
        {TWO ENERGY "meter: {repeats: {max: 3}, sources: 'replay:x', confirm: 2}", "1", 1, 3, 2},
        {TWO "objectives: {a: max, train.energy_j: min, energy_j: min}\n", "", 1, 1, 0},
        {TWO "objectives: {a: max, train.energy_j: min}\nmeter: {repeats: {max: 3, phases: "
             "train}}",
         "0", 1, 3, 3},
        {TWO "constraints: [evaluate.time_s <= 60]\n", "1", 1, 1, 0},
        {THREE "objectives: {a: max, profile.energy_j: min, train.time_s: min, "
               "evaluate.energy_j: min}\n",
         "12", 1, 1, 0},
        {THREE "objectives: {a: max, profile.energy_j: min, train.time_s: min, "
               "evaluate.energy_j: min}\nprofile: {phase: profile, provides: {evaluate.energy_j: "
               "profile.energy_j}}",
         "2", 1, 1, 0},
        {THREE ENERGY "meter: {repeats: {max: 2, phases: [evaluate, train]}}", "12", 1, 2, 3},
    };
    ecopt_ctx *ctx = *state;
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_definition *d = eco_probe_parse(ctx, cases[i].sections);
        char phases[16] = "";
        for (size_t k = 0; k < d->repeats.n_phases; k++)
            (void)snprintf(phases + k, sizeof phases - k, "%zu", d->repeats.phases[k]);
        assert_string_equal(phases, cases[i].phases);
        assert_int_equal(d->repeats.min, cases[i].min);
        assert_int_equal(d->repeats.max, cases[i].max);
        assert_int_equal(d->repeats.confirm, cases[i].confirm);
        assert_int_equal(d->meter.repeats, cases[i].min);
        assert_false(d->profile.is_set && i != 14);
        ecopt_definition_free(ctx, d);
    }
}

static void test_profile(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *d = eco_probe_parse(
        ctx, THREE ENERGY "profile: {phase: profile, threshold: 10%, provides: {evaluate.energy_j: "
                          "profile.energy_j}}");
    assert_true(d->profile.is_set);
    assert_int_equal(d->profile.phase, 0);
    assert_int_equal(d->profile.n_provides, 1);
    assert_int_equal(d->profile.provides[0].objective, 1);
    assert_string_equal(d->profile.provides[0].metric, "profile.energy_j");
    assert_close(d->profile.threshold_ratio, 0.1, 1e-15, 0);
    ecopt_definition_free(ctx, d);
    d = eco_probe_parse(ctx, THREE ENERGY "meter: {repeats: {max: 3, target: 3%}}");
    assert_false(d->profile.is_set);
    assert_close(d->profile.threshold_ratio, 0.05, 1e-15, 0);
    assert_close(d->repeats.target_ratio, 0.03, 1e-15, 0);
    ecopt_definition_free(ctx, d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mistakes, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(test_which_phases, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(test_profile, eco_test_set_up, eco_test_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
