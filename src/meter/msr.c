/*
 * The source "msr": RAPL counters straight from the processor's registers, /dev/cpu/N/msr.
 *
 * Only on request: perf and powercap read the same counters with the quirks of each model taken
 * care of by the kernel.  What is applied here: the energy unit (bits 12:8 of register 0x606), the
 * fixed unit of dram on servers, psys in whole joules on Sapphire and Emerald Rapids, the inverse
 * unit of old Atoms, 32-bit wraps, one CPU per package.
 * Source: Intel SDM volume 4 and volume 3, 15.10; AMD PPR of family 17h; the tables of the kernel's
 * drivers/powercap/intel_rapl_common.c and arch/x86/events/rapl.c.
 */
#include "meter/rapl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PACKAGES_MAX = 8, CPUS_MAX = 4096 };

/* Registers. */
enum {
    INTEL_UNIT = 0x606,
    INTEL_PACKAGE = 0x611,
    INTEL_DRAM = 0x619,
    INTEL_CORE = 0x639,
    INTEL_UNCORE = 0x641,
    INTEL_PSYS = 0x64D
};
#define AMD_UNIT    0xC0010299u
#define AMD_PACKAGE 0xC001029Bu

/* Dram of the servers below counts in 15.26 uJ whatever the unit register says. */
#define DRAM_FIXED_UJ (1e6 / 65536)

#define COUNTER_MASK    0xFFFFFFFFu
#define COUNTER_MODULUS 4294967296.0

#define REMEDY_PERM                                                                        \
    "run ecopt as root (it needs CAP_SYS_RAWIO too); better: rapl-perf or rapl-powercap, " \
    "which need no access to all registers"
#define REMEDY_NONE "as root: modprobe msr; a virtual machine shows no such registers"

typedef struct msr_state {
    int fd;
    long address;
    double uj_per_count;
} msr_state;

static int read_register(const eco_io *io, int fd, long address, uint64_t *ret_value)
{
    uint64_t value = 0;
    long n = io->read(io->user, fd, &value, sizeof value, address);
    if (n < 0)
        return (int)n;
    if (n != (long)sizeof value)
        return -EIO;
    *ret_value = value;
    return 0;
}

/* The classifier works in whole microjoules and takes the wrap at 2^32 counts from its modulus. */
static int read_counter(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    const msr_state *state = channel->state;
    uint64_t value = 0;
    int status = read_register(io, state->fd, state->address, &value);
    if (status < 0)
        return status;
    ret->energy_uj = (uint64_t)((double)(value & COUNTER_MASK) * state->uj_per_count);
    return 0;
}

static void close_counter(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    msr_state *state = channel->state;
    if (state)
        io->close(io->user, state->fd);
    eco_free(ctx, state);
    channel->state = NULL;
}

/* Whether its registers are those known here. */
static bool is_known_processor(const eco_rapl_processor *cpu)
{
    return cpu->is_amd ? cpu->family >= 0x17 : cpu->is_intel && cpu->family == 6;
}

static bool is_listed(long model, const unsigned char *models, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (models[i] == model)
            return true;
    return false;
}

/* Haswell, Broadwell (and D), Skylake servers; Ice Lake (and D); Knights Landing and Mill. */
static bool has_fixed_dram(const eco_rapl_processor *cpu)
{
    static const unsigned char models[] = {0x3F, 0x4F, 0x56, 0x55, 0x6A, 0x6C, 0x57, 0x85};
    return !cpu->is_amd && is_listed(cpu->model, models, sizeof models);
}

/* Bay Trail (Silvermont, Airmont, Merrifield, Moorefield): microjoules times 2^ESU. */
static bool has_inverse_unit(const eco_rapl_processor *cpu)
{
    static const unsigned char models[] = {0x37, 0x4C, 0x4A, 0x5A};
    return !cpu->is_amd && is_listed(cpu->model, models, sizeof models);
}

static double unit_uj(const eco_rapl_processor *cpu, uint64_t value)
{
    int exponent = (int)(value >> 8 & 0x1F);
    return has_inverse_unit(cpu) ? ldexp(1, exponent) : ldexp(1e6, -exponent);
}

/* First CPU of each package, by /sys/devices/system/cpu; the count. */
static int find_packages(const eco_io *io, int *cpus, int *packages)
{
    int n = 0;
    for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
        char path[ECO_IO_PATH_B];
        uint64_t package = 0;
        bool is_new = true;
        (void)snprintf(path, sizeof path,
                       "/sys/devices/system/cpu/cpu%d/topology/physical_package_id", cpu);
        int status = eco_io_u64(io, path, &package);
        /* A CPU that is offline has no topology, but a folder all the same. */
        (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d", cpu);
        if (status != 0 && eco_io_probe(io, path) == -ENOENT)
            break;
        for (int i = 0; i < n; i++)
            is_new = is_new && packages[i] != (int)package;
        if (status != 0 || !is_new || n >= PACKAGES_MAX)
            continue;
        cpus[n] = cpu;
        packages[n++] = (int)package;
    }
    return n;
}

/* One register of one package. */
typedef struct counter_row {
    unsigned address;
    const char *part; /* "" = the package */
    eco_scope scope;
} counter_row;

static const counter_row INTEL_ROWS[] = {
    {INTEL_PACKAGE, "", ECO_SCOPE_PACKAGE}, {INTEL_DRAM, " dram", ECO_SCOPE_DRAM},
    {INTEL_CORE, " core", ECO_SCOPE_PART},  {INTEL_UNCORE, " uncore", ECO_SCOPE_PART},
    {INTEL_PSYS, "psys", ECO_SCOPE_PSYS},
};

/* AMD's core register is of one core each, and no sum of it says more than the package. */
static const counter_row AMD_ROWS[] = {{AMD_PACKAGE, "", ECO_SCOPE_PACKAGE}};

/* What all registers of a package share. */
typedef struct msr_package {
    const eco_rapl_processor *cpu;
    int number; /* physical_package_id */
    char path[64];
    double unit_uj;
} msr_package;

static double row_unit_uj(const msr_package *package, const counter_row *row)
{
    if (row->scope == ECO_SCOPE_DRAM && has_fixed_dram(package->cpu))
        return DRAM_FIXED_UJ;
    if (row->scope == ECO_SCOPE_PSYS && eco_rapl_is_sapphire(package->cpu))
        return 1e6;
    return package->unit_uj;
}

static void fill_channel(eco_channel *channel, const counter_row *row, double uj_per_count)
{
    bool is_dram = row->scope == ECO_SCOPE_DRAM;
    channel->quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel->unit_j = 1e-6 * uj_per_count;
    channel->gain_lo = is_dram ? ECO_RAPL_DRAM_GAIN_LO : ECO_RAPL_GAIN_LO;
    channel->gain_hi = is_dram ? ECO_RAPL_DRAM_GAIN_HI : ECO_RAPL_GAIN_HI;
    channel->may_rest = row->scope != ECO_SCOPE_PACKAGE;
    eco_counter_init(&channel->counter, (uint64_t)(COUNTER_MODULUS * uj_per_count), 0,
                     ECO_RAPL_PERIOD_S);
}

/* A register that does not exist fails with EIO, one of a domain that firmware left out reads 0. */
static ecopt_status add_counter(eco_channel_set *set, const msr_package *package,
                                const counter_row *row)
{
    const eco_io *io = set->io;
    uint64_t value = 0;
    char domain[64];
    int fd = eco_io_open(io, package->path);
    int status = fd < 0 ? fd : read_register(io, fd, (long)row->address, &value);
    if (status < 0 || (value & COUNTER_MASK) == 0) {
        if (fd >= 0)
            io->close(io->user, fd);
        return ECOPT_OK;
    }
    if (row->scope == ECO_SCOPE_PSYS)
        (void)snprintf(domain, sizeof domain, "psys");
    else
        (void)snprintf(domain, sizeof domain, "package-%d%s", package->number, row->part);
    msr_state *state = eco_alloc(set->ctx, 1, sizeof *state);
    eco_channel *channel = state ? eco_set_add(set, &eco_source_msr, row->scope, domain) : NULL;
    if (!channel) {
        io->close(io->user, fd);
        bool is_full = state != NULL;
        eco_free(set->ctx, state);
        return is_full ? ECOPT_OK : ECOPT_E_NOMEM;
    }
    state->fd = fd;
    state->address = (long)row->address;
    state->uj_per_count = row_unit_uj(package, row);
    channel->state = state;
    fill_channel(channel, row, state->uj_per_count);
    eco_set_describe(set, channel, 1e-6 * (double)channel->counter.modulus_uj);
    return ECOPT_OK;
}

/* psys is of the whole board: it is valid on the first package only. */
static ecopt_status add_package(eco_channel_set *set, const eco_rapl_processor *cpu, int cpu_number,
                                int number, int *ret_error)
{
    msr_package package = {.cpu = cpu, .number = number};
    uint64_t unit = 0;
    (void)snprintf(package.path, sizeof package.path, "/dev/cpu/%d/msr", cpu_number);
    int fd = eco_io_open(set->io, package.path);
    int status =
        fd < 0 ? fd : read_register(set->io, fd, cpu->is_amd ? (long)AMD_UNIT : INTEL_UNIT, &unit);
    if (fd >= 0)
        set->io->close(set->io->user, fd);
    if (status < 0) {
        *ret_error = status;
        return ECOPT_OK;
    }
    package.unit_uj = unit_uj(cpu, unit);
    const counter_row *rows = cpu->is_amd ? AMD_ROWS : INTEL_ROWS;
    size_t n = cpu->is_amd ? ECO_LEN(AMD_ROWS) : ECO_LEN(INTEL_ROWS);
    for (size_t i = 0; i < n; i++)
        if (rows[i].scope != ECO_SCOPE_PSYS || number == 0)
            ECO_TRY(add_counter(set, &package, &rows[i]));
    return ECOPT_OK;
}

static ecopt_status probe_msr(eco_channel_set *set, const char *argument)
{
    (void)argument;
    eco_rapl_processor cpu = {0};
    int cpus[PACKAGES_MAX], packages[PACKAGES_MAX], error = -ENOENT;
    size_t first = set->n_channels;
    eco_rapl_processor_read(set->io, &cpu);
    bool is_known = is_known_processor(&cpu);
    int n = is_known ? find_packages(set->io, cpus, packages) : 0;
    for (int i = 0; i < n; i++)
        ECO_TRY(add_package(set, &cpu, cpus[i], packages[i], &error));
    if (set->n_channels > first)
        return ECOPT_OK;
    char reason[160] = "no processor whose energy registers are known";
    bool is_perm = error == -EACCES || error == -EPERM;
    if (is_known)
        (void)snprintf(reason, sizeof reason, "cannot read energy registers in /dev/cpu/*/msr: %s",
                       strerror(-error));
    eco_set_missing(set, &eco_source_msr, ECOPT_QUALITY_MEASURED_COUNTER, error, reason,
                    is_perm ? REMEDY_PERM : REMEDY_NONE);
    return ECOPT_OK;
}

const eco_source_ops eco_source_msr = {
    .version = ECO_SOURCE_VERSION,
    .kind = "msr",
    .is_automatic = false,
    .probe = probe_msr,
    .read = read_counter,
    .close = close_counter,
};
