/*
 * A study's definition: what study.yaml says, checked.
 *
 * Read with ecopt_definition_load; every error of the file is reported, with line and column,
 * before the call fails; nothing can be run from a definition with an error.  The struct is plain
 * constant data: read its fields, never write them.  Fields are only ever appended.
 *
 * Owner: the caller of ecopt_definition_load, who frees it; everything it points to goes with it.
 */
#ifndef ECOPT_DEFINITION_H
#define ECOPT_DEFINITION_H

#include <ecopt/ctx.h>
#include <ecopt/meter.h>
#include <ecopt/snapshot.h>
#include <ecopt/space.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ecopt_goal { ECOPT_GOAL_MIN, ECOPT_GOAL_MAX } ecopt_goal;

/** Scale an objective is modelled on. */
typedef enum ecopt_scale { ECOPT_SCALE_LINEAR, ECOPT_SCALE_LOG } ecopt_scale;

typedef struct ecopt_objective {
    const char *metric;
    ecopt_goal goal;
    ecopt_scale
        scale; /* decided: energy, time, power and carbon are LOG unless the file says else */
    bool has_threshold;
    double threshold; /* worst value of interest, in the metric's own unit */
} ecopt_objective;

typedef enum ecopt_relation { ECOPT_AT_MOST, ECOPT_AT_LEAST } ecopt_relation;

/** Bound on a metric, e.g. evaluate.time_s <= 60.  (Constraints on parameters are in the space.) */
typedef struct ecopt_constraint {
    const char *text; /* as written */
    const char *metric;
    ecopt_relation relation;
    double bound;
} ecopt_constraint;

typedef enum ecopt_metric_kind {
    ECOPT_METRIC_REPORTED, /* by ECOPT_RESULT, "[ecopt] {...}" line or `ecopt log` */
    ECOPT_METRIC_REGEX,    /* first group of the last match on stdout or stderr */
    ECOPT_METRIC_JSON      /* JSON pointer (RFC 6901) into a file of the trial's folder */
} ecopt_metric_kind;

typedef struct ecopt_metric {
    const char *name;
    ecopt_metric_kind kind;
    const char *regex;   /* REGEX: PCRE2 pattern with one group */
    const char *file;    /* JSON: path template, relative to the trial's folder */
    const char *pointer; /* JSON */
    const char *phase;   /* only this phase's output counts; NULL: any */
} ecopt_metric;

typedef struct ecopt_phase {
    const char *name;
    size_t n_args;
    const char *const
        *args;        /* argument templates: {name}, {trial.dir}, {params.json}, {seed}, ... */
    double timeout_s; /* INFINITY: none */
} ecopt_phase;

typedef struct ecopt_budget {
    int64_t trials;           /* most trials; always set */
    int64_t init;             /* size of the initial design */
    double energy_j;          /* INFINITY: no limit */
    double time_s;            /* INFINITY: no limit */
    double max_failure_ratio; /* stop with exit 4 above it, once 5 trials ended; 1: never */
    double carbon_g;          /* CO2e of the electricity; INFINITY: no limit */
    double money;             /* in carbon.currency; INFINITY: no limit */
    double gain_ratio;        /* stop once the hypervolume expected of one more trial, as a share of
                                 what there is, stayed below it `gain_trials` times; 0: never */
    int64_t gain_trials;      /* >= 1 */
} ecopt_budget;

/** Which configuration of a study is deployed: among those that keep all constraints ... */
typedef enum ecopt_choose {
    ECOPT_CHOOSE_MIN, /* ... and thresholds, the one of the fewest joules per request */
    ECOPT_CHOOSE_KNEE /* ... the knee of the front */
} ecopt_choose;

/** What the tuned program is for; with it the search stops when it no longer pays for itself. */
typedef struct ecopt_deployment {
    bool is_set;
    double requests;      /* > 0, over the whole life of the deployment */
    const char *metric;   /* joules of one request */
    const char *baseline; /* point in text form: what would be deployed without the search */
    ecopt_choose choose;
    double baseline_j; /* joules per request of the baseline as known beforehand; NAN: not known */
    double trial_j;    /* joules of one trial as expected beforehand; NAN: not known */
    double per_day;    /* requests a day, for break-even in days; NAN: not given */
} ecopt_deployment;

typedef struct ecopt_meter_policy {
    const char *sources;    /* "auto" or a list as in ecopt_meter_options */
    const char *require;    /* NULL: anything */
    const char *record;     /* NULL, or trace file to write */
    int64_t repeats;        /* fewest runs of a repeated phase, as repeats.min of the definition */
    const char *total;      /* NULL: auto; as in ecopt_meter_options */
    const char *edges;      /* NULL: aligned; as in ecopt_meter_options */
    const char *concurrent; /* NULL or "exclusive": phases whose energy counts run alone on the
                               machine; "share": side by side, attributed by CPU time */
} ecopt_meter_policy;

/** What joules mean outside of the machine; 0 is not given but for the intensity. */
typedef struct ecopt_carbon {
    bool is_set;
    const char *country;        /* ISO 3166-1 alpha-3, or NULL */
    double intensity_g_per_kwh; /* of the file, else of the country's table */
    double pue;                 /* >= 1 */
    double uncertainty_ratio;   /* half width of the intensity, 0 to 1; of the file, else the rule
                                   of ecopt_carbon_uncertainty_ratio */
    bool is_uncertainty_given;  /* it is the file's */
    double wue_l_per_kwh;       /* litres of water per kWh of the computer, PUE not multiplied in */
    double embodied_g;          /* CO2e of making the machine; with lifetime_s or not at all */
    double lifetime_s;          /* time over which that is shared out */
    double price_per_kwh;       /* with currency or not at all */
    const char *currency;       /* a text to print, or NULL */
} ecopt_carbon;

/** Covariance function of the models that "mobo" learns. */
typedef enum ecopt_kernel {
    ECOPT_KERNEL_MATERN52, /* twice differentiable: the usual choice */
    ECOPT_KERNEL_RBF       /* infinitely smooth */
} ecopt_kernel;

/** What the models learn: an objective's cost, or its logarithm where all costs are positive. */
typedef enum ecopt_transform {
    ECOPT_TRANSFORM_AUTO, /* per objective as the data prefer */
    ECOPT_TRANSFORM_NONE, /* always the cost */
    ECOPT_TRANSFORM_LOG   /* the logarithm wherever there is one */
} ecopt_transform;

/** How the sampler works; zero is the default.  No part of a study's identity: it may change from
 * one run to the next. */
typedef struct ecopt_sampler_settings {
    ecopt_kernel kernel;
    ecopt_transform transform;
    double cost_exponent; /* alpha in 0..1: what a point promises is divided by the joules expected
                             of its trial to the power alpha; 0: joules do not count */
} ecopt_sampler_settings;

/** Room for a number per cause; there are fewer causes. */
enum { ECOPT_CAUSES_MAX = 32 };

/** What becomes of a trial that failed, and of a study whose trials do.  No part of a study's
 * identity. */
typedef struct ecopt_failure_policy {
    int32_t retries[ECOPT_CAUSES_MAX]; /* by ecopt_cause: how often a trial is run again after
                                          failures of that cause */
    int64_t consecutive; /* trials failed one after the other in one run that end it; 0: never */
} ecopt_failure_policy;

/** What each trial may take of the machine; 0: as much as there is. */
typedef struct ecopt_resources {
    double memory_b;  /* of all its processes together */
    int64_t cpus;     /* it runs on so many of the CPUs that ECOpt may use */
    int64_t gpus;     /* it sees so many */
    int64_t pids;     /* processes and threads at once */
    bool is_required; /* no trial starts where one of these cannot be kept */
} ecopt_resources;

/** Which environment variables the programs get of ECOpt's own, and what is never stored. */
typedef struct ecopt_environment {
    bool is_limited; /* else they get all, but those that begin with ECOPT_ */
    size_t n_inherited;
    const char *const *inherited; /* only these: names, a '*' at either end stands for anything
                                   */
    size_t n_secrets;
    const char *const *secrets; /* variables whose values are masked, beside those whose names tell
                                   (see ecopt-study.yaml(5)); patterns as above */
} ecopt_environment;
/** Which trials are ended before their last step. */
typedef enum ecopt_prune_rule {
    ECOPT_PRUNE_NONE,
    ECOPT_PRUNE_CURVE, /* those whose end would very probably be dominated */
    ECOPT_PRUNE_ASHA   /* those that are not among the best at a rung (MO-ASHA) */
} ecopt_prune_rule;

/** When a trial is ended early.  No part of a study's identity. */
typedef struct ecopt_pruning {
    ecopt_prune_rule rule;
    int64_t steps;         /* of a complete trial; 0: the last step of those that completed */
    const char *metric;    /* the one whose steps count; NULL: those of all objectives and
                              constraints */
    double confidence;     /* CURVE: the probability of being of no use that ends a trial */
    double gain_ratio;     /* CURVE: least share of the front's hypervolume that a trial must be
                              expected to add for the joules of a mean trial; 0: any */
    int64_t warmup_trials; /* complete trials before any is ended early, >= 2 */
    int64_t warmup_steps;  /* steps that every trial is given, >= 1; ASHA: the first rung */
    double reduction;      /* ASHA: one in so many goes on, and a rung is so many times the one
                              before; > 1 */
} ecopt_pruning;

/** How often phases are measured (docs/energy.md, "Repeats in a study"). */
typedef struct ecopt_repeat_policy {
    int64_t min, max;    /* runs of a repeated phase in a trial, 1 <= min <= max; equal: always so
                            many */
    double target_ratio; /* relative 95 % half width that ends the repeats; 0: none */
    size_t n_phases;
    const size_t *phases; /* indices of the repeated phases, ascending */
    int64_t confirm;      /* rounds in which the front is measured anew at the end; 0: none */
} ecopt_repeat_policy;

/** An objective that the profile phase knows before the rest of the trial runs. */
typedef struct ecopt_provision {
    size_t objective;   /* index */
    const char *metric; /* of the profile phase, in the objective's unit */
} ecopt_provision;

/** A phase whose result decides whether the rest of a trial is worth its joules. */
typedef struct ecopt_profile_policy {
    bool is_set;
    size_t phase; /* index; not the last */
    size_t n_provides;
    const ecopt_provision *provides;
    double threshold_ratio; /* probability of improving the front below which a trial ends */
} ecopt_profile_policy;

typedef struct ecopt_definition {
    const char *name;    /* study name: letters, digits, '.', '_', '-' */
    const char *text;    /* the file as read */
    const char *path;    /* where it came from */
    const char *dir;     /* absolute folder of the file: commands start there, {study.dir} */
    const char *sampler; /* "mobo" unless the file says else */
    uint64_t seed;
    const ecopt_space *space;
    size_t n_objectives;
    const ecopt_objective *objectives;
    size_t n_constraints;
    const ecopt_constraint *constraints;
    size_t n_metrics;
    const ecopt_metric *metrics;
    size_t n_phases;
    const ecopt_phase *phases;
    size_t n_env;
    const char *const *env; /* NAME=template pairs added to the child's environment */
    ecopt_budget budget;
    ecopt_meter_policy meter;
    ecopt_carbon carbon;
    ecopt_sampler_settings sampler_settings;
    const char *candidates;       /* file with the list of allowed points, NULL: none */
    size_t n_candidates;          /* points of the list, each counted once */
    size_t n_candidates_rejected; /* rows left out because of constraints on parameters */
    const char *candidates_text;  /* that file as read, for the copy that a study keeps */
    size_t candidates_length;     /* its bytes */
    ecopt_failure_policy failures;
    ecopt_resources resources;
    ecopt_environment environment;
    ecopt_repeat_policy repeats;
    ecopt_profile_policy profile;
    ecopt_pruning pruning;
    ecopt_deployment deployment;
} ecopt_definition;

/** One remark about a definition; texts valid during the callback only. */
typedef struct ecopt_diagnostic {
    bool is_error; /* else a warning or advice */
    const char *file;
    size_t line, column; /* 1-based, 0 when it concerns the whole file */
    const char *key;     /* e.g. "params.lr"; "" for the whole file */
    const char *message; /* what is wrong, lower case, no full stop */
    const char *hint;    /* the remedy, or "" */
    const char *source;  /* text of that line, or "" */
} ecopt_diagnostic;

typedef void (*ecopt_diagnostic_fn)(void *user, const ecopt_diagnostic *diagnostic);

/**
 * Reads and checks a study file.  All problems are reported through `report` (may be NULL).
 *
 * @param[out] ret_definition  caller frees with ecopt_definition_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_CONFIG (the message counts the errors), ECOPT_E_NOT_FOUND, ECOPT_E_IO,
 *         ECOPT_E_LIMIT, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_definition_load(ecopt_ctx *ctx, const char *path,
                                                          ecopt_diagnostic_fn report, void *user,
                                                          ecopt_definition **ret_definition);

/**
 * The same from memory; `path` names it in messages and its folder is where commands start.
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_definition_parse(ecopt_ctx *ctx, const char *text,
                                                           size_t length, const char *path,
                                                           ecopt_diagnostic_fn report, void *user,
                                                           ecopt_definition **ret_definition);

/**
 * The definition that a study keeps: what its latest trials ran under, whatever became of the files
 * since.  Text and name are those of the snapshot; a list of candidates is the copy in the study's
 * folder, or, where there is none, the file itself.  Relative paths start at the folder's parent.
 *
 * @param[in]  dir             study folder (NAME.ecopt)
 * @param[in]  snapshot        of that study
 * @param[out] ret_definition  caller frees with ecopt_definition_free; unchanged on failure
 * @return as ecopt_definition_load; ECOPT_E_NOT_FOUND is about the folder
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_definition_kept(ecopt_ctx *ctx, const char *dir,
                                                          const ecopt_snapshot *snapshot,
                                                          ecopt_diagnostic_fn report, void *user,
                                                          ecopt_definition **ret_definition);

/** Frees a definition; NULL is allowed. */
ECOPT_API void ecopt_definition_free(ecopt_ctx *ctx, ecopt_definition *definition);

/**
 * What phase `phase` would run at point x: one line per argument list, quoted for reading.
 *
 * @param[in]  x         codes of <ecopt/space.h>
 * @param[out] ret_text  caller frees with ecopt_text_free
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_definition_expand(ecopt_ctx *ctx,
                                                            const ecopt_definition *definition,
                                                            size_t phase, const double *x,
                                                            char **ret_text);

/**
 * JSON schema (draft 2020-12) of the study file, written from the table that checks it.
 *
 * @param[out] ret_text  caller frees with ecopt_text_free
 * @return ECOPT_OK, ECOPT_E_ARG, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_definition_schema(ecopt_ctx *ctx, char **ret_text);

/**
 * Splits a command line into words as those of a study file are: quotes and backslashes count, what
 * only a shell understands is refused, nothing is replaced or run.
 *
 * @param[out] ret_argv  NULL-terminated, one block; caller frees with ecopt_command_free; unchanged
 *                       on failure
 * @param[out] ret_n     words; may be NULL
 * @return ECOPT_OK, ECOPT_E_ARG (NULL, or no word), ECOPT_E_PARSE (the message says what and
 *         where), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_command_split(ecopt_ctx *ctx, const char *text,
                                                        char ***ret_argv, size_t *ret_n);

/** Frees what ecopt_command_split made; NULL is allowed. */
ECOPT_API void ecopt_command_free(ecopt_ctx *ctx, char **argv);

#ifdef __cplusplus
}
#endif

#endif
