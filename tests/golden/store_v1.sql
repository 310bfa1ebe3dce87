-- A store of schema 1, as ECOpt 0.1 wrote it: a complete, a failed, an interrupted, a running and a waiting trial.
-- Never edited: later versions must read it and migrate it.  tests/golden/test_store_versions.c knows what is in it.
pragma application_id = 1162039152;
pragma user_version = 1;
create table study (id integer primary key check (id = 1), name text not null, definition text not null, identity text not null, seed bigint not null, version text not null, host text not null, created_s double precision not null, revision bigint not null);
create table revision (revision bigint primary key, definition text not null);
create table reference (objective integer primary key, value double precision not null);
create table trial (id integer primary key, point text not null unique, origin text not null, seed bigint not null, state text not null, attempts bigint not null default 0, created_s double precision not null);
create index trial_queued on trial (id) where state = 'queued';
create index trial_running on trial (id) where state = 'running';
create table attempt (trial bigint not null references trial (id), attempt bigint not null, owner text not null, state text not null, reason text not null default '', dir text, started_s double precision not null, ended_s double precision, primary key (trial, attempt));
create table phase (trial bigint not null, attempt bigint not null, position bigint not null, phase text not null, started_s double precision, time_s double precision, cpu_s double precision, max_rss_b double precision, exit_status bigint not null, signal bigint not null, is_timed_out bigint not null, energy_j double precision, u95_j double precision, gain_lo double precision, gain_hi double precision, gap_s double precision, coverage_ratio double precision, quality text not null, flags bigint not null, primary key (trial, attempt, position));
create table "window" (trial bigint not null, attempt bigint not null, position bigint not null, source bigint not null, name text not null, energy_j double precision, u95_j double precision, gain_lo double precision, gain_hi double precision, gap_s double precision, quality text not null, flags bigint not null, is_counted bigint not null, primary key (trial, attempt, position, source));
create table metric (trial bigint not null, attempt bigint not null, name text not null, step bigint not null default 0, position bigint not null, value double precision, u95 double precision, primary key (trial, attempt, name, step));
insert into study values (1, 'golden', 'study: golden
budget: {trials: 9}
', 'name: golden
seed: 18446744073709551615
', -1, '0.1.0', '{"node":"old"}', 1700000000.25, 2);
insert into revision values (1, 'study: golden
');
insert into revision values (2, 'study: golden
budget: {trials: 9}
');
insert into reference values (0, 0.75);
insert into reference values (2, 12.5);
insert into trial values (1, 'x=0.1 name="a b"', 'default', 11, 'complete', 1, 1700000001.0);
insert into trial values (2, 'x=0.2 name=c', 'sobol', 22, 'failed', 1, 1700000002.0);
insert into trial values (3, 'x=0.3 name=c', 'mobo', 33, 'complete', 2, 1700000003.0);
insert into trial values (4, 'x=0.4 name=c', 'mobo', 44, 'running', 1, 1700000004.0);
insert into trial values (5, 'x=0.5 name=c', 'mobo', 55, 'queued', 0, 1700000005.0);
insert into trial values (6, 'x=0.6 name=c', 'mobo', 66, 'running', 1, 1700000006.0);
insert into attempt values (1, 1, 'run', 'complete', '', 'trials/0001', 1700000001.5, 1700000003.0);
insert into attempt values (2, 1, 'run', 'failed', 'exit status 3', 'trials/0002', 1700000004.0, 1700000004.5);
insert into attempt values (3, 1, 'run', 'preempted', 'stopped', 'trials/0003', 1700000005.0, 1700000006.0);
insert into attempt values (3, 2, 'run', 'complete', '', 'trials/0003.2', 1700000007.0, 1700000009.0);
insert into attempt values (4, 1, 'run', 'running', '', 'trials/0004', 1700000010.0, null);
insert into attempt values (6, 1, 'ask', 'running', '', null, 1700000011.0, null);
insert into phase values (1, 1, 0, 'train', 1700000001.5, 1.25, 1.0, 4096.0, 0, 0, 0, 10.5, 0.5, 0.875, 1.25, 0.0, 1.0, 'measured-counter', 0);
insert into phase values (1, 1, 1, 'test', 1700000002.75, 0.25, null, null, 0, 0, 0, null, null, 1.0, 1.0, 0.0, 1.0, 'unmeasurable', 0);
insert into phase values (3, 1, 0, 'train', 1700000005.0, 1.0, 0.5, 4096.0, -1, 15, 0, 4.0, 0.25, 1.0, 1.0, 0.0, 1.0, 'modelled-generic', 0);
insert into phase values (3, 2, 0, 'train', 1700000007.0, 2.0, 1.5, 8192.0, 0, 0, 1, 8.0, 0.25, 1.0, 1.0, 0.0, 1.0, 'modelled-generic', 0);
insert into "window" values (1, 1, 0, 0, 'rapl package-0', 10.5, 0.5, 0.875, 1.25, 0.0, 'measured-counter', 0, 1);
insert into "window" values (1, 1, 0, 1, 'rapl core', 7.0, 0.5, 0.875, 1.25, 0.0, 'measured-counter', 0, 0);
insert into metric values (1, 1, 'accuracy', 0, 0, 0.875, null);
insert into metric values (1, 1, 'train.energy_j', 0, 1, 10.5, 0.5);
insert into metric values (1, 1, 'accuracy', 3, 2, 0.5, null);
insert into metric values (3, 1, 'accuracy', 0, 0, 0.125, null);
insert into metric values (3, 2, 'accuracy', 0, 0, 0.9375, 0.0625);
