/*
 * The table of commands: names, options, help. Dispatch, help, completion and the tests read it, so
 * a command or an option is added in one place; the man page is checked against it.
 *
 * Options that mean the same are one macro, so that they are spelled and explained alike
 * everywhere. Texts of help are wrapped by hand: at 80 columns nothing may be broken in the middle
 * of a word.
 *
 * Help shows the options in the order of these lists, and so do the completions.
 */
#include "commands.h"

#include "message.h"
#include "output.h"
#include "repeat_options.h"
#include "words.h"

#include <string.h>

/* For commands that look for a study; `run` has a row of its own, as it may make the folder. */
#define CLI_OPTION_DIR                                                    \
    {                                                                     \
        "dir", 0, CLI_FOLDER, "FOLDER", NULL, "study folder (NAME.ecopt)" \
    }
#define CLI_OPTION_SOURCES                                                                        \
    {                                                                                             \
        "sources", 0, CLI_TEXT, "LIST", NULL, "energy sources: auto, none, or rapl-perf,nvml,..." \
    }
#define CLI_OPTION_REQUIRE                                                                     \
    {                                                                                          \
        "require", 0, CLI_TEXT, "LABEL", NULL, "weakest quality allowed: measured, or a label" \
    }
#define CLI_OPTION_TOTAL                                                              \
    {                                                                                 \
        "total", 0, CLI_TEXT, "WHICH", NULL, "what is added up: auto, parts or whole" \
    }
#define CLI_OPTION_TRIALS                                                              \
    {                                                                                  \
        "trials", 'n', CLI_COUNT, "N", NULL, "trials in all, instead of budget.trials" \
    }
#define CLI_OPTION_TIME                                                          \
    {                                                                            \
        "time", 0, CLI_TIME, "TIME", NULL, "time in all, instead of budget.time" \
    }
#define CLI_OPTION_ENERGY                                                                  \
    {                                                                                      \
        "energy", 0, CLI_ENERGY, "ENERGY", NULL, "energy in all, instead of budget.energy" \
    }
#define CLI_OPTION_LEASE                                                                      \
    {                                                                                         \
        "lease", 0, CLI_TIME, "TIME", NULL, "silence after which a worker is given up (60 s)" \
    }
#define CLI_OPTION_THREADS                                                                    \
    {                                                                                         \
        "threads", 0, CLI_COUNT, "N", NULL, "threads for choosing points, 1 (default) to 256" \
    }
#define END_OF_OPTIONS \
    {                  \
        0              \
    }

/* Of `analyse`: of a study, or of three numbers from elsewhere. */
static const cli_option analyse_options[] = {
    {"metric", 0, CLI_TEXT, "NAME", NULL, "joules per request (default: that of deployment)"},
    {"baseline", 0, CLI_COUNT, "N", NULL, "trial to compare with (default: that of deployment)"},
    {"deployed", 0, CLI_COUNT, "N", NULL, "trial that is used (default: the cheapest allowed)"},
    {"per-day", 0, CLI_TEXT, "N", NULL, "requests a day, for break-even in days"},
    {"spent", 0, CLI_ENERGY, "ENERGY", NULL, "instead of a study: energy of the search"},
    {"before", 0, CLI_TEXT, "RATE", NULL, "with --spent: 14.2J, 0.07/J, or 38x the one after"},
    {"after", 0, CLI_TEXT, "RATE", NULL, "with --spent: 0.37J, or 2.67/J requests per joule"},
    CLI_OPTION_DIR,
    {"json", 0, CLI_FLAG, NULL, NULL, "one JSON document instead of a table"},
    CLI_OPTION_OUTPUT,
    END_OF_OPTIONS,
};

/* Of `ask`: a line for a shell or an object for a program. */
static const cli_option ask_options[] = {
    CLI_OPTION_DIR,
    CLI_OPTION_THREADS,
    {"json", 0, CLI_FLAG, NULL, NULL, "one JSON object instead of a line"},
    CLI_OPTION_OUTPUT,
    END_OF_OPTIONS,
};

/* Of `check`, which never writes a file: there is no -o, as what it says is for reading. */
static const cli_option check_options[] = {
    {"commands", 'n', CLI_COUNT, "N", NULL, "show the commands of the first N trials (3)"},
    {"json", 0, CLI_FLAG, NULL, NULL, "the file as it was understood, as one JSON document"},
    {"schema", 0, CLI_FLAG, NULL, NULL, "print the JSON schema of study files and leave"},
    END_OF_OPTIONS,
};

/* Of `doctor`: sources and requirement as `run` and `measure` take them, so that what they will
 * find can be asked beforehand. */
static const cli_option doctor_options[] = {
    CLI_OPTION_SOURCES, CLI_OPTION_REQUIRE,
    CLI_OPTION_TOTAL,   {"json", 0, CLI_FLAG, NULL, NULL, "one JSON document instead of a table"},
    CLI_OPTION_OUTPUT,  END_OF_OPTIONS,
};

static const cli_option calibrate_options[] = {
    {"time", 't', CLI_TIME, "TIME", NULL, "time at each of the four loads (30 s)"},
    CLI_OPTION_SOURCES,
    CLI_OPTION_REQUIRE,
    {"output", 'o', CLI_FILE, "FILE", NULL, "where to keep it instead of the usual place"},
    END_OF_OPTIONS,
};

/* Of `compare`: how often as in `measure`, and the seed of the order. */
static const cli_option compare_options[] = {
    {"runs", 'r', CLI_COUNT, "N", NULL, "pairs of runs (default 10)"},
    {"warmup", 'w', CLI_TEXT, "N", NULL, "run each N times before (1), or auto: until steady"},
    CLI_OPTION_TARGET,
    CLI_OPTION_MAX_REPEATS,
    CLI_OPTION_MAX_TIME,
    {"seed", 0, CLI_COUNT, "N", NULL, "seed of the random order (default 0)"},
    CLI_OPTION_SOURCES,
    CLI_OPTION_REQUIRE,
    CLI_OPTION_TOTAL,
    {"record", 0, CLI_FILE, "FILE", NULL, "write a trace that replay:FILE can play back"},
    {"json", 0, CLI_FLAG, NULL, NULL, "the report as one JSON document"},
    CLI_OPTION_OUTPUT,
    END_OF_OPTIONS,
};

#define CLI_OPTION_MAP                                                                   \
    {                                                                                    \
        "map", 0, CLI_TEXT, "COLUMN=NAME", NULL, "what a column is; COLUMN= for nothing" \
    }
#define CLI_OPTION_SKIP_BAD                                                        \
    {                                                                              \
        "skip-bad", 0, CLI_FLAG, NULL, NULL, "leave out rows that cannot be added" \
    }

/* Of `enqueue`: its operands are the study file and the point. */
static const cli_option enqueue_options[] = {
    {"from", 0, CLI_FILE, "FILE", NULL, "points from a CSV file instead of one point"},
    CLI_OPTION_MAP,
    CLI_OPTION_SKIP_BAD,
    CLI_OPTION_DIR,
    END_OF_OPTIONS,
};

static const cli_option import_options[] = {
    CLI_OPTION_MAP,
    CLI_OPTION_SKIP_BAD,
    CLI_OPTION_DIR,
    END_OF_OPTIONS,
};

static const cli_option init_options[] = {
    {"force", 'f', CLI_FLAG, NULL, NULL, "replace a file that is there"},
    END_OF_OPTIONS,
};

static const cli_option log_options[] = {
    {"step", 0, CLI_COUNT, "N", NULL, "the values are those of step N: points of a curve"},
    END_OF_OPTIONS,
};

static const cli_option measure_options[] = {
    {"runs", 'r', CLI_COUNT, "N", NULL, "measure N runs (default 1)"},
    {"warmup", 'w', CLI_TEXT, "N", NULL, "run N times before, or auto: until power is steady"},
    CLI_OPTION_TARGET,
    CLI_OPTION_MAX_REPEATS,
    CLI_OPTION_MAX_TIME,
    {"unit", 'u', CLI_TEXT, "NAME=REGEX", NULL,
     "work per run: group of the last match in its output"},
    {"interval", 0, CLI_TIME, "TIME", NULL, "a line with the energy so far that often"},
    {"idle", 0, CLI_TIME, "TIME", NULL, "measure the idle machine before and after"},
    {"country", 0, CLI_TEXT, "CODE", NULL, "also grams of CO2e, e.g. GBR, DEU, WLD (world)"},
    CLI_OPTION_SOURCES,
    CLI_OPTION_REQUIRE,
    CLI_OPTION_TOTAL,
    {"edges", 0, CLI_TEXT, "WAIT", NULL, "wait for a counter's update: 5ms, 250ms, free"},
    {"record", 0, CLI_FILE, "FILE", NULL, "write a trace that replay:FILE can play back"},
    {"json", 0, CLI_FLAG, NULL, NULL, "the report as one JSON document"},
    {"output", 'o', CLI_FILE, "FILE", NULL, "write the report to FILE instead of stderr"},
    END_OF_OPTIONS,
};

/* Of pause and resume. */
static const cli_option pause_options[] = {CLI_OPTION_DIR, END_OF_OPTIONS};

static const cli_option stop_options[] = {
    CLI_OPTION_DIR,
    {"now", 0, CLI_FLAG, NULL, NULL, "do not wait for the current trial: put it back"},
    END_OF_OPTIONS,
};

static const cli_option record_options[] = {
    {"output", 'o', CLI_FILE, "FILE", NULL, "the trace (default trace.csv); replaced"},
    {"time", 't', CLI_TIME, "TIME", NULL, "stop after TIME instead of at Ctrl-C"},
    CLI_OPTION_SOURCES,
    {"interval", 0, CLI_TIME, "TIME", NULL, "time between readings, 10ms to 10s (0.1 s)"},
    {"json", 0, CLI_FLAG, NULL, NULL, "one JSON object a second on stdout"},
    END_OF_OPTIONS,
};

static const cli_option report_options[] = {
    CLI_OPTION_DIR,
    {"output", 'o', CLI_FILE, "FILE", NULL, "write to FILE (default NAME.html, - is stdout)"},
    END_OF_OPTIONS,
};

static const cli_option run_options[] = {
    CLI_OPTION_TRIALS,
    CLI_OPTION_TIME,
    CLI_OPTION_ENERGY,
    {"param", 'P', CLI_TEXT, "SPEC", NULL, "NAME=float:MIN..MAX[:log], int:..., bool or A|B|C"},
    {"objective", 'O', CLI_TEXT, "METRIC=GOAL", NULL, "an objective: accuracy=max, loss=min"},
    {"metric", 'M', CLI_TEXT, "NAME=REGEX", NULL, "a metric: pattern for the program's output"},
    {"name", 0, CLI_TEXT, "NAME", NULL, "name of the study (default: the program's)"},
    {"sampler", 0, CLI_TEXT, "NAME", NULL, "with -P: mobo (default), nsga2, sobol, random, grid"},
    {"seed", 0, CLI_COUNT, "N", NULL, "with -P: seed of the study (default 0)"},
    {"save", 0, CLI_FLAG, NULL, NULL, "with -P: write NAME.yaml as well"},
    {"dir", 0, CLI_FOLDER, "FOLDER", NULL, "study folder, instead of NAME.ecopt"},
    CLI_OPTION_SOURCES,
    CLI_OPTION_REQUIRE,
    CLI_OPTION_TOTAL,
    CLI_OPTION_THREADS,
    {"jobs", 'j', CLI_TEXT, "N", NULL, "trials at a time, 1 (default) to 256"},
    CLI_OPTION_LEASE,
    {"no-pin", 0, CLI_FLAG, NULL, NULL, "jobs get no CPUs and GPUs of their own"},
    {"accept-change", 0, CLI_FLAG, NULL, NULL, "changed command: what was measured still counts"},
    {"retry-failed", 0, CLI_FLAG, NULL, NULL, "queue the failed trials again, then go on"},
    {"dry-run", 0, CLI_FLAG, NULL, NULL, "print the commands of the next trials, run nothing"},
    END_OF_OPTIONS,
};

/* Of `worker`: the limits of `run`, and one of its own. */
static const cli_option worker_options[] = {
    {"leave-after", 0, CLI_COUNT, "N", NULL, "leave after N trials of this worker"},
    CLI_OPTION_LEASE,
    CLI_OPTION_TRIALS,
    CLI_OPTION_TIME,
    CLI_OPTION_ENERGY,
    CLI_OPTION_DIR,
    CLI_OPTION_SOURCES,
    CLI_OPTION_REQUIRE,
    CLI_OPTION_TOTAL,
    CLI_OPTION_THREADS,
    END_OF_OPTIONS,
};

static const cli_option front_options[] = {
    {"best", 0, CLI_TEXT, "METRIC", NULL, "only the trial that is best in this objective"},
    {"within", 0, CLI_TEXT, "BOUND", NULL, "only trials within, e.g. 'energy_j<=500 J'"},
    {"knee", 0, CLI_FLAG, NULL, NULL, "only the knee"},
    {"model", 0, CLI_FLAG, NULL, NULL, "beside what was measured what the models say"},
    CLI_OPTION_DIR,
    CLI_OPTION_FORMAT,
    CLI_OPTION_JSON,
    CLI_OPTION_OUTPUT,
    END_OF_OPTIONS,
};

/* Of status and trials alike, see table_command.c. */
static const cli_option table_options[] = {
    CLI_OPTION_DIR, CLI_OPTION_FORMAT, CLI_OPTION_JSON, CLI_OPTION_OUTPUT, END_OF_OPTIONS,
};

/* Of `show`: its first operand is a number, so the study file is an option or the second operand.
 * No CSV, as a trial in full is no table. */
static const cli_option show_options[] = {
    {"file", 'f', CLI_FILE, "FILE", NULL, "study file (default study.yaml)"},
    CLI_OPTION_DIR,
    {"format", 0, CLI_CHOICE, "FORMAT", "table json", "table (default) or json"},
    CLI_OPTION_JSON,
    CLI_OPTION_OUTPUT,
    END_OF_OPTIONS,
};

/* Of `tell`: all its operands are taken, hence --file. An outcome other than complete is an option
 * with its reason, for a reason that is not asked for is not given. */
static const cli_option tell_options[] = {
    {"file", 'f', CLI_FILE, "FILE", NULL, "study file (default study.yaml)"},
    CLI_OPTION_DIR,
    {"new", 0, CLI_FLAG, NULL, NULL, "a point that nobody asked for: POINT -- METRICS"},
    {"failed", 0, CLI_TEXT, "REASON", NULL, "the trial failed"},
    {"infeasible", 0, CLI_TEXT, "REASON", NULL, "the point cannot work (out of memory, ...)"},
    END_OF_OPTIONS,
};

static const cli_option verify_options[] = {
    {"repair", 0, CLI_FLAG, NULL, NULL, "put back trials that nobody runs any more"},
    {"json", 0, CLI_FLAG, NULL, NULL, "one JSON document instead of lines"},
    CLI_OPTION_OUTPUT,
    CLI_OPTION_DIR,
    END_OF_OPTIONS,
};

/* For commands that have none of their own; the common ones go without saying. */
static const cli_option no_options[] = {END_OF_OPTIONS};

/* Of operands: the command itself counts them. */
#define ANY_NUMBER ((size_t)-1)

/* In the order of a first day with the program; help lists them so. */
const cli_command cli_commands[] = {
    {"init",
     "write a commented study.yaml to start from",
     "[-f] [FILE]",
     "Writes FILE (default study.yaml), a study file with every section explained.\n"
     "A file that is there is left alone unless --force is given.\n",
     {init_options, false},
     1,
     false,
     cmd_init},
    {"check",
     "check a study file and show the commands it would run",
     "[-n N] [--json] [FILE] | --schema",
     "Reads FILE (default study.yaml; of a folder its study.yaml), reports all that is\n"
     "wrong with it, each with its line and what to do, and runs nothing. When all is\n"
     "well it prints the search space, the objectives, the constraints, the budget,\n"
     "what becomes of failures, and the commands of the first trials.\n",
     {check_options, false},
     1,
     false,
     cmd_check},
    {"doctor",
     "show what can measure energy here and what would mend the rest",
     "[--sources LIST] [--json]",
     "Lists every kind of energy source: whether it is there, whether this user may\n"
     "read it, whether it is used, and the command that mends it if not.\n",
     {doctor_options, false},
     0,
     false,
     cmd_doctor},
    {"calibrate",
     "measure this machine's power curve, for when there is no meter",
     "[-t TIME] [--sources LIST] [-o FILE]",
     "Holds the CPUs at idle, 30, 60 and 100 % load and measures their power with a\n"
     "real meter, so it needs one (as root). The curve is kept, and used with the\n"
     "label modelled-calibrated where no meter can be read. Stop other programs first.\n",
     {calibrate_options, false},
     0,
     false,
     cmd_calibrate},
    {"measure",
     "measure the energy of one command",
     "[OPTIONS] -- COMMAND [ARGUMENT...]",
     "Runs COMMAND with its streams untouched and reports joules with uncertainty and\n"
     "quality label on stderr. The exit status is that of COMMAND; 125 when ecopt\n"
     "itself fails, 126 when COMMAND cannot be run, 127 when there is none.\n",
     {measure_options, true},
     0,
     true,
     cmd_measure},
    {"compare",
     "tell which of two commands takes less energy",
     "[OPTIONS] 'COMMAND A' 'COMMAND B'",
     "Runs A and B in pairs of random order and reports the ratio of their energies\n"
     "and times with its uncertainty, or how many pairs would be needed to tell them\n"
     "apart. Each command is one quoted word; it is split as in a study file, without\n"
     "a shell. Their standard input and output are /dev/null.\n",
     {compare_options, false},
     2,
     false,
     cmd_compare},
    {"record",
     "record what all energy sources say, to play it back later",
     "[-o FILE] [-t TIME] [--sources LIST] [--interval TIME]",
     "Writes a trace of every source to FILE until TIME is over or Ctrl-C. On a\n"
     "terminal it shows the power of each source once a second (in brackets those that\n"
     "are not in the total). --sources replay:FILE plays the trace back.\n",
     {record_options, false},
     0,
     false,
     cmd_record},
    {"run",
     "start a study, or go on with it",
     "[OPTIONS] [FILE] | [OPTIONS] -P... -O... -- COMMAND",
     "Runs trials of FILE (default study.yaml) until the budget is spent. What is done\n"
     "is kept in NAME.ecopt beside the file: the same command resumes, also after a\n"
     "crash. Ctrl-C stops the current trial, saves the state and leaves with 130; a\n"
     "second Ctrl-C leaves at once.\n\n"
     "Without a file, parameters (-P), objectives (-O) and a command make a study:\n"
     "  ecopt run -P lr=float:1e-4..1e-2:log -P width=int:4..64 \\\n"
     "      -O accuracy=max -O evaluate.energy_j=min -n 20 -- ./train {lr} {width}\n"
     "An objective that is neither built in nor given by -M is a metric that the\n"
     "program reports.\n",
     {run_options, false},
     1,
     true,
     cmd_run},
    {"pause",
     "start no further trial until it is resumed",
     "[--dir FOLDER] [FILE]",
     "A run of the study waits after its current trial, on whatever machine; a new one\n"
     "does not start. FILE is the study file (default study.yaml).\n",
     {pause_options, false},
     1,
     false,
     cmd_pause},
    {"resume",
     "take a pause back",
     "[--dir FOLDER] [FILE]",
     "A run that waits goes on; ecopt run may start again.\n",
     {pause_options, false},
     1,
     false,
     cmd_resume},
    {"stop",
     "end the runs of a study after their current trial",
     "[--now] [--dir FOLDER] [FILE]",
     "They leave with 130, as after Ctrl-C; a later ecopt run goes on. --now puts the\n"
     "current trial back instead of waiting for its end, on this machine.\n",
     {stop_options, false},
     1,
     false,
     cmd_stop},
    {"worker",
     "run trials of a study beside others",
     "[OPTIONS] [FILE]",
     "Joins the study of FILE (default study.yaml; or its folder) as one more worker:\n"
     "any number of runs and workers may be with one study at once, and none gets a\n"
     "trial of another. Leaves when the budget is spent. Ctrl-C puts the current trial\n"
     "back and leaves with 130; the trial of a worker that dies is run again.\n",
     {worker_options, false},
     1,
     false,
     cmd_worker},
    {"status",
     "show how far a study is",
     "[OPTIONS] [FILE]",
     "Trials by state, budget spent, why it ended, what its rules (failures,\n"
     "retries, repeats, pruning, ...) have come to, front size, best values. FILE is\n"
     "the study file (default study.yaml); a study that is running can be looked at.\n",
     {table_options, false},
     1,
     false,
     cmd_status},
    {"trials",
     "list the trials of a study",
     "[OPTIONS] [FILE]",
     "One line per trial: state, objectives, energy, time, parameters, reason.\n",
     {table_options, false},
     1,
     false,
     cmd_trials},
    {"show",
     "show one trial in full",
     "[OPTIONS] N [FILE]",
     "Parameters, phases, energy per source, metrics and folder of trial N; its\n"
     "attempts, and what was decided while it ran, with the numbers.\n",
     {show_options, false},
     2,
     false,
     cmd_show},
    {"front",
     "show the Pareto front of a study",
     "[OPTIONS] [FILE]",
     "The trials that no other trial beats in every objective; the knee is marked.\n"
     "--best accuracy --within 'energy_j<=500 J' prints the one trial to use, with\n"
     "its distance from the knee. When no trial is within the bounds the status is\n"
     "3, and the trial that comes nearest is named.\n",
     {front_options, false},
     1,
     false,
     cmd_front},
    {"report",
     "write one HTML page about a study",
     "[-o FILE] [FILE]",
     "Writes NAME.html (or -o FILE): front, trials, energy per phase, how it was\n"
     "measured. The page needs no network.\n",
     {report_options, false},
     1,
     false,
     cmd_report},
    {"verify",
     "check that a study's store is whole",
     "[OPTIONS] [FILE]",
     "Checks store, points and folders against every rule that ECOpt keeps, and prints\n"
     "what breaks one. Nothing is written but with --repair. The status is 1 when\n"
     "something was found. A study that is running may be looked at.\n",
     {verify_options, false},
     1,
     false,
     cmd_verify},
    {"analyse",
     "show what a search took and when that is paid back",
     "impact [OPTIONS] [FILE]",
     "Joules of the search by phase and by what became of the trials, joules per\n"
     "request before and after, and the number of requests after which the search\n"
     "has paid for itself. --spent, --before and --after do the same for numbers\n"
     "published elsewhere: --spent 18.61Wh --before 38x --after 2.67/J\n",
     {analyse_options, false},
     2,
     false,
     cmd_analyse},
    {"ask",
     "ask for the next point, to evaluate it yourself",
     "[OPTIONS] [FILE]",
     "Prints the number of a new trial and its parameters, and marks it running.\n"
     "Tell its outcome with ecopt tell.\n",
     {ask_options, false},
     1,
     false,
     cmd_ask},
    {"tell",
     "tell the outcome of a trial that was asked for",
     "N METRIC=VALUE... | --new NAME=VALUE... -- METRIC=VALUE...",
     "Records trial N as complete with these metrics, or as failed or infeasible\n"
     "(--failed, --infeasible). With --new it records a point that was evaluated\n"
     "elsewhere as a trial of its own, and prints its number.\n",
     {tell_options, false},
     ANY_NUMBER,
     true,
     cmd_tell},
    {"enqueue",
     "queue a point to be tried next",
     "[OPTIONS] [FILE] NAME=VALUE... | --from CSV [FILE]",
     "Adds a point that waits: it is run before any that the sampler would choose.\n"
     "Parameters that are left out take their default. Prints the number of the trial\n"
     "and the whole point. --from queues every row of a CSV file, or none.\n",
     {enqueue_options, false},
     ANY_NUMBER,
     false,
     cmd_enqueue},
    {"import",
     "add trials that were evaluated elsewhere",
     "csv CSV [OPTIONS] [FILE]",
     "Adds every row of a CSV file to the study of FILE (default study.yaml): columns\n"
     "are parameters, metrics, METRIC_u95, state and reason, as ecopt trials --format\n"
     "csv writes them. Rows without metrics wait to be run. All rows or none.\n",
     {import_options, false},
     3,
     false,
     cmd_import},
    {"log",
     "report metrics from inside a trial",
     "METRIC=VALUE...",
     "For programs that ecopt runs: records metrics of the running trial, as the line\n"
     "[ecopt] {\"METRIC\": VALUE} on stdout would.\n",
     {log_options, false},
     ANY_NUMBER,
     false,
     cmd_log},
    {"completion",
     "print completion for a shell",
     "bash|zsh|fish",
     "bash: ecopt completion bash > ~/.local/share/bash-completion/completions/ecopt\n"
     "zsh:  ecopt completion zsh > ~/.zfunc/_ecopt (with fpath+=~/.zfunc in .zshrc)\n"
     "fish: ecopt completion fish > ~/.config/fish/completions/ecopt.fish\n",
     {no_options, false},
     1,
     false,
     cmd_completion},
    {"help", "show help on a command", "[COMMAND]", "", {no_options, false}, 1, false, cmd_help},
    {0},
};

/* Whole names only: an abbreviation that works today would break scripts on the day when another
 * command begins alike. */
const cli_command *cli_command_find(const char *name)
{
    for (const cli_command *command = cli_commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

/* With a suggestion when one name is near enough, else with the way to the list. */
int cli_command_refuse(cli_state *cli, const char *name)
{
    const char *best = NULL;
    size_t distance = CLI_WORD_MAX + 1;
    for (const cli_command *command = cli_commands; command->name; command++)
        cli_word_consider(name, command->name, &best, &distance);
    cli_error(cli, "there is no command '%s'", name);
    if (best)
        cli_hint(cli, "did you mean 'ecopt %s'?", best);
    else
        cli_hint(cli, "'ecopt help' lists the commands");
    return CLI_EXIT_USAGE;
}
