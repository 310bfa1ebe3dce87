#include "trial/cpus.h"

/* By number: neighbours are often the two threads of one core, which leaves the most whole cores to
 * whoever else runs here. */
int64_t eco_cpus_choose(int64_t wanted, cpu_set_t *ret_cpus)
{
    cpu_set_t allowed;
    int64_t n = 0;
    CPU_ZERO(ret_cpus);
    /* Fails on machines with more CPUs than a set has room for. */
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return 0;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && n < wanted; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        CPU_SET(cpu, ret_cpus);
        n++;
    }
    return n;
}
