/*
 * The generic model; what it computes and from which constants is in model.h.
 */
#include "meter/model.h"

#include "meter/load.h"
#include "meter/source.h"

#include <math.h>

typedef struct model_state {
    eco_load load;  /* fd -1: energy only from cpu_s */
    double start_s; /* monotonic time of the virtual counter's zero */
} model_state;

/* The whole guest: it is kept on for the work, as a package counter would see it. */
static double idle_w(const model_state *model)
{
    return ECO_MODEL_IDLE_W * (double)model->load.n_cpu;
}

/* Readings matter only for windows without cpu_s, and for the live view of a long one.
 * The model as one more cumulative counter, so that gaps and splits need no second treatment. */
static int read_model(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    model_state *model = channel->state;
    eco_load_mark mark;
    int status = eco_load_read(io, &model->load, &mark);
    if (status < 0)
        return status;
    /* Idle power runs with the clock, busy power with the ticks. */
    double time_s = io->now(io->user, ECO_CLOCK_MONOTONIC) - model->start_s;
    ret->energy_uj = (uint64_t)(1e6 * (time_s * idle_w(model) + mark.busy_s * ECO_MODEL_BUSY_W));
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
        u_cpu_s = model->load.tick_s / sqrt(6) * sqrt((double)model->load.n_cpu);
    }
    /* What /proc/stat missed counts only where its busy time was used. */
    double gap_j = isnan(energy->u95_j) || span->cpu_s >= 0 ? 0 : energy->u95_j;
    /* The window may be longer than the work for what others took; that cannot be subtracted,
     * because how much of it the command waited for is not known. */
    double wait_j = ECO_MODEL_K95_ONE_SIDED * idle_w(model) * span->wait_s;
    double ends_j = 1.96 * hypot(idle_w(model) * ECO_MODEL_U_TIME_S, u_cpu_s * ECO_MODEL_BUSY_W);
    energy->energy_j = idle_j + busy_j;
    energy->u95_j = hypot(hypot(gap_j, wait_j), ends_j);
    /* The two parts err by factors of their own; the band is their mean, weighted by joules. */
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
    if (model)
        eco_load_close(io, &model->load);
    eco_free(ctx, model);
    channel->state = NULL;
}

/* One channel for all CPUs; it works without /proc/stat as long as commands report CPU time. */
static ecopt_status open_model(eco_channel_set *set)
{
    model_state *model = eco_alloc(set->ctx, 1, sizeof *model);
    if (!model)
        return ECOPT_E_NOMEM;
    eco_channel *channel = eco_set_add(set, &eco_source_model, ECO_SCOPE_CPU, "cpu");
    if (!channel) {
        eco_free(set->ctx, model);
        return ECOPT_OK;
    }
    eco_load_open(set->io, &model->load);
    model->start_s = set->io->now(set->io->user, ECO_CLOCK_MONOTONIC);
    channel->state = model;
    channel->quality = ECOPT_QUALITY_MODELLED_GENERIC;
    channel->unit_j = ECO_MODEL_BUSY_W * ECO_MODEL_CPU_STEP_S;
    channel->gain_lo = ECO_MODEL_IDLE_GAIN_LO;
    channel->gain_hi = ECO_MODEL_IDLE_GAIN_HI;
    /* All CPUs flat out, twice, and a tick of each at once. */
    double power_max_w =
        2 * (double)model->load.n_cpu * (ECO_MODEL_IDLE_W + ECO_MODEL_BUSY_W) / 0.5;
    eco_counter_init(&channel->counter, 0, power_max_w, model->load.tick_s);
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* The model stands in for a missing CPU counter and is never added to one. */
static ecopt_status probe_model(eco_channel_set *set, const char *argument)
{
    (void)argument;
    if (!eco_topology_has_cpu(set))
        return open_model(set);
    eco_set_missing(set, &eco_source_model, ECOPT_QUALITY_MODELLED_GENERIC, 0,
                    "not needed: the CPUs are measured", "");
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
