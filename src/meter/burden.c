#include "meter/burden.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* Long against a switch of tasks, short against the sampling of a meter. */
#define PERIOD_S 0.02

enum { SPIN = 20000 }; /* steps between two looks at the clock, some 20 us */

struct eco_burden {
    ecopt_ctx *ctx; /* borrowed */
    double share;
    atomic_bool is_stopping;
    size_t n;
    pthread_t threads[CPU_SETSIZE];
};

static double now_s(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Multiplications and additions that depend on one another, nothing in memory: what a plain
 * program does most. */
static double spin(double x)
{
    for (int i = 0; i < SPIN; i++)
        x = x * 0.999999 + 1e-6;
    return x;
}

static void *burden_run(void *user)
{
    eco_burden *burden = user;
    volatile double keep = 0.5; /* so that the work is not optimised away */
    while (!atomic_load(&burden->is_stopping)) {
        double start_s = now_s(), busy_s = burden->share * PERIOD_S;
        while (now_s() - start_s < busy_s && !atomic_load(&burden->is_stopping))
            keep = spin(keep);
        double rest_s = PERIOD_S - (now_s() - start_s);
        if (burden->share >= 1 || !(rest_s > 0))
            continue;
        struct timespec rest = {0, (long)(1e9 * rest_s)};
        (void)nanosleep(&rest, NULL);
    }
    return NULL;
}

static ecopt_status thread_start(eco_burden *burden, size_t cpu)
{
    pthread_attr_t attributes;
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setaffinity_np(&attributes, sizeof only, &only);
    int failure = pthread_create(&burden->threads[burden->n], &attributes, burden_run, burden);
    (void)pthread_attr_destroy(&attributes);
    if (failure != 0)
        return eco_fail(burden->ctx, ECOPT_E_INTERNAL, "cannot start a thread on CPU %zu: %s", cpu,
                        strerror(failure));
    burden->n++;
    return ECOPT_OK;
}

ecopt_status eco_burden_start(ecopt_ctx *ctx, double share, eco_burden **ret_burden)
{
    eco_burden *burden = eco_alloc(ctx, 1, sizeof *burden);
    if (!burden)
        return ECOPT_E_NOMEM;
    burden->ctx = ctx;
    burden->share = share;
    atomic_init(&burden->is_stopping, false);
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    (void)sched_getaffinity(0, sizeof allowed, &allowed);
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    ecopt_status status = ECOPT_OK;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && status == ECOPT_OK; cpu++)
        if (CPU_ISSET(cpu, &allowed))
            status = thread_start(burden, cpu);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status == ECOPT_OK)
        *ret_burden = burden;
    else
        eco_burden_stop(burden);
    return status;
}

void eco_burden_stop(eco_burden *burden)
{
    if (!burden)
        return;
    atomic_store(&burden->is_stopping, true);
    for (size_t i = 0; i < burden->n; i++)
        (void)pthread_join(burden->threads[i], NULL);
    eco_free(burden->ctx, burden);
}
