/*
 * The benchmark of meters in a size for every day: 60 seeds of each cell, and what one must not
 * get from them.  The seeds are fixed, so the outcome is the same everywhere.
 */
#include "support/eco_test.h"

#include "meter_faults.h"
#include "meter_windows.h"

#include <stdlib.h>

static const bench_seeds SEEDS = {1, 60};

static const bench_backend *backend_of(const char *name)
{
    size_t n;
    const bench_backend *all = bench_backends(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    fail_msg("no backend '%s'", name);
    return NULL;
}

static bench_cell run(const char *backend, bench_load load, double window_s)
{
    bench_cell cell;
    ecopt_ctx *ctx = eco_test_ctx();
    assert_status(ctx, bench_cell_run(ctx, backend_of(backend), load, window_s, &SEEDS, &cell),
                  ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
    return cell;
}

static void test_every_number_that_is_given_is_covered(void **state)
{
    (void)state;
    size_t n;
    const bench_backend *all = bench_backends(&n);
    static const double lengths_s[] = {0.25, 1, 5, 15};
    for (size_t i = 0; i < n * BENCH_LOAD_COUNT * ECO_LEN(lengths_s); i++) {
        const bench_backend *backend = &all[i / ECO_LEN(lengths_s) / BENCH_LOAD_COUNT];
        bench_load load = (bench_load)(i / ECO_LEN(lengths_s) % BENCH_LOAD_COUNT);
        double window_s = lengths_s[i % ECO_LEN(lengths_s)];
        bench_cell cell = run(backend->name, load, window_s);
        if (cell.n_covered < 0.93 * cell.n_given)
            fail_msg("%s, %s, %g s: %d of %d covered", backend->name, bench_load_name(load),
                     window_s, cell.n_covered, cell.n_given);
    }
}

static void test_long_windows_of_counters_are_given_and_unbiased(void **state)
{
    (void)state;
    static const char *const counters[] = {"rapl-1ms", "nvml-20ms", "nvml-100ms"};
    for (size_t i = 0; i < ECO_LEN(counters) * BENCH_LOAD_COUNT; i++) {
        const char *name = counters[i / BENCH_LOAD_COUNT];
        bench_cell cell = run(name, (bench_load)(i % BENCH_LOAD_COUNT), 15);
        assert_int_equal(cell.n_given, SEEDS.n);
        assert_true(fabs(cell.bias_ratio) < 0.002);
        /* Wide enough to hold, not so wide as to say nothing. */
        assert_true(cell.width_ratio < 0.03 && cell.width_ratio < 100 * cell.sd_ratio);
    }
}

/* Ends at an update: several times narrower, and the truth is never outside. */
static void test_edges_make_intervals_narrower(void **state)
{
    (void)state;
    static const struct {
        const char *free, *edges;
        double window_s, most_ratio; /* of the widths */
    } cells[] = {{"rapl-1ms", "rapl-1ms-edges", 0.25, 0.6},
                 {"rapl-1ms", "rapl-1ms-edges", 10, 0.6},
                 {"nvml-20ms", "nvml-20ms-edges", 1, 0.3},
                 {"nvml-100ms", "nvml-100ms-edges", 1, 0.7},
                 {"nvml-100ms", "nvml-100ms-edges", 10, 1}};
    for (size_t i = 0; i < ECO_LEN(cells) * BENCH_LOAD_COUNT; i++) {
        size_t at = i / BENCH_LOAD_COUNT;
        bench_load load = (bench_load)(i % BENCH_LOAD_COUNT);
        bench_cell free = run(cells[at].free, load, cells[at].window_s);
        bench_cell edges = run(cells[at].edges, load, cells[at].window_s);
        assert_int_equal(edges.n_given, SEEDS.n);
        assert_int_equal(edges.n_covered, SEEDS.n);
        assert_true(edges.width_ratio < cells[at].most_ratio * free.width_ratio);
        /* With an even load the share of the last period is right as well. */
        assert_true(load != BENCH_LOAD_CONSTANT || edges.sd_ratio < 0.45 * free.sd_ratio);
    }
    assert_true(run("nvml-100ms-edges", BENCH_LOAD_BURSTS, 0.25).n_given > 0.9 * SEEDS.n);
}

/* What a meter cannot resolve is missing, never a number with an interval that is wrong. */
static void test_what_cannot_be_said_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *backend;
        double window_s;
    } cells[] = {{"nvml-100ms", 0.25},    {"power-25of100ms", 5}, {"power-1s-mean", 0.5},
                 {"dcmi-1s", 1},          {"plug-power-1hz", 1},  {"plug-counter-1wh", 60},
                 {"plug-counter-1wh", 15}};
    for (size_t i = 0; i < ECO_LEN(cells); i++)
        assert_int_equal(run(cells[i].backend, BENCH_LOAD_BURSTS, cells[i].window_s).n_given, 0);
}

/* The machine itself: its meters show what its loads used. */
static void test_true_energy_is_that_of_the_loads(void **state)
{
    (void)state;
    static const double mean_w[BENCH_LOAD_COUNT] = {50, 55, 0, 60, 60};
    bench_machine *machine = calloc(1, sizeof *machine);
    assert_non_null(machine);
    for (int load = 0; load < BENCH_LOAD_COUNT; load++) {
        machine->load = (bench_load)load;
        machine->scale = 2;
        machine->load_period_s = 0.1;
        double power_w = (bench_true_j(machine, 3000) - bench_true_j(machine, 2000)) / 1000;
        double expected_w = load == BENCH_LOAD_BURSTS ? 0.2 * 120 + 0.8 * 15 : mean_w[load];
        assert_close(power_w, 2 * expected_w, 1e-6, 0);
        /* Never backwards. */
        for (int i = 0; i < 5000; i++)
            assert_true(bench_true_j(machine, 0.003 * (i + 1)) > bench_true_j(machine, 0.003 * i));
    }
    free(machine);
}

/* 66 kJ modulus, 0.1 % failed reads, two resets an hour; and what others make of it. */
static void test_faults_cost_next_to_nothing(void **state)
{
    (void)state;
    int n;
    const bench_trouble *troubles = bench_troubles(&n);
    assert_true(n >= 4);
    bench_trouble_result result;
    bench_trouble_run(&troubles[3], 10, &result);
    assert_true(troubles[3].resets_per_h == 2 && troubles[3].miss_ratio == 0.001);
    assert_true(result.mean_ratio[BENCH_RULE_OURS] <= 1e-4);
    assert_int_equal(result.n_covered, 10);
    assert_true(result.mean_ratio[BENCH_RULE_ZERO_MISS] > 1);
    assert_true(result.mean_ratio[BENCH_RULE_ALL_WRAP] > 0.01);
    assert_true(result.mean_ratio[BENCH_RULE_DROP] > 1e-4);
    assert_true(result.mean_ratio[BENCH_RULE_LEFT_15S] > 1e-3);
    /* Wraps alone trouble only those who drop them. */
    bench_trouble_run(&troubles[0], 4, &result);
    assert_true(result.mean_ratio[BENCH_RULE_OURS] < 1e-6);
    assert_true(result.mean_ratio[BENCH_RULE_ALL_WRAP] < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number_that_is_given_is_covered),
        cmocka_unit_test(test_long_windows_of_counters_are_given_and_unbiased),
        cmocka_unit_test(test_edges_make_intervals_narrower),
        cmocka_unit_test(test_what_cannot_be_said_is_missing),
        cmocka_unit_test(test_true_energy_is_that_of_the_loads),
        cmocka_unit_test(test_faults_cost_next_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
