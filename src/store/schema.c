/*
 * The migrations, oldest first. tests/golden holds a store of each released version: adding a
 * migration means adding the dump of the version before it there.
 */
#include "store/schema.h"

/*
 * Reals that are not known are null, never 0.  Points are unique, so two askers cannot queue the
 * same one.  The partial indexes keep claim and recovery from walking finished trials.
 */
static const char *const migrations[] = {
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

    "create table revision ("
    "  revision bigint primary key,"
    "  definition text not null);"

    "create table reference ("
    "  objective integer primary key,"
    "  value double precision not null);"

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

    "create table metric ("
    "  trial bigint not null,"
    "  attempt bigint not null,"
    "  name text not null,"
    "  step bigint not null default 0,"
    "  position bigint not null,"
    "  value double precision,"
    "  u95 double precision,"
    "  primary key (trial, attempt, name, step));",
};

size_t eco_schema_version(void)
{
    return sizeof migrations / sizeof migrations[0];
}

const char *eco_schema_migration(size_t k)
{
    return migrations[k];
}
