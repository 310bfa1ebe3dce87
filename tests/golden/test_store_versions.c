/*
 * Stores of every released schema still open and say what they said.
 *
 * Each is a dump in this folder, made into a file by the test; a new schema adds its dump and a
 * line in `versions`.  What a reader sees must not depend on the version that wrote it.
 */
#include "core/fs.h"
#include "store/schema.h"
#include "store/store.h"
#include "support/eco_test.h"

#include <sqlite3.h>
#include <stdlib.h>

static const char *const versions[] = {"store_v1.sql", "store_v2.sql"};

typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];
    char *path;
} fixture;

static void build(fixture *f, const char *dump)
{
    char *path = eco_fs_join(f->ctx, ECOPT_GOLDEN_DIR, dump), *sql = NULL;
    sqlite3 *db = NULL;
    char *message = NULL;
    assert_status(f->ctx, eco_fs_read(f->ctx, path, ECO_DOCUMENT_MAX_B, &sql, NULL), ECOPT_OK);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", dump, message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    eco_free(f->ctx, sql);
    eco_free(f->ctx, path);
}

static void set_up(fixture *f, const char *dump)
{
    f->ctx = eco_test_ctx();
    eco_test_temp_dir(f->dir);
    f->path = eco_fs_join(f->ctx, f->dir, "study.db");
    build(f, dump);
}

static void tear_down(fixture *f)
{
    eco_test_remove_dir(f->dir);
    eco_free(f->ctx, f->path);
    assert_int_equal(eco_ctx_live_b(f->ctx), 0);
    ecopt_ctx_free(f->ctx);
}

static eco_store *open_store(fixture *f, eco_store_mode mode)
{
    eco_store *store = NULL;
    assert_status(f->ctx, eco_store_open(f->ctx, f->path, mode, &store), ECOPT_OK);
    return store;
}

static void check_study(const ecopt_snapshot *view)
{
    assert_string_equal(view->name, "golden");
    assert_string_equal(view->definition, "study: golden\nbudget: {trials: 9}\n");
    assert_true(view->seed == UINT64_MAX);
    assert_int_equal(view->revision, 2);
    assert_string_equal(view->version, "0.1.0");
    assert_string_equal(view->host, "{\"node\":\"old\"}");
    assert_true(view->created_s == 1700000000.25);
    assert_int_equal(view->n_reference, 3);
    assert_true(view->reference[0] == 0.75 && isnan(view->reference[1]));
    assert_true(view->reference[2] == 12.5);
    assert_int_equal(view->n_trials, 6);
    assert_true(view->spent_energy_j == 22.5 && view->spent_time_s == 4.5);
}

static void check_first(const ecopt_trial *trial)
{
    assert_int_equal(trial->state, ECOPT_TRIAL_COMPLETE);
    assert_string_equal(trial->point, "x=0.1 name=\"a b\"");
    assert_string_equal(trial->origin, "default");
    assert_string_equal(trial->dir, "trials/0001");
    assert_int_equal(trial->seed, 11);
    /* A value on the way (step 3) is not the trial's result. */
    assert_int_equal(trial->n_metrics, 2);
    assert_true(ecopt_trial_metric(trial, "accuracy")->value == 0.875);
    assert_true(isnan(ecopt_trial_metric(trial, "accuracy")->u95));
    assert_int_equal(trial->n_phases, 2);
    const ecopt_energy *train = &trial->phases[0].energy, *test = &trial->phases[1].energy;
    assert_true(train->energy_j == 10.5 && train->gain_lo == 0.875 && train->gain_hi == 1.25);
    assert_int_equal(train->quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_int_equal(train->n_sources, 2);
    assert_string_equal(train->sources[1].name, "rapl core");
    assert_true(train->sources[0].is_counted && !train->sources[1].is_counted);
    assert_true(isnan(test->energy_j));
    assert_int_equal(test->quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_int_equal(test->n_sources, 0);
    assert_true(isnan(trial->phases[1].cpu_s) && isnan(trial->phases[1].max_rss_b));
}

static void check_others(const ecopt_snapshot *view)
{
    static const ecopt_trial_state states[] = {ECOPT_TRIAL_COMPLETE, ECOPT_TRIAL_FAILED,
                                               ECOPT_TRIAL_COMPLETE, ECOPT_TRIAL_RUNNING,
                                               ECOPT_TRIAL_QUEUED,   ECOPT_TRIAL_RUNNING};
    for (size_t i = 0; i < ECO_LEN(states); i++) {
        assert_int_equal(view->trials[i].id, i + 1);
        assert_int_equal(view->trials[i].state, states[i]);
        assert_int_equal(view->trials[i].seed, 11 * (i + 1));
    }
    assert_string_equal(view->trials[1].reason, "exit status 3");
    assert_true(isnan(view->trials[1].spent_energy_j));
    /* The second attempt decides, the first one's joules stay. */
    const ecopt_trial *again = &view->trials[2];
    assert_int_equal(again->attempts, 2);
    assert_string_equal(again->dir, "trials/0003.2");
    assert_true(ecopt_trial_metric(again, "accuracy")->value == 0.9375);
    assert_true(again->spent_energy_j == 12 && again->spent_time_s == 3);
    assert_int_equal(again->n_phases, 1);
    assert_true(again->phases[0].is_timed_out);
    assert_true(isnan(view->trials[3].ended_s) && view->trials[3].started_s == 1700000010.0);
    assert_null(view->trials[4].dir);
    assert_true(isnan(view->trials[4].started_s));
}

static void check_snapshot(fixture *f, eco_store *store)
{
    ecopt_snapshot *view = NULL;
    assert_status(f->ctx, eco_store_snapshot(store, &view), ECOPT_OK);
    check_study(view);
    check_first(&view->trials[0]);
    check_others(view);
    ecopt_snapshot_free(f->ctx, view);
}

static int64_t schema_of(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "pragma user_version", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t version = sqlite3_column_int64(stmt, 0);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return version;
}

static void test_old_stores_are_read_as_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < ECO_LEN(versions); i++) {
        fixture f;
        set_up(&f, versions[i]);
        int64_t before = schema_of(f.path);
        assert_int_equal(before, i + 1);
        eco_store *store = open_store(&f, ECO_STORE_READ);
        check_snapshot(&f, store);
        assert_status(f.ctx, eco_store_close(store), ECOPT_OK);
        /* Reading migrates nothing: it may not be allowed to write. */
        assert_int_equal(schema_of(f.path), before);
        tear_down(&f);
    }
}

static void test_old_stores_are_migrated_and_say_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ECO_LEN(versions); i++) {
        fixture f;
        set_up(&f, versions[i]);
        eco_store *store = open_store(&f, ECO_STORE_WRITE);
        check_snapshot(&f, store);
        assert_status(f.ctx, eco_store_close(store), ECOPT_OK);
        assert_int_equal(schema_of(f.path), eco_schema_version());
        tear_down(&f);
    }
}

static void test_an_old_study_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < ECO_LEN(versions); i++) {
        static const char *const names[] = {"accuracy"};
        static const ecopt_metric_value metric = {"accuracy", 0.25, NAN};
        fixture f;
        int64_t n = 0, trial = 0, attempt = 0;
        bool is_accepted = false;
        eco_store_history *history = NULL;
        set_up(&f, versions[i]);
        eco_store *store = open_store(&f, ECO_STORE_CREATE);
        /* Trial 4 was left running by a dead process, trial 6 was asked for. */
        assert_status(f.ctx, eco_store_recover(store, 1700000099.0, &n), ECOPT_OK);
        assert_int_equal(n, 1);
        assert_status(f.ctx, eco_store_claim(store, 0, ECO_OWNER_RUN, 1, &trial, &attempt),
                      ECOPT_OK);
        assert_int_equal(trial, 4);
        assert_int_equal(attempt, 2);
        eco_attempt_end end = {.trial = 6,
                               .attempt = 1,
                               .state = ECOPT_TRIAL_COMPLETE,
                               .n_metrics = 1,
                               .metrics = &metric};
        assert_status(f.ctx, eco_store_end_attempt(store, &end, &is_accepted), ECOPT_OK);
        assert_true(is_accepted);
        assert_status(f.ctx, eco_store_add_trial(store, "x=0.1 name=\"a b\"", "o", 1, 1, &trial),
                      ECOPT_E_ARG);
        assert_status(f.ctx, eco_store_add_trial(store, "x=0.7 name=c", "o", 1, 1, &trial),
                      ECOPT_OK);
        assert_int_equal(trial, 7);
        assert_status(f.ctx, eco_store_get_history(store, 0, names, 1, &history), ECOPT_OK);
        assert_int_equal(history->n, 7);
        assert_true(history->rows[5].values[0] == 0.25);
        assert_true(history->rows[2].values[0] == 0.9375);
        eco_store_history_free(f.ctx, history);
        assert_status(f.ctx, eco_store_close(store), ECOPT_OK);
        tear_down(&f);
    }
}

static void test_there_is_a_dump_of_every_schema(void **state)
{
    (void)state;
    assert_int_equal(ECO_LEN(versions), eco_schema_version());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_stores_are_read_as_they_are),
        cmocka_unit_test(test_old_stores_are_migrated_and_say_the_same),
        cmocka_unit_test(test_an_old_study_goes_on),
        cmocka_unit_test(test_there_is_a_dump_of_every_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
