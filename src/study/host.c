/*
 * What machine a study was made on, as one line of JSON in its store.
 *
 * Only for the reader of a report: nothing is decided by it, so whatever cannot be found out is
 * left empty instead of failing the study.
 */
#include "study/study_impl.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* First "model name" of /proc/cpuinfo, "" where the kernel has none (some ARM). */
static void read_cpu_model(char *text, size_t room_b)
{
    /* The flags line is longer than this; it comes in pieces that match nothing. */
    char line[512];
    text[0] = '\0';
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && text[0] == '\0' && fgets(line, sizeof line, file)) {
        char *colon = strncmp(line, "model name", 10) == 0 ? strchr(line, ':') : NULL;
        if (colon) {
            colon[1 + strcspn(colon + 1, "\n")] = '\0';
            (void)snprintf(text, room_b, "%s", colon + 1 + strspn(colon + 1, " \t"));
        }
    }
    if (file)
        (void)fclose(file);
}

/* One line, without the name of the user or the time: it goes into every report and should say
 * nothing that the reader of a report need not know. */
char *eco_host_json(ecopt_ctx *ctx)
{
    struct utsname system;
    char cpu[256];
    /* Empty names then; see the head of this file. */
    if (uname(&system) != 0)
        memset(&system, 0, sizeof system);
    read_cpu_model(cpu, sizeof cpu);
    double memory_b = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    /* Names that are not UTF-8 make json_pack fail: such a host is described by {}. */
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:I, s:f}", "node", system.nodename, "kernel",
                               system.release, "machine", system.machine, "cpu", cpu, "cpus",
                               (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "memory_b", memory_b);
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    /* Jansson allocates by malloc; what leaves this function is the context's. */
    char *copy = eco_strdup(ctx, text ? text : "{}");
    free(text);
    json_decref(object);
    return copy;
}
