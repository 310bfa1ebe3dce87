/* The tuner's own energy: CPU time outside of phases, one row per run, none beside a replay. */
#include "support/small_study.h"

#include "meter/model.h"
#include "study/own_energy.h"

#include <string.h>
#include <time.h>

static double cpu_s(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Works until that much CPU time has been used, however long it takes. */
static void burn(double seconds)
{
    double end = cpu_s() + seconds;
    while (cpu_s() < end)
        continue;
}

static void test_charge_is_the_models_busy_part(void **state)
{
    (void)state;
    eco_own_row row;
    eco_own_charge(10, 50, &row);
    assert_close(row.energy_j, 37.819, 1e-12, 0);
    assert_close(row.u95_j, 1.96 * 3.7819 * 1e-5, 1e-12, 0); /* sqrt(2 * 50) us */
    assert_close(row.gain_lo, 0.7017, 0, 0);
    assert_close(row.gain_hi, 1.4124, 0, 0);
    assert_int_equal(row.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_string_equal(row.what, "run");
    assert_close(row.cpu_s, 10, 0, 0);
    eco_own_charge(0, 0, &row);
    assert_close(row.energy_j, 0, 0, 0);
}

/* What is burnt while the window is closed is not in it; calls out of order change nothing. */
static void test_window_leaves_phases_out(void **state)
{
    (void)state;
    eco_own_window window = {0};
    eco_own_pause(&window);
    assert_int_equal(window.n, 0);
    double begin_s = cpu_s();
    eco_own_resume(&window);
    burn(0.02);
    eco_own_resume(&window);
    eco_own_pause(&window);
    double first_s = window.cpu_s;
    assert_true(first_s >= 0.02 && first_s <= cpu_s() - begin_s);
    assert_true(window.started_s > 0);
    burn(0.05);
    eco_own_pause(&window);
    assert_close(window.cpu_s, first_s, 0, 0);
    assert_int_equal(window.n, 1);
    eco_own_resume(&window);
    burn(0.01);
    eco_own_pause(&window);
    assert_int_equal(window.n, 2);
    assert_true(window.cpu_s >= first_s + 0.01);
    assert_true(window.cpu_s <= cpu_s() - begin_s - 0.05);
}

/* Each run has a row of its own, which no program's CPU time is in and no trial's sum has. */
static void test_each_run_adds_a_row(void **state)
{
    eco_small_study *small = *state;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.max_trials = 2;
    double last_j = 0;
    for (size_t run = 1; run <= 2; run++) {
        double begin_s = cpu_s();
        (void)eco_small_study_run(small, &options);
        double most_s = cpu_s() - begin_s;
        ecopt_snapshot *view = eco_small_study_snapshot(small);
        assert_int_equal(view->own.n, run);
        double energy_j = view->own.energy_j;
        assert_true(energy_j > last_j);
        assert_true(energy_j - last_j <= most_s * ECO_MODEL_BUSY_W);
        assert_close(energy_j, view->own.cpu_s * ECO_MODEL_BUSY_W, 1e-12, 0);
        assert_int_equal(view->own.quality, ECOPT_QUALITY_MODELLED_GENERIC);
        double spent_j = 0;
        for (size_t i = 0; i < view->n_trials; i++)
            spent_j += view->trials[i].spent_energy_j;
        assert_close(view->spent_energy_j, spent_j, 1e-12, 0);
        last_j = energy_j;
        ecopt_snapshot_free(small->ctx, view);
    }
}

/* The tuner works hard as a phase starts, and when its trial is over. */
static void burn_at(void *user, const ecopt_event *event)
{
    (void)user;
    if (event->kind == ECOPT_EVENT_PHASE_STARTED)
        burn(0.05);
    else if (event->kind == ECOPT_EVENT_TRIAL_ENDED)
        burn(0.02);
}

/* What is done in a phase is in the phase's window; what is done behind it is the tuner's. */
static void test_phases_are_left_out_of_a_run(void **state)
{
    eco_small_study *small = *state;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.max_trials = 3;
    options.on_event = burn_at;
    double begin_s = cpu_s();
    (void)eco_small_study_run(small, &options);
    double all_s = cpu_s() - begin_s;
    ecopt_snapshot *view = eco_small_study_snapshot(small);
    assert_true(view->own.cpu_s >= 3 * 0.02);
    assert_true(view->own.cpu_s <= all_s - 3 * 0.05);
    ecopt_snapshot_free(small->ctx, view);
}

static volatile sig_atomic_t stop_flag;

static void stop_in_trial(void *user, const ecopt_event *event)
{
    (void)user;
    if (event->kind == ECOPT_EVENT_PHASE_STARTED)
        stop_flag = 1;
}

/* A run that was broken off in the middle of a trial has its row too. */
static void test_interrupted_run_adds_a_row(void **state)
{
    eco_small_study *small = *state;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    stop_flag = 0;
    options.stop = &stop_flag;
    options.on_event = stop_in_trial;
    small->args[2] = "sleep 60";
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_INTERRUPTED);
    ecopt_snapshot *view = eco_small_study_snapshot(small);
    assert_int_equal(view->own.n, 1);
    assert_true(view->own.energy_j > 0);
    ecopt_snapshot_free(small->ctx, view);
}

/* Where nothing is metered, or joules of another day are played back, there is none. */
static void test_nothing_beside_no_meter(void **state)
{
    eco_small_study *small = *state;
    small->definition.meter.sources = "none";
    (void)eco_small_study_run(small, NULL);
    ecopt_snapshot *view = eco_small_study_snapshot(small);
    assert_int_equal(view->own.n, 0);
    assert_true(view->n_trials > 0);
    ecopt_snapshot_free(small->ctx, view);
}

#define CASE(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_charge_is_the_models_busy_part),
        cmocka_unit_test(test_window_leaves_phases_out),
        CASE(test_each_run_adds_a_row),
        CASE(test_phases_are_left_out_of_a_run),
        CASE(test_interrupted_run_adds_a_row),
        CASE(test_nothing_beside_no_meter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
