#include "report/steps_report.h"

#include "core/dimension.h"
#include "report/number.h"
#include "report/table.h"

#include <math.h>
#include <string.h>

/* Columns of a small curve. */
enum { SPARKS = 24, LEVELS = 8 };

/* U+2581 to U+2588, from low to full. */
static void add_spark(eco_str *str, int level)
{
    eco_str_addf(str, "\xe2\x96%c", (char)(0x81 + level));
}

/* The newest point up to each of SPARKS equal parts of the steps; the scale is the curve's own. */
static void add_sparks(const ecopt_metric_curve *curve, double least, double most, eco_str *str)
{
    double first = (double)curve->points[0].step;
    double last = (double)curve->points[curve->n - 1].step;
    size_t n = curve->n < SPARKS ? curve->n : SPARKS, at = 0;
    for (size_t i = 0; i < n; i++) {
        double until = n > 1 ? first + (last - first) * (double)i / (double)(n - 1) : last;
        while (at + 1 < curve->n && (double)curve->points[at + 1].step <= until + 1e-9)
            at++;
        /* Halves: the range of the largest numbers is no number. */
        double range = 0.5 * most - 0.5 * least;
        double share = range > 0 ? (0.5 * curve->points[at].value - 0.5 * least) / range : 0.5;
        int level = (int)(share * LEVELS);
        add_spark(str, level < LEVELS ? level : LEVELS - 1);
    }
}

/* One value in the unit of its metric. */
static void set_value(eco_table *table, size_t column, const char *metric, double value)
{
    char text[ECO_NUMBER_B];
    eco_number_with_unit(eco_dimension_of(metric, NULL), value, (double)NAN, text);
    eco_table_set_text(table, column, text);
}

static void add_curve(ecopt_ctx *ctx, eco_table *table, const ecopt_metric_curve *curve)
{
    double least = HUGE_VAL, most = -HUGE_VAL;
    eco_str text = ECO_STR_INIT(ctx);
    for (size_t i = 0; i < curve->n; i++) {
        least = fmin(least, curve->points[i].value);
        most = fmax(most, curve->points[i].value);
    }
    eco_table_add_row(table);
    eco_table_set_text(table, 0, curve->name);
    eco_str_addf(&text, "%lld to %lld", (long long)curve->points[0].step,
                 (long long)curve->points[curve->n - 1].step);
    eco_table_set_text(table, 1, eco_str_text(&text));
    set_value(table, 2, curve->name, curve->points[0].value);
    set_value(table, 3, curve->name, least);
    set_value(table, 4, curve->name, most);
    set_value(table, 5, curve->name, curve->points[curve->n - 1].value);
    eco_str_clear(&text);
    add_sparks(curve, least, most, &text);
    eco_table_set_text(table, 6, eco_str_text(&text));
    if (eco_str_status(&text) != ECOPT_OK)
        eco_table_fail(table);
    eco_str_release(&text);
}

ecopt_status eco_steps_table(ecopt_ctx *ctx, const ecopt_trial *trial, eco_str *str)
{
    static const char *const keys[] = {"by step", "steps", "first", "least",
                                       "most",    "last",  "curve"};
    eco_table *table = NULL;
    if (trial->n_curves == 0)
        return ECOPT_OK;
    ECO_TRY(eco_table_new(ctx, &table));
    for (size_t i = 0; i < ECO_LEN(keys); i++) {
        eco_column column = {.key = keys[i]};
        (void)eco_table_add_column(table, &column);
    }
    for (size_t i = 0; i < trial->n_curves; i++)
        if (trial->curves[i].n > 0)
            add_curve(ctx, table, &trial->curves[i]);
    ecopt_status status = eco_table_status(table);
    eco_str_add_char(str, '\n');
    eco_table_add_text(table, str);
    eco_table_free(table);
    return status;
}

json_t *eco_json_curves(eco_json *json, const ecopt_trial *trial)
{
    json_t *object = eco_json_object(json);
    for (size_t i = 0; i < trial->n_curves; i++) {
        const ecopt_metric_curve *curve = &trial->curves[i];
        json_t *points = eco_json_array(json);
        for (size_t k = 0; k < curve->n; k++) {
            json_t *point = eco_json_array(json);
            eco_json_append(json, point, json_integer(curve->points[k].step));
            eco_json_append(json, point, json_real(curve->points[k].value));
            eco_json_append(json, points, point);
        }
        eco_json_set(json, object, curve->name, points);
    }
    return object;
}
