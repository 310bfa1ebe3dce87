/*
 * SQLite backend: all that writes. Each operation is one transaction, so after a crash it has
 * happened or it has not.
 *
 * `begin immediate` throughout: a transaction that began by reading could be refused when it comes
 * to write, and would have to be run again from its start.
 *
 * What each crash leaves: before a claim commits, a waiting trial; after it, a running attempt,
 * which eco_sqlite_recover gives up at the next open; after the end commits, the whole result.
 * There is no state between, and no file beside the store that would have to agree with it.
 *
 * Writers are rare (a few transactions per trial), so the statements are chosen for what they
 * guarantee and not for their speed.
 */
#include "store/sqlite_store.h"

#include <math.h>

/* The definition is revision 1 of itself. So the history of texts is complete from the start and
 * eco_sqlite_revise has one case only. */
static ecopt_status insert_study(eco_sqlite *store, const eco_study_row *row)
{
    ECO_TRY(eco_sqlite_run(store, "insert into revision (revision, definition) values (1, ?)", "t",
                           row->definition));
    return eco_sqlite_run(store,
                          "insert into study (id, name, definition, identity, seed, version, host,"
                          " created_s, revision) values (1, ?, ?, ?, ?, ?, ?, ?, 1)",
                          "tttittd", row->name, row->definition, row->identity, (int64_t)row->seed,
                          row->version, row->host, row->created_s);
}

/* A study row can be there once. Asked inside the write transaction, so that two processes that
 * open a new folder at once cannot both be told that it is empty. */
static ecopt_status has_study(eco_sqlite *store, bool *ret_has)
{
    sqlite3_stmt *stmt = NULL;
    ECO_TRY(eco_sqlite_prepare(store, &stmt, "select 1 from study", ""));
    ecopt_status status = eco_sqlite_step(store, stmt, ret_has);
    eco_sqlite_end(store, stmt);
    return status;
}

/* Looked up first, for a message in the user's words instead of a broken constraint. */
ecopt_status eco_sqlite_create_study(eco_store *base, const eco_study_row *row)
{
    eco_sqlite *store = (eco_sqlite *)base;
    bool has = false;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ecopt_status status = has_study(store, &has);
    if (status == ECOPT_OK && has)
        status =
            eco_fail(base->ctx, ECOPT_E_STORE_MISMATCH, "'%s' already holds a study", store->path);
    if (status == ECOPT_OK)
        status = insert_study(store, row);
    return eco_sqlite_finish(store, status);
}

/* The old text stays in its revision: numbers of earlier trials were made under it. The second
 * statement copies what the first has written: number and text cannot drift apart. */
ecopt_status eco_sqlite_revise(eco_store *base, const char *definition)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ecopt_status status = eco_sqlite_run(
        store, "update study set definition = ?, revision = revision + 1", "t", definition);
    if (status == ECOPT_OK)
        status = eco_sqlite_run(store,
                                "insert into revision (revision, definition)"
                                " select revision, definition from study",
                                "");
    return eco_sqlite_finish(store, status);
}

/* One statement numbers and inserts, so there are no holes: the next number is taken only if the
 * row goes in. A statement by itself is a transaction, so there is nothing to begin. A point that
 * is there already is told by the constraint instead of a look before: only the insert itself is
 * sure. */
ecopt_status eco_sqlite_add_trial(eco_store *base, const char *point, const char *origin,
                                  uint64_t seed, double created_s, int64_t *ret_trial)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ecopt_status status =
        eco_sqlite_run(store,
                       "insert into trial (id, point, origin, seed, state, created_s) values"
                       " ((select coalesce(max(id), 0) + 1 from trial), ?, ?, ?, 'queued', ?)",
                       "ttid", point, origin, (int64_t)seed, created_s);
    if (status != ECOPT_OK && sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_UNIQUE)
        return eco_fail(base->ctx, ECOPT_E_ARG, "point '%s' is already in the study", point);
    ECO_TRY(status);
    /* The number is the row id, see the schema. */
    *ret_trial = sqlite3_last_insert_rowid(store->db);
    return ECOPT_OK;
}

/* With their position, so that a reader sees them in the order of the report. A metric given twice
 * would break the primary key and undo the whole end; callers check names before. */
static ecopt_status insert_metrics(eco_sqlite *store, const eco_attempt_end *end)
{
    for (size_t i = 0; i < end->n_metrics + end->n_estimates; i++) {
        const ecopt_metric_value *metric =
            i < end->n_metrics ? &end->metrics[i] : &end->estimates[i - end->n_metrics];
        ECO_TRY(eco_sqlite_run(store,
                               "insert into metric (trial, attempt, name, position, value, u95)"
                               " values (?, ?, ?, ?, ?, ?)",
                               "iitidd", end->trial, end->attempt, metric->name, (int64_t)i,
                               metric->value, metric->u95));
    }
    return ECOPT_OK;
}

/* What was reported on the way. The final value stands in step 0, and a curve is one to plot: so
 * its points have no position and no uncertainty of their own. */
static ecopt_status insert_curves(eco_sqlite *store, const eco_attempt_end *end)
{
    for (size_t i = 0; i < end->n_curves; i++)
        for (size_t k = 0; k < end->curves[i].n; k++)
            ECO_TRY(eco_sqlite_run(
                store,
                "insert into metric (trial, attempt, name, step, position, value)"
                " values (?, ?, ?, ?, ?, ?)",
                "iitiid", end->trial, end->attempt, end->curves[i].name,
                end->curves[i].points[k].step, (int64_t)i, end->curves[i].points[k].value));
    return ECOPT_OK;
}

/* Every source by itself, counted or not: a total can be checked against its parts later. */
static ecopt_status insert_windows(eco_sqlite *store, const eco_attempt_end *end, size_t i)
{
    const ecopt_energy *energy = &end->phases[i].energy;
    size_t position = end->n_kept + i;
    for (size_t k = 0; k < energy->n_sources; k++) {
        const ecopt_source_energy *source = &energy->sources[k];
        ECO_TRY(eco_sqlite_run(
            store,
            "insert into \"window\" (trial, attempt, position, source, name, energy_j, u95_j,"
            " gain_lo, gain_hi, gap_s, quality, flags, is_counted)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "iiiitdddddtii", end->trial, end->attempt, (int64_t)position, (int64_t)k, source->name,
            source->energy_j, source->u95_j, source->gain_lo, source->gain_hi, source->gap_s,
            ecopt_quality_name(source->quality), (int64_t)source->flags,
            (int64_t)source->is_counted));
    }
    return ECOPT_OK;
}

/* Each phase with its windows. The columns follow the schema and the letters follow the columns; a
 * phase without any source still has its row, with null for the energy. */
static ecopt_status insert_phases(eco_sqlite *store, const eco_attempt_end *end)
{
    for (size_t i = 0; i < end->n_phases; i++) {
        const ecopt_phase_record *phase = &end->phases[i];
        const ecopt_energy *energy = &phase->energy;
        ECO_TRY(eco_sqlite_run(
            store,
            "insert into phase (trial, attempt, position, phase, started_s, time_s, cpu_s,"
            " max_rss_b, exit_status, signal, is_timed_out, energy_j, u95_j, gain_lo, gain_hi,"
            " gap_s, coverage_ratio, quality, flags, repeat)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "iiitddddiiiddddddtii", end->trial, end->attempt, (int64_t)(end->n_kept + i),
            phase->phase, phase->started_s, phase->time_s, phase->cpu_s, phase->max_rss_b,
            (int64_t)phase->exit_status, (int64_t)phase->signal, (int64_t)phase->is_timed_out,
            energy->energy_j, energy->u95_j, energy->gain_lo, energy->gain_hi, energy->gap_s,
            energy->coverage_ratio, ecopt_quality_name(energy->quality), (int64_t)energy->flags,
            phase->repeat > 0 ? phase->repeat : 1));
        ECO_TRY(insert_windows(store, end, i));
    }
    return ECOPT_OK;
}

/* In the caller's transaction; or a transaction of its own, as every statement is. */
ecopt_status eco_sqlite_add_decision(eco_sqlite *store, int64_t trial, int64_t attempt,
                                     const ecopt_decision *decision)
{
    return eco_sqlite_run(store,
                          "insert into decision (trial, attempt, kind, step, verdict, numbers,"
                          " decided_s) values (?, ?, ?, ?, ?, ?, ?)",
                          "iitittd", trial, attempt, decision->kind, decision->step,
                          decision->verdict, decision->numbers, decision->decided_s);
}

/* In the order in which they were made. */
static ecopt_status insert_decisions(eco_sqlite *store, const eco_attempt_end *end)
{
    for (size_t i = 0; i < end->n_decisions; i++)
        ECO_TRY(eco_sqlite_add_decision(store, end->trial, end->attempt, &end->decisions[i]));
    return ECOPT_OK;
}

/* One row, so no transaction around it. */
ecopt_status eco_sqlite_note(eco_store *base, const ecopt_decision *decision)
{
    eco_sqlite *store = (eco_sqlite *)base;
    return eco_sqlite_run(store,
                          "insert into decision (trial, attempt, kind, step, verdict, numbers,"
                          " decided_s) values (0, 0, ?, 0, ?, ?, ?)",
                          "tttd", decision->kind, decision->verdict, decision->numbers,
                          decision->decided_s);
}

/* One row. Its seconds are CPU seconds. */
ecopt_status eco_sqlite_add_own(eco_store *base, const eco_own_row *row)
{
    return eco_sqlite_run(
        (eco_sqlite *)base,
        "insert into own (worker, what, started_s, time_s, energy_j, u95_j,"
        " gain_lo, gain_hi, quality, flags) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "ttddddddti", row->worker, row->what, row->started_s, row->cpu_s, row->energy_j, row->u95_j,
        row->gain_lo, row->gain_hi, ecopt_quality_name(row->quality), (int64_t)row->flags);
}

/* Takes the running state off attempt and trial; no row changed means: not the running attempt. The
 * condition on the state is the fencing: a process that was given up for dead and comes back
 * matches no row. Trial and attempt change together, so a running trial always has exactly one
 * running attempt. */
static ecopt_status close_attempt(eco_sqlite *store, const eco_attempt_end *end, bool *ret_accepted)
{
    const char *state = ecopt_trial_state_name(end->state);
    ECO_TRY(eco_sqlite_run(store,
                           "update attempt set state = ?, reason = ?, cause = ?, ended_s = ?"
                           " where trial = ? and attempt = ? and state = 'running'",
                           "tttdii", state, end->reason ? end->reason : "",
                           ecopt_cause_name(end->cause), end->ended_s, end->trial, end->attempt));
    *ret_accepted = sqlite3_changes(store->db) == 1;
    if (!*ret_accepted)
        return ECOPT_OK;
    /* A trial that waits again has nothing that decides about it. */
    if (end->state == ECOPT_TRIAL_PREEMPTED || end->is_retried)
        return eco_sqlite_run(
            store, "update trial set state = 'queued' where id = ? and state = 'running'", "i",
            end->trial);
    return eco_sqlite_run(
        store, "update trial set state = ?, decided = ? where id = ? and state = 'running'", "tii",
        state, end->attempt, end->trial);
}

/* What a lost attempt has spent, told by a worker that was thought dead: its phases go to that
 * attempt, once, and nothing else changes. */
static ecopt_status keep_late(eco_sqlite *store, const eco_attempt_end *end)
{
    int64_t is_lost = 0;
    ECO_TRY(eco_sqlite_integer(
        store, &is_lost,
        "select 1 from attempt a where a.trial = ? and a.attempt = ? and a.state = 'abandoned'"
        " and a.cause = 'lost' and not exists"
        " (select 1 from phase p where p.trial = a.trial and p.attempt = a.attempt)",
        "ii", end->trial, end->attempt));
    return is_lost ? insert_phases(store, end) : ECOPT_OK;
}

/* Outside of a transaction, because SQLite does not change it within one. */
static ecopt_status set_durable(eco_sqlite *store, bool is_durable)
{
    if (store->is_durable == is_durable)
        return ECOPT_OK;
    ECO_TRY(eco_sqlite_run(
        store, is_durable ? "pragma synchronous = full" : "pragma synchronous = normal", ""));
    store->is_durable = is_durable;
    return ECOPT_OK;
}

ecopt_status eco_sqlite_end_attempt(eco_store *base, const eco_attempt_end *end, bool *ret_accepted)
{
    eco_sqlite *store = (eco_sqlite *)base;
    bool accepted = false;
    /* Waiting for the disk costs milliseconds: worth it for a trial that cost seconds. */
    ECO_TRY(set_durable(store, end->is_durable));
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    /* First the state, then the rest: a repeated call must not add its windows again. */
    ecopt_status status = close_attempt(store, end, &accepted);
    if (status == ECOPT_OK && accepted)
        status = insert_phases(store, end);
    if (status == ECOPT_OK && accepted)
        status = insert_metrics(store, end);
    if (status == ECOPT_OK && accepted)
        status = insert_curves(store, end);
    if (status == ECOPT_OK && accepted)
        status = insert_decisions(store, end);
    if (status == ECOPT_OK && !accepted)
        status = keep_late(store, end);
    ECO_TRY(eco_sqlite_finish(store, status));
    /* Only now: a commit that failed has accepted nothing. */
    *ret_accepted = accepted;
    return ECOPT_OK;
}

/* Attempts first, then the trials that have no running attempt left: one that was asked for keeps
 * its own and is not touched. Attempts are walked whole, once per open; the trials come by the
 * partial index of running ones. Metrics and phases of lost attempts do not exist, as they are
 * written at the end only. */
ecopt_status eco_sqlite_recover(eco_store *base, double now_s, int64_t *ret_n)
{
    eco_sqlite *store = (eco_sqlite *)base;
    int64_t n = 0;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ecopt_status status = eco_sqlite_run(store,
                                         "update attempt set state = 'abandoned', ended_s = ?,"
                                         " cause = 'lost',"
                                         " reason = 'lost: the process that ran it died'"
                                         " where state = 'running' and owner = 'run'",
                                         "d", now_s);
    if (status == ECOPT_OK)
        status = eco_sqlite_run(
            store,
            "update trial set state = 'queued' where state = 'running' and not exists"
            " (select 1 from attempt a where a.trial = trial.id and a.state = 'running')",
            "");
    if (status == ECOPT_OK)
        /* Trials, not attempts: what the caller tells the user. */
        n = sqlite3_changes(store->db);
    ECO_TRY(eco_sqlite_finish(store, status));
    *ret_n = n;
    return ECOPT_OK;
}

/* "or replace": whether a coordinate may still move is the study's to say, which knows goals and
 * scales. */
ecopt_status eco_sqlite_keep_reference(eco_sqlite *store, const double *reference, size_t m)
{
    for (size_t k = 0; k < m; k++)
        /* Not known yet: no row. What is there stays. */
        if (!isnan(reference[k]))
            ECO_TRY(eco_sqlite_run(
                store, "insert or replace into reference (objective, value) values (?, ?)", "id",
                (int64_t)k, reference[k]));
    return ECOPT_OK;
}

/* One transaction for all coordinates: a front measured against half a reference point would be
 * compared with nothing. */
ecopt_status eco_sqlite_set_reference(eco_store *base, const double *reference, size_t m)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    return eco_sqlite_finish(store, eco_sqlite_keep_reference(store, reference, m));
}

/* The number after the last attempt, and the attempt as if it had been claimed and ended. The
 * condition on the state is in the statement: nothing is measured of a trial that runs again. */
static ecopt_status insert_confirm(eco_sqlite *store, eco_attempt_end *end, double started_s,
                                   const char *dir)
{
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(eco_sqlite_prepare(
        store, &stmt,
        "select (select coalesce(max(a.attempt), 0) + 1 from attempt a where a.trial = trial.id)"
        " from trial where id = ? and state = 'complete'",
        "i", end->trial));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    if (status == ECOPT_OK && !has_row)
        status = eco_fail(store->base.ctx, ECOPT_E_NOT_FOUND, "trial %lld is not complete",
                          (long long)end->trial);
    if (status == ECOPT_OK)
        end->attempt = sqlite3_column_int64(stmt, 0);
    eco_sqlite_end(store, stmt);
    ECO_TRY(status);
    ECO_TRY(eco_sqlite_run(store,
                           "insert into attempt (trial, attempt, owner, state, reason, dir,"
                           " started_s, ended_s, kind, cause)"
                           " values (?, ?, 'run', ?, ?, ?, ?, ?, 'confirm', ?)",
                           "iitttddt", end->trial, end->attempt, ecopt_trial_state_name(end->state),
                           end->reason ? end->reason : "", dir, started_s, end->ended_s,
                           ecopt_cause_name(end->cause)));
    return eco_sqlite_run(store, "update trial set attempts = ? where id = ?", "ii", end->attempt,
                          end->trial);
}

/* Of an attempt that was begun and has not ended. */
static ecopt_status close_confirm(eco_sqlite *store, const eco_attempt_end *end)
{
    ECO_TRY(eco_sqlite_run(store,
                           "update attempt set state = ?, reason = ?, cause = ?, ended_s = ?"
                           " where trial = ? and attempt = ? and kind = 'confirm'"
                           " and state = 'abandoned'",
                           "tttdii", ecopt_trial_state_name(end->state),
                           end->reason ? end->reason : "", ecopt_cause_name(end->cause),
                           end->ended_s, end->trial, end->attempt));
    return sqlite3_changes(store->db) == 1
               ? ECOPT_OK
               : eco_fail(store->base.ctx, ECOPT_E_NOT_FOUND,
                          "trial %lld has no fresh measurement %lld under way",
                          (long long)end->trial, (long long)end->attempt);
}

/* Given up until it ends: no row is ever running, so nobody has to look after it, and whoever finds
 * it after a kill finds the truth. */
ecopt_status eco_sqlite_keep_confirm(eco_store *base, eco_attempt_end *run, double started_s,
                                     const char *dir)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ecopt_status status;
    run->state = ECOPT_TRIAL_ABANDONED;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    if (run->attempt == 0)
        status = insert_confirm(store, run, started_s, dir);
    else
        status = close_confirm(store, run);
    if (status == ECOPT_OK)
        status = insert_phases(store, run);
    return eco_sqlite_finish(store, status);
}

ecopt_status eco_sqlite_add_confirm(eco_store *base, eco_attempt_end *end, double started_s,
                                    const char *dir)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ecopt_status status =
        end->attempt > 0 ? close_confirm(store, end) : insert_confirm(store, end, started_s, dir);
    if (status == ECOPT_OK)
        status = insert_phases(store, end);
    if (status == ECOPT_OK)
        status = insert_metrics(store, end);
    if (status == ECOPT_OK)
        status = insert_decisions(store, end);
    if (status == ECOPT_OK && end->state == ECOPT_TRIAL_COMPLETE)
        status = eco_sqlite_run(store, "update trial set measured = ? where id = ?", "ii",
                                end->attempt, end->trial);
    return eco_sqlite_finish(store, status);
}

ecopt_status eco_sqlite_pass_over(eco_store *base, int64_t last)
{
    return eco_sqlite_run((eco_sqlite *)base,
                          "update trial set measured = 0 where measured is null"
                          " and state = 'complete' and id <= ? and not exists (select 1"
                          " from attempt a where a.trial = trial.id and a.kind = 'confirm'"
                          " and a.state = 'failed')",
                          "i", last);
}
