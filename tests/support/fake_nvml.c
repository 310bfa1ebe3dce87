/*
 * A libnvidia-ml.so.1 for tests: every call reads the text file named by ECOPT_FAKE_NVML, lines of
 * "key number" (count, init_status, status, energy_mj, power_mw, limit_mw), so a test changes the
 * GPU by writing the file.  Keys with a GPU's index appended ("energy_mj1") win over the plain one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int nvmlInit_v2(void);
EXPORT int nvmlShutdown(void);
EXPORT int nvmlDeviceGetCount_v2(unsigned *count);
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
EXPORT int nvmlDeviceGetUUID(void *device, char *text, unsigned room_b);
EXPORT int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy_mj);
EXPORT int nvmlDeviceGetPowerUsage(void *device, unsigned *power_mw);
EXPORT int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *limit_mw);

/* Handles are places in this array: a GPU's index is its distance from the start. */
static char gpus[16];

static int index_of(void *device)
{
    return (int)((char *)device - gpus);
}

static double lookup(const char *key, double fallback)
{
    char name[64];
    double value;
    const char *path = getenv("ECOPT_FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    while (file && fscanf(file, "%63s %lf", name, &value) == 2)
        if (strcmp(name, key) == 0)
            fallback = value;
    if (file)
        (void)fclose(file);
    return fallback;
}

static double lookup_of(void *device, const char *key, double fallback)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s%d", key, index_of(device));
    return lookup(name, lookup(key, fallback));
}

int nvmlInit_v2(void)
{
    return (int)lookup("init_status", 0);
}

int nvmlShutdown(void)
{
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = (unsigned)lookup("count", 0);
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = gpus + index;
    return 0;
}

int nvmlDeviceGetUUID(void *device, char *text, unsigned room_b)
{
    (void)snprintf(text, room_b, "GPU-0000%d", index_of(device));
    return 0;
}

int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy_mj)
{
    *energy_mj = (unsigned long long)lookup_of(device, "energy_mj", 0);
    return (int)lookup_of(device, "energy_status", lookup_of(device, "status", 0));
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *power_mw)
{
    *power_mw = (unsigned)lookup_of(device, "power_mw", 0);
    return (int)lookup_of(device, "status", 0);
}

int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *limit_mw)
{
    *limit_mw = (unsigned)lookup_of(device, "limit_mw", 300000);
    return 0;
}
