#include "study/limits.h"

#include "trial/cpus.h"

#include <stdio.h>
#include <stdlib.h>

/* Said or refused; the one place for both, so that they cannot differ in what they tell. */
static ecopt_status cannot_keep(ecopt_study *study, const char *key, const char *why)
{
    if (!study->definition->resources.is_required) {
        eco_log(study->ctx, ECOPT_LOG_WARNING, "resources.%s is not kept: %s", key, why);
        return ECOPT_OK;
    }
    ecopt_status status =
        eco_fail(study->ctx, ECOPT_E_SPAWN, "resources.%s cannot be kept: %s", key, why);
    return eco_hint(study->ctx, status,
                    "'ecopt doctor' says what can be; to run without, leave out "
                    "resources.required");
}

static ecopt_status check_controller(ecopt_study *study, const char *key, bool is_wanted,
                                     eco_controller controller)
{
    if (!is_wanted || study->place.has[controller])
        return ECOPT_OK;
    return cannot_keep(study, key, study->place.why[controller]);
}

/* CPUs need no group: a program is placed on them before it starts.  A group also holds programs
 * there that would place themselves elsewhere. */
static ecopt_status choose_cpus(ecopt_study *study)
{
    int64_t wanted = study->definition->resources.cpus;
    char why[ECO_CGROUP_REASON_B];
    if (wanted == 0)
        return ECOPT_OK;
    int64_t n = eco_cpus_choose(wanted, &study->cpus);
    if (n > 0)
        study->limits.cpus = &study->cpus;
    if (n >= wanted)
        return ECOPT_OK;
    (void)snprintf(why, sizeof why, "%lld CPUs are wanted and %lld may be used", (long long)wanted,
                   (long long)n);
    return cannot_keep(study, "cpus", why);
}

/* GPUs are given by the environment that ECOpt was started in: a batch system, --jobs or the user
 * has chosen cards there, and to choose among them is not for a study. So it is only looked whether
 * they are as many as the file says. */
static ecopt_status check_gpus(ecopt_study *study)
{
    int64_t wanted = study->definition->resources.gpus, n = 0;
    const char *list = getenv("CUDA_VISIBLE_DEVICES");
    char why[ECO_CGROUP_REASON_B];
    if (wanted == 0)
        return ECOPT_OK;
    for (const char *c = list; c && *c; c++)
        n += c == list || c[-1] == ',';
    if (n == wanted)
        return ECOPT_OK;
    if (list)
        (void)snprintf(why, sizeof why, "CUDA_VISIBLE_DEVICES names %lld and not %lld",
                       (long long)n, (long long)wanted);
    else
        (void)snprintf(why, sizeof why,
                       "CUDA_VISIBLE_DEVICES is not set: trials see all there are");
    return cannot_keep(study, "gpus", why);
}

ecopt_status eco_limits_open(ecopt_study *study)
{
    const ecopt_resources *resources = &study->definition->resources;
    bool wants_limits = resources->memory_b > 0 || resources->pids > 0 || resources->cpus > 0;
    if (study->place.ctx)
        return ECOPT_OK;
    ECO_TRY(eco_cgroup_find(study->ctx, study->system_root, wants_limits, &study->place));
    study->limits = (eco_limits){.memory_b = resources->memory_b, .pids = resources->pids};
    ECO_TRY(check_controller(study, "memory", resources->memory_b > 0, ECO_CONTROLLER_MEMORY));
    ECO_TRY(check_controller(study, "pids", resources->pids > 0, ECO_CONTROLLER_PIDS));
    ECO_TRY(check_gpus(study));
    return choose_cpus(study);
}

void eco_limits_request(const ecopt_study *study, eco_trial_request *request)
{
    request->place = study->place.ctx ? &study->place : NULL;
    request->limits = study->place.ctx ? &study->limits : NULL;
    request->mask = study->mask;
}

void eco_limits_close(ecopt_study *study)
{
    eco_cgroup_release(&study->place);
}
