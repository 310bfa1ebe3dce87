/*
 * ecopt enqueue: points that the user wants to be tried next.
 *
 * They wait in the study and are run before anything that the sampler would choose.  What is wrong
 * with a point is told before anything is queued.
 */
#include "commands.h"
#include "import_rows.h"
#include "message.h"
#include "point_words.h"
#include "study_files.h"

#include <ecopt/outside.h>
#include <stdlib.h>
#include <string.h>

/* Queues one point and prints its number. */
static int enqueue(cli_state *cli, const ecopt_definition *definition, ecopt_study *study,
                   const char *point)
{
    const ecopt_outside_row row = {.point = point, .state = ECOPT_TRIAL_QUEUED};
    int64_t trial = 0;
    ecopt_status status = ecopt_study_add(study, &row, 1, NULL, &trial);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    return cli_say_point(cli, definition->space, trial, point);
}

/* Opens the study of `file` and adds one point, or the rows of --from when there is none. */
static int add_to_study(cli_state *cli, const cli_args *args, const char *file, const char *point)
{
    ecopt_definition *definition = NULL;
    ecopt_study *study = NULL;
    int code = cli_definition_open(cli, args, file, false, &definition);
    if (code == CLI_EXIT_OK)
        code = cli_study_open(cli, args, definition, &study);
    if (code == CLI_EXIT_OK)
        code = point ? enqueue(cli, definition, study, point)
                     : cli_import_rows(cli, args, study, cli_args_text(args, "from"), true);
    ecopt_status closed = ecopt_study_close(study);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = cli_fail(cli, closed);
    ecopt_definition_free(cli->ctx, definition);
    return code;
}

/* The study file is the first word without '='; all others belong to the point. */
int cmd_enqueue(cli_state *cli, const cli_args *args)
{
    bool has_file = args->n_operands > 0 && !strchr(args->operands[0], '=');
    const char *file = has_file ? args->operands[0] : NULL;
    bool is_list = cli_args_has(args, "from");
    char *point = NULL;
    if ((args->n_operands == has_file) != is_list) {
        cli_error(cli, is_list ? "enqueue: either --from or a point"
                               : "enqueue: a point is needed, NAME=VALUE...");
        cli_hint(cli, "what is left out takes its default");
        return CLI_EXIT_USAGE;
    }
    int code = CLI_EXIT_OK;
    if (!is_list)
        code = cli_point_words(cli, args->operands + has_file, args->n_operands - has_file, &point);
    if (code == CLI_EXIT_OK)
        code = add_to_study(cli, args, file, point);
    free(point);
    return code;
}
