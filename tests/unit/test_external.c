#include "support/eco_test.h"

#include "meter/handle.h"
#include "support/fake_meter.h"
#include "support/fakesys.h"

#include <errno.h>

typedef struct world {
    eco_fake fake;
    ecopt_ctx *ctx;
    ecopt_meter *meter;
    ecopt_energy e;
    const char *printed; /* NULL: joules at 40 W */
    int status;
} world;

static world w;

static int execute(eco_fake *fake, const eco_spawn_request *request, char *out, size_t room_b)
{
    assert_string_equal(request->argv[0], "/opt/joules");
    assert_null(request->argv[1]);
    if (w.printed)
        (void)snprintf(out, room_b, "%s", w.printed);
    else
        (void)snprintf(out, room_b, "%.6f\n", 10 + 40 * (fake->now_s - 1000));
    return w.status;
}

static void begin_world(void)
{
    memset(&w, 0, sizeof w);
    w.ctx = eco_test_ctx();
    eco_fake_init(&w.fake);
    w.fake.execute = execute;
}

static void end_world(void)
{
    assert_status(w.ctx, ecopt_meter_close(w.meter), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(w.ctx), 0);
    eco_fake_release(&w.fake);
    ecopt_ctx_free(w.ctx);
}

static ecopt_status open_world(const char *sources)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    return eco_meter_open_on(w.ctx, &options, &w.fake.io, false, &w.meter);
}

static void measure(int n, double step_s)
{
    ecopt_window *window = NULL;
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < n; i++) {
        eco_fake_advance(&w.fake, step_s);
        eco_meter_sample(w.meter);
    }
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 1, &w.e), ECOPT_OK);
}

static void test_words_that_are_wrong_are_found_by_check(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "command",
        "command:",
        "command:/opt/x",
        "command:J=",
        "command:J=joules",
        "command:j=/x",
        "command:=/x",
        "command:J@=/x",
        "command:J@1-2-3=/x",
        "command:J@1.1-1.2=/x",
        "command:J@0.5-0.9=/x",
        "command:J@0-2=/x",
        "command:J@nan-2=/x",
        "file:W@0.9=/x",
        "file:Ws=/x",
    };
    static const char *const good[] = {
        "command:J=/x",       "command:kWh@1-1=/x", "file:uW@0.1-10=/a=b", "auto, file:mJ=/x",
        "command:mW=/x,nvml", "file:Wh=/x",         "file:kJ=/x",          "file:uJ=/x",
    };
    begin_world();
    for (size_t i = 0; i < ECO_LEN(bad); i++) {
        ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
        options.sources = bad[i];
        assert_status(w.ctx, ecopt_meter_check(w.ctx, &options), ECOPT_E_ARG);
    }
    assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), "its unit is none of J,"));
    assert_non_null(strstr(ecopt_ctx_errhint(w.ctx), "file:W=/PATH"));
    for (size_t i = 0; i < ECO_LEN(good); i++) {
        ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
        options.sources = good[i];
        assert_status(w.ctx, ecopt_meter_check(w.ctx, &options), ECOPT_OK);
    }
    end_world();
}

static void test_joules_of_a_program(void **state)
{
    (void)state;
    begin_world();
    assert_status(w.ctx, open_world("command:J=/opt/joules"), ECOPT_OK);
    measure(30, 2);
    assert_close(w.e.energy_j, 60 * 40, 1e-6, 0);
    assert_int_equal(w.e.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_close(w.e.gain_lo, 0.80, 1e-9, 0);
    assert_close(w.e.gain_hi, 1.25, 1e-9, 0);
    assert_string_equal(w.e.sources[0].name, "command /opt/joules");
    end_world();
}

static void test_units_and_band(void **state)
{
    (void)state;
    static const struct {
        const char *sources;
        double energy_j;
    } cases[] = {
        {"command:kJ@0.98-1.01=/opt/joules", 4e5},     {"command:Wh@0.98-1.01=/opt/joules", 1.44e6},
        {"command:mJ@0.98-1.01=/opt/joules", 0.4},     {"command:uJ@0.98-1.01=/opt/joules", 4e-4},
        {"command:kWh@0.98-1.01=/opt/joules", 1.44e9},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        begin_world();
        assert_status(w.ctx, open_world(cases[i].sources), ECOPT_OK);
        measure(10, 1);
        if (i < 4)
            assert_close(w.e.energy_j, cases[i].energy_j, 1e-3, 1e-6);
        else /* 144 MW is more than a cluster has: bounded, and said so. */
            assert_true(w.e.flags & ECOPT_FLAG_RESET);
        assert_close(w.e.gain_lo, 0.98, 1e-6, 0);
        assert_close(w.e.gain_hi, 1.01, 1e-6, 0);
        end_world();
    }
}

/* A ramp of 0 to 100 W over 10 s: exact but for what the age of the readings allows. */
static void test_watts_of_a_file(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    begin_world();
    eco_fake_file(&w.fake, "/run/power", " 0 \n");
    assert_status(w.ctx, open_world("file:W@0.95-1.05=/run/power"), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    for (int i = 1; i <= 50; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%d.0\n", 2 * i);
        eco_fake_file(&w.fake, "/run/power", text);
        eco_fake_advance(&w.fake, 0.2);
        eco_meter_sample(w.meter);
    }
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 1, &w.e), ECOPT_OK);
    assert_close(w.e.energy_j, 500, 0, w.e.u95_j);
    assert_true(w.e.u95_j < 25);
    assert_int_equal(w.e.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_false(w.e.flags & ECOPT_FLAG_GAP);
    end_world();
}

static void test_what_a_program_can_do_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *printed;
        int status;
        const char *reason;
    } cases[] = {
        {"", -ENOENT, "No such file"},
        {"", -EACCES, "Permission denied"},
        {"", -ETIMEDOUT, "does not end within 2 s"},
        {"", -EMSGSIZE, "not one number"},
        {"12", 1, "ends with status 1"},
        {"", 0, "gives nothing"},
        {" \n", 0, "gives nothing"},
        {"12 J", 0, "not one number"},
        {"12\n13\n", 0, "not one number"},
        {"nan", 0, "not one number"},
        {"inf", 0, "not one number"},
        {"-1", 0, "negative or not possible"},
        {"1e20", 0, "negative or not possible"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        begin_world();
        w.printed = cases[i].printed;
        w.status = cases[i].status;
        assert_status(w.ctx, open_world("command:J=/opt/joules"),
                      cases[i].status == -EACCES ? ECOPT_E_METER_PERM : ECOPT_E_METER_NONE);
        if (!strstr(ecopt_ctx_errmsg(w.ctx), cases[i].reason))
            print_error("%zu: %s\n", i, ecopt_ctx_errmsg(w.ctx));
        assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), cases[i].reason));
        assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), "/opt/joules"));
        assert_non_null(strstr(ecopt_ctx_errhint(w.ctx), "by hand"));
        end_world();
    }
}

/* Once it worked, a failure is a miss; the energy comes with the next good reading. */
static void test_a_program_that_fails_in_between(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    begin_world();
    assert_status(w.ctx, open_world("command:J=/opt/joules"), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 20; i++) {
        w.status = i % 4 == 1 ? 2 : 0;
        w.printed = i % 4 == 2 ? "oops" : NULL;
        eco_fake_advance(&w.fake, 1.5);
        eco_meter_sample(w.meter);
    }
    w.status = 0;
    w.printed = NULL;
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 1, &w.e), ECOPT_OK);
    assert_close(w.e.energy_j, 30 * 40, 1e-6, 0);
    assert_true(w.e.flags & ECOPT_FLAG_MISS);
    end_world();
}

/* Two meters of different things add up; the same one named twice checks itself. */
static void test_two_meters(void **state)
{
    (void)state;
    begin_world();
    eco_fake_file(&w.fake, "/a", "5\n");
    eco_fake_file(&w.fake, "/b", "7\n");
    assert_status(w.ctx, open_world("file:W=/a,file:W=/b,file:W=/a"), ECOPT_OK);
    measure(20, 1);
    assert_close(w.e.energy_j, 240, 1e-9, 0);
    assert_int_equal(w.e.n_sources, 3);
    assert_false(w.e.sources[2].is_counted);
    end_world();
    begin_world();
    assert_status(w.ctx, open_world("file:W=/gone"), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), "'/gone': No such file"));
    end_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_that_are_wrong_are_found_by_check),
        cmocka_unit_test(test_joules_of_a_program),
        cmocka_unit_test(test_units_and_band),
        cmocka_unit_test(test_watts_of_a_file),
        cmocka_unit_test(test_what_a_program_can_do_wrong),
        cmocka_unit_test(test_a_program_that_fails_in_between),
        cmocka_unit_test(test_two_meters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
