#include "study/study_impl.h"
#include "support/eco_test.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->ctx = eco_test_ctx();
    eco_test_temp_dir(f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    eco_test_remove_dir(f->dir);
    ecopt_ctx_free(f->ctx);
    free(f);
    return 0;
}

/* A process that holds the lock as versions without workers did: alone, for a whole run. */
static int hold_alone(fixture *f)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/lock", f->dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_true(dprintf(fd, "%lld\n", (long long)getpid()) > 0);
    return fd;
}

static void test_the_first_is_alone_and_shares_with_others(void **state)
{
    fixture *f = *state;
    int first = -1, second = -1, third = -1;
    bool is_alone = false;
    assert_status(f->ctx, eco_study_lock(f->ctx, f->dir, &first, &is_alone), ECOPT_OK);
    assert_true(is_alone);
    assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
    assert_status(f->ctx, eco_study_share(f->ctx, f->dir, first), ECOPT_OK);
    assert_status(f->ctx, eco_study_lock(f->ctx, f->dir, &second, &is_alone), ECOPT_OK);
    assert_false(is_alone);
    assert_int_equal(close(first), 0);
    /* The second still is there. */
    assert_status(f->ctx, eco_study_lock(f->ctx, f->dir, &third, &is_alone), ECOPT_OK);
    assert_false(is_alone);
    assert_int_equal(close(second), 0);
    assert_int_equal(close(third), 0);
    assert_status(f->ctx, eco_study_lock(f->ctx, f->dir, &third, &is_alone), ECOPT_OK);
    assert_true(is_alone);
    assert_int_equal(close(third), 0);
}

static void test_who_stays_alone_is_named(void **state)
{
    fixture *f = *state;
    int second = -1, first = hold_alone(f);
    bool is_alone = true;
    char pid[32];
    assert_status(f->ctx, eco_study_lock(f->ctx, f->dir, &second, &is_alone), ECOPT_E_STORE_LOCKED);
    (void)snprintf(pid, sizeof pid, "process %lld", (long long)getpid());
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), pid));
    assert_int_equal(second, -1);
    assert_true(is_alone);
    assert_int_equal(close(first), 0);
}

static void sleep_ms(long ms)
{
    const struct timespec pause = {0, ms * 1000000L};
    (void)nanosleep(&pause, NULL);
}

/* The owner dies at once; a process that it left behind holds the descriptor a little longer. */
static void take_lock_and_die(fixture *f)
{
    (void)hold_alone(f);
    if (fork() == 0) {
        sleep_ms(300);
        _exit(0);
    }
    _exit(0);
}

static void test_lock_waits_for_what_a_dead_owner_left(void **state)
{
    fixture *f = *state;
    int fd = -1, status = 0;
    bool is_alone = false;
    pid_t owner = fork();
    if (owner == 0)
        take_lock_and_die(f);
    assert_true(waitpid(owner, &status, 0) == owner);
    assert_int_equal(status, 0);
    assert_status(f->ctx, eco_study_lock(f->ctx, f->dir, &fd, &is_alone), ECOPT_OK);
    assert_true(is_alone);
    assert_int_equal(close(fd), 0);
}

static void test_a_folder_that_cannot_hold_the_lock(void **state)
{
    fixture *f = *state;
    int fd = -1;
    bool is_alone = false;
    assert_status(f->ctx, eco_study_lock(f->ctx, "/proc/self/none", &fd, &is_alone), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(f->ctx), "/proc/self/none"));
    assert_int_equal(fd, -1);
}

/* One recording, one worker; a study that records nothing takes no lock. */
static void test_one_worker_records(void **state)
{
    fixture *f = *state;
    ecopt_definition definition = {.meter = {.record = NULL}};
    const ecopt_study study = {.ctx = f->ctx, .dir = f->dir, .definition = &definition};
    int first = -1, second = -1;
    assert_status(f->ctx, eco_study_lock_record(&study, &first), ECOPT_OK);
    assert_int_equal(first, -1);
    definition.meter.record = "trace.csv";
    assert_status(f->ctx, eco_study_lock_record(&study, &first), ECOPT_OK);
    assert_true(first >= 0);
    assert_status(f->ctx, eco_study_lock_record(&study, &second), ECOPT_E_STORE_LOCKED);
    assert_int_equal(second, -1);
    assert_non_null(strstr(ecopt_ctx_errhint(f->ctx), "meter.record"));
    assert_int_equal(close(first), 0);
    assert_status(f->ctx, eco_study_lock_record(&study, &second), ECOPT_OK);
    assert_int_equal(close(second), 0);
    eco_test_remove_dir(f->dir);
    assert_status(f->ctx, eco_study_lock_record(&study, &second), ECOPT_E_IO);
    assert_int_equal(mkdir(f->dir, 0700), 0);
}

static void test_host_is_one_json_object(void **state)
{
    fixture *f = *state;
    char *text = eco_host_json(f->ctx);
    json_t *host = json_loads(text, 0, NULL);
    assert_true(json_is_object(host));
    assert_true(json_integer_value(json_object_get(host, "cpus")) >= 1);
    assert_true(json_number_value(json_object_get(host, "memory_b")) > 0);
    assert_non_null(json_string_value(json_object_get(host, "kernel")));
    json_decref(host);
    eco_free(f->ctx, text);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_first_is_alone_and_shares_with_others),
        CASE(test_who_stays_alone_is_named),
        CASE(test_lock_waits_for_what_a_dead_owner_left),
        CASE(test_a_folder_that_cannot_hold_the_lock),
        CASE(test_one_worker_records),
        CASE(test_host_is_one_json_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
