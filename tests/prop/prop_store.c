/*
 * Random sequences of store operations against a model that is a plain array: after each step the
 * store says what the model says.  Reopening, recovering and refused calls are steps like others.
 */
#include "core/fs.h"
#include "core/rng.h"
#include "core/str.h"
#include "store/store.h"
#include "support/eco_test.h"

#include <stdlib.h>

enum { TRIALS_MAX = 24, POINTS = 30, STEPS = 220, SEQUENCES = 12, OBJECTIVES = 3 };

typedef struct model_trial {
    int point; /* index: the text is "p=INDEX" */
    ecopt_trial_state state;
    int64_t attempts;
    bool is_asked;           /* owner of the running attempt */
    double accuracy;         /* of the deciding attempt, NaN when it has none */
    double spent_j, spent_s; /* of all attempts; spent_j NaN when nothing was metered */
    size_t n_phases;         /* of the newest attempt */
    uint64_t lost;           /* bit k: attempt k was lost and has told of nothing it spent */
} model_trial;

typedef struct model {
    size_t n;
    model_trial trials[TRIALS_MAX];
    double reference[OBJECTIVES];
    int64_t revision;
} model;

typedef struct world {
    ecopt_ctx *ctx;
    char *path;
    eco_store *store;
    eco_rng rng;
    model model;
} world;

static uint64_t below(world *w, uint64_t n)
{
    return eco_rng_below(&w->rng, n);
}

static void point_text(int point, char text[16])
{
    (void)snprintf(text, 16, "p=%d", point);
}

/* NaN is nothing spent yet. */
static double sum(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a + b;
}

static void step_add(world *w)
{
    model *m = &w->model;
    char text[16];
    int point = (int)below(w, POINTS);
    int64_t trial = -7;
    bool is_new = true;
    if (m->n == TRIALS_MAX)
        return;
    for (size_t i = 0; i < m->n; i++)
        is_new = is_new && m->trials[i].point != point;
    point_text(point, text);
    assert_status(w->ctx, eco_store_add_trial(w->store, text, "random", 5, 1, &trial),
                  is_new ? ECOPT_OK : ECOPT_E_ARG);
    if (!is_new) {
        assert_int_equal(trial, -7);
        return;
    }
    assert_int_equal(trial, m->n + 1);
    m->trials[m->n++] =
        (model_trial){.point = point, .state = ECOPT_TRIAL_QUEUED, .accuracy = NAN, .spent_j = NAN};
}

static void step_claim(world *w)
{
    model *m = &w->model;
    int64_t wanted = (int64_t)below(w, m->n + 2), trial = -7, attempt = -7;
    bool is_asked = below(w, 3) == 0;
    size_t found = m->n;
    for (size_t i = 0; i < m->n && found == m->n; i++)
        if (m->trials[i].state == ECOPT_TRIAL_QUEUED && (wanted == 0 || wanted == (int64_t)i + 1))
            found = i;
    ecopt_status expected = found < m->n ? ECOPT_OK : ECOPT_E_NOT_FOUND;
    assert_status(w->ctx,
                  eco_store_claim(w->store, wanted, is_asked ? ECO_OWNER_ASK : ECO_OWNER_RUN, 2,
                                  &trial, &attempt),
                  expected);
    if (expected != ECOPT_OK) {
        assert_int_equal(trial, -7);
        assert_int_equal(attempt, -7);
        return;
    }
    model_trial *t = &m->trials[found];
    assert_int_equal(trial, found + 1);
    assert_int_equal(attempt, t->attempts + 1);
    t->attempts++;
    t->state = ECOPT_TRIAL_RUNNING;
    t->is_asked = is_asked;
    t->n_phases = 0;
}

/* One metered and one unmetered phase, or none. */
static size_t make_phases(world *w, ecopt_phase_record phases[2], double *ret_j, double *ret_s)
{
    size_t n = below(w, 3);
    *ret_j = NAN;
    *ret_s = 0;
    for (size_t i = 0; i < n; i++) {
        memset(&phases[i], 0, sizeof phases[i]);
        ecopt_energy_clear(&phases[i].energy);
        phases[i].phase = i == 0 ? "train" : "test";
        phases[i].time_s = (double)below(w, 64) / 8;
        phases[i].energy.energy_j = i == 0 ? (double)below(w, 64) / 4 : (double)NAN;
        *ret_s += phases[i].time_s;
        *ret_j = sum(*ret_j, phases[i].energy.energy_j);
    }
    return n;
}

/* What a lost attempt has spent is kept, once; a trial that waits shows its newest attempt. */
static void late_end(model_trial *t, const eco_attempt_end *end, double spent_j, double spent_s)
{
    bool is_lost = end->attempt >= 1 && end->attempt < 64 && t->lost >> end->attempt & 1;
    if (!is_lost)
        return;
    t->lost &= ~(1ULL << end->attempt);
    t->spent_j = sum(t->spent_j, spent_j);
    t->spent_s += spent_s;
    if (t->state == ECOPT_TRIAL_QUEUED && end->attempt == t->attempts)
        t->n_phases = end->n_phases;
}

static void step_end(world *w)
{
    static const ecopt_trial_state states[] = {ECOPT_TRIAL_COMPLETE, ECOPT_TRIAL_INFEASIBLE,
                                               ECOPT_TRIAL_FAILED, ECOPT_TRIAL_PREEMPTED};
    model *m = &w->model;
    ecopt_phase_record phases[2];
    double spent_j, spent_s;
    ecopt_metric_value metric = {"accuracy", (double)below(w, 1000) / 16, NAN};
    eco_attempt_end end = {.trial = 1 + (int64_t)below(w, m->n + 1),
                           .state = states[below(w, ECO_LEN(states))],
                           .ended_s = 3,
                           .n_metrics = below(w, 2),
                           .metrics = &metric,
                           .phases = phases,
                           .is_durable = below(w, 8) == 0};
    end.n_phases = make_phases(w, phases, &spent_j, &spent_s);
    model_trial *t = (uint64_t)end.trial <= m->n ? &m->trials[end.trial - 1] : NULL;
    /* Often the right attempt, sometimes one that was or will be. */
    end.attempt = (t ? t->attempts : 1) + (below(w, 4) == 0 ? (int64_t)below(w, 3) - 1 : 0);
    bool expected = t && t->state == ECOPT_TRIAL_RUNNING && end.attempt == t->attempts;
    bool is_accepted = !expected;
    assert_status(w->ctx, eco_store_end_attempt(w->store, &end, &is_accepted), ECOPT_OK);
    assert_int_equal(is_accepted, expected);
    if (!expected && t && end.n_phases > 0)
        late_end(t, &end, spent_j, spent_s);
    if (!expected)
        return;
    bool is_preempted = end.state == ECOPT_TRIAL_PREEMPTED;
    t->state = is_preempted ? ECOPT_TRIAL_QUEUED : end.state;
    t->accuracy = end.n_metrics > 0 ? metric.value : (double)NAN;
    t->spent_j = sum(t->spent_j, spent_j);
    t->spent_s += spent_s;
    t->n_phases = end.n_phases;
}

static void step_recover(world *w)
{
    int64_t n = -7, expected = 0;
    for (size_t i = 0; i < w->model.n; i++) {
        model_trial *t = &w->model.trials[i];
        bool is_lost = t->state == ECOPT_TRIAL_RUNNING && !t->is_asked;
        if (is_lost) {
            t->state = ECOPT_TRIAL_QUEUED;
            t->lost |= t->attempts < 64 ? 1ULL << t->attempts : 0;
        }
        expected += is_lost;
    }
    assert_status(w->ctx, eco_store_recover(w->store, 4, &n), ECOPT_OK);
    assert_int_equal(n, expected);
}

static void step_reference(world *w)
{
    double given[OBJECTIVES];
    for (size_t k = 0; k < OBJECTIVES; k++) {
        given[k] = below(w, 2) == 0 ? (double)NAN : (double)below(w, 100);
        if (!isnan(given[k]))
            w->model.reference[k] = given[k];
    }
    assert_status(w->ctx, eco_store_set_reference(w->store, given, OBJECTIVES), ECOPT_OK);
}

static void step_reopen(world *w)
{
    assert_status(w->ctx, eco_store_close(w->store), ECOPT_OK);
    w->store = NULL;
    eco_store_mode mode = below(w, 2) == 0 ? ECO_STORE_WRITE : ECO_STORE_CREATE;
    assert_status(w->ctx, eco_store_open(w->ctx, w->path, mode, &w->store), ECOPT_OK);
}

static void step_revise(world *w)
{
    char text[32];
    (void)snprintf(text, sizeof text, "revision %lld", (long long)++w->model.revision);
    assert_status(w->ctx, eco_store_revise(w->store, text), ECOPT_OK);
}

/* ---- what the store says ---- */

static bool is_over(ecopt_trial_state state)
{
    return state != ECOPT_TRIAL_QUEUED && state != ECOPT_TRIAL_RUNNING;
}

static void check_history(world *w, int64_t after)
{
    static const char *const names[] = {"none", "accuracy"};
    const model *m = &w->model;
    eco_store_history *history = NULL;
    double spent_j = NAN, spent_s = 0;
    for (size_t i = 0; i < m->n; i++) {
        spent_j = sum(spent_j, m->trials[i].spent_j);
        spent_s += m->trials[i].spent_s;
    }
    assert_status(w->ctx, eco_store_get_history(w->store, after, names, 2, &history), ECOPT_OK);
    assert_int_equal(history->n, (int64_t)m->n > after ? m->n - (size_t)after : 0);
    assert_close(history->spent_energy_j, spent_j, 0, 0);
    assert_close(history->spent_time_s, spent_s, 0, 0);
    for (size_t i = 0; i < history->n; i++) {
        const eco_history_row *row = &history->rows[i];
        const model_trial *t = &m->trials[i + (size_t)after];
        char text[16];
        point_text(t->point, text);
        assert_string_equal(row->point, text);
        assert_int_equal(row->trial, i + 1 + (size_t)after);
        assert_int_equal(row->state, t->state);
        assert_int_equal(row->attempts, t->attempts);
        assert_true(isnan(row->values[0]) && isnan(row->u95[1]));
        /* An interrupted attempt's value decides nothing. */
        assert_close(row->values[1], is_over(t->state) ? t->accuracy : (double)NAN, 0, 0);
    }
    eco_store_history_free(w->ctx, history);
}

static void check_snapshot(world *w)
{
    const model *m = &w->model;
    ecopt_snapshot *view = NULL;
    assert_status(w->ctx, eco_store_snapshot(w->store, &view), ECOPT_OK);
    assert_int_equal(view->n_trials, m->n);
    assert_int_equal(view->revision, m->revision);
    for (size_t i = 0; i < m->n; i++) {
        const ecopt_trial *trial = &view->trials[i];
        const model_trial *t = &m->trials[i];
        assert_int_equal(trial->id, i + 1);
        assert_int_equal(trial->state, t->state);
        assert_int_equal(trial->attempts, t->attempts);
        assert_int_equal(trial->n_phases, t->n_phases);
        assert_close(trial->spent_energy_j, t->spent_j, 0, 0);
        assert_close(trial->spent_time_s, t->spent_s, 0, 0);
    }
    for (size_t k = 0; k < view->n_reference; k++)
        assert_close(view->reference[k], m->reference[k], 0, 0);
    for (size_t k = view->n_reference; k < OBJECTIVES; k++)
        assert_true(isnan(m->reference[k]));
    ecopt_snapshot_free(w->ctx, view);
}

static void check_study(world *w)
{
    char *identity = NULL, *definition = NULL, expected[32] = "definition";
    int64_t revision = 0;
    double reference[OBJECTIVES];
    if (w->model.revision > 1)
        (void)snprintf(expected, sizeof expected, "revision %lld", (long long)w->model.revision);
    assert_status(w->ctx, eco_store_get_study(w->store, &identity, &definition, &revision),
                  ECOPT_OK);
    assert_string_equal(identity, "identity");
    assert_string_equal(definition, expected);
    assert_int_equal(revision, w->model.revision);
    eco_free(w->ctx, identity);
    eco_free(w->ctx, definition);
    assert_status(w->ctx, eco_store_get_reference(w->store, reference, OBJECTIVES), ECOPT_OK);
    for (size_t k = 0; k < OBJECTIVES; k++)
        assert_close(reference[k], w->model.reference[k], 0, 0);
}

static void step(world *w)
{
    static void (*const steps[])(world *) = {
        step_add, step_add, step_claim,   step_claim,     step_claim,  step_end,   step_end,
        step_end, step_end, step_recover, step_reference, step_revise, step_reopen};
    size_t which = below(w, ECO_LEN(steps));
    /* Reopening costs milliseconds: one in four is enough. */
    if (steps[which] == step_reopen && below(w, 4) != 0)
        which = 0;
    steps[which](w);
    check_history(w, (int64_t)below(w, w->model.n + 2));
}

static void run_sequence(ecopt_ctx *ctx, uint64_t seed)
{
    static const eco_study_row row = {.name = "s",
                                      .definition = "definition",
                                      .identity = "identity",
                                      .version = "0",
                                      .host = "{}"};
    char dir[256];
    world w = {.ctx = ctx, .model = {.revision = 1}};
    eco_rng_init(&w.rng, seed, ECO_STREAM_TEST, 0);
    for (size_t k = 0; k < OBJECTIVES; k++)
        w.model.reference[k] = NAN;
    eco_test_temp_dir(dir);
    w.path = eco_fs_join(ctx, dir, "study.db");
    assert_status(ctx, eco_store_open(ctx, w.path, ECO_STORE_CREATE, &w.store), ECOPT_OK);
    assert_status(ctx, eco_store_create_study(w.store, &row), ECOPT_OK);
    for (int i = 0; i < STEPS; i++) {
        step(&w);
        if (i % 20 == 19) {
            check_snapshot(&w);
            check_study(&w);
        }
    }
    assert_status(ctx, eco_store_close(w.store), ECOPT_OK);
    eco_free(ctx, w.path);
    eco_test_remove_dir(dir);
}

static void test_random_operations_agree_with_the_model(void **state)
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
        cmocka_unit_test(test_random_operations_agree_with_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
