/*
 * The seam between the meter and what it reads: a source kind is one ops table (SUNDIALS style) and
 * what it found on this machine is a set of channels, one per counter.
 *
 * Adding a kind: one .c file with an eco_source_ops, one line in registry.c, one line in
 * tests/contract/meter_contract.c.
 * Call order: probe (may open any number of channels), read for each channel again and again,
 * settle per window if given, close per channel.  Owner: the set owns its channels; a channel owns
 * `state` through its close.  Threads: read is called from any thread, of one source at a time, and
 * must not allocate through the context.  That of a fast kind runs with the session's lock held and
 * must not block; that of a slow kind runs outside it and must come back after its own timeout.
 * All else runs on the caller's thread.
 */
#ifndef ECO_METER_SOURCE_H
#define ECO_METER_SOURCE_H

#include "core/ctx.h"
#include "meter/counter.h"
#include "meter/io.h"
#include "meter/topology.h"

#include <ecopt/meter.h>

typedef struct eco_channel eco_channel;
typedef struct eco_channel_set eco_channel_set;
typedef struct eco_source_ops eco_source_ops;

/** One reading; is_power tells which field counts. */
typedef struct eco_reading {
    bool is_power;
    uint64_t energy_uj;
    double power_w;
    double time_s;  /* of a slow kind that knows better than the middle of the call; 0 = does not */
    unsigned flags; /* ECOPT_FLAG_* that hold now, e.g. that others use the card */
} eco_reading;

/** What settle gets to know of a window besides its counter's energy. */
typedef struct eco_span {
    double time_s;
    double cpu_s;         /* NaN = not known */
    double foreign_cpu_s; /* of others, NaN = not known; see meter/load.h */
    double wait_s;        /* most by which others lengthened the window */
} eco_span;

struct eco_channel {
    char name[48];
    char domain[64]; /* what it measures, e.g. "package-0": two channels of one are never added */
    const eco_source_ops *ops;
    void *state; /* the source's own, freed by its close */
    eco_counter counter;
    ecopt_quality quality;
    double unit_j; /* smallest step, 0 = not known */
    double gain_lo, gain_hi;
    double poll_s;       /* of a slow kind: between two readings, 0 = 1 s */
    bool takes_check;    /* in a window where a check of it is surer, that value stands */
    eco_scope scope;     /* of the domain */
    bool is_selected;    /* of a kind that is wanted, else listed only */
    bool is_counted;     /* in the total; set by eco_topology_choose, like check_of */
    const char *note;    /* fixed text for the listing, or NULL */
    unsigned seen_flags; /* of the last reading that had any */
    double seen_s;       /* its time */
    bool may_rest;       /* may honestly use nothing for long (GPU part of an idle chip) */
    int mirror_of;       /* index of the channel whose counter this one repeats; -1 = none */
    int check_of;        /* index of the counted channel that this one checks; -1 = none */
    uint32_t group; /* bits of the channels that contain `inner` together; 0 = nothing to compare */
    uint32_t inner; /* bits of the disjoint channels inside that group */
    int info;       /* its line of the listing; -1 = none */
    const char *counter_of; /* of a replayed channel, instead of its kind's; or NULL */
};

struct eco_source_ops {
    int version; /* of this table: ECO_SOURCE_VERSION */
    const char *kind;
    bool is_automatic;      /* part of "auto" */
    bool may_have_argument; /* named alone, or as "kind:argument" for one of what it finds */
    bool has_argument;      /* named as "kind:argument", once per argument */
    bool is_slow; /* a reading may take long (network, a program): taken outside the lock */
    /** Adds channels and infos to the set; ECOPT_OK also when nothing is there. */
    ecopt_status (*probe)(eco_channel_set *set, const char *argument);
    /** Current value; 0 or -errno.  NULL: nothing to read (replay). */
    int (*read)(const eco_io *io, eco_channel *channel, eco_reading *ret);
    /** Replaces the counter's view of a window; NULL: the counter's view stands. */
    void (*settle)(const eco_channel *channel, const eco_span *span, ecopt_source_energy *energy);
    /** Judges an argument without touching the machine; NULL: any will do. */
    ecopt_status (*check)(ecopt_ctx *ctx, const char *argument);
    /** Releases `state`. */
    void (*close)(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel);
    /** Hardware counter that kinds of the same text read, so that their bands err alike; or NULL.
     */
    const char *counter_of;
};

#define ECO_SOURCE_VERSION 1

/** What probing collects. */
struct eco_channel_set {
    ecopt_ctx *ctx;               /* borrowed */
    const eco_io *io;             /* borrowed */
    const char *nvml_path;        /* borrowed; NULL = default */
    const char *calibration_path; /* borrowed; NULL = ECO_CALIBRATION_PATH */
    eco_wish wish;                /* which total */
    bool is_selected;             /* kind now being probed is wanted: else it only reports */
    bool is_gpu_missing;          /* a wanted card cannot be read */
    size_t n_dropped;             /* channels that belong in the total but found no room */
    size_t n_channels;
    eco_channel channels[ECOPT_METER_SOURCES_MAX];
    size_t n_infos;
    ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
};

/** All kinds, in the order in which "auto" tries them. */
const eco_source_ops *const *eco_source_registry(size_t *ret_n);

/** Kind by name of n bytes; NULL if there is none. */
const eco_source_ops *eco_source_find(const char *kind, size_t n);

/**
 * New channel; two channels of one domain measure the same thing.
 *
 * The caller fills state, counter, quality and units at once.  NULL when the set is full: the
 * source reports nothing more.
 */
eco_channel *eco_set_add(eco_channel_set *set, const eco_source_ops *ops, eco_scope scope,
                         const char *domain);

/** Reports a channel (readable) once its fields are set; range_j 0 = it does not wrap. */
void eco_set_describe(eco_channel_set *set, eco_channel *channel, double range_j);

/** Reports what is not there or not readable; `error` is the -errno of the attempt, 0 = absent. */
void eco_set_missing(eco_channel_set *set, const eco_source_ops *ops, ecopt_quality quality,
                     int error, const char *reason, const char *remedy);

/** Chooses the total and says in the listing what became of each channel; after all probing. */
void eco_set_conclude(eco_channel_set *set);

/** Closes all channels. */
void eco_set_release(eco_channel_set *set);

/** One reading of a fast channel, taken and classified; ret_time_s is when. */
eco_event eco_channel_read(const eco_io *io, eco_channel *channel, bool has_slept,
                           eco_reading *ret_reading, double *ret_time_s);

/**
 * One reading of a slow channel, not yet classified: may block, touches nothing but `state`.
 *
 * @param[out] ret_time_s  middle between before and after, unless the source knows better
 * @return 0 or -errno
 */
int eco_channel_fetch(const eco_io *io, eco_channel *channel, eco_reading *ret_reading,
                      double *ret_time_s);

/** What was fetched, classified; is_ok false is a reading that failed. */
eco_event eco_channel_take(eco_channel *channel, const eco_reading *reading, double time_s,
                           bool is_ok, bool has_slept);

extern const eco_source_ops eco_source_rapl_perf;
extern const eco_source_ops eco_source_rapl_powercap;
extern const eco_source_ops eco_source_helper;
extern const eco_source_ops eco_source_nvml;
extern const eco_source_ops eco_source_hwmon;
extern const eco_source_ops eco_source_jetson;
extern const eco_source_ops eco_source_battery;
extern const eco_source_ops eco_source_cray;
extern const eco_source_ops eco_source_dcmi;
extern const eco_source_ops eco_source_msr;
extern const eco_source_ops eco_source_plug;
extern const eco_source_ops eco_source_command;
extern const eco_source_ops eco_source_file;
extern const eco_source_ops eco_source_slurm;
extern const eco_source_ops eco_source_calibrated;
extern const eco_source_ops eco_source_model;
extern const eco_source_ops eco_source_replay;

#endif
