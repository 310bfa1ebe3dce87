/* Whole machines with several kinds of sources: the total of "auto", what it is called, and the
 * listing of ecopt doctor. */
#include "support/fake_meter.h"
#include "support/fake_trees.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RANGE_AMD 65532610987u

static void dual_die(eco_fake *fake)
{
    eco_fake_add_zone(fake, "intel-rapl:0", "package-0-die-0", RANGE_AMD, 68);
    eco_fake_add_zone(fake, "intel-rapl:1", "package-0-die-1", RANGE_AMD, 68);
}

static void dgpu_workstation(eco_fake *fake)
{
    eco_fake_server(fake);
    eco_fake_amd_card(fake, 3, "0000:03:00.0", 220);
    eco_fake_hwmon(fake, 4, "xe", "0000:83:00.0");
    eco_fake_hwmon_live(fake, 4, "energy1_input", 1e9, 110e6);
    eco_fake_hwmon_live(fake, 4, "energy2_input", 1e9, 90e6);
    eco_fake_dcmi(fake);
}

static void laptop_on_battery(eco_fake *fake)
{
    eco_fake_laptop(fake);
    eco_fake_battery(fake);
}

static void laptop_charging(eco_fake *fake)
{
    eco_fake_guest(fake);
    eco_fake_battery(fake);
    eco_fake_plug(fake, true);
}

static void locked_laptop_on_battery(eco_fake *fake)
{
    laptop_on_battery(fake);
    eco_fake_guest(fake);
    eco_fake_add_fault(fake, "energy_uj", -EACCES, false, -1);
}

static void arm_server(eco_fake *fake)
{
    eco_fake_guest(fake);
    eco_fake_dcmi(fake);
    eco_fake_hwmon(fake, 0, "power_meter", "ACPI000D:00");
    eco_fake_hwmon_live(fake, 0, "device/power1_average", 349e6, 0);
}

typedef struct machine {
    const char *name;
    void (*build)(eco_fake *fake);
    double power_w; /* of the total; 0 = modelled */
    ecopt_quality quality;
    const char *counted[6], *beside[6]; /* names in the listing */
} machine;

static const machine MACHINES[] = {
    {"laptop",
     eco_fake_laptop,
     10,
     ECOPT_QUALITY_MEASURED_COUNTER,
     {"rapl-powercap package-0"},
     {"rapl-powercap psys", "rapl-powercap package-0 core", "rapl-powercap package-0 uncore"}},
    {"two sockets",
     eco_fake_server,
     165,
     ECOPT_QUALITY_MEASURED_COUNTER,
     {"rapl-powercap package-0", "rapl-powercap package-0 dram", "rapl-powercap package-1",
      "rapl-powercap package-1 dram"},
     {NULL}},
    {"two dies, one counter",
     dual_die,
     68,
     ECOPT_QUALITY_MEASURED_COUNTER,
     {"rapl-powercap package-0-die-0"},
     {"rapl-powercap package-0-die-1"}},
    {"graphics inside",
     eco_fake_apu,
     25,
     ECOPT_QUALITY_MEASURED_COUNTER,
     {"rapl-powercap package-0"},
     {"rapl-powercap package-0 core", "hwmon apu 0000:e4:00.0"}},
    {"cards and a controller",
     dgpu_workstation,
     165 + 220 + 110,
     ECOPT_QUALITY_MEASURED_SAMPLED,
     {"rapl-powercap package-0", "hwmon gpu 0000:03:00.0", "hwmon gpu 0000:83:00.0"},
     {"hwmon gpu 0000:83:00.0 package", "dcmi board"}},
    {"Jetson",
     eco_fake_orin_nx,
     15,
     ECOPT_QUALITY_MEASURED_SAMPLED,
     {"jetson module"},
     {"jetson module VDD_SOC"}},
    {"battery beside a package",
     laptop_on_battery,
     10,
     ECOPT_QUALITY_MEASURED_COUNTER,
     {"rapl-powercap package-0"},
     {"battery BAT0"}},
    {"battery instead of a locked package",
     locked_laptop_on_battery,
     12,
     ECOPT_QUALITY_MEASURED_WALL,
     {"battery BAT0"},
     {NULL}},
    {"charging", laptop_charging, 0, ECOPT_QUALITY_MODELLED_GENERIC, {"model cpu"}, {"battery"}},
    {"cloud guest",
     eco_fake_guest,
     0,
     ECOPT_QUALITY_MODELLED_GENERIC,
     {"model cpu"},
     {"rapl-perf", "rapl-powercap", "hwmon", "jetson", "cray", "dcmi"}},
    {"Cray",
     eco_fake_cray,
     600,
     ECOPT_QUALITY_MEASURED_WALL,
     {"cray board"},
     {"cray board cpu", "cray board accel0"}},
    {"Grace",
     eco_fake_grace,
     300,
     ECOPT_QUALITY_MEASURED_SAMPLED,
     {"hwmon package-0"},
     {"hwmon module-0", "hwmon package-0 core"}},
    {"ARM server", arm_server, 349, ECOPT_QUALITY_MEASURED_WALL, {"hwmon board"}, {"dcmi board"}},
};

static const ecopt_source_info *find_info(const ecopt_source_info *infos, size_t n,
                                          const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].name, name) == 0)
            return &infos[i];
    print_error("'%s' is not listed\n", name);
    assert_true(false);
    return &infos[0];
}

static void check_listing(ecopt_ctx *ctx, const eco_fake *fake, const machine *m)
{
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake->io, infos, &n), ECOPT_OK);
    assert_true(n <= ECOPT_SOURCE_INFO_MAX);
    for (size_t i = 0; i < ECO_LEN(m->counted) && m->counted[i]; i++)
        assert_true(find_info(infos, n, m->counted[i])->is_used);
    for (size_t i = 0; i < ECO_LEN(m->beside) && m->beside[i]; i++)
        assert_false(find_info(infos, n, m->beside[i])->is_used);
    /* Each line says why, and each kind that cannot be read what would help. */
    for (size_t i = 0; i < n; i++) {
        assert_true(strlen(infos[i].reason) > 0);
        assert_true(infos[i].is_readable || strlen(infos[i].remedy) > 0 ||
                    strcmp(infos[i].kind, "replay") == 0);
        assert_true(strlen(infos[i].remedy) < sizeof infos[i].remedy - 1);
    }
}

static void test_totals_and_listings(void **state)
{
    (void)state;
    for (size_t i = 0; i < ECO_LEN(MACHINES); i++) {
        static eco_fake fake;
        static ecopt_energy e;
        const machine *m = &MACHINES[i];
        ecopt_ctx *ctx = eco_test_ctx();
        eco_fake_init(&fake);
        m->build(&fake);
        check_listing(ctx, &fake, m);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "auto");
        fake_meter_window(ctx, meter, &fake, 100, 0.5, &e);
        if (m->power_w > 0 && !(fabs(e.energy_j - 50 * m->power_w) < 1e-3 * e.energy_j))
            print_error("%s: %g W\n", m->name, e.energy_j / 50);
        if (m->power_w > 0)
            assert_close(e.energy_j, 50 * m->power_w, 1e-4, 0);
        assert_true(e.energy_j > 0);
        assert_int_equal(e.quality, m->quality);
        fake_meter_close(ctx, &fake, meter);
    }
}

/* A card more never makes the total smaller, and a source less never larger. */
static void test_a_lost_source_never_raises_the_total(void **state)
{
    (void)state;
    static const char *const parts[] = {"power1_average", "hwmon4/energy1_input",
                                        "intel-rapl:0/energy_uj", "hwmon4/energy2_input"};
    for (size_t i = 0; i < ECO_LEN(parts); i++) {
        static eco_fake fake;
        static ecopt_energy e;
        ecopt_ctx *ctx = eco_test_ctx();
        eco_fake_init(&fake);
        dgpu_workstation(&fake);
        eco_fake_add_fault(&fake, parts[i], -ENOENT, false, -1);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap,hwmon");
        fake_meter_window(ctx, meter, &fake, 20, 0.5, &e);
        assert_true(e.energy_j <= 10 * (165 + 220 + 110) * (1 + 1e-9));
        fake_meter_close(ctx, &fake, meter);
    }
}

/* The real functions on a tree with the kernel's modes, as a user who may not read it. Exit status:
 * 0 when all is as it should be. */
static int describe_as_nobody(const char *root)
{
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    ecopt_ctx *ctx = NULL;
    size_t n = 0;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.system_root = root;
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 2;
    if (ecopt_ctx_new(NULL, &ctx) != ECOPT_OK ||
        ecopt_meter_describe(ctx, &options, infos, &n) != ECOPT_OK)
        return 3;
    int status = 4;
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].kind, "rapl-powercap") == 0)
            status = infos[i].is_found && !infos[i].is_readable &&
                             strstr(infos[i].remedy, "/etc/udev/rules.d/")
                         ? 0
                         : 5;
    ecopt_ctx_free(ctx);
    return status;
}

static void test_root_only_files_for_a_user(void **state)
{
    (void)state;
    static const char *const zones[] = {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl:0:1",
                                        "intel-rapl:1", "intel-rapl-mmio:0"};
    static eco_fake fake;
    char path[400];
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    assert_int_equal(chmod(fake.root, 0755), 0);
    for (size_t i = 0; i < ECO_LEN(zones); i++) {
        (void)snprintf(path, sizeof path, "%s/sys/class/powercap/%s/energy_uj", fake.root,
                       zones[i]);
        /* The owner may read 0400: who is not root is the owner here. */
        assert_int_equal(chmod(path, geteuid() == 0 ? 0400 : 0), 0);
    }
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(describe_as_nobody(fake.root));
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    eco_fake_release(&fake);
}

static size_t n_descriptors(void)
{
    char names[64][32];
    eco_io io = eco_io_system("");
    return (size_t)eco_io_list(&io, "/proc/self/fd", names, 64);
}

/* The real functions and threads on files that stand still: no race, no descriptor left, none in a
 * child. */
static void test_a_thread_reads_files_of_all_kinds(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    eco_fake_init(&fake);
    eco_fake_orin_nx(&fake);
    eco_fake_battery(&fake);
    eco_fake_cray(&fake);
    eco_fake_amd_card(&fake, 6, "0000:03:00.0", 120);
    size_t n_before = n_descriptors();
    options.sources = "hwmon,jetson,battery,cray";
    options.system_root = fake.root;
    options.interval_s = 0.01;
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    eco_io_system("").sleep(NULL, 0.3);
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    const ecopt_source_energy *module = fake_meter_part(&e, "jetson module");
    assert_close(module->energy_j, 15 * e.time_s, 0.01, 0);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(n_descriptors(), n_before);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totals_and_listings),
        cmocka_unit_test(test_a_lost_source_never_raises_the_total),
        cmocka_unit_test(test_root_only_files_for_a_user),
        cmocka_unit_test(test_a_thread_reads_files_of_all_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
