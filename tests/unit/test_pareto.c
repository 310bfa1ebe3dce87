#include "core/rng.h"
#include "pareto/boxes.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

/* Published cases; hypervolume as minimisation. */
static void test_hypervolume_known_values(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double hv;
    /* BoTorch test/utils/multi_objective/test_hypervolume.py (maximised there). */
    const double a[10] = {-8.5, -3, -8.5, -3.5, -5, -5, -9, -1, -4, -5}, zero[3] = {0, 0, 0};
    assert_status(ctx, ecopt_hypervolume(ctx, 5, 2, a, zero, &hv), ECOPT_OK);
    assert_close(hv, 37.75, 1e-15, 0);
    const double b[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, ref_b[3] = {2.1, 2.5, 2.3};
    assert_status(ctx, ecopt_hypervolume(ctx, 3, 3, b, ref_b, &hv), ECOPT_OK);
    assert_close(hv, 11.075, 1e-14, 0);
    const double c[30] = {
        0.42890000759972685, 0.1446377658556118,  0.10335085850913295, 0.49502106785623134,
        0.7344368200145969,  0.5124511265981003,  0.5332028064973291,  0.36775794432917486,
        0.5261970836251835,  0.20238412378158688, 0.5960106882406603,  0.32491865590163566,
        0.5815435820797972,  0.08375675085018466, 0.44044408882261904, 0.6135323874039154,
        0.5658986040644925,  0.39684098121151284, 0.3798488823307603,  0.03960860698719982,
        0.3957157311550265,  0.4045394517331393,  0.07282417302694655, 0.5699496614967537,
        0.5912790502720109,  0.06392539039575441, 0.17204800894814581, 0.6620860391018546,
        0.7241037454151875,  0.06024010111083461};
    const double ref_c[5] = {1.1, 1.1, 1.1, 1.1, 1.1};
    assert_status(ctx, ecopt_hypervolume(ctx, 6, 5, c, ref_c, &hv), ECOPT_OK);
    assert_close(hv, 0.42127855991587, 1e-13, 0);
    /* One objective is a length; no point below the reference is nothing. */
    assert_status(ctx, ecopt_hypervolume(ctx, 3, 1, c, ref_c, &hv), ECOPT_OK);
    assert_close(hv, 1.1 - 0.10335085850913295, 1e-15, 0);
    assert_status(ctx, ecopt_hypervolume(ctx, 1, 2, ref_b, zero, &hv), ECOPT_OK);
    assert_true(hv == 0);
    assert_status(ctx, ecopt_hypervolume(ctx, 0, 4, NULL, ref_c, &hv), ECOPT_OK);
    assert_true(hv == 0);
    ecopt_ctx_free(ctx);
}

/* Points on a coarse grid, so that ties and duplicates abound. */
static void grid_fill(uint64_t item, size_t n, size_t m, uint64_t levels, double *y)
{
    eco_rng rng;
    eco_rng_init(&rng, 21, ECO_STREAM_TEST, item);
    for (size_t i = 0; i < n * m; i++)
        y[i] = (double)eco_rng_below(&rng, levels);
}

/* Unit cells below `levels` that some point dominates: exact for grid points. */
static double brute_volume(size_t n, size_t m, const double *y, unsigned levels)
{
    unsigned cells = 1, count = 0;
    for (size_t k = 0; k < m; k++)
        cells *= levels;
    for (unsigned cell = 0; cell < cells; cell++) {
        bool is_dominated = false;
        for (size_t i = 0; i < n && !is_dominated; i++) {
            unsigned rest = cell;
            is_dominated = true;
            for (size_t k = 0; k < m; k++, rest /= levels)
                is_dominated = is_dominated && y[i * m + k] <= rest % levels;
        }
        count += is_dominated;
    }
    return count;
}

/* What the front loses without point i, by cell counting; 0 when another point is as good. */
static double brute_contribution(size_t n, size_t m, const double *y, size_t point)
{
    double rest[12 * 5];
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        ecopt_dominance r = ecopt_dominance_compare(m, y + i * m, y + point * m);
        if (i != point && (r == ECOPT_DOMINANCE_FIRST || r == ECOPT_DOMINANCE_EQUAL))
            return 0;
        if (i != point && r != ECOPT_DOMINANCE_SECOND)
            memcpy(rest + rows++ * m, y + i * m, m * sizeof *y);
    }
    double before = brute_volume(rows, m, rest, 5);
    memcpy(rest + rows++ * m, y + point * m, m * sizeof *y);
    return brute_volume(rows, m, rest, 5) - before;
}

static void test_hypervolume_and_contributions_match_cell_counts(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double y[12 * 5], own[12], hv;
    for (uint64_t item = 0; item < 300; item++) {
        size_t m = 1 + item % 5, n = 1 + item % 12;
        double ref[5] = {5, 5, 5, 5, 5};
        grid_fill(item, n, m, 6, y); /* value 5 lies on the reference */
        assert_status(ctx, ecopt_hypervolume(ctx, n, m, y, ref, &hv), ECOPT_OK);
        assert_close(hv, brute_volume(n, m, y, 5), 1e-12, 0);
        assert_status(ctx, ecopt_hypervolume_contributions(ctx, n, m, y, ref, own), ECOPT_OK);
        /* Dominated rows take nothing, so counting with front rows alone is the same: points that
         * some third point dominates are covered in both counts. */
        for (size_t i = 0; i < n; i++)
            assert_close(own[i], brute_contribution(n, m, y, i), 0, 1e-9);
    }
    ecopt_ctx_free(ctx);
}

static void test_boxes_fill_the_rest(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double y[12 * 4];
    for (uint64_t item = 0; item < 200; item++) {
        size_t m = 1 + item % 4, n = item % 12;
        double ref[4] = {5, 5, 5, 5}, sum = 0, total = 1;
        grid_fill(item, n, m, 7, y);
        eco_boxes boxes;
        assert_status(ctx, eco_boxes_init(ctx, n, m, y, ref, &boxes), ECOPT_OK);
        for (size_t b = 0; b < boxes.n; b++) {
            double box = 1;
            for (size_t k = 0; k < m; k++) {
                double low = fmax(0, eco_boxes_lower(&boxes, b, k)),
                       high = eco_boxes_upper(&boxes, b, k);
                assert_true(high > eco_boxes_lower(&boxes, b, k) && high <= 5);
                box *= high > low ? high - low : 0;
            }
            sum += box;
        }
        for (size_t k = 0; k < m; k++)
            total *= 5;
        assert_close(sum + brute_volume(n, m, y, 5), total, 1e-12, 0);
        assert_true(m != 2 || boxes.n <= n + 1);
        eco_boxes_release(&boxes);
        eco_boxes_release(&boxes);
    }
    ecopt_ctx_free(ctx);
}

static void test_nondominated_matches_definition(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double y[20 * 4];
    size_t index[20], count;
    for (uint64_t item = 0; item < 200; item++) {
        size_t m = 1 + item % 4, n = item % 21, expected = 0;
        grid_fill(item, n, m, 4, y);
        assert_status(ctx, ecopt_nondominated(ctx, n, m, y, index, &count), ECOPT_OK);
        for (size_t i = 0; i < n; i++) {
            bool is_front = true;
            for (size_t j = 0; j < n; j++) {
                ecopt_dominance r = ecopt_dominance_compare(m, y + j * m, y + i * m);
                is_front = is_front && r != ECOPT_DOMINANCE_FIRST &&
                           !(r == ECOPT_DOMINANCE_EQUAL && j < i);
            }
            if (is_front)
                assert_true(expected < count && index[expected++] == i);
        }
        assert_int_equal(count, expected);
    }
    ecopt_ctx_free(ctx);
}

static void test_dominance(void **state)
{
    (void)state;
    const double a[2] = {1, 2}, b[2] = {1, 3}, c[2] = {0, 5}, bad[2] = {(double)NAN, 0};
    assert_int_equal(ecopt_dominance_compare(2, a, b), ECOPT_DOMINANCE_FIRST);
    assert_int_equal(ecopt_dominance_compare(2, b, a), ECOPT_DOMINANCE_SECOND);
    assert_int_equal(ecopt_dominance_compare(2, a, c), ECOPT_DOMINANCE_NONE);
    assert_int_equal(ecopt_dominance_compare(2, a, a), ECOPT_DOMINANCE_EQUAL);
    assert_int_equal(ecopt_dominance_compare(2, a, bad), ECOPT_DOMINANCE_NONE);
}

static void test_archive_equals_batch_front(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double y[60 * 3];
    for (uint64_t item = 0; item < 20; item++) {
        size_t m = 2 + item % 2, n = 60, index[60], count;
        grid_fill(item, n, m, 30, y);
        ecopt_archive *archive = NULL;
        assert_status(ctx, ecopt_archive_new(ctx, m, &archive), ECOPT_OK);
        for (size_t i = 0; i < n; i++)
            assert_status(ctx, ecopt_archive_add(archive, y + i * m, (long long)i, NULL), ECOPT_OK);
        assert_status(ctx, ecopt_nondominated(ctx, n, m, y, index, &count), ECOPT_OK);
        assert_int_equal(ecopt_archive_count(archive), count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(ecopt_archive_id(archive, i), index[i]);
            assert_memory_equal(ecopt_archive_values(archive, i), y + index[i] * m, m * sizeof *y);
        }
        ecopt_archive_free(archive);
    }
    ecopt_ctx_free(ctx);
}

static void test_archive_says_what_happened(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_archive *archive = NULL;
    ecopt_archive_change change;
    const double a[2] = {2, 2}, worse[2] = {2, 3}, better[2] = {1, 2}, bad[2] = {(double)NAN, 0};
    assert_status(ctx, ecopt_archive_new(ctx, 0, &archive), ECOPT_E_LIMIT);
    assert_status(ctx, ecopt_archive_new(ctx, 17, &archive), ECOPT_E_LIMIT);
    assert_status(ctx, ecopt_archive_new(ctx, 2, &archive), ECOPT_OK);
    assert_status(ctx, ecopt_archive_add(archive, a, 1, &change), ECOPT_OK);
    assert_int_equal(change, ECOPT_ARCHIVE_ADDED);
    assert_status(ctx, ecopt_archive_add(archive, a, 2, &change), ECOPT_OK);
    assert_int_equal(change, ECOPT_ARCHIVE_EQUAL);
    assert_status(ctx, ecopt_archive_add(archive, worse, 3, &change), ECOPT_OK);
    assert_int_equal(change, ECOPT_ARCHIVE_DOMINATED);
    assert_status(ctx, ecopt_archive_add(archive, better, 4, &change), ECOPT_OK);
    assert_int_equal(change, ECOPT_ARCHIVE_ADDED);
    assert_int_equal(ecopt_archive_count(archive), 1);
    assert_int_equal(ecopt_archive_id(archive, 0), 4);
    assert_status(ctx, ecopt_archive_add(archive, bad, 5, &change), ECOPT_E_RANGE);
    assert_int_equal(ecopt_archive_count(archive), 1);
    ecopt_archive_free(archive);
    ecopt_archive_free(NULL);
    ecopt_ctx_free(ctx);
}

static void test_knee(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    size_t index;
    double depth;
    /* Unit square corner at (0.1, 0.2): depth (1 - 0.3) / sqrt 2; the dominated last row is void.
     */
    const double y[10] = {0, 1, 1, 0, 0.1, 0.2, 0.5, 0.1, 0.5, 0.5};
    assert_status(ctx, ecopt_knee(ctx, 5, 2, y, &index, &depth), ECOPT_OK);
    assert_int_equal(index, 2);
    assert_close(depth, 0.7 / sqrt(2), 1e-14, 0);
    /* Scaling of one objective, even to the edge of doubles, changes nothing. */
    double scaled[10];
    for (int i = 0; i < 10; i++)
        scaled[i] = i % 2 ? y[i] * 1e-300 : (2 * y[i] - 1) * 1e308;
    assert_status(ctx, ecopt_knee(ctx, 5, 2, scaled, &index, &depth), ECOPT_OK);
    assert_int_equal(index, 2);
    assert_close(depth, 0.7 / sqrt(2), 1e-13, 0);
    assert_status(ctx, ecopt_knee(ctx, 1, 2, y, &index, &depth), ECOPT_OK);
    assert_true(index == 0 && depth == 0);
    /* Of two points equally deep the first. */
    const double twins[8] = {0, 1, 0.25, 0.25, 0.125, 0.375, 1, 0};
    assert_status(ctx, ecopt_knee(ctx, 4, 2, twins, &index, NULL), ECOPT_OK);
    assert_int_equal(index, 1);
    const double same[4] = {3, 3, 3, 3}, infinite[2] = {HUGE_VAL, 0};
    assert_status(ctx, ecopt_knee(ctx, 2, 2, same, &index, NULL), ECOPT_OK);
    assert_int_equal(index, 0);
    assert_status(ctx, ecopt_knee(ctx, 0, 2, y, &index, NULL), ECOPT_E_ARG);
    assert_status(ctx, ecopt_knee(ctx, 1, 2, infinite, &index, NULL), ECOPT_E_RANGE);
    const double third[6] = {0, 1, 1, 0, 2, HUGE_VAL};
    assert_status(ctx, ecopt_knee(ctx, 3, 2, third, &index, NULL), ECOPT_E_RANGE);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "objective 1 of point 2 is not finite"));
    ecopt_ctx_free(ctx);
}

static void test_hypervolume_properties(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double y[40 * 3], mirrored[40 * 3], hv, other, before = 0;
    eco_rng rng;
    eco_rng_init(&rng, 4, ECO_STREAM_TEST, 0);
    for (int i = 0; i < 120; i++)
        y[i] = eco_rng_uniform(&rng);
    const double ref[3] = {0.9, 0.8, 1.1}, ref_turned[3] = {1.1 * 8, 0.9, 0.8};
    for (size_t n = 1; n <= 40; n++) {
        assert_status(ctx, ecopt_hypervolume(ctx, n, 3, y, ref, &hv), ECOPT_OK);
        assert_true(hv >= before); /* a further point takes nothing away */
        before = hv;
        /* Rows reversed, columns turned, one objective scaled by 8. */
        for (size_t i = 0; i < n; i++) {
            mirrored[i * 3] = 8 * y[(n - 1 - i) * 3 + 2];
            mirrored[i * 3 + 1] = y[(n - 1 - i) * 3];
            mirrored[i * 3 + 2] = y[(n - 1 - i) * 3 + 1];
        }
        assert_status(ctx, ecopt_hypervolume(ctx, n, 3, mirrored, ref_turned, &other), ECOPT_OK);
        assert_close(other, 8 * hv, 1e-12, 0);
    }
    ecopt_ctx_free(ctx);
}

static void test_refusals(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double bad[4] = {1, (double)NAN, 1, 1}, low[2] = {-HUGE_VAL, 0}, high[2] = {HUGE_VAL, 0};
    const double ref[2] = {2, 2}, huge[2] = {1e300, 1e300}, mirror[2] = {-1e300, -1e300};
    double hv = 7, own[2];
    size_t index[2], count;
    eco_boxes boxes;
    assert_status(ctx, ecopt_hypervolume(ctx, 2, 2, bad, ref, &hv), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_hypervolume(ctx, 1, 2, low, ref, &hv), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_hypervolume(ctx, 1, 2, ref, high, &hv), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_hypervolume(ctx, 1, 17, ref, ref, &hv), ECOPT_E_LIMIT);
    assert_status(ctx, ecopt_hypervolume(ctx, 20001, 2, ref, ref, &hv), ECOPT_E_LIMIT);
    assert_status(ctx, ecopt_hypervolume(ctx, 1, 2, mirror, huge, &hv), ECOPT_E_NUMERIC);
    assert_true(hv == 7);
    assert_status(ctx, ecopt_hypervolume_contributions(ctx, 1, 2, mirror, huge, own),
                  ECOPT_E_NUMERIC);
    assert_status(ctx, ecopt_nondominated(ctx, 2, 2, bad, index, &count), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_nondominated(ctx, 2, 0, bad, index, &count), ECOPT_E_LIMIT);
    static const double full[2 * ECOPT_MAX_OBS]; /* as many as are allowed, all of them equal */
    assert_status(ctx, ecopt_hypervolume(ctx, ECOPT_MAX_OBS, 2, full, ref, own), ECOPT_OK);
    assert_true(own[0] == 4);
    assert_status(ctx, eco_boxes_init(ctx, 2, 2, bad, ref, &boxes), ECOPT_E_RANGE);
    assert_status(ctx, eco_boxes_init(ctx, 1, 2, ref, high, &boxes), ECOPT_E_RANGE);
    assert_status(ctx, ecopt_hypervolume(ctx, 1, 2, high, ref, &hv), ECOPT_OK);
    assert_true(hv == 0); /* +inf is merely bad */
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    const double *y = user, ref[3] = {5, 5, 5};
    double hv, own[10];
    size_t index[10], count;
    eco_boxes boxes;
    ecopt_archive *archive = NULL;
    ECO_TRY(ecopt_hypervolume(ctx, 10, 3, y, ref, &hv));
    ECO_TRY(ecopt_hypervolume_contributions(ctx, 10, 3, y, ref, own));
    ECO_TRY(ecopt_nondominated(ctx, 10, 3, y, index, &count));
    ECO_TRY(ecopt_knee(ctx, 10, 3, y, index, NULL));
    ECO_TRY(eco_boxes_init(ctx, 10, 3, y, ref, &boxes));
    eco_boxes_release(&boxes);
    ECO_TRY(ecopt_archive_new(ctx, 3, &archive));
    ecopt_status status = ecopt_archive_add(archive, y, 1, NULL);
    ecopt_archive_free(archive);
    return status;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    double y[30];
    grid_fill(3, 10, 3, 5, y);
    eco_test_alloc_sweep(attempt, y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hypervolume_known_values),
        cmocka_unit_test(test_hypervolume_and_contributions_match_cell_counts),
        cmocka_unit_test(test_boxes_fill_the_rest),
        cmocka_unit_test(test_nondominated_matches_definition),
        cmocka_unit_test(test_dominance),
        cmocka_unit_test(test_archive_equals_batch_front),
        cmocka_unit_test(test_archive_says_what_happened),
        cmocka_unit_test(test_knee),
        cmocka_unit_test(test_hypervolume_properties),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
