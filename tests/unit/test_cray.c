/* Counters of Cray nodes: the node, its parts, and values that are of two scans. */
#include "support/fake_meter.h"
#include "support/fake_trees.h"

#include <errno.h>

#define NODE "/sys/cray/pm_counters/"

static ecopt_energy e;
static eco_fake fake;
static ecopt_ctx *ctx;

static void set_up(void)
{
    ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_cray(&fake);
}

static void test_the_node_is_the_total_without_a_package(void **state)
{
    (void)state;
    set_up();
    eco_fake_guest(&fake);
    fake_meter_measure(ctx, &fake, &e, "auto", 50, 0.1);
    assert_close(e.energy_j, 3000, 1e-9, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_WALL);
    assert_int_equal(e.n_sources, 4);
    assert_close(fake_meter_part(&e, "cray board accel0")->energy_j, 1500, 1e-9, 0);
    assert_false(fake_meter_part(&e, "cray board cpu")->is_counted);
    assert_false(e.flags & ECOPT_FLAG_DISAGREE);
    /* What 600 W are in one scan, at either end, and some more for the few scans that were seen. */
    assert_true(e.u95_j > 0.95 * 60 && e.u95_j < 66);
    set_up();
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 65532610987u, 190);
    fake_meter_measure(ctx, &fake, &e, "auto", 50, 0.1);
    assert_close(e.energy_j, 950, 1e-6, 0);
}

/* Freshness that moves between the two looks at it. */
static long racing_read(void *user, int fd, void *bytes, size_t n, long offset)
{
    eco_fake *f = user;
    eco_fake_live *freshness = eco_fake_find_live(f, NODE "freshness");
    if (fd < ECO_FAKE_FDS && strstr(f->paths[fd], "/energy") && freshness->rate > 10) {
        freshness->value += 1;
        freshness->rate -= 1;
    }
    char text[64];
    long length = eco_fake_live_text(f, f->paths[fd], text, sizeof text);
    length = length < 0 ? length : (length < (long)n ? length : (long)n);
    if (length > 0)
        memcpy(bytes, text, (size_t)length);
    return length < 0 ? f->real.read(NULL, fd, bytes, n, offset) : length;
}

static void test_values_of_two_scans_are_read_again(void **state)
{
    (void)state;
    set_up();
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "cray";
    fake.io.read = racing_read;
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter), ECOPT_OK);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 20; i++) {
        /* Twice in a row is mended by reading again; for ever is a failed reading. */
        eco_fake_find_live(&fake, NODE "freshness")->rate = i == 5 ? 12 : i == 9 ? 1000 : 10;
        eco_fake_advance(&fake, 0.1);
        if (i < 19)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    assert_close(e.energy_j, 1200, 1e-9, 0);
    assert_true(e.flags & ECOPT_FLAG_MISS);
    fake_meter_close(ctx, &fake, meter);
}

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
    } cases[] = {
        {"12345 J\n", true},
        {"12345 J 17 us\n", true},
        {"0 J\n", true},
        {"12345\n", false},
        {"12345 W\n", false},
        {"12345 Joules\n", false},
        {"-5 J\n", false},
        {"J\n", false},
        {"", false},
        {"1.5 J\n", false},
        {"99999999999999999999 J\n", false},
        {"18446744073710 J\n", false},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_meter *meter = NULL;
        ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
        options.sources = "cray";
        ctx = eco_test_ctx();
        eco_fake_init(&fake);
        eco_fake_file(&fake, NODE "energy", cases[i].text);
        assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                      cases[i].is_good ? ECOPT_OK : ECOPT_E_METER_NONE);
        assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
        assert_int_equal(fake.n_open, 0);
        eco_fake_release(&fake);
        ecopt_ctx_free(ctx);
    }
}

static void test_faults_in_the_middle(void **state)
{
    (void)state;
    static const int errors[] = {-EIO, -ENODEV, -ENOENT, -EACCES, -ENODATA};
    for (size_t i = 0; i < ECO_LEN(errors); i++) {
        ecopt_window *window = NULL;
        set_up();
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "cray");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        for (int k = 0; k < 50; k++) {
            if (k == 20)
                eco_fake_add_fault(&fake, "pm_counters/energy", errors[i], true, 4);
            eco_fake_advance(&fake, 0.1);
            if (k < 49)
                eco_meter_sample(meter);
        }
        assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
        assert_close(e.energy_j, 3000, 1e-9, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        fake_meter_close(ctx, &fake, meter);
    }
}

static void test_reset_and_stuck(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    set_up();
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "cray");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int k = 0; k < 50; k++) {
        if (k == 20)
            eco_fake_find_live(&fake, NODE "energy")->value = 0;
        eco_fake_advance(&fake, 0.1);
        if (k < 49)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    assert_close(e.energy_j, 3000, 1e-3, 0);
    assert_true(e.flags & ECOPT_FLAG_RESET);
    fake_meter_close(ctx, &fake, meter);
    set_up();
    eco_fake_find_live(&fake, NODE "energy")->rate = 0;
    fake_meter_measure(ctx, &fake, &e, "cray", 50, 0.1);
    assert_true(isnan(e.energy_j));
    assert_true(e.flags & ECOPT_FLAG_STUCK);
}

static void test_locked_counters(void **state)
{
    (void)state;
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    set_up();
    options.sources = "cray";
    eco_fake_add_fault(&fake, "pm_counters", -EACCES, false, -1);
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_PERM);
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), "chmod a+r"));
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_node_is_the_total_without_a_package),
        cmocka_unit_test(test_values_of_two_scans_are_read_again),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_faults_in_the_middle),
        cmocka_unit_test(test_reset_and_stuck),
        cmocka_unit_test(test_locked_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
