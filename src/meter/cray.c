/*
 * The source "cray": energy counters of HPE Cray nodes, /sys/cray/pm_counters.
 *
 * "energy" is the node, the others are parts of it.  All files of the folder are refreshed
 * together, about ten times a second (raw_scan_hz); "freshness" counts the refreshes, so a value is
 * of one scan when freshness is the same before and after it. Format: HPE Cray EX manuals,
 * "pm_counters": "12345 J", since 2.2 with a time stamp behind it.
 */
#include "meter/held.h"
#include "meter/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/sys/cray/pm_counters"

/* A scan takes far less than the time between two. */
enum { TRIES = 3 };

#define PERIOD_S 0.1

/* Stated default of meters on the board. */
#define GAIN_LO 0.90
#define GAIN_HI 1.10

#define REMEDY "only nodes of HPE Cray systems have these counters: nothing is missing elsewhere"

typedef struct cray_state {
    eco_held energy, freshness;
} cray_state;

/* "12345 J" or "12345 J 1700000000000000 us". */
static int parse_joules(const char *text, uint64_t *ret_uj)
{
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9')
        return -EINVAL;
    errno = 0;
    unsigned long long joules = strtoull(text, &end, 10);
    bool is_unit = strncmp(end, " J", 2) == 0 && (end[2] == '\0' || end[2] == ' ');
    if (errno != 0 || !is_unit || joules > UINT64_MAX / 1000000)
        return -EINVAL;
    *ret_uj = 1000000 * (uint64_t)joules;
    return 0;
}

/* Freshness that cannot be read proves nothing: then the value stands alone. */
static int64_t freshness_of(const eco_io *io, cray_state *state)
{
    int64_t value = 0;
    return eco_held_i64(io, &state->freshness, &value) == 0 ? value : -1;
}

static int read_node(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    cray_state *state = channel->state;
    for (int i = 0; i < TRIES; i++) {
        char text[64];
        int64_t before = freshness_of(io, state);
        long n = eco_held_text(io, &state->energy, text, sizeof text);
        if (n < 0)
            return (int)n;
        if (freshness_of(io, state) == before)
            return parse_joules(text, &ret->energy_uj);
    }
    return -EAGAIN;
}

static void close_node(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    cray_state *state = channel->state;
    if (state) {
        eco_held_close(io, &state->energy);
        eco_held_close(io, &state->freshness);
    }
    eco_free(ctx, state);
    channel->state = NULL;
}

/* A node with eight cards draws many times what it idles at. */
static double power_max_w(const eco_io *io)
{
    char text[64];
    (void)eco_io_text(io, FOLDER "/power", text, sizeof text);
    double power_w = strtod(text, NULL);
    return power_w > 0.1 * ECO_POWER_MAX_DEFAULT_W ? 10 * power_w : ECO_POWER_MAX_DEFAULT_W;
}

static double period_s(const eco_io *io)
{
    int64_t rate_hz = 0;
    int status = eco_held_once(io, FOLDER, "raw_scan_hz", &rate_hz);
    return status == 0 && rate_hz >= 1 && rate_hz <= 1000 ? 1 / (double)rate_hz : PERIOD_S;
}

static ecopt_status add_counter(eco_channel_set *set, const char *file, const char *domain,
                                int *ret_error)
{
    eco_channel trial = {0};
    eco_reading reading = {0};
    bool is_node = strcmp(domain, "board") == 0;
    cray_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    if (!state)
        return ECOPT_E_NOMEM;
    eco_held_init(&state->energy, FOLDER, file);
    eco_held_init(&state->freshness, FOLDER, "freshness");
    trial.state = state;
    int status = read_node(set->io, &trial, &reading);
    eco_channel *channel =
        status == 0
            ? eco_set_add(set, &eco_source_cray, is_node ? ECO_SCOPE_BOARD : ECO_SCOPE_PART, domain)
            : NULL;
    if (!channel) {
        if (status < 0 && is_node)
            *ret_error = status;
        close_node(set->ctx, set->io, &trial);
        return ECOPT_OK;
    }
    channel->state = state;
    channel->quality = is_node ? ECOPT_QUALITY_MEASURED_WALL : ECOPT_QUALITY_MEASURED_COUNTER;
    channel->unit_j = 1;
    channel->gain_lo = GAIN_LO;
    channel->gain_hi = GAIN_HI;
    channel->may_rest = !is_node;
    eco_counter_init(&channel->counter, 0, power_max_w(set->io), period_s(set->io));
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

static ecopt_status probe_cray(eco_channel_set *set, const char *argument)
{
    (void)argument;
    int error = 0;
    size_t first = set->n_channels;
    static const char *const counters[][2] = {
        {"energy", "board"},
        {"cpu_energy", "board cpu"},
        {"memory_energy", "board memory"},
        {"accel0_energy", "board accel0"},
        {"accel1_energy", "board accel1"},
        {"accel2_energy", "board accel2"},
        {"accel3_energy", "board accel3"},
    };
    for (size_t i = 0; i < ECO_LEN(counters); i++)
        ECO_TRY(add_counter(set, counters[i][0], counters[i][1], &error));
    if (set->n_channels > first)
        return ECOPT_OK;
    char reason[160] = FOLDER " is not there";
    if (error != 0 && error != -ENOENT)
        (void)snprintf(reason, sizeof reason, "cannot read " FOLDER "/energy: %s",
                       strerror(-error));
    eco_set_missing(set, &eco_source_cray, ECOPT_QUALITY_MEASURED_WALL, error, reason,
                    error == -EACCES ? "as root: chmod a+r " FOLDER "/*" : REMEDY);
    return ECOPT_OK;
}

const eco_source_ops eco_source_cray = {
    .version = ECO_SOURCE_VERSION,
    .kind = "cray",
    .is_automatic = true,
    .probe = probe_cray,
    .read = read_node,
    .close = close_node,
};
