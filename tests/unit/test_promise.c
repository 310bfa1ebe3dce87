/* What a point promises once some of its objectives are known. */
#include "sampler/promise.h"
#include "support/mobo_world.h"

enum { TRIALS = 40 };

static world w;

static double promise(const double *x, double y0, double y1, double se1)
{
    const double y[] = {y0, y1}, se[] = {NAN, se1};
    const eco_observation known = {.x = x, .y = y, .y_se = se};
    double chance = -1;
    assert_status(w.ctx, eco_sampler_promise(w.ctx, &w.problem, &w.history, &known, &chance),
                  ECOPT_OK);
    return chance;
}

static int set_up(void **state)
{
    (void)state;
    world_open(&w, cube, TRIALS, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* Objective 0 at trial i is modelled well there: with a worse objective 1 the point is dominated by
 * that trial or by who dominates it, with the best of all it is on the front. */
static void test_a_known_objective_decides(void **state)
{
    (void)state;
    double best[2] = {HUGE_VAL, HUGE_VAL};
    size_t first = 0;
    for (size_t i = 0; i < TRIALS; i++) {
        first = w.y[i][0] < best[0] ? i : first;
        for (size_t k = 0; k < 2; k++)
            best[k] = fmin(best[k], w.y[i][k]);
    }
    const double middle[] = {0.5, 0.5, 0.5};
    assert_true(promise(middle, NAN, 100, NAN) < 0.01);
    assert_true(promise(middle, NAN, best[1] - 0.01, NAN) > 0.999);
    /* The more is known of the other one the sharper: both known is yes or no. */
    assert_close(promise(middle, best[0] - 0.1, 100, NAN), 1, 0, 0);
    assert_close(promise(middle, w.y[first][0] + 0.01, w.y[first][1] + 0.01, NAN), 0, 0, 0);
    /* Uncertain knowledge is believed as far as it goes. */
    double doubtful = promise(middle, w.y[first][0], w.y[first][1], 10);
    assert_true(doubtful > 0.3 && doubtful < 0.7);
    /* The worse the energy the less it promises. */
    double last = 1;
    for (double y1 = 0; y1 < 3; y1 += 0.25) {
        double chance = promise(middle, NAN, y1, NAN);
        assert_true(chance <= last + 0.02);
        last = chance;
    }
    assert_close(promise(middle, NAN, 1, NAN), promise(middle, NAN, 1, NAN), 0, 0);
}

static void test_too_little_is_known(void **state)
{
    (void)state;
    const double middle[] = {0.5, 0.5, 0.5};
    w.problem.n_init = TRIALS + 1;
    assert_true(isnan(promise(middle, NAN, 100, NAN)));
    w.problem.n_init = 5;
    for (size_t i = 4; i < TRIALS; i++)
        w.observations[i].state = ECO_OBSERVED_FAILED;
    assert_true(isnan(promise(middle, NAN, 100, NAN)));
    w.history.n = 0;
    w.problem.n_init = 0;
    assert_true(isnan(promise(middle, 1, 1, NAN)));
}

/* A trial that ended early teaches the model of what it has, and is on no front. */
static void test_trials_that_ended_early_count_by_objective(void **state)
{
    (void)state;
    const double middle[] = {0.5, 0.5, 0.5};
    const eco_observation kept = w.observations[0];
    double nothing[] = {NAN, -100, NAN};
    w.observations[0].state = ECO_OBSERVED_PARTIAL;
    w.observations[0].y = nothing;
    assert_true(promise(middle, NAN, -50, NAN) > 0.999);
    w.observations[0] = kept;
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    const double middle[] = {0.5, 0.5, 0.5}, y[] = {NAN, 1}, se[] = {NAN, NAN};
    const eco_observation known = {.x = middle, .y = y, .y_se = se};
    double chance = 0;
    (void)user;
    return eco_sampler_promise(ctx, &w.problem, &w.history, &known, &chance);
}

static void test_no_memory(void **state)
{
    (void)state;
    w.history.n = 8;
    w.problem.n_init = 2;
    eco_test_alloc_sweep(attempt, NULL);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_known_objective_decides),
        WORLD_TEST(test_too_little_is_known),
        WORLD_TEST(test_trials_that_ended_early_count_by_objective),
        WORLD_TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
