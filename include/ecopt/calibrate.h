/*
 * Calibration: this machine's power at four loads, measured once, for times without a meter.
 *
 * Call order: one call.  It keeps all CPUs busy for up to four times time_s.  Owner: texts are the
 * caller's.  Threads: starts one per CPU and joins them; call it from the context's thread, with
 * nothing else running on the machine.
 */
#ifndef ECOPT_CALIBRATE_H
#define ECOPT_CALIBRATE_H

#include <ecopt/meter.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Loads that are held one after the other: idle, 30, 60 and 100 %. */
#define ECOPT_CALIBRATE_LOADS 4

/** What was seen at one load. */
typedef struct ecopt_calibrate_point {
    double load;    /* busy share of all CPUs, 0..1, as /proc/stat saw it */
    double power_w; /* mean, without discrete GPUs */
    double u95_w;   /* half width of the mean, 95 % */
    int n_windows;
} ecopt_calibrate_point;

typedef struct ecopt_calibrate_options {
    size_t size;
    const ecopt_meter_options *meter; /* NULL = defaults; `require` is at least "measured" */
    const char *path;                 /* file to write; its folder is made; required */
    double time_s;                    /* at each load, 0 = 30; 1 to 3600 */
    /** Called after each load; NULL allowed. */
    void (*progress)(void *user, const ecopt_calibrate_point *point);
    void *user;
} ecopt_calibrate_options;

#define ECOPT_CALIBRATE_OPTIONS_INIT                   \
    {                                                  \
        sizeof(ecopt_calibrate_options), 0, 0, 0, 0, 0 \
    }

/**
 * Measures and writes the file; what was there is replaced only by a whole new one.
 *
 * @return ECOPT_OK; what ecopt_meter_open returns (ECOPT_E_METER_REQUIRE without a real meter);
 *         ECOPT_E_ARG, ECOPT_E_RANGE (time); ECOPT_E_NUMERIC (the machine was too busy for its
 *         loads to be told apart, or a window had no energy); ECOPT_E_INTERNAL (no thread),
 *         ECOPT_E_IO, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_calibrate(ecopt_ctx *ctx,
                                                    const ecopt_calibrate_options *options);

#ifdef __cplusplus
}
#endif

#endif
