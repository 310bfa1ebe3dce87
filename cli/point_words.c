/*
 * The text form has blanks between its pairs, so each word becomes a pair whose value is quoted
 * where it has to be: quoting one that need not be does no harm, and the rule is the library's.
 */
#include "point_words.h"

#include "message.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One pair. A value with a blank, a quote or a backslash goes as a JSON string; an empty one, too.
 */
static int add_word(cli_state *cli, FILE *file, const char *word)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word) {
        cli_error(cli, "'%s' is not NAME=VALUE", word);
        return CLI_EXIT_USAGE;
    }
    fprintf(file, "%.*s", (int)(equals + 1 - word), word);
    if (equals[1] == '\0' || strpbrk(equals + 1, " \t\r\n\"'\\="))
        cli_json_string(file, equals + 1);
    else
        fputs(equals + 1, file);
    return CLI_EXIT_OK;
}

int cli_point_words(cli_state *cli, char *const *words, size_t n, char **ret_text)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    int code = file ? CLI_EXIT_OK : CLI_EXIT_ERROR;
    for (size_t i = 0; i < n && code == CLI_EXIT_OK; i++) {
        if (i > 0)
            fputc(' ', file);
        code = add_word(cli, file, words[i]);
    }
    if (!file || (fclose(file) != 0 && code == CLI_EXIT_OK)) {
        cli_error(cli, "out of memory");
        code = CLI_EXIT_ERROR;
    }
    if (code == CLI_EXIT_OK)
        *ret_text = text;
    else
        free(text);
    return code;
}

/* The whole point, as the gaps that were left to the defaults are what one wants to see. */
int cli_say_point(cli_state *cli, const ecopt_space *space, int64_t trial, const char *text)
{
    char *point = NULL, *line = NULL;
    double *x = calloc(ecopt_space_n_params(space), sizeof *x);
    ecopt_status status = x ? ecopt_space_parse_point(cli->ctx, space, text, x) : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        status = ecopt_space_point_text(cli->ctx, space, x, &point);
    int code = status == ECOPT_OK ? CLI_EXIT_OK : CLI_EXIT_ERROR;
    int n = point ? asprintf(&line, "%lld %s\n", (long long)trial, point) : -1;
    if (n >= 0)
        code = cli_write(cli, NULL, line, (size_t)n);
    else
        cli_error(cli, "out of memory");
    free(line);
    ecopt_text_free(cli->ctx, point);
    free(x);
    return code;
}
