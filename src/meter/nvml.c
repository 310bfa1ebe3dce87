/*
 * NVIDIA GPUs by libnvidia-ml.so.1, loaded at run time with prototypes of our own: the library's
 * headers are not in Debian main.  Old versioned symbols stay exported beside newer ones, so these
 * fixed prototypes hold.  Each card is one channel, named by UUID: indices change with the driver's
 * order, and CUDA_VISIBLE_DEVICES has no effect on NVML.  The energy counter (Volta and later) is
 * used; where it is not supported, the power reading is integrated (label measured-sampled).
 */
#include "meter/source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define LIBRARY  "libnvidia-ml.so.1"
#define GPUS_MAX 16

/* The counter moves every 20 to 100 ms, by generation; the slower is assumed. */
#define ENERGY_PERIOD_S 0.1

/* Reported power is a mean over 1 s on Ampere and later. */
#define POWER_PERIOD_S 1.0

/* Stated accuracy of the board sensor is 5 %; of sampled power 25 % where duty cycles alias. */
#define COUNTER_GAIN_LO 0.95
#define COUNTER_GAIN_HI 1.05
#define SAMPLED_GAIN_LO 0.80
#define SAMPLED_GAIN_HI 1.25

/* Values of nvmlReturn_t (nvml.h of the driver); part of the library's ABI. */
enum { NVML_OK = 0, NVML_NOT_SUPPORTED = 3, NVML_NO_PERMISSION = 4, NVML_GPU_LOST = 15 };

/* Loaded once, shared by all cards; the last card to close unloads it. */
typedef struct nvml_library {
    void *handle;
    int n_users;
    int (*init)(void);
    int (*shutdown)(void);
    int (*get_count)(unsigned *count);
    int (*get_handle)(unsigned index, void **device);
    int (*get_uuid)(void *device, char *text, unsigned room_b);
    int (*get_energy)(void *device, unsigned long long *energy_mj);
    int (*get_power)(void *device, unsigned *power_mw);
    int (*get_limit)(void *device, unsigned *limit_mw);
} nvml_library;

/* One card. The handle is valid until shutdown, also when the card falls off the bus: calls then
 * fail with GPU_LOST, which is a failed reading here and a lost source if it lasts. */
typedef struct nvml_state {
    nvml_library *library;
    void *device;
    bool has_counter;
} nvml_state;

/* Codes of nvmlReturn_t that tell apart what a user can mend; the rest is an I/O error. */
static int errno_of(int nvml_status)
{
    switch (nvml_status) {
    case NVML_OK:
        return 0;
    case NVML_NOT_SUPPORTED:
        return -EOPNOTSUPP;
    case NVML_NO_PERMISSION:
        return -EACCES;
    case NVML_GPU_LOST:
        return -ENODEV;
    default:
        return -EIO;
    }
}

/* The counter is in mJ since the driver was loaded; power in mW. */
static int read_device(const nvml_state *state, eco_reading *ret)
{
    /* 64 bits of mJ do not wrap in the life of a card: a decrease is a driver reload. */
    if (state->has_counter) {
        unsigned long long energy_mj = 0;
        int status = state->library->get_energy(state->device, &energy_mj);
        ret->energy_uj = 1000 * (uint64_t)energy_mj;
        return errno_of(status);
    }
    unsigned power_mw = 0;
    int status = state->library->get_power(state->device, &power_mw);
    ret->is_power = true;
    ret->power_w = 1e-3 * (double)power_mw;
    return errno_of(status);
}

/* The ops table's form of read_device; NVML needs nothing of io. */
static int read_gpu(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    (void)io;
    return read_device(channel->state, ret);
}

/* Shut down and unload with the last user, in this order. */
static void drop_library(ecopt_ctx *ctx, const eco_io *io, nvml_library *library)
{
    /* A library whose init failed has no shutdown yet: the symbol is loaded after init. */
    if (--library->n_users > 0)
        return;
    if (library->shutdown)
        (void)library->shutdown();
    if (library->handle)
        io->dlclose(io->user, library->handle);
    eco_free(ctx, library);
}

/* A card keeps the library alive until the last one is closed. */
static void close_gpu(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    nvml_state *state = channel->state;
    if (state)
        drop_library(ctx, io, state->library);
    eco_free(ctx, state);
    channel->state = NULL;
}

/* POSIX lets an object pointer of dlsym become a function pointer; memcpy says so without a cast.
 */
static bool load_symbol(const eco_io *io, void *handle, const char *name, void *ret_function)
{
    void *symbol = io->dlsym(io->user, handle, name);
    memcpy(ret_function, &symbol, sizeof symbol);
    return symbol != NULL;
}

/* Loads the library into the given record; NULL or why it cannot be used. */
static const char *load_library(const eco_io *io, const char *path, nvml_library *library)
{
    /* The library comes with the driver, of its version; it is never linked. */
    void *handle = io->dlopen(io->user, path);
    if (!handle)
        return "the NVIDIA driver library " LIBRARY " is not there";
    library->handle = handle;
    /* The unversioned forms of old drivers count cards otherwise. */
    bool is_complete =
        load_symbol(io, handle, "nvmlInit_v2", &library->init) &&
        load_symbol(io, handle, "nvmlDeviceGetCount_v2", &library->get_count) &&
        load_symbol(io, handle, "nvmlDeviceGetHandleByIndex_v2", &library->get_handle) &&
        load_symbol(io, handle, "nvmlDeviceGetUUID", &library->get_uuid);
    /* One of the next two is enough; the limit is a nicety. */
    bool has_energy =
        load_symbol(io, handle, "nvmlDeviceGetTotalEnergyConsumption", &library->get_energy);
    bool has_power = load_symbol(io, handle, "nvmlDeviceGetPowerUsage", &library->get_power);
    (void)load_symbol(io, handle, "nvmlDeviceGetEnforcedPowerLimit", &library->get_limit);
    if (!is_complete || (!has_energy && !has_power))
        return "the NVIDIA driver library lacks the calls that give energy";
    if (library->init() != NVML_OK)
        return "the NVIDIA driver library does not start: is the kernel driver loaded";
    (void)load_symbol(io, handle, "nvmlShutdown", &library->shutdown);
    return NULL;
}

/* What is supported is found out by asking once: the symbol exists on every card. */
static bool pick_method(nvml_state *state)
{
    /* Cards before Volta are behind the same library and answer "not supported".
     * A first reading decides, and is not used further. */
    eco_reading reading = {0};
    state->has_counter = state->library->get_energy != NULL;
    if (state->has_counter && read_device(state, &reading) == 0)
        return true;
    state->has_counter = false;
    return state->library->get_power != NULL && read_device(state, &reading) == 0;
}

/* Twice the enforced limit bounds what is possible; boards overshoot it for milliseconds. */
static void fill_channel(eco_channel *channel, nvml_state *state)
{
    unsigned limit_mw = 0;
    double power_max_w = 0;
    if (state->library->get_limit && state->library->get_limit(state->device, &limit_mw) == NVML_OK)
        power_max_w = 2e-3 * (double)limit_mw;
    channel->state = state;
    channel->unit_j = state->has_counter ? 1e-3 : 0;
    channel->quality =
        state->has_counter ? ECOPT_QUALITY_MEASURED_COUNTER : ECOPT_QUALITY_MEASURED_SAMPLED;
    channel->gain_lo = state->has_counter ? COUNTER_GAIN_LO : SAMPLED_GAIN_LO;
    channel->gain_hi = state->has_counter ? COUNTER_GAIN_HI : SAMPLED_GAIN_HI;
    eco_counter_init(&channel->counter, 0, power_max_w,
                     state->has_counter ? ENERGY_PERIOD_S : POWER_PERIOD_S);
}

/* A card without UUID or without any reading is left out, the others are used. */
static ecopt_status add_gpu(eco_channel_set *set, nvml_library *library, unsigned index)
{
    void *device = NULL;
    char uuid[96] = "", domain[64];
    if (library->get_handle(index, &device) != NVML_OK ||
        library->get_uuid(device, uuid, sizeof uuid) != NVML_OK)
        return ECOPT_OK;
    /* The library ends its text; this is for stubs and bugs. */
    uuid[sizeof uuid - 1] = '\0';
    nvml_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    if (!state)
        return ECOPT_E_NOMEM;
    state->library = library;
    state->device = device;
    (void)snprintf(domain, sizeof domain, "gpu %.48s", uuid);
    eco_channel *channel =
        pick_method(state) ? eco_set_add(set, &eco_source_nvml, ECO_SCOPE_GPU, domain) : NULL;
    if (!channel) {
        eco_free(set->ctx, state);
        return ECOPT_OK;
    }
    fill_channel(channel, state);
    library->n_users++;
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* All cards of the machine: which of them a program uses is not known beforehand. */
static ecopt_status add_gpus(eco_channel_set *set, nvml_library *library)
{
    /* CUDA_VISIBLE_DEVICES is of no help: a program may be started with another value. */
    unsigned n = 0;
    if (library->get_count(&n) != NVML_OK)
        n = 0;
    for (unsigned i = 0; i < n && i < GPUS_MAX; i++)
        ECO_TRY(add_gpu(set, library, i));
    return ECOPT_OK;
}

/* The library is a user of itself while probing, so it is unloaded when no card was added. */
static ecopt_status probe_nvml(eco_channel_set *set, const char *argument)
{
    (void)argument;
    nvml_library *library = eco_alloc(set->ctx, 1, sizeof *library);
    if (!library)
        return ECOPT_E_NOMEM;
    /* Each card that is added becomes a user of its own. */
    size_t first = set->n_channels;
    library->n_users = 1; /* the probe itself */
    ecopt_status status = ECOPT_OK;
    const char *path = set->nvml_path ? set->nvml_path : LIBRARY;
    const char *problem = load_library(set->io, path, library);
    if (!problem)
        status = add_gpus(set, library);
    if (!problem && status == ECOPT_OK && set->n_channels == first)
        problem = "no NVIDIA GPU reports energy or power";
    drop_library(set->ctx, set->io, library);
    /* A driver without its user library is worth a line; no NVIDIA hardware at all is normal. */
    if (problem) {
        bool has_card = eco_io_probe(set->io, "/proc/driver/nvidia/version") == 0;
        eco_set_missing(set, &eco_source_nvml, ECOPT_QUALITY_MEASURED_COUNTER, 0, problem,
                        has_card ? "as root: apt install libnvidia-ml1, of the driver's version"
                                 : "with an NVIDIA GPU: install its driver and, as root: modprobe "
                                   "nvidia; without one nothing is missing");
        set->infos[set->n_infos - 1].is_found = has_card;
    }
    return status;
}

const eco_source_ops eco_source_nvml = {
    .version = ECO_SOURCE_VERSION,
    .kind = "nvml",
    .is_automatic = true,
    .probe = probe_nvml,
    .read = read_gpu,
    .close = close_gpu,
};
