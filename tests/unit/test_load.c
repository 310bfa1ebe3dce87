/* What others used while a window was open: counts, flag, bound on the wait, and what the meter
 * makes of them on made-up machines and beside a real busy loop. */
#include "support/fake_meter.h"

#include "meter/load.h"
#include "meter/model.h"

#include <ecopt/measure.h>
#include <ecopt/meter.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const eco_load two_cpus = {.fd = -1, .n_cpu = 2, .tick_s = 0.01};

/* Marks with busy and stolen seconds between them. */
static eco_load_share between(double busy_s, double steal_s, double time_s, double cpu_s)
{
    eco_load_mark start = {true, 1000, 50, 7, 0};
    eco_load_mark end = {true, 1000 + busy_s, 50 + steal_s, 7, 0};
    return eco_load_between(&two_cpus, &start, &end, time_s, cpu_s);
}

static void test_first_line_of_proc_stat(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
        uint64_t busy, steal;
    } cases[] = {
        {"cpu  1 20 300 4000 50000 600000 7000000 80000000 9 9\ncpu0 1\n", 0, 7600321, 80000000},
        {"cpu 1 2 3 4 5 6 7 8\n", 0, 19, 8},
        {"cpu  1 2 3 4 5 6 7\n", 0, 19, 0}, /* before steal was counted */
        {"cpu  1 2 3 4 5 6 7", 0, 19, 0},
        {"cpu  1 2 3 4 5 6\n", -EINVAL, 0, 0},
        /* The next line must not lend its numbers. */
        {"cpu  1 2 3 4 5 6\n7 8\n", -EINVAL, 0, 0},
        {"cpu  1 2 3 4 5 6 7 x\n", -EINVAL, 0, 0},
        {"cpu  1 2 -3 4 5 6 7 8\n", -EINVAL, 0, 0},
        {"cpu0 1 2 3 4 5 6 7 8\n", -EINVAL, 0, 0},
        {"intr 1\ncpu 1 2 3 4 5 6 7 8\n", -EINVAL, 0, 0},
        {"cpu", -EINVAL, 0, 0},
        {"", -EINVAL, 0, 0},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        uint64_t busy = 0, steal = 0;
        assert_int_equal(eco_load_parse(cases[i].text, &busy, &steal), cases[i].status);
        assert_int_equal(busy, cases[i].busy);
        assert_int_equal(steal, cases[i].steal);
    }
}

static void test_foreign_is_what_is_left(void **state)
{
    (void)state;
    /* 10 s on 2 CPUs: 13 s busy, 9 s of them the command's. */
    eco_load_share share = between(13, 0, 10, 9);
    assert_close(share.foreign_cpu_s, 4, 1e-12, 0);
    assert_close(share.wait_s, 4.02, 1e-12, 0);
    assert_true(share.is_foreign);
    /* Stolen time is foreign whoever was busy. */
    share = between(9, 2, 10, 9);
    assert_close(share.foreign_cpu_s, 2, 1e-12, 0);
    assert_close(share.wait_s, 2.02, 1e-12, 0);
    assert_true(share.is_foreign);
    /* The meter's own time is not. */
    eco_load_mark start = {true, 0, 0, 1, 0}, end = {true, 13, 0, 4.5, 0};
    share = eco_load_between(&two_cpus, &start, &end, 10, 9);
    assert_close(share.foreign_cpu_s, 0.5, 1e-12, 0);
    assert_false(share.is_foreign);
    /* Ticks say less than the exact account of the command: nobody else. */
    share = between(8.97, 0, 10, 9);
    assert_close(share.foreign_cpu_s, 0, 0, 0);
    assert_close(share.wait_s, 0, 0, 0);
}

static void test_wait_is_bounded_by_the_work_itself(void **state)
{
    (void)state;
    /* 18 of 20 CPU seconds were work: at best it takes 9 s. */
    assert_close(between(20, 3, 10, 18).wait_s, 1, 1e-12, 0);
    /* No more than all of the window. */
    assert_close(between(20, 0, 10, 0).wait_s, 10, 1e-12, 0);
    /* More CPU time than the CPUs have (children of before): no wait, no negative one. */
    assert_close(between(30, 5, 10, 25).wait_s, 0, 0, 0);
}

static void test_a_tick_per_cpu_is_not_seen(void **state)
{
    (void)state;
    eco_load_share share = between(0.30, 0, 0.3, 0.281);
    assert_close(share.foreign_cpu_s, 0.019, 1e-9, 0);
    assert_close(share.wait_s, 0, 0, 0);
    assert_false(share.is_foreign);
    /* Just above: bounded from above, ticks included, but far from a twentieth and not flagged. */
    share = between(0.31, 0, 0.3, 0.28);
    assert_close(share.wait_s, 0.05, 1e-9, 0);
    assert_false(share.is_foreign);
    /* A twentieth of 2 x 0.3 s is 0.03 s, and 0.02 s are the ticks. */
    assert_false(between(0.28 + 0.049, 0, 0.3, 0.28).is_foreign);
    assert_true(between(0.28 + 0.051, 0, 0.3, 0.28).is_foreign);
    /* Long windows: the ticks do not matter. */
    assert_false(between(100 + 9.9, 0, 100, 100).is_foreign);
    assert_true(between(100 + 10.1, 0, 100, 100).is_foreign);
}

static void test_unknown_stays_unknown(void **state)
{
    (void)state;
    eco_load_mark read = {true, 0, 0, 0, 0}, later = {true, 9, 3, 0, 0},
                  missing = {false, 0, 0, 0, 0};
    eco_load_share share = eco_load_between(&two_cpus, &read, &missing, 1, 1);
    assert_true(isnan(share.foreign_cpu_s) && share.wait_s == 0 && !share.is_foreign);
    share = eco_load_between(&two_cpus, &missing, &later, 1, 1);
    assert_true(isnan(share.foreign_cpu_s) && share.wait_s == 0 && !share.is_foreign);
    /* Without the command's time it may all have been the command; but not what was stolen. */
    share = eco_load_between(&two_cpus, &read, &later, 10, (double)NAN);
    assert_true(isnan(share.foreign_cpu_s));
    assert_true(share.is_foreign);
    assert_close(share.wait_s, 3.02, 1e-12, 0);
    assert_false(between(20, 0, 10, (double)NAN).is_foreign);
    /* Counts that step back (a CPU went off line) are nothing. */
    share = eco_load_between(&two_cpus, &later, &read, 10, 1);
    assert_close(share.foreign_cpu_s, 0, 0, 0);
}

static void test_reading_and_its_faults(void **state)
{
    (void)state;
    static eco_fake fake;
    eco_load load;
    eco_load_mark mark;
    eco_fake_init(&fake);
    eco_load_open(&fake.io, &load); /* no /proc/stat at all */
    assert_int_equal(load.fd, -1);
    assert_true(load.n_cpu >= 1);
    assert_int_equal(eco_load_read(&fake.io, &load, &mark), -ENOENT);
    assert_false(mark.is_read);
    eco_load_close(&fake.io, &load);
    eco_fake_guest(&fake);
    eco_load_open(&fake.io, &load);
    assert_int_equal(load.n_cpu, 2);
    fake.load = 1.5;
    fake.steal = 0.25;
    fake.own_s = 0.125;
    eco_fake_advance(&fake, 4);
    assert_int_equal(eco_load_read(&fake.io, &load, &mark), 0);
    assert_true(mark.is_read);
    assert_close(mark.busy_s, 6, 1e-9, 0);
    assert_close(mark.steal_s, 1 + 0.07, 1e-9, 0);
    assert_close(mark.own_s, 0.125, 0, 0);
    eco_fake_add_fault(&fake, "/proc/stat", -EIO, true, 1);
    assert_int_equal(eco_load_read(&fake.io, &load, &mark), -EIO);
    assert_false(mark.is_read);
    eco_load_close(&fake.io, &load);
    eco_load_close(&fake.io, &load);
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
}

/* One window of time_s in which the command took cpu_s. */
static void measure(ecopt_ctx *ctx, ecopt_meter *meter, eco_fake *fake, double time_s, double cpu_s,
                    ecopt_energy *ret)
{
    ecopt_window *window = NULL;
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(fake, time_s);
    assert_status(ctx, ecopt_meter_end(meter, window, cpu_s, ret), ECOPT_OK);
}

/* The case that was seen: the same work, quiet and beside others that made it wait. The interval
 * of the disturbed window must reach down to the quiet one. */
static void test_model_covers_the_quiet_run(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy quiet, busy;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "model");
    fake.load = 1;
    measure(ctx, meter, &fake, 0.5, 0.495, &quiet);
    assert_int_equal(quiet.flags, 0);
    assert_true(quiet.u95_j < 0.005 * quiet.energy_j);
    fake.load = 2; /* two others and one CPU second of work share two CPUs */
    measure(ctx, meter, &fake, 0.75, 0.495, &busy);
    assert_int_equal(busy.flags, ECOPT_FLAG_FOREIGN_LOAD);
    assert_close(busy.foreign_cpu_s, 1.005, 1e-9, 0);
    assert_true(busy.energy_j > 1.1 * quiet.energy_j);
    assert_true(busy.energy_j - busy.u95_j <= quiet.energy_j);
    /* wait <= 0.75 - 0.495 / 2, of which 95 %, in quadrature with the ends. */
    double wait_j = 0.95 * 2 * ECO_MODEL_IDLE_W * (0.75 - 0.2475);
    assert_close(busy.u95_j, hypot(wait_j, quiet.u95_j), 1e-9, 0);
    /* The band is that of the constants: others do not move it. */
    assert_true(busy.gain_lo > 0.4 && busy.gain_hi < 2.8);
    fake_meter_close(ctx, &fake, meter);
}

/* The interval of a one-sided rectangular distribution holds 95 % of it, no more by luck. */
static void test_interval_holds_95_percent_of_the_possible_waits(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    int n_inside = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    fake.load = 1.5;
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "model");
    measure(ctx, meter, &fake, 100, 50, &e);
    double most_s = fmin(100 + 0.02, 100 - 25);
    for (int i = 0; i < 1000; i++) {
        double wait_s = most_s * (i + 0.5) / 1000;
        double true_j = e.energy_j - 2 * ECO_MODEL_IDLE_W * wait_s;
        n_inside += fabs(true_j - e.energy_j) <= e.u95_j;
    }
    assert_in_range(n_inside, 949, 951);
    fake_meter_close(ctx, &fake, meter);
}

static void test_steal_widens_the_model(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    fake.load = 0.5;
    fake.steal = 0.5;
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "model");
    measure(ctx, meter, &fake, 10, 5, &e);
    assert_int_equal(e.flags, ECOPT_FLAG_FOREIGN_LOAD);
    assert_close(e.foreign_cpu_s, 5, 1e-9, 0);
    assert_close(e.u95_j, 0.95 * 2 * ECO_MODEL_IDLE_W * 5.02, 1e-4, 0);
    /* The joules are still those of the formula: the estimate is not bent. */
    assert_close(e.energy_j, 10 * 2 * ECO_MODEL_IDLE_W + 5 * ECO_MODEL_BUSY_W, 1e-9, 0);
    fake_meter_close(ctx, &fake, meter);
}

/* A package counter holds the work of all: flagged, never widened or reduced. */
static void test_counters_are_flagged_and_left_alone(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy quiet, busy;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_server(&fake);
    eco_fake_file(&fake, "/proc/stat", "cpu 0 0 0 0 0 0 0 0\n");
    fake.cpus = 4;
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    fake.load = 1;
    measure(ctx, meter, &fake, 10, 10, &quiet);
    assert_int_equal(quiet.flags, 0);
    fake.load = 3;
    measure(ctx, meter, &fake, 10, 10, &busy);
    assert_int_equal(busy.flags, ECOPT_FLAG_FOREIGN_LOAD);
    assert_close(busy.foreign_cpu_s, 20, 1e-9, 0);
    assert_close(busy.energy_j, quiet.energy_j, 1e-9, 0);
    assert_close(busy.u95_j, quiet.u95_j, 1e-9, 0);
    /* Of the window, not of a source: a part stays as clean as it was read. */
    assert_int_equal(fake_meter_part(&busy, "rapl-powercap package-0")->flags, 0);
    fake_meter_close(ctx, &fake, meter);
}

static void test_sums_unite_what_is_known(void **state)
{
    (void)state;
    ecopt_energy sum, term;
    ecopt_energy_clear(&sum);
    ecopt_energy_clear(&term);
    assert_true(isnan(sum.foreign_cpu_s));
    term.time_s = 2;
    term.energy_j = 1;
    term.foreign_cpu_s = 0.5;
    ecopt_energy_add(&sum, &term);
    assert_close(sum.foreign_cpu_s, 0.5, 0, 0);
    term.flags = ECOPT_FLAG_FOREIGN_LOAD;
    ecopt_energy_add(&sum, &term);
    assert_close(sum.foreign_cpu_s, 1, 0, 0);
    assert_int_equal(sum.flags, ECOPT_FLAG_FOREIGN_LOAD);
    term.foreign_cpu_s = (double)NAN;
    ecopt_energy_add(&sum, &term);
    assert_true(isnan(sum.foreign_cpu_s));
    assert_string_equal(ecopt_flag_name(ECOPT_FLAG_FOREIGN_LOAD), "foreign-load");
}

/* Starts a process that computes until it is killed. */
static pid_t start_busy_loop(void)
{
    pid_t pid = fork();
    if (pid == 0)
        for (volatile unsigned i = 0;; i++)
            continue;
    assert_true(pid > 0);
    return pid;
}

/* On this very machine, whatever else runs on it: a neighbour's CPU time must show up. No upper
 * limits: other tests run beside this one. */
static void test_real_busy_loop_beside_the_command(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    static ecopt_energy e;
    struct rusage before, after;
    struct timespec nap = {0, 300000000};
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "model";
    if (access("/proc/stat", R_OK) != 0)
        skip();
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &before), 0);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    pid_t pid = start_busy_loop();
    (void)nanosleep(&nap, NULL);
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_status(ctx, ecopt_meter_end(meter, window, 0, &e), ECOPT_OK);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &after), 0);
    double loop_s = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                    1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
    long n_cpu = sysconf(_SC_NPROCESSORS_ONLN);
    /* The loop got loop_s, in whole ticks give or take one per CPU. */
    assert_true(e.foreign_cpu_s > loop_s - 0.02 * (double)n_cpu);
    if (loop_s > (double)n_cpu * (0.05 * e.time_s + 0.03))
        assert_true(e.flags & ECOPT_FLAG_FOREIGN_LOAD);
    if (loop_s > 0.03 * (double)n_cpu)
        assert_true(e.u95_j > 0.9 * ECO_MODEL_IDLE_W * loop_s);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

/* --- Heat ------------------------------------------------------------------------------------ */

#define COUNT "/sys/devices/system/cpu/cpu%d/thermal_throttle/package_throttle_count"

static void set_heat(eco_fake *fake, int cpu, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, COUNT, cpu);
    eco_fake_file(fake, path, text);
}

static void test_thermal_events_are_counted(void **state)
{
    (void)state;
    static eco_fake fake;
    static eco_heat heat;
    eco_fake_init(&fake);
    /* Nobody counts. */
    eco_heat_open(&fake.io, &heat);
    assert_int_equal(heat.n, 0);
    assert_int_equal(eco_heat_count(&fake.io, &heat), 0);
    eco_heat_close(&fake.io, &heat);
    /* One package, whose list of CPUs is not there. */
    set_heat(&fake, 0, "12\n");
    eco_heat_open(&fake.io, &heat);
    assert_int_equal(eco_heat_count(&fake.io, &heat), 12);
    eco_heat_close(&fake.io, &heat);
    eco_heat_close(&fake.io, &heat);
    /* Two packages; the third one of the list does not count. */
    eco_fake_add_pmu(&fake, "0,18,36\n");
    set_heat(&fake, 18, "5\n");
    eco_heat_open(&fake.io, &heat);
    assert_int_equal(heat.n, 2);
    assert_int_equal(eco_heat_count(&fake.io, &heat), 17);
    /* What cannot be read adds nothing, and comes back. */
    eco_fake_add_fault(&fake, "cpu18", -EIO, true, 1);
    assert_int_equal(eco_heat_count(&fake.io, &heat), 12);
    assert_int_equal(eco_heat_count(&fake.io, &heat), 17);
    eco_heat_close(&fake.io, &heat);
    /* More packages than there is room for. */
    eco_fake_add_pmu(&fake, "0-20\n");
    eco_heat_open(&fake.io, &heat);
    assert_true(heat.n <= ECO_HEAT_PACKAGES_MAX);
    eco_heat_close(&fake.io, &heat);
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
}

/* Of the window in which it was, and of no other; a repeat may be set aside for it. */
static void test_a_throttled_window(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy energy;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    eco_fake_guest(&fake);
    set_heat(&fake, 0, "3\n");
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    static const char *const counts[] = {"3\n", "4\n", "4\n", "0\n"};
    for (size_t i = 0; i < ECO_LEN(counts); i++) {
        ecopt_window *window = NULL;
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        eco_fake_advance(&fake, 1);
        set_heat(&fake, 0, counts[i]);
        assert_status(ctx, ecopt_meter_end(meter, window, 1, &energy), ECOPT_OK);
        assert_int_equal((energy.flags & ECOPT_FLAG_THROTTLE) != 0, i == 1);
    }
    assert_true((ECOPT_CAUSE_FLAGS & ECOPT_FLAG_THROTTLE) != 0);
    fake_meter_close(ctx, &fake, meter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_line_of_proc_stat),
        cmocka_unit_test(test_foreign_is_what_is_left),
        cmocka_unit_test(test_wait_is_bounded_by_the_work_itself),
        cmocka_unit_test(test_a_tick_per_cpu_is_not_seen),
        cmocka_unit_test(test_unknown_stays_unknown),
        cmocka_unit_test(test_reading_and_its_faults),
        cmocka_unit_test(test_model_covers_the_quiet_run),
        cmocka_unit_test(test_interval_holds_95_percent_of_the_possible_waits),
        cmocka_unit_test(test_steal_widens_the_model),
        cmocka_unit_test(test_counters_are_flagged_and_left_alone),
        cmocka_unit_test(test_sums_unite_what_is_known),
        cmocka_unit_test(test_real_busy_loop_beside_the_command),
        cmocka_unit_test(test_thermal_events_are_counted),
        cmocka_unit_test(test_a_throttled_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
