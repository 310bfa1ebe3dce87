#include "meter_machine.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The session's own interval and jitter. */
#define INTERVAL_S   0.1
#define JITTER_RATIO 0.25

/* A sampling thread comes late now and then: at most this, once in a hundred readings. */
#define LATE_S     0.02
#define LATE_RATIO 0.01

/* A sleep takes longer than it was asked for by the timer's slack and the way back to the CPU; one
 * in a hundred waits for another program. */
#define SLEEP_SLACK_S 60e-6
#define SLEEP_LATE_S  2e-3

/* No oscillator of a meter is exact, and it is not that of the load. */
#define TICK_SPREAD_RATIO 0.02
#define TICK_JITTER_RATIO 0.02

const char *bench_load_name(bench_load load)
{
    static const char *const NAMES[BENCH_LOAD_COUNT] = {"constant", "square", "bursts", "ramp",
                                                        "drift"};
    return NAMES[load];
}

const bench_backend *bench_backends(size_t *ret_n)
{
    /* Periods, means and steps: docs/benchmarks.md, "Energy meters". */
    static const bench_backend TABLE[] = {
        {"rapl-1ms", false, 0.001, 0, 61.04e-6, 0, 300, ECOPT_QUALITY_MEASURED_COUNTER, 0},
        {"nvml-20ms", false, 0.02, 0, 1e-3, 0, 500, ECOPT_QUALITY_MEASURED_COUNTER, 0},
        {"nvml-100ms", false, 0.1, 0, 1e-3, 0, 500, ECOPT_QUALITY_MEASURED_COUNTER, 0},
        {"rapl-1ms-edges", false, 0.001, 0, 61.04e-6, 0, 300, ECOPT_QUALITY_MEASURED_COUNTER, 5e-3},
        {"nvml-20ms-edges", false, 0.02, 0, 1e-3, 0, 500, ECOPT_QUALITY_MEASURED_COUNTER, 0.25},
        {"nvml-100ms-edges", false, 0.1, 0, 1e-3, 0, 500, ECOPT_QUALITY_MEASURED_COUNTER, 0.25},
        {"power-25of100ms", true, 0.1, 0.025, 1e-3, 0.005, 500, ECOPT_QUALITY_MEASURED_SAMPLED, 0},
        {"power-1s-mean", true, 0.1, 1, 1e-3, 0.005, 500, ECOPT_QUALITY_MEASURED_SAMPLED, 0},
        {"dcmi-1s", true, 1, 1, 1, 0.005, 1000, ECOPT_QUALITY_MEASURED_WALL, 0},
        {"plug-power-1hz", true, 1, 1, 0.1, 0.005, 1000, ECOPT_QUALITY_MEASURED_WALL, 0},
        {"plug-counter-1wh", false, 1, 0, 3600, 0, 1000, ECOPT_QUALITY_MEASURED_WALL, 0},
    };
    *ret_n = sizeof TABLE / sizeof *TABLE;
    return TABLE;
}

/* Energy of a power that is high for the first part of each period. */
static double pulses_j(double time_s, double period_s, double high_s, double high_w, double low_w)
{
    double n = floor(time_s / period_s), rest_s = time_s - n * period_s;
    return low_w * time_s + (high_w - low_w) * (n * high_s + fmin(rest_s, high_s));
}

double bench_true_j(const bench_machine *machine, double time_s)
{
    /* In closed form: no step of a simulation stands between the truth and the meter. */
    double t = time_s + machine->load_phase_s, energy_j = 50 * t;
    if (machine->load == BENCH_LOAD_SQUARE)
        energy_j = pulses_j(t, 1, 0.5, 90, 20);
    else if (machine->load == BENCH_LOAD_BURSTS)
        energy_j = pulses_j(t, machine->load_period_s, 0.02, 120, 15);
    else if (machine->load == BENCH_LOAD_RAMP)
        energy_j = 20 * t + 8 * (50 * floor(t / 10) + 0.5 * pow(fmod(t, 10), 2));
    else if (machine->load == BENCH_LOAD_DRIFT)
        energy_j = 60 * (t + 0.1 * 20 * exp(-t / 20));
    return machine->scale * energy_j;
}

/* A number in -1..1 that belongs to an update, not to how often it is asked for. */
static double update_noise(const bench_machine *machine, double update, unsigned which)
{
    uint64_t x =
        machine->seed * 0x9e3779b97f4a7c15u + (uint64_t)(int64_t)update + 77 * (uint64_t)which;
    /* The finaliser of splitmix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195). */
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return 2 * ((double)(x >> 11) * 0x1p-53) - 1;
}

static double update_time(const bench_machine *machine, double update)
{
    double jitter_s = TICK_JITTER_RATIO * machine->tick_s * update_noise(machine, update, 0);
    return machine->tick_phase_s + update * machine->tick_s + jitter_s;
}

/* The last update that is not later than now. */
static double last_update(const bench_machine *machine)
{
    double update = floor((machine->now_s - machine->tick_phase_s) / machine->tick_s) + 1;
    while (update_time(machine, update) > machine->now_s)
        update--;
    return update;
}

static int read_backend(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    (void)io;
    const bench_machine *machine = channel->state;
    const bench_backend *backend = machine->backend;
    double update = last_update(machine), time_s = update_time(machine, update);
    ret->is_power = backend->is_power;
    if (!backend->is_power) {
        double steps = floor(bench_true_j(machine, time_s) / backend->step);
        ret->energy_uj = (uint64_t)(1e6 * steps * backend->step);
        return 0;
    }
    double mean_w =
        (bench_true_j(machine, time_s) - bench_true_j(machine, time_s - backend->average_s)) /
        backend->average_s;
    /* Uniform with the stated standard deviation: sqrt 3 half widths. */
    mean_w *= 1 + sqrt(3) * backend->noise_ratio * update_noise(machine, update, 1);
    ret->power_w = backend->step * floor(mean_w / backend->step + 0.5);
    return 0;
}

static const eco_source_ops BACKEND_OPS = {
    .version = ECO_SOURCE_VERSION,
    .kind = "bench",
    .read = read_backend,
};

static int no_file(void *user, const char *path)
{
    (void)user;
    (void)path;
    return -ENOENT;
}

static double machine_now(void *user, eco_clock which)
{
    const bench_machine *machine = user;
    return which == ECO_CLOCK_PROCESS ? 0 : machine->now_s;
}

static void machine_sleep(void *user, double time_s)
{
    bench_machine *machine = user;
    machine->now_s += time_s + SLEEP_SLACK_S * (0.5 + eco_rng_uniform(&machine->rng));
    if (eco_rng_uniform(&machine->rng) < LATE_RATIO)
        machine->now_s += SLEEP_LATE_S * eco_rng_uniform(&machine->rng);
}

/* One counted channel, described as a source would describe it. */
static void add_channel(bench_machine *machine)
{
    const bench_backend *backend = machine->backend;
    eco_channel *channel = &machine->set.channels[machine->set.n_channels++];
    (void)snprintf(channel->name, sizeof channel->name, "bench %s", backend->name);
    channel->ops = &BACKEND_OPS;
    channel->state = machine;
    channel->quality = backend->quality;
    channel->scope = ECO_SCOPE_SUBJECT;
    channel->is_counted = true;
    channel->gain_lo = 1;
    channel->gain_hi = 1;
    channel->check_of = -1;
    channel->info = -1;
    channel->unit_j = backend->is_power ? 0 : backend->step;
    eco_counter_init(&channel->counter, 0, backend->power_max_w, backend->period_s);
    if (backend->is_power) {
        channel->counter.average_s = backend->average_s;
        channel->counter.step_w = backend->step;
    }
}

ecopt_status bench_machine_start(ecopt_ctx *ctx, const bench_backend *backend, bench_load load,
                                 uint64_t seed, bench_machine *ret_machine)
{
    bench_machine *machine = ret_machine;
    memset(machine, 0, sizeof *machine);
    machine->backend = backend;
    machine->load = load;
    machine->seed = seed;
    eco_rng_init(&machine->rng, seed, ECO_STREAM_TEST, (uint64_t)load);
    machine->io = (eco_io){
        .user = machine, .root = "", .open = no_file, .now = machine_now, .sleep = machine_sleep};
    machine->now_s = 1000;
    machine->scale = 0.8 + 0.45 * eco_rng_uniform(&machine->rng);
    /* The drift begins up to 20 s before the window, the others anywhere. */
    machine->load_phase_s =
        20 * eco_rng_uniform(&machine->rng) - (load == BENCH_LOAD_DRIFT ? machine->now_s : 0);
    machine->load_period_s = 0.08 + 0.04 * eco_rng_uniform(&machine->rng);
    double spread = 2 * eco_rng_uniform(&machine->rng) - 1;
    machine->tick_s = backend->period_s * (1 + TICK_SPREAD_RATIO * spread);
    machine->tick_phase_s = machine->tick_s * eco_rng_uniform(&machine->rng);
    machine->set.ctx = ctx;
    machine->set.io = &machine->io;
    add_channel(machine);
    eco_session_options options = {.ctx = ctx,
                                   .io = &machine->io,
                                   .set = &machine->set,
                                   .interval_s = INTERVAL_S,
                                   .edge_wait_s = backend->edge_wait_s};
    return eco_session_start(&options, &machine->session);
}

ecopt_status bench_machine_run(bench_machine *machine, double time_s, ecopt_energy *ret_energy,
                               double *ret_true_j)
{
    ecopt_window *window;
    eco_rng *rng = &machine->rng;
    ECO_TRY(eco_session_begin(machine->session, 0, NULL, &window));
    double begin_s = machine->now_s, end_s = begin_s + time_s;
    for (;;) {
        double step_s = INTERVAL_S * (1 + JITTER_RATIO * (2 * eco_rng_uniform(rng) - 1));
        if (eco_rng_uniform(rng) < LATE_RATIO)
            step_s += LATE_S * eco_rng_uniform(rng);
        if (machine->now_s + step_s >= end_s)
            break;
        machine->now_s += step_s;
        eco_session_sample(machine->session);
    }
    machine->now_s = end_s;
    *ret_true_j = bench_true_j(machine, end_s) - bench_true_j(machine, begin_s);
    eco_session_end(machine->session, window, (double)NAN, ret_energy);
    return ECOPT_OK;
}

void bench_machine_stop(bench_machine *machine)
{
    eco_session_stop(machine->session);
    machine->session = NULL;
}
