/* What RAPL needs to know of the processor: whose it is, and which of the kernel's tables it is in.
 */
#include "meter/rapl.h"

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
