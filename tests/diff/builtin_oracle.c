/*
 * Built-in metrics against values computed by hand and against a second, naive arithmetic on random
 * phases in long double; which of them exist for which ingredients; uncertainties against finite
 * differences of the formulas.
 */
#include "core/rng.h"
#include "trial/builtin.h"

#include "support/eco_test.h"

#include <float.h>
#include <stdlib.h>

static const ecopt_phase phases[] = {{.name = "train"}, {.name = "test.set"}};

/* Built-in suffixes of a phase, in the order of the header. */
static const char *const suffixes[] = {"energy_j",      "time_s",       "power_w",
                                       "carbon_g",      "j_per_sample", "samples_per_j",
                                       "samples_per_s", "cpu_s",        "max_rss_b"};
enum { N_SUFFIXES = 9 };

typedef struct input {
    double energy_j, u95_j, time_s, samples, cpu_s, max_rss_b;
    double intensity, pue; /* intensity NaN: no carbon in the study */
} input;

static void make_record(const input *in, const char *phase, ecopt_phase_record *record)
{
    *record = (ecopt_phase_record){
        .phase = phase, .time_s = in->time_s, .cpu_s = in->cpu_s, .max_rss_b = in->max_rss_b};
    eco_energy_unmeasured(in->time_s, in->cpu_s, &record->energy);
    record->energy.energy_j = in->energy_j;
    record->energy.u95_j = in->u95_j;
}

static ecopt_definition make_definition(const input *in)
{
    ecopt_definition definition = {.n_phases = 2, .phases = phases};
    if (!isnan(in->intensity))
        definition.carbon =
            (ecopt_carbon){.is_set = true, .intensity_g_per_kwh = in->intensity, .pue = in->pue};
    return definition;
}

/* Metrics of one phase called "train". */
static void compute(ecopt_ctx *ctx, const input *in, eco_values *values)
{
    ecopt_phase_record record;
    ecopt_definition definition = make_definition(in);
    make_record(in, "train", &record);
    assert_status(
        ctx,
        eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&record, in->samples}, 1, values),
        ECOPT_OK);
}

static const ecopt_metric_value *get(const eco_values *values, const char *suffix)
{
    char name[64];
    (void)snprintf(name, sizeof name, "train.%s", suffix);
    return eco_values_find(values, name);
}

/* ---- by hand ---- */

/* Worked out with pencil and paper; NaN: the metric, or its uncertainty, is not there. */
static const struct {
    input in;
    double value[N_SUFFIXES], u95[N_SUFFIXES];
} cases[] = {
    /* 3600 J in 60 s: 60 W, 1e-3 kWh; at 500 g/kWh and PUE 1 half a gram; 7200 samples. */
    {{3600, 36, 60, 7200, 55, 1e6, 500, 1},
     {3600, 60, 60, 0.5, 0.5, 2, 120, 55, 1e6},
     {36, NAN, 0.6, 0.005, 0.005, 0.02, NAN, NAN, NAN}},
    /* The same with a PUE of 1.6: only the carbon changes. */
    {{3600, 36, 60, 7200, 55, 1e6, 500, 1.6},
     {3600, 60, 60, 0.8, 0.5, 2, 120, 55, 1e6},
     {36, NAN, 0.6, 0.008, 0.005, 0.02, NAN, NAN, NAN}},
    /* No carbon in the study, no samples reported, CPU time not known. */
    {{8, 2, 4, NAN, NAN, 4096, NAN, 1},
     {8, 4, 2, NAN, NAN, NAN, NAN, NAN, 4096},
     {2, NAN, 0.5, NAN, NAN, NAN, NAN, NAN, NAN}},
    /* An uncertainty as large as the value, as a generic model may state it. */
    {{10, 10, 5, 20, 1, 1, 3.6e6, 1},
     {10, 5, 2, 10, 0.5, 2, 4, 1, 1},
     {10, NAN, 2, 10, 0.5, 2, NAN, NAN, NAN}},
    /* No uncertainty stated: values as before, none of them with one. */
    {{10, NAN, 5, 20, 1, 1, 3.6e6, 1},
     {10, 5, 2, 10, 0.5, 2, 4, 1, 1},
     {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}},
    /* No energy: nothing that is made from one, and never 0. */
    {{NAN, NAN, 5, 20, 1, 1, 500, 1},
     {NAN, 5, NAN, NAN, NAN, NAN, 4, 1, 1},
     {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}},
    /* A counter that did not move: 0 J is a value, samples per joule are not. */
    {{0, 0.5, 2, 20, 1, 1, 500, 1},
     {0, 2, 0, 0, 0, NAN, 10, 1, 1},
     {0.5, NAN, 0.25, 0.5 * 500 / 3.6e6, 0.025, NAN, NAN, NAN, NAN}},
    /* A phase without length: no rates. */
    {{4, 1, 0, 2, 0, 1, NAN, 1},
     {4, 0, NAN, NAN, 2, 0.5, NAN, 0, 1},
     {1, NAN, NAN, NAN, 0.5, 0.125, NAN, NAN, NAN}},
};

static void test_by_hand(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_values values = {0};
        size_t n_wanted = 0;
        compute(ctx, &cases[i].in, &values);
        for (size_t k = 0; k < N_SUFFIXES; k++) {
            const ecopt_metric_value *got = get(&values, suffixes[k]);
            bool is_wanted = !isnan(cases[i].value[k]);
            if ((got != NULL) != is_wanted)
                print_error("case %zu: %s\n", i, suffixes[k]);
            assert_int_equal(got != NULL, is_wanted);
            n_wanted += is_wanted;
            if (!got)
                continue;
            assert_close(got->value, cases[i].value[k], 1e-14, 0);
            assert_close(got->u95, cases[i].u95[k], 1e-14, 0);
        }
        /* And nothing else. */
        assert_int_equal(values.n, n_wanted);
        eco_values_free(ctx, &values);
    }
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* ---- samples ---- */

static void test_samples_that_are_no_count(void **state)
{
    (void)state;
    static const double none[] = {0, -0.0, -1, -1e300, NAN, -INFINITY};
    ecopt_ctx *ctx = eco_test_ctx();
    input in = cases[0].in;
    for (size_t i = 0; i < ECO_LEN(none); i++) {
        eco_values values = {0};
        in.samples = none[i];
        compute(ctx, &in, &values);
        assert_null(get(&values, "j_per_sample"));
        assert_null(get(&values, "samples_per_j"));
        assert_null(get(&values, "samples_per_s"));
        assert_non_null(get(&values, "energy_j"));
        eco_values_free(ctx, &values);
    }
    /* Half a sample is odd, but a number above 0. */
    eco_values values = {0};
    in.samples = 0.5;
    compute(ctx, &in, &values);
    assert_close(get(&values, "j_per_sample")->value, 7200, 1e-15, 0);
    eco_values_free(ctx, &values);
    /* Infinitely many: 0 J per sample is what arithmetic gives; the rates are not finite. */
    in.samples = INFINITY;
    compute(ctx, &in, &values);
    assert_close(get(&values, "j_per_sample")->value, 0, 0, 0);
    assert_null(get(&values, "samples_per_j"));
    assert_null(get(&values, "samples_per_s"));
    eco_values_free(ctx, &values);
    ecopt_ctx_free(ctx);
}

/* ---- random phases ---- */

static double between(eco_rng *rng, double low, double high)
{
    return low + eco_rng_uniform(rng) * (high - low);
}

static input random_input(eco_rng *rng)
{
    input in = {.energy_j = pow(10, between(rng, -6, 9)),
                .time_s = pow(10, between(rng, -3, 6)),
                .samples = floor(pow(10, between(rng, 0, 9))),
                .cpu_s = pow(10, between(rng, -3, 6)),
                .max_rss_b = floor(pow(10, between(rng, 4, 12))),
                .intensity = between(rng, 1, 1200),
                .pue = between(rng, 1, 3)};
    in.u95_j = in.energy_j * between(rng, 0, 1);
    return in;
}

static void expect_metric(const eco_values *values, const char *suffix, long double value,
                          long double u95)
{
    const ecopt_metric_value *got = get(values, suffix);
    assert_non_null(got);
    assert_close(got->value, (double)value, 8 * DBL_EPSILON, 0);
    assert_close(got->u95, (double)u95, 8 * DBL_EPSILON, 0);
}

static void test_random_phases(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 3, 0, 1);
    for (int i = 0; i < 2000; i++) {
        input in = random_input(&rng);
        long double e = in.energy_j, u = in.u95_j, t = in.time_s, n = in.samples;
        long double g = (long double)in.intensity * in.pue / 3.6e6L, none = (long double)NAN;
        eco_values values = {0};
        compute(ctx, &in, &values);
        assert_int_equal(values.n, N_SUFFIXES);
        expect_metric(&values, "energy_j", e, u);
        expect_metric(&values, "time_s", t, none);
        expect_metric(&values, "power_w", e / t, u / t);
        expect_metric(&values, "carbon_g", e * g, u * g);
        expect_metric(&values, "j_per_sample", e / n, u / n);
        expect_metric(&values, "samples_per_j", n / e, n * u / (e * e));
        expect_metric(&values, "samples_per_s", n / t, none);
        expect_metric(&values, "cpu_s", in.cpu_s, none);
        expect_metric(&values, "max_rss_b", in.max_rss_b, none);
        eco_values_free(ctx, &values);
    }
    ecopt_ctx_free(ctx);
}

/* u95 of f(E) is |f(E + h) - f(E - h)| / 2h times u, for every metric that energy enters. */
static void test_uncertainty_is_the_slope_times_u(void **state)
{
    (void)state;
    static const char *const made[] = {"energy_j", "power_w", "carbon_g", "j_per_sample",
                                       "samples_per_j"};
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 3, 0, 2);
    for (int i = 0; i < 300; i++) {
        input in = random_input(&rng), low = in, high = in;
        const double h = 1e-5 * in.energy_j;
        eco_values at = {0}, below = {0}, above = {0};
        low.energy_j -= h;
        high.energy_j += h;
        compute(ctx, &in, &at);
        compute(ctx, &low, &below);
        compute(ctx, &high, &above);
        for (size_t k = 0; k < ECO_LEN(made); k++) {
            double slope =
                fabs(get(&above, made[k])->value - get(&below, made[k])->value) / (2 * h);
            /* Central differences: h^2 of relative error, and the rounding of the difference. */
            assert_close(get(&at, made[k])->u95, slope * in.u95_j, 1e-9, 0);
        }
        eco_values_free(ctx, &at);
        eco_values_free(ctx, &below);
        eco_values_free(ctx, &above);
    }
    ecopt_ctx_free(ctx);
}

/* Energies at the ends of the range: no metric is infinite or NaN, products do not go astray. */
static void test_extreme_energies(void **state)
{
    (void)state;
    static const double energies[] = {DBL_MIN, 1e-300, 1e-160, 1e160, 1e300};
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(energies); i++) {
        input in = {energies[i], 0.25 * energies[i], 1, 1, 1, 1, 3.6e6, 1};
        eco_values values = {0};
        compute(ctx, &in, &values);
        for (size_t k = 0; k < values.n; k++)
            assert_true(isfinite(values.items[k].value) && !isinf(values.items[k].u95));
        /* E^2 is not representable here, n u / E^2 is. */
        assert_close(get(&values, "samples_per_j")->value, 1 / energies[i], 1e-15, 0);
        assert_close(get(&values, "samples_per_j")->u95, 0.25 / energies[i], 1e-15, 0);
        eco_values_free(ctx, &values);
    }
    ecopt_ctx_free(ctx);
}

/* ---- totals ---- */

static void test_totals_are_sums(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 3, 0, 3);
    for (int i = 0; i < 500; i++) {
        enum { N = 4 };
        static ecopt_phase_record records[N];
        input in = random_input(&rng);
        ecopt_definition definition = make_definition(&in);
        size_t n = 1 + eco_rng_below(&rng, N);
        long double e = 0, t = 0;
        ecopt_energy sum;
        eco_values values = {0};
        ecopt_energy_clear(&sum);
        for (size_t k = 0; k < n; k++) {
            input one = random_input(&rng);
            make_record(&one, "train", &records[k]);
            ecopt_energy_add(&sum, &records[k].energy);
            e += one.energy_j;
            t += one.time_s;
        }
        assert_status(ctx, eco_builtin_total(ctx, &definition, records, n, &values), ECOPT_OK);
        assert_int_equal(values.n, 3);
        assert_close(eco_values_find(&values, "energy_j")->value, (double)e, 1e-14, 0);
        assert_close(eco_values_find(&values, "energy_j")->u95, sum.u95_j, 0, 0);
        assert_close(eco_values_find(&values, "time_s")->value, (double)t, 1e-14, 0);
        assert_close(eco_values_find(&values, "carbon_g")->value,
                     (double)(e * in.intensity * in.pue / 3.6e6L), 1e-14, 0);
        assert_close(eco_values_find(&values, "carbon_g")->u95,
                     sum.u95_j * in.intensity * in.pue / 3.6e6, 1e-14, 0);
        eco_values_free(ctx, &values);
    }
    ecopt_ctx_free(ctx);
}

/* Names: a phase may have a dot in its own, and every metric that is made has a built-in's name. */
static void test_names_agree_with_the_table(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const input in = cases[0].in;
    ecopt_definition definition = make_definition(&in);
    static ecopt_phase_record records[2];
    eco_values values = {0};
    for (size_t i = 0; i < 2; i++) {
        make_record(&in, phases[i].name, &records[i]);
        assert_status(
            ctx,
            eco_builtin_phase(ctx, &definition, &(eco_builtin_run){&records[i], 5}, 1, &values),
            ECOPT_OK);
    }
    assert_status(ctx, eco_builtin_total(ctx, &definition, records, 2, &values), ECOPT_OK);
    assert_int_equal(values.n, 2 * N_SUFFIXES + 3);
    for (size_t i = 0; i < values.n; i++) {
        const char *name = values.items[i].name;
        size_t phase = 9;
        bool needs_energy, needs_samples;
        assert_true(eco_metric_is_builtin(name, phases, 2, true, false));
        assert_true(eco_builtin_explain(name, phases, 2, &phase, &needs_energy, &needs_samples));
        assert_int_equal(phase, i < N_SUFFIXES ? 0 : i < 2 * N_SUFFIXES ? 1 : 2);
        assert_int_equal(needs_samples, strstr(name, "sample") != NULL);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(values.items[k].name, name);
    }
    assert_non_null(eco_values_find(&values, "test.set.energy_j"));
    eco_values_free(ctx, &values);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_samples_that_are_no_count),
        cmocka_unit_test(test_random_phases),
        cmocka_unit_test(test_uncertainty_is_the_slope_times_u),
        cmocka_unit_test(test_extreme_energies),
        cmocka_unit_test(test_totals_are_sums),
        cmocka_unit_test(test_names_agree_with_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
