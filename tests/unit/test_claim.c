/* Claims: which trial a worker gets, whatever others do meanwhile, and what is kept with it. */
#include "core/clock.h"
#include "store/store.h"
#include "study/study_impl.h"
#include "support/small_study.h"

#include <ecopt/outside.h>
#include <stdlib.h>

enum { POINT_B = 64, ALONE_N = 6 };

/* Claims for a run; the trial's number, its point into `point`. */
static int64_t claim(eco_small_study *small, ecopt_study *study, const eco_claim_need *need,
                     char point[POINT_B])
{
    eco_study_view view;
    eco_claim got;
    assert_status(small->ctx, eco_study_claim_next(study, need, &view, &got), ECOPT_OK);
    int64_t trial = got.trial;
    if (trial > 0)
        (void)snprintf(point, POINT_B, "%s", got.point);
    eco_claim_release(study, &got);
    eco_claim_release(study, &got); /* harmless */
    eco_study_view_release(study, &view);
    return trial;
}

static const eco_claim_need for_a_run = {.owner = ECO_OWNER_RUN};

/* The points that one process alone gets, one after the other, nothing told in between. */
static void claim_alone(eco_small_study *like, char points[ALONE_N][POINT_B])
{
    eco_small_study *alone = calloc(1, sizeof *alone);
    eco_small_study_init(alone, 40, true);
    alone->definition.sampler = like->definition.sampler;
    ecopt_study *study = eco_small_study_open(alone);
    for (int64_t i = 0; i < ALONE_N; i++)
        assert_int_equal(claim(alone, study, &for_a_run, points[i]), i + 1);
    assert_status(alone->ctx, ecopt_study_close(study), ECOPT_OK);
    eco_small_study_release(alone);
    free(alone);
}

/* A suggestion is a function of the rows: it does not matter who asks. */
static void test_two_who_claim_get_what_one_would(void **state)
{
    eco_small_study *small = *state;
    static const char *const samplers[] = {"random", "sobol", "mobo"};
    for (size_t s = 0; s < ECO_LEN(samplers); s++) {
        char alone[ALONE_N][POINT_B], point[POINT_B];
        small->definition.sampler = samplers[s];
        small->definition.name = samplers[s];
        claim_alone(small, alone);
        ecopt_study *studies[] = {eco_small_study_open(small), eco_small_study_open(small)};
        for (int64_t i = 0; i < ALONE_N; i++) {
            assert_int_equal(claim(small, studies[i / 2 % 2], &for_a_run, point), i + 1);
            assert_string_equal(point, alone[i]);
        }
        assert_status(small->ctx, ecopt_study_close(studies[0]), ECOPT_OK);
        assert_status(small->ctx, ecopt_study_close(studies[1]), ECOPT_OK);
    }
}

/* Somebody who does not heed the lock claims between the look at the rows and the claim. */
typedef struct intruder {
    eco_small_study *small;
    ecopt_study *study;
    const char *point;
    int n_asked;
    size_t n_seen; /* trials in the newest view */
} intruder;

static bool intrude(void *user, const eco_study_view *view)
{
    intruder *i = user;
    i->n_asked++;
    i->n_seen = view->n;
    if (i->n_asked > 1)
        return true;
    const eco_proposal proposal = {.number = 1, .point = i->point, .origin = "o", .seed = 1};
    const eco_take take = {.owner = ECO_OWNER_RUN, .worker = "other", .proposal = &proposal};
    int64_t trial = 0, attempt = 0;
    assert_status(i->small->ctx, eco_store_take(i->study->store, &take, &trial, &attempt),
                  ECOPT_OK);
    assert_int_equal(trial, 1);
    return true;
}

static void test_who_comes_too_late_looks_and_chooses_again(void **state)
{
    eco_small_study *small = *state;
    char alone[ALONE_N][POINT_B], point[POINT_B];
    claim_alone(small, alone);
    ecopt_study *study = eco_small_study_open(small), *other = eco_small_study_open(small);
    intruder i = {.small = small, .study = other, .point = alone[0]};
    const eco_claim_need need = {.owner = ECO_OWNER_RUN, .may_start = intrude, .user = &i};
    assert_int_equal(claim(small, study, &need, point), 2);
    assert_string_equal(point, alone[1]);
    assert_int_equal(i.n_asked, 2);
    assert_int_equal(i.n_seen, 1);
    assert_status(small->ctx, ecopt_study_close(other), ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static bool say_no(void *user, const eco_study_view *view)
{
    (void)view;
    ++*(int *)user;
    return false;
}

/* A budget that is spent leaves no row, and the lock is free again. */
static void test_no_trial_is_claimed_against_the_budget(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small), *other = eco_small_study_open(small);
    char point[POINT_B];
    int n_asked = 0;
    const eco_claim_need need = {.owner = ECO_OWNER_RUN, .may_start = say_no, .user = &n_asked};
    assert_int_equal(claim(small, study, &need, point), 0);
    assert_int_equal(n_asked, 1);
    assert_int_equal(study->n_views, 0);
    assert_int_equal(claim(small, other, &for_a_run, point), 1);
    assert_status(small->ctx, ecopt_study_close(other), ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* What waits comes before what is new, the lowest first, and is run bit for bit as it was chosen.
 */
static void test_what_waits_comes_first(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    const ecopt_outside_row rows[] = {{.point = "x=0.1 k=3", .state = ECOPT_TRIAL_QUEUED},
                                      {.point = "x=0.3 k=5", .state = ECOPT_TRIAL_QUEUED}};
    int64_t trials[2];
    assert_status(small->ctx, ecopt_study_add(study, rows, 2, NULL, trials), ECOPT_OK);
    for (int64_t i = 1; i <= 2; i++) {
        eco_study_view view;
        eco_claim got;
        assert_status(small->ctx, eco_study_claim_next(study, &for_a_run, &view, &got), ECOPT_OK);
        assert_int_equal(got.trial, i);
        assert_int_equal(got.attempt, 1);
        assert_string_equal(got.origin, "queued");
        assert_string_equal(got.point, rows[i - 1].point);
        assert_true(got.x[0] == (i == 1 ? 0.1 : 0.3));
        assert_true(got.x[1] == (i == 1 ? 3 : 5));
        eco_claim_release(study, &got);
        eco_study_view_release(study, &view);
    }
    char point[POINT_B];
    assert_int_equal(claim(small, study, &for_a_run, point), 3);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* The same trial and point again, as another attempt, and the first failure's words stay. */
static void test_what_could_not_be_run_is_put_back(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    eco_study_view view;
    eco_claim got;
    char point[POINT_B];
    assert_status(small->ctx, eco_study_claim_next(study, &for_a_run, &view, &got), ECOPT_OK);
    (void)eco_fail(small->ctx, ECOPT_E_IO, "no room for the folder");
    (void)eco_hint(small->ctx, ECOPT_E_IO, "make some");
    eco_study_put_back(study, &got);
    assert_string_equal(ecopt_ctx_errmsg(small->ctx), "no room for the folder");
    assert_string_equal(ecopt_ctx_errhint(small->ctx), "make some");
    assert_int_equal(claim(small, study, &for_a_run, point), got.trial);
    assert_string_equal(point, got.point);
    eco_claim_release(study, &got);
    eco_study_view_release(study, &view);
    ecopt_trial_state now = ECOPT_TRIAL_FAILED;
    int64_t attempts = 0;
    assert_status(small->ctx, eco_study_find_trial(study, 1, &now, &attempts), ECOPT_OK);
    assert_int_equal(now, ECOPT_TRIAL_RUNNING);
    assert_int_equal(attempts, 2);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* Asks and tells one trial of those values. */
static void add_result(eco_small_study *small, ecopt_study *study, double a, double b)
{
    int64_t trial = 0;
    char *point = NULL;
    const ecopt_metric_value metrics[] = {{"a", a, NAN}, {"b", b, NAN}};
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    ecopt_text_free(small->ctx, point);
    assert_status(small->ctx, ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 2),
                  ECOPT_OK);
}

static void expect_reference(eco_small_study *small, ecopt_study *study, double a, double b)
{
    double kept[2];
    assert_status(small->ctx, eco_store_get_reference(study->store, kept, 2), ECOPT_OK);
    assert_close(kept[0], a, 1e-12, 0);
    assert_close(kept[1], b, 1e-12, 0);
}

/* A threshold holds from the start; what is inferred waits for the initial design (3 trials) and
 * stays then, whatever comes. */
static void test_the_reference_point_is_kept_once(void **state)
{
    eco_small_study *small = *state;
    small->objectives[0].has_threshold = true;
    small->objectives[0].threshold = 0.25;
    ecopt_study *study = eco_small_study_open(small);
    expect_reference(small, study, NAN, NAN);
    add_result(small, study, 0.5, 10);
    expect_reference(small, study, 0.25, NAN);
    add_result(small, study, 0.75, 20);
    add_result(small, study, 0.75, 30);
    expect_reference(small, study, 0.25, NAN); /* the third was asked for when two were complete */
    add_result(small, study, 0.75, 1000);
    expect_reference(small, study, 0.25, 32); /* the worst of 10, 20, 30 and a tenth of the range */
    add_result(small, study, 0.01, 5000);
    add_result(small, study, 0.01, 5000);
    expect_reference(small, study, 0.25, 32);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* Each allocation of a claim may fail: nothing is left, and no trial is claimed twice. */
static ecopt_status open_and_claim(ecopt_ctx *ctx, void *user)
{
    eco_small_study *small = user;
    ecopt_study *study = NULL;
    eco_study_view view;
    eco_claim got;
    ECO_TRY(ecopt_study_open(ctx, &small->definition, NULL, &study));
    ecopt_status status = eco_study_claim_next(study, &for_a_run, &view, &got);
    if (status == ECOPT_OK) {
        assert_int_equal(got.trial, 1);
        assert_int_equal(got.attempt, 1);
        eco_claim_release(study, &got);
        eco_study_view_release(study, &view);
    }
    ecopt_status closed = ecopt_study_close(study);
    return status != ECOPT_OK ? status : closed;
}

static void test_no_memory(void **state)
{
    eco_small_study *small = *state;
    eco_test_alloc_sweep(open_and_claim, small);
}

#define CASE(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_two_who_claim_get_what_one_would),
        CASE(test_who_comes_too_late_looks_and_chooses_again),
        CASE(test_no_trial_is_claimed_against_the_budget),
        CASE(test_what_waits_comes_first),
        CASE(test_what_could_not_be_run_is_put_back),
        CASE(test_the_reference_point_is_kept_once),
        CASE(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
