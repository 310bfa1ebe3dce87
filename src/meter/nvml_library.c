#include "meter/nvml_library.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(eco_nvml_field) == 40 && offsetof(eco_nvml_field, value) == 32,
               "nvmlFieldValue_t");
_Static_assert(sizeof(eco_nvml_process) == 24, "nvmlProcessInfo_t");

/* Momentary power (nvml.h, NVML_FI_DEV_POWER_INSTANT). */
#define FIELD_POWER_INSTANT 186

/* POSIX lets an object pointer of dlsym become a function pointer; memcpy says so without a cast.
 */
static bool load_symbol(const eco_io *io, void *handle, const char *name, void *ret_function)
{
    void *symbol = io->dlsym(io->user, handle, name);
    memcpy(ret_function, &symbol, sizeof symbol);
    return symbol != NULL;
}

/* Features, each of which may be missing. */
static void load_features(const eco_io *io, eco_nvml *library)
{
    void *handle = library->handle;
    (void)load_symbol(io, handle, "nvmlDeviceGetHandleByUUID", &library->find);
    (void)load_symbol(io, handle, "nvmlDeviceGetName", &library->get_name);
    (void)load_symbol(io, handle, "nvmlDeviceGetTotalEnergyConsumption", &library->get_energy);
    (void)load_symbol(io, handle, "nvmlDeviceGetPowerUsage", &library->get_power);
    (void)load_symbol(io, handle, "nvmlDeviceGetFieldValues", &library->get_fields);
    (void)load_symbol(io, handle, "nvmlDeviceGetEnforcedPowerLimit", &library->get_limit);
    (void)load_symbol(io, handle, "nvmlDeviceGetMigMode", &library->get_mig);
    /* Renamed in driver 535; the older name stays. */
    if (!load_symbol(io, handle, "nvmlDeviceGetCurrentClocksEventReasons", &library->get_reasons))
        (void)load_symbol(io, handle, "nvmlDeviceGetCurrentClocksThrottleReasons",
                          &library->get_reasons);
    (void)load_symbol(io, handle, "nvmlDeviceGetComputeRunningProcesses_v3",
                      &library->get_processes);
}

const char *eco_nvml_load(const eco_io *io, const char *path, eco_nvml *library)
{
    /* The library comes with the driver, of its version; it is never linked. */
    void *handle = io->dlopen(io->user, path);
    if (!handle)
        return "the NVIDIA driver library " ECO_NVML_PATH " is not there";
    library->handle = handle;
    /* The unversioned forms of old drivers count cards otherwise. */
    bool is_complete =
        load_symbol(io, handle, "nvmlInit_v2", &library->init) &&
        load_symbol(io, handle, "nvmlDeviceGetCount_v2", &library->get_count) &&
        load_symbol(io, handle, "nvmlDeviceGetHandleByIndex_v2", &library->get_handle) &&
        load_symbol(io, handle, "nvmlDeviceGetUUID", &library->get_uuid);
    load_features(io, library);
    if (!is_complete || (!library->get_energy && !library->get_power && !library->get_fields))
        return "the NVIDIA driver library lacks the calls that give energy";
    (void)load_symbol(io, handle, "nvmlShutdown", &library->shutdown);
    int status = library->init();
    library->is_up = status == ECO_NVML_OK;
    if (status == ECO_NVML_MISMATCH)
        return "the NVIDIA driver library is of another version than the kernel driver";
    if (status == ECO_NVML_NO_PERMISSION)
        return "the NVIDIA devices may not be opened";
    return library->is_up ? NULL
                          : "the NVIDIA driver library does not start: is the kernel driver loaded";
}

void eco_nvml_drop(ecopt_ctx *ctx, const eco_io *io, eco_nvml *library)
{
    if (--library->n_users > 0)
        return;
    if (library->is_up && library->shutdown)
        (void)library->shutdown();
    if (library->handle)
        io->dlclose(io->user, library->handle);
    eco_free(ctx, library);
}

bool eco_nvml_restart(eco_nvml *library)
{
    /* Without a shutdown init would only count up. */
    if (!library->shutdown)
        return false;
    if (library->is_up)
        (void)library->shutdown();
    library->is_up = library->init() == ECO_NVML_OK;
    library->generation += library->is_up;
    return library->is_up;
}

int eco_nvml_find(const eco_nvml *library, const char *uuid, void **ret_device)
{
    if (library->find)
        return library->find(uuid, ret_device);
    unsigned n = 0;
    int status = library->get_count(&n);
    for (unsigned i = 0; i < n && status == ECO_NVML_OK; i++) {
        char text[ECO_NVML_UUID_B] = "";
        if (library->get_handle(i, ret_device) == ECO_NVML_OK &&
            library->get_uuid(*ret_device, text, sizeof text) == ECO_NVML_OK &&
            strcmp(text, uuid) == 0)
            return ECO_NVML_OK;
    }
    return status == ECO_NVML_OK ? ECO_NVML_GPU_LOST : status;
}

int eco_nvml_power_field_w(const eco_nvml *library, void *device, unsigned scope, double *ret_w)
{
    eco_nvml_field field = {.id = FIELD_POWER_INSTANT, .scope = scope};
    if (!library->get_fields)
        return ECO_NVML_NO_FUNCTION;
    int status = library->get_fields(device, 1, &field);
    if (status == ECO_NVML_OK)
        status = field.status;
    if (status != ECO_NVML_OK)
        return status;
    switch (field.type) {
    case 0:
        *ret_w = 1e-3 * field.value.d;
        return status;
    case 1:
        *ret_w = 1e-3 * (double)field.value.ui;
        return status;
    case 2:
        *ret_w = 1e-3 * (double)field.value.ul;
        return status;
    case 3:
        *ret_w = 1e-3 * (double)field.value.ull;
        return status;
    default:
        return ECO_NVML_NOT_SUPPORTED; /* a power below zero, or a type of the future */
    }
}

int eco_nvml_errno(int status)
{
    switch (status) {
    case ECO_NVML_OK:
        return 0;
    case ECO_NVML_NOT_SUPPORTED:
    case ECO_NVML_NO_FUNCTION:
        return -EOPNOTSUPP;
    case ECO_NVML_NO_PERMISSION:
    case ECO_NVML_BLOCKED:
        return -EACCES;
    case ECO_NVML_GPU_LOST:
    case ECO_NVML_NO_DRIVER:
    case ECO_NVML_UNINITIALIZED:
        return -ENODEV;
    case ECO_NVML_NOT_READY:
        return -EAGAIN;
    default:
        return -EIO;
    }
}

const char *eco_nvml_text(int status)
{
    switch (status) {
    case ECO_NVML_NOT_SUPPORTED:
    case ECO_NVML_NO_FUNCTION:
        return "it reports neither energy nor power";
    case ECO_NVML_NO_PERMISSION:
        return "its energy and power may not be read";
    case ECO_NVML_GPU_LOST:
        return "the GPU is lost: it fell off the bus";
    case ECO_NVML_RESET_REQUIRED:
        return "the GPU must be reset";
    case ECO_NVML_BLOCKED:
        return "the operating system blocks the GPU";
    case ECO_NVML_NOT_READY:
        return "the GPU is not ready";
    default:
        return "its energy and power cannot be read";
    }
}
