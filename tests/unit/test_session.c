#include "support/eco_test.h"

#include "meter/handle.h"
#include "support/fakesys.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A real clock and the real thread over a tree of files that a writer moves. */
typedef struct mover {
    char path[512];
    bool is_stopping;
    pthread_mutex_t lock;
    pthread_t thread;
} mover;

static void write_energy(const mover *m, unsigned long long value_uj)
{
    char temporary[600];
    (void)snprintf(temporary, sizeof temporary, "%s.new", m->path);
    FILE *file = fopen(temporary, "w");
    if (!file)
        return;
    (void)fprintf(file, "%llu\n", value_uj);
    (void)fclose(file);
    (void)rename(temporary, m->path);
}

static void *run_mover(void *arg)
{
    mover *m = arg;
    for (unsigned long long value_uj = 1000000;; value_uj += 1000) {
        (void)pthread_mutex_lock(&m->lock);
        bool is_stopping = m->is_stopping;
        (void)pthread_mutex_unlock(&m->lock);
        if (is_stopping)
            return NULL;
        write_energy(m, value_uj);
        (void)usleep(1000);
    }
}

static void start_mover(mover *m, const eco_fake *fake)
{
    memset(m, 0, sizeof *m);
    (void)snprintf(m->path, sizeof m->path, "%s/sys/class/powercap/intel-rapl:0/energy_uj",
                   fake->root);
    (void)pthread_mutex_init(&m->lock, NULL);
    assert_int_equal(pthread_create(&m->thread, NULL, run_mover, m), 0);
}

static void stop_mover(mover *m)
{
    (void)pthread_mutex_lock(&m->lock);
    m->is_stopping = true;
    (void)pthread_mutex_unlock(&m->lock);
    (void)pthread_join(m->thread, NULL);
    (void)pthread_mutex_destroy(&m->lock);
}

static ecopt_meter *open_real(ecopt_ctx *ctx, const eco_fake *fake, const char *record_path)
{
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap,model";
    options.system_root = fake->root;
    options.interval_s = 0.01;
    options.record_path = record_path;
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
    return meter;
}

static int count_lines(const char *path, const char *prefix)
{
    char line[512];
    int n = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        n += strncmp(line, prefix, strlen(prefix)) == 0;
    (void)fclose(file);
    return n;
}

/* The file of a zone is replaced by rename, so a held descriptor sees the first value only: this
 * test is about threads, not numbers. */
static void test_thread_samples_while_windows_open_and_close(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    mover m;
    char trace[400];
    ecopt_window *windows[3] = {NULL};
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 1);
    start_mover(&m, &fake);
    (void)snprintf(trace, sizeof trace, "%s/t.trace", fake.root);
    ecopt_meter *meter = open_real(ctx, &fake, trace);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 3; i++) {
            ecopt_window_key key = {i, "phase"};
            assert_status(ctx, ecopt_meter_begin(meter, &key, &windows[i]), ECOPT_OK);
            (void)usleep(5000);
        }
        (void)usleep(20000);
        ecopt_meter_abandon(meter, windows[0]);
        assert_status(ctx, ecopt_meter_end(meter, windows[2], 0.001, &e), ECOPT_OK);
        assert_true(isnan(e.energy_j) || e.energy_j >= 0);
        assert_true(e.flags & ECOPT_FLAG_OVERLAP);
        assert_true(e.time_s > 0);
        assert_status(ctx, ecopt_meter_end(meter, windows[1], (double)NAN, &e), ECOPT_OK);
    }
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    stop_mover(&m);
    /* 25 readings of begin and end; the thread must have added some of its own. */
    assert_int_equal(count_lines(trace, "begin,"), 15);
    assert_int_equal(count_lines(trace, "end,"), 10);
    assert_true(count_lines(trace, "sample,") > 25);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_idle_meter_reads_nothing(void **state)
{
    (void)state;
    static eco_fake fake;
    char trace[400];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 1);
    (void)snprintf(trace, sizeof trace, "%s/t.trace", fake.root);
    ecopt_meter *meter = open_real(ctx, &fake, trace);
    (void)usleep(50000);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(count_lines(trace, "sample,"), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_children_inherit_no_descriptor(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    char trace[400], list[500], command[1200];
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 1);
    eco_fake_guest(&fake);
    (void)snprintf(trace, sizeof trace, "%s/t.trace", fake.root);
    (void)snprintf(list, sizeof list, "%s/list", fake.root);
    (void)snprintf(command, sizeof command, "readlink /proc/self/fd/* > %s 2>&1; true", list);
    ecopt_meter *meter = open_real(ctx, &fake, trace);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    pid_t child = fork();
    if (child == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_status(ctx, ecopt_meter_end(meter, window, 0.001, &e), ECOPT_OK);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    char line[600];
    FILE *file = fopen(list, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        assert_null(strstr(line, "energy_uj"));
        assert_null(strstr(line, "t.trace"));
        assert_null(strstr(line, "/proc/stat"));
    }
    (void)fclose(file);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void ignore_signal(int number)
{
    (void)number;
}

/* A signal to the process must reach the program's own thread: it is the only one that may. */
static void test_thread_blocks_signals(void **state)
{
    (void)state;
    static eco_fake fake;
    sigset_t one, before, pending;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 1);
    ecopt_meter *meter = open_real(ctx, &fake, NULL);
    struct sigaction action = {.sa_handler = ignore_signal}, old;
    (void)sigaction(SIGUSR1, &action, &old);
    (void)sigemptyset(&one);
    (void)sigaddset(&one, SIGUSR1);
    (void)pthread_sigmask(SIG_BLOCK, &one, &before);
    (void)kill(getpid(), SIGUSR1);
    (void)usleep(20000);
    (void)sigemptyset(&pending);
    (void)sigpending(&pending);
    assert_true(sigismember(&pending, SIGUSR1));
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)sigaction(SIGUSR1, &old, NULL);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_close_frees_open_windows(void **state)
{
    (void)state;
    static eco_fake fake;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 1);
    ecopt_meter *meter = open_real(ctx, &fake, NULL);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_status(ctx, ecopt_meter_close(NULL), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thread_samples_while_windows_open_and_close),
        cmocka_unit_test(test_idle_meter_reads_nothing),
        cmocka_unit_test(test_children_inherit_no_descriptor),
        cmocka_unit_test(test_thread_blocks_signals),
        cmocka_unit_test(test_close_frees_open_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
