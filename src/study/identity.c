/*
 * Writing the identity, line by line in the order of identity.h.
 *
 * The order and the spelling are part of every stored study: a change here would make all of them
 * "made with a different definition". New keys may only be added where their absence writes
 * nothing.
 */
#include "study/identity.h"

#include "core/str.h"
#include "space/space.h"
#include "trial/mask.h"

#include <inttypes.h>
#include <string.h>

/* A text from the file as part of one line: line ends and backslashes are escaped. */
static void add_text(eco_str *str, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            eco_str_add(str, "\\n");
        else if (*text == '\\')
            eco_str_add(str, "\\\\");
        else
            eco_str_add_char(str, *text);
    }
}

/* `group.key: value`, or `group: value` without a key. A message names what stands before the
 * colon, so keys are spelled as in the study file. */
static void add_line(eco_str *str, const char *group, const char *key, const char *value)
{
    eco_str_addf(str, "%s%s%s: ", group, key[0] ? "." : "", key);
    add_text(str, value);
    eco_str_add_char(str, '\n');
}

/* The shortest text that reads back as the same number: 0.1 and 1e-1 in the file are one number and
 * must not look like a change. */
static void add_number(eco_str *str, const char *name, double value)
{
    char text[ECO_DOUBLE_TEXT_B];
    eco_format_double(value, text);
    eco_str_addf(str, " %s=%s", name, text);
}

/* Flags are written only when set and a default only when given, so a file that starts to spell out
 * `log: false` is still the same study. The type of a choice's value belongs to it: the text "1"
 * and the number 1 reach the program alike, but not its reports. */
static void add_param(eco_str *str, const ecopt_param *param)
{
    static const char *const value_types[] = {"float", "int", "bool", "string"};
    eco_str_addf(str, "params.%s: %s", param->name, ecopt_param_type_name(param->type));
    if (param->type == ECOPT_PARAM_FLOAT || param->type == ECOPT_PARAM_INT) {
        add_number(str, "min", param->min);
        add_number(str, "max", param->max);
    }
    for (size_t k = 0; k < param->n_values; k++) {
        eco_str_addf(str, " %s:", value_types[param->values[k].type]);
        add_text(str, param->values[k].text);
    }
    if (param->is_log)
        eco_str_add(str, " log");
    if (param->is_ordered)
        eco_str_add(str, " ordered");
    if (param->has_default)
        add_number(str, "default", param->default_code);
    if (param->when) {
        eco_str_add(str, " when ");
        add_text(str, param->when);
    }
    eco_str_add_char(str, '\n');
}

/* Of a list of candidates only the names count, and what switches a parameter off.  Ranges, types
 * and values follow from the rows, and rows may come and go: each stored point is looked up in the
 * list as it is now, so a study can never hold a point that its list does not have. */
static void add_column(eco_str *str, const ecopt_param *param)
{
    eco_str_addf(str, "params.%s: column", param->name);
    if (param->when) {
        eco_str_add(str, " when ");
        add_text(str, param->when);
    }
    eco_str_add_char(str, '\n');
}

/* Goal and scale always, even if they are the default: what they mean for the points that were
 * chosen does not depend on whether they were written. */
static void add_objective(eco_str *str, const ecopt_objective *objective)
{
    eco_str_addf(str, "objectives.%s: %s %s", objective->metric,
                 objective->goal == ECOPT_GOAL_MAX ? "max" : "min",
                 objective->scale == ECOPT_SCALE_LOG ? "log" : "linear");
    if (objective->has_threshold)
        add_number(str, "threshold", objective->threshold);
    eco_str_add_char(str, '\n');
}

/* A metric that is read by another pattern, from another file or in another phase is another
 * metric, whatever its name. */
static void add_metric(eco_str *str, const ecopt_metric *metric)
{
    static const char *const kinds[] = {"reported", "regex", "json"};
    const char *const parts[] = {metric->regex, metric->file, metric->pointer, metric->phase};
    eco_str_addf(str, "metrics.%s: %s", metric->name, kinds[metric->kind]);
    for (size_t k = 0; k < ECO_LEN(parts); k++) {
        eco_str_add(str, " | ");
        add_text(str, parts[k] ? parts[k] : "");
    }
    eco_str_add_char(str, '\n');
}

/* Word by word with a bar between, so that moving a blank from one argument to the next is seen. */
static void add_phase(eco_str *str, const ecopt_phase *phase)
{
    eco_str_addf(str, "command.%s:", phase->name);
    for (size_t k = 0; k < phase->n_args; k++) {
        eco_str_add(str, " | ");
        add_text(str, phase->args[k]);
    }
    eco_str_add_char(str, '\n');
}

/* A secret may be renewed, and is not to be kept: its name alone counts. */
static void add_variable(eco_str *str, const ecopt_definition *definition, const char *pair)
{
    size_t n = strcspn(pair, "=");
    if (eco_mask_is_secret(definition, pair, n))
        eco_str_addf(str, "env: %.*s\n", (int)n, pair);
    else
        add_line(str, "env", "", pair);
}

/* The size of the initial design is in, the other budgets are out: it decides which points were
 * chosen, they only how many. Memory that runs out is kept by the string and told once, at the
 * end. */
ecopt_status eco_definition_identity(ecopt_ctx *ctx, const ecopt_definition *definition,
                                     char **ret_text)
{
    eco_str str = ECO_STR_INIT(ctx);
    add_line(&str, "study", "", definition->name);
    eco_str_addf(&str, "seed: %" PRIu64 "\n", definition->seed);
    add_line(&str, "sampler", "", definition->sampler);
    for (size_t i = 0; i < ecopt_space_n_params(definition->space); i++)
        (definition->n_candidates > 0 ? add_column
                                      : add_param)(&str, ecopt_space_param(definition->space, i));
    if (definition->n_candidates > 0)
        eco_str_add(&str, "candidates: list\n");
    for (size_t i = 0; i < ecopt_space_n_constraints(definition->space); i++)
        add_line(&str, "constraints", "", ecopt_space_constraint(definition->space, i));
    for (size_t i = 0; i < definition->n_constraints; i++)
        add_line(&str, "constraints", "", definition->constraints[i].text);
    for (size_t i = 0; i < definition->n_objectives; i++)
        add_objective(&str, &definition->objectives[i]);
    for (size_t i = 0; i < definition->n_metrics; i++)
        add_metric(&str, &definition->metrics[i]);
    for (size_t i = 0; i < definition->n_phases; i++)
        add_phase(&str, &definition->phases[i]);
    for (size_t i = 0; i < definition->n_env; i++)
        add_variable(&str, definition, definition->env[i]);
    eco_str_addf(&str, "budget.init: %lld\n", (long long)definition->budget.init);
    ecopt_status status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}
