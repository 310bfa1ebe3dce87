/*
 * The aim: the reference point that one suggestion improves the hypervolume of.
 *
 * The reference point in force (sampler.h) is for people: it stays, so that the hypervolume of a
 * study keeps its meaning.  It is a poor one to search by: inferred from the first trials it lies
 * far from the front, and no constant distance suits all fronts (docs/numerics.md).  So where no
 * threshold is given each trial has an aim of its own: mostly close to the ends of the front, now
 * and then far away, which seeks new ends.
 *
 * Pure functions without state; no limit on threads.
 */
#ifndef ECO_SAMPLER_AIM_H
#define ECO_SAMPLER_AIM_H

#include "core/ctx.h"

/** A front and what is known about where to look; all in costs, everything borrowed. */
typedef struct eco_aim_input {
    size_t n, m;            /* points, objectives <= ECOPT_MAX_OBJECTIVES */
    const double *front;    /* n x m, mutually non-dominated */
    const double *in_force; /* m, the reference point */
    const bool *is_fixed;   /* m: a threshold is given, which no trial departs from */
    uint64_t trial;         /* number of the trial, from which its turn follows */
} eco_aim_input;

/**
 * The aim of one trial, and the reference point in force from then on.
 *
 * The ends of the front come first: the worst value of each objective once weak tails are cut off.
 * A tail is a part of the front beyond some value of one objective; it is weak when what it offers
 * in the others (additive epsilon indicator of the rest against it, in ranges) is below 1/20 of the
 * share of the range that it takes.  The weakest is cut first, ranges are taken anew, and so on.
 *
 * The aim is a tenth of the range beyond the ends; on a wide turn three ranges and no less than the
 * reference in force, in one of two objectives by turns, or in all of them where there are more.
 *
 * @param[out] ret_aim       m costs
 * @param[out] ret_in_force  m costs: in_force, or worse where the front has grown beyond it
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_aim_choose(ecopt_ctx *ctx, const eco_aim_input *input,
                                         double *ret_aim, double *ret_in_force);

#endif
