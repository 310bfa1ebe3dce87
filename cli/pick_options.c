/*
 * A bound is one word of the command line, so that it can be quoted whole: 'energy_j<=500 J'. What
 * its unit may be follows from the metric's name as everywhere else; a number alone is in the
 * metric's own unit.
 */
#include "pick_options.h"

#include "message.h"
#include "quantity.h"

#include <stdlib.h>
#include <string.h>

/* Does the metric's name, or its last part, end in that of a built-in? */
static bool is_called(const char *metric, const char *name)
{
    size_t length = strlen(metric), n = strlen(name);
    return length >= n && strcmp(metric + length - n, name) == 0 &&
           (length == n || metric[length - n - 1] == '.');
}

/* The plain number first: it is right for every metric, and may be negative. */
static bool parse_value(const char *metric, const char *text, double *ret)
{
    return cli_parse_number(text, ret) ||
           (is_called(metric, "energy_j") && cli_parse_energy_j(text, ret)) ||
           (is_called(metric, "time_s") && cli_parse_time_s(text, ret));
}

bool cli_parse_bound(const char *text, ecopt_bound *ret_bound)
{
    const char *at = strstr(text, "<=");
    ecopt_relation relation = ECOPT_AT_MOST;
    if (!at) {
        at = strstr(text, ">=");
        relation = ECOPT_AT_LEAST;
    }
    if (!at)
        return false;
    text += strspn(text, " ");
    size_t length = (size_t)(at - text);
    while (length > 0 && text[length - 1] == ' ')
        length--;
    const char *value = at + 2 + strspn(at + 2, " ");
    char *metric = at > text ? strndup(text, length) : NULL;
    double number = 0.0;
    if (!metric || length == 0 || !parse_value(metric, value, &number)) {
        free(metric);
        return false;
    }
    *ret_bound = (ecopt_bound){metric, relation, number};
    return true;
}

bool cli_pick_is_meant(const cli_args *args)
{
    return cli_args_has(args, "within") || cli_args_has(args, "best") || cli_args_has(args, "knee");
}

/* All bounds count, as they can only narrow; of --best the last one wins, like any option. */
static int read_bounds(cli_state *cli, const cli_args *args, cli_pick *pick)
{
    for (size_t i = 0; i < args->n_settings; i++) {
        const cli_setting *setting = &args->settings[i];
        if (strcmp(setting->option->name, "within") != 0)
            continue;
        if (!cli_parse_bound(setting->text, &pick->bounds[pick->pick.n_bounds])) {
            cli_error(cli, "--within: '%s' is not METRIC<=VALUE or METRIC>=VALUE", setting->text);
            cli_hint(cli, "write 'energy_j<=500 J', 'accuracy>=0.9' or 'time_s<=2min'; only "
                          "energies and times take a unit");
            return CLI_EXIT_USAGE;
        }
        pick->pick.n_bounds++;
    }
    return CLI_EXIT_OK;
}

int cli_pick_read(cli_state *cli, const cli_args *args, cli_pick *ret_pick)
{
    *ret_pick = (cli_pick){.bounds = calloc(args->n_settings + 1, sizeof(ecopt_bound))};
    if (!ret_pick->bounds) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    ret_pick->pick.bounds = ret_pick->bounds;
    ret_pick->pick.best = cli_args_text(args, "best");
    ret_pick->pick.is_knee = cli_args_has(args, "knee");
    if (ret_pick->pick.is_knee && (ret_pick->pick.best || cli_args_has(args, "within"))) {
        cli_error(cli,
                  "--knee is that of the whole front: it goes with neither --best nor --within");
        return CLI_EXIT_USAGE;
    }
    return read_bounds(cli, args, ret_pick);
}

void cli_pick_release(cli_pick *pick)
{
    for (size_t i = 0; i < pick->pick.n_bounds; i++) {
        union {
            const char *shown;
            char *owned; /* made by cli_parse_bound; only its readers see it as constant */
        } metric = {pick->bounds[i].metric};
        free(metric.owned);
    }
    free(pick->bounds);
    memset(pick, 0, sizeof *pick);
}
