/* ecopt_study_import_csv: columns, rows, and what is said of those that cannot be added. */
#include "core/str.h"
#include "support/small_study.h"

#include <ecopt/outside.h>

/* Diagnostics as "kind line:column message" lines. */
static void note(void *user, const ecopt_diagnostic *d)
{
    eco_str_addf(user, "%s %zu:%zu %s\n", d->is_error ? "error" : "warning", d->line, d->column,
                 d->message);
}

/* Imports a text; the status and what is said are checked. */
static ecopt_imported import_text(eco_small_study *small, const char *text,
                                  ecopt_import_options options, ecopt_status expected,
                                  const char *said)
{
    char path[300];
    ecopt_imported done = {.n_rows = 77};
    eco_str seen = ECO_STR_INIT(small->ctx);
    eco_test_write_file(small->dir, "t.csv", text);
    (void)snprintf(path, sizeof path, "%s/t.csv", small->dir);
    options.report = note;
    options.user = &seen;
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_import_csv(study, path, &options, &done), expected);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    assert_string_equal(eco_str_text(&seen), said);
    eco_str_release(&seen);
    if (expected != ECOPT_OK)
        assert_int_equal(done.n_rows, 77);
    return done;
}

static const ecopt_import_options plain = ECOPT_IMPORT_OPTIONS_INIT;

static void test_points_with_and_without_outcome(void **state)
{
    eco_small_study *small = *state;
    ecopt_imported done = import_text(small,
                                      "k,param.x,a,a_u95,b,trial,is_front\r\n"
                                      "3,0.5,0.25,0.125,7,1,true\n"
                                      "\n"
                                      "4,\"0.75\",,,,2,false\n",
                                      plain, ECOPT_OK, "");
    assert_int_equal(done.n_rows, 2);
    assert_int_equal(done.n_added, 2);
    assert_int_equal(done.first, 1);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    const ecopt_trial *first = &snapshot->trials[0], *second = &snapshot->trials[1];
    assert_string_equal(first->point, "x=0.5 k=3");
    assert_string_equal(first->origin, "imported");
    assert_int_equal(first->state, ECOPT_TRIAL_COMPLETE);
    assert_close(ecopt_trial_metric(first, "a")->u95, 0.125, 0, 0);
    assert_true(isnan(ecopt_trial_metric(first, "b")->u95));
    assert_int_equal(second->state, ECOPT_TRIAL_QUEUED);
    assert_int_equal(second->n_metrics, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_states_and_reasons(void **state)
{
    eco_small_study *small = *state;
    (void)import_text(small,
                      "x,k,state,reason,a,b\n"
                      "0.1,1,failed,\"no, \"\"really\"\"\",,\n"
                      "0.2,1,pruned,,0.5,\n"
                      "0.3,1,running,,,\n"
                      "0.4,1,complete,,1,2\n"
                      "0.5,1,abandoned,,,\n",
                      plain, ECOPT_OK, "");
    static const ecopt_trial_state states[] = {ECOPT_TRIAL_FAILED, ECOPT_TRIAL_PRUNED,
                                               ECOPT_TRIAL_QUEUED, ECOPT_TRIAL_COMPLETE,
                                               ECOPT_TRIAL_ABANDONED};
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(snapshot->trials[i].state, states[i]);
    assert_string_equal(snapshot->trials[0].reason, "no, \"really\"");
    assert_int_equal(snapshot->trials[1].n_metrics, 1);
    ecopt_snapshot_free(small->ctx, snapshot);
    (void)import_text(small, "x,k,state\n0.6,1,done\n", plain, ECOPT_E_CONFIG,
                      "error 2:7 there is no state 'done'\n");
}

static void test_columns_are_mapped(void **state)
{
    eco_small_study *small = *state;
    static const char *const maps[] = {"lr=x", "K=param.k", "acc=a", "x=", "energy=b"};
    ecopt_import_options options = plain;
    options.maps = maps;
    options.n_maps = 5;
    (void)import_text(small, "lr,K,acc,a.u95,x,energy,what\n0.5,2,1,0.5,nine,3,?\n", options,
                      ECOPT_OK, "warning 1:25 the column 'what' is not used\n");
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_string_equal(snapshot->trials[0].point, "x=0.5 k=2");
    assert_close(ecopt_trial_metric(&snapshot->trials[0], "a")->u95, 0.5, 0, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
    options.n_maps = 1;
    (void)import_text(small, "x,k\n0.5,2\n", options, ECOPT_E_CONFIG,
                      "error 1:1 there is no column 'lr' to map\n");
}

static void test_wrong_tables(void **state)
{
    eco_small_study *small = *state;
    (void)import_text(small, "x,k,a,b,param.x\n", plain, ECOPT_E_CONFIG,
                      "error 1:1 the list has a header but no rows\n");
    (void)import_text(small, "x,k,param.x\n1,2,3\n", plain, ECOPT_E_CONFIG,
                      "error 1:5 'x' and 'param.x' are the same\n");
    (void)import_text(small, "x,k,a,b\n0.5,1,x,2\n0.5,2,1,inf\n", plain, ECOPT_E_CONFIG,
                      "error 2:7 a: 'x' is not a finite number\n"
                      "error 3:9 b: 'inf' is not a finite number\n");
    ecopt_study *study = eco_small_study_open(small);
    ecopt_imported done;
    assert_status(small->ctx, ecopt_study_import_csv(study, "/none.csv", NULL, &done),
                  ECOPT_E_NOT_FOUND);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    assert_status(NULL, ecopt_study_import_csv(NULL, "x", NULL, &done), ECOPT_E_ARG);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_bad_rows_stop_all_or_are_left_out(void **state)
{
    eco_small_study *small = *state;
    static const char text[] = "x,k,a,b\n2,1,1,1\n0.5,1,1,1\n0.5,1,2,2\n0.5,2,1,\n0.5,3,-,1\n";
    (void)import_text(small, text, plain, ECOPT_E_CONFIG,
                      "error 6:7 a: '-' is not a finite number\n");
    ecopt_import_options options = plain;
    options.is_skipping = true;
    ecopt_imported done = import_text(small, text, options, ECOPT_OK,
                                      "warning 2:1 x: 2 is outside 0 to 1\n"
                                      "warning 4:1 this point is in the list twice\n"
                                      "warning 5:1 no value for 'b'\n"
                                      "warning 6:7 a: '-' is not a finite number\n");
    assert_int_equal(done.n_rows, 5);
    assert_int_equal(done.n_added, 1);
    assert_int_equal(done.first, 1);
    (void)import_text(small, "x,k,a,b\n0.75,1,1,1\n0.5,1,1,1\n", plain, ECOPT_E_CONFIG,
                      "error 3:1 this point is trial 1 already (complete)\n");
}

static void test_points_only(void **state)
{
    eco_small_study *small = *state;
    ecopt_import_options options = plain;
    options.is_queue = true;
    (void)import_text(small, "x,k,a,b,state\n0.5,1,1,1,failed\n", options, ECOPT_OK, "");
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_QUEUED);
    assert_string_equal(snapshot->trials[0].origin, "enqueued");
    ecopt_snapshot_free(small->ctx, snapshot);
}

int main(void)
{
#define WITH_STUDY(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STUDY(test_points_with_and_without_outcome),
        WITH_STUDY(test_states_and_reasons),
        WITH_STUDY(test_columns_are_mapped),
        WITH_STUDY(test_wrong_tables),
        WITH_STUDY(test_bad_rows_stop_all_or_are_left_out),
        WITH_STUDY(test_points_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
