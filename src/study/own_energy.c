/*
 * The tuner's own energy: CPU seconds of this process outside of phases, by the generic model.
 */
#include "study/own_energy.h"

#include "core/clock.h"
#include "meter/model.h"

#include <math.h>
#include <time.h>

/* Cannot fail on Linux; a failure would stand still and add nothing. */
static double process_cpu_s(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void eco_own_resume(eco_own_window *window)
{
    if (window->is_open)
        return;
    if (!(window->started_s > 0))
        window->started_s = eco_clock_unix_s();
    window->mark_s = process_cpu_s();
    window->is_open = true;
}

void eco_own_pause(eco_own_window *window)
{
    if (!window->is_open)
        return;
    window->cpu_s += fmax(0, process_cpu_s() - window->mark_s);
    window->n++;
    window->is_open = false;
}

void eco_own_charge(double cpu_s, int64_t n, eco_own_row *ret)
{
    double u_s = sqrt(2 * (double)n) * ECO_MODEL_CPU_STEP_S;
    *ret = (eco_own_row){.worker = "",
                         .what = "run",
                         .cpu_s = cpu_s,
                         .energy_j = cpu_s * ECO_MODEL_BUSY_W,
                         .u95_j = 1.96 * ECO_MODEL_BUSY_W * u_s,
                         .gain_lo = ECO_MODEL_BUSY_GAIN_LO,
                         .gain_hi = ECO_MODEL_BUSY_GAIN_HI,
                         .quality = ECOPT_QUALITY_MODELLED_GENERIC};
}

/* A run that failed has a message already, which is the one to tell. */
static void add_quietly(ecopt_study *study, const eco_own_row *row)
{
    ecopt_ctx *ctx = study->ctx;
    char *message = eco_strdup(ctx, ecopt_ctx_errmsg(ctx));
    char *hint = eco_strdup(ctx, ecopt_ctx_errhint(ctx));
    if (eco_store_add_own(study->store, row) != ECOPT_OK)
        eco_log(ctx, ECOPT_LOG_WARNING, "what the tuner itself took is not kept: %s",
                ecopt_ctx_errmsg(ctx));
    if (message && hint) {
        (void)eco_fail(ctx, ECOPT_E_IO, "%s", message);
        (void)eco_hint(ctx, ECOPT_E_IO, "%s", hint);
    }
    eco_free(ctx, message);
    eco_free(ctx, hint);
}

void eco_own_store(ecopt_study *study, eco_own_window *window)
{
    eco_own_row row;
    eco_own_pause(window);
    if (!(window->started_s > 0))
        return;
    eco_own_charge(window->cpu_s, window->n, &row);
    row.worker = study->worker.id;
    row.started_s = window->started_s;
    add_quietly(study, &row);
    *window = (eco_own_window){.is_open = false};
}
