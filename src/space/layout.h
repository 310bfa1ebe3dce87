/*
 * How a space is laid out in memory; for the files of this folder only.
 *
 * Made by space.c, constant afterwards except for eco_space_add_constraint; so it may be read from
 * several threads once the constraints are in.  Parameters keep the order in which they were given:
 * codes, conditions and dimensions all rely on it.
 */
#ifndef ECO_SPACE_LAYOUT_H
#define ECO_SPACE_LAYOUT_H

#include "core/arena.h"
#include "space/expr.h"
#include "space/space.h"

/** Limits of integer parameters: beyond 2^53 doubles skip integers. */
#define ECO_SPACE_INT_MAX 9007199254740992.0

/* The allowed points, where the space is a list of them; all in the space's arena. */
typedef struct eco_space_list {
    size_t n;        /* 0: the space is no list */
    double *rows;    /* n x space->n codes, canonical, distinct, in the order given */
    size_t n_slots;  /* a power of two, at least 2 n */
    uint32_t *slots; /* n_slots: index of a row + 1, 0 = free */
} eco_space_list;

/* Index i counts parameters, k dimensions; dims leads from k to i and rises with k. */
struct ecopt_space {
    eco_arena arena; /* owns everything below */
    size_t n;
    ecopt_param *params;
    const eco_expr **when; /* n, NULL = always active */
    double *pinned;        /* n, code of an inactive parameter */
    size_t n_dims;
    size_t *dims;   /* n_dims, parameter of each dimension */
    size_t *levels; /* n_dims, number of values; 0 = continuous */
    size_t *column; /* n_dims, feature of each dimension */
    size_t n_indicators;
    size_t *indicators; /* n_indicators, parameter whose activity each one tells */
    size_t n_labels;    /* features that hold a label; n_dims + n_indicators features in all */
    size_t n_constraints, constraint_room;
    const char **constraint_texts;
    const eco_expr **constraints;
    eco_space_list list;
};

/**
 * Canonical code of one parameter, `when` left aside; NaN becomes the lowest code (false, the first
 * value).  Applying it twice changes nothing.
 */
double eco_space_round(const ecopt_param *param, double code);

/**
 * Canonical code in the middle of a FLOAT's or INT's range, on its scale. For any other type it is
 * the code at half the cube, which means nothing.
 */
double eco_space_middle(const ecopt_param *param);

/** True when the parameter can take more than one value; `when` is left aside here too. */
bool eco_space_varies(const ecopt_param *param);

/** eco_space_default of a space that is a list: the first row with all declared defaults. */
bool eco_space_default_candidate(const ecopt_space *space, double *ret_x);

#endif
