/*
 * The sections `command` and `env`: phases, their arguments, placeholders.
 *
 * No shell is involved: a command line is split here, once, and each word becomes one argument
 * after its placeholders are replaced, so a value with blanks or quotes can never turn into two
 * arguments or into a command.
 *
 * Input are the nodes of both sections; output are the phases and the NAME=template pairs of the
 * definition.  Templates are kept as written: the trial layer, which owns their syntax, expands
 * them for each point, and is asked here which names it gives to every command.
 */
#include "config/build.h"
#include "config/candidates.h"
#include "config/command_words.h"
#include "trial/template.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- placeholders ---- */

/* What found_placeholder needs besides the placeholder: where to report it. */
typedef struct template_check {
    eco_build *b;
    eco_node *at;
} template_check;

/* The closest of all names that could stand there; else how to write braces that mean nothing. */
static const char *hint_for_placeholder(eco_build *b, const char *name)
{
    size_t n_given = 0;
    /* The trial layer's list ends with NULL and tells no length. */
    while (eco_template_given(n_given))
        n_given++;
    /* Without a close name it is likely JSON or awk, whose braces were never meant for us. */
    const char *literal = eco_diagnosis_text(b->report, "write {{%s}} for the text itself", name);
    const char **names = eco_arena_alloc(b->arena, n_given + b->n_params, sizeof *names);
    if (!names) {
        b->report->status = ECOPT_E_NOMEM;
        return "";
    }
    for (size_t i = 0; i < b->n_params; i++)
        names[i] = b->params[i].name;
    for (size_t i = 0; i < n_given; i++)
        names[b->n_params + i] = eco_template_given(i);
    return eco_diagnosis_closest(b->report, name, names, b->n_params + n_given, literal);
}

/* Called for each {name}: notes the use of a parameter, complains of what stands for nothing.
 * Parameters are looked up first; none can hide a given name, as read_param refuses such names. */
static void found_placeholder(void *user, const eco_placeholder *placeholder)
{
    template_check *check = user;
    eco_build *b = check->b;
    const char *name = eco_arena_strndup(b->arena, placeholder->name, placeholder->length);
    if (!name) {
        b->report->status = ECOPT_E_NOMEM;
        return;
    }
    size_t i = eco_build_find_param(b, name);
    if (i < b->n_params) {
        b->is_used[i] = true;
        return;
    }
    b->uses_all = b->uses_all || strcmp(name, "params.json") == 0;
    /* Without parameters the fault lies elsewhere and has been reported. */
    if (eco_template_is_given(name) || b->n_params == 0)
        return;
    b->has_bad_command = true; /* it may stand for any of the parameters */
    /* The name is searched in the node's text, because offsets in a word that lost its quotes do
     * not match the file's; of two equal names the first is shown. */
    char wanted[128];
    (void)snprintf(wanted, sizeof wanted, "{%.120s}", name);
    const char *place = strstr(check->at->text, wanted);
    eco_diagnosis_error_in(b->report, check->at, place ? (size_t)(place - check->at->text) : 0,
                           hint_for_placeholder(b, name), "nothing is called {%.80s}", name);
}

/* Also called for the files of JSON metrics; they are read after the warning about unused
 * parameters, so a parameter named only there still counts as unused. */
void eco_build_check_template(eco_build *b, eco_node *at, const char *text)
{
    template_check check = {b, at};
    (void)eco_template_check(text, found_placeholder, &check);
}

/* ---- words ---- */

/* A command line; its mistakes are placed at the character.  They are told as diagnostics, so
 * only want of memory is a failure; the node is bad afterwards and its phase has no arguments. */
static ecopt_status split_line(eco_build *b, eco_node *node, ecopt_phase *phase)
{
    eco_words_error error = {0, 0, ""};
    ecopt_status status =
        eco_words_split(b->arena, node->text, &phase->args, &phase->n_args, &error);
    if (status != ECOPT_E_PARSE)
        return status;
    /* No character is named: a quote left open, so the remedy is another one. */
    if (error.character == '\0')
        eco_diagnosis_error_in(b->report, node, error.offset, "close it, or write \\ before it",
                               "%s", error.what);
    else
        eco_diagnosis_error_in(b->report, node, error.offset,
                               "quote it to pass it on as it is, or run a shell: [sh, -c, '...']",
                               "'%c': %s", error.character, error.what);
    return ECOPT_OK;
}

/* A list of arguments is taken as it is: nothing in it is special but placeholders.  One bad
 * item spoils the list, because the arguments behind it would move up. */
static ecopt_status take_list(eco_build *b, eco_node *node, ecopt_phase *phase)
{
    const char **args = eco_arena_alloc(b->arena, node->n + 1, sizeof *args);
    if (!args)
        return ECOPT_E_NOMEM;
    phase->n_args = 0;
    for (eco_node *item = node->first; item; item = item->next) {
        args[phase->n_args++] = item->text;
        node->is_bad = node->is_bad || item->is_bad;
    }
    phase->args = args;
    return ECOPT_OK;
}

/* NAME=value in front, as a shell allows; it would be taken for the program's name.  A slash
 * before the equals sign makes it a path, a brace a placeholder: both may be programs. */
static bool is_assignment(const char *word)
{
    const char *equals = strchr(word, '=');
    return equals && equals > word && !memchr(word, '/', (size_t)(equals - word)) &&
           !memchr(word, '{', (size_t)(equals - word));
}

/* What holds for both forms.  In a list each argument has a place of its own, so its
 * placeholders are reported there; words of a line are all reported at the line. */
static void check_arguments(eco_build *b, eco_node *node, const ecopt_phase *phase)
{
    if (phase->n_args == 0 || phase->args[0][0] == '\0') {
        eco_diagnosis_error(b->report, node, "e.g. ./train --lr {lr}", "the command is empty");
        return;
    }
    if (is_assignment(phase->args[0]))
        eco_diagnosis_error(b->report, node,
                            "put the variable under env:", "a command cannot begin with '%.80s'",
                            phase->args[0]);
    /* NULL for a line, and stays NULL: then every word is placed at the line. */
    eco_node *item = node->first;
    for (size_t i = 0; i < phase->n_args; i++) {
        eco_build_check_template(b, item ? item : node, phase->args[i]);
        item = item ? item->next : NULL;
    }
}

/* ---- phases ---- */

/* Seconds of a timeout, or `otherwise`; none when the key is missing.  A timeout of 0 is
 * refused: it could mean at once or never, and .inf is already refused by the table. */
static double read_timeout(eco_build *b, eco_node *map, double otherwise)
{
    double time_s = otherwise;
    eco_node *node = eco_field_get(map, "timeout");
    if (node && eco_field_time_s(node, &time_s) && !(time_s > 0)) {
        eco_diagnosis_error(b->report, node, "leave it out for no limit",
                            "a timeout must be longer than 0 s");
        return otherwise;
    }
    return time_s;
}

/* One phase in any of its forms; timeout_s holds the default already. */
static ecopt_status read_phase(eco_build *b, eco_node *node, ecopt_phase *phase)
{
    /* The long form only wraps one of the other two, so what follows need not know of it. */
    if (node->kind == ECO_NODE_MAP) {
        phase->timeout_s = read_timeout(b, node, phase->timeout_s);
        node = eco_field_get(node, "run");
    }
    /* Reported by the table already; what the phase would have used is unknown from here on. */
    if (!node || node->is_bad) {
        b->has_bad_command = true;
        return ECOPT_OK;
    }
    if (node->kind == ECO_NODE_LIST)
        ECO_TRY(take_list(b, node, phase));
    else
        ECO_TRY(split_line(b, node, phase));
    /* A line that could not be split has no arguments to look at. */
    if (!node->is_bad)
        check_arguments(b, node, phase);
    b->has_bad_command = b->has_bad_command || node->is_bad;
    return b->report->status;
}

/* Metrics are called PHASE.energy_j, so a name must not hold a dot; the first dot of a metric's
 * name would otherwise not say where the phase ends. */
static bool check_phase_name(eco_build *b, eco_node *key)
{
    if (eco_build_is_name(key->text, false))
        return true;
    eco_diagnosis_error(b->report, key,
                        "use letters, digits, '_' and '-', starting with a letter or '_'",
                        "'%.80s' cannot be the name of a phase", key->text);
    return false;
}

/* Text and list are the short forms, of one phase called run; a map names its phases, in the
 * order in which they are run.  A phase keeps its place even when its command is bad, for
 * metrics and constraints name it. */
ecopt_status eco_build_command(eco_build *b)
{
    ecopt_definition *definition = b->definition;
    eco_node *node = eco_field_get(b->root, "command");
    if (!node)
        return ECOPT_OK;
    ecopt_phase *phases = eco_arena_alloc(b->arena, node->n + 1, sizeof *phases);
    if (!phases)
        return ECOPT_E_NOMEM;
    definition->phases = phases;
    if (node->kind != ECO_NODE_MAP) {
        /* The short form: one phase that the user has not named. */
        phases[0] = (ecopt_phase){.name = "run", .timeout_s = (double)INFINITY};
        definition->n_phases = 1;
        return read_phase(b, node, &phases[0]);
    }
    /* Read before the phases wherever it stands in the map, for it is the default of each. */
    double timeout_s = read_timeout(b, node, (double)INFINITY);
    for (eco_node *entry = node->first; entry; entry = entry->next) {
        /* The one key of this map that is no phase; a phase cannot be called so. */
        if (strcmp(entry->key->text, "timeout") == 0)
            continue;
        if (!check_phase_name(b, entry->key))
            continue;
        ecopt_phase *phase = &phases[definition->n_phases++];
        *phase = (ecopt_phase){.name = entry->key->text, .timeout_s = timeout_s};
        ECO_TRY(read_phase(b, entry, phase));
    }
    /* Only a timeout, or only names that were refused: the latter have been complained of, but a
     * study needs a command in any case. */
    if (definition->n_phases == 0 && !node->is_bad)
        eco_diagnosis_error(b->report, node, "e.g. train: ./train --lr {lr}",
                            "there is no command to run");
    return ECOPT_OK;
}

/* ---- environment ---- */

/* A variable's name must be one for every shell that a command may start, hence no '-'.  The
 * prefix ECOPT_ is kept for what each trial sets, which a value from here would hide. */
static void check_variable(eco_build *b, eco_node *entry)
{
    const char *name = entry->key->text;
    if (!eco_build_is_name(name, false) || strchr(name, '-'))
        eco_diagnosis_error(b->report, entry->key, "use letters, digits and '_'",
                            "'%.80s' cannot be the name of a variable", name);
    else if (strncmp(name, "ECOPT_", 6) == 0)
        eco_diagnosis_error(b->report, entry->key, "choose another name",
                            "variables that begin with ECOPT_ are set by ecopt");
    else
        eco_build_check_template(b, entry, entry->text);
}

/* Name of the variable that hands a parameter over, without ECOPT_P_: upper case, '_' for '-'.
 * It must stay as the trial layer makes it, for people copy it from the hint. */
static const char *variable_of(eco_build *b, const char *name)
{
    char *variable = eco_arena_strdup(b->arena, name);
    if (!variable) {
        b->report->status = ECOPT_E_NOMEM;
        return "";
    }
    for (char *c = variable; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return variable;
}

/* A parameter that no command names is likely forgotten, but the environment carries it, so this
 * is a warning.  One whose key is bad has had its message. */
static void warn_unused(eco_build *b)
{
    eco_node *params = eco_node_get(b->root, "params");
    eco_node *node = params ? params->first : NULL;
    for (size_t i = 0; node && i < b->n_params; i++, node = node->next)
        if (!b->is_used[i] && !b->uses_all && !node->key->is_bad)
            eco_diagnosis_warning(b->report, node->key,
                                  eco_diagnosis_text(b->report,
                                                     "write {%s} where it belongs; the environment "
                                                     "variable ECOPT_P_%s holds it in any case",
                                                     b->params[i].name,
                                                     variable_of(b, b->params[i].name)),
                                  "no command uses the parameter '%s'", b->params[i].name);
    eco_candidates_warn_unused(b);
}

/* The pair of a bad variable is made all the same: nobody gets the definition then, and the loop
 * stays simple. */
ecopt_status eco_build_env(eco_build *b)
{
    ecopt_definition *definition = b->definition;
    eco_node *node = eco_field_get(b->root, "env");
    const char **pairs = eco_arena_alloc(b->arena, node ? node->n : 0, sizeof *pairs);
    if (!pairs)
        return ECOPT_E_NOMEM;
    definition->env = pairs;
    for (eco_node *entry = node ? node->first : NULL; entry; entry = entry->next) {
        /* Not a text; the table has said so. */
        if (entry->is_bad)
            continue;
        check_variable(b, entry);
        /* Room for the equals sign and the NUL. */
        size_t room_b = strlen(entry->key->text) + strlen(entry->text) + 2;
        char *pair = eco_arena_alloc(b->arena, room_b, 1);
        if (!pair)
            return ECOPT_E_NOMEM;
        (void)snprintf(pair, room_b, "%s=%s", entry->key->text, entry->text);
        pairs[definition->n_env++] = pair;
    }
    /* While a command is wrong its parameters only seem unused. */
    if (definition->n_phases > 0 && !b->has_bad_command)
        warn_unused(b);
    return b->report->status;
}
