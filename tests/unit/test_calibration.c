#include "meter/calibration.h"
#include "support/eco_test.h"
#include "support/fake_meter.h"

#include <ecopt/calibrate.h>
#include <math.h>
#include <string.h>

#define HEAD "# ecopt-calibration 1\n"
#define BODY                                                              \
    "machine,unknown CPU  2 CPUs\ngovernor,\nmade,2026-11-23T00:00:00Z\n" \
    "source,measured-counter,0.9,1.1,rapl-perf package-0\n"               \
    "point,0.01,10,0.1,10\npoint,0.3,22,0.2,10\npoint,0.61,28,0.2,10\npoint,1,32,0.3,10\n"

static ecopt_status parse(ecopt_ctx *ctx, const char *text, eco_calibration *ret)
{
    return eco_calibration_parse(ctx, "curve", text, ret);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_calibration c, again;
    assert_status(ctx, parse(ctx, HEAD BODY, &c), ECOPT_OK);
    assert_int_equal(c.n_points, 4);
    assert_int_equal(c.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_string_equal(c.source, "rapl-perf package-0");
    eco_str text = ECO_STR_INIT(ctx);
    eco_calibration_format(&c, &text);
    assert_string_equal(eco_str_text(&text), HEAD BODY);
    assert_status(ctx, parse(ctx, eco_str_text(&text), &again), ECOPT_OK);
    assert_close(again.points[2].power_w, 28, 0, 1e-12);
    assert_int_equal(again.points[3].n, 10);
    eco_str_release(&text);
    ecopt_ctx_free(ctx);
}

/* The larger of two uncertainties, each known by hand, and nothing of the other. */
static void test_scatter_or_the_meter(void **state)
{
    (void)state;
    static const double steady_w[] = {30, 30, 30, 30}, noisy_w[] = {28, 32, 28, 32};
    static const double sure_w[] = {0.1, 0.1, 0.1, 0.1}, unsure_w[] = {3, 5, 3, 5};
    eco_calibration_point p = {.load = 0.5};
    /* Equal windows: only the meter's own, over the root of their number. */
    eco_calibration_mean(steady_w, sure_w, 4, &p);
    assert_close(p.power_w, 30, 1e-12, 0);
    assert_close(p.u_w, 0.05, 1e-12, 0);
    assert_close(p.load, 0.5, 0, 0);
    assert_int_equal(p.n, 4);
    /* Windows that scatter with s = sqrt(16 / 3) under a sure meter. */
    eco_calibration_mean(noisy_w, sure_w, 4, &p);
    assert_close(p.power_w, 30, 1e-12, 0);
    assert_close(p.u_w, sqrt(16.0 / 3) / 2, 1e-12, 0);
    /* The same under a meter that is worse: sqrt((9 + 25 + 9 + 25) / 4) / sqrt 4. */
    eco_calibration_mean(noisy_w, unsure_w, 4, &p);
    assert_close(p.u_w, sqrt(17.0) / 2, 1e-12, 0);
    /* A small scatter on a large power. */
    static const double fine_w[] = {1e6, 1e6 + 1e-3, 1e6, 1e6 + 1e-3}, none_w[4] = {0};
    eco_calibration_mean(fine_w, none_w, 4, &p);
    assert_close(p.u_w, sqrt(1e-6 / 3) / 2, 1e-6, 0);
}

static void test_power_between_the_points(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_calibration c;
    double u_w;
    assert_status(ctx, parse(ctx, HEAD BODY, &c), ECOPT_OK);
    assert_close(eco_calibration_power(&c, 0, &u_w), 10, 0, 1e-12);
    assert_close(u_w, 0.1, 0, 1e-12);
    assert_close(eco_calibration_power(&c, 0.3, NULL), 22, 0, 1e-12);
    assert_close(eco_calibration_power(&c, 0.155, &u_w), 16, 0, 1e-12);
    assert_close(u_w, hypot(0.05, 0.1), 0, 1e-12);
    assert_close(eco_calibration_power(&c, 0.805, NULL), 30, 0, 1e-12);
    assert_close(eco_calibration_power(&c, 2, NULL), 32, 0, 1e-12);
    assert_close(eco_calibration_chord(&c, 0.505), 21, 0, 1e-12);
    ecopt_ctx_free(ctx);
}

static void test_files_that_are_no_calibration(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1: does not begin with '# ecopt-calibration 1'"},
        {HEAD "nonsense,1\n", "line 2: does not begin with machine"},
        {HEAD "point,0,10\n", "line 2: not a point"},
        {HEAD "point,0,nan,1,1\n", "line 2: not a point"},
        {HEAD "point,0,10,1,1\npoint,0,12,1,1\n", "line 3: points must rise"},
        {HEAD "point,0.7,10,1,1\n", "line 2: points must rise"},
        {HEAD "source,measured-counter,2,1,x\n", "line 2: not a source"},
        {HEAD "source,modelled-generic,1,1,x\n", "line 2: a calibration must be made with a meter"},
        {HEAD "machine,x\npoint,0,10,1,1\npoint,1,12,1,1\n", "line 5: ends without"},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    eco_calibration c = {.n_points = 77};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        assert_status(ctx, parse(ctx, cases[i].text, &c), ECOPT_E_PARSE);
        if (!strstr(ecopt_ctx_errmsg(ctx), cases[i].message))
            fail_msg("case %zu: %s", i, ecopt_ctx_errmsg(ctx));
    }
    char many[2048] = HEAD;
    for (int i = 0; i < 17; i++)
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), "point,%g,1,1,1\n",
                       i / 20.0);
    assert_status(ctx, parse(ctx, many, &c), ECOPT_E_PARSE);
    memset(many, 'x', 400);
    memcpy(many, HEAD, strlen(HEAD));
    many[400] = '\0';
    assert_status(ctx, parse(ctx, many, &c), ECOPT_E_PARSE);
    assert_int_equal(c.n_points, 77);
    ecopt_ctx_free(ctx);
}

/* A window on a machine with that calibration; cpu_s NaN: from /proc/stat alone. */
static void measure(const char *text, double load, double cpu_s, ecopt_energy *ret)
{
    static eco_fake fake;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    eco_fake_file(&fake, "/etc/ecopt/calibration", text);
    fake.load = load;
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "auto");
    ecopt_window *window = NULL;
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 40; i++) {
        eco_fake_advance(&fake, 0.1);
        eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, cpu_s, ret), ECOPT_OK);
    fake_meter_close(ctx, &fake, meter);
}

static void test_energy_of_a_window(void **state)
{
    (void)state;
    ecopt_energy e;
    /* One of two CPUs busy for 4 s, by the command or as /proc/stat saw it: load 0.5. */
    double power_w = 22 + (0.5 - 0.3) / 0.31 * 6, chord_w = 10 + 0.49 / 0.99 * 22;
    measure(HEAD BODY, 1, 4, &e);
    assert_int_equal(e.quality, ECOPT_QUALITY_MODELLED_CALIBRATED);
    assert_close(e.energy_j, 4 * power_w, 0, 0.01);
    assert_true(e.u95_j > 0.95 * 4 * (power_w - chord_w) &&
                e.u95_j < 1.2 * 4 * (power_w - chord_w));
    assert_close(e.gain_lo, 0.9 * 0.76, 0, 1e-9);
    assert_close(e.gain_hi, 1.1 * 1.24, 0, 1e-9);
    assert_int_equal(e.flags & ECOPT_FLAG_GAP, 0);
    measure(HEAD BODY, 1, (double)NAN, &e);
    assert_int_equal(e.quality, ECOPT_QUALITY_MODELLED_CALIBRATED);
    assert_close(e.energy_j, 4 * power_w, 0, 0.02 * 4 * power_w);
    /* Work of others is in it, as it would be in the meter's. */
    measure(HEAD BODY, 1, 2, &e);
    assert_close(e.energy_j, 4 * power_w, 0, 0.02 * 4 * power_w);
    /* Idle. */
    measure(HEAD BODY, 0, 0, &e);
    assert_close(e.energy_j, 40, 0, 0.01);
}

/* Not of this machine, or broken: the generic model, and the listing says why. */
static void test_what_is_not_used_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text, *reason;
    } cases[] = {
        {"/etc/ecopt/calibration", HEAD "machine,other\n" BODY, NULL},
        {"/etc/ecopt/calibration", "junk", "does not begin"},
        {"/elsewhere", HEAD BODY, "has not been calibrated"},
        {"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n", "not been"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        static eco_fake fake;
        ecopt_ctx *ctx = eco_test_ctx();
        eco_fake_init(&fake);
        eco_fake_guest(&fake);
        eco_fake_file(&fake, cases[i].path, cases[i].text);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "auto");
        size_t n;
        const ecopt_source_info *infos = ecopt_meter_infos(meter, &n);
        bool is_said = !cases[i].reason;
        for (size_t k = 0; k < n && cases[i].reason; k++)
            is_said = is_said || (strcmp(infos[k].kind, "calibrated") == 0 &&
                                  strstr(infos[k].reason, cases[i].reason));
        assert_true(is_said);
        assert_int_equal(ecopt_meter_quality(meter), i == 0 ? ECOPT_QUALITY_MODELLED_CALIBRATED
                                                            : ECOPT_QUALITY_MODELLED_GENERIC);
        fake_meter_close(ctx, &fake, meter);
    }
}

static void test_governor_must_be_the_same(void **state)
{
    (void)state;
    static eco_fake fake;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    eco_fake_file(&fake, "/etc/ecopt/calibration", HEAD BODY);
    eco_fake_file(&fake, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "auto");
    assert_int_equal(ecopt_meter_quality(meter), ECOPT_QUALITY_MODELLED_GENERIC);
    fake_meter_close(ctx, &fake, meter);
}

static void test_calibration_needs_a_meter(void **state)
{
    (void)state;
    static eco_fake fake;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    ecopt_meter_options meter = ECOPT_METER_OPTIONS_INIT;
    meter.system_root = fake.root;
    meter.require = "modelled-generic"; /* is not enough */
    ecopt_calibrate_options options = ECOPT_CALIBRATE_OPTIONS_INIT;
    options.meter = &meter;
    assert_status(ctx, ecopt_calibrate(ctx, NULL), ECOPT_E_ARG);
    assert_status(ctx, ecopt_calibrate(ctx, &options), ECOPT_E_ARG);
    options.path = "unused";
    options.time_s = 0.5;
    assert_status(ctx, ecopt_calibrate(ctx, &options), ECOPT_E_RANGE);
    options.time_s = 1;
    assert_status(ctx, ecopt_calibrate(ctx, &options), ECOPT_E_METER_REQUIRE);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_scatter_or_the_meter),
        cmocka_unit_test(test_power_between_the_points),
        cmocka_unit_test(test_files_that_are_no_calibration),
        cmocka_unit_test(test_energy_of_a_window),
        cmocka_unit_test(test_what_is_not_used_is_said),
        cmocka_unit_test(test_governor_must_be_the_same),
        cmocka_unit_test(test_calibration_needs_a_meter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
