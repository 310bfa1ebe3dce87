/*
 * Every report in every format, in every state a study can be in, against what was read and found
 * right once: tests/golden/report/SITUATION.txt.
 *
 * ECOPT_UPDATE_SNAPSHOTS=1 writes what came out as the new expectation; look at the diff before
 * committing it.  Pictures are left out of the pages (their bytes are cairo's), and so is the
 * version.
 */
#include "support/eco_test.h"
#include "support/fake_study.h"

#include "core/str.h"

#include <ecopt/report.h>
#include <ecopt/version.h>
#include <stdlib.h>

/* ---- situations ---- */

static eco_fake_study *no_trial(ecopt_ctx *ctx)
{
    return eco_fake_study_new(ctx, 2);
}

static eco_fake_study *all_failed(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "train: exit status 1");
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "train: killed by signal 9");
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_INFEASIBLE, "exit status 99");
    return study;
}

static eco_fake_study *ordinary(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 14);
    study->snapshot.spent_energy_j += 12; /* an attempt that was lost */
    return study;
}

static eco_fake_study *one_objective(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 1);
    eco_fake_study_fill(study, 7);
    return study;
}

static eco_fake_study *three_objectives(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 3);
    eco_fake_study_fill(study, 8);
    return study;
}

static eco_fake_study *in_progress(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add(study, 0.85, 3e-4);
    for (int state = ECOPT_TRIAL_QUEUED; state <= ECOPT_TRIAL_PREEMPTED; state++)
        if (state != ECOPT_TRIAL_COMPLETE)
            (void)eco_fake_study_add_state(study, (ecopt_trial_state)state, NULL);
    study->snapshot.n_reference = 0; /* not frozen yet */
    return study;
}

static eco_fake_study *missing_energy(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    for (size_t i = 0; i < 3; i++) {
        (void)eco_fake_study_add(study, 0.8 + 0.02 * (double)i, 2e-4 * (double)(i + 1));
        eco_fake_trial *store = eco_fake_study_store(study, i);
        for (size_t k = 0; k < 2 && i < 2; k++) {
            ecopt_energy *energy = &store->phases[k].energy;
            energy->energy_j = (double)NAN;
            energy->u95_j = (double)NAN;
            energy->quality = ECOPT_QUALITY_UNMEASURABLE;
            energy->n_sources = 0;
        }
        if (i < 2)
            store->metrics[1].value = (double)NAN;
    }
    return study;
}

static eco_fake_study *modelled(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add(study, 0.88, 4e-4);
    (void)eco_fake_study_add(study, 0.87, 4.1e-4); /* not resolvable from the second */
    (void)eco_fake_study_add(study, 0.91, 9e-4);
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 2; k++) {
            ecopt_energy *energy = &eco_fake_study_store(study, i)->phases[k].energy;
            *energy = eco_fake_energy(energy->energy_j, energy->u95_j, energy->time_s,
                                      ECOPT_QUALITY_MODELLED_GENERIC);
            energy->flags = ECOPT_FLAG_NO_GPU;
        }
    }
    study->definition.carbon.is_set = true;
    study->definition.carbon.intensity_g_per_kwh = 250;
    study->definition.carbon.pue = 1.5;
    study->definition.carbon.uncertainty_ratio = 0.15;
    return study;
}

static eco_fake_study *hostile_texts(ecopt_ctx *ctx)
{
    static const char evil[] = "</pre><script>x</script>\"',;\n\x1b[31m\xff\xe2\x80\xae end";
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, evil);
    eco_fake_trial *store = eco_fake_study_store(study, 0);
    study->objectives[0].metric = "acc\"<u>,\n";
    store->metrics[0].name = "acc\"<u>,\n";
    store->phases[0].phase = "tr\x1b]0;ain";
    (void)snprintf(store->phases[0].energy.sources[0].name, 48, "<s>,\"src\"");
    (void)snprintf(store->point, sizeof store->point,
                   "lr=0.1 width=x pool=maybe optimiser=\"a \\\"b\\\" <c>\"");
    (void)snprintf(eco_fake_study_store(study, 1)->point, 256, "not a point at all");
    study->snapshot.name = evil;
    study->snapshot.host = "[1]";
    study->snapshot.version = NULL;
    return study;
}

static eco_fake_study *long_texts(ecopt_ctx *ctx)
{
    static char reason[600];
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    memset(reason, 'w', sizeof reason - 1);
    (void)eco_fake_study_add(study, 0.123456789012345, 1.23456789012345e-4);
    (void)eco_fake_study_add(study, 1e-300, 1e-290);
    (void)eco_fake_study_add(study, 1e300, 1e290);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, reason);
    (void)snprintf(eco_fake_study_store(study, 0)->point, 256,
                   "lr=0.00286667340928 width=1048576 pool=true optimiser=\"sgd nesterov with a "
                   "name that goes on\"");
    study->snapshot.spent_energy_j = 3.6e9;
    study->snapshot.spent_time_s = 360000;
    return study;
}

/* A default that was measured, trials that came to nothing, runs that nobody measured, the tuner's
 * own joules and a deployment that repays all of it. */
static eco_fake_study *deployed(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.84, 9e-4);
    (void)eco_fake_study_add(study, 0.85, 3e-4);
    (void)eco_fake_study_add(study, 0.81, 2e-4);
    (void)eco_fake_study_add(study, 0.80, 5e-4);
    study->trials[0].origin = "default";
    study->trials[3].state = ECOPT_TRIAL_PRUNED;
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "train: exit status 1");
    study->snapshot.spent_energy_j += 12; /* an attempt that was lost */
    study->snapshot.n_unmetered = 1;
    study->snapshot.own = (ecopt_own_energy){.n = 2,
                                             .cpu_s = 2.5,
                                             .energy_j = 9.5,
                                             .u95_j = 0.5,
                                             .gain_lo = 0.7,
                                             .gain_hi = 1.4,
                                             .quality = ECOPT_QUALITY_MODELLED_GENERIC};
    study->definition.deployment = (ecopt_deployment){.is_set = true,
                                                      .requests = 1e6,
                                                      .metric = "evaluate.j_per_sample",
                                                      .baseline_j = NAN,
                                                      .trial_j = NAN,
                                                      .per_day = 1e5};
    return study;
}

/* ---- what is written of each ---- */

typedef ecopt_status (*report_fn)(ecopt_ctx *ctx, const ecopt_definition *definition,
                                  const ecopt_snapshot *snapshot, ecopt_format format,
                                  char **ret_text);

static void add_document(eco_str *all, const char *name, const char *format, const char *text)
{
    eco_str_addf(all, "======== %s, %s\n%s", name, format, text);
    size_t length = strlen(text);
    /* Every document ends its last line. */
    assert_true(length > 0 && text[length - 1] == '\n');
}

/* Page without pictures and version. */
static void add_page(eco_str *all, const char *page)
{
    const char *version = ecopt_version();
    eco_str kept = ECO_STR_INIT(all->ctx);
    for (const char *c = page; *c;) {
        const char *after = strncmp(c, "<svg ", 5) == 0 ? strstr(c, "</svg>") : NULL;
        if (strncmp(c, "<style>", 7) == 0)
            after = strstr(c, "</style>");
        if (after) {
            eco_str_add(&kept, "(left out)");
            c = after;
            continue;
        }
        if (strncmp(c, version, strlen(version)) == 0 && c > page &&
            strncmp(c - 6, "ECOpt ", 6) == 0) {
            eco_str_add(&kept, "VERSION");
            c += strlen(version);
            continue;
        }
        eco_str_add_char(&kept, *c++);
    }
    add_document(all, "report", "html", eco_str_text(&kept));
    eco_str_release(&kept);
}

static void add_all(eco_str *all, const eco_fake_study *study)
{
    static const struct {
        const char *name;
        report_fn make;
    } reports[] = {{"front", ecopt_report_front},
                   {"trials", ecopt_report_trials},
                   {"status", ecopt_report_status}};
    static const char *const formats[] = {"table", "csv", "json"};
    ecopt_ctx *ctx = study->ctx;
    char *text = NULL;
    for (size_t i = 0; i < ECO_LEN(reports); i++) {
        for (int format = ECOPT_FORMAT_TABLE; format <= ECOPT_FORMAT_JSON; format++) {
            assert_status(ctx,
                          reports[i].make(ctx, &study->definition, &study->snapshot,
                                          (ecopt_format)format, &text),
                          ECOPT_OK);
            add_document(all, reports[i].name, formats[format], text);
            eco_free(ctx, text);
        }
    }
    for (size_t i = 0; i < study->snapshot.n_trials && i < 2; i++) {
        for (int format = ECOPT_FORMAT_TABLE; format <= ECOPT_FORMAT_JSON; format += 2) {
            assert_status(ctx,
                          ecopt_report_trial(ctx, &study->definition, &study->snapshot,
                                             study->snapshot.trials[i].id, (ecopt_format)format,
                                             &text),
                          ECOPT_OK);
            add_document(all, i == 0 ? "show 1" : "show 2", formats[format], text);
            eco_free(ctx, text);
        }
    }
    assert_status(ctx, ecopt_report_html(ctx, &study->definition, &study->snapshot, NULL, &text),
                  ECOPT_OK);
    add_page(all, text);
    eco_free(ctx, text);
}

/* ---- comparison ---- */

/* Whole file; "" when it is not there. */
static void read_file(eco_str *str, const char *path)
{
    char block[1024];
    size_t n = 0;
    FILE *file = fopen(path, "rb");
    while (file && (n = fread(block, 1, sizeof block, file)) > 0)
        eco_str_add_bytes(str, block, n);
    if (file)
        (void)fclose(file);
}

static void update_file(const char *path, const eco_str *str)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(eco_str_text(str), 1, str->length, file), str->length);
    assert_int_equal(fclose(file), 0);
}

/* First line that differs, with its number: a golden file is long. */
static void assert_same(const char *name, const char *got, const char *wanted)
{
    size_t line = 1;
    size_t start = 0;
    size_t i = 0;
    for (; got[i] && got[i] == wanted[i]; i++) {
        if (got[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    if (got[i] != wanted[i])
        fail_msg("%s.txt:%zu\n  got:    %.*s\n  wanted: %.*s", name, line,
                 (int)strcspn(got + start, "\n"), got + start, (int)strcspn(wanted + start, "\n"),
                 wanted + start);
}

static void check(const char *name, eco_fake_study *(*make)(ecopt_ctx *ctx))
{
    char path[512];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = make(ctx);
    eco_str got = ECO_STR_INIT(ctx);
    eco_str wanted = ECO_STR_INIT(ctx);
    const char *update = getenv("ECOPT_UPDATE_SNAPSHOTS");
    (void)snprintf(path, sizeof path, "%s/report/%s.txt", ECOPT_GOLDEN_DIR, name);
    add_all(&got, study);
    if (update && strcmp(update, "1") == 0)
        update_file(path, &got);
    read_file(&wanted, path);
    assert_status(ctx, eco_str_status(&got), ECOPT_OK);
    assert_same(name, eco_str_text(&got), eco_str_text(&wanted));
    eco_str_release(&got);
    eco_str_release(&wanted);
    eco_fake_study_free(study);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* One test per situation, named after it. */
#define SITUATIONS(X)   \
    X(no_trial)         \
    X(all_failed)       \
    X(ordinary)         \
    X(one_objective)    \
    X(three_objectives) \
    X(in_progress)      \
    X(missing_energy)   \
    X(modelled)         \
    X(hostile_texts)    \
    X(deployed)         \
    X(long_texts)

#define SITUATION_TEST(name)              \
    static void test_##name(void **state) \
    {                                     \
        (void)state;                      \
        check(#name, name);               \
    }
SITUATIONS(SITUATION_TEST)
#undef SITUATION_TEST

int main(void)
{
    const struct CMUnitTest tests[] = {
#define SITUATION_ENTRY(name) cmocka_unit_test(test_##name),
        SITUATIONS(SITUATION_ENTRY)
#undef SITUATION_ENTRY
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
