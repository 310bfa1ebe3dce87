/*
 * The live line of a run: what it says at which moment, at any width, and that it moves by itself.
 */
#include "cli_test.h"
#include "message.h"
#include "progress.h"
#include "ticker.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* The clock of the test; set before any thread reads it. */
static double test_now_s;

static double test_clock_s(void)
{
    return test_now_s;
}

static ecopt_definition some_definition(double energy_j, double time_s)
{
    static const ecopt_objective objectives[] = {{.metric = "accuracy"}, {.metric = "energy_j"}};
    ecopt_definition definition = {.n_objectives = 2, .objectives = objectives};
    definition.budget.trials = 10;
    definition.budget.energy_j = energy_j;
    definition.budget.time_s = time_s;
    return definition;
}

/* A live line with the test's clock, and what is said meanwhile. */
typedef struct live {
    ecopt_definition definition;
    cli_state cli;
    cli_progress progress;
    cli_said said;
} live;

/* Nothing ticks before a minute is over. */
static void live_open(live *l, double energy_j, double time_s)
{
    *l = (live){.definition = some_definition(energy_j, time_s)};
    cli_said_start(&l->said);
    cli_progress_init(&l->progress, &l->cli, &l->definition);
    l->progress.is_live = true;
    l->progress.clock_s = test_clock_s;
    l->progress.tick_ms = 60000;
}

/* After it what was said can be looked at. */
static void live_end(live *l)
{
    cli_progress_end(&l->progress);
    cli_said_stop(&l->said);
}

static void live_close(live *l)
{
    live_end(l);
    cli_said_release(&l->said);
}

static ecopt_event started(int64_t trial)
{
    return (ecopt_event){.kind = ECOPT_EVENT_TRIAL_STARTED,
                         .trial = trial,
                         .point = "x=1",
                         .origin = "sobol",
                         .n_ended = trial - 1,
                         .n_trials = 10,
                         .hypervolume = (double)NAN,
                         .spent_energy_j = 100.0 * (double)(trial - 1),
                         .spent_time_s = 5.0 * (double)(trial - 1)};
}

static ecopt_event ended(int64_t trial)
{
    ecopt_event event = started(trial);
    event.kind = ECOPT_EVENT_TRIAL_ENDED;
    event.state = ECOPT_TRIAL_COMPLETE;
    event.n_ended = trial;
    event.front_size = (size_t)trial;
    event.hypervolume = 0.25 * (double)trial;
    event.spent_energy_j = 100.0 * (double)trial;
    event.spent_time_s = 5.0 * (double)trial;
    return event;
}

static void assert_line(const cli_progress *progress, double now_s, const char *expected)
{
    char *line = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&line, &length);
    assert_non_null(file);
    cli_progress_line(file, progress, now_s);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(line, expected);
    free(line);
}

static void test_moments(void **state)
{
    (void)state;
    live l;
    live_open(&l, 2000.0, INFINITY);

    test_now_s = 1000.0;
    ecopt_event event = started(1);
    event.spent_energy_j = NAN;
    cli_progress_event(&l.progress, &event);
    assert_line(&l.progress, 1000.0,
                "[--------------------] 0/10  ? of 2000 J  0.00 s  front 0  trial 1");
    /* No trial has ended: no pace, no remaining time; the time that passes shows. */
    assert_line(&l.progress, 1003.0,
                "[--------------------] 0/10  ? of 2000 J  3.00 s  front 0  trial 1");
    event.kind = ECOPT_EVENT_PHASE_STARTED;
    event.phase = "train";
    cli_progress_event(&l.progress, &event);
    assert_line(&l.progress, 1004.0,
                "[--------------------] 0/10  ? of 2000 J  4.00 s  front 0  trial 1 train");

    test_now_s = 1005.0;
    event = ended(1);
    cli_progress_event(&l.progress, &event);
    assert_line(
        &l.progress, 1005.0,
        "[##------------------] 1/10  ETA 45.0 s  100.0 J of 2000 J  5.00 s  front 1  hv 0.2500");
    /* Between trials only the remaining time moves. */
    assert_line(
        &l.progress, 1007.0,
        "[##------------------] 1/10  ETA 43.0 s  100.0 J of 2000 J  5.00 s  front 1  hv 0.2500");

    test_now_s = 1006.0;
    event = started(2);
    cli_progress_event(&l.progress, &event);
    assert_line(&l.progress, 1008.0,
                "[##------------------] 1/10  ETA 42.0 s  100.0 J of 2000 J  7.00 s  front 1  "
                "hv 0.2500  trial 2");
    /* A trial that takes longer than all before: the estimate does not go below nothing. */
    assert_line(&l.progress, 1106.0,
                "[##------------------] 1/10  ETA 0.00 s  100.0 J of 2000 J  1 min 45 s  front 1  "
                "hv 0.2500  trial 2");
    live_close(&l);
}

/* 100 J at 360 g and 0.72 GBP per kWh; what has no limit is not shown. */
static void test_grams_and_money(void **state)
{
    (void)state;
    live l;
    live_open(&l, INFINITY, INFINITY);
    l.definition.carbon = (ecopt_carbon){.is_set = true,
                                         .intensity_g_per_kwh = 360,
                                         .pue = 1,
                                         .price_per_kwh = 0.72,
                                         .currency = "GBP"};
    l.definition.budget.carbon_g = 0.5;
    l.definition.budget.money = INFINITY;
    test_now_s = 0.0;
    ecopt_event event = ended(1);
    cli_progress_event(&l.progress, &event);
    assert_line(&l.progress, 0.0,
                "[##------------------] 1/10  100.0 J  0.0100 of 0.5 g  5.00 s  front 1  hv "
                "0.2500");
    l.definition.budget.money = 2;
    l.progress.known.spent_energy_j = NAN;
    assert_line(&l.progress, 0.0,
                "[##------------------] 1/10  ? of 0.5 g  ? of 2 GBP  5.00 s  front 1  hv 0.2500");
    live_close(&l);
}

static void test_time_budget(void **state)
{
    (void)state;
    live l;
    live_open(&l, INFINITY, 20.0);
    test_now_s = 0.0;
    ecopt_event event = started(1);
    event.spent_energy_j = NAN;
    cli_progress_event(&l.progress, &event);
    /* Before the first trial ended the budget is all that is known. */
    assert_line(&l.progress, 5.0,
                "[--------------------] 0/10  ETA 15.0 s  5.00 s of 20.0 s  front 0  trial 1");
    test_now_s = 5.0;
    event = ended(1);
    event.spent_energy_j = NAN; /* nothing is metered: no energy is shown */
    cli_progress_event(&l.progress, &event);
    assert_line(&l.progress, 5.0,
                "[##------------------] 1/10  ETA 15.0 s  5.00 s of 20.0 s  front 1  hv 0.2500");
    live_close(&l);
}

static void test_resumed(void **state)
{
    (void)state;
    /* The pace is that of this run: the eight trials before it took no time of it. */
    live l;
    live_open(&l, INFINITY, INFINITY);
    test_now_s = 50.0;
    ecopt_event event = started(9);
    cli_progress_event(&l.progress, &event);
    test_now_s = 60.0;
    event = ended(9);
    cli_progress_event(&l.progress, &event);
    assert_line(&l.progress, 60.0,
                "[##################--] 9/10  ETA 10.0 s  900.0 J  45.0 s  front 9  hv 2.250");
    event = ended(10);
    cli_progress_event(&l.progress, &event);
    assert_line(&l.progress, 60.0,
                "[####################] 10/10  ETA 0.00 s  1000 J  50.0 s  front 10  hv 2.500");
    /* More trials than the budget, after it was lowered: the bar stays within its brackets. */
    event = ended(12);
    cli_progress_event(&l.progress, &event);
    assert_line(&l.progress, 60.0,
                "[####################] 12/10  ETA 0.00 s  1200 J  1 min 00 s  front 12  hv 3.000");
    live_close(&l);
}

static void test_long_phase(void **state)
{
    (void)state;
    live l;
    char phase[300];
    memset(phase, 'p', sizeof phase - 1);
    phase[sizeof phase - 1] = '\0';
    live_open(&l, INFINITY, INFINITY);
    ecopt_event event = started(1);
    event.kind = ECOPT_EVENT_PHASE_STARTED;
    event.phase = phase;
    cli_progress_event(&l.progress, &event);
    assert_int_equal(strlen(l.progress.phase), CLI_PHASE_B - 1);
    memset(phase, 'q', sizeof phase - 1); /* the event's texts are gone: a copy is shown */
    assert_int_equal(l.progress.phase[0], 'p');
    event = started(2);
    cli_progress_event(&l.progress, &event);
    assert_string_equal(l.progress.phase, "");
    live_close(&l);
}

/* A terminal on descriptor 2; returns the other end, or -1 where there are none. */
static int open_terminal(int *ret_kept)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return -1;
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(slave >= 0);
    *ret_kept = dup(2);
    assert_true(*ret_kept >= 0 && dup2(slave, 2) == 2);
    (void)close(slave);
    return master;
}

static void test_widths(void **state)
{
    (void)state;
    int kept = -1;
    int master = open_terminal(&kept);
    if (master < 0)
        skip();
    for (unsigned short columns = 1; columns <= 200; columns++) {
        const struct winsize size = {.ws_col = columns, .ws_row = 24};
        assert_int_equal(ioctl(2, TIOCSWINSZ, &size), 0);
        live l;
        live_open(&l, 2000.0, 3600.0);
        ecopt_event event = started(3);
        event.kind = ECOPT_EVENT_PHASE_STARTED;
        event.phase = "evaluate";
        cli_progress_event(&l.progress, &event);
        cli_said_stop(&l.said);
        /* \r, the line, erase to the end: one column less than there are. */
        size_t shown = l.said.length - strlen("\r\033[K");
        assert_int_equal(l.said.text[0], '\r');
        assert_true(shown < columns);
        if (columns == 20)
            assert_string_equal(l.said.text, "\r[------------------\033[K");
        if (columns == 200)
            assert_non_null(strstr(l.said.text, "trial 3 evaluate"));
        cli_said_release(&l.said);
        cli_said_start(&l.said);
        cli_progress_end(&l.progress);
        cli_said_is(&l.said, "\r\033[K");
    }
    assert_true(dup2(kept, 2) == 2);
    (void)close(kept);
    (void)close(master);
}

static void test_messages_clear_the_line(void **state)
{
    (void)state;
    live l;
    live_open(&l, INFINITY, INFINITY);
    ecopt_event event = started(1);
    cli_progress_event(&l.progress, &event);
    assert_true(l.cli.has_status_line);
    assert_ptr_equal(l.cli.screen, &l.progress.ticker.mutex);
    cli_warning(&l.cli, "the counter stopped");
    assert_false(l.cli.has_status_line);
    cli_progress_end(&l.progress);
    assert_null(l.cli.screen);
    cli_said_stop(&l.said);
    assert_non_null(strstr(l.said.text, "trial 1\033[K\r\033[Kwarning: the counter stopped\n"));
    cli_said_release(&l.said);
}

/* ---- the ticker ---- */

typedef struct counter {
    atomic_int n;
    pthread_t main;
    atomic_bool was_main;
} counter;

static void count_tick(void *user)
{
    counter *c = user;
    if (pthread_equal(c->main, pthread_self()))
        atomic_store(&c->was_main, true);
    atomic_fetch_add(&c->n, 1);
}

static void nap(long ms)
{
    const struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    (void)nanosleep(&rest, NULL);
}

static void test_ticker(void **state)
{
    (void)state;
    counter c = {.main = pthread_self()};
    cli_ticker ticker;
    assert_true(cli_ticker_start(&ticker, 1, count_tick, &c));
    while (atomic_load(&c.n) < 3) /* however slow the machine is, it ticks at last */
        nap(1);
    /* Who holds the mutex is not disturbed; it may be taken twice. */
    assert_int_equal(pthread_mutex_lock(&ticker.mutex), 0);
    assert_int_equal(pthread_mutex_lock(&ticker.mutex), 0);
    int before = atomic_load(&c.n);
    nap(20);
    assert_int_equal(atomic_load(&c.n), before);
    (void)pthread_mutex_unlock(&ticker.mutex);
    (void)pthread_mutex_unlock(&ticker.mutex);
    cli_ticker_stop(&ticker);
    assert_false(ticker.is_running);
    int last = atomic_load(&c.n);
    nap(10);
    assert_int_equal(atomic_load(&c.n), last);
    assert_false(atomic_load(&c.was_main));
}

static void test_ticker_stops_at_once(void **state)
{
    (void)state;
    counter c = {.main = pthread_self()};
    cli_ticker ticker;
    /* A period of an hour: stopping must not wait for it, or this test is never over. */
    assert_true(cli_ticker_start(&ticker, 3600000, count_tick, &c));
    cli_ticker_stop(&ticker);
    assert_int_equal(atomic_load(&c.n), 0);
    cli_ticker_stop(&ticker); /* twice */
    cli_ticker never = {.is_running = false};
    cli_ticker_stop(&never);
}

static void test_line_moves_by_itself(void **state)
{
    (void)state;
    live l;
    live_open(&l, INFINITY, INFINITY);
    l.progress.tick_ms = 1;
    ecopt_event event = started(1);
    cli_progress_event(&l.progress, &event);
    size_t first = 0;
    for (size_t now = 0; now <= 3 * first;) { /* until it was drawn a few times more */
        cli_screen_lock(&l.cli);
        (void)fflush(stderr);
        now = l.said.length;
        cli_screen_unlock(&l.cli);
        first = first == 0 ? now : first;
        nap(1);
    }
    /* A message of this thread meanwhile stands on a line of its own. */
    cli_note(&l.cli, "a note");
    live_end(&l);
    assert_non_null(strstr(l.said.text, "\r\033[Ka note\n"));
    cli_said_release(&l.said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_grams_and_money),
        cmocka_unit_test(test_time_budget),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_long_phase),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_messages_clear_the_line),
        cmocka_unit_test(test_ticker),
        cmocka_unit_test(test_ticker_stops_at_once),
        cmocka_unit_test(test_line_moves_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
