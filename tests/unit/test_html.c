#include "report/html_style.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include <ctype.h>
#include <ecopt/report.h>
#include <stdlib.h>

static char *page_of(eco_fake_study *study)
{
    char *text = NULL;
    assert_status(study->ctx,
                  ecopt_report_html(study->ctx, &study->definition, &study->snapshot, NULL, &text),
                  ECOPT_OK);
    return text;
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

/* ---- a small checker: every element is closed in the right order ---- */

enum { DEPTH_MAX = 64, TAG_B = 32 };

typedef struct tag_stack {
    char names[DEPTH_MAX][TAG_B];
    size_t n;
} tag_stack;

static bool is_void_element(const char *name)
{
    static const char *const names[] = {"meta", "br", "hr", "img", "link", "input"};
    for (size_t i = 0; i < ECO_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* End of a tag: the first '>' outside quotes. */
static const char *tag_end(const char *at)
{
    char quote = '\0';
    for (; *at; at++) {
        if (quote) {
            quote = *at == quote ? '\0' : quote;
            continue;
        }
        if (*at == '"' || *at == '\'')
            quote = *at;
        else if (*at == '>')
            return at;
        else if (*at == '<')
            return NULL;
    }
    return NULL;
}

static const char *take_tag(tag_stack *stack, const char *at)
{
    char name[TAG_B] = "";
    bool is_end = at[1] == '/';
    const char *start = at + (is_end ? 2 : 1);
    size_t length = 0;
    while (isalnum((unsigned char)start[length]) && length + 1 < sizeof name)
        length++;
    memcpy(name, start, length);
    const char *end = tag_end(at + 1);
    if (!end || length == 0)
        fail_msg("broken tag near '%.60s'", at);
    if (is_end) {
        if (stack->n == 0 || strcmp(stack->names[stack->n - 1], name) != 0)
            fail_msg("'%s' is closed where '%s' is open, near '%.60s'", name,
                     stack->n ? stack->names[stack->n - 1] : "", at);
        stack->n--;
    } else if (end[-1] != '/' && !is_void_element(name)) {
        assert_true(stack->n < DEPTH_MAX);
        (void)snprintf(stack->names[stack->n++], TAG_B, "%s", name);
    }
    return end + 1;
}

static void assert_well_formed(const char *page)
{
    tag_stack stack = {.n = 0};
    const char *at = page;
    assert_memory_equal(page, "<!DOCTYPE html>\n", 16);
    at += 16;
    while (*at) {
        if (*at == '<') {
            bool is_style = strncmp(at, "<style>", 7) == 0;
            at = take_tag(&stack, at);
            if (is_style)
                at = strstr(at, "</style>");
        } else if (*at == '&') {
            size_t length = strcspn(at, "; <");
            if (at[length] != ';')
                fail_msg("a bare '&' near '%.40s'", at);
            at += length;
        } else {
            assert_true(*at != '>');
            at++;
        }
    }
    assert_int_equal(stack.n, 0);
}

/* Ids must be unique, and what refers to them must find them. */
static void assert_ids(const char *page)
{
    for (const char *at = strstr(page, " id=\""); at; at = strstr(at + 1, " id=\"")) {
        char id[96];
        size_t length = strcspn(at + 5, "\"");
        (void)snprintf(id, sizeof id, " id=\"%.*s\"", (int)length, at + 5);
        assert_int_equal(count_of(page, id), 1);
    }
    const char key[] = "aria-labelledby=\"";
    for (const char *at = strstr(page, key); at; at = strstr(at + 1, key)) {
        const char *ref = at + sizeof key - 1;
        while (*ref != '"') {
            char id[96];
            size_t length = strcspn(ref, " \"");
            (void)snprintf(id, sizeof id, " id=\"%.*s\"", (int)length, ref);
            assert_int_equal(count_of(page, id), 1);
            ref += length + strspn(ref + length, " ");
        }
    }
}

/* ---- the page ---- */

static void test_page_of_a_study(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 30);
    char *page = page_of(study);
    assert_well_formed(page);
    assert_ids(page);
    assert_int_equal(count_of(page, "<svg "), 3);
    assert_int_equal(count_of(page, "<h1>"), 1);
    assert_non_null(strstr(page, "<title>fake \xe2\x80\x93 ECOpt report</title>"));
    assert_non_null(strstr(page, "<p class=\"lede\">30 trials: 27 complete, 3 failed. 8 are on the "
                                 "front: accuracy from 0.7611 to 0.909 and evaluate.j_per_sample "
                                 "from 0.1825 to 1.027 mJ/sample.</p>"));
    assert_non_null(strstr(page, "Not drawn: 3 failed. "));
    assert_non_null(strstr(page, "RAPL counters: the CPU package"));
    assert_non_null(strstr(page, "<dt>cpu</dt><dd>Test CPU @ 2.80GHz</dd>"));
    assert_non_null(strstr(page, "<dt>memory</dt><dd>8 GiB</dd>"));
    assert_non_null(strstr(page, "study: fake\nseed: 7\n"));
    assert_null(strstr(page, "class=\"note\""));
    eco_free(ctx, page);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_page_needs_nothing_from_outside(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 12);
    char *page = page_of(study);
    assert_non_null(strstr(page, "content=\"default-src 'none'; style-src 'unsafe-inline'; "));
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<link"));
    assert_null(strstr(page, "src="));
    assert_null(strstr(page, "href="));
    assert_null(strstr(page, "@import"));
    assert_null(strstr(page, "url("));
    /* The only address is the name of the SVG name space. */
    assert_int_equal(count_of(page, "http://"), count_of(page, "http://www.w3.org/2000/svg"));
    assert_int_equal(count_of(page, "https://"), 0);
    assert_non_null(strstr(page, "prefers-color-scheme:dark"));
    assert_non_null(strstr(page, "@media print"));
    eco_free(ctx, page);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_equal_input_gives_equal_bytes(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 20);
    char *first = page_of(study);
    char *second = page_of(study);
    assert_string_equal(first, second);
    eco_free(ctx, first);
    eco_free(ctx, second);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_hostile_names_stay_text(void **state)
{
    (void)state;
    static const char evil[] = "</title></pre><script>alert('x')</script>\"&\x1b\xff";
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 12);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, evil);
    study->snapshot.name = evil;
    study->snapshot.definition = evil;
    study->snapshot.version = evil;
    study->snapshot.host = "{\"<b>\": \"</dl><img src=x>\", \"n\": [1]}";
    study->definition.sampler = evil;
    study->objectives[0].metric = "<i>accuracy";
    for (size_t i = 0; i < 12; i++) {
        eco_fake_trial *store = eco_fake_study_store(study, i);
        store->metrics[0].name = "<i>accuracy";
        store->phases[0].phase = "<u>train";
        (void)snprintf(store->phases[1].energy.sources[0].name,
                       sizeof store->phases[1].energy.sources[0].name, "<s>source");
        (void)snprintf(store->point, sizeof store->point,
                       "lr=0.1 width=3 pool=true optimiser=\"<a>&\\\"\"");
    }
    char *page = page_of(study);
    assert_well_formed(page);
    assert_ids(page);
    static const char *const never[] = {"<script", "<i>",  "<u>",  "<s>", "<a>",
                                        "<b>",     "<img", "\x1b", "\xff"};
    for (size_t i = 0; i < ECO_LEN(never); i++)
        assert_null(strstr(page, never[i]));
    assert_non_null(strstr(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"));
    eco_free(ctx, page);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_page_of_an_empty_study(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t m = 1; m <= ECO_FAKE_OBJECTIVES; m++) {
        eco_fake_study *study = eco_fake_study_new(ctx, m);
        study->snapshot.host = m == 1 ? NULL : "not json";
        char *page = page_of(study);
        assert_well_formed(page);
        assert_non_null(strstr(page, "0 trials. None is on the front yet."));
        assert_non_null(strstr(page, "No trial yet."));
        assert_non_null(strstr(page, "Nothing has been metered in this study."));
        assert_null(strstr(page, "nan"));
        eco_free(ctx, page);
        for (size_t i = 0; i < 5; i++)
            (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "no");
        page = page_of(study);
        assert_well_formed(page);
        assert_non_null(strstr(page, "5 trials: 5 failed. None is on the front yet."));
        eco_free(ctx, page);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_page_of_one_and_three_objectives(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 1);
    eco_fake_study_fill(study, 20);
    char *page = page_of(study);
    assert_well_formed(page);
    assert_non_null(strstr(page, ". 1 is on the front: accuracy 0."));
    assert_non_null(strstr(page, "Best value among the feasible trials so far."));
    eco_free(ctx, page);
    eco_fake_study_free(study);
    study = eco_fake_study_new(ctx, 3);
    eco_fake_study_fill(study, 20);
    page = page_of(study);
    assert_well_formed(page);
    assert_non_null(strstr(page, "The picture shows two of the objectives"));
    eco_free(ctx, page);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_page_says_what_the_joules_are(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 8);
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 2; k++) {
            ecopt_energy *energy = &eco_fake_study_store(study, i)->phases[k].energy;
            *energy = eco_fake_energy(energy->energy_j, energy->u95_j, energy->time_s,
                                      ECOPT_QUALITY_MODELLED_GENERIC);
            energy->flags = ECOPT_FLAG_SHORT | ECOPT_FLAG_REPLAY;
        }
    }
    ecopt_energy *missing = &eco_fake_study_store(study, 7)->phases[0].energy;
    missing->energy_j = (double)NAN;
    missing->quality = ECOPT_QUALITY_UNMEASURABLE;
    char *page = page_of(study);
    assert_well_formed(page);
    assert_non_null(strstr(page, "<p>joules are modelled, not measured: compare within this "
                                 "machine only</p>"));
    assert_non_null(strstr(page, "Generic model: estimated from CPU time, not measured."));
    assert_non_null(strstr(page, "Replay: joules and seconds of a recorded trace"));
    assert_non_null(strstr(page, "<dt>all windows</dt><dd>absolute scale "));
    assert_non_null(strstr(page, "<dt>windows without joules</dt><dd>1 of 16</dd>"));
    assert_non_null(strstr(page, "<dt>short</dt><dd>the window is shorter than 41 counter periods "
                                 "(16 of 16 windows)</dd>"));
    assert_non_null(strstr(page, "<dt>unmeasurable</dt>"));
    assert_non_null(strstr(page, "<td class=\"num\">7 of 8</td>"));
    eco_free(ctx, page);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_page_of_many_trials(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 5000);
    char *page = page_of(study);
    assert_well_formed(page);
    assert_non_null(strstr(page, "<th scope=\"row\" class=\"num\">5000</th>"));
    assert_non_null(strstr(page, "<div class=\"scroll tall\""));
    eco_free(ctx, page);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_style_cannot_end_its_element(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_str str = ECO_STR_INIT(ctx);
    eco_html_add_style(&str);
    assert_true(str.length > 1000);
    assert_null(strchr(eco_str_text(&str), '<'));
    assert_int_equal(count_of(eco_str_text(&str), "{"), count_of(eco_str_text(&str), "}"));
    eco_str_release(&str);
    ecopt_ctx_free(ctx);
}

static ecopt_status make_page(ecopt_ctx *ctx, void *user)
{
    eco_fake_study *study = user;
    char *text = NULL;
    ecopt_status status = ecopt_report_html(ctx, &study->definition, &study->snapshot, NULL, &text);
    eco_free(ctx, text);
    return status;
}

static void test_memory_failures_leave_nothing(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add(study, 0.90, 4e-4);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "no");
    eco_test_alloc_sweep(make_page, study);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_of_a_study),
        cmocka_unit_test(test_page_needs_nothing_from_outside),
        cmocka_unit_test(test_equal_input_gives_equal_bytes),
        cmocka_unit_test(test_hostile_names_stay_text),
        cmocka_unit_test(test_page_of_an_empty_study),
        cmocka_unit_test(test_page_of_one_and_three_objectives),
        cmocka_unit_test(test_page_says_what_the_joules_are),
        cmocka_unit_test(test_page_of_many_trials),
        cmocka_unit_test(test_style_cannot_end_its_element),
        cmocka_unit_test(test_memory_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
