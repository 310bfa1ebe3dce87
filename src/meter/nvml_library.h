/*
 * libnvidia-ml.so.1, loaded at run time with prototypes of our own: the library's headers are not
 * in Debian main.  Old versioned symbols stay exported beside newer ones, so these fixed prototypes
 * hold; a missing one turns one feature off.
 *
 * Call order: eco_nvml_load, one user more for each channel, eco_nvml_drop for each; in between
 * eco_nvml_restart when a driver was reloaded.  Owner: the last user frees the record.  Threads:
 * as the channels that use it: the session's lock is held.
 */
#ifndef ECO_METER_NVML_LIBRARY_H
#define ECO_METER_NVML_LIBRARY_H

#include "core/ctx.h"
#include "meter/io.h"

#define ECO_NVML_PATH "libnvidia-ml.so.1"

enum { ECO_NVML_UUID_B = 96 };

/** Values of nvmlReturn_t that are told apart here; part of the library's ABI. */
enum {
    ECO_NVML_OK = 0,
    ECO_NVML_UNINITIALIZED = 1,
    ECO_NVML_NOT_SUPPORTED = 3,
    ECO_NVML_NO_PERMISSION = 4,
    ECO_NVML_MORE_ROOM = 7,
    ECO_NVML_NO_DRIVER = 9,
    ECO_NVML_NO_FUNCTION = 13,
    ECO_NVML_GPU_LOST = 15,
    ECO_NVML_RESET_REQUIRED = 16,
    ECO_NVML_BLOCKED = 17,
    ECO_NVML_MISMATCH = 18,
    ECO_NVML_NOT_READY = 27,
    ECO_NVML_OTHER = 999
};

/** nvmlFieldValue_t. */
typedef struct eco_nvml_field {
    unsigned id;    /* 186: momentary power [mW] */
    unsigned scope; /* 0 the GPU, 1 the module it is in (Grace) */
    long long timestamp_us, latency_us;
    int type; /* of value: 0 d, 1 ui, 2 ul, 3 ull, 4 sll */
    int status;
    union {
        double d;
        unsigned ui;
        unsigned long ul;
        unsigned long long ull;
        long long sll;
    } value;
} eco_nvml_field;

/**
 * Of nvmlClocksEventReasons: hardware slowdown (heat or supply), thermal slowdown by software and
 * by hardware, power brake.  Not the power cap: a busy card lives at it.
 */
#define ECO_NVML_THROTTLED (0x8ull | 0x20ull | 0x40ull | 0x80ull)

/** nvmlProcessInfo_t of version 3. */
typedef struct eco_nvml_process {
    unsigned pid;
    unsigned long long memory_b;
    unsigned gpu_instance, compute_instance;
} eco_nvml_process;

/** The library; functions that it may lack are NULL. */
typedef struct eco_nvml {
    void *handle;
    int n_users;
    unsigned generation; /* of device handles: those of an earlier one are stale */
    bool is_up;
    int (*init)(void);
    int (*shutdown)(void);
    int (*get_count)(unsigned *count);
    int (*get_handle)(unsigned index, void **device);
    int (*get_uuid)(void *device, char *text, unsigned room_b);
    int (*find)(const char *uuid, void **device); /* may be NULL, as all below */
    int (*get_name)(void *device, char *text, unsigned room_b);
    int (*get_energy)(void *device, unsigned long long *energy_mj);
    int (*get_power)(void *device, unsigned *power_mw);
    int (*get_fields)(void *device, int n, eco_nvml_field *fields);
    int (*get_limit)(void *device, unsigned *limit_mw);
    int (*get_mig)(void *device, unsigned *current, unsigned *pending);
    int (*get_reasons)(void *device, unsigned long long *reasons); /* why clocks are low now */
    int (*get_processes)(void *device, unsigned *n, eco_nvml_process *processes);
} eco_nvml;

/** Loads and starts the library; NULL, or why it cannot be used (a fixed text). */
const char *eco_nvml_load(const eco_io *io, const char *path, eco_nvml *library);

/** One user less; the last one shuts down, unloads and frees. */
void eco_nvml_drop(ecopt_ctx *ctx, const eco_io *io, eco_nvml *library);

/** Starts the library anew after its driver went away; true when it is up, a generation later. */
bool eco_nvml_restart(eco_nvml *library);

/** Device of a UUID; an nvmlReturn_t. */
int eco_nvml_find(const eco_nvml *library, const char *uuid, void **ret_device);

/** A field of one device [W]; an nvmlReturn_t. */
int eco_nvml_power_field_w(const eco_nvml *library, void *device, unsigned scope, double *ret_w);

/** Status as a negated errno; 0 for OK. */
int eco_nvml_errno(int status);

/** Status in words; fixed text. */
const char *eco_nvml_text(int status);

#endif
