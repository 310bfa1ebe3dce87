/*
 * A study file from the command line: run -P ... -O ... -- COMMAND.
 */
#ifndef CLI_QUICK_STUDY_H
#define CLI_QUICK_STUDY_H

#include "options.h"

/** True when the command line describes a study itself. */
bool cli_quick_study_is_meant(const cli_args *args);

/**
 * Composes the study file of -P, -O, -M, --name, --sampler, --seed, -n and the command.
 *
 * @param[out] ret_text  caller frees with free; unchanged on failure
 * @param[out] ret_path  the file it stands for, NAME.yaml; caller frees with free
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_quick_study(cli_state *cli, const cli_args *args, char **ret_text, char **ret_path);

#endif
