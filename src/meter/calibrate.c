#include "meter/burden.h"
#include "meter/calibration.h"
#include "meter/handle.h"
#include "meter/load.h"
#include "meter/source.h"

#include "core/fs.h"

#include <ecopt/calibrate.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TIME_S     30.0
#define TIME_MIN_S 1.0
#define TIME_MAX_S 3600.0

enum { WINDOWS = 10, LOADS = ECOPT_CALIBRATE_LOADS };

/* Loads that differ by less cannot carry a curve. */
static const double LOADS_APART = 0.05;

static const double SHARES[LOADS] = {0, 0.3, 0.6, 1};

typedef struct work {
    ecopt_ctx *ctx;
    const ecopt_calibrate_options *options;
    ecopt_meter *meter;
    eco_io io;
    eco_load load;
    double time_s; /* at each load */
} work;

/* Energy of the counted sources but discrete GPUs: those have counters of their own. */
static double energy_of(const work *w, const ecopt_energy *energy, double *ret_u_j)
{
    double sum_j = 0, u2 = 0;
    for (size_t i = 0; i < energy->n_sources; i++) {
        const ecopt_source_energy *part = &energy->sources[i];
        if (!part->is_counted || eco_meter_scope(w->meter, i) == ECO_SCOPE_GPU)
            continue;
        sum_j += part->energy_j;
        u2 += pow(part->u95_j / 1.96, 2);
    }
    *ret_u_j = sqrt(u2);
    return sum_j;
}

static ecopt_status window_power(const work *w, double time_s, double *ret_power_w, double *ret_u_w)
{
    ecopt_window *window = NULL;
    ecopt_energy energy;
    double u_j;
    ECO_TRY(ecopt_meter_begin(w->meter, NULL, &window));
    w->io.sleep(w->io.user, time_s);
    ECO_TRY(ecopt_meter_end(w->meter, window, (double)NAN, &energy));
    double energy_j = energy_of(w, &energy, &u_j);
    if (!(energy_j > 0) || !(energy.time_s > 0))
        return eco_fail(w->ctx, ECOPT_E_NUMERIC, "the meter gave no energy for %.2g s",
                        energy.time_s);
    *ret_power_w = energy_j / energy.time_s;
    *ret_u_w = u_j / energy.time_s;
    return ECOPT_OK;
}

static ecopt_status point_measure(work *w, eco_calibration_point *ret)
{
    double powers_w[WINDOWS], us_w[WINDOWS], start_s = w->io.now(w->io.user, ECO_CLOCK_MONOTONIC);
    eco_load_mark start, end;
    int failure = eco_load_read(&w->io, &w->load, &start);
    for (int i = 0; i < WINDOWS; i++)
        ECO_TRY(window_power(w, w->time_s / WINDOWS, &powers_w[i], &us_w[i]));
    double time_s = w->io.now(w->io.user, ECO_CLOCK_MONOTONIC) - start_s;
    if (failure != 0 || eco_load_read(&w->io, &w->load, &end) != 0)
        return eco_fail(w->ctx, ECOPT_E_NUMERIC, "the load of the machine cannot be read");
    ret->load = fmin(1, (end.busy_s - start.busy_s) / (time_s * (double)w->load.n_cpu));
    eco_calibration_mean(powers_w, us_w, WINDOWS, ret);
    return ECOPT_OK;
}

/* A fifth of the time warms up: power follows temperature. */
static ecopt_status load_measure(work *w, double share, eco_calibration_point *ret)
{
    eco_burden *burden = NULL;
    if (share > 0)
        ECO_TRY(eco_burden_start(w->ctx, share, &burden));
    w->io.sleep(w->io.user, w->time_s / 5);
    ecopt_status status = point_measure(w, ret);
    eco_burden_stop(burden);
    return status;
}

static void report(const work *w, const eco_calibration_point *p)
{
    ecopt_calibrate_point point = {p->load, p->power_w, 1.96 * p->u_w, p->n};
    if (w->options->progress)
        w->options->progress(w->options->user, &point);
}

static ecopt_status points_measure(work *w, eco_calibration *c)
{
    for (int i = 0; i < LOADS; i++) {
        eco_calibration_point *p = &c->points[i];
        ECO_TRY(load_measure(w, SHARES[i], p));
        report(w, p);
        if (i > 0 && p->load < p[-1].load + LOADS_APART)
            return eco_hint(w->ctx,
                            eco_fail(w->ctx, ECOPT_E_NUMERIC,
                                     "the machine was %.0f %% busy, then %.0f %% with more load",
                                     100 * p[-1].load, 100 * p->load),
                            "stop other programs and calibrate again");
        c->n_points++;
    }
    return ECOPT_OK;
}

static ecopt_status file_write(const work *w, const eco_calibration *c)
{
    eco_str text = ECO_STR_INIT(w->ctx);
    char *folder = eco_fs_dirname(w->ctx, w->options->path);
    ecopt_status status = folder ? eco_fs_make_dirs(w->ctx, folder) : ECOPT_E_NOMEM;
    eco_calibration_format(c, &text);
    if (status == ECOPT_OK)
        status = eco_str_status(&text);
    if (status == ECOPT_OK)
        status = eco_fs_replace(w->ctx, w->options->path, eco_str_text(&text),
                                strlen(eco_str_text(&text)));
    eco_free(w->ctx, folder);
    eco_str_release(&text);
    return status;
}

static void date_write(char *text, size_t room_b)
{
    time_t now = time(NULL);
    struct tm utc;
    text[0] = '\0';
    if (gmtime_r(&now, &utc))
        (void)strftime(text, room_b, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static ecopt_status calibrate(work *w)
{
    eco_calibration c = {.n_points = 0};
    eco_calibration_machine(&w->io, c.machine, sizeof c.machine);
    eco_calibration_governor(&w->io, c.governor, sizeof c.governor);
    date_write(c.made, sizeof c.made);
    /* Discrete GPUs are in none of it: they have counters of their own. */
    c.quality =
        eco_meter_describe_host(w->meter, c.source, sizeof c.source, &c.gain_lo, &c.gain_hi);
    ECO_TRY(points_measure(w, &c));
    return file_write(w, &c);
}

/* A model must not be the measure of a model. */
static bool is_measured(const char *require)
{
    ecopt_quality quality;
    return require &&
           (strcmp(require, "measured") == 0 ||
            (ecopt_quality_parse(require, &quality) && quality <= ECOPT_QUALITY_MEASURED_SAMPLED));
}

/* With the meter open. */
static ecopt_status calibrate_with(work *w, const char *root)
{
    w->io = eco_io_system(root);
    eco_load_open(&w->io, &w->load);
    ecopt_status status = calibrate(w);
    eco_load_close(&w->io, &w->load);
    return status;
}

ecopt_status ecopt_calibrate(ecopt_ctx *ctx, const ecopt_calibrate_options *options)
{
    ecopt_meter_options meter = ECOPT_METER_OPTIONS_INIT;
    if (!options || options->size < sizeof *options || !options->path)
        return eco_fail(ctx, ECOPT_E_ARG, "a calibration needs options with a file to write");
    if (options->meter)
        memcpy(&meter, options->meter,
               options->meter->size < sizeof meter ? options->meter->size : sizeof meter);
    meter.size = sizeof meter;
    if (!is_measured(meter.require))
        meter.require = "measured";
    double time_s = options->time_s == 0 ? TIME_S : options->time_s;
    if (!(time_s >= TIME_MIN_S && time_s <= TIME_MAX_S))
        return eco_fail(ctx, ECOPT_E_RANGE, "%g s at each load is not in %g to %g s", time_s,
                        TIME_MIN_S, TIME_MAX_S);
    work *w = eco_alloc(ctx, 1, sizeof *w);
    if (!w)
        return ECOPT_E_NOMEM;
    w->ctx = ctx;
    w->options = options;
    w->time_s = time_s;
    ecopt_status status = ecopt_meter_open(ctx, &meter, &w->meter);
    if (status == ECOPT_OK)
        status = calibrate_with(w, meter.system_root);
    ecopt_status closed = ecopt_meter_close(w->meter);
    eco_free(ctx, w);
    return status == ECOPT_OK ? closed : status;
}
