/*
 * RAPL by perf events: /sys/bus/event_source/devices/power, one count per domain and package.
 *
 * Preferred over powercap: no root-only files where perf_event_paranoid allows it, 64-bit counts
 * whose wraps the kernel already joined.  The count is cumulative since the descriptor was opened;
 * it is not monotone over a reset (the kernel adds a signed difference), which the classifier sees
 * as a decrease or an impossible jump.
 */
#include "meter/rapl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PMU      "/sys/bus/event_source/devices/power"
#define CPUS_MAX 16

/* A relative library path does not count for a program with capabilities, hence ldconfig; setcap
 * refuses links, hence readlink. */
#define REMEDY_PERM                                                            \
    "as root: sysctl kernel.perf_event_paranoid=0 (to keep it: echo "          \
    "'kernel.perf_event_paranoid = 0' > /etc/sysctl.d/70-perf.conf), or give " \
    "the program CAP_PERFMON: setcap cap_perfmon+ep "                          \
    "$(readlink -f $(command -v ecopt)) && ldconfig"
#define REMEDY_NONE \
    "as root: modprobe rapl (or intel_rapl_perf); a virtual machine has no RAPL: run on the host"

/* One open event. The kernel keeps the sum in 64 bits, so a wrap of the hardware register (32 bits,
 * minutes at full load) never shows here, as long as the driver's own timer reads it in time. */
typedef struct perf_state {
    int fd;
    double uj_per_count;
} perf_state;

/* Event file, name of the domain inside the package ("" = the package itself), what it measures. */
typedef struct perf_event_row {
    const char *event;
    const char *part;
    eco_scope scope;
} perf_event_row;

/* Order matters: counted domains come first, so that they find room when the set is nearly full.
 * dram lies beside the package, cores and gpu lie inside it; psys holds the packages and more.
 * The five domains of perf, whatever subset of them a machine lists. */
static const perf_event_row EVENTS[] = {
    {"energy-pkg", "", ECO_SCOPE_PACKAGE},    {"energy-ram", "dram", ECO_SCOPE_DRAM},
    {"energy-cores", "core", ECO_SCOPE_PART}, {"energy-gpu", "uncore", ECO_SCOPE_PART},
    {"energy-psys", "psys", ECO_SCOPE_PSYS},
};

/* A perf descriptor gives the count since it was opened.
 * Multiplying by the scale on every read keeps the rounding below 1 uJ: the count itself is kept in
 * 2^-32 J, of which a double holds 2^53, so exactness ends after 2 MJ and the error stays below 1
 * nJ a reading, far below the unit of the hardware (61 uJ). */
static int read_count(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    const perf_state *state = channel->state;
    uint64_t count = 0;
    long n = io->read(io->user, state->fd, &count, sizeof count, -1);
    if (n < 0)
        return (int)n;
    if (n != (long)sizeof count)
        return -ENODATA; /* 0 bytes: the event is in error state, its CPU went away */
    /* After a reset the signed update of the kernel may leave a count below zero. */
    if (count > INT64_MAX)
        count = 0;
    ret->energy_uj = (uint64_t)((double)count * state->uj_per_count);
    return 0;
}

/* Closing the descriptor ends the event. */
static void close_count(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    perf_state *state = channel->state;
    if (state)
        io->close(io->user, state->fd);
    eco_free(ctx, state);
    channel->state = NULL;
}

/* "event=0x02" of the events folder. Config numbers are not fixed between drivers (Intel's psys is
 * 5, AMD lists the package only), so they are read and not assumed. */
static int read_config(const eco_io *io, const char *event, uint64_t *ret_config)
{
    char path[ECO_IO_PATH_B], text[64];
    (void)snprintf(path, sizeof path, PMU "/events/%s", event);
    long n = eco_io_text(io, path, text, sizeof text);
    if (n < 0)
        return (int)n;
    /* Only the plain form exists for this PMU; terms like umask would be another PMU. */
    char *end = NULL;
    if (strncmp(text, "event=", 6) != 0)
        return -EINVAL;
    *ret_config = strtoull(text + 6, &end, 0);
    return end != text + 6 && *end == '\0' ? 0 : -EINVAL;
}

/* Joules per count; the unit is stated and must be Joules.
 * The kernel writes 2.3283064365386962890625e-10 (2^-32) for all domains (arch/x86/events/rapl.c):
 * the driver rescales the hardware's units, the other one of dram on servers included. */
static int read_scale(const eco_io *io, const char *event, double *ret_scale_j)
{
    char path[ECO_IO_PATH_B], text[64];
    (void)snprintf(path, sizeof path, PMU "/events/%s.unit", event);
    /* A missing unit is accepted, another unit is not. */
    if (eco_io_text(io, path, text, sizeof text) >= 0 && strcmp(text, "Joules") != 0)
        return -EINVAL;
    (void)snprintf(path, sizeof path, PMU "/events/%s.scale", event);
    long n = eco_io_text(io, path, text, sizeof text);
    if (n < 0)
        return (int)n;
    char *end = NULL;
    double scale_j = strtod(text, &end);
    if (end == text || *end != '\0' || !(scale_j > 0) || !(scale_j < 1))
        return -EINVAL;
    *ret_scale_j = scale_j;
    return 0;
}

/* A guest or an old kernel may lack the file: then each CPU of the mask is its own package. */
static int read_topology(const eco_io *io, int cpu, const char *what, int fallback)
{
    char path[ECO_IO_PATH_B];
    uint64_t value = 0;
    (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, what);
    return eco_io_u64(io, path, &value) == 0 && value < 65536 ? (int)value : fallback;
}

/* Domains are compared by name to find out that powercap and perf look at the same counter.
 * Same names as powercap gives: "package-0", or "package-0-die-1" where a package has several. */
static void package_name(const eco_io *io, const int *cpus, int n, int at, char *name,
                         size_t room_b)
{
    int package = read_topology(io, cpus[at], "physical_package_id", at);
    /* Several CPUs of one package in the mask: one per die. */
    int n_same = 0;
    for (int i = 0; i < n; i++)
        n_same += read_topology(io, cpus[i], "physical_package_id", i) == package;
    if (n_same > 1)
        (void)snprintf(name, room_b, "package-%d-die-%d", package,
                       read_topology(io, cpus[at], "die_id", at));
    else
        (void)snprintf(name, room_b, "package-%d", package);
}

/* A failure is kept, not reported: one event that is refused must not hide those that work.
 * Opens one event on one CPU; *ret_error keeps the last failure. */
static ecopt_status add_event(eco_channel_set *set, uint32_t type, const perf_event_row *row,
                              const char *package, int cpu, int *ret_error)
{
    uint64_t config = 0;
    double scale_j = 0;
    int status = read_config(set->io, row->event, &config);
    if (status == 0)
        status = read_scale(set->io, row->event, &scale_j);
    int fd = status < 0 ? status : set->io->perf_open(set->io->user, type, config, cpu);
    if (fd < 0) {
        /* An event that is not listed is no failure of those that are. */
        if (fd != -ENOENT || *ret_error == 0)
            *ret_error = fd;
        return ECOPT_OK;
    }
    /* Zones of powercap are named like this, which makes one the check of the other. */
    char domain[64];
    if (strcmp(row->part, "psys") == 0 || row->part[0] == '\0')
        (void)snprintf(domain, sizeof domain, "%s", row->part[0] ? row->part : package);
    else
        (void)snprintf(domain, sizeof domain, "%.40s %.20s", package, row->part);
    perf_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    eco_channel *channel =
        state ? eco_set_add(set, &eco_source_rapl_perf, row->scope, domain) : NULL;
    if (!channel) {
        set->io->close(set->io->user, fd);
        bool is_full = state != NULL;
        eco_free(set->ctx, state);
        return is_full ? ECOPT_OK : ECOPT_E_NOMEM;
    }
    /* The set owns the state from here on, its close releases it. */
    bool is_dram = strcmp(row->part, "dram") == 0;
    state->fd = fd;
    state->uj_per_count = 1e6 * scale_j;
    channel->state = state;
    channel->quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel->unit_j = ECO_RAPL_UNIT_J;
    channel->gain_lo = is_dram ? ECO_RAPL_DRAM_GAIN_LO : ECO_RAPL_GAIN_LO;
    channel->gain_hi = is_dram ? ECO_RAPL_DRAM_GAIN_HI : ECO_RAPL_GAIN_HI;
    channel->may_rest = row->part[0] != '\0';
    /* perf knows no power limit; powercap's of the same package is used where it can be read. */
    char zone[32];
    (void)snprintf(zone, sizeof zone, "intel-rapl:%.2s", package + strlen("package-"));
    eco_counter_init(&channel->counter, 0, eco_rapl_power_max_w(set->io, zone), ECO_RAPL_PERIOD_S);
    return ECOPT_OK;
}

/* All packages of one event before the next event: counted domains come first. */
static ecopt_status add_packages(eco_channel_set *set, uint32_t type, int *ret_error)
{
    int cpus[CPUS_MAX];
    int n = eco_rapl_package_cpus(set->io, cpus, CPUS_MAX);
    if (n <= 0) {
        *ret_error = n < 0 ? n : -ENODEV;
        return ECOPT_OK;
    }
    /* Kernels before 5.17 list Intel's events on AMD too: they stand still or count nonsense. */
    eco_rapl_processor cpu;
    eco_rapl_processor_read(set->io, &cpu);
    for (size_t e = 0; e < (cpu.is_amd ? 1 : ECO_LEN(EVENTS)); e++) {
        /* psys is of the whole board: valid on the first package only. */
        int last = strcmp(EVENTS[e].part, "psys") == 0 ? 1 : n;
        for (int i = 0; i < last; i++) {
            char package[40];
            package_name(set->io, cpus, n, i, package, sizeof package);
            ECO_TRY(add_event(set, type, &EVENTS[e], package, cpus[i], ret_error));
        }
    }
    return ECOPT_OK;
}

/* Three ways to fail: no PMU (no hardware or driver), a PMU without usable events (cloud
 * guests), and no permission, which is the one that a line in sysctl.d mends. */
static ecopt_status probe_perf(eco_channel_set *set, const char *argument)
{
    (void)argument;
    uint64_t type = 0;
    int error = 0;
    size_t first = set->n_channels;
    int status = eco_io_u64(set->io, PMU "/type", &type);
    if (status == 0 && type <= UINT32_MAX)
        ECO_TRY(add_packages(set, (uint32_t)type, &error));
    for (size_t i = first; i < set->n_channels; i++)
        eco_set_describe(set, &set->channels[i], 0);
    if (set->n_channels > first)
        return ECOPT_OK;
    /* EACCES by perf_event_paranoid, EPERM by a container's filter of system calls. */
    char reason[160];
    bool is_perm = error == -EACCES || error == -EPERM;
    if (status != 0)
        (void)snprintf(reason, sizeof reason, "no energy events: " PMU " is not there");
    else if (is_perm)
        (void)snprintf(reason, sizeof reason, "energy events may not be opened: %s",
                       strerror(-error));
    else
        (void)snprintf(reason, sizeof reason, "the power PMU offers no usable energy event");
    eco_set_missing(set, &eco_source_rapl_perf, ECOPT_QUALITY_MEASURED_COUNTER, error, reason,
                    is_perm ? REMEDY_PERM : REMEDY_NONE);
    return ECOPT_OK;
}

const eco_source_ops eco_source_rapl_perf = {
    .version = ECO_SOURCE_VERSION,
    .kind = "rapl-perf",
    .is_automatic = true,
    .probe = probe_perf,
    .read = read_count,
    .close = close_count,
    .counter_of = "rapl",
};
