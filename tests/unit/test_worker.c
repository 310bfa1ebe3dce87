/* Who is dead, who is not, and what becomes of their trials. */
#include "core/fs.h"
#include "study/worker.h"
#include "support/eco_test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];
    eco_store *store;
} fixture;

static const eco_study_row study_row = {
    .name = "s", .definition = "d", .identity = "i", .version = "0", .host = "{}"};

static eco_store *open_store(fixture *f)
{
    eco_store *store = NULL;
    char *path = eco_fs_join(f->ctx, f->dir, "study.db");
    assert_status(f->ctx, eco_store_open(f->ctx, path, ECO_STORE_CREATE, &store), ECOPT_OK);
    eco_free(f->ctx, path);
    return store;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->ctx = eco_test_ctx();
    eco_test_temp_dir(f->dir);
    f->store = open_store(f);
    assert_status(f->ctx, eco_store_create_study(f->store, &study_row), ECOPT_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    assert_int_equal(eco_store_close(f->store), ECOPT_OK);
    eco_test_remove_dir(f->dir);
    assert_int_equal(eco_ctx_live_b(f->ctx), 0);
    ecopt_ctx_free(f->ctx);
    free(f);
    return 0;
}

/* ---- the judgement, with clocks of our own ---- */

static const eco_here here = {
    .host = "node1", .boot_id = "boot-a", .unix_s = 1000000, .boot_s = 5000, .lease_s = 60};

static bool is_dead(const char *host, const char *boot_id, double unix_age_s, double boot_age_s,
                    eco_worker_lock lock)
{
    const eco_worker_row row = {.id = "w",
                                .host = host,
                                .boot_id = boot_id,
                                .pid = 1,
                                .seen_s = here.unix_s - unix_age_s,
                                .seen_boot_s = here.boot_s - boot_age_s};
    const char *reason = NULL;
    bool result = eco_worker_is_dead(&row, lock, &here, &reason);
    assert_int_equal(result, reason != NULL);
    return result;
}

static void test_a_free_lock_of_this_boot_is_proof(void **state)
{
    (void)state;
    assert_true(is_dead("node1", "boot-a", 0, 0, ECO_WORKER_FREE));
    assert_false(is_dead("node1", "boot-a", 0, 0, ECO_WORKER_HELD));
    /* In a container the host has another name, but its kernel is this one. */
    assert_true(is_dead("other", "boot-a", 0, 0, ECO_WORKER_FREE));
}

static void test_a_stopped_worker_is_given_up_by_the_clock_nobody_sets(void **state)
{
    (void)state;
    assert_false(is_dead("node1", "boot-a", 0, 59, ECO_WORKER_HELD));
    assert_true(is_dead("node1", "boot-a", 0, 61, ECO_WORKER_HELD));
    /* The wall clock was set by years, either way: nobody dies of it. */
    assert_false(is_dead("node1", "boot-a", 1e8, 1, ECO_WORKER_HELD));
    assert_false(is_dead("node1", "boot-a", -1e8, 1, ECO_WORKER_HELD));
    assert_true(is_dead("node1", "boot-a", -1e8, 61, ECO_WORKER_HELD));
}

static void test_another_boot_of_the_machine_has_ended_all(void **state)
{
    (void)state;
    assert_true(is_dead("node1", "boot-b", 0, -4000, ECO_WORKER_FREE));
    /* Held by somebody: two machines of one name share the folder. */
    assert_false(is_dead("node1", "boot-b", 0, -4000, ECO_WORKER_HELD));
    assert_true(is_dead("node1", "boot-b", 61, -4000, ECO_WORKER_HELD));
}

static void test_elsewhere_the_lease_decides(void **state)
{
    (void)state;
    assert_false(is_dead("node2", "boot-c", 59, 1e6, ECO_WORKER_FREE));
    assert_true(is_dead("node2", "boot-c", 61, 0, ECO_WORKER_FREE));
    assert_true(is_dead("node2", "boot-c", 61, 0, ECO_WORKER_HELD));
    /* Nothing known of the boot: as elsewhere. */
    assert_false(is_dead("node2", "", 59, 1e6, ECO_WORKER_FREE));
}

static void test_no_lease_gives_nobody_up(void **state)
{
    (void)state;
    eco_here asleep = here;
    asleep.lease_s = INFINITY;
    const eco_worker_row row = {.id = "w", .host = "node1", .boot_id = "boot-a"};
    const char *reason = NULL;
    assert_false(eco_worker_is_dead(&row, ECO_WORKER_HELD, &asleep, &reason));
    assert_true(eco_worker_is_dead(&row, ECO_WORKER_FREE, &asleep, &reason));
}

static void test_an_attempt_without_a_worker_is_of_an_old_version(void **state)
{
    (void)state;
    const eco_worker_row row = {.id = "", .host = "", .boot_id = ""};
    const char *reason = NULL;
    assert_true(eco_worker_is_dead(&row, ECO_WORKER_FREE, &here, &reason));
    assert_non_null(strstr(reason, "died"));
}

static void test_here_is_this_machine(void **state)
{
    (void)state;
    eco_here now;
    eco_here_now(0, &now);
    assert_true(now.lease_s == ECO_LEASE_S);
    assert_int_equal(strlen(now.boot_id), 36);
    assert_true(now.host[0] != '\0');
    eco_here_now(3, &now);
    assert_true(now.lease_s == 3);
}

/* ---- real workers ---- */

static void add_trial(fixture *f, const char *point)
{
    int64_t trial = 0;
    assert_status(f->ctx, eco_store_add_trial(f->store, point, "o", 1, 1, &trial), ECOPT_OK);
}

/* Claims the lowest waiting trial for a worker. */
static int64_t take(fixture *f, eco_store *store, const char *worker, int64_t *ret_attempt)
{
    eco_here now;
    eco_here_now(0, &now);
    const eco_take wanted = {
        .owner = ECO_OWNER_RUN, .worker = worker, .now_s = now.unix_s, .now_boot_s = now.boot_s};
    int64_t trial = -1;
    assert_status(f->ctx, eco_store_take(store, &wanted, &trial, ret_attempt), ECOPT_OK);
    return trial;
}

static eco_recovery recover(fixture *f, const char *own, double lease_s, bool is_patient)
{
    eco_recovery recovery = {-1, -1};
    eco_here now;
    eco_here_now(lease_s, &now);
    assert_status(f->ctx,
                  eco_worker_recover(f->ctx, f->store, f->dir, own, &now, is_patient, &recovery),
                  ECOPT_OK);
    return recovery;
}

static ecopt_trial_state state_of(fixture *f, int64_t trial)
{
    ecopt_snapshot *view = NULL;
    assert_status(f->ctx, eco_store_snapshot(f->store, &view), ECOPT_OK);
    ecopt_trial_state found = view->trials[trial - 1].state;
    ecopt_snapshot_free(f->ctx, view);
    return found;
}

static void test_a_worker_holds_its_file_and_removes_it(void **state)
{
    fixture *f = *state;
    eco_worker worker = {.fd = -1}, other = {.fd = -1};
    struct stat info;
    char path[400];
    assert_status(f->ctx, eco_worker_open(f->ctx, f->store, f->dir, 0, &worker), ECOPT_OK);
    assert_status(f->ctx, eco_worker_open(f->ctx, f->store, f->dir, 0, &other), ECOPT_OK);
    assert_int_equal(strlen(worker.id), 36);
    assert_int_equal(worker.id[14], '4');
    assert_string_not_equal(worker.id, other.id);
    assert_true(fcntl(worker.fd, F_GETFD) & FD_CLOEXEC);
    (void)snprintf(path, sizeof path, "%s", worker.path);
    assert_int_equal(eco_worker_look(f->ctx, f->dir, worker.id), ECO_WORKER_HELD);
    eco_worker_note(&worker, 17, "train");
    eco_worker_note(&worker, 18, "evaluate");
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size > 10);
    char id[ECO_UUID_B];
    (void)snprintf(id, sizeof id, "%s", worker.id);
    eco_worker_close(&worker);
    assert_int_equal(stat(path, &info), -1);
    assert_int_equal(eco_worker_look(f->ctx, f->dir, id), ECO_WORKER_FREE);
    eco_worker_close(&worker);
    eco_worker_close(&other);
}

static void test_a_folder_that_cannot_take_a_worker(void **state)
{
    fixture *f = *state;
    eco_worker worker = {.fd = -7};
    assert_status(f->ctx, eco_worker_open(f->ctx, f->store, "/proc/self", 0, &worker), ECOPT_E_IO);
    assert_int_equal(worker.fd, -7);
}

static void test_a_live_worker_keeps_its_trial(void **state)
{
    fixture *f = *state;
    eco_worker worker = {.fd = -1};
    int64_t attempt = 0;
    add_trial(f, "x=1");
    assert_status(f->ctx, eco_worker_open(f->ctx, f->store, f->dir, 0, &worker), ECOPT_OK);
    assert_int_equal(take(f, f->store, worker.id, &attempt), 1);
    eco_recovery recovery = recover(f, NULL, 0, true);
    assert_int_equal(recovery.n_lost, 0);
    assert_int_equal(recovery.n_others, 1);
    /* Its own is not another's. */
    recovery = recover(f, worker.id, 0, false);
    assert_int_equal(recovery.n_others, 0);
    assert_int_equal(state_of(f, 1), ECOPT_TRIAL_RUNNING);
    eco_worker_close(&worker);
}

/* Takes a trial in a process of its own and dies; a child holds the lock for `hold_ms` more. */
static void die_with_a_trial(fixture *f, long hold_ms)
{
    pid_t pid = fork();
    if (pid == 0) {
        eco_worker worker = {.fd = -1};
        int64_t attempt = 0;
        eco_store *store = open_store(f);
        if (eco_worker_open(f->ctx, store, f->dir, 0, &worker) != ECOPT_OK ||
            take(f, store, worker.id, &attempt) == 0)
            _exit(1);
        if (hold_ms > 0 && fork() == 0) {
            (void)usleep((useconds_t)hold_ms * 1000);
            _exit(0);
        }
        (void)kill(getpid(), SIGKILL);
    }
    int status = 0;
    assert_true(waitpid(pid, &status, 0) == pid);
    assert_true(WIFSIGNALED(status));
}

static void test_a_killed_workers_trial_comes_back_at_once(void **state)
{
    fixture *f = *state;
    add_trial(f, "x=1");
    die_with_a_trial(f, 0);
    eco_recovery recovery = recover(f, NULL, 0, false);
    assert_int_equal(recovery.n_lost, 1);
    assert_int_equal(state_of(f, 1), ECOPT_TRIAL_QUEUED);
    ecopt_snapshot *view = NULL;
    assert_status(f->ctx, eco_store_snapshot(f->store, &view), ECOPT_OK);
    assert_int_equal(view->trials[0].cause, ECOPT_CAUSE_LOST);
    assert_non_null(strstr(view->trials[0].reason, "died"));
    ecopt_snapshot_free(f->ctx, view);
    recovery = recover(f, NULL, 0, false);
    assert_int_equal(recovery.n_lost, 0);
}

/* As long as a process of the trial lives, nobody runs it again; who opens the study waits. */
static void test_the_last_process_of_a_trial_is_waited_for(void **state)
{
    fixture *f = *state;
    add_trial(f, "x=1");
    die_with_a_trial(f, 400);
    eco_recovery recovery = recover(f, NULL, 0, false);
    assert_int_equal(recovery.n_lost, 0);
    assert_int_equal(recovery.n_others, 1);
    recovery = recover(f, NULL, 0, true);
    assert_int_equal(recovery.n_lost, 1);
}

/* The worker is stopped: it gives no sign of life, holds its lock, and comes back too late. */
static void test_a_late_end_is_spent_and_no_result(void **state)
{
    fixture *f = *state;
    eco_worker worker = {.fd = -1};
    int64_t attempt = 0;
    bool is_accepted = true;
    ecopt_phase_record phase = {.phase = "run", .time_s = 2, .repeat = 1};
    ecopt_energy_clear(&phase.energy);
    phase.energy.energy_j = 8;
    const ecopt_metric_value metric = {"loss", 1, NAN};
    add_trial(f, "x=1");
    assert_status(f->ctx, eco_worker_open(f->ctx, f->store, f->dir, 0.05, &worker), ECOPT_OK);
    assert_int_equal(take(f, f->store, worker.id, &attempt), 1);
    (void)usleep(120000);
    assert_int_equal(recover(f, NULL, 0.05, false).n_lost, 1);
    /* It notices by itself when it wakes. */
    assert_false(eco_worker_beat(&worker, 1, attempt));
    eco_attempt_end end = {.trial = 1,
                           .attempt = attempt,
                           .state = ECOPT_TRIAL_COMPLETE,
                           .ended_s = 9,
                           .n_metrics = 1,
                           .metrics = &metric,
                           .n_phases = 1,
                           .phases = &phase};
    for (int i = 0; i < 2; i++) {
        assert_status(f->ctx, eco_store_end_attempt(f->store, &end, &is_accepted), ECOPT_OK);
        assert_false(is_accepted);
    }
    assert_int_equal(state_of(f, 1), ECOPT_TRIAL_QUEUED);
    ecopt_snapshot *view = NULL;
    assert_status(f->ctx, eco_store_snapshot(f->store, &view), ECOPT_OK);
    assert_true(view->spent_energy_j == 8);
    assert_int_equal(view->trials[0].n_metrics, 0);
    ecopt_snapshot_free(f->ctx, view);
    eco_worker_close(&worker);
}

static void test_signs_of_life_keep_a_trial(void **state)
{
    fixture *f = *state;
    eco_worker worker = {.fd = -1};
    int64_t attempt = 0;
    add_trial(f, "x=1");
    assert_status(f->ctx, eco_worker_open(f->ctx, f->store, f->dir, 0.6, &worker), ECOPT_OK);
    assert_int_equal(take(f, f->store, worker.id, &attempt), 1);
    for (int i = 0; i < 6; i++) {
        (void)usleep(250000);
        assert_true(eco_worker_beat(&worker, 1, attempt));
        assert_int_equal(recover(f, NULL, 0.6, false).n_lost, 0);
    }
    eco_worker_close(&worker);
}

static void test_a_copied_folder_is_nobodys(void **state)
{
    fixture *f = *state;
    eco_worker worker = {.fd = -1};
    int64_t attempt = 0;
    add_trial(f, "x=1");
    assert_status(f->ctx, eco_worker_open(f->ctx, f->store, f->dir, 0, &worker), ECOPT_OK);
    assert_int_equal(take(f, f->store, worker.id, &attempt), 1);
    /* In the copy the worker's file is another one, or none. */
    assert_int_equal(eco_worker_look(f->ctx, "/nonexistent", worker.id), ECO_WORKER_FREE);
    eco_worker_close(&worker);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_free_lock_of_this_boot_is_proof),
        cmocka_unit_test(test_a_stopped_worker_is_given_up_by_the_clock_nobody_sets),
        cmocka_unit_test(test_another_boot_of_the_machine_has_ended_all),
        cmocka_unit_test(test_elsewhere_the_lease_decides),
        cmocka_unit_test(test_no_lease_gives_nobody_up),
        cmocka_unit_test(test_an_attempt_without_a_worker_is_of_an_old_version),
        cmocka_unit_test(test_here_is_this_machine),
        CASE(test_a_worker_holds_its_file_and_removes_it),
        CASE(test_a_folder_that_cannot_take_a_worker),
        CASE(test_a_live_worker_keeps_its_trial),
        CASE(test_a_killed_workers_trial_comes_back_at_once),
        CASE(test_the_last_process_of_a_trial_is_waited_for),
        CASE(test_a_late_end_is_spent_and_no_result),
        CASE(test_signs_of_life_keep_a_trial),
        CASE(test_a_copied_folder_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
