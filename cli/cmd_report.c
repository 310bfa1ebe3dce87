/*
 * ecopt report: one HTML page, in the current folder unless told else.
 */
#include "commands.h"
#include "message.h"
#include "output.h"
#include "study_files.h"

#include <ecopt/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A page without models is better than none: an odd record of an older version has no model. */
static ecopt_modelled *models_of(cli_state *cli, const cli_reading *reading)
{
    ecopt_modelled *modelled = NULL;
    if (ecopt_modelled_new(cli->ctx, reading->definition, reading->snapshot, &modelled) != ECOPT_OK)
        cli_note(cli, "the page says nothing of models: %s", ecopt_ctx_errmsg(cli->ctx));
    return modelled;
}

/* The page is named after the study and not after its file, for a study may be read by its folder
 * alone. `-o -` says nothing about what was written: stdout may be the pipe to a browser. */
int cmd_report(cli_state *cli, const cli_args *args)
{
    cli_reading reading;
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    int code = cli_reading_open(cli, args, file, &reading);
    if (code == CLI_EXIT_OK) {
        ecopt_modelled *modelled = models_of(cli, &reading);
        const char *output = cli_args_text(args, "output");
        char *name = NULL;
        char *text = NULL;
        ecopt_status status =
            ecopt_report_html(cli->ctx, reading.definition, reading.snapshot, modelled, &text);
        ecopt_modelled_free(cli->ctx, modelled);
        if (status != ECOPT_OK)
            code = cli_fail(cli, status);
        else if (!output && asprintf(&name, "%s.html", reading.snapshot->name) < 0)
            code = CLI_EXIT_ERROR;
        else
            code = cli_write(cli, output ? output : name, text, strlen(text));
        /* Said on stderr, so it does not disturb, and needed: without -o nobody has named the
         * file. */
        if (code == CLI_EXIT_OK && !(output && strcmp(output, "-") == 0))
            cli_note(cli, "wrote %s", output ? output : name);
        free(name);
        ecopt_text_free(cli->ctx, text);
    }
    cli_reading_release(cli, &reading);
    return code;
}
