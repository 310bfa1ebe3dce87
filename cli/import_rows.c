/*
 * Everything that is wrong with the table is said with its line, like the mistakes of a study file.
 */
#include "import_rows.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>

/* The texts of all --map options, in their order; the caller frees the array. */
static const char **list_maps(const cli_args *args, size_t *ret_n)
{
    const char **maps = calloc(args->n_settings + 1, sizeof *maps);
    size_t n = 0;
    for (size_t i = 0; maps && i < args->n_settings; i++)
        if (strcmp(args->settings[i].option->name, "map") == 0)
            maps[n++] = args->settings[i].text;
    *ret_n = n;
    return maps;
}

int cli_import_rows(cli_state *cli, const cli_args *args, ecopt_study *study, const char *path,
                    bool is_queue)
{
    ecopt_import_options options = ECOPT_IMPORT_OPTIONS_INIT;
    ecopt_imported done = {.n_rows = 0};
    const char **maps = list_maps(args, &options.n_maps);
    if (!maps) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    options.maps = maps;
    options.is_queue = is_queue;
    options.is_skipping = cli_args_has(args, "skip-bad");
    options.report = cli_diagnostic;
    options.user = cli;
    ecopt_status status = ecopt_study_import_csv(study, path, &options, &done);
    free(maps);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    const char *verb = is_queue ? "queued" : "imported";
    if (done.n_added == 0)
        cli_note(cli, "%s none of %zu rows", verb, done.n_rows);
    else
        cli_note(cli, "%s %zu of %zu rows, from trial %lld on", verb, done.n_added, done.n_rows,
                 (long long)done.first);
    return CLI_EXIT_OK;
}
