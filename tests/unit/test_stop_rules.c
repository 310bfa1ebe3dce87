/* Every rule at its border: one step before it the run goes on. */
#include "support/eco_test.h"

#include "study/stop_rules.h"

#include <math.h>

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

/* Trial k + 1 is over at ended_s[k]; a minus before it: and failed. */
static void end_trials(world *w, eco_view_row *rows, const double *ended_s, size_t n)
{
    w->view = (eco_study_view){.stored = &w->stored, .n = n, .rows = rows};
    for (size_t i = 0; i < n; i++) {
        bool is_failed = ended_s[i] < 0;
        rows[i] = (eco_view_row){.state = is_failed ? ECOPT_TRIAL_FAILED : ECOPT_TRIAL_COMPLETE,
                                 .ended_s = fabs(ended_s[i])};
        w->view.n_failed += is_failed;
        w->view.n_ended++;
    }
}

/* In a row by their ends, not by their numbers: other workers' trials end in between. */
static void test_consecutive_failures_of_all_workers(void **state)
{
    (void)state;
    world w;
    eco_view_row rows[8];
    static const double ended_s[] = {-11, 20, -21, -30, -23, -24};
    world_init(&w);
    w.definition.budget.max_failure_ratio = 1;
    end_trials(&w, rows, ended_s, ECO_LEN(ended_s));
    expect_more(&w); /* no limit */
    w.definition.failures.consecutive = 5;
    expect_more(&w); /* the first one was before the one that is complete */
    w.definition.failures.consecutive = 4;
    expect_over(&w, ECOPT_STOP_CONSECUTIVE);
    rows[1].ended_s = 23.5; /* between them */
    expect_more(&w);
    w.definition.failures.consecutive = 2;
    expect_over(&w, ECOPT_STOP_CONSECUTIVE);
    rows[1].state = ECOPT_TRIAL_PRUNED;
    rows[1].ended_s = 30.5; /* as good as complete */
    expect_more(&w);
    rows[1].state = ECOPT_TRIAL_RUNNING; /* not over: it neither fails nor succeeds */
    rows[1].ended_s = NAN;
    w.definition.failures.consecutive = 5;
    expect_over(&w, ECOPT_STOP_CONSECUTIVE);
    rows[2].ended_s = NAN; /* told from outside */
    expect_more(&w);
}

/* Who mends the program and goes on begins anew. */
static void test_consecutive_failures_of_this_run(void **state)
{
    (void)state;
    world w;
    eco_view_row rows[3];
    static const double ended_s[] = {-11, -12, -13};
    world_init(&w);
    w.definition.budget.max_failure_ratio = 1;
    w.definition.failures.consecutive = 2;
    end_trials(&w, rows, ended_s, ECO_LEN(ended_s));
    w.facts.began_s = 11.5;
    expect_over(&w, ECOPT_STOP_CONSECUTIVE);
    w.facts.began_s = 12;
    expect_more(&w);
    w.facts.began_s = 0;
    w.definition.budget.max_failure_ratio = 0; /* the rate is the better known reason */
    w.view.n_ended = 5;
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_trials),
                                       cmocka_unit_test(test_energy_and_time),
                                       cmocka_unit_test(test_carbon_and_money),
                                       cmocka_unit_test(test_gain),
                                       cmocka_unit_test(test_failures),
                                       cmocka_unit_test(test_consecutive_failures_of_all_workers),
                                       cmocka_unit_test(test_consecutive_failures_of_this_run),
                                       cmocka_unit_test(test_interrupted_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
