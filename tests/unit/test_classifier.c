/*
 * The classifier against exact values (one point), quadrature (two), and expectation propagation
 * written another way (point after point, whole covariances, long double).
 */
#include "core/rng.h"
#include "gp/classifier.h"
#include "num/special.h"
#include "ref/naive.h"
#include "support/eco_test.h"

enum { N = 24, D = 3, LEVELS = 3 };

/* Data with one label (the last input), answers that follow x0 with some left to chance. */
static void data_fill(uint64_t seed, size_t n, double *X, double *y)
{
    eco_rng rng;
    eco_rng_init(&rng, seed, 1, 1);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < D - 1; j++)
            X[i * D + j] = eco_rng_uniform(&rng);
        X[i * D + D - 1] = (double)eco_rng_below(&rng, LEVELS);
        y[i] = X[i * D] + 0.3 * eco_rng_normal(&rng) > 0.6 ? 1 : 0;
    }
}

static eco_classifier *classifier_make(ecopt_ctx *ctx, size_t n, size_t d, size_t n_labels,
                                       bool is_plain)
{
    const eco_classifier_options options = {.n_labels = n_labels, .is_plain = is_plain};
    eco_classifier *c = NULL;
    assert_status(ctx, eco_classifier_new(ctx, &options, n, d, &c), ECOPT_OK);
    return c;
}

/* Holds data at a given theta, all of it. */
static double value_of(ecopt_ctx *ctx, eco_classifier *c, size_t n, const double *X,
                       const double *y, const double *theta)
{
    assert_status(ctx, eco_classifier_fit(c, n, X, y, theta), ECOPT_OK);
    return eco_classifier_log_posterior(c, theta, NULL);
}

/* Mean and sd of g at x. */
static void predict(ecopt_ctx *ctx, eco_classifier *c, size_t n, size_t d, size_t n_labels,
                    const double *x, double *ret_moments)
{
    const eco_gp_options options = {.n_labels = n_labels, .is_plain = true};
    eco_gp *gp = NULL;
    assert_status(ctx, eco_gp_new(ctx, &options, n, d, &gp), ECOPT_OK);
    assert_status(ctx, eco_classifier_freeze(c, gp), ECOPT_OK);
    eco_gp_predict(gp, x, &ret_moments[0], &ret_moments[1], NULL, NULL);
    eco_gp_free(gp);
}

/* P(no) at x in one dimension. */
static double p_no(ecopt_ctx *ctx, eco_classifier *c, size_t n, double x)
{
    double moments[2];
    predict(ctx, c, n, 1, 0, &x, moments);
    double z = -(eco_classifier_mean(c) + moments[0]) / sqrt(1 + moments[1] * moments[1]);
    return eco_norm_cdf(z);
}

/* One point: expectation propagation is exact. */
static void test_one_point(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_classifier *c = classifier_make(ctx, 1, 1, 0, true);
    for (int yes = 0; yes < 2; yes++)
        for (double log_s2 = -3; log_s2 <= 7; log_s2 += 2.5)
            for (double kappa = -3; kappa <= 3; kappa += 1.5) {
                const double x = 0.4, y = yes, theta[3] = {-1, log_s2, kappa};
                double moments[2], s2 = exp(log_s2), sign = yes ? 1 : -1;
                double z = sign * kappa, h = eco_norm_hazard(z);
                assert_close(value_of(ctx, c, 1, &x, &y, theta), eco_log_ndtr(z), 1e-9, 1e-12);
                assert_close(eco_classifier_mean(c), kappa * sqrt(1 + s2), 1e-14, 0);
                predict(ctx, c, 1, 1, 0, &x, moments);
                assert_close(moments[0], sign * s2 * h / sqrt(1 + s2), 1e-6, 1e-9);
                assert_close(moments[1], sqrt(s2 - s2 * s2 * h * (z + h) / (1 + s2)), 1e-6, 0);
            }
    eco_classifier_free(c);
    ecopt_ctx_free(ctx);
}

/* Two points: an approximation, close to sums over a fine grid of both latent values. */
static void test_two_points(void **state)
{
    (void)state;
    enum { STEPS = 801 };
    ecopt_ctx *ctx = eco_test_ctx();
    eco_classifier *c = classifier_make(ctx, 2, 1, 0, true);
    const double X[2] = {0.2, 0.5}, theta[3] = {log(0.6), log(4.0), 0.25};
    for (int same = 0; same < 2; same++) {
        const double y[2] = {1, same};
        double moments[2], correlation = naive_matern(1, &X[0], &X[1], &(double){0.6});
        double mean = 0.25 * sqrt(5), det = 16 * (1 - correlation * correlation);
        double sum = 0, first = 0, second = 0, step = 24.0 / (STEPS - 1);
        for (int i = 0; i < STEPS; i++)
            for (int j = 0; j < STEPS; j++) {
                double a = -12 + i * step, b = -12 + j * step;
                double form = 4 * (a * a - 2 * correlation * a * b + b * b) / det;
                double p = exp(-0.5 * form) / (2 * acos(-1) * sqrt(det)) * step * step;
                p *= eco_norm_cdf(mean + a) * eco_norm_cdf(same ? mean + b : -mean - b);
                sum += p;
                first += p * a;
                second += p * a * a;
            }
        assert_close(value_of(ctx, c, 2, X, y, theta), log(sum), 0, 0.01); /* no more is promised */
        predict(ctx, c, 2, 1, 0, &X[0], moments);
        assert_close(moments[0], first / sum, 0, 0.02);
        assert_close(moments[1], sqrt(second / sum - pow(first / sum, 2)), 0, 0.03);
    }
    eco_classifier_free(c);
    ecopt_ctx_free(ctx);
}

/* Dense expectation propagation. */
typedef struct dense {
    size_t n;
    long double K[N][N], S[N][N], m[N], tau[N], nu[N];
    long double log_z;
} dense;

/* Posterior with site i changed: a rank-one update of covariance and mean. */
static void site_set(dense *p, size_t i, long double tau, long double nu)
{
    long double more = tau - p->tau[i], column[N], share = more / (1 + more * p->S[i][i]);
    p->tau[i] = tau;
    p->nu[i] = nu;
    for (size_t k = 0; k < p->n; k++)
        column[k] = p->S[k][i];
    for (size_t k = 0; k < p->n; k++)
        for (size_t l = 0; l < p->n; l++)
            p->S[k][l] -= share * column[k] * column[l];
    for (size_t k = 0; k < p->n; k++) {
        p->m[k] = 0;
        for (size_t l = 0; l < p->n; l++)
            p->m[k] += p->S[k][l] * p->nu[l];
    }
}

static void dense_run(dense *p, const double *sign, double mean)
{
    long double log_z = 0, half_log_det = 0;
    memcpy(p->S, p->K, sizeof p->S);
    for (int round = 0; round < 60; round++)
        for (size_t i = 0; i < p->n; i++) {
            long double v = 1 / (1 / p->S[i][i] - p->tau[i]);
            long double m = v * (p->m[i] / p->S[i][i] - p->nu[i]);
            long double z = sign[i] * (mean + m) / sqrtl(1 + v);
            long double h = naive_pdf(z) / naive_cdf(z);
            long double new_m = m + sign[i] * v * h / sqrtl(1 + v);
            long double new_v = v - v * v * h * (z + h) / (1 + v);
            site_set(p, i, 1 / new_v - 1 / v, new_m / new_v - m / v);
        }
    /* Rasmussen and Williams (3.65): sites times their normalisers, log N(m~; 0, K + S~). */
    static double A[N * N], b[N], x[N];
    for (size_t i = 0; i < p->n; i++) {
        long double v = 1 / (1 / p->S[i][i] - p->tau[i]);
        long double m = v * (p->m[i] / p->S[i][i] - p->nu[i]), apart = m - p->nu[i] / p->tau[i];
        long double z = sign[i] * (mean + m) / sqrtl(1 + v), both = v + 1 / p->tau[i];
        log_z += logl(naive_cdf(z)) + 0.5L * logl(both) + apart * apart / (2 * both);
        b[i] = (double)(p->nu[i] / p->tau[i]);
        for (size_t j = 0; j < p->n; j++)
            A[i * p->n + j] = (double)(p->K[i][j] + (i == j ? 1 / p->tau[i] : 0));
    }
    half_log_det = 0.5L * naive_solve(p->n, A, b, x);
    for (size_t i = 0; i < p->n; i++)
        log_z -= 0.5L * b[i] * x[i];
    p->log_z = log_z - half_log_det;
}

static double correlation_of(const double *a, const double *b, const double *theta)
{
    double wide[2][D + 1] = {{a[0], a[1], 0, 0}, {b[0], b[1], a[D - 1] != b[D - 1], 0}};
    const double ls[D + 1] = {exp(theta[0]), exp(theta[1]), exp(theta[2]), 1};
    return naive_matern(D + 1, wide[0], wide[1], ls);
}

static void test_against_dense(void **state)
{
    (void)state;
    static dense p;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_classifier *c = classifier_make(ctx, N, D, 1, true);
    static const double thetas[3][D + 2] = {
        {-1, 0, 0.3, 0.5, 0.2}, {0.2, -0.5, 1, 4, -1}, {0.5, 1.5, 0.1, 6, 0.8}};
    for (size_t t = 0; t < 3; t++)
        for (size_t n = 3; n <= N; n += 7) {
            double X[N * D], y[N], sign[N], moments[2];
            const double *theta = thetas[t];
            memset(&p, 0, sizeof p);
            p.n = n;
            data_fill(10 * t + n, n, X, y);
            for (size_t i = 0; i < n; i++) {
                sign[i] = y[i] > 0 ? 1 : -1;
                for (size_t j = 0; j < n; j++)
                    p.K[i][j] = exp(theta[D]) * correlation_of(X + i * D, X + j * D, theta);
            }
            double value = value_of(ctx, c, n, X, y, theta);
            dense_run(&p, sign, eco_classifier_mean(c));
            assert_close(value, (double)p.log_z, 1e-6, 1e-7);
            for (size_t i = 0; i < n; i++) {
                predict(ctx, c, n, D, 1, X + i * D, moments);
                assert_close(moments[0], (double)p.m[i], 1e-4, 1e-4);
                assert_close(moments[1], (double)sqrtl(p.S[i][i]), 1e-4, 1e-5);
            }
        }
    eco_classifier_free(c);
    ecopt_ctx_free(ctx);
}

static void test_gradient(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double X[N * D], y[N];
    data_fill(3, N, X, y);
    for (int kind = 0; kind < 4; kind++) {
        const eco_classifier_options options = {.kernel =
                                                    kind % 2 ? ECO_KERNEL_RBF : ECO_KERNEL_MATERN52,
                                                .n_labels = 1,
                                                .is_plain = kind / 2};
        eco_classifier *c = NULL;
        double theta[D + 2] = {-0.7, 0.4, 0.2, 2.5, -0.6}, grad[D + 2], step = 1e-4;
        assert_status(ctx, eco_classifier_new(ctx, &options, N, D, &c), ECOPT_OK);
        assert_status(ctx, eco_classifier_fit(c, N, X, y, NULL), ECOPT_OK);
        (void)eco_classifier_log_posterior(c, theta, grad);
        for (size_t j = 0; j < D + 2; j++) {
            double middle = theta[j];
            theta[j] = middle + step;
            double high = eco_classifier_log_posterior(c, theta, NULL);
            theta[j] = middle - step;
            double low = eco_classifier_log_posterior(c, theta, NULL);
            theta[j] = middle;
            assert_close(grad[j], (high - low) / (2 * step), 1e-4, 1e-4);
        }
        eco_classifier_free(c);
    }
    ecopt_ctx_free(ctx);
}

/* The mode: no step away from it climbs; theta that is kept stays. */
static void test_fit_climbs(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double X[N * D], y[N], theta[D + 2], again[D + 2];
    data_fill(4, N, X, y);
    eco_classifier *c = classifier_make(ctx, N, D, 1, false);
    assert_status(ctx, eco_classifier_fit(c, N, X, y, NULL), ECOPT_OK);
    memcpy(theta, eco_classifier_theta(c), sizeof theta);
    double best = eco_classifier_log_posterior(c, theta, NULL);
    for (size_t j = 0; j < D + 2; j++)
        for (int sign = -1; sign <= 1; sign += 2) {
            memcpy(again, theta, sizeof again);
            again[j] += 0.3 * sign;
            assert_true(eco_classifier_log_posterior(c, again, NULL) < best + 1e-3);
        }
    assert_status(ctx, eco_classifier_fit(c, N, X, y, NULL), ECOPT_OK);
    assert_memory_equal(theta, eco_classifier_theta(c), sizeof theta);
    memcpy(again, theta, sizeof again);
    again[D + 1] = 3;
    again[0] += 0.5;
    assert_status(ctx, eco_classifier_fit(c, N, X, y, again), ECOPT_OK);
    assert_memory_equal(again, eco_classifier_theta(c), (D + 1) * sizeof *again);
    assert_true(fabs(eco_classifier_theta(c)[D + 1] - 3) > 0.5);
    eco_classifier_free(c);
    ecopt_ctx_free(ctx);
}

/* A dead half: known beyond the border, with no gaps between the failures. */
static void test_a_step_does_not_collapse(void **state)
{
    (void)state;
    enum { POINTS = 20 };
    ecopt_ctx *ctx = eco_test_ctx();
    double X[POINTS], y[POINTS];
    for (size_t i = 0; i < POINTS; i++) {
        X[i] = ((double)i + 0.5) / POINTS;
        y[i] = X[i] < 0.5;
    }
    eco_classifier *c = classifier_make(ctx, POINTS, 1, 0, false);
    assert_status(ctx, eco_classifier_fit(c, POINTS, X, y, NULL), ECOPT_OK);
    assert_true(eco_classifier_theta(c)[0] > log(0.1));
    for (double x = 0.01; x < 1; x += 0.01) {
        double p = p_no(ctx, c, POINTS, x);
        if (x < 0.4)
            assert_true(p < 0.05);
        if (x > 0.6)
            assert_true(p > 0.95);
    }
    assert_true(fabs(p_no(ctx, c, POINTS, 0.5) - 0.5) < 0.05);
    eco_classifier_free(c);
    ecopt_ctx_free(ctx);
}

/* Repeating a failure makes it certain; a success at the same place takes that back. */
static void test_repetition_counts(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double X[8] = {0.9, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
    double y[8] = {0, 1, 1, 1, 1, 1, 1, 1}, before = 1;
    eco_classifier *c = classifier_make(ctx, 8, 1, 0, false);
    for (size_t n = 2; n <= 8; n += 2) {
        assert_status(ctx, eco_classifier_fit(c, n, X, y, NULL), ECOPT_OK);
        double p = p_no(ctx, c, n, 0.3);
        assert_true(p < before);
        before = p;
    }
    assert_true(before < 0.03);
    y[7] = 0;
    assert_status(ctx, eco_classifier_fit(c, 8, X, y, NULL), ECOPT_OK);
    assert_true(p_no(ctx, c, 8, 0.3) > before);
    eco_classifier_free(c);
    ecopt_ctx_free(ctx);
}

/* Probabilities are what they say: of new answers, those expected with P in a tenth come as often.
 */
static void test_calibration(void **state)
{
    (void)state;
    enum { LEARN = 60, ASKED = 200, SETS = 12 };
    ecopt_ctx *ctx = eco_test_ctx();
    static double X[LEARN * 2], y[LEARN];
    double expected[4] = {0}, seen[4] = {0}, count[4] = {0};
    const eco_gp_options options = {.is_plain = true};
    eco_classifier *c = classifier_make(ctx, LEARN, 2, 0, false);
    for (uint64_t set = 0; set < SETS; set++) {
        eco_rng rng;
        eco_gp *gp = NULL;
        eco_rng_init(&rng, set, 2, 1);
        double a = eco_rng_uniform(&rng), b = 6 * eco_rng_uniform(&rng), x[2];
        for (size_t i = 0; i < LEARN + ASKED; i++) {
            x[0] = eco_rng_uniform(&rng);
            x[1] = eco_rng_uniform(&rng);
            double truth = eco_norm_cdf(3 * sin(b * x[0] + 3 * a) + 3 * (x[1] - a));
            double answer = eco_rng_uniform(&rng) < truth ? 1 : 0, mean, sd;
            if (i < LEARN) {
                memcpy(X + 2 * i, x, sizeof x);
                y[i] = answer;
                continue;
            }
            if (i == LEARN) {
                assert_status(ctx, eco_classifier_fit(c, LEARN, X, y, NULL), ECOPT_OK);
                assert_status(ctx, eco_gp_new(ctx, &options, LEARN, 2, &gp), ECOPT_OK);
                assert_status(ctx, eco_classifier_freeze(c, gp), ECOPT_OK);
            }
            eco_gp_predict(gp, x, &mean, &sd, NULL, NULL);
            double p = eco_norm_cdf((eco_classifier_mean(c) + mean) / sqrt(1 + sd * sd));
            size_t bin = (size_t)fmin(4 * p, 3);
            expected[bin] += p;
            seen[bin] += answer;
            count[bin]++;
        }
        eco_gp_free(gp);
    }
    for (size_t bin = 0; bin < 4; bin++) {
        assert_true(count[bin] > 50);
        assert_close(expected[bin] / count[bin], seen[bin] / count[bin], 0, 0.1);
    }
    eco_classifier_free(c);
    ecopt_ctx_free(ctx);
}

static void test_degenerate_data(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double X[N], y[N];
    eco_classifier *c = classifier_make(ctx, N, 1, 0, false);
    for (int kind = 0; kind < 5; kind++) {
        size_t n = kind == 0 ? 1 : N;
        for (size_t i = 0; i < n; i++) {
            X[i] = kind == 1 || kind == 4 ? 0.5 : (double)i / N;    /* all in one place */
            y[i] = kind == 2 ? 1 : kind == 3 ? 0 : (double)(i % 2); /* one class; both at once */
        }
        assert_status(ctx, eco_classifier_fit(c, n, X, y, NULL), ECOPT_OK);
        for (double x = 0; x <= 1; x += 0.25) {
            double p = p_no(ctx, c, n, x);
            assert_true(p > 0 && p < 1);
            if (kind == 1 || kind == 4)
                assert_close(p, 0.5, 0, 0.1);
            assert_true(kind != 2 || p < 0.2);
            assert_true(kind != 3 || p > 0.8);
        }
    }
    eco_classifier_free(c);
    ecopt_ctx_free(ctx);
}

static void test_refusals(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_classifier *c = NULL;
    const eco_classifier_options labels = {.n_labels = 2};
    assert_status(ctx, eco_classifier_new(ctx, NULL, 0, 1, &c), ECOPT_E_LIMIT);
    assert_status(ctx, eco_classifier_new(ctx, NULL, 1, 0, &c), ECOPT_E_LIMIT);
    assert_status(ctx, eco_classifier_new(ctx, NULL, 20001, 1, &c), ECOPT_E_LIMIT);
    assert_status(ctx, eco_classifier_new(ctx, NULL, 1, 8193, &c), ECOPT_E_LIMIT);
    assert_status(ctx, eco_classifier_new(ctx, &labels, 1, 1, &c), ECOPT_E_LIMIT);
    assert_null(c);
    assert_status(ctx, eco_classifier_new(ctx, NULL, 2, 1, &c), ECOPT_OK);
    const double X[3] = {0, nan(""), 1}, y[3] = {0, 1, 0}, wild[3] = {nan(""), 0, 0};
    assert_status(ctx, eco_classifier_fit(c, 0, X, y, NULL), ECOPT_E_LIMIT);
    assert_status(ctx, eco_classifier_fit(c, 3, X, y, NULL), ECOPT_E_LIMIT);
    assert_status(ctx, eco_classifier_fit(c, 2, X, y, NULL), ECOPT_E_RANGE);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "input 0 of point 1"));
    assert_status(ctx, eco_classifier_fit(c, 1, X, y, wild), ECOPT_E_NOT_PD);
    eco_classifier_free(c);
    eco_classifier_free(NULL);
    ecopt_ctx_free(ctx);
}

static void test_allocations(void **state)
{
    (void)state;
    double X[N * D], y[N];
    data_fill(6, N, X, y);
    for (long fail_at = 0;; fail_at++) {
        eco_faulty_alloc faulty = {.fail_at = -1};
        ecopt_ctx *ctx = eco_test_ctx_new(&faulty);
        long live = faulty.live;
        eco_classifier *c = NULL;
        faulty.fail_at = faulty.calls + fail_at;
        ecopt_status status = eco_classifier_new(ctx, NULL, N, D, &c);
        if (status == ECOPT_OK) {
            long before = faulty.calls;
            faulty.fail_at = -1;
            assert_status(ctx, eco_classifier_fit(c, N, X, y, NULL), ECOPT_OK);
            assert_int_equal(faulty.calls, before);
        } else {
            assert_int_equal(status, ECOPT_E_NOMEM);
            assert_null(c);
        }
        eco_classifier_free(c);
        assert_int_equal(faulty.live, live);
        ecopt_ctx_free(ctx);
        if (status == ECOPT_OK)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_point),         cmocka_unit_test(test_two_points),
        cmocka_unit_test(test_against_dense),     cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_fit_climbs),        cmocka_unit_test(test_a_step_does_not_collapse),
        cmocka_unit_test(test_repetition_counts), cmocka_unit_test(test_calibration),
        cmocka_unit_test(test_degenerate_data),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
