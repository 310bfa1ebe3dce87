#include "support/eco_test.h"

#include "meter/precision.h"

/* A channel fed by hand. */
typedef struct rig {
    eco_channel channel;
    eco_mark start, end;
    double now_s, energy_j;
} rig;

static void begin(rig *r, double power_max_w, double period_s, double unit_j)
{
    memset(r, 0, sizeof *r);
    r->channel.unit_j = unit_j;
    eco_counter_init(&r->channel.counter, 0, power_max_w, period_s);
}

static void count(rig *r, double dt_s, double energy_j)
{
    r->now_s += dt_s;
    r->energy_j += energy_j;
    eco_sample sample = {.time_s = r->now_s,
                         .is_ok = true,
                         .value_uj = (uint64_t)(1e6 * r->energy_j + 0.5),
                         .step_j = r->channel.unit_j};
    (void)eco_counter_update(&r->channel.counter, &sample);
}

static void sense(rig *r, double dt_s, double power_w)
{
    r->now_s += dt_s;
    eco_sample sample = {.time_s = r->now_s, .is_ok = true, .power_w = power_w};
    (void)eco_counter_power(&r->channel.counter, &sample);
}

static eco_precision finish(rig *r)
{
    eco_counter_mark(&r->channel.counter, r->now_s, &r->end);
    return eco_precision_of(&r->channel, &r->start, &r->end,
                            r->end.total.energy_j - r->start.total.energy_j);
}

static void mark_start(rig *r)
{
    eco_counter_mark(&r->channel.counter, r->now_s, &r->start);
}

static void test_factor_is_students(void **state)
{
    (void)state;
    static const double table[][2] = {{0, 12.706},  {1, 12.706}, {2, 4.303},  {3, 3.182},
                                      {4, 2.776},   {5, 2.571},  {10, 2.228}, {30, 2.042},
                                      {100, 1.984}, {1e9, 1.960}};
    for (size_t i = 0; i < ECO_LEN(table); i++)
        assert_close(eco_precision_factor(table[i][0]), table[i][1], 2e-3, 0);
    assert_close(eco_precision_factor((double)NAN), 12.706, 0, 0);
    assert_close(eco_precision_factor(-3), 12.706, 0, 0);
}

static void test_counter_is_bounded_by_its_limit_or_by_its_steps(void **state)
{
    (void)state;
    rig r;
    /* A fast counter: one period at the limit. */
    begin(&r, 300, 0.001, 0);
    count(&r, 0, 0);
    mark_start(&r);
    for (int i = 0; i < 100; i++)
        count(&r, 0.1, 5);
    eco_precision precision = finish(&r);
    assert_true(precision.is_resolved);
    assert_close(precision.half_j, 0.95 * 150 * 0.001, 1e-9, 0);
    assert_close(precision.lag_j, 0, 0, 0);
    /* A slow one: no more than what a step showed. */
    begin(&r, 2000, 0.1, 0);
    count(&r, 0, 0);
    mark_start(&r);
    for (int i = 0; i < 100; i++)
        count(&r, 0.1, 5);
    precision = finish(&r);
    assert_close(precision.half_j, 0.95 * (50 + 50 * 4.0 / 100) * 0.1, 1e-6, 0);
    /* A load that goes on and off: its peak, not its mean. */
    begin(&r, 2000, 0.02, 0);
    count(&r, 0, 0);
    mark_start(&r);
    for (int i = 0; i < 100; i++)
        count(&r, 0.1, i % 2 ? 10 : 1);
    precision = finish(&r);
    assert_true(precision.half_j > 0.95 * 100 * 0.1 && precision.half_j < 0.95 * 160 * 0.1);
}

static void test_large_steps_are_a_bound(void **state)
{
    (void)state;
    rig r;
    begin(&r, 1000, 1, 3600);
    count(&r, 0, 0);
    mark_start(&r);
    for (int i = 1; i <= 3; i++)
        count(&r, 60, 3600);
    assert_false(finish(&r).is_resolved);
    count(&r, 60, 3600);
    assert_true(finish(&r).is_resolved);
    assert_true(finish(&r).half_j >= 3600);
    /* The step came at once and is no jump. */
    assert_int_equal(r.channel.counter.total.n[ECO_EVENT_JUMP], 0);
}

static void test_sensor_lags_behind_a_ramp(void **state)
{
    (void)state;
    rig r;
    begin(&r, 1000, 0.1, 0);
    r.channel.counter.average_s = 1;
    sense(&r, 0, 20);
    mark_start(&r);
    for (int i = 1; i <= 50; i++)
        sense(&r, 0.1, 20 + 0.8 * i);
    eco_precision precision = finish(&r);
    /* Half of the mean and half of the wait for the next update, times the rise. */
    assert_close(precision.lag_j, 0.5 * 1.1 * 40, 1e-9, 0);
    assert_true(precision.is_resolved && precision.half_j > 0.5 * 1.1 * 40);
}

static void test_sensor_that_looks_away_needs_many_updates(void **state)
{
    (void)state;
    rig r;
    double quiet_j = 0;
    for (int is_bursty = 0; is_bursty < 2; is_bursty++) {
        begin(&r, 1000, 0.1, 0);
        r.channel.counter.average_s = 0.025;
        sense(&r, 0, 50);
        mark_start(&r);
        for (int i = 1; i <= 99; i++)
            sense(&r, 0.1, is_bursty && i % 3 == 0 ? 90 : 50);
        assert_false(finish(&r).is_resolved);
        for (int i = 1; i <= 101; i++)
            sense(&r, 0.1, is_bursty && i % 3 == 0 ? 90 : 50);
        assert_true(finish(&r).is_resolved);
        if (is_bursty)
            assert_true(finish(&r).half_j > 5 * quiet_j);
        quiet_j = finish(&r).half_j;
    }
}

/* A slow source is taken to the mark by its last power, which nobody saw. */
static void test_time_taken_is_in_the_interval(void **state)
{
    (void)state;
    rig r;
    for (int is_sensor = 0; is_sensor < 2; is_sensor++) {
        double half_j[2];
        for (int is_late = 0; is_late < 2; is_late++) {
            begin(&r, 1000, 1, 0);
            r.channel.counter.reach_s = 3;
            is_sensor ? sense(&r, 0, 40) : count(&r, 0, 0);
            mark_start(&r);
            for (int i = 0; i < 100; i++)
                is_sensor ? sense(&r, 1, 40) : count(&r, 1, 40);
            r.now_s += 0.5 * is_late;
            half_j[is_late] = finish(&r).half_j;
            assert_close(r.end.taken_s, 0.5 * is_late, 1e-9, 0);
        }
        assert_close(half_j[1] - half_j[0], 0.5 * 40, 0.01, 0);
    }
}

/* Both ends at an update: what is left is what the last rise may be cut into. */
static void test_updates_seen_bound_both_ends(void **state)
{
    (void)state;
    rig r;
    begin(&r, 400, 0.1, 0);
    count(&r, 0, 0);
    count(&r, 0.002, 4); /* an update, then another a period later */
    count(&r, 0.098, 0);
    count(&r, 0.002, 4);
    assert_close(r.channel.counter.step_s, 0.1, 1e-9, 0);
    mark_start(&r);
    assert_close(r.start.age_hi_s, 0.002, 1e-9, 0);
    for (int i = 0; i < 10; i++)
        count(&r, 0.1, 4);
    double end_s = r.now_s + 0.06;
    count(&r, 0.06, 0);
    count(&r, 0.04, 0);
    count(&r, 0.002, 4);
    eco_counter_mark(&r.channel.counter, end_s, &r.end);
    assert_close(r.end.tail_j, 4, 1e-9, 0);
    assert_close(r.end.tail_hi_s, 0.042, 1e-9, 0);
    /* The rise behind the end is not in the total, its share is in the guess. */
    double shown_j = r.end.total.energy_j - r.start.total.energy_j;
    assert_close(shown_j, 40, 1e-9, 0);
    eco_precision precision = eco_precision_of(&r.channel, &r.start, &r.end, shown_j);
    assert_true(precision.is_resolved);
    assert_close(precision.lag_j, 4 * (1 - 0.41) - 0.04, 1e-3, 0);
    /* Behind the end all of the rise may have come (0.042 s at 200 W is more than 4 J): the farther
     * end is 0; at the begin 200 W for 2 ms. */
    assert_close(precision.half_j, 4 * (1 - 0.41) + (0.4 - 0.04), 1e-3, 0);
    /* Next to the update as much as the source can draw in the tail. */
    end_s = r.now_s - 0.006;
    r.channel.counter.edge_lo_s = r.now_s - 0.002;
    eco_counter_mark(&r.channel.counter, end_s, &r.end);
    precision = eco_precision_of(&r.channel, &r.start, &r.end, shown_j);
    assert_close(precision.half_j, 200 * 0.006 - 4 * 0.05 + 0.36, 1e-2, 0);
}

static void test_rounded_watts_are_in_the_interval(void **state)
{
    (void)state;
    rig r;
    begin(&r, 1000, 1, 0);
    r.channel.counter.step_w = 1;
    sense(&r, 0, 50);
    mark_start(&r);
    for (int i = 1; i <= 600; i++)
        sense(&r, 0.1, 50);
    double with_j = finish(&r).half_j;
    r.channel.counter.step_w = 0;
    double without_j = finish(&r).half_j;
    assert_close(with_j, hypot(without_j, 0.95 * 0.5 * 60), 1e-9, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factor_is_students),
        cmocka_unit_test(test_counter_is_bounded_by_its_limit_or_by_its_steps),
        cmocka_unit_test(test_large_steps_are_a_bound),
        cmocka_unit_test(test_sensor_lags_behind_a_ramp),
        cmocka_unit_test(test_sensor_that_looks_away_needs_many_updates),
        cmocka_unit_test(test_time_taken_is_in_the_interval),
        cmocka_unit_test(test_updates_seen_bound_both_ends),
        cmocka_unit_test(test_rounded_watts_are_in_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
