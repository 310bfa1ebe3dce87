/*
 * Properties that hold for any input, tried on random ones: fronts, expected improvement, Gaussian
 * process.  Inputs come from fixed Philox streams, so a failure can be repeated.
 */
#include "core/rng.h"
#include "gp/gp.h"
#include "num/linalg.h"
#include "support/acq_value.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { ROUNDS = 60, N = 40, M = 4 };

static void uniform_fill(eco_rng *rng, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = eco_rng_uniform(rng);
}

static double hypervolume(ecopt_ctx *ctx, size_t n, size_t m, const double *y, const double *ref)
{
    double hv = -1;
    assert_status(ctx, ecopt_hypervolume(ctx, n, m, y, ref, &hv), ECOPT_OK);
    return hv;
}

/* A further objective of one value v adds a factor (ref - v): every sweep against the next. */
static void test_constant_objective_is_a_factor(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 0);
    const double ref[M + 1] = {0.9, 0.95, 1, 1.05, 1.1};
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 1 + (size_t)round % 25, m = 1 + (size_t)round % M;
        double y[N * M], more[N * (M + 1)];
        uniform_fill(&rng, n * m, y);
        for (size_t i = 0; i < n; i++) {
            memcpy(more + i * (m + 1), y + i * m, m * sizeof *y);
            more[i * (m + 1) + m] = 0.3;
        }
        double factor = ref[m] - 0.3;
        assert_close(hypervolume(ctx, n, m + 1, more, ref), factor * hypervolume(ctx, n, m, y, ref),
                     1e-12, 1e-15);
    }
    ecopt_ctx_free(ctx);
}

/* Only the front matters, and its contributions share out at most the whole. */
static void test_front_carries_the_volume(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 1);
    const double ref[M] = {1, 1, 1, 1};
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = 2 + (size_t)round % 3, index[N], count, kept = 0;
        double y[N * M], front[N * M], own[N], sum = 0;
        uniform_fill(&rng, N * m, y);
        assert_status(ctx, ecopt_nondominated(ctx, N, m, y, index, &count), ECOPT_OK);
        for (size_t i = 0; i < count; i++)
            memcpy(front + kept++ * m, y + index[i] * m, m * sizeof *y);
        double hv = hypervolume(ctx, N, m, y, ref);
        assert_close(hypervolume(ctx, count, m, front, ref), hv, 1e-12, 0);
        assert_status(ctx, ecopt_hypervolume_contributions(ctx, N, m, y, ref, own), ECOPT_OK);
        for (size_t i = 0; i < N; i++)
            sum += own[i];
        assert_true(sum > 0 && sum <= hv * (1 + 1e-12));
        for (size_t i = 0; i < count; i++)
            assert_true(own[index[i]] > 0);
    }
    ecopt_ctx_free(ctx);
}

static void test_large_fronts(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    static double y[MANY * 2], own[MANY];
    static size_t index[MANY];
    ecopt_ctx *ctx = eco_test_ctx();
    size_t count;
    const double ref[2] = {1, 1}, pi = 3.14159265358979323846;
    for (int i = 0; i < MANY; i++) {
        double angle = pi / 2 * (i * 2741 % MANY) / (MANY - 1);
        y[2 * i] = 1 - cos(angle);
        y[2 * i + 1] = 1 - sin(angle);
    }
    assert_status(ctx, ecopt_nondominated(ctx, MANY, 2, y, index, &count), ECOPT_OK);
    assert_int_equal(count, MANY);
    assert_close(hypervolume(ctx, MANY, 2, y, ref), pi / 4, 0, 1e-3);
    assert_status(ctx, ecopt_hypervolume_contributions(ctx, MANY, 2, y, ref, own), ECOPT_OK);
    size_t knee;
    assert_status(ctx, ecopt_knee(ctx, MANY, 2, y, &knee, NULL), ECOPT_OK);
    assert_close(y[2 * knee], y[2 * knee + 1], 0, 1e-3);
    ecopt_ctx_free(ctx);
}

static double log_ehvi(ecopt_ctx *ctx, size_t m, size_t n, const double *y, const double *ref,
                       const double *normal)
{
    eco_acq_front *front = NULL;
    assert_status(ctx, eco_acq_front_new(ctx, m, 1, &n, y, ref, &front), ECOPT_OK);
    double value = eco_test_log_ehvi(front, normal, normal + m, NULL, NULL);
    eco_acq_front_free(front);
    return value;
}

/* More points leave less to gain; a better mean gains more. */
static void test_improvement_is_monotone(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 2, ECO_STREAM_TEST, 0);
    const double ref[3] = {1, 1, 1};
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = 1 + (size_t)round % 3;
        double y[12 * 3], normal[6], before = HUGE_VAL;
        uniform_fill(&rng, 12 * m, y);
        uniform_fill(&rng, 2 * m, normal);
        for (size_t n = 0; n <= 12; n++) {
            double value = log_ehvi(ctx, m, n, y, ref, normal);
            assert_true(value <= before + 1e-9);
            before = value;
        }
        normal[round % (int)m] -= 0.1;
        assert_true(log_ehvi(ctx, m, 12, y, ref, normal) > before);
    }
    ecopt_ctx_free(ctx);
}

/* Shifted, scaled and re-ordered objectives: the log moves by the log of the scales. */
static void test_improvement_follows_units(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 2, ECO_STREAM_TEST, 1);
    const double scale[3] = {1e-6, 40, 1e9}, shift[3] = {3e-6, -7, 2e10};
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = 1 + (size_t)round % 3, n = (size_t)round % 9;
        double y[9 * 3], normal[6], ref[3] = {1, 1, 1}, expected = 0;
        double moved_y[9 * 3], moved[6], moved_ref[3];
        uniform_fill(&rng, n * m, y);
        uniform_fill(&rng, 2 * m, normal);
        for (size_t k = 0; k < m; k++) {
            size_t to = (k + 1) % m;
            for (size_t i = 0; i < n; i++)
                moved_y[i * m + to] = shift[k] + scale[k] * y[i * m + k];
            moved[to] = shift[k] + scale[k] * normal[k];
            moved[m + to] = scale[k] * normal[m + k];
            moved_ref[to] = shift[k] + scale[k] * ref[k];
            expected += log(scale[k]);
        }
        expected += log_ehvi(ctx, m, n, y, ref, normal);
        assert_close(log_ehvi(ctx, m, n, moved_y, moved_ref, moved), expected, 1e-7, 1e-7);
    }
    ecopt_ctx_free(ctx);
}

/* n points of a wavy function of two inputs. */
static void data_fill(eco_rng *rng, size_t n, double *X, double *y)
{
    uniform_fill(rng, 2 * n, X);
    for (size_t i = 0; i < n; i++)
        y[i] = cos(4 * X[2 * i]) * X[2 * i + 1];
}

static void test_order_of_the_data_does_not_matter(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_gp *gp = NULL;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 0);
    assert_status(ctx, eco_gp_new(ctx, NULL, N, 2, &gp), ECOPT_OK);
    for (int round = 0; round < 5; round++) {
        double X[2 * N], y[N], back_X[2 * N], back_y[N], x[2], result[4];
        size_t n = 5 + 7 * (size_t)round;
        const double theta[4] = {-1, -0.5, -6, 0.2};
        data_fill(&rng, n, X, y);
        uniform_fill(&rng, 2, x);
        for (size_t i = 0; i < n; i++) {
            memcpy(back_X + 2 * i, X + 2 * (n - 1 - i), 2 * sizeof *X);
            back_y[i] = y[n - 1 - i];
        }
        assert_status(ctx, eco_gp_condition(gp, n, X, y, NULL, theta), ECOPT_OK);
        eco_gp_predict(gp, x, &result[0], &result[1], NULL, NULL);
        assert_status(ctx, eco_gp_condition(gp, n, back_X, back_y, NULL, theta), ECOPT_OK);
        eco_gp_predict(gp, x, &result[2], &result[3], NULL, NULL);
        assert_close(result[0], result[2], 1e-8, 1e-9);
        assert_close(result[1], result[3], 1e-8, 1e-9);
    }
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* Another observation never makes f less certain (hyperparameters and scale held). */
static void test_data_make_certain(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_gp *gp = NULL;
    double X[2 * N], y[N], x[2] = {0.3, 0.8}, mean, sd, before = HUGE_VAL;
    const double theta[4] = {-1, -0.5, -6, 0.2};
    const eco_gp_options options = {.is_plain = true};
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 1);
    data_fill(&rng, N, X, y);
    assert_status(ctx, eco_gp_new(ctx, &options, N, 2, &gp), ECOPT_OK);
    for (size_t n = 1; n <= N; n++) {
        assert_status(ctx, eco_gp_condition(gp, n, X, y, NULL, theta), ECOPT_OK);
        eco_gp_predict(gp, x, &mean, &sd, NULL, NULL);
        assert_true(sd <= before * (1 + 1e-12));
        before = sd;
    }
    assert_close(mean, cos(4 * x[0]) * x[1], 0, 0.1);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* The joint covariance is a covariance: it has a Cholesky factor with next to no jitter. */
static void test_joint_covariance_is_positive(void **state)
{
    (void)state;
    enum { Q = 12 };
    static double work[N * Q], cov[Q * Q];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_gp *gp = NULL;
    double X[2 * N], y[N], Xq[2 * Q], mean[Q], diagonal[Q], jitter;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 2);
    data_fill(&rng, N, X, y);
    assert_status(ctx, eco_gp_new(ctx, NULL, N, 2, &gp), ECOPT_OK);
    assert_status(ctx, eco_gp_fit(gp, N, X, y, NULL, NULL), ECOPT_OK);
    uniform_fill(&rng, 2 * Q, Xq);
    eco_gp_predict_joint(gp, Q, Xq, work, mean, cov);
    double trace = 0;
    for (int i = 0; i < Q; i++)
        trace += cov[i * Q + i];
    assert_status(ctx, eco_chol(ctx, Q, cov, diagonal, &jitter), ECOPT_OK);
    assert_true(jitter <= 1e-6 * trace);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_objective_is_a_factor),
        cmocka_unit_test(test_front_carries_the_volume),
        cmocka_unit_test(test_large_fronts),
        cmocka_unit_test(test_improvement_is_monotone),
        cmocka_unit_test(test_improvement_follows_units),
        cmocka_unit_test(test_order_of_the_data_does_not_matter),
        cmocka_unit_test(test_data_make_certain),
        cmocka_unit_test(test_joint_covariance_is_positive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
