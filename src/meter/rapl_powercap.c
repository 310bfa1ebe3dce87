/*
 * RAPL by the powercap folder: /sys/class/powercap/intel-rapl:N[:M]/{name,energy_uj,...}.
 *
 * Format and quirks: kernel Documentation/power/powercap and docs/energy.md.  Zones are taken by
 * name, not by number, because psys is registered with the next free number and dram may be a
 * top-level zone in a hand-made tree.
 */
#include "meter/rapl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FOLDER     "/sys/class/powercap"
#define ZONES_MAX  32
#define COUNTS_MAX UINT64_C(4294967295)

/* %p is the device's path below /sys; TEST leaves out the control type, which has no counter. */
#define REMEDY_PERM                                                                                \
    "as root: echo 'SUBSYSTEM==\"powercap\", TEST==\"energy_uj\", RUN+=\"/bin/chmod a+r "          \
    "/sys%p/energy_uj\"' > "                                                                       \
    "/etc/udev/rules.d/70-rapl.rules && udevadm control --reload && udevadm trigger -s powercap; " \
    "or, on a "                                                                                    \
    "shared machine: systemctl enable --now ecopt-energyd.socket"
#define REMEDY_NONE \
    "as root: modprobe intel_rapl_msr; a virtual machine has no RAPL: run on the host"

/* The path is kept beside the descriptor, for a driver that is unloaded and comes back. */
typedef struct zone_state {
    int fd; /* -1 = could not be reopened yet */
    char path[128];
} zone_state;

/* Descriptors outlive permission changes but not a driver reload: then the path is tried again. */
static int read_zone(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    /* A failed attempt costs one path walk per reading, at most ten a second. */
    zone_state *zone = channel->state;
    if (zone->fd < 0)
        zone->fd = eco_io_open(io, zone->path);
    if (zone->fd < 0)
        return zone->fd;
    /* Only errors that mean "this descriptor is dead" close it; EIO may pass. */
    int status = eco_io_fd_u64(io, zone->fd, &ret->energy_uj);
    if (status == -ENODEV || status == -ENOENT || status == -EBADF) {
        io->close(io->user, zone->fd);
        zone->fd = -1;
    }
    return status;
}

/* The descriptor may be gone already when the zone is. */
static void close_zone(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    zone_state *zone = channel->state;
    if (zone && zone->fd >= 0)
        io->close(io->user, zone->fd);
    eco_free(ctx, zone);
    channel->state = NULL;
}

/* What is in a zone. */
typedef struct zone_role {
    char domain[64];
    eco_scope scope;
    bool may_rest;
    double gain_lo, gain_hi;
} zone_role;

/* Zones are known by this file; its absence means no zone. */
static void read_name(const eco_io *io, const char *zone, char *name, size_t room_b)
{
    char path[ECO_IO_PATH_B];
    (void)snprintf(path, sizeof path, FOLDER "/%.31s/name", zone);
    if (eco_io_text(io, path, name, room_b) < 0)
        name[0] = '\0';
}

/* "intel-rapl:1:0" lies in "intel-rapl:1", whose name is the package. */
static void parent_name(const eco_io *io, const char *zone, char *name, size_t room_b)
{
    char parent[32];
    (void)snprintf(parent, sizeof parent, "%.31s", zone);
    char *last = strrchr(parent, ':');
    name[0] = '\0';
    /* Two colons: a part. One colon: a zone of the top level. */
    if (last && last != strchr(parent, ':')) {
        *last = '\0';
        read_name(io, parent, name, room_b);
    }
}

/* Packages and their dram make the total; what is inside a package, and psys around all, is
 * shown beside it. */
static bool find_role(const eco_io *io, const char *zone, zone_role *role)
{
    /* Zone numbers say nothing: "intel-rapl:1" is a second package, a die, or psys. Only the file
     * "name" tells, and summing by number is how other tools count psys as a package. */
    char name[32], parent[32];
    read_name(io, zone, name, sizeof name);
    parent_name(io, zone, parent, sizeof parent);
    bool is_package = strncmp(name, "package", 7) == 0;
    bool is_dram = strcmp(name, "dram") == 0;
    if (name[0] == '\0')
        return false;
    if (parent[0] != '\0')
        (void)snprintf(role->domain, sizeof role->domain, "%s %s", parent, name);
    else
        (void)snprintf(role->domain, sizeof role->domain, "%s", name);
    /* In the tree dram lies below its package, but its joules are not in the package's. */
    role->scope = is_package                  ? ECO_SCOPE_PACKAGE
                  : is_dram                   ? ECO_SCOPE_DRAM
                  : strcmp(name, "psys") == 0 ? ECO_SCOPE_PSYS
                                              : ECO_SCOPE_PART;
    role->may_rest = !is_package;
    role->gain_lo = is_dram ? ECO_RAPL_DRAM_GAIN_LO : ECO_RAPL_GAIN_LO;
    role->gain_hi = is_dram ? ECO_RAPL_DRAM_GAIN_HI : ECO_RAPL_GAIN_HI;
    return true;
}

/* What is impossible decides between wrap and reset, so it must be generous rather than tight.
 * Twice the long-term limit: bursts above it are allowed for a while. */
double eco_rapl_power_max_w(const eco_io *io, const char *zone)
{
    char path[ECO_IO_PATH_B];
    uint64_t limit_uw = 0;
    (void)snprintf(path, sizeof path, FOLDER "/%.31s/constraint_0_power_limit_uw", zone);
    if (eco_io_u64(io, path, &limit_uw) != 0 || limit_uw < 1000000)
        return ECO_POWER_MAX_DEFAULT_W;
    double power_max_w = 2e-6 * (double)limit_uw;
    /* Firmware writes absurd limits (4 kW) for "none". */
    return power_max_w < 4 * ECO_POWER_MAX_DEFAULT_W ? power_max_w : ECO_POWER_MAX_DEFAULT_W;
}

/* Before Linux 6.1 (commit 4c081324df56) the driver took dram of Sapphire Rapids for one of the
 * servers with the small unit and showed a quarter of it; its range tells. Nothing is corrected on
 * a guess: the band says what it may be. */
static bool has_wrong_dram_unit(const eco_io *io, uint64_t range_uj)
{
    eco_rapl_processor cpu;
    if (range_uj == 0 || range_uj / COUNTS_MAX >= 61)
        return false;
    eco_rapl_processor_read(io, &cpu);
    return eco_rapl_is_sapphire(&cpu);
}

/* A zone that cannot be opened or read leaves its error for the listing and is skipped. */
static ecopt_status add_zone(eco_channel_set *set, const char *zone, const zone_role *role,
                             int *ret_error)
{
    /* The first reading is the proof: a file may open and still refuse (EIO on broken firmware). */
    const eco_io *io = set->io;
    char path[ECO_IO_PATH_B];
    uint64_t range_uj = 0, value_uj = 0;
    (void)snprintf(path, sizeof path, FOLDER "/%.31s/max_energy_range_uj", zone);
    /* Without a range every decrease is a reset: bounded, never a made-up wrap. */
    if (eco_io_u64(io, path, &range_uj) != 0)
        range_uj = 0;
    (void)snprintf(path, sizeof path, FOLDER "/%.31s/energy_uj", zone);
    int fd = eco_io_open(io, path);
    int status = fd < 0 ? fd : eco_io_fd_u64(io, fd, &value_uj);
    if (status < 0) {
        if (fd >= 0)
            io->close(io->user, fd);
        *ret_error = status;
        return ECOPT_OK;
    }
    zone_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    eco_channel *channel =
        state ? eco_set_add(set, &eco_source_rapl_powercap, role->scope, role->domain) : NULL;
    if (!channel) {
        io->close(io->user, fd);
        bool is_full = state != NULL;
        eco_free(set->ctx, state);
        return is_full ? ECOPT_OK : ECOPT_E_NOMEM;
    }
    state->fd = fd;
    (void)snprintf(state->path, sizeof state->path, "%.127s", path);
    channel->state = state;
    channel->quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel->unit_j = ECO_RAPL_UNIT_J;
    channel->gain_lo = role->gain_lo;
    channel->gain_hi = role->gain_hi;
    channel->may_rest = role->may_rest;
    /* The file gives the largest value, of 2^32 - 1 units; the counter has one unit more before it
     * is 0 again. The unit is 61 uJ mostly, 15.3 of AMD and of dram on servers, 1 J of psys on
     * Sapphire Rapids. */
    uint64_t unit_uj = (range_uj + COUNTS_MAX / 2) / COUNTS_MAX;
    uint64_t modulus_uj = range_uj ? range_uj + unit_uj : 0;
    if (range_uj)
        channel->unit_j = 1e-6 * (double)range_uj / (double)COUNTS_MAX;
    if (role->scope == ECO_SCOPE_DRAM && has_wrong_dram_unit(io, range_uj))
        channel->gain_hi *= 4;
    eco_counter_init(&channel->counter, modulus_uj, eco_rapl_power_max_w(io, zone),
                     ECO_RAPL_PERIOD_S);
    return ECOPT_OK;
}

/* The MMIO zone repeats the package of the MSR: it counts only where there is no other. */
static bool is_ignored(const char *zone, bool has_msr)
{
    if (strncmp(zone, "intel-rapl:", 11) == 0)
        return false;
    return has_msr || strncmp(zone, "intel-rapl-mmio:", 16) != 0;
}

/* Every zone found; or, if there is none, one line that says why and what mends it. */
static void describe_all(eco_channel_set *set, size_t first, int error)
{
    for (size_t i = first; i < set->n_channels; i++)
        eco_set_describe(set, &set->channels[i],
                         1e-6 * (double)set->channels[i].counter.modulus_uj);
    if (set->n_channels > first)
        return;
    char reason[160] = "no RAPL zones in " FOLDER;
    bool is_perm = error == -EACCES || error == -EPERM;
    if (error != 0)
        (void)snprintf(reason, sizeof reason, "cannot read energy_uj in " FOLDER ": %s",
                       strerror(-error));
    eco_set_missing(set, &eco_source_rapl_powercap, ECOPT_QUALITY_MEASURED_COUNTER, error, reason,
                    is_perm ? REMEDY_PERM : REMEDY_NONE);
}

/* The kernel's folder is flat: parts of a package are entries of their own. */
static ecopt_status probe_zones(eco_channel_set *set, const char *argument)
{
    (void)argument;
    /* 32 entries: four packages with all their parts, by MSR and again by MMIO. */
    char zones[ZONES_MAX][32];
    size_t first = set->n_channels;
    int error = 0;
    int n = eco_io_list(set->io, FOLDER, zones, ZONES_MAX);
    /* Sorted order puts a package before its parts. */
    bool has_msr = false;
    for (int i = 0; i < n; i++)
        has_msr = has_msr || strncmp(zones[i], "intel-rapl:", 11) == 0;
    for (int i = 0; i < n; i++) {
        zone_role role;
        if (is_ignored(zones[i], has_msr) || !find_role(set->io, zones[i], &role))
            continue;
        ECO_TRY(add_zone(set, zones[i], &role, &error));
    }
    describe_all(set, first, error);
    return ECOPT_OK;
}

const eco_source_ops eco_source_rapl_powercap = {
    .version = ECO_SOURCE_VERSION,
    .kind = "rapl-powercap",
    .is_automatic = true,
    .probe = probe_zones,
    .read = read_zone,
    .close = close_zone,
    .counter_of = "rapl",
};
