/*
 * Control groups (cgroup v2): a group of its own for the processes of each phase.
 *
 * In a group of its own the kernel keeps limits of memory, processes and CPUs for a whole tree of
 * processes, counts its CPU time to the microsecond, says whether memory ran out, and ends the tree
 * at one stroke.  Whether groups may be made is the system's to say: eco_cgroup_find looks for a
 * place once, and says in words what cannot be had there and why.  Without a place everything else
 * works as before, by the process group and the subreaper of trial/supervisor.h.
 *
 * A place is a group that the kernel lets us write to, which is how a subtree is delegated (kernel
 * documentation, cgroup-v2, "Delegation"): our own group, or the nearest one above it.  Only groups
 * that we made ourselves are ever changed, moved into or removed, with one exception: when we are
 * alone in our own group, we step into a leaf below it and hand controllers down, since a group
 * with processes cannot do both; eco_cgroup_release undoes that.
 *
 * Call order: eco_cgroup_find, then for each phase eco_cgroup_open, the fork, eco_cgroup_read,
 * eco_cgroup_close; at last eco_cgroup_release.  Owner: the caller.  Threads: a place may be shared
 * by threads, each with one open group at a time.
 */
#ifndef ECO_TRIAL_CGROUP_H
#define ECO_TRIAL_CGROUP_H

#include "core/ctx.h"

#include <sched.h>

/** Bytes of a reason and of a group's name. */
enum { ECO_CGROUP_REASON_B = 200, ECO_CGROUP_NAME_B = 48 };

/** What a tree of processes may use. */
typedef struct eco_limits {
    double memory_b;       /* 0: no limit */
    int64_t pids;          /* 0: no limit */
    const cpu_set_t *cpus; /* NULL: no limit */
} eco_limits;

/** What the kernel may be asked to keep in a group. */
typedef enum eco_controller {
    ECO_CONTROLLER_MEMORY,
    ECO_CONTROLLER_PIDS,
    ECO_CONTROLLER_CPUSET,
    ECO_CONTROLLERS_N
} eco_controller;

/** Where groups can be made; constant once found. */
typedef struct eco_cgroup_place {
    ecopt_ctx *ctx;                    /* borrowed */
    char *system_root;                 /* owned; "" or a test's */
    char *path;                        /* owned; NULL: no group can be made */
    char *leaf;                        /* owned; group that we stepped into, or NULL */
    bool is_handed[ECO_CONTROLLERS_N]; /* by us, to be taken back */
    bool has[ECO_CONTROLLERS_N];       /* limits of that kind can be kept */
    char why[ECO_CONTROLLERS_N][ECO_CGROUP_REASON_B]; /* otherwise: why not */
} eco_cgroup_place;

/** One group; descriptors are close-on-exec, -1 where there is none. */
typedef struct eco_cgroup {
    int place_fd, dir_fd, procs_fd, kill_fd;
    char name[ECO_CGROUP_NAME_B];
} eco_cgroup;

/** What a group used. */
typedef struct eco_cgroup_use {
    double cpu_s;      /* user + system; NaN not known */
    double peak_b;     /* most memory at once; NaN not known */
    int64_t oom_kills; /* processes that the kernel ended for want of memory in the group */
} eco_cgroup_use;

/** A group that is none: eco_cgroup_close of it does nothing. */
#define ECO_CGROUP_NONE    \
    {                      \
        -1, -1, -1, -1, "" \
    }

/** Word of a controller: "memory", "pids", "cpuset". */
const char *eco_controller_name(eco_controller controller);

/**
 * Looks where groups can be made.  Never fails for want of rights: the place then has no path and
 * says why.
 *
 * @param[in]  system_root  "" or NULL: the real one; else a folder with proc and sys (tests)
 * @param[in]  wants_limits  a controller is needed: only then anything outside of our own new
 *                           groups may be changed (see above)
 * @param[out] ret_place    release with eco_cgroup_release; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_cgroup_find(ecopt_ctx *ctx, const char *system_root,
                                          bool wants_limits, eco_cgroup_place *ret_place);

/** Undoes what eco_cgroup_find changed and frees; a zeroed place is allowed. */
void eco_cgroup_release(eco_cgroup_place *place);

/**
 * Makes a group and sets those of the limits that the place can keep.
 *
 * @param[in]  limits     NULL: none
 * @param[out] ret_group  caller closes with eco_cgroup_close; ECO_CGROUP_NONE on failure
 * @return ECOPT_OK; ECOPT_E_SPAWN (the kernel refused; the message names file and cause)
 */
ECOPT_NODROP ecopt_status eco_cgroup_open(const eco_cgroup_place *place, const eco_limits *limits,
                                          eco_cgroup *ret_group);

/** What the group used so far; unknown numbers where it cannot be read. */
eco_cgroup_use eco_cgroup_read(const eco_cgroup *group);

/** Ends every process of the group at once.  Async-signal-safe.  @return the kernel took it */
bool eco_cgroup_kill(int kill_fd);

/** Ends what is left in the group, removes it and closes the descriptors. */
void eco_cgroup_close(eco_cgroup *group);

/**
 * Number behind `key` in a file of "KEY NUMBER" lines, as memory.events, cpu.stat and /proc/vmstat
 * are.
 *
 * @param[in] dir_fd  folder that `name` is seen from, or AT_FDCWD
 * @return the number, -1 when it cannot be read
 */
int64_t eco_cgroup_number(int dir_fd, const char *name, const char *key);

/** How often the kernel has ended a process for want of memory since it started, -1 not known. */
int64_t eco_system_oom_kills(const char *system_root);

#endif
