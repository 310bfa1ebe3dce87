/*
 * METRIC=VALUE words of a command line.
 *
 * For `tell`, whose words people type: what is wrong is said word by word, and nothing is opened
 * before all of them are right. `log` leaves its values to the library instead.
 */
#ifndef CLI_METRIC_WORDS_H
#define CLI_METRIC_WORDS_H

#include "cli.h"

#include <ecopt/snapshot.h>

/**
 * Reads n words; values are finite numbers, no metric comes twice.
 *
 * @param[out] ret_metrics  caller frees with cli_metric_words_free; unchanged on failure
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_metric_words(cli_state *cli, char *const *words, size_t n, ecopt_metric_value **ret_metrics,
                     size_t *ret_n);

/** Frees them; NULL is allowed. */
void cli_metric_words_free(ecopt_metric_value *metrics, size_t n);

#endif
