/*
 * Options on how often to run: -r, -w, --target, --max-repeats, --max-time of `measure` and
 * `compare`, with the same meaning in both.
 */
#ifndef CLI_REPEAT_OPTIONS_H
#define CLI_REPEAT_OPTIONS_H

#include "options.h"

#include <ecopt/measure.h>

/** More runs than anybody waits for; keeps the table of them small. */
#define CLI_RUNS_MAX 10000

/** Most runs with --target unless --max-repeats says else. */
#define CLI_TARGET_RUNS 50

/** For option tables; `runs` and `warmup` are worded by each command. */
#define CLI_OPTION_TARGET                                     \
    {                                                         \
        "target", 0, CLI_PERCENT, "PERCENT", NULL,            \
            "repeat until the +- of the energy is that small" \
    }
#define CLI_OPTION_MAX_REPEATS                                                          \
    {                                                                                   \
        "max-repeats", 0, CLI_COUNT, "N", NULL, "with --target: at most N repeats (50)" \
    }
#define CLI_OPTION_MAX_TIME                                                              \
    {                                                                                    \
        "max-time", 0, CLI_TIME, "TIME", NULL, "stop repeating before this time is over" \
    }

/** What they say. */
typedef struct cli_repeat_options {
    ecopt_repeat_plan plan;
    bool is_warmup_auto; /* until power is flat */
    int64_t n_warmup;    /* else that many */
} cli_repeat_options;

/** What holds without any of them. */
typedef struct cli_repeat_defaults {
    const char *verb; /* for messages */
    int64_t n_runs;   /* without -r, --target and --max-time */
    int64_t n_min;    /* fewest that make sense */
    int64_t n_warmup; /* without -w */
} cli_repeat_defaults;

/**
 * Reads them.
 *
 * @param[out] ret  filled on CLI_EXIT_OK
 * @return CLI_EXIT_OK, or CLI_EXIT_USAGE (said on stderr)
 */
int cli_repeat_options_read(cli_state *cli, const cli_args *args,
                            const cli_repeat_defaults *defaults, cli_repeat_options *ret);

#endif
