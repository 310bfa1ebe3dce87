/*
 * Cores before CPUs: two threads of one core slow each other down and share its joules, so they go
 * to one job.
 */
#include "job_places.h"

#include <ecopt/meter.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first CPU of a CPU's core; the CPU itself where the system does not tell. */
static int core_of(const cli_state *cli, int cpu)
{
    char path[512];
    int first = cpu;
    (void)snprintf(path, sizeof path,
                   "%s/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                   cli->system_root ? cli->system_root : "", cpu);
    FILE *file = fopen(path, "re");
    /* "0,4" or "0-1": the number before anything else. */
    char list[64], *end = list;
    if (file && fgets(list, sizeof list, file)) {
        long number = strtol(list, &end, 10);
        if (end != list && number >= 0 && number <= INT_MAX)
            first = (int)number;
    }
    if (file)
        (void)fclose(file);
    return first;
}

typedef struct placed_cpu {
    int core, cpu;
} placed_cpu;

/* The threads of a core side by side: cut into equal parts, few cores are shared by two jobs, which
 * would measure each other. */
static int compare_places(const void *a, const void *b)
{
    const placed_cpu *p = a, *q = b;
    if (p->core != q->core)
        return p->core < q->core ? -1 : 1;
    return (p->cpu > q->cpu) - (p->cpu < q->cpu);
}

/* Only CPUs that this process may use: a batch system or taskset has had its say before. */
static void find_cpus(const cli_state *cli, cli_places *places)
{
    cpu_set_t allowed;
    placed_cpu found[CLI_CPUS_MAX];
    size_t n = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && n < CLI_CPUS_MAX; cpu++)
        if (CPU_ISSET(cpu, &allowed))
            found[n++] = (placed_cpu){core_of(cli, (int)cpu), (int)cpu};
    qsort(found, n, sizeof found[0], compare_places);
    for (size_t i = 0; i < n; i++)
        places->cpus[i] = found[i].cpu;
    places->n_cpus = n;
}

/* Longer names and more cards than there is room for are left out: fewer cards are a smaller harm
 * than a wrong one. */
static void add_gpu(cli_places *places, const char *name, size_t length)
{
    if (length > 0 && length < CLI_GPU_NAME_B && places->n_gpus < CLI_GPUS_MAX)
        (void)snprintf(places->gpus[places->n_gpus++], CLI_GPU_NAME_B, "%.*s", (int)length, name);
}

/* What somebody chose before: a batch system, or the user. */
static void take_list(cli_places *places, const char *list)
{
    while (*list) {
        size_t length = strcspn(list, ",");
        add_gpu(places, list, length);
        list += length + (list[length] == ',');
    }
}

/* By UUID, as numbers mean other cards to CUDA than to the driver. The names of sources have the
 * beginning of it, which CUDA takes as well. Multi-instance cards are left to the user. */
static void ask_driver(cli_state *cli, cli_places *places)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "nvml";
    options.system_root = cli->system_root;
    options.nvml_path = cli->nvml_path;
    size_t n = 0;
    ecopt_source_info *infos = calloc(ECOPT_SOURCE_INFO_MAX, sizeof *infos);
    if (infos && ecopt_meter_describe(cli->ctx, &options, infos, &n) == ECOPT_OK)
        for (size_t i = 0; i < n; i++) {
            const char *uuid = strstr(infos[i].name, " GPU-");
            if (infos[i].is_found && strncmp(infos[i].name, "nvml gpu", 8) == 0 && uuid)
                add_gpu(places, uuid + 1, strlen(uuid + 1));
        }
    free(infos);
}

/* CPUs first and without condition; cards only when somebody named them or the driver knows them.
 */
void cli_places_find(cli_state *cli, cli_places *ret_places)
{
    const char *list = getenv("CUDA_VISIBLE_DEVICES");
    ret_places->n_cpus = ret_places->n_gpus = 0;
    find_cpus(cli, ret_places);
    if (list)
        take_list(ret_places, list);
    else
        ask_driver(cli, ret_places);
}

/* Neighbours in the sorted list go to one job, so that it shares caches with itself. False when
 * there are fewer CPUs than jobs: then all share all, and the study says so. */
bool cli_places_cpus(const cli_places *places, size_t job, size_t n_jobs, cpu_set_t *ret_cpus)
{
    size_t n = places->n_cpus;
    if (n < n_jobs)
        return false;
    CPU_ZERO(ret_cpus);
    for (size_t i = job * n / n_jobs; i < (job + 1) * n / n_jobs; i++)
        CPU_SET((size_t)places->cpus[i], ret_cpus);
    return true;
}

/* Round robin, so that jobs differ by one card at most. Where there are more jobs than cards,
 * several share one; where there is no card, the variable is left alone. */
bool cli_places_gpus(const cli_places *places, size_t job, size_t n_jobs, char *text, size_t room_b)
{
    size_t n = places->n_gpus, used = 0;
    if (n == 0)
        return false;
    text[0] = '\0';
    for (size_t i = job % n; i < n; i += n_jobs) {
        int length =
            snprintf(text + used, room_b - used, "%s%s", used > 0 ? "," : "", places->gpus[i]);
        if (length < 0 || (size_t)length >= room_b - used)
            return false;
        used += (size_t)length;
    }
    return true;
}

/* "0-3,8": the form of taskset and the kernel. */
void cli_cpus_format(const cpu_set_t *cpus, char *text, size_t room_b)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        size_t last = cpu;
        if (!CPU_ISSET(cpu, cpus))
            continue;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cpus))
            last++;
        int n =
            last > cpu
                ? snprintf(text + used, room_b - used, "%s%zu-%zu", used > 0 ? "," : "", cpu, last)
                : snprintf(text + used, room_b - used, "%s%zu", used > 0 ? "," : "", cpu);
        if (n < 0 || (size_t)n >= room_b - used)
            return;
        used += (size_t)n;
        cpu = last;
    }
}

/* A refusal does no harm: the job then runs where it may. */
void cli_places_take(const cli_places *places, size_t job, size_t n_jobs)
{
    cpu_set_t cpus;
    char gpus[CLI_GPUS_MAX * CLI_GPU_NAME_B];
    if (cli_places_cpus(places, job, n_jobs, &cpus))
        (void)sched_setaffinity(0, sizeof cpus, &cpus);
    if (cli_places_gpus(places, job, n_jobs, gpus, sizeof gpus))
        (void)setenv("CUDA_VISIBLE_DEVICES", gpus, 1);
}
