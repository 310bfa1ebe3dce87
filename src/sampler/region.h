/*
 * Which trials a suggestion learns from, and where it looks, when a study is too long for all of
 * them.
 *
 * Up to ECO_REGION_FROM trials: all trials, the whole space.  Beyond: ECO_REGION_ROWS of them and,
 * three times out of four, a box around one point of the front: a trust region.  Nothing is
 * remembered; which region it is follows from seed, history and trial number alone.
 *
 * - Turn: the trial number modulo 4.  0: the whole space, with rows from all over it.
 * - Centre: a front point drawn with odds of its exclusive hypervolume (the point beside the gaps)
 *   or, half of the times, of equal odds.
 * - Box: the cube whose half side reaches to the k-th nearest trial of the centre (largest
 *   difference along an ordered dimension), k = max(2 d, 20), times 1, 1/2 and 1/4 by turns and
 *   min(1, sqrt(6 / d)); at least 0.01, at most 0.4.  Trials that lead nowhere gather there and
 *   make it smaller, and a new front point off the crowd makes it larger: what counters of
 *   successes and failures do in TuRBO, without counters.
 * - Rows: a sixth from the front, the others the nearest to the centre (far ones only stretch the
 *   scales); in the turn without a centre a third from the front and an even selection.
 * - Front points that are no rows stay as fixed points, so that only what improves on all trials
 *   counts; of a large front the nearest to the centre in objectives and an even cover of the rest.
 *
 * Source: TuRBO, Eriksson et al. 2019, arXiv:1910.01739; MORBO, Daulton et al. 2022,
 * arXiv:2109.10964 (centres by hypervolume contribution).
 */
#ifndef ECO_SAMPLER_REGION_H
#define ECO_SAMPLER_REGION_H

#include "core/arena.h"
#include "sampler/sampler.h"

enum {
    ECO_REGION_FROM = 500,   /* trials up to which all are rows */
    ECO_REGION_ROWS = 300,   /* rows beyond */
    ECO_REGION_PENDING = 64, /* and pending points */
    ECO_REGION_FRONT = 200   /* front points that bound the improvement; 400 for two objectives */
};

typedef struct eco_region {
    eco_history history; /* the rows; the study's own history when it is short */
    bool is_local;       /* centre and box are given */
    double *centre;      /* n_dims coordinates of the unit cube */
    double *lower;       /* n_dims, the box; all of an unordered dimension */
    double *upper;
    size_t n_fixed;
    double *fixed; /* n_fixed x m costs of front points that are no rows */
} eco_region;

/**
 * Chooses rows and box.
 *
 * @param[in]  m           columns of fixed: the objectives; 1 when they are scalarised
 * @param[in]  ref         m finite costs: the reference point
 * @param[out] ret_region  memory hangs on the arena; history borrows from the given one
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_region_choose(eco_arena *arena, const eco_problem *problem,
                                            const eco_history *history, size_t m, const double *ref,
                                            eco_region *ret_region);

#endif
