/*
 * A libnvidia-ml.so.1 for tests.  Every call reads the script, the text file named by
 * ECOPT_FAKE_NVML, so a test changes the machine by writing the file.  Lines of "KEY NUMBER":
 *
 *     count, init_status, status          cards; status of init; of all readings
 *     energy_status, power_status, field_status, uuid_status    of one call each
 *     energy_mj, power_mw, average_mw, module_mw, limit_mw      readings
 *     mig, processes, pid0, pid1, ...     MIG mode; compute processes on the card
 *     reasons                             why its clocks are low now, as bits
 *     grace                               the card's name is that of a Grace module
 *     driver                              another number: the driver was reloaded
 *     at T MW                             from T seconds on the card draws MW milliwatts
 *     period_s                            the counter moves only once in so long
 *     sensor                              power readings are the truth times this
 *
 * A key with a card's index appended ("energy_mj1") wins over the plain one.  With an "at" line the
 * readings follow it: the counter is the energy since T = 0, the average that of the last second.
 * The time is the number in the file SCRIPT.now, else seconds of the monotonic clock.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

enum { CARDS = 16, EPOCHS = 8, STEPS = 64, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3 };

typedef struct field {
    unsigned id, scope;
    long long timestamp_us, latency_us;
    int type, status;
    union {
        double d;
        unsigned ui;
        unsigned long long ull;
    } value;
} field;

typedef struct process {
    unsigned pid;
    unsigned long long memory_b;
    unsigned gpu_instance, compute_instance;
} process;

EXPORT int nvmlInit_v2(void);
EXPORT int nvmlShutdown(void);
EXPORT int nvmlDeviceGetCount_v2(unsigned *count);
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, void **device);
EXPORT int nvmlDeviceGetUUID(void *device, char *text, unsigned room_b);
EXPORT int nvmlDeviceGetName(void *device, char *text, unsigned room_b);
EXPORT int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy_mj);
EXPORT int nvmlDeviceGetPowerUsage(void *device, unsigned *power_mw);
EXPORT int nvmlDeviceGetFieldValues(void *device, int n, field *fields);
EXPORT int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *limit_mw);
EXPORT int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending);
EXPORT int nvmlDeviceGetCurrentClocksEventReasons(void *device, unsigned long long *reasons);
EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *n, process *processes);

/* Handles are places in this array, so one of an older driver is known as such. */
static char cards[EPOCHS][CARDS];
static int users;
static int epoch; /* of the driver when the library was started */

static double lookup(const char *key, double fallback)
{
    char line[128], name[64];
    double value;
    const char *path = getenv("ECOPT_FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    while (file && fscanf(file, "%63s", name) == 1) {
        if (strcmp(name, "at") == 0) {
            if (!fgets(line, sizeof line, file))
                break;
        } else if (fscanf(file, "%lf", &value) == 1 && strcmp(name, key) == 0) {
            fallback = value;
        }
    }
    if (file)
        (void)fclose(file);
    return fallback;
}

static int driver(void)
{
    return (int)lookup("driver", 0) % EPOCHS;
}

static int index_of(void *device)
{
    return (int)(((char *)device - cards[0]) % CARDS);
}

static double lookup_of(void *device, const char *key, double fallback)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s%d", key, index_of(device));
    return lookup(name, lookup(key, fallback));
}

/* What every call meets first: the library must be started, with the driver that runs now. */
static int state_of(void *device)
{
    if (users == 0)
        return UNINITIALIZED;
    if (epoch != driver())
        return 999;
    if (device && ((char *)device - cards[0]) / CARDS != epoch)
        return INVALID;
    return device ? (int)lookup_of(device, "status", 0) : 0;
}

static double now_s(void)
{
    char path[512];
    double value = 0;
    struct timespec now;
    (void)snprintf(path, sizeof path, "%s.now", getenv("ECOPT_FAKE_NVML"));
    FILE *file = fopen(path, "r");
    int n = file ? fscanf(file, "%lf", &value) : 0;
    if (file)
        (void)fclose(file);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return n == 1 ? value : (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Energy of the "at" lines from 0 to until_s [mJ], and the power then; NAN without such a line. */
static double scripted_mj(double until_s, double *ret_power_mw)
{
    char name[64], line[128];
    double from_s = 0, power_mw = 0, energy_mj = 0, at_s, next_mw;
    int n = 0;
    const char *path = getenv("ECOPT_FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    while (file && fscanf(file, "%63s", name) == 1) {
        if (!fgets(line, sizeof line, file))
            break;
        if (strcmp(name, "at") != 0 || sscanf(line, "%lf %lf", &at_s, &next_mw) != 2)
            continue;
        n++;
        if (at_s > until_s)
            break;
        energy_mj += power_mw * (at_s - from_s);
        from_s = at_s;
        power_mw = next_mw;
    }
    if (file)
        (void)fclose(file);
    *ret_power_mw = power_mw;
    return n ? energy_mj + power_mw * (until_s - from_s) : (double)NAN;
}

/* Momentary power as the sensor gives it [mW]. */
static double momentary_mw(void *device)
{
    double power_mw;
    if (isnan(scripted_mj(now_s(), &power_mw)))
        power_mw = lookup_of(device, "power_mw", 0);
    return power_mw * lookup_of(device, "sensor", 1);
}

int nvmlInit_v2(void)
{
    int status = (int)lookup("init_status", 0);
    if (status == 0 && users++ == 0)
        epoch = driver();
    return status;
}

int nvmlShutdown(void)
{
    if (users == 0)
        return UNINITIALIZED;
    users--;
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = (unsigned)lookup("count", 0);
    return state_of(NULL);
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = &cards[epoch][index];
    return state_of(NULL);
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **device)
{
    *device = &cards[epoch][atoi(uuid + strlen("GPU-"))];
    return state_of(*device);
}

int nvmlDeviceGetUUID(void *device, char *text, unsigned room_b)
{
    (void)snprintf(text, room_b, "GPU-0000%d", index_of(device));
    return (int)lookup_of(device, "uuid_status", 0);
}

int nvmlDeviceGetName(void *device, char *text, unsigned room_b)
{
    (void)snprintf(text, room_b, "%s",
                   lookup_of(device, "grace", 0) > 0 ? "NVIDIA GH200 480GB" : "NVIDIA Fake 1");
    return state_of(device);
}

int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy_mj)
{
    double period_s = lookup_of(device, "period_s", 0), power_mw, until_s = now_s();
    if (period_s > 0)
        until_s = period_s * floor(until_s / period_s);
    double scripted = scripted_mj(until_s, &power_mw);
    *energy_mj =
        (unsigned long long)(isnan(scripted) ? lookup_of(device, "energy_mj", 0) : scripted);
    int status = state_of(device);
    return status ? status : (int)lookup_of(device, "energy_status", 0);
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *power_mw)
{
    double now = now_s(), last_mw;
    double mean_mw = scripted_mj(now, &last_mw) - scripted_mj(fmax(0, now - 1), &last_mw);
    if (isnan(mean_mw))
        mean_mw = lookup_of(device, "average_mw", lookup_of(device, "power_mw", 0));
    *power_mw = (unsigned)(mean_mw * lookup_of(device, "sensor", 1));
    int status = state_of(device);
    return status ? status : (int)lookup_of(device, "power_status", 0);
}

int nvmlDeviceGetFieldValues(void *device, int n, field *fields)
{
    for (int i = 0; i < n; i++) {
        double module_mw = lookup_of(device, "module_mw", -1);
        bool is_known = fields[i].id == 186 && (fields[i].scope == 0 || module_mw >= 0);
        fields[i].type = 1;
        fields[i].value.ui = (unsigned)(fields[i].scope ? module_mw : momentary_mw(device));
        fields[i].status =
            is_known ? (int)lookup_of(device, "field_status", 0) : (int)NOT_SUPPORTED;
    }
    return state_of(device);
}

int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *limit_mw)
{
    *limit_mw = (unsigned)lookup_of(device, "limit_mw", 300000);
    return state_of(device);
}

int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending)
{
    *current = (unsigned)lookup_of(device, "mig", 0);
    *pending = *current;
    return state_of(device);
}

int nvmlDeviceGetCurrentClocksEventReasons(void *device, unsigned long long *reasons)
{
    int status = state_of(device);
    *reasons = (unsigned long long)lookup_of(device, "reasons", 0);
    return status;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *n, process *processes)
{
    unsigned room = *n;
    *n = (unsigned)lookup_of(device, "processes", 0);
    if (*n > room)
        return 7;
    for (unsigned i = 0; i < *n; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "pid%u", i);
        memset(&processes[i], 0, sizeof processes[i]);
        processes[i].pid = (unsigned)lookup(key, 0);
    }
    return state_of(device);
}
