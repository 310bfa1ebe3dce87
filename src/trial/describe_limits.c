/*
 * What `resources` of a study file can be kept on this machine, in words for people.
 */
#include "trial/cgroup.h"
#include "trial/cpus.h"

#include <ecopt/process.h>
#include <stdio.h>
#include <string.h>

/* What helps depends on what is in the way; where nothing is known to help, nothing is said. */
static void advise(const eco_cgroup_place *place, eco_controller controller, ecopt_limit_info *info)
{
    const char *remedy = "";
    if (strstr(place->why[controller], "cgroup v1") || strstr(place->why[controller], "no cgroup"))
        remedy = "boot with cgroup v2 alone (systemd.unified_cgroup_hierarchy=1)";
    else if (strstr(place->why[controller], "handed down") ||
             strstr(place->why[controller], "not ours"))
        remedy = "start it by: systemd-run --user --scope -p Delegate=yes ecopt run ...";
    (void)snprintf(info->remedy, sizeof info->remedy, "%s", remedy);
}

static void describe_controller(const eco_cgroup_place *place, eco_controller controller,
                                const char *name, ecopt_limit_info *info)
{
    *info = (ecopt_limit_info){.name = name, .is_kept = place->has[controller]};
    if (info->is_kept) {
        (void)snprintf(info->how, sizeof info->how, "control groups in '%.150s'", place->path);
        return;
    }
    (void)snprintf(info->how, sizeof info->how, "%s", place->why[controller]);
    advise(place, controller, info);
}

/* Placing a program needs no rights; holding it there, if it places itself elsewhere, does. */
static void describe_cpus(const eco_cgroup_place *place, ecopt_limit_info *info)
{
    cpu_set_t cpus;
    int64_t n = eco_cpus_choose(CPU_SETSIZE, &cpus);
    *info = (ecopt_limit_info){.name = "cpus", .is_kept = n > 0};
    if (n > 0)
        (void)snprintf(info->how, sizeof info->how, "%lld may be used; %s", (long long)n,
                       place->has[ECO_CONTROLLER_CPUSET]
                           ? "by affinity and control groups"
                           : "by affinity, which a program could change for itself");
    else
        (void)snprintf(info->how, sizeof info->how, "the system does not say which may be used");
}

/* Also says how trials are ended and counted, which needs a group and none of its controllers. */
ecopt_status ecopt_limits_describe(ecopt_ctx *ctx, const char *system_root,
                                   ecopt_limit_info infos[ECOPT_LIMITS_N])
{
    eco_cgroup_place place = {.ctx = NULL};
    ECO_TRY(eco_cgroup_find(ctx, system_root, true, &place));
    describe_controller(&place, ECO_CONTROLLER_MEMORY, "memory", &infos[0]);
    describe_controller(&place, ECO_CONTROLLER_PIDS, "pids", &infos[1]);
    describe_cpus(&place, &infos[2]);
    infos[3] = (ecopt_limit_info){.name = "group", .is_kept = place.path != NULL};
    (void)snprintf(infos[3].how, sizeof infos[3].how, "%s",
                   place.path
                       ? "each phase has a control group: ended at one stroke, CPU time exact"
                       : "no control groups: processes are ended one by one, and CPU time "
                         "that nobody waited for is missing");
    eco_cgroup_release(&place);
    return ECOPT_OK;
}
