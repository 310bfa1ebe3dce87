#include "trial/handover.h"

#include "core/fs.h"
#include "core/str.h"
#include "trial/mask.h"
#include "trial/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Taking over also on failure keeps every caller a single line: a text that was just made by
 * eco_asprintf needs no name of its own, and a failed allocation passes through as NULL.
 */
ecopt_status eco_vector_take(ecopt_ctx *ctx, eco_vector *vector, char *text)
{
    /* One place is always kept for the NULL that execve wants at the end. */
    if (text && vector->n + 1 >= vector->room) {
        size_t room = vector->room ? vector->room * 2 : 32;
        char **bigger = eco_realloc(ctx, vector->items, room, sizeof *bigger);
        if (!bigger) {
            eco_free(ctx, text);
            text = NULL;
        } else {
            vector->items = bigger;
            vector->room = room;
        }
    }
    if (!text)
        return ECOPT_E_NOMEM;
    vector->items[vector->n++] = text;
    vector->items[vector->n] = NULL;
    return ECOPT_OK;
}

void eco_vector_free(ecopt_ctx *ctx, eco_vector *vector)
{
    for (size_t i = 0; i < vector->n; i++)
        eco_free(ctx, vector->items[i]);
    eco_free(ctx, vector->items);
    *vector = (eco_vector){0};
}

void eco_handover_free(ecopt_ctx *ctx, eco_handover *handover)
{
    if (!handover)
        return;
    for (size_t i = 0; handover->values && i < handover->n_params; i++)
        eco_free(ctx, handover->values[i]);
    eco_free(ctx, handover->values);
    eco_free(ctx, handover->params_path);
    eco_free(ctx, handover->result_path);
    eco_free(ctx, handover->log_path);
    eco_free(ctx, handover);
}

/*
 * Every text is made once per trial and not once per use: the same value appears in arguments,
 * environment and file, and it must be the same to the last digit in all three.
 */
static ecopt_status fill(ecopt_ctx *ctx, const eco_trial_request *request, eco_handover *h)
{
    const ecopt_space *space = request->definition->space;
    size_t n = ecopt_space_n_params(space);
    h->values = eco_alloc(ctx, n, sizeof *h->values);
    h->params_path = eco_fs_join(ctx, request->dir, "params.json");
    h->result_path = eco_fs_join(ctx, request->dir, "result.json");
    h->log_path = eco_fs_join(ctx, request->dir, "log.jsonl");
    if (!h->values || !h->params_path || !h->result_path || !h->log_path)
        return ECOPT_E_NOMEM;
    h->n_params = n;
    for (size_t i = 0; i < n; i++)
        ECO_TRY(ecopt_space_value_text(ctx, space, i, request->x[i], &h->values[i]));
    (void)snprintf(h->id, sizeof h->id, "%" PRId64, request->trial);
    (void)snprintf(h->seed, sizeof h->seed, "%" PRIu64, request->seed);
    return ECOPT_OK;
}

/*
 * The texts outlive the phases, so a definition with many placeholders costs no conversions later.
 * What changes from phase to phase is a pointer, `phase`, and nothing else.
 */
ecopt_status eco_handover_new(ecopt_ctx *ctx, const eco_trial_request *request,
                              eco_handover **ret_handover)
{
    eco_handover *h = eco_alloc(ctx, 1, sizeof *h);
    if (!h)
        return ECOPT_E_NOMEM;
    h->ctx = ctx;
    h->request = request;
    h->phase = "";
    ecopt_status status = fill(ctx, request, h);
    if (status != ECOPT_OK) {
        eco_handover_free(ctx, h);
        return status;
    }
    *ret_handover = h;
    return ECOPT_OK;
}

/*
 * Written by hand, as the order and the layout of the file are a part of what users see: parameters
 * in the order of the study file, one a line.  Bytes from 0x80 on pass through; the configuration
 * only lets in UTF-8.
 */
static void add_json_string(eco_str *out, const char *text)
{
    eco_str_add_char(out, '"');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            eco_str_add_char(out, '\\');
        if (c < 0x20)
            eco_str_addf(out, "\\u%04x", c);
        else
            eco_str_add_char(out, *p);
    }
    eco_str_add_char(out, '"');
}

/* Numbers and booleans as such, everything else as a string. */
static bool is_string_value(const ecopt_param *param, double code)
{
    if (param->type != ECOPT_PARAM_CHOICE && param->type != ECOPT_PARAM_FIXED)
        return false;
    size_t i = code > 0 ? (size_t)code : 0;
    return i < param->n_values && param->values[i].type == ECOPT_VALUE_STRING;
}

/*
 * Numbers are written with the texts that stand for them everywhere else, not printed anew: a
 * program that reads the file and one that reads its arguments must see the same double.
 */
ecopt_status eco_handover_write(const eco_handover *handover)
{
    const eco_trial_request *request = handover->request;
    eco_str out = ECO_STR_INIT(handover->ctx);
    eco_str_add(&out, "{");
    for (size_t i = 0; i < handover->n_params; i++) {
        const ecopt_param *param = ecopt_space_param(request->definition->space, i);
        eco_str_add(&out, i ? ",\n  " : "\n  ");
        add_json_string(&out, param->name);
        eco_str_add(&out, ": ");
        if (is_string_value(param, request->x[i]))
            add_json_string(&out, handover->values[i]);
        else
            eco_str_add(&out, handover->values[i]);
    }
    eco_str_add(&out, "\n}\n");
    ecopt_status status = eco_str_status(&out);
    if (status == ECOPT_OK)
        /* In place: nobody can read it before the program starts, and a trial whose file came out
         * short does not start. */
        status = eco_fs_write(handover->ctx, handover->params_path, eco_str_text(&out), out.length);
    eco_str_release(&out);
    return status;
}

/*
 * The given names stand before the parameters, so that adding a parameter called "seed" to a study
 * cannot change what {seed} means in a command that has been written already.
 */
static const char *get(void *user, const char *name)
{
    const eco_handover *h = user;
    const ecopt_definition *definition = h->request->definition;
    const struct {
        const char *name, *value;
    } given[] = {
        {"params.json", h->params_path},
        {"trial.dir", h->request->dir},
        {"trial.id", h->id},
        {"study.dir", definition->dir},
        {"seed", h->seed},
        {"phase", h->phase},
    };
    for (size_t i = 0; i < ECO_LEN(given); i++)
        if (strcmp(name, given[i].name) == 0)
            return given[i].value;
    size_t i = ecopt_space_find(definition->space, name);
    return i < h->n_params ? h->values[i] : NULL;
}

eco_template_lookup eco_handover_lookup(eco_handover *handover)
{
    return (eco_template_lookup){get, handover};
}

/*
 * Each argument of the definition becomes exactly one argument of the program, whatever its value
 * holds: blanks, quotes or a leading dash in a choice can neither split nor join arguments.
 */
ecopt_status eco_handover_argv(eco_handover *handover, const ecopt_phase *phase,
                               eco_vector *ret_argv)
{
    eco_template_lookup lookup = eco_handover_lookup(handover);
    eco_vector argv = {0};
    /* From here on {phase} and $ECOPT_PHASE are this one, also for the environment. */
    handover->phase = phase->name;
    for (size_t i = 0; i < phase->n_args; i++) {
        char *text = NULL;
        ecopt_status status = eco_template_expand(handover->ctx, phase->args[i], &lookup, &text);
        if (status == ECOPT_OK)
            status = eco_vector_take(handover->ctx, &argv, text);
        if (status != ECOPT_OK) {
            eco_vector_free(handover->ctx, &argv);
            return status;
        }
    }
    *ret_argv = argv;
    return ECOPT_OK;
}

/* Adds NAME=value, in place of an earlier NAME if there is one. */
/*
 * A linear search: environments have some dozens of entries, and the order of the inherited ones
 * stays as it was, which keeps what programs print of their environment comparable between trials.
 * A second entry of one name must not be left: which of two counts depends on the program's libc.
 */
static ecopt_status set_variable(ecopt_ctx *ctx, eco_vector *env, char *pair)
{
    /* With the '=': HOME must not find HOMEDRIVE. */
    size_t n = pair ? strcspn(pair, "=") + 1 : 0;
    for (size_t i = 0; pair && i < env->n; i++) {
        if (strncmp(env->items[i], pair, n) != 0)
            continue;
        eco_free(ctx, env->items[i]);
        env->items[i] = pair;
        return ECOPT_OK;
    }
    return eco_vector_take(ctx, env, pair);
}

/* ECOPT_P_NAME: upper case, everything but letters and digits becomes '_'. */
/*
 * Names that differ only in such characters fall together; the later parameter is seen then.  The
 * configuration refuses such studies, but a definition may also be made through the library.
 */
static ecopt_status set_param(eco_handover *h, eco_vector *env, size_t i)
{
    const char *name = ecopt_space_param(h->request->definition->space, i)->name;
    char *pair = eco_asprintf(h->ctx, "ECOPT_P_%s=%s", name, h->values[i]);
    for (char *c = pair ? pair + strlen("ECOPT_P_") : NULL; c && *c != '='; c++) {
        bool is_digit = *c >= '0' && *c <= '9';
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
        else if (!is_digit && !(*c >= 'A' && *c <= 'Z'))
            *c = '_';
    }
    return set_variable(h->ctx, env, pair);
}

/*
 * All paths are absolute: a program may change its folder before it reports.  The exit status that
 * means "infeasible" is handed over so that scripts need not repeat the number.
 */
static ecopt_status set_given(eco_handover *h, eco_vector *env)
{
    const struct {
        const char *name, *value;
    } given[] = {
        {"ECOPT_TRIAL_DIR", h->request->dir},
        {"ECOPT_TRIAL_ID", h->id},
        {"ECOPT_SEED", h->seed},
        {"ECOPT_PHASE", h->phase},
        {"ECOPT_RESULT", h->result_path},
        {"ECOPT_LOG", h->log_path},
        {"ECOPT_PARAMS", h->params_path},
    };
    for (size_t i = 0; i < h->n_params; i++)
        ECO_TRY(set_param(h, env, i));
    for (size_t i = 0; i < ECO_LEN(given); i++)
        ECO_TRY(set_variable(h->ctx, env,
                             eco_asprintf(h->ctx, "%s=%s", given[i].name, given[i].value)));
    return set_variable(h->ctx, env,
                        eco_asprintf(h->ctx, "ECOPT_EXIT_INFEASIBLE=%d", ECO_EXIT_INFEASIBLE));
}

/*
 * Last, and by set_variable: what the user wrote wins over what was inherited and over what ECOpt
 * gives, as the only way to repair a program that takes offence at one of the variables.
 */
static ecopt_status set_defined(eco_handover *h, eco_vector *env)
{
    const ecopt_definition *definition = h->request->definition;
    eco_template_lookup lookup = eco_handover_lookup(h);
    for (size_t i = 0; i < definition->n_env; i++) {
        char *pair = NULL;
        ECO_TRY(eco_template_expand(h->ctx, definition->env[i], &lookup, &pair));
        ECO_TRY(set_variable(h->ctx, env, pair));
    }
    return ECOPT_OK;
}

/* A study inside a study's program must not see the outer one's variables. */
static bool is_inherited(const ecopt_definition *definition, const char *pair)
{
    const ecopt_environment *environment = &definition->environment;
    if (strncmp(pair, "ECOPT_", strlen("ECOPT_")) == 0)
        return false;
    bool is_listed = !environment->is_limited;
    for (size_t i = 0; i < environment->n_inherited && !is_listed; i++)
        is_listed = eco_mask_matches(environment->inherited[i], pair, strcspn(pair, "="), true);
    return is_listed;
}

/*
 * Copies, although most entries are borrowed for the length of a run: the environment is the
 * process's own, and another thread may call setenv while a trial runs.
 */
ecopt_status eco_handover_env(eco_handover *handover, eco_vector *ret_env)
{
    eco_vector env = {0};
    ecopt_status status = ECOPT_OK;
    for (char **pair = environ; pair && *pair && status == ECOPT_OK; pair++)
        if (is_inherited(handover->request->definition, *pair))
            status = eco_vector_take(handover->ctx, &env, eco_strdup(handover->ctx, *pair));
    if (status == ECOPT_OK)
        status = set_given(handover, &env);
    if (status == ECOPT_OK)
        status = set_defined(handover, &env);
    if (status == ECOPT_OK)
        *ret_env = env;
    else
        eco_vector_free(handover->ctx, &env);
    return status;
}
