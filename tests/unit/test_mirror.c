/* Counters that repeat one another are counted once; those that only look alike are not. */
#include "support/fake_meter.h"

#define RANGE 65532610987u

typedef struct rig {
    eco_fake fake;
    ecopt_ctx *ctx;
    ecopt_energy energy;
} rig;

static rig *start(void)
{
    static rig r;
    memset(&r, 0, sizeof r);
    eco_fake_init(&r.fake);
    r.ctx = eco_test_ctx();
    return &r;
}

/* Opens, measures a second and closes; returns the time that opening took on the virtual clock. */
static double measure(rig *r, const char *sources)
{
    double before_s = r->fake.now_s;
    ecopt_meter *meter = fake_meter_open(r->ctx, &r->fake, sources);
    double open_s = r->fake.now_s - before_s;
    fake_meter_window(r->ctx, meter, &r->fake, 10, 0.1, &r->energy);
    fake_meter_close(r->ctx, &r->fake, meter);
    return open_s;
}

static void test_dies_of_one_counter(void **state)
{
    (void)state;
    rig *r = start();
    for (int i = 0; i < 3; i++) {
        char zone[32], name[32];
        (void)snprintf(zone, sizeof zone, "intel-rapl:%d", i);
        (void)snprintf(name, sizeof name, "package-0-die-%d", i);
        eco_fake_add_zone(&r->fake, zone, name, RANGE, 68);
    }
    double open_s = measure(r, "rapl-powercap");
    assert_close(r->energy.energy_j, 68, 1e-6, 0);
    assert_int_equal(r->energy.sources[0].flags, 0);
    assert_int_equal(r->energy.sources[1].flags, ECOPT_FLAG_MIRROR);
    assert_int_equal(r->energy.sources[2].flags, ECOPT_FLAG_MIRROR);
    assert_true(open_s > 0.0149 && open_s < 0.02);
}

/* Names do not matter: a driver may call its mirrors packages. */
static void test_packages_of_one_counter(void **state)
{
    (void)state;
    rig *r = start();
    eco_fake_add_pmu(&r->fake, "0,18\n");
    eco_fake_add_event(&r->fake, "energy-pkg", 2, 0, 33);
    eco_fake_add_event(&r->fake, "energy-pkg", 2, 18, 33);
    (void)measure(r, "rapl-perf");
    assert_close(r->energy.energy_j, 33, 1e-6, 0);
    assert_true(r->energy.sources[1].flags & ECOPT_FLAG_MIRROR);
}

static void test_two_ways_to_mirrored_packages(void **state)
{
    (void)state;
    rig *r = start();
    eco_fake_add_pmu(&r->fake, "0,18\n");
    eco_fake_add_event(&r->fake, "energy-pkg", 2, 0, 33);
    eco_fake_add_event(&r->fake, "energy-pkg", 2, 18, 33);
    eco_fake_add_zone(&r->fake, "intel-rapl:0", "package-0", RANGE, 33);
    eco_fake_add_zone(&r->fake, "intel-rapl:1", "package-1", RANGE, 33);
    (void)measure(r, "auto");
    assert_close(r->energy.energy_j, 33, 1e-6, 0);
    assert_int_equal(r->energy.flags, 0);
}

static void test_packages_of_nearly_equal_load_are_added(void **state)
{
    (void)state;
    rig *r = start();
    /* 0.1 W apart: 300 uJ in 3 ms, five units. */
    eco_fake_add_zone(&r->fake, "intel-rapl:0", "package-0", RANGE, 68);
    eco_fake_add_zone(&r->fake, "intel-rapl:1", "package-1", RANGE, 68.1);
    double open_s = measure(r, "rapl-powercap");
    assert_close(r->energy.energy_j, 136.1, 1e-6, 0);
    /* Told apart by the first step. */
    assert_close(open_s, 0.003, 1e-6, 0);
}

static void test_one_counter_of_a_scope_costs_nothing(void **state)
{
    (void)state;
    rig *r = start();
    eco_fake_laptop(&r->fake);
    double open_s = measure(r, "auto");
    /* Only core and uncore are two of one scope, and those are never added. */
    assert_close(r->energy.energy_j, 10, 1e-6, 0);
    assert_close(open_s, 0, 0, 0);
    r = start();
    eco_fake_add_zone(&r->fake, "intel-rapl:0", "package-0", RANGE, 68);
    eco_fake_add_zone(&r->fake, "intel-rapl:1", "psys", RANGE, 68);
    assert_close(measure(r, "rapl-powercap"), 0, 0, 0);
}

/* Counters at rest rise alike without being one. */
static void test_counters_that_stand_still_are_no_mirrors(void **state)
{
    (void)state;
    rig *r = start();
    eco_fake_add_zone(&r->fake, "intel-rapl:0", "package-0", RANGE, 10);
    eco_fake_add_zone(&r->fake, "intel-rapl:0:0", "dram", RANGE, 0);
    eco_fake_add_zone(&r->fake, "intel-rapl:1", "package-1", RANGE, 20);
    eco_fake_add_zone(&r->fake, "intel-rapl:1:0", "dram", RANGE, 0);
    double open_s = measure(r, "rapl-powercap");
    assert_close(r->energy.energy_j, 30, 1e-6, 0);
    assert_true(fake_meter_part(&r->energy, "rapl-powercap package-1 dram")->is_counted);
    assert_true(open_s < 0.02);
}

/* One that stands still beside one that moves is not its mirror: it counts, and is missing. */
static void test_a_stuck_counter_is_no_mirror(void **state)
{
    (void)state;
    rig *r = start();
    eco_fake_add_zone(&r->fake, "intel-rapl:0", "package-0", RANGE, 68);
    eco_fake_add_zone(&r->fake, "intel-rapl:1", "package-1", RANGE, 68)->is_stuck = true;
    double before_s = r->fake.now_s;
    ecopt_meter *meter = fake_meter_open(r->ctx, &r->fake, "rapl-powercap");
    assert_close(r->fake.now_s - before_s, 0.003, 1e-6, 0);
    fake_meter_window(r->ctx, meter, &r->fake, 20, 0.1, &r->energy);
    fake_meter_close(r->ctx, &r->fake, meter);
    assert_true(isnan(r->energy.energy_j));
    assert_true(r->energy.flags & ECOPT_FLAG_STUCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dies_of_one_counter),
        cmocka_unit_test(test_packages_of_one_counter),
        cmocka_unit_test(test_two_ways_to_mirrored_packages),
        cmocka_unit_test(test_packages_of_nearly_equal_load_are_added),
        cmocka_unit_test(test_one_counter_of_a_scope_costs_nothing),
        cmocka_unit_test(test_counters_that_stand_still_are_no_mirrors),
        cmocka_unit_test(test_a_stuck_counter_is_no_mirror),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
