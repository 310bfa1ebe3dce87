#include "meter_faults.h"

#include "core/rng.h"
#include "meter/tally.h"

#include <math.h>
#include <string.h>

#define HOUR_S       3600.0
#define JITTER_RATIO 0.25
#define LEFT_S       15.0

/* Twice the most that the load takes, as a source would read it from the power limit. */
#define POWER_MAX_W 400.0

const bench_trouble *bench_troubles(int *ret_n)
{
    static const bench_trouble TABLE[] = {
        {
            0.1,
            262144,
            0,
            0,
        },
        {0.1, 262144, 0.0001, 0},
        {0.1, 262144, 0, 1},
        {0.1, 65536, 0.001, 2},
        {15, 262144, 0.001, 1},
        {15, 65536, 0.001, 1},
    };
    *ret_n = (int)(sizeof TABLE / sizeof *TABLE);
    return TABLE;
}

const char *bench_rule_name(bench_rule rule)
{
    static const char *const NAMES[BENCH_RULE_COUNT] = {"ours", "failed-is-0", "all-wrap", "drop",
                                                        "left-15s"};
    return NAMES[rule];
}

/* A load of 60 to 200 W that steps every 2 to 10 s, and its counter. */
typedef struct hour {
    const bench_trouble *trouble;
    eco_rng rng;
    double time_s, power_w, next_step_s;
    double counter_j, true_j;
    double next_left_s;
    double joules[BENCH_RULE_COUNT];
} hour;

static void pass_time(hour *h, double time_s)
{
    const bench_trouble *trouble = h->trouble;
    /* The load changes inside long intervals too. */
    for (double left_s = time_s; left_s > 0;) {
        if (h->time_s >= h->next_step_s) {
            h->power_w = 60 + 140 * eco_rng_uniform(&h->rng);
            h->next_step_s = h->time_s + 2 + 8 * eco_rng_uniform(&h->rng);
        }
        if (h->time_s >= h->next_left_s) {
            h->joules[BENCH_RULE_LEFT_15S] += h->power_w * LEFT_S;
            h->next_left_s += LEFT_S;
        }
        double next_s = fmin(h->next_step_s, h->next_left_s);
        double piece_s = fmin(left_s, fmax(1e-6, next_s - h->time_s));
        h->true_j += h->power_w * piece_s;
        h->counter_j = fmod(h->counter_j + h->power_w * piece_s, trouble->range_j);
        if (eco_rng_uniform(&h->rng) < trouble->resets_per_h * piece_s / HOUR_S)
            h->counter_j = 0;
        h->time_s += piece_s;
        left_s -= piece_s;
    }
}

/* What was used since the last value, if every decrease is a wrap. */
static double wrapped_j(uint64_t last_uj, uint64_t now_uj, uint64_t modulus_uj)
{
    return 1e-6 * (double)(now_uj >= last_uj ? now_uj - last_uj : modulus_uj - last_uj + now_uj);
}

/* One hour under all rules; the last value that each of them remembers is its own. */
static void run_hour(const bench_trouble *trouble, uint64_t seed, hour *h,
                     ecopt_source_energy *ret_ours)
{
    const uint64_t modulus_uj = (uint64_t)(1e6 * trouble->range_j);
    eco_channel channel;
    eco_mark start, end;
    memset(h, 0, sizeof *h);
    memset(&channel, 0, sizeof channel);
    h->trouble = trouble;
    eco_rng_init(&h->rng, seed, ECO_STREAM_TEST, 1);
    h->counter_j = eco_rng_uniform(&h->rng) * trouble->range_j;
    channel.quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel.unit_j = 61.04e-6;
    eco_counter_init(&channel.counter, modulus_uj, POWER_MAX_W, 0.001);
    eco_sample sample = {.is_ok = true, .step_j = channel.unit_j};
    sample.value_uj = (uint64_t)(1e6 * h->counter_j);
    (void)eco_counter_update(&channel.counter, &sample);
    eco_counter_mark(&channel.counter, 0, &start);
    uint64_t last_uj = sample.value_uj, last_zero_uj = sample.value_uj;
    while (h->time_s < HOUR_S) {
        pass_time(h, trouble->interval_s * (1 + JITTER_RATIO * (2 * eco_rng_uniform(&h->rng) - 1)));
        sample.time_s = h->time_s;
        sample.is_ok = eco_rng_uniform(&h->rng) >= trouble->miss_ratio;
        sample.value_uj = (uint64_t)(1e6 * h->counter_j);
        (void)eco_counter_update(&channel.counter, &sample);
        uint64_t zero_uj = sample.is_ok ? sample.value_uj : 0;
        h->joules[BENCH_RULE_ZERO_MISS] += wrapped_j(last_zero_uj, zero_uj, modulus_uj);
        last_zero_uj = zero_uj;
        if (!sample.is_ok)
            continue;
        h->joules[BENCH_RULE_ALL_WRAP] += wrapped_j(last_uj, sample.value_uj, modulus_uj);
        if (sample.value_uj >= last_uj)
            h->joules[BENCH_RULE_DROP] += 1e-6 * (double)(sample.value_uj - last_uj);
        last_uj = sample.value_uj;
    }
    eco_counter_mark(&channel.counter, h->time_s, &end);
    eco_tally_channel(&channel, &start, &end, ret_ours);
    h->joules[BENCH_RULE_OURS] = ret_ours->energy_j;
}

void bench_trouble_run(const bench_trouble *trouble, int n_hours, bench_trouble_result *ret_result)
{
    bench_trouble_result result = {.n = n_hours};
    for (int i = 0; i < n_hours; i++) {
        hour h;
        ecopt_source_energy ours;
        run_hour(trouble, 1 + (uint64_t)i, &h, &ours);
        result.n_covered += fabs(ours.energy_j - h.true_j) <= ours.u95_j;
        for (int rule = 0; rule < BENCH_RULE_COUNT; rule++) {
            double error_ratio = fabs(h.joules[rule] - h.true_j) / h.true_j;
            result.mean_ratio[rule] += error_ratio / n_hours;
            result.worst_ratio[rule] = fmax(result.worst_ratio[rule], error_ratio);
        }
    }
    *ret_result = result;
}
