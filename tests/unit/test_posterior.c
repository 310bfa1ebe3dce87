#include "gp/posterior.h"
#include "support/eco_test.h"

enum { N = 12, D = 3, EXTRA = 2, PATHS = 4000 };

typedef struct world {
    ecopt_ctx *ctx;
    eco_gp *gp;
    double X[N * D], y[N], extra[EXTRA * D];
    double work[1000];
} world;

/* N rows with noise, hyperparameters given; the last column is a label. */
static void world_open(world *w, double noise)
{
    const double theta[D + 2] = {log(0.4), log(0.7), log(1.2), log(noise), log(1.3)};
    const eco_gp_options options = {.n_labels = 1, .noise_floor = 1e-9};
    eco_rng rng;
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    eco_rng_init(&rng, 5, ECO_STREAM_TEST, 1);
    for (size_t i = 0; i < N + EXTRA; i++) {
        double *x = i < N ? w->X + i * D : w->extra + (i - N) * D;
        for (size_t j = 0; j < D - 1; j++)
            x[j] = eco_rng_uniform(&rng);
        x[D - 1] = (double)eco_rng_below(&rng, 3);
        if (i < N)
            w->y[i] = 50 + 20 * (sin(5 * x[0]) + x[1] + 0.3 * x[2] + 0.1 * eco_rng_normal(&rng));
    }
    assert_status(w->ctx, eco_gp_new(w->ctx, &options, N, D, &w->gp), ECOPT_OK);
    assert_status(w->ctx, eco_gp_condition(w->gp, N, w->X, w->y, NULL, theta), ECOPT_OK);
}

static eco_posterior *freeze(world *w, size_t n_paths)
{
    eco_posterior *p = NULL;
    eco_rng rng;
    eco_rng_init(&rng, 7, ECO_STREAM_TEST, 2);
    assert_status(w->ctx, eco_posterior_new(w->ctx, w->gp, EXTRA, w->extra, n_paths, &rng, &p),
                  ECOPT_OK);
    assert_true(eco_posterior_work_size(p) <= sizeof w->work / sizeof *w->work);
    return p;
}

static void world_close(world *w)
{
    eco_gp_free(w->gp);
    ecopt_ctx_free(w->ctx);
}

/* Plain: the model's own predictions, at data, extra and other points. */
static void test_plain_is_the_model(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 0.05);
    eco_posterior *p = freeze(&w, 0);
    assert_int_equal(eco_posterior_n_paths(p), 1);
    for (size_t i = 0; i < N + EXTRA; i++) {
        const double *x = i < N ? w.X + i * D : w.extra + (i - N) * D;
        double mean, sd, wanted, wanted_sd;
        eco_gp_predict(w.gp, x, &wanted, &wanted_sd, NULL, NULL);
        eco_posterior_predict(p, x, w.work, &mean, &sd);
        assert_close(mean, wanted, 1e-12, 0);
        assert_close(sd, wanted_sd, 1e-9, 0);
        assert_close(eco_posterior_value(p, 0, i), wanted, 1e-12, 0);
    }
    eco_posterior_free(p);
    world_close(&w);
}

/* Mean and covariance of many paths are those of the joint posterior. */
static void test_paths_have_the_joint_posterior(void **state)
{
    (void)state;
    static world w;
    enum { Q = 4 };
    static const size_t at[Q] = {0, 5, N, N + 1};
    double Xq[Q * D], mean[Q], cov[Q * Q], work[N * Q];
    world_open(&w, 0.05);
    eco_posterior *p = freeze(&w, PATHS);
    for (size_t a = 0; a < Q; a++)
        memcpy(Xq + a * D, at[a] < N ? w.X + at[a] * D : w.extra + (at[a] - N) * D, D * sizeof *Xq);
    eco_gp_predict_joint(w.gp, Q, Xq, work, mean, cov);
    for (size_t a = 0; a < Q; a++) {
        double sum = 0;
        for (size_t s = 0; s < PATHS; s++)
            sum += eco_posterior_value(p, s, at[a]) / PATHS;
        assert_close(sum, mean[a], 1e-9, 0); /* antithetic: exact */
        for (size_t b = 0; b < Q; b++) {
            double product = 0;
            for (size_t s = 0; s < PATHS; s++)
                product += (eco_posterior_value(p, s, at[a]) - mean[a]) *
                           (eco_posterior_value(p, s, at[b]) - mean[b]) / PATHS;
            /* Three standard errors of a covariance of 2,000 independent draws. */
            double band = 3 * sqrt((cov[a * Q + a] * cov[b * Q + b] + pow(cov[a * Q + b], 2)) /
                                   (PATHS / 2.0));
            assert_close(product, cov[a * Q + b], 0, band);
        }
    }
    eco_posterior_free(p);
    world_close(&w);
}

/* Without spread, f at extra points is its mean given f at the data's points, path by path. */
static void test_spread_of_extra_points(void **state)
{
    (void)state;
    static world w;
    eco_posterior *p[3];
    world_open(&w, 0.05);
    for (int k = 0; k < 3; k++) {
        eco_rng rng;
        eco_rng_init(&rng, 7, ECO_STREAM_TEST, 2);
        const eco_paths paths = {.n = 6, .extra_spread = 0.5 * k, .rng = &rng};
        assert_status(w.ctx, eco_posterior_draw(w.ctx, w.gp, EXTRA, w.extra, &paths, &p[k]),
                      ECOPT_OK);
    }
    for (size_t s = 0; s < 6; s++) {
        for (size_t i = 0; i < N; i++)
            assert_close(eco_posterior_value(p[0], s, i), eco_posterior_value(p[2], s, i), 1e-12,
                         0);
        for (size_t i = N; i < N + EXTRA; i++) {
            double none = eco_posterior_value(p[0], s, i), full = eco_posterior_value(p[2], s, i);
            assert_true(none != full);
            assert_close(eco_posterior_value(p[1], s, i), 0.5 * (none + full), 1e-9, 0);
        }
    }
    for (int k = 0; k < 3; k++)
        eco_posterior_free(p[k]);
    world_close(&w);
}

/*
 * One path: nothing is drawn.  An extra point stands at its mean, or higher by s^2 / s0; after it
 * the model is that of one more observation, without error.
 */
static void test_one_path_is_lifted(void **state)
{
    (void)state;
    static world w;
    double mean[2], sd[2], before, s, at_mean[2], at_sd[2];
    const double x[D] = {0.35, 0.55, 1};
    eco_posterior *p[2];
    world_open(&w, 1e-6);
    eco_gp_predict(w.gp, w.extra, &before, &s, NULL, NULL);
    for (int k = 0; k < 2; k++) {
        const eco_paths paths = {.n = 1, .extra_spread = 1, .extra_lift = k};
        assert_status(w.ctx, eco_posterior_draw(w.ctx, w.gp, 1, w.extra, &paths, &p[k]), ECOPT_OK);
        assert_int_equal(eco_posterior_n_paths(p[k]), 1);
        for (size_t i = 0; i < N; i++)
            assert_close(eco_posterior_value(p[k], 0, i), eco_posterior_value(p[0], 0, i), 1e-9, 0);
        eco_posterior_predict(p[k], x, w.work, &mean[k], &sd[k]);
        eco_posterior_predict(p[k], w.extra, w.work, &at_mean[k], &at_sd[k]);
        assert_close(at_mean[k], eco_posterior_value(p[k], 0, N), 1e-6, 0);
        assert_true(at_sd[k] < 1e-3 * s);
    }
    double plain_mean, plain_sd;
    eco_gp_predict(w.gp, x, &plain_mean, &plain_sd, NULL, NULL);
    assert_close(at_mean[0], before, 1e-3, 0);
    assert_close(mean[0], plain_mean, 1e-3, 0); /* a believed mean moves no other */
    assert_close(sd[1], sd[0], 1e-12, 0);
    assert_true(sd[0] < plain_sd);
    const double far[D] = {60, -60, 0}; /* no data there: s0 */
    double s0;
    eco_gp_predict(w.gp, far, &plain_mean, &s0, NULL, NULL);
    assert_close(eco_posterior_value(p[1], 0, N) - eco_posterior_value(p[0], 0, N), s * s / s0,
                 0.02, 0);
    for (int k = 0; k < 2; k++)
        eco_posterior_free(p[k]);
    world_close(&w);
}

/* On a path, f is known where it was drawn and as uncertain as a noise-free model elsewhere. */
static void test_paths_interpolate_their_values(void **state)
{
    (void)state;
    static world w;
    double mean[8], sd, at[D] = {0.31, 0.62, 1};
    world_open(&w, 0.05);
    eco_posterior *p = freeze(&w, 8);
    for (size_t i = 0; i < N + EXTRA; i++) {
        eco_posterior_predict(p, i < N ? w.X + i * D : w.extra + (i - N) * D, w.work, mean, &sd);
        assert_true(sd < 1e-2);
        for (size_t s = 0; s < 8; s++)
            assert_close(mean[s], eco_posterior_value(p, s, i), 0, 1e-4);
    }
    double plain_mean, plain_sd, sum = 0;
    eco_gp_predict(w.gp, at, &plain_mean, &plain_sd, NULL, NULL);
    eco_posterior_predict(p, at, w.work, mean, &sd);
    assert_true(sd > 0.1 && sd < plain_sd); /* what is left after knowing f at 14 points */
    for (size_t s = 0; s < 8; s++)
        sum += mean[s] / 8;
    assert_close(sum, plain_mean, 1e-6, 0);
    eco_posterior_free(p);
    world_close(&w);
}

/* Slope of an arbitrary function of means and sd, against central differences. */
static void test_slopes(void **state)
{
    (void)state;
    static world w;
    static const size_t counts[2] = {0, 6};
    world_open(&w, 0.05);
    for (int k = 0; k < 2; k++) {
        eco_posterior *p = freeze(&w, counts[k]);
        size_t n = eco_posterior_n_paths(p);
        double mean[6], sd, by_mean[6], grad[D] = {0}, x[D] = {0.31, 0.62, 1}, step = 1e-5;
        for (size_t s = 0; s < n; s++)
            by_mean[s] = 0.3 + (double)s;
        eco_posterior_predict(p, x, w.work, mean, &sd);
        eco_posterior_slope(p, w.work, by_mean, -2.5, grad);
        for (size_t j = 0; j < D - 1; j++) {
            double value[2], middle = x[j];
            for (int side = 0; side < 2; side++) {
                x[j] = middle + (side ? step : -step);
                eco_posterior_predict(p, x, w.work, mean, &sd);
                value[side] = -2.5 * sd;
                for (size_t s = 0; s < n; s++)
                    value[side] += by_mean[s] * mean[s];
            }
            x[j] = middle;
            assert_close(grad[j], (value[1] - value[0]) / (2 * step), 1e-6, 1e-4);
        }
        assert_true(grad[D - 1] == 0); /* a label has no slope */
        eco_posterior_free(p);
    }
    world_close(&w);
}

/* Equal rows and a noise-free model: still a draw, without a jump between the equal ones. */
static void test_equal_rows(void **state)
{
    (void)state;
    static world w;
    double mean[4], sd;
    world_open(&w, 1e-8);
    memcpy(w.extra, w.X, D * sizeof *w.X);
    memcpy(w.extra + D, w.X, D * sizeof *w.X);
    eco_posterior *p = freeze(&w, 4);
    eco_posterior_predict(p, w.X, w.work, mean, &sd);
    for (size_t s = 0; s < 4; s++) {
        assert_close(eco_posterior_value(p, s, N), eco_posterior_value(p, s, 0), 0, 0.05);
        assert_close(mean[s], w.y[0], 0, 0.05);
    }
    assert_true(isfinite(sd) && sd > 0);
    eco_posterior_free(p);
    world_close(&w);
}

/* One attempt of the allocation sweep. */
static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    world *w = user;
    eco_posterior *p = NULL;
    eco_rng rng;
    eco_rng_init(&rng, 7, ECO_STREAM_TEST, 2);
    ecopt_status status = eco_posterior_new(ctx, w->gp, EXTRA, w->extra, 4, &rng, &p);
    eco_posterior_free(p);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 0.05);
    eco_test_alloc_sweep(attempt, &w);
    eco_posterior_free(NULL);
    world_close(&w);
}

/* Many points at once: what predict says of each. */
static void test_many_at_once(void **state)
{
    (void)state;
    static world w;
    for (size_t n_paths = 0; n_paths <= 4; n_paths += 4) {
        enum { Q = 7 };
        double x[Q * D], mean[Q * 4], sd[Q], one[4], own;
        static double work[500];
        world_open(&w, 0.05);
        eco_posterior *p = freeze(&w, n_paths);
        size_t n = eco_posterior_n_paths(p);
        assert_true(eco_posterior_many_size(p, Q) <= sizeof work / sizeof *work);
        for (size_t i = 0; i < Q * D; i++)
            x[i] = i % D == D - 1 ? (double)(i % 2) : fmod(0.31 * (double)i, 1);
        memcpy(x, w.X, D * sizeof *x); /* a data point */
        eco_posterior_predict_many(p, Q, x, work, mean, sd);
        for (size_t i = 0; i < Q; i++) {
            eco_posterior_predict(p, x + i * D, w.work, one, &own);
            assert_close(sd[i], own, 1e-6, 1e-6);
            for (size_t s = 0; s < n; s++)
                assert_close(mean[i * n + s], one[s], 1e-12, 0);
        }
        eco_posterior_free(p);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_is_the_model),
        cmocka_unit_test(test_paths_have_the_joint_posterior),
        cmocka_unit_test(test_spread_of_extra_points),
        cmocka_unit_test(test_one_path_is_lifted),
        cmocka_unit_test(test_paths_interpolate_their_values),
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_equal_rows),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_many_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
