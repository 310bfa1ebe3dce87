/*
 * What joules come to in grams and money, for those whose budget is in these.
 */
#ifndef CLI_SPENT_WORDS_H
#define CLI_SPENT_WORDS_H

#include <ecopt/definition.h>
#include <stdio.h>

/**
 * Writes ` 12 g of 100 g`, ` 0.31 of 5 GBP`, each behind `separator`, for the budgets that are set;
 * nothing for the others, and `?` where no energy was metered.
 */
void cli_write_converted(FILE *file, const ecopt_definition *definition, const char *separator,
                         double spent_energy_j);

#endif
