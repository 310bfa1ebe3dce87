#include "trial/pool.h"

#include "core/str.h"
#include "trial/quote.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A program that prints a million bad lines is told once or twice, not a million times. */
enum { NOTES_LOGGED = 5 };

void eco_pool_init(eco_pool *pool, ecopt_ctx *ctx)
{
    *pool = (eco_pool){.ctx = ctx};
}

void eco_pool_release(eco_pool *pool)
{
    for (size_t i = 0; i < pool->n; i++) {
        eco_free(pool->ctx, pool->items[i].name);
        eco_free(pool->ctx, pool->items[i].text);
        eco_free(pool->ctx, pool->items[i].runs);
        eco_steps_release(pool->ctx, &pool->items[i].steps);
    }
    eco_free(pool->ctx, pool->items);
    eco_free(pool->ctx, pool->first_note);
    *pool = (eco_pool){.ctx = pool->ctx};
}

/*
 * What is wrong with a program's output is never an error of ECOpt's.  It is a hint: the first one
 * is shown where a needed metric turns out to be missing, as that is where it helps.
 */
void eco_pool_note(eco_pool *pool, const char *format, ...)
{
    char text[256];
    va_list args;
    if (pool->n_notes++ >= NOTES_LOGGED)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    eco_log(pool->ctx, ECOPT_LOG_WARNING, "%s", text);
    /* Without memory the note is lost, nothing else. */
    if (!pool->first_note)
        pool->first_note = eco_strdup(pool->ctx, text);
}

/*
 * Names end up in tables, files and on terminals, so control characters are not let in.  Everything
 * else is: programs have names in many languages.
 */
static bool is_good_name(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > ECO_POOL_NAME_MAX_B)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

/*
 * Linear, as there are at most ECO_POOL_MAX items and usually fewer than ten.  A program that
 * prints a thousand names a million times is bounded by the comparison of their first bytes.
 */
static eco_pool_item *find_item(const eco_pool *pool, size_t phase, const char *name)
{
    for (size_t i = 0; i < pool->n; i++)
        if (pool->items[i].phase == phase && strcmp(pool->items[i].name, name) == 0)
            return &pool->items[i];
    return NULL;
}

/*
 * Of several phases the last one counts: "accuracy" of the evaluation is what is meant when
 * training has printed its own on the way.
 */
const eco_pool_item *eco_pool_find(const eco_pool *pool, size_t phase, const char *name)
{
    if (phase != ECO_PHASE_ANY)
        return find_item(pool, phase, name);
    const eco_pool_item *best = NULL;
    for (size_t i = 0; i < pool->n; i++)
        if (strcmp(pool->items[i].name, name) == 0 &&
            (!best || pool->items[i].phase >= best->phase))
            best = &pool->items[i];
    return best;
}

/* New empty item, or NULL with *ret_status set (ECOPT_OK when the pool is full). */
static eco_pool_item *add_item(eco_pool *pool, size_t phase, const char *name,
                               ecopt_status *ret_status)
{
    *ret_status = ECOPT_OK;
    if (pool->n == ECO_POOL_MAX) {
        eco_pool_note(pool, "more than %d metrics: '%s' is ignored", ECO_POOL_MAX, name);
        return NULL;
    }
    *ret_status = ECOPT_E_NOMEM;
    if (pool->n == pool->room) {
        size_t room = pool->room ? pool->room * 2 : 16;
        eco_pool_item *bigger = eco_realloc(pool->ctx, pool->items, room, sizeof *bigger);
        if (!bigger)
            return NULL;
        pool->items = bigger;
        pool->room = room;
    }
    char *copy = eco_strdup(pool->ctx, name);
    if (!copy)
        return NULL;
    eco_pool_item *item = &pool->items[pool->n++];
    *item = (eco_pool_item){.name = copy, .phase = phase};
    *ret_status = ECOPT_OK;
    return item;
}

/*
 * Step 0 is the state before the first step: a value, but no point of a curve. What is not finite
 * is no point either; as a value it counts until the next step brings a better one.
 */
static ecopt_status take_step(eco_pool *pool, eco_pool_item *item, double value)
{
    item->step = pool->has_step ? pool->step : 0;
    if (item->step == 0 || !isfinite(value))
        return ECOPT_OK;
    return eco_steps_add(pool->ctx, &item->steps, item->step, value);
}

/*
 * The copy of `text` is made before an item exists, so that running out of memory leaves the
 * earlier report whole instead of half of the new one.
 */
ecopt_status eco_pool_set(eco_pool *pool, size_t phase, const char *name, double value, double u95,
                          const char *text)
{
    ecopt_status status = ECOPT_OK;
    char *copy = NULL;
    if (!is_good_name(name)) {
        eco_str shown = ECO_STR_INIT(pool->ctx);
        eco_quote(&shown, name, strlen(name), 60);
        eco_pool_note(pool, "'%s' cannot be a metric's name and is ignored", eco_str_text(&shown));
        eco_str_release(&shown);
        return ECOPT_OK;
    }
    if (text && !(copy = eco_strdup(pool->ctx, text)))
        return ECOPT_E_NOMEM;
    eco_pool_item *item = find_item(pool, phase, name);
    if (!item)
        item = add_item(pool, phase, name, &status);
    if (!item) {
        eco_free(pool->ctx, copy);
        return status;
    }
    status = take_step(pool, item, value);
    if (status != ECOPT_OK || (pool->has_step && item->is_final)) {
        eco_free(pool->ctx, copy);
        return status;
    }
    eco_free(pool->ctx, item->text);
    item->text = copy;
    item->is_final = !pool->has_step;
    /*
     * Infinity is kept as NaN: nothing above distinguishes ways of not being a number, and a
     * comparison with an infinite value would quietly come out as the best one.
     */
    item->value = text || !isfinite(value) ? (double)NAN : value;
    item->u95 = isfinite(u95) && u95 >= 0 ? u95 : (double)NAN;
    item->is_new = true;
    return ECOPT_OK;
}

/* Keeps what the run said; it is in value and u95 until then. */
static ecopt_status keep_run(eco_pool *pool, eco_pool_item *item)
{
    if (item->n_runs == item->runs_room) {
        size_t room = item->runs_room ? item->runs_room * 2 : 4;
        ecopt_repeat *bigger = eco_realloc(pool->ctx, item->runs, room, sizeof *bigger);
        if (!bigger)
            return ECOPT_E_NOMEM;
        item->runs = bigger;
        item->runs_room = room;
    }
    item->runs[item->n_runs++] = (ecopt_repeat){.value = item->value,
                                                .u95 = item->u95,
                                                .gain_lo = 1,
                                                .gain_hi = 1,
                                                .quality = ECOPT_QUALITY_MEASURED_COUNTER};
    return ECOPT_OK;
}

ecopt_status eco_pool_end_run(eco_pool *pool, size_t phase)
{
    for (size_t i = 0; i < pool->n; i++) {
        eco_pool_item *item = &pool->items[i];
        if (item->phase != phase || !item->is_new)
            continue;
        item->is_new = false;
        item->is_bad = item->is_bad || isnan(item->value);
        ECO_TRY(keep_run(pool, item));
        if (item->n_runs < 2)
            continue;
        ecopt_repeats_summary mean;
        ecopt_repeats_summarise(item->runs, item->n_runs, NULL, &mean);
        item->value = item->is_bad ? (double)NAN : mean.mean;
        item->u95 = mean.u95 > 0 ? mean.u95 : (double)NAN;
    }
    return ECOPT_OK;
}

double eco_pool_run_value(const eco_pool *pool, size_t phase, const char *name)
{
    const eco_pool_item *item = find_item(pool, phase, name);
    return item && item->is_new ? item->value : (double)NAN;
}
