/*
 * The source "helper" against a made-up helper: its ticks, restarts and failures, and what the
 * meter makes of them.
 */
#include "support/eco_test.h"

#include "meter/handle.h"
#include "meter/helper_text.h"
#include "support/fakesys.h"

#include <errno.h>
#include <stdlib.h>

/* A helper whose counter follows a power that the tests set. */
typedef struct world {
    eco_fake fake;
    ecopt_ctx *ctx;
    ecopt_meter *meter;
    double tick_s; /* of the text */
    double tick_j, before_j;
    double used_j; /* by the machine, in all */
    double base_j; /* when the count began */
    double since_s;
    double power_w;
    double failing;   /* -errno of asking, 0 = works */
    bool is_frozen;   /* the helper cannot read the counter */
    const char *said; /* instead of the text */
    int n_asked;
} world;

static world w;

static long speak(eco_fake *fake, const char *path, char *text, size_t room_b)
{
    (void)fake;
    assert_non_null(strstr(path, "/run/ecopt-energyd.sock"));
    w.n_asked++;
    if (w.failing < 0)
        return (long)w.failing;
    if (w.said)
        return snprintf(text, room_b, "%s", w.said);
    return snprintf(text, room_b,
                    "ecopt-energy 1 100000\npackage-0,package,%.0f,%.0f,%.0f,%.0f,61035,300000,900,"
                    "1100\npackage-0 dram,dram,%.0f,%.0f,%.0f,%.0f,15300,300000,800,1250\nend\n",
                    1e6 * w.since_s, 1e6 * w.tick_s, 1e6 * (w.tick_j - w.base_j),
                    1e4 * (w.tick_j - w.before_j), 1e6 * w.since_s, 1e6 * w.tick_s,
                    1e5 * (w.tick_j - w.base_j), 1e3 * (w.tick_j - w.before_j));
}

/* The helper's own ticks are at 0.037 s after each tenth. */
static void advance(double time_s)
{
    double end_s = w.fake.now_s + time_s;
    while (w.tick_s + 0.1 <= end_s) {
        double at_s = w.tick_s + 0.1;
        w.used_j += w.power_w * fmax(0, at_s - w.fake.now_s);
        eco_fake_advance(&w.fake, fmax(0, at_s - w.fake.now_s));
        w.tick_s = at_s;
        if (w.is_frozen)
            continue;
        w.before_j = w.tick_j;
        w.tick_j = w.used_j;
    }
    w.used_j += w.power_w * (end_s - w.fake.now_s);
    eco_fake_advance(&w.fake, end_s - w.fake.now_s);
}

static int set_up(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.ctx = eco_test_ctx();
    eco_fake_init(&w.fake);
    w.fake.speak = speak;
    w.tick_s = w.fake.now_s - 0.063;
    w.since_s = 900;
    w.tick_j = w.used_j = 5000;
    w.base_j = 0;
    w.power_w = 50;
    advance(0.5);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_status(w.ctx, ecopt_meter_close(w.meter), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(w.ctx), 0);
    eco_fake_release(&w.fake);
    ecopt_ctx_free(w.ctx);
    return 0;
}

static ecopt_status open_as(const char *sources)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    return eco_meter_open_on(w.ctx, &options, &w.fake.io, false, &w.meter);
}

static void run_for(double time_s)
{
    for (double left_s = time_s; left_s > 1e-9; left_s -= 0.09) {
        advance(fmin(left_s, 0.09));
        eco_meter_sample(w.meter);
    }
}

static void end_window(ecopt_window *window, ecopt_energy *energy)
{
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 1, energy), ECOPT_OK);
}

/* The helper's source alone, and a window that begins now. */
static ecopt_window *begin_window(void)
{
    ecopt_window *window = NULL;
    assert_status(w.ctx, open_as("helper"), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    return window;
}

static void close_meter(void)
{
    assert_status(w.ctx, ecopt_meter_close(w.meter), ECOPT_OK);
    w.meter = NULL;
}

static void test_constant_power(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    ecopt_energy energy;
    assert_status(w.ctx, open_as("helper"), ECOPT_OK);
    /* Begin and end anywhere between two ticks. */
    for (int i = 0; i < 20; i++) {
        advance(0.0171);
        assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
        run_for(5 + 0.013 * i);
        end_window(window, &energy);
        /* 50 W and a tenth of it of memory. */
        assert_close(energy.energy_j, 55 * energy.time_s, 1e-5, 0);
        assert_int_equal(energy.quality, ECOPT_QUALITY_MEASURED_COUNTER);
        assert_int_equal(energy.n_sources, 2);
        assert_int_equal(energy.flags, 0);
        assert_close(energy.sources[0].gain_lo, 0.9, 1e-12, 0);
        assert_close(energy.sources[1].gain_hi, 1.25, 1e-12, 0);
        /* What a tick may hide at both ends, and not more. */
        assert_true(energy.u95_j > 1 && energy.u95_j < 12);
    }
}

/* The load is there from the begin to the end of the window and nowhere else, as a command's. */
static void test_no_bias_at_the_ends(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    ecopt_energy energy;
    double error_j = 0;
    assert_status(w.ctx, open_as("helper"), ECOPT_OK);
    for (int i = 0; i < 40; i++) {
        w.power_w = 10;
        advance(3.0073);
        assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
        w.power_w = 110;
        run_for(4.2 + 0.0037 * i);
        end_window(window, &energy);
        double wrong_j = energy.sources[0].energy_j - 110 * energy.time_s;
        assert_true(fabs(wrong_j) < energy.sources[0].u95_j);
        error_j += wrong_j / 40;
    }
    /* 0.2 % of 462 J. */
    assert_true(fabs(error_j) < 0.9);
}

static void test_short_windows_are_flagged_or_missing(void **state)
{
    (void)state;
    ecopt_energy energy;
    ecopt_window *window = begin_window();
    run_for(0.3);
    end_window(window, &energy);
    assert_true(isnan(energy.energy_j));
    assert_true((energy.flags & ECOPT_FLAG_SHORT) != 0);
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    run_for(2);
    end_window(window, &energy);
    assert_close(energy.energy_j, 110, 1e-3, 0);
    assert_true((energy.flags & ECOPT_FLAG_SHORT) != 0);
}

/* Restarted in the window: the new count begins at 0 and soon is larger than the old one was. */
static void restart(double used_before_j)
{
    w.since_s = w.fake.now_s - 1e-3;
    w.base_j = w.used_j - used_before_j;
    w.tick_j = w.used_j;
    w.before_j = w.used_j - 5;
    w.tick_s = w.fake.now_s;
}

static void test_a_restart_is_a_reset(void **state)
{
    (void)state;
    ecopt_energy energy;
    static const double counts_j[] = {0, 1, 4000, 9000};
    for (size_t i = 0; i < ECO_LEN(counts_j); i++) {
        ecopt_window *window = begin_window();
        run_for(10);
        restart(counts_j[i]);
        run_for(10);
        end_window(window, &energy);
        assert_true((energy.flags & ECOPT_FLAG_RESET) != 0);
        assert_true((energy.flags & ECOPT_FLAG_GAP) != 0);
        assert_close(energy.energy_j, 55 * energy.time_s, 0, energy.u95_j);
        assert_close(energy.energy_j, 55 * energy.time_s, 0.02, 0);
        assert_true(energy.gap_s > 0 && energy.gap_s < 0.3);
        close_meter();
    }
}

/* Twice in one window, the second time before anything was used. */
static void test_two_restarts(void **state)
{
    (void)state;
    ecopt_energy energy;
    ecopt_window *window = begin_window();
    run_for(5);
    restart(0);
    run_for(0.09);
    restart(0);
    run_for(5);
    end_window(window, &energy);
    assert_true((energy.flags & ECOPT_FLAG_RESET) != 0);
    assert_close(energy.energy_j, 55 * energy.time_s, 0, energy.u95_j);
}

/* Away for a second: nothing is lost, as the count goes on. */
static void test_away_for_a_while(void **state)
{
    (void)state;
    ecopt_energy energy;
    ecopt_window *window = begin_window();
    run_for(5);
    w.failing = -ECONNREFUSED;
    run_for(1);
    w.failing = 0;
    run_for(5);
    end_window(window, &energy);
    assert_int_equal(energy.flags & ~(unsigned)ECOPT_FLAG_MISS, 0);
    assert_true((energy.flags & ECOPT_FLAG_MISS) != 0);
    assert_close(energy.energy_j, 55 * energy.time_s, 1e-4, 0);
}

/* The helper runs and cannot read: its text grows old, and an old reading is none. */
static void test_an_old_reading_is_a_miss(void **state)
{
    (void)state;
    ecopt_energy energy;
    ecopt_window *window = begin_window();
    run_for(5);
    static char frozen[ECO_HELPER_TEXT_B];
    (void)speak(&w.fake, "/run/ecopt-energyd.sock", frozen, sizeof frozen);
    w.said = frozen;
    run_for(5);
    end_window(window, &energy);
    assert_true((energy.flags & ECOPT_FLAG_MISS) != 0);
    assert_true((energy.flags & ECOPT_FLAG_GAP) != 0);
    /* What was not seen is bounded, by the last power and around it. */
    assert_true(energy.gap_s > 4);
    assert_close(energy.energy_j, 550, 0, energy.u95_j);
}

static void test_a_count_that_is_not_there_any_more(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    ecopt_energy energy;
    assert_status(w.ctx, open_as("helper"), ECOPT_OK);
    w.said = "ecopt-energy 1 100000\nend\n";
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    run_for(2);
    end_window(window, &energy);
    assert_true(isnan(energy.energy_j));
    assert_true((energy.flags & ECOPT_FLAG_LOST) != 0);
}

/* A clock of another time namespace, ahead or behind. */
static void test_a_foreign_clock(void **state)
{
    (void)state;
    static const double shifts_s[] = {-100, 100};
    for (size_t i = 0; i < ECO_LEN(shifts_s); i++) {
        ecopt_window *window = NULL;
        ecopt_energy energy;
        assert_status(w.ctx, open_as("helper"), ECOPT_OK);
        w.tick_s += shifts_s[i];
        assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
        eco_fake_advance(&w.fake, 2);
        end_window(window, &energy);
        assert_true(isnan(energy.energy_j));
        w.tick_s -= shifts_s[i];
        close_meter();
    }
}

/* A power that falls: the last reading was brought too far, and no decrease may come of it. */
static void test_a_fall_of_power_is_no_reset(void **state)
{
    (void)state;
    ecopt_energy energy;
    ecopt_window *window = begin_window();
    double used_j = w.used_j;
    for (int i = 0; i < 30; i++) {
        w.power_w = i % 2 ? 0.5 : 200;
        run_for(0.37);
    }
    used_j = w.used_j - used_j;
    end_window(window, &energy);
    assert_int_equal(energy.flags & ECOPT_FLAG_RESET, 0);
    assert_close(energy.sources[0].energy_j, used_j, 0, energy.sources[0].u95_j);
}

/* One question serves all of a helper's counters. */
static void test_one_question_for_all_counters(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    assert_status(w.ctx, open_as("helper"), ECOPT_OK);
    int n_before = w.n_asked;
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    assert_int_equal(w.n_asked, n_before + 1);
    advance(0.05);
    eco_meter_sample(w.meter);
    advance(0.1);
    eco_meter_sample(w.meter);
    assert_true(w.n_asked >= n_before + 2 && w.n_asked <= n_before + 3);
    ecopt_meter_abandon(w.meter, window);
}

/* --- Finding it ------------------------------------------------------------------------------ */

static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];

static const ecopt_source_info *describe(const char *sources)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    size_t n = 0;
    options.sources = sources;
    assert_status(w.ctx, eco_meter_describe_on(w.ctx, &options, &w.fake.io, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].kind, "helper") == 0)
            return &infos[i];
    fail_msg("no line for the helper");
    return NULL;
}

static void test_why_it_cannot_be_used(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *said, *reason;
        ecopt_status open;
    } cases[] = {
        {-ENOENT, NULL, "does not run", ECOPT_E_METER_NONE},
        {-ECONNREFUSED, NULL, "does not run", ECOPT_E_METER_NONE},
        {-EACCES, NULL, "does not answer this user", ECOPT_E_METER_PERM},
        {0, ECO_HELPER_DENIED, "does not answer this user", ECOPT_E_METER_PERM},
        {-ETIMEDOUT, NULL, "no answer", ECOPT_E_METER_NONE},
        {-ENODATA, NULL, "reads no counter", ECOPT_E_METER_NONE},
        {0, "ecopt-energy 1 100000\nend\n", "reads no counter", ECOPT_E_METER_NONE},
        {0, "ecopt-energy 2\n", "another version", ECOPT_E_METER_NONE},
        {0, "ecopt-energy 1 100000\n", "cut off", ECOPT_E_METER_NONE},
        {-EMSGSIZE, NULL, "cut off", ECOPT_E_METER_NONE},
        {-ENAMETOOLONG, NULL, "name too long", ECOPT_E_METER_NONE},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        w.failing = cases[i].status;
        w.said = cases[i].said;
        const ecopt_source_info *info = describe(NULL);
        assert_false(info->is_readable);
        if (!strcasestr(info->reason, cases[i].reason))
            print_error("case %zu: '%s'\n", i, info->reason);
        assert_non_null(strcasestr(info->reason, cases[i].reason));
        assert_status(w.ctx, open_as("helper"), cases[i].open);
        if (cases[i].open == ECOPT_E_METER_PERM)
            assert_non_null(strstr(ecopt_ctx_errhint(w.ctx), "usermod"));
    }
}

/* Where the counters are there and closed, the helper is one way to mend it; elsewhere it is not
 * missed. */
static void test_it_is_a_remedy_for_closed_counters(void **state)
{
    (void)state;
    w.failing = -ENOENT;
    assert_non_null(strstr(describe(NULL)->remedy, "nothing is missing"));
    eco_fake_laptop(&w.fake);
    eco_fake_add_fault(&w.fake, "energy_uj", -EACCES, false, -1);
    assert_non_null(strstr(describe(NULL)->remedy, "ecopt-energyd.socket"));
    w.failing = 0;
    assert_true(describe(NULL)->is_used);
    assert_string_equal(describe(NULL)->remedy, "");
}

static void test_direct_counters_need_no_helper(void **state)
{
    (void)state;
    eco_fake_laptop(&w.fake);
    const ecopt_source_info *info = describe(NULL);
    assert_true(info->is_readable);
    assert_false(info->is_used);
    assert_non_null(strstr(info->reason, "read directly"));
    assert_int_equal(w.n_asked, 0);
    assert_status(w.ctx, open_as("auto,helper"), ECOPT_OK);
    assert_int_equal(w.n_asked, 0);
}

/* A path that is named is asked in any case, and then checks the counters. */
static void test_a_named_socket(void **state)
{
    (void)state;
    eco_fake_laptop(&w.fake);
    ecopt_window *window = NULL;
    ecopt_energy energy;
    bool is_check = false;
    assert_status(w.ctx, open_as("auto,helper:/run/ecopt-energyd.sock"), ECOPT_OK);
    w.power_w = 10;
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    run_for(5);
    end_window(window, &energy);
    assert_close(energy.sources[0].energy_j, 50, 1e-3, 0);
    for (size_t i = 0; i < energy.n_sources; i++)
        if (strcmp(energy.sources[i].name, "helper package-0") == 0) {
            is_check = !energy.sources[i].is_counted;
            assert_close(energy.sources[i].energy_j, 50, 0, energy.sources[i].u95_j);
        }
    assert_true(is_check);
    assert_int_equal(energy.flags & ECOPT_FLAG_DISAGREE, 0);
}

static void test_wrong_words(void **state)
{
    (void)state;
    assert_status(w.ctx, open_as("helper:run/x"), ECOPT_E_ARG);
    assert_non_null(strstr(ecopt_ctx_errhint(w.ctx), "helper:/PATH"));
    assert_status(w.ctx, open_as("helpers"), ECOPT_E_NAME);
}

/* Root's prefix and a long path do not fit together. */
static void test_a_path_that_is_too_long(void **state)
{
    (void)state;
    char sources[400];
    int n = snprintf(sources, sizeof sources, "helper:/");
    memset(sources + n, 'x', 230);
    sources[n + 230] = '\0';
    char root[ECO_IO_PATH_B];
    memset(root, 'r', sizeof root);
    root[200] = '\0';
    eco_io io = w.fake.io;
    io.root = root;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    assert_status(w.ctx, eco_meter_open_on(w.ctx, &options, &io, false, &w.meter),
                  ECOPT_E_METER_NONE);
    assert_int_equal(w.n_asked, 0);
}

#define HELPER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HELPER_TEST(test_constant_power),
        HELPER_TEST(test_no_bias_at_the_ends),
        HELPER_TEST(test_short_windows_are_flagged_or_missing),
        HELPER_TEST(test_a_restart_is_a_reset),
        HELPER_TEST(test_two_restarts),
        HELPER_TEST(test_away_for_a_while),
        HELPER_TEST(test_an_old_reading_is_a_miss),
        HELPER_TEST(test_a_count_that_is_not_there_any_more),
        HELPER_TEST(test_a_foreign_clock),
        HELPER_TEST(test_a_fall_of_power_is_no_reset),
        HELPER_TEST(test_one_question_for_all_counters),
        HELPER_TEST(test_why_it_cannot_be_used),
        HELPER_TEST(test_it_is_a_remedy_for_closed_counters),
        HELPER_TEST(test_direct_counters_need_no_helper),
        HELPER_TEST(test_a_named_socket),
        HELPER_TEST(test_wrong_words),
        HELPER_TEST(test_a_path_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
