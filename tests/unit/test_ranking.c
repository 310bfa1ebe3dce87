/* Non-dominated sorting and crowding distance. */
#include "core/rng.h"
#include "ref/naive.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { N = 40, M = 6 };

static eco_rng rng_of(uint64_t item)
{
    eco_rng rng;
    eco_rng_init(&rng, 22, ECO_STREAM_TEST, item);
    return rng;
}

/* On a grid of `levels` values per objective, so that ties and twins abound; 0: no grid. */
static void points_fill(eco_rng *rng, uint64_t levels, size_t count, double *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = levels ? (double)eco_rng_below(rng, levels) : eco_rng_uniform(rng);
}

/* By the definition: peel off what nothing left dominates, until nothing is left. */
static void naive_ranks(size_t n, size_t m, const double *y, size_t *ret_rank)
{
    size_t left = n;
    for (size_t i = 0; i < n; i++)
        ret_rank[i] = n;
    for (size_t front = 0; left > 0; front++) {
        bool is_peeled[N] = {false};
        for (size_t i = 0; i < n; i++) {
            is_peeled[i] = ret_rank[i] == n;
            for (size_t j = 0; j < n && is_peeled[i]; j++)
                is_peeled[i] = ret_rank[j] != n || !naive_dominates(m, y + j * m, y + i * m);
        }
        for (size_t i = 0; i < n; i++)
            if (is_peeled[i]) {
                ret_rank[i] = front;
                left--;
            }
    }
}

static void test_ranks_match_peeling(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double y[N * M];
    size_t rank[N], expected[N];
    for (uint64_t item = 0; item < 400; item++) {
        size_t m = 1 + item % M, n = item % (N + 1);
        eco_rng rng = rng_of(item);
        points_fill(&rng, item % 3 == 0 ? 0 : 2 + item % 7, n * m, y);
        if (item % 5 == 0 && n > 3) { /* infinities are values like others */
            y[1] = HUGE_VAL;
            y[2 * m] = -HUGE_VAL;
        }
        assert_status(ctx, ecopt_nondominated_sort(ctx, n, m, y, rank), ECOPT_OK);
        naive_ranks(n, m, y, expected);
        assert_memory_equal(rank, expected, n * sizeof *rank);
    }
    ecopt_ctx_free(ctx);
}

static void test_ranks_known(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[12] = {1, 4, 2, 3, 2, 5, 4, 1, 4, 4, 1, 4}, chain[4] = {3, 1, 2, 1};
    size_t rank[6];
    const size_t expected[6] = {0, 0, 1, 0, 1, 0}, of_chain[4] = {2, 0, 1, 0};
    assert_status(ctx, ecopt_nondominated_sort(ctx, 6, 2, y, rank), ECOPT_OK);
    assert_memory_equal(rank, expected, sizeof expected);
    assert_status(ctx, ecopt_nondominated_sort(ctx, 4, 1, chain, rank), ECOPT_OK);
    assert_memory_equal(rank, of_chain, sizeof of_chain);
    ecopt_ctx_free(ctx);
}

/* Deb's pseudo-code, literally, for values without ties. */
static double naive_crowding(size_t n, size_t m, const double *y, size_t i)
{
    double sum = 0;
    for (size_t k = 0; k < m; k++) {
        double below = -HUGE_VAL, above = HUGE_VAL, low = HUGE_VAL, high = -HUGE_VAL;
        for (size_t j = 0; j < n; j++) {
            double value = y[j * m + k];
            low = fmin(low, value);
            high = fmax(high, value);
            if (value < y[i * m + k])
                below = fmax(below, value);
            if (value > y[i * m + k])
                above = fmin(above, value);
        }
        sum += (above - below) / (high - low);
    }
    return sum;
}

static void test_crowding_matches_definition(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static double y[N * M], distance[N], scaled[N * M], again[N];
    for (uint64_t item = 0; item < 100; item++) {
        size_t m = 1 + item % M, n = 3 + item % (N - 2);
        eco_rng rng = rng_of(1000 + item);
        points_fill(&rng, 0, n * m, y);
        assert_status(ctx, ecopt_crowding_distance(ctx, n, m, y, distance), ECOPT_OK);
        for (size_t i = 0; i < n; i++)
            assert_close(distance[i], naive_crowding(n, m, y, i), 1e-12, 0);
        /* Units do not matter, even at the edges of doubles. */
        for (size_t i = 0; i < n * m; i++)
            scaled[i] = i % m % 2 ? (2 * y[i] - 1) * 1.5e308 : y[i] * 1e-300;
        assert_status(ctx, ecopt_crowding_distance(ctx, n, m, scaled, again), ECOPT_OK);
        for (size_t i = 0; i < n; i++)
            assert_close(again[i], distance[i], 1e-9, 0);
    }
    ecopt_ctx_free(ctx);
}

static void test_crowding_known(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double distance[6];
    const double y[10] = {0, 1, 0.25, 0.5, 0.5, 0.25, 0.75, 0.125, 1, 0};
    assert_status(ctx, ecopt_crowding_distance(ctx, 5, 2, y, distance), ECOPT_OK);
    assert_true(distance[0] == HUGE_VAL && distance[4] == HUGE_VAL);
    assert_close(distance[1], 0.5 + 0.75, 1e-15, 0);
    assert_close(distance[2], 0.5 + 0.375, 1e-15, 0);
    assert_close(distance[3], 0.5 + 0.25, 1e-15, 0);
    /* One or two points are all ends; an objective that does not vary has none. */
    assert_status(ctx, ecopt_crowding_distance(ctx, 2, 2, y, distance), ECOPT_OK);
    assert_true(distance[0] == HUGE_VAL && distance[1] == HUGE_VAL);
    const double flat[6] = {7, 3, 7, 1, 7, 2}, same[6] = {4, 4, 4, 4, 4, 4};
    assert_status(ctx, ecopt_crowding_distance(ctx, 3, 2, flat, distance), ECOPT_OK);
    assert_true(distance[0] == HUGE_VAL && distance[1] == HUGE_VAL && distance[2] == 1);
    assert_status(ctx, ecopt_crowding_distance(ctx, 3, 2, same, distance), ECOPT_OK);
    assert_true(distance[0] == 0 && distance[1] == 0 && distance[2] == 0);
    /* Of twins in the middle each has the other as neighbour. */
    const double twins[8] = {0, 4, 1, 2, 1, 2, 4, 0};
    assert_status(ctx, ecopt_crowding_distance(ctx, 4, 2, twins, distance), ECOPT_OK);
    assert_close(distance[1], 0.25 + 0.5, 1e-15, 0);
    assert_close(distance[2], 0.75 + 0.5, 1e-15, 0);
    /* An infinite value is an end; next to it there is room without end, and no NaN. */
    const double endless[10] = {0, 9, 1, 6, 2, 4, HUGE_VAL, 1, HUGE_VAL, 0};
    assert_status(ctx, ecopt_crowding_distance(ctx, 5, 2, endless, distance), ECOPT_OK);
    assert_close(distance[1], 1 + 5.0 / 9, 1e-15, 0);
    assert_true(distance[2] == HUGE_VAL && distance[3] == HUGE_VAL && distance[4] == HUGE_VAL);
    const double only[4] = {-HUGE_VAL, 5, HUGE_VAL, 5};
    assert_status(ctx, ecopt_crowding_distance(ctx, 4, 1, only, distance), ECOPT_OK);
    assert_true(distance[0] == HUGE_VAL && distance[1] == HUGE_VAL && distance[3] == HUGE_VAL);
    assert_status(ctx, ecopt_crowding_distance(ctx, 0, 2, NULL, distance), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

static void test_refusals(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double bad[4] = {1, (double)NAN, 1, 1};
    double distance[2];
    size_t rank[2];
    assert_status(ctx, ecopt_nondominated_sort(ctx, 2, 2, bad, rank), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_nondominated_sort(ctx, 2, 17, bad, rank), ECOPT_E_LIMIT);
    assert_status(ctx, ecopt_nondominated_sort(ctx, ECOPT_MAX_OBS + 1, 2, bad, rank),
                  ECOPT_E_LIMIT);
    assert_status(ctx, ecopt_crowding_distance(ctx, 2, 2, bad, distance), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_crowding_distance(ctx, 2, 0, bad, distance), ECOPT_E_LIMIT);
    assert_status(ctx, ecopt_nondominated_sort(ctx, 0, 3, NULL, rank), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    double distance[10];
    size_t rank[10];
    ECO_TRY(ecopt_nondominated_sort(ctx, 10, 3, user, rank));
    return ecopt_crowding_distance(ctx, 10, 3, user, distance);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    double y[30];
    eco_rng rng = rng_of(7);
    points_fill(&rng, 5, 30, y);
    eco_test_alloc_sweep(attempt, y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks_match_peeling),
        cmocka_unit_test(test_ranks_known),
        cmocka_unit_test(test_crowding_matches_definition),
        cmocka_unit_test(test_crowding_known),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
