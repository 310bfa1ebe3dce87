/*
 * From a checked tree to a definition, section by section.
 *
 * Call order: eco_build_params, eco_build_command, eco_build_env, eco_build_metrics,
 * eco_build_objectives, eco_build_constraints, eco_build_settings, eco_build_process,
 * eco_build_pruning, eco_build_space; each needs those before it: commands name parameters, metrics
 * name phases, objectives and constraints name metrics.  Each reports what the table of keys could
 * not see and returns a failure only for want of memory; whether the definition may be used is
 * report->n_errors.
 *
 * A section may assume that eco_field_check has run: a value that eco_field_get hands out has one
 * of the types of its key.  What is wrong is marked bad and left out, or replaced by something
 * harmless, so that later sections can still be checked and one mistake gives one message.
 *
 * Owner: definition.c; texts live in the arena.
 */
#ifndef ECO_CONFIG_BUILD_H
#define ECO_CONFIG_BUILD_H

#include "config/diagnosis.h"
#include "config/field_check.h"

#include <ecopt/definition.h>

/** What `candidates` says; see candidates.h. */
typedef struct eco_candidates eco_candidates;

typedef struct eco_build {
    ecopt_ctx *ctx;
    eco_arena *arena;
    eco_diagnosis *report;
    eco_node *root;
    const char *kept_folder;      /* study folder whose copy of the list counts, or NULL */
    ecopt_definition *definition; /* being filled */
    ecopt_param *params;          /* n_params; bad ones keep their name */
    size_t n_params;
    bool has_bad_param;
    eco_candidates *candidates;     /* NULL: the study file has no such list */
    bool is_stuck;                  /* names are not known: nothing further can be checked */
    bool *is_used;                  /* n_params: named by some command or variable */
    bool uses_all;                  /* {params.json} is named */
    bool has_bad_command;           /* what the commands use cannot be told */
    ecopt_space *space;             /* owned; NULL until eco_build_space */
    const char **space_constraints; /* those on parameters */
    size_t n_space_constraints;
} eco_build;

/**
 * Parameters and their conditions.  Fills params, n_params and has_bad_param, which all other
 * sections ask; a parameter with a mistake is still there by its name.
 */
ECOPT_NODROP ecopt_status eco_build_params(eco_build *b);

/**
 * Phases; also checks placeholders, so it needs the parameters.  Sets is_used, uses_all and
 * has_bad_command for the warning that eco_build_env gives.
 */
ECOPT_NODROP ecopt_status eco_build_command(eco_build *b);

/**
 * Environment variables as NAME=template, and a warning of each parameter that neither a command
 * nor a variable uses.
 */
ECOPT_NODROP ecopt_status eco_build_env(eco_build *b);

/** Declared metrics.  Needs the phases: built-in names depend on them and cannot be declared. */
ECOPT_NODROP ecopt_status eco_build_metrics(eco_build *b);

/** Objectives; each must name a metric that is declared or built in. */
ECOPT_NODROP ecopt_status eco_build_objectives(eco_build *b);

/** Constraints: on metrics into the definition, on parameters into space_constraints. */
ECOPT_NODROP ecopt_status eco_build_constraints(eco_build *b);

/** Name, seed, sampler, budget, meter, carbon: what no other section refers to by name. */
ECOPT_NODROP ecopt_status eco_build_settings(eco_build *b);

/** Failures and retries, resources, inherited variables and secrets. */
ECOPT_NODROP ecopt_status eco_build_process(eco_build *b);
/** Pruning.  Needs the objectives and constraints: the metric must be one of theirs. */
ECOPT_NODROP ecopt_status eco_build_pruning(eco_build *b);

/** `meter.repeats` and `meter.confirm`.  Needs phases, objectives, constraints and the meter's
 *  sources. */
ECOPT_NODROP ecopt_status eco_build_repeats(eco_build *b);

/** `profile`.  Needs phases, metrics and objectives. */
ECOPT_NODROP ecopt_status eco_build_profile(eco_build *b);

/**
 * The space, once nothing is wrong; warns of one smaller than the budget.  Does nothing while there
 * are errors, so definition->space may stay NULL.
 */
ECOPT_NODROP ecopt_status eco_build_space(eco_build *b);

/** Index of the phase that a node names; n_phases and an error at the node when there is none,
 *  which is not said while the section `command` itself is wrong. */
size_t eco_build_find_phase(eco_build *b, eco_node *node);

/** A whole number of at least 1, or `otherwise`, which also stands in for a wrong one. */
int64_t eco_build_count(eco_build *b, const eco_node *map, const char *key, int64_t otherwise);
/** Keys of the budget that need the settings: carbon, money, gain. */
ECOPT_NODROP ecopt_status eco_build_limits(eco_build *b);

/** What the tuned program is for.  After the space, of which the baseline is a point. */
ECOPT_NODROP ecopt_status eco_build_deployment(eco_build *b);

/** Warnings of sections that make each other useless.  Last, as it looks at all of them. */
ECOPT_NODROP ecopt_status eco_build_conflicts(eco_build *b);

/** Reports placeholders of a template that nothing stands for; notes those that are parameters. */
void eco_build_check_template(eco_build *b, eco_node *at, const char *text);

/** True when a metric of that name is declared or built in. */
bool eco_build_has_metric(const eco_build *b, const char *name);

/**
 * All names of metrics, declared and built in, for hints.
 *
 * @param[out] ret_names  NULL on no memory (noted in the report)
 * @return their number
 */
size_t eco_build_metric_names(eco_build *b, const char *const **ret_names);

/** True for [A-Za-z_][A-Za-z0-9_-]*, and '.' inside where it is allowed. */
bool eco_build_is_name(const char *text, bool dots);

/** Makes a parameter fixed at the value of a scalar node. */
ECOPT_NODROP ecopt_status eco_build_set_fixed(eco_build *b, const eco_node *node,
                                              ecopt_param *param);

/** True when parameters of both names would share one environment variable. */
bool eco_build_shares_variable(const char *a, const char *b);

/** Index of a parameter, or n_params. */
size_t eco_build_find_param(const eco_build *b, const char *name);

#endif
