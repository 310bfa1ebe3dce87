/*
 * ecopt stop: ends the runs of a study, after their current trial or at once.
 *
 * At once is what Ctrl-C does: the trial goes back to the queue.  That takes a signal, which
 * reaches the processes of this machine; those elsewhere end after their trial.
 */
#include "commands.h"
#include "message.h"
#include "wish.h"

#include <signal.h>
#include <stdlib.h>

int cmd_stop(cli_state *cli, const cli_args *args)
{
    bool is_now = cli_args_has(args, "now");
    cli_wish wish;
    int code = cli_wish_note(cli, args, ECOPT_WANTED_STOP, is_now ? SIGTERM : 0, &wish);
    if (code != CLI_EXIT_OK)
        return code;
    if (wish.n_runs == 0)
        cli_note(cli, "nothing runs '%s' on this machine", wish.dir);
    else if (is_now)
        cli_note(cli, "'%s' stops now: the current trial is put back", wish.dir);
    else
        cli_note(cli, "'%s' stops after its current trial; --now does not wait for it", wish.dir);
    free(wish.dir);
    return CLI_EXIT_OK;
}
