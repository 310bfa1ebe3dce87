/* Scaled rows and the volume workspace behind ecopt_hypervolume. */
#include "core/rng.h"
#include "pareto/volume.h"
#include "ref/naive.h"
#include "support/eco_test.h"

/* Every objective of the rows is the caller's divided by one power of two, all of them together
 * 2^exponent, and as wide as promised. */
static void check_scale(const eco_rows *rows, const double *y, const double *ref)
{
    int sum = 0;
    for (size_t k = 0; k < rows->m; k++) {
        double widest = 0;
        int given, kept;
        size_t deepest = 0;
        for (size_t i = 0; i < rows->n; i++) {
            double width = rows->ref[k] - rows->y[i * rows->m + k];
            deepest = width > widest ? i : deepest;
            widest = fmax(widest, width);
        }
        assert_true(widest >= 0.5 && widest < 1);
        double low = y[rows->origin[deepest] * rows->m + k];
        (void)frexp(0.5 * ref[k] - 0.5 * low, &given);
        (void)frexp(widest, &kept);
        sum += given + 1 - kept;
    }
    assert_int_equal(rows->exponent, sum);
}

static void test_rows_below_the_reference(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    /* Rows 1 and 4 lie on the reference, 2 is beyond it, 5 is endless. */
    const double y[12] = {1, 2, 8, 1, 3, 9, -7, 3.5, 2, 4, HUGE_VAL, 0}, ref[2] = {8, 4};
    eco_rows rows;
    assert_status(ctx, eco_rows_load(ctx, 6, 2, y, ref, &rows), ECOPT_OK);
    assert_int_equal(rows.n, 2);
    assert_int_equal(rows.origin[0], 0);
    assert_int_equal(rows.origin[1], 3);
    check_scale(&rows, y, ref);
    assert_int_equal(rows.exponent, 4 + 2); /* widths 15 and 2 */
    assert_true(rows.y[0] == 1 / 16.0 && rows.y[1] == 2 / 4.0 && rows.ref[1] == 1);
    eco_rows_release(&rows);
    assert_status(ctx, eco_rows_load(ctx, 0, 2, NULL, ref, &rows), ECOPT_OK);
    assert_int_equal(rows.n, 0);
    eco_rows_release(&rows);
    ecopt_ctx_free(ctx);
}

static void test_rows_at_the_edges_of_doubles(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double widths[][2] = {{-1.7e308, 1.7e308}, {0, 1e-307},   {-1e300, 1e-300},
                                {1e300, 1.5e300},    {-1e308, 1e3}, {3, 3.0000000000000004},
                                {-1.7e308, 1e307},   {0, 1},        {-0.5, 0.5}};
    for (size_t c = 0; c < ECO_LEN(widths); c++) {
        eco_rows rows;
        const double *low = &widths[c][0], *high = &widths[c][1];
        assert_status(ctx, eco_rows_load(ctx, 1, 1, low, high, &rows), ECOPT_OK);
        check_scale(&rows, low, high);
        eco_rows_release(&rows);
    }
    ecopt_ctx_free(ctx);
}

/* One workspace serves sets of many sizes in turn; rows come in any order, dominated and twice. */
static void test_workspace_is_used_again(void **state)
{
    (void)state;
    enum { N = 11 };
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 34, ECO_STREAM_TEST, 0);
    const double ref[6] = {1, 1.5, 2, 1, 1, 1};
    for (size_t m = 1; m <= 6; m++) {
        eco_volume volume;
        assert_status(ctx, eco_volume_init(ctx, N, m, &volume), ECOPT_OK);
        size_t live_b = eco_ctx_live_b(ctx);
        for (size_t round = 0; round < 60; round++) {
            double rows[N * 6];
            size_t n = round * 7 % (N + 1);
            for (size_t i = 0; i < n * m; i++)
                rows[i] = round % 2 ? 0.2 * (double)eco_rng_below(&rng, 5) : eco_rng_uniform(&rng);
            if (n > 2)
                memcpy(rows, rows + 2 * m, m * sizeof *rows);
            assert_close(eco_volume_measure(&volume, n, rows, ref),
                         naive_hypervolume(n, m, rows, ref), 1e-11, 1e-13);
        }
        assert_int_equal(eco_ctx_live_b(ctx), live_b); /* nothing was allocated on the way */
        eco_volume_release(&volume);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_below_the_reference),
        cmocka_unit_test(test_rows_at_the_edges_of_doubles),
        cmocka_unit_test(test_workspace_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
