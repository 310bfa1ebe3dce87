/* Every rule at its border: one step before it the run goes on. */
#include "support/eco_test.h"

#include "study/stop_rules.h"

/* A study in the middle of its budgets. */
typedef struct world {
    ecopt_definition definition;
    eco_store_history stored;
    eco_study_view view;
    eco_stop_facts facts;
} world;

static void world_init(world *w)
{
    *w = (world){.definition = {.budget = {.trials = 20,
                                           .init = 3,
                                           .energy_j = INFINITY,
                                           .time_s = INFINITY,
                                           .max_failure_ratio = 0.5}},
                 .stored = {.spent_energy_j = 1000, .spent_time_s = 60}};
    w->view = (eco_study_view){.stored = &w->stored, .n = 8, .n_ended = 8, .n_complete = 8};
    w->facts = (eco_stop_facts){.definition = &w->definition, .view = &w->view, .n_run = 8};
}

static void expect_more(const world *w)
{
    ecopt_stop_reason reason = (ecopt_stop_reason)99;
    assert_false(eco_stop_is_over(&w->facts, &reason));
    assert_int_equal(reason, 99);
}

static void expect_over(const world *w, ecopt_stop_reason expected)
{
    ecopt_stop_reason reason = (ecopt_stop_reason)99;
    assert_true(eco_stop_is_over(&w->facts, &reason));
    assert_int_equal(reason, expected);
}

static void test_trials(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    expect_more(&w);
    w.view.n_asked = 11;
    expect_more(&w);
    w.view.n_asked = 12; /* will end, and then 20 have */
    expect_over(&w, ECOPT_STOP_TRIALS);
    w.view.n_asked = 0;
    w.facts.max_trials = 9;
    expect_more(&w);
    w.facts.max_trials = 8;
    expect_over(&w, ECOPT_STOP_TRIALS);
}

static void test_energy_and_time(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    w.definition.budget.energy_j = 1000.5;
    w.definition.budget.time_s = 60.5;
    expect_more(&w);
    w.stored.spent_energy_j = 1000.5;
    expect_over(&w, ECOPT_STOP_ENERGY);
    w.stored.spent_energy_j = NAN; /* nothing metered: never reached */
    expect_more(&w);
    w.stored.spent_time_s = 60.5;
    expect_over(&w, ECOPT_STOP_TIME);
}

/* 1000 J at a PUE of 1.2 and 300 g, 0.5 of money per kWh: 0.1 g and 1/6000 of money. */
static void test_carbon_and_money(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    w.definition.carbon = (ecopt_carbon){
        .is_set = true, .pue = 1.2, .intensity_g_per_kwh = 300, .price_per_kwh = 0.5};
    w.definition.budget.carbon_g = 0.1001;
    w.definition.budget.money = 1.0001 / 6000;
    expect_more(&w);
    w.definition.budget.carbon_g = 0.0999;
    expect_over(&w, ECOPT_STOP_CARBON);
    w.definition.budget.carbon_g = INFINITY;
    w.definition.budget.money = 0.9999 / 6000;
    expect_over(&w, ECOPT_STOP_MONEY);
    w.stored.spent_energy_j = NAN;
    expect_more(&w);
}

static void test_gain(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    w.facts.n_low_gain = 9; /* no tolerance: never */
    expect_more(&w);
    w.definition.budget.gain_ratio = 0.01;
    w.definition.budget.gain_trials = 10;
    expect_more(&w);
    w.facts.n_low_gain = 10;
    expect_over(&w, ECOPT_STOP_GAIN);
}

static void test_failures(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    w.view.n_failed = 4;
    expect_more(&w);
    w.view.n_failed = 5;
    expect_over(&w, ECOPT_STOP_FAILURES);
    w.definition.budget.max_failure_ratio = 1; /* never */
    w.view.n_failed = 8;
    expect_more(&w);
    w.definition.budget.max_failure_ratio = 0;
    w.view.n_ended = 4; /* too few to judge by */
    w.view.n_failed = 4;
    expect_more(&w);
    w.view.n_ended = 5;
    expect_over(&w, ECOPT_STOP_FAILURES);
}

/* In a row, in this run, and only where the definition sets a limit. */
static void test_consecutive_failures(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    w.facts.n_failed_in_row = 8;
    expect_more(&w);
    w.definition.failures.consecutive = 9;
    expect_more(&w);
    w.definition.failures.consecutive = 8;
    expect_over(&w, ECOPT_STOP_CONSECUTIVE);
    w.view.n_failed = 8; /* the rate is the better known reason */
    expect_over(&w, ECOPT_STOP_FAILURES);
}

/* The user's word counts before any budget. */
static void test_interrupted_first(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    w.view.n_ended = 20;
    w.view.n_failed = 20;
    w.definition.budget.energy_j = w.definition.budget.time_s = 1;
    w.facts.is_interrupted = true;
    expect_over(&w, ECOPT_STOP_INTERRUPTED);
    w.facts.is_interrupted = false;
    expect_over(&w, ECOPT_STOP_TRIALS);
    w.definition.budget.trials = 99;
    expect_over(&w, ECOPT_STOP_ENERGY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trials),           cmocka_unit_test(test_energy_and_time),
        cmocka_unit_test(test_carbon_and_money), cmocka_unit_test(test_gain),
        cmocka_unit_test(test_failures),         cmocka_unit_test(test_consecutive_failures),
        cmocka_unit_test(test_interrupted_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
