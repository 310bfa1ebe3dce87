/*
 * The rules of a study file as `check`, `status` and `show` tell them, and what came of them:
 * retries, early ends, repeats, confirmations, attempts, and why a study ended.
 */
#include "report/effects.h"
#include "support/config_probe.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include <ecopt/report.h>
#include <ecopt/study.h>
#include <math.h>
#include <string.h>

/* The whole text is shown when a part is missing: it is short, and says what came instead. */
static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is missing in\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("'%s' is in\n%s", part, text);
}

/* Everything set, in one file. */
static const char full[] =
    "command: {profile: 'p {x}', train: 't {x} {n}', evaluate: e}\n"
    "params: {x: {type: float, min: 0, max: 1, default: 0.5}, n: {type: choice, values: [1, 2]}}\n"
    "objectives: {a: {goal: max, threshold: 0}, evaluate.energy_j: min}\n"
    "constraints: [a >= 0.1, x < 0.9]\n"
    "budget: {carbon: 100g, money: 5, gain: 0.1%, failures: 50%, consecutive_failures: 3}\n"
    "carbon: {country: GBR, price: 0.2, currency: GBP}\n"
    "resources: {memory: 4GB, cpus: 1, gpus: 2, pids: 100, required: true}\n"
    "retries: {timeout: 2, signal: 0}\ninherit_env: [PATH, 'LC_*']\nsecrets: [LOGIN]\n"
    "meter: {sources: 'plug:http://me:secret@192.0.2.7', repeats: {max: 3, target: 3%},"
    " concurrent: share}\n"
    "profile: {phase: profile, provides: {evaluate.energy_j: profile.energy_j}}\n"
    "pruning: {rule: curve, steps: 20, metric: a}\n"
    "deployment: {requests: 1e6, metric: evaluate.energy_j, choose: knee,"
    " baseline: {x: 0.25, n: 2}}\n";

/* Names in a column, one line each, in the order of the enum: what people read before a run. */
static void test_every_rule_has_its_line(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *d = eco_probe_parse(ctx, full);
    char *text = NULL;
    assert_status(ctx, ecopt_report_definition(ctx, d, ECOPT_FORMAT_TABLE, &text), ECOPT_OK);
    assert_string_equal(
        text,
        "  failures   the study stops above 50 % of its trials, or after 3 in a row\n"
        "  retries    timeout 2, meter 1, lost 3\n"
        "  gain       the study stops after 3 suggestions in a row that promise less than 0.1 % of "
        "the hypervolume\n"
        "  deployment 1e+06 requests of evaluate.energy_j, the knee; baseline x=0.25 n=2\n"
        "  resources  memory 4 GB, 1 CPU, 2 GPUs, 100 processes for each trial; required\n"
        "  variables  inherited PATH, LC_*; secret LOGIN\n"
        "  concurrent share: phases run side by side, joules by CPU time\n"
        "  repeats    evaluate: 1 to 3 runs, until within 3 %\n"
        "  confirm    the front is measured anew at the end, 3 rounds\n"
        "  profile    profile decides: trials end below a chance of 5 %\n"
        "  pruning    curve: trials end at a chance of 95 % to be of no use or below a gain of "
        "0.05 % by a, of 20 steps, after 5 complete trials and step 1\n");
    ecopt_text_free(ctx, text);
    ecopt_definition_free(ctx, d);
}

/* What acts by default has a line, what does nothing has none: a study without a meter, one that
 * asks for no rule at all, and one of a replayed trace, where nobody waits for anybody. */
static void test_defaults_and_other_words(void **state)
{
    ecopt_ctx *ctx = *state;
    static const struct {
        const char *sections, *text;
    } cases[] = {
        {"meter: {sources: none}",
         "  failures   the study stops above 90 % of its trials, or after 10 in a row\n"
         "  retries    signal 1, meter 1, lost 3\n"},
        {"meter: {sources: none}\nbudget: {failures: 1, consecutive_failures: 0}\n"
         "retries: {signal: 0, meter: 0, lost: 0}\npruning: {rule: asha, warmup: {steps: 2}}",
         "  pruning    asha: one trial in 3 goes on at each rung, after 5 complete trials and step "
         "2\n"},
        {"meter: {sources: 'replay:t.txt', repeats: 2}\nobjectives: {run.energy_j: min}\n"
         "budget: {failures: 1, consecutive_failures: 1}\nretries: {signal: 0, meter: 0, lost: 0}\n"
         "inherit_env: ['*']\nresources: {memory: 512MB}",
         "  failures   the study stops after 1 in a row\n"
         "  resources  memory 512 MB for each trial\n"
         "  variables  inherited *\n"
         "  repeats    run: 2 runs\n"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_definition *d = eco_probe_parse(ctx, cases[i].sections);
        char *text = NULL;
        assert_status(ctx, ecopt_report_definition(ctx, d, ECOPT_FORMAT_TABLE, &text), ECOPT_OK);
        assert_string_equal(text, cases[i].text);
        ecopt_text_free(ctx, text);
        assert_status(ctx, ecopt_report_definition(ctx, d, ECOPT_FORMAT_CSV, &text), ECOPT_E_ARG);
        ecopt_definition_free(ctx, d);
    }
}

/* Every value of the file is in the document, and no login. */
static void test_json_of_a_definition(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_definition *d = eco_probe_parse(ctx, full);
    char *text = NULL;
    assert_status(ctx, ecopt_report_definition(ctx, d, ECOPT_FORMAT_JSON, &text), ECOPT_OK);
    lacks(text, "secret@");
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    const json_t *budget = json_object_get(root, "budget");
    const json_t *rules = json_object_get(root, "policies");
    assert_close(json_number_value(json_object_get(budget, "carbon_g")), 100, 0, 0);
    assert_close(json_number_value(json_object_get(budget, "money")), 5, 0, 0);
    assert_close(json_number_value(json_object_get(budget, "gain_ratio")), 0.001, 1e-12, 0);
    assert_int_equal(json_integer_value(json_object_get(budget, "consecutive_failures")), 3);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(rules, "retries"), "timeout")), 2);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(rules, "resources"), "gpus")), 2);
    assert_int_equal(json_array_size(json_object_get(rules, "inherit_env")), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(rules, "pruning"), "rule")), "curve");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(rules, "deployment"), "choose")), "knee");
    assert_int_equal(json_array_size(json_object_get(root, "constraints")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "params")), 2);
    json_decref(root);
    ecopt_text_free(ctx, text);
    ecopt_definition_free(ctx, d);
}

/* A study in which everything has happened once. */
static eco_fake_study *eventful(ecopt_ctx *ctx)
{
    static const ecopt_decision pruned[] = {
        {.kind = "prune", .attempt = 1, .step = 3, .verdict = "go on", .numbers = "{\"p\": 0.5}"},
        {.kind = "prune", .attempt = 1, .step = 6, .verdict = "prune", .numbers = "{\"p\": 0.97}"}};
    static const ecopt_decision skipped[] = {
        {.kind = "profile", .attempt = 1, .verdict = "prune", .numbers = "{}"}};
    static const ecopt_attempt runs[] = {{.attempt = 1,
                                          .kind = "run",
                                          .state = "failed",
                                          .cause = ECOPT_CAUSE_SIGNAL,
                                          .reason = "phase 'train': signal 9",
                                          .started_s = 1e9,
                                          .ended_s = 1e9 + 4,
                                          .energy_j = 30,
                                          .u95_j = 2,
                                          .time_s = 4},
                                         {.attempt = 2,
                                          .kind = "run",
                                          .state = "abandoned",
                                          .cause = ECOPT_CAUSE_LOST,
                                          .reason = "",
                                          .started_s = 1e9 + 5,
                                          .ended_s = NAN,
                                          .energy_j = NAN,
                                          .u95_j = NAN,
                                          .time_s = NAN},
                                         {.attempt = 3,
                                          .kind = "run",
                                          .state = "complete",
                                          .reason = "",
                                          .started_s = 1e9 + 9,
                                          .ended_s = 1e9 + 12,
                                          .energy_j = 50,
                                          .u95_j = 3,
                                          .time_s = 3},
                                         {.attempt = 4,
                                          .kind = "confirm",
                                          .state = "complete",
                                          .reason = "",
                                          .started_s = 1e9 + 20,
                                          .ended_s = 1e9 + 21,
                                          .energy_j = 5,
                                          .u95_j = 1,
                                          .time_s = 1}};
    static const size_t phases[] = {1};
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    ecopt_trial *trial = eco_fake_study_add(study, 0.9, 1e-3);
    trial->n_runs = ECO_LEN(runs);
    trial->runs = runs;
    trial->attempts = 4;
    trial->n_confirmed = 1;
    eco_fake_study_store(study, 0)->phases[1].repeat = 2;
    trial = eco_fake_study_add_state(study, ECOPT_TRIAL_PRUNED, "of no use");
    trial->n_decisions = ECO_LEN(pruned);
    trial->decisions = pruned;
    trial = eco_fake_study_add_state(study, ECOPT_TRIAL_PRUNED, "of no use");
    trial->n_decisions = ECO_LEN(skipped);
    trial->decisions = skipped;
    study->definition.repeats =
        (ecopt_repeat_policy){.min = 1, .max = 2, .n_phases = 1, .phases = phases, .confirm = 2};
    study->definition.pruning = (ecopt_pruning){
        .rule = ECOPT_PRUNE_CURVE, .confidence = 0.95, .warmup_trials = 5, .warmup_steps = 1};
    study->definition.failures.retries[ECOPT_CAUSE_SIGNAL] = 1;
    return study;
}

/* The status of a made-up study; ecopt_text_free. */
static char *report(eco_fake_study *study, ecopt_format format)
{
    char *text = NULL;
    assert_status(
        study->ctx,
        ecopt_report_status(study->ctx, &study->definition, &study->snapshot, format, &text),
        ECOPT_OK);
    return text;
}

/* Behind each rule stands what it has done: two retries of which the second was of a lost worker,
 * one run of a phase more than the first, one point measured anew, one trial ended by pruning and
 * one by its profile phase. */
static void test_status_tells_what_came_of_the_rules(void **state)
{
    static const ecopt_phase names[] = {{.name = "train"}, {.name = "evaluate"}};
    eco_fake_study *study = eventful(*state);
    study->definition.phases = names;
    study->definition.n_phases = 2;
    char *text = report(study, ECOPT_FORMAT_TABLE);
    has(text, "  retries    signal 1; run again: signal 1, lost 1\n");
    has(text, "  repeats    evaluate: 1 to 2 runs; 1 further run in 1 trial\n");
    has(text,
        "  confirm    the front is measured anew at the end, 2 rounds; 1 of 1 points so far\n");
    has(text, "after 5 complete trials and step 1; 1 trial ended early\n");
    lacks(text, "  ended ");
    ecopt_text_free(study->ctx, text);
    text = report(study, ECOPT_FORMAT_JSON);
    json_t *root = json_loads(text, 0, NULL);
    const json_t *effects = json_object_get(root, "effects");
    assert_int_equal(json_integer_value(json_object_get(effects, "pruned")), 1);
    assert_int_equal(json_integer_value(json_object_get(effects, "profiled_out")), 1);
    assert_int_equal(json_integer_value(json_object_get(effects, "repeated_runs")), 1);
    assert_int_equal(json_integer_value(json_object_get(effects, "confirmed_points")), 1);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(effects, "retried"), "lost")), 1);
    assert_true(json_is_null(json_object_get(effects, "end")));
    json_decref(root);
    ecopt_text_free(study->ctx, text);
    eco_fake_study_free(study);
}

/* Every reason in its own unit, with what was reached and the limit. The last row counts; words and
 * numbers of a newer version are shown as they are and break nothing. */
static void test_why_it_ended(void **state)
{
    static const struct {
        const char *verdict, *numbers, *line;
    } cases[] = {
        {"trials", "{\"reached\": 30, \"limit\": 30}", "trial budget spent: 30 of 30"},
        {"energy", "{\"reached\": 1250, \"limit\": 1000}", "energy budget spent: 1.25 kJ of 1 kJ"},
        {"time", "{\"reached\": 61, \"limit\": 60}", "time budget spent: 61 s of 60 s"},
        {"carbon", "{\"reached\": 12, \"limit\": 10}",
         "carbon budget spent: 12 gCO\u2082e of 10 gCO\u2082e"},
        {"money", "{\"reached\": 0.5, \"limit\": 0.25}", "money budget spent: 0.5 GBP of 0.25 GBP"},
        {"failures", "{\"reached\": 0.6, \"limit\": 0.5}",
         "too many trials failed: 60 %, allowed are 50 %"},
        {"consecutive", "{\"reached\": 3, \"limit\": 3}",
         "too many trials failed one after the other: 3 of 3"},
        {"gain", "{\"reached\": 3, \"limit\": 3}", "no gain is expected any more: 3 of 3"},
        {"worth", "{\"saving_j\": 20, \"cost_j\": 300}",
         "a further trial would not pay for itself: it would save 20 J and take 300 J"},
        {"exhausted", "{\"reached\": null, \"limit\": null}", "no new point is left to try"},
        {"interrupted", "not JSON", "interrupted"},
        {"a newer word", "{}", "a newer word"},
    };
    eco_fake_study *study = eco_fake_study_new(*state, 2);
    const ecopt_worker worker = {.id = "w", .host = "h", .phase = "", .is_there = true};
    study->definition.carbon.currency = "GBP";
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        const ecopt_decision ends[] = {
            {.kind = "stop", .verdict = "trials", .numbers = "{}", .decided_s = 1},
            {.kind = "stop",
             .verdict = cases[i].verdict,
             .numbers = cases[i].numbers,
             .decided_s = 2}};
        char line[256];
        (void)snprintf(line, sizeof line, "  ended      %s\n", cases[i].line);
        study->snapshot.n_decisions = ECO_LEN(ends);
        study->snapshot.decisions = ends;
        char *text = report(study, ECOPT_FORMAT_TABLE);
        has(text, line);
        ecopt_text_free(study->ctx, text);
        text = report(study, ECOPT_FORMAT_JSON);
        (void)snprintf(line, sizeof line, "\"reason\": \"%s\"", cases[i].verdict);
        has(text, line);
        ecopt_text_free(study->ctx, text);
        /* While somebody runs it, it has not ended. */
        study->snapshot.n_workers = 1;
        study->snapshot.workers = &worker;
        text = report(study, ECOPT_FORMAT_TABLE);
        lacks(text, "  ended ");
        ecopt_text_free(study->ctx, text);
        study->snapshot.n_workers = 0;
    }
    eco_fake_study_free(study);
}

/* What is stored can be read again, for every reason there is. */
static void test_words_of_ends(void **state)
{
    (void)state;
    ecopt_stop_reason reason = ECOPT_STOP_TRIALS;
    for (int i = ECOPT_STOP_TRIALS; i <= ECOPT_STOP_WORTH; i++) {
        assert_true(ecopt_stop_reason_parse(ecopt_stop_reason_word((ecopt_stop_reason)i), &reason));
        assert_int_equal(reason, i);
    }
    assert_false(ecopt_stop_reason_parse("", &reason));
    assert_false(ecopt_stop_reason_parse(NULL, &reason));
    assert_string_equal(ecopt_stop_reason_word((ecopt_stop_reason)99), "");
}

/* All attempts with what became of them, when they began and what they took, fresh measurements
 * marked; and the decisions with the numbers that they were made of. */
static void test_show_lists_attempts_and_decisions(void **state)
{
    eco_fake_study *study = eventful(*state);
    char *text = NULL;
    assert_status(study->ctx,
                  ecopt_report_trial(study->ctx, &study->definition, &study->snapshot, 1,
                                     ECOPT_FORMAT_TABLE, &text),
                  ECOPT_OK);
    has(text, "\nattempts\n"
              "  1  2001-09-09 01:46:40 UTC  failed (signal)  30.0 ± 2.0 J in 4 s  phase 'train': "
              "signal 9\n"
              "  2  2001-09-09 01:46:45 UTC  abandoned (lost)  joules not known in a time not "
              "known\n"
              "  3  2001-09-09 01:46:49 UTC  complete  50.0 ± 3.0 J in 3 s\n"
              "  4  2001-09-09 01:47:00 UTC  measured anew: complete  5.0 ± 1.0 J in 1 s\n");
    ecopt_text_free(study->ctx, text);
    assert_status(study->ctx,
                  ecopt_report_trial(study->ctx, &study->definition, &study->snapshot, 1,
                                     ECOPT_FORMAT_JSON, &text),
                  ECOPT_OK);
    json_t *root = json_loads(text, 0, NULL);
    const json_t *runs = json_object_get(root, "runs");
    assert_int_equal(json_array_size(runs), 4);
    assert_string_equal(json_string_value(json_object_get(json_array_get(runs, 0), "cause")),
                        "signal");
    assert_true(json_is_null(json_object_get(json_array_get(runs, 1), "energy_j")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(runs, 3), "kind")),
                        "confirm");
    json_decref(root);
    ecopt_text_free(study->ctx, text);
    assert_status(study->ctx,
                  ecopt_report_trial(study->ctx, &study->definition, &study->snapshot, 2,
                                     ECOPT_FORMAT_TABLE, &text),
                  ECOPT_OK);
    has(text, "\ndecisions\n  prune: go on at step 3  p 0.5\n"
              "  prune: prune at step 6  p 0.97\n");
    lacks(text, "\nattempts\n");
    ecopt_text_free(study->ctx, text);
    eco_fake_study_free(study);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, eco_test_set_up, eco_test_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_every_rule_has_its_line),
        TEST(test_defaults_and_other_words),
        TEST(test_json_of_a_definition),
        TEST(test_status_tells_what_came_of_the_rules),
        TEST(test_why_it_ended),
        TEST(test_words_of_ends),
        TEST(test_show_lists_attempts_and_decisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
