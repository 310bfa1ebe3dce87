/*
 * Every fault that a counter can have, on each way to a counter, through the whole meter.
 *
 * A machine draws 100 W.  Its meter sees one good second, then the fault for a second, then a good
 * second again; the truth is 300 J.  Where each fault of the list is tested:
 *
 *     gone and back (ENOENT), refused (EACCES), EIO,      here, all three ways
 *     unplugged (ENODEV) for good, reset, backward step,
 *     stuck, 20 s stall, suspend, no answer at the start
 *     empty, not a number, more than its range, wrap,     here, powercap (the others are binary and
 *     wrap at exactly the range, two wraps in a gap,      do not wrap); also test_rapl.c,
 *     range 0                                             test_counter.c, test_window.c
 *     second way to it differs by 1.75, mirror            test_topology.c, test_rapl.c,
 * test_nvml.c; test_mirror.c GPU lost, not ready, driver reload                  test_nvml.c resets
 * and wraps by the hour                        test_counter.c
 *
 * No case may leave a descriptor, a library or memory behind.
 */
#include "support/fake_meter.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define POWER_W 100.0
#define RANGE   262143328850u

typedef enum way { WAY_POWERCAP, WAY_PERF, WAY_NVML, WAY_COUNT } way;

static const char *const sources_of[WAY_COUNT] = {"rapl-powercap", "rapl-perf", "nvml"};

typedef struct rig {
    eco_fake fake;
    ecopt_ctx *ctx;
    ecopt_meter *meter;
    ecopt_energy energy;
    way way;
    double card_mj; /* what the card shows */
    int card_status;
    bool is_card_stuck;
} rig;

static void write_card(rig *r)
{
    char text[120];
    (void)snprintf(text, sizeof text, "count 1 status %d energy_mj %.0f limit_mw 150000\n",
                   r->card_status, r->card_mj);
    eco_fake_file(&r->fake, "/gpu", text);
}

static int count_fds(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    (void)closedir(folder);
    return n;
}

static rig *start(way w)
{
    static rig r;
    char path[300];
    memset(&r, 0, sizeof r);
    r.way = w;
    r.ctx = eco_test_ctx();
    eco_fake_init(&r.fake);
    r.card_mj = 5e6;
    if (w == WAY_POWERCAP)
        eco_fake_add_zone(&r.fake, "intel-rapl:0", "package-0", RANGE, POWER_W);
    if (w == WAY_PERF) {
        eco_fake_add_pmu(&r.fake, "0\n");
        eco_fake_add_event(&r.fake, "energy-pkg", 2, 0, POWER_W);
    }
    (void)snprintf(path, sizeof path, "%s/gpu", r.fake.root);
    (void)setenv("ECOPT_FAKE_NVML", path, 1);
    write_card(&r);
    return &r;
}

static ecopt_status try_open(rig *r)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources_of[r->way];
    options.nvml_path = FAKE_NVML_SO;
    return eco_meter_open_on(r->ctx, &options, &r->fake.io, false, &r->meter);
}

static void stop(rig *r)
{
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    assert_int_equal(r->fake.n_open, 0);
    assert_int_equal(r->fake.n_libraries, 0);
    assert_int_equal(eco_ctx_live_b(r->ctx), 0);
    eco_fake_release(&r->fake);
    ecopt_ctx_free(r->ctx);
}

/* n readings 0.1 s apart. */
static void run(rig *r, int n)
{
    for (int i = 0; i < n; i++) {
        eco_fake_advance(&r->fake, 0.1);
        r->card_mj += r->is_card_stuck ? 0 : 100 * POWER_W;
        if (r->way == WAY_NVML)
            write_card(r);
        eco_meter_sample(r->meter);
    }
}

/* Readings fail with this errno from now on; 0 ends it. */
static void fail_with(rig *r, int error)
{
    static const struct {
        int error, status;
    } statuses[] = {{0, 0}, {EIO, 16}, {EACCES, 4}, {ENODEV, 15}, {ENOENT, 1}};
    const char *part = r->way == WAY_PERF ? "perf-event" : "energy_uj";
    r->fake.n_faults = 0;
    if (error)
        eco_fake_add_fault(&r->fake, part, -error, true, -1);
    for (size_t i = 0; i < ECO_LEN(statuses); i++)
        if (statuses[i].error == error)
            r->card_status = statuses[i].status;
}

/* The counter shows this many joules. */
static void set_counter(rig *r, double energy_j)
{
    r->card_mj = 1e3 * energy_j;
    if (r->way == WAY_POWERCAP)
        r->fake.zones[0].energy_uj = 1e6 * energy_j;
    if (r->way == WAY_PERF)
        r->fake.events[0].energy_j = r->fake.events[0].base_j + energy_j;
}

static void set_stuck(rig *r)
{
    r->is_card_stuck = true;
    if (r->way == WAY_POWERCAP)
        r->fake.zones[0].is_stuck = true;
    if (r->way == WAY_PERF)
        r->fake.events[0].power_w = 0;
}

/* --- The faults: what happens in the second second, and what ends it ------------------------- */

static void gone_and_back(rig *r)
{
    fail_with(r, ENOENT);
    run(r, 10);
    fail_with(r, 0);
}

static void refused(rig *r)
{
    fail_with(r, EACCES);
    run(r, 10);
    fail_with(r, 0);
}

static void input_output_error(rig *r)
{
    fail_with(r, EIO);
    run(r, 10);
    fail_with(r, 0);
}

static void unplugged(rig *r)
{
    fail_with(r, ENODEV);
    run(r, 10);
}

static void reset(rig *r)
{
    run(r, 9);
    set_counter(r, 0);
    run(r, 1);
}

static void backward_step(rig *r)
{
    run(r, 9);
    set_counter(r, 120); /* perf counts from its opening: 190 J by now */
    run(r, 1);
}

static void stall(rig *r)
{
    eco_fake_advance(&r->fake, 19);
    r->card_mj += 19e3 * POWER_W;
    run(r, 10);
}

static void suspend(rig *r)
{
    run(r, 5);
    r->fake.slept_s += 3600;
    run(r, 5);
}

static void set_raw(rig *r, const char *text)
{
    eco_fake_file(&r->fake, "/sys/class/powercap/intel-rapl:0/energy_uj", text);
    run(r, 10);
    r->fake.zones[0].is_raw = false;
}

static void empty(rig *r)
{
    set_raw(r, "");
}

static void no_number(rig *r)
{
    set_raw(r, "energy\n");
}

static void beyond_its_range(rig *r)
{
    set_raw(r, "262143328950\n");
}

typedef struct fault_case {
    const char *name;
    void (*happen)(rig *r);
    unsigned flags;  /* all of them */
    double energy_j; /* NaN: missing */
    double within_j; /* of that */
    double gap_s;
    bool is_text_only; /* of powercap alone */
} fault_case;

static const fault_case CASES[] = {
    {"none", NULL, 0, 200, 1e-3, 0, false},
    {"gone and back", gone_and_back, ECOPT_FLAG_MISS, 300, 1e-3, 0, false},
    {"refused", refused, ECOPT_FLAG_MISS, 300, 1e-3, 0, false},
    {"input or output error", input_output_error, ECOPT_FLAG_MISS, 300, 1e-3, 0, false},
    {"unplugged", unplugged, ECOPT_FLAG_MISS | ECOPT_FLAG_GAP, 300, 1, 2, false},
    {"reset", reset, ECOPT_FLAG_RESET | ECOPT_FLAG_GAP, 300, 1e-3, 0.1, false},
    {"backward step", backward_step, ECOPT_FLAG_RESET | ECOPT_FLAG_GAP, 300, 20, 0.1, false},
    {"20 s stall", stall, 0, 2200, 1e-2, 0, false},
    {"suspend", suspend, ECOPT_FLAG_SUSPEND | ECOPT_FLAG_GAP, 300, 1e-3, 0.1, false},
    {"empty", empty, ECOPT_FLAG_MISS, 300, 1e-3, 0, true},
    {"not a number", no_number, ECOPT_FLAG_MISS, 300, 1e-3, 0, true},
    {"beyond its range", beyond_its_range, ECOPT_FLAG_MISS, 300, 1e-3, 0, true},
};

static void measure(rig *r, const fault_case *fault)
{
    ecopt_window *window = NULL;
    assert_status(r->ctx, ecopt_meter_begin(r->meter, NULL, &window), ECOPT_OK);
    run(r, 10);
    if (fault->happen)
        fault->happen(r);
    run(r, 10);
    assert_status(r->ctx, ecopt_meter_end(r->meter, window, (double)NAN, &r->energy), ECOPT_OK);
}

static void check(const rig *r, const fault_case *fault)
{
    const ecopt_energy *e = &r->energy;
    /* Three seconds are fewer than 41 periods of a card. */
    unsigned flags = e->flags & ~(unsigned)ECOPT_FLAG_SHORT;
    bool is_right = flags == fault->flags &&
                    fabs(e->energy_j - fault->energy_j) <= fault->within_j &&
                    fabs(e->gap_s - fault->gap_s) < 1e-6;
    if (!is_right) {
        char text[200];
        ecopt_flags_format(e->flags, text, sizeof text);
        print_error("%s by %s: %g J, gap %g s, flags %s\n", fault->name, sources_of[r->way],
                    e->energy_j, e->gap_s, text);
    }
    assert_true(is_right);
    assert_true(e->u95_j > 0);
    if (fault->gap_s > 0)
        assert_true(e->u95_j >= fabs(e->energy_j - fault->energy_j));
}

static void test_every_fault_on_every_way(void **state)
{
    (void)state;
    int n_fds = count_fds();
    for (size_t i = 0; i < ECO_LEN(CASES); i++)
        for (way w = WAY_POWERCAP; w < WAY_COUNT; w++) {
            if (CASES[i].is_text_only && w != WAY_POWERCAP)
                continue;
            rig *r = start(w);
            assert_status(r->ctx, try_open(r), ECOPT_OK);
            measure(r, &CASES[i]);
            check(r, &CASES[i]);
            stop(r);
            assert_int_equal(count_fds(), n_fds);
        }
}

static void test_no_answer_at_the_start(void **state)
{
    (void)state;
    static const int errors[] = {EIO, EACCES, ENODEV, ENOENT};
    int n_fds = count_fds();
    for (size_t i = 0; i < ECO_LEN(errors); i++)
        for (way w = WAY_POWERCAP; w < WAY_COUNT; w++) {
            rig *r = start(w);
            fail_with(r, errors[i]);
            r->fake.perf_error = -errors[i];
            write_card(r);
            ecopt_status status = try_open(r);
            assert_true(status == ECOPT_E_METER_PERM || status == ECOPT_E_METER_NONE);
            if (errors[i] == EACCES)
                assert_int_equal(status, ECOPT_E_METER_PERM);
            assert_null(r->meter);
            stop(r);
            assert_int_equal(count_fds(), n_fds);
        }
}

/* A window in which the counter never moved has no energy, not none. */
static void test_stuck_while_the_machine_works(void **state)
{
    (void)state;
    for (way w = WAY_POWERCAP; w < WAY_COUNT; w++) {
        rig *r = start(w);
        assert_status(r->ctx, try_open(r), ECOPT_OK);
        set_stuck(r);
        const fault_case none = {.name = "stuck"};
        measure(r, &none);
        assert_true(isnan(r->energy.energy_j));
        assert_int_equal(r->energy.quality, ECOPT_QUALITY_UNMEASURABLE);
        assert_true(r->energy.flags & ECOPT_FLAG_STUCK);
        stop(r);
    }
}

static void test_wraps_of_a_register(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t range_uj;
        double from_uj;
        unsigned flags;
    } cases[] = {
        {"wrap", RANGE, RANGE - 120e6, 0},
        /* The largest value is read, then 0 comes one unit later. */
        {"wrap at exactly the range", RANGE, RANGE - 100e6, 0},
        {"range 0 means no wrap", 0, 5e9, 0},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        rig *r = start(WAY_POWERCAP);
        char text[32];
        (void)snprintf(text, sizeof text, "%llu\n", (unsigned long long)cases[i].range_uj);
        eco_fake_file(&r->fake, "/sys/class/powercap/intel-rapl:0/max_energy_range_uj", text);
        r->fake.zones[0].range_uj = cases[i].range_uj;
        r->fake.zones[0].energy_uj = cases[i].from_uj;
        assert_status(r->ctx, try_open(r), ECOPT_OK);
        const fault_case none = {.name = cases[i].name};
        measure(r, &none);
        assert_close(r->energy.energy_j, 200, 1e-6, 0);
        assert_int_equal(r->energy.flags, cases[i].flags);
        stop(r);
    }
    /* Without a range a drop is never made up to be a wrap. */
    rig *r = start(WAY_POWERCAP);
    eco_fake_file(&r->fake, "/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "0\n");
    r->fake.zones[0].range_uj = 0;
    assert_status(r->ctx, try_open(r), ECOPT_OK);
    const fault_case drop = {"reset", reset, ECOPT_FLAG_RESET | ECOPT_FLAG_GAP, 300, 1e-3,
                             0.1,     true};
    measure(r, &drop);
    check(r, &drop);
    stop(r);
}

/* 100 W on a register of 50 J, nobody looks for 1.2 s: twice round is seen as possible. */
static void test_two_wraps_in_one_gap(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    rig *r = start(WAY_POWERCAP);
    eco_fake_file(&r->fake, "/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "50000000\n");
    r->fake.zones[0].range_uj = 50000000;
    r->fake.zones[0].energy_uj = 10e6;
    assert_status(r->ctx, try_open(r), ECOPT_OK);
    assert_status(r->ctx, ecopt_meter_begin(r->meter, NULL, &window), ECOPT_OK);
    run(r, 10);
    eco_fake_advance(&r->fake, 1.2);
    eco_meter_sample(r->meter);
    run(r, 10);
    assert_status(r->ctx, ecopt_meter_end(r->meter, window, (double)NAN, &r->energy), ECOPT_OK);
    assert_true(r->energy.flags & ECOPT_FLAG_AMBIGUOUS);
    assert_close(r->energy.energy_j, 320, 1e-4, 0);
    assert_true(r->energy.u95_j > 50);
    assert_close(r->energy.gap_s, 1.2, 1e-9, 0);
    stop(r);
}

/* --- A fork while a window is open ----------------------------------------------------------- */

/* The threaded meter on real files: children that run another program and children that merely
 * end must leave the parent's numbers and descriptors alone. */
static void test_fork_while_a_window_is_open(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    char path[400];
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    int n_fds = count_fds();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", RANGE, 1);
    options.sources = "rapl-powercap";
    options.system_root = fake.root;
    options.interval_s = 0.01;
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
    int n_open = count_fds();
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == 0) {
            if (i % 2 == 0)
                (void)execl("/bin/true", "true", (char *)NULL);
            _exit(0);
        }
        int status = 1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(count_fds(), n_open);
    }
    /* Longer than 41 periods of the counter; then a tenth of a joule more, which is possible even
     * in the shortest step, in the same file: held descriptors see it. */
    (void)snprintf(path, sizeof path, "%s/sys/class/powercap/intel-rapl:0/energy_uj", fake.root);
    (void)usleep(60000);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_true(fputs("5000100000\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    /* A reading of the thread just before the end is taken for an update next to it. */
    assert_close(e.energy_j, 0.1, 0, e.u95_j);
    assert_close(e.energy_j, 0.1, 1e-2, 0);
    assert_int_equal(e.flags & (ECOPT_FLAG_MISS | ECOPT_FLAG_RESET | ECOPT_FLAG_LOST), 0);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(count_fds(), n_fds);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fault_on_every_way),
        cmocka_unit_test(test_no_answer_at_the_start),
        cmocka_unit_test(test_stuck_while_the_machine_works),
        cmocka_unit_test(test_wraps_of_a_register),
        cmocka_unit_test(test_two_wraps_in_one_gap),
        cmocka_unit_test(test_fork_while_a_window_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
