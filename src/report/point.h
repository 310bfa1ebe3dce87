/*
 * Reading the stable text form of a point: `name=value name=value`.
 *
 * Reports show what the store recorded, so they read the text itself and need no space: a point of
 * an older revision can be shown too.
 */
#ifndef ECO_REPORT_POINT_H
#define ECO_REPORT_POINT_H

#include "core/ctx.h"

/** The pairs of one point; all texts owned. */
typedef struct eco_pairs {
    size_t n;
    char **names;
    char **values; /* quotes of a JSON string undone */
} eco_pairs;

/**
 * Splits a point's text.
 *
 * @param[in]  text       e.g. `lr=0.001 name="a b"`; NULL is no pair
 * @param[out] ret_pairs  caller releases with eco_pairs_release; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_PARSE (no '=' or a broken JSON string), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_pairs_parse(ecopt_ctx *ctx, const char *text, eco_pairs *ret_pairs);

/** Frees what it points to; a zeroed one is allowed. */
void eco_pairs_release(ecopt_ctx *ctx, eco_pairs *pairs);

/**
 * Value of a name; NULL when there is none.
 *
 * @param[in] hint  place where it is expected (points keep the order of the definition), so that
 *                  reading a whole point is linear
 */
const char *eco_pairs_value(const eco_pairs *pairs, const char *name, size_t hint);

#endif
