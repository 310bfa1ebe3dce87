/*
 * pause, resume and stop: from the words of the command line to a wish kept in the study.
 */
#ifndef CLI_WISH_H
#define CLI_WISH_H

#include "options.h"

#include <ecopt/control.h>

/** A wish that was noted. */
typedef struct cli_wish {
    char *dir;           /* study folder, caller frees */
    ecopt_wanted before; /* what was wanted before it */
    size_t n_runs;       /* runs of the study on this machine */
} cli_wish;

/**
 * Notes what is wanted of the study that the command line names, and sends its runs a signal.
 *
 * @param[in]  signal    sent to the runs of this machine; 0: none
 * @param[out] ret_wish  set on success only; free its dir
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_wish_note(cli_state *cli, const cli_args *args, ecopt_wanted wanted, int signal,
                  cli_wish *ret_wish);

#endif
