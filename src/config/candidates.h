/*
 * The key `candidates`: a file whose rows are the allowed points.
 *
 * Call order: eco_candidates_read before the parameters, which must leave room for one parameter
 * per column; eco_candidates_infer behind the declared ones; eco_candidates_check_names;
 * eco_candidates_set when the space is made.  Internal to the sections of build.h.
 *
 * Each column used is a parameter.  One that `params` declares is read by its declaration; of
 * others the values tell the type: all equal - fixed; true and false - bool; whole numbers - int;
 * numbers - float; anything else, also numbers with leading zeros - choice, values in order of
 * appearance.  Numbers above 0 whose largest is at least ECO_CANDIDATES_LOG_RATIO times the
 * smallest are on a log scale.
 *
 * Owner: the build's arena.
 */
#ifndef ECO_CONFIG_CANDIDATES_H
#define ECO_CONFIG_CANDIDATES_H

#include "config/build.h"
#include "config/csv.h"

/** Two decades: below that a linear scale and a log scale order and space points much alike. */
#define ECO_CANDIDATES_LOG_RATIO 100.0

struct eco_candidates {
    eco_node *node;   /* value of the key */
    const char *path; /* of the file that it names; the csv's own may be that of the study's copy */
    eco_csv csv;
    bool *is_used;     /* csv.n_columns: stands for a parameter */
    bool has_columns;  /* they were named */
    size_t n_declared; /* parameters of `params` */
    size_t *columns;   /* of each parameter, csv.n_columns: has none; NULL before infer */
    double *codes;     /* csv.n_rows x n_params */
    size_t n_wrong;    /* values that could not be read */
    size_t more_row, more_column; /* the first of them that was not told */
};

/**
 * Reads the file, if there is such a key, and finds the columns that count.  Sets b->candidates; a
 * file that cannot be used sets b->is_stuck, since no name can be checked without it.
 */
ECOPT_NODROP ecopt_status eco_candidates_read(eco_build *b);

/** Adds the parameters that no one declared, and reads the codes of all rows. */
ECOPT_NODROP ecopt_status eco_candidates_infer(eco_build *b);

/** Warns of each inferred parameter that neither a command nor a variable uses. */
void eco_candidates_warn_unused(eco_build *b);

/** Gives the space its list, with a warning of what is there twice; fills the definition. */
ECOPT_NODROP ecopt_status eco_candidates_set(eco_build *b);

#endif
