/*
 * The source "battery": what a machine draws from its batteries, while no other supply feeds it.
 *
 * Files: kernel Documentation/ABI/testing/sysfs-class-power (uWh, uW, uAh, uA, uV).  Valid only
 * while the machine runs on batteries: at a mains supply the current is that of charging, or none.
 * A battery that begins to charge inside a window makes a gap: its readings fail until it
 * discharges again, and what came before and after is bounded, not subtracted.
 */
#include "meter/held.h"
#include "meter/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FOLDER "/sys/class/power_supply"

enum { SUPPLIES_MAX = 12 };

/* Fuel gauges refresh the charge every few seconds, the current about once a second. */
#define ENERGY_PERIOD_S 5.0
#define POWER_PERIOD_S  1.0

/* No battery that may fly gives more. */
#define POWER_MAX_W 250.0

/* Stated default: gauges are calibrated to some per cent of their range. */
#define GAIN_LO 0.90
#define GAIN_HI 1.10

#define UJ_PER_UWH 3600.0

#define REMEDY_AC "unplug the power supply: a battery is a meter only while it discharges"

#define REMEDY_NONE "a machine without such a battery lacks nothing: any other meter will do"

/* How a battery tells its energy. */
typedef enum battery_way {
    WAY_ENERGY,  /* energy_now */
    WAY_CHARGE,  /* charge_now and voltage_now */
    WAY_POWER,   /* power_now */
    WAY_CURRENT, /* current_now and voltage_now */
    WAY_COUNT
} battery_way;

static const char *const WAY_FILES[WAY_COUNT] = {"energy_now", "charge_now", "power_now",
                                                 "current_now"};

/* One supply that decides whether the machine runs on batteries. */
typedef struct supply {
    eco_held held; /* "status" of a battery, "online" of a mains supply */
    bool is_mains;
} supply;

typedef struct battery_state {
    battery_way way;
    eco_held value, voltage;
    bool is_known; /* last_raw is of an uninterrupted discharge */
    int64_t last_raw;
    double used_uj;
    size_t n_supplies;
    supply supplies[SUPPLIES_MAX];
} battery_state;

/* Whether everything here runs on batteries now; a supply that cannot be read is no reason to
 * doubt the others, a battery that cannot be read is. */
static bool is_discharging(const eco_io *io, battery_state *state)
{
    size_t n_discharging = 0, n_mains = 0, n_batteries = 0;
    for (size_t i = 0; i < state->n_supplies; i++) {
        supply *one = &state->supplies[i];
        char text[32];
        if (eco_held_text(io, &one->held, text, sizeof text) < 0 && !one->is_mains)
            return false;
        n_mains += one->is_mains;
        n_batteries += !one->is_mains;
        n_discharging += strcmp(text, "Discharging") == 0;
        if (one->is_mains ? text[0] != '\0' && strcmp(text, "0") != 0
                          : strcmp(text, "Charging") == 0)
            return false;
    }
    /* A second battery rests while the first one works; without a mains supply that says that it
     * is off, "Not charging" may as well mean that one is on. */
    return n_mains > 0 ? n_discharging > 0 : n_discharging == n_batteries;
}

/* The sign of currents and powers is the driver's taste: while discharging it is all use. */
static double magnitude(int64_t value)
{
    return value < 0 ? -(double)value : (double)value;
}

/* Joules used since the start, from a store that goes down. A store that goes up while discharging
 * (the gauge thought again), or was away, restarts the count at 0, which the classifier takes for
 * the reset that it is; the 1 uJ makes every other value larger than that 0. */
static uint64_t used_since(battery_state *state, int64_t raw, double uj_per_raw)
{
    bool is_restart = state->is_known ? raw > state->last_raw : state->used_uj > 0;
    if (is_restart)
        state->used_uj = 0;
    else if (state->is_known)
        state->used_uj += (double)(state->last_raw - raw) * uj_per_raw;
    state->is_known = true;
    state->last_raw = raw;
    return is_restart ? 0 : (uint64_t)state->used_uj + 1;
}

static int read_battery(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    battery_state *state = channel->state;
    int64_t raw = 0, voltage_uv = 0;
    ret->is_power = state->way == WAY_POWER || state->way == WAY_CURRENT;
    if (!is_discharging(io, state)) {
        state->is_known = false;
        return -ENODATA;
    }
    int status = eco_held_i64(io, &state->value, &raw);
    if (status == 0 && (state->way == WAY_CHARGE || state->way == WAY_CURRENT))
        status = eco_held_i64(io, &state->voltage, &voltage_uv);
    if (status < 0)
        return status;
    /* uAh times V are uWh; uA times V are uW. */
    double voltage_v = 1e-6 * (double)voltage_uv;
    if (raw < 0 && !ret->is_power)
        return -ERANGE;
    if (state->way == WAY_POWER)
        ret->power_w = 1e-6 * magnitude(raw);
    else if (state->way == WAY_CURRENT)
        ret->power_w = 1e-6 * magnitude(raw) * voltage_v;
    else
        ret->energy_uj =
            used_since(state, raw, UJ_PER_UWH * (state->way == WAY_CHARGE ? voltage_v : 1));
    return 0;
}

static void close_battery(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    battery_state *state = channel->state;
    if (state) {
        eco_held_close(io, &state->value);
        eco_held_close(io, &state->voltage);
        for (size_t i = 0; i < state->n_supplies; i++)
            eco_held_close(io, &state->supplies[i].held);
    }
    eco_free(ctx, state);
    channel->state = NULL;
}

/* Step of a gauge, from numbers that it shows: the coarsest of 10 mWh, 1 mWh that fits them all
 * (or mAh). */
static double step_raw(const eco_io *io, const char *folder, battery_way way)
{
    static const char *const files[][3] = {
        {"energy_now", "energy_full", "energy_full_design"},
        {"charge_now", "charge_full", "charge_full_design"},
    };
    static const int64_t steps[] = {10000, 1000, 100, 10};
    for (size_t s = 0; s < ECO_LEN(steps); s++) {
        bool fits = true;
        for (size_t i = 0; i < 3; i++) {
            int64_t value = 0;
            if (eco_held_once(io, folder, files[way][i], &value) == 0)
                fits = fits && value % steps[s] == 0;
        }
        if (fits)
            return (double)steps[s];
    }
    return 1;
}

/* Smallest step in joules; 0 = not known. */
static double step_j(const eco_io *io, const char *folder, battery_way way)
{
    int64_t voltage_uv = 0;
    if (way != WAY_ENERGY && way != WAY_CHARGE)
        return 0;
    double unit_j = 1e-6 * UJ_PER_UWH * step_raw(io, folder, way);
    if (way == WAY_CHARGE && eco_held_once(io, folder, "voltage_now", &voltage_uv) == 0)
        unit_j *= 1e-6 * (double)voltage_uv;
    return unit_j;
}

static void fill_channel(const eco_io *io, const char *folder, eco_channel *channel,
                         size_t n_batteries)
{
    battery_state *state = channel->state;
    bool is_power = state->way == WAY_POWER || state->way == WAY_CURRENT;
    int64_t margin_percent = 0;
    channel->quality = ECOPT_QUALITY_MEASURED_WALL;
    channel->unit_j = step_j(io, folder, state->way);
    channel->gain_lo = GAIN_LO;
    channel->gain_hi = GAIN_HI;
    /* How well the gauge knows its capacity concerns what it counts, not the power it sees. */
    if (!is_power && eco_held_once(io, folder, "capacity_error_margin", &margin_percent) == 0 &&
        margin_percent > 0 && margin_percent < 100) {
        channel->gain_lo *= 1 - 0.01 * (double)margin_percent;
        channel->gain_hi *= 1 + 0.01 * (double)margin_percent;
    }
    channel->may_rest = n_batteries > 1;
    channel->takes_check = true;
    eco_counter_init(&channel->counter, 0, POWER_MAX_W,
                     is_power ? POWER_PERIOD_S : ENERGY_PERIOD_S);
}

/* All supplies of the machine, those of mice and headsets left out. */
static size_t find_supplies(const eco_io *io, battery_state *ret, char (*batteries)[32])
{
    char names[SUPPLIES_MAX][32];
    size_t n_batteries = 0;
    int n = eco_io_list(io, FOLDER, names, SUPPLIES_MAX);
    memset(ret, 0, sizeof *ret);
    for (int i = 0; i < n; i++) {
        char folder[64], path[ECO_IO_PATH_B], type[32], scope[32];
        (void)snprintf(folder, sizeof folder, FOLDER "/%.31s", names[i]);
        (void)snprintf(path, sizeof path, "%s/type", folder);
        (void)eco_io_text(io, path, type, sizeof type);
        (void)snprintf(path, sizeof path, "%s/scope", folder);
        (void)eco_io_text(io, path, scope, sizeof scope);
        bool is_battery = strcmp(type, "Battery") == 0;
        if (strcmp(scope, "Device") == 0 || type[0] == '\0')
            continue;
        supply *one = &ret->supplies[ret->n_supplies++];
        one->is_mains = !is_battery;
        eco_held_init(&one->held, folder, is_battery ? "status" : "online");
        if (is_battery)
            memcpy(batteries[n_batteries++], names[i], sizeof names[i]);
    }
    return n_batteries;
}

/* One way of one battery, if it works; what it holds of the supplies is copied. */
static ecopt_status add_way(eco_channel_set *set, const battery_state *common, const char *name,
                            battery_way way, size_t n_batteries)
{
    char folder[64], domain[64];
    eco_channel trial = {0};
    eco_reading reading = {0};
    (void)snprintf(folder, sizeof folder, FOLDER "/%.31s", name);
    (void)snprintf(domain, sizeof domain, "battery %s", name);
    battery_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    if (!state)
        return ECOPT_E_NOMEM;
    *state = *common;
    state->way = way;
    eco_held_init(&state->value, folder, WAY_FILES[way]);
    eco_held_init(&state->voltage, folder, "voltage_now");
    trial.state = state;
    int status = read_battery(set->io, &trial, &reading);
    eco_channel *channel =
        status == 0 ? eco_set_add(set, &eco_source_battery, ECO_SCOPE_BATTERY, domain) : NULL;
    if (!channel) {
        close_battery(set->ctx, set->io, &trial);
        return ECOPT_OK;
    }
    channel->state = state;
    fill_channel(set->io, folder, channel, n_batteries);
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* What the gauge counts is surer over long windows, the power over short ones: the one checks the
 * other, and the surer of the two stands. */
static ecopt_status add_battery(eco_channel_set *set, const battery_state *common, const char *name,
                                size_t n_batteries)
{
    char folder[64];
    int64_t value = 0;
    (void)snprintf(folder, sizeof folder, FOLDER "/%.31s", name);
    bool has_energy = eco_held_once(set->io, folder, "energy_now", &value) == 0;
    bool has_power = eco_held_once(set->io, folder, "power_now", &value) == 0;
    ECO_TRY(add_way(set, common, name, has_energy ? WAY_ENERGY : WAY_CHARGE, n_batteries));
    return add_way(set, common, name, has_power ? WAY_POWER : WAY_CURRENT, n_batteries);
}

static ecopt_status probe_battery(eco_channel_set *set, const char *argument)
{
    (void)argument;
    battery_state common;
    char batteries[SUPPLIES_MAX][32];
    size_t first = set->n_channels;
    size_t n = find_supplies(set->io, &common, batteries);
    bool runs = n > 0 && is_discharging(set->io, &common);
    for (size_t i = 0; i < common.n_supplies; i++)
        eco_held_close(set->io, &common.supplies[i].held);
    for (size_t i = 0; runs && i < n; i++)
        ECO_TRY(add_battery(set, &common, batteries[i], n));
    if (set->n_channels > first)
        return ECOPT_OK;
    const char *reason = n == 0 ? "no battery in " FOLDER
                         : runs ? "the battery shows neither energy, charge, power nor current"
                                : "the battery does not feed the machine: it is not discharging";
    eco_set_missing(set, &eco_source_battery, ECOPT_QUALITY_MEASURED_WALL, 0, reason,
                    n > 0 && !runs ? REMEDY_AC : REMEDY_NONE);
    return ECOPT_OK;
}

const eco_source_ops eco_source_battery = {
    .version = ECO_SOURCE_VERSION,
    .kind = "battery",
    .is_automatic = true,
    .probe = probe_battery,
    .read = read_battery,
    .close = close_battery,
};
