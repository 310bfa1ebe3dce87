/* What becomes of a stored study when its definition changes. */
#include "space/space.h"
#include "store/store.h"
#include "study/study_impl.h"
#include "support/small_study.h"

#include <ecopt/outside.h>
#include <stdio.h>
#include <stdlib.h>

/* Texts of the store: number of the revision and the definition in force. */
static int64_t revision_of(eco_small_study *small, ecopt_study *study, char text[128])
{
    char *identity = NULL, *definition = NULL;
    int64_t revision = 0;
    assert_status(small->ctx, eco_store_get_study(study->store, &identity, &definition, &revision),
                  ECOPT_OK);
    (void)snprintf(text, 128, "%s", definition);
    eco_free(small->ctx, identity);
    eco_free(small->ctx, definition);
    return revision;
}

static void expect_revision(eco_small_study *small, int64_t expected, const char *expected_text)
{
    char text[128];
    ecopt_study *study = eco_small_study_open(small);
    assert_int_equal(revision_of(small, study, text), expected);
    assert_string_equal(text, expected_text);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static ecopt_study *refuse(eco_small_study *small, ecopt_status expected)
{
    ecopt_study *study = NULL;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, NULL, &study),
                  expected);
    return study;
}

/* Comments and budgets are not what makes a study: a new text is a new revision, and no more. */
static void test_a_new_text_is_a_new_revision(void **state)
{
    eco_small_study *small = *state;
    expect_revision(small, 1, "study: small\n");
    expect_revision(small, 1, "study: small\n");
    small->definition.text = "study: small # again\n";
    expect_revision(small, 2, "study: small # again\n");
    expect_revision(small, 2, "study: small # again\n");
    small->definition.text = "study: small\n";
    expect_revision(small, 3, "study: small\n");
}

/* Attempts are noted with the text that they ran under. */
static void test_attempts_know_their_revision(void **state)
{
    eco_small_study *small = *state;
    small->definition.budget.trials = 1;
    (void)eco_small_study_run(small, NULL);
    small->definition.text = "budget: {trials: 2}\n";
    small->definition.budget.trials = 2;
    (void)eco_small_study_run(small, NULL);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 2);
    assert_int_equal(snapshot->trials[0].revision, 1);
    assert_int_equal(snapshot->trials[1].revision, 2);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Beside others nobody may change what they rely on; they are named as far as they are known. */
static void test_a_study_in_use_is_not_changed(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    char before[128];
    small->definition.text = "study: small # other\n";
    assert_null(refuse(small, ECOPT_E_STORE_LOCKED));
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "in use with another text"));
    assert_int_equal(revision_of(small, study, before), 1);
    assert_string_equal(before, "study: small\n");
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    expect_revision(small, 2, "study: small # other\n");
}

static void test_a_change_that_cannot_be_names_itself_and_the_others(void **state)
{
    eco_small_study *small = *state;
    expect_revision(small, 1, "study: small\n");
    small->definition.text = "seed: 8\n";
    small->definition.seed = 8;
    small->objectives[1].goal = ECOPT_GOAL_MAX;
    assert_null(refuse(small, ECOPT_E_STORE_MISMATCH));
    const char *message = ecopt_ctx_errmsg(small->ctx);
    assert_non_null(
        strstr(message, "was made with a different definition: seed (was '7', now '8')"));
    assert_non_null(strstr(message, "objectives.b"));
    assert_non_null(strstr(ecopt_ctx_errhint(small->ctx), "put it back"));
    small->definition.text = "study: small\n";
    small->definition.seed = 7;
    small->objectives[1].goal = ECOPT_GOAL_MIN;
    expect_revision(small, 1, "study: small\n");
}

/* x and k as in the small study, k up to max_k, and one more when it has a name. */
static ecopt_space *make_space(eco_small_study *small, double max_k, const char *more)
{
    const ecopt_param params[] = {
        {.name = "x", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
        {.name = "k", .type = ECOPT_PARAM_INT, .min = 1, .max = max_k},
        {.name = more,
         .type = ECOPT_PARAM_INT,
         .min = 1,
         .max = 3,
         .has_default = true,
         .default_code = 2},
    };
    ecopt_space *space = NULL;
    assert_status(small->ctx, eco_space_new(small->ctx, params, more ? 3 : 2, &space), ECOPT_OK);
    return space;
}

static void add(eco_small_study *small, ecopt_study *study, const char *point,
                ecopt_trial_state trial_state)
{
    const ecopt_metric_value metrics[] = {{"a", 0.5, NAN}, {"b", 3, NAN}};
    const ecopt_outside_row row = {.point = point,
                                   .state = trial_state,
                                   .n_metrics = trial_state == ECOPT_TRIAL_COMPLETE ? 2 : 0,
                                   .metrics = metrics};
    assert_status(small->ctx, ecopt_study_add(study, &row, 1, NULL, NULL), ECOPT_OK);
}

static void keep_warning(void *user, ecopt_log_level level, const char *message)
{
    char *said = user;
    if (level == ECOPT_LOG_WARNING)
        (void)snprintf(said + strlen(said), 512 - strlen(said), "%s\n", message);
}

/* Opens and closes the study of the definition; what was warned of into `said`. */
static void accept(eco_small_study *small, char said[512])
{
    ecopt_ctx *ctx = NULL;
    ecopt_study *study = NULL;
    ecopt_ctx_options options = ECOPT_CTX_OPTIONS_INIT;
    said[0] = '\0';
    options.log = keep_warning;
    options.log_user = said;
    assert_int_equal(ecopt_ctx_new(&options, &ctx), ECOPT_OK);
    assert_status(ctx, ecopt_study_open(ctx, &small->definition, NULL, &study), ECOPT_OK);
    assert_status(ctx, ecopt_study_close(study), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* Points beyond new bounds stay on record and are not used; one that waits there has its end. */
static void test_points_that_are_not_allowed_any_more(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    add(small, study, "x=0.5 k=30", ECOPT_TRIAL_COMPLETE);
    add(small, study, "x=0.25 k=3", ECOPT_TRIAL_COMPLETE);
    add(small, study, "x=0.75 k=30", ECOPT_TRIAL_QUEUED);
    add(small, study, "x=0.75 k=10", ECOPT_TRIAL_QUEUED);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_space *space = make_space(small, 10, NULL);
    small->definition.space = space;
    small->definition.text = "k: to 10\n";
    char said[512];
    accept(small, said);
    assert_string_equal(said, "the definition has changed and is accepted: params.k\n"
                              "2 trials have points that it does not allow: on record, but not "
                              "used any more\n");
    expect_revision(small, 2, "k: to 10\n");
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    static const bool is_outside[] = {true, false, true, false};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(snapshot->trials[i].is_outside, is_outside[i]);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(snapshot->trials[2].state, ECOPT_TRIAL_INFEASIBLE);
    assert_int_equal(snapshot->trials[3].state, ECOPT_TRIAL_QUEUED);
    ecopt_snapshot_free(small->ctx, snapshot);
    study = eco_small_study_open(small);
    eco_study_view view;
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_null(view.rows[0].x);
    assert_int_equal(view.history.n, 1);
    assert_int_equal(view.history.n_pending, 1);
    eco_study_view_release(study, &view);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    eco_space_free(small->ctx, space);
}

/* The default becomes part of each point that lacks it, in the store and for good. */
static void test_a_new_parameter_completes_the_points(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    add(small, study, "x=0.5 k=30", ECOPT_TRIAL_COMPLETE);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_space *space = make_space(small, 40, "w");
    small->definition.space = space;
    small->definition.text = "w: new\n";
    expect_revision(small, 2, "w: new\n");
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_string_equal(snapshot->trials[0].point, "x=0.5 k=30 w=2");
    assert_false(snapshot->trials[0].is_outside);
    ecopt_snapshot_free(small->ctx, snapshot);
    eco_space_free(small->ctx, space);
}

/* Memory may run out anywhere in a change: it has happened or it has not. */
typedef struct change {
    eco_small_study *small;
    int64_t revision;
} change;

static ecopt_status open_changed(ecopt_ctx *ctx, void *user)
{
    change *c = user;
    ecopt_study *study = NULL;
    ECO_TRY(ecopt_study_open(ctx, &c->small->definition, NULL, &study));
    return ecopt_study_close(study);
}

static void test_no_memory(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    add(small, study, "x=0.5 k=30", ECOPT_TRIAL_COMPLETE);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_space *space = make_space(small, 10, "w");
    small->definition.space = space;
    small->definition.text = "all: new\n";
    change c = {.small = small};
    eco_test_alloc_sweep(open_changed, &c);
    expect_revision(small, 2, "all: new\n");
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_string_equal(snapshot->trials[0].point, "x=0.5 k=30 w=2");
    assert_true(snapshot->trials[0].is_outside);
    ecopt_snapshot_free(small->ctx, snapshot);
    eco_space_free(small->ctx, space);
}

#define CASE(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_new_text_is_a_new_revision),
        CASE(test_attempts_know_their_revision),
        CASE(test_a_study_in_use_is_not_changed),
        CASE(test_a_change_that_cannot_be_names_itself_and_the_others),
        CASE(test_points_that_are_not_allowed_any_more),
        CASE(test_a_new_parameter_completes_the_points),
        CASE(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
