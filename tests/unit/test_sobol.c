#include "num/sobol.h"

#include "support/eco_test.h"

#include <stdlib.h>

/* scipy 1.10.1 stats.qmc.Sobol(d=8, scramble=False), rows 0..7 and row 98. */
static const double first[8][8] = {
    {0, 0, 0, 0, 0, 0, 0, 0},
    {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5},
    {0.75, 0.25, 0.25, 0.25, 0.75, 0.75, 0.25, 0.75},
    {0.25, 0.75, 0.75, 0.75, 0.25, 0.25, 0.75, 0.25},
    {0.375, 0.375, 0.625, 0.875, 0.375, 0.125, 0.375, 0.875},
    {0.875, 0.875, 0.125, 0.375, 0.875, 0.625, 0.875, 0.375},
    {0.625, 0.125, 0.875, 0.625, 0.625, 0.875, 0.125, 0.125},
    {0.125, 0.625, 0.375, 0.125, 0.125, 0.375, 0.625, 0.625},
};
static const double row_98[8] = {0.7890625, 0.3828125, 0.1484375, 0.1015625,
                                 0.2578125, 0.3671875, 0.1484375, 0.3515625};

static void test_plain_points_match_scipy(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_sobol *sobol = NULL;
    double x[8];
    assert_status(ctx, eco_sobol_new(ctx, 8, false, 0, &sobol), ECOPT_OK);
    eco_sobol_get(sobol, 98, x);
    for (int j = 0; j < 8; j++)
        assert_true(x[j] == row_98[j]);
    for (uint32_t i = 0; i < 8; i++) {
        eco_sobol_get(sobol, i, x);
        for (int j = 0; j < 8; j++)
            assert_true(x[j] == first[i][j]);
    }
    eco_sobol_free(sobol);
    ecopt_ctx_free(ctx);
}

static void test_plain_points_match_the_oracle_file(void **state)
{
    (void)state;
    char path[512], line[1024];
    const char *folder = getenv("ECOPT_SHARED_DATA");
    snprintf(path, sizeof path, "%s/oracle/sobol_scipy_d8_n128.csv", folder ? folder : "");
    FILE *file = fopen(path, "r");
    if (!file) {
        print_message("skipped: no oracle file '%s'\n", path);
        skip();
    }
    ecopt_ctx *ctx = eco_test_ctx();
    eco_sobol *sobol = NULL;
    assert_status(ctx, eco_sobol_new(ctx, 8, false, 0, &sobol), ECOPT_OK);
    assert_non_null(fgets(line, sizeof line, file));
    for (uint32_t i = 0; i < 128; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        char *rest = line;
        double x[8];
        eco_sobol_get(sobol, i, x);
        for (int j = 0; j < 8; j++, rest++)
            assert_true(x[j] == strtod(rest, &rest));
    }
    fclose(file);
    eco_sobol_free(sobol);
    ecopt_ctx_free(ctx);
}

/* Every dimension of 2^k consecutive points has one point in each of 2^k equal intervals. */
static void assert_stratified(const eco_sobol *sobol, size_t d, uint32_t start, uint32_t n)
{
    static double x[ECO_SOBOL_MAX_DIM * 64];
    for (uint32_t i = 0; i < n; i++)
        eco_sobol_get(sobol, start + i, x + i * d);
    for (size_t j = 0; j < d; j++) {
        uint64_t seen = 0;
        for (uint32_t i = 0; i < n; i++) {
            assert_true(x[i * d + j] >= 0 && x[i * d + j] < 1);
            seen |= UINT64_C(1) << (int)(x[i * d + j] * n);
        }
        assert_true(n == 64 ? seen == UINT64_MAX : seen == (UINT64_C(1) << n) - 1);
    }
}

static void test_all_dimensions_are_stratified(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int scrambled = 0; scrambled < 2; scrambled++) {
        eco_sobol *sobol = NULL;
        assert_status(ctx, eco_sobol_new(ctx, 256, scrambled, 7, &sobol), ECOPT_OK);
        assert_stratified(sobol, 256, 0, 64);
        assert_stratified(sobol, 256, 128, 32);
        eco_sobol_free(sobol);
    }
    ecopt_ctx_free(ctx);
}

/* A (0, 2, 2)-net in the first two dimensions: 16 points, one in each 4 x 4 cell. */
static void test_scrambling_keeps_the_net(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (uint64_t seed = 0; seed < 20; seed++) {
        eco_sobol *sobol = NULL;
        assert_status(ctx, eco_sobol_new(ctx, 2, true, seed, &sobol), ECOPT_OK);
        int cells = 0;
        for (uint32_t i = 16; i < 32; i++) {
            double x[2];
            eco_sobol_get(sobol, i, x);
            cells |= 1 << ((int)(x[0] * 4) * 4 + (int)(x[1] * 4));
        }
        assert_int_equal(cells, 0xffff);
        eco_sobol_free(sobol);
    }
    ecopt_ctx_free(ctx);
}

static void test_scrambling_depends_on_the_seed_only(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_sobol *a = NULL, *b = NULL, *c = NULL;
    assert_status(ctx, eco_sobol_new(ctx, 3, true, 5, &a), ECOPT_OK);
    assert_status(ctx, eco_sobol_new(ctx, 5, true, 5, &b), ECOPT_OK);
    assert_status(ctx, eco_sobol_new(ctx, 3, true, 6, &c), ECOPT_OK);
    double xa[3], xb[5], xc[3], mean[3] = {0};
    for (uint32_t i = 0; i < 1024; i++) {
        eco_sobol_get(a, i, xa);
        eco_sobol_get(b, i, xb);
        eco_sobol_get(c, i, xc);
        for (int j = 0; j < 3; j++) {
            assert_true(xa[j] == xb[j]);
            mean[j] += xa[j] / 1024;
        }
        assert_true(xa[0] != xc[0]);
    }
    for (int j = 0; j < 3; j++)
        assert_close(mean[j], 0.5, 0, 1e-3);
    eco_sobol_free(a);
    eco_sobol_free(b);
    eco_sobol_free(c);
    ecopt_ctx_free(ctx);
}

static void test_limits(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_sobol *sobol = NULL;
    assert_status(ctx, eco_sobol_new(ctx, 0, true, 0, &sobol), ECOPT_E_LIMIT);
    assert_status(ctx, eco_sobol_new(ctx, 257, true, 0, &sobol), ECOPT_E_LIMIT);
    assert_null(sobol);
    eco_sobol_free(NULL);
    assert_status(ctx, eco_sobol_new(ctx, 1, true, 0, &sobol), ECOPT_OK);
    double x;
    eco_sobol_get(sobol, UINT32_MAX, &x);
    assert_true(x >= 0 && x < 1);
    eco_sobol_free(sobol);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_sobol *sobol = NULL;
    ECO_TRY(eco_sobol_new(ctx, 4, true, 1, &sobol));
    eco_sobol_free(sobol);
    return ECOPT_OK;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_points_match_scipy),
        cmocka_unit_test(test_plain_points_match_the_oracle_file),
        cmocka_unit_test(test_all_dimensions_are_stratified),
        cmocka_unit_test(test_scrambling_keeps_the_net),
        cmocka_unit_test(test_scrambling_depends_on_the_seed_only),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
