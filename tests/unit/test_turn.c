/* Whose turn it is to run a phase. */
#include "support/eco_test.h"
#include "trial/turn.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct fixture {
    ecopt_ctx *ctx;
    char root[256];
    eco_turn a, b; /* two workers; locks of one process' descriptors exclude one another, too */
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    char path[300];
    f->ctx = eco_test_ctx();
    eco_test_temp_dir(f->root);
    (void)snprintf(path, sizeof path, "%s/tmp", f->root);
    assert_int_equal(mkdir(path, 0777), 0);
    eco_turn_open(f->ctx, f->root, &f->a);
    eco_turn_open(f->ctx, f->root, &f->b);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    eco_turn_close(&f->a);
    eco_turn_close(&f->b);
    eco_test_remove_dir(f->root);
    ecopt_ctx_free(f->ctx);
    free(f);
    return 0;
}

/* Gives up after some questions. */
static bool ask_thrice(void *user)
{
    int *n = user;
    return ++*n < 3;
}

static void test_phases_side_by_side_know_of_each_other(void **state)
{
    fixture *f = *state;
    int n = 0;
    assert_true(f->a.gate_fd >= 0 && f->a.lock_fd >= 0);
    assert_true(eco_turn_enter(&f->a, false, ask_thrice, &n));
    assert_true(eco_turn_was_alone(&f->a));
    assert_true(eco_turn_enter(&f->b, false, ask_thrice, &n));
    assert_int_equal(n, 0);
    assert_false(eco_turn_was_alone(&f->a));
    assert_false(eco_turn_was_alone(&f->b));
    /* That the other is gone does not make it alone. */
    eco_turn_leave(&f->b);
    assert_false(eco_turn_was_alone(&f->a));
    eco_turn_leave(&f->a);
    assert_true(eco_turn_enter(&f->a, false, NULL, NULL));
    assert_true(eco_turn_was_alone(&f->a));
    eco_turn_leave(&f->a);
    eco_turn_leave(&f->a);
}

static void test_one_that_came_and_went_is_noticed(void **state)
{
    fixture *f = *state;
    assert_true(eco_turn_enter(&f->a, false, NULL, NULL));
    assert_true(eco_turn_enter(&f->b, false, NULL, NULL));
    eco_turn_leave(&f->b);
    assert_false(eco_turn_was_alone(&f->a));
    eco_turn_leave(&f->a);
}

static void test_alone_means_alone(void **state)
{
    fixture *f = *state;
    int n = 0;
    assert_true(eco_turn_enter(&f->a, true, NULL, NULL));
    assert_true(eco_turn_was_alone(&f->a));
    assert_false(eco_turn_enter(&f->b, false, ask_thrice, &n));
    assert_int_equal(n, 3);
    n = 0;
    assert_false(eco_turn_enter(&f->b, true, ask_thrice, &n));
    eco_turn_leave(&f->a);
    assert_true(eco_turn_enter(&f->b, false, NULL, NULL));
    n = 0;
    assert_false(eco_turn_enter(&f->a, true, ask_thrice, &n));
    eco_turn_leave(&f->b);
    /* A wait that was given up leaves nothing behind. */
    assert_true(eco_turn_enter(&f->a, true, NULL, NULL));
    eco_turn_leave(&f->a);
}

/* Who waits to be alone holds the gate: others queue behind it and do not starve it. */
static bool try_beside(void *user)
{
    fixture *f = user;
    int n = 2;
    eco_turn third;
    eco_turn_open(f->ctx, f->root, &third);
    assert_false(eco_turn_enter(&third, false, ask_thrice, &n));
    eco_turn_close(&third);
    return false;
}

static void test_a_phase_that_waits_to_be_alone_is_not_overtaken(void **state)
{
    fixture *f = *state;
    assert_true(eco_turn_enter(&f->a, false, NULL, NULL));
    assert_false(eco_turn_enter(&f->b, true, try_beside, f));
    eco_turn_leave(&f->a);
}

static void test_without_a_folder_nobody_waits(void **state)
{
    fixture *f = *state;
    eco_turn none;
    eco_turn_open(f->ctx, "/nonexistent", &none);
    assert_int_equal(none.gate_fd, -1);
    assert_true(eco_turn_enter(&none, true, NULL, NULL));
    assert_true(eco_turn_was_alone(&none));
    eco_turn_leave(&none);
    eco_turn_close(&none);
}

/* A link that somebody laid in a folder for all is not followed. */
static void test_a_link_is_not_followed(void **state)
{
    fixture *f = *state;
    char folder[300], path[400], victim[300];
    (void)snprintf(folder, sizeof folder, "%s/bad", f->root);
    assert_int_equal(mkdir(folder, 0777), 0);
    (void)snprintf(path, sizeof path, "%s/tmp", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    (void)snprintf(victim, sizeof victim, "%s/victim", f->root);
    (void)snprintf(path, sizeof path, "%s/tmp/ecopt-energy.gate", folder);
    assert_int_equal(symlink(victim, path), 0);
    eco_turn turn;
    eco_turn_open(f->ctx, folder, &turn);
    assert_int_equal(turn.gate_fd, -1);
    assert_int_equal(access(victim, F_OK), -1);
    eco_turn_close(&turn);
}

static void test_phases_whose_energy_counts_are_exclusive(void **state)
{
    (void)state;
    const ecopt_phase phases[] = {{.name = "prepare"}, {.name = "train"}, {.name = "evaluate"}};
    ecopt_objective objectives[] = {{.metric = "accuracy"}, {.metric = "evaluate.time_s"}};
    ecopt_definition definition = {
        .n_phases = 3, .phases = phases, .n_objectives = 2, .objectives = objectives};
    assert_false(eco_turn_is_exclusive(&definition, 0));
    assert_false(eco_turn_is_exclusive(&definition, 1));
    assert_true(eco_turn_is_exclusive(&definition, 2));
    objectives[1].metric = "train.power_w";
    assert_true(eco_turn_is_exclusive(&definition, 1));
    assert_false(eco_turn_is_exclusive(&definition, 0));
    objectives[1].metric = "energy_j";
    assert_true(eco_turn_is_exclusive(&definition, 0));
    const ecopt_constraint constraint = {.metric = "prepare.energy_j"};
    objectives[1].metric = "loss";
    definition.n_constraints = 1;
    definition.constraints = &constraint;
    assert_true(eco_turn_is_exclusive(&definition, 0));
    assert_false(eco_turn_is_exclusive(&definition, 1));
    definition.meter.concurrent = "share";
    for (size_t i = 0; i < 3; i++)
        assert_false(eco_turn_is_exclusive(&definition, i));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_phases_side_by_side_know_of_each_other),
        CASE(test_one_that_came_and_went_is_noticed),
        CASE(test_alone_means_alone),
        CASE(test_a_phase_that_waits_to_be_alone_is_not_overtaken),
        CASE(test_without_a_folder_nobody_waits),
        CASE(test_a_link_is_not_followed),
        cmocka_unit_test(test_phases_whose_energy_counts_are_exclusive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
