#include "meter/heat.h"

#include "meter/rapl.h"

#include <stdio.h>

void eco_heat_open(const eco_io *io, eco_heat *ret_heat)
{
    int cpus[ECO_HEAT_PACKAGES_MAX];
    int n = eco_rapl_package_cpus(io, cpus, ECO_HEAT_PACKAGES_MAX);
    ret_heat->n = 0;
    /* Without the list of packages there is at least the one that CPU 0 is in. */
    if (n <= 0) {
        cpus[0] = 0;
        n = 1;
    }
    for (int i = 0; i < n; i++) {
        char folder[96];
        int64_t count = 0;
        eco_held *held = &ret_heat->counts[ret_heat->n];
        (void)snprintf(folder, sizeof folder, "/sys/devices/system/cpu/cpu%d/thermal_throttle",
                       cpus[i]);
        eco_held_init(held, folder, "package_throttle_count");
        if (eco_held_i64(io, held, &count) == 0)
            ret_heat->n++;
        else
            eco_held_close(io, held);
    }
}

uint64_t eco_heat_count(const eco_io *io, eco_heat *heat)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < heat->n; i++) {
        int64_t count = 0;
        if (eco_held_i64(io, &heat->counts[i], &count) == 0 && count > 0)
            sum += (uint64_t)count;
    }
    return sum;
}

void eco_heat_close(const eco_io *io, eco_heat *heat)
{
    for (size_t i = 0; i < heat->n; i++)
        eco_held_close(io, &heat->counts[i]);
    heat->n = 0;
}
