/*
 * Trials from a table: a row is a point, with its outcome or without.
 *
 * First each column is told what it is, then each row becomes one of ecopt_study_add, which judges
 * points and outcomes; what it says of a row gets the row's line here.  A row with a cell that is
 * no number does not get so far.
 */
#include "config/csv.h"
#include "core/fs.h"
#include "core/str.h"
#include "study/study_impl.h"
#include "trial/builtin.h"

#include <ecopt/outside.h>
#include <math.h>
#include <string.h>

/* What a column is. */
typedef enum column_kind {
    UNUSED, /* passed over */
    PARAM,
    METRIC,
    METRIC_U95,
    STATE,
    REASON
} column_kind;

typedef struct column {
    column_kind kind;
    size_t param;      /* PARAM: its index */
    const char *name;  /* METRIC */
    size_t metric;     /* METRIC_U95: column of its metric */
    bool is_told;      /* --map says what it is */
    const char *title; /* name of the column, as mapped */
} column;

/* One call of ecopt_study_import_csv. */
typedef struct importing {
    ecopt_study *study;
    ecopt_import_options options;
    eco_arena arena;
    eco_diagnosis report;
    eco_csv csv;
    column *columns;
    size_t n_metrics; /* columns of that kind */
    bool has_state;
    size_t n_rows; /* that could be read */
    ecopt_outside_row *rows;
    size_t *places; /* of these rows in the table */
    size_t n_bad;
} importing;

/* ---- columns ---- */

/* Columns of ecopt's own list that say nothing an import could use. */
static bool is_own(const char *name)
{
    static const char *const own[] = {"trial",        "origin",         "cause",
                                      "is_front",     "is_unresolved",  "is_knee",
                                      "quality",      "trial_energy_j", "trial_energy_j_u95",
                                      "trial_time_s", "trial_quality"};
    for (size_t i = 0; i < ECO_LEN(own); i++)
        if (strcmp(own[i], name) == 0)
            return true;
    return false;
}

/* A metric that the study knows by name: of an objective, a constraint, the file, or built in. */
static bool is_metric(const ecopt_definition *definition, const char *name)
{
    size_t phase = 0;
    bool needs_energy = false, needs_samples = false;
    for (size_t i = 0; i < definition->n_objectives; i++)
        if (strcmp(definition->objectives[i].metric, name) == 0)
            return true;
    for (size_t i = 0; i < definition->n_constraints; i++)
        if (strcmp(definition->constraints[i].metric, name) == 0)
            return true;
    for (size_t i = 0; i < definition->n_metrics; i++)
        if (strcmp(definition->metrics[i].name, name) == 0)
            return true;
    return eco_builtin_explain(name, definition->phases, definition->n_phases, &phase,
                               &needs_energy, &needs_samples);
}

/* What --map says of a column; NULL: nothing. */
static const char *mapped(const importing *im, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < im->options.n_maps; i++)
        if (strncmp(im->options.maps[i], name, n) == 0 && im->options.maps[i][n] == '=')
            return im->options.maps[i] + n + 1;
    return NULL;
}

/* By the prefix first: `param.x` is the parameter also where a metric is called x. */
static bool take_param(importing *im, column *c)
{
    static const char prefix[] = "param.";
    const ecopt_space *space = im->study->definition->space;
    size_t n = ecopt_space_n_params(space);
    bool has_prefix = strncmp(c->title, prefix, sizeof prefix - 1) == 0;
    c->param = ecopt_space_find(space, has_prefix ? c->title + sizeof prefix - 1 : c->title);
    /* A bare name that is a metric, too, is the metric's where the table has both. */
    if (!has_prefix && c->param < n && is_metric(im->study->definition, c->title)) {
        const char *full = eco_diagnosis_text(&im->report, "param.%s", c->title);
        if (eco_csv_find(&im->csv, full) < im->csv.n_columns)
            return false;
    }
    if (c->param < n)
        c->kind = PARAM;
    return c->param < n;
}

/* What a column is by its title alone; half widths need to know the other columns. */
static void take_title(importing *im, column *c)
{
    if (take_param(im, c))
        return;
    if (strcmp(c->title, "state") == 0)
        c->kind = STATE;
    else if (strcmp(c->title, "reason") == 0)
        c->kind = REASON;
    else if (is_metric(im->study->definition, c->title) || (c->is_told && c->title[0]))
        c->kind = METRIC;
    c->name = c->title;
    im->has_state = im->has_state || c->kind == STATE;
    im->n_metrics += c->kind == METRIC;
}

/* METRIC_u95 or METRIC.u95 of a column that is a metric. */
static void take_half_width(importing *im, column *c)
{
    size_t n = strlen(c->title);
    if (n < 5 || strcmp(c->title + n - 3, "u95") != 0 || !strchr("._", c->title[n - 4]))
        return;
    for (size_t i = 0; i < im->csv.n_columns; i++) {
        const column *metric = &im->columns[i];
        if (metric->kind == METRIC && metric != c && strlen(metric->name) == n - 4 &&
            memcmp(metric->name, c->title, n - 4) == 0) {
            im->n_metrics -= c->kind == METRIC;
            c->kind = METRIC_U95;
            c->metric = i;
        }
    }
}

/* Two columns for one thing: nobody can tell which is right. */
static void check_columns(importing *im)
{
    for (size_t i = 0; i < im->csv.n_columns; i++) {
        const column *c = &im->columns[i];
        for (size_t j = 0; j < i; j++) {
            const column *before = &im->columns[j];
            bool is_same = c->kind == before->kind && c->kind != UNUSED &&
                           (c->kind == PARAM        ? c->param == before->param
                            : c->kind == METRIC     ? strcmp(c->name, before->name) == 0
                            : c->kind == METRIC_U95 ? c->metric == before->metric
                                                    : true);
            if (is_same)
                eco_csv_complain(&im->report, &im->csv, true, ECO_CSV_HEADER, i,
                                 "leave one of them out with --map COLUMN=",
                                 eco_diagnosis_text(&im->report, "'%.80s' and '%.80s' are the same",
                                                    eco_csv_name(&im->csv, j),
                                                    eco_csv_name(&im->csv, i)));
        }
        if (c->kind == UNUSED && c->title[0] && !is_own(c->title))
            eco_csv_complain(&im->report, &im->csv, false, ECO_CSV_HEADER, i,
                             "--map COLUMN=NAME says what it is",
                             eco_diagnosis_text(&im->report, "the column '%.80s' is not used",
                                                eco_csv_name(&im->csv, i)));
    }
}

/* A map of a column that is not there is a slip of the hand. */
static void check_maps(importing *im)
{
    for (size_t i = 0; i < im->options.n_maps; i++) {
        const char *map = im->options.maps[i];
        const char *name = eco_diagnosis_text(&im->report, "%.*s", (int)strcspn(map, "="), map);
        if (!strchr(map, '=') || eco_csv_find(&im->csv, name) == im->csv.n_columns)
            eco_csv_complain(
                &im->report, &im->csv, true, ECO_CSV_HEADER, 0, "",
                eco_diagnosis_text(&im->report, "there is no column '%.80s' to map", name));
    }
}

static ecopt_status find_columns(importing *im)
{
    size_t n = im->csv.n_columns;
    im->columns = eco_arena_alloc(&im->arena, n + 1, sizeof *im->columns);
    if (!im->columns)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const char *told = mapped(im, eco_csv_name(&im->csv, i));
        im->columns[i].is_told = told != NULL;
        im->columns[i].title = told ? told : eco_csv_name(&im->csv, i);
        take_title(im, &im->columns[i]);
    }
    for (size_t i = 0; i < n; i++)
        take_half_width(im, &im->columns[i]);
    check_columns(im);
    check_maps(im);
    return im->report.status;
}

/* ---- rows ---- */

/* A row that cannot be added: an error, or a warning where such rows are left out. */
static void complain(importing *im, size_t row, size_t at, const char *message)
{
    eco_csv_complain(&im->report, &im->csv, !im->options.is_skipping, row, at, "", message);
}

/* NAME="VALUE": quoted always, as a table's cell may hold anything. */
static void add_pair(eco_str *str, const char *name, const char *value)
{
    eco_str_addf(str, "%s%s=\"", str->length > 0 ? " " : "", name);
    for (const char *at = value; *at; at++) {
        if (*at == '"' || *at == '\\')
            eco_str_addf(str, "\\%c", *at);
        else if ((unsigned char)*at < ' ')
            eco_str_addf(str, "\\u%04x", (unsigned)(unsigned char)*at);
        else
            eco_str_add_char(str, *at);
    }
    eco_str_add_char(str, '"');
}

/* The text form of a row's point; cells that are empty are left to the defaults. */
static ecopt_status read_point(importing *im, size_t row, const char **ret_point)
{
    const ecopt_space *space = im->study->definition->space;
    eco_str str = ECO_STR_INIT(im->study->ctx);
    for (size_t i = 0; i < im->csv.n_columns; i++) {
        const char *cell = eco_csv_text(&im->csv, row, i);
        if (im->columns[i].kind == PARAM && cell[0])
            add_pair(&str, ecopt_space_param(space, im->columns[i].param)->name, cell);
    }
    ecopt_status status = eco_str_status(&str);
    *ret_point = eco_arena_strdup(&im->arena, eco_str_text(&str));
    eco_str_release(&str);
    return status == ECOPT_OK && !*ret_point ? ECOPT_E_NOMEM : status;
}

/* A cell that must be a number; false, with a word about it, when it is none. */
static bool read_number(importing *im, size_t row, size_t at, double *ret)
{
    const char *cell = eco_csv_text(&im->csv, row, at);
    if (eco_parse_double(cell, ret) && isfinite(*ret))
        return true;
    complain(im, row, at,
             eco_diagnosis_text(&im->report, "%s: '%.80s' is not a finite number",
                                im->columns[at].title, cell));
    return false;
}

/* The metrics of a row that have a value, with their half widths. */
static bool read_metrics(importing *im, size_t row, ecopt_metric_value *metrics, size_t *ret_n)
{
    size_t n = 0;
    for (size_t i = 0; i < im->csv.n_columns; i++) {
        if (im->columns[i].kind != METRIC || !eco_csv_text(&im->csv, row, i)[0])
            continue;
        metrics[n] = (ecopt_metric_value){.name = im->columns[i].name, .u95 = (double)NAN};
        if (!read_number(im, row, i, &metrics[n].value))
            return false;
        for (size_t k = 0; k < im->csv.n_columns; k++)
            if (im->columns[k].kind == METRIC_U95 && im->columns[k].metric == i &&
                eco_csv_text(&im->csv, row, k)[0] && !read_number(im, row, k, &metrics[n].u95))
                return false;
        n++;
    }
    *ret_n = n;
    return true;
}

/* What the column says; without one, metrics make an outcome. What has not ended waits. */
static bool read_state(importing *im, size_t row, ecopt_outside_row *ret)
{
    ret->state = ret->n_metrics > 0 ? ECOPT_TRIAL_COMPLETE : ECOPT_TRIAL_QUEUED;
    for (size_t i = 0; i < im->csv.n_columns; i++) {
        const char *cell = eco_csv_text(&im->csv, row, i);
        if (im->columns[i].kind == REASON)
            ret->reason = cell;
        if (im->columns[i].kind != STATE || !cell[0])
            continue;
        if (!ecopt_trial_state_parse(cell, &ret->state)) {
            complain(im, row, i,
                     eco_diagnosis_text(&im->report, "there is no state '%.80s'", cell));
            return false;
        }
    }
    if (ret->state == ECOPT_TRIAL_RUNNING || ret->state == ECOPT_TRIAL_PREEMPTED ||
        im->options.is_queue)
        ret->state = ECOPT_TRIAL_QUEUED;
    if (ret->state == ECOPT_TRIAL_QUEUED)
        ret->n_metrics = 0;
    return true;
}

/* All rows whose cells can be read; the others are counted. */
static ecopt_status read_rows(importing *im)
{
    size_t n = im->csv.n_rows;
    im->rows = eco_arena_alloc(&im->arena, n + 1, sizeof *im->rows);
    im->places = eco_arena_alloc(&im->arena, n + 1, sizeof *im->places);
    ecopt_metric_value *metrics =
        eco_arena_alloc(&im->arena, n * im->n_metrics + 1, sizeof *metrics);
    if (!im->rows || !im->places || !metrics)
        return ECOPT_E_NOMEM;
    for (size_t row = 0; row < n; row++) {
        ecopt_outside_row *next = &im->rows[im->n_rows];
        *next = (ecopt_outside_row){.metrics = metrics + row * im->n_metrics};
        ECO_TRY(read_point(im, row, &next->point));
        if (read_metrics(im, row, metrics + row * im->n_metrics, &next->n_metrics) &&
            read_state(im, row, next))
            im->places[im->n_rows++] = row;
        else
            im->n_bad++;
    }
    return im->report.status;
}

/* ---- adding ---- */

/* What the study says of a row, at its line. */
static void on_fault(void *user, size_t row, ecopt_status status, const char *message)
{
    importing *im = user;
    (void)status;
    im->n_bad++;
    complain(im, im->places[row], 0, eco_diagnosis_text(&im->report, "%s", message));
}

static ecopt_status fail_rows(importing *im)
{
    ecopt_ctx *ctx = im->study->ctx;
    size_t n = im->n_bad;
    if (n == 0)
        return eco_fail(ctx, ECOPT_E_CONFIG, "'%s' cannot be imported; nothing was added",
                        im->csv.path);
    (void)eco_fail(ctx, ECOPT_E_CONFIG,
                   "%zu of the %zu rows of '%s' cannot be imported; nothing "
                   "was added",
                   n, im->csv.n_rows, im->csv.path);
    return eco_hint(ctx, ECOPT_E_CONFIG, "mend them, or leave them out with --skip-bad");
}

/* Nothing is judged of a table with cells that cannot be read: what they should have said may be
 * what is wrong elsewhere. */
static ecopt_status add_rows(importing *im, ecopt_imported *ret)
{
    int64_t *trials = eco_arena_alloc(&im->arena, im->n_rows + 1, sizeof *trials);
    if (!trials)
        return ECOPT_E_NOMEM;
    if (im->n_bad > 0 && !im->options.is_skipping)
        return fail_rows(im);
    ecopt_outside_options options = ECOPT_OUTSIDE_OPTIONS_INIT;
    options.origin = im->options.is_queue ? "enqueued" : "imported";
    options.is_skipping = im->options.is_skipping;
    options.report = on_fault;
    options.user = im;
    ecopt_status status = ecopt_study_add(im->study, im->rows, im->n_rows, &options, trials);
    if (status != ECOPT_OK)
        return im->n_bad > 0 && status != ECOPT_E_NOMEM ? fail_rows(im) : status;
    ecopt_imported done = {.n_rows = im->csv.n_rows};
    for (size_t i = 0; i < im->n_rows; i++) {
        done.n_added += trials[i] > 0;
        if (done.first == 0)
            done.first = trials[i];
    }
    *ret = done;
    return ECOPT_OK;
}

static ecopt_status import_bytes(importing *im, const char *path, const char *bytes, size_t length,
                                 ecopt_imported *ret)
{
    ECO_TRY(eco_csv_read(&im->report, path, bytes, length, &im->csv));
    if (im->report.n_errors > 0 || im->csv.n_columns == 0)
        return fail_rows(im);
    ECO_TRY(find_columns(im));
    if (im->report.n_errors > 0)
        return fail_rows(im);
    ECO_TRY(read_rows(im));
    return add_rows(im, ret);
}

ecopt_status ecopt_study_import_csv(ecopt_study *study, const char *path,
                                    const ecopt_import_options *options,
                                    ecopt_imported *ret_imported)
{
    if (!study)
        return ECOPT_E_ARG;
    ecopt_ctx *ctx = study->ctx;
    char *bytes = NULL;
    size_t length = 0;
    importing *im = eco_alloc(ctx, 1, sizeof *im);
    if (!im)
        return ECOPT_E_NOMEM;
    im->study = study;
    im->options = (ecopt_import_options)ECOPT_IMPORT_OPTIONS_INIT;
    if (options)
        memcpy(&im->options, options,
               options->size < sizeof im->options ? options->size : sizeof im->options);
    im->arena = (eco_arena)ECO_ARENA_INIT(ctx);
    ecopt_status status = eco_fs_read(ctx, path, ECO_CSV_MAX_B, &bytes, &length);
    im->report.arena = &im->arena;
    im->report.file = path;
    im->report.text = bytes ? bytes : "";
    im->report.length = length;
    if (status == ECOPT_OK)
        status = import_bytes(im, path, bytes, length, ret_imported);
    if (im->options.report && status != ECOPT_E_NOMEM)
        eco_diagnosis_flush(&im->report, im->options.report, im->options.user);
    eco_arena_release(&im->arena);
    eco_free(ctx, bytes);
    eco_free(ctx, im);
    return status;
}
