/*
 * ecopt pause: no further trial until `ecopt resume`.
 *
 * A run that is going on waits, with its meters open; a new one does not start.
 */
#include "commands.h"
#include "message.h"
#include "wish.h"

#include <stdlib.h>

int cmd_pause(cli_state *cli, const cli_args *args)
{
    cli_wish wish;
    int code = cli_wish_note(cli, args, ECOPT_WANTED_PAUSE, 0, &wish);
    if (code != CLI_EXIT_OK)
        return code;
    if (wish.before == ECOPT_WANTED_PAUSE)
        cli_note(cli, "'%s' was paused already", wish.dir);
    else if (wish.n_runs > 0)
        cli_note(cli, "'%s' is paused: what runs waits after its current trial", wish.dir);
    else
        cli_note(cli, "'%s' is paused: nothing runs it here, and no run starts", wish.dir);
    if (!cli->is_quiet)
        cli_hint(cli, "'ecopt resume' lets it go on");
    free(wish.dir);
    return CLI_EXIT_OK;
}
