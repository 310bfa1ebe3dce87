/*
 * The calibrated model: this machine's own power curve (calibration.h) at the load that was seen.
 *
 *     E = time_s P(u)        u = busy CPU time / (time_s * CPUs)
 *
 * It stands in for the meter that it was calibrated with, so it charges the whole machine, others'
 * work included, as that meter would.  Busy time is the command's own (exact) and that of others
 * from /proc/stat; where the command's is not known, all of it is from /proc/stat.
 *
 * Uncertainty: that of the points; the ends of the window; and the shape, for P is bent: a load
 * that changed within the window has a mean power between P(u) and the chord from idle to full, any
 * of it as likely as any other.  Other programs than the calibrating one take more or less per busy
 * second: that is the band, not u95.
 */
#include "meter/calibration.h"
#include "meter/load.h"
#include "meter/model.h"
#include "meter/source.h"

#include "core/fs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define REMEDY                                                                                     \
    "where a meter can be read for five minutes (as root, or with a plug): ecopt calibrate; then " \
    "this machine's own curve replaces the generic one"

typedef struct curve_state {
    eco_load load;
    eco_calibration calibration;
    double last_s, last_busy_s; /* of the last reading */
    double energy_uj;           /* since the first */
} curve_state;

static double share(const curve_state *curve, double busy_s, double time_s)
{
    return time_s > 0 ? busy_s / (time_s * (double)curve->load.n_cpu) : 0;
}

/* The curve as a cumulative counter: between two readings the load is taken as steady. */
static int read_curve(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    curve_state *curve = channel->state;
    eco_load_mark mark;
    int status = eco_load_read(io, &curve->load, &mark);
    if (status < 0)
        return status;
    double now_s = io->now(io->user, ECO_CLOCK_MONOTONIC), time_s = now_s - curve->last_s;
    double load = share(curve, mark.busy_s - curve->last_busy_s, time_s);
    if (time_s > 0)
        curve->energy_uj += 1e6 * time_s * eco_calibration_power(&curve->calibration, load, NULL);
    curve->last_s = now_s;
    curve->last_busy_s = mark.busy_s;
    ret->energy_uj = (uint64_t)curve->energy_uj;
    return 0;
}

static void settle_curve(const eco_channel *channel, const eco_span *span,
                         ecopt_source_energy *energy)
{
    const curve_state *curve = channel->state;
    const eco_calibration *c = &curve->calibration;
    double time_s = span->time_s, load, u_load;
    if (span->cpu_s >= 0) {
        double others_s = isnan(span->foreign_cpu_s) ? 0 : span->foreign_cpu_s;
        load = share(curve, span->cpu_s + others_s, time_s);
        u_load = share(curve, ECO_MODEL_CPU_STEP_S, time_s);
        energy->gap_s = 0;
        energy->flags = 0;
    } else {
        if (isnan(energy->energy_j) || !(time_s > 0))
            return;
        /* The sum of the readings stands; how bent the curve was under it is taken as at half load.
         */
        load = 0.5;
        u_load = share(curve, curve->load.tick_s * sqrt((double)curve->load.n_cpu), time_s);
    }
    load = fmin(load, 1);
    double u_w, power_w = eco_calibration_power(c, load, &u_w);
    double steepest_w = c->points[c->n_points - 1].power_w - c->points[0].power_w;
    double bend_w = fabs(power_w - eco_calibration_chord(c, load));
    if (span->cpu_s >= 0)
        energy->energy_j = time_s * power_w;
    double random_j =
        1.96 * hypot(hypot(u_w, u_load * steepest_w) * time_s, power_w * ECO_MODEL_U_TIME_S);
    energy->u95_j = hypot(random_j, ECO_MODEL_K95_ONE_SIDED * bend_w * time_s);
    energy->gain_lo = channel->gain_lo;
    energy->gain_hi = channel->gain_hi;
    energy->quality = ECOPT_QUALITY_MODELLED_CALIBRATED;
}

static void close_curve(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    curve_state *curve = channel->state;
    if (curve)
        eco_load_close(io, &curve->load);
    eco_free(ctx, curve);
    channel->state = NULL;
}

static ecopt_status open_curve(eco_channel_set *set, const eco_calibration *calibration)
{
    curve_state *curve = eco_alloc(set->ctx, 1, sizeof *curve);
    if (!curve)
        return ECOPT_E_NOMEM;
    eco_channel *channel = eco_set_add(set, &eco_source_calibrated, ECO_SCOPE_CPU, "cpu");
    if (!channel) {
        eco_free(set->ctx, curve);
        return ECOPT_OK;
    }
    eco_load_open(set->io, &curve->load);
    eco_load_mark mark = {0};
    (void)eco_load_read(set->io, &curve->load, &mark);
    curve->calibration = *calibration;
    curve->last_s = set->io->now(set->io->user, ECO_CLOCK_MONOTONIC);
    curve->last_busy_s = mark.busy_s;
    channel->state = curve;
    channel->quality = ECOPT_QUALITY_MODELLED_CALIBRATED;
    channel->gain_lo = calibration->gain_lo * (1 - ECO_CALIBRATION_GAIN);
    channel->gain_hi = calibration->gain_hi * (1 + ECO_CALIBRATION_GAIN);
    const eco_calibration_point *full = &calibration->points[calibration->n_points - 1];
    eco_counter_init(&channel->counter, 0, 2 * full->power_w, curve->load.tick_s);
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* A line of the listing for what is there but not used. */
static void report(eco_channel_set *set, const char *reason, const char *remedy, bool is_found)
{
    size_t before = set->n_infos;
    eco_set_missing(set, &eco_source_calibrated, ECOPT_QUALITY_MODELLED_CALIBRATED, 0, reason,
                    remedy);
    if (set->n_infos > before)
        set->infos[before].is_found = is_found;
}

/* Made on this machine, in the state that it is in? */
static bool is_of_this_machine(const eco_channel_set *set, const eco_calibration *c, char *reason,
                               size_t room_b)
{
    char machine[sizeof c->machine], governor[sizeof c->governor];
    eco_calibration_machine(set->io, machine, sizeof machine);
    eco_calibration_governor(set->io, governor, sizeof governor);
    if (strcmp(machine, c->machine) != 0)
        (void)snprintf(reason, room_b, "the calibration is of another machine: %.100s", c->machine);
    else if (strcmp(governor, c->governor) != 0)
        (void)snprintf(reason, room_b, "calibrated under the frequency governor '%s', now '%s'",
                       c->governor, governor);
    else
        return true;
    return false;
}

static ecopt_status probe_curve(eco_channel_set *set, const char *argument)
{
    (void)argument;
    char root_path[ECO_IO_PATH_B], reason[192] = "";
    char *text = NULL;
    const char *path = set->calibration_path;
    if (!path && !eco_io_path(set->io, ECO_CALIBRATION_PATH, root_path))
        return ECOPT_OK;
    path = path ? path : root_path;
    ecopt_status status = eco_fs_read(set->ctx, path, ECO_CALIBRATION_FILE_MAX_B, &text, NULL);
    if (status == ECOPT_E_NOMEM)
        return status;
    if (status != ECOPT_OK) {
        report(set, "this machine has not been calibrated", REMEDY, false);
        return ECOPT_OK;
    }
    eco_calibration calibration;
    status = eco_calibration_parse(set->ctx, path, text, &calibration);
    eco_free(set->ctx, text);
    if (status != ECOPT_OK)
        report(set, ecopt_ctx_errmsg(set->ctx), REMEDY, true);
    else if (!is_of_this_machine(set, &calibration, reason, sizeof reason))
        report(set, reason, REMEDY, true);
    else if (!eco_topology_has_cpu(set))
        return open_curve(set, &calibration);
    else
        report(set, "not needed: the CPUs are measured", "", true);
    return ECOPT_OK;
}

const eco_source_ops eco_source_calibrated = {
    .version = ECO_SOURCE_VERSION,
    .kind = "calibrated",
    .is_automatic = true,
    .probe = probe_curve,
    .read = read_curve,
    .settle = settle_curve,
    .close = close_curve,
};
