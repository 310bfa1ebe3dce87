/*
 * What the CPUs of this machine did while a window was open, and how much of it was not the metered
 * command: from the first line of /proc/stat.
 *
 * Why: energy is charged to a window as a whole.  A counter contains the work of every program, and
 * the model charges idle power for as long as the window was open, waiting for others included.
 * Neither can be subtracted honestly, but both can be seen, flagged and, for the model, bounded.
 *
 *     foreign_cpu_s = max(0, busy - cpu_s - own) + steal
 *
 * busy   all CPUs' user, nice, system, irq and softirq time (kernel: Documentation/filesystems/
 *        proc.rst, 1.7); guests that this machine runs are a part of user
 * cpu_s  of the metered command and its waited-for children; without it only steal is foreign
 * own    of the metering process itself (CLOCK_PROCESS_CPUTIME_ID)
 * steal  time in which a virtual CPU had work and the host ran something else
 *
 * Call order: open, mark at both ends of a window, between, close.  Owner: the caller's struct.
 * Threads: mark may be called from any thread, one at a time; between is pure.
 * Limits: /proc/stat counts in ticks (10 ms), so less than one tick per CPU cannot be told from
 * nothing and counts as nothing; kernel threads that work for the command count as foreign.
 */
#ifndef ECO_METER_LOAD_H
#define ECO_METER_LOAD_H

#include "meter/heat.h"
#include "meter/io.h"

/** Foreign share of all CPUs' time from which a window is flagged: a twentieth. */
#define ECO_LOAD_FOREIGN_RATIO 0.05

/** An open /proc/stat. */
typedef struct eco_load {
    int fd;        /* -1 = there is none: marks fail with -ENOENT */
    long n_cpu;    /* CPUs that are online, at least 1 */
    double tick_s; /* step of the counts; USER_HZ, 100 on every Linux so far */
    eco_heat heat; /* thermal events; empty until its own open */
} eco_load;

/** Counts at a moment, since boot; of the process for own_s. */
typedef struct eco_load_mark {
    bool is_read;
    double busy_s, steal_s, own_s;
    uint64_t n_throttled; /* thermal events; also when is_read is false */
} eco_load_mark;

/** What happened between two marks. */
typedef struct eco_load_share {
    double foreign_cpu_s; /* CPU time used by others, NaN = not known */
    double wait_s;        /* most by which it can have lengthened the window, >= 0 */
    bool is_throttled;    /* processors were slowed down by heat */
    bool is_foreign;      /* more than ECO_LOAD_FOREIGN_RATIO of the machine and a tick per CPU */
} eco_load_share;

/** Opens /proc/stat below the io's root and counts the CPUs; never fails, see fd. */
void eco_load_open(const eco_io *io, eco_load *ret_load);

/** Closes what open opened; allowed twice and without a descriptor (fd -1). */
void eco_load_close(const eco_io *io, eco_load *load);

/** Reads the counts; 0 or -errno, with is_read false. */
int eco_load_read(const eco_io *io, eco_load *load, eco_load_mark *ret_mark);

/**
 * Foreign use between two marks that are time_s apart; cpu_s of the command, NaN = not known.
 *
 * wait_s = 0 while foreign_cpu_s <= n_cpu tick_s (not seen), else
 *          min(foreign_cpu_s + n_cpu tick_s, time_s - w / n_cpu)
 * with w = cpu_s, or 0 when that is not known.  First term: every foreign CPU second
 * delays at most one second, if all threads of the command wait for the same one.  Second: on n_cpu
 * CPUs, w CPU seconds take w / n_cpu even on an empty machine.
 */
eco_load_share eco_load_between(const eco_load *load, const eco_load_mark *start,
                                const eco_load_mark *end, double time_s, double cpu_s);

/** Parses the first line of /proc/stat into ticks; 0 or -EINVAL. */
int eco_load_parse(const char *text, uint64_t *ret_busy, uint64_t *ret_steal);

#endif
