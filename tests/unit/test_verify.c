/* ecopt_study_verify: each rule is broken by a line of SQL or a file, and is then named. */
#include "core/fs.h"
#include "support/small_study.h"

#include <ecopt/outside.h>
#include <ecopt/verify.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct seen {
    size_t n, n_remarks, n_lost;
    char rules[256]; /* each with a blank behind it */
    char last[256];
} seen;

static void note(void *user, const ecopt_finding *finding)
{
    seen *s = user;
    s->n += !finding->is_remark;
    s->n_remarks += finding->is_remark;
    s->n_lost += finding->is_lost;
    size_t length = strlen(s->rules);
    (void)snprintf(s->rules + length, sizeof s->rules - length, "%s ", finding->rule);
    (void)snprintf(s->last, sizeof s->last, "%lld.%lld %s", (long long)finding->trial,
                   (long long)finding->attempt, finding->message);
}

static seen look(eco_small_study *small, bool has_definition)
{
    char dir[300];
    seen s = {.n = 0};
    size_t n = 99;
    (void)snprintf(dir, sizeof dir, "%s/small.ecopt", small->dir);
    assert_status(small->ctx,
                  ecopt_study_verify(small->ctx, dir, has_definition ? &small->definition : NULL,
                                     note, &s, &n),
                  ECOPT_OK);
    assert_int_equal(n, s.n);
    return s;
}

static void change(eco_small_study *small, const char *sql)
{
    char path[320], *message = NULL;
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/small.ecopt/study.db", small->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Three trials that ran, and one that waits. */
static void make_study(eco_small_study *small)
{
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.max_trials = 3;
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_TRIALS);
    const ecopt_outside_row row = {.point = "x=0.123 k=3", .state = ECOPT_TRIAL_QUEUED};
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_add(study, &row, 1, NULL, NULL), ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_a_good_study_is_whole(void **state)
{
    eco_small_study *small = *state;
    make_study(small);
    seen s = look(small, true);
    assert_string_equal(s.last, "");
    assert_int_equal(s.n, 0);
    /* Also one that is only just begun, and one without a definition to compare with. */
    assert_int_equal(look(small, false).n, 0);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    assert_int_equal(look(small, true).n, 0);
    small->definition.budget.trials = 2;
    s = look(small, true);
    assert_int_equal(s.n, 0);
    assert_int_equal(s.n_remarks, 1);
    assert_string_equal(s.rules, "budget ");
}

typedef struct breakage {
    const char *sql, *rules, *last;
} breakage;

static const breakage breakages[] = {
    {"delete from study", "study ", NULL},
    {"update study set revision = 2", "revision ", "0.0 the definition in force"},
    {"update study set definition = 'x'", "revision ", NULL},
    {"update attempt set revision = 5 where trial = 2", "revision ", "2.1 ran under revision 5"},
    {"update study set wanted = 'dance'", "wanted ", "'dance'"},
    {"insert into reference values (7, 1.0)", "reference ", "objective 7"},
    {"update trial set id = 9 where id = 4", "numbers ", "numbered from 1 to 9"},
    {"update trial set state = 'odd' where id = 4", "state store ", "state that does not exist"},
    {"update attempt set state = 'odd' where trial = 2", "state decided ", "decides"},
    {"update trial set attempts = 2 where id = 2", "attempts ", "2.0 counts 2 attempts, has 1"},
    {"update attempt set attempt = 2 where trial = 2;"
     " update phase set attempt = 2 where trial = 2;"
     " update \"window\" set attempt = 2 where trial = 2;"
     " update metric set attempt = 2 where trial = 2; update trial set decided = 2 where id = 2",
     "attempts ", "numbered up to 2"},
    {"update trial set state = 'running', decided = null where id = 4", "running ",
     "4.0 is running, with 0 running attempts"},
    {"update attempt set state = 'running', ended_s = null, worker = '' where trial = 2",
     "running decided lost ", "2.1 is running, but nobody runs"},
    {"update attempt set ended_s = null where trial = 2", "ended ", "2.1 is complete and has no"},
    {"update trial set decided = null where id = 2", "decided values values ", "2.0 is complete"},
    {"update trial set decided = 3 where id = 2", "decided values values ", "2.3 is complete"},
    {"update trial set state = 'failed' where id = 2", "decided ",
     "2.1 decides about a trial that is failed, and is complete"},
    {"delete from metric where trial = 3 and name = 'b'", "values ",
     "3.1 is complete without a finite value of b"},
    {"update metric set value = 9e999 where trial = 3 and name = 'a'", "values ", "value of a"},
    {"update metric set value = null where trial = 3 and name = 'a'", "values ", "value of a"},
    {"insert into metric values (3, 2, 'a', 0, 0, 1.0, null)", "rows ", "3.2 has a value of 'a'"},
    {"update phase set position = 8 where trial = 1", "rows ", "1.1 has energy of"},
    {"insert into decision values (null, 3, 4, 'prune', 0, 'go on', '{}', 1.0)", "rows ",
     "3.4 has a decision (prune)"},
    {"insert into decision values (null, 99, 0, 'prune', 0, 'go on', '{}', 1.0)", "decision ",
     "99.0 has a decision (prune), but there is no such trial"},
    {"insert into decision values (null, 3, 1, 'whim', 0, 'go on', '{}', 1.0)", "decision ",
     "3.1 has a decision (whim) that is none"},
    {"insert into decision values (null, 0, 0, 'stop', 0, 'trials', '{', 1.0)", "decision ",
     "0.0 has a decision (stop) that is none"},
    {"insert into own (worker, what, started_s, time_s, energy_j, quality, flags)"
     " values ('w', 'run', 1.0, -1.0, 2.0, 'modelled-generic', 0)",
     "own ", "0.0 the tuner's own row"},
    {"update phase set energy_j = 3, flags = 0 where trial = 1;"
     " delete from \"window\" where trial = 1;"
     " insert into \"window\" (trial, attempt, position, source, name, energy_j, quality, flags,"
     " is_counted) values (1, 1, 0, 0, 'm', 2.0, 'modelled-generic', 0, 1)",
     "sum ", "1.1 phase 'run' has 3.0 J, its sources have 2.0 J"},
    {"update phase set cpu_s = -1 where trial = 1", "spent ", "1.1 phase 'run' has spent less"},
    {"update phase set time_s = -1 where trial = 1", "spent ", "1.1 phase 'run' has spent less"},
    {"update trial set point = 'x=7 k=1' where id = 4", "point ", "4.0 x: 7 is outside 0 to 1"},
    {"update trial set point = 'y=7' where id = 4", "point ", "4.0 there is no parameter 'y'"},
    {"update trial set is_outside = 1 where id = 4", "point ", "4.0 is marked as outside"},
    {"update attempt set dir = 'trials/none' where trial = 2", "folder folder ",
     "'trials/0002' belongs to no attempt"},
    {"update attempt set state = 'running', ended_s = null, worker = 'w' where trial = 2;"
     " update trial set state = 'running', decided = null where id = 2",
     "worker lost ", NULL},
};

static void test_each_rule_is_named_when_it_is_broken(void **state)
{
    eco_small_study *small = *state;
    char path[320], *bytes = NULL;
    size_t length = 0, n_wrong = 0;
    make_study(small);
    (void)snprintf(path, sizeof path, "%s/small.ecopt/study.db", small->dir);
    assert_status(small->ctx, eco_fs_read(small->ctx, path, ECO_DOCUMENT_MAX_B, &bytes, &length),
                  ECOPT_OK);
    for (size_t i = 0; i < ECO_LEN(breakages); i++) {
        const breakage *b = &breakages[i];
        assert_status(small->ctx, eco_fs_write(small->ctx, path, bytes, length), ECOPT_OK);
        change(small, b->sql);
        seen s = look(small, true);
        bool is_named = strcmp(s.rules, b->rules) == 0 && (!b->last || strstr(s.last, b->last));
        if (!is_named)
            print_error("%s: %s(%s)\n", b->sql, s.rules, s.last);
        n_wrong += !is_named;
        assert_true(s.n > 0);
    }
    assert_int_equal(n_wrong, 0);
    eco_free(small->ctx, bytes);
}

static void test_folders(void **state)
{
    eco_small_study *small = *state;
    char path[320];
    make_study(small);
    eco_test_write_file(small->dir, "small.ecopt/trials/0099/log", "");
    seen s = look(small, true);
    assert_string_equal(s.rules, "folder ");
    assert_string_equal(s.last, "0.0 'trials/0099' belongs to no attempt");
    (void)snprintf(path, sizeof path, "%s/small.ecopt/trials/0099/log", small->dir);
    assert_int_equal(unlink(path), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    (void)snprintf(path, sizeof path, "%s/small.ecopt/trials/0002", small->dir);
    assert_int_equal(rename(path, small->dir), -1);
    char gone[320];
    (void)snprintf(gone, sizeof gone, "%s/gone", small->dir);
    assert_int_equal(rename(path, gone), 0);
    s = look(small, true);
    assert_string_equal(s.last, "2.1 its folder 'trials/0002' is gone");
}

static void test_a_lost_trial_is_put_back_by_the_next_opening(void **state)
{
    eco_small_study *small = *state;
    small->definition.failures.retries[ECOPT_CAUSE_LOST] = 3;
    make_study(small);
    change(small,
           "update attempt set state = 'running', ended_s = null, worker = '' where trial = 3;"
           "update trial set state = 'running', decided = null where id = 3;"
           "delete from metric where trial = 3");
    seen s = look(small, true);
    assert_string_equal(s.rules, "lost ");
    assert_int_equal(s.n_lost, 1);
    /* While somebody runs the study it is no finding. */
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    s = look(small, true);
    assert_string_equal(s.last, "");
}

static void test_a_store_that_is_none(void **state)
{
    eco_small_study *small = *state;
    char dir[300];
    size_t n = 5;
    (void)snprintf(dir, sizeof dir, "%s/small.ecopt", small->dir);
    assert_status(small->ctx, ecopt_study_verify(small->ctx, dir, NULL, NULL, NULL, &n),
                  ECOPT_E_NOT_FOUND);
    assert_status(small->ctx, ecopt_study_verify(small->ctx, NULL, NULL, NULL, NULL, &n),
                  ECOPT_E_ARG);
    assert_int_equal(n, 5);
    eco_test_write_file(small->dir, "small.ecopt/study.db", "this is no database, is it? or yes");
    seen s = look(small, true);
    assert_string_equal(s.rules, "store ");
    assert_int_equal(s.n, 1);
}

int main(void)
{
#define WITH_STUDY(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STUDY(test_a_good_study_is_whole),
        WITH_STUDY(test_each_rule_is_named_when_it_is_broken),
        WITH_STUDY(test_folders),
        WITH_STUDY(test_a_lost_trial_is_put_back_by_the_next_opening),
        WITH_STUDY(test_a_store_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
