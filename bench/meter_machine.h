/*
 * A made-up machine whose true energy is known at every moment, seen through a meter with the
 * timing of a real one: the session, the classifier and the tally of the library run on it with a
 * virtual clock, as they would on hardware.
 *
 * Call order: machine_start; machine_run for each window; machine_stop.  Every random quantity
 * (phase of the load and of the meter, their true periods, noise) comes from the seed.
 * Owner: the caller keeps the machine where it is between start and stop.  Threads: one.
 */
#ifndef ECO_BENCH_METER_MACHINE_H
#define ECO_BENCH_METER_MACHINE_H

#include "core/rng.h"
#include "meter/session.h"

/** True power over time. */
typedef enum bench_load {
    BENCH_LOAD_CONSTANT,
    BENCH_LOAD_SQUARE, /* 20 and 90 W, period 1 s */
    BENCH_LOAD_BURSTS, /* 20 ms of 120 W in about 100 ms, else 15 W */
    BENCH_LOAD_RAMP,   /* 20 to 100 W in 10 s, then again */
    BENCH_LOAD_DRIFT,  /* 54 to 60 W with a time constant of 20 s */
    BENCH_LOAD_COUNT
} bench_load;

/** Timing of one kind of meter. */
typedef struct bench_backend {
    const char *name;
    bool is_power;
    double period_s;    /* between two updates */
    double average_s;   /* what a power reading is the mean of */
    double step;        /* smallest step: J of a counter, W of a power reading */
    double noise_ratio; /* of one power reading, standard deviation over value */
    double power_max_w; /* what the source calls impossible */
    ecopt_quality quality;
    double edge_wait_s; /* of the session: 0 = windows begin and end anywhere */
} bench_backend;

/** Name of a load, e.g. "square". */
const char *bench_load_name(bench_load load);

/** All backends; *ret_n of them. */
const bench_backend *bench_backends(size_t *ret_n);

/** Load, meter and clock of one seed. */
typedef struct bench_machine {
    const bench_backend *backend;
    bench_load load;
    uint64_t seed;
    eco_rng rng;
    eco_io io;
    double now_s;
    double scale; /* of the load's power */
    double load_phase_s;
    double load_period_s;        /* of the bursts */
    double tick_s, tick_phase_s; /* true period and phase of the meter's updates */
    eco_channel_set set;
    eco_session *session;
} bench_machine;

/** True energy up to a time [J]; only differences mean something. */
double bench_true_j(const bench_machine *machine, double time_s);

/** Sets the machine up and starts a session on it; statuses of eco_session_start. */
ECOPT_NODROP ecopt_status bench_machine_start(ecopt_ctx *ctx, const bench_backend *backend,
                                              bench_load load, uint64_t seed,
                                              bench_machine *ret_machine);

/** One window of time_s, sampled at 10 Hz as a session does; its true energy beside it. */
ECOPT_NODROP ecopt_status bench_machine_run(bench_machine *machine, double time_s,
                                            ecopt_energy *ret_energy, double *ret_true_j);

/** Ends the session; safe after a failed start. */
void bench_machine_stop(bench_machine *machine);

#endif
