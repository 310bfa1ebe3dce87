/*
 * The surrogate on input that no one should have to think about: finite, positive, no crash, for
 * every kernel, kind of column and kind of value.
 */
#include "core/rng.h"
#include "gp/gp.h"
#include "support/eco_test.h"

enum { N = 24, D = 500, LEVELS = 500, KINDS = 9 };

/* Values of one kind: what trials may report. */
static double value_of(int kind, size_t i, eco_rng *rng)
{
    switch (kind) {
    case 0:
        return eco_rng_normal(rng);
    case 1:
        return 7; /* all equal */
    case 2:
        return 0;
    case 3:
        return 1e-300 * (double)(i + 1);
    case 4:
        return 1e300 * eco_rng_normal(rng);
    case 5:
        return i == 3 ? 1e300 : 1e-300; /* both ends at once */
    case 6:
        return 1 + 1e-15 * (double)(i % 2); /* one unit in the last place */
    case 7:
        return i % 2 ? 1e307 : -1e307;
    default:
        return (double)(i % 3);
    }
}

static void check(ecopt_ctx *ctx, const eco_gp_options *options, size_t n, size_t d, int kind)
{
    static double X[N * D], y[N], se[N], x[D], dmean[D], dsd[D], loo_mean[N], loo_sd[N];
    eco_rng rng;
    eco_rng_init(&rng, n, ECO_STREAM_TEST, d + (size_t)kind);
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_copy = i > 0 && i % 4 == 0; /* every fourth row repeats the first */
        for (size_t j = 0; j < d; j++) {
            bool is_label = j >= d - options->n_labels;
            double fresh = is_label ? (double)eco_rng_below(&rng, LEVELS) : eco_rng_uniform(&rng);
            X[i * d + j] = is_copy ? X[j] : fresh;
        }
        y[i] = value_of(kind, i, &rng);
        se[i] = i % 5 == 0 ? fabs(y[i]) / 10 : 0;
        largest = fmax(largest, fabs(y[i]));
    }
    eco_gp *gp = NULL;
    assert_status(ctx, eco_gp_new(ctx, options, n, d, &gp), ECOPT_OK);
    assert_status(ctx, eco_gp_fit(gp, n, X, y, se, NULL), ECOPT_OK);
    for (size_t j = 0; j < eco_gp_n_theta(gp); j++)
        assert_true(isfinite(eco_gp_theta(gp)[j]));
    for (size_t i = 0; i < 6; i++) {
        double mean, sd;
        for (size_t j = 0; j < d; j++)
            x[j] = i == 0 ? X[j] : j < d - options->n_labels ? eco_rng_uniform(&rng) : LEVELS - 1;
        eco_gp_predict(gp, x, &mean, &sd, dmean, dsd);
        assert_true(isfinite(mean) && fabs(mean) <= 2 * largest);
        assert_true(isfinite(sd) && sd > 0);
        /* Slopes of values near the end of the range may lie beyond it, but are numbers. */
        for (size_t j = 0; j < d; j++)
            assert_true(!isnan(dmean[j]) && !isnan(dsd[j]));
    }
    eco_gp_loo(gp, loo_mean, loo_sd);
    for (size_t i = 0; i < n; i++)
        assert_true(!isnan(loo_mean[i]) && loo_sd[i] > 0);
    eco_gp_free(gp);
}

static void test_every_kind_of_value(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const size_t rows[4] = {1, 2, 9, N};
    for (int round = 0; round < 4 * KINDS * 4; round++) {
        eco_gp_options options = {.kernel = round % 2 ? ECO_KERNEL_RBF : ECO_KERNEL_MATERN52,
                                  .is_warped = round / 4 % 2,
                                  .n_labels = (size_t)(round / KINDS) % 4,
                                  .noise_floor = round % 3 ? 1e-6 : 0};
        check(ctx, &options, rows[round / KINDS / 4], 3, round % KINDS);
    }
    ecopt_ctx_free(ctx);
}

/* As many inputs as a large study has; labels of 500 values. */
static void test_many_inputs(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const size_t inputs[3] = {200, D, D}, labels[3] = {0, 0, 100};
    for (int k = 0; k < 3; k++) {
        eco_gp_options options = {.n_labels = labels[k]};
        check(ctx, &options, N, inputs[k], 0);
        check(ctx, &options, 1, inputs[k], 1);
    }
    ecopt_ctx_free(ctx);
}

/* Rows with equal inputs act as their mean, measured so much better. */
static void test_replicates(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double X[6] = {0.1, 0.6, 0.6, 0.6, 0.6, 0.9}, y[6] = {1, 2, 4, 1, 3, 0.5};
    const double distinct[3] = {0.1, 0.6, 0.9}, mean_y[3] = {1, 2.5, 0.5};
    const double theta[3] = {log(0.3), log(1e-6), log(0.9)};
    const double se[6] = {0.2, 0.4, 0.4, 0.4, 0.4, 0.2}, mean_se[3] = {0.2, 0.2, 0.2};
    const eco_gp_options options = {.is_plain = true};
    eco_gp *all = NULL, *merged = NULL;
    assert_status(ctx, eco_gp_new(ctx, &options, 6, 1, &all), ECOPT_OK);
    assert_status(ctx, eco_gp_new(ctx, &options, 3, 1, &merged), ECOPT_OK);
    assert_status(ctx, eco_gp_condition(all, 6, X, y, se, theta), ECOPT_OK);
    assert_status(ctx, eco_gp_condition(merged, 3, distinct, mean_y, mean_se, theta), ECOPT_OK);
    for (size_t i = 0; i < 6; i++) {
        double x[1] = {0.19 * (double)i}, m[2], s[2], dm[2], ds[2];
        eco_gp_predict(all, x, &m[0], &s[0], &dm[0], &ds[0]);
        eco_gp_predict(merged, x, &m[1], &s[1], &dm[1], &ds[1]);
        assert_close(m[0], m[1], 1e-4, 1e-5); /* the learned noise of 1e-6 is per reading */
        assert_close(s[0], s[1], 1e-4, 0);
        assert_close(dm[0], dm[1], 1e-3, 1e-4);
        assert_close(ds[0], ds[1], 1e-3, 1e-4);
    }
    eco_gp_free(all);
    eco_gp_free(merged);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_value),
        cmocka_unit_test(test_many_inputs),
        cmocka_unit_test(test_replicates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
