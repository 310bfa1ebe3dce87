/*
 * A point is kept as text, `lr=0.001 width=16`, which has no types: the text 2 of a choice and the
 * number 2 look alike there.  JSON needs to tell them apart, so the text is read back into codes
 * through the space, and each value is written as what the study file made it.
 */
#include "json_point.h"

#include "message.h"
#include "output.h"

#include <stdlib.h>

/* Only choices and fixed values can be texts; their types are kept with the values. The code of a
 * choice is the place of its value in the list. */
static bool is_string(const ecopt_param *param, double code)
{
    if (param->type != ECOPT_PARAM_CHOICE && param->type != ECOPT_PARAM_FIXED)
        return false;
    return param->values[(size_t)code].type == ECOPT_VALUE_STRING;
}

/* In the order of the study file, which is the order people think of them. Numbers and booleans are
 * written as the text form has them, which JSON reads alike. */
static ecopt_status write_values(ecopt_ctx *ctx, FILE *file, const ecopt_space *space,
                                 const double *x)
{
    for (size_t i = 0; i < ecopt_space_n_params(space); i++) {
        const ecopt_param *param = ecopt_space_param(space, i);
        char *value = NULL;
        ecopt_status status = ecopt_space_value_text(ctx, space, i, x[i], &value);
        if (status != ECOPT_OK)
            return status;
        fputs(i > 0 ? ", " : "", file);
        cli_json_string(file, param->name);
        fputs(": ", file);
        if (is_string(param, x[i]))
            cli_json_string(file, value);
        else
            fputs(value, file);
        ecopt_text_free(ctx, value);
    }
    return ECOPT_OK;
}

/* The closing brace is written also after a failure; the caller drops the text then. */
int cli_json_point(cli_state *cli, FILE *file, const ecopt_space *space, const char *point)
{
    double *x = calloc(ecopt_space_n_params(space), sizeof *x);
    if (!x) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    fputc('{', file);
    ecopt_status status = ecopt_space_parse_point(cli->ctx, space, point, x);
    if (status == ECOPT_OK)
        status = write_values(cli->ctx, file, space, x);
    fputc('}', file);
    free(x);
    return status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(cli, status);
}
