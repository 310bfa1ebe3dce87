/*
 * Random histories of several workers against a model that is plain arrays: they claim, end, die,
 * are given up, come back late, run again, and measure complete trials anew.
 *
 * Each worker has a connection of its own, as a process would have: what one of them does, the
 * others must see, and what a connection keeps between two reads must not show.  After each step a
 * worker chosen by lot is asked for the history; and whatever the workers did, the store's own
 * rules find nothing wrong with it.
 */
#include "core/fs.h"
#include "core/rng.h"
#include "core/str.h"
#include "store/store.h"
#include "support/eco_test.h"

#include <stdlib.h>

enum { TRIALS_MAX = 16, ATTEMPTS_MAX = 80, WORKERS = 3, STEPS = 260, SEQUENCES = 8, ID_B = 24 };

typedef struct model_attempt {
    ecopt_trial_state state;
    ecopt_cause cause;
    bool is_confirm, is_asked;
    char worker[ID_B];
    double accuracy; /* NaN: none was told */
    size_t n_phases;
    double spent_j, spent_s; /* in eighths, so that sums are exact in any order */
} model_attempt;

typedef struct model_trial {
    ecopt_trial_state state;
    int64_t attempts, decided; /* decided 0: nothing decides yet */
    int64_t measured;          /* as in eco_history_row */
    model_attempt tries[ATTEMPTS_MAX + 1];
} model_trial;

typedef struct world {
    ecopt_ctx *ctx;
    char *path;
    eco_rng rng;
    eco_store *stores[WORKERS];
    char ids[WORKERS][ID_B];
    int n_ids;
    double now_s;
    size_t n;
    model_trial trials[TRIALS_MAX + 1]; /* by number; 0 is not used */
} world;

static size_t below(world *w, size_t n)
{
    return (size_t)eco_rng_below(&w->rng, n);
}

static eco_store *any_store(world *w)
{
    return w->stores[below(w, WORKERS)];
}

static bool is_over(ecopt_trial_state state)
{
    return state != ECOPT_TRIAL_QUEUED && state != ECOPT_TRIAL_RUNNING;
}

static model_attempt *newest(model_trial *t)
{
    return &t->tries[t->attempts];
}

/* ---- what workers do ---- */

/* A process that starts: a connection and an id that nobody had before. */
static void start_worker(world *w, size_t k)
{
    (void)snprintf(w->ids[k], ID_B, "worker-%d", ++w->n_ids);
    const eco_worker_row row = {.id = w->ids[k],
                                .host = "node",
                                .boot_id = "boot",
                                .pid = 100 + w->n_ids,
                                .started_s = w->now_s,
                                .seen_s = w->now_s,
                                .seen_boot_s = w->now_s};
    assert_status(w->ctx, eco_store_open(w->ctx, w->path, ECO_STORE_WRITE, &w->stores[k]),
                  ECOPT_OK);
    assert_status(w->ctx, eco_store_add_worker(w->stores[k], &row), ECOPT_OK);
}

/* Gone without a word: what it ran stays running until somebody gives it up. */
static void step_die(world *w)
{
    size_t k = below(w, WORKERS);
    if (below(w, 3) != 0)
        return;
    assert_status(w->ctx, eco_store_close(w->stores[k]), ECOPT_OK);
    start_worker(w, k);
}

static int64_t n_started(const world *w)
{
    int64_t n = 0;
    for (size_t i = 1; i <= w->n; i++)
        n += w->trials[i].state != ECOPT_TRIAL_QUEUED;
    return n;
}

/* The model's side of a claim that has to succeed. */
static void begin_attempt(world *w, size_t number, const eco_take *take)
{
    model_trial *t = &w->trials[number];
    assert_true(t->attempts < ATTEMPTS_MAX);
    t->attempts++;
    t->state = ECOPT_TRIAL_RUNNING;
    *newest(t) = (model_attempt){.state = ECOPT_TRIAL_RUNNING,
                                 .accuracy = NAN,
                                 .spent_j = NAN,
                                 .is_asked = take->owner == ECO_OWNER_ASK};
    (void)snprintf(newest(t)->worker, ID_B, "%s", take->worker ? take->worker : "");
}

static void take(world *w, size_t k, eco_take *request, size_t expected)
{
    int64_t trial = -7, attempt = -7;
    /* Often too tight: the limit is on trials begun, whoever began them. */
    request->limit = below(w, 3) == 0 ? (int64_t)below(w, w->n + 3) : 0;
    request->owner = below(w, 4) == 0 ? ECO_OWNER_ASK : ECO_OWNER_RUN;
    request->worker = request->owner == ECO_OWNER_RUN ? w->ids[k] : NULL;
    request->now_s = request->now_boot_s = w->now_s;
    if (request->limit > 0 && n_started(w) >= request->limit)
        expected = 0;
    assert_status(w->ctx, eco_store_take(w->stores[k], request, &trial, &attempt), ECOPT_OK);
    assert_int_equal(trial, expected);
    if (expected == 0) {
        assert_int_equal(attempt, 0);
        return;
    }
    if (request->proposal) {
        w->n++;
        w->trials[w->n] = (model_trial){.measured = -1};
    }
    begin_attempt(w, expected, request);
    assert_int_equal(attempt, w->trials[expected].attempts);
}

static void step_claim(world *w)
{
    size_t wanted = below(w, 2) == 0 ? 0 : below(w, w->n + 2), expected = 0;
    eco_take request = {.trial = (int64_t)wanted};
    for (size_t i = w->n; i >= 1; i--)
        if (w->trials[i].state == ECOPT_TRIAL_QUEUED && (wanted == 0 || wanted == i))
            expected = i;
    take(w, below(w, WORKERS), &request, expected);
}

/* A worker that has computed on an older view proposes a number that is taken meanwhile. */
static void step_propose(world *w)
{
    char point[32];
    size_t number = w->n + (below(w, 3) == 0 ? below(w, 3) : 1);
    eco_proposal proposal = {
        .number = (int64_t)number, .point = point, .origin = "mobo", .seed = 5};
    eco_take request = {.proposal = &proposal};
    if (w->n == TRIALS_MAX)
        return;
    /* A point is the number's own, so one that comes too late is also one that is there. */
    (void)snprintf(point, sizeof point, "p=%zu", number);
    take(w, below(w, WORKERS), &request, number == w->n + 1 ? number : 0);
}

static size_t make_phases(world *w, ecopt_phase_record phases[2], model_attempt *told)
{
    size_t n = below(w, 3);
    told->n_phases = n;
    told->spent_j = NAN;
    told->spent_s = 0;
    for (size_t i = 0; i < n; i++) {
        phases[i] = (ecopt_phase_record){.phase = i == 0 ? "train" : "test"};
        ecopt_energy_clear(&phases[i].energy);
        phases[i].time_s = (double)below(w, 64) / 8;
        told->spent_s += phases[i].time_s;
        if (i > 0)
            continue;
        phases[i].energy.energy_j = (double)below(w, 64) / 8;
        told->spent_j = phases[i].energy.energy_j;
    }
    return n;
}

static void keep_spent(model_attempt *attempt, const model_attempt *told)
{
    attempt->n_phases = told->n_phases;
    attempt->spent_j = told->spent_j;
    attempt->spent_s = told->spent_s;
}

/* How an attempt may end; the last three leave the trial waiting. */
static const struct {
    ecopt_trial_state state;
    ecopt_cause cause;
    bool is_retried;
} ends[] = {{ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_NONE, false},
            {ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_NONE, false},
            {ECOPT_TRIAL_PRUNED, ECOPT_CAUSE_PRUNED, false},
            {ECOPT_TRIAL_INFEASIBLE, ECOPT_CAUSE_CONSTRAINT, false},
            {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_SIGNAL, false},
            {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_SIGNAL, true},
            {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_MEMORY, true},
            {ECOPT_TRIAL_PREEMPTED, ECOPT_CAUSE_STOPPED, false}};

/* An end that is accepted: state, cause, metric and costs are the attempt's. */
static void close_attempt(model_trial *t, const eco_attempt_end *end, const model_attempt *told)
{
    model_attempt *attempt = &t->tries[end->attempt];
    bool waits = end->is_retried || end->state == ECOPT_TRIAL_PREEMPTED;
    attempt->state = end->state;
    attempt->cause = end->cause;
    attempt->accuracy = told->accuracy;
    keep_spent(attempt, told);
    t->state = waits ? ECOPT_TRIAL_QUEUED : end->state;
    if (!waits)
        t->decided = end->attempt;
}

/* Any worker may call, also one that was thought dead: only the number of the attempt counts. */
static void step_end(world *w)
{
    ecopt_phase_record phases[2];
    model_attempt told = {.accuracy = NAN};
    size_t which = below(w, ECO_LEN(ends)), number = 1 + below(w, w->n + 1);
    if (number > w->n)
        return;
    model_trial *t = &w->trials[number];
    eco_attempt_end end = {.trial = (int64_t)number,
                           .attempt = below(w, 4) == 0 ? (int64_t)below(w, 6) : t->attempts,
                           .state = ends[which].state,
                           .cause = ends[which].cause,
                           .is_retried = ends[which].is_retried,
                           .ended_s = w->now_s,
                           .phases = phases};
    end.n_phases = make_phases(w, phases, &told);
    const ecopt_metric_value metric = {"accuracy", (double)below(w, 1000) / 16, NAN};
    end.metrics = &metric;
    end.n_metrics = end.state == ECOPT_TRIAL_COMPLETE || below(w, 2) == 0;
    if (end.n_metrics > 0)
        told.accuracy = metric.value;
    bool is_there = end.attempt >= 1 && end.attempt <= t->attempts;
    model_attempt *attempt = is_there ? &t->tries[end.attempt] : NULL;
    bool expected = attempt && attempt->state == ECOPT_TRIAL_RUNNING, is_accepted = !expected;
    assert_status(w->ctx, eco_store_end_attempt(any_store(w), &end, &is_accepted), ECOPT_OK);
    assert_int_equal(is_accepted, expected);
    if (expected)
        close_attempt(t, &end, &told);
    else if (attempt && attempt->cause == ECOPT_CAUSE_LOST && attempt->n_phases == 0)
        keep_spent(attempt, &told);
}

static void model_lose(model_trial *t, model_attempt *attempt)
{
    attempt->state = ECOPT_TRIAL_ABANDONED;
    attempt->cause = ECOPT_CAUSE_LOST;
    if (t->state == ECOPT_TRIAL_RUNNING && attempt == newest(t))
        t->state = ECOPT_TRIAL_QUEUED;
}

/* Given up by somebody who may be wrong about it: the attempt may be over or there is none. */
static void step_lose(world *w)
{
    size_t number = 1 + below(w, w->n + 1);
    model_trial *t = number <= w->n ? &w->trials[number] : NULL;
    int64_t attempt = t && below(w, 3) != 0 ? t->attempts : (int64_t)below(w, 5);
    model_attempt *lost = t && attempt >= 1 && attempt <= t->attempts ? &t->tries[attempt] : NULL;
    bool expected = lost && lost->state == ECOPT_TRIAL_RUNNING, is_changed = !expected;
    assert_status(w->ctx,
                  eco_store_lose(any_store(w), (int64_t)number, attempt, "its worker is silent",
                                 w->now_s, &is_changed),
                  ECOPT_OK);
    assert_int_equal(is_changed, expected);
    if (expected)
        model_lose(t, lost);
}

static void step_recover(world *w)
{
    int64_t n = -7, expected = 0;
    if (below(w, 4) != 0)
        return;
    for (size_t i = 1; i <= w->n; i++) {
        model_trial *t = &w->trials[i];
        if (t->state != ECOPT_TRIAL_RUNNING || newest(t)->is_asked)
            continue;
        model_lose(t, newest(t));
        expected++;
    }
    assert_status(w->ctx, eco_store_recover(any_store(w), w->now_s, &n), ECOPT_OK);
    assert_int_equal(n, expected);
}

static void step_beat(world *w)
{
    size_t k = below(w, WORKERS), number = below(w, w->n + 2);
    const model_trial *t = number <= w->n ? &w->trials[number] : NULL;
    int64_t attempt = t ? t->attempts - (int64_t)below(w, 2) : 1;
    const eco_worker_row row = {.id = w->ids[k], .seen_s = w->now_s, .seen_boot_s = w->now_s};
    bool expected =
        number == 0 || (t && attempt >= 1 && t->tries[attempt].state == ECOPT_TRIAL_RUNNING);
    bool is_running = !expected;
    assert_status(w->ctx, eco_store_beat(w->stores[k], &row, (int64_t)number, attempt, &is_running),
                  ECOPT_OK);
    assert_int_equal(is_running, expected);
}

/* A fresh measurement: the values change with it, the state never. */
static void step_confirm(world *w)
{
    static const ecopt_trial_state states[] = {ECOPT_TRIAL_COMPLETE, ECOPT_TRIAL_COMPLETE,
                                               ECOPT_TRIAL_FAILED, ECOPT_TRIAL_PRUNED};
    ecopt_phase_record phases[2];
    model_attempt told = {.is_confirm = true};
    size_t number = 1 + below(w, w->n + 1);
    const ecopt_metric_value metric = {"accuracy", (double)below(w, 1000) / 16, NAN};
    eco_attempt_end end = {.trial = (int64_t)number,
                           .attempt = -7,
                           .state = states[below(w, ECO_LEN(states))],
                           .ended_s = w->now_s,
                           .phases = phases,
                           .metrics = &metric,
                           .n_metrics = 1};
    end.n_phases = make_phases(w, phases, &told);
    end.cause = end.state == ECOPT_TRIAL_FAILED ? ECOPT_CAUSE_EXIT : ECOPT_CAUSE_NONE;
    model_trial *t = &w->trials[number];
    bool expected = number <= w->n && t->state == ECOPT_TRIAL_COMPLETE;
    assert_status(w->ctx, eco_store_add_confirm(any_store(w), &end, w->now_s, NULL),
                  expected ? ECOPT_OK : ECOPT_E_NOT_FOUND);
    if (!expected)
        return;
    assert_int_equal(end.attempt, ++t->attempts);
    told.state = end.state;
    told.cause = end.cause;
    told.accuracy = metric.value;
    *newest(t) = told;
    if (end.state == ECOPT_TRIAL_COMPLETE)
        t->measured = end.attempt;
}

static void step_pass_over(world *w)
{
    size_t last = below(w, w->n + 2);
    assert_status(w->ctx, eco_store_pass_over(any_store(w), (int64_t)last), ECOPT_OK);
    for (size_t i = 1; i <= w->n && i <= last; i++) {
        model_trial *t = &w->trials[i];
        bool is_failed = false;
        for (int64_t k = 1; k <= t->attempts; k++)
            is_failed =
                is_failed || (t->tries[k].is_confirm && t->tries[k].state == ECOPT_TRIAL_FAILED);
        if (t->state == ECOPT_TRIAL_COMPLETE && t->measured < 0 && !is_failed)
            t->measured = 0;
    }
}

static int64_t count_cause(const model_trial *t, ecopt_cause cause)
{
    int64_t n = 0;
    for (int64_t k = 1; k <= t->attempts; k++)
        n += t->tries[k].cause == cause;
    return n;
}

/* Who was lost too often fails; by the last attempt, whose values it has if it told any. */
static void step_give_up(world *w)
{
    ecopt_cause cause = below(w, 2) == 0 ? ECOPT_CAUSE_LOST : ECOPT_CAUSE_MEMORY;
    int64_t most = 1 + (int64_t)below(w, 4), n = -7, expected = 0;
    for (size_t i = 1; i <= w->n; i++) {
        model_trial *t = &w->trials[i];
        if (t->state != ECOPT_TRIAL_QUEUED || count_cause(t, cause) <= most)
            continue;
        t->state = ECOPT_TRIAL_FAILED;
        t->decided = t->attempts;
        expected++;
    }
    assert_status(w->ctx, eco_store_give_up(any_store(w), cause, most, &n), ECOPT_OK);
    assert_int_equal(n, expected);
}

/* ---- what the store says ---- */

static void check_row(world *w, const eco_history_row *row)
{
    model_trial *t = &w->trials[row->trial];
    int64_t decided = t->decided > 0 ? t->decided : t->attempts;
    int64_t source = t->measured > 0 ? t->measured : t->decided;
    double accuracy = is_over(t->state) && source > 0 ? t->tries[source].accuracy : (double)NAN;
    assert_int_equal(row->state, t->state);
    assert_int_equal(row->attempts, t->attempts);
    assert_int_equal(row->measured, t->measured);
    assert_int_equal(row->cause, t->tries[decided].cause);
    assert_int_equal(row->n_same, count_cause(t, row->cause));
    assert_close(row->values[0], accuracy, 0, 0);
}

static void check_history(world *w)
{
    static const char *const names[] = {"accuracy"};
    eco_store_history *history = NULL;
    double spent_j = NAN, spent_s = 0;
    int64_t n_confirmed = 0, after = (int64_t)below(w, w->n + 1);
    for (size_t i = 1; i <= w->n; i++)
        for (int64_t k = 1; k <= w->trials[i].attempts; k++) {
            const model_attempt *attempt = &w->trials[i].tries[k];
            n_confirmed += attempt->is_confirm;
            spent_s += attempt->spent_s;
            if (!isnan(attempt->spent_j))
                spent_j = attempt->spent_j + (isnan(spent_j) ? 0 : spent_j);
        }
    assert_status(w->ctx, eco_store_get_history(any_store(w), after, names, 1, &history), ECOPT_OK);
    assert_int_equal(history->n, w->n - (size_t)after);
    assert_int_equal(history->n_confirmed, n_confirmed);
    assert_close(history->spent_energy_j, spent_j, 0, 0);
    assert_close(history->spent_time_s, spent_s, 0, 0);
    for (size_t i = 0; i < history->n; i++) {
        assert_int_equal(history->rows[i].trial, after + 1 + (int64_t)i);
        check_row(w, &history->rows[i]);
    }
    eco_store_history_free(w->ctx, history);
}

/* Every attempt that a worker runs, by trial, and under whose id: dead workers' too. */
static void check_running(world *w)
{
    eco_running_list *list = NULL;
    size_t n = 0;
    assert_status(w->ctx, eco_store_get_running(any_store(w), &list), ECOPT_OK);
    for (size_t i = 1; i <= w->n; i++) {
        model_trial *t = &w->trials[i];
        if (t->state != ECOPT_TRIAL_RUNNING || newest(t)->is_asked)
            continue;
        assert_true(n < list->n);
        assert_int_equal(list->rows[n].trial, i);
        assert_int_equal(list->rows[n].attempt, t->attempts);
        assert_string_equal(list->rows[n].worker.id, newest(t)->worker);
        n++;
    }
    assert_int_equal(list->n, n);
    eco_running_list_free(w->ctx, list);
}

static void check_causes(world *w)
{
    size_t number = 1 + below(w, w->n);
    ecopt_cause cause = ends[below(w, ECO_LEN(ends))].cause;
    int64_t n = -7;
    assert_status(w->ctx, eco_store_count_attempts(any_store(w), (int64_t)number, cause, &n),
                  ECOPT_OK);
    assert_int_equal(n, count_cause(&w->trials[number], cause));
}

static ecopt_status report_finding(void *user, const char *rule, int64_t trial, int64_t attempt,
                                   const char *message)
{
    (void)user;
    print_error("rule '%s': trial %lld, attempt %lld: %s\n", rule, (long long)trial,
                (long long)attempt, message);
    fail();
    return ECOPT_OK;
}

/* As seen from another machine, where running attempts are no business of the check. */
static void check_rules(world *w)
{
    static const char *const metrics[] = {"accuracy"};
    const eco_store_known known = {.n_metrics = 1, .metrics = metrics, .host = "elsewhere"};
    assert_status(w->ctx, eco_store_verify(any_store(w), &known, report_finding, NULL), ECOPT_OK);
}

static void run_sequence(ecopt_ctx *ctx, uint64_t seed)
{
    static void (*const steps[])(world *) = {
        step_propose, step_propose, step_claim,   step_claim,     step_claim,   step_claim,
        step_end,     step_end,     step_end,     step_end,       step_lose,    step_lose,
        step_recover, step_beat,    step_confirm, step_pass_over, step_give_up, step_die};
    static const eco_study_row row = {
        .name = "s", .definition = "d", .identity = "i", .version = "0", .host = "{}"};
    char dir[256];
    world *w = eco_alloc(ctx, 1, sizeof *w);
    eco_store *first = NULL;
    assert_non_null(w);
    *w = (world){.ctx = ctx};
    eco_rng_init(&w->rng, seed, ECO_STREAM_TEST, 0);
    eco_test_temp_dir(dir);
    w->path = eco_fs_join(ctx, dir, "study.db");
    assert_status(ctx, eco_store_open(ctx, w->path, ECO_STORE_CREATE, &first), ECOPT_OK);
    assert_status(ctx, eco_store_create_study(first, &row), ECOPT_OK);
    assert_status(ctx, eco_store_close(first), ECOPT_OK);
    for (size_t k = 0; k < WORKERS; k++)
        start_worker(w, k);
    step_propose(w);
    for (int i = 0; i < STEPS; i++) {
        w->now_s++;
        steps[below(w, ECO_LEN(steps))](w);
        check_history(w);
        check_running(w);
        if (w->n > 0)
            check_causes(w);
        /* Looks through the whole file: not each time. */
        if (i % 13 == 12)
            check_rules(w);
    }
    for (size_t k = 0; k < WORKERS; k++)
        assert_status(ctx, eco_store_close(w->stores[k]), ECOPT_OK);
    eco_free(ctx, w->path);
    eco_free(ctx, w);
    eco_test_remove_dir(dir);
}

static void test_random_workers_agree_with_the_model(void **state)
{
    (void)state;
    const char *given = getenv("ECOPT_TEST_SEED");
    int64_t seed = 1;
    if (given)
        assert_true(eco_parse_int(given, &seed));
    print_message("seed %lld (ECOPT_TEST_SEED)\n", (long long)seed);
    ecopt_ctx *ctx = eco_test_ctx();
    for (int i = 0; i < SEQUENCES; i++)
        run_sequence(ctx, (uint64_t)(seed * 1000 + i));
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_workers_agree_with_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
