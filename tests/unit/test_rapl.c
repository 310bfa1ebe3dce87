/* Finding RAPL on machines of different shapes, and what to say where it cannot be read. */
#include "support/fake_meter.h"

#include <errno.h>

/* What a shell makes of the "echo ... > FILE" between two marks of a remedy: quotes that are lost
 * on the way would give a rule that does nothing. */
static void check_shell_line(const char *remedy, const char *from, const char *to,
                             const char *expected)
{
    char command[512], got[512] = "";
    const char *start = strstr(remedy, from);
    assert_non_null(start);
    start += strlen(from);
    const char *end = strstr(start, to);
    assert_non_null(end);
    (void)snprintf(command, sizeof command, "%.*s", (int)(end - start), start);
    char *file = strstr(command, " > /etc/");
    assert_non_null(file);
    *file = '\0';
    FILE *shell = popen(command, "r");
    assert_non_null(shell);
    assert_true(fread(got, 1, sizeof got - 1, shell) > 0);
    assert_int_equal(pclose(shell), 0);
    assert_string_equal(got, expected);
}

static void test_laptop_counts_the_package_once(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    ecopt_meter *meter = fake_meter_open_edges(ctx, &fake, "auto", "free");
    fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
    /* Package only: psys contains it, core and uncore are inside it, MMIO repeats it. */
    assert_close(e.energy_j, 20, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_close(e.time_s, 2, 1e-9, 0);
    assert_close(e.coverage_ratio, 1, 0, 0);
    assert_int_equal(e.flags, 0);
    assert_int_equal(e.n_sources, 4);
    assert_true(fake_meter_part(&e, "rapl-powercap package-0")->is_counted);
    assert_false(fake_meter_part(&e, "rapl-powercap psys")->is_counted);
    assert_close(fake_meter_part(&e, "rapl-powercap psys")->energy_j, 24, 1e-6, 0);
    assert_close(fake_meter_part(&e, "rapl-powercap package-0 core")->energy_j, 12, 1e-6, 0);
    assert_false(fake_meter_part(&e, "rapl-powercap package-0 uncore")->is_counted);
    /* One period at the limit of 150 W, and one unit of 61 uJ. */
    assert_close(e.u95_j, hypot(0.95 * 150 * 0.001, 61.035e-6), 1e-6, 0);
    assert_close(e.gain_lo, 0.90, 1e-12, 0);
    fake_meter_close(ctx, &fake, meter);
}

static void test_server_adds_packages_and_dram(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_server(&fake);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    fake_meter_window(ctx, meter, &fake, 30, 0.1, &e);
    assert_close(e.energy_j, 3 * (80 + 8 + 70 + 7), 1e-6, 0);
    assert_close(fake_meter_part(&e, "rapl-powercap package-1 dram")->energy_j, 21, 1e-6, 0);
    assert_close(e.gain_hi, (150 * 1.10 + 15 * 1.25) / 165, 1e-6, 0);
    fake_meter_close(ctx, &fake, meter);
}

static void add_server_events(eco_fake *fake)
{
    eco_fake_add_pmu(fake, "0,18\n");
    eco_fake_add_event(fake, "energy-pkg", 2, 0, 80);
    eco_fake_add_event(fake, "energy-pkg", 2, 18, 70);
    eco_fake_add_event(fake, "energy-ram", 3, 0, 8);
    eco_fake_add_event(fake, "energy-ram", 3, 18, 7);
}

static void test_perf_is_preferred_and_powercap_checks_it(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_server(&fake);
    add_server_events(&fake);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "auto");
    fake_meter_window(ctx, meter, &fake, 30, 0.1, &e);
    assert_close(e.energy_j, 495, 1e-6, 0);
    assert_int_equal(e.n_sources, 8);
    assert_true(fake_meter_part(&e, "rapl-perf package-1")->is_counted);
    assert_false(fake_meter_part(&e, "rapl-powercap package-1")->is_counted);
    assert_int_equal(e.flags, 0);
    /* The two ways now differ by a tenth: the band covers both. */
    fake.zones[0].power_w = 100;
    fake_meter_window(ctx, meter, &fake, 30, 0.1, &e);
    assert_close(e.energy_j, 495, 1e-6, 0);
    assert_true(e.flags & ECOPT_FLAG_DISAGREE);
    assert_close(fake_meter_part(&e, "rapl-perf package-0")->gain_hi, 1.25, 1e-3, 0);
    fake_meter_close(ctx, &fake, meter);
}

static void test_guest_with_an_empty_pmu_uses_the_model(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    assert_string_equal(infos[0].kind, "rapl-perf");
    assert_false(infos[0].is_found);
    assert_non_null(strstr(infos[0].reason, "no usable energy event"));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(infos[i].is_used, strcmp(infos[i].kind, "model") == 0);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, NULL);
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e);
    assert_int_equal(e.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_true(e.energy_j > 0);
    fake_meter_close(ctx, &fake, meter);
}

static void test_root_only_files_are_named_with_their_remedy(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    ecopt_meter *meter = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    eco_fake_guest(&fake);
    eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
    fake.perf_error = -EACCES;
    eco_fake_add_fault(&fake, "energy_uj", -EACCES, false, -1);
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    assert_true(infos[0].is_found && !infos[0].is_readable);
    assert_non_null(strstr(infos[0].remedy, "sysctl kernel.perf_event_paranoid=0"));
    assert_true(infos[1].is_found && !infos[1].is_readable);
    assert_non_null(strstr(infos[1].remedy, "/etc/udev/rules.d/"));
    check_shell_line(infos[0].remedy, "(to keep it: ", ")", "kernel.perf_event_paranoid = 0\n");
    check_shell_line(infos[1].remedy, "as root: ", " && ",
                     "SUBSYSTEM==\"powercap\", TEST==\"energy_uj\", "
                     "RUN+=\"/bin/chmod a+r /sys%p/energy_uj\"\n");
    assert_non_null(strstr(infos[1].reason, "Permission denied"));
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_PERM);
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), "udev"));
    options.sources = "auto";
    options.require = "measured";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_REQUIRE);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "'modelled-generic'"));
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), "sysctl"));
    assert_null(meter);
    /* Without the requirement the model steps in. */
    meter = fake_meter_open(ctx, &fake, "auto");
    assert_int_equal(ecopt_meter_quality(meter), ECOPT_QUALITY_MODELLED_GENERIC);
    fake_meter_close(ctx, &fake, meter);
}

static void test_absent_kinds_cannot_be_named(void **state)
{
    (void)state;
    static eco_fake fake;
    ecopt_meter *meter = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-perf";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), "modprobe"));
    options.sources = "rapl-powercap";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_NONE);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_mirrored_dies_are_counted_once(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0-die-0", 65532610987u, 68);
    eco_fake_add_zone(&fake, "intel-rapl:1", "package-0-die-1", 65532610987u, 68);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e);
    assert_close(e.energy_j, 68, 1e-6, 0);
    assert_true(fake_meter_part(&e, "rapl-powercap package-0-die-1")->flags & ECOPT_FLAG_MIRROR);
    fake_meter_close(ctx, &fake, meter);
}

static void test_distinct_dies_are_added(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0-die-0", 65532610987u, 68);
    eco_fake_add_zone(&fake, "intel-rapl:1", "package-0-die-1", 65532610987u, 41);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e);
    assert_close(e.energy_j, 109, 1e-6, 0);
    fake_meter_close(ctx, &fake, meter);
}

static void test_mmio_alone_is_better_than_nothing(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl-mmio:0", "package-0", 262143328850u, 10);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e);
    assert_close(e.energy_j, 10, 1e-6, 0);
    fake_meter_close(ctx, &fake, meter);
}

static void test_malformed_numbers_are_failed_readings(void **state)
{
    (void)state;
    static eco_fake fake;
    static const char *const garbage[] = {
        "", "\n", "-5\n", "12x\n", "0x10\n", "99999999999999999999999\n", "1.5\n", "nan\n"};
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap";
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 10);
    for (size_t i = 0; i < ECO_LEN(garbage); i++) {
        eco_fake_file(&fake, "/sys/class/powercap/intel-rapl:0/energy_uj", garbage[i]);
        assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                      ECOPT_E_METER_NONE);
        assert_int_equal(fake.n_open, 0);
    }
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_malformed_pmu_files_are_no_events(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
    } cases[] = {
        {"type", "seventeen\n"},
        {"type", "99999999999\n"},
        {"cpumask", "\n"},
        {"cpumask", "all\n"},
        {"cpumask", "0;1\n"},
        {"events/energy-pkg", "config=2\n"},
        {"events/energy-pkg", "event=zz\n"},
        {"events/energy-pkg.unit", "Watts\n"},
        {"events/energy-pkg.scale", "-1\n"},
        {"events/energy-pkg.scale", "\n"},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-perf";
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        static eco_fake fake;
        char path[128];
        ecopt_meter *meter = NULL;
        eco_fake_init(&fake);
        eco_fake_add_pmu(&fake, "0\n");
        eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
        (void)snprintf(path, sizeof path, "/sys/bus/event_source/devices/power/%s", cases[i].file);
        eco_fake_file(&fake, path, cases[i].text);
        assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                      ECOPT_E_METER_NONE);
        eco_fake_release(&fake);
    }
    ecopt_ctx_free(ctx);
}

static void test_perf_count_below_zero_is_a_reset(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_pmu(&fake, "0-1\n");
    eco_fake_event *event = eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
    eco_fake_add_event(&fake, "energy-psys", 5, 0, 15);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-perf");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(&fake, 1);
    eco_meter_sample(meter);
    event->is_negative = true;
    eco_fake_advance(&fake, 0.1);
    eco_meter_sample(meter);
    event->is_negative = false;
    event->base_j = event->energy_j;
    eco_fake_advance(&fake, 0.9);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 20, 1e-6, 0);
    assert_true(e.flags & ECOPT_FLAG_RESET);
    assert_close(e.gap_s, 0.1, 1e-9, 0); /* known again from the next reading on */
    assert_close(fake_meter_part(&e, "rapl-perf psys")->energy_j, 30, 1e-6, 0);
    assert_false(fake_meter_part(&e, "rapl-perf psys")->is_counted);
    fake_meter_close(ctx, &fake, meter);
}

static void test_offline_cpu_ends_its_event(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_pmu(&fake, "0\n");
    eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-perf");
    eco_fake_add_fault(&fake, "perf-event", -ENODATA, true, -1);
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e);
    assert_true(isnan(e.energy_j));
    fake_meter_close(ctx, &fake, meter);
}

static void add_cpuinfo(eco_fake *fake, const char *vendor, int family, int model)
{
    char text[160];
    (void)snprintf(text, sizeof text,
                   "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %d\nmodel\t\t: %d\n", vendor,
                   family, model);
    eco_fake_file(fake, "/proc/cpuinfo", text);
}

/* Each kind of counter wraps one of its own units after its largest value. */
static void test_wrap_at_each_unit(void **state)
{
    (void)state;
    static const struct {
        uint64_t range_uj;
        double unit_j;
    } cases[] = {{262143328850u, 61.03515625e-6},
                 {65532610987u, 15.258e-6},
                 {65712999613u, 15.3e-6},
                 {UINT64_C(4294967295000000), 1}};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        static eco_fake fake;
        static ecopt_energy e;
        ecopt_ctx *ctx = eco_test_ctx();
        size_t n = 0;
        eco_fake_init(&fake);
        eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", cases[i].range_uj, 2);
        fake.zones[0].energy_uj = (double)cases[i].range_uj - 1e6;
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
        fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
        /* To the microjoule: one unit of the wrong kind would show. */
        assert_close(e.energy_j, 4, 0, i < 3 ? 3e-6 : 1e-3);
        assert_int_equal(e.flags, 0);
        const ecopt_source_info *info = ecopt_meter_infos(meter, &n);
        assert_close(info[0].unit_j, cases[i].unit_j, 1e-4, 0);
        fake_meter_close(ctx, &fake, meter);
    }
}

static void test_amd_has_no_events_but_the_package(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    add_cpuinfo(&fake, "AuthenticAMD", 25, 1);
    eco_fake_add_pmu(&fake, "0\n");
    eco_fake_add_event(&fake, "energy-pkg", 2, 0, 80);
    eco_fake_add_event(&fake, "energy-ram", 3, 0, 8);
    eco_fake_add_event(&fake, "energy-cores", 1, 0, 0);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-perf");
    fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
    assert_close(e.energy_j, 160, 1e-6, 0);
    assert_int_equal(e.n_sources, 1);
    fake_meter_close(ctx, &fake, meter);
}

static void test_dram_of_sapphire_rapids_on_older_kernels(void **state)
{
    (void)state;
    static const struct {
        int model;
        uint64_t range_uj;
        double gain_hi;
    } cases[] = {{0x8F, 65712999613u, 5.0},
                 {0xCF, 65712999613u, 5.0},
                 {0x8F, 262143328850u, 1.25},
                 {0x55, 65712999613u, 1.25}};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        static eco_fake fake;
        static ecopt_energy e;
        ecopt_ctx *ctx = eco_test_ctx();
        eco_fake_init(&fake);
        add_cpuinfo(&fake, "GenuineIntel", 6, cases[i].model);
        eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 80);
        eco_fake_add_zone(&fake, "intel-rapl:0:0", "dram", cases[i].range_uj, 8);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
        fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
        assert_close(e.energy_j, 176, 1e-6, 0);
        assert_close(fake_meter_part(&e, "rapl-powercap package-0 dram")->gain_hi, cases[i].gain_hi,
                     1e-9, 0);
        fake_meter_close(ctx, &fake, meter);
    }
}

/* powercap rounds the unit of dram on servers up to 15.3 uJ: 0.27 % more than perf, no dispute. */
static void test_rounded_unit_of_dram_is_no_disagreement(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_pmu(&fake, "0\n");
    eco_fake_add_event(&fake, "energy-pkg", 2, 0, 80);
    eco_fake_add_event(&fake, "energy-ram", 3, 0, 8);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 80);
    eco_fake_add_zone(&fake, "intel-rapl:0:0", "dram", 65712999613u, 8 * 1.0027);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "auto");
    fake_meter_window(ctx, meter, &fake, 600, 0.1, &e);
    assert_close(e.energy_j, 60 * 88, 1e-6, 0);
    assert_int_equal(e.flags & ECOPT_FLAG_DISAGREE, 0);
    fake_meter_close(ctx, &fake, meter);
}

/* psys is of the board: valid on the first socket only, whatever the second one shows. */
static void test_psys_is_read_on_the_first_socket(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_pmu(&fake, "0,18\n");
    eco_fake_file(&fake, "/sys/devices/system/cpu/cpu0/topology/physical_package_id", "0\n");
    eco_fake_file(&fake, "/sys/devices/system/cpu/cpu18/topology/physical_package_id", "1\n");
    for (int cpu = 0; cpu <= 18; cpu += 18) {
        eco_fake_add_event(&fake, "energy-pkg", 2, cpu, cpu == 0 ? 80 : 70);
        eco_fake_add_event(&fake, "energy-psys", 5, cpu, cpu == 0 ? 250 : 9);
    }
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-perf");
    fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
    assert_int_equal(e.n_sources, 3);
    assert_close(fake_meter_part(&e, "rapl-perf psys")->energy_j, 500, 1e-6, 0);
    assert_close(e.energy_j, 300, 1e-6, 0);
    fake_meter_close(ctx, &fake, meter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_laptop_counts_the_package_once),
        cmocka_unit_test(test_server_adds_packages_and_dram),
        cmocka_unit_test(test_perf_is_preferred_and_powercap_checks_it),
        cmocka_unit_test(test_guest_with_an_empty_pmu_uses_the_model),
        cmocka_unit_test(test_root_only_files_are_named_with_their_remedy),
        cmocka_unit_test(test_absent_kinds_cannot_be_named),
        cmocka_unit_test(test_mirrored_dies_are_counted_once),
        cmocka_unit_test(test_distinct_dies_are_added),
        cmocka_unit_test(test_mmio_alone_is_better_than_nothing),
        cmocka_unit_test(test_malformed_numbers_are_failed_readings),
        cmocka_unit_test(test_malformed_pmu_files_are_no_events),
        cmocka_unit_test(test_perf_count_below_zero_is_a_reset),
        cmocka_unit_test(test_offline_cpu_ends_its_event),
        cmocka_unit_test(test_wrap_at_each_unit),
        cmocka_unit_test(test_amd_has_no_events_but_the_package),
        cmocka_unit_test(test_dram_of_sapphire_rapids_on_older_kernels),
        cmocka_unit_test(test_rounded_unit_of_dram_is_no_disagreement),
        cmocka_unit_test(test_psys_is_read_on_the_first_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
