/* What a point promises once some of its objectives are known. */
#include "sampler/promise.h"
#include "sampler/trial_model.h"
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

/* Eight trials at (5, 5) to (12, 12), and what replaces the last one. */
static void eight(double y0, double y1, const double *se)
{
    w.history.n = 8;
    w.history.trial = 9;
    w.problem.n_init = 4;
    for (size_t i = 0; i < 8; i++)
        w.y[i][0] = w.y[i][1] = 5 + (double)i;
    w.y[7][0] = y0;
    w.y[7][1] = y1;
    w.observations[7].y_se = se;
}

/* The front is that of complete and feasible trials, wherever they stand, as well as it is known.
 */
static void test_who_is_on_the_front(void **state)
{
    (void)state;
    static const double loose[] = {2, 2};
    const double middle[] = {0.5, 0.5, 0.5};
    eight(1, 1, no_se);
    assert_close(promise(middle, 2, 2, NAN), 0, 0, 0);
    assert_close(promise(middle, 0.5, 2, NAN), 1, 0, 0);
    /* As many as are asked for are enough. */
    w.problem.n_init = 8;
    assert_close(promise(middle, 2, 2, NAN), 0, 0, 0);
    w.problem.n_init = 4;
    /* Dominated when both of the other's costs are below 1.5: 0.599 squared. */
    eight(1, 1, loose);
    assert_close(promise(middle, 1.5, 1.5, NAN), 1 - 0.5987 * 0.5987, 0, 0.04);
    /* One that breaks its bound is on no front, nor is one that was ended early. */
    eight(1, 1, no_se);
    w.problem.n_constraints = 1;
    w.problem.constraints = at_least;
    for (size_t i = 0; i < 8; i++)
        w.c[i][0] = 0.6;
    assert_close(promise(middle, 2, 2, NAN), 0, 0, 0);
    w.c[7][0] = 0.4;
    assert_close(promise(middle, 2, 2, NAN), 1, 0, 0);
    w.problem.n_constraints = 0;
    w.observations[7].state = ECO_OBSERVED_PARTIAL;
    assert_close(promise(middle, 2, 2, NAN), 1, 0, 0);
    /* The early one does not count as complete. */
    w.problem.n_init = 8;
    assert_true(isnan(promise(middle, 2, 2, NAN)));
}

/* An objective that nobody has measured leaves the answer open, whichever it is. */
static void test_an_objective_without_any_value(void **state)
{
    (void)state;
    const double middle[] = {0.5, 0.5, 0.5};
    for (size_t k = 0; k < 2; k++) {
        eight(1, 1, no_se);
        for (size_t i = 0; i < 8; i++)
            w.y[i][k] = NAN;
        assert_true(isnan(k == 0 ? promise(middle, NAN, 1, NAN) : promise(middle, 1, NAN, NAN)));
    }
}

/* Energies that span decades are modelled by their logarithm; the front is then seen on that scale,
 * its uncertainty as well. */
static void test_a_logarithmic_objective(void **state)
{
    (void)state;
    static const double se[] = {5, NAN};
    static const ecopt_objective wide[] = {{.metric = "j", .goal = ECOPT_GOAL_MIN},
                                           {.metric = "loss", .goal = ECOPT_GOAL_MIN}};
    const double middle[] = {0.5, 0.5, 0.5};
    w.problem.objectives = wide;
    for (size_t i = 0; i < TRIALS; i++) {
        w.y[i][0] = 100 * exp(6 * w.x[i][0]);
        w.y[i][1] = 1;
        w.observations[i].y_se = se;
    }
    eco_trial_outlook at;
    assert_status(w.ctx, eco_trial_model_at(w.ctx, &w.problem, &w.history, 0, middle, &at),
                  ECOPT_OK);
    assert_true(at.is_log);
    assert_true(promise(middle, NAN, 2, NAN) < 0.01);
    assert_true(promise(middle, NAN, 0.5, NAN) > 0.99);
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
        WORLD_TEST(test_who_is_on_the_front),
        WORLD_TEST(test_an_objective_without_any_value),
        WORLD_TEST(test_a_logarithmic_objective),
        WORLD_TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
