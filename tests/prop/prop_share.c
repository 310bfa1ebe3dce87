/*
 * Joules of windows that were not alone, over random windows: what is handed out adds up to what
 * was measured, the truth stays inside the band, and no label gets better.
 */
#include "support/eco_test.h"

#include "core/rng.h"
#include "measure/share.h"

enum { ROUNDS = 400, WORKERS = 6 };

/* A window with up to three sources, the first of which are counted. */
static ecopt_energy make(eco_rng *rng, size_t n_counted, double cpu_s, double foreign_cpu_s)
{
    ecopt_energy energy;
    ecopt_energy_clear(&energy);
    energy.cpu_s = cpu_s;
    energy.foreign_cpu_s = foreign_cpu_s;
    energy.gain_lo = 0.8 + 0.2 * eco_rng_uniform(rng);
    energy.gain_hi = 1 + 0.3 * eco_rng_uniform(rng);
    energy.quality = ECOPT_QUALITY_MEASURED_COUNTER;
    energy.n_sources = 3;
    energy.energy_j = 0;
    energy.u95_j = 0;
    for (size_t i = 0; i < 3; i++) {
        ecopt_source_energy *source = &energy.sources[i];
        (void)snprintf(source->name, sizeof source->name, "rapl-powercap package-%zu", i);
        source->energy_j = 1 + 100 * eco_rng_uniform(rng);
        source->u95_j = 0.1 * source->energy_j;
        source->gain_lo = energy.gain_lo;
        source->gain_hi = energy.gain_hi;
        source->quality = ECOPT_QUALITY_MEASURED_COUNTER;
        source->is_counted = i < n_counted;
        energy.energy_j += source->is_counted ? source->energy_j : 0;
        energy.u95_j += source->is_counted ? source->u95_j : 0;
    }
    return energy;
}

static double counted_j(const ecopt_energy *energy)
{
    double sum = 0;
    for (size_t i = 0; i < energy->n_sources; i++)
        sum += energy->sources[i].is_counted ? energy->sources[i].energy_j : 0;
    return sum;
}

/* Workers that share one machine for one window get all of its joules, no more and no less. */
static void test_all_joules_are_handed_out(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 41);
    for (int round = 0; round < ROUNDS; round++) {
        double cpu_s[WORKERS], all_s = 0, sum = 0, whole = 0, widths = 0, width = 0;
        size_t n = 2 + (size_t)(eco_rng_uniform(&rng) * (WORKERS - 2));
        for (size_t i = 0; i < n; i++) {
            cpu_s[i] = pow(10, -3 + 5 * eco_rng_uniform(&rng));
            all_s += cpu_s[i];
        }
        for (size_t i = 0; i < n; i++) {
            eco_rng same;
            /* One machine, one window: equal joules for each that looks at it. */
            eco_rng_init(&same, (uint64_t)round, ECO_STREAM_TEST, 42);
            ecopt_energy energy = make(&same, 1 + (size_t)(round % 3), cpu_s[i], all_s - cpu_s[i]);
            whole = energy.energy_j;
            width = energy.u95_j;
            eco_energy_share(&energy);
            assert_close(counted_j(&energy), energy.energy_j, 1e-12, 0);
            sum += energy.energy_j;
            widths += energy.u95_j;
        }
        assert_close(sum, whole, 1e-9, 0);
        assert_close(widths, width, 1e-9, 0);
    }
}

/*
 * The truth of a program whose CPU seconds draw between half and twice what the others' do:
 * s r / (s r + 1 - s) of the whole at a ratio r.  The band of the share must hold it, times
 * whatever was uncertain of the whole before.
 */
static void test_the_band_holds_the_truth(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 2, ECO_STREAM_TEST, 43);
    for (int round = 0; round < ROUNDS; round++) {
        double cpu_s = 0.01 + eco_rng_uniform(&rng), foreign_cpu_s = eco_rng_uniform(&rng);
        ecopt_energy before = make(&rng, 2, cpu_s, foreign_cpu_s), after = before;
        eco_energy_share(&after);
        double s = cpu_s / (cpu_s + foreign_cpu_s);
        for (double ratio = 0.5; ratio <= 2.001; ratio += 0.25) {
            double share = s * ratio / (s * ratio + 1 - s);
            assert_true(after.energy_j * after.gain_lo <=
                        before.energy_j * before.gain_lo * share * (1 + 1e-12));
            assert_true(after.energy_j * after.gain_hi >=
                        before.energy_j * before.gain_hi * share * (1 - 1e-12));
        }
    }
}

/* No label gets better, the flag is set, and what is not counted stays as it was, whatever comes
 * in: missing times, missing joules, a window of its own. */
static void test_nothing_gets_better(void **state)
{
    (void)state;
    static const double times_s[] = {0, 1e-300, 1, 1e300, (double)NAN, (double)INFINITY};
    eco_rng rng;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 44);
    for (size_t i = 0; i < ECO_LEN(times_s); i++)
        for (size_t j = 0; j < ECO_LEN(times_s); j++)
            for (int quality = ECOPT_QUALITY_MEASURED_COUNTER;
                 quality <= ECOPT_QUALITY_MODELLED_GENERIC; quality++) {
                ecopt_energy before = make(&rng, 1, times_s[i], times_s[j]), after;
                before.quality = (ecopt_quality)quality;
                before.sources[0].quality = before.quality;
                after = before;
                eco_energy_share(&after);
                assert_true(after.quality >= before.quality);
                assert_true(after.flags & ECOPT_FLAG_OVERLAP);
                assert_true(after.energy_j >= 0 && after.energy_j <= before.energy_j);
                assert_true(after.gain_lo <= before.gain_lo && after.gain_hi >= before.gain_hi);
                assert_memory_equal(&after.sources[1], &before.sources[1], sizeof after.sources[1]);
                /* A model of the program's own time has nobody else's joules in it. */
                if (quality == ECOPT_QUALITY_MODELLED_GENERIC)
                    assert_close(after.energy_j, before.energy_j, 0, 0);
                else
                    assert_true(after.quality >= ECOPT_QUALITY_MODELLED_CALIBRATED);
            }
}

/* Whether others were there cannot be told from joules that are not known. */
static void test_missing_joules_stay_missing(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 4, ECO_STREAM_TEST, 45);
    ecopt_energy energy = make(&rng, 1, 1, 1);
    energy.energy_j = energy.u95_j = (double)NAN;
    energy.quality = ECOPT_QUALITY_UNMEASURABLE;
    eco_energy_share(&energy);
    assert_true(isnan(energy.energy_j) && isnan(energy.u95_j));
    assert_int_equal(energy.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(energy.flags & ECOPT_FLAG_OVERLAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_joules_are_handed_out),
        cmocka_unit_test(test_the_band_holds_the_truth),
        cmocka_unit_test(test_nothing_gets_better),
        cmocka_unit_test(test_missing_joules_stay_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
