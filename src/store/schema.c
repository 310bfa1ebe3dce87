/*
 * The migrations, oldest first. tests/golden holds a store of each released version: adding a
 * migration means adding the dump of the version before it there.
 *
 * The tables follow what becomes known when: study and revision before the first trial, trial when
 * a point is chosen, attempt when it starts, phase, window and metric in the one transaction that
 * ends it. So a row's presence is itself a statement, and nothing has to be guessed from half
 * filled ones.
 *
 * The types are those that SQLite and PostgreSQL both take (bigint, double precision, text), so
 * that another SQL backend can run the same statements. States, origins and labels are words, not
 * numbers: a store stays readable with nothing but an SQL shell.
 */
#include "store/schema.h"

/*
 * Reals that are not known are null, never 0.  Points are unique, so two askers cannot queue the
 * same one.  The partial indexes keep claim and recovery from walking finished trials.
 */
static const char *const migrations[] = {
    /* One row at most: the check makes a second study in the same file impossible, whatever the
     * program does. `definition` is the text in force, `identity` what a resumed run must
     * repeat. */
    "create table study ("
    "  id integer primary key check (id = 1),"
    "  name text not null,"
    "  definition text not null,"
    "  identity text not null,"
    "  seed bigint not null,"
    "  version text not null,"
    "  host text not null,"
    "  created_s double precision not null,"
    "  revision bigint not null);"

    /* Every text the definition ever had; the newest is repeated in `study`, so that reading it
     * needs no join. */
    "create table revision ("
    "  revision bigint primary key,"
    "  definition text not null);"

    /* A row for each coordinate that is kept and none for the others, so that nothing has to stand
     * for "not known yet". */
    "create table reference ("
    "  objective integer primary key,"
    "  value double precision not null);"

    /* `id` is SQLite's own row number, so trials lie in their order and reading by number needs no
     * other index. `attempts` counts those started, and is at once the number of the deciding one.
     * There is no autoincrement: numbers have to be without holes, and rows are never deleted. */
    "create table trial ("
    "  id integer primary key,"
    "  point text not null unique,"
    "  origin text not null,"
    "  seed bigint not null,"
    "  state text not null,"
    "  attempts bigint not null default 0,"
    "  created_s double precision not null);"
    "create index trial_queued on trial (id) where state = 'queued';"
    "create index trial_running on trial (id) where state = 'running';"

    /* One run of a trial. Its number is the fencing token: who comes late with an older one finds
     * no running row of that number. `owner` tells whose death ends it ('run') or not ('ask'). */
    "create table attempt ("
    "  trial bigint not null references trial (id),"
    "  attempt bigint not null,"
    "  owner text not null,"
    "  state text not null,"
    "  reason text not null default '',"
    "  dir text,"
    "  started_s double precision not null,"
    "  ended_s double precision,"
    "  primary key (trial, attempt));"

    /* Per phase of the command. The total of the energy is stored and not summed from the windows,
     * because its uncertainty and its label are not sums. */
    "create table phase ("
    "  trial bigint not null,"
    "  attempt bigint not null,"
    "  position bigint not null,"
    "  phase text not null,"
    "  started_s double precision,"
    "  time_s double precision,"
    "  cpu_s double precision,"
    "  max_rss_b double precision,"
    "  exit_status bigint not null,"
    "  signal bigint not null,"
    "  is_timed_out bigint not null,"
    "  energy_j double precision,"
    "  u95_j double precision,"
    "  gain_lo double precision,"
    "  gain_hi double precision,"
    "  gap_s double precision,"
    "  coverage_ratio double precision,"
    "  quality text not null,"
    "  flags bigint not null,"
    "  primary key (trial, attempt, position));"

    /* A source in a phase; quoted, for `window` is a word of SQL. The key begins like that of
     * phase, so that both are read in the same order. */
    "create table \"window\" ("
    "  trial bigint not null,"
    "  attempt bigint not null,"
    "  position bigint not null,"
    "  source bigint not null,"
    "  name text not null,"
    "  energy_j double precision,"
    "  u95_j double precision,"
    "  gain_lo double precision,"
    "  gain_hi double precision,"
    "  gap_s double precision,"
    "  quality text not null,"
    "  flags bigint not null,"
    "  is_counted bigint not null,"
    "  primary key (trial, attempt, position, source));"

    /* By name before step: one metric of one attempt is a single look-up. Only step 0, the final
     * value, is written; the column leaves room for intermediate ones without a migration. */
    "create table metric ("
    "  trial bigint not null,"
    "  attempt bigint not null,"
    "  name text not null,"
    "  step bigint not null default 0,"
    "  position bigint not null,"
    "  value double precision,"
    "  u95 double precision,"
    "  primary key (trial, attempt, name, step));",

    /* Version 2: several workers, attempts of several kinds, and the decisions made on the way.
     *
     * `decided` is the attempt whose records are the trial's: a fresh measurement of a complete
     * trial is an attempt, too, and must not take the first one's place before it has ended. */
    "alter table trial add column decided bigint;"
    "update trial set decided = attempts where state not in ('queued', 'running');"

    /* The attempt of a fresh measurement whose metrics are the trial's from then on; 0: when the
     * front was confirmed the trial was passed over; null: neither. */
    "alter table trial add column measured bigint;"

    /* The definition in force does not allow the point of this trial any more: it stays on record
     * and is not used. */
    "alter table trial add column is_outside bigint not null default 0;"

    /* `kind` is 'run' or 'confirm' (a fresh measurement). `cause` sorts failures, where `reason`
     * explains one. `worker` is the id of who runs it, '' outside of workers. */
    "alter table attempt add column kind text not null default 'run';"
    "alter table attempt add column cause text not null default '';"
    "alter table attempt add column worker text not null default '';"

    /* Of the definition under which it was started; 0 in older stores, which did not note it. */
    "alter table attempt add column revision bigint not null default 0;"
    "create index attempt_running on attempt (worker) where state = 'running';"
    "create index attempt_confirm on attempt (trial) where kind = 'confirm';"

    /* The same phase may run several times in one attempt. */
    "alter table phase add column repeat bigint not null default 1;"

    /* What the users of a study ask of its workers: 'run', 'pause' or 'stop', and how often they
     * have asked for something: a stop binds those who have begun before it. */
    "alter table study add column wanted text not null default 'run';"
    "alter table study add column wanted_n bigint not null default 0;"

    /* Who runs trials. Two clocks: on the same boot of the same machine only the second counts,
     * which no one can set; elsewhere the first is all there is. */
    "create table worker ("
    "  id text primary key,"
    "  host text not null,"
    "  boot_id text not null,"
    "  pid bigint not null,"
    "  started_s double precision not null,"
    "  seen_s double precision not null,"
    "  seen_boot_s double precision not null,"
    "  ended_s double precision);"

    /* Why a trial was pruned, measured again, retried, or why the study ended: with the numbers
     * (a JSON object) that the decision was made of. `trial` 0 is the study's own. */
    "create table decision ("
    "  id integer primary key,"
    "  trial bigint not null,"
    "  attempt bigint not null,"
    "  kind text not null,"
    "  step bigint not null,"
    "  verdict text not null,"
    "  numbers text not null,"
    "  decided_s double precision not null);"
    "create index decision_trial on decision (trial, attempt);"

    /* What the tuner itself spends: not part of any trial. */
    "create table own ("
    "  id integer primary key,"
    "  worker text not null,"
    "  what text not null,"
    "  started_s double precision not null,"
    "  time_s double precision,"
    "  energy_j double precision,"
    "  u95_j double precision,"
    "  gain_lo double precision,"
    "  gain_hi double precision,"
    "  quality text not null,"
    "  flags bigint not null);",
};

size_t eco_schema_version(void)
{
    return sizeof migrations / sizeof migrations[0];
}

const char *eco_schema_migration(size_t k)
{
    return migrations[k];
}
