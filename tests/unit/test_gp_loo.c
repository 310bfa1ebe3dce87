/* Leave-one-out predictions. */
#include "core/rng.h"
#include "gp/gp.h"
#include "support/eco_test.h"

/* Waves at scattered points. */
static void data_fill(size_t n, size_t d, double *X, double *y)
{
    eco_rng rng;
    eco_rng_init(&rng, 0, ECO_STREAM_TEST, n);
    for (size_t i = 0; i < n; i++) {
        y[i] = 0;
        for (size_t j = 0; j < d; j++) {
            X[i * d + j] = eco_rng_uniform(&rng);
            y[i] += sin(4 * X[i * d + j] + (double)j);
        }
    }
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
    data_fill(FEW, 2, X, y);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leave_one_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
