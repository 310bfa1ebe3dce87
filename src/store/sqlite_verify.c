/*
 * SQLite backend: the rules that a store keeps, each as a query for what breaks it.
 *
 * A query gives trial, attempt (0 for none) and what is wrong.  The words of states stand in the
 * queries as they stand in the store, on purpose: the check must not share a mistake with what it
 * checks.  Times and sums are left out where clocks or the users may make them differ.
 */
#include "store/sqlite_store.h"

/* Rule and query; `binds` is what is bound: 'm' for each objective's metric, twice; 'n' the number
 * of objectives; 'h' the host; '-' nothing. */
static const struct {
    const char *rule, *sql;
    char binds;
} rules[] = {
    {"store",
     "select 0, 0, integrity_check from pragma_integrity_check where integrity_check <> 'ok'", '-'},
    {"store",
     "select 0, 0, 'a row of ' || \"table\" || ' points to no ' || \"parent\""
     " from pragma_foreign_key_check",
     '-'},
    {"study",
     "select 0, 0, 'there are ' || n || ' studies in the store'"
     " from (select count(*) n from study) where n <> 1",
     '-'},
    {"revision",
     "select 0, 0, 'the definition in force is not revision ' || revision || ' of those kept'"
     " from study s where not exists (select 1 from revision r where r.revision = s.revision"
     " and r.definition = s.definition) or revision <> (select max(revision) from revision)",
     '-'},
    {"revision",
     "select trial, attempt, 'ran under revision ' || revision || ', which there is not'"
     " from attempt where revision > (select max(revision) from study)",
     '-'},
    {"wanted",
     "select 0, 0, 'what is wanted of the runs is ''' || wanted || ''''"
     " from study where wanted not in ('run', 'pause', 'stop')",
     '-'},
    {"reference",
     "select 0, 0, 'the reference point has a coordinate of objective ' || objective ||"
     " ', which there is not' from reference where objective < 0 or objective >= ?",
     'n'},
    {"numbers",
     "select 0, 0, n || ' trials are numbered from ' || l || ' to ' || h from (select count(*) n,"
     " min(id) l, max(id) h from trial) where n > 0 and (l <> 1 or h <> n)",
     '-'},
    {"state",
     "select id, 0, 'has the state ''' || state || '''' from trial where state not in ('queued',"
     " 'running', 'complete', 'pruned', 'infeasible', 'failed', 'abandoned')",
     '-'},
    {"state",
     "select trial, attempt, 'has the state ''' || state || '''' from attempt where state not in"
     " ('running', 'complete', 'pruned', 'infeasible', 'failed', 'abandoned', 'preempted')",
     '-'},
    {"attempts",
     "select t.id, 0, 'counts ' || t.attempts || ' attempts, has ' || coalesce(a.n, 0) ||"
     " case when coalesce(a.h, 0) = coalesce(a.n, 0) then '' else ', numbered up to ' || a.h end"
     " from trial t left join (select trial, count(*) n, max(attempt) h, min(attempt) l"
     " from attempt group by trial) a on a.trial = t.id"
     " where coalesce(a.n, 0) <> t.attempts or coalesce(a.h, 0) <> t.attempts or a.l < 1",
     '-'},
    {"running",
     "select id, 0, 'is running, with ' || n || ' running attempts' from (select t.id, (select"
     " count(*) from attempt a where a.trial = t.id and a.state = 'running' and a.kind = 'run') n"
     " from trial t where t.state = 'running') where n <> 1",
     '-'},
    {"running",
     "select a.trial, a.attempt, 'is running, its trial is ' || t.state from attempt a"
     " join trial t on t.id = a.trial where a.state = 'running' and"
     " t.state <> case a.kind when 'confirm' then 'complete' else 'running' end",
     '-'},
    {"ended",
     "select trial, attempt, 'is ' || state || case when ended_s is null then ' and has no end'"
     " else ' and has an end' end from attempt where (state = 'running') = (ended_s is not null)",
     '-'},
    {"decided",
     "select t.id, 0, 'is ' || t.state || ', and nothing decides about it' from trial t"
     " where t.state not in ('queued', 'running') and t.attempts > 0 and t.decided is null",
     '-'},
    {"decided",
     "select t.id, t.decided, 'decides about a trial that is ' || t.state || ', and is ' ||"
     " coalesce(a.state, 'not there') from trial t left join attempt a on a.trial = t.id"
     " and a.attempt = t.decided where t.decided is not null and"
     " (a.state is null or (a.state <> t.state and"
     /* A trial that is given up after it was lost too often ends by its last lost attempt. */
     " not (t.state = 'failed' and a.state in ('abandoned', 'preempted'))))",
     '-'},
    {"values",
     "select t.id, coalesce(t.decided, 0), 'is complete without a finite value of ' || ?1"
     " from trial t where t.state = 'complete' and not exists (select 1 from metric m where"
     " m.trial = t.id and m.attempt = t.decided and m.name = ?1 and m.step = 0"
     " and abs(m.value) <= 1.7976931348623157e308)",
     'm'},
    {"rows",
     "select trial, attempt, 'has a phase ''' || phase || ''', but is not there' from phase p where"
     " not exists (select 1 from attempt a where a.trial = p.trial and a.attempt = p.attempt)",
     '-'},
    {"rows",
     "select trial, attempt, 'has energy of ''' || name || ''' without a phase' from \"window\" w"
     " where not exists (select 1 from phase p where p.trial = w.trial and p.attempt = w.attempt"
     " and p.position = w.position)",
     '-'},
    {"rows",
     "select trial, attempt, 'has a value of ''' || name || ''', but is not there' from metric m"
     " where not exists (select 1 from attempt a where a.trial = m.trial"
     " and a.attempt = m.attempt)",
     '-'},
    {"rows",
     "select trial, attempt, 'has a decision (' || kind || '), but is not there' from decision d"
     " where d.trial > 0 and d.attempt > 0 and not exists (select 1 from attempt a where"
     " a.trial = d.trial and a.attempt = d.attempt)",
     '-'},
    {"spent",
     "select trial, attempt, 'phase ''' || phase || ''' has spent less than nothing' from phase"
     " where energy_j < 0 or time_s < 0 or u95_j < 0 or cpu_s < 0 or max_rss_b < 0",
     '-'},
    /* The joules of a phase are those of the sources that count; beside another phase (overlap, the
     * flag of 128) they are a share of them. Numbers are stored as they are, so only the order of
     * the sum can make them differ. */
    {"sum",
     "select p.trial, p.attempt, 'phase ''' || p.phase || ''' has ' || p.energy_j || ' J, its "
     "sources"
     " have ' || sum(w.energy_j) || ' J' from phase p join \"window\" w on w.trial = p.trial"
     " and w.attempt = p.attempt and w.position = p.position and w.is_counted"
     " where p.energy_j is not null and p.flags & 128 = 0 group by p.trial, p.attempt, p.position"
     " having count(w.energy_j) = count(*)"
     " and abs(p.energy_j - sum(w.energy_j)) > 1e-9 + 1e-6 * abs(p.energy_j)",
     '-'},
    {"decision",
     "select trial, attempt, 'has a decision (' || kind || ') that is none: ' || verdict"
     " from decision where kind not in ('prune', 'profile', 'repeat', 'confirm', 'retry', 'stop')"
     " or verdict = '' or not json_valid(numbers)",
     '-'},
    {"decision",
     "select trial, attempt, 'has a decision (' || kind || '), but there is no such trial'"
     " from decision d where trial < 0 or (trial > 0 and not exists"
     " (select 1 from trial t where t.id = d.trial))",
     '-'},
    {"own",
     "select 0, 0, 'the tuner''s own row ' || id || ' has ' || coalesce(energy_j, 'no') || ' J in "
     "' ||"
     " coalesce(time_s, 'no') || ' CPU seconds' from own where energy_j < 0 or u95_j < 0 or"
     " time_s < 0 or time_s is null or gain_lo > gain_hi",
     '-'},
    {"worker",
     "select a.trial, a.attempt, 'is run by worker ' || a.worker || ', which ' ||"
     " case when w.id is null then 'there is not' else 'has ended' end from attempt a"
     " left join worker w on w.id = a.worker where a.state = 'running' and a.worker <> ''"
     " and (w.id is null or w.ended_s is not null)",
     '-'},
    /* Whether anybody runs the study is asked before; the caller drops these if so. */
    {"lost",
     "select a.trial, a.attempt, 'is running, but nobody runs the study on this machine'"
     " from attempt a where a.state = 'running' and a.owner = 'run' and not exists (select 1 from"
     " worker w where w.id = a.worker and w.host <> ?)",
     'h'},
};

/* All rows of one query. */
static ecopt_status check_rule(eco_sqlite *store, size_t rule, sqlite3_stmt *stmt,
                               eco_store_finding_fn report, void *user)
{
    bool has_row = true;
    ecopt_status status = ECOPT_OK;
    while (status == ECOPT_OK && has_row) {
        status = eco_sqlite_step(store, stmt, &has_row);
        if (status != ECOPT_OK || !has_row)
            break;
        const char *text = (const char *)sqlite3_column_text(stmt, 2);
        status = report(user, rules[rule].rule, sqlite3_column_int64(stmt, 0),
                        sqlite3_column_int64(stmt, 1), text ? text : "");
    }
    eco_sqlite_end(store, stmt);
    return status;
}

/* A rule, once for each objective where it asks for one. */
static ecopt_status run_rule(eco_sqlite *store, size_t i, const eco_store_known *known,
                             eco_store_finding_fn report, void *user)
{
    sqlite3_stmt *stmt = NULL;
    const char *sql = rules[i].sql;
    if (rules[i].binds == 'm') {
        for (size_t k = 0; k < known->n_metrics; k++) {
            ECO_TRY(eco_sqlite_prepare(store, &stmt, sql, "t", known->metrics[k]));
            ECO_TRY(check_rule(store, i, stmt, report, user));
        }
        return ECOPT_OK;
    }
    if (rules[i].binds == 'n' && known->n_metrics == 0)
        return ECOPT_OK;
    if (rules[i].binds == 'n')
        ECO_TRY(eco_sqlite_prepare(store, &stmt, sql, "i", (int64_t)known->n_metrics));
    else if (rules[i].binds == 'h')
        ECO_TRY(eco_sqlite_prepare(store, &stmt, sql, "t", known->host));
    else
        ECO_TRY(eco_sqlite_prepare(store, &stmt, sql, ""));
    return check_rule(store, i, stmt, report, user);
}

static ecopt_status run_rules(eco_sqlite *store, const eco_store_known *known,
                              eco_store_finding_fn report, void *user)
{
    for (size_t i = 0; i < ECO_LEN(rules); i++)
        ECO_TRY(run_rule(store, i, known, report, user));
    return ECOPT_OK;
}

/* One read transaction: a trial that ends in between would seem to break a rule. */
ecopt_status eco_sqlite_verify(eco_store *base, const eco_store_known *known,
                               eco_store_finding_fn report, void *user)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ECO_TRY(eco_sqlite_begin(store, "begin"));
    return eco_sqlite_finish(store, run_rules(store, known, report, user));
}

ecopt_status eco_sqlite_each_dir(eco_store *base, eco_store_dir_fn receive, void *user)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    bool has_row = true;
    ECO_TRY(eco_sqlite_prepare(store, &stmt,
                               "select trial, attempt, dir,"
                               " state not in ('running', 'abandoned', 'preempted')"
                               " from attempt where dir is not null order by trial, attempt",
                               ""));
    ecopt_status status = ECOPT_OK;
    while (status == ECOPT_OK && has_row) {
        status = eco_sqlite_step(store, stmt, &has_row);
        if (status == ECOPT_OK && has_row)
            status = receive(user, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
                             (const char *)sqlite3_column_text(stmt, 2),
                             sqlite3_column_int64(stmt, 3) != 0);
    }
    eco_sqlite_end(store, stmt);
    return status;
}
