/*
 * The store under several processes at once: what the transactions promise when nobody waits for
 * anybody.  Each process has a context and a connection of its own and notes what it got in a file,
 * which the test reads when all are gone.
 */
#include "core/fs.h"
#include "store/store.h"
#include "support/eco_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4, WAITING = 24, PROPOSALS = 12, LIMIT = 9 };

typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];
    char *db, *notes;
    int64_t limit;
} fixture;

/* One claim; written in one piece to a file opened for appending, so lines never mix. */
typedef struct note {
    int64_t process, trial, attempt;
} note;

static const eco_study_row study_row = {
    .name = "s", .definition = "d", .identity = "i", .version = "0", .host = "{}"};

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    eco_store *store = NULL;
    f->ctx = eco_test_ctx();
    eco_test_temp_dir(f->dir);
    eco_test_write_file(f->dir, "notes", "");
    f->db = eco_fs_join(f->ctx, f->dir, "study.db");
    f->notes = eco_fs_join(f->ctx, f->dir, "notes");
    assert_status(f->ctx, eco_store_open(f->ctx, f->db, ECO_STORE_CREATE, &store), ECOPT_OK);
    assert_status(f->ctx, eco_store_create_study(store, &study_row), ECOPT_OK);
    assert_status(f->ctx, eco_store_close(store), ECOPT_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    eco_free(f->ctx, f->db);
    eco_free(f->ctx, f->notes);
    eco_test_remove_dir(f->dir);
    assert_int_equal(eco_ctx_live_b(f->ctx), 0);
    ecopt_ctx_free(f->ctx);
    free(f);
    return 0;
}

/* A store must not go through fork: the child opens its own.  It leaves by _exit, since a cmocka
 * assertion would jump into the parent's test. */
static int work(const fixture *f, int64_t process, bool (*step)(eco_store *, note *, int64_t limit))
{
    ecopt_ctx *ctx = eco_test_ctx();
    eco_store *store = NULL;
    int file = open(f->notes, O_WRONLY | O_APPEND | O_CLOEXEC);
    note got = {.process = process};
    if (file < 0 || eco_store_open(ctx, f->db, ECO_STORE_WRITE, &store) != ECOPT_OK)
        return 1;
    while (step(store, &got, f->limit))
        if (got.trial > 0 && write(file, &got, sizeof got) != (ssize_t)sizeof got)
            return 2;
    /* 0 at the end means: nothing left; anything else is an error of the store. */
    return eco_store_close(store) != ECOPT_OK || got.trial != 0 ? 3 : 0;
}

static size_t race(const fixture *f, bool (*step)(eco_store *, note *, int64_t limit),
                   note notes[PROCESSES * WAITING])
{
    pid_t pids[PROCESSES];
    for (int64_t k = 0; k < PROCESSES; k++) {
        pids[k] = fork();
        assert_true(pids[k] >= 0);
        if (pids[k] == 0)
            _exit(work(f, k, step));
    }
    for (size_t k = 0; k < PROCESSES; k++) {
        int status = -1;
        assert_int_equal(waitpid(pids[k], &status, 0), pids[k]);
        assert_int_equal(status, 0);
    }
    FILE *file = fopen(f->notes, "rbe");
    assert_non_null(file);
    size_t n = fread(notes, sizeof *notes, PROCESSES * WAITING, file);
    assert_int_equal(fclose(file), 0);
    return n;
}

/* Takes whatever waits; false when there is no more. */
static bool take_next(eco_store *store, note *got, int64_t limit)
{
    const eco_take take = {.limit = limit, .now_s = 2};
    got->trial = -1;
    return eco_store_take(store, &take, &got->trial, &got->attempt) == ECOPT_OK && got->trial > 0;
}

static void add_waiting(const fixture *f)
{
    eco_store *store = NULL;
    char point[32];
    int64_t trial = 0;
    assert_status(f->ctx, eco_store_open(f->ctx, f->db, ECO_STORE_WRITE, &store), ECOPT_OK);
    for (int i = 0; i < WAITING; i++) {
        (void)snprintf(point, sizeof point, "p=%d", i);
        assert_status(f->ctx, eco_store_add_trial(store, point, "sobol", 7, 1, &trial), ECOPT_OK);
    }
    assert_status(f->ctx, eco_store_close(store), ECOPT_OK);
}

/* Each number from 1 to `expected` once, all as first attempts. */
static void check_once(const note *notes, size_t n, size_t expected)
{
    bool is_seen[WAITING + 1] = {false};
    assert_int_equal(n, expected);
    for (size_t i = 0; i < n; i++) {
        assert_in_range(notes[i].trial, 1, expected);
        assert_false(is_seen[notes[i].trial]);
        is_seen[notes[i].trial] = true;
        assert_int_equal(notes[i].attempt, 1);
    }
}

static void test_no_trial_is_claimed_twice(void **state)
{
    fixture *f = *state;
    note notes[PROCESSES * WAITING];
    add_waiting(f);
    check_once(notes, race(f, take_next, notes), WAITING);
}

static void test_no_number_of_processes_exceeds_the_limit(void **state)
{
    fixture *f = *state;
    note notes[PROCESSES * WAITING];
    f->limit = LIMIT;
    add_waiting(f);
    check_once(notes, race(f, take_next, notes), LIMIT);
}

/* All propose the same numbers from the first on, each with a point of its own: who is late gets
 * nothing and goes on to the next number, as a worker that reads the history again. */
static bool propose_next(eco_store *store, note *got, int64_t limit)
{
    (void)limit;
    char point[48];
    got->trial = 0;
    for (int64_t number = 1; number <= PROPOSALS && got->trial == 0; number++) {
        (void)snprintf(point, sizeof point, "p=%lld by=%lld", (long long)number,
                       (long long)got->process);
        const eco_proposal proposal = {.number = number, .point = point, .origin = "mobo"};
        const eco_take take = {.proposal = &proposal, .now_s = 2};
        if (eco_store_take(store, &take, &got->trial, &got->attempt) != ECOPT_OK)
            got->trial = -1;
    }
    return got->trial > 0;
}

static void test_two_proposals_never_get_one_number(void **state)
{
    fixture *f = *state;
    note notes[PROCESSES * WAITING];
    check_once(notes, race(f, propose_next, notes), PROPOSALS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_trial_is_claimed_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_number_of_processes_exceeds_the_limit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_two_proposals_never_get_one_number, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
