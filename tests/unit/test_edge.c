/* Waiting for updates, on counters that tick and a clock that only sleeping moves. */
#include "support/eco_test.h"

#include "meter/edge.h"
#include "meter/tally.h"

#include <errno.h>

/* A counter that shows the energy of a steady power as of its last tick. */
typedef struct ticker {
    struct rig *rig;
    double tick_s, phase_s, power_w;
    bool is_stuck, is_power;
    int error;
} ticker;

typedef struct rig {
    eco_io io;
    double now_s;
    int n_sleeps;
    double burst_s, burst_j; /* energy that comes all at once */
    eco_channel_set set;
    ticker tickers[3];
} rig;

static double true_j(const rig *r, const ticker *t, double time_s)
{
    return t->power_w * time_s + (time_s >= r->burst_s ? r->burst_j : 0);
}

static int read_ticker(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    (void)io;
    const ticker *t = channel->state;
    double n = floor((t->rig->now_s - t->phase_s) / t->tick_s);
    double update_s = t->is_stuck ? 0 : t->phase_s + n * t->tick_s;
    ret->is_power = t->is_power;
    ret->power_w = t->power_w;
    ret->energy_uj = (uint64_t)(1e6 * true_j(t->rig, t, update_s));
    return t->error;
}

static double rig_now(void *user, eco_clock which)
{
    (void)which;
    return ((rig *)user)->now_s;
}

static void rig_sleep(void *user, double time_s)
{
    rig *r = user;
    r->now_s += time_s;
    r->n_sleeps++;
}

static const eco_source_ops TICKER_OPS = {
    .version = ECO_SOURCE_VERSION, .kind = "ticker", .read = read_ticker};
static const eco_source_ops SLOW_OPS = {
    .version = ECO_SOURCE_VERSION, .kind = "slow", .read = read_ticker, .is_slow = true};
static void settle(const eco_channel *channel, const eco_span *span, ecopt_source_energy *energy)
{
    (void)channel;
    (void)span;
    (void)energy;
}

static const eco_source_ops SETTLING_OPS = {
    .version = ECO_SOURCE_VERSION, .kind = "settling", .read = read_ticker, .settle = settle};
static const eco_source_ops UNREADABLE_OPS = {.version = ECO_SOURCE_VERSION, .kind = "none"};

static void init(rig *r)
{
    memset(r, 0, sizeof *r);
    r->now_s = 1000;
    r->burst_s = (double)INFINITY;
    r->io = (eco_io){.user = r, .root = "", .now = rig_now, .sleep = rig_sleep};
    r->set.io = &r->io;
}

static eco_channel *add(rig *r, double period_s, double phase_s, double power_w)
{
    size_t i = r->set.n_channels++;
    eco_channel *channel = &r->set.channels[i];
    r->tickers[i] =
        (ticker){.rig = r, .tick_s = period_s, .phase_s = phase_s * period_s, .power_w = power_w};
    channel->ops = &TICKER_OPS;
    channel->state = &r->tickers[i];
    channel->is_counted = true;
    channel->unit_j = 1e-6;
    channel->gain_lo = channel->gain_hi = 1;
    channel->mirror_of = channel->check_of = -1;
    eco_counter_init(&channel->counter, 0, 4 * power_w, period_s);
    return channel;
}

static void read_all(rig *r)
{
    for (size_t i = 0; i < r->set.n_channels; i++) {
        eco_reading reading;
        double time_s;
        (void)eco_channel_read(&r->io, &r->set.channels[i], false, &reading, &time_s);
    }
}

/* A window as a session makes it: all ends read between the waits. */
static double window(rig *r, double time_s, double wait_s, ecopt_source_energy *ret)
{
    eco_mark start[3], end[3];
    for (size_t i = 0; i < r->set.n_channels; i++)
        eco_counter_forget(&r->set.channels[i].counter);
    eco_edge_wait(&r->io, &r->set, NULL, wait_s, true);
    read_all(r);
    double begin_s = r->now_s;
    for (size_t i = 0; i < r->set.n_channels; i++)
        eco_counter_mark(&r->set.channels[i].counter, begin_s, &start[i]);
    for (double t = 0.1; t < time_s; t += 0.1) {
        r->now_s = begin_s + t;
        read_all(r);
    }
    r->now_s = begin_s + time_s;
    read_all(r);
    eco_edge_wait(&r->io, &r->set, NULL, wait_s, false);
    for (size_t i = 0; i < r->set.n_channels; i++) {
        eco_counter_mark(&r->set.channels[i].counter, begin_s + time_s, &end[i]);
        eco_tally_channel(&r->set.channels[i], &start[i], &end[i], &ret[i]);
    }
    return begin_s;
}

static void test_who_is_waited_for(void **state)
{
    (void)state;
    static rig r;
    init(&r);
    eco_channel *channel = add(&r, 0.001, 0.3, 50);
    assert_true(eco_edge_can(channel, 0.002) && eco_edge_can(channel, 1));
    assert_false(eco_edge_can(channel, 0.0019));
    channel->is_counted = false;
    assert_false(eco_edge_can(channel, 1));
    channel->is_counted = true;
    channel->counter.is_sensor = true;
    assert_false(eco_edge_can(channel, 1));
    channel->counter.is_sensor = false;
    channel->counter.period_s = 0;
    assert_false(eco_edge_can(channel, 1));
    channel->counter.period_s = 0.001;
    channel->ops = &SLOW_OPS;
    assert_false(eco_edge_can(channel, 1));
    channel->ops = &SETTLING_OPS;
    assert_false(eco_edge_can(channel, 1));
    channel->ops = &UNREADABLE_OPS;
    assert_false(eco_edge_can(channel, 1));
}

static void test_a_window_begins_behind_an_update(void **state)
{
    (void)state;
    static rig r;
    eco_mark mark;
    init(&r);
    eco_counter *counter = &add(&r, 0.1, 0.37, 50)->counter;
    eco_edge_wait(&r.io, &r.set, NULL, 0.2, true);
    eco_counter_mark(counter, r.now_s, &mark);
    assert_true(mark.age_lo_s >= 0 && mark.age_hi_s <= 0.0021);
    assert_true(isnan(mark.tail_j));
    /* The first time it looks for two updates, and knows the period then. */
    assert_close(counter->step_s, 0.1, 0.03, 0);
    assert_true(r.now_s < 1000.2);
    double before_s = r.now_s;
    eco_counter_forget(counter);
    r.now_s += 0.05;
    eco_edge_wait(&r.io, &r.set, NULL, 0.2, true);
    assert_true(r.now_s - before_s < 0.103);
    /* Nothing of it is in the energy but what the counter showed. */
    assert_true(counter->total.energy_j <= 15.01);
}

static void test_the_tail_is_kept_out_and_shared_by_time(void **state)
{
    (void)state;
    static rig r;
    ecopt_source_energy energy[3];
    for (int i = 0; i < 20; i++) {
        init(&r);
        (void)add(&r, 0.1, 0.13 + 0.043 * i, 50);
        double time_s = 0.35 + 0.017 * i;
        (void)window(&r, time_s, 0.25, energy);
        /* Two looks of 2 ms are what is left of the phases. */
        assert_close(energy->energy_j, 50 * time_s, 0, 2 * 0.002 * 50);
        assert_true(energy->u95_j < 5.5);
        assert_false(energy->flags & ECOPT_FLAG_GAP);
        /* Without a wait such a window says nothing, or much less. */
        (void)window(&r, time_s, 0.1, energy);
        assert_true(isnan(energy->energy_j) || energy->u95_j > 6);
    }
}

/* Whatever the load does inside a period: all of it at once, just before or just after the end. */
static void test_bursts_are_covered(void **state)
{
    (void)state;
    static rig r;
    ecopt_source_energy energy[3];
    for (int i = 0; i < 60; i++) {
        init(&r);
        (void)add(&r, 0.1, 0.2, 50);
        double time_s = 0.5 + 0.013 * i;
        r.burst_s = 1000.15 + time_s + 0.004 * (i % 30);
        r.burst_j = 6;
        double begin_s = window(&r, time_s, 0.25, energy);
        double used_j =
            true_j(&r, &r.tickers[0], begin_s + time_s) - true_j(&r, &r.tickers[0], begin_s);
        assert_true(fabs(energy->energy_j - used_j) <= energy->u95_j);
    }
}

static void test_counters_of_different_phase_are_all_near(void **state)
{
    (void)state;
    static rig r;
    ecopt_source_energy energy[3];
    init(&r);
    for (int i = 0; i < 3; i++)
        (void)add(&r, 0.001, 0.2 + 0.3 * i, 20.0 * (i + 1));
    (void)window(&r, 0.25, 0.005, energy);
    for (size_t i = 0; i < 3; i++) {
        double power_w = r.tickers[i].power_w;
        assert_close(energy[i].energy_j, power_w * 0.25, 2e-3, 0);
        assert_true(energy[i].u95_j < 0.011 * energy[i].energy_j);
    }
}

/* The rise that is wanted behind the end may have come between the last reading and the wait. */
static void test_an_update_that_has_come_already(void **state)
{
    (void)state;
    static rig r;
    init(&r);
    eco_channel *channel = add(&r, 0.1, 0.2, 50);
    read_all(&r);
    uint64_t before_uj = channel->counter.last_uj;
    r.now_s += 0.1;
    eco_edge_wait(&r.io, &r.set, NULL, 0.25, false);
    assert_int_equal(r.n_sleeps, 0);
    assert_int_equal(channel->counter.last_uj, before_uj + 5000000);
    /* Nothing has come: now it is waited for. */
    eco_edge_wait(&r.io, &r.set, NULL, 0.25, false);
    assert_true(r.n_sleeps > 0);
    assert_int_equal(channel->counter.last_uj, before_uj + 10000000);
    /* At a begin such a rise may be old: the next one is waited for. */
    eco_mark mark;
    channel->counter.step_s = 0.1;
    r.now_s += 0.17;
    r.n_sleeps = 0;
    eco_edge_wait(&r.io, &r.set, NULL, 0.25, true);
    assert_true(r.n_sleeps > 0);
    eco_counter_mark(&channel->counter, r.now_s, &mark);
    assert_true(mark.age_hi_s <= 0.0021);
}

/* A counter that is through goes on being watched while another one is waited for. */
static void test_the_next_update_of_the_first_counts(void **state)
{
    (void)state;
    static rig r;
    eco_mark mark;
    init(&r);
    eco_channel *first = add(&r, 0.06, 0.2, 50);
    first->counter.step_s = 0.06;
    add(&r, 0.1, 0.9, 50)->counter.step_s = 0.1;
    r.now_s = 1200;
    eco_edge_wait(&r.io, &r.set, NULL, 0.25, true);
    /* Its updates come at 12 and 72 ms, that of the other at 90 ms. */
    assert_close(r.now_s, 1200.09, 0, 0.003);
    read_all(&r);
    eco_counter_mark(&first->counter, r.now_s, &mark);
    assert_close(mark.age_lo_s, 0.018, 0, 0.004);
    assert_close(mark.age_hi_s, 0.018, 0, 0.004);
}

/* A counter that does not move, or cannot be read, costs two periods at most and changes nothing.
 */
static void test_what_does_not_come_is_not_waited_for(void **state)
{
    (void)state;
    static rig r;
    ecopt_source_energy energy[3];
    init(&r);
    eco_channel *channel = add(&r, 0.001, 0.2, 50);
    r.tickers[0].is_stuck = true;
    eco_edge_wait(&r.io, &r.set, NULL, 0.005, true);
    assert_true(r.now_s > 1000.0015 && r.now_s < 1000.0025);
    assert_int_equal(channel->counter.total.n[ECO_EVENT_OK], 0);
    r.tickers[0].is_stuck = false;
    r.tickers[0].error = -EIO;
    r.n_sleeps = 0;
    eco_edge_wait(&r.io, &r.set, NULL, 0.005, true);
    assert_int_equal(r.n_sleeps, 0);
    r.tickers[0].error = 0;
    r.tickers[0].is_power = true;
    eco_edge_wait(&r.io, &r.set, NULL, 0.005, true);
    assert_int_equal(r.n_sleeps, 0);
    /* Too slow for the wait: read where it stands. */
    init(&r);
    (void)add(&r, 0.1, 0.2, 50);
    (void)window(&r, 1, 0.1, energy);
    assert_int_equal(r.n_sleeps, 0);
    assert_true(!isnan(energy->energy_j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_waited_for),
        cmocka_unit_test(test_a_window_begins_behind_an_update),
        cmocka_unit_test(test_the_tail_is_kept_out_and_shared_by_time),
        cmocka_unit_test(test_bursts_are_covered),
        cmocka_unit_test(test_counters_of_different_phase_are_all_near),
        cmocka_unit_test(test_an_update_that_has_come_already),
        cmocka_unit_test(test_the_next_update_of_the_first_counts),
        cmocka_unit_test(test_what_does_not_come_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
