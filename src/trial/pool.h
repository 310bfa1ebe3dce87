/*
 * What a trial's programs have reported so far: numbers by phase and name.
 *
 * Later reports of one name in one phase replace earlier ones, but one without a step is final:
 * reports with a step (pool->has_step) then only add to the curve.  A value that is no number is
 * kept as such, so that the missing metric can be explained.  Bounded: ECO_POOL_MAX names, names of
 * at most ECO_POOL_NAME_MAX_B bytes; what goes beyond is noted and ignored.
 *
 * Owner: the caller initialises and releases.
 */
#ifndef ECO_TRIAL_POOL_H
#define ECO_TRIAL_POOL_H

#include "trial/steps.h"

#include <ecopt/measure.h>

#define ECO_POOL_MAX        1024
#define ECO_POOL_NAME_MAX_B 128

/** Stands for every phase in eco_pool_find. */
#define ECO_PHASE_ANY SIZE_MAX

typedef struct eco_pool_item {
    char *name; /* owned */
    size_t phase;
    double value; /* NaN: not finite, or no number at all */
    double u95;   /* NaN not known */
    char *text;   /* owned; what stood in place of a number, quoted; NULL for numbers */
    bool is_new;  /* reported by the run of its phase that goes on, or has just ended */
    bool is_bad;  /* one of the runs reported no number */
    size_t n_runs, runs_room;
    ecopt_repeat *runs; /* owned: what each run of the phase reported last */
    int64_t step;       /* of the last report, 0 none */
    bool is_final;      /* was reported without a step: later steps do not change the value */
    eco_steps steps;    /* owned; finite values reported with a step */
} eco_pool_item;

typedef struct eco_pool {
    ecopt_ctx *ctx; /* borrowed */
    size_t n, room;
    eco_pool_item *items; /* owned */
    size_t n_notes;
    char *first_note; /* owned; NULL: none */
    bool has_step;    /* what is set now was reported with a step */
    int64_t step;     /* that one, >= 0 */
} eco_pool;

/** Prepares an empty pool. */
void eco_pool_init(eco_pool *pool, ecopt_ctx *ctx);

/** Frees everything. */
void eco_pool_release(eco_pool *pool);

/**
 * Records a number (text NULL) or a text that is none.
 *
 * @return ECOPT_OK (also when ignored with a note), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_pool_set(eco_pool *pool, size_t phase, const char *name, double value,
                                       double u95, const char *text);

/**
 * A run of a phase has ended.  From its second run on, what the phase reported becomes the mean of
 * its runs, with the uncertainty of ecopt_repeats_summarise; none where all runs say the same and
 * none gave one, for equal answers of one program are no evidence.  A run that reported no number
 * spoils the mean: it stays NaN.
 *
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_pool_end_run(eco_pool *pool, size_t phase);

/** What the run of the phase that has just ended reported under `name`; NaN: nothing, or no number.
 *  Before eco_pool_end_run. */
double eco_pool_run_value(const eco_pool *pool, size_t phase, const char *name);

/** Last report of `name` in that phase, or of the last phase that reported it; NULL: none. */
const eco_pool_item *eco_pool_find(const eco_pool *pool, size_t phase, const char *name);

/** Records a remark about the output; the first is kept, the first few are logged. */
void eco_pool_note(eco_pool *pool, const char *format, ...) ECOPT_PRINTF(2, 3);

#endif
