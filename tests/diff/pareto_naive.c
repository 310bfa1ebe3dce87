/*
 * Fronts, volumes, boxes and knees against their definitions, on small random sets with many ties,
 * points beyond the reference and repeated points.
 */
#include "core/rng.h"
#include "pareto/boxes.h"
#include "ref/naive.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { N = 9, M = 6, ROUNDS = 250 };

/* Half of the sets lie on a coarse grid, so that coordinates coincide. */
static void points_fill(eco_rng *rng, bool is_grid, size_t n, size_t m, double *y)
{
    for (size_t i = 0; i < n * m; i++) {
        double u = eco_rng_uniform(rng);
        y[i] = is_grid ? floor(6 * u) / 5 : 1.2 * u - 0.1;
    }
}

static void test_hypervolume_by_inclusion_and_exclusion(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 21, ECO_STREAM_TEST, 0);
    const double ref[M] = {1, 0.9, 1.1, 1, 0.8, 1};
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = 1 + (size_t)round % M, n = (size_t)round % (N + 1);
        double y[N * M], hv = -1;
        points_fill(&rng, round % 4 < 2, n, m, y);
        assert_status(ctx, ecopt_hypervolume(ctx, n, m, y, ref, &hv), ECOPT_OK);
        assert_close(hv, naive_hypervolume(n, m, y, ref), 1e-11, 1e-12);
    }
    ecopt_ctx_free(ctx);
}

static void test_contributions_are_differences(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 21, ECO_STREAM_TEST, 1);
    const double ref[M] = {1, 0.9, 1.1, 1, 0.8, 1};
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = 1 + (size_t)round % M, n = 1 + (size_t)round % N, count = 0;
        double y[N * M], front[N * M], own[N];
        size_t row[N];
        points_fill(&rng, round % 4 < 2, n, m, y);
        assert_status(ctx, ecopt_hypervolume_contributions(ctx, n, m, y, ref, own), ECOPT_OK);
        for (size_t i = 0; i < n; i++) {
            bool is_front = naive_is_front(n, m, y, i);
            if (is_front) {
                memcpy(front + count * m, y + i * m, m * sizeof *y);
                row[count++] = i;
            } else
                assert_true(own[i] == 0);
        }
        double whole = naive_hypervolume(count, m, front, ref);
        for (size_t f = 0; f < count; f++) {
            double rest[N * M];
            bool has_twin = false;
            memcpy(rest, front, sizeof rest);
            memcpy(rest + f * m, front + (count - 1) * m, m * sizeof *y);
            for (size_t i = 0; i < n; i++)
                has_twin = has_twin ||
                           (i != row[f] && memcmp(y + i * m, front + f * m, m * sizeof *y) == 0);
            double loss = has_twin ? 0 : whole - naive_hypervolume(count - 1, m, rest, ref);
            assert_close(own[row[f]], loss, 1e-9, 1e-12);
        }
    }
    ecopt_ctx_free(ctx);
}

/* A random place is in exactly one box, or dominated, or not below the reference. */
static void test_boxes_are_a_partition(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 21, ECO_STREAM_TEST, 2);
    const double ref[4] = {1, 0.9, 1.05, 1};
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = 1 + (size_t)round % 4, n = (size_t)round % (N + 1);
        double y[N * 4];
        eco_boxes boxes;
        points_fill(&rng, round % 2 == 0, n, m, y);
        if (n > 2)
            y[m] = ref[0]; /* on the reference: worth nothing */
        assert_status(ctx, eco_boxes_init(ctx, n, m, y, ref, &boxes), ECOPT_OK);
        for (int place = 0; place < 40; place++) {
            double a[4];
            size_t holders = 0;
            bool is_free = true;
            for (size_t k = 0; k < m; k++) {
                a[k] = 1.6 * eco_rng_uniform(&rng) - 0.5;
                is_free = is_free && a[k] < ref[k];
            }
            for (size_t i = 0; i < n; i++)
                is_free = is_free && !naive_dominates(m, y + i * m, a);
            for (size_t b = 0; b < boxes.n; b++) {
                bool holds = true;
                for (size_t k = 0; k < m; k++)
                    holds = holds && a[k] > eco_boxes_lower(&boxes, b, k) &&
                            a[k] < eco_boxes_upper(&boxes, b, k);
                holders += holds;
            }
            assert_int_equal(holders, is_free);
        }
        /* No more boxes than the points that count allow. */
        size_t counted = 0;
        for (size_t i = 0; i < n; i++) {
            bool is_below = naive_is_front(n, m, y, i);
            for (size_t k = 0; k < m; k++)
                is_below = is_below && y[i * m + k] < ref[k];
            counted += is_below;
        }
        assert_true(m == 1 ? boxes.n == 1 : m > 2 || boxes.n <= counted + 1);
        eco_boxes_release(&boxes);
    }
    ecopt_ctx_free(ctx);
}

/* After every single point the archive holds the front of all points so far. */
static void test_archive_is_the_front_of_all(void **state)
{
    (void)state;
    enum { MANY = 30 };
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 21, ECO_STREAM_TEST, 3);
    for (int round = 0; round < 30; round++) {
        size_t m = 1 + (size_t)round % 4;
        double y[MANY * 4];
        ecopt_archive *archive = NULL;
        points_fill(&rng, round % 2 == 0, MANY, m, y);
        assert_status(ctx, ecopt_archive_new(ctx, m, &archive), ECOPT_OK);
        for (size_t n = 1; n <= MANY; n++) {
            const double *last = y + (n - 1) * m;
            ecopt_archive_change change;
            assert_status(ctx, ecopt_archive_add(archive, last, (long long)n - 1, &change),
                          ECOPT_OK);
            size_t next = 0, index[MANY], count = 0;
            assert_status(ctx, ecopt_nondominated(ctx, n, m, y, index, &count), ECOPT_OK);
            for (size_t i = 0; i < n; i++) {
                if (!naive_is_front(n, m, y, i))
                    continue;
                assert_true(next < ecopt_archive_count(archive) && next < count);
                assert_int_equal(index[next], i);
                assert_int_equal(ecopt_archive_id(archive, next), i);
                assert_memory_equal(ecopt_archive_values(archive, next++), y + i * m,
                                    m * sizeof *y);
            }
            assert_int_equal(next, ecopt_archive_count(archive));
            assert_int_equal(next, count);
            assert_int_equal(change == ECOPT_ARCHIVE_ADDED, naive_is_front(n, m, y, n - 1));
        }
        ecopt_archive_free(archive);
    }
    ecopt_ctx_free(ctx);
}

/* The front point with the smallest sum of scaled objectives, found by looking at each. */
static void test_knee_by_looking_at_each(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 21, ECO_STREAM_TEST, 4);
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = 2 + (size_t)round % 3, n = 1 + (size_t)round % N, index = 99, n_front = 0;
        double y[N * 4], depth = -1, best = HUGE_VAL, sums[N];
        points_fill(&rng, false, n, m, y);
        double low[4], high[4];
        for (size_t k = 0; k < m; k++) {
            low[k] = HUGE_VAL;
            high[k] = -HUGE_VAL;
            for (size_t i = 0; i < n; i++)
                if (naive_is_front(n, m, y, i)) {
                    low[k] = fmin(low[k], y[i * m + k]);
                    high[k] = fmax(high[k], y[i * m + k]);
                }
        }
        for (size_t i = 0; i < n; i++) {
            sums[i] = HUGE_VAL;
            if (!naive_is_front(n, m, y, i))
                continue;
            n_front++;
            sums[i] = 0;
            for (size_t k = 0; k < m; k++)
                sums[i] += high[k] > low[k] ? (y[i * m + k] - low[k]) / (high[k] - low[k]) : 0;
            best = fmin(best, sums[i]);
        }
        assert_status(ctx, ecopt_knee(ctx, n, m, y, &index, &depth), ECOPT_OK);
        assert_true(index < n);
        assert_close(sums[index], best, 1e-12, 1e-12);
        assert_close(depth, n_front == 1 ? 0 : (1 - best) / sqrt((double)m), 1e-11, 1e-11);
        if (m == 2 && n_front > 1) {
            /* Signed distance to the chord of the extremes (low, high) and (high, low). */
            double a = (y[2 * index] - low[0]) / (high[0] - low[0]);
            double b = (y[2 * index + 1] - low[1]) / (high[1] - low[1]);
            assert_close(depth, ((0 - 1) * (b - 1) - (1 - 0) * a) / hypot(1, 1), 1e-11, 1e-11);
        }
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hypervolume_by_inclusion_and_exclusion),
        cmocka_unit_test(test_contributions_are_differences),
        cmocka_unit_test(test_boxes_are_a_partition),
        cmocka_unit_test(test_archive_is_the_front_of_all),
        cmocka_unit_test(test_knee_by_looking_at_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
