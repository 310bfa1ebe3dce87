/*
 * The wish first, then the count: a run that ends in between is not waited for by anybody.
 */
#include "wish.h"

#include "message.h"
#include "study_files.h"

#include <stdlib.h>

int cli_wish_note(cli_state *cli, const cli_args *args, ecopt_wanted wanted, int signal,
                  cli_wish *ret_wish)
{
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    cli_wish wish = {.dir = NULL};
    int code = cli_study_folder(cli, args, file, &wish.dir);
    if (code != CLI_EXIT_OK)
        return code;
    ecopt_status status = ecopt_study_want(cli->ctx, wish.dir, wanted, &wish.before);
    if (status == ECOPT_OK)
        status = ecopt_study_signal(cli->ctx, wish.dir, signal, &wish.n_runs);
    if (status != ECOPT_OK) {
        free(wish.dir);
        return cli_fail(cli, status);
    }
    *ret_wish = wish;
    return CLI_EXIT_OK;
}
