/* Joules of a window that was not alone. */
#include "measure/share.h"
#include "support/eco_test.h"

static ecopt_energy measured(double cpu_s, double foreign_cpu_s)
{
    ecopt_energy energy;
    ecopt_energy_clear(&energy);
    energy.energy_j = 100;
    energy.u95_j = 2;
    energy.gain_lo = 0.9;
    energy.gain_hi = 1.1;
    energy.time_s = 10;
    energy.cpu_s = cpu_s;
    energy.foreign_cpu_s = foreign_cpu_s;
    energy.quality = ECOPT_QUALITY_MEASURED_COUNTER;
    energy.n_sources = 2;
    (void)snprintf(energy.sources[0].name, sizeof energy.sources[0].name, "rapl-perf package-0");
    (void)snprintf(energy.sources[1].name, sizeof energy.sources[1].name, "plug x");
    for (int i = 0; i < 2; i++) {
        energy.sources[i].energy_j = 100 + i;
        energy.sources[i].u95_j = 2;
        energy.sources[i].gain_lo = 0.9;
        energy.sources[i].gain_hi = 1.1;
        energy.sources[i].quality = ECOPT_QUALITY_MEASURED_COUNTER;
        energy.sources[i].is_counted = i == 0;
    }
    return energy;
}

static void test_joules_go_by_cpu_time(void **state)
{
    (void)state;
    ecopt_energy energy = measured(2, 6);
    eco_energy_share(&energy);
    assert_close(energy.energy_j, 25, 1e-12, 0);
    assert_close(energy.u95_j, 0.5, 1e-12, 0);
    /* The whole, and half of the share, are both inside the band. */
    assert_true(energy.energy_j * energy.gain_hi >= 100);
    assert_true(energy.energy_j * energy.gain_lo <= 12.5);
    assert_int_equal(energy.quality, ECOPT_QUALITY_MODELLED_CALIBRATED);
    assert_true(energy.flags & ECOPT_FLAG_OVERLAP);
    /* The counted source goes along, the cross-check stays. */
    assert_close(energy.sources[0].energy_j, 25, 1e-12, 0);
    assert_int_equal(energy.sources[0].quality, ECOPT_QUALITY_MODELLED_CALIBRATED);
    assert_close(energy.sources[1].energy_j, 101, 0, 0);
    assert_int_equal(energy.sources[1].quality, ECOPT_QUALITY_MEASURED_COUNTER);
}

static void test_shares_add_up(void **state)
{
    (void)state;
    double sum = 0;
    for (int i = 1; i <= 3; i++) {
        ecopt_energy energy = measured(i, 6 - i);
        eco_energy_share(&energy);
        sum += energy.energy_j;
    }
    assert_close(sum, 100, 1e-12, 0);
}

static void test_cards_and_missing_times_keep_the_whole(void **state)
{
    (void)state;
    ecopt_energy energy = measured(2, NAN);
    eco_energy_share(&energy);
    assert_close(energy.energy_j, 100, 0, 0);
    assert_close(energy.gain_lo, 0, 0, 0);
    assert_close(energy.gain_hi, 1.1, 0, 0);
    assert_int_equal(energy.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    energy = measured(2, 6);
    (void)snprintf(energy.sources[0].name, sizeof energy.sources[0].name, "nvml 0");
    eco_energy_share(&energy);
    assert_close(energy.energy_j, 100, 0, 0);
    assert_int_equal(energy.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    /* No CPU time of its own: nothing can be told either. */
    energy = measured(0, 6);
    eco_energy_share(&energy);
    assert_close(energy.energy_j, 100, 0, 0);
    assert_true(energy.flags & ECOPT_FLAG_OVERLAP);
}

static void test_what_was_modelled_from_own_time_stays(void **state)
{
    (void)state;
    ecopt_energy energy = measured(2, 6);
    energy.quality = ECOPT_QUALITY_MODELLED_GENERIC;
    eco_energy_share(&energy);
    assert_close(energy.energy_j, 100, 0, 0);
    assert_close(energy.gain_lo, 0.9, 0, 0);
    assert_true(energy.flags & ECOPT_FLAG_OVERLAP);
    energy.energy_j = NAN;
    energy.quality = ECOPT_QUALITY_UNMEASURABLE;
    eco_energy_share(&energy);
    assert_int_equal(energy.quality, ECOPT_QUALITY_UNMEASURABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joules_go_by_cpu_time),
        cmocka_unit_test(test_shares_add_up),
        cmocka_unit_test(test_cards_and_missing_times_keep_the_whole),
        cmocka_unit_test(test_what_was_modelled_from_own_time_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
