/* The contract of src/store/store.h, for every backend; a new backend adds a line to `paths`. */
#include "support/store_fixture.h"

#include "store/sqlite_store.h"

#include <sys/stat.h>
#include <unistd.h>

/* An end with one phase of two sources and two metrics, numbers chosen to be told apart. */
static bool end(fixture *f, int64_t trial, int64_t attempt, ecopt_trial_state state)
{
    const ecopt_metric_value metrics[] = {{"accuracy", 0.1 + (double)trial, NAN},
                                          {"run.energy_j", 7.25, 0.5}};
    ecopt_phase_record phase = {.phase = "run",
                                .started_s = 3,
                                .time_s = 2,
                                .cpu_s = NAN,
                                .max_rss_b = 4096,
                                .exit_status = 3,
                                .signal = 9,
                                .is_timed_out = true,
                                .repeat = 2};
    const ecopt_decision decisions[] = {{"repeat", attempt, 0, "again", "{\"p\":0.5}", 5},
                                        {"prune", attempt, 7, "prune", "{}", 6}};
    ecopt_energy_clear(&phase.energy);
    phase.energy.energy_j = 7.25;
    phase.energy.u95_j = 0.5;
    phase.energy.gain_lo = 0.9;
    phase.energy.gain_hi = 1.2;
    phase.energy.quality = ECOPT_QUALITY_MEASURED_SAMPLED;
    phase.energy.flags = ECOPT_FLAG_GAP;
    phase.energy.n_sources = 2;
    for (int k = 0; k < 2; k++) {
        (void)snprintf(phase.energy.sources[k].name, sizeof phase.energy.sources[k].name,
                       "source %d", k);
        phase.energy.sources[k].energy_j = k == 0 ? 7.25 : (double)NAN;
        phase.energy.sources[k].is_counted = k == 0;
        phase.energy.sources[k].quality = ECOPT_QUALITY_UNMEASURABLE;
    }
    eco_attempt_end request = {.trial = trial,
                               .attempt = attempt,
                               .state = state,
                               .reason = "why",
                               .ended_s = 4,
                               .n_metrics = 2,
                               .metrics = metrics,
                               .n_phases = 1,
                               .phases = &phase,
                               .cause = ECOPT_CAUSE_TIMEOUT,
                               .n_decisions = 2,
                               .decisions = decisions,
                               .is_durable = trial % 2 == 0};
    bool is_accepted = false;
    assert_status(f->ctx, eco_store_end_attempt(f->store, &request, &is_accepted), ECOPT_OK);
    return is_accepted;
}

static void test_study_row_round_trips_once(void **state)
{
    fixture *f = *state;
    char *identity = NULL, *definition = NULL;
    int64_t revision = 0;
    assert_status(f->ctx, eco_store_get_study(f->store, &identity, &definition, &revision),
                  ECOPT_OK);
    assert_string_equal(identity, "name: s\n");
    assert_string_equal(definition, "study: s\n");
    assert_int_equal(revision, 1);
    eco_free(f->ctx, identity);
    eco_free(f->ctx, definition);
    assert_status(f->ctx, eco_store_create_study(f->store, &study_row), ECOPT_E_STORE_MISMATCH);
    assert_status(f->ctx, eco_store_revise(f->store, "study: s2\n"), ECOPT_OK);
    ecopt_snapshot *view = snapshot(f);
    assert_string_equal(view->name, "s");
    assert_string_equal(view->definition, "study: s2\n");
    assert_int_equal(view->revision, 2);
    assert_true(view->seed == UINT64_MAX - 3);
    assert_true(view->created_s == 12.5);
    assert_int_equal(view->n_trials, 0);
    assert_int_equal(view->n_reference, 0);
    assert_true(isnan(view->spent_energy_j));
    ecopt_snapshot_free(f->ctx, view);
}

static void test_points_are_unique_and_numbers_have_no_holes(void **state)
{
    fixture *f = *state;
    int64_t trial = 0;
    assert_int_equal(add(f, "a=1"), 1);
    assert_int_equal(add(f, "a=2"), 2);
    assert_status(f->ctx, eco_store_add_trial(f->store, "a=1", "x", 0, 0, &trial), ECOPT_E_ARG);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), "a=1"));
    assert_int_equal(trial, 0);
    assert_int_equal(add(f, "a=3"), 3);
}

static void test_claim_takes_the_lowest_waiting_trial(void **state)
{
    fixture *f = *state;
    int64_t trial = 0, attempt = 0;
    assert_status(f->ctx, eco_store_claim(f->store, 0, ECO_OWNER_RUN, 1, &trial, &attempt),
                  ECOPT_E_NOT_FOUND);
    for (int i = 1; i <= 3; i++)
        (void)add(f, i == 1 ? "a=1" : i == 2 ? "a=2" : "a=3");
    assert_int_equal(claim(f, 2, ECO_OWNER_RUN), 1);
    assert_status(f->ctx, eco_store_claim(f->store, 2, ECO_OWNER_RUN, 1, &trial, &attempt),
                  ECOPT_E_NOT_FOUND);
    assert_status(f->ctx, eco_store_claim(f->store, 0, ECO_OWNER_RUN, 1, &trial, &attempt),
                  ECOPT_OK);
    assert_int_equal(trial, 1);
}

static void check_ended_trial(const ecopt_trial *trial)
{
    assert_int_equal(trial->state, ECOPT_TRIAL_COMPLETE);
    assert_string_equal(trial->reason, "why");
    assert_string_equal(trial->origin, "sobol");
    assert_string_equal(trial->point, "a=1");
    assert_string_equal(trial->dir, "trials/0001");
    assert_int_equal(trial->seed, 77);
    assert_true(trial->created_s == 1.5 && trial->started_s == 2.5 && trial->ended_s == 4);
    assert_int_equal(trial->n_metrics, 2);
    assert_true(ecopt_trial_metric(trial, "accuracy")->value == 1.1);
    assert_true(isnan(ecopt_trial_metric(trial, "accuracy")->u95));
    assert_true(ecopt_trial_metric(trial, "run.energy_j")->u95 == 0.5);
    assert_null(ecopt_trial_metric(trial, "none"));
    assert_int_equal(trial->n_phases, 1);
    const ecopt_phase_record *phase = &trial->phases[0];
    assert_string_equal(phase->phase, "run");
    assert_true(phase->started_s == 3 && phase->time_s == 2 && isnan(phase->cpu_s));
    assert_true(phase->max_rss_b == 4096 && phase->is_timed_out);
    assert_int_equal(phase->exit_status, 3);
    assert_int_equal(phase->signal, 9);
    assert_true(phase->energy.energy_j == 7.25 && phase->energy.u95_j == 0.5);
    assert_true(phase->energy.gain_lo == 0.9 && phase->energy.gain_hi == 1.2);
    assert_int_equal(phase->energy.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_int_equal(phase->energy.flags, ECOPT_FLAG_GAP);
    assert_int_equal(phase->energy.n_sources, 2);
    assert_string_equal(phase->energy.sources[1].name, "source 1");
    assert_true(isnan(phase->energy.sources[1].energy_j));
    assert_true(phase->energy.sources[0].is_counted && !phase->energy.sources[1].is_counted);
}

static void test_cause_and_decisions_come_back(void **state)
{
    fixture *f = *state;
    (void)add(f, "x=1");
    int64_t attempt = claim(f, 1, ECO_OWNER_RUN);
    assert_true(end(f, 1, attempt, ECOPT_TRIAL_FAILED));
    ecopt_snapshot *view = snapshot(f);
    const ecopt_trial *trial = &view->trials[0];
    assert_int_equal(trial->cause, ECOPT_CAUSE_TIMEOUT);
    assert_int_equal(trial->phases[0].repeat, 2);
    assert_int_equal(trial->n_decisions, 2);
    assert_string_equal(trial->decisions[0].kind, "repeat");
    assert_string_equal(trial->decisions[0].numbers, "{\"p\":0.5}");
    assert_int_equal(trial->decisions[1].step, 7);
    assert_string_equal(trial->decisions[1].verdict, "prune");
    assert_true(trial->decisions[1].decided_s == 6);
    ecopt_snapshot_free(f->ctx, view);
}

static void test_an_ended_trial_comes_back_whole(void **state)
{
    fixture *f = *state;
    (void)add(f, "a=1");
    int64_t attempt = claim(f, 1, ECO_OWNER_RUN);
    assert_true(end(f, 1, attempt, ECOPT_TRIAL_COMPLETE));
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->n_trials, 1);
    check_ended_trial(&view->trials[0]);
    assert_true(view->spent_energy_j == 7.25 && view->spent_time_s == 2);
    ecopt_snapshot_free(f->ctx, view);
}

static void test_an_end_is_accepted_once(void **state)
{
    fixture *f = *state;
    (void)add(f, "a=1");
    int64_t attempt = claim(f, 1, ECO_OWNER_RUN);
    assert_false(end(f, 1, attempt + 1, ECOPT_TRIAL_COMPLETE));
    assert_true(end(f, 1, attempt, ECOPT_TRIAL_COMPLETE));
    assert_false(end(f, 1, attempt, ECOPT_TRIAL_FAILED));
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->trials[0].state, ECOPT_TRIAL_COMPLETE);
    assert_true(view->spent_energy_j == 7.25);
    ecopt_snapshot_free(f->ctx, view);
}

static void test_preempted_goes_back_to_the_queue_and_its_joules_stay(void **state)
{
    fixture *f = *state;
    (void)add(f, "a=1");
    assert_true(end(f, 1, claim(f, 1, ECO_OWNER_RUN), ECOPT_TRIAL_PREEMPTED));
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->trials[0].state, ECOPT_TRIAL_QUEUED);
    assert_true(view->trials[0].spent_energy_j == 7.25);
    ecopt_snapshot_free(f->ctx, view);
    assert_int_equal(claim(f, 0, ECO_OWNER_RUN), 2);
    assert_true(end(f, 1, 2, ECOPT_TRIAL_COMPLETE));
    view = snapshot(f);
    assert_int_equal(view->trials[0].attempts, 2);
    assert_int_equal(view->trials[0].n_phases, 1);
    assert_true(view->trials[0].spent_energy_j == 14.5);
    ecopt_snapshot_free(f->ctx, view);
}

static void test_recover_puts_back_what_a_dead_run_left(void **state)
{
    fixture *f = *state;
    int64_t n = 0;
    (void)add(f, "a=1");
    (void)add(f, "a=2");
    (void)add(f, "a=3");
    assert_true(end(f, 1, claim(f, 1, ECO_OWNER_RUN), ECOPT_TRIAL_COMPLETE));
    int64_t lost = claim(f, 2, ECO_OWNER_RUN);
    (void)claim(f, 3, ECO_OWNER_ASK);
    assert_status(f->ctx, eco_store_recover(f->store, 9, &n), ECOPT_OK);
    assert_int_equal(n, 1);
    assert_false(end(f, 2, lost, ECOPT_TRIAL_COMPLETE));
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->trials[0].state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(view->trials[1].state, ECOPT_TRIAL_QUEUED);
    assert_int_equal(view->trials[2].state, ECOPT_TRIAL_RUNNING);
    ecopt_snapshot_free(f->ctx, view);
    assert_int_equal(claim(f, 0, ECO_OWNER_RUN), 2);
    assert_status(f->ctx, eco_store_recover(f->store, 9, &n), ECOPT_OK);
    assert_int_equal(n, 1);
}

static void test_reference_is_kept(void **state)
{
    fixture *f = *state;
    const double first[] = {1.5, NAN}, second[] = {NAN, 2.5}, third[] = {9, NAN};
    double got[2];
    assert_status(f->ctx, eco_store_get_reference(f->store, got, 2), ECOPT_OK);
    assert_true(isnan(got[0]) && isnan(got[1]));
    assert_status(f->ctx, eco_store_set_reference(f->store, first, 2), ECOPT_OK);
    assert_status(f->ctx, eco_store_set_reference(f->store, second, 2), ECOPT_OK);
    assert_status(f->ctx, eco_store_get_reference(f->store, got, 2), ECOPT_OK);
    assert_true(got[0] == 1.5 && got[1] == 2.5);
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->n_reference, 2);
    assert_true(view->reference[0] == 1.5);
    ecopt_snapshot_free(f->ctx, view);
    /* What is not NaN replaces what is there. */
    assert_status(f->ctx, eco_store_set_reference(f->store, third, 2), ECOPT_OK);
    assert_status(f->ctx, eco_store_get_reference(f->store, got, 2), ECOPT_OK);
    assert_true(got[0] == 9 && got[1] == 2.5);
}

static void test_history_has_the_named_metrics(void **state)
{
    fixture *f = *state;
    const char *const names[] = {"run.energy_j", "none", "accuracy"};
    eco_store_history *history = NULL;
    (void)add(f, "a=1");
    (void)add(f, "a=2");
    assert_true(end(f, 1, claim(f, 1, ECO_OWNER_RUN), ECOPT_TRIAL_PREEMPTED));
    assert_true(end(f, 2, claim(f, 2, ECO_OWNER_RUN), ECOPT_TRIAL_COMPLETE));
    assert_status(f->ctx, eco_store_get_history(f->store, 0, names, 3, &history), ECOPT_OK);
    assert_int_equal(history->n, 2);
    assert_int_equal(history->rows[0].state, ECOPT_TRIAL_QUEUED);
    for (int k = 0; k < 3; k++)
        assert_true(isnan(history->rows[0].values[k]));
    const eco_history_row *row = &history->rows[1];
    assert_int_equal(row->trial, 2);
    assert_string_equal(row->point, "a=2");
    assert_true(row->values[0] == 7.25 && row->u95[0] == 0.5);
    assert_true(isnan(row->values[1]));
    assert_true(row->values[2] == 2.1 && isnan(row->u95[2]));
    assert_true(history->spent_energy_j == 14.5 && history->spent_time_s == 4);
    eco_store_history_free(f->ctx, history);
}

static void test_reopening_keeps_everything(void **state)
{
    fixture *f = *state;
    (void)add(f, "a=1");
    assert_true(end(f, 1, claim(f, 1, ECO_OWNER_RUN), ECOPT_TRIAL_COMPLETE));
    assert_int_equal(eco_store_close(f->store), ECOPT_OK);
    f->store = NULL;
    assert_status(f->ctx, eco_store_open(f->ctx, f->path, ECO_STORE_WRITE, &f->store), ECOPT_OK);
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->n_trials, 1);
    ecopt_snapshot_free(f->ctx, view);
}

static void test_a_reader_works_beside_the_writer(void **state)
{
    fixture *f = *state;
    eco_store *reader = NULL;
    ecopt_snapshot *view = NULL;
    (void)add(f, "a=1");
    assert_status(f->ctx, eco_store_open(f->ctx, f->path, ECO_STORE_READ, &reader), ECOPT_OK);
    assert_status(f->ctx, eco_store_snapshot(reader, &view), ECOPT_OK);
    assert_int_equal(view->n_trials, 1);
    ecopt_snapshot_free(f->ctx, view);
    (void)add(f, "a=2");
    assert_status(f->ctx, eco_store_snapshot(reader, &view), ECOPT_OK);
    assert_int_equal(view->n_trials, 2);
    ecopt_snapshot_free(f->ctx, view);
    assert_int_not_equal(eco_store_revise(reader, "x"), ECOPT_OK);
    assert_int_equal(eco_store_close(reader), ECOPT_OK);
}

static void open_fails(fixture *f, const char *name, eco_store_mode mode, ecopt_status expected)
{
    char *path = eco_fs_join(f->ctx, f->dir, name);
    eco_store *store = NULL;
    assert_status(f->ctx, eco_store_open(f->ctx, path, mode, &store), expected);
    assert_null(store);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), name));
    eco_free(f->ctx, path);
}

static void test_what_is_no_store_is_refused_by_name(void **state)
{
    fixture *f = *state;
    open_fails(f, "missing.db", ECO_STORE_READ, ECOPT_E_NOT_FOUND);
    open_fails(f, "missing.db", ECO_STORE_WRITE, ECOPT_E_NOT_FOUND);
    open_fails(f, "none/study.db", ECO_STORE_CREATE, ECOPT_E_IO);
    eco_test_write_file(f->dir, "text.db", "this is no database, it is a text of some length\n");
    open_fails(f, "text.db", ECO_STORE_READ, ECOPT_E_STORE_CORRUPT);
    open_fails(f, "text.db", ECO_STORE_CREATE, ECOPT_E_STORE_CORRUPT);
}

static void change(fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_newer_and_foreign_files_are_refused(void **state)
{
    fixture *f = *state;
    change(f, "pragma user_version = 999");
    open_fails(f, "study.db", ECO_STORE_WRITE, ECOPT_E_STORE_VERSION);
    change(f, "pragma user_version = 1; pragma application_id = 5");
    open_fails(f, "study.db", ECO_STORE_READ, ECOPT_E_STORE_CORRUPT);
    change(f,
           "pragma application_id = 0x45434F70; insert into trial (id, point, origin, seed, state,"
           " created_s) values (1, 'p', 'o', 1, 'dancing', 0)");
    ecopt_snapshot *view = NULL;
    eco_store_history *history = NULL;
    assert_status(f->ctx, eco_store_snapshot(f->store, &view), ECOPT_E_STORE_CORRUPT);
    assert_status(f->ctx, eco_store_get_history(f->store, 0, NULL, 0, &history),
                  ECOPT_E_STORE_CORRUPT);
    assert_null(view);
    assert_null(history);
}

static void test_a_full_disk_loses_nothing(void **state)
{
    fixture *f = *state;
    (void)add(f, "a=1");
    int64_t attempt = claim(f, 1, ECO_OWNER_RUN);
    char point[3000];
    memset(point, 'x', sizeof point - 1);
    point[sizeof point - 1] = '\0';
    /* No page more than there are now: SQLite then reports a full disk. */
    assert_status(f->ctx, eco_store_close(f->store), ECOPT_OK);
    f->store = NULL;
    assert_status(f->ctx, eco_store_open(f->ctx, f->path, ECO_STORE_WRITE, &f->store), ECOPT_OK);
    eco_sqlite *inside = (eco_sqlite *)f->store;
    assert_int_equal(sqlite3_exec(inside->db, "pragma max_page_count = 1", NULL, NULL, NULL),
                     SQLITE_OK);
    int64_t trial = 0;
    assert_status(f->ctx, eco_store_add_trial(f->store, point, "o", 0, 0, &trial),
                  ECOPT_E_STORE_FULL);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), "no space left"));
    assert_int_equal(sqlite3_exec(inside->db, "pragma max_page_count = 100000", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(end(f, 1, attempt, ECOPT_TRIAL_COMPLETE));
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->n_trials, 1);
    ecopt_snapshot_free(f->ctx, view);
}

static void test_a_read_only_folder_can_be_read(void **state)
{
    fixture *f = *state;
    (void)add(f, "a=1");
    assert_int_equal(eco_store_close(f->store), ECOPT_OK);
    f->store = NULL;
    assert_int_equal(chmod(f->dir, 0500), 0);
    ecopt_snapshot *view = NULL;
    assert_status(f->ctx, eco_store_open(f->ctx, f->path, ECO_STORE_READ, &f->store), ECOPT_OK);
    assert_status(f->ctx, eco_store_snapshot(f->store, &view), ECOPT_OK);
    assert_int_equal(view->n_trials, 1);
    ecopt_snapshot_free(f->ctx, view);
    assert_int_equal(chmod(f->dir, 0700), 0);
}

static ecopt_status open_and_read(ecopt_ctx *ctx, void *user)
{
    eco_store *store = NULL;
    ecopt_snapshot *view = NULL;
    eco_store_history *history = NULL;
    const char *const names[] = {"accuracy"};
    ecopt_status status = eco_store_open(ctx, user, ECO_STORE_WRITE, &store);
    if (status == ECOPT_OK)
        status = eco_store_snapshot(store, &view);
    if (status == ECOPT_OK)
        status = eco_store_get_history(store, 0, names, 1, &history);
    ecopt_snapshot_free(ctx, view);
    eco_store_history_free(ctx, history);
    (void)eco_store_close(store);
    return status;
}

static void test_allocation_failures_leave_nothing(void **state)
{
    fixture *f = *state;
    (void)add(f, "a=1");
    assert_true(end(f, 1, claim(f, 1, ECO_OWNER_RUN), ECOPT_TRIAL_COMPLETE));
    eco_test_alloc_sweep(open_and_read, f->path);
}

static void test_causes_have_names_that_parse(void **state)
{
    ecopt_cause cause = ECOPT_CAUSE_NONE;
    (void)state;
    for (int i = 0; i <= ECOPT_CAUSE_TOLD; i++) {
        assert_true(ecopt_cause_parse(ecopt_cause_name((ecopt_cause)i), &cause));
        assert_int_equal(cause, i);
    }
    assert_false(ecopt_cause_parse("weather", &cause));
    assert_false(ecopt_cause_parse(NULL, &cause));
}

static void test_states_have_names_that_parse(void **state)
{
    (void)state;
    ecopt_trial_state got = ECOPT_TRIAL_QUEUED;
    for (int i = ECOPT_TRIAL_QUEUED; i <= ECOPT_TRIAL_PREEMPTED; i++) {
        assert_true(ecopt_trial_state_parse(ecopt_trial_state_name((ecopt_trial_state)i), &got));
        assert_int_equal(got, i);
    }
    assert_false(ecopt_trial_state_parse("dancing", &got));
    assert_false(ecopt_trial_state_parse(NULL, &got));
    assert_string_equal(ecopt_trial_state_name((ecopt_trial_state)99), "state out of range");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_study_row_round_trips_once),
        CASE(test_points_are_unique_and_numbers_have_no_holes),
        CASE(test_claim_takes_the_lowest_waiting_trial),
        CASE(test_cause_and_decisions_come_back),
        CASE(test_an_ended_trial_comes_back_whole),
        CASE(test_an_end_is_accepted_once),
        CASE(test_preempted_goes_back_to_the_queue_and_its_joules_stay),
        CASE(test_recover_puts_back_what_a_dead_run_left),
        CASE(test_reference_is_kept),
        CASE(test_history_has_the_named_metrics),
        CASE(test_reopening_keeps_everything),
        CASE(test_a_reader_works_beside_the_writer),
        CASE(test_what_is_no_store_is_refused_by_name),
        CASE(test_newer_and_foreign_files_are_refused),
        CASE(test_a_full_disk_loses_nothing),
        CASE(test_a_read_only_folder_can_be_read),
        CASE(test_allocation_failures_leave_nothing),
        cmocka_unit_test(test_states_have_names_that_parse),
        cmocka_unit_test(test_causes_have_names_that_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
