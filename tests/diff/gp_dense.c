/*
 * The Gaussian process against dense formulas in long double: likelihood, priors, profiled mean,
 * predictions, gradients; and the corners of its input.  Labels are one-hot codes here.
 */
#include "core/rng.h"
#include "gp/gp.h"
#include "ref/naive.h"
#include "support/eco_test.h"

enum { N = 14, D = 3, LEVELS = 4, ROUNDS = 25 };

typedef struct dense {
    size_t n, d, n_labels;
    double X[N * D], y[N], se[N];
    double theta[D + 2];
    double z[N], K[N * N], ls[D]; /* standardised values, covariance, length scales */
    double centre, spread, mean;
    double weights[N]; /* K^-1 (z - mean) */
    double log_det;
} dense;

/* Correlation of two rows by the book: each label as LEVELS columns 0 or sqrt(1/2), whose squared
 * distance is 1 between different labels. */
static double correlation(const dense *p, const double *a, const double *b)
{
    double wide[2][D * LEVELS] = {{0}}, ls[D * LEVELS];
    const double *row[2] = {a, b};
    size_t n_numbers = p->d - p->n_labels, d = n_numbers;
    memcpy(wide[0], a, n_numbers * sizeof *a);
    memcpy(wide[1], b, n_numbers * sizeof *b);
    memcpy(ls, p->ls, n_numbers * sizeof *ls);
    for (size_t l = n_numbers; l < p->d; l++, d += LEVELS) {
        for (int r = 0; r < 2; r++)
            wide[r][d + (size_t)row[r][l]] = sqrt(0.5);
        for (size_t level = 0; level < LEVELS; level++)
            ls[d + level] = p->ls[l];
    }
    return naive_matern(d, wide[0], wide[1], ls);
}

static void data_fill(eco_rng *rng, size_t n, size_t d, dense *p)
{
    memset(p, 0, sizeof *p);
    p->n = n;
    p->d = d;
    p->n_labels = eco_rng_below(rng, d + 1);
    for (size_t i = 0; i < n * d; i++)
        p->X[i] =
            i % d < d - p->n_labels ? eco_rng_uniform(rng) : (double)eco_rng_below(rng, LEVELS);
    for (size_t i = 0; i < n; i++) {
        p->y[i] = 40 + 7 * sin(5 * p->X[i * d]) + 2 * eco_rng_normal(rng);
        p->se[i] = i % 3 == 0 ? 0.5 * eco_rng_uniform(rng) : 0;
    }
    for (size_t j = 0; j < d; j++)
        p->theta[j] = 2 * eco_rng_uniform(rng) - 1.5;
    p->theta[d] = -6 + 4 * eco_rng_uniform(rng);
    p->theta[d + 1] = 2 * eco_rng_uniform(rng) - 1;
}

/* Everything that the model derives from the data and theta, by the book. */
static void dense_fill(dense *p)
{
    size_t n = p->n, d = p->d;
    long double sum = 0, squares = 0, with_z = 0, with_one = 0;
    double ones[N] = {0}, solved[N] = {0};
    for (size_t i = 0; i < n; i++)
        sum += p->y[i];
    p->centre = (double)(sum / (long double)n);
    for (size_t i = 0; i < n; i++)
        squares += ((long double)p->y[i] - p->centre) * ((long double)p->y[i] - p->centre);
    p->spread = n > 1 ? (double)sqrtl(squares / (long double)(n - 1)) : fabs(p->y[0]);
    for (size_t j = 0; j < d; j++)
        p->ls[j] = exp(p->theta[j]);
    for (size_t i = 0; i < n; i++) {
        ones[i] = 1;
        p->z[i] = (p->y[i] - p->centre) / p->spread;
        for (size_t j = 0; j < n; j++)
            p->K[i * n + j] = exp(p->theta[d + 1]) * correlation(p, p->X + i * d, p->X + j * d);
        p->K[i * n + i] += exp(p->theta[d]) + pow(p->se[i] / p->spread, 2);
    }
    p->log_det = naive_solve(n, p->K, ones, solved);
    for (size_t i = 0; i < n; i++) {
        with_z += (long double)solved[i] * p->z[i];
        with_one += solved[i];
    }
    p->mean = (double)(with_z / with_one);
    for (size_t i = 0; i < n; i++)
        ones[i] = p->z[i] - p->mean;
    (void)naive_solve(n, p->K, ones, p->weights);
}

static double dense_log_posterior(const dense *p)
{
    long double value = -0.5L * p->log_det - 0.5L * (long double)p->n * logl(2 * acosl(-1));
    size_t d = p->d;
    for (size_t i = 0; i < p->n; i++)
        value -= 0.5L * (p->z[i] - p->mean) * p->weights[i];
    for (size_t j = 0; j < d; j++) {
        double deviation = p->theta[j] - (sqrt(2) + log((double)d) / 2);
        value -= deviation * deviation / (2 * 3) + p->theta[j];
    }
    value -= (p->theta[d] + 4) * (p->theta[d] + 4) / 2 + p->theta[d];
    value -= p->theta[d + 1] * p->theta[d + 1] / 2;
    return (double)value;
}

static void dense_predict(const dense *p, const double *x, double *ret_mean, double *ret_sd)
{
    double k[N] = {0}, solved[N] = {0};
    long double mean = p->mean, variance = exp(p->theta[p->d + 1]);
    for (size_t i = 0; i < p->n; i++) {
        k[i] = exp(p->theta[p->d + 1]) * correlation(p, x, p->X + i * p->d);
        mean += (long double)k[i] * p->weights[i];
    }
    (void)naive_solve(p->n, p->K, k, solved);
    for (size_t i = 0; i < p->n; i++)
        variance -= (long double)k[i] * solved[i];
    *ret_mean = p->centre + p->spread * (double)mean;
    *ret_sd = p->spread * (double)sqrtl(variance);
}

static eco_gp *gp_make(ecopt_ctx *ctx, size_t n, size_t d, size_t n_labels)
{
    eco_gp *gp = NULL;
    const eco_gp_options options = {.n_labels = n_labels};
    assert_status(ctx, eco_gp_new(ctx, &options, n, d, &gp), ECOPT_OK);
    return gp;
}

static void test_against_dense_formulas(void **state)
{
    (void)state;
    static dense p;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 31, ECO_STREAM_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 2 + (size_t)round % (N - 1), d = 1 + (size_t)round % D;
        data_fill(&rng, n, d, &p);
        dense_fill(&p);
        eco_gp *gp = gp_make(ctx, N, d, p.n_labels);
        assert_status(ctx, eco_gp_condition(gp, n, p.X, p.y, p.se, p.theta), ECOPT_OK);
        assert_close(eco_gp_noise_sd(gp), p.spread * exp(p.theta[d] / 2), 1e-12, 0);
        for (int k = 0; k < 5; k++) {
            double x[D], mean, sd, expected_mean, expected_sd;
            for (size_t j = 0; j < d; j++)
                x[j] = j < d - p.n_labels ? 1.4 * eco_rng_uniform(&rng) - 0.2
                                          : (double)eco_rng_below(&rng, LEVELS);
            eco_gp_predict(gp, x, &mean, &sd, NULL, NULL);
            dense_predict(&p, x, &expected_mean, &expected_sd);
            assert_close(mean, expected_mean, 1e-9, 1e-9);
            assert_close(sd, expected_sd, 1e-8, 1e-9);
        }
        assert_close(eco_gp_log_posterior(gp, p.theta, NULL), dense_log_posterior(&p), 1e-9, 1e-9);
        eco_gp_free(gp);
    }
    ecopt_ctx_free(ctx);
}

/* The analytic gradient against central differences of the dense value, not of the model's own. */
static void test_gradient_against_dense_differences(void **state)
{
    (void)state;
    static dense p;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 31, ECO_STREAM_TEST, 1);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 2 + (size_t)round % (N - 1), d = 1 + (size_t)round % D;
        double grad[D + 2];
        data_fill(&rng, n, d, &p);
        eco_gp *gp = gp_make(ctx, N, d, p.n_labels);
        assert_status(ctx, eco_gp_condition(gp, n, p.X, p.y, p.se, p.theta), ECOPT_OK);
        (void)eco_gp_log_posterior(gp, p.theta, grad);
        for (size_t k = 0; k < d + 2; k++) {
            double at = p.theta[k], step = 1e-5;
            p.theta[k] = at + step;
            dense_fill(&p);
            double high = dense_log_posterior(&p);
            p.theta[k] = at - step;
            dense_fill(&p);
            double low = dense_log_posterior(&p);
            p.theta[k] = at;
            assert_close(grad[k], (high - low) / (2 * step), 1e-5, 1e-5);
        }
        eco_gp_free(gp);
    }
    ecopt_ctx_free(ctx);
}

/* Learned noise stays above its floor on noise-free data, and near the prior on two points. */
static void test_priors_hold_the_hyperparameters(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double X[N], y[N];
    for (int i = 0; i < N; i++) {
        X[i] = i / (N - 1.0);
        y[i] = X[i];
    }
    eco_gp *gp = gp_make(ctx, N, 1, 0);
    assert_status(ctx, eco_gp_fit(gp, N, X, y, NULL, NULL), ECOPT_OK);
    assert_true(eco_gp_theta(gp)[1] >= log(1e-4) - 1e-12);
    assert_true(eco_gp_theta(gp)[1] < -5);
    assert_status(ctx, eco_gp_fit(gp, 1, X, y, NULL, NULL), ECOPT_OK);
    const double *theta = eco_gp_theta(gp);
    /* One point says nothing (its likelihood only wants little variance): modes of the priors. */
    assert_close(theta[0], sqrt(2) - 3, 0.01, 0);
    assert_true(theta[1] > -6 && theta[1] < -4.5);
    assert_true(theta[2] > -1 && theta[2] < 0.01);
    eco_gp_free(gp);
    gp = gp_make(ctx, 1, 9, 0);
    double far[9] = {0};
    assert_status(ctx, eco_gp_fit(gp, 1, far, y + 1, NULL, NULL), ECOPT_OK);
    for (int j = 0; j < 9; j++) /* ln(9) / 2 further */
        assert_close(eco_gp_theta(gp)[j], sqrt(2) - 3 + log(3), 0.01, 1e-3);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* A value with a large standard error hardly counts; an absurd one not at all. */
static void test_standard_error_weighs(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double X[4] = {0, 0.5, 0.5, 1}, y[4] = {1, 2, 6, 1.5}, theta[3] = {-0.5, -9, 0};
    const double x[1] = {0.5};
    double mean[5], sd[5], at = 0;
    eco_gp *gp = gp_make(ctx, 4, 1, 0);
    for (int k = 0; k < 5; k++) {
        const double errors[5] = {0, 1, 10, 1e4, 1e300};
        double se[4] = {0, 0, errors[k], 0};
        assert_status(ctx, eco_gp_condition(gp, 4, X, y, se, theta), ECOPT_OK);
        eco_gp_predict(gp, x, &mean[k], &sd[k], NULL, NULL);
        assert_true(mean[k] >= 1.9 && mean[k] <= 4.1);
        assert_true(k == 0 || (mean[k] < at + 1e-9 && sd[k] >= sd[k - 1] * (1 - 1e-9)));
        at = mean[k];
    }
    assert_close(mean[0], 4, 0, 0.05);
    assert_close(mean[3], 2, 0, 0.01);
    assert_close(mean[4], 2, 0, 0.01);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

/* Equal inputs, equal values, one point, the ends of the range of doubles: a finite model. */
static void test_corners(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double scales[4] = {1, 1e-300, 1e300, -1e150};
    for (int kind = 0; kind < 16; kind++) {
        size_t n = kind / 4 == 0 ? 1 : N;
        double X[N * 2], y[N], mean, sd, dmean[2], dsd[2];
        for (size_t i = 0; i < N; i++) {
            X[2 * i] = kind / 4 == 1 ? 0.5 : (double)i / N;
            X[2 * i + 1] = kind / 4 == 1 ? 0.5 : (double)(i * 5 % N) / N;
            y[i] = (kind / 4 == 2 ? 1 : sin(1.0 + (double)i)) * scales[kind % 4];
        }
        eco_gp *gp = gp_make(ctx, N, 2, 0);
        assert_status(ctx, eco_gp_fit(gp, n, X, y, NULL, NULL), ECOPT_OK);
        eco_gp_predict(gp, X, &mean, &sd, dmean, dsd);
        double size = fabs(scales[kind % 4]);
        assert_true(isfinite(mean) && isfinite(sd) && sd > 0);
        assert_true(isfinite(dmean[0]) && isfinite(dmean[1]) && isfinite(dsd[0]));
        assert_true(fabs(mean) <= 1.5 * size && sd <= 5 * size);
        if (kind / 4 == 2)
            assert_close(mean, scales[kind % 4], 1e-9, 0);
        eco_gp_free(gp);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_dense_formulas),
        cmocka_unit_test(test_gradient_against_dense_differences),
        cmocka_unit_test(test_priors_hold_the_hyperparameters),
        cmocka_unit_test(test_standard_error_weighs),
        cmocka_unit_test(test_corners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
