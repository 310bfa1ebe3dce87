/*
 * ecopt analyse impact: what a search took and when that is paid back; of a study, or of numbers
 * published elsewhere.
 */
#include "commands.h"
#include "message.h"
#include "output.h"
#include "quantity.h"
#include "study_files.h"

#include <ecopt/report.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* `3.2J` joules per request, `2.67/J` or `2.67 tok/J` requests per joule; false else. */
static bool parse_request_j(const char *text, double *ret_request_j)
{
    char *end;
    double value = strtod(text, &end);
    size_t length = strlen(end);
    if (end == text || !(value > 0) || !isfinite(value))
        return false;
    bool is_per_joule = length >= 2 && strcmp(end + length - 2, "/J") == 0;
    if (!is_per_joule)
        return cli_parse_energy_j(text, ret_request_j);
    *ret_request_j = 1 / value;
    return true;
}

/* `38x`: so many times what it is afterwards. */
static bool parse_factor(const char *text, double *ret_factor)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || strcmp(end, "x") != 0 || !(value > 0) || !isfinite(value))
        return false;
    *ret_factor = value;
    return true;
}

static int refuse(cli_state *cli, const char *name, const char *text)
{
    cli_error(cli, "--%s: '%s' is no such quantity", name, text ? text : "");
    cli_hint(cli, "e.g. --spent 18.61Wh --before 14.2J --after 2.67/J, or --before 38x");
    return CLI_EXIT_USAGE;
}

/* Without a study: three numbers, one answer. */
static int write_numbers(cli_state *cli, const cli_args *args)
{
    const char *before = cli_args_text(args, "before"), *after = cli_args_text(args, "after");
    double spent_j = cli_args_energy_j(args, "spent", (double)NAN), factor = 0;
    double sides[2][2] = {{0, 0}, {0, 0}};
    char text[512], spent[CLI_QUANTITY_B];
    ecopt_break_even even;
    if (!after || !parse_request_j(after, &sides[1][0]))
        return refuse(cli, "after", after);
    if (before && parse_factor(before, &factor))
        sides[0][0] = factor * sides[1][0];
    else if (!before || !parse_request_j(before, &sides[0][0]))
        return refuse(cli, "before", before);
    ecopt_break_even_of(spent_j, 0, sides[0], sides[1], &even);
    cli_format_energy(spent_j, spent);
    if (cli_args_has(args, "json"))
        (void)snprintf(text, sizeof text,
                       "{\"spent_j\": %.17g, \"before_j\": %.17g, \"after_j\": %.17g, "
                       "\"saved_j\": %.17g, \"break_even\": ",
                       spent_j, sides[0][0], sides[1][0], even.saved_j);
    else
        (void)snprintf(text, sizeof text,
                       "spent       %s\nbefore      %.4g J per request\n"
                       "after       %.4g J per request\nsaved       %.4g J per request\n"
                       "break-even  ",
                       spent, sides[0][0], sides[1][0], even.saved_j);
    size_t n = strlen(text);
    bool is_json = cli_args_has(args, "json");
    if (isinf(even.requests))
        (void)snprintf(text + n, sizeof text - n, "%s\n", is_json ? "null}" : "never");
    else
        (void)snprintf(text + n, sizeof text - n, is_json ? "%.17g}\n" : "%.0f requests\n",
                       even.requests);
    return cli_write_result(cli, args, text);
}

static int write_study(cli_state *cli, const cli_args *args)
{
    cli_reading reading = {.dir = NULL};
    const char *file = args->n_operands > 1 ? args->operands[1] : NULL;
    const char *per_day = cli_args_text(args, "per-day");
    ecopt_impact_options options = {.metric = cli_args_text(args, "metric"),
                                    .baseline = cli_args_count(args, "baseline", 0),
                                    .deployed = cli_args_count(args, "deployed", 0)};
    if (per_day && (!cli_parse_number(per_day, &options.per_day) || !(options.per_day > 0))) {
        cli_error(cli, "--per-day: '%s' is no number above 0", per_day);
        return CLI_EXIT_USAGE;
    }
    int code = cli_reading_open(cli, args, file, &reading);
    if (code == CLI_EXIT_OK) {
        char *text = NULL;
        ecopt_status status = ecopt_report_impact(cli->ctx, reading.definition, reading.snapshot,
                                                  &options, cli_args_format(args), &text);
        code = status == ECOPT_OK ? cli_write_result(cli, args, text) : cli_fail(cli, status);
        ecopt_text_free(cli->ctx, text);
    }
    cli_reading_release(cli, &reading);
    return code;
}

int cmd_analyse(cli_state *cli, const cli_args *args)
{
    if (args->n_operands == 0 || strcmp(args->operands[0], "impact") != 0) {
        cli_error(cli, "there is no analysis '%s'", args->n_operands ? args->operands[0] : "");
        cli_hint(cli, "there is one: ecopt analyse impact");
        return CLI_EXIT_USAGE;
    }
    return cli_args_has(args, "spent") ? write_numbers(cli, args) : write_study(cli, args);
}
