/*
 * Which CPUs and GPUs each of several jobs gets, so that trials that run side by side do not share
 * a core or a card where there are enough.
 *
 * Pure functions but for cli_places_find.  Owner: the caller; plain data.
 */
#ifndef CLI_JOB_PLACES_H
#define CLI_JOB_PLACES_H

#include "cli.h"

#include <sched.h>
#include <stddef.h>

/** CPUs and GPUs that are looked at. */
enum { CLI_CPUS_MAX = 256, CLI_GPUS_MAX = 32, CLI_GPU_NAME_B = 64 };

/** What there is to share out. */
typedef struct cli_places {
    size_t n_cpus;
    int cpus[CLI_CPUS_MAX]; /* those of one core beside each other */
    size_t n_gpus;
    char gpus[CLI_GPUS_MAX][CLI_GPU_NAME_B]; /* as CUDA_VISIBLE_DEVICES takes them */
} cli_places;

/**
 * CPUs that this process may use, by core, and GPUs: those of CUDA_VISIBLE_DEVICES when it is set,
 * else NVIDIA's by UUID.
 */
void cli_places_find(cli_state *cli, cli_places *ret_places);

/**
 * CPUs of job `job` of `n_jobs`: as many whole cores as fall to it.
 *
 * @return false when there are fewer CPUs than jobs: then nobody gets any of its own
 */
bool cli_places_cpus(const cli_places *places, size_t job, size_t n_jobs, cpu_set_t *ret_cpus);

/**
 * GPUs of a job, in turn, as text for CUDA_VISIBLE_DEVICES; jobs beyond the number of cards share.
 *
 * @return false when there is no GPU, or the text has no room
 */
bool cli_places_gpus(const cli_places *places, size_t job, size_t n_jobs, char *text,
                     size_t room_b);

/** Writes a set as "0-3,8", cut to room_b. */
void cli_cpus_format(const cpu_set_t *cpus, char *text, size_t room_b);

/** Puts this process on them: its affinity and its CUDA_VISIBLE_DEVICES. */
void cli_places_take(const cli_places *places, size_t job, size_t n_jobs);

#endif
