/*
 * `ecopt front`: the non-dominated trials as table, CSV or JSON.
 *
 * CSV is the bare table; table and JSON also carry the reference point, the hypervolume and what
 * kind of joules these are, so that a front is never seen without its conditions.
 *
 * What the uncertainties leave open is said with the front: a list of points without it looks more
 * certain than it is.
 */
#include "report/json_trial.h"
#include "report/prose.h"
#include "report/rows.h"

#include <ecopt/report.h>
#include <math.h>

/* How much of the front are fresh measurements, where any of it is. */
static void add_confirmed(const ecopt_snapshot *snapshot, const ecopt_front *front, eco_str *str)
{
    size_t n = 0;
    for (size_t i = 0; i < front->n; i++)
        n += snapshot->trials[front->trials[i]].n_confirmed > 0;
    if (n > 0 && n == front->n)
        eco_str_add(str,
                    "confirmed: every point was measured anew after the search; its values are "
                    "those measurements alone\n");
    else if (n > 0) {
        eco_str_addf(str, "note: %zu of %zu points were measured anew after the search (trials", n,
                     front->n);
        const char *comma = " ";
        for (size_t i = 0; i < front->n; i++) {
            const ecopt_trial *trial = &snapshot->trials[front->trials[i]];
            if (trial->n_confirmed == 0)
                continue;
            eco_str_addf(str, "%s%lld", comma, (long long)trial->id);
            comma = ", ";
        }
        eco_str_add(str, "); the others have the values that they were chosen by\n");
    }
}

typedef bool (*sentence_fn)(eco_str *str, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot, const ecopt_front *front);

/* A note of its own line, where there is something to say. */
static void add_sentence(sentence_fn say, const ecopt_definition *definition,
                         const ecopt_snapshot *snapshot, const ecopt_front *front, eco_str *str)
{
    eco_str sentence = ECO_STR_INIT(str->ctx);
    if (say(&sentence, definition, snapshot, front))
        eco_str_addf(str, "note: %s\n", eco_str_text(&sentence));
    if (eco_str_status(&sentence) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&sentence);
}

/* What stands below the table: the legend, the reference, what the joules are. */
static void add_foot(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                     const ecopt_front *front, const eco_summary *summary, eco_str *str)
{
    eco_str_add_char(str, '\n');
    if (front->knee < front->n)
        eco_str_add(str, "* knee: furthest from the line between the extremes of the front\n");
    eco_str_addf(str, "%zu on the front of ", front->n);
    eco_prose_states(str, summary, snapshot->n_trials);
    eco_str_add(str, "\nobjectives: ");
    eco_prose_objectives(str, definition);
    eco_str_add_char(str, '\n');
    eco_str reference = ECO_STR_INIT(str->ctx);
    if (eco_prose_reference(&reference, definition, snapshot))
        eco_str_addf(str, "reference point: %s\n", eco_str_text(&reference));
    if (eco_str_status(&reference) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&reference);
    if (!isnan(front->hypervolume))
        eco_str_addf(str, "hypervolume: %.6g (logarithmic objectives in decades)\n",
                     front->hypervolume);
    add_confirmed(snapshot, front, str);
    add_sentence(eco_prose_unresolved, definition, snapshot, front, str);
    add_sentence(eco_prose_useless, definition, snapshot, front, str);
    unsigned notes = eco_notes(definition, snapshot, front);
    for (unsigned i = 0; i < ECO_NOTE_COUNT; i++)
        if (notes & 1u << i)
            eco_str_addf(str, "note: %s\n", eco_note_text((eco_note)i));
    eco_str scale = ECO_STR_INIT(str->ctx);
    if (eco_prose_scale(&scale, snapshot, front))
        eco_str_addf(str, "note: %s\n", eco_str_text(&scale));
    if (eco_str_status(&scale) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&scale);
}

/*
 * For people: rows, then under which conditions they hold. An empty front says why it is empty,
 * instead of a head without rows.
 */
static ecopt_status front_table(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, const ecopt_front *front,
                                char **ret_text)
{
    eco_summary *summary = NULL;
    eco_table *table = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    ecopt_status status = eco_summary_new(ctx, definition, snapshot, &summary);
    if (status == ECOPT_OK)
        status = eco_rows_front(ctx, definition, snapshot, front, &table);
    if (status == ECOPT_OK) {
        if (front->n > 0)
            eco_table_add_text(table, &str);
        else
            eco_str_add(&str, "no trial is complete and within every constraint yet\n");
        add_foot(definition, snapshot, front, summary, &str);
        status = eco_str_take(&str, ret_text);
    }
    eco_table_free(table);
    eco_summary_free(ctx, summary);
    eco_str_release(&str);
    return status;
}

/*
 * For programs: rows only, and the head even when there is none, so that a reader finds its
 * columns.
 */
static ecopt_status front_csv(ecopt_ctx *ctx, const ecopt_definition *definition,
                              const ecopt_snapshot *snapshot, const ecopt_front *front,
                              char **ret_text)
{
    eco_table *table = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    ECO_TRY(eco_rows_front(ctx, definition, snapshot, front, &table));
    eco_table_add_csv(table, &str);
    ecopt_status status = eco_str_take(&str, ret_text);
    eco_table_free(table);
    eco_str_release(&str);
    return status;
}

static json_t *notes_array(eco_json *json, const ecopt_definition *definition,
                           const ecopt_snapshot *snapshot, const ecopt_front *front)
{
    json_t *notes = eco_json_array(json);
    unsigned held = eco_notes(definition, snapshot, front);
    for (unsigned i = 0; i < ECO_NOTE_COUNT; i++)
        if (held & 1u << i)
            eco_json_append(json, notes, json_string(eco_note_text((eco_note)i)));
    eco_str useless = ECO_STR_INIT(json->ctx), scale = ECO_STR_INIT(json->ctx);
    if (eco_prose_useless(&useless, definition, snapshot, front))
        eco_json_append(json, notes, json_string(eco_str_text(&useless)));
    if (eco_prose_scale(&scale, snapshot, front))
        eco_json_append(json, notes, json_string(eco_str_text(&scale)));
    if (eco_str_status(&useless) != ECOPT_OK || eco_str_status(&scale) != ECOPT_OK)
        json->has_failed = true;
    eco_str_release(&useless);
    eco_str_release(&scale);
    return notes;
}

/*
 * For programs that want the conditions too. Notes are the same sentences as in the table: what
 * people are warned of, a pipeline can pass on.
 */
static ecopt_status front_json(ecopt_ctx *ctx, const ecopt_definition *definition,
                               const ecopt_snapshot *snapshot, const ecopt_front *front,
                               char **ret_text)
{
    eco_json json = {ctx, false};
    json_t *root = eco_json_object(&json);
    json_t *array = eco_json_array(&json);
    eco_json_set_study(&json, root, snapshot);
    eco_json_set(&json, root, "objectives", eco_json_objectives(&json, definition));
    eco_json_set_reference(&json, root, definition, snapshot);
    eco_json_set_int(&json, root, "n_trials", (int64_t)snapshot->n_trials);
    eco_json_set_front(&json, root, snapshot, front);
    eco_json_set(&json, root, "notes", notes_array(&json, definition, snapshot, front));
    eco_json_set(&json, root, "unresolved",
                 eco_json_unresolved(&json, definition, snapshot, front));
    for (size_t i = 0; i < front->n; i++)
        eco_json_append(
            &json, array,
            eco_json_trial_brief(&json, definition, &snapshot->trials[front->trials[i]]));
    eco_json_set(&json, root, "front", array);
    return eco_json_take(&json, root, ret_text);
}

ecopt_status ecopt_report_front(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, ecopt_format format,
                                char **ret_text)
{
    ecopt_front *front = NULL;
    ECO_TRY(ecopt_front_new(ctx, definition, snapshot, &front));
    ecopt_status status = ECOPT_OK;
    switch (format) {
    case ECOPT_FORMAT_TABLE:
        status = front_table(ctx, definition, snapshot, front, ret_text);
        break;
    case ECOPT_FORMAT_CSV:
        status = front_csv(ctx, definition, snapshot, front, ret_text);
        break;
    case ECOPT_FORMAT_JSON:
        status = front_json(ctx, definition, snapshot, front, ret_text);
        break;
    default:
        status = eco_fail(ctx, ECOPT_E_ARG, "no such format: %d", (int)format);
        break;
    }
    ecopt_front_free(ctx, front);
    return status;
}
