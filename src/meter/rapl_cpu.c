/* What RAPL needs to know of the processor: whose it is, and which of the kernel's tables it is in.
 */
#include "meter/rapl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "model\t\t: 143" of the first processor. */
static long field_of(const char *text, const char *name)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t n = strlen(name);
        const char *colon = strchr(line, ':');
        if (strncmp(line, name, n) == 0 && (line[n] == '\t' || line[n] == ':') && colon)
            return strtol(colon + 1, NULL, 10);
    }
    return -1;
}

void eco_rapl_processor_read(const eco_io *io, eco_rapl_processor *ret)
{
    char text[1024];
    (void)eco_io_text(io, "/proc/cpuinfo", text, sizeof text);
    /* Hygon's are AMD's of family 17h. */
    ret->is_amd = strstr(text, "AuthenticAMD") || strstr(text, "HygonGenuine");
    ret->is_intel = strstr(text, "GenuineIntel") != NULL;
    ret->family = field_of(text, "cpu family");
    ret->model = field_of(text, "model");
}

bool eco_rapl_is_sapphire(const eco_rapl_processor *cpu)
{
    return cpu->is_intel && cpu->family == 6 && (cpu->model == 0x8F || cpu->model == 0xCF);
}

int eco_rapl_package_cpus(const eco_io *io, int *cpus, int room_n)
{
    char text[128];
    long length = eco_io_text(io, "/sys/bus/event_source/devices/power/cpumask", text, sizeof text);
    if (length < 0)
        return (int)length;
    int n = 0;
    /* A list of ranges, as the kernel prints CPU masks. */
    for (char *next = text; *next != '\0';) {
        char *end = NULL;
        long from = strtol(next, &end, 10), to = from;
        if (end == next)
            return -EINVAL;
        if (*end == '-')
            to = strtol(end + 1, &end, 10);
        for (long cpu = from; cpu >= 0 && cpu <= to && cpu < 65536 && n < room_n; cpu++)
            cpus[n++] = (int)cpu;
        next = *end == ',' ? end + 1 : end;
        if (*end != ',' && *end != '\0')
            return -EINVAL;
    }
    return n;
}
