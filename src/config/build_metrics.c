/*
 * The sections `metrics`, `objectives` and `constraints`.
 *
 * Which metrics are built in, and what they need, is asked of the trial layer, which makes them.  A
 * constraint is a bound on one metric (NAME <= VALUE, either way round) or else an expression over
 * parameters; the first is checked after a trial, the second before a point is tried, so a mixture
 * of both has no meaning and is refused.
 *
 * Input are the nodes of the three sections and the phases read before; output are the metrics,
 * objectives and bounds of the definition, and the texts of constraints on parameters, which
 * eco_build_space compiles into the space.
 *
 * A metric that is not found is only complained of where the list of metrics and the commands are
 * known: were one of them unreadable, every name would seem wrong.
 */
#include "config/build.h"

#include "core/str.h"
#include "space/expr.h"
#include "trial/builtin.h"
#include "trial/pattern.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Suffixes of built-in names, for hints only: which of them hold is asked of the trial layer. */
static const char *const suffixes[] = {
    "energy_j",     "time_s",        "power_w",       "carbon_g", "energy_cost",
    "j_per_sample", "samples_per_j", "samples_per_s", "cpu_s",    "max_rss_b"};

/* Whether a name is measured without being declared; depends on the phases, and for carbon and
 * money on the section `carbon`. */
static bool is_builtin(const eco_build *b, const char *name)
{
    /* The carbon section is read later; whether it stands there is what counts. */
    const eco_node *carbon = eco_node_get(b->root, "carbon");
    bool is_there = carbon && !eco_node_is_null(carbon);
    return eco_metric_is_builtin(name, b->definition->phases, b->definition->n_phases, is_there,
                                 is_there && eco_node_get(carbon, "price"));
}

/* Declared metrics only.  They are few, and each is sought a few times while reading. */
static const ecopt_metric *find_metric(const eco_build *b, const char *name)
{
    for (size_t i = 0; i < b->definition->n_metrics; i++)
        if (strcmp(b->definition->metrics[i].name, name) == 0)
            return &b->definition->metrics[i];
    return NULL;
}

/* A list of metrics that cannot be read says nothing about which there are. */
static bool is_list_bad(const eco_build *b)
{
    const eco_node *metrics = eco_node_get(b->root, "metrics");
    return metrics && metrics->is_bad;
}

/* Declared first: that is the cheap question, and the two cannot both be true in a good file. */
bool eco_build_has_metric(const eco_build *b, const char *name)
{
    return find_metric(b, name) || is_builtin(b, name);
}

/* Candidates are made of every phase (and of none) with every suffix, then put to the trial
 * layer, so that a hint never offers a name that is not there. */
size_t eco_build_metric_names(eco_build *b, const char *const **ret_names)
{
    const ecopt_definition *d = b->definition;
    /* One round more than there are phases: the totals, which have no phase in front. */
    size_t n = 0, room = d->n_metrics + (d->n_phases + 1) * ECO_LEN(suffixes);
    const char **names = eco_arena_alloc(b->arena, room, sizeof *names);
    *ret_names = names;
    if (!names) {
        b->report->status = ECOPT_E_NOMEM;
        return 0;
    }
    for (size_t i = 0; i < d->n_metrics; i++)
        names[n++] = d->metrics[i].name;
    for (size_t phase = 0; phase <= d->n_phases; phase++)
        for (size_t i = 0; i < ECO_LEN(suffixes); i++) {
            const char *name =
                phase == d->n_phases
                    ? suffixes[i]
                    : eco_diagnosis_text(b->report, "%s.%s", d->phases[phase].name, suffixes[i]);
            if (is_builtin(b, name))
                names[n++] = name;
        }
    return n;
}

/* ---- metrics ---- */

/* Compiled here as the trial will, so that a bad pattern is known before the first run.  The
 * pattern is thrown away: the definition holds texts only.  An empty one is refused first,
 * because its message has an example to show. */
static ecopt_status check_regex(eco_build *b, eco_node *node)
{
    eco_pattern *pattern = NULL;
    size_t offset = 0;
    if (node->text[0] == '\0') {
        eco_diagnosis_error(b->report, node, "e.g. regex: 'accuracy: ([0-9.]+)'",
                            "the pattern is empty");
        return ECOPT_OK;
    }
    ecopt_status status = eco_pattern_new(b->ctx, node->text, &pattern, &offset);
    eco_pattern_free(b->ctx, pattern);
    /* A mistake of the writer's, told at its character; what is left is want of memory. */
    if (status == ECOPT_E_PARSE) {
        eco_diagnosis_error_in(b->report, node, offset, ecopt_ctx_errhint(b->ctx), "%s",
                               ecopt_ctx_errmsg(b->ctx));
        status = ECOPT_OK;
    }
    return status;
}

/* The phase must exist; nothing is said while the commands themselves are wrong, which is when
 * there is no phase at all. */
size_t eco_build_find_phase(eco_build *b, eco_node *node)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < b->definition->n_phases; i++) {
        if (strcmp(b->definition->phases[i].name, node->text) == 0)
            return i;
        if (n < ECO_LEN(names))
            names[n++] = b->definition->phases[i].name;
    }
    /* Without phases the section `command` is at fault. */
    if (n > 0)
        eco_diagnosis_error(
            b->report, node,
            eco_diagnosis_closest(b->report, node->text, names, n, "phases stand under command:"),
            "there is no phase '%.80s'", node->text);
    return b->definition->n_phases;
}

/* A JSON metric needs both halves: the file, and the pointer into it.  The empty pointer is
 * right by RFC 6901 (the whole document); every other one begins with a slash. */
static void check_json(eco_build *b, eco_node *file, eco_node *pointer)
{
    if (!file)
        eco_diagnosis_error(b->report, pointer->key, "add json: FILE",
                            "a pointer needs the JSON file it points into");
    else if (!pointer)
        eco_diagnosis_error(b->report, file->key, "add e.g. pointer: /accuracy",
                            "a JSON file needs the pointer to the value");
    else if (pointer->text[0] != '\0' && pointer->text[0] != '/')
        eco_diagnosis_error(b->report, pointer,
                            eco_diagnosis_text(b->report, "write /%s", pointer->text),
                            "a JSON pointer begins with '/'");
    if (file)
        eco_build_check_template(b, file, file->text);
}

/* One metric; an empty one is reported by the program.  While a key is bad the missing half of a
 * JSON metric may be that key, so it is not asked for. */
static ecopt_status read_metric(eco_build *b, eco_node *node, ecopt_metric *metric)
{
    eco_node *regex = eco_field_get(node, "regex");
    eco_node *file = eco_field_get(node, "json"), *pointer = eco_field_get(node, "pointer");
    eco_node *phase = eco_field_get(node, "phase");
    bool has_bad = false;
    for (const eco_node *entry = node->first; entry; entry = entry->next)
        has_bad = has_bad || entry->is_bad;
    /* Two sources would need a rule for which one wins. */
    if (regex && (file || pointer))
        eco_diagnosis_error(b->report, (file ? file : pointer)->key, "keep one of them",
                            "a metric has either a regex or a JSON file");
    else if (regex)
        ECO_TRY(check_regex(b, regex));
    else if ((file || pointer) && !has_bad)
        check_json(b, file, pointer);
    if (phase)
        (void)eco_build_find_phase(b, phase);
    /* Set also when something was wrong: the definition is not given away then. */
    metric->kind = regex ? ECOPT_METRIC_REGEX : file ? ECOPT_METRIC_JSON : ECOPT_METRIC_REPORTED;
    metric->regex = regex ? regex->text : NULL;
    metric->file = file ? file->text : NULL;
    metric->pointer = pointer ? pointer->text : NULL;
    metric->phase = phase ? phase->text : NULL;
    return ECOPT_OK;
}

/* All names are entered before an objective is looked at, so metrics may be declared in any
 * order.  Equal names cannot occur: the tree has refused the second key. */
ecopt_status eco_build_metrics(eco_build *b)
{
    eco_node *map = eco_field_get(b->root, "metrics");
    ecopt_metric *metrics = eco_arena_alloc(b->arena, map ? map->n : 0, sizeof *metrics);
    if (!metrics)
        return ECOPT_E_NOMEM;
    b->definition->metrics = metrics;
    for (eco_node *node = map ? map->first : NULL; node; node = node->next) {
        ecopt_metric *metric = &metrics[b->definition->n_metrics];
        metric->name = node->key->text;
        if (!eco_build_is_name(metric->name, true))
            eco_diagnosis_error(b->report, node->key,
                                "use letters, digits, '_', '-' and '.', starting with a letter",
                                "'%.80s' cannot be the name of a metric", metric->name);
        /* Declared again it would have two sources, and it could not be said which one counts. */
        else if (is_builtin(b, metric->name))
            eco_diagnosis_error(b->report, node->key, "use it without declaring it",
                                "'%s' is measured by ecopt itself", metric->name);
        /* Counted even when bad: objectives that name it are not to be blamed for it. */
        b->definition->n_metrics++;
        if (!node->is_bad)
            ECO_TRY(read_metric(b, node, metric));
    }
    return b->report->status;
}

/* ---- objectives ---- */

/* The closest name, the section that is missing, or how to declare the metric.  Carbon is asked
 * first: its names are built in only with a section `carbon`, so no closest name would help. */
static const char *hint_for_metric(eco_build *b, const char *name)
{
    const char *const *names;
    size_t n = eco_build_metric_names(b, &names);
    const char *dot = strrchr(name, '.');
    if (strcmp(dot ? dot + 1 : name, "carbon_g") == 0)
        return "add e.g. carbon: {country: GBR}";
    if (strcmp(dot ? dot + 1 : name, "energy_cost") == 0)
        return "add e.g. carbon: {country: GBR, price: 0.28, currency: GBP}";
    return eco_diagnosis_closest(
        b->report, name, names, n,
        eco_diagnosis_text(b->report,
                           "declare it: metrics: {%s: {regex: '...'}}, or {%s: {}} if the "
                           "program reports it",
                           name, name));
}

/* Placed at the key of an objective: that is where the name stands. */
static void complain_metric(eco_build *b, eco_node *at, const char *name)
{
    eco_diagnosis_error(b->report, at, hint_for_metric(b, name), "there is no metric '%.80s'",
                        name);
}

/* Per-sample figures need a count that the program tells; undeclared it may still do so, hence a
 * warning only.  A declared metric of that name is the user's own affair. */
static void warn_samples(eco_build *b, const eco_node *at, const char *name)
{
    size_t phase;
    bool needs_energy, needs_samples;
    /* What the trial layer does not know by that name needs nothing. */
    if (find_metric(b, name) ||
        !eco_builtin_explain(name, b->definition->phases, b->definition->n_phases, &phase,
                             &needs_energy, &needs_samples))
        return;
    if (needs_samples && !find_metric(b, "samples") &&
        !find_metric(
            b, eco_diagnosis_text(b->report, "%s.samples", b->definition->phases[phase].name)))
        eco_diagnosis_warning(b->report, at, "declare it: metrics: {samples: {...}}",
                              "'%s' needs a metric 'samples'; the program must report it", name);
}

/* Grams and money are joules times a constant of the study, so they can only rank trials as joules
 * do: with less known about them.  Beside joules they make a second objective that says nothing. */
static void warn_proportional(eco_build *b, const eco_node *at, const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *last = dot ? dot + 1 : name;
    if ((strcmp(last, "carbon_g") != 0 && strcmp(last, "energy_cost") != 0) ||
        find_metric(b, name) || !is_builtin(b, name))
        return;
    const char *joules = eco_diagnosis_text(b->report, "%.*senergy_j", (int)(last - name), name);
    eco_diagnosis_warning(
        b->report, at,
        eco_diagnosis_text(b->report, "write %s; carbon and money are shown in any case", joules),
        "'%s' is '%s' times a constant: in one place it ranks trials as joules do", name, joules);
}

/* On a log scale a threshold of 0 or less would be at minus infinity; asked after the scale is
 * settled, because that may be implied by the metric. */
static void read_threshold(eco_build *b, const eco_node *node, ecopt_objective *objective)
{
    eco_node *threshold = eco_field_get(node, "threshold");
    if (!threshold)
        return;
    objective->has_threshold =
        eco_field_metric(threshold, objective->metric, &objective->threshold);
    if (!objective->has_threshold)
        eco_diagnosis_error(b->report, threshold, "write a number",
                            "'%s' is no value of '%s': it has another unit, or none",
                            threshold->text, objective->metric);
    else if (objective->scale == ECOPT_SCALE_LOG && !(objective->threshold > 0))
        eco_diagnosis_error(b->report, threshold, "raise it above 0 or write scale: linear",
                            "the threshold (%s) must be above 0 on a log scale", threshold->text);
}

/* Goal, scale and threshold of one objective.  Built-in quantities are positive and span
 * decades, so they are modelled on a log scale unless the file says else.  A declared metric is
 * linear: nothing is known of its sign. */
static void read_objective(eco_build *b, eco_node *node, ecopt_objective *objective)
{
    const eco_node *goal = node->kind == ECO_NODE_MAP ? eco_field_get(node, "goal") : node;
    const eco_node *scale = eco_field_get(node, "scale");
    const char *name = node->key->text;
    *objective = (ecopt_objective){.metric = name};
    /* Names are judged only where all names are known. */
    if (b->definition->n_phases > 0 && !is_list_bad(b) && !eco_build_has_metric(b, name))
        complain_metric(b, node->key, name);
    if (node->is_bad)
        return;
    if (goal && strcmp(goal->text, "max") == 0)
        objective->goal = ECOPT_GOAL_MAX;
    bool is_positive = !find_metric(b, name) &&
                       eco_metric_is_positive(name, b->definition->phases, b->definition->n_phases);
    /* What is written wins; auto leaves what the metric's name implies. */
    if (scale && strcmp(scale->text, "auto") != 0)
        is_positive = strcmp(scale->text, "log") == 0;
    objective->scale = is_positive ? ECOPT_SCALE_LOG : ECOPT_SCALE_LINEAR;
    read_threshold(b, node, objective);
    warn_samples(b, node->key, name);
    warn_proportional(b, node->key, name);
}

/* In the order of the file, which is the order of objective values everywhere after. */
ecopt_status eco_build_objectives(eco_build *b)
{
    eco_node *map = eco_field_get(b->root, "objectives");
    if (!map)
        return ECOPT_OK;
    if (map->n == 0)
        eco_diagnosis_error(b->report, map, "e.g. objectives: {accuracy: max, energy_j: min}",
                            "a study needs at least one objective");
    ecopt_objective *objectives = eco_arena_alloc(b->arena, map->n, sizeof *objectives);
    if (!objectives)
        return ECOPT_E_NOMEM;
    b->definition->objectives = objectives;
    for (eco_node *node = map->first; node; node = node->next)
        read_objective(b, node, &objectives[b->definition->n_objectives++]);
    return b->report->status;
}

/* ---- constraints ---- */

/* NAME <= VALUE or VALUE >= NAME, the form of a bound on a metric, already turned so that the
 * name stands on the left. */
typedef struct bound {
    char name[160];
    char sign[3];
    char value[64]; /* a number, and perhaps a unit */
    double number;
    size_t name_offset;
} bound;

/* Blanks may stand between any two pieces, newlines too (a folded YAML text). */
static const char *skip_blanks(const char *c)
{
    return c + strspn(c, " \t\r\n");
}

/* Each take_ reads one piece at c and returns what follows, or NULL when it is not there.  Dots
 * and '-' belong to metric names, so a difference of parameters may look like one name; only a
 * name that is a metric's makes it a bound. */
static const char *take_name(const char *c, const char *text, bound *ret)
{
    size_t n = 0;
    if (!isalpha((unsigned char)*c) && *c != '_')
        return NULL;
    while (isalnum((unsigned char)c[n]) || (c[n] != '\0' && strchr("_.-", c[n])))
        n++;
    /* Longer than any name that can be declared usefully; it is no bound then. */
    if (n >= sizeof ret->name)
        return NULL;
    memcpy(ret->name, c, n);
    ret->name[n] = '\0';
    ret->name_offset = (size_t)(c - text);
    return c + n;
}

/* Signs, digits and exponents, then letters right behind or after a blank; what they mean is known
 * only with the name. */
static const char *take_value(const char *c, bound *ret)
{
    size_t n = strspn(c, "0123456789.eE+-");
    if (n == 0)
        return NULL;
    n += strspn(c + n, " ");
    while (isalpha((unsigned char)c[n]) || (unsigned char)c[n] >= 0x80)
        n++;
    while (c[n - 1] == ' ')
        n--;
    if (n >= sizeof ret->value)
        return NULL;
    memcpy(ret->value, c, n);
    ret->value[n] = '\0';
    return c + n;
}

/* The value in the metric's unit, by the reading of the study file's other values. */
static bool settle_value(bound *ret)
{
    const eco_node node = {.kind = ECO_NODE_SCALAR, .is_plain = true, .text = ret->value};
    double number = (double)NAN;
    bool is_value = eco_field_metric(&node, ret->name, &number) && isfinite(number);
    ret->number = number;
    return is_value;
}

/* One or two sign characters, whichever: == and != are taken too, to be refused with a message
 * of their own. */
static const char *take_sign(const char *c, bound *ret)
{
    size_t n = strspn(c, "<>=!");
    if (n < 1 || n > 2)
        return NULL;
    memcpy(ret->sign, c, n);
    ret->sign[n] = '\0';
    return c + n;
}

/* True when the text has the form of a bound; what it names is not looked at.  False says
 * nothing: the text may be an expression. */
static bool read_bound(const char *text, bound *ret)
{
    const char *c = skip_blanks(text);
    bool name_first = isalpha((unsigned char)*c) || *c == '_';
    c = name_first ? take_name(c, text, ret) : take_value(c, ret);
    c = c ? take_sign(skip_blanks(c), ret) : NULL;
    c = !c           ? NULL
        : name_first ? take_value(skip_blanks(c), ret)
                     : take_name(skip_blanks(c), text, ret);
    /* Anything behind it makes it an expression: a <= 3 and b >= 2. */
    if (!c || *skip_blanks(c) != '\0' || !settle_value(ret))
        return false;
    if (!name_first) /* 60 >= t is t <= 60 */
        ret->sign[0] = ret->sign[0] == '<' ? '>' : ret->sign[0] == '>' ? '<' : ret->sign[0];
    return true;
}

/* < and > count as <= and >=: measured values have no exact ends.  Equality is refused, since no
 * measured value would ever meet it. */
static void take_metric_bound(eco_build *b, eco_node *node, const bound *read,
                              ecopt_constraint *constraints)
{
    const char *name = eco_arena_strdup(b->arena, read->name);
    if (!name) {
        b->report->status = ECOPT_E_NOMEM;
        return;
    }
    if (read->sign[0] != '<' && read->sign[0] != '>') {
        eco_diagnosis_error_in(b->report, node, read->name_offset, "write <= or >=",
                               "a metric can only be bounded, not compared with '%s'", read->sign);
        return;
    }
    constraints[b->definition->n_constraints++] =
        (ecopt_constraint){.text = node->text,
                           .metric = name,
                           .relation = read->sign[0] == '<' ? ECOPT_AT_MOST : ECOPT_AT_LEAST,
                           .bound = read->number};
    warn_samples(b, node, name);
}

/* Says why an expression is no constraint on parameters, in view of the metrics there are.  The
 * compiler knows parameters only, so its 'not a parameter' may well be a metric; that is the
 * case worth a message of its own. */
static void complain_expression(eco_build *b, eco_node *node, ecopt_status status,
                                const eco_expr_error *place)
{
    const char *hint = eco_diagnosis_text(b->report, "%s", ecopt_ctx_errhint(b->ctx));
    const char *const *names;
    char name[160];
    size_t length = place->length < sizeof name - 1 ? place->length : sizeof name - 1;
    memcpy(name, node->text + place->offset, length);
    name[length] = '\0';
    if (status != ECOPT_E_NAME) {
        /* A parameter with a mistake has a stand-in type, which says nothing about this
         * expression. */
        if (!place->is_type || !b->has_bad_param)
            eco_diagnosis_error_in(b->report, node, place->offset, hint, "%s",
                                   ecopt_ctx_errmsg(b->ctx));
        return;
    }
    /* A metric within an expression: known only after the trial, too late for this check. */
    if (eco_build_has_metric(b, name)) {
        eco_diagnosis_error_in(b->report, node, place->offset,
                               "a metric is compared with one number: evaluate.time_s <= 60",
                               "the metric '%s' cannot stand in an expression", name);
        return;
    }
    /* The name may be one of those that could not be read. */
    if (is_list_bad(b))
        return;
    const char **both = NULL;
    size_t n = eco_build_metric_names(b, &names);
    both = eco_arena_alloc(b->arena, n + b->n_params, sizeof *both);
    if (!both || (!names && n > 0)) {
        b->report->status = ECOPT_E_NOMEM;
        return;
    }
    for (size_t i = 0; i < b->n_params; i++)
        both[i] = b->params[i].name;
    for (size_t i = 0; i < n; i++)
        both[b->n_params + i] = names[i];
    hint = eco_diagnosis_closest(b->report, name, both, n + b->n_params,
                                 "put quotes around a text, or declare the metric");
    eco_diagnosis_error_in(b->report, node, place->offset, hint,
                           "'%s' is neither a parameter nor a metric", name);
}

/* A bound when it names a metric, else an expression over parameters.  The form alone does not
 * tell: width <= 64 is both, so the name decides, and a name that is both is refused. */
static ecopt_status read_constraint(eco_build *b, eco_node *node, ecopt_constraint *constraints)
{
    bound read;
    const eco_expr *expr = NULL;
    eco_expr_error place = {0, 0, false};
    if (read_bound(node->text, &read) && eco_build_has_metric(b, read.name)) {
        if (eco_build_find_param(b, read.name) < b->n_params)
            eco_diagnosis_error_in(b->report, node, read.name_offset, "rename one of them",
                                   "'%s' is a parameter and a metric", read.name);
        else
            take_metric_bound(b, node, &read, constraints);
        return b->report->status;
    }
    ecopt_status status =
        eco_expr_compile(b->arena, node->text, b->params, b->n_params, &expr, &place);
    if (status == ECOPT_E_NOMEM)
        return status;
    if (status != ECOPT_OK) {
        complain_expression(b, node, status, &place);
        return b->report->status;
    }
    b->space_constraints[b->n_space_constraints++] = node->text;
    return ECOPT_OK;
}

/* The list may be missing, null, one text or several.  Both arrays are made in any case, so what
 * follows can rely on them. */
ecopt_status eco_build_constraints(eco_build *b)
{
    eco_node *list = eco_field_get(b->root, "constraints");
    /* Room for all in both lists, because each may go either way; one text alone is a list of
     * one. */
    size_t n = list && list->kind == ECO_NODE_LIST ? list->n : 1;
    ecopt_constraint *constraints = eco_arena_alloc(b->arena, n, sizeof *constraints);
    b->space_constraints = eco_arena_alloc(b->arena, n, sizeof *b->space_constraints);
    if (!constraints || !b->space_constraints)
        return ECOPT_E_NOMEM;
    b->definition->constraints = constraints;
    if (!list || eco_node_is_null(list))
        return ECOPT_OK;
    /* A single constraint may be written without a list. */
    if (list->kind == ECO_NODE_SCALAR)
        return read_constraint(b, list, constraints);
    for (eco_node *item = list->first; item; item = item->next)
        if (!item->is_bad)
            ECO_TRY(read_constraint(b, item, constraints));
    return b->report->status;
}
