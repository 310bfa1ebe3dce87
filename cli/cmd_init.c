/*
 * ecopt init: a study file to start from.
 *
 * The name is taken first (exclusively, unless --force), then the text is written beside it and
 * renamed: a full disk leaves an empty file at worst, never half a study.
 */
#include "commands.h"
#include "message.h"
#include "output.h"
#include "study_files.h"
#include "study_template.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* An existing file is never replaced without --force: it may be the only copy of somebody's study.
 * The template passes `check` as it is, so the next step that is named works at once. */
int cmd_init(cli_state *cli, const cli_args *args)
{
    const char *path = args->n_operands > 0 ? args->operands[0] : CLI_STUDY_FILE;
    if (strcmp(path, "-") != 0 && !cli_args_has(args, "force")) {
        /* Only one of two at the same time gets the name. */
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST) {
            cli_error(cli, "'%s' is there already", path);
            cli_hint(cli, "--force replaces it");
            return CLI_EXIT_ERROR;
        }
        if (fd < 0) {
            cli_error(cli, "cannot write '%s': %s", path, strerror(errno));
            return CLI_EXIT_ERROR;
        }
        (void)close(fd);
    }
    int code = cli_write(cli, path, cli_study_template, cli_study_template_b);
    if (code == CLI_EXIT_OK && strcmp(path, "-") != 0) {
        cli_note(cli, "wrote %s", path);
        if (args->n_operands == 0)
            cli_note(cli, "next: edit it, then 'ecopt check' and 'ecopt run'");
        else
            cli_note(cli, "next: edit it, then 'ecopt check %s' and 'ecopt run %s'", path, path);
    }
    return code;
}
