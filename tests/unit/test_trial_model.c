/*
 * What the models say of the trials that were made: known functions, noise, values that are
 * missing, all scales and goals, and histories too small for a model.
 */
#include "sampler/trial_model.h"

#include "core/rng.h"
#include "support/mobo_world.h"

enum { TRIALS = 30 };

static world w;

/* What a call gives, for worlds of at most two objectives. */
static double mean[MAX][2], sd[MAX][2];
static bool is_log[2], is_outlier[MAX][2];

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

static void ask(void)
{
    memset(mean, 7, sizeof mean);
    memset(sd, 7, sizeof sd);
    assert_status(
        w.ctx,
        eco_trial_model(w.ctx, &w.problem, &w.history, mean[0], sd[0], is_log, is_outlier[0]),
        ECOPT_OK);
}

static eco_trial_outlook ask_at(size_t k, const double *x)
{
    eco_trial_outlook at = {-1, -1, true};
    assert_status(w.ctx, eco_trial_model_at(w.ctx, &w.problem, &w.history, k, x, &at), ECOPT_OK);
    return at;
}

/* Squared distances without noise: the mean goes through the values, and between them. */
static void test_smooth_functions_are_known(void **state)
{
    (void)state;
    ask();
    for (size_t i = 0; i < TRIALS; i++)
        for (size_t k = 0; k < 2; k++) {
            assert_close(mean[i][k], w.y[i][k], 0.02, 0.02);
            assert_true(sd[i][k] >= 0 && sd[i][k] < 0.1);
            assert_false(is_outlier[i][k]);
        }
    const double x[] = {0.45, 0.55, 0.35};
    for (size_t k = 0; k < 2; k++) {
        double truth = 0;
        for (size_t j = 0; j < PARAMS; j++)
            truth += pow(x[j] - (j == k ? 0.9 : 0.2), 2);
        eco_trial_outlook at = ask_at(k, x);
        double cost = at.is_log ? exp(at.mean) : at.mean;
        assert_close(cost, truth, 0.05, 0.03);
        assert_true(at.sd > 0);
    }
}

/* At a trial both questions have one answer, of a model of the cost and of one of its logarithm:
 * what grows by four powers of ten is no smooth function otherwise. */
static void test_both_questions_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRIALS; i++)
        w.y[i][1] = exp(9 * w.x[i][0] + w.x[i][1]);
    ask();
    assert_true(is_log[1]);
    for (size_t i = 0; i < TRIALS; i += 7)
        for (size_t k = 0; k < 2; k++) {
            eco_trial_outlook at = ask_at(k, w.x[i]);
            assert_int_equal(at.is_log, is_log[k]);
            assert_close(at.is_log ? exp(at.mean) : at.mean, mean[i][k], 1e-9, 1e-12);
            /* A deviation of a logarithm is one of the value to first order. */
            assert_close(at.is_log ? at.sd * mean[i][k] : at.sd, sd[i][k], 1e-9, 1e-12);
        }
}

/* A plane with noise of a size that nobody told: the means lie nearer to the plane than the values
 * do, which is what they are for. */
static void test_noise_is_smoothed(void **state)
{
    (void)state;
    eco_rng rng;
    static const double unknown_se[2] = {NAN, NAN};
    double of_values = 0, of_means = 0, plane[TRIALS];
    eco_rng_init(&rng, 2, ECO_STREAM_TEST, 31);
    for (size_t i = 0; i < TRIALS; i++) {
        plane[i] = 5 + 6 * w.x[i][0];
        w.y[i][1] = plane[i] + 0.5 * eco_rng_normal(&rng);
        w.observations[i].y_se = unknown_se;
    }
    ask();
    for (size_t i = 0; i < TRIALS; i++) {
        of_values += pow(w.y[i][1] - plane[i], 2);
        of_means += pow(mean[i][1] - plane[i], 2);
    }
    assert_true(of_means < 0.5 * of_values);
}

/* A goal of max is a negated cost; means are on the scale of costs. */
static void test_goals_and_scales(void **state)
{
    (void)state;
    ecopt_objective objectives[2] = {
        {.metric = "f1", .goal = ECOPT_GOAL_MAX},
        {.metric = "f2", .scale = ECOPT_SCALE_LOG},
    };
    w.problem.objectives = objectives;
    ask();
    for (size_t i = 0; i < TRIALS; i++) {
        assert_close(mean[i][0], -w.y[i][0], 0.02, 0.02);
        assert_true(fabs(mean[i][1] - log10(w.y[i][1])) < 0.3);
    }
    assert_false(is_log[0]); /* negative costs have no logarithm */
}

/* A trial that failed, or whose value is missing, teaches nothing, but is told about: the models
 * are asked at every trial. */
static void test_what_is_missing_is_foreseen(void **state)
{
    (void)state;
    const size_t gone[] = {3, 11, 20};
    double truth[3];
    for (size_t g = 0; g < 3; g++) {
        truth[g] = w.y[gone[g]][0];
        w.y[gone[g]][0] = g == 0 ? (double)NAN : 1e3; /* would pull, if it were believed */
    }
    w.observations[11].state = ECO_OBSERVED_FAILED;
    w.observations[20].state = ECO_OBSERVED_INFEASIBLE;
    ask();
    for (size_t g = 0; g < 3; g++)
        assert_close(mean[gone[g]][0], truth[g], 0.1, 0.08);
    /* A trial that was ended early has a value that was foreseen: that one counts. */
    w.y[11][0] = truth[1];
    w.observations[11].state = ECO_OBSERVED_PARTIAL;
    double before = mean[11][0];
    ask();
    assert_true(fabs(mean[11][0] - truth[1]) <= fabs(before - truth[1]) + 1e-9);
    assert_close(mean[11][0], truth[1], 0.02, 0.02);
}

static void test_an_objective_without_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRIALS; i++)
        w.y[i][1] = (double)NAN;
    ask();
    for (size_t i = 0; i < TRIALS; i++) {
        assert_true(isnan(mean[i][1]) && isnan(sd[i][1]));
        assert_close(mean[i][0], w.y[i][0], 0.02, 0.02);
    }
    eco_trial_outlook at = ask_at(1, w.x[0]);
    assert_true(isnan(at.mean) && isnan(at.sd));
}

/* One trial, two equal ones, and none. */
static void test_small_histories(void **state)
{
    (void)state;
    w.history.n = 1;
    ask();
    assert_close(mean[0][0], w.y[0][0], 1e-6, 1e-6);
    assert_true(isfinite(sd[0][0]));
    w.history.n = 2;
    w.y[1][0] = w.y[0][0];
    ask();
    assert_close(mean[0][0], w.y[0][0], 1e-6, 1e-6);
    assert_close(mean[1][0], w.y[0][0], 1e-6, 1e-6);
    w.history.n = 0;
    ask();
    eco_trial_outlook at = ask_at(0, w.x[0]);
    assert_true(isnan(at.mean));
}

static void test_equal_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRIALS; i++)
        w.y[i][0] = 0.25;
    ask();
    for (size_t i = 0; i < TRIALS; i++) {
        assert_close(mean[i][0], 0.25, 1e-6, 0);
        assert_true(isfinite(sd[i][0]) && !is_outlier[i][0]);
    }
}

/* A meter that said next to nothing once: taken for missing, marked, and foreseen by the rest.  It
 * is not the value of the other objective that is in doubt. */
static void test_an_outlier_is_marked(void **state)
{
    (void)state;
    double truth = w.y[9][1];
    w.y[9][1] = 1e4;
    ask();
    for (size_t i = 0; i < TRIALS; i++) {
        assert_false(is_outlier[i][0]);
        assert_int_equal(is_outlier[i][1], i == 9);
    }
    assert_close(mean[9][1], truth, 0.15, 0.1);
    /* The records stay as they are. */
    assert_close(w.y[9][1], 1e4, 0, 0);
}

/* A known error of measurement is not explained by the function. */
static void test_errors_of_measurement_count(void **state)
{
    (void)state;
    eco_rng rng;
    double plain = 0, told = 0;
    static const double se[2] = {0.3, 0.3};
    eco_rng_init(&rng, 6, ECO_STREAM_TEST, 32);
    static double truth[TRIALS];
    for (size_t i = 0; i < TRIALS; i++) {
        truth[i] = w.y[i][0];
        w.y[i][0] += 0.3 * eco_rng_normal(&rng);
        w.observations[i].y_se = se;
    }
    ask();
    for (size_t i = 0; i < TRIALS; i++) {
        plain += pow(w.y[i][0] - truth[i], 2);
        told += pow(mean[i][0] - truth[i], 2);
    }
    assert_true(told < 0.8 * plain);
}

/* Parameters that are all fixed: there is no place to tell trials apart by. */
static void test_a_space_without_dimensions(void **state)
{
    (void)state;
    static const ecopt_value one = {ECOPT_VALUE_INT, 1, "1"};
    static const ecopt_param fixed = {
        .name = "f", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = &one};
    ecopt_space *cube_space = w.space, *point = NULL;
    assert_status(w.ctx, eco_space_new(w.ctx, &fixed, 1, &point), ECOPT_OK);
    w.problem.space = point;
    w.history.n = 3;
    ask();
    for (size_t i = 0; i < 3; i++)
        assert_true(isnan(mean[i][0]) && isnan(sd[i][1]) && !is_outlier[i][0]);
    assert_true(isnan(ask_at(0, w.x[0]).mean));
    w.problem.space = cube_space;
    eco_space_free(w.ctx, point);
}

static ecopt_status sweep_all(ecopt_ctx *ctx, void *user)
{
    (void)user;
    return eco_trial_model(ctx, &w.problem, &w.history, mean[0], sd[0], is_log, is_outlier[0]);
}

static ecopt_status sweep_one(ecopt_ctx *ctx, void *user)
{
    eco_trial_outlook at;
    (void)user;
    return eco_trial_model_at(ctx, &w.problem, &w.history, 1, w.x[2], &at);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    w.history.n = 9;
    eco_test_alloc_sweep(sweep_all, NULL);
    eco_test_alloc_sweep(sweep_one, NULL);
}

#define MODEL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(test_smooth_functions_are_known),
        MODEL_TEST(test_both_questions_agree),
        MODEL_TEST(test_noise_is_smoothed),
        MODEL_TEST(test_goals_and_scales),
        MODEL_TEST(test_what_is_missing_is_foreseen),
        MODEL_TEST(test_an_objective_without_values),
        MODEL_TEST(test_small_histories),
        MODEL_TEST(test_equal_values),
        MODEL_TEST(test_an_outlier_is_marked),
        MODEL_TEST(test_errors_of_measurement_count),
        MODEL_TEST(test_a_space_without_dimensions),
        MODEL_TEST(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
