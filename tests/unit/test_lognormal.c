/* Expected improvement of a log-normal outcome: values of one number and of arrays. */
#include "num/normal_array.h"
#include "num/special.h"
#include "support/eco_test.h"

/* mpmath, 120 digits (400 for the longest tail): ln a, mean, sd, log psi, its slopes by mean, sd.
 */
static const double table[][6] = {
    {0, 0, 1, -1.4337142903236975907, -1.0971244770931131882, 0.57613876526126409662},
    {0.5, -1, 0.3, 0.23420942138948253173, -0.30446147394108522289, -0.091336502813440113071},
    {-2, 1, 0.7, -15.644303578663139055, -6.6745340680736848198, 29.853098099088556006},
    {3, 0, 2, 2.8011687223762640295, -0.13847292165721206265, -0.11893747061346091641},
    {0, 0.02, 0.05, -4.4906118942946031628, -29.728109209393470546, 31.354450903143048194},
    {0, 0.02, 0.049, -4.5224344472036035022, -30.445378584748825568, 32.299270847454559841},
    {0.01, 0, 0.03, -4.049269407343039256, -35.529505957547087745, 20.796669001820976977},
    {0.04, 0, 0.0499, -3.0803502571036819208, -16.865389274052258548, 5.7127600114764758468},
    {0.1, 0, 0.2, -2.0114828095923225358, -4.711812473927905148, 1.9658664224353306195},
    {0.1, 0, 0.19, -2.0312900935642561966, -4.9036189534801465017, 1.9949301503568188861},
    {0, 5, 1, -16.911250263486217594, -5.3360267062035692031, 27.525800941336524984},
    {0, 20, 1, -206.96628300118358821, -20.096932063711123613, 402.89134631720457555},
    {0, 20, 0.6, -564.01891980345938639, -55.654410145941767812, 1856.7842787528367985},
    {-3, 7, 0.25, -812.69108169594448526, -160.19900896449525896, 6411.9355597634833609},
    {0, 1, 0.001, -500021.64220837011627, -1000001.9999930000104, 1000002999.9919999935},
    {0, 0, 1e-07, -17.037034246828698071, -12533141.158553173917, 9999999.3733429591915},
    {2e-07, 0, 1e-07, -15.420712029498053567, -4865592.7927821617024, 268813.17115609551795},
    {0, 3e-07, 1e-07, -23.987781737178223914, -35323375.116449500839, 115970125.08317975051},
    {0, 30, 10, -6.8968459510656792356, -0.33525158803725245209, 1.0312468123063083299},
    {690, 685, 1.5, 689.9792964622966151, -0.020481306682524682956, -0.029147417564670722737},
    {-690, -689, 1.5, -692.07298700699667176, -1.0069445116513342132, 1.0287252906200857244},
    {0, 100, 0.02, -12500021.865352040936, -250000.01999995758977, 1250000149.9995879236},
    {0, 4500, 1, -10125017.742826230371, -4500.0004443950068782, 20250002.999555358134},
    {0, 0.3, 0.01, -462.33015612230138616, -3006.6435156381624259, 90299.272257077666443},
    {5, 0, 0.04, 4.99323382144050025, -0.0067891208603618070735, -0.00027156483441447228859},
    {12, 0, 0.5, 11.999993037671039556, -6.9623531975124990034e-6, -3.4811765987562495017e-6},
    {0, -8, 3, -0.015099975333952460499, -0.011325897849513912575, -0.022408322657704779551},
    {0, 1, 40, -0.73382444196695613282, -0.020742841112428061751, 0.0010361731613447578634},
};
enum { N_ROWS = sizeof table / sizeof *table };

static void test_table_of_mpmath(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        const double *row = table[i];
        double dmean, dsd, value = eco_log_lognorm_gain(row[0], row[1], row[2], &dmean, &dsd);
        assert_close(value, row[3], 1e-13, 1e-13);
        assert_close(dmean, row[4], 2e-12, 0);
        assert_close(dsd, row[5], 2e-12, 0);
        assert_true(eco_log_lognorm_gain(row[0], row[1], row[2], NULL, NULL) == value);
    }
}

/* The unit is that of a, the shift undoes the density: the logarithm follows from both. */
static void test_arrays_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        const double *row = table[i];
        double shift = fmax(0, (row[1] - row[0]) / row[2]), gain, all, fall, widen;
        eco_lognorm law = {row[1], row[2], row[0], shift};
        if (shift > 50)
            continue;
        eco_lognorm_array_gain(&law, 1, &row[0], &gain);
        eco_lognorm_array_all(&law, 1, &row[0], &all, &fall, &widen);
        assert_true(gain == all);
        double rtol = 1e-13 + 4e-14 * shift + 2e-16 * shift * shift;
        assert_close(log(gain) + row[0] - 0.5 * shift * shift, row[3], 0,
                     rtol + 1e-15 * fabs(row[3]) + 1e-15 * shift * shift);
        assert_close(-fall / gain, row[4], 1e-11, 0);
        assert_close(widen / gain, row[5], 3e-11, 1e-12);
    }
}

/* Both sides of every place where a formula ends, single values against arrays. */
static void test_arrays_agree_with_single_values(void **state)
{
    (void)state;
    static const double sds[] = {1e-9, 1e-4, 0.0499999, 0.05, 0.1999, 0.2, 0.7, 3, 25};
    for (size_t i = 0; i < sizeof sds / sizeof *sds; i++) {
        double x[83], gain[84], all[84], fall[84], widen[84], sd = sds[i];
        for (size_t j = 0; j < 82; j++)
            x[j + 1] = 0.3 + sd * (-20 + 0.5 * (double)j);
        x[0] = -HUGE_VAL;
        gain[83] = all[83] = 7;
        eco_lognorm law = {0.3, sd, x[82], 0};
        eco_lognorm_array_gain(&law, 83, x, gain);
        eco_lognorm_array_all(&law, 83, x, all, fall, widen);
        assert_true(all[0] == 0 && fall[0] == 0 && widen[0] == 0 && gain[0] == 0);
        assert_true(gain[83] == 7 && all[83] == 7);
        for (size_t j = 1; j < 83; j++) {
            double dmean, dsd, value = eco_log_lognorm_gain(x[j], 0.3, sd, &dmean, &dsd);
            double expected = exp(value - x[82]), share = exp(x[j] - x[82]);
            if (expected < 1e-290)
                continue;
            assert_close(all[j], expected, 4e-12, 0);
            assert_close(gain[j], all[j], 1e-14, 0);
            assert_close(fall[j], -dmean * expected, 4e-12, 1e-15 * share);
            assert_close(widen[j], dsd * expected, 1e-11, 1e-13 * share * (1 + sd));
        }
    }
}

static void test_gradient_by_differences(void **state)
{
    (void)state;
    static const double sds[] = {0.01, 0.0499, 0.05, 0.19, 0.21, 1, 6};
    for (size_t i = 0; i < sizeof sds / sizeof *sds; i++) {
        double sd = sds[i], step = 1e-5 * sd, dmean, dsd;
        for (double z = -30; z < 9; z += 0.37) {
            (void)eco_log_lognorm_gain(z * sd, 0, sd, &dmean, &dsd);
            double up = eco_log_lognorm_gain(z * sd, step, sd, NULL, NULL);
            double down = eco_log_lognorm_gain(z * sd, -step, sd, NULL, NULL);
            assert_close(dmean, (up - down) / (2 * step), 1e-5, 1e-6);
            up = eco_log_lognorm_gain(z * sd, 0, sd + step, NULL, NULL);
            down = eco_log_lognorm_gain(z * sd, 0, sd - step, NULL, NULL);
            assert_close(dsd, (up - down) / (2 * step), 1e-5, 1e-6);
        }
    }
}

/* The narrower the outcome, the more it is a normal one of standard deviation a sd. */
static void test_narrow_is_normal(void **state)
{
    (void)state;
    for (double z = -30; z < 5; z += 0.7) {
        double sd = 1e-9, value = eco_log_lognorm_gain(z * sd, 0, sd, NULL, NULL);
        assert_close(value, eco_log_h(z, NULL) + log(sd), 0, 1e-6);
    }
}

/* Far values: no plateau, no overflow, NaN stays NaN. */
static void test_far_values(void **state)
{
    (void)state;
    double dmean, dsd, before = HUGE_VAL;
    for (double mean = 1; mean < 1e140; mean *= 7) {
        double value = eco_log_lognorm_gain(0, mean, 1, &dmean, &dsd);
        assert_true(isfinite(value) && value < before && dmean < 0 && dsd > 0);
        assert_close(dmean, -mean, 1.5, 0);
        before = value;
    }
    assert_close(eco_log_lognorm_gain(690, -1e200, 1, &dmean, &dsd), 690, 1e-15, 0);
    assert_true(fabs(dmean) < 1e-300 && fabs(dsd) < 1e-300);
    assert_true(isfinite(eco_log_lognorm_gain(0, 1e300, 1e-8, NULL, NULL)));
    assert_true(isfinite(eco_log_lognorm_gain(0, 1, 1e200, NULL, NULL)));
    assert_true(isnan(eco_log_lognorm_gain(0, (double)NAN, 1, &dmean, &dsd)));
    assert_true(isnan(eco_log_lognorm_gain(0, 0, (double)NAN, &dmean, &dsd)));
    const double x[2] = {-1, 0};
    double gain[2];
    for (double sd = 0.01; sd < 1; sd += 0.5) {
        eco_lognorm_array_gain(&(eco_lognorm){(double)NAN, sd, 0, 0}, 2, x, gain);
        assert_true(isnan(gain[1]));
        eco_lognorm_array_gain(&(eco_lognorm){-1e300, sd, 0, 0}, 2, x, gain);
        assert_close(gain[0], exp(-1), 1e-14, 0);
        assert_close(gain[1], 1, 1e-14, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_of_mpmath),
        cmocka_unit_test(test_arrays_of_the_table),
        cmocka_unit_test(test_arrays_agree_with_single_values),
        cmocka_unit_test(test_gradient_by_differences),
        cmocka_unit_test(test_narrow_is_normal),
        cmocka_unit_test(test_far_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
