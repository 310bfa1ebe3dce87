#include "commands.h"
#include "message.h"
#include "metric_words.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One line, one write: several processes of a trial may log at the same time. */
static int append(cli *cli, const char *path, const char *line, size_t length)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        cli_error(cli, "cannot write '%s': %s", path, strerror(errno));
        return CLI_EXIT_ERROR;
    }
    ssize_t n = write(fd, line, length);
    int error = n < 0 ? errno : n < (ssize_t)length ? ENOSPC : 0;
    if (close(fd) < 0 && error == 0)
        error = errno;
    if (error == 0)
        return CLI_EXIT_OK;
    cli_error(cli, "cannot write '%s': %s", path, strerror(error));
    return CLI_EXIT_ERROR;
}

int cmd_log(cli *cli, const cli_args *args)
{
    const char *path = getenv("ECOPT_LOG");
    if (args->n_operands == 0) {
        cli_error(cli, "log: which metrics? METRIC=VALUE is needed");
        return CLI_EXIT_USAGE;
    }
    ecopt_metric_value *metrics = NULL;
    size_t n = 0;
    int code = cli_metric_words(cli, args->operands, args->n_operands, &metrics, &n);
    if (code != CLI_EXIT_OK)
        return code;
    if (!path || path[0] == '\0') {
        cli_error(cli, "log: this is not a trial: ECOPT_LOG is not set");
        cli_hint(cli, "'ecopt log' is for programs that 'ecopt run' starts");
        cli_metric_words_free(metrics, n);
        return CLI_EXIT_ERROR;
    }

    char *line = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&line, &length);
    if (file) {
        fputc('{', file);
        for (size_t i = 0; i < n; i++) {
            fputs(i > 0 ? ", " : "", file);
            cli_json_string(file, metrics[i].name);
            fputs(": ", file);
            cli_json_number(file, metrics[i].value);
        }
        fputs("}\n", file);
    }
    if (file && fclose(file) == 0) {
        code = append(cli, path, line, length);
    } else {
        cli_error(cli, "out of memory");
        code = CLI_EXIT_ERROR;
    }
    free(line);
    cli_metric_words_free(metrics, n);
    return code;
}
