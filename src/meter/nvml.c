/*
 * NVIDIA GPUs.  Each card is one counted channel, named by UUID: indices change with the driver's
 * order, and CUDA_VISIBLE_DEVICES has no effect on NVML.
 *
 * The energy counter (Volta and later) is used; beside it the power is integrated as a check of the
 * same domain, because the two were seen to differ by 1.75 on an idle card.  Without a counter the
 * power is the source: momentary where the driver gives it, else the mean over a second.  On Grace
 * machines the power of the whole module is a channel of its own.
 * A card that others may use (MIG, or compute processes that do not descend from this one) is
 * flagged in the windows in which that was seen: energy and power are of the whole card only.
 */
#include "meter/nvml_library.h"
#include "meter/source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define GPUS_MAX      16
#define PROCESSES_MAX 32

/* The counter moves every 20 to 100 ms, by generation; the slower is assumed. */
#define ENERGY_PERIOD_S 0.1

/* Both powers are renewed with the sensor; the one that is not momentary is a mean over 1 s on
 * Ampere and later. */
#define POWER_PERIOD_S 0.1
#define AVERAGE_S      1.0

/* Stated accuracy of the board sensor is 5 %; of sampled power 25 % where duty cycles alias: on
 * A100 and H100 it sees a quarter of the time (arXiv 2312.02741). */
#define COUNTER_GAIN_LO 0.95
#define COUNTER_GAIN_HI 1.05
#define SAMPLED_GAIN_LO 0.80
#define SAMPLED_GAIN_HI 1.25

/* More than a module of CPU, GPU and memory can draw [W]; it has no limit of its own to ask. */
#define MODULE_POWER_MAX_W 4000.0

/* Processes come and go slowly beside the readings, and listing them costs more than a reading. */
#define LOOK_S 0.5

/* A restart may take a second and disturbs the other cards: rarer and rarer while it is no help. */
#define RETRY_MIN_S 1.0
#define RETRY_MAX_S 60.0

/* Longest chain of parents followed to find out whose a process is. */
#define PARENTS_MAX 64

typedef enum method { METHOD_ENERGY, METHOD_INSTANT, METHOD_AVERAGE, METHOD_MODULE } method;

/* One channel of a card.  The handle is valid until the library shuts down, also when the card
 * falls off the bus: calls then fail, which is a failed reading here and a lost source if it lasts.
 */
typedef struct nvml_state {
    eco_nvml *library;
    void *device;
    unsigned generation; /* of the library when the handle was got */
    method method;
    bool is_watched; /* look for other users on reading */
    bool is_shared;  /* what the last look saw */
    double looked_s;
    double retry_s, wait_s; /* next restart not before; pause after that one */
    char uuid[ECO_NVML_UUID_B];
} nvml_state;

/* --- Readings -------------------------------------------------------------------------------- */

/* The counter is in mJ since the driver was loaded; power in mW.  64 bits of mJ do not wrap in the
 * life of a card: a decrease is a driver reload. */
static int read_method(const nvml_state *state, eco_reading *ret)
{
    eco_nvml *library = state->library;
    unsigned long long energy_mj = 0;
    unsigned power_mw = 0;
    int status = ECO_NVML_NO_FUNCTION;
    ret->is_power = state->method != METHOD_ENERGY;
    switch (state->method) {
    case METHOD_ENERGY:
        if (library->get_energy)
            status = library->get_energy(state->device, &energy_mj);
        ret->energy_uj = 1000 * (uint64_t)energy_mj;
        return status;
    case METHOD_AVERAGE:
        if (library->get_power)
            status = library->get_power(state->device, &power_mw);
        ret->power_w = 1e-3 * (double)power_mw;
        return status;
    default:
        return eco_nvml_power_field_w(library, state->device, state->method == METHOD_MODULE,
                                      &ret->power_w);
    }
}

/* The library or the handle is of a driver that is gone. */
static bool is_stale(int status)
{
    return status == ECO_NVML_UNINITIALIZED || status == ECO_NVML_NO_DRIVER ||
           status == ECO_NVML_GPU_LOST || status == ECO_NVML_OTHER;
}

/* A reading with a handle of the library's present generation. */
static int read_fresh(nvml_state *state, eco_reading *ret)
{
    if (!state->library->is_up)
        return ECO_NVML_UNINITIALIZED;
    if (state->generation != state->library->generation) {
        int status = eco_nvml_find(state->library, state->uuid, &state->device);
        if (status != ECO_NVML_OK)
            return status;
        state->generation = state->library->generation;
    }
    return read_method(state, ret);
}

/* Whether a process descends from this one: the metered command does, or is this one itself. */
static bool is_ours(const eco_io *io, unsigned pid)
{
    for (int i = 0; i < PARENTS_MAX && pid > 1; i++) {
        char path[64], text[512];
        if (pid == (unsigned)getpid())
            return true;
        (void)snprintf(path, sizeof path, "/proc/%u/stat", pid);
        /* "PID (NAME) STATE PARENT": the name may hold blanks and brackets. */
        const char *end = eco_io_text(io, path, text, sizeof text) > 0 ? strrchr(text, ')') : NULL;
        if (!end || strlen(end) < sizeof ") S 1" - 1)
            return false;
        pid = (unsigned)strtoul(end + 4, NULL, 10);
    }
    return false;
}

/* Whether the card works for others too.  Not known (no permission, no such call) is no claim. */
static bool is_used_by_others(const eco_io *io, const nvml_state *state)
{
    const eco_nvml *library = state->library;
    unsigned current = 0, pending = 0, n = PROCESSES_MAX;
    eco_nvml_process processes[PROCESSES_MAX];
    if (library->get_mig && library->get_mig(state->device, &current, &pending) == ECO_NVML_OK &&
        current == 1)
        return true;
    if (!library->get_processes)
        return false;
    int status = library->get_processes(state->device, &n, processes);
    if (status != ECO_NVML_OK)
        return status == ECO_NVML_MORE_ROOM;
    for (unsigned i = 0; i < n && i < PROCESSES_MAX; i++)
        if (!is_ours(io, processes[i].pid))
            return true;
    return false;
}

/* Only the channel that counts asks: its checks are of the same card. */
static bool is_throttled(const nvml_state *state)
{
    const eco_nvml *library = state->library;
    unsigned long long reasons = 0;
    return state->is_watched && library->get_reasons &&
           library->get_reasons(state->device, &reasons) == ECO_NVML_OK &&
           (reasons & ECO_NVML_THROTTLED) != 0;
}

/* Reads again after a restart of the library, when it is time for one. */
static int read_restarted(nvml_state *state, double now_s, int status, eco_reading *ret)
{
    if (now_s < state->retry_s)
        return status;
    state->wait_s = fmin(fmax(2 * state->wait_s, RETRY_MIN_S), RETRY_MAX_S);
    state->retry_s = now_s + state->wait_s;
    return eco_nvml_restart(state->library) ? read_fresh(state, ret) : status;
}

static int read_gpu(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    nvml_state *state = channel->state;
    double now_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    int status = read_fresh(state, ret);
    if (is_stale(status))
        status = read_restarted(state, now_s, status, ret);
    if (status != ECO_NVML_OK)
        return eco_nvml_errno(status);
    /* The next loss is a new one. */
    state->wait_s = 0;
    if (state->is_watched && now_s - state->looked_s >= LOOK_S) {
        state->looked_s = now_s;
        state->is_shared = is_used_by_others(io, state);
    }
    ret->flags = (state->is_shared ? (unsigned)ECOPT_FLAG_SHARED : 0u) |
                 (is_throttled(state) ? (unsigned)ECOPT_FLAG_THROTTLE : 0u);
    return 0;
}

/* A card keeps the library alive until the last one is closed. */
static void close_gpu(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    nvml_state *state = channel->state;
    if (state)
        eco_nvml_drop(ctx, io, state->library);
    eco_free(ctx, state);
    channel->state = NULL;
}

/* --- Finding cards --------------------------------------------------------------------------- */

/* Twice the enforced limit bounds what is possible; boards overshoot it for milliseconds. */
static double power_max_w(const nvml_state *state)
{
    unsigned limit_mw = 0;
    if (state->method == METHOD_MODULE)
        return MODULE_POWER_MAX_W;
    if (state->library->get_limit &&
        state->library->get_limit(state->device, &limit_mw) == ECO_NVML_OK)
        return 2e-3 * (double)limit_mw;
    return 0;
}

static void fill_channel(eco_channel *channel, nvml_state *state)
{
    static const struct {
        double period_s, average_s;
        const char *note;
    } methods[] = {
        [METHOD_ENERGY] = {ENERGY_PERIOD_S, ENERGY_PERIOD_S, NULL},
        [METHOD_INSTANT] = {POWER_PERIOD_S, POWER_PERIOD_S, "momentary power, integrated"},
        [METHOD_AVERAGE] = {POWER_PERIOD_S, AVERAGE_S, "power averaged over 1 s, integrated"},
        [METHOD_MODULE] = {POWER_PERIOD_S, POWER_PERIOD_S, "momentary power, integrated"},
    };
    bool is_counter = state->method == METHOD_ENERGY;
    channel->state = state;
    channel->quality = is_counter ? ECOPT_QUALITY_MEASURED_COUNTER : ECOPT_QUALITY_MEASURED_SAMPLED;
    channel->unit_j = is_counter ? 1e-3 : 0;
    channel->gain_lo = is_counter ? COUNTER_GAIN_LO : SAMPLED_GAIN_LO;
    channel->gain_hi = is_counter ? COUNTER_GAIN_HI : SAMPLED_GAIN_HI;
    channel->note = methods[state->method].note;
    eco_counter_init(&channel->counter, 0, power_max_w(state), methods[state->method].period_s);
    channel->counter.average_s = methods[state->method].average_s;
}

/* A channel of a card by a method that was seen to work.  Names differ where domains are equal. */
static ecopt_status add_channel(eco_channel_set *set, const nvml_state *found, eco_scope scope,
                                const char *what)
{
    char domain[64];
    (void)snprintf(domain, sizeof domain, "%s %.48s", scope == ECO_SCOPE_MODULE ? "module" : "gpu",
                   found->uuid);
    nvml_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    if (!state)
        return ECOPT_E_NOMEM;
    *state = *found;
    state->looked_s = -(double)INFINITY;
    state->retry_s = -(double)INFINITY;
    eco_channel *channel = eco_set_add(set, &eco_source_nvml, scope, domain);
    if (!channel) {
        eco_free(set->ctx, state);
        return ECOPT_OK;
    }
    (void)snprintf(channel->name, sizeof channel->name, "nvml %s %.31s", what, found->uuid);
    state->library->n_users++;
    fill_channel(channel, state);
    unsigned current = 0, pending = 0;
    if (state->is_watched && state->library->get_mig &&
        state->library->get_mig(state->device, &current, &pending) == ECO_NVML_OK && current == 1)
        channel->note = "MIG is on: this is the whole card";
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* First method that gives a value; what is supported is found out by asking, as the symbols exist
 * for every card.  Only what a card cannot or may not do leads to the next: a card that is lost or
 * not ready must not pass for one without a counter. */
static int pick_method(nvml_state *state, method first)
{
    int worst = ECO_NVML_NOT_SUPPORTED;
    for (method m = first; m <= METHOD_AVERAGE; m++) {
        eco_reading reading = {0};
        state->method = m;
        int status = read_method(state, &reading);
        if (status == ECO_NVML_OK)
            return status;
        if (status == ECO_NVML_NO_PERMISSION)
            worst = status;
        else if (status != ECO_NVML_NOT_SUPPORTED && status != ECO_NVML_NO_FUNCTION)
            return status;
    }
    return worst;
}

/* A line for a card that cannot be read; what it uses is missing in the total. */
static void report_missing(eco_channel_set *set, const char *uuid, int status)
{
    size_t n = set->n_infos;
    int error = eco_nvml_errno(status);
    eco_set_missing(set, &eco_source_nvml, ECOPT_QUALITY_MEASURED_COUNTER, error,
                    eco_nvml_text(status),
                    error == -EACCES ? "as root: run ecopt as root, or ask who runs this machine "
                                       "for access to the GPU"
                                     : "");
    if (set->n_infos > n) {
        ecopt_source_info *info = &set->infos[n];
        (void)snprintf(info->name, sizeof info->name, "nvml gpu %.31s", uuid);
        info->is_found = true;
    }
    set->is_gpu_missing = set->is_gpu_missing || set->is_selected;
}

/* Modules that hold CPU, GPU and memory; elsewhere old drivers take the scope for the GPU's. */
static bool is_grace(const nvml_state *state)
{
    char name[96] = "";
    if (!state->library->get_name ||
        state->library->get_name(state->device, name, sizeof name) != ECO_NVML_OK)
        return false;
    name[sizeof name - 1] = '\0';
    return strstr(name, "GH200") || strstr(name, "GB200") || strstr(name, "GB300");
}

/* Cards whose UUID begins with `wanted` (NULL: all); count of those that can be read. */
static ecopt_status find_gpus(eco_channel_set *set, eco_nvml *library, const char *wanted,
                              nvml_state *gpus, int *ret_n)
{
    /* CUDA_VISIBLE_DEVICES is of no help: a program may be started with another value. */
    unsigned n = 0;
    int n_found = 0;
    if (library->get_count(&n) != ECO_NVML_OK)
        n = 0;
    for (unsigned i = 0; i < n && i < GPUS_MAX; i++) {
        nvml_state gpu = {
            .library = library, .generation = library->generation, .is_watched = true};
        (void)snprintf(gpu.uuid, sizeof gpu.uuid, "number %u", i);
        int status = library->get_handle(i, &gpu.device);
        if (status == ECO_NVML_OK)
            status = library->get_uuid(gpu.device, gpu.uuid, sizeof gpu.uuid);
        /* The library ends its text; this is for stubs and bugs. */
        gpu.uuid[sizeof gpu.uuid - 1] = '\0';
        if (wanted && strncasecmp(gpu.uuid, wanted, strlen(wanted)) != 0)
            continue;
        if (status == ECO_NVML_OK)
            status = pick_method(&gpu, METHOD_ENERGY);
        if (status == ECO_NVML_OK)
            gpus[n_found++] = gpu;
        else
            report_missing(set, gpu.uuid, status);
    }
    *ret_n = n_found;
    return ECOPT_OK;
}

/* What counts first, so that it finds room; then the modules; then the checks. */
static ecopt_status add_gpus(eco_channel_set *set, const nvml_state *gpus, int n)
{
    for (int i = 0; i < n; i++)
        ECO_TRY(add_channel(set, &gpus[i], ECO_SCOPE_GPU, "gpu"));
    for (int i = 0; i < n; i++) {
        eco_reading reading = {0};
        nvml_state module = gpus[i];
        module.method = METHOD_MODULE;
        module.is_watched = false;
        if (is_grace(&module) && read_method(&module, &reading) == ECO_NVML_OK)
            ECO_TRY(add_channel(set, &module, ECO_SCOPE_MODULE, "module"));
    }
    for (int i = 0; i < n; i++) {
        nvml_state power = gpus[i];
        power.is_watched = false;
        if (gpus[i].method == METHOD_ENERGY && pick_method(&power, METHOD_INSTANT) == ECO_NVML_OK)
            ECO_TRY(add_channel(set, &power, ECO_SCOPE_GPU, "power"));
    }
    return ECOPT_OK;
}

/* The library is a user of itself while probing, so it is unloaded when no card was added. */
static ecopt_status probe_nvml(eco_channel_set *set, const char *argument)
{
    eco_nvml *library = eco_alloc(set->ctx, 1, sizeof *library);
    nvml_state *gpus = eco_alloc(set->ctx, GPUS_MAX, sizeof *gpus);
    ecopt_status status = library && gpus ? ECOPT_OK : ECOPT_E_NOMEM;
    size_t n_infos = set->n_infos;
    const char *problem = NULL;
    int n = 0;
    if (status != ECOPT_OK)
        goto done;
    /* Each channel that is added becomes a user of its own. */
    library->n_users = 1;
    problem = eco_nvml_load(set->io, set->nvml_path ? set->nvml_path : ECO_NVML_PATH, library);
    if (!problem)
        status = find_gpus(set, library, argument, gpus, &n);
    if (!problem && status == ECOPT_OK)
        status = add_gpus(set, gpus, n);
    if (!problem && n == 0 && set->n_infos == n_infos)
        problem = argument ? "there is no NVIDIA GPU of this UUID"
                           : "no NVIDIA GPU reports energy or power";
    eco_nvml_drop(set->ctx, set->io, library);
    library = NULL;
    /* A driver without its user library is worth a line; no NVIDIA hardware at all is normal. */
    if (problem) {
        bool has_card = eco_io_probe(set->io, "/proc/driver/nvidia/version") == 0;
        eco_set_missing(set, &eco_source_nvml, ECOPT_QUALITY_MEASURED_COUNTER, 0, problem,
                        argument   ? "see the UUIDs with: ecopt doctor --sources nvml"
                        : has_card ? "as root: apt install libnvidia-ml1, of the driver's version"
                                   : "with an NVIDIA GPU: install its driver and, as root: "
                                     "modprobe nvidia; without one nothing is missing");
        if (set->n_infos > n_infos)
            set->infos[n_infos].is_found = has_card;
    }
done:
    eco_free(set->ctx, gpus);
    eco_free(set->ctx, library);
    return status;
}

const eco_source_ops eco_source_nvml = {
    .version = ECO_SOURCE_VERSION,
    .kind = "nvml",
    .is_automatic = true,
    .may_have_argument = true,
    .probe = probe_nvml,
    .read = read_gpu,
    .close = close_gpu,
};
