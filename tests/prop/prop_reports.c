/*
 * Reports of random studies: the formats say the same, and every trial is in them once.
 */
#include "report/clean.h"
#include "report/point.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include "core/rng.h"

#include <ecopt/report.h>
#include <jansson.h>
#include <stdlib.h>

enum { SEED = 61803, ROUNDS = 60, FIELD_B = 512 };

typedef ecopt_status (*report_fn)(ecopt_ctx *ctx, const ecopt_definition *definition,
                                  const ecopt_snapshot *snapshot, ecopt_format format,
                                  char **ret_text);

static char *report(const eco_fake_study *study, report_fn make, ecopt_format format)
{
    char *text = NULL;
    assert_status(study->ctx, make(study->ctx, &study->definition, &study->snapshot, format, &text),
                  ECOPT_OK);
    return text;
}

static json_t *report_json(const eco_fake_study *study, report_fn make)
{
    json_error_t error;
    char *text = report(study, make, ECOPT_FORMAT_JSON);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s in %s", error.text, text);
    eco_free(study->ctx, text);
    return root;
}

/* Trials of every state, some without joules, some with odd labels. */
static eco_fake_study *any_study(ecopt_ctx *ctx, eco_rng *rng, size_t n)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 1 + (size_t)eco_rng_below(rng, 3));
    for (size_t i = 0; i < n; i++) {
        if (eco_rng_below(rng, 4) == 0) {
            (void)eco_fake_study_add_state(
                study, (ecopt_trial_state)eco_rng_below(rng, ECOPT_TRIAL_PREEMPTED + 1),
                eco_rng_below(rng, 2) ? "because, \"so\"" : NULL);
            continue;
        }
        (void)eco_fake_study_add(study, round(1e3 * eco_rng_uniform(rng)) / 1e3,
                                 1e-5 * pow(10, 3 * eco_rng_uniform(rng)));
        eco_fake_trial *store = eco_fake_study_store(study, i);
        ecopt_energy *energy = &store->phases[eco_rng_below(rng, 2)].energy;
        if (eco_rng_below(rng, 6) == 0)
            energy->energy_j = (double)NAN;
        if (eco_rng_below(rng, 6) == 0)
            energy->quality = (ecopt_quality)eco_rng_below(rng, ECOPT_QUALITY_UNMEASURABLE + 1);
        if (eco_rng_below(rng, 10) == 0)
            store->metrics[eco_rng_below(rng, 3)].value = (double)NAN;
        energy->flags = (unsigned)eco_rng_below(rng, 1u << ECOPT_FLAG_COUNT);
    }
    if (eco_rng_below(rng, 3) == 0)
        study->snapshot.n_reference = 0;
    if (eco_rng_below(rng, 3) == 0)
        study->definition.n_constraints = 1;
    return study;
}

/* ---- a reader of CSV rows, by the names of its head ---- */

typedef struct csv_reader {
    const char *at;
    size_t n;
    char head[64][FIELD_B];
    char row[64][FIELD_B];
} csv_reader;

/* Reads one line into fields; false at the end. */
static bool read_row(csv_reader *csv, char fields[64][FIELD_B])
{
    size_t n = 0;
    bool is_end = *csv->at == '\0';
    while (!is_end) {
        char *field = fields[n++];
        size_t length = 0;
        bool is_quoted = *csv->at == '"';
        csv->at += is_quoted;
        while (*csv->at && (is_quoted || (*csv->at != ',' && *csv->at != '\n'))) {
            if (is_quoted && *csv->at == '"' && *++csv->at != '"')
                break;
            assert_true(length + 1 < FIELD_B);
            field[length++] = *csv->at++;
        }
        field[length] = '\0';
        assert_true(n < 64);
        if (*csv->at++ == '\n')
            break;
    }
    if (n > 0 && csv->n > 0)
        assert_int_equal(n, csv->n); /* every row is as wide as the head */
    csv->n = n > 0 ? n : csv->n;
    return !is_end;
}

static csv_reader *csv_open(const char *text)
{
    csv_reader *csv = calloc(1, sizeof *csv);
    assert_non_null(csv);
    csv->at = text;
    assert_true(read_row(csv, csv->head));
    return csv;
}

static const char *cell(const csv_reader *csv, const char *name)
{
    for (size_t i = 0; i < csv->n; i++)
        if (strcmp(csv->head[i], name) == 0)
            return csv->row[i];
    fail_msg("no column '%s'", name);
    return "";
}

/* A CSV field and a JSON value that say the same number, or both nothing. */
static void assert_same_number(const char *field, const json_t *value)
{
    if (json_is_null(value))
        assert_string_equal(field, "");
    else
        assert_close(strtod(field, NULL), json_number_value(value), 0, 0);
}

static void assert_same_text(const char *field, const json_t *value)
{
    assert_string_equal(field, json_is_null(value) ? "" : json_string_value(value));
}

static void test_csv_and_json_of_all_trials_agree(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        eco_fake_study *study = any_study(ctx, &rng, (size_t)eco_rng_below(&rng, 40));
        char *text = report(study, ecopt_report_trials, ECOPT_FORMAT_CSV);
        json_t *root = report_json(study, ecopt_report_trials);
        json_t *trials = json_object_get(root, "trials");
        csv_reader *csv = csv_open(text);
        size_t n = 0;
        for (; read_row(csv, csv->row); n++) {
            json_t *trial = json_array_get(trials, n);
            json_t *objectives = json_object_get(trial, "objectives");
            assert_same_number(cell(csv, "trial"), json_object_get(trial, "trial"));
            assert_same_text(cell(csv, "state"), json_object_get(trial, "state"));
            assert_same_text(cell(csv, "reason"), json_object_get(trial, "reason"));
            assert_same_text(cell(csv, "origin"), json_object_get(trial, "origin"));
            assert_same_number(cell(csv, "trial_energy_j"), json_object_get(trial, "energy_j"));
            assert_same_number(cell(csv, "trial_time_s"), json_object_get(trial, "time_s"));
            assert_same_text(cell(csv, "trial_quality"), json_object_get(trial, "energy_quality"));
            json_t *params = json_object_get(trial, "params");
            assert_same_number(cell(csv, "param.lr"), json_object_get(params, "lr"));
            assert_same_number(cell(csv, "param.width"), json_object_get(params, "width"));
            assert_same_text(cell(csv, "param.optimiser"), json_object_get(params, "optimiser"));
            for (size_t k = 0; k < study->definition.n_objectives; k++) {
                char key[96];
                const char *metric = study->objectives[k].metric;
                json_t *measured = json_object_get(objectives, metric);
                (void)snprintf(key, sizeof key, "%s_u95", metric);
                assert_same_number(cell(csv, metric), json_object_get(measured, "value"));
                assert_same_number(cell(csv, key), json_object_get(measured, "u95"));
            }
        }
        assert_int_equal(n, study->snapshot.n_trials);
        assert_int_equal(json_array_size(trials), n);
        json_decref(root);
        free(csv);
        eco_free(ctx, text);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_the_front_is_the_same_everywhere(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 1);
    for (int round = 0; round < ROUNDS; round++) {
        eco_fake_study *study = any_study(ctx, &rng, (size_t)eco_rng_below(&rng, 40));
        char *front_csv = report(study, ecopt_report_front, ECOPT_FORMAT_CSV);
        char *trials_csv = report(study, ecopt_report_trials, ECOPT_FORMAT_CSV);
        json_t *front = report_json(study, ecopt_report_front);
        json_t *trials = report_json(study, ecopt_report_trials);
        json_t *status = report_json(study, ecopt_report_status);
        json_t *ids = json_object_get(trials, "front");
        json_t *open = json_object_get(trials, "unresolved");
        csv_reader *csv = csv_open(front_csv);
        size_t n = 0;
        for (; read_row(csv, csv->row); n++) {
            json_t *id =
                json_object_get(json_array_get(json_object_get(front, "front"), n), "trial");
            assert_same_number(cell(csv, "trial"), id);
            assert_true(json_equal(id, json_array_get(ids, n)));
            bool is_knee = json_equal(json_object_get(front, "knee"), id);
            assert_string_equal(cell(csv, "is_knee"), is_knee ? "true" : "false");
        }
        free(csv);
        assert_int_equal(json_array_size(ids), n);
        assert_int_equal(json_integer_value(json_object_get(front, "front_size")), n);
        assert_int_equal(json_integer_value(json_object_get(status, "front_size")), n);
        assert_true(json_equal(json_object_get(front, "hypervolume"),
                               json_object_get(status, "hypervolume")));
        assert_true(json_equal(json_object_get(front, "unresolved"), open));
        size_t n_front = 0;
        size_t n_open = 0;
        csv = csv_open(trials_csv);
        while (read_row(csv, csv->row)) {
            bool is_front = strcmp(cell(csv, "is_front"), "true") == 0;
            bool is_open = strcmp(cell(csv, "is_unresolved"), "true") == 0;
            assert_false(is_front && is_open);
            n_front += is_front;
            n_open += is_open;
        }
        free(csv);
        assert_int_equal(n_front, n);
        assert_int_equal(n_open, json_array_size(open));
        json_decref(front);
        json_decref(trials);
        json_decref(status);
        eco_free(ctx, front_csv);
        eco_free(ctx, trials_csv);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_status_counts_every_trial_once(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 2);
    for (int round = 0; round < ROUNDS; round++) {
        eco_fake_study *study = any_study(ctx, &rng, (size_t)eco_rng_below(&rng, 60));
        json_t *status = report_json(study, ecopt_report_status);
        const char *name = NULL;
        json_t *count = NULL;
        size_t sum = 0;
        json_object_foreach(json_object_get(status, "states"), name, count)
        {
            ecopt_trial_state parsed;
            size_t n = 0;
            assert_true(ecopt_trial_state_parse(name, &parsed));
            for (size_t i = 0; i < study->snapshot.n_trials; i++)
                n += study->snapshot.trials[i].state == parsed;
            assert_int_equal(json_integer_value(count), n);
            sum += n;
        }
        assert_int_equal(sum, study->snapshot.n_trials);
        /* The joules of the phases are those of the windows that have any. */
        double expected_j = 0;
        double told_j = 0;
        json_t *phase = NULL;
        for (size_t i = 0; i < study->snapshot.n_trials; i++)
            for (size_t k = 0; k < study->snapshot.trials[i].n_phases; k++) {
                double energy_j = study->snapshot.trials[i].phases[k].energy.energy_j;
                expected_j += isnan(energy_j) ? 0 : energy_j;
            }
        json_object_foreach(json_object_get(json_object_get(status, "energy"), "phases"), name,
                            phase)
        {
            json_t *energy = json_object_get(phase, "energy_j");
            told_j += json_is_null(energy) ? 0 : json_number_value(energy);
        }
        assert_close(told_j, expected_j, 1e-12, 0);
        json_decref(status);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_no_report_shows_nan_or_a_broken_byte(void **state)
{
    (void)state;
    static const report_fn all[] = {ecopt_report_front, ecopt_report_trials, ecopt_report_status};
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 3);
    for (int round = 0; round < ROUNDS / 2; round++) {
        eco_fake_study *study = any_study(ctx, &rng, (size_t)eco_rng_below(&rng, 25));
        char *page = NULL;
        for (size_t i = 0; i < ECO_LEN(all); i++) {
            for (int format = ECOPT_FORMAT_TABLE; format <= ECOPT_FORMAT_JSON; format++) {
                char *text = report(study, all[i], (ecopt_format)format);
                char *again = report(study, all[i], (ecopt_format)format);
                assert_string_equal(text, again);
                assert_null(strstr(text, "nan"));
                assert_null(strstr(text, "inf,"));
                assert_int_equal(text[strlen(text) - 1], '\n');
                eco_free(ctx, text);
                eco_free(ctx, again);
            }
        }
        assert_status(ctx,
                      ecopt_report_html(ctx, &study->definition, &study->snapshot, NULL, &page),
                      ECOPT_OK);
        assert_null(strstr(page, ">nan"));
        assert_null(strstr(page, "-nan"));
        assert_null(strstr(page, "(null)"));
        eco_free(ctx, page);
        eco_fake_study_free(study);
    }
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_a_thousand_trials_are_all_there(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 4);
    eco_fake_study *study = any_study(ctx, &rng, 1000);
    char *text = report(study, ecopt_report_trials, ECOPT_FORMAT_TABLE);
    size_t n_lines = 0;
    for (const char *c = text; *c; c++)
        n_lines += *c == '\n';
    assert_true(n_lines >= 1000 + 2);
    eco_free(ctx, text);
    json_t *root = report_json(study, ecopt_report_trials);
    assert_int_equal(json_array_size(json_object_get(root, "trials")), 1000);
    json_decref(root);
    /* Each can be shown, and shows itself. */
    for (int64_t id = 1; id <= 1000; id += 37) {
        char head[32];
        (void)snprintf(head, sizeof head, "trial %lld: ", (long long)id);
        assert_status(ctx,
                      ecopt_report_trial(ctx, &study->definition, &study->snapshot, id,
                                         ECOPT_FORMAT_TABLE, &text),
                      ECOPT_OK);
        assert_memory_equal(text, head, strlen(head));
        eco_free(ctx, text);
    }
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* ---- points ---- */

static void test_points_of_any_text_read_back(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a", "Z", "_", "9", ".", " ", "\"", "=", "-", "<", "\n", "\xc3\xa9", "\xe6\xbc\xa2", "\\"};
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 5);
    for (int round = 0; round < 2000; round++) {
        char values[5][64] = {{0}};
        eco_str text = ECO_STR_INIT(ctx);
        eco_pairs pairs = {0};
        size_t n = (size_t)eco_rng_below(&rng, 6);
        for (size_t i = 0; i < n; i++) {
            size_t length = (size_t)eco_rng_below(&rng, 8);
            for (size_t k = 0; k < length; k++)
                strcat(values[i], pieces[eco_rng_below(&rng, ECO_LEN(pieces))]);
            json_t *json = json_string(values[i]);
            char *quoted = json_dumps(json, JSON_ENCODE_ANY);
            eco_str_addf(&text, "%sp%zu=%s", i ? " " : "", i, quoted);
            free(quoted);
            json_decref(json);
        }
        assert_status(ctx, eco_pairs_parse(ctx, eco_str_text(&text), &pairs), ECOPT_OK);
        assert_int_equal(pairs.n, n);
        for (size_t i = 0; i < n; i++) {
            char name[32];
            (void)snprintf(name, sizeof name, "p%zu", i);
            /* Whatever place is guessed. */
            for (size_t hint = 0; hint < n + 2; hint++)
                assert_string_equal(eco_pairs_value(&pairs, name, hint), values[i]);
        }
        assert_null(eco_pairs_value(&pairs, "p", 0));
        eco_pairs_release(ctx, &pairs);
        eco_str_release(&text);
    }
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* ---- bytes ---- */

/* Valid UTF-8 by the table of Unicode 15, 3.9, D92: shortest forms, no surrogates. */
static bool is_utf8(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    while (*c) {
        size_t n = *c < 0x80                  ? 0
                   : *c >= 0xc2 && *c <= 0xdf ? 1
                   : *c >= 0xe0 && *c <= 0xef ? 2
                   : *c >= 0xf0 && *c <= 0xf4 ? 3
                                              : 9;
        if (n == 9 || (*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
            (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f))
            return false;
        for (c++; n > 0; n--, c++)
            if ((*c & 0xc0) != 0x80)
                return false;
    }
    return true;
}

static void test_random_bytes_become_clean_lines(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 6);
    for (int round = 0; round < 5000; round++) {
        char raw[64];
        eco_str line = ECO_STR_INIT(ctx);
        eco_str html = ECO_STR_INIT(ctx);
        eco_str twice = ECO_STR_INIT(ctx);
        size_t n = (size_t)eco_rng_below(&rng, sizeof raw);
        for (size_t i = 0; i < n; i++)
            raw[i] = (char)(1 + eco_rng_below(&rng, eco_rng_below(&rng, 2) ? 255 : 127));
        raw[n] = '\0';
        eco_clean_add(&line, raw);
        eco_clean_add_html(&html, raw);
        const char *text = eco_str_text(&line);
        assert_true(is_utf8(text));
        for (const char *c = text; *c; c++)
            assert_false((unsigned char)*c < 0x20 || *c == 0x7f);
        assert_true(eco_clean_width(text) <= strlen(text));
        /* Clean text stays as it is. */
        eco_clean_add(&twice, text);
        assert_string_equal(eco_str_text(&twice), text);
        assert_true(is_utf8(eco_str_text(&html)));
        assert_null(strpbrk(eco_str_text(&html), "<>\"'"));
        eco_str_release(&line);
        eco_str_release(&html);
        eco_str_release(&twice);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_and_json_of_all_trials_agree),
        cmocka_unit_test(test_the_front_is_the_same_everywhere),
        cmocka_unit_test(test_status_counts_every_trial_once),
        cmocka_unit_test(test_no_report_shows_nan_or_a_broken_byte),
        cmocka_unit_test(test_a_thousand_trials_are_all_there),
        cmocka_unit_test(test_points_of_any_text_read_back),
        cmocka_unit_test(test_random_bytes_become_clean_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
