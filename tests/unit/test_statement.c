/* Statements that are kept: taken again, never shared, without arguments and snapshots. */
#include "core/fs.h"
#include "store/sqlite_store.h"
#include "support/eco_test.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];
    eco_store *base;
    eco_sqlite *store;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->ctx = eco_test_ctx();
    eco_test_temp_dir(f->dir);
    char *path = eco_fs_join(f->ctx, f->dir, "study.db");
    assert_status(f->ctx, eco_store_open(f->ctx, path, ECO_STORE_CREATE, &f->base), ECOPT_OK);
    eco_free(f->ctx, path);
    f->store = (eco_sqlite *)f->base;
    eco_sqlite_forget(f->store);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    assert_int_equal(eco_store_close(f->base), ECOPT_OK);
    eco_test_remove_dir(f->dir);
    assert_int_equal(eco_ctx_live_b(f->ctx), 0);
    ecopt_ctx_free(f->ctx);
    free(f);
    return 0;
}

static int64_t ask(fixture *f, const char *sql, int64_t argument)
{
    int64_t value = -1;
    assert_status(f->ctx, eco_sqlite_integer(f->store, &value, sql, "i", argument), ECOPT_OK);
    return value;
}

static void test_one_text_is_prepared_once(void **state)
{
    fixture *f = *state;
    for (int64_t i = 0; i < 5; i++)
        assert_int_equal(ask(f, "select ?1 + 1", i), i + 1);
    assert_int_equal(f->store->n_kept, 1);
    /* By its letters, not by where they lie: the buffer is used again. */
    char text[32];
    for (int64_t i = 0; i < 3; i++) {
        (void)snprintf(text, sizeof text, "select ?1 + %d", (int)i);
        assert_int_equal(ask(f, text, 10), 10 + i);
    }
    assert_int_equal(f->store->n_kept, 3);
}

static void test_a_statement_inside_itself_is_another(void **state)
{
    fixture *f = *state;
    static const char sql[] = "select ?1 union all select ?1 + 1 order by 1";
    for (int round = 0; round < 2; round++) {
        sqlite3_stmt *outer = NULL, *inner = NULL;
        bool has_row = false;
        assert_status(f->ctx, eco_sqlite_prepare(f->store, &outer, sql, "i", (int64_t)1), ECOPT_OK);
        assert_status(f->ctx, eco_sqlite_step(f->store, outer, &has_row), ECOPT_OK);
        assert_status(f->ctx, eco_sqlite_prepare(f->store, &inner, sql, "i", (int64_t)7), ECOPT_OK);
        assert_true(inner != outer);
        assert_status(f->ctx, eco_sqlite_step(f->store, inner, &has_row), ECOPT_OK);
        assert_int_equal(sqlite3_column_int64(inner, 0), 7);
        eco_sqlite_end(f->store, inner);
        assert_status(f->ctx, eco_sqlite_step(f->store, outer, &has_row), ECOPT_OK);
        assert_int_equal(sqlite3_column_int64(outer, 0), 2);
        eco_sqlite_end(f->store, outer);
        assert_int_equal(f->store->n_kept, 2);
    }
    eco_sqlite_end(f->store, NULL);
}

/* An argument that is left over would be bound where none was given. */
static void test_arguments_and_place_are_forgotten(void **state)
{
    fixture *f = *state;
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    assert_int_equal(ask(f, "select coalesce(?1, 99)", 5), 5);
    assert_status(f->ctx, eco_sqlite_prepare(f->store, &stmt, "select coalesce(?1, 99)", ""),
                  ECOPT_OK);
    assert_status(f->ctx, eco_sqlite_step(f->store, stmt, &has_row), ECOPT_OK);
    assert_int_equal(sqlite3_column_int64(stmt, 0), 99);
    /* Broken off at its first row: the next one begins there again. */
    eco_sqlite_end(f->store, stmt);
    assert_int_equal(ask(f, "select coalesce(?1, 99)", 6), 6);
}

/* A reader that was broken off would keep the log from being moved into the file. */
static void test_what_is_kept_holds_no_snapshot(void **state)
{
    fixture *f = *state;
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    int64_t trial = 0;
    for (int i = 0; i < 3; i++) {
        char point[16];
        (void)snprintf(point, sizeof point, "x=%d", i);
        assert_status(f->ctx, eco_store_add_trial(f->base, point, "o", 1, 1, &trial), ECOPT_OK);
    }
    assert_status(f->ctx, eco_sqlite_prepare(f->store, &stmt, "select id from trial", ""),
                  ECOPT_OK);
    assert_status(f->ctx, eco_sqlite_step(f->store, stmt, &has_row), ECOPT_OK);
    assert_true(has_row);
    eco_sqlite_end(f->store, stmt);
    assert_true(f->store->n_kept > 0);
    int n_log = -1, n_moved = -1;
    assert_int_equal(
        sqlite3_wal_checkpoint_v2(f->store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &n_log, &n_moved),
        SQLITE_OK);
    assert_int_equal(n_log, 0);
}

/* What a step failed with is asked for after the statement was ended. */
static void test_the_code_of_a_failure_survives(void **state)
{
    fixture *f = *state;
    int64_t trial = 0;
    for (int i = 0; i < 2; i++) {
        assert_status(f->ctx, eco_store_add_trial(f->base, "x=1", "o", 1, 1, &trial),
                      i == 0 ? ECOPT_OK : ECOPT_E_ARG);
        assert_int_equal(trial, 1);
    }
    assert_status(f->ctx, eco_store_add_trial(f->base, "x=2", "o", 1, 1, &trial), ECOPT_OK);
    assert_int_equal(trial, 2);
}

static void test_pragmas_and_more_than_there_is_room_for_are_not_kept(void **state)
{
    fixture *f = *state;
    int64_t value = 0;
    char text[32];
    assert_status(f->ctx, eco_sqlite_integer(f->store, &value, "pragma user_version", ""),
                  ECOPT_OK);
    assert_int_equal(f->store->n_kept, 0);
    for (int i = 0; i < ECO_SQLITE_KEPT_N + 3; i++) {
        (void)snprintf(text, sizeof text, "select %d + ?1", i);
        assert_int_equal(ask(f, text, 1), i + 1);
    }
    assert_int_equal(f->store->n_kept, ECO_SQLITE_KEPT_N);
    eco_sqlite_forget(f->store);
    assert_int_equal(f->store->n_kept, 0);
    assert_int_equal(ask(f, "select ?1", 3), 3);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_one_text_is_prepared_once),
        CASE(test_a_statement_inside_itself_is_another),
        CASE(test_arguments_and_place_are_forgotten),
        CASE(test_what_is_kept_holds_no_snapshot),
        CASE(test_the_code_of_a_failure_survives),
        CASE(test_pragmas_and_more_than_there_is_room_for_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
