/*
 * From what the user names to a study: the definition for writing, or definition and snapshot for
 * reading.
 *
 * Writing commands (run, ask, tell) read the study file and fall back on the text kept in the
 * study's folder when the file is gone.  Reading commands take the definition from the folder
 * always, so what they show is what was run, whatever became of the file.
 */
#ifndef CLI_STUDY_FILES_H
#define CLI_STUDY_FILES_H

#include "options.h"

#include <ecopt/definition.h>
#include <ecopt/snapshot.h>
#include <ecopt/study.h>

/** Study file when none is named. */
#define CLI_STUDY_FILE "study.yaml"

/** A study as it is read: what was defined and what has happened. */
typedef struct cli_reading {
    ecopt_definition *definition;
    ecopt_snapshot *snapshot;
    char *dir; /* study folder */
} cli_reading;

/**
 * Study file that a command line means: FILE itself, FILE/study.yaml when FILE is a folder, or
 * study.yaml when none is named.
 *
 * @param[out] ret_path  caller frees; unchanged on failure
 * @return CLI_EXIT_OK, or CLI_EXIT_USAGE for a folder without one, or CLI_EXIT_ERROR (said on
 *         stderr)
 */
int cli_study_file(cli_state *cli, const char *file, char **ret_path);

/**
 * Opens a study for reading.
 *
 * @param[in]  file        study file; or a study folder, a folder with study.yaml, or one with one
 *                         study folder; or NULL for study.yaml; not used with --dir
 * @param[out] ret_reading released by cli_reading_release, also on failure
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_reading_open(cli_state *cli, const cli_args *args, const char *file,
                     cli_reading *ret_reading);

/**
 * Folder of the study that a command line means; there is a store in it.
 *
 * @param[in]  file     as for cli_reading_open
 * @param[out] ret_dir  caller frees; unchanged on failure
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_study_folder(cli_state *cli, const cli_args *args, const char *file, char **ret_dir);

/** Frees what cli_reading_open made. */
void cli_reading_release(cli_state *cli, cli_reading *reading);

/**
 * Reads the definition that a writing command works on; what is wrong with it goes to stderr.
 *
 * @param[in]  file            study file; or a folder with study.yaml, or a study folder, whose
 *                             own copy is taken; or NULL for study.yaml
 * @param[in]  has_remarks     warnings are shown, too: for commands that are not called in a loop
 * @param[out] ret_definition  caller frees with ecopt_definition_free; unchanged on failure
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_definition_open(cli_state *cli, const cli_args *args, const char *file, bool has_remarks,
                        ecopt_definition **ret_definition);

/**
 * Opens the study of a definition for writing, with --dir and the meter's root.
 *
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_study_open(cli_state *cli, const cli_args *args, const ecopt_definition *definition,
                   ecopt_study **ret_study);

#endif
