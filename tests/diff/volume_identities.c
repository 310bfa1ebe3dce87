/*
 * Hypervolume, contributions, fronts and archives of sets too large for the definitions, held to
 * each other: no order of objectives or points, no unit, no way of adding up changes a volume.
 */
#include "core/rng.h"
#include "ref/naive.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { N = 160, M = 7 };

/* kind 0: a curved front; 1: anything, most of it dominated; 2: a coarse grid; 3: a plane with
 * rounded coordinates, so that they coincide while few points are dominated. */
static void points_fill(eco_rng *rng, size_t kind, size_t n, size_t m, double *y)
{
    for (size_t i = 0; i < n; i++) {
        double *row = y + i * m, sum = 0;
        for (size_t k = 0; k < m; k++) {
            row[k] = eco_rng_uniform(rng);
            if (kind == 2)
                row[k] = floor(7 * row[k]) / 7;
            if (kind == 3)
                row[k] = -log(1 - row[k]);
            sum += kind == 3 ? row[k] : row[k] * row[k];
        }
        for (size_t k = 0; k < m && (kind == 0 || kind == 3); k++) {
            row[k] /= kind == 3 ? sum : sqrt(sum);
            if (kind == 3)
                row[k] = rint(24 * row[k]) / 24;
        }
    }
}

static double volume_of(ecopt_ctx *ctx, size_t n, size_t m, const double *y, const double *ref)
{
    double hv = -1;
    assert_status(ctx, ecopt_hypervolume(ctx, n, m, y, ref, &hv), ECOPT_OK);
    return hv;
}

static void refs_fill(size_t m, double *ref)
{
    for (size_t k = 0; k < m; k++)
        ref[k] = k % 2 ? 1.05 : 0.9;
}

static void test_order_of_objectives_and_points(void **state)
{
    (void)state;
    static double y[N * M], turned[N * M];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 33, ECO_STREAM_TEST, 0);
    for (size_t round = 0; round < 48; round++) {
        size_t m = 2 + round % (M - 1), n = m < 5 ? N : m < 6 ? 60 : 30;
        double ref[M], ref_turned[M];
        points_fill(&rng, round / 6 % 4, n, m, y);
        refs_fill(m, ref);
        double hv = volume_of(ctx, n, m, y, ref);
        assert_true(hv > 0);
        for (size_t turn = 0; turn < m; turn++) {
            for (size_t k = 0; k < m; k++) {
                ref_turned[(k + turn) % m] = ref[k];
                for (size_t i = 0; i < n; i++) /* 31 and n have no common factor */
                    turned[(31 * i + turn) % n * m + (k + turn) % m] = y[i * m + k];
            }
            assert_close(volume_of(ctx, n, m, turned, ref_turned), hv, 1e-12, 0);
        }
    }
    ecopt_ctx_free(ctx);
}

/* Keeps the rows of the front; returns how many. */
static size_t front_keep(ecopt_ctx *ctx, size_t n, size_t m, double *y)
{
    size_t index[N], count = 0;
    assert_status(ctx, ecopt_nondominated(ctx, n, m, y, index, &count), ECOPT_OK);
    for (size_t i = 0; i < count; i++)
        memmove(y + i * m, y + index[i] * m, m * sizeof *y);
    return count;
}

/* What a front loses without a point is the point's contribution. */
static void test_contributions_are_losses(void **state)
{
    (void)state;
    static double y[N * M], rest[N * M], own[N], again[N];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 33, ECO_STREAM_TEST, 1);
    for (size_t round = 0; round < 40; round++) {
        size_t m = 2 + round % 5, n = m < 4 ? N : 24;
        double ref[M];
        points_fill(&rng, round / 5 % 4, n, m, y);
        refs_fill(m, ref);
        n = front_keep(ctx, n, m, y);
        double hv = volume_of(ctx, n, m, y, ref), sum = 0;
        assert_status(ctx, ecopt_hypervolume_contributions(ctx, n, m, y, ref, own), ECOPT_OK);
        for (size_t i = 0; i < n; i++) {
            memcpy(rest, y, n * m * sizeof *y);
            memcpy(rest + i * m, y + (n - 1) * m, m * sizeof *y);
            double loss = hv - volume_of(ctx, n - 1, m, rest, ref);
            assert_close(own[i], loss, 1e-9, 1e-12 * hv);
            assert_true(own[i] >= 0);
            sum += own[i];
        }
        assert_true(sum <= hv * (1 + 1e-12));
        /* A further copy of every point leaves nothing to any. */
        if (n * 2 <= N) {
            memcpy(rest, y, n * m * sizeof *y);
            memcpy(rest + n * m, y, n * m * sizeof *y);
            assert_status(ctx, ecopt_hypervolume_contributions(ctx, 2 * n, m, rest, ref, again),
                          ECOPT_OK);
            for (size_t i = 0; i < 2 * n; i++)
                assert_true(again[i] == 0);
        }
    }
    ecopt_ctx_free(ctx);
}

/* Powers of two as units: the digits of a volume stay, even where products overflow on the way. */
static void test_units_are_exact(void **state)
{
    (void)state;
    static double y[N * M], scaled[N * M], own[N], again[N];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 33, ECO_STREAM_TEST, 2);
    const int exponents[M] = {1000, 999, -1010, -980, 3, -900, 890};
    for (size_t round = 0; round < 24; round++) {
        size_t m = 2 + round % (M - 1), n = m < 5 ? 40 : 15;
        double ref[M], ref_scaled[M];
        int sum = 0;
        points_fill(&rng, round / 6, n, m, y);
        refs_fill(m, ref);
        for (size_t k = 0; k < m; k++) {
            /* Two objectives together must stay representable; more of them balance. */
            int e = m == 2 ? (k ? -960 : 1000) : exponents[k];
            sum += e;
            ref_scaled[k] = ldexp(ref[k], e);
            for (size_t i = 0; i < n; i++)
                scaled[i * m + k] = ldexp(y[i * m + k], e);
        }
        if (sum < 1000)
            assert_true(volume_of(ctx, n, m, scaled, ref_scaled) ==
                        ldexp(volume_of(ctx, n, m, y, ref), sum));
        assert_status(ctx, ecopt_hypervolume_contributions(ctx, n, m, y, ref, own), ECOPT_OK);
        assert_status(ctx, ecopt_hypervolume_contributions(ctx, n, m, scaled, ref_scaled, again),
                      ECOPT_OK);
        for (size_t i = 0; i < n; i++)
            assert_true(again[i] == ldexp(own[i], sum));
    }
    ecopt_ctx_free(ctx);
}

/* Far apart and close together: nothing becomes NaN, negative or infinite. */
static void test_extremes(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double far_apart[9] = {-1e300, 1, 1e-300, 0, 0, -1e300, 1e-300, -1e300, 0.5};
    const double ref[3] = {1e300, 2, 1}, near[3] = {nextafter(1e300, 0), 1, 0.5};
    double hv = -1, own[3];
    assert_status(ctx, ecopt_hypervolume(ctx, 3, 3, far_apart, ref, &hv), ECOPT_E_NUMERIC);
    assert_status(ctx, ecopt_hypervolume_contributions(ctx, 3, 3, far_apart, ref, own),
                  ECOPT_E_NUMERIC); /* the first point alone has about 1e300, but the last 1e600 */
    ecopt_ctx_free(ctx);
    ctx = eco_test_ctx();
    assert_close(volume_of(ctx, 1, 3, near, ref), (1e300 - nextafter(1e300, 0)) * 0.5, 1e-15, 0);
    const double least[2] = {0, 0}, tiny[2] = {4.9406564584124654e-324, 1e300};
    assert_close(volume_of(ctx, 1, 2, least, tiny), 4.9406564584124654e-324 * 1e300, 1e-15, 0);
    const double wide[2] = {-1.7e308, -1e-10}, top[2] = {1.7e308, 0};
    assert_close(volume_of(ctx, 1, 2, wide, top), 3.4e298, 1e-15, 0);
    ecopt_ctx_free(ctx);
}

/* Front marks of large sets with ties, three objectives and others, by the definition; the archive
 * must hold the same after any order of arrival. */
static void test_large_fronts(void **state)
{
    (void)state;
    static double y[N * M];
    static size_t index[N], rank[N];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 33, ECO_STREAM_TEST, 3);
    for (size_t round = 0; round < 60; round++) {
        size_t m = 1 + round % 5, count = 0, next = 0;
        points_fill(&rng, round / 5 % 4, N, m, y);
        if (round % 2) {
            y[0] = HUGE_VAL;
            y[3 * m] = -HUGE_VAL;
        }
        assert_status(ctx, ecopt_nondominated(ctx, N, m, y, index, &count), ECOPT_OK);
        assert_status(ctx, ecopt_nondominated_sort(ctx, N, m, y, rank), ECOPT_OK);
        ecopt_archive *archive = NULL;
        assert_status(ctx, ecopt_archive_new(ctx, m, &archive), ECOPT_OK);
        for (size_t i = 0; i < N; i++) {
            ecopt_archive_change change;
            assert_status(ctx, ecopt_archive_add(archive, y + i * m, (long long)i, &change),
                          ECOPT_OK);
            bool is_equal = false, is_worse = false;
            for (size_t j = 0; j < i; j++) {
                is_equal = is_equal || memcmp(y + j * m, y + i * m, m * sizeof *y) == 0;
                is_worse = is_worse || naive_dominates(m, y + j * m, y + i * m);
            }
            assert_int_equal(change, is_worse   ? ECOPT_ARCHIVE_DOMINATED
                                     : is_equal ? ECOPT_ARCHIVE_EQUAL
                                                : ECOPT_ARCHIVE_ADDED);
        }
        for (size_t i = 0; i < N; i++) {
            if (!naive_is_front(N, m, y, i))
                continue;
            assert_true(next < count && next < ecopt_archive_count(archive));
            assert_int_equal(index[next], i);
            assert_int_equal(rank[i], 0);
            assert_int_equal(ecopt_archive_id(archive, next), i);
            assert_memory_equal(ecopt_archive_values(archive, next), y + i * m, m * sizeof *y);
            next++;
        }
        assert_int_equal(next, count);
        assert_int_equal(next, ecopt_archive_count(archive));
        ecopt_archive_free(archive);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_objectives_and_points),
        cmocka_unit_test(test_contributions_are_losses),
        cmocka_unit_test(test_units_are_exact),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_large_fronts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
