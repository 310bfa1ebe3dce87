/*
 * -r alone is how often; with --target it is the least, since a target may be met by luck early.
 * --max-time alone repeats until the time is over.
 */
#include "repeat_options.h"

#include "message.h"
#include "quantity.h"

#include <string.h>

/* `auto` or a count. */
static int read_warmup(cli_state *cli, const cli_args *args, const cli_repeat_defaults *defaults,
                       cli_repeat_options *options)
{
    const char *text = cli_args_text(args, "warmup");
    options->n_warmup = defaults->n_warmup;
    if (!text)
        return CLI_EXIT_OK;
    options->is_warmup_auto = strcmp(text, "auto") == 0;
    if (!options->is_warmup_auto && !cli_parse_count(text, 0, CLI_RUNS_MAX, &options->n_warmup)) {
        cli_error(cli, "%s: -w takes 'auto' or 0 to %d warm-ups, not '%s'", defaults->verb,
                  CLI_RUNS_MAX, text);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

int cli_repeat_options_read(cli_state *cli, const cli_args *args,
                            const cli_repeat_defaults *defaults, cli_repeat_options *ret)
{
    cli_repeat_options options = {{0}, false, 0};
    const char *target = cli_args_text(args, "target");
    double time_max_s = cli_args_time_s(args, "max-time", 0.0);
    int64_t runs = cli_args_count(args, "runs", 0), most = cli_args_count(args, "max-repeats", 0);
    bool is_open = !target && time_max_s > 0.0 && runs == 0;
    int64_t n_min = target && runs > defaults->n_min ? runs : defaults->n_min;
    int64_t n_max = target ? CLI_TARGET_RUNS : is_open ? CLI_RUNS_MAX : defaults->n_runs;
    if (runs > 0 && (!target || runs > n_max))
        n_max = runs;
    if (most > 0)
        n_max = most;
    bool is_given = cli_args_has(args, "runs") || cli_args_has(args, "max-repeats");
    if (n_max < n_min || n_max > CLI_RUNS_MAX || (is_given && runs == 0 && most == 0)) {
        cli_error(cli, "%s: %lld to %d runs", defaults->verb, (long long)n_min, CLI_RUNS_MAX);
        return CLI_EXIT_USAGE;
    }
    options.plan.n_min = (size_t)n_min;
    options.plan.n_max = (size_t)n_max;
    options.plan.time_max_s = time_max_s;
    if (target && !cli_parse_percent(target, &options.plan.target_ratio))
        return CLI_EXIT_USAGE; /* the form was checked before */
    int code = read_warmup(cli, args, defaults, &options);
    if (code == CLI_EXIT_OK)
        *ret = options;
    return code;
}
