/*
 * ecopt resume: takes a pause back.
 *
 * A run that waits goes on; where none does, nothing is started.
 */
#include "commands.h"
#include "message.h"
#include "wish.h"

#include <stdlib.h>

int cmd_resume(cli_state *cli, const cli_args *args)
{
    cli_wish wish;
    int code = cli_wish_note(cli, args, ECOPT_WANTED_RUN, 0, &wish);
    if (code != CLI_EXIT_OK)
        return code;
    if (wish.n_runs > 0)
        cli_note(cli, "'%s' goes on", wish.dir);
    else if (wish.before == ECOPT_WANTED_PAUSE)
        cli_note(cli, "'%s' is not paused any more; 'ecopt run' goes on with it", wish.dir);
    else
        cli_note(cli, "'%s' was not paused", wish.dir);
    free(wish.dir);
    return CLI_EXIT_OK;
}
