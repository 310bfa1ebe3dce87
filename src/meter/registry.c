/* The list of source kinds. */
#include "meter/source.h"

#include <string.h>

/* "auto" tries them from the top, so that better sources come first and the model sees
 * whether a CPU counter was found. */
static const eco_source_ops *const REGISTRY[] = {
    &eco_source_rapl_perf, &eco_source_rapl_powercap, &eco_source_helper,     &eco_source_nvml,
    &eco_source_hwmon,     &eco_source_jetson,        &eco_source_battery,    &eco_source_cray,
    &eco_source_dcmi,      &eco_source_msr,           &eco_source_plug,       &eco_source_command,
    &eco_source_file,      &eco_source_slurm,         &eco_source_calibrated, &eco_source_model,
    &eco_source_replay,
};

const eco_source_ops *const *eco_source_registry(size_t *ret_n)
{
    *ret_n = ECO_LEN(REGISTRY);
    return REGISTRY;
}

/* Exact names only: a prefix would make "rapl" mean one of two. */
const eco_source_ops *eco_source_find(const char *kind, size_t n)
{
    for (size_t i = 0; i < ECO_LEN(REGISTRY); i++)
        if (strlen(REGISTRY[i]->kind) == n && memcmp(REGISTRY[i]->kind, kind, n) == 0)
            return REGISTRY[i];
    return NULL;
}
