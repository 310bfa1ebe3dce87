/*
 * The public meter: from the chosen sources to the session or the replay.
 *
 * A meter is one of two things behind one handle: a session over channels of this machine, or a
 * replay of windows that were recorded.  The choice is made once, at open; every call below asks
 * which of the two it has.  Both are closed by the same function, in the order thread, recorder,
 * channels, memory.
 *
 * Choice of sources: kinds are probed in the order of the registry, and a later kind sees what the
 * earlier ones found (the model steps back); then topology.c chooses the total.  So "auto" needs no
 * rules of its own here.
 */
#include "meter/handle.h"
#include "meter/period.h"
#include "meter/replay.h"
#include "meter/selection.h"
#include "meter/session.h"
#include "meter/source.h"

#include "core/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct ecopt_meter {
    ecopt_ctx *ctx; /* borrowed */
    eco_io io;
    char *root; /* owned copy of system_root */
    eco_channel_set set;
    eco_session *session; /* NULL when replaying */
    eco_replay *replay;   /* NULL when metering */
    eco_recorder *recorder;
    ecopt_quality quality;
};

ecopt_status ecopt_meter_check(ecopt_ctx *ctx, const ecopt_meter_options *options)
{
    eco_selection chosen;
    return eco_selection_parse(ctx, options, &chosen);
}

/* One kind: once, or once for each argument it was named with. */
static ecopt_status probe_kind(eco_channel_set *set, const eco_selection *chosen, size_t kind)
{
    size_t n;
    const eco_source_ops *ops = eco_source_registry(&n)[kind];
    bool is_done = false;
    for (size_t i = 0; i < chosen->n_words; i++)
        if (chosen->words[i].kind == kind) {
            char argument[ECO_SELECTION_ARGUMENT_B];
            eco_selection_argument(chosen, i, argument);
            ECO_TRY(ops->probe(set, argument));
            is_done = true;
        }
    bool is_replay = ops == &eco_source_replay && chosen->replay_path;
    return is_done ? ECOPT_OK : ops->probe(set, is_replay ? chosen->replay_path : NULL);
}

/* Probes the wanted kinds; when describing, the others too, as not used. */
static ecopt_status probe_all(eco_channel_set *set, const eco_selection *chosen, bool is_describing)
{
    size_t n;
    const eco_source_ops *const *kinds = eco_source_registry(&n);
    for (size_t i = 0; i < n; i++) {
        /* Kinds that are not wanted are opened only to be listed, and closed with the set. */
        bool is_replay = kinds[i] == &eco_source_replay && chosen->replay_path;
        set->is_selected =
            (chosen->is_auto && kinds[i]->is_automatic) || chosen->is_wanted[i] || is_replay;
        if (set->is_selected || is_describing)
            ECO_TRY(probe_kind(set, chosen, i));
    }
    eco_set_conclude(set);
    return ECOPT_OK;
}

/* First entry of a kind that is, or is not, readable. */
static const ecopt_source_info *find_info(const eco_channel_set *set, const char *kind,
                                          bool is_readable)
{
    for (size_t i = 0; i < set->n_infos; i++)
        if (strcmp(set->infos[i].kind, kind) == 0 && set->infos[i].is_readable == is_readable)
            return &set->infos[i];
    return NULL;
}

/* Whether something of the kind was named: "nvml:GPU-..." and not "nvml". */
static bool is_named(const eco_selection *chosen, size_t kind)
{
    for (size_t i = 0; i < chosen->n_words; i++)
        if (chosen->words[i].kind == kind)
            return true;
    return false;
}

/* A kind asked for by name must work; "auto" takes what there is. */
static ecopt_status check_named(ecopt_ctx *ctx, const eco_channel_set *set,
                                const eco_selection *chosen)
{
    size_t n;
    const eco_source_ops *const *kinds = eco_source_registry(&n);
    for (size_t i = 0; i < n; i++) {
        if (!chosen->is_wanted[i])
            continue;
        /* The listing knows the reason and the remedy already.  Of a kind that was named with
         * arguments each one is a line of its own, and none may be missing. */
        const ecopt_source_info *info = find_info(set, kinds[i]->kind, false);
        if (is_named(chosen, i) ? !info : find_info(set, kinds[i]->kind, true) != NULL)
            continue;
        ecopt_status status = info && info->is_found ? ECOPT_E_METER_PERM : ECOPT_E_METER_NONE;
        status = eco_fail(ctx, status, "energy source '%s' cannot be used: %s", kinds[i]->kind,
                          info ? info->reason : "it was not found");
        return info && info->remedy[0] ? eco_hint(ctx, status, "%s", info->remedy) : status;
    }
    return ECOPT_OK;
}

/* Label that a window has when every reading succeeds. */
static ecopt_quality weakest_counted(const eco_channel_set *set)
{
    ecopt_quality weakest = ECOPT_QUALITY_MEASURED_WALL;
    /* Cross-checks and parts do not weaken the label of a total that they are not in. */
    bool is_any = false;
    for (size_t i = 0; i < set->n_channels; i++) {
        if (!set->channels[i].is_counted)
            continue;
        is_any = true;
        if (set->channels[i].quality > weakest)
            weakest = set->channels[i].quality;
    }
    return is_any ? weakest : ECOPT_QUALITY_UNMEASURABLE;
}

/* The remedy most likely to help: of a counter that is there, else of any. */
static const char *best_remedy(const eco_channel_set *set)
{
    const char *remedy = "";
    for (size_t i = 0; i < set->n_infos; i++) {
        const ecopt_source_info *info = &set->infos[i];
        if (info->is_found && !info->is_readable && info->remedy[0])
            return info->remedy;
        if (!remedy[0])
            remedy = info->remedy;
    }
    return remedy;
}

/* Before any trial runs: a study that must be measured does not start on a guess. */
static ecopt_status check_required(const ecopt_meter *meter, const eco_selection *chosen)
{
    /* Labels are ordered: a larger value is a weaker claim. */
    if (meter->quality <= chosen->weakest)
        return ECOPT_OK;
    ecopt_status status = eco_fail(meter->ctx, ECOPT_E_METER_REQUIRE,
                                   "energy would be '%s' here, but '%s' is required",
                                   ecopt_quality_name(meter->quality), chosen->options.require);
    const char *remedy = best_remedy(&meter->set);
    return remedy[0] ? eco_hint(meter->ctx, status, "%s", remedy) : status;
}

/* A GPU that no counted source covers must not pass as free of charge. */
static unsigned missing_gpu_flag(const eco_channel_set *set)
{
    /* The driver's own files: the device nodes may exist without a card. */
    bool has_gpu = eco_io_probe(set->io, "/proc/driver/nvidia/version") == 0 ||
                   eco_io_probe(set->io, "/sys/class/kfd/kfd/topology/generation_id") == 0;
    return (has_gpu && !eco_topology_counts_gpu(set)) || set->is_gpu_missing
               ? (unsigned)ECOPT_FLAG_NO_GPU
               : 0u;
}

/* Whether a counted channel reads the hardware of this kind in another way. */
static bool is_covered(const eco_channel_set *set, const char *kind)
{
    const eco_source_ops *ops = eco_source_find(kind, strlen(kind));
    for (size_t i = 0; i < set->n_channels && ops && ops->counter_of; i++) {
        const eco_channel *channel = &set->channels[i];
        if (channel->is_counted && channel->ops->counter_of &&
            strcmp(channel->ops->counter_of, ops->counter_of) == 0)
            return true;
    }
    return false;
}

/* A counter that is there but locked is worth a warning: the remedy is one line. */
static void log_choice(const ecopt_meter *meter)
{
    for (size_t i = 0; i < meter->set.n_infos; i++) {
        const ecopt_source_info *info = &meter->set.infos[i];
        bool is_locked =
            info->is_found && !info->is_readable && !is_covered(&meter->set, info->kind);
        eco_log(meter->ctx, is_locked ? ECOPT_LOG_WARNING : ECOPT_LOG_DEBUG, "%s: %s%s%s",
                info->name, info->reason, is_locked && info->remedy[0] ? "; " : "",
                is_locked ? info->remedy : "");
    }
}

/* Live sources: recorder first, so that the thread never runs without it. */
static ecopt_status start_metering(ecopt_meter *meter, const eco_selection *chosen,
                                   bool is_threaded)
{
    ECO_TRY(check_named(meter->ctx, &meter->set, chosen));
    /* A total without some of its parts would be wrong in silence. */
    if (meter->set.n_dropped > 0)
        return eco_hint(meter->ctx,
                        eco_fail(meter->ctx, ECOPT_E_LIMIT,
                                 "%zu energy sources more than the %d that a meter holds",
                                 meter->set.n_dropped, ECOPT_METER_SOURCES_MAX),
                        "name fewer kinds of source than 'auto' takes");
    meter->quality = weakest_counted(&meter->set);
    ECO_TRY(check_required(meter, chosen));
    if (chosen->options.record_path)
        ECO_TRY(eco_recorder_open(meter->ctx, chosen->options.record_path,
                                  chosen->options.is_resumed, &meter->set, &meter->recorder));
    /* The session borrows all of it; close stops the session first. */
    eco_session_options options = {
        .ctx = meter->ctx,
        .io = &meter->io,
        .set = &meter->set,
        .recorder = meter->recorder,
        .interval_s = chosen->options.interval_s,
        .edge_wait_s = chosen->edge_wait_s,
        .flags = missing_gpu_flag(&meter->set),
        .is_threaded = is_threaded,
    };
    return eco_session_start(&options, &meter->session);
}

/* The trace is read whole; its windows are ready before the first trial. */
static ecopt_status start_replay(ecopt_meter *meter, const eco_selection *chosen)
{
    if (chosen->options.record_path)
        return eco_fail(meter->ctx, ECOPT_E_ARG, "a replayed trace cannot be recorded again");
    ECO_TRY(eco_replay_open(meter->ctx, chosen->replay_path, &meter->replay));
    /* A trace may have been recorded with weaker sources than the study asks for. */
    meter->quality = eco_replay_quality(meter->replay);
    for (size_t i = 0; i < meter->set.n_infos; i++)
        meter->set.infos[i].quality = meter->quality;
    return check_required(meter, chosen);
}

ecopt_status eco_meter_open_on(ecopt_ctx *ctx, const ecopt_meter_options *options, const eco_io *io,
                               bool is_threaded, ecopt_meter **ret_meter)
{
    eco_selection chosen;
    ECO_TRY(eco_selection_parse(ctx, options, &chosen));
    ecopt_meter *meter = eco_alloc(ctx, 1, sizeof *meter);
    if (!meter)
        return ECOPT_E_NOMEM;
    ecopt_status status = ECOPT_E_NOMEM;
    meter->ctx = ctx;
    meter->io = *io;
    /* The caller's text may be gone while the sources still open paths. */
    meter->root = eco_strdup(ctx, io->root);
    if (!meter->root)
        goto done;
    meter->io.root = meter->root;
    meter->set.ctx = ctx;
    meter->set.io = &meter->io;
    meter->set.nvml_path = chosen.options.nvml_path;
    meter->set.wish = chosen.wish;
    meter->set.calibration_path = chosen.options.calibration_path;
    status = probe_all(&meter->set, &chosen, false);
    if (status == ECOPT_OK)
        status = chosen.replay_path ? start_replay(meter, &chosen)
                                    : start_metering(meter, &chosen, is_threaded);
done:
    if (status != ECOPT_OK) {
        (void)ecopt_meter_close(meter);
        return status;
    }
    /* Only now: a meter that failed has said so by its status. */
    log_choice(meter);
    *ret_meter = meter;
    return ECOPT_OK;
}

ecopt_status ecopt_meter_open(ecopt_ctx *ctx, const ecopt_meter_options *options,
                              ecopt_meter **ret_meter)
{
    eco_selection chosen;
    ECO_TRY(eco_selection_parse(ctx, options, &chosen));
    eco_io io = eco_io_system(chosen.options.system_root);
    return eco_meter_open_on(ctx, options, &io, true, ret_meter);
}

ecopt_status ecopt_meter_close(ecopt_meter *meter)
{
    if (!meter)
        return ECOPT_OK;
    ecopt_ctx *ctx = meter->ctx;
    eco_session_stop(meter->session);
    /* Order matters: the thread writes to the recorder and reads the set. */
    ecopt_status status = eco_recorder_close(ctx, meter->recorder);
    eco_replay_close(meter->replay);
    eco_set_release(&meter->set);
    eco_free(ctx, meter->root);
    eco_free(ctx, meter);
    return status;
}

ecopt_quality ecopt_meter_quality(const ecopt_meter *meter)
{
    return meter->quality;
}

const ecopt_source_info *ecopt_meter_infos(const ecopt_meter *meter, size_t *ret_n)
{
    *ret_n = meter->set.n_infos;
    return meter->set.infos;
}

eco_scope eco_meter_scope(const ecopt_meter *meter, size_t i)
{
    return meter->set.channels[i].scope;
}

ecopt_quality eco_meter_describe_host(const ecopt_meter *meter, char *source, size_t room_b,
                                      double *ret_lo, double *ret_hi)
{
    ecopt_quality weakest = ECOPT_QUALITY_MEASURED_WALL;
    size_t used_b = 0;
    *ret_lo = *ret_hi = 1;
    source[0] = '\0';
    for (size_t i = 0; i < meter->set.n_channels; i++) {
        const eco_channel *channel = &meter->set.channels[i];
        if (!channel->is_counted || channel->scope == ECO_SCOPE_GPU)
            continue;
        *ret_lo = fmin(*ret_lo, channel->gain_lo);
        *ret_hi = fmax(*ret_hi, channel->gain_hi);
        weakest = channel->quality > weakest ? channel->quality : weakest;
        if (used_b < room_b)
            used_b += (size_t)snprintf(source + used_b, room_b - used_b, "%s%s",
                                       used_b > 0 ? " + " : "", channel->name);
    }
    return used_b > 0 ? weakest : ECOPT_QUALITY_UNMEASURABLE;
}

void eco_meter_sample(ecopt_meter *meter)
{
    if (meter->session)
        eco_session_sample(meter->session);
}

/* A replayed window is only its key. */
typedef struct replayed_window {
    int64_t ordinal;
    char phase[ECO_TRACE_PHASE_B];
} replayed_window;

/* The clock of the machine has no part in a replayed window. */
static ecopt_status begin_replayed(ecopt_meter *meter, int64_t ordinal, const char *phase,
                                   ecopt_window **ret_window)
{
    /* Nothing is looked up yet: which window it gets depends on its key alone. */
    replayed_window *window = eco_alloc(meter->ctx, 1, sizeof *window);
    if (!window)
        return ECOPT_E_NOMEM;
    window->ordinal = ordinal;
    eco_trace_phase(phase, window->phase);
    *ret_window = (ecopt_window *)(void *)window;
    return ECOPT_OK;
}

ecopt_status ecopt_meter_begin(ecopt_meter *meter, const ecopt_window_key *key,
                               ecopt_window **ret_window)
{
    int64_t ordinal = key ? key->ordinal : 0;
    const char *phase = key ? key->phase : NULL;
    if (ordinal < 0)
        return eco_fail(meter->ctx, ECOPT_E_ARG, "window number %lld is negative",
                        (long long)ordinal);
    if (meter->replay)
        return begin_replayed(meter, ordinal, phase, ret_window);
    return eco_session_begin(meter->session, ordinal, phase, ret_window);
}

ecopt_status ecopt_meter_end(ecopt_meter *meter, ecopt_window *window, double cpu_s,
                             ecopt_energy *ret)
{
    /* The window goes in any case, so that a caller's mistake does not leak it. */
    if (!window || !ret) {
        ecopt_meter_abandon(meter, window);
        return eco_fail(meter->ctx, ECOPT_E_ARG, "no window, or no place for its energy");
    }
    if (meter->replay) {
        /* Windows of a replaying meter are keys, made by begin_replayed. */
        replayed_window *replayed = (replayed_window *)(void *)window;
        eco_replay_get(meter->replay, replayed->ordinal, replayed->phase, ret);
        eco_free(meter->ctx, replayed);
        return ECOPT_OK;
    }
    eco_session_end(meter->session, window, cpu_s, ret);
    return ECOPT_OK;
}

ecopt_status ecopt_meter_peek(ecopt_meter *meter, const ecopt_window *window, double cpu_s,
                              ecopt_energy *ret)
{
    if (!window || !ret)
        return eco_fail(meter->ctx, ECOPT_E_ARG, "no window, or no place for its energy");
    if (meter->replay)
        return eco_fail(meter->ctx, ECOPT_E_UNSUPPORTED, "a trace knows whole windows only");
    eco_session_peek(meter->session, window, cpu_s, ret);
    return ECOPT_OK;
}

void ecopt_meter_abandon(ecopt_meter *meter, ecopt_window *window)
{
    if (meter->replay)
        eco_free(meter->ctx, window);
    else
        eco_session_abandon(meter->session, window);
}

ecopt_status eco_meter_describe_on(ecopt_ctx *ctx, const ecopt_meter_options *options,
                                   const eco_io *io, ecopt_source_info *ret_infos, size_t *ret_n)
{
    eco_selection chosen;
    ECO_TRY(eco_selection_parse(ctx, options, &chosen));
    /* The same probing as open, so the listing shows what open would do. */
    eco_channel_set *set = eco_alloc(ctx, 1, sizeof *set);
    if (!set)
        return ECOPT_E_NOMEM;
    set->ctx = ctx;
    set->io = io;
    set->nvml_path = chosen.options.nvml_path;
    set->wish = chosen.wish;
    set->calibration_path = chosen.options.calibration_path;
    ecopt_status status = probe_all(set, &chosen, true);
    if (status == ECOPT_OK) {
        eco_period_measure(set);
        memcpy(ret_infos, set->infos, set->n_infos * sizeof *ret_infos);
        *ret_n = set->n_infos;
    }
    eco_set_release(set);
    eco_free(ctx, set);
    return status;
}

ecopt_status ecopt_meter_describe(ecopt_ctx *ctx, const ecopt_meter_options *options,
                                  ecopt_source_info *ret_infos, size_t *ret_n)
{
    eco_selection chosen;
    ECO_TRY(eco_selection_parse(ctx, options, &chosen));
    eco_io io = eco_io_system(chosen.options.system_root);
    return eco_meter_describe_on(ctx, options, &io, ret_infos, ret_n);
}
