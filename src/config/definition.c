/*
 * The calls of <ecopt/definition.h>: reading, freeing, expanding.
 *
 * A definition is one block with an arena behind it; the space is the only other thing it owns.
 * The tree, the diagnostics and the definition share the arena, so texts are not copied twice.
 *
 * Reading goes through four parts, each with a file of its own: tree.c (text to nodes),
 * field_check.c (nodes against the table of keys), build_*.c (nodes to the definition) and
 * diagnosis.c, which gathers what all of them find.  Input is untrusted text; output is either a
 * definition without any error or none at all, with every error told to the caller's function.
 */
#include "config/build.h"
#include "core/fs.h"
#include "core/str.h"
#include "space/space.h"
#include "trial/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What ecopt_definition_free finds behind the public part. */
typedef struct owned_definition {
    ecopt_definition definition; /* first: the public pointer points here */
    eco_arena arena;             /* owns all but the space */
    ecopt_space *space;
} owned_definition;

/* The public pointer is the block's own, as the definition stands first in it.  The cast is safe
 * only for definitions made here, and there is no other way to get one. */
void ecopt_definition_free(ecopt_ctx *ctx, ecopt_definition *definition)
{
    if (!definition)
        return;
    owned_definition *owned = (owned_definition *)(void *)definition;
    eco_space_free(ctx, owned->space);
    eco_arena_release(&owned->arena);
    eco_free(ctx, owned);
}

/* The tree's complaints become diagnostics; its nodes are marked by the tree itself.  Hence the
 * copy: eco_diagnosis_error would mark the node, and the tree hands it out as constant. */
static void complain(void *user, const eco_node *at, size_t line, size_t column,
                     const char *message, const char *hint)
{
    eco_diagnosis *report = user;
    if (at) {
        eco_node copy = *at;
        eco_diagnosis_error(report, &copy, hint, "%s", message);
    } else {
        eco_diagnosis_error_at(report, line, column, hint, message);
    }
}

/* Absolute path and folder of the file, which need not exist (ecopt_definition_parse).  First of
 * all, because relative paths within the file are taken from that folder. */
static ecopt_status keep_paths(eco_arena *arena, ecopt_definition *definition, const char *path)
{
    ecopt_ctx *ctx = arena->ctx;
    char *absolute = eco_fs_absolute(ctx, path);
    char *dir = absolute ? eco_fs_dirname(ctx, absolute) : NULL;
    definition->path = eco_arena_strdup(arena, absolute);
    definition->dir = eco_arena_strdup(arena, dir);
    eco_free(ctx, absolute);
    eco_free(ctx, dir);
    if (definition->path && definition->dir)
        return ECOPT_OK;
    /* Not told apart by the helpers: a relative path fails without memory, or without the
     * folder. */
    struct stat info;
    return absolute || path[0] == '/' || stat(".", &info) == 0 ? ECOPT_E_NOMEM : ECOPT_E_IO;
}

/* The table first: sections are built from nodes that it has found good.  The order of the
 * sections is that of what they name; a failure here is want of memory, mistakes in the file let
 * the next section run, so that all are told at once. */
static ecopt_status build(eco_build *b)
{
    static ecopt_status (*const sections[])(eco_build *) = {
        eco_build_params,     eco_build_command,     eco_build_env,       eco_build_metrics,
        eco_build_objectives, eco_build_constraints, eco_build_settings,  eco_build_process,
        eco_build_repeats,    eco_build_profile,     eco_build_pruning,   eco_build_space,
        eco_build_limits,     eco_build_deployment,  eco_build_conflicts,
    };
    eco_field_check(b->report, b->root, &eco_field_root);
    /* A list or a single word has been complained of; it has no sections. */
    if (b->root->kind != ECO_NODE_MAP)
        return b->report->status;
    for (size_t i = 0; i < ECO_LEN(sections); i++) {
        ECO_TRY(sections[i](b));
        ECO_TRY(b->report->status);
        /* Every name of an unreadable list would be said to be missing. */
        if (b->is_stuck)
            break;
    }
    return ECOPT_OK;
}

/* What a definition is made of. */
typedef struct definition_source {
    const char *text;
    size_t length;
    const char *path;
    const char *folder; /* study folder whose copy of the list of candidates counts, or NULL */
} definition_source;

/* Without a root the text was no YAML, and that has been told. */
static ecopt_status read_text(eco_diagnosis *report, const char *folder, owned_definition *owned)
{
    eco_build b = {.ctx = report->arena->ctx,
                   .arena = report->arena,
                   .report = report,
                   .kept_folder = folder,
                   .definition = &owned->definition};
    ECO_TRY(eco_tree_parse(b.arena, report->text, report->length, complain, report, &b.root));
    ecopt_status status = b.root ? build(&b) : report->status;
    /* Handed over whatever the status, so that freeing the definition frees it. */
    owned->space = b.space;
    return status;
}

/* Everything that may fail once both blocks are there.  The text is copied: diagnostics show its
 * lines and definition->text hands it on, while the caller's may go. */
static ecopt_status fill(owned_definition *owned, const definition_source *source,
                         eco_diagnosis *report)
{
    eco_arena *arena = &owned->arena;
    ECO_TRY(keep_paths(arena, &owned->definition, source->path));
    owned->definition.text = eco_arena_strndup(arena, source->text, source->length);
    if (!owned->definition.text)
        return ECOPT_E_NOMEM;
    report->arena = arena;
    report->file = source->path;
    report->text = owned->definition.text;
    report->length = source->length;
    return read_text(report, source->folder, owned);
}

/* Errors were told one by one; the status says how many.  Warnings alone leave a good
 * definition. */
static ecopt_status conclude(ecopt_ctx *ctx, const eco_diagnosis *report)
{
    size_t n = report->n_errors;
    if (n == 0)
        return ECOPT_OK;
    if (n == 1)
        return eco_fail(ctx, ECOPT_E_CONFIG, "%s has 1 error", report->file);
    return eco_fail(ctx, ECOPT_E_CONFIG, "%s has %zu errors", report->file, n);
}

/* The length is bounded before anything is copied.  Diagnostics go out unless reading itself failed
 * (no memory, no working folder), also warnings of a good file; then the status decides who gets
 * the definition. */
static ecopt_status parse(ecopt_ctx *ctx, const definition_source *source,
                          ecopt_diagnostic_fn receive, void *user,
                          ecopt_definition **ret_definition)
{
    if (source->length > ECO_DOCUMENT_MAX_B)
        return eco_fail(ctx, ECOPT_E_LIMIT, "'%s' is longer than %zu bytes", source->path,
                        ECO_DOCUMENT_MAX_B);
    owned_definition *owned = eco_alloc(ctx, 1, sizeof *owned);
    /* On the heap: a hundred entries are too large for a stack frame. */
    eco_diagnosis *report = owned ? eco_alloc(ctx, 1, sizeof *report) : NULL;
    ecopt_status status = ECOPT_E_NOMEM;
    if (report) {
        owned->arena = (eco_arena)ECO_ARENA_INIT(ctx);
        status = fill(owned, source, report);
    }
    if (status == ECOPT_OK) {
        /* Before the definition goes: the texts of the diagnostics live in its arena. */
        eco_diagnosis_flush(report, receive, user);
        status = conclude(ctx, report);
    }
    eco_free(ctx, report);
    if (status == ECOPT_OK)
        *ret_definition = &owned->definition;
    else
        ecopt_definition_free(ctx, owned ? &owned->definition : NULL);
    return status;
}

ecopt_status ecopt_definition_parse(ecopt_ctx *ctx, const char *text, size_t length,
                                    const char *path, ecopt_diagnostic_fn receive, void *user,
                                    ecopt_definition **ret_definition)
{
    if (!ctx || !text || !path || !ret_definition)
        return ctx ? eco_fail(ctx, ECOPT_E_ARG, "a definition needs a text and a path")
                   : ECOPT_E_ARG;
    const definition_source source = {text, length, path, NULL};
    return parse(ctx, &source, receive, user, ret_definition);
}

/* The path decides what relative names in the text mean, so it is where the file stood; the file
 * need not be there any more. */
ecopt_status ecopt_definition_kept(ecopt_ctx *ctx, const char *dir, const ecopt_snapshot *snapshot,
                                   ecopt_diagnostic_fn receive, void *user,
                                   ecopt_definition **ret_definition)
{
    if (!ctx || !dir || !snapshot || !ret_definition)
        return ctx ? eco_fail(ctx, ECOPT_E_ARG, "a kept definition needs a folder and a snapshot")
                   : ECOPT_E_ARG;
    char *folder = realpath(dir, NULL);
    if (!folder)
        return eco_fail(ctx, errno == ENOENT ? ECOPT_E_NOT_FOUND : ECOPT_E_IO,
                        "cannot open '%s': %s", dir, strerror(errno));
    const char *slash = strrchr(folder, '/');
    char *path = eco_asprintf(ctx, "%.*s/%s.yaml", (int)(slash - folder), folder, snapshot->name);
    ecopt_status status = ECOPT_E_NOMEM;
    if (path) {
        const definition_source source = {snapshot->definition, strlen(snapshot->definition), path,
                                          folder};
        status = parse(ctx, &source, receive, user, ret_definition);
    }
    eco_free(ctx, path);
    free(folder);
    return status;
}

/* The size is limited while reading, so that a wrong path (a device, a large log) costs nothing. */
ecopt_status ecopt_definition_load(ecopt_ctx *ctx, const char *path, ecopt_diagnostic_fn receive,
                                   void *user, ecopt_definition **ret_definition)
{
    char *text = NULL;
    size_t length = 0;
    if (!ctx || !path || !ret_definition)
        return ctx ? eco_fail(ctx, ECOPT_E_ARG, "a definition needs a path") : ECOPT_E_ARG;
    ECO_TRY(eco_fs_read(ctx, path, ECO_DOCUMENT_MAX_B, &text, &length));
    ecopt_status status =
        ecopt_definition_parse(ctx, text, length, path, receive, user, ret_definition);
    eco_free(ctx, text);
    return status;
}

ecopt_status ecopt_definition_schema(ecopt_ctx *ctx, char **ret_text)
{
    if (!ctx || !ret_text)
        return ECOPT_E_ARG;
    return eco_field_schema(ctx, &eco_field_root, ret_text);
}

/* ---- expanded commands ---- */

/* What a placeholder may stand for in a preview of one phase at one point. */
typedef struct expansion {
    const ecopt_definition *definition;
    const char *phase;
    char **values; /* owned texts, one per parameter */
    size_t n;
    char literal[64]; /* what only a real trial has stays a placeholder */
} expansion;

/* Values for a preview: what no trial has given yet stays in braces.  Given names come before
 * parameters, as in a trial; read_param sees to it that none is both. */
static const char *look_up(void *user, const char *name)
{
    expansion *e = user;
    if (strcmp(name, "phase") == 0)
        return e->phase;
    if (strcmp(name, "study.dir") == 0)
        return e->definition->dir;
    if (eco_template_is_given(name)) {
        (void)snprintf(e->literal, sizeof e->literal, "{%s}", name);
        return e->literal;
    }
    size_t i = ecopt_space_find(e->definition->space, name);
    return i < e->n ? e->values[i] : NULL;
}

/* As one would type it: plain words as they are, others in single quotes.  Braces count as
 * plain, for in a preview they are placeholders of the trial.  Within single quotes only the
 * quote itself needs care: it is closed, escaped and opened again. */
static void add_quoted(eco_str *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_{}";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        eco_str_add(out, word);
        return;
    }
    eco_str_add_char(out, '\'');
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            eco_str_add(out, "'\\''");
        else
            eco_str_add_char(out, *c);
    }
    eco_str_add_char(out, '\'');
}

/* Texts of all values first: a command may name any of them, and several times.  The caller
 * frees them, also those made before a failure. */
static ecopt_status expand_all(ecopt_ctx *ctx, expansion *e, const ecopt_phase *phase,
                               const double *x, eco_str *out)
{
    const eco_template_lookup lookup = {look_up, e};
    for (size_t i = 0; i < e->n; i++)
        ECO_TRY(ecopt_space_value_text(ctx, e->definition->space, i, x[i], &e->values[i]));
    for (size_t i = 0; i < phase->n_args; i++) {
        char *word = NULL;
        ECO_TRY(eco_template_expand(ctx, phase->args[i], &lookup, &word));
        eco_str_add(out, i > 0 ? " " : "");
        add_quoted(out, word);
        eco_free(ctx, word);
    }
    return eco_str_status(out);
}

/* All texts are freed at one place, whether the expansion came to its end or not; a text taken
 * from `out` belongs to the caller and is not there any more. */
ecopt_status ecopt_definition_expand(ecopt_ctx *ctx, const ecopt_definition *definition,
                                     size_t phase, const double *x, char **ret_text)
{
    if (!ctx || !definition || !x || !ret_text || phase >= definition->n_phases)
        return ctx ? eco_fail(ctx, ECOPT_E_ARG, "there is no phase %zu", phase) : ECOPT_E_ARG;
    expansion e = {.definition = definition,
                   .phase = definition->phases[phase].name,
                   .n = ecopt_space_n_params(definition->space)};
    /* Zeroed, so that all may be freed however far the expansion came. */
    e.values = eco_alloc(ctx, e.n, sizeof *e.values);
    if (!e.values)
        return ECOPT_E_NOMEM;
    eco_str out = ECO_STR_INIT(ctx);
    ecopt_status status = expand_all(ctx, &e, &definition->phases[phase], x, &out);
    if (status == ECOPT_OK)
        status = eco_str_take(&out, ret_text);
    eco_str_release(&out);
    for (size_t i = 0; i < e.n; i++)
        eco_free(ctx, e.values[i]);
    eco_free(ctx, e.values);
    return status;
}
