/*
 * SQLite backend: everything a report needs, as of one moment.
 *
 * For `status`, `trials`, `front`, `report` and their like: they run beside a study that goes on,
 * so all queries share one read transaction and see the last commit before it. sqlite_read.c is the
 * narrow sister for the loop; this one reads every column and is called once per command.
 *
 * Joins are with the attempt that decided about the trial, or its newest one while none has, which
 * is a look-up in the index of each table. Nothing is computed here: fronts and statistics are made
 * from the snapshot after the transaction has ended.
 */
#include "store/sqlite_store.h"

#include <math.h>
#include <string.h>

/*
 * Reads the whole store in one transaction, table by table in primary-key order, and hangs the rows
 * below their trials.  Only the deciding attempt shows its phases and metrics;
 * what the others spent is in the sums.
 */
typedef struct snapshot_fill {
    eco_sqlite *store;
    eco_snapshot *whole;
    ecopt_trial *trials;
    double *reference;
} snapshot_fill;

/* Takes one row into the snapshot. Columns are by place: each function and its query in `queries`
 * are changed together. */
typedef ecopt_status (*row_fn)(snapshot_fill *fill, sqlite3_stmt *stmt);

/* Runs a query and hands each row on; the first failure ends it. One loop for all queries, so that
 * finalising and the end of rows are right in one place. */
static ecopt_status each_row(snapshot_fill *fill, const char *sql, row_fn take)
{
    sqlite3_stmt *stmt = NULL;
    ECO_TRY(eco_sqlite_prepare(fill->store, &stmt, sql, ""));
    bool has_row = true;
    ecopt_status status = ECOPT_OK;
    while (status == ECOPT_OK && has_row) {
        status = eco_sqlite_step(fill->store, stmt, &has_row);
        if (status == ECOPT_OK && has_row)
            status = take(fill, stmt);
    }
    eco_sqlite_end(fill->store, stmt);
    return status;
}

/* Text column into the arena; null stays NULL. A null is an answer (an attempt that has no folder)
 * and only a text that could not be copied is a failure. */
static ecopt_status take_text(snapshot_fill *fill, sqlite3_stmt *stmt, int column,
                              const char **ret_text)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    *ret_text = eco_arena_strdup(&fill->whole->arena, text);
    return text && !*ret_text ? ECOPT_E_NOMEM : ECOPT_OK;
}

/* The trial that a row of any table belongs to, by its first column; NULL for rows that a
 * damaged file holds beyond the trials. */
static ecopt_trial *trial_of(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    sqlite3_int64 id = sqlite3_column_int64(stmt, 0);
    size_t n = fill->whole->view.n_trials;
    /* Without holes the number is the place. */
    return id >= 1 && (uint64_t)id <= n ? &fill->trials[id - 1] : NULL;
}

/* The study row comes first: it brings the counts that size the arrays. Room is for one more than
 * counted, so that an empty study is no case of its own. */
static ecopt_status take_study(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_snapshot *view = &fill->whole->view;
    ECO_TRY(take_text(fill, stmt, 0, &view->name));
    ECO_TRY(take_text(fill, stmt, 1, &view->definition));
    ECO_TRY(take_text(fill, stmt, 2, &view->version));
    ECO_TRY(take_text(fill, stmt, 3, &view->host));
    view->seed = (uint64_t)sqlite3_column_int64(stmt, 4);
    view->created_s = eco_sqlite_double(stmt, 5);
    view->revision = sqlite3_column_int64(stmt, 6);
    view->n_trials = (size_t)sqlite3_column_int64(stmt, 7);
    view->n_reference = (size_t)sqlite3_column_int64(stmt, 8);
    view->spent_energy_j = eco_sqlite_double(stmt, 9);
    view->spent_time_s = sqlite3_column_double(stmt, 10);
    view->wanted = eco_sqlite_wanted(stmt, 11);
    view->n_unmetered = sqlite3_column_int64(stmt, 12);
    fill->trials = eco_arena_alloc(&fill->whole->arena, view->n_trials + 1, sizeof *fill->trials);
    fill->reference =
        eco_arena_alloc(&fill->whole->arena, view->n_reference + 1, sizeof *fill->reference);
    if (!fill->trials || !fill->reference)
        return ECOPT_E_NOMEM;
    for (size_t k = 0; k < view->n_reference; k++)
        fill->reference[k] = NAN;
    view->trials = fill->trials;
    view->reference = fill->reference;
    return ECOPT_OK;
}

/* Coordinates that are not kept have no row and stay NaN. */
static ecopt_status take_reference(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    sqlite3_int64 k = sqlite3_column_int64(stmt, 0);
    if (k >= 0 && (uint64_t)k < fill->whole->view.n_reference)
        fill->reference[k] = eco_sqlite_double(stmt, 1);
    return ECOPT_OK;
}

/* What is known of a trial before it ever ran. */
static ecopt_status take_trial(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    if (!trial)
        return ECOPT_OK;
    trial->id = sqlite3_column_int64(stmt, 0);
    ECO_TRY(take_text(fill, stmt, 1, &trial->point));
    ECO_TRY(take_text(fill, stmt, 2, &trial->origin));
    trial->seed = (uint64_t)sqlite3_column_int64(stmt, 3);
    if (!ecopt_trial_state_parse((const char *)sqlite3_column_text(stmt, 4), &trial->state))
        return eco_fail(fill->store->base.ctx, ECOPT_E_STORE_CORRUPT,
                        "'%s': trial %lld has a state that does not exist", fill->store->path,
                        (long long)trial->id);
    trial->attempts = sqlite3_column_int64(stmt, 5);
    trial->created_s = eco_sqlite_double(stmt, 6);
    trial->is_outside = sqlite3_column_int64(stmt, 7) != 0;
    trial->n_confirmed = sqlite3_column_int64(stmt, 8);
    trial->is_passed_over = sqlite3_column_int64(stmt, 9) != 0;
    /* For a trial that has never run; the attempt, if there is one, overwrites these. */
    trial->reason = "";
    trial->started_s = trial->ended_s = NAN;
    trial->spent_energy_j = NAN;
    return ECOPT_OK;
}

/* Times, folder and reason of the newest attempt. A trial that is running has no end yet, and
 * ended_s is null, which is read as NaN. */
static ecopt_status take_attempt(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    if (!trial)
        return ECOPT_OK;
    ECO_TRY(take_text(fill, stmt, 1, &trial->reason));
    ECO_TRY(take_text(fill, stmt, 2, &trial->dir));
    trial->started_s = eco_sqlite_double(stmt, 3);
    trial->ended_s = eco_sqlite_double(stmt, 4);
    /* A word that this version does not know says no more than none. */
    (void)ecopt_cause_parse((const char *)sqlite3_column_text(stmt, 5), &trial->cause);
    trial->revision = sqlite3_column_int64(stmt, 6);
    return ECOPT_OK;
}

/* Sums over all attempts, and how many phases the newest one has. The count is that of the deciding
 * attempt alone, because only its phases are shown. */
static ecopt_status take_spent(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    if (!trial)
        return ECOPT_OK;
    trial->spent_energy_j = eco_sqlite_double(stmt, 1);
    trial->spent_time_s = sqlite3_column_double(stmt, 2);
    size_t n_phases = (size_t)sqlite3_column_int64(stmt, 3);
    trial->phases = eco_arena_alloc(&fill->whole->arena, n_phases + 1, sizeof(ecopt_phase_record));
    return trial->phases ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* A label that this version does not know is worth as much as none. A store of a newer version with
 * the same schema may have one; the reader should see the rest. */
static ecopt_quality take_quality(sqlite3_stmt *stmt, int column)
{
    ecopt_quality quality = ECOPT_QUALITY_UNMEASURABLE;
    (void)ecopt_quality_parse((const char *)sqlite3_column_text(stmt, column), &quality);
    return quality;
}

/* The arrays are the arena's own memory; only the public view of them is const. */
static void *writable(const void *constant)
{
    union {
        const void *constant;
        void *own;
    } pointer = {.constant = constant};
    return pointer.own;
}

/* A phase and its total; the sources follow with take_window. Without an array the trial had no row
 * in take_spent, and then has no phases either. Times that the energy repeats are filled from the
 * phase, so that both say the same. */
static ecopt_status take_phase(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    if (!trial || !trial->phases)
        return ECOPT_OK;
    /* Counted up here; take_spent made room for as many rows as this query gives. */
    ecopt_phase_record *phases = writable(trial->phases);
    ecopt_phase_record *phase = &phases[trial->n_phases++];
    ECO_TRY(take_text(fill, stmt, 1, &phase->phase));
    phase->started_s = eco_sqlite_double(stmt, 2);
    phase->time_s = eco_sqlite_double(stmt, 3);
    phase->cpu_s = eco_sqlite_double(stmt, 4);
    phase->max_rss_b = eco_sqlite_double(stmt, 5);
    phase->exit_status = sqlite3_column_int(stmt, 6);
    phase->signal = sqlite3_column_int(stmt, 7);
    phase->is_timed_out = sqlite3_column_int(stmt, 8) != 0;
    ecopt_energy *energy = &phase->energy;
    energy->energy_j = eco_sqlite_double(stmt, 9);
    energy->u95_j = eco_sqlite_double(stmt, 10);
    energy->gain_lo = eco_sqlite_double(stmt, 11);
    energy->gain_hi = eco_sqlite_double(stmt, 12);
    energy->gap_s = eco_sqlite_double(stmt, 13);
    energy->coverage_ratio = eco_sqlite_double(stmt, 14);
    energy->quality = take_quality(stmt, 15);
    energy->flags = (unsigned)sqlite3_column_int64(stmt, 16);
    phase->repeat = sqlite3_column_int64(stmt, 17);
    energy->time_s = phase->time_s;
    energy->cpu_s = phase->cpu_s;
    energy->foreign_cpu_s = (double)NAN; /* the flag is kept, the number is not */
    return ECOPT_OK;
}

/* One source of one phase; more sources than fit were never written. */
static ecopt_status take_window(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    /* Positions are dense from 0, so the position is the place of the phase. */
    size_t position = (size_t)sqlite3_column_int64(stmt, 1);
    if (!trial || position >= trial->n_phases)
        return ECOPT_OK;
    ecopt_phase_record *phases = writable(trial->phases);
    ecopt_energy *energy = &phases[position].energy;
    if (energy->n_sources == ECOPT_METER_SOURCES_MAX)
        return ECOPT_OK;
    ecopt_source_energy *source = &energy->sources[energy->n_sources++];
    const char *name = (const char *)sqlite3_column_text(stmt, 2);
    if (name)
        memcpy(source->name, name, strnlen(name, sizeof source->name - 1));
    source->energy_j = eco_sqlite_double(stmt, 3);
    source->u95_j = eco_sqlite_double(stmt, 4);
    source->gain_lo = eco_sqlite_double(stmt, 5);
    source->gain_hi = eco_sqlite_double(stmt, 6);
    source->gap_s = eco_sqlite_double(stmt, 7);
    source->quality = take_quality(stmt, 8);
    source->flags = (unsigned)sqlite3_column_int64(stmt, 9);
    source->is_counted = sqlite3_column_int(stmt, 10) != 0;
    return ECOPT_OK;
}

/* Room in the arena for the items of one kind that a trial has, counted in the given column.
 * @return the trial in *ret_trial, NULL when the row is of none that is shown */
static ecopt_status reserve_items(snapshot_fill *fill, sqlite3_stmt *stmt, int column,
                                  size_t item_b, ecopt_trial **ret_trial, void **ret_items)
{
    *ret_trial = trial_of(fill, stmt);
    *ret_items = NULL;
    if (!*ret_trial)
        return ECOPT_OK;
    size_t n = (size_t)sqlite3_column_int64(stmt, column);
    *ret_items = eco_arena_alloc(&fill->whole->arena, n + 1, item_b);
    return *ret_items ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* Sizes a trial's array of metrics. The same condition as that of take_metric, or the array would
 * be too small: both count the final values of the deciding attempt. */
static ecopt_status count_metrics(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial;
    void *metrics;
    ECO_TRY(reserve_items(fill, stmt, 1, sizeof(ecopt_metric_value), &trial, &metrics));
    if (trial)
        trial->metrics = metrics;
    return ECOPT_OK;
}

/* In the order in which the trial reported them. */
static ecopt_status take_metric(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    if (!trial || !trial->metrics)
        return ECOPT_OK;
    ecopt_metric_value *metrics = writable(trial->metrics);
    ecopt_metric_value *metric = &metrics[trial->n_metrics++];
    ECO_TRY(take_text(fill, stmt, 1, &metric->name));
    metric->value = eco_sqlite_double(stmt, 2);
    metric->u95 = eco_sqlite_double(stmt, 3);
    return ECOPT_OK;
}

/* Sizes a trial's array of curves. */
static ecopt_status count_curves(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial;
    void *curves;
    ECO_TRY(reserve_items(fill, stmt, 1, sizeof(ecopt_metric_curve), &trial, &curves));
    if (trial)
        trial->curves = curves;
    return ECOPT_OK;
}

/* A metric of a trial, with room for its points. */
static ecopt_status take_curve(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    if (!trial || !trial->curves)
        return ECOPT_OK;
    ecopt_metric_curve *curves = writable(trial->curves);
    ecopt_metric_curve *curve = &curves[trial->n_curves++];
    size_t n = (size_t)sqlite3_column_int64(stmt, 2);
    curve->points = eco_arena_alloc(&fill->whole->arena, n, sizeof(ecopt_step_value));
    return curve->points ? take_text(fill, stmt, 1, &curve->name) : ECOPT_E_NOMEM;
}

/* Points come curve by curve in the order of the curves; each goes to the first with its name. */
static ecopt_status take_point(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    const char *name = (const char *)sqlite3_column_text(stmt, 1);
    for (size_t i = 0; trial && name && i < trial->n_curves; i++) {
        ecopt_metric_curve *curves = writable(trial->curves);
        if (strcmp(curves[i].name, name) != 0)
            continue;
        ecopt_step_value *points = writable(curves[i].points);
        points[curves[i].n++] =
            (ecopt_step_value){sqlite3_column_int64(stmt, 2), eco_sqlite_double(stmt, 3)};
        break;
    }
    return ECOPT_OK;
}

/* Sizes a trial's array of decisions. */
static ecopt_status count_decisions(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial;
    void *decisions;
    ECO_TRY(reserve_items(fill, stmt, 1, sizeof(ecopt_decision), &trial, &decisions));
    if (trial)
        trial->decisions = decisions;
    return ECOPT_OK;
}

/* One row of `decision`, whosever it is: both queries have the same columns. */
static ecopt_status fill_decision(snapshot_fill *fill, sqlite3_stmt *stmt, ecopt_decision *decision)
{
    decision->attempt = sqlite3_column_int64(stmt, 1);
    decision->step = sqlite3_column_int64(stmt, 3);
    decision->decided_s = eco_sqlite_double(stmt, 6);
    ECO_TRY(take_text(fill, stmt, 2, &decision->kind));
    ECO_TRY(take_text(fill, stmt, 4, &decision->verdict));
    return take_text(fill, stmt, 5, &decision->numbers);
}

/* Of all attempts: why the first was given up is asked of the second. */
static ecopt_status take_decision(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    if (!trial || !trial->decisions)
        return ECOPT_OK;
    ecopt_decision *decisions = writable(trial->decisions);
    return fill_decision(fill, stmt, &decisions[trial->n_decisions++]);
}

/* About the study as a whole: why its runs ended. */
static ecopt_status count_ends(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    size_t n = (size_t)sqlite3_column_int64(stmt, 0);
    ecopt_snapshot *view = &fill->whole->view;
    view->decisions = eco_arena_alloc(&fill->whole->arena, n + 1, sizeof(ecopt_decision));
    return view->decisions ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* In their order: the last is the one in force. */
static ecopt_status take_end(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_snapshot *view = &fill->whole->view;
    ecopt_decision *decisions = writable(view->decisions);
    return fill_decision(fill, stmt, &decisions[view->n_decisions++]);
}

/* Sizes the array of a trial that was run more than once; the others need none. */
static ecopt_status count_runs(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial;
    void *runs;
    ECO_TRY(reserve_items(fill, stmt, 1, sizeof(ecopt_attempt), &trial, &runs));
    if (trial)
        trial->runs = runs;
    return ECOPT_OK;
}

/* What each attempt came to; its phases are not read. */
static ecopt_status take_run(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_trial *trial = trial_of(fill, stmt);
    if (!trial || !trial->runs)
        return ECOPT_OK;
    ecopt_attempt *runs = writable(trial->runs);
    ecopt_attempt *run = &runs[trial->n_runs++];
    run->attempt = sqlite3_column_int64(stmt, 1);
    (void)ecopt_cause_parse((const char *)sqlite3_column_text(stmt, 4), &run->cause);
    run->started_s = eco_sqlite_double(stmt, 7);
    run->ended_s = eco_sqlite_double(stmt, 8);
    run->energy_j = eco_sqlite_double(stmt, 9);
    run->u95_j = sqrt(eco_sqlite_double(stmt, 10));
    run->time_s = eco_sqlite_double(stmt, 11);
    ECO_TRY(take_text(fill, stmt, 2, &run->kind));
    ECO_TRY(take_text(fill, stmt, 3, &run->state));
    ECO_TRY(take_text(fill, stmt, 5, &run->reason));
    return take_text(fill, stmt, 6, &run->dir);
}

static ecopt_status count_workers(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    size_t n = (size_t)sqlite3_column_int64(stmt, 0);
    ecopt_snapshot *view = &fill->whole->view;
    view->workers = eco_arena_alloc(&fill->whole->arena, n + 1, sizeof(ecopt_worker));
    return view->workers ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* Whether it is still there and in which phase the store does not know: its file tells
 * (study/worker.h). */
static ecopt_status take_worker(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_snapshot *view = &fill->whole->view;
    ecopt_worker *workers = writable(view->workers);
    ecopt_worker *worker = &workers[view->n_workers++];
    ECO_TRY(take_text(fill, stmt, 0, &worker->id));
    ECO_TRY(take_text(fill, stmt, 1, &worker->host));
    worker->pid = sqlite3_column_int64(stmt, 2);
    worker->started_s = eco_sqlite_double(stmt, 3);
    worker->seen_s = eco_sqlite_double(stmt, 4);
    worker->trial = sqlite3_column_int64(stmt, 5);
    worker->trial_started_s = eco_sqlite_double(stmt, 6);
    worker->phase = "";
    worker->is_there = true;
    return ECOPT_OK;
}

/* Adds a window as ecopt_energy_add does: half widths in quadrature, the band by joules. A row
 * without joules, or of a label that this version does not know, makes the sum weaker. */
static ecopt_status take_own(snapshot_fill *fill, sqlite3_stmt *stmt)
{
    ecopt_own_energy *own = &fill->whole->view.own;
    double energy_j = eco_sqlite_double(stmt, 1), before_j = own->energy_j;
    ecopt_quality quality = ECOPT_QUALITY_UNMEASURABLE;
    (void)ecopt_quality_parse((const char *)sqlite3_column_text(stmt, 5), &quality);
    own->cpu_s += eco_sqlite_double(stmt, 0);
    own->energy_j = before_j + energy_j;
    own->u95_j = hypot(own->u95_j, eco_sqlite_double(stmt, 2));
    double part = own->energy_j > 0 ? energy_j / own->energy_j : 1;
    own->gain_lo += part * (eco_sqlite_double(stmt, 3) - own->gain_lo);
    own->gain_hi += part * (eco_sqlite_double(stmt, 4) - own->gain_hi);
    own->quality = quality > own->quality ? quality : own->quality;
    own->flags |= (unsigned)sqlite3_column_int64(stmt, 6);
    own->n++;
    return ECOPT_OK;
}

/* One read transaction; a trial's counts come before its rows so that each array is made once.
 * Where no order is given the rows may come in any: those queries write to a place that the row
 * itself names. Phases, windows and metrics are appended and need one, of which SQLite sorts only
 * what stands behind the trial's number. */
static const struct {
    const char *sql;
    row_fn take;
} queries[] = {
    {"select name, definition, version, host, seed, created_s, revision,"
     " (select count(*) from trial),"
     " (select coalesce(max(objective) + 1, 0) from reference),"
     " (select sum(energy_j) from phase), (select coalesce(sum(time_s), 0) from phase),"
     " wanted, (select count(*) from attempt a where a.cause = 'lost' and (a.kind = 'confirm' or"
     "  not exists (select 1 from phase p where p.trial = a.trial and p.attempt = a.attempt)))"
     " from study",
     take_study},
    {"select objective, value from reference", take_reference},
    {"select id, point, origin, seed, state, attempts, created_s, is_outside,"
     " (select max(p.repeat) from phase p where p.trial = trial.id and p.attempt = measured),"
     " measured = 0 from trial order by id",
     take_trial},
    {"select t.id, a.reason, a.dir, a.started_s, a.ended_s, a.cause, a.revision from trial t"
     " join attempt a on a.trial = t.id and a.attempt = coalesce(t.decided, t.attempts)",
     take_attempt},
    {"select p.trial, sum(p.energy_j), sum(p.time_s), sum(p.attempt = coalesce(t.decided, "
     "t.attempts))"
     " from phase p join trial t on t.id = p.trial group by p.trial",
     take_spent},
    {"select p.trial, p.phase, p.started_s, p.time_s, p.cpu_s, p.max_rss_b, p.exit_status,"
     " p.signal, p.is_timed_out, p.energy_j, p.u95_j, p.gain_lo, p.gain_hi, p.gap_s,"
     " p.coverage_ratio, p.quality, p.flags, p.repeat"
     " from phase p join trial t on t.id = p.trial and p.attempt = coalesce(t.decided, t.attempts)"
     " order by p.trial, p.position",
     take_phase},
    {"select w.trial, w.position, w.name, w.energy_j, w.u95_j, w.gain_lo, w.gain_hi, w.gap_s,"
     " w.quality, w.flags, w.is_counted"
     " from \"window\" w join trial t on t.id = w.trial and w.attempt = coalesce(t.decided, "
     "t.attempts)"
     " order by w.trial, w.position, w.source",
     take_window},
    {"select m.trial, count(*) from metric m join trial t on t.id = m.trial"
     " and m.attempt = coalesce(nullif(t.measured, 0), t.decided, t.attempts) where m.step = 0"
     " group by m.trial",
     count_metrics},
    {"select m.trial, m.name, m.value, m.u95 from metric m join trial t on t.id = m.trial"
     " and m.attempt = coalesce(nullif(t.measured, 0), t.decided, t.attempts) where m.step = 0"
     " order by m.trial, m.position",
     take_metric},
    {"select m.trial, count(distinct m.name) from metric m"
     " join trial t on t.id = m.trial and m.attempt = coalesce(t.decided, t.attempts)"
     " where m.step > 0 group by m.trial",
     count_curves},
    {"select m.trial, m.name, count(*) from metric m"
     " join trial t on t.id = m.trial and m.attempt = coalesce(t.decided, t.attempts)"
     " where m.step > 0 group by m.trial, m.name order by m.trial, min(m.position)",
     take_curve},
    {"select m.trial, m.name, m.step, m.value from metric m"
     " join trial t on t.id = m.trial and m.attempt = coalesce(t.decided, t.attempts)"
     " where m.step > 0 order by m.trial, m.name, m.step",
     take_point},
    {"select trial, count(*) from decision where trial > 0 group by trial", count_decisions},
    {"select trial, attempt, kind, step, verdict, numbers, decided_s from decision where trial > 0"
     " order by trial, id",
     take_decision},
    {"select count(*) from decision where trial = 0", count_ends},
    {"select trial, attempt, kind, step, verdict, numbers, decided_s from decision where trial = 0"
     " order by id",
     take_end},
    {"select trial, count(*) from attempt group by trial having count(*) > 1", count_runs},
    {"select a.trial, a.attempt, a.kind, a.state, a.cause, a.reason, a.dir, a.started_s, a.ended_s,"
     " sum(p.energy_j), sum(p.u95_j * p.u95_j), sum(p.time_s)"
     " from attempt a left join phase p on p.trial = a.trial and p.attempt = a.attempt"
     " where a.trial in (select trial from attempt where attempt = 2)"
     " group by a.trial, a.attempt order by a.trial, a.attempt",
     take_run},
    {"select count(*) from worker where ended_s is null", count_workers},
    {"select w.id, w.host, w.pid, w.started_s, w.seen_s, coalesce(a.trial, 0), a.started_s"
     " from worker w left join attempt a on a.worker = w.id and a.state = 'running'"
     " where w.ended_s is null group by w.id order by w.started_s",
     take_worker},
    {"select time_s, energy_j, u95_j, gain_lo, gain_hi, quality, flags from own order by id",
     take_own},
};

/* Runs the queries in their order; without a study row there are no arrays. An empty store is found
 * out only at the end, since the first query without rows is no failure to SQLite; the others
 * then find nothing either. */
static ecopt_status fill_snapshot(snapshot_fill *fill)
{
    for (size_t i = 0; i < ECO_LEN(queries); i++)
        ECO_TRY(each_row(fill, queries[i].sql, queries[i].take));
    if (!fill->trials)
        return eco_fail(fill->store->base.ctx, ECOPT_E_NOT_FOUND, "'%s' holds no study yet",
                        fill->store->path);
    return ECOPT_OK;
}

/* The reader's transaction is short: it ends before anything is computed or printed. */
ecopt_status eco_sqlite_snapshot(eco_store *base, ecopt_snapshot **ret_snapshot)
{
    eco_sqlite *store = (eco_sqlite *)base;
    eco_snapshot *whole = eco_alloc(base->ctx, 1, sizeof *whole);
    if (!whole)
        return ECOPT_E_NOMEM;
    whole->arena = (eco_arena)ECO_ARENA_INIT(base->ctx);
    snapshot_fill fill = {.store = store, .whole = whole};
    ecopt_status status = eco_sqlite_begin(store, "begin");
    if (status == ECOPT_OK)
        status = eco_sqlite_finish(store, fill_snapshot(&fill));
    if (status != ECOPT_OK) {
        ecopt_snapshot_free(base->ctx, &whole->view);
        return status;
    }
    *ret_snapshot = &whole->view;
    return ECOPT_OK;
}
