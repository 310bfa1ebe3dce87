/*
 * Energy of a piece of work: which sources this machine has, and joules of windows with their
 * uncertainty and quality label.
 *
 * Call order: ecopt_meter_open; then for each piece of work ecopt_meter_begin, the work,
 * ecopt_meter_end (or ecopt_meter_abandon); ecopt_meter_close.  Windows may nest and overlap; what
 * a counter used while two windows were open is in both, and both carry ECOPT_FLAG_OVERLAP.
 *
 * Owner: the caller owns the meter; a window belongs to its meter until end or abandon frees it.
 * Threads: a meter is used by the thread that uses its context.  Inside, one thread reads the
 * counters while a window is open; it blocks all signals and holds only close-on-exec descriptors,
 * so the process may fork and exec meanwhile.
 * Limits: ECOPT_METER_SOURCES_MAX sources.  Missing energy is NaN with ECOPT_QUALITY_UNMEASURABLE,
 * never 0.  What each label means and what is left out is in docs/energy.md.
 */
#ifndef ECOPT_METER_H
#define ECOPT_METER_H

#include <ecopt/ctx.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most sources of one meter, and of one ecopt_energy. */
#define ECOPT_METER_SOURCES_MAX 16

/* X(name, value, text), strongest first: a larger value is a weaker claim. */
#define ECOPT_QUALITY_MAP(X)                         \
    X(MEASURED_WALL, 0, "measured-wall")             \
    X(MEASURED_COUNTER, 1, "measured-counter")       \
    X(MEASURED_SAMPLED, 2, "measured-sampled")       \
    X(MODELLED_CALIBRATED, 3, "modelled-calibrated") \
    X(MODELLED_GENERIC, 4, "modelled-generic")       \
    X(UNMEASURABLE, 5, "unmeasurable")

/** Where a number of joules comes from; a total has the weakest label of its parts. */
typedef enum ecopt_quality {
#define ECOPT_QUALITY_ENUM(name, value, text) ECOPT_QUALITY_##name = (value),
    ECOPT_QUALITY_MAP(ECOPT_QUALITY_ENUM)
#undef ECOPT_QUALITY_ENUM
} ecopt_quality;

/** Text of a label, e.g. "measured-counter"; a fixed text outside the enum.  Static storage. */
ECOPT_API const char *ecopt_quality_name(ecopt_quality quality);

/**
 * Label from its text.
 *
 * @return true and sets *ret_quality, or false when text is NULL or not a label
 */
ECOPT_API bool ecopt_quality_parse(const char *text, ecopt_quality *ret_quality);

/* X(name, bit, text, meaning) */
#define ECOPT_FLAG_MAP(X)                                                                     \
    X(SUSPEND, 0, "suspend", "the machine slept during the window")                           \
    X(RESET, 1, "reset", "a counter restarted; the lost energy is bounded")                   \
    X(GAP, 2, "gap", "part of the window was not observed")                                   \
    X(SHORT, 3, "short", "the window is shorter than 41 counter periods")                     \
    X(AMBIGUOUS, 4, "ambiguous", "readings so far apart that a wrap may be hidden")           \
    X(STUCK, 5, "stuck", "a counter did not move")                                            \
    X(MISS, 6, "miss", "a reading failed")                                                    \
    X(OVERLAP, 7, "overlap", "another window was open at the same time")                      \
    X(DISAGREE, 8, "disagree", "two sources of one domain disagree")                          \
    X(MIRROR, 9, "mirror", "a second counter repeats this one and is not added")              \
    X(LOST, 10, "lost", "a source of the total went away")                                    \
    X(NO_GPU, 11, "no-gpu", "there is a GPU whose energy is not included")                    \
    X(REPLAY, 12, "replay", "numbers of a recorded trace, not of this run")                   \
    X(FOREIGN_LOAD, 13, "foreign-load", "other processes used the machine during the window") \
    X(SHARED, 14, "shared", "other processes may have used a counted GPU, or MIG is on")      \
    X(THROTTLE, 15, "throttle", "a processor or GPU was slowed down by heat or its supply")

/** Bits of `flags`. */
typedef enum ecopt_flag {
#define ECOPT_FLAG_ENUM(name, bit, text, meaning) ECOPT_FLAG_##name = 1 << (bit),
    ECOPT_FLAG_MAP(ECOPT_FLAG_ENUM)
#undef ECOPT_FLAG_ENUM
} ecopt_flag;

/** Number of flags; bit numbers are 0 to ECOPT_FLAG_COUNT - 1. */
#define ECOPT_FLAG_COUNT 16

/** Short name of one bit, e.g. "gap"; "" when `flag` is not exactly one bit.  Static storage. */
ECOPT_API const char *ecopt_flag_name(unsigned flag);

/** What one bit says, lower case; "" when `flag` is not exactly one bit.  Static storage. */
ECOPT_API const char *ecopt_flag_meaning(unsigned flag);

/** Writes the names of all set bits, comma separated ("" for none), cut to room_b bytes. */
ECOPT_API void ecopt_flags_format(unsigned flags, char *text, size_t room_b);

/** What one source contributes to a window. */
typedef struct ecopt_source_energy {
    char name[48];   /* e.g. "rapl-perf package-0" */
    double energy_j; /* >= 0, NaN = missing */
    double u95_j;    /* as in ecopt_energy */
    double gain_lo, gain_hi;
    double gap_s; /* part of the window that was bounded, not seen */
    ecopt_quality quality;
    unsigned flags;  /* ECOPT_FLAG_* */
    bool is_counted; /* part of the total; else a cross-check, or contained in another source */
} ecopt_source_energy;

/** Energy of one window: the sum of the counted, disjoint sources. */
typedef struct ecopt_energy {
    double energy_j; /* >= 0; NaN = missing, with quality UNMEASURABLE */
    double u95_j;    /* half width, 95 %, for comparing on this machine: counter period, gaps */
    double gain_lo;  /* true energy / energy_j lies in gain_lo..gain_hi by what is known of the */
    double gain_hi;  /* source; common to all windows, does not shrink with repeats */
    double time_s;   /* length of the window (monotonic clock; of the trace when replayed) */
    double gap_s;    /* longest gap among the counted sources */
    double coverage_ratio; /* 1 - gap_s / time_s, 0..1 */
    double cpu_s;          /* as given to ecopt_meter_end; NaN = not known */
    ecopt_quality quality; /* weakest of the counted sources */
    unsigned flags;        /* all flags of the counted sources and of the window */
    size_t n_sources;
    ecopt_source_energy sources[ECOPT_METER_SOURCES_MAX];
    double foreign_cpu_s; /* CPU seconds others used meanwhile, stolen ones included; NaN = not */
                          /* known (no /proc/stat, no cpu_s, or read back from a store) */
} ecopt_energy;

/** Energy that adds nothing: 0 J in 0 s, strongest label; the start of a sum. */
ECOPT_API void ecopt_energy_clear(ecopt_energy *energy);

/**
 * Adds one window to a sum of consecutive windows (phases of a trial).
 *
 * Joules, seconds and gaps add; u95_j adds in quadrature (independent); the gain band is the
 * energy-weighted mean; quality is the weaker one, flags unite, NaN stays NaN.  Sources are merged
 * by name; those beyond ECOPT_METER_SOURCES_MAX are left out of the list, not of the total.
 */
ECOPT_API void ecopt_energy_add(ecopt_energy *sum, const ecopt_energy *term);

/** Size-versioned options: `size` = sizeof of the caller's struct; zero or NULL = default. */
typedef struct ecopt_meter_options {
    size_t size;
    const char *sources;     /* "auto" (default), "none", or a comma list of kinds, such as */
                             /* "rapl-perf" or "replay:FILE": docs/energy.md */
    const char *require;     /* weakest label allowed: NULL (any), "measured", or a label's text */
    const char *system_root; /* prefix of /sys, /proc and /dev; "" or NULL = the real ones */
    const char *nvml_path;   /* NULL = "libnvidia-ml.so.1" */
    double interval_s;       /* sampling interval, 0 = 0.1; 0.01 to 10 */
    const char *record_path; /* NULL, or the trace file to write (replaced) */
    bool is_resumed;         /* go on with the trace of record_path instead, if there is one */
    const char *calibration_path; /* file of ecopt calibrate; NULL = /etc/ecopt/calibration */
    const char *total;            /* "parts" (packages, memory, GPUs), "whole" (the widest that */
                                  /* contains the CPUs), "auto" or NULL (parts if packages count) */
    const char *edges; /* most that begin and end of a window wait for a counter's next update: */
                       /* "250ms", at most 2 s; "aligned" or NULL = 5 ms; "free" = do not wait */
} ecopt_meter_options;

#define ECOPT_METER_OPTIONS_INIT                                  \
    {                                                             \
        sizeof(ecopt_meter_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/** Checks options without touching the machine: kinds, label, interval; for study files.
 *
 * @return ECOPT_OK, ECOPT_E_NAME (a kind, label, total or word for edges that does not exist; the
 * hint names the closest), ECOPT_E_ARG, ECOPT_E_RANGE (interval, edges), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_meter_check(ecopt_ctx *ctx,
                                                      const ecopt_meter_options *options);

/**
 * Overwrites user and password of addresses ("plug:http://USER:PASSWORD@HOST", or of any other
 * kind) by as many '*', for whoever shows or keeps a list of sources, or a text that holds one.
 *
 * @param text  changed in place; NULL is allowed
 */
ECOPT_API void ecopt_meter_hide_logins(char *text);

typedef struct ecopt_meter ecopt_meter;
typedef struct ecopt_window ecopt_window;

/** What a window is of; the key under which a replayed trace finds it. */
typedef struct ecopt_window_key {
    int64_t ordinal;   /* trial number, >= 0 */
    const char *phase; /* phase name, borrowed for the call; NULL = "" */
} ecopt_window_key;

/**
 * Finds and opens the sources.
 *
 * "auto" takes RAPL by perf, else by powercap; all NVIDIA GPUs; and the generic model when no CPU
 * counter can be read, so it never fails for want of hardware.  A named kind must work.
 *
 * @param[in]  options   NULL for defaults; copied
 * @param[out] ret_meter caller owns, closes with ecopt_meter_close; unchanged on failure
 * @return ECOPT_OK, what ecopt_meter_check returns, ECOPT_E_METER_NONE (a named kind is not there),
 *         ECOPT_E_METER_PERM (there, not readable; the hint mends it), ECOPT_E_METER_REQUIRE,
 *         ECOPT_E_PARSE and ECOPT_E_NOT_FOUND (trace), ECOPT_E_IO (trace), ECOPT_E_INTERNAL (no
 *         thread), ECOPT_E_LIMIT (trace too large, or more than ECOPT_METER_SOURCES_MAX counted
 *         sources), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_meter_open(ecopt_ctx *ctx,
                                                     const ecopt_meter_options *options,
                                                     ecopt_meter **ret_meter);

/**
 * Stops the thread, frees open windows, closes the sources; NULL is allowed.
 *
 * @return ECOPT_OK, ECOPT_E_IO (the recorded trace could not be written; all is released anyway)
 */
ECOPT_API ecopt_status ecopt_meter_close(ecopt_meter *meter);

/** Weakest label that a window of this meter has when all goes well. */
ECOPT_API ecopt_quality ecopt_meter_quality(const ecopt_meter *meter);

/**
 * Opens a window and reads all sources at once.
 *
 * Counters that update often enough for options.edges are read right behind an update, for which
 * this waits; ecopt_meter_end waits for the one behind the end.  Neither wait is in the window.
 *
 * @param[in]  key        copied; NULL = {0, ""}
 * @param[out] ret_window freed by ecopt_meter_end or ecopt_meter_abandon; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (negative ordinal), ECOPT_E_NOMEM.  A source that cannot be read is
 *         no error here: ecopt_meter_end reports it by gap, flags and label.
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_meter_begin(ecopt_meter *meter,
                                                      const ecopt_window_key *key,
                                                      ecopt_window **ret_window);

/**
 * Reads all sources, closes the window and frees it (also on failure).
 *
 * @param[in]  cpu_s  CPU seconds of the metered command tree (user + system), NaN if not known;
 *                    used by the model, recorded with the window
 * @param[out] ret    filled always on ECOPT_OK; energy_j may be NaN; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (NULL)
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_meter_end(ecopt_meter *meter, ecopt_window *window,
                                                    double cpu_s, ecopt_energy *ret);

/**
 * What a window has so far; it stays open and its result is not touched.
 *
 * Slow sources (network, programs) count as of their last reading.
 *
 * @param[in]  cpu_s  as in ecopt_meter_end; NaN: a model takes the CPU time of the whole machine
 * @param[out] ret    filled on ECOPT_OK
 * @return ECOPT_OK, ECOPT_E_ARG (NULL), ECOPT_E_UNSUPPORTED (a trace is replayed)
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_meter_peek(ecopt_meter *meter, const ecopt_window *window,
                                                     double cpu_s, ecopt_energy *ret);

/** Closes a window without a result and frees it; NULL is allowed. */
ECOPT_API void ecopt_meter_abandon(ecopt_meter *meter, ecopt_window *window);

/** What is known of one source, or of one kind that was not found, for `ecopt doctor`. */
typedef struct ecopt_source_info {
    char name[48];            /* "rapl-perf package-0", or the kind alone when nothing was found */
    char kind[24];            /* of `sources`, without an argument */
    ecopt_quality quality;    /* label its numbers have (or would have) */
    bool is_found;            /* hardware and driver are there */
    bool is_readable;         /* this process can read it now */
    bool is_used;             /* counted in the total under these options */
    double update_period_s;   /* nominal time between two counter updates; NaN = not known */
    double unit_j;            /* smallest step; NaN = not known */
    double range_j;           /* energy at which the counter wraps; NaN = it does not */
    char reason[192];         /* why it is used, or not; lower case, no full stop */
    char remedy[320];         /* the line that mends it; "" when nothing needs mending */
    double measured_period_s; /* mean time between two changes as seen while describing; NaN = too
                                 slow to be seen, or not looked at (an open meter) */
} ecopt_source_info;

/** Room for every source and every kind not found: 25 KiB, so allocate it. */
#define ECOPT_SOURCE_INFO_MAX 40

/**
 * Lists every kind of source the library knows, found or not, as ecopt_meter_open would see them;
 * kinds that need an argument (a plug's address) only where they are named.
 *
 * @param[in]  options   NULL for defaults; `require` and `record_path` are ignored
 * @param[out] ret_infos room for ECOPT_SOURCE_INFO_MAX entries, the caller's
 * @param[out] ret_n     entries written
 * @return ECOPT_OK, what ecopt_meter_check returns, ECOPT_E_NOMEM; a missing or unreadable source
 *         is no error
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_meter_describe(ecopt_ctx *ctx,
                                                         const ecopt_meter_options *options,
                                                         ecopt_source_info *ret_infos,
                                                         size_t *ret_n);

/** The same list for an open meter (to be stored with a study); borrowed from the meter. */
ECOPT_API const ecopt_source_info *ecopt_meter_infos(const ecopt_meter *meter, size_t *ret_n);

/**
 * Yearly mean carbon intensity of a country's electricity.
 *
 * Data: Ember, and Our World in Data for a few countries, both CC BY 4.0.  Two such tables differ
 * by 4 % in the median and by 50 % for one country in twenty; a figure made with it says its year
 * and source.
 *
 * @param[in]  iso3   ISO 3166-1 alpha-3 code, any case, or "WLD" for the world
 * @param[out] ret_g_per_kwh  grams CO2-equivalent per kWh of electricity
 * @param[out] ret_year       year of the figure; may be NULL
 * @param[out] ret_source     "Ember" or "OWID", static storage; may be NULL
 * @return ECOPT_OK, ECOPT_E_ARG (NULL), ECOPT_E_NOT_FOUND (no such country in the table); outputs
 *         unchanged on failure
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_carbon_factor(const char *iso3, double *ret_g_per_kwh,
                                                        int *ret_year, const char **ret_source);

#ifdef __cplusplus
}
#endif

#endif
