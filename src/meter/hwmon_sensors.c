/*
 * What the sensors of each known driver measure; facts from the kernel's documentation of the
 * driver, named at each function.
 */
#include "meter/hwmon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stated defaults where no comparison with an external meter is published: as NVML's power. */
#define GPU_GAIN_LO 0.80
#define GPU_GAIN_HI 1.25

/* Same of meters on the board. */
#define BOARD_GAIN_LO 0.90
#define BOARD_GAIN_HI 1.10

/* Averages of the SMU of a graphics card run over about a second, instant values are fresher. */
#define AVERAGE_PERIOD_S 1.0
#define INSTANT_PERIOD_S 0.1

/* Energy counters of graphics cards: driver and firmware give no figure, so a cautious one. */
#define GPU_COUNTER_PERIOD_S 0.1

static bool has_file(const eco_io *io, const eco_hwmon *device, const char *file)
{
    char path[ECO_IO_PATH_B];
    (void)snprintf(path, sizeof path, "%s/%s", device->folder, file);
    return eco_io_probe(io, path) != -ENOENT;
}

static double number_of(const eco_io *io, const eco_hwmon *device, const char *file)
{
    int64_t value = 0;
    return eco_held_once(io, device->folder, file, &value) == 0 ? (double)value : 0;
}

/* Twice a limit in microwatts is impossible; absurd limits stand for "none". */
static double twice_limit_w(const eco_io *io, const eco_hwmon *device, const char *file)
{
    double limit_w = 1e-6 * number_of(io, device, file);
    return limit_w >= 1 && limit_w <= 2 * ECO_POWER_MAX_DEFAULT_W ? 2 * limit_w : 0;
}

static eco_hwmon_sensor *add_sensor(eco_hwmon_sensor *sensors, int *n, const char *file,
                                    eco_scope scope, const char *domain)
{
    eco_hwmon_sensor *sensor = &sensors[(*n)++];
    memset(sensor, 0, sizeof *sensor);
    (void)snprintf(sensor->file, sizeof sensor->file, "%s", file);
    (void)snprintf(sensor->domain, sizeof sensor->domain, "%s", domain);
    sensor->is_power = strncmp(file, "power", 5) == 0;
    sensor->scope = scope;
    sensor->quality =
        sensor->is_power ? ECOPT_QUALITY_MEASURED_SAMPLED : ECOPT_QUALITY_MEASURED_COUNTER;
    sensor->period_s = sensor->is_power ? INSTANT_PERIOD_S : GPU_COUNTER_PERIOD_S;
    sensor->gain_lo = GPU_GAIN_LO;
    sensor->gain_hi = GPU_GAIN_HI;
    sensor->may_rest = scope == ECO_SCOPE_PART;
    return sensor;
}

/* amdgpu (Documentation/gpu/amdgpu/thermal.rst): "average power used by the SoC in microWatts. On
 * APUs this includes the CPU."  Only APUs have in1 (vddnb), only cards have freq2 (memory). */
static bool is_apu(const eco_io *io, const eco_hwmon *device)
{
    char label[32];
    (void)eco_hwmon_text(io, device, "in1_label", label, sizeof label);
    return strcmp(label, "vddnb") == 0 || !has_file(io, device, "freq2_input");
}

/* The second die of an MI200 card reads 0 W, the first one shows the whole card.  No card that is
 * awake uses nothing, so a silent one is listed and not added. */
static bool is_silent(const eco_io *io, const eco_hwmon *device, const char *file)
{
    int64_t value = 0;
    return eco_held_once(io, device->folder, file, &value) == 0 && value == 0;
}

static int amdgpu_sensors(const eco_channel_set *set, const eco_hwmon *device,
                          eco_hwmon_sensor *sensors)
{
    int n = 0;
    const eco_io *io = set->io;
    bool has_average = has_file(io, device, "power1_average");
    const char *file = has_average ? "power1_average" : "power1_input";
    if (!has_average && !has_file(io, device, file))
        return 0;
    char domain[80];
    (void)snprintf(domain, sizeof domain, "gpu %s", device->device);
    eco_scope scope = ECO_SCOPE_GPU;
    if (is_apu(io, device)) {
        /* Socket power: beside a counter of the package it overlaps that one and is no part of it
         * (the two draw the line differently); without one it is the best there is. */
        bool is_alone = !eco_topology_has_cpu(set);
        scope = is_alone ? ECO_SCOPE_PACKAGE : ECO_SCOPE_PART;
        if (is_alone)
            (void)snprintf(domain, sizeof domain, "package-0");
        else
            (void)snprintf(domain, sizeof domain, "apu %s", device->device);
    } else if (is_silent(io, device, file)) {
        scope = ECO_SCOPE_PART;
    }
    eco_hwmon_sensor *sensor = add_sensor(sensors, &n, file, scope, domain);
    sensor->period_s = has_average ? AVERAGE_PERIOD_S : INSTANT_PERIOD_S;
    sensor->power_max_w = twice_limit_w(io, device, "power1_cap");
    return n;
}

/* i915 and xe (Documentation/ABI/testing/sysfs-driver-intel-{i915,xe}-hwmon): both register for
 * discrete cards only.  energy1 is the card; xe's energy2 is the package on it, i915_gtN a tile. */
static int intel_sensors(const eco_channel_set *set, const eco_hwmon *device,
                         eco_hwmon_sensor *sensors)
{
    int n = 0;
    char card[80], package[96];
    const eco_io *io = set->io;
    (void)snprintf(card, sizeof card, "gpu %.58s", device->device);
    (void)snprintf(package, sizeof package, "gpu %.50s package", device->device);
    bool is_tile = strncmp(device->name, "i915_gt", 7) == 0;
    double power_max_w = twice_limit_w(io, device, "power1_max");
    if (is_tile)
        (void)snprintf(package, sizeof package, "gpu %.45s %.16s", device->device,
                       device->name + strlen("i915_"));
    bool has_card = has_file(io, device, "energy1_input");
    if (has_card && is_tile)
        add_sensor(sensors, &n, "energy1_input", ECO_SCOPE_PART, package);
    else if (has_card)
        add_sensor(sensors, &n, "energy1_input", ECO_SCOPE_GPU, card)->power_max_w = power_max_w;
    /* Cards without a meter at their connector have the package alone. */
    if (has_file(io, device, "energy2_input"))
        add_sensor(sensors, &n, "energy2_input", has_card ? ECO_SCOPE_PART : ECO_SCOPE_GPU,
                   has_card ? package : card);
    return n;
}

/* "99.5%": the meter's own claim of its accuracy. */
static double accuracy_of(const eco_io *io, const eco_hwmon *device)
{
    char text[32], *end = NULL;
    if (eco_hwmon_text(io, device, "power1_accuracy", text, sizeof text) <= 0)
        return 0;
    double percent = strtod(text, &end);
    return end != text && strcmp(end, "%") == 0 && percent >= 50 && percent < 100 ? percent / 100
                                                                                  : 0;
}

/* Number behind a prefix, e.g. 1 of "Esocket1". */
static bool read_number(const char *text, const char *prefix, unsigned *ret_number)
{
    uint64_t number = 0;
    size_t n = strlen(prefix);
    if (strncmp(text, prefix, n) != 0 || !eco_io_parse_u64(text + n, &number) || number > 999)
        return false;
    *ret_number = (unsigned)number;
    return true;
}

/* Grace names its meters by what they cover; others measure what the firmware says is the system.
 * NVIDIA Grace Performance Tuning Guide, "Power telemetry". */
static eco_scope acpi_scope(const char *info, char *domain, size_t room_b)
{
    static const struct {
        const char *prefix, *whole, *part;
        eco_scope scope;
    } rows[] = {
        {"Module Power Socket ", "module", "", ECO_SCOPE_MODULE},
        {"Grace Power Socket ", "package", "", ECO_SCOPE_PACKAGE},
        {"CPU Power Socket ", "package", " core", ECO_SCOPE_PART},
        {"SysIO Power Socket ", "package", " sysio", ECO_SCOPE_PART},
    };
    unsigned socket = 0;
    (void)snprintf(domain, room_b, "board");
    for (size_t i = 0; i < ECO_LEN(rows); i++) {
        if (!read_number(info, rows[i].prefix, &socket))
            continue;
        (void)snprintf(domain, room_b, "%s-%u%s", rows[i].whole, socket, rows[i].part);
        return rows[i].scope;
    }
    return ECO_SCOPE_BOARD;
}

/* ACPI power meter (Documentation/hwmon/acpi_power_meter.rst). */
static int acpi_sensors(const eco_channel_set *set, const eco_hwmon *device,
                        eco_hwmon_sensor *sensors)
{
    int n = 0;
    char info[64], domain[64];
    const eco_io *io = set->io;
    if (!has_file(io, device, "power1_average"))
        return 0;
    (void)eco_hwmon_text(io, device, "power1_oem_info", info, sizeof info);
    eco_scope scope = acpi_scope(info, domain, sizeof domain);
    eco_hwmon_sensor *sensor = add_sensor(sensors, &n, "power1_average", scope, domain);
    double interval_ms = number_of(io, device, "power1_average_interval");
    double accuracy = accuracy_of(io, device);
    sensor->period_s = interval_ms > 0 ? 1e-3 * interval_ms : AVERAGE_PERIOD_S;
    sensor->gain_lo = accuracy > 0 ? accuracy : BOARD_GAIN_LO;
    sensor->gain_hi = accuracy > 0 ? 2 - accuracy : BOARD_GAIN_HI;
    /* A board with eight cards draws 10 kW, five times what it idles at. */
    if (scope == ECO_SCOPE_BOARD) {
        sensor->quality = ECOPT_QUALITY_MEASURED_WALL;
        sensor->power_max_w = 1e-5 * number_of(io, device, "power1_average");
    }
    if (sensor->power_max_w < ECO_POWER_MAX_DEFAULT_W)
        sensor->power_max_w = ECO_POWER_MAX_DEFAULT_W;
    return n;
}

/* amd_energy (left the kernel in 5.13, goes on outside it): Ecore* and Esocket*. A socket is what
 * RAPL calls a package; cores would fill the listing. */
static int amd_energy_sensors(const eco_channel_set *set, const eco_hwmon *device,
                              eco_hwmon_sensor *sensors)
{
    int n = 0;
    unsigned socket = 0;
    for (int i = 1; i <= 512 && n < ECO_HWMON_SENSORS; i++) {
        char file[32], label[32], domain[32];
        (void)snprintf(file, sizeof file, "energy%d_label", i);
        if (eco_hwmon_text(set->io, device, file, label, sizeof label) < 0)
            break;
        if (!read_number(label, "Esocket", &socket))
            continue;
        (void)snprintf(file, sizeof file, "energy%d_input", i);
        (void)snprintf(domain, sizeof domain, "package-%u", socket);
        eco_hwmon_sensor *sensor = add_sensor(sensors, &n, file, ECO_SCOPE_PACKAGE, domain);
        sensor->period_s = INSTANT_PERIOD_S; /* the driver's own accumulation */
        sensor->gain_lo = BOARD_GAIN_LO;
        sensor->gain_hi = BOARD_GAIN_HI;
    }
    return n;
}

/* A counter of a driver that is not known here is shown; what it covers nobody says. */
static int other_sensors(const eco_channel_set *set, const eco_hwmon *device,
                         eco_hwmon_sensor *sensors)
{
    int n = 0;
    for (int i = 1; i <= ECO_HWMON_SENSORS; i++) {
        char file[32], domain[96];
        (void)snprintf(file, sizeof file, "energy%d_input", i);
        (void)snprintf(domain, sizeof domain, "%.20s %.20s energy%d", device->name, device->device,
                       i);
        if (has_file(set->io, device, file))
            add_sensor(sensors, &n, file, ECO_SCOPE_PART, domain);
    }
    return n;
}

int eco_hwmon_sensors(const eco_channel_set *set, const eco_hwmon *device,
                      eco_hwmon_sensor sensors[ECO_HWMON_SENSORS])
{
    static const struct {
        const char *name;
        int (*find)(const eco_channel_set *set, const eco_hwmon *device, eco_hwmon_sensor *sensors);
    } drivers[] = {
        {"amdgpu", amdgpu_sensors},
        {"i915", intel_sensors},
        {"xe", intel_sensors},
        {"power_meter", acpi_sensors},
        {"amd_energy", amd_energy_sensors},
        {"zenergy", amd_energy_sensors},
    };
    for (size_t i = 0; i < ECO_LEN(drivers); i++)
        if (strcmp(device->name, drivers[i].name) == 0)
            return drivers[i].find(set, device, sensors);
    if (strncmp(device->name, "i915_gt", 7) == 0)
        return intel_sensors(set, device, sensors);
    return other_sensors(set, device, sensors);
}
