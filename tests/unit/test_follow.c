/* What a worker tells its user of trials that others end: each once, and none of its own. */
#include "support/small_study.h"

#include "study/follow.h"

typedef struct heard {
    int n;
    int64_t trial, n_ended;
    ecopt_trial_state state;
    double a, b;
    char point[64], reason[64];
} heard;

/* The event's texts and arrays are the call's, so they are copied as a caller would. */
static void hear(void *user, const ecopt_event *event)
{
    heard *h = user;
    assert_int_equal(event->kind, ECOPT_EVENT_TRIAL_ENDED);
    assert_int_equal(event->n_objectives, 2);
    h->n++;
    h->trial = event->trial;
    h->n_ended = event->n_ended;
    h->state = event->state;
    h->a = event->objectives[0];
    h->b = event->objectives[1];
    (void)snprintf(h->point, sizeof h->point, "%s", event->point);
    (void)snprintf(h->reason, sizeof h->reason, "%s", event->reason);
}

static int64_t ask(eco_small_study *small, ecopt_study *study, char point[64])
{
    int64_t trial = 0;
    char *text = NULL;
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &text), ECOPT_OK);
    (void)snprintf(point, 64, "%s", text);
    ecopt_text_free(small->ctx, text);
    return trial;
}

static void tell(eco_small_study *small, ecopt_study *study, int64_t trial, double a)
{
    const ecopt_metric_value metrics[] = {{"a", a, NAN}, {"b", 2, NAN}};
    assert_status(small->ctx, ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 2),
                  ECOPT_OK);
}

static heard look(eco_small_study *small, eco_follow *follow, double every_s)
{
    heard h = {.n = 0};
    assert_status(small->ctx, eco_follow_look(follow, every_s, hear, &h), ECOPT_OK);
    return h;
}

static void test_each_end_is_told_once(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    eco_follow follow;
    char point[64], before[64];
    /* Over before anybody follows: no news. */
    tell(small, study, ask(small, study, before), 0.25);
    assert_status(small->ctx, eco_follow_init(&follow, study), ECOPT_OK);
    assert_int_equal(look(small, &follow, 0).n, 0);
    /* Running is no end. */
    int64_t trial = ask(small, study, point);
    assert_int_equal(look(small, &follow, 0).n, 0);
    tell(small, study, trial, 0.75);
    heard h = look(small, &follow, 0);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.trial, trial);
    assert_int_equal(h.n_ended, 2);
    assert_int_equal(h.state, ECOPT_TRIAL_COMPLETE);
    assert_close(h.a, 0.75, 0, 0);
    assert_close(h.b, 2, 0, 0);
    assert_string_equal(h.point, point);
    assert_string_equal(h.reason, "");
    assert_int_equal(look(small, &follow, 0).n, 0);
    eco_follow_release(&follow);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* Numbers of own trials come before the view knows them: room is made for all up to them. */
static void test_own_trials_are_left_out(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    eco_follow follow;
    char point[64];
    assert_status(small->ctx, eco_follow_init(&follow, study), ECOPT_OK);
    assert_status(small->ctx, eco_follow_own(&follow, 2), ECOPT_OK);
    for (int64_t i = 1; i <= 3; i++)
        assert_int_equal(ask(small, study, point), i);
    /* In another order than that of the numbers. */
    tell(small, study, 3, 0.5);
    tell(small, study, 2, 0.5);
    heard h = look(small, &follow, 0);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.trial, 3);
    assert_status(small->ctx, ecopt_study_tell(study, 1, ECOPT_TRIAL_FAILED, "no light", NULL, 0),
                  ECOPT_OK);
    h = look(small, &follow, 0);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.trial, 1);
    assert_int_equal(h.state, ECOPT_TRIAL_FAILED);
    assert_string_equal(h.reason, "no light");
    assert_true(isnan(h.a));
    eco_follow_release(&follow);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* A look reads the store: a run that asks at every tick must not pay for it each time. */
static void test_looks_are_no_closer_than_asked(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    eco_follow follow;
    char point[64];
    assert_status(small->ctx, eco_follow_init(&follow, study), ECOPT_OK);
    assert_int_equal(look(small, &follow, 0).n, 0);
    tell(small, study, ask(small, study, point), 0.5);
    assert_int_equal(look(small, &follow, 1e9).n, 0);
    /* Not lost by it: the next look that is due tells. */
    assert_int_equal(look(small, &follow, 0).n, 1);
    eco_follow_release(&follow);
    eco_follow_release(&follow);
    assert_null(follow.is_told);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_end_is_told_once, eco_small_study_set_up,
                                        eco_small_study_tear_down),
        cmocka_unit_test_setup_teardown(test_own_trials_are_left_out, eco_small_study_set_up,
                                        eco_small_study_tear_down),
        cmocka_unit_test_setup_teardown(test_looks_are_no_closer_than_asked, eco_small_study_set_up,
                                        eco_small_study_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
