/* Quality indicators and the pick within bounds. */
#include "core/rng.h"
#include "ref/naive.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { N = 12, M = 5 };

typedef ecopt_status indicator(ecopt_ctx *ctx, size_t n, size_t m, const double *y, size_t n_target,
                               const double *target, double *ret);

static double value_of(indicator *of, size_t n, size_t m, const double *y, size_t n_target,
                       const double *target)
{
    ecopt_ctx *ctx = eco_test_ctx();
    double value = -77;
    assert_status(ctx, of(ctx, n, m, y, n_target, target, &value), ECOPT_OK);
    ecopt_ctx_free(ctx);
    return value;
}

static void test_known_values(void **state)
{
    (void)state;
    /* Zitzler et al. 2003: a set that another dominates needs a shift, the other none. */
    const double a[8] = {1, 5, 2, 3, 4, 2, 6, 1}, worse[8] = {2, 6, 3, 4, 5, 3, 7, 2};
    assert_true(value_of(ecopt_epsilon_additive, 4, 2, a, 4, a) == 0);
    assert_true(value_of(ecopt_epsilon_additive, 4, 2, worse, 4, a) == 1);
    assert_true(value_of(ecopt_epsilon_additive, 4, 2, a, 4, worse) == -1);
    assert_true(value_of(ecopt_epsilon_additive, 1, 2, a, 4, a) == 4);
    assert_true(value_of(ecopt_igd, 4, 2, a, 4, a) == 0);
    assert_true(value_of(ecopt_igd_plus, 4, 2, a, 4, worse) == 0);
    assert_close(value_of(ecopt_igd_plus, 4, 2, worse, 4, a), sqrt(2), 1e-15, 0);
    /* Ishibuchi et al. 2015, figure 1 idea: one point, distance in the bad direction only. */
    const double point[2] = {5, 1}, target[4] = {2, 5, 8, 1};
    assert_close(value_of(ecopt_igd, 1, 2, point, 2, target), (5 + 3) / 2.0, 1e-15, 0);
    assert_close(value_of(ecopt_igd_plus, 1, 2, point, 2, target), (3 + 0) / 2.0, 1e-15, 0);
}

/* The definitions, in long double. */
static double naive(indicator *of, size_t n, size_t m, const double *y, size_t n_target,
                    const double *target)
{
    long double worst = -HUGE_VALL, sum = 0;
    for (size_t j = 0; j < n_target; j++) {
        long double best_shift = HUGE_VALL, best_distance = HUGE_VALL;
        for (size_t i = 0; i < n; i++) {
            long double shift = -HUGE_VALL, squares = 0;
            for (size_t k = 0; k < m; k++) {
                long double d = (long double)y[i * m + k] - target[j * m + k];
                shift = fmaxl(shift, d);
                squares += of == ecopt_igd || d > 0 ? d * d : 0;
            }
            best_shift = fminl(best_shift, shift);
            best_distance = fminl(best_distance, sqrtl(squares));
        }
        worst = fmaxl(worst, best_shift);
        sum += best_distance;
    }
    return (double)(of == ecopt_epsilon_additive ? worst : sum / (long double)n_target);
}

static void test_definitions(void **state)
{
    (void)state;
    indicator *const all[3] = {ecopt_epsilon_additive, ecopt_igd, ecopt_igd_plus};
    eco_rng rng;
    eco_rng_init(&rng, 32, ECO_STREAM_TEST, 0);
    for (size_t round = 0; round < 150; round++) {
        size_t m = 1 + round % M, n = 1 + round % N, n_target = 1 + round % 7;
        /* Squares of the smallest vanish, of the largest overflow. */
        const double scales[4] = {1, 1e-200, 1e200, 1e3};
        double y[N * M], target[N * M], scale = scales[round % 4];
        for (size_t i = 0; i < n * m; i++)
            y[i] = scale * (eco_rng_uniform(&rng) - 0.3);
        for (size_t i = 0; i < n_target * m; i++)
            target[i] = scale * (eco_rng_uniform(&rng) - 0.5);
        for (size_t i = 0; i < 3; i++)
            assert_close(value_of(all[i], n, m, y, n_target, target),
                         naive(all[i], n, m, y, n_target, target), 1e-13, 0);
        /* A set that is better everywhere is never worse by epsilon and IGD+. */
        double better[N * M];
        for (size_t i = 0; i < n * m; i++)
            better[i] = y[i] - scale * 0.2 * eco_rng_uniform(&rng);
        for (size_t i = 0; i < 3; i += 2)
            assert_true(value_of(all[i], n, m, better, n_target, target) <=
                        value_of(all[i], n, m, y, n_target, target));
    }
}

static void test_edges(void **state)
{
    (void)state;
    indicator *const all[3] = {ecopt_epsilon_additive, ecopt_igd, ecopt_igd_plus};
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[4] = {HUGE_VAL, 0, 1, 2}, r[2] = {0, 1}, nan_row[2] = {(double)NAN, 0},
                 low[2] = {-HUGE_VAL, 0};
    double value = 5;
    for (size_t i = 0; i < 3; i++) {
        assert_status(ctx, all[i](ctx, 0, 2, y, 1, r, &value), ECOPT_E_ARG);
        assert_status(ctx, all[i](ctx, 1, 2, y, 0, r, &value), ECOPT_E_ARG);
        assert_status(ctx, all[i](ctx, 1, 2, nan_row, 1, r, &value), ECOPT_E_RANGE);
        assert_status(ctx, all[i](ctx, 1, 2, low, 1, r, &value), ECOPT_E_RANGE);
        assert_status(ctx, all[i](ctx, 1, 2, r, 1, nan_row, &value), ECOPT_E_RANGE);
        assert_status(ctx, all[i](ctx, 1, 2, r, 1, y, &value), ECOPT_E_RANGE);
        assert_status(ctx, all[i](ctx, 1, 17, y, 1, r, &value), ECOPT_E_LIMIT);
        assert_status(ctx, all[i](ctx, 1, 2, y, ECOPT_MAX_OBS + 1, r, &value), ECOPT_E_LIMIT);
        assert_true(value == 5);
        assert_true(value_of(all[i], 1, 2, y, 1, r) == HUGE_VAL);
        assert_true(isfinite(value_of(all[i], 2, 2, y, 1, r)));
    }
    ecopt_ctx_free(ctx);
}

static void test_pick_known(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    /* Error rate and joules: the last two rows are twins of the third, one dominated. */
    const double y[12] = {0.1, 900, 0.2, 500, 0.3, 100, 0.05, 2000, 0.2, 450, 0.2, 450};
    size_t index = 99;
    const double within[2] = {HUGE_VAL, 600}, exact[2] = {HUGE_VAL, 900}, none[2] = {0.5, 99},
                 all[2] = {HUGE_VAL, HUGE_VAL}, own[2] = {0.1, HUGE_VAL}, bad[2] = {(double)NAN, 1};
    assert_status(ctx, ecopt_pick_within(ctx, 6, 2, y, 0, within, &index), ECOPT_OK);
    assert_int_equal(index, 4); /* not row 1: as accurate, less energy; not its later twin */
    assert_status(ctx, ecopt_pick_within(ctx, 6, 2, y, 0, exact, &index), ECOPT_OK);
    assert_int_equal(index, 0); /* a bound includes its value */
    assert_status(ctx, ecopt_pick_within(ctx, 6, 2, y, 0, all, &index), ECOPT_OK);
    assert_int_equal(index, 3);
    assert_status(ctx, ecopt_pick_within(ctx, 6, 2, y, 1, own, &index), ECOPT_OK);
    assert_int_equal(index, 0); /* least energy among those with at most 10 % error */
    assert_status(ctx, ecopt_pick_within(ctx, 6, 2, y, 0, none, &index), ECOPT_E_NOT_FOUND);
    assert_status(ctx, ecopt_pick_within(ctx, 0, 2, y, 0, all, &index), ECOPT_E_NOT_FOUND);
    assert_status(ctx, ecopt_pick_within(ctx, 6, 2, y, 2, all, &index), ECOPT_E_ARG);
    assert_status(ctx, ecopt_pick_within(ctx, 6, 2, y, 0, bad, &index), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_pick_within(ctx, 1, 2, bad, 0, all, &index), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_pick_within(ctx, 1, 0, y, 0, all, &index), ECOPT_E_LIMIT);
    assert_int_equal(index, 0);
    ecopt_ctx_free(ctx);
}

/* On a coarse grid: within the bounds, no one within them better, never dominated. */
static void test_pick_by_looking_at_each(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 32, ECO_STREAM_TEST, 1);
    for (size_t round = 0; round < 300; round++) {
        size_t m = 1 + round % M, n = 1 + round % N, k = round % m, index = n, n_within = 0;
        double y[N * M], bound[M];
        bool is_within[N];
        for (size_t i = 0; i < n * m; i++)
            y[i] = (double)eco_rng_below(&rng, 4);
        for (size_t j = 0; j < m; j++)
            bound[j] = (double)eco_rng_below(&rng, 5) - 0.5 * (double)eco_rng_below(&rng, 2);
        for (size_t i = 0; i < n; i++) {
            is_within[i] = true;
            for (size_t j = 0; j < m; j++)
                is_within[i] = is_within[i] && y[i * m + j] <= bound[j];
            n_within += is_within[i];
        }
        ecopt_status status = ecopt_pick_within(ctx, n, m, y, k, bound, &index);
        assert_int_equal(status, n_within ? ECOPT_OK : ECOPT_E_NOT_FOUND);
        if (!n_within)
            continue;
        assert_true(index < n && is_within[index]);
        assert_true(naive_is_front(n, m, y, index));
        for (size_t i = 0; i < n; i++)
            assert_true(!is_within[i] || y[i * m + k] >= y[index * m + k]);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_definitions),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_pick_known),
        cmocka_unit_test(test_pick_by_looking_at_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
