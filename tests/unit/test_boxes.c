/*
 * The boxes are a partition of what the front leaves: volumes, places, numbers, and what they do
 * with ties, duplicates and too many points.
 */
#include "pareto/boxes.h"

#include "core/rng.h"
#include "ref/naive.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>
#include <string.h>

/* Points near a sphere's quarter facing 0, all non-dominated with probability 1. */
static void sphere_fill(uint64_t seed, size_t n, size_t m, double *y)
{
    eco_rng rng;
    eco_rng_init(&rng, seed, ECO_STREAM_TEST, n);
    for (size_t i = 0; i < n; i++) {
        double sum = 0, *at = y + i * m;
        for (size_t k = 0; k < m; k++) {
            at[k] = fabs(eco_rng_normal(&rng));
            sum += at[k] * at[k];
        }
        for (size_t k = 0; k < m; k++)
            at[k] = 1 - at[k] / sqrt(sum);
    }
}

static eco_boxes boxes_of(ecopt_ctx *ctx, size_t n, size_t m, const double *y, const double *ref)
{
    eco_boxes boxes;
    assert_status(ctx, eco_boxes_init(ctx, n, m, y, ref, &boxes), ECOPT_OK);
    for (size_t k = 0; k < m; k++) {
        assert_true(boxes.edge[boxes.start[k]] == -HUGE_VAL);
        assert_true(boxes.edge[boxes.start[k + 1] - 1] == ref[k]);
        for (size_t e = boxes.start[k] + 1; e < boxes.start[k + 1]; e++)
            assert_true(boxes.edge[e] > boxes.edge[e - 1]);
        for (size_t b = 0; b < boxes.n; b++) {
            size_t lower = boxes.lower[k * boxes.n + b], upper = boxes.upper[k * boxes.n + b];
            assert_true(lower >= boxes.start[k] && lower < upper && upper < boxes.start[k + 1]);
            assert_true(k > 0 || lower == boxes.start[0]);
        }
    }
    return boxes;
}

/* Volume of the boxes above `floor` in every objective. */
static double volume_above(const eco_boxes *boxes, double floor)
{
    double sum = 0;
    for (size_t b = 0; b < boxes->n; b++) {
        double box = 1;
        for (size_t k = 0; k < boxes->m; k++) {
            double low = fmax(floor, eco_boxes_lower(boxes, b, k));
            box *= fmax(0, eco_boxes_upper(boxes, b, k) - low);
        }
        sum += box;
    }
    return sum;
}

/* Boxes + dominated volume = everything; no two boxes overlap, so no box is counted twice. */
static void assert_partition(ecopt_ctx *ctx, size_t n, size_t m, const double *y, const double *ref)
{
    eco_boxes boxes = boxes_of(ctx, n, m, y, ref);
    double hv, whole = 1;
    assert_status(ctx, ecopt_hypervolume(ctx, n, m, y, ref, &hv), ECOPT_OK);
    for (size_t k = 0; k < m; k++)
        whole *= ref[k] + 3;
    assert_close(volume_above(&boxes, -3), whole - hv, 1e-12, 0);
    for (size_t a = 0; a < boxes.n; a++)
        for (size_t b = 0; b < a; b++) {
            bool is_apart = false;
            for (size_t k = 0; k < m; k++)
                is_apart = is_apart ||
                           boxes.lower[k * boxes.n + a] >= boxes.upper[k * boxes.n + b] ||
                           boxes.lower[k * boxes.n + b] >= boxes.upper[k * boxes.n + a];
            assert_true(is_apart);
        }
    eco_boxes_release(&boxes);
}

static void test_partition_of_fronts(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double y[40 * 6];
    const double ref[6] = {1.1, 1.2, 1.05, 1.1, 1.3, 1.1};
    const size_t most[7] = {0, 40, 40, 40, 30, 16, 12};
    for (size_t m = 1; m <= 6; m++)
        for (size_t n = 0; n <= most[m]; n += 1 + n / 3) {
            sphere_fill(3 * m, n, m, y);
            assert_partition(ctx, n, m, y, ref);
        }
    ecopt_ctx_free(ctx);
}

/* Few distinct values: ties in every objective, duplicates, points on and beyond the reference. */
static void test_partition_with_ties(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    double y[14 * 5];
    const double ref[5] = {4, 4, 4, 4, 4};
    for (uint64_t round = 0; round < 300; round++) {
        size_t m = 2 + round % 4, n = 1 + round % 14;
        eco_rng_init(&rng, 9, ECO_STREAM_TEST, round);
        for (size_t i = 0; i < n * m; i++)
            y[i] = floor((round % 3 == 0 ? 6 : 3) * eco_rng_uniform(&rng));
        assert_partition(ctx, n, m, y, ref);
    }
    ecopt_ctx_free(ctx);
}

/* What the order of the points must not change: the boxes, here their number and upper corners. */
static void test_order_and_useless_points_change_nothing(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    enum { FRONT = 12 };
    for (size_t m = 2; m <= 4; m++) {
        double y[FRONT * 4], more[(FRONT + 4) * 4], ref[4] = {1, 1, 1, 1};
        sphere_fill(m, FRONT, m, y);
        for (size_t k = 0; k < m; k++) {
            more[k] = 2;                                /* beyond */
            more[m + k] = y[k] + 0.001;                 /* dominated */
            more[2 * m + k] = y[m + k];                 /* twice there */
            more[3 * m + k] = k == 0 ? HUGE_VAL : -0.5; /* infinitely bad */
        }
        for (size_t i = 0; i < FRONT; i++)
            memcpy(more + (4 + i) * m, y + (FRONT - 1 - i) * m, m * sizeof *y);
        eco_boxes a = boxes_of(ctx, FRONT, m, y, ref), b = boxes_of(ctx, FRONT + 4, m, more, ref);
        assert_int_equal(a.n, b.n);
        assert_int_equal(b.n_points, FRONT);
        assert_int_equal(b.n_left_out, 0);
        for (size_t i = 0; i < a.n; i++) {
            size_t found = 0;
            for (size_t j = 0; j < b.n; j++) {
                bool is_same = true;
                for (size_t k = 0; k < m; k++)
                    is_same = is_same && eco_boxes_upper(&a, i, k) == eco_boxes_upper(&b, j, k);
                found += is_same;
            }
            assert_int_equal(found, 1);
        }
        eco_boxes_release(&a);
        eco_boxes_release(&b);
    }
    ecopt_ctx_free(ctx);
}

/* One box per local upper bound: n + 1 for two objectives, 2 n + 1 for three. */
static void test_numbers_of_boxes(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static double y[300 * 3];
    const double ref[3] = {2, 2, 2};
    for (size_t n = 0; n <= 300; n += 1 + n / 2)
        for (size_t m = 1; m <= 3; m++) {
            sphere_fill(m, n, m, y);
            eco_boxes boxes = boxes_of(ctx, n, m, y, ref);
            assert_int_equal(boxes.n, m == 1 ? 1 : (m - 1) * n + 1);
            assert_int_equal(boxes.n_points, m == 1 ? n > 0 : n);
            eco_boxes_release(&boxes);
        }
    ecopt_ctx_free(ctx);
}

/* Large fronts: each place below the reference is in one box if no point dominates it, else none.
 */
static void test_places_of_large_fronts(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static double y[120 * 5];
    const double ref[5] = {1, 1, 1, 1, 1};
    eco_rng rng;
    eco_rng_init(&rng, 12, ECO_STREAM_TEST, 0);
    for (size_t m = 2; m <= 5; m++) {
        size_t n = m < 5 ? 120 : 60;
        sphere_fill(m, n, m, y);
        eco_boxes boxes = boxes_of(ctx, n, m, y, ref);
        for (int place = 0; place < 300; place++) {
            double at[5];
            size_t holders = 0;
            bool is_free = true;
            for (size_t k = 0; k < m; k++)
                at[k] = 1.1 * eco_rng_uniform(&rng) - 0.1;
            for (size_t k = 0; k < m; k++)
                is_free = is_free && at[k] < 1;
            for (size_t i = 0; i < n; i++)
                is_free = is_free && !naive_dominates(m, y + i * m, at);
            for (size_t b = 0; b < boxes.n; b++) {
                bool holds = true;
                for (size_t k = 0; k < m && holds; k++)
                    holds = at[k] > eco_boxes_lower(&boxes, b, k) &&
                            at[k] < eco_boxes_upper(&boxes, b, k);
                holders += holds;
            }
            assert_int_equal(holders, is_free);
        }
        eco_boxes_release(&boxes);
    }
    ecopt_ctx_free(ctx);
}

/* Beyond the limit points are left out: the boxes are disjoint still and cover what is free. */
static void test_too_many_boxes(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    enum { M = 8, POINTS = 120 };
    static double y[POINTS * M];
    double ref[M], at[M];
    size_t best = 0, n_free = 0;
    eco_rng rng;
    eco_rng_init(&rng, 12, ECO_STREAM_TEST, 1);
    sphere_fill(5, POINTS, M, y);
    for (size_t i = 0; i < POINTS; i++)
        best = y[i * M] < y[best * M] ? i : best;
    for (size_t k = 0; k < M; k++)
        ref[k] = 1.1;
    eco_boxes boxes = boxes_of(ctx, POINTS, M, y, ref);
    assert_true(boxes.n_left_out > 0 && boxes.n_points > 40);
    assert_int_equal(boxes.n_points + boxes.n_left_out, POINTS);
    assert_true(boxes.n <= ECO_BOXES_MAX && boxes.n > ECO_BOXES_MAX / 2);
    for (int place = 0; place < 200; place++) {
        size_t holders = 0, near = (size_t)place % POINTS;
        bool is_free = true;
        for (size_t k = 0; k < M; k++)
            at[k] = fmin(1.09, y[near * M + k] + 0.4 * eco_rng_uniform(&rng) - 0.1);
        for (size_t i = 0; i < POINTS; i++)
            is_free = is_free && !naive_dominates(M, y + i * M, at);
        for (size_t b = 0; b < boxes.n; b++) {
            bool holds = true;
            for (size_t k = 0; k < M && holds; k++)
                holds =
                    at[k] > eco_boxes_lower(&boxes, b, k) && at[k] < eco_boxes_upper(&boxes, b, k);
            holders += holds;
        }
        assert_true(holders == 1 || (holders == 0 && !is_free));
        /* The best point of objective 0 is always kept. */
        assert_true(holders == 0 || !naive_dominates(M, y + best * M, at));
        n_free += is_free;
    }
    assert_true(n_free > 20 && n_free < 180);
    eco_boxes_release(&boxes);
    ecopt_ctx_free(ctx);
}

static void test_extreme_values(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double sizes[3] = {1e-300, 1, 1e300};
    for (int s = 0; s < 3; s++) {
        double y[4 * 3] = {1, 3, 2, 2, 1, 3, 3, 2, 1, -4, 3.5, 3.5}, ref[3] = {4, 4, 4};
        for (size_t i = 0; i < 12; i++)
            y[i] *= sizes[s];
        for (size_t k = 0; k < 3; k++)
            ref[k] *= sizes[s];
        eco_boxes boxes = boxes_of(ctx, 4, 3, y, ref);
        assert_int_equal(boxes.n, 9);
        for (size_t b = 0; b < boxes.n; b++)
            for (size_t k = 0; k < 3; k++)
                assert_true(isfinite(eco_boxes_upper(&boxes, b, k)));
        eco_boxes_release(&boxes);
    }
    ecopt_ctx_free(ctx);
}

static void test_refusals(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double ref[2] = {1, 1}, bad[2] = {0, (double)NAN}, low[2] = {-HUGE_VAL, 0};
    const double no_ref[2] = {1, HUGE_VAL};
    eco_boxes boxes = {.n = 77};
    assert_status(ctx, eco_boxes_init(ctx, 1, 2, bad, ref, &boxes), ECOPT_E_RANGE);
    assert_status(ctx, eco_boxes_init(ctx, 1, 2, low, ref, &boxes), ECOPT_E_RANGE);
    assert_status(ctx, eco_boxes_init(ctx, 0, 2, NULL, no_ref, &boxes), ECOPT_E_RANGE);
    assert_status(ctx, eco_boxes_init(ctx, 0, 0, NULL, ref, &boxes), ECOPT_E_LIMIT);
    assert_status(ctx, eco_boxes_init(ctx, 0, ECOPT_MAX_OBJECTIVES + 1, NULL, ref, &boxes),
                  ECOPT_E_LIMIT);
    assert_int_equal(boxes.n, 77);
    eco_boxes none = {0};
    eco_boxes_release(&none);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    eco_boxes boxes;
    const double ref[4] = {1, 1, 1, 1};
    ECO_TRY(eco_boxes_init(ctx, 20, 4, user, ref, &boxes));
    eco_boxes_release(&boxes);
    return ECOPT_OK;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    double y[20 * 4];
    sphere_fill(8, 20, 4, y);
    eco_test_alloc_sweep(attempt, y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partition_of_fronts),
        cmocka_unit_test(test_partition_with_ties),
        cmocka_unit_test(test_order_and_useless_points_change_nothing),
        cmocka_unit_test(test_numbers_of_boxes),
        cmocka_unit_test(test_places_of_large_fronts),
        cmocka_unit_test(test_too_many_boxes),
        cmocka_unit_test(test_extreme_values),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
