/*
 * The generic model; what it computes and from which constants is in model.h.
 */
#include "meter/model.h"

#include "meter/source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT "/proc/stat"

/* Enough for the "cpu" line and 500 more; further CPUs are counted by sysconf. */
#define STAT_B 3072

typedef struct model_state {
    int fd;         /* of /proc/stat, -1 = none: energy only from cpu_s */
    long n_cpu;     /* CPUs of the guest */
    double tick_s;  /* step of /proc/stat */
    double start_s; /* monotonic time of the virtual counter's zero */
} model_state;

/* The whole guest: it is kept on for the work, as a package counter would see it. */
static double idle_w(const model_state *model)
{
    return ECO_MODEL_IDLE_W * (double)model->n_cpu;
}

/* user nice system idle iowait irq softirq steal ...: busy is all but idle, iowait and steal. */
static int parse_busy(const char *text, uint64_t *ret_ticks)
{
    uint64_t total = 0;
    if (strncmp(text, "cpu ", 4) != 0)
        return -EINVAL;
    const char *next = text + 4;
    for (int field = 0; field < 7; field++) {
        char *end = NULL;
        unsigned long long ticks = strtoull(next, &end, 10);
        if (end == next)
            return -EINVAL;
        if (field != 3 && field != 4)
            total += ticks;
        next = end;
    }
    *ret_ticks = total;
    return 0;
}

/* Only the first line is needed; it comes first. */
static int read_busy(const eco_io *io, int fd, uint64_t *ret_ticks)
{
    char text[256];
    long n = io->read(io->user, fd, text, sizeof text - 1, 0);
    if (n < 0)
        return (int)n;
    text[n] = '\0';
    return parse_busy(text, ret_ticks);
}

/* The model as one more cumulative counter, so that gaps and splits need no second treatment. */
static int read_model(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    const model_state *model = channel->state;
    uint64_t ticks = 0;
    int status = model->fd < 0 ? -ENOENT : read_busy(io, model->fd, &ticks);
    if (status < 0)
        return status;
    /* Idle power runs with the clock, busy power with the ticks. */
    double time_s = io->now(io->user, ECO_CLOCK_MONOTONIC) - model->start_s;
    double busy_s = (double)ticks * model->tick_s;
    ret->energy_uj = (uint64_t)(1e6 * (time_s * idle_w(model) + busy_s * ECO_MODEL_BUSY_W));
    return 0;
}

/* Replaces the counter's view by the formula. The command's own CPU time is exact and leaves
 * out what others did meanwhile; without it the whole guest's busy time is charged. */
static void settle_model(const eco_channel *channel, const eco_span *span,
                         ecopt_source_energy *energy)
{
    /* The idle part needs no reading at all. */
    const model_state *model = channel->state;
    double idle_j = span->time_s * idle_w(model), busy_j, u_cpu_s;
    if (span->cpu_s >= 0) {
        busy_j = span->cpu_s * ECO_MODEL_BUSY_W;
        u_cpu_s = ECO_MODEL_CPU_STEP_S;
        /* The command's own account needs no reading of /proc/stat in between. */
        energy->gap_s = 0;
        energy->flags = 0;
    } else {
        if (isnan(energy->energy_j))
            return;
        busy_j = fmax(0, energy->energy_j - idle_j);
        u_cpu_s = model->tick_s / sqrt(6) * sqrt((double)model->n_cpu);
    }
    /* What /proc/stat missed counts only where its busy time was used. */
    double gap_j = isnan(energy->u95_j) || span->cpu_s >= 0 ? 0 : energy->u95_j;
    energy->energy_j = idle_j + busy_j;
    energy->u95_j =
        hypot(gap_j, 1.96 * hypot(idle_w(model) * ECO_MODEL_U_TIME_S, u_cpu_s * ECO_MODEL_BUSY_W));
    double total_j = idle_j + busy_j;
    double idle_part = total_j > 0 ? idle_j / total_j : 1;
    energy->gain_lo = idle_part * ECO_MODEL_IDLE_GAIN_LO + (1 - idle_part) * ECO_MODEL_BUSY_GAIN_LO;
    energy->gain_hi = idle_part * ECO_MODEL_IDLE_GAIN_HI + (1 - idle_part) * ECO_MODEL_BUSY_GAIN_HI;
    energy->quality = ECOPT_QUALITY_MODELLED_GENERIC;
}

/* Nothing but a descriptor and the state. */
static void close_model(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    model_state *model = channel->state;
    if (model && model->fd >= 0)
        io->close(io->user, model->fd);
    eco_free(ctx, model);
    channel->state = NULL;
}

/* "cpuN" lines of /proc/stat: the CPUs that are online in this guest. */
static long count_cpus(const eco_io *io)
{
    char text[STAT_B];
    long n = 0;
    if (eco_io_text(io, STAT, text, sizeof text) < 0)
        text[0] = '\0';
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        n += strncmp(line, "cpu", 3) == 0 && line[3] >= '0' && line[3] <= '9';
    }
    /* More CPUs than the buffer holds lines for: then the C library is asked. */
    bool is_cut = strlen(text) == sizeof text - 1;
    long online = n == 0 || is_cut ? sysconf(_SC_NPROCESSORS_ONLN) : n;
    return online > 0 ? online : 1;
}

/* One channel for all CPUs; it works without /proc/stat as long as commands report CPU time. */
static ecopt_status open_model(eco_channel_set *set)
{
    model_state *model = eco_alloc(set->ctx, 1, sizeof *model);
    if (!model)
        return ECOPT_E_NOMEM;
    /* USER_HZ: 100 on every Linux that this was tried on, but not by law. */
    long ticks_per_s = sysconf(_SC_CLK_TCK);
    eco_channel *channel = eco_set_add(set, &eco_source_model, "cpu", true);
    if (!channel) {
        eco_free(set->ctx, model);
        return ECOPT_OK;
    }
    /* Absent in some sandboxes: not a failure, see below. */
    int fd = eco_io_open(set->io, STAT);
    model->fd = fd < 0 ? -1 : fd;
    model->n_cpu = count_cpus(set->io);
    model->tick_s = 1.0 / (double)(ticks_per_s > 0 ? ticks_per_s : 100);
    model->start_s = set->io->now(set->io->user, ECO_CLOCK_MONOTONIC);
    channel->state = model;
    channel->quality = ECOPT_QUALITY_MODELLED_GENERIC;
    channel->unit_j = ECO_MODEL_BUSY_W * ECO_MODEL_CPU_STEP_S;
    channel->gain_lo = ECO_MODEL_IDLE_GAIN_LO;
    channel->gain_hi = ECO_MODEL_IDLE_GAIN_HI;
    /* All CPUs flat out, twice, and a tick of each at once. */
    double power_max_w = 2 * (double)model->n_cpu * (ECO_MODEL_IDLE_W + ECO_MODEL_BUSY_W) / 0.5;
    eco_counter_init(&channel->counter, 0, power_max_w, model->tick_s);
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* The model stands in for a missing CPU counter and is never added to one. */
static ecopt_status probe_model(eco_channel_set *set, const char *argument)
{
    (void)argument;
    if (!set->is_replaced)
        return open_model(set);
    eco_set_missing(set, &eco_source_model, ECOPT_QUALITY_MODELLED_GENERIC, 0,
                    "not needed: a CPU counter is read", "");
    set->infos[set->n_infos - 1].is_found = true;
    set->infos[set->n_infos - 1].is_readable = true;
    return ECOPT_OK;
}

const eco_source_ops eco_source_model = {
    .version = ECO_SOURCE_VERSION,
    .kind = "model",
    .is_automatic = true,
    .probe = probe_model,
    .read = read_model,
    .settle = settle_model,
    .close = close_model,
};
