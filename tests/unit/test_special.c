#include "num/special.h"

#include "support/eco_test.h"

/* mpmath, 120 digits: z, log Phi, log h, Phi / h, phi / Phi. */
static const double table[][5] = {
    {5, -2.8665161296376359338e-7, 1.6094379231264313851, 0.19999994053122004649,
     1.4867199409049057124e-6},
    {1, -0.17275377902344988953, 0.080026218849306940029, 0.77663872520173925975,
     0.28759997093917836123},
    {0, -0.69314718055994530942, -0.91893853320467274178, 1.2533141373155002512,
     0.79788456080286535588},
    {-0.5, -1.1759117615936186089, -1.6205162643873199193, 1.5598731483480796712,
     1.1410777703680644809},
    {-1.5, -2.705944400823889807, -3.5299359208057098515, 2.2795806941564461644,
     1.9386771666225431895},
    {-1.999, -3.7808115609997646146, -4.7661045172409739835, 2.6785964810460031385,
     2.3723298416077571393},
    {-2, -3.7831843336820319488, -4.7687835239171141569, 2.6794168839555859839,
     2.3732155328228408673},
    {-2.001, -3.7855579920851955839, -4.7714633510343212514, 2.6802373631734572554,
     2.3741012833937883118},
    {-2.5, -5.0816482772786904984, -6.2125416454435128635, 3.0984232967911619292,
     2.8227447976639072505},
    {-3, -6.6077262215103495433, -7.8696860596030285171, 3.5323375176251605167,
     3.2830986549304365069},
    {-5, -15.064998393988725736, -16.744301162660990143, 5.3618162412880885298,
     5.1865039671258421156},
    {-10, -53.231285150512470578, -55.553122036122355927, 10.194383033412553306,
     10.098093233962511963},
    {-20, -203.91715537109726394, -206.91783850942509785, 20.099262811101281775,
     20.049753068527850542},
    {-37.5, -707.66898931750719107, -711.29474844751272227, 37.55322011798027489,
     37.526628874883653599},
    {-100, -5005.5242086942050886, -5010.1295788002497923, 100.01999400419586505,
     100.00999800099926071},
    {-1e5, -5000000012.4318639983, -5000000023.9447894634, 100000.00001999999999, 100000.00001},
};

static void test_table_of_mpmath(void **state)
{
    (void)state;
    for (size_t i = 0; i < ECO_LEN(table); i++) {
        double z = table[i][0], slope;
        assert_close(eco_log_ndtr(z), table[i][1], 1e-14, 0);
        assert_close(eco_log_h(z, &slope), table[i][2], 3e-14, 0);
        assert_close(slope, table[i][3], 3e-14, 0);
        assert_close(eco_norm_hazard(z), table[i][4], 1e-14, 0);
        assert_close(eco_log_h(z, NULL), table[i][2], 3e-14, 0);
    }
}

static void test_far_tails_stay_finite_and_monotone(void **state)
{
    (void)state;
    assert_close(eco_log_ndtr(-1e10), -5e19, 1e-15, 0);
    assert_close(eco_log_h(-1e10, NULL), -5e19, 1e-15, 0);
    assert_true(isfinite(eco_log_h(-1e150, NULL)));
    double slope;
    assert_close(eco_log_h(1e200, &slope), log(1e200), 1e-15, 0);
    assert_close(slope, 1e-200, 1e-12, 0);
    assert_true(eco_log_ndtr(40) <= 0 && eco_log_ndtr(40) > -1e-300);
    double before = eco_log_h(-60, NULL);
    for (double z = -60; z < 8; z += 0.01) {
        double now = eco_log_h(z + 0.01, NULL);
        assert_true(now > before);
        before = now;
    }
    assert_true(isnan(eco_log_h((double)NAN, NULL)) && isnan(eco_log_ndtr((double)NAN)));
}

static void test_slope_is_the_derivative(void **state)
{
    (void)state;
    for (double z = -30; z <= 6; z += 0.37) {
        double slope, step = 1e-5;
        eco_log_h(z, &slope);
        double high = eco_log_h(z + step, NULL), low = eco_log_h(z - step, NULL);
        assert_close(slope, (high - low) / (2 * step), 1e-7, 1e-9);
        high = eco_log_ndtr(z + step);
        low = eco_log_ndtr(z - step);
        assert_close(eco_norm_hazard(z), (high - low) / (2 * step), 1e-7, 1e-9);
    }
}

static void test_log_sums(void **state)
{
    (void)state;
    const double x[4] = {1000, 999, -HUGE_VAL, 1001};
    assert_close(eco_logsumexp(4, x), 1001 + log(1 + exp(-1) + exp(-2)), 1e-15, 0);
    assert_true(eco_logsumexp(0, x) == -HUGE_VAL);
    assert_true(eco_logsumexp(1, x + 2) == -HUGE_VAL);
    const double bad[2] = {1, (double)NAN};
    assert_true(isnan(eco_logsumexp(2, bad)));
}

static void test_density_and_distribution(void **state)
{
    (void)state;
    assert_close(eco_norm_pdf(0), 0.3989422804014327, 1e-15, 0);
    assert_close(eco_norm_pdf(-3), 0.004431848411938008, 1e-14, 0);
    assert_close(eco_norm_cdf(0), 0.5, 0, 0);
    assert_close(eco_norm_cdf(-10), 7.619853024160527e-24, 1e-13, 0);
    assert_close(eco_norm_cdf(1.96), 0.9750021048517795, 1e-15, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_of_mpmath),
        cmocka_unit_test(test_far_tails_stay_finite_and_monotone),
        cmocka_unit_test(test_slope_is_the_derivative),
        cmocka_unit_test(test_log_sums),
        cmocka_unit_test(test_density_and_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
