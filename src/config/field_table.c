/*
 * The keys of a study file.
 *
 * To add one: a line here, its reading in the section's build_ file, a line in the man page.  The
 * checker, the hints and the JSON schema follow from this table.
 *
 * Order within a map is the order in which hints and the schema name the keys.  `doc` and
 * `fallback` are for people; what really holds when a key is left out is set by the build_ file, so
 * the two must be changed together.  Items and fields stand before the map that uses them.
 */
#include "config/field.h"

/* ---- params ---- */

/* In the order of ecopt_param_type, whose names these are. */
const char *const eco_field_param_types[] = {"float", "int", "bool", "choice", "fixed", 0};

/* Whatever a child process can be handed as one word. */
static const eco_field any_scalar = {
    .types = ECO_FIELD_SCALAR,
    .doc = "a number, a text, true or false",
};

/* Nothing is required here: which keys must stand depends on the type, see build_params.c. */
static const eco_field param_fields[] = {
    {.key = "type",
     .types = ECO_FIELD_WORD,
     .words = eco_field_param_types,
     .doc = "what kind of values the parameter has; may be left out beside values or value",
     .example = "type: float"},
    {.key = "min", .types = ECO_FIELD_NUMBER, .doc = "lowest value, float and int"},
    {.key = "max", .types = ECO_FIELD_NUMBER, .doc = "highest value, float and int"},
    {.key = "log",
     .types = ECO_FIELD_BOOL,
     .fallback = "false",
     .doc = "search on a logarithmic scale, float and int with min above 0"},
    {.key = "values",
     .types = ECO_FIELD_LIST,
     .list_item = &any_scalar,
     .doc = "the values of a choice",
     .example = "values: [1, 3, 5]"},
    {.key = "ordered",
     .types = ECO_FIELD_BOOL,
     .fallback = "false",
     .doc = "neighbouring values of a choice are alike"},
    {.key = "default",
     .types = ECO_FIELD_SCALAR,
     .doc = "value tried first, and the one that an inactive parameter has"},
    {.key = "value", .types = ECO_FIELD_SCALAR, .doc = "the one value of a fixed parameter"},
    {.key = "when",
     .types = ECO_FIELD_TEXT,
     .doc = "condition on earlier parameters under which this one matters",
     .example = "when: depth > 1"},
    {.key = 0},
};

/* Each of the three forms has its bit; fields count only when it is a map, list_item only when
 * it is a list. */
static const eco_field param_item = {
    .types = ECO_FIELD_SCALAR | ECO_FIELD_LIST | ECO_FIELD_MAP,
    .doc = "a parameter; a plain value fixes it, a list makes it a choice",
    .fields = param_fields,
    .list_item = &any_scalar,
    .example = "lr: {type: float, min: 1e-4, max: 1e-2, log: true}",
};

/* ---- command ---- */

/* Numbers are arguments too: TEXT takes every scalar but null. */
static const eco_field argument = {.types = ECO_FIELD_TEXT, .doc = "one argument, taken as it is"};

/* The long form exists for the timeout; a phase without one of its own is written short. */
static const eco_field phase_fields[] = {
    {.key = "run",
     .types = ECO_FIELD_TEXT | ECO_FIELD_LIST,
     .list_item = &argument,
     .is_required = true,
     .doc = "the command: a text split into words as a shell would, or a list of arguments",
     .example = "run: ./train --lr {lr}"},
    {.key = "timeout",
     .types = ECO_FIELD_TIME,
     .fallback = "that of command",
     .doc = "longest time this phase may take"},
    {.key = 0},
};

/* The short forms are `run` without its key. */
static const eco_field phase_item = {
    .types = ECO_FIELD_TEXT | ECO_FIELD_LIST | ECO_FIELD_MAP,
    .fields = phase_fields,
    .list_item = &argument,
    .doc = "one phase of a trial: its command, or a map with run and timeout",
    .example = "train: ./train --lr {lr}",
};

/* The only key of `command` that is not the name of a phase. */
static const eco_field command_fields[] = {
    {.key = "timeout",
     .types = ECO_FIELD_TIME,
     .fallback = "none",
     .doc = "longest time each phase may take: 90s, 10min, 2h",
     .example = "timeout: 10min"},
    {.key = 0},
};

/* ---- metrics, objectives ---- */

/* None is required: an empty map is a metric that the program reports by itself. */
static const eco_field metric_fields[] = {
    {.key = "regex",
     .types = ECO_FIELD_TEXT,
     .doc = "PCRE2 pattern; its group in the last matching line of output is the value",
     .example = "regex: 'accuracy: ([0-9.]+)'"},
    {.key = "json",
     .types = ECO_FIELD_TEXT,
     .doc = "JSON file in the trial's folder that holds the value",
     .example = "json: result.json"},
    {.key = "pointer",
     .types = ECO_FIELD_TEXT,
     .doc = "JSON pointer (RFC 6901) to the value in that file",
     .example = "pointer: /accuracy"},
    {.key = "phase",
     .types = ECO_FIELD_TEXT,
     .fallback = "any",
     .doc = "the phase whose output counts"},
    {.key = 0},
};

/* Null is allowed because `accuracy:` with nothing behind it is the natural way to write a
 * metric that the program reports. */
static const eco_field metric_item = {
    .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
    .fields = metric_fields,
    .doc = "where a metric comes from; empty: the program reports it",
    .example = "accuracy: {regex: 'accuracy: ([0-9.]+)'}",
};

static const char *const goals[] = {"min", "max", 0};
static const char *const scales[] = {"linear", "log", "auto", 0};

/* `goal` is required although min would be a good guess: a wrong direction ruins a study. */
static const eco_field objective_fields[] = {
    {.key = "goal",
     .types = ECO_FIELD_WORD,
     .words = goals,
     .is_required = true,
     .doc = "direction of improvement",
     .example = "goal: max"},
    {.key = "threshold",
     .types = ECO_FIELD_NUMBER | ECO_FIELD_METRIC,
     .fallback = "inferred from the first trials",
     .doc = "worst value of interest, in the metric's unit"},
    {.key = "scale",
     .types = ECO_FIELD_WORD,
     .words = scales,
     .fallback = "auto",
     .doc = "scale it is modelled on; auto: log for energy, time, power, carbon and money"},
    {.key = 0},
};

/* The word is the common case; the map is for those who know their threshold or scale. */
static const eco_field objective_item = {
    .types = ECO_FIELD_WORD | ECO_FIELD_MAP,
    .words = goals,
    .fields = objective_fields,
    .doc = "what to improve: min, max, or a map",
    .example = "accuracy: {goal: max}",
};

/* A text to YAML; its grammar is that of build_metrics.c and of expressions. */
static const eco_field constraint_item = {
    .types = ECO_FIELD_TEXT,
    .doc = "condition on parameters, or a bound on one metric",
    .example = "evaluate.time_s <= 60",
};

/* ---- budget, meter, carbon, env ---- */

/* All may be left out.  The numbers in the fallbacks are those of build_settings.c. */
static const eco_field budget_fields[] = {
    {.key = "trials", .types = ECO_FIELD_INT, .fallback = "30", .doc = "most trials, at least 1"},
    {.key = "init",
     .types = ECO_FIELD_INT,
     .fallback = "5, or trials if that is less",
     .doc = "trials of the initial design, 1 to trials"},
    {.key = "energy",
     .types = ECO_FIELD_ENERGY,
     .fallback = "no limit",
     .doc = "most energy of all trials: 500J, 3Wh, 2kWh",
     .example = "energy: 2kWh"},
    {.key = "time",
     .types = ECO_FIELD_TIME,
     .fallback = "no limit",
     .doc = "longest time of the study: 90s, 10min, 2h",
     .example = "time: 2h"},
    {.key = "failures",
     .types = ECO_FIELD_RATIO,
     .fallback = "0.9",
     .doc = "share of failed trials above which the study stops, once 5 have ended; 1: never",
     .example = "failures: 50%"},
    {.key = "max_failure_rate",
     .types = ECO_FIELD_RATIO,
     .fallback = "0.9",
     .doc = "another name of failures",
     .example = "max_failure_rate: 50%"},
    {.key = "consecutive_failures",
     .types = ECO_FIELD_INT,
     .fallback = "10",
     .doc = "trials failed one after the other that stop the run; 0: never",
     .example = "consecutive_failures: 3"},
    {.key = "carbon",
     .types = ECO_FIELD_MASS,
     .fallback = "no limit",
     .doc = "most CO2e of the electricity of all trials: 100g, 2kg; needs the section carbon",
     .example = "carbon: 100g"},
    {.key = "money",
     .types = ECO_FIELD_NUMBER,
     .fallback = "no limit",
     .doc = "most that the electricity of all trials may cost, in the currency of carbon; needs "
            "its price",
     .example = "money: 5"},
    {.key = "gain",
     .types = ECO_FIELD_RATIO | ECO_FIELD_MAP,
     .fields = eco_field_gain,
     .fallback = "never",
     .doc = "stop once the hypervolume that one more trial is expected to add, as a share of what "
            "there is, stays below this",
     .example = "gain: 0.1%"},
    {.key = 0},
};

static const eco_field source_item = {.types = ECO_FIELD_TEXT, .doc = "a kind of source"};

static const eco_field phase_name_item = {.types = ECO_FIELD_TEXT, .doc = "name of a phase"};

static const eco_field repeats_fields[] = {
    {.key = "min",
     .types = ECO_FIELD_INT,
     .fallback = "1",
     .doc = "fewest runs of a repeated phase in a trial"},
    {.key = "max",
     .types = ECO_FIELD_INT,
     .fallback = "min; 8 with a target",
     .doc = "most runs; between min and max as many as can change the front"},
    {.key = "target",
     .types = ECO_FIELD_RATIO,
     .fallback = "none",
     .doc = "relative 95 % half width that ends the repeats",
     .example = "target: 3%"},
    {.key = "phases",
     .types = ECO_FIELD_LIST | ECO_FIELD_TEXT,
     .list_item = &phase_name_item,
     .fallback = "those whose energy or time an objective or constraint names, but the first of "
                 "several",
     .doc = "the phases that are repeated",
     .example = "phases: [evaluate]"},
    {.key = 0},
};

static const char *const concurrency[] = {"exclusive", "share", 0};

/* Kinds of sources and labels are the meter's words; it checks them itself (check_meter). */
static const eco_field meter_fields[] = {
    {.key = "sources",
     .types = ECO_FIELD_TEXT | ECO_FIELD_LIST,
     .list_item = &source_item,
     .fallback = "auto",
     .doc = "where energy is read: auto, none, or kinds of source such as rapl-perf, nvml, "
            "plug:http://ADDRESS, command:J=/PATH, model, replay:FILE",
     .example = "sources: auto"},
    {.key = "require",
     .types = ECO_FIELD_TEXT,
     .fallback = "any label",
     .doc = "weakest quality label allowed, or measured"},
    {.key = "total",
     .types = ECO_FIELD_TEXT,
     .fallback = "auto",
     .doc = "what is added up: auto, parts (packages, memory, GPUs), whole (plug, board, ...)"},
    {.key = "edges",
     .types = ECO_FIELD_TEXT,
     .fallback = "aligned",
     .doc = "longest wait for a counter's update at both ends of a window: aligned (5 ms), free "
            "(none), or a time",
     .example = "edges: 250ms"},
    {.key = "concurrent",
     .types = ECO_FIELD_WORD,
     .words = concurrency,
     .fallback = "exclusive",
     .doc = "phases whose energy counts: exclusive (alone on the machine) or share (by CPU time)",
     .example = "concurrent: share"},
    {.key = "record",
     .types = ECO_FIELD_TEXT,
     .doc = "trace file to write, relative to the study file"},
    {.key = "repeats",
     .types = ECO_FIELD_INT | ECO_FIELD_MAP,
     .fields = repeats_fields,
     .fallback = "1",
     .doc = "how often the measured phases of a trial are run",
     .example = "repeats: {min: 1, max: 3, target: 3%}"},
    {.key = "confirm",
     .types = ECO_FIELD_INT,
     .fallback = "3 where repeats has a max above min, else 0",
     .doc = "rounds in which the front is measured anew when the study is over; 0: none",
     .example = "confirm: 3"},
    {.key = 0},
};

/* Keys are objectives, values metrics of the profile phase; both are looked up in
 * build_repeats.c. */
static const eco_field provides_item = {
    .types = ECO_FIELD_TEXT,
    .doc = "metric of the profile phase that stands for the objective",
    .example = "evaluate.j_per_sample: profile.j_per_sample",
};

static const eco_field profile_fields[] = {
    {.key = "phase",
     .types = ECO_FIELD_TEXT,
     .is_required = true,
     .doc = "the phase that is measured before the rest of the trial",
     .example = "phase: profile"},
    {.key = "provides",
     .types = ECO_FIELD_MAP,
     .item = &provides_item,
     .is_required = true,
     .doc = "objectives that are known after it, each with the metric that tells them",
     .example = "provides: {evaluate.j_per_sample: profile.j_per_sample}"},
    {.key = "threshold",
     .types = ECO_FIELD_RATIO,
     .fallback = "5%",
     .doc = "probability of improving the front below which the rest of the trial is not run",
     .example = "threshold: 5%"},
    {.key = 0},
};

/* The name of the variable is the key, checked in build_command.c. */
static const eco_field env_item = {
    .types = ECO_FIELD_TEXT,
    .doc = "value of the variable; {name} is replaced as in commands",
};

/* ---- candidates ---- */

static const eco_field column_item = {.types = ECO_FIELD_TEXT, .doc = "name of a column"};

/* The long form is for tables that hold more than parameters. */
static const eco_field candidates_fields[] = {
    {.key = "file",
     .types = ECO_FIELD_TEXT,
     .is_required = true,
     .doc = "the CSV file, relative to the study file",
     .example = "file: points.csv"},
    {.key = "columns",
     .types = ECO_FIELD_LIST,
     .list_item = &column_item,
     .fallback = "all",
     .doc = "the columns that are parameters",
     .example = "columns: [width, depth]"},
    {.key = 0},
};

/* ---- the file ---- */

/* The default stands first. */
static const char *const samplers[] = {"mobo", "sobol", "random", "grid", "nsga2", 0};
/* In the order of ecopt_kernel. */
static const char *const kernels[] = {"matern52", "rbf", 0};

/* In the order of ecopt_transform. */
static const char *const transforms[] = {"auto", "none", "log", 0};

/* A map without a name is about the default sampler. */
static const eco_field sampler_fields[] = {
    {.key = "name",
     .types = ECO_FIELD_WORD,
     .words = samplers,
     .fallback = "mobo",
     .doc = "how points are chosen"},
    {.key = "cost_aware",
     .types = ECO_FIELD_BOOL | ECO_FIELD_NUMBER,
     .fallback = "false",
     .doc = "weigh what a point promises against the joules of its trial: true, false, or an "
            "exponent of the joules from 0 (false) to 1 (true)",
     .example = "cost_aware: true"},
    {.key = "kernel",
     .types = ECO_FIELD_WORD,
     .words = kernels,
     .fallback = "matern52",
     .doc = "covariance function of the models"},
    {.key = "transform",
     .types = ECO_FIELD_WORD,
     .words = transforms,
     .fallback = "auto",
     .doc = "model positive objectives by their logarithm: auto (where the data prefer it), none, "
            "or log; hypervolume stays in the objective's own scale"},
    {.key = 0},
};

/* Optional sections allow null, so that a section whose lines are all commented out is as good
 * as none; required ones do not. */
static const eco_field root_fields[] = {
    {.key = "study",
     .types = ECO_FIELD_TEXT,
     .is_required = true,
     .doc = "name of the study: letters, digits, '.', '_', '-'",
     .example = "study: my-study"},
    {.key = "seed",
     .types = ECO_FIELD_INT,
     .fallback = "0",
     .doc = "number that all random choices follow from; at least 0"},
    {.key = "command",
     .types = ECO_FIELD_TEXT | ECO_FIELD_LIST | ECO_FIELD_MAP,
     .is_required = true,
     .fields = command_fields,
     .item = &phase_item,
     .list_item = &argument,
     .doc = "what a trial runs: phase names with their commands, or one command for a phase 'run'",
     .example = "command: ./train --lr {lr}"},
    {.key = "params",
     .types = ECO_FIELD_MAP,
     .is_required = true,
     .unless = "candidates",
     .item = &param_item,
     .doc = "the parameters to tune; those that candidates names need not be here",
     .example = "params: {lr: {type: float, min: 1e-4, max: 1e-2, log: true}}"},
    {.key = "candidates",
     .types = ECO_FIELD_TEXT | ECO_FIELD_MAP,
     .fields = candidates_fields,
     .fallback = "all points of the parameters",
     .doc = "CSV file that lists the allowed points: a header with names, then a point per row",
     .example = "candidates: points.csv"},
    {.key = "metrics",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .item = &metric_item,
     .fallback = "the built-in ones only",
     .doc = "what the program tells, and how it is read"},
    {.key = "objectives",
     .types = ECO_FIELD_MAP,
     .is_required = true,
     .item = &objective_item,
     .doc = "the metrics to improve",
     .example = "objectives: {accuracy: max, energy_j: min}"},
    {.key = "constraints",
     .types = ECO_FIELD_LIST | ECO_FIELD_TEXT | ECO_FIELD_NULL,
     .list_item = &constraint_item,
     .fallback = "none",
     .doc = "conditions on parameters and bounds on metrics",
     .example = "constraints: [evaluate.time_s <= 60, width * depth <= 256]"},
    {.key = "budget",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .fields = budget_fields,
     .doc = "when the study is over",
     .example = "budget: {trials: 30, energy: 2kWh}"},
    {.key = "meter",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .fields = meter_fields,
     .doc = "how energy is measured",
     .example = "meter: {sources: auto}"},
    {.key = "profile",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .fields = profile_fields,
     .fallback = "every trial runs all of its phases",
     .doc = "a phase that decides whether the rest of a trial is worth its joules",
     .example = "profile: {phase: profile, provides: {evaluate.j_per_sample: "
                "profile.j_per_sample}}"},
    {.key = "carbon",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .fields = eco_field_carbon,
     .fallback = "no carbon figures",
     .doc = "carbon intensity and price of the electricity",
     .example = "carbon: {country: GBR, pue: 1.2}"},
    {.key = "deployment",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .fields = eco_field_deployment,
     .fallback = "the search does not weigh what it costs",
     .doc = "what the tuned program is for: the search stops when it no longer pays for itself",
     .example = "deployment: {requests: 1e6}"},
    {.key = "sampler",
     .types = ECO_FIELD_WORD | ECO_FIELD_MAP,
     .words = samplers,
     .fields = sampler_fields,
     .fallback = "mobo",
     .doc = "how points are chosen: a name, or a map with settings of mobo",
     .example = "sampler: {name: mobo, cost_aware: true}"},
    {.key = "env",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .item = &env_item,
     .doc = "environment variables added to the commands"},
    {.key = "inherit_env",
     .types = ECO_FIELD_LIST | ECO_FIELD_NULL,
     .list_item = &eco_field_variable,
     .fallback = "all variables",
     .doc = "the only variables of ecopt's own environment that the commands get",
     .example = "inherit_env: [PATH, HOME, LANG, LC_*]"},
    {.key = "secrets",
     .types = ECO_FIELD_LIST | ECO_FIELD_NULL,
     .list_item = &eco_field_variable,
     .fallback = "variables whose names tell: *_TOKEN, *_KEY, *PASSWORD*, *SECRET*",
     .doc = "further variables whose values are masked in all that is kept",
     .example = "secrets: [HF_LOGIN]"},
    {.key = "resources",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .fields = eco_field_resources,
     .fallback = "no limits",
     .doc = "what each trial may take of the machine",
     .example = "resources: {memory: 4GB, cpus: 2}"},
    {.key = "retries",
     .types = ECO_FIELD_MAP | ECO_FIELD_NULL,
     .fields = eco_field_retries,
     .doc = "how often a trial is run again, by cause of its failure",
     .example = "retries: {signal: 1, timeout: 0}"},
    {.key = "pruning",
     .types = ECO_FIELD_WORD | ECO_FIELD_MAP | ECO_FIELD_NULL,
     .words = eco_field_prune_rules,
     .fields = eco_field_pruning,
     .fallback = "none",
     .doc = "which trials are ended before their last step: a rule, or a map with its settings",
     .example = "pruning: {rule: curve, steps: 30}"},
    {.key = 0},
};

const eco_field eco_field_root = {
    .types = ECO_FIELD_MAP,
    .fields = root_fields,
    .doc = "a study of ECOpt",
};
