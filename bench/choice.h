/*
 * The problems that the command line names: formulas and tables.
 */
#ifndef ECO_BENCH_CHOICE_H
#define ECO_BENCH_CHOICE_H

#include "bench.h"
#include "tables.h"

enum { MAX_CHOSEN = 64 };

/** Problems in the order asked for; the list is borrowed from the tables here and in problems.h. */
typedef struct choice {
    table_list tables;
    const bench_problem *list[MAX_CHOSEN];
    int n;
} choice;

/**
 * Problems of --problem, or of `fallback`.  Tables are read only where one may be asked for; one
 * whose data is not there is left out with a line on stderr.
 *
 * @return NULL (and a message) when a name is wrong or there is no memory; else the caller frees
 *         with choice_free
 */
choice *choice_new(const bench_options *options, const char *fallback);

/** Frees; NULL is allowed. */
void choice_free(choice *chosen);

#endif
