/*
 * The source "jetson": power rails of NVIDIA Jetson modules by their INA3221 monitors.
 *
 * A rail is a voltage times a current (hwmon, JetPack 5 and later) or a power in milliwatts (iio,
 * JetPack 4).  The input rail contains the others: it is the module.  Modules without one (AGX
 * Xavier, AGX Orin) are the sum of their disjoint rails.
 * Names of rails: NVIDIA Jetson Linux Developer Guide, "Software-Based Power Consumption Modeling".
 */
#include "meter/hwmon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define IIO_FOLDER "/sys/bus/iio/devices"

enum { RAILS_MAX = 12, RAILS_PER_CHIP = 3 };

/* A conversion of all channels takes some milliseconds, the averaging up to about 0.1 s. */
#define PERIOD_S 0.1

/* The largest module takes 130 W. */
#define POWER_MAX_W 250.0

/* Shunts of 1 % and the monitor's own error; stated defaults.  What a sum of rails leaves out of
 * its module is not known, hence the wider band. */
#define GAIN_LO     0.90
#define GAIN_HI     1.10
#define SUM_GAIN_HI 1.25

#define REMEDY "on a Jetson: its kernel has the driver ina3221; elsewhere nothing is missing"

typedef struct rail {
    char label[32];
    eco_hwmon device;
    bool is_iio;          /* power_mw in one file */
    char first_file[32];  /* voltage [mV], or power [mW] */
    char second_file[32]; /* current [mA] */
    eco_held first, second;
} rail;

/* Rails that are added up; one for a single rail. */
typedef struct jetson_state {
    size_t n;
    rail *rails; /* owned */
} jetson_state;

/* What a probe found. */
typedef struct rail_list {
    size_t n;
    int error; /* last failure */
    rail rails[RAILS_MAX];
} rail_list;

static int read_number(const eco_io *io, rail *one, eco_held *held, const char *file,
                       int64_t *ret_value)
{
    return one->is_iio ? eco_held_i64(io, held, ret_value)
                       : eco_hwmon_read(io, &one->device, held, file, ret_value);
}

static int read_rail(const eco_io *io, rail *one, double *ret_power_w)
{
    int64_t first = 0, second = 1000;
    int status = read_number(io, one, &one->first, one->first_file, &first);
    if (status == 0 && !one->is_iio)
        status = read_number(io, one, &one->second, one->second_file, &second);
    if (status < 0)
        return status;
    /* Offsets of the monitor make an idle rail slightly negative: that is 0. A negative voltage is
     * no reading at all. */
    if (first < 0)
        return -ERANGE;
    *ret_power_w = second > 0 ? 1e-6 * (double)first * (double)second : 0;
    return 0;
}

/* A sum with a term missing would pass for the whole. */
static int read_rails(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    jetson_state *state = channel->state;
    double sum_w = 0, power_w = 0;
    ret->is_power = true;
    for (size_t i = 0; i < state->n; i++) {
        int status = read_rail(io, &state->rails[i], &power_w);
        if (status < 0)
            return status;
        sum_w += power_w;
    }
    ret->power_w = sum_w;
    return 0;
}

static void close_rails(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    jetson_state *state = channel->state;
    for (size_t i = 0; state && state->rails && i < state->n; i++) {
        eco_held_close(io, &state->rails[i].first);
        eco_held_close(io, &state->rails[i].second);
    }
    if (state)
        eco_free(ctx, state->rails);
    eco_free(ctx, state);
    channel->state = NULL;
}

/* Rail that feeds the whole module. */
static bool is_input(const char *label)
{
    return strcmp(label, "VDD_IN") == 0 || strcmp(label, "POM_5V_IN") == 0;
}

/* Rails on the module itself, disjoint from one another; others feed the carrier board, or are
 * derived from one that is measured (AGX Orin's memory hangs on its 5 V input). */
static bool is_on_module(const char *label)
{
    static const char *const parts[] = {"GPU", "CPU",   "SOC",   "CV",
                                        "DDR", "VDDRQ", "SYS5V", "VIN_SYS_5V0"};
    for (size_t i = 0; i < ECO_LEN(parts); i++)
        if (strstr(label, parts[i]))
            return true;
    return false;
}

/* "NC" and an empty label stand for a channel that is not connected. */
static void keep_rail(const eco_io *io, rail_list *list, const rail *found)
{
    double power_w = 0;
    bool is_known = is_input(found->label) || is_on_module(found->label) ||
                    strncmp(found->label, "VDD", 3) == 0;
    if (!is_known || list->n >= RAILS_MAX)
        return;
    rail *one = &list->rails[list->n];
    *one = *found;
    eco_held_init(&one->first, one->device.folder, one->first_file);
    eco_held_init(&one->second, one->device.folder, one->second_file);
    int status = read_rail(io, one, &power_w);
    eco_held_close(io, &one->first);
    eco_held_close(io, &one->second);
    if (status < 0)
        list->error = status;
    else
        list->n++;
}

/* in1_label to in3_label; in7 is the chip's sum of shunt voltages, no rail. */
static void find_in_hwmon(const eco_io *io, rail_list *list)
{
    char folders[ECO_HWMON_MAX][32];
    int n = eco_hwmon_folders(io, folders);
    for (int i = 0; i < n; i++) {
        rail found = {0};
        if (!eco_hwmon_get(io, folders[i], &found.device) ||
            strncmp(found.device.name, "ina3221", 7) != 0)
            continue;
        for (int k = 1; k <= RAILS_PER_CHIP; k++) {
            char file[32];
            (void)snprintf(file, sizeof file, "in%d_label", k);
            (void)eco_hwmon_text(io, &found.device, file, found.label, sizeof found.label);
            (void)snprintf(found.first_file, sizeof found.first_file, "in%d_input", k);
            (void)snprintf(found.second_file, sizeof found.second_file, "curr%d_input", k);
            keep_rail(io, list, &found);
        }
    }
}

/* rail_name_0 to rail_name_2 and in_power0_input of NVIDIA's older driver. */
static void find_in_iio(const eco_io *io, rail_list *list)
{
    char folders[16][32];
    int n = eco_io_list(io, IIO_FOLDER, folders, 16);
    for (int i = 0; i < n; i++) {
        rail found = {.is_iio = true};
        (void)snprintf(found.device.folder, sizeof found.device.folder, IIO_FOLDER "/%.31s",
                       folders[i]);
        for (int k = 0; k < RAILS_PER_CHIP; k++) {
            char file[32];
            (void)snprintf(file, sizeof file, "rail_name_%d", k);
            (void)eco_hwmon_text(io, &found.device, file, found.label, sizeof found.label);
            (void)snprintf(found.first_file, sizeof found.first_file, "in_power%d_input", k);
            keep_rail(io, list, &found);
        }
    }
}

/* A channel over n rails, which are copied. */
static ecopt_status add_channel(eco_channel_set *set, const rail *rails, size_t n, eco_scope scope,
                                const char *domain)
{
    eco_channel trial = {0};
    jetson_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    if (!state)
        return ECOPT_E_NOMEM;
    trial.state = state;
    state->rails = eco_alloc(set->ctx, n, sizeof *rails);
    if (!state->rails) {
        close_rails(set->ctx, set->io, &trial);
        return ECOPT_E_NOMEM;
    }
    memcpy(state->rails, rails, n * sizeof *rails);
    state->n = n;
    eco_channel *channel = eco_set_add(set, &eco_source_jetson, scope, domain);
    if (!channel) {
        close_rails(set->ctx, set->io, &trial);
        return ECOPT_OK;
    }
    channel->state = state;
    channel->quality = ECOPT_QUALITY_MEASURED_SAMPLED;
    channel->gain_lo = GAIN_LO;
    channel->gain_hi =
        scope == ECO_SCOPE_MODULE && !is_input(rails[0].label) ? SUM_GAIN_HI : GAIN_HI;
    channel->may_rest = scope == ECO_SCOPE_PART;
    eco_counter_init(&channel->counter, 0, POWER_MAX_W, PERIOD_S);
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* The module by its input, else by the sum of what is on it; sorts the terms of a sum to the
 * front. */
static ecopt_status add_module(eco_channel_set *set, rail_list *list)
{
    size_t n_on = 0;
    for (size_t i = 0; i < list->n; i++)
        if (is_input(list->rails[i].label))
            return add_channel(set, &list->rails[i], 1, ECO_SCOPE_MODULE, "module");
    for (size_t i = 0; i < list->n; i++) {
        if (!is_on_module(list->rails[i].label))
            continue;
        rail moved = list->rails[i];
        list->rails[i] = list->rails[n_on];
        list->rails[n_on++] = moved;
    }
    return n_on > 0 ? add_channel(set, list->rails, n_on, ECO_SCOPE_MODULE, "module") : ECOPT_OK;
}

static ecopt_status add_all(eco_channel_set *set, rail_list *list)
{
    ECO_TRY(add_module(set, list));
    for (size_t i = 0; i < list->n; i++) {
        char domain[64];
        const char *label = list->rails[i].label;
        if (is_input(label))
            continue;
        /* Rails of the carrier board lie beside the module. */
        (void)snprintf(domain, sizeof domain, "%s %s", is_on_module(label) ? "module" : "rail",
                       label);
        ECO_TRY(add_channel(set, &list->rails[i], 1, ECO_SCOPE_PART, domain));
    }
    return ECOPT_OK;
}

static ecopt_status probe_jetson(eco_channel_set *set, const char *argument)
{
    (void)argument;
    size_t first = set->n_channels;
    rail_list *list = eco_alloc(set->ctx, 1, sizeof *list);
    if (!list)
        return ECOPT_E_NOMEM;
    find_in_hwmon(set->io, list);
    if (list->n == 0)
        find_in_iio(set->io, list);
    ecopt_status status = add_all(set, list);
    if (status == ECOPT_OK && set->n_channels == first) {
        char reason[128] = "no INA3221 monitor with the rails of a Jetson module";
        if (list->error != 0)
            (void)snprintf(reason, sizeof reason, "cannot read the rails of the module: %s",
                           strerror(-list->error));
        eco_set_missing(set, &eco_source_jetson, ECOPT_QUALITY_MEASURED_SAMPLED, list->error,
                        reason, REMEDY);
    }
    eco_free(set->ctx, list);
    return status;
}

const eco_source_ops eco_source_jetson = {
    .version = ECO_SOURCE_VERSION,
    .kind = "jetson",
    .is_automatic = true,
    .probe = probe_jetson,
    .read = read_rails,
    .close = close_rails,
};
