/*
 * Rows of a CSV file into a study: what `import` and `enqueue --from` share.
 */
#ifndef CLI_IMPORT_ROWS_H
#define CLI_IMPORT_ROWS_H

#include "options.h"

#include <ecopt/outside.h>

/**
 * Adds the rows as --map and --skip-bad say, and says how many there were.
 *
 * @param[in] is_queue  only their points: all of them wait
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_import_rows(cli_state *cli, const cli_args *args, ecopt_study *study, const char *path,
                    bool is_queue);

#endif
