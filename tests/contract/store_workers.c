/* The store for several workers: claims, limits, leases and late ends. */
#include "support/store_fixture.h"

/* An end that took 7.25 J. */
static bool end(fixture *f, int64_t trial, int64_t attempt, ecopt_trial_state state)
{
    ecopt_phase_record phase = {.phase = "run", .time_s = 2, .repeat = 1};
    ecopt_energy_clear(&phase.energy);
    phase.energy.energy_j = 7.25;
    const eco_attempt_end request = {.trial = trial,
                                     .attempt = attempt,
                                     .state = state,
                                     .ended_s = 4,
                                     .n_phases = 1,
                                     .phases = &phase};
    bool is_accepted = false;
    assert_status(f->ctx, eco_store_end_attempt(f->store, &request, &is_accepted), ECOPT_OK);
    return is_accepted;
}

static int64_t take(fixture *f, const eco_take *wanted, int64_t *ret_attempt)
{
    int64_t trial = -1;
    *ret_attempt = -1;
    assert_status(f->ctx, eco_store_take(f->store, wanted, &trial, ret_attempt), ECOPT_OK);
    assert_int_equal(trial == 0, *ret_attempt == 0);
    return trial;
}

static void test_a_proposal_becomes_the_trial_it_was_made_for_or_none(void **state)
{
    fixture *f = *state;
    int64_t attempt = 0;
    const double reference[] = {NAN, 4};
    eco_proposal proposal = {
        .number = 1, .point = "x=1", .origin = "o", .seed = 5, .reference = reference, .m = 2};
    const eco_take wanted = {
        .owner = ECO_OWNER_RUN, .worker = "w", .now_s = 3, .proposal = &proposal};
    assert_int_equal(take(f, &wanted, &attempt), 1);
    assert_int_equal(attempt, 1);
    /* Made for the same number by somebody else: too late. */
    proposal.point = "x=2";
    assert_int_equal(take(f, &wanted, &attempt), 0);
    proposal.number = 3;
    assert_int_equal(take(f, &wanted, &attempt), 0);
    proposal.number = 2;
    assert_int_equal(take(f, &wanted, &attempt), 2);
    proposal.number = 3;
    int64_t trial = 0;
    assert_status(f->ctx, eco_store_take(f->store, &wanted, &trial, &attempt), ECOPT_E_ARG);
    double kept[2];
    assert_status(f->ctx, eco_store_get_reference(f->store, kept, 2), ECOPT_OK);
    assert_true(isnan(kept[0]) && kept[1] == 4);
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->n_trials, 2);
    assert_int_equal(view->trials[1].state, ECOPT_TRIAL_RUNNING);
    ecopt_snapshot_free(f->ctx, view);
}

/* On record from the start, so that what a killed run left is found; who asks has no folder. */
static void test_a_run_has_its_folder_on_record_from_the_claim(void **state)
{
    fixture *f = *state;
    static const char *const dirs[] = {"trials/0001", "trials/0001.2"};
    bool is_changed = false;
    (void)add(f, "x=1");
    for (int64_t attempt = 1; attempt <= 2; attempt++) {
        assert_int_equal(claim(f, 1, ECO_OWNER_RUN), attempt);
        ecopt_snapshot *view = snapshot(f);
        assert_string_equal(view->trials[0].dir, dirs[attempt - 1]);
        ecopt_snapshot_free(f->ctx, view);
        assert_status(f->ctx, eco_store_lose(f->store, 1, attempt, "lost", 3, &is_changed),
                      ECOPT_OK);
    }
    assert_int_equal(claim(f, 1, ECO_OWNER_ASK), 3);
    ecopt_snapshot *view = snapshot(f);
    assert_null(view->trials[0].dir);
    ecopt_snapshot_free(f->ctx, view);
    char dir[ECO_ATTEMPT_DIR_B];
    eco_attempt_dir(INT64_MAX, INT64_MAX, dir);
    assert_string_equal(dir, "trials/9223372036854775807.9223372036854775807");
}

/* Waiting trials are not started ones: one that was put back may be run again at the limit. */
static void test_no_more_trials_are_started_than_the_limit(void **state)
{
    fixture *f = *state;
    int64_t attempt = 0;
    eco_proposal proposal = {.number = 4, .point = "x=4", .origin = "o"};
    eco_take wanted = {.owner = ECO_OWNER_RUN, .limit = 2};
    (void)add(f, "x=1");
    (void)add(f, "x=2");
    (void)add(f, "x=3");
    assert_int_equal(take(f, &wanted, &attempt), 1);
    assert_int_equal(take(f, &wanted, &attempt), 2);
    assert_int_equal(take(f, &wanted, &attempt), 0);
    wanted.proposal = &proposal;
    assert_int_equal(take(f, &wanted, &attempt), 0);
    wanted.proposal = NULL;
    assert_true(end(f, 1, 1, ECOPT_TRIAL_PREEMPTED));
    assert_int_equal(take(f, &wanted, &attempt), 1);
    assert_int_equal(attempt, 2);
    assert_true(end(f, 1, 2, ECOPT_TRIAL_FAILED));
    assert_int_equal(take(f, &wanted, &attempt), 0);
    wanted.limit = 0;
    wanted.trial = 3;
    assert_int_equal(take(f, &wanted, &attempt), 3);
    assert_int_equal(take(f, &wanted, &attempt), 0);
}

static void test_a_lost_attempt_is_the_workers_no_more(void **state)
{
    fixture *f = *state;
    int64_t attempt = 0;
    bool is_running = false, is_changed = false;
    const eco_worker_row worker = {.id = "w-1",
                                   .host = "node",
                                   .boot_id = "b",
                                   .pid = 42,
                                   .started_s = 1,
                                   .seen_s = 2,
                                   .seen_boot_s = 3};
    const eco_worker_row later = {.id = "w-1", .seen_s = 12, .seen_boot_s = 13};
    const eco_take wanted = {.owner = ECO_OWNER_RUN, .worker = "w-1", .now_s = 5, .now_boot_s = 6};
    eco_running_list *list = NULL;
    (void)add(f, "x=1");
    (void)add(f, "x=2");
    assert_status(f->ctx, eco_store_add_worker(f->store, &worker), ECOPT_OK);
    assert_int_equal(take(f, &wanted, &attempt), 1);
    (void)claim(f, 2, ECO_OWNER_ASK);
    /* The claim was a sign of life; what was asked for is not in the list. */
    assert_status(f->ctx, eco_store_get_running(f->store, &list), ECOPT_OK);
    assert_int_equal(list->n, 1);
    assert_int_equal(list->rows[0].trial, 1);
    assert_string_equal(list->rows[0].worker.id, "w-1");
    assert_string_equal(list->rows[0].worker.host, "node");
    assert_int_equal(list->rows[0].worker.pid, 42);
    assert_true(list->rows[0].worker.seen_s == 5 && list->rows[0].worker.seen_boot_s == 6);
    eco_running_list_free(f->ctx, list);
    assert_status(f->ctx, eco_store_beat(f->store, &later, 1, attempt, &is_running), ECOPT_OK);
    assert_true(is_running);
    assert_status(f->ctx, eco_store_lose(f->store, 1, attempt, "lost: why", 20, &is_changed),
                  ECOPT_OK);
    assert_true(is_changed);
    assert_status(f->ctx, eco_store_lose(f->store, 1, attempt, "again", 21, &is_changed), ECOPT_OK);
    assert_false(is_changed);
    assert_status(f->ctx, eco_store_beat(f->store, &later, 1, attempt, &is_running), ECOPT_OK);
    assert_false(is_running);
    assert_status(f->ctx, eco_store_beat(f->store, &later, 0, 0, &is_running), ECOPT_OK);
    assert_true(is_running);
    /* The late end is refused twice and its joules are kept once. */
    assert_false(end(f, 1, attempt, ECOPT_TRIAL_COMPLETE));
    assert_false(end(f, 1, attempt, ECOPT_TRIAL_COMPLETE));
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->trials[0].state, ECOPT_TRIAL_QUEUED);
    assert_int_equal(view->trials[0].cause, ECOPT_CAUSE_LOST);
    assert_string_equal(view->trials[0].reason, "lost: why");
    assert_true(view->spent_energy_j == 7.25);
    assert_int_equal(view->n_workers, 1);
    assert_int_equal(view->workers[0].trial, 0);
    assert_true(view->workers[0].seen_s == 12);
    ecopt_snapshot_free(f->ctx, view);
    assert_status(f->ctx, eco_store_end_worker(f->store, "w-1", 30), ECOPT_OK);
    view = snapshot(f);
    assert_int_equal(view->n_workers, 0);
    ecopt_snapshot_free(f->ctx, view);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_proposal_becomes_the_trial_it_was_made_for_or_none),
        CASE(test_a_run_has_its_folder_on_record_from_the_claim),
        CASE(test_no_more_trials_are_started_than_the_limit),
        CASE(test_a_lost_attempt_is_the_workers_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
