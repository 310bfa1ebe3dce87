/*
 * Which sources a meter is asked to read: ecopt_meter_options checked and made whole.
 *
 * Owner: texts stay the caller's, the selection points into them.  Threads: pure.
 */
#ifndef ECO_METER_SELECTION_H
#define ECO_METER_SELECTION_H

#include "core/ctx.h"
#include "meter/topology.h"

#include <ecopt/meter.h>

enum {
    ECO_SELECTION_KINDS_MAX = 32,
    ECO_SELECTION_WORDS_MAX = 16,
    ECO_SELECTION_ARGUMENT_B = 256 /* longest argument of a kind, NUL included */
};

/** Options made whole, and the choice that `sources` spells out. */
typedef struct eco_selection {
    ecopt_meter_options options;
    bool is_auto;
    bool is_none;
    bool is_wanted[ECO_SELECTION_KINDS_MAX]; /* by index in the registry */
    size_t n_words;                          /* kinds named with an argument, once for each */
    struct {
        size_t kind;          /* index in the registry */
        const char *argument; /* in options.sources */
        size_t length_b;
    } words[ECO_SELECTION_WORDS_MAX];
    const char *replay_path; /* NULL = no replay; points into options.sources */
    ecopt_quality weakest;   /* allowed by `require` */
    eco_wish wish;           /* by `total` */
    double edge_wait_s;      /* by `edges`; 0 = free */
} eco_selection;

/**
 * Copies what the caller's struct has (it may be an older, shorter one) and checks it.
 *
 * @param[in]  options  NULL for defaults; its texts outlive the selection
 * @return what ecopt_meter_check returns
 */
ECOPT_NODROP ecopt_status eco_selection_parse(ecopt_ctx *ctx, const ecopt_meter_options *options,
                                              eco_selection *ret);

/** Argument of word i, e.g. the address of "plug:http://192.0.2.7". */
void eco_selection_argument(const eco_selection *selection, size_t i,
                            char argument[ECO_SELECTION_ARGUMENT_B]);

#endif
