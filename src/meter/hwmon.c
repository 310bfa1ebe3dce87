/*
 * The source "hwmon": every energy counter and power sensor of /sys/class/hwmon that is known.
 *
 * What each measures is in hwmon_sensors.c, finding devices in hwmon_device.c; the modules of
 * Jetson boards, whose powers are products of two files, are a source of their own (jetson.c).
 */
#include "meter/hwmon.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define REMEDY_NONE                                                                         \
    "graphics cards show up with their driver (amdgpu; i915 since Linux 6.2; xe), a power " \
    "meter of the board as root by: modprobe acpi_power_meter (Grace: also boot with "      \
    "acpi_power_meter.force_cap_on=y)"

/* One sensor of one device. */
typedef struct hwmon_state {
    eco_hwmon device;
    eco_held held;
    char file[32];
    bool is_power;
} hwmon_state;

/* A card in runtime suspend refuses to be read since Linux 6.13 and draws next to nothing; older
 * kernels wake it up for every reading. */
static bool is_asleep(const eco_io *io, const eco_hwmon *device)
{
    char text[32];
    (void)eco_hwmon_text(io, device, "device/power/runtime_status", text, sizeof text);
    return strcmp(text, "suspended") == 0;
}

static int read_state(const eco_io *io, hwmon_state *state, eco_reading *ret)
{
    int64_t value = 0;
    ret->is_power = state->is_power;
    int status = eco_hwmon_read(io, &state->device, &state->held, state->file, &value);
    if (status < 0) {
        bool may_sleep = state->is_power && (status == -EPERM || status == -EBUSY);
        return may_sleep && is_asleep(io, &state->device) ? 0 : status;
    }
    /* No sensor here measures what flows back; a driver that says so is in error. */
    if (value < 0)
        return -ERANGE;
    if (state->is_power)
        ret->power_w = 1e-6 * (double)value;
    else
        ret->energy_uj = (uint64_t)value;
    return 0;
}

static int read_sensor(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    return read_state(io, channel->state, ret);
}

static void close_sensor(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    hwmon_state *state = channel->state;
    if (state)
        eco_held_close(io, &state->held);
    eco_free(ctx, state);
    channel->state = NULL;
}

/* The last refusal of a probe, to be reported when all are known. */
typedef struct refusal {
    int error;
    char path[ECO_HELD_PATH_B];
} refusal;

/* Fills the channel from the table's row. */
static void fill_channel(eco_channel *channel, const eco_hwmon_sensor *sensor, hwmon_state *state)
{
    channel->state = state;
    channel->quality = sensor->quality;
    channel->unit_j = sensor->is_power ? 0 : 1e-6;
    channel->gain_lo = sensor->gain_lo;
    channel->gain_hi = sensor->gain_hi;
    channel->may_rest = sensor->may_rest;
    eco_counter_init(&channel->counter, 0, sensor->power_max_w, sensor->period_s);
}

/* The first reading is the proof, as for every source: a file may open and still refuse. */
static ecopt_status add_sensor(eco_channel_set *set, const eco_hwmon *device,
                               const eco_hwmon_sensor *sensor, refusal *ret_refusal)
{
    eco_reading reading = {0};
    hwmon_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    if (!state)
        return ECOPT_E_NOMEM;
    state->device = *device;
    state->is_power = sensor->is_power;
    memcpy(state->file, sensor->file, sizeof state->file);
    eco_held_init(&state->held, device->folder, sensor->file);
    int status = read_state(set->io, state, &reading);
    eco_channel *channel =
        status == 0 ? eco_set_add(set, &eco_source_hwmon, sensor->scope, sensor->domain) : NULL;
    if (!channel) {
        if (status < 0) {
            ret_refusal->error = status;
            (void)snprintf(ret_refusal->path, sizeof ret_refusal->path, "%s", state->held.path);
        }
        eco_held_close(set->io, &state->held);
        eco_free(set->ctx, state);
        return ECOPT_OK;
    }
    fill_channel(channel, sensor, state);
    char status_text[32];
    (void)eco_hwmon_text(set->io, device, "device/power/runtime_status", status_text,
                         sizeof status_text);
    channel->may_rest = channel->may_rest || (sensor->is_power && status_text[0] != '\0');
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* One line when nothing was found, and one when something is there and locked.  Its texts must not
 * lie on the stack beside the probe's lists. */
__attribute__((noinline)) static void report_missing(eco_channel_set *set, bool is_any,
                                                     const refusal *refused)
{
    char reason[192] = "no energy or power sensor of a known kind in /sys/class/hwmon";
    char remedy[320] = REMEDY_NONE;
    bool is_perm = refused->error == -EACCES || refused->error == -EPERM;
    if (is_any && !is_perm)
        return;
    if (refused->error != 0)
        (void)snprintf(reason, sizeof reason, "cannot read %.120s: %s", refused->path,
                       strerror(-refused->error));
    if (is_perm) {
        const char *file = strrchr(refused->path, '/');
        file = file ? file + 1 : refused->path;
        (void)snprintf(remedy, sizeof remedy,
                       "as root: echo 'SUBSYSTEM==\"hwmon\", TEST==\"%.31s\", RUN+=\"/bin/chmod "
                       "a+r /sys%%p/%.31s\"' > /etc/udev/rules.d/70-hwmon.rules && udevadm control "
                       "--reload && udevadm trigger -s hwmon",
                       file, file);
    }
    eco_set_missing(set, &eco_source_hwmon, ECOPT_QUALITY_MEASURED_SAMPLED, refused->error, reason,
                    remedy);
}

static ecopt_status probe_hwmon(eco_channel_set *set, const char *argument)
{
    (void)argument;
    char folders[ECO_HWMON_MAX][32];
    refusal refused = {0};
    size_t first = set->n_channels;
    int n = eco_hwmon_folders(set->io, folders);
    for (int i = 0; i < n; i++) {
        eco_hwmon device;
        eco_hwmon_sensor sensors[ECO_HWMON_SENSORS];
        if (!eco_hwmon_get(set->io, folders[i], &device))
            continue;
        int n_sensors = eco_hwmon_sensors(set, &device, sensors);
        for (int k = 0; k < n_sensors; k++)
            ECO_TRY(add_sensor(set, &device, &sensors[k], &refused));
    }
    report_missing(set, set->n_channels > first, &refused);
    return ECOPT_OK;
}

const eco_source_ops eco_source_hwmon = {
    .version = ECO_SOURCE_VERSION,
    .kind = "hwmon",
    .is_automatic = true,
    .probe = probe_hwmon,
    .read = read_sensor,
    .close = close_sensor,
};
