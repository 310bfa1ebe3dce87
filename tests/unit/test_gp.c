#include "gp/gp.h"

#include "core/rng.h"
#include "support/eco_test.h"

enum { N = 12, D = 2 };

static double smooth(const double *x)
{
    return sin(5 * x[0]) + 0.5 * x[1] * x[1];
}

static void data_fill(size_t n, double *X, double *y)
{
    eco_rng rng;
    eco_rng_init(&rng, 8, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < n; i++) {
        X[2 * i] = eco_rng_uniform(&rng);
        X[2 * i + 1] = eco_rng_uniform(&rng);
        y[i] = smooth(X + 2 * i);
    }
}

static eco_gp *gp_make(ecopt_ctx *ctx, size_t n, size_t d, bool is_plain)
{
    eco_gp *gp = NULL;
    eco_gp_options options = {.is_plain = is_plain};
    assert_status(ctx, eco_gp_new(ctx, &options, n, d, &gp), ECOPT_OK);
    return gp;
}

/* scikit-learn 1.2.1: RBF 1.3 x exp(-r^2 / 2 / 0.7589^2), noise 0.01, latent sd. */
static void test_textbook_values(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_gp *gp = NULL;
    eco_gp_options options = {.kernel = ECO_KERNEL_RBF, .is_plain = true};
    const double X[6] = {0.550798, 0.708148, 0.290905, 0.510828, 0.892947, 0.896293};
    const double y[6] = {0.756077, 0.905538, 0.627268, 0.695754, 0.744062, 0.713534};
    const double theta[3] = {log(0.7589), log(0.01), log(1.3)};
    const double x[2] = {0.649144, 0.023982};
    double mean, sd, grad[3];
    assert_status(ctx, eco_gp_new(ctx, &options, 6, 1, &gp), ECOPT_OK);
    assert_status(ctx, eco_gp_condition(gp, 6, X, y, NULL, theta), ECOPT_OK);
    eco_gp_predict(gp, x, &mean, &sd, NULL, NULL);
    assert_close(mean, 0.7915180550639231, 1e-10, 0);
    assert_close(sd, 0.056226584790296505, 1e-9, 0);
    eco_gp_predict(gp, x + 1, &mean, &sd, NULL, NULL);
    assert_close(mean, 0.39357542406000867, 1e-10, 0);
    assert_close(sd, 0.2500294259811715, 1e-10, 0);
    assert_close(eco_gp_log_posterior(gp, theta, grad), 1.312142285125069, 1e-11, 0);
    assert_close(grad[2], -1.010768717183197, 1e-9, 0);
    assert_close(grad[0], 1.426470183449652, 1e-9, 0);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* Density of the fit of n standard normal numbers at even places. */
static double fit_of_noise(ecopt_ctx *ctx, uint64_t seed, size_t n)
{
    double X[16], y[16];
    eco_rng rng;
    eco_rng_init(&rng, seed, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < n; i++) {
        X[i] = ((double)i + 0.5) / (double)n;
        y[i] = eco_rng_normal(&rng);
    }
    eco_gp *gp = gp_make(ctx, n, 1, true);
    assert_status(ctx, eco_gp_fit(gp, n, X, y, NULL, NULL), ECOPT_OK);
    double density = eco_gp_log_posterior(gp, eco_gp_theta(gp), NULL);
    eco_gp_free(gp);
    return density;
}

/* Two hills: the starts are ranked, and both of the best two are climbed.  The lower hill is 0.8,
 * 1.3 and 0.3 lower. */
static void test_better_hill_is_found(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    assert_true(fit_of_noise(ctx, 20, 9) > -13.1);
    assert_true(fit_of_noise(ctx, 129, 6) > -4.2);
    assert_true(fit_of_noise(ctx, 16, 5) > -4.2);
    ecopt_ctx_free(ctx);
}

static void test_kernels(void **state)
{
    (void)state;
    /* Matern-5/2 at r = 1: (1 + sqrt 5 + 5/3) exp(-sqrt 5). */
    assert_close(eco_kernel_value(ECO_KERNEL_MATERN52, 1, NULL),
                 (1 + sqrt(5) + 5.0 / 3) * exp(-sqrt(5)), 1e-15, 0);
    assert_close(eco_kernel_value(ECO_KERNEL_RBF, 2, NULL), exp(-1), 1e-15, 0);
    for (int kernel = 0; kernel < 2; kernel++) {
        assert_close(eco_kernel_value((eco_kernel)kernel, 0, NULL), 1, 0, 0);
        for (double r2 = 0.1; r2 < 9; r2 += 0.7) {
            double slope, step = 1e-5;
            eco_kernel_value((eco_kernel)kernel, r2, &slope);
            double high = eco_kernel_value((eco_kernel)kernel, r2 + step, NULL);
            double low = eco_kernel_value((eco_kernel)kernel, r2 - step, NULL);
            assert_close(slope, -(high - low) / step, 1e-6, 1e-9);
        }
    }
}

/* Many at once are what one at a time are, to the last digits; what is absurdly far has no value.
 */
static void test_kernels_of_many(void **state)
{
    (void)state;
    enum { MANY = 133 };
    const double columns[3 * 5] = {0, 0.5, 1, 2, -1, 3, 0.1, 3, 3, 0, 4, 4, 2, 4, 7};
    const double at[3] = {0.5, 3, 4}, weight[2] = {10, 100};
    double r2[MANY] = {0}, k[MANY], wanted[MANY];
    for (size_t n_labels = 0; n_labels < 3; n_labels++) {
        eco_kernel_shape shape = {.d = 3, .n_labels = n_labels, .stride = 5, .weight = weight};
        eco_kernel_distances2(&shape, 4, columns, at, r2);
        for (size_t i = 0; i < 4; i++) {
            const double row[3] = {columns[i], columns[5 + i], columns[10 + i]};
            assert_true(r2[i] == eco_kernel_mixed2(3, n_labels, row, at, weight));
        }
        assert_true(r2[4] == 0);
    }
    for (int kernel = 0; kernel < 2; kernel++) {
        for (int i = 0; i < MANY; i++)
            r2[i] = wanted[i] = i % 2 ? pow(10, -3 + i * 0.035) : 0.003 * i * i;
        eco_kernel_values((eco_kernel)kernel, MANY, 2.5, r2, k);
        for (int i = 0; i < MANY; i++) {
            double slope, one = eco_kernel_value((eco_kernel)kernel, wanted[i], &slope);
            assert_close(k[i], 2.5 * one, 3e-15 + 1e-15 * wanted[i], 1e-300);
            assert_close(r2[i], slope, 3e-15 + 1e-15 * wanted[i], 1e-300);
        }
        double far[4] = {1e7, 1e300, HUGE_VAL, (double)NAN};
        eco_kernel_values((eco_kernel)kernel, 4, 1, far, k);
        assert_true(k[0] >= 0 && k[0] < 1e-290 && k[2] >= 0 && k[2] < 1e-290 && far[1] < 1e-290);
        assert_true(isnan(k[3]) && isnan(far[3]));
    }
}

/* Priors, profiled mean and noise included. */
static void test_posterior_gradient(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int plain = 0; plain < 2; plain++) {
        double X[N * D], y[N], se[N], theta[4] = {-0.4, 0.3, -3, 0.5}, grad[4];
        eco_gp *gp = gp_make(ctx, N, D, plain);
        data_fill(N, X, y);
        for (int i = 0; i < N; i++)
            se[i] = i % 3 ? 0.05 * i : nan("");
        assert_status(ctx, eco_gp_condition(gp, N, X, y, se, theta), ECOPT_OK);
        eco_gp_log_posterior(gp, theta, grad);
        for (int k = 0; k < 4; k++) {
            double step = 1e-5, at = theta[k];
            theta[k] = at + step;
            double high = eco_gp_log_posterior(gp, theta, NULL);
            theta[k] = at - step;
            double low = eco_gp_log_posterior(gp, theta, NULL);
            theta[k] = at;
            assert_close(grad[k], (high - low) / (2 * step), 1e-6, 1e-7);
        }
        eco_gp_free(gp);
    }
    ecopt_ctx_free(ctx);
}

static void test_prediction_gradient(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double X[N * D], y[N], x[D] = {0.37, 0.61}, mean, sd, dmean[D], dsd[D];
    eco_gp *gp = gp_make(ctx, N, D, false);
    data_fill(N, X, y);
    assert_status(ctx, eco_gp_fit(gp, N, X, y, NULL, NULL), ECOPT_OK);
    eco_gp_predict(gp, x, &mean, &sd, dmean, dsd);
    for (int j = 0; j < D; j++) {
        double step = 1e-5, at = x[j], high[2], low[2];
        x[j] = at + step;
        eco_gp_predict(gp, x, &high[0], &high[1], NULL, NULL);
        x[j] = at - step;
        eco_gp_predict(gp, x, &low[0], &low[1], NULL, NULL);
        x[j] = at;
        assert_close(dmean[j], (high[0] - low[0]) / (2 * step), 1e-6, 1e-8);
        assert_close(dsd[j], (high[1] - low[1]) / (2 * step), 1e-5, 1e-8);
    }
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* What rounding may leave of the variance is a share of the signal's: in other units of the signal
 * the deviation at a data point with hardly any noise is the same share of it. */
static void test_lost_variance_is_relative(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double signals[3] = {1, 1e-3, 1e3}, X[1] = {0.4}, y[1] = {2}, far[1] = {0.9};
    for (int noisy = 0; noisy < 2; noisy++)
        for (int k = 0; k < 3; k++) {
            double noise = (noisy ? 1e-12 : 1e-15) * signals[k], mean, at, away;
            double theta[3] = {log(0.1), log(noise), log(signals[k])};
            const eco_gp_options options = {.kernel = ECO_KERNEL_RBF, .is_plain = true};
            eco_gp *gp = NULL;
            assert_status(ctx, eco_gp_new(ctx, &options, 1, 1, &gp), ECOPT_OK);
            assert_status(ctx, eco_gp_condition(gp, 1, X, y, NULL, theta), ECOPT_OK);
            eco_gp_predict(gp, X, &mean, &at, NULL, NULL);
            eco_gp_predict(gp, far, &mean, &away, NULL, NULL);
            assert_close(at / away, noisy ? 1e-6 : sqrt(1e-13), 1e-3, 0);
            eco_gp_free(gp);
        }
    ecopt_ctx_free(ctx);
}

static void test_fit_learns_a_smooth_function(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    enum { MANY = 30 };
    double X[MANY * D], y[MANY], first[4];
    eco_gp *gp = gp_make(ctx, MANY, D, false);
    data_fill(MANY, X, y);
    assert_status(ctx, eco_gp_fit(gp, MANY, X, y, NULL, NULL), ECOPT_OK);
    assert_int_equal(eco_gp_n(gp), MANY);
    memcpy(first, eco_gp_theta(gp), sizeof first);
    for (double u = 0.1; u < 1; u += 0.2) {
        double x[2] = {u, 1 - u}, mean, sd;
        eco_gp_predict(gp, x, &mean, &sd, NULL, NULL);
        assert_close(mean, smooth(x), 0, 0.1);
        assert_true(sd < 0.2 && fabs(mean - smooth(x)) < 4 * sd + 0.02);
    }
    assert_true(eco_gp_noise_sd(gp) < 0.1);
    /* The same data give the same bits, whatever was fitted in between. */
    assert_status(ctx, eco_gp_fit(gp, 5, X, y, NULL, first), ECOPT_OK);
    assert_status(ctx, eco_gp_fit(gp, MANY, X, y, NULL, NULL), ECOPT_OK);
    assert_memory_equal(first, eco_gp_theta(gp), sizeof first);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* From a part's hyperparameters a few steps on all rows lead where the long way does. */
static void test_refine_goes_on_from_a_start(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    enum { MANY = 40 };
    double X[MANY * D], y[MANY], start[4], best;
    eco_gp *gp = gp_make(ctx, MANY, D, false);
    data_fill(MANY, X, y);
    assert_status(ctx, eco_gp_fit(gp, MANY, X, y, NULL, NULL), ECOPT_OK);
    best = eco_gp_log_posterior(gp, eco_gp_theta(gp), NULL);
    assert_status(ctx, eco_gp_fit(gp, MANY / 2, X, y, NULL, NULL), ECOPT_OK);
    memcpy(start, eco_gp_theta(gp), sizeof start);
    assert_status(ctx, eco_gp_refine(gp, MANY, X, y, NULL, start, 20), ECOPT_OK);
    assert_int_equal(eco_gp_n(gp), MANY);
    double value = eco_gp_log_posterior(gp, eco_gp_theta(gp), NULL);
    assert_true(value > eco_gp_log_posterior(gp, start, NULL));
    assert_close(value, best, 0, 0.2);
    /* One evaluation: the start itself. */
    assert_status(ctx, eco_gp_refine(gp, MANY, X, y, NULL, start, 1), ECOPT_OK);
    for (size_t j = 0; j < D + 2; j++)
        assert_close(eco_gp_theta(gp)[j], start[j], 1e-12, 0);
    assert_status(ctx, eco_gp_refine(gp, MANY + 1, X, y, NULL, start, 1), ECOPT_E_LIMIT);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* y -> a + b y moves predictions along: the model does not know units. */
static void test_units_do_not_matter(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double shift[4] = {0, -7, 0, 0}, factor[4] = {1, 1e6, 1e-300, 1e299};
    const double x[2] = {0.4, 0.9};
    double X[N * D], y[N], base_mean = 0, base_sd = 0;
    eco_gp *gp = gp_make(ctx, N, D, false);
    for (int k = 0; k < 4; k++) {
        double mean, sd;
        data_fill(N, X, y);
        for (int i = 0; i < N; i++)
            y[i] = shift[k] + factor[k] * y[i];
        assert_status(ctx, eco_gp_fit(gp, N, X, y, NULL, NULL), ECOPT_OK);
        eco_gp_predict(gp, x, &mean, &sd, NULL, NULL);
        if (k == 0) {
            base_mean = mean;
            base_sd = sd;
        }
        assert_close((mean - shift[k]) / factor[k], base_mean, 1e-3, 1e-4);
        assert_close(sd / factor[k], base_sd, 2e-2, 0);
    }
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* Different labels are equally far apart, slopes along them are 0, and joint agrees with single. */
static void test_labels(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double a[3] = {0.5, 2, 7}, b[3] = {0.25, 2, 1}, weight[2] = {3, 0.5};
    assert_close(eco_kernel_distance2(2, a, b), 0.0625, 0, 0);
    assert_close(eco_kernel_mixed2(3, 2, a, b, weight), 0.0625 + 0.5, 0, 0);
    assert_close(eco_kernel_mixed2(3, 0, a, b, NULL), 36.0625, 0, 0);
    enum { MANY = 40 };
    double X[MANY * 2], y[MANY], work[MANY * 2], mean[2], cov[4];
    const double effect[4] = {0, 3, -2, 1};
    eco_rng rng;
    eco_rng_init(&rng, 8, ECO_STREAM_TEST, 3);
    for (int i = 0; i < MANY; i++) {
        X[2 * i] = eco_rng_uniform(&rng);
        X[2 * i + 1] = i % 4;
        y[i] = X[2 * i] + effect[i % 4];
    }
    eco_gp *gp = NULL;
    const eco_gp_options options = {.n_labels = 1};
    assert_status(ctx, eco_gp_new(ctx, &options, MANY, 2, &gp), ECOPT_OK);
    assert_status(ctx, eco_gp_fit(gp, MANY, X, y, NULL, NULL), ECOPT_OK);
    for (int level = 0; level < 4; level++) {
        double x[2] = {0.3, level}, m, s, dm[2] = {9, 9}, ds[2] = {9, 9};
        eco_gp_predict(gp, x, &m, &s, dm, ds);
        assert_close(m, 0.3 + effect[level], 0, 0.1);
        assert_close(dm[0], 1, 0.2, 0);
        assert_true(dm[1] == 0 && ds[1] == 0);
        const double Xq[4] = {0.3, level, 0.3, (level + 1) % 4};
        eco_gp_predict_joint(gp, 2, Xq, work, mean, cov);
        assert_close(mean[0], m, 1e-12, 0);
        assert_close(cov[0], s * s, 1e-8, 0);
        assert_true(fabs(cov[1]) < sqrt(cov[0] * cov[3]));
    }
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

static void assert_sensible(eco_gp *gp, double low, double high)
{
    for (double u = 0; u <= 1; u += 0.25) {
        double x[2] = {u, 0.3}, mean, sd, dmean[2], dsd[2];
        eco_gp_predict(gp, x, &mean, &sd, dmean, dsd);
        assert_true(mean >= low && mean <= high);
        assert_true(sd > 0 && isfinite(sd));
        assert_true(isfinite(dmean[0]) && isfinite(dmean[1]));
        assert_true(isfinite(dsd[0]) && isfinite(dsd[1]));
    }
}

static void test_degenerate_data(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_gp *gp = gp_make(ctx, 6, D, false);
    const double X[12] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1, 0.2, 0.1, 0.2, 0.9, 0.9};
    const double equal[6] = {3, 3, 3, 3, 3, 3}, zero[6] = {0}, mixed[6] = {1, 2, 3, 1, 1, 5};
    const double huge[6] = {1e308, -1e308, 1e308, 0, 1e300, -1e308};
    const double tiny[6] = {1e-308, 2e-308, 0, 1e-308, 0, 3e-308};
    assert_status(ctx, eco_gp_fit(gp, 1, X, equal, NULL, NULL), ECOPT_OK);
    assert_sensible(gp, 3 - 1e-9, 3 + 1e-9);
    assert_status(ctx, eco_gp_fit(gp, 2, X, mixed, NULL, NULL), ECOPT_OK);
    assert_sensible(gp, 1, 2);
    assert_status(ctx, eco_gp_fit(gp, 6, X, equal, NULL, NULL), ECOPT_OK);
    assert_sensible(gp, 3 - 1e-9, 3 + 1e-9);
    assert_status(ctx, eco_gp_fit(gp, 6, X, zero, NULL, NULL), ECOPT_OK);
    assert_sensible(gp, 0, 0);
    assert_status(ctx, eco_gp_fit(gp, 6, X, mixed, NULL, NULL), ECOPT_OK);
    assert_sensible(gp, 0, 6);
    assert_status(ctx, eco_gp_fit(gp, 6, X, huge, NULL, NULL), ECOPT_OK);
    assert_sensible(gp, -1.7e308, 1.7e308);
    assert_status(ctx, eco_gp_fit(gp, 6, X, tiny, NULL, NULL), ECOPT_OK);
    assert_sensible(gp, -1e-307, 1e-307);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* A point with a large standard error is believed less. */
static void test_standard_errors(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_gp *gp = gp_make(ctx, 5, D, true);
    const double X[10] = {0, 0, 0.25, 0, 0.5, 0, 0.75, 0, 1, 0}, y[5] = {0, 0, 5, 0, 0};
    const double se[5] = {0, 0, 50, 0, 0}, absurd[5] = {0, (double)NAN, 1e308, -1, 0};
    const double theta[4] = {log(0.3), 0, log(1e-3), log(4)};
    double mean, sd, plain_sd;
    assert_status(ctx, eco_gp_condition(gp, 5, X, y, NULL, theta), ECOPT_OK);
    eco_gp_predict(gp, X + 4, &mean, &plain_sd, NULL, NULL);
    assert_close(mean, 5, 1e-2, 0);
    assert_close(eco_gp_noise_sd(gp), sqrt(1e-3), 1e-12, 0);
    assert_status(ctx, eco_gp_condition(gp, 5, X, y, se, theta), ECOPT_OK);
    eco_gp_predict(gp, X + 4, &mean, &sd, NULL, NULL);
    assert_true(fabs(mean) < 0.1 && sd > 5 * plain_sd);
    assert_status(ctx, eco_gp_condition(gp, 5, X, y, absurd, theta), ECOPT_OK);
    eco_gp_predict(gp, X + 4, &mean, &sd, NULL, NULL);
    assert_true(fabs(mean) < 0.1 && isfinite(sd));
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

static void test_joint_prediction_agrees_with_single(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double X[N * D], y[N], work[N * 3], mean[3], cov[9];
    const double Xq[6] = {0.1, 0.9, 0.5, 0.5, 0.52, 0.5};
    eco_gp *gp = gp_make(ctx, N, D, false);
    data_fill(N, X, y);
    for (int i = 0; i < N; i++)
        y[i] = 100 + 30 * y[i];
    assert_status(ctx, eco_gp_fit(gp, N, X, y, NULL, NULL), ECOPT_OK);
    eco_gp_predict_joint(gp, 3, Xq, work, mean, cov);
    for (int i = 0; i < 3; i++) {
        double m, s;
        eco_gp_predict(gp, Xq + 2 * i, &m, &s, NULL, NULL);
        assert_close(mean[i], m, 1e-12, 0);
        assert_close(cov[4 * i], s * s, 1e-8, 0);
        for (int j = 0; j < 3; j++)
            assert_true(cov[3 * i + j] == cov[3 * j + i]);
    }
    /* Neighbours move together. */
    assert_true(cov[5] > 0.5 * sqrt(cov[4] * cov[8]));
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* Values that differ by rounding only count as equal; a noise-free point keeps a trace of doubt. */
static void test_traces(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double X[8] = {0, 0, 0, 1, 1, 0, 1, 1}, y[4] = {3, 3 + 9e-16, 3, 3 + 9e-16};
    const double far[2] = {0.5, 0.5}, other[4] = {1, 2, 3, 5}, theta[4] = {2, 2, -60, 0};
    double mean, sd;
    eco_gp *gp = gp_make(ctx, 4, D, false);
    assert_status(ctx, eco_gp_fit(gp, 4, X, y, NULL, NULL), ECOPT_OK);
    eco_gp_predict(gp, far, &mean, &sd, NULL, NULL);
    assert_true(sd > 1e-3);
    assert_status(ctx, eco_gp_condition(gp, 4, X, other, NULL, theta), ECOPT_OK);
    for (int i = 0; i < 4; i++) {
        eco_gp_predict(gp, X + 2 * i, &mean, &sd, NULL, NULL);
        assert_close(mean, other[i], 1e-4, 0);
        assert_true(sd > 1e-8 && sd < 1e-3);
    }
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* Warps: gradients by theta and by x against central differences; learned where they help. */
static void test_warp(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    enum { MANY = 24, ALL = 3 + 2 + 4 };
    double X[MANY * 3], y[MANY], theta[ALL] = {-0.4, 0.2, 0.3, -3, 0.5, 0.5, -0.3, -0.7, 0.4};
    double grad[ALL], x[3] = {0.31, 0.77, 1}, mean, sd, dmean[3], dsd[3], high[2], low[2];
    eco_rng rng;
    eco_rng_init(&rng, 8, ECO_STREAM_TEST, 5);
    for (int i = 0; i < MANY; i++) {
        X[3 * i] = i == 0 ? 0 : i == 1 ? 1 : eco_rng_uniform(&rng);
        X[3 * i + 1] = eco_rng_uniform(&rng);
        X[3 * i + 2] = i % 3;
        y[i] = sin(12 * pow(X[3 * i], 4)) + X[3 * i + 1] + (i % 3 == 1);
    }
    const eco_gp_options options = {.is_warped = true, .n_labels = 1, .noise_floor = 1e-6};
    const eco_gp_options straight = {.n_labels = 1, .noise_floor = 1e-6};
    eco_gp *gp = NULL, *other = NULL;
    assert_status(ctx, eco_gp_new(ctx, &options, MANY, 3, &gp), ECOPT_OK);
    assert_status(ctx, eco_gp_new(ctx, &straight, MANY, 3, &other), ECOPT_OK);
    assert_int_equal(eco_gp_n_theta(gp), ALL);
    assert_int_equal(eco_gp_n_theta(other), 5);
    assert_status(ctx, eco_gp_condition(gp, MANY, X, y, NULL, theta), ECOPT_OK);
    eco_gp_log_posterior(gp, theta, grad);
    for (int k = 0; k < ALL; k++) {
        double step = 1e-5, at = theta[k];
        theta[k] = at + step;
        high[0] = eco_gp_log_posterior(gp, theta, NULL);
        theta[k] = at - step;
        low[0] = eco_gp_log_posterior(gp, theta, NULL);
        theta[k] = at;
        assert_close(grad[k], (high[0] - low[0]) / (2 * step), 1e-5, 1e-6);
    }
    assert_status(ctx, eco_gp_fit(gp, MANY, X, y, NULL, NULL), ECOPT_OK);
    eco_gp_predict(gp, x, &mean, &sd, dmean, dsd);
    for (int j = 0; j < 2; j++) {
        double step = 1e-5, at = x[j];
        x[j] = at + step;
        eco_gp_predict(gp, x, &high[0], &high[1], NULL, NULL);
        x[j] = at - step;
        eco_gp_predict(gp, x, &low[0], &low[1], NULL, NULL);
        x[j] = at;
        assert_close(dmean[j], (high[0] - low[0]) / (2 * step), 1e-5, 1e-7);
        assert_close(dsd[j], (high[1] - low[1]) / (2 * step), 1e-4, 1e-7);
    }
    assert_true(dmean[2] == 0 && dsd[2] == 0);
    /* The function runs faster and faster: a > 1, and a better model than without. */
    assert_true(eco_gp_theta(gp)[5] > 0.2);
    assert_status(ctx, eco_gp_fit(other, MANY, X, y, NULL, NULL), ECOPT_OK);
    assert_true(eco_gp_log_posterior(gp, eco_gp_theta(gp), NULL) >
                eco_gp_log_posterior(other, eco_gp_theta(other), NULL) + 1);
    eco_gp_free(gp);
    eco_gp_free(other);
    ecopt_ctx_free(ctx);
}

static void test_refusals(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_gp *gp = NULL;
    const double X[4] = {0, 0, 1, 1}, bad_X[4] = {0, HUGE_VAL, 1, 1};
    const double y[2] = {1, 2}, bad_y[2] = {1, (double)NAN};
    assert_status(ctx, eco_gp_new(ctx, NULL, 0, 2, &gp), ECOPT_E_LIMIT);
    assert_status(ctx, eco_gp_new(ctx, NULL, 2, 0, &gp), ECOPT_E_LIMIT);
    assert_status(ctx, eco_gp_new(ctx, NULL, 30000, 2, &gp), ECOPT_E_LIMIT);
    const eco_gp_options labels = {.n_labels = 3};
    assert_status(ctx, eco_gp_new(ctx, &labels, 2, 2, &gp), ECOPT_E_LIMIT);
    assert_null(gp);
    eco_gp_free(NULL);
    assert_status(ctx, eco_gp_new(ctx, NULL, 2, 2, &gp), ECOPT_OK);
    assert_status(ctx, eco_gp_fit(gp, 0, X, y, NULL, NULL), ECOPT_E_LIMIT);
    assert_status(ctx, eco_gp_fit(gp, 3, X, y, NULL, NULL), ECOPT_E_LIMIT);
    assert_status(ctx, eco_gp_fit(gp, 2, bad_X, y, NULL, NULL), ECOPT_E_RANGE);
    assert_status(ctx, eco_gp_fit(gp, 2, X, bad_y, NULL, NULL), ECOPT_E_RANGE);
    const double theta[4] = {0, 0, (double)NAN, 0};
    assert_status(ctx, eco_gp_condition(gp, 2, X, y, NULL, theta), ECOPT_E_NOT_PD);
    assert_true(isnan(eco_gp_log_posterior(gp, theta, NULL)));
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_gp *gp = NULL;
    ECO_TRY(eco_gp_new(ctx, NULL, 4, 3, &gp));
    eco_gp_free(gp);
    return ECOPT_OK;
}

/* Planning allocates everything; fitting and predicting allocate nothing. */
static void test_allocations(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt, NULL);
    eco_faulty_alloc counting = {.fail_at = -1};
    ecopt_ctx *ctx = eco_test_ctx_new(&counting);
    double X[N * D], y[N], mean, sd;
    eco_gp *gp = gp_make(ctx, N, D, false);
    long before = counting.calls;
    data_fill(N, X, y);
    assert_status(ctx, eco_gp_fit(gp, N, X, y, NULL, NULL), ECOPT_OK);
    eco_gp_predict(gp, X, &mean, &sd, NULL, NULL);
    assert_int_equal(counting.calls, before);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_textbook_values),
        cmocka_unit_test(test_better_hill_is_found),
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_kernels_of_many),
        cmocka_unit_test(test_posterior_gradient),
        cmocka_unit_test(test_prediction_gradient),
        cmocka_unit_test(test_lost_variance_is_relative),
        cmocka_unit_test(test_fit_learns_a_smooth_function),
        cmocka_unit_test(test_refine_goes_on_from_a_start),
        cmocka_unit_test(test_units_do_not_matter),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_degenerate_data),
        cmocka_unit_test(test_standard_errors),
        cmocka_unit_test(test_joint_prediction_agrees_with_single),
        cmocka_unit_test(test_traces),
        cmocka_unit_test(test_warp),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
