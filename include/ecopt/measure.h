/*
 * What repeated measurements say: means with their uncertainty, when to stop, what an idle machine
 * takes, whose joules they are, and which of two programs takes less.
 *
 * Call order for one program: run it until ecopt_power_is_flat (warm-up), run it until
 * ecopt_repeats_judge says stop, ecopt_repeats_mark, ecopt_repeats_summarise.  For two programs:
 * run them in pairs in the order of ecopt_pairs_b_first, then ecopt_pairs_compare.  Nothing here
 * runs a program or reads a meter.
 *
 * Owner: all arrays are the caller's.  Threads: pure functions, but for those that take a context.
 * Half widths are at 95 % and for comparing on one machine; the gain band, which is for absolute
 * joules, does not shrink with repeats (docs/energy.md, "Repeats and comparisons").
 */
#ifndef ECOPT_MEASURE_H
#define ECOPT_MEASURE_H

#include <ecopt/meter.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One repeat of any quantity: joules, watts, joules per token, seconds. */
typedef struct ecopt_repeat {
    double value;            /* NaN: missing */
    double u95;              /* half width of what its source resolves; NaN: not known */
    double gain_lo, gain_hi; /* absolute band, dimensionless */
    ecopt_quality quality;
    unsigned flags;   /* ECOPT_FLAG_* */
    bool is_left_out; /* an outlier with a physical cause, by ecopt_repeats_mark */
} ecopt_repeat;

/** The energy of one window as a repeat. */
ECOPT_API ecopt_repeat ecopt_repeat_of(const ecopt_energy *energy);

/** Flags that are a physical cause for a value far off. */
#define ECOPT_CAUSE_FLAGS                                                               \
    (ECOPT_FLAG_SUSPEND | ECOPT_FLAG_RESET | ECOPT_FLAG_GAP | ECOPT_FLAG_FOREIGN_LOAD | \
     ECOPT_FLAG_THROTTLE)

/** Fewest repeats among which an outlier can be told. */
#define ECOPT_OUTLIER_MIN 5

/**
 * Marks outliers that have a physical cause: those farther than 5 MAD from the median (MAD: median
 * absolute deviation, at least what the source resolves) that carry one of ECOPT_CAUSE_FLAGS.
 * Nothing is marked without a cause, however far it is off, nor among fewer than ECOPT_OUTLIER_MIN.
 *
 * @param[in,out] repeats         n; is_left_out is written
 * @param[out]    ret_n_left_out  may be NULL
 * @return ECOPT_OK, ECOPT_E_NOMEM (nothing is changed)
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_repeats_mark(ecopt_ctx *ctx, ecopt_repeat *repeats,
                                                       size_t n, size_t *ret_n_left_out);

/** n repeats as one value.  The u_ are standard uncertainties in the value's unit. */
typedef struct ecopt_repeats_summary {
    size_t n;          /* repeats in the mean */
    size_t n_left_out; /* marked ones, which are not */
    double mean;       /* NaN when there is none or one is missing */
    double sd;         /* of one repeat; NaN below 2 */
    double cv_ratio;   /* sd / |mean| */
    double u_a;        /* of the mean: max(sd / sqrt n, u_q / sqrt n), u_q alone for n = 1 */
    double u_gap;      /* of what was bounded and not seen */
    double u_idle;     /* as given */
    double freedom;    /* effective degrees of freedom of all three */
    double u95;        /* t sqrt(u_a^2 + u_gap^2 + u_idle^2); NaN: not known */
    double gain_lo, gain_hi;
    ecopt_quality quality; /* weakest */
    unsigned flags;        /* of all repeats in the mean */
    unsigned flags_left_out;
} ecopt_repeats_summary;

/** An uncertainty that comes from elsewhere. */
typedef struct ecopt_u {
    double u;       /* standard uncertainty; 0: none */
    double freedom; /* degrees of freedom, INFINITY when it was not estimated from few values */
} ecopt_u;

/**
 * Mean of the repeats that are not left out, with its uncertainty.
 *
 * u_q is the root mean square of what single repeats resolve (u95 / 1.96).  With a random phase
 * between window and counter the scatter contains it already, so the larger counts, not the sum.
 * Repeats with ECOPT_FLAG_GAP give theirs to u_gap instead, which is added: a bound is no scatter.
 * t is the 0.975 quantile at the effective degrees of freedom (Welch-Satterthwaite, GUM G.4.1; what
 * is not estimated from scatter has infinitely many).
 *
 * @param[in]  repeats  n; n = 0 gives NaN and UNMEASURABLE
 * @param[in]  idle     uncertainty of what was subtracted from every one alike; NULL: none
 * @param[out] ret      always filled
 *
 * Source: JCGM 100:2008 (GUM) 4.2, 5.1.2, G.4.1.  Checked: tests/unit/test_repeats.c (coverage).
 */
ECOPT_API void ecopt_repeats_summarise(const ecopt_repeat *repeats, size_t n, const ecopt_u *idle,
                                       ecopt_repeats_summary *ret);

/** When to stop repeating; 0 = no such limit, but n_min (1) and n_max (10,000). */
typedef struct ecopt_repeat_plan {
    size_t n_min;
    size_t n_max;
    double target_ratio; /* half width / |mean| that is enough */
    double time_max_s;
} ecopt_repeat_plan;

typedef enum ecopt_repeat_verdict {
    ECOPT_REPEAT_GO_ON,
    ECOPT_REPEAT_TARGET, /* sharp enough */
    ECOPT_REPEAT_MOST,   /* n_max reached */
    ECOPT_REPEAT_TIME    /* one more would end after time_max_s */
} ecopt_repeat_verdict;

/** Fewest repeats before a target may end them: fewer agree by chance too often. */
#define ECOPT_TARGET_MIN 8

/**
 * Whether to repeat once more after n.
 *
 * A target counts from ECOPT_TARGET_MIN repeats on, with (n + 2) / n of the half width: stopping as
 * soon as it fits picks moments at which the scatter looks small (Chow and Robbins 1965,
 * doi:10.1214/aoms/1177700156, add to the variance for the same reason).  So the interval at the
 * end holds the truth in 93 to 95 % of 1,000 simulated sessions, in 92 % without (tests/unit).
 *
 * @param[in] half_ratio  u95 / |mean| so far; NaN never meets a target
 * @param[in] elapsed_s   since the first repeat began
 */
ECOPT_API ecopt_repeat_verdict ecopt_repeats_judge(const ecopt_repeat_plan *plan, size_t n,
                                                   double half_ratio, double elapsed_s);

/** A straight line through values. */
typedef struct ecopt_trend {
    double change;   /* of the line from first to last, in the values' unit */
    double u95;      /* half width of it; NaN below 3 values */
    bool is_certain; /* change is distinguishable from 0 at 95 %, and above 0.1 % of the mean */
} ecopt_trend;

/** Least squares line through n values one step apart; two or fewer, or a NaN, say nothing. */
ECOPT_API ecopt_trend ecopt_trend_of(const double *values, size_t n);

/** Repeats over which power has to be flat for a machine to be warm. */
#define ECOPT_WARMUP_SPAN 5

/** Most warm-up repeats of an automatic warm-up. */
#define ECOPT_WARMUP_MAX 20

/** True when the last ECOPT_WARMUP_SPAN of n powers show no trend; false when there are fewer. */
ECOPT_API bool ecopt_power_is_flat(const double *power_w, size_t n);

/** What the machine takes without the program. */
typedef struct ecopt_idle_base {
    size_t n;        /* windows */
    double power_w;  /* mean of all windows */
    double before_w; /* NaN: not measured */
    double after_w;  /* NaN: not measured */
    ecopt_u u_w;     /* standard uncertainty of power_w */
    ecopt_quality quality;
    unsigned flags;
} ecopt_idle_base;

/** Fewest windows on each side for an idle power that can be relied on. */
#define ECOPT_IDLE_WINDOWS 10

/**
 * Idle power from windows before and after: u = max(s / sqrt n, |before - after| / sqrt 12).
 *
 * The second term takes the idle power during the work as anywhere between the two, all equally
 * likely; it has infinitely many degrees of freedom.
 *
 * @param[in]  before, after  powers [W] with what they resolve; either may be empty
 * @param[out] ret            always filled; power_w NaN without any window
 */
ECOPT_API void ecopt_idle_estimate(const ecopt_repeat *before, size_t n_before,
                                   const ecopt_repeat *after, size_t n_after, ecopt_idle_base *ret);

/* X(name, value, text) */
#define ECOPT_ATTRIBUTION_MAP(X)   \
    X(WHOLE, 0, "whole")           \
    X(ABOVE_IDLE, 1, "above-idle") \
    X(CPU_SHARE, 2, "cpu-share")

/** Whose joules are given: all, those beyond the idle machine, or the program's share of those. */
typedef enum ecopt_attribution {
#define ECOPT_ATTRIBUTION_ENUM(name, value, text) ECOPT_ATTRIBUTION_##name = (value),
    ECOPT_ATTRIBUTION_MAP(ECOPT_ATTRIBUTION_ENUM)
#undef ECOPT_ATTRIBUTION_ENUM
} ecopt_attribution;

/** Number of attributions. */
#define ECOPT_ATTRIBUTION_COUNT 3

/** Text of an attribution, e.g. "above-idle".  Static storage. */
ECOPT_API const char *ecopt_attribution_name(ecopt_attribution attribution);

/** Parts of one window; own_j + idle_j + others_j = whole_j but for rounding. */
typedef struct ecopt_attributed {
    ecopt_attribution attribution;
    double whole_j;
    double own_j;    /* of the program */
    double idle_j;   /* of the machine at rest, in all modes but WHOLE */
    double others_j; /* of other programs, in CPU_SHARE */
    double u95_j;    /* of own_j, without that of the idle power */
    double idle_s;   /* seconds of idle power in own_j: du own_j / du power_w = -idle_s */
} ecopt_attributed;

/**
 * Shares out the energy of one window.
 *
 * WHOLE is all of it.  ABOVE_IDLE is what exceeds the idle power over the window; it may come out
 * below 0 by noise.  CPU_SHARE divides that excess by CPU time between the program and others; the
 * idle part stays apart.  The generic model already charges the program's CPU time only, so nothing
 * is divided then.
 *
 * @param[in]  idle  not needed for WHOLE
 * @param[out] ret   unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (NULL), ECOPT_E_UNSUPPORTED (the context says why: energy or idle
 *         power is missing, windows overlapped, labels differ, CPU time is not known, a GPU is in
 *         the total or shared)
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_energy_attribute(ecopt_ctx *ctx,
                                                           const ecopt_energy *energy,
                                                           const ecopt_idle_base *idle,
                                                           ecopt_attribution attribution,
                                                           ecopt_attributed *ret);

/**
 * Order of a pair: true when b runs first.  By chance, but of every two pairs (0 and 1, 2 and 3,
 * ...) one begins with a and one with b, so that a steady drift cancels.
 */
ECOPT_API bool ecopt_pairs_b_first(uint64_t seed, size_t pair);

/** b compared with a. */
typedef struct ecopt_comparison {
    size_t n;                  /* pairs used */
    size_t n_left_out;         /* pairs with a marked repeat */
    double ratio;              /* b / a: geometric mean */
    double ratio_lo, ratio_hi; /* 95 % */
    double log_sd;             /* of ln(b / a) of one pair */
    bool is_resolved;          /* 1 is outside */
    double n_needed;           /* pairs that would tell this difference apart, see below */
    ecopt_quality quality;
    unsigned flags;
} ecopt_comparison;

/** Most pairs that n_needed says; INFINITY beyond. */
#define ECOPT_PAIRS_NEEDED_MAX 1e6

/**
 * Ratio of two programs from paired repeats a[i], b[i].
 *
 * t interval of the mean of ln(b / a), with resolution and gaps as in ecopt_repeats_summarise.
 * n_needed is the smallest n with (t(0.975, n-1) + t(0.8, n-1)) log_sd / sqrt n <= |ln ratio|: a
 * difference as large as the one seen would be found with a probability of 80 %.
 *
 * @param[out] ret  unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (fewer than 2 pairs are left), ECOPT_E_RANGE (a value is missing
 *         or not above 0), ECOPT_E_METER_REQUIRE (labels differ), ECOPT_E_NOMEM
 *
 * Checked: tests/unit/test_pairs.c (coverage, drift of +-6 % as docs/energy.md has it).
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_pairs_compare(ecopt_ctx *ctx, const ecopt_repeat *a,
                                                        const ecopt_repeat *b, size_t n,
                                                        ecopt_comparison *ret);

#ifdef __cplusplus
}
#endif

#endif
