/* The counters of ecopt-energyd on a made-up machine: what a client reads after so many ticks. */
#include "support/eco_test.h"

#include "counters.h"
#include "support/fakesys.h"

#include <errno.h>

typedef struct rig {
    eco_fake fake;
    ecopt_ctx *ctx;
    energyd_counters counters;
    eco_helper_answer answer;
} rig;

static rig r;

static int set_up(void **state)
{
    (void)state;
    memset(&r, 0, sizeof r);
    r.ctx = eco_test_ctx();
    eco_fake_init(&r.fake);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    energyd_counters_close(&r.counters);
    assert_int_equal(r.fake.n_open, 0);
    assert_int_equal(eco_ctx_live_b(r.ctx), 0);
    eco_fake_release(&r.fake);
    ecopt_ctx_free(r.ctx);
    return 0;
}

static void open_counters(void)
{
    assert_status(r.ctx, energyd_counters_open(r.ctx, &r.fake.io, 0.1, &r.counters), ECOPT_OK);
}

/* What a client reads after so many ticks. */
static const eco_helper_domain *after_ticks(int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        eco_fake_advance(&r.fake, 0.1);
        energyd_counters_tick(&r.counters);
    }
    assert_int_equal(r.counters.text_b, strlen(r.counters.text));
    assert_int_equal(eco_helper_parse(r.counters.text, &r.answer), 0);
    for (size_t i = 0; i < r.answer.n; i++)
        if (strcmp(r.answer.domains[i].name, name) == 0)
            return &r.answer.domains[i];
    fail_msg("'%s' is not served", name);
    return NULL;
}

static void test_counts_of_a_server(void **state)
{
    (void)state;
    eco_fake_server(&r.fake);
    open_counters();
    const eco_helper_domain *d = after_ticks(0, "package-0");
    assert_int_equal(d->energy_uj, 0);
    assert_int_equal(d->power_mw, 0);
    uint64_t since_us = d->since_us;
    d = after_ticks(600, "package-0");
    assert_int_equal(r.answer.period_us, 100000);
    assert_close((double)d->energy_uj, 60 * 80e6, 1e-9, 2);
    assert_close((double)d->power_mw, 80e3, 0, 1);
    assert_close((double)d->time_us, 1e6 * r.fake.now_s, 0, 2);
    assert_int_equal(d->since_us, since_us);
    assert_int_equal(d->unit_nj, 61035);
    assert_int_equal(d->power_max_mw, 300000);
    assert_int_equal(d->gain_lo_ppt, 900);
    assert_int_equal(d->scope, ECO_SCOPE_PACKAGE);
    d = after_ticks(0, "package-1 dram");
    assert_close((double)d->energy_uj, 60 * 7e6, 1e-9, 2);
    assert_int_equal(d->scope, ECO_SCOPE_DRAM);
    assert_int_equal(d->gain_hi_ppt, 1250);
}

static void test_a_wrap_goes_on_counting(void **state)
{
    (void)state;
    eco_fake_zone *zone =
        eco_fake_add_zone(&r.fake, "intel-rapl:0", "package-0", 262143328850u, 90);
    zone->energy_uj = 262143328850.0 - 5e6;
    open_counters();
    uint64_t since_us = after_ticks(0, "package-0")->since_us;
    const eco_helper_domain *d = after_ticks(10, "package-0");
    assert_close((double)d->energy_uj, 90e6, 1e-9, 2);
    assert_int_equal(d->since_us, since_us);
}

/* Whatever would have to be guessed begins a new count, at 0. */
static void test_a_reset_begins_a_new_count(void **state)
{
    (void)state;
    eco_fake_zone *zone =
        eco_fake_add_zone(&r.fake, "intel-rapl:0", "package-0", 262143328850u, 90);
    open_counters();
    uint64_t since_us = after_ticks(5, "package-0")->since_us;
    zone->energy_uj = 0;
    const eco_helper_domain *d = after_ticks(1, "package-0");
    assert_int_equal(d->energy_uj, 0);
    assert_int_equal(d->power_mw, 0);
    assert_true(d->since_us > since_us);
    since_us = d->since_us;
    d = after_ticks(10, "package-0");
    assert_close((double)d->energy_uj, 90e6, 1e-9, 2);
    assert_int_equal(d->since_us, since_us);
}

static void test_a_suspend_begins_a_new_count(void **state)
{
    (void)state;
    eco_fake_add_zone(&r.fake, "intel-rapl:0", "package-0", 262143328850u, 90);
    open_counters();
    uint64_t since_us = after_ticks(5, "package-0")->since_us;
    r.fake.slept_s += 100;
    const eco_helper_domain *d = after_ticks(1, "package-0");
    assert_int_equal(d->energy_uj, 0);
    assert_true(d->since_us > since_us);
    /* Once. */
    since_us = d->since_us;
    assert_int_equal(after_ticks(1, "package-0")->since_us, since_us);
}

/* The old value stands with its old time; its energy comes with the next good reading. */
static void test_failed_readings(void **state)
{
    (void)state;
    eco_fake_add_zone(&r.fake, "intel-rapl:0", "package-0", 262143328850u, 90);
    open_counters();
    const eco_helper_domain *d = after_ticks(5, "package-0");
    uint64_t time_us = d->time_us, since_us = d->since_us;
    double good_s = r.counters.good_s;
    eco_fake_add_fault(&r.fake, "energy_uj", -EIO, true, 3);
    d = after_ticks(3, "package-0");
    assert_int_equal(d->time_us, time_us);
    assert_close(r.counters.good_s, good_s, 0, 1e-12);
    d = after_ticks(1, "package-0");
    assert_int_equal(d->since_us, since_us);
    assert_close((double)d->energy_uj, 81e6, 1e-9, 2);
    assert_close((double)d->power_mw, 90e3, 0, 1);
    assert_true(r.counters.good_s > good_s);
}

static void test_perf_goes_before_powercap(void **state)
{
    (void)state;
    eco_fake_server(&r.fake);
    eco_fake_add_pmu(&r.fake, "0\n");
    eco_fake_add_event(&r.fake, "energy-pkg", 2, 0, 33);
    open_counters();
    assert_close((double)after_ticks(10, "package-0")->energy_uj, 33e6, 1e-6, 2);
    assert_int_equal(r.answer.n, 1);
}

static void test_a_mirror_is_served_once(void **state)
{
    (void)state;
    eco_fake_zone *one =
        eco_fake_add_zone(&r.fake, "intel-rapl:0", "package-0-die-0", 65532610987u, 60);
    eco_fake_zone *two =
        eco_fake_add_zone(&r.fake, "intel-rapl:1", "package-0-die-1", 65532610987u, 60);
    two->energy_uj = one->energy_uj;
    open_counters();
    (void)after_ticks(1, "package-0-die-0");
    assert_int_equal(r.answer.n, 1);
}

static void test_nothing_to_read(void **state)
{
    (void)state;
    assert_status(r.ctx, energyd_counters_open(r.ctx, &r.fake.io, 0.1, &r.counters),
                  ECOPT_E_METER_NONE);
    energyd_counters_close(&r.counters);
    eco_fake_laptop(&r.fake);
    eco_fake_add_fault(&r.fake, "energy_uj", -EACCES, false, -1);
    assert_status(r.ctx, energyd_counters_open(r.ctx, &r.fake.io, 0.1, &r.counters),
                  ECOPT_E_METER_PERM);
}

static ecopt_status open_and_close(ecopt_ctx *ctx, void *user)
{
    (void)user;
    ecopt_status status = energyd_counters_open(ctx, &r.fake.io, 0.1, &r.counters);
    energyd_counters_close(&r.counters);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    eco_fake_laptop(&r.fake);
    eco_test_alloc_sweep(open_and_close, NULL);
}

#define COUNTER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COUNTER_TEST(test_counts_of_a_server),
        COUNTER_TEST(test_a_wrap_goes_on_counting),
        COUNTER_TEST(test_a_reset_begins_a_new_count),
        COUNTER_TEST(test_a_suspend_begins_a_new_count),
        COUNTER_TEST(test_failed_readings),
        COUNTER_TEST(test_perf_goes_before_powercap),
        COUNTER_TEST(test_a_mirror_is_served_once),
        COUNTER_TEST(test_nothing_to_read),
        COUNTER_TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
