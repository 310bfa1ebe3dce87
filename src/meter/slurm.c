/*
 * What a Slurm job has used by Slurm's own account: ConsumedEnergyRaw [J] of the own step, by
 * sstat.
 *
 * A record beside the measurement, never added: Slurm reads it every 30 s or so, from whatever
 * plugin the site has chosen (RAPL, IPMI, Cray), for whole nodes, and only where the job has the
 * nodes to itself does it mean the job (sstat(1)).  So it must be named, and is for looking at.
 */
#include "meter/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* sstat asks the daemons of all nodes. */
#define TIMEOUT_S 5.0

/* AcctGatherNodeFreq is usually 30 s; twice as often is enough to see each value. */
#define PERIOD_S 30.0
#define POLL_S   15.0

/* Nodes of a job may be many. */
#define POWER_MAX_W 1e7

/* Slurm's way to say "no value": NO_VAL64 and what printf makes of it; no job used an exajoule. */
#define ENERGY_MOST_J 9e12

/* Whole joules. */
#define UNIT_J 1.0

typedef struct slurm_state {
    char step[96]; /* "1234.batch", "1234.0" */
} slurm_state;

/* First line with a number; empty ones are steps that have not reported. */
static int parse_output(char *text, uint64_t *ret_j)
{
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        uint64_t value_j;
        if (*line == '\0')
            continue;
        if (!eco_io_parse_u64(line, &value_j))
            return -EBADMSG;
        if ((double)value_j > ENERGY_MOST_J)
            return -ENODATA;
        *ret_j = value_j;
        return 0;
    }
    return -ENODATA;
}

static int ask(const eco_io *io, const slurm_state *state, eco_reading *ret)
{
    char text[512];
    const char *argv[] = {"sstat", "--noheader", "--parsable2", "--format=ConsumedEnergyRaw",
                          "-j",    state->step,  NULL};
    eco_spawn_request request = {argv, TIMEOUT_S};
    uint64_t energy_j = 0;
    int got = io->run(io->user, &request, text, sizeof text);
    int status = got < 0 ? got : got > 0 ? -ECANCELED : parse_output(text, &energy_j);
    ret->energy_uj = 1000000 * energy_j;
    return status;
}

static int read_slurm(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    return ask(io, channel->state, ret);
}

static void close_slurm(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    (void)io;
    eco_free(ctx, channel->state);
    channel->state = NULL;
}

static bool is_number(const char *text)
{
    return text && *text != '\0' && strspn(text, "0123456789_") == strlen(text) &&
           strlen(text) < 40;
}

/* The batch script is a step of its own, without a number. */
static bool find_step(char *text, size_t room_b)
{
    const char *job = getenv("SLURM_JOB_ID"), *step = getenv("SLURM_STEP_ID");
    if (!is_number(job))
        return false;
    (void)snprintf(text, room_b, "%.40s.%.40s", job, is_number(step) ? step : "batch");
    return true;
}

static void report(eco_channel_set *set, const char *step, int status)
{
    char reason[192];
    const char *why = status == -ETIMEDOUT   ? "sstat does not end within 5 s"
                      : status == -ECANCELED ? "sstat fails"
                      : status == -EBADMSG   ? "what sstat prints is no number"
                      : status == -ENODATA   ? "no energy is accounted for it"
                      : status == -ENOENT    ? "sstat is not in PATH"
                                             : strerror(-status);
    (void)snprintf(reason, sizeof reason, "Slurm step %s: %s", step, why);
    eco_set_missing(set, &eco_source_slurm, ECOPT_QUALITY_MEASURED_COUNTER, status, reason,
                    "the site must gather energy (AcctGatherEnergyType in slurm.conf); ask its "
                    "administrators");
}

static ecopt_status probe_slurm(eco_channel_set *set, const char *argument)
{
    (void)argument;
    slurm_state state;
    eco_reading reading = {0};
    /* Listing what there is must not cost a program that nobody asked for. */
    bool is_inside = find_step(state.step, sizeof state.step);
    if (!set->is_selected && !is_inside)
        return ECOPT_OK;
    if (!set->is_selected || !is_inside) {
        eco_set_missing(set, &eco_source_slurm, ECOPT_QUALITY_MEASURED_COUNTER, 0,
                        is_inside ? "not selected by the options" : "this is not a Slurm job",
                        is_inside ? "name it beside others, as 'auto, slurm'"
                                  : "run it in a job, by sbatch or srun");
        return ECOPT_OK;
    }
    int status = ask(set->io, &state, &reading);
    if (status != 0) {
        report(set, state.step, status);
        return ECOPT_OK;
    }
    slurm_state *copy = eco_alloc(set->ctx, 1, sizeof *copy);
    if (!copy)
        return ECOPT_E_NOMEM;
    *copy = state;
    char domain[64];
    (void)snprintf(domain, sizeof domain, "step %.50s", state.step);
    eco_channel *channel = eco_set_add(set, &eco_source_slurm, ECO_SCOPE_RECORD, domain);
    if (!channel) {
        eco_free(set->ctx, copy);
        return ECOPT_OK;
    }
    channel->state = copy;
    channel->quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel->unit_j = UNIT_J;
    channel->poll_s = POLL_S;
    /* Some plugins report nothing between two rounds. */
    channel->may_rest = true;
    /* Whatever is behind it, it is no better than RAPL. */
    channel->gain_lo = 0.90;
    channel->gain_hi = 1.10;
    eco_counter_init(&channel->counter, 0, POWER_MAX_W, PERIOD_S);
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

const eco_source_ops eco_source_slurm = {
    .version = ECO_SOURCE_VERSION,
    .kind = "slurm",
    .is_slow = true,
    .probe = probe_slurm,
    .read = read_slurm,
    .close = close_slurm,
};
