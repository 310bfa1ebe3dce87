/* Every way in which a trial can end has its cause, and only that one. */
#include "support/trial_fixture.h"

/* What a script ends as. */
typedef struct ending {
    const char *script;
    ecopt_trial_state state;
    ecopt_cause cause;
} ending;

static void expect_ending(fixture *f, const ending *expected)
{
    f->args[0][2] = expected->script;
    f->definition.n_phases = 1;
    eco_outcome *outcome = run_trial(f);
    if (outcome->cause != expected->cause)
        print_error("%s: '%s': %s\n", expected->script, ecopt_cause_name(outcome->cause),
                    outcome->reason);
    assert_int_equal(outcome->cause, expected->cause);
    assert_int_equal(outcome->state, expected->state);
    eco_outcome_free(f->ctx, outcome);
}

static void test_programs(void **state)
{
    static const ending endings[] = {
        {"echo '[ecopt] {\"accuracy\": 1}'", ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_NONE},
        {"exit 3", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_EXIT},
        {"exit 99", ECOPT_TRIAL_INFEASIBLE, ECOPT_CAUSE_DECLARED},
        {"kill -SEGV $$", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_SIGNAL},
        {"kill -KILL $$", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_SIGNAL},
        {"kill -KILL $PPID; sleep 9", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_LOST},
        {"true", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_NO_METRIC},
        {"echo '{' >$ECOPT_RESULT", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_NO_METRIC},
        {"echo '[ecopt] {\"accuracy\": NaN}'", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_NOT_A_NUMBER},
        {"echo '[ecopt] {\"accuracy\": \"high\"}'", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_NOT_A_NUMBER},
    };
    for (size_t i = 0; i < ECO_LEN(endings); i++)
        expect_ending(*state, &endings[i]);
}

static void test_limits_and_starts(void **state)
{
    fixture *f = *state;
    f->phases[0].timeout_s = 0.05;
    expect_ending(f, &(ending){"sleep 9", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_TIMEOUT});
    f->phases[0].timeout_s = INFINITY;
    volatile sig_atomic_t stop = 1;
    f->request.stop = &stop;
    expect_ending(f, &(ending){"true", ECOPT_TRIAL_ABANDONED, ECOPT_CAUSE_STOPPED});
    f->request.stop = NULL;
    f->args[0][0] = "/nowhere/to/be/found";
    expect_ending(f, &(ending){"true", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_START});
}

/* Without a meter no energy is known; samples that are missing are the program's affair. */
static void test_what_is_made_of_energy(void **state)
{
    fixture *f = *state;
    f->objectives[0].metric = "train.energy_j";
    expect_ending(f, &(ending){"true", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_METER});
    f->objectives[0].metric = "train.samples_per_s";
    expect_ending(f, &(ending){"true", ECOPT_TRIAL_FAILED, ECOPT_CAUSE_NO_METRIC});
}

/* Its values are kept: the models learn the bound from them. */
static void test_a_broken_bound_leaves_the_trial_complete(void **state)
{
    fixture *f = *state;
    const char *script = "echo '[ecopt] {\"accuracy\": 1, \"loss\": 5}'";
    f->constraint = (ecopt_constraint){"loss <= 5", "loss", ECOPT_AT_MOST, 5};
    f->definition.n_constraints = 1;
    expect_ending(f, &(ending){script, ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_NONE});
    f->constraint.bound = 4.5;
    expect_ending(f, &(ending){script, ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_CONSTRAINT});
    f->constraint.relation = ECOPT_AT_LEAST;
    expect_ending(f, &(ending){script, ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_NONE});
    f->constraint.bound = 5.5;
    expect_ending(f, &(ending){script, ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_CONSTRAINT});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits_and_starts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_made_of_energy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_broken_bound_leaves_the_trial_complete, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
