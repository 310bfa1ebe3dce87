/* Leave-one-out predictions, and outliers: found on both sides, never in clean data. */
#include "core/rng.h"
#include "gp/gp.h"
#include "support/eco_test.h"

enum { N = 60, D = 4, FUNCTIONS = 8 };

/* Waves, bowls, slopes, ridges, exponentials, poles, cliffs: what a clean program may look like. */
static double clean(int function, size_t d, const double *x)
{
    double sum = 0, a = 15 * x[0] - 5, b = 15 * x[d > 1 ? 1 : 0];
    for (size_t j = 0; j < d; j++)
        sum += function == 0 ? sin(4 * x[j] + (double)j) : x[j] * x[j];
    switch (function) {
    case 1:
        return (1 + sum) * cos(1.5708 * x[0]);
    case 2:
        return (1 + 9 * sum / (double)d) * (1 - sqrt(x[0] / (1 + 9 * sum / (double)d)));
    case 3: /* Branin's */
        return pow(b - 0.1292 * a * a + 1.5915 * a - 6, 2) + 9.602 * cos(a) + 10;
    case 4:
        return x[0];
    case 5:
        return exp(5 * sum / (double)d);
    case 6:
        return 1 / (0.05 + x[0]);
    case 7:
        return x[0] > 0.7;
    default:
        return sum;
    }
}

/* @return standard deviation of the values */
static double data_fill(int function, size_t n, size_t d, double *X, double *y)
{
    eco_rng rng;
    double mean = 0, square = 0;
    eco_rng_init(&rng, (uint64_t)function, ECO_STREAM_TEST, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++)
            X[i * d + j] = eco_rng_uniform(&rng);
        y[i] = clean(function, d, X + i * d);
        mean += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        square += (y[i] - mean) * (y[i] - mean) / (double)n;
    return sqrt(square);
}

static eco_gp *gp_make(ecopt_ctx *ctx, size_t n, size_t d, bool is_robust)
{
    eco_gp *gp = NULL;
    const eco_gp_options options = {.is_robust = is_robust, .noise_floor = 1e-6};
    assert_status(ctx, eco_gp_new(ctx, &options, n, d, &gp), ECOPT_OK);
    return gp;
}

/* The formulas against models that really lack the row.  Their constant mean is learned from one
 * row less, so they agree only nearly; with many rows far apart that does not show. */
static void test_leave_one_out(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    enum { FEW = 30 };
    double X[FEW * 2], y[FEW], rest_X[FEW * 2], rest[FEW], loo_mean[FEW], loo_sd[FEW];
    const double theta[4] = {log(0.15), log(0.2), log(0.03), log(1.2)};
    data_fill(0, FEW, 2, X, y);
    eco_gp *gp = NULL;
    const eco_gp_options plain = {.is_plain = true};
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        assert_status(ctx, eco_gp_new(ctx, is_plain ? &plain : NULL, FEW, 2, &gp), ECOPT_OK);
        for (size_t i = 0; i < FEW; i++) {
            assert_status(ctx, eco_gp_condition(gp, FEW, X, y, NULL, theta), ECOPT_OK);
            eco_gp_loo(gp, loo_mean, loo_sd);
            for (size_t k = 0, to = 0; k < FEW; k++) {
                if (k == i)
                    continue;
                memcpy(rest_X + 2 * to, X + 2 * k, 2 * sizeof *X);
                rest[to++] = y[k];
            }
            assert_status(ctx, eco_gp_condition(gp, FEW - 1, rest_X, rest, NULL, theta), ECOPT_OK);
            double mean, sd;
            eco_gp_predict(gp, X + 2 * i, &mean, &sd, NULL, NULL);
            sd = hypot(sd, eco_gp_noise_sd(gp));
            assert_close(loo_mean[i], mean, is_plain ? 1e-9 : 0, is_plain ? 1e-10 : 0.1);
            assert_close(loo_sd[i], sd, is_plain ? 1e-9 : 0.1, 0);
        }
        eco_gp_free(gp);
    }
    ecopt_ctx_free(ctx);
}

/* Not a row of it, and so the very same model as without the option. */
static void test_clean_data_are_left_alone(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static double X[N * D], y[N];
    for (int function = 0; function < FUNCTIONS; function++) {
        for (size_t n = 10; n <= N; n += 10) {
            size_t d = 1 + n / 10 % D;
            data_fill(function, n, d, X, y);
            eco_gp *plain = gp_make(ctx, n, d, false), *robust = gp_make(ctx, n, d, true);
            assert_status(ctx, eco_gp_fit(plain, n, X, y, NULL, NULL), ECOPT_OK);
            assert_status(ctx, eco_gp_fit(robust, n, X, y, NULL, NULL), ECOPT_OK);
            for (size_t i = 0; i < n; i++)
                assert_true(eco_gp_outlier_sd(robust, i) == 0);
            assert_memory_equal(eco_gp_theta(plain), eco_gp_theta(robust), (d + 2) * sizeof *y);
            eco_gp_free(plain);
            eco_gp_free(robust);
        }
    }
    ecopt_ctx_free(ctx);
}

/* One value 20 sd or 1e6 sd off, up or down: found, and the model is nearly that of the others. */
static void test_outlier_is_found(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static double X[N * D], y[N];
    const double sizes[4] = {20, -20, 1e6, -1e6};
    for (int round = 0; round < 28; round++) {
        int function = round % 7;
        size_t n = 10 + 10 * (size_t)(round % 6), d = 1 + (size_t)round % D, at = n / 3;
        double sd = data_fill(function, n, d, X, y), truth = y[at], mean, unsure;
        double size = sizes[round / 7] * sd;
        y[at] += size;
        eco_gp *gp = gp_make(ctx, n, d, true);
        assert_status(ctx, eco_gp_fit(gp, n, X, y, NULL, NULL), ECOPT_OK);
        assert_true(eco_gp_outlier_sd(gp, at) > 0.2 * fabs(size));
        assert_true(eco_gp_outlier_sd(gp, at) < 0.6 * fabs(size));
        for (size_t i = 0; i < n; i++)
            assert_true(i == at || eco_gp_outlier_sd(gp, i) == 0);
        eco_gp_predict(gp, X + at * d, &mean, &unsure, NULL, NULL);
        assert_true(fabs(mean - truth) < 0.2 * fabs(size) && fabs(mean - truth) < 8 * sd);
        /* The same data, a moment later and without the option: nothing is left of it. */
        assert_status(ctx, eco_gp_condition(gp, n, X, y, NULL, eco_gp_theta(gp)), ECOPT_OK);
        assert_true(eco_gp_outlier_sd(gp, at) == 0);
        eco_gp_free(gp);
    }
    ecopt_ctx_free(ctx);
}

/* A value whose own error explains it is no outlier; nor is anything among seven rows. */
static void test_known_errors_and_few_rows(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static double X[N * D], y[N], se[N];
    double sd = data_fill(0, N, 2, X, y);
    y[20] += 20 * sd;
    se[20] = 10 * sd;
    eco_gp *gp = gp_make(ctx, N, 2, true);
    assert_status(ctx, eco_gp_fit(gp, N, X, y, se, NULL), ECOPT_OK);
    assert_true(eco_gp_outlier_sd(gp, 20) == 0);
    se[20] = sd;
    assert_status(ctx, eco_gp_fit(gp, N, X, y, se, NULL), ECOPT_OK);
    assert_true(eco_gp_outlier_sd(gp, 20) > 0);
    y[3] += 100 * sd;
    assert_status(ctx, eco_gp_fit(gp, 7, X, y, NULL, NULL), ECOPT_OK);
    assert_true(eco_gp_outlier_sd(gp, 3) == 0);
    assert_status(ctx, eco_gp_fit(gp, 8, X, y, NULL, NULL), ECOPT_OK);
    assert_true(eco_gp_outlier_sd(gp, 3) > 0);
    eco_gp_free(gp);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leave_one_out),
        cmocka_unit_test(test_clean_data_are_left_alone),
        cmocka_unit_test(test_outlier_is_found),
        cmocka_unit_test(test_known_errors_and_few_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
