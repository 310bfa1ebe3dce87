#include "num/normal_array.h"

#include "num/special.h"
#include "support/eco_test.h"

enum { N = 37 };

/* mpmath, 120 digits: z, log h, Phi / h (as in test_special.c). */
static const double table[][3] = {
    {5, 1.6094379231264313851, 0.19999994053122004649},
    {1, 0.080026218849306940029, 0.77663872520173925975},
    {0, -0.91893853320467274178, 1.2533141373155002512},
    {-0.5, -1.6205162643873199193, 1.5598731483480796712},
    {-1.999, -4.7661045172409739835, 2.6785964810460031385},
    {-2.5, -6.2125416454435128635, 3.0984232967911619292},
    {-5, -16.744301162660990143, 5.3618162412880885298},
    {-10, -55.553122036122355927, 10.194383033412553306},
    {-20, -206.91783850942509785, 20.099262811101281775},
};

static void test_table_of_mpmath(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double h, all, cdf, pdf, z = table[i][0];
        eco_norm_array_h(1, &z, 0, &h);
        eco_norm_array_all(1, &z, 0, &all, &cdf, &pdf);
        double rtol = 1e-14 + 2e-16 * z * z;
        assert_close(log(h), table[i][1], 0, rtol);
        assert_true(all == h);
        assert_close(cdf, table[i][2] * exp(table[i][1]), 1e-13 + rtol, 0);
        assert_close(pdf, eco_norm_pdf(z), 1e-14, 0);
    }
}

/* Against the functions for single values, all lengths, both sides of 0, scaled and not. */
static void test_agrees_with_single_values(void **state)
{
    (void)state;
    for (size_t n = 0; n <= N; n++) {
        double z[N] = {0}, h[N + 1], all[N + 1], cdf[N + 1], pdf[N + 1];
        for (size_t i = 0; i < n; i++)
            z[i] = -36 + 45.0 * (double)(i * i) / (N * N);
        h[n] = all[n] = cdf[n] = pdf[n] = 7;
        eco_norm_array_h(n, z, 0, h);
        eco_norm_array_all(n, z, 0, all, cdf, pdf);
        for (size_t i = 0; i < n; i++) {
            assert_close(h[i], exp(eco_log_h(z[i], NULL)), 4e-13, 0);
            assert_true(all[i] == h[i]);
            assert_close(cdf[i], exp(eco_log_ndtr(z[i])), 4e-13, 0);
            assert_close(pdf[i], eco_norm_pdf(z[i]), 4e-13, 0);
        }
        /* Nothing is written past the end. */
        assert_true(h[n] == 7 && all[n] == 7 && cdf[n] == 7 && pdf[n] == 7);
    }
}

/* The scale takes the underflow away: relative to the largest, digits stay down to z = -1e4. */
static void test_scale_keeps_digits(void **state)
{
    (void)state;
    for (double shift = 0.5; shift < 1e4; shift *= 3) {
        double z[3] = {-shift, -shift - 1 / shift, -shift - 3 / shift}, h[3], all[3], cdf[3],
               pdf[3];
        double up = 0.5 * shift * shift, rtol = 1e-13 + 4e-16 * shift * shift;
        eco_norm_array_h(3, z, shift, h);
        eco_norm_array_all(3, z, shift, all, cdf, pdf);
        for (int i = 0; i < 3; i++) {
            assert_close(h[i], exp(eco_log_h(z[i], NULL) + up), rtol, 0);
            assert_true(all[i] == h[i]);
            assert_close(cdf[i], exp(eco_log_ndtr(z[i]) + up), rtol, 0);
            assert_close(pdf[i], exp(0.5 * (shift - z[i]) * (shift + z[i])) * eco_norm_pdf(0), rtol,
                         0);
        }
    }
}

static void test_far_values(void **state)
{
    (void)state;
    const double z[6] = {-HUGE_VAL, -1e300, -38, 1e3, 1e300, (double)NAN};
    double h[6], cdf[6], pdf[6];
    eco_norm_array_all(6, z, 0, h, cdf, pdf);
    for (int i = 0; i < 3; i++)
        assert_true(h[i] == 0 && cdf[i] == 0 && pdf[i] == 0);
    for (int i = 3; i < 5; i++)
        assert_true(h[i] == z[i] && cdf[i] == 1 && pdf[i] == 0);
    assert_true(isnan(h[5]));
    eco_norm_array_h(6, z, 0, h);
    assert_true(h[0] == 0 && h[2] == 0 && h[3] == 1e3 && h[4] == 1e300 && isnan(h[5]));
}

/* h rises and is convex: its slope Phi rises.  Steps of rounding size excepted. */
static void test_is_smooth(void **state)
{
    (void)state;
    double z[3], h[3], cdf[3], pdf[3];
    for (double at = -30; at < 8; at += 0.0173) {
        for (int i = 0; i < 3; i++)
            z[i] = at + 1e-4 * (i - 1);
        eco_norm_array_all(3, z, 0, h, cdf, pdf);
        assert_true(h[0] < h[1] && h[1] < h[2] && cdf[0] <= cdf[2]);
        assert_close((h[2] - h[0]) / 2e-4, cdf[1], 1e-5, 0);
        assert_close((cdf[2] - cdf[0]) / 2e-4, pdf[1], 1e-5, 1e-11);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_of_mpmath),    cmocka_unit_test(test_agrees_with_single_values),
        cmocka_unit_test(test_scale_keeps_digits), cmocka_unit_test(test_far_values),
        cmocka_unit_test(test_is_smooth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
