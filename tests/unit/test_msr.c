/* RAPL by registers: units of each model, wraps, one CPU per package, never unasked. */
#include "support/fake_meter.h"
#include "support/fake_trees.h"

#include <errno.h>

static ecopt_energy e;
static eco_fake fake;
static ecopt_ctx *ctx;

static void set_up(void)
{
    ctx = eco_test_ctx();
    eco_fake_init(&fake);
}

/* A window of n steps on the server of fake_trees. */
static void measure(const char *sources, int n, double step_s)
{
    ecopt_window *window = NULL;
    /* The registers do not move while a wait sleeps. */
    ecopt_meter *meter = fake_meter_open_edges(ctx, &fake, sources, "free");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < n; i++) {
        eco_fake_msr_advance(&fake, step_s);
        if (i + 1 < n)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    fake_meter_close(ctx, &fake, meter);
}

static void test_each_package_is_read_once(void **state)
{
    (void)state;
    set_up();
    eco_fake_msr_server(&fake);
    measure("msr", 20, 0.1);
    assert_close(e.energy_j, 2 * (60 + 40 + 10 + 5), 1e-4, 0);
    assert_int_equal(e.n_sources, 5);
    assert_int_equal(e.flags, 0);
    assert_close(fake_meter_part(&e, "msr package-1")->energy_j, 80, 1e-4, 0);
    assert_close(fake_meter_part(&e, "msr psys")->energy_j, 260, 1e-4, 0);
    assert_false(fake_meter_part(&e, "msr psys")->is_counted);
}

static void test_the_registers_wrap(void **state)
{
    (void)state;
    set_up();
    eco_fake_msr_server(&fake);
    /* 294,967,296 counts are left: 18 kJ of the package, 4.5 kJ of dram. */
    measure("msr", 600, 1);
    assert_close(e.energy_j, 600 * 115, 1e-6, 0);
    assert_int_equal(e.flags & (ECOPT_FLAG_RESET | ECOPT_FLAG_GAP), 0);
}

static void test_never_unasked(void **state)
{
    (void)state;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    set_up();
    eco_fake_msr_server(&fake);
    fake.cpus = 4;
    eco_fake_file(&fake, "/proc/stat", "cpu  1 0 0 500 0 0 0 0 0 0\n");
    ecopt_meter *meter = fake_meter_open_edges(ctx, &fake, "auto", "free");
    fake_meter_window(ctx, meter, &fake, 5, 0.1, &e);
    for (size_t i = 0; i < e.n_sources; i++)
        assert_null(strstr(e.sources[i].name, "msr"));
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    /* Listed all the same. */
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    bool is_listed = false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].kind, "msr") == 0) {
            is_listed = true;
            assert_false(infos[i].is_used);
        }
    assert_true(is_listed);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

/* Joules that 2^20 counts of one register are on a processor, by the listing's unit. */
static double unit_of(const char *vendor, int family, int model, uint64_t unit_register,
                      const char *channel)
{
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    char text[256];
    size_t n = 0;
    double unit_j = (double)NAN;
    set_up();
    (void)snprintf(text, sizeof text,
                   "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %d\nmodel\t\t: %d\n"
                   "model name\t: model 7\n",
                   vendor, family, model);
    eco_fake_file(&fake, "/proc/cpuinfo", text);
    eco_fake_file(&fake, "/sys/devices/system/cpu/cpu0/topology/physical_package_id", "0\n");
    eco_fake_file(&fake, "/dev/cpu/0/msr", "");
    bool is_amd = strstr(vendor, "Intel") == NULL;
    eco_fake_msr(&fake, 0, is_amd ? 0xC0010299u : 0x606, unit_register);
    eco_fake_msr(&fake, 0, is_amd ? 0xC001029Bu : 0x611, 5000);
    eco_fake_msr(&fake, 0, 0x619, 5000);
    eco_fake_msr(&fake, 0, 0x64D, 5000);
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "msr";
    assert_status(ctx, eco_meter_describe_on(ctx, &options, &fake.io, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].name, channel) == 0) {
            unit_j = infos[i].unit_j;
            assert_close(infos[i].range_j, 4294967296.0 * unit_j, 1e-6, 0);
        }
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
    return unit_j;
}

static void test_units(void **state)
{
    (void)state;
    static const int fixed_dram[] = {0x3F, 0x4F, 0x56, 0x55, 0x6A, 0x6C, 0x57, 0x85};
    const char *intel = "GenuineIntel";
    const uint64_t esu14 = 0xA0E03;
    assert_close(unit_of(intel, 6, 158, esu14, "msr package-0"), 61.03515625e-6, 1e-12, 0);
    assert_close(unit_of(intel, 6, 158, esu14, "msr package-0 dram"), 61.03515625e-6, 1e-12, 0);
    for (size_t i = 0; i < ECO_LEN(fixed_dram); i++) {
        assert_close(unit_of(intel, 6, fixed_dram[i], esu14, "msr package-0 dram"),
                     15.2587890625e-6, 1e-12, 0);
        assert_close(unit_of(intel, 6, fixed_dram[i], esu14, "msr package-0"), 61.03515625e-6,
                     1e-12, 0);
    }
    /* Sapphire and Emerald Rapids: psys in joules, dram in the standard unit. */
    assert_close(unit_of(intel, 6, 0x8F, esu14, "msr psys"), 1, 1e-12, 0);
    assert_close(unit_of(intel, 6, 0xCF, esu14, "msr psys"), 1, 1e-12, 0);
    assert_close(unit_of(intel, 6, 0x8F, esu14, "msr package-0 dram"), 61.03515625e-6, 1e-12, 0);
    assert_close(unit_of(intel, 6, 158, esu14, "msr psys"), 61.03515625e-6, 1e-12, 0);
    /* Bay Trail counts up from a microjoule: 2^5 uJ. */
    assert_close(unit_of(intel, 6, 0x37, 0x505, "msr package-0"), 32e-6, 1e-12, 0);
    assert_close(unit_of("AuthenticAMD", 25, 1, 0xA1003, "msr package-0"), 15.2587890625e-6, 1e-12,
                 0);
    assert_close(unit_of("HygonGenuine", 24, 1, 0xA1003, "msr package-0"), 15.2587890625e-6, 1e-12,
                 0);
    /* Processors without these registers. */
    assert_true(isnan(unit_of("AuthenticAMD", 21, 2, 0xA1003, "msr package-0")));
    assert_true(isnan(unit_of(intel, 15, 4, esu14, "msr package-0")));
    assert_true(isnan(unit_of("CentaurHauls", 6, 15, esu14, "msr package-0")));
}

static void open_fails(ecopt_status expected, const char *hint)
{
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "msr";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter), expected);
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), hint));
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_what_is_missing(void **state)
{
    (void)state;
    static const int no_register[] = {-EIO, -EINVAL};
    set_up();
    open_fails(ECOPT_E_METER_NONE, "modprobe msr");
    set_up();
    eco_fake_msr_server(&fake);
    eco_fake_add_fault(&fake, "/msr", -EACCES, false, -1);
    open_fails(ECOPT_E_METER_PERM, "run ecopt as root");
    set_up();
    eco_fake_msr_server(&fake);
    eco_fake_add_fault(&fake, "/msr", -ENOENT, false, -1);
    open_fails(ECOPT_E_METER_NONE, "modprobe msr");
    for (size_t i = 0; i < ECO_LEN(no_register); i++) {
        set_up();
        eco_fake_msr_server(&fake);
        eco_fake_add_fault(&fake, "/msr", no_register[i], true, -1);
        open_fails(ECOPT_E_METER_NONE, "modprobe msr");
    }
}

static void test_an_offline_first_cpu(void **state)
{
    (void)state;
    char path[400];
    set_up();
    eco_fake_msr_server(&fake);
    (void)snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu0/topology/physical_package_id",
                   fake.root);
    assert_int_equal(remove(path), 0);
    measure("msr", 20, 0.1);
    assert_close(e.energy_j, 230, 1e-4, 0);
}

static void test_faults_in_the_middle(void **state)
{
    (void)state;
    static const int errors[] = {-EIO, -ENODEV, -ENXIO, -EACCES};
    for (size_t i = 0; i < ECO_LEN(errors); i++) {
        ecopt_window *window = NULL;
        set_up();
        eco_fake_msr_server(&fake);
        ecopt_meter *meter = fake_meter_open_edges(ctx, &fake, "msr", "free");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        for (int k = 0; k < 40; k++) {
            if (k == 20)
                eco_fake_add_fault(&fake, "/dev/cpu/2/msr", errors[i], true, 10);
            eco_fake_msr_advance(&fake, 0.1);
            if (k < 39)
                eco_meter_sample(meter);
        }
        assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
        assert_close(e.energy_j, 460, 1e-4, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        fake_meter_close(ctx, &fake, meter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_package_is_read_once),
        cmocka_unit_test(test_the_registers_wrap),
        cmocka_unit_test(test_never_unasked),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_an_offline_first_cpu),
        cmocka_unit_test(test_faults_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
