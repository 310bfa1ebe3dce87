/*
 * Reads /proc/stat; what is made of it and why is in load.h.
 */
#include "meter/load.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT "/proc/stat"

/* Enough for the "cpu" line and 60 more; further CPUs are counted by sysconf. */
#define STAT_B 3072

/* Fields of the "cpu" line in the kernel's order. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };

int eco_load_parse(const char *text, uint64_t *ret_busy, uint64_t *ret_steal)
{
    uint64_t ticks[FIELDS] = {0};
    if (strncmp(text, "cpu ", 4) != 0)
        return -EINVAL;
    const char *next = text + 4;
    for (int field = 0; field < FIELDS; field++) {
        next += strspn(next, " ");
        /* Kernels before 2.6.11 have no steal field; the seven before it are required. strtoull
         * would take a sign, or walk on to the next line. */
        if (*next < '0' || *next > '9') {
            if (field == STEAL && (*next == '\n' || *next == '\0'))
                break;
            return -EINVAL;
        }
        char *end = NULL;
        ticks[field] = strtoull(next, &end, 10);
        next = end;
    }
    /* Idle and iowait are the two in which a CPU does nothing. */
    *ret_busy = ticks[USER] + ticks[NICE] + ticks[SYSTEM] + ticks[IRQ] + ticks[SOFTIRQ];
    *ret_steal = ticks[STEAL];
    return 0;
}

/* Offline CPUs have no line; a CPU that comes or goes during a window shifts the bounds by its
 * share, which is not worth a second count at every window.
 * "cpuN" lines of /proc/stat: the CPUs that are online in this guest. */
static long count_cpus(const eco_io *io)
{
    char text[STAT_B];
    long n = 0;
    if (eco_io_text(io, STAT, text, sizeof text) < 0)
        text[0] = '\0';
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        n += strncmp(line, "cpu", 3) == 0 && line[3] >= '0' && line[3] <= '9';
    }
    /* More CPUs than the buffer holds lines for: then the C library is asked. */
    bool is_cut = strlen(text) == sizeof text - 1;
    long online = n == 0 || is_cut ? sysconf(_SC_NPROCESSORS_ONLN) : n;
    return online > 0 ? online : 1;
}

void eco_load_open(const eco_io *io, eco_load *ret_load)
{
    long ticks_per_s = sysconf(_SC_CLK_TCK);
    /* Absent in some sandboxes: then nothing is known of others, which is no failure. */
    int fd = eco_io_open(io, STAT);
    ret_load->fd = fd < 0 ? -1 : fd;
    ret_load->n_cpu = count_cpus(io);
    ret_load->heat.n = 0;
    ret_load->tick_s = 1.0 / (double)(ticks_per_s > 0 ? ticks_per_s : 100);
}

void eco_load_close(const eco_io *io, eco_load *load)
{
    if (load->fd >= 0)
        io->close(io->user, load->fd);
    load->fd = -1;
    eco_heat_close(io, &load->heat);
}

int eco_load_read(const eco_io *io, eco_load *load, eco_load_mark *ret_mark)
{
    /* Only the first line is needed; it comes first. */
    char text[256];
    uint64_t busy = 0, steal = 0;
    memset(ret_mark, 0, sizeof *ret_mark);
    ret_mark->n_throttled = eco_heat_count(io, &load->heat);
    if (load->fd < 0)
        return -ENOENT;
    long n = io->read(io->user, load->fd, text, sizeof text - 1, 0);
    if (n < 0)
        return (int)n;
    text[n] = '\0';
    int status = eco_load_parse(text, &busy, &steal);
    if (status != 0)
        return status;
    ret_mark->is_read = true;
    ret_mark->busy_s = (double)busy * load->tick_s;
    ret_mark->steal_s = (double)steal * load->tick_s;
    ret_mark->own_s = io->now(io->user, ECO_CLOCK_PROCESS);
    return 0;
}

eco_load_share eco_load_between(const eco_load *load, const eco_load_mark *start,
                                const eco_load_mark *end, double time_s, double cpu_s)
{
    eco_load_share share = {.foreign_cpu_s = (double)NAN,
                            .is_throttled = end->n_throttled > start->n_throttled};
    if (!start->is_read || !end->is_read)
        return share;
    /* The counts can step back a little when a CPU goes off line: never less than nothing. */
    double busy_s = fmax(0, end->busy_s - start->busy_s);
    double steal_s = fmax(0, end->steal_s - start->steal_s);
    double own_s = fmax(0, end->own_s - start->own_s);
    double n_cpu = (double)load->n_cpu;
    /* Who was busy is not known without the command's own time; stolen time is nobody's here. */
    double others_s = isnan(cpu_s) ? 0 : fmax(0, busy_s - cpu_s - own_s);
    double foreign_s = others_s + steal_s;
    double unseen_s = n_cpu * load->tick_s;
    if (!isnan(cpu_s))
        share.foreign_cpu_s = foreign_s;
    if (!(foreign_s > unseen_s))
        return share;
    /* Not known: it may have done nothing, and waited all the time. */
    double work_s = isnan(cpu_s) ? 0 : cpu_s;
    share.wait_s = fmax(0, fmin(foreign_s + unseen_s, time_s - work_s / n_cpu));
    share.is_foreign = foreign_s - unseen_s > ECO_LOAD_FOREIGN_RATIO * n_cpu * time_s;
    return share;
}
